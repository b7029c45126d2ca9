//! The texts inside a body that may once have been the whole of it: lists and gateways wrap a message into a multipart,
//! or add a part of their own.

use std::borrow::Cow;

use super::{
    Edit, EditKind,
    hasher::split_lines,
    recode,
    text::{Line, Media, Text, quote, span_of},
};
use crate::{
    message::{Message, Span},
    verify::dkim::canonical::without_from_quotes,
};

/// Wrappers within wrappers that are opened: each list on the way may add one.
const MAX_DEPTH: usize = 3;
/// Parts of a multipart that are considered: what is added stands at an end.
const MAX_PARTS: usize = 8;
/// Texts considered in all.
const MAX_TEXTS: usize = 48;

/// The body and every text that may have been the body, the most likely first.
pub(super) fn all<'b>(message: &Message<'b>) -> Vec<Text<'b>> {
    let Some(stored) = Text::of(message) else {
        return Vec::new();
    };
    let mut texts = vec![stored];
    let mut open = 0..1;
    for _ in 0..MAX_DEPTH {
        let mut found = Vec::new();
        for text in texts.get(open.clone()).unwrap_or_default() {
            unwrap(text, &mut found);
        }
        open = texts.len()..texts.len() + found.len();
        texts.extend(found);
        texts.truncate(MAX_TEXTS);
    }
    texts
}

/// A change that software makes to lines, and how it is undone; `None` leaves a line as it is.
struct LineChange {
    kind: EditKind,
    what: &'static str,
    undo: fn(&[u8]) -> Option<Vec<u8>>,
    /// Relaxed canonicalization does not see it.
    simple_alone: bool,
}

const LINE_CHANGES: [LineChange; 8] = [
    LineChange {
        kind: EditKind::FromQuoting,
        what: "a > before From at the start of a line",
        undo: |line| unquoted(line, false),
        simple_alone: false,
    },
    LineChange {
        kind: EditKind::FromQuoting,
        what: "a > before >From at the start of a line",
        undo: |line| unquoted(line, true),
        simple_alone: false,
    },
    LineChange {
        kind: EditKind::DotStuffing,
        what: "a second dot at the start of a line",
        undo: |line| {
            line.strip_prefix(b".")
                .filter(|rest| rest.starts_with(b"."))
                .map(<[u8]>::to_vec)
        },
        simple_alone: false,
    },
    LineChange {
        kind: EditKind::LineEndings,
        what: "a CR before line ends",
        undo: |line| {
            let kept = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
            line.get(..kept)
                .filter(|kept| kept.len() < line.len())
                .map(<[u8]>::to_vec)
        },
        simple_alone: false,
    },
    LineChange {
        kind: EditKind::TrailingWhiteSpace,
        what: "a space at line ends was added",
        undo: |line| line.strip_suffix(b" ").map(<[u8]>::to_vec),
        simple_alone: true,
    },
    LineChange {
        kind: EditKind::TrailingWhiteSpace,
        what: "white space at line ends was added",
        undo: |line| {
            Some(line.trim_ascii_end())
                .filter(|kept| kept.len() < line.len())
                .map(<[u8]>::to_vec)
        },
        simple_alone: true,
    },
    LineChange {
        kind: EditKind::TrailingWhiteSpace,
        what: "the space of the signature mark \"-- \" was lost",
        undo: |line| (line == b"--").then(|| b"-- ".to_vec()),
        simple_alone: true,
    },
    LineChange {
        kind: EditKind::TrailingWhiteSpace,
        what: "the space behind a lone > was lost",
        undo: |line| {
            let quotes = line.ends_with(b">") && line.iter().all(|byte| matches!(byte, b'>' | b' '));
            quotes.then(|| [line, b" "].concat())
        },
        simple_alone: true,
    },
];

fn unquoted(line: &[u8], all_levels: bool) -> Option<Vec<u8>> {
    let other = line.starts_with(b">").then(|| without_from_quotes(line, all_levels))?;
    (other.len() < line.len()).then_some(other)
}

/// The same texts after white space or quoting at line level is undone, made one by one.
pub(super) fn with_other_lines<'t, 'b>(
    text: &'t Text<'b>,
    simple: bool,
) -> impl Iterator<Item = Text<'b>> + use<'t, 'b> {
    let changes = LINE_CHANGES.iter().filter(move |change| simple || !change.simple_alone);
    let changed = changes.filter_map(|change| {
        let first = text.lines.iter().position(|line| (change.undo)(&line.text).is_some())?;
        let span = text.lines.get(first)?.span;
        let lines = text.lines.iter().map(|line| match (change.undo)(&line.text) {
            Some(other) => Line {
                text: Cow::Owned(other),
                span: line.span,
            },
            None => line.clone(),
        });
        let edit = Edit::new(change.kind, "body", change.what, Some(span));
        Some(text.with(lines.collect::<Vec<_>>(), edit))
    });
    changed.chain(std::iter::once_with(|| with_single_line_ends(text)).flatten())
}

/// Every second line is empty where a line end was written twice.
fn with_single_line_ends<'b>(text: &Text<'b>) -> Option<Text<'b>> {
    let doubled = text.lines.len() > 2 && text.lines.iter().skip(1).step_by(2).all(|line| line.text.is_empty());
    doubled.then(|| {
        let lines: Vec<_> = text.lines.iter().step_by(2).cloned().collect();
        let edit = Edit::new(
            EditKind::LineEndings,
            "body",
            "an empty line behind every line",
            span_of(&text.lines),
        );
        text.with(lines, edit)
    })
}

/// The same multipart with parts as they were before a relay that knew no 8BITMIME encoded them (RFC 6152 3): each encoded
/// text part alone, and all of them.
pub(super) fn with_8bit_parts<'b>(text: &Text<'b>) -> Vec<Text<'b>> {
    let Some(boundary) = text.media.parameter("boundary").filter(|_| text.media.is("multipart/")) else {
        return Vec::new();
    };
    let encoded = encoded_parts(&text.lines, &boundary);
    let mut found = Vec::new();
    let mut consider = |parts: &[EncodedPart]| {
        let mut lines = Vec::new();
        let mut at = 0;
        for part in parts {
            lines.extend_from_slice(text.lines.get(at..part.encoding_line).unwrap_or_default());
            let stated = text.lines.get(part.encoding_line);
            lines.extend(stated.map(|line| Line {
                text: Cow::Borrowed(b"Content-Transfer-Encoding: 8bit".as_slice()),
                span: line.span,
            }));
            let header = part.encoding_line + 1..part.content.start;
            lines.extend_from_slice(text.lines.get(header).unwrap_or_default());
            let span = text
                .lines
                .get(part.content.start)
                .map_or(Span { start: 0, end: 0 }, |line| line.span);
            let decoded = split_lines(&part.decoded).map(|line| Line {
                text: Cow::Owned(line.to_vec()),
                span,
            });
            lines.extend(decoded);
            at = part.content.end;
        }
        lines.extend_from_slice(text.lines.get(at..).unwrap_or_default());
        let what = "8bit became quoted-printable inside a part";
        let edit = Edit::new(EditKind::TransferEncodingChanged, "body", what, span_of(&text.lines));
        found.push(text.with(lines, edit));
    };
    if encoded.len() > 1 {
        consider(&encoded);
    }
    for part in encoded.chunks(1) {
        consider(part);
    }
    found
}

/// A part in quoted-printable.
struct EncodedPart {
    /// The line that says so.
    encoding_line: usize,
    content: std::ops::Range<usize>,
    decoded: Vec<u8>,
}

fn encoded_parts(lines: &[Line<'_>], boundary: &str) -> Vec<EncodedPart> {
    let delimiter = format!("--{boundary}");
    let delimiters = positions(lines, |line| line.text.starts_with(delimiter.as_bytes()));
    let pairs = delimiters.iter().zip(delimiters.iter().skip(1)).take(MAX_PARTS);
    pairs
        .filter_map(|(start, end)| {
            let inside = lines.get(start + 1..*end)?;
            let blank = inside.iter().position(|line| line.text.is_empty())?;
            let stated = inside.get(..blank)?.iter().position(|line| {
                let text = line.text.to_ascii_lowercase();
                text.starts_with(b"content-transfer-encoding:") && text.ends_with(b"quoted-printable")
            })?;
            let content = start + blank + 2..*end;
            let stored = super::text::join(lines.get(content.clone())?);
            Some(EncodedPart {
                encoding_line: start + 1 + stated,
                decoded: recode::decode(stored, "quoted-printable")?,
                content,
            })
        })
        .collect()
}

/// The same multipart with the fields of its parts on one line each: software that writes a message anew folds them.
pub(super) fn with_unfolded_parts<'b>(text: &Text<'b>) -> Option<Text<'b>> {
    if !text.media.is("multipart/") {
        return None;
    }
    let mut lines: Vec<Line<'b>> = Vec::with_capacity(text.lines.len());
    let mut unfolded = None;
    let mut in_header = false;
    for line in text.lines.iter() {
        let continues = matches!(line.text.first(), Some(b' ' | b'\t'));
        match lines.last_mut().filter(|_| in_header && continues) {
            Some(above) => {
                let joined = [above.text.trim_ascii_end(), b" ", line.text.trim_ascii_start()].concat();
                above.text = Cow::Owned(joined);
                unfolded = unfolded.or(Some(line.span));
            }
            None => lines.push(line.clone()),
        }
        in_header = line.text.starts_with(b"--") || (in_header && !line.text.is_empty());
    }
    let edit = Edit::new(
        EditKind::FieldRefolded,
        "the parts",
        "the fields of the parts were folded",
        Some(unfolded?),
    );
    Some(text.with(lines, edit))
}

/// Opens a multipart: each part may have been the body, or all parts but the first or the last.
fn unwrap<'b>(text: &Text<'b>, found: &mut Vec<Text<'b>>) {
    let Some(boundary) = text.media.parameter("boundary").filter(|_| text.media.is("multipart/")) else {
        return;
    };
    let delimiter = format!("--{boundary}");
    let close = format!("{delimiter}--");
    let is = |line: &Line<'_>, mark: &str| line.text.trim_ascii_end() == mark.as_bytes();
    let starts: Vec<usize> = positions(&text.lines, |line| is(line, &delimiter));
    let end = text
        .lines
        .iter()
        .position(|line| is(line, &close))
        .unwrap_or(text.lines.len());
    let starts: Vec<usize> = starts.into_iter().filter(|start| *start < end).collect();
    let bounds = |part: usize| (starts.get(part).copied(), starts.get(part + 1).copied().unwrap_or(end));

    for part in (0..starts.len()).take(MAX_PARTS) {
        let (Some(start), stop) = bounds(part) else { continue };
        let inside = text.lines.get(start + 1..stop).unwrap_or_default();
        let Some(blank) = inside.iter().position(|line| line.text.is_empty()) else {
            continue;
        };
        let header: Vec<u8> = super::text::join(inside.get(..=blank).unwrap_or_default());
        let content = text.lines.part(start + 1 + blank + 1..stop);
        let others: Vec<String> = (0..starts.len())
            .filter(|other| *other != part)
            .filter_map(|other| {
                let (start, stop) = bounds(other);
                Some(quote(text.lines.get(start?..stop)?))
            })
            .collect();
        let edit = Edit::new(
            EditKind::WrappedInMultipart,
            "body",
            &others.join("\n"),
            span_of(&text.lines),
        );
        let mut inner = text.with(content, edit);
        inner.media = Media::of(&Message::read(&header));
        found.push(inner);
    }
    if starts.len() < 2 {
        return;
    }
    // A part was appended: the close delimiter stood where its delimiter stands.
    if let (Some(last), close_lines) = (starts.last().copied(), text.lines.get(end..).unwrap_or_default()) {
        let kept = text.lines.get(..last).unwrap_or_default();
        let added = text.lines.get(last..end).unwrap_or_default();
        let closing = close_lines.first().cloned().unwrap_or_else(|| Line {
            text: Cow::Owned(close.clone().into_bytes()),
            span: Span { start: 0, end: 0 },
        });
        let lines = [kept, &[closing]].concat();
        found.push(text.with(
            lines,
            Edit::new(EditKind::PartAdded, "last part", &quote(added), span_of(added)),
        ));
    }
    if let [first, second, ..] = *starts {
        let added = text.lines.get(first..second).unwrap_or_default();
        let lines = [
            text.lines.get(..first).unwrap_or_default(),
            text.lines.get(second..).unwrap_or_default(),
        ]
        .concat();
        found.push(text.with(
            lines,
            Edit::new(EditKind::PartAdded, "first part", &quote(added), span_of(added)),
        ));
    }
}

fn positions(lines: &[Line<'_>], wanted: impl Fn(&Line<'_>) -> bool) -> Vec<usize> {
    let all = lines.iter().enumerate().filter(|(_, line)| wanted(line));
    all.map(|(at, _)| at).take(1_000).collect()
}
