//! Additions inside HTML and inside the parts of a multipart, where a footer stands before `</body>` or at the end of a part.

use super::{
    Edit, EditKind, Work,
    body::with_crlf,
    hasher::{BodyHasher, Target},
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
    let tried = |first: Option<(&Leaf, &Cut)>, second: Option<(&Leaf, &Cut)>| -> Option<Vec<Edit>> {
        let chosen: Vec<_> = first.into_iter().chain(second).collect();
        matches(text, &chosen, target, work).then(|| {
            let mut edits = text.edits.clone();
            edits.extend(chosen.iter().map(|(leaf, cut)| edit(text, leaf, cut)));
            edits
        })
    };
    for leaf in &leaves {
        for cut in &leaf.cuts {
            if let Some(edits) = tried(Some((leaf, cut)), None) {
                return Some(edits);
            }
        }
    }
    // The same banner or footer in the text and in the HTML of one message.
    let [plain, html, ..] = leaves.as_slice() else {
        return None;
    };
    let pairs = plain.cuts.iter().flat_map(|a| html.cuts.iter().map(move |b| (a, b)));
    pairs
        .filter(|(a, b)| a.kind.is_at_start() == b.kind.is_at_start())
        .take(MAX_PAIRS)
        .take_while(|_| !work.exhausted())
        .find_map(|(a, b)| tried(Some((plain, a)), Some((html, b))))
}

fn matches(text: &Text<'_>, cuts: &[(&Leaf, &Cut)], target: Target<'_>, work: &Work) -> bool {
    let mut hasher = BodyHasher::new(target, work);
    let mut at = 0;
    let stored = |range: std::ops::Range<usize>| {
        let lines = text.lines.get(range).unwrap_or_default();
        lines.iter().map(|line| &*line.text)
    };
    for (leaf, cut) in cuts {
        hasher.lines(stored(at..leaf.lines.start));
        let before = leaf.decoded.get(..cut.bytes.start).unwrap_or_default();
        let after = leaf.decoded.get(cut.bytes.end..).unwrap_or_default();
        let kept = [before, after].concat();
        // Putting a candidate together costs as hashing it does.
        work.spend(kept.len());
        let mut encoder = Encoder::new(leaf.recoding, hasher);
        for line in super::hasher::split_lines(&kept) {
            encoder.line(line, false);
        }
        hasher = encoder.ended().into_owned();
        at = leaf.lines.end;
    }
    hasher.lines(stored(at..text.lines.len()));
    hasher.matches()
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
        // The line end behind the banner may have come with it.
        let stop = begin + at + 1;
        let line_end = if html.get(stop..).is_some_and(|rest| rest.starts_with(b"\r\n")) {
            2
        } else {
            0
        };
        [stop, stop + line_end].map(|stop| Cut {
            kind: EditKind::HtmlBanner,
            bytes: begin..stop,
        })
    });
    footers.chain(banners).collect()
}

/// In plain text: lines at the end or at the start.
fn plain_cuts(text: &[u8]) -> Vec<Cut> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(memchr::memmem::find_iter(text, b"\r\n").map(|at| at + 2))
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
