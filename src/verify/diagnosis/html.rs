//! Additions inside HTML and inside the parts of a multipart, where a footer stands before `</body>` or at the end of a part.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Edit, EditKind, Work,
    body::with_crlf,
    hasher::{BodyHasher, Target, split_lines},
    recode::{self, Encoder, Recoding},
    text::{Line, Media, Text, join, joined_length, span_of},
};
use crate::message::Message;

/// Places in one part where an addition may begin or end.
const MAX_PLACES: usize = 48;
/// Pairs of places in two parts that are tried together: text and HTML of one alternative.
const MAX_PAIRS: usize = 1_600;
/// A part of a multipart beyond this is left alone.
const MAX_PART: usize = 256 * 1024;

/// How lines end in the text of a leaf.
const LINE_END: &[u8] = b"\r\n";

/// A leaf with text, and the ways to take something out of it.
struct Leaf {
    /// Its content in the lines of the whole.
    lines: std::ops::Range<usize>,
    /// Content with the transfer encoding undone.
    decoded: Vec<u8>,
    recoding: Recoding,
    cuts: Vec<Cut>,
}

/// Bytes of a leaf that may have been added.
#[derive(Clone)]
struct Cut {
    kind: EditKind,
    bytes: std::ops::Range<usize>,
}

/// Takes one addition out of each text part, in one of them or in two.
pub(super) fn search(text: &Text<'_>, target: Target<'_>, work: &Work) -> Option<Vec<Edit>> {
    let leaves = leaves(text);
    let begin = Way {
        hasher: BodyHasher::new(target, work),
        at: 0,
    };
    let found = |chosen: &[(&Leaf, &Cut)]| {
        let cuts = chosen.iter().map(|(leaf, cut)| edit(text, leaf, cut));
        Some(text.edits.iter().cloned().chain(cuts).collect())
    };
    for leaf in &leaves {
        let states = begin.clone().into_leaf(text, leaf, work);
        for cut in &leaf.cuts {
            if states.without(leaf, cut, work).ends_as_signed(text) {
                return found(&[(leaf, cut)]);
            }
        }
    }
    // The same banner or footer in the text and in the HTML of one message.
    let [plain, html, ..] = leaves.as_slice() else {
        return None;
    };
    let states = begin.into_leaf(text, plain, work);
    let mut left = MAX_PAIRS;
    for first in &plain.cuts {
        if left == 0 || work.exhausted() {
            return None;
        }
        let states = states.without(plain, first, work).into_leaf(text, html, work);
        let same_side = |cut: &&Cut| cut.kind.is_at_start() == first.kind.is_at_start();
        for second in html.cuts.iter().filter(same_side).take(left) {
            left -= 1;
            if states.without(html, second, work).ends_as_signed(text) {
                return found(&[(plain, first), (html, second)]);
            }
        }
    }
    None
}

/// The hash of a body on its way through it.
#[derive(Clone)]
struct Way<'w> {
    hasher: BodyHasher<'w>,
    /// Lines of the whole that are behind it.
    at: usize,
}

/// The states of the hash where a leaf begins, and where the lines begin in which it is cut, by their place in its text. Most of a body
/// stands in front of its footers: it is hashed once for all of them.
struct States<'w> {
    begin: Encoder<'w>,
    cut: BTreeMap<usize, Encoder<'w>>,
}

impl<'w> Way<'w> {
    /// Goes on to where the last cut of a leaf begins.
    fn into_leaf(mut self, text: &Text<'_>, leaf: &Leaf, work: &Work) -> States<'w> {
        self.stored(text, leaf.lines.start);
        let last = leaf.cuts.iter().map(|cut| cut.bytes.start).max().unwrap_or_default();
        let line_of = |cut: &Cut| {
            let before = leaf.decoded.get(..cut.bytes.start).unwrap_or_default();
            memchr::memmem::rfind(before, LINE_END).map_or(0, |end| end + LINE_END.len())
        };
        let wanted: BTreeSet<usize> = leaf.cuts.iter().map(line_of).collect();
        let begin = Encoder::new(leaf.recoding, self.hasher);
        let (mut encoder, mut cut) = (begin.clone(), BTreeMap::new());
        let mut at = 0;
        for line in split_lines(&leaf.decoded) {
            if wanted.contains(&at) {
                cut.insert(at, encoder.clone());
            }
            if at + line.len() >= last || work.exhausted() {
                break;
            }
            encoder.line(line, false);
            at += line.len() + LINE_END.len();
        }
        States { begin, cut }
    }

    /// Adds lines as they are stored, up to one.
    fn stored(&mut self, text: &Text<'_>, end: usize) {
        let lines = text.lines.get(self.at..end).unwrap_or_default();
        self.hasher.lines(lines.iter().map(|line| &*line.text));
        self.at = end;
    }

    /// Whether the body has the hash that was signed, with what follows as it is stored.
    fn ends_as_signed(mut self, text: &Text<'_>) -> bool {
        self.stored(text, text.lines.len());
        self.hasher.matches()
    }
}

impl<'w> States<'w> {
    /// The way behind a leaf from which something was taken out.
    fn without(&self, leaf: &Leaf, cut: &Cut, work: &Work) -> Way<'w> {
        let known = self.cut.range(..=cut.bytes.start).next_back();
        let (at, encoder) = known.map_or((0, &self.begin), |(at, encoder)| (*at, encoder));
        let before = leaf.decoded.get(at..cut.bytes.start).unwrap_or_default();
        let after = leaf.decoded.get(cut.bytes.end..).unwrap_or_default();
        let kept = [before, after].concat();
        // Putting a candidate together costs as hashing it does.
        work.spend(kept.len());
        let mut encoder = encoder.clone();
        for line in split_lines(&kept) {
            encoder.line(line, false);
        }
        Way {
            hasher: encoder.ended(),
            at: leaf.lines.end,
        }
    }
}

fn edit(text: &Text<'_>, leaf: &Leaf, cut: &Cut) -> Edit {
    let added = leaf.decoded.get(cut.bytes.clone()).unwrap_or_default();
    let lines = text.lines.get(leaf.lines.clone()).unwrap_or_default();
    Edit::new(
        cut.kind,
        "inside a part",
        &String::from_utf8_lossy(added),
        span_of(lines),
    )
}

/// The text parts of a multipart, or the text itself.
fn leaves(text: &Text<'_>) -> Vec<Leaf> {
    if !text.media.is("multipart/") {
        return Leaf::new(&text.lines, 0..text.lines.len(), &text.media)
            .into_iter()
            .collect();
    }
    let mut found = Vec::new();
    let mut start = None;
    for (at, line) in text.lines.iter().enumerate() {
        // Any delimiter ends a part; which multipart it belongs to does not matter for the text inside.
        if !line.text.starts_with(b"--") || line.text.len() < 4 {
            continue;
        }
        if let Some(start) = start {
            found.extend(part(text, start, at));
        }
        start = Some(at + 1);
        if found.len() >= 8 {
            break;
        }
    }
    found
}

fn part(text: &Text<'_>, start: usize, end: usize) -> Option<Leaf> {
    let lines = text.lines.get(start..end)?;
    let blank = lines.iter().position(|line| line.text.is_empty())?;
    let header = join(lines.get(..=blank)?);
    let header = Message::read(&header);
    let media = Media::of(&header);
    let is_text = header.field("Content-Type").is_some() && (media.is("text/plain") || media.is("text/html"));
    is_text
        .then(|| Leaf::new(&text.lines, start + blank + 1..end, &media))
        .flatten()
}

impl Leaf {
    fn new(all: &[Line<'_>], lines: std::ops::Range<usize>, media: &Media) -> Option<Self> {
        let stored = all.get(lines.clone())?;
        if joined_length(stored) > MAX_PART {
            return None;
        }
        let decoded = with_crlf(recode::decode(join(stored), &media.encoding)?);
        let recoding = match media.encoding.as_str() {
            "base64" => recode::STANDARD_BASE64,
            "quoted-printable" => recode::STANDARD_QUOTED_PRINTABLE,
            _ => Recoding::AsIs,
        };
        let cuts = if media.is("text/html") {
            html_cuts(&decoded)
        } else {
            plain_cuts(&decoded)
        };
        Some(Self {
            lines,
            decoded,
            recoding,
            cuts,
        })
    }
}

/// In HTML: what stands right behind `<body>`, or right before `</body>`.
fn html_cuts(html: &[u8]) -> Vec<Cut> {
    let lower = html.to_ascii_lowercase();
    let find = |what: &[u8]| memchr::memmem::find(&lower, what);
    let last = |what: &[u8]| memchr::memmem::rfind(&lower, what);
    let end = last(b"</body").or_else(|| last(b"</html")).unwrap_or(html.len());
    let begin = find(b"<body")
        .and_then(|at| Some(at + memchr::memchr(b'>', lower.get(at..)?)? + 1))
        .unwrap_or(0);
    let inside = lower.get(begin..end).unwrap_or_default();
    let footers = memchr::memrchr_iter(b'<', inside).take(MAX_PLACES).map(|at| Cut {
        kind: EditKind::HtmlFooter,
        bytes: begin + at..end,
    });
    let banners = memchr::memchr_iter(b'>', inside).take(MAX_PLACES).flat_map(|at| {
        let stop = begin + at + 1;
        // The line end behind the banner may have come with it.
        let behind = html.get(stop..).is_some_and(|rest| rest.starts_with(LINE_END));
        let stops = std::iter::once(stop).chain(behind.then_some(stop + LINE_END.len()));
        stops.map(|stop| Cut {
            kind: EditKind::HtmlBanner,
            bytes: begin..stop,
        })
    });
    footers.chain(banners).collect()
}

/// In plain text: lines at the end or at the start.
fn plain_cuts(text: &[u8]) -> Vec<Cut> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(memchr::memmem::find_iter(text, LINE_END).map(|at| at + LINE_END.len()))
        .collect();
    let footers = starts.iter().rev().take(MAX_PLACES).map(|at| Cut {
        kind: EditKind::FooterAppended,
        bytes: *at..text.len(),
    });
    let banners = starts.iter().skip(1).take(MAX_PLACES / 2).map(|at| Cut {
        kind: EditKind::BannerPrepended,
        bytes: 0..*at,
    });
    footers.chain(banners).collect()
}
