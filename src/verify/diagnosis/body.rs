//! The search over the body: which edits, undone, give the hash that was signed (RFC 6376 3.7, bh=).

use std::borrow::Cow;

use super::{
    Edit, EditKind, Work, charset,
    hasher::{BodyHasher, Target, split_lines},
    html,
    recode::{self, Encoder, RECODINGS, Recoding},
    text::{self, Line, Text, quote, span_of},
    views,
};
use crate::{
    message::Message,
    verify::dkim::canonical::{self, Canonicalization},
};

/// Lines at the end of a body that may all have been added.
const MAX_FOOTER_LINES: usize = 200;
/// Lines at the start of a body that may all have been added.
const MAX_BANNER_LINES: usize = 60;
/// An addition of more lines or bytes is not called a footer or a banner, but text.
const SMALL: (usize, usize) = (40, 4_096);

/// Lines in which most of what is no text has a NUL.
const BINARY_LINES: usize = 64;

/// The edits that explain a body hash, in the order in which they are to be undone; `None` where none was found.
pub(super) fn search(message: &Message<'_>, target: Target<'_>, work: &Work) -> Option<Vec<Edit>> {
    let texts = views::all(message);
    let simple = target.form == Canonicalization::Simple;
    // Cheap and common first: every stage looks at all texts before the next begins.
    texts
        .iter()
        .find_map(|text| without_end(text, target, work))
        .or_else(|| {
            let mut others = texts.iter().flat_map(|text| views::with_other_lines(text, simple));
            others.find_map(|text| without_end(&text, target, work))
        })
        .or_else(|| {
            let others = texts.iter().flat_map(|text| {
                let unfolded = views::with_unfolded_parts(text);
                let mut others = views::with_8bit_parts(text);
                others.extend(unfolded.iter().flat_map(views::with_8bit_parts));
                unfolded.into_iter().chain(others)
            });
            others.into_iter().find_map(|text| without_end(&text, target, work))
        })
        .or_else(|| texts.iter().find_map(|text| recoded(text, target, work)))
        .or_else(|| texts.iter().find_map(|text| without_start(text, target, work)))
        .or_else(|| texts.iter().find_map(|text| html::search(text, target, work)))
}

/// Takes lines from the end until the hash matches.
fn without_end(text: &Text<'_>, target: Target<'_>, work: &Work) -> Option<Vec<Edit>> {
    let encoder = Encoder::new(Recoding::AsIs, BodyHasher::new(target, work));
    let kept = shortest_end(
        text.lines.iter().map(|line| &*line.text),
        text.lines.len(),
        encoder,
        work,
    )?;
    let mut edits = text.edits.clone();
    edits.extend(end_edit(&text.lines, kept));
    Some(edits)
}

/// How many lines of `lines` the signed body had; of several answers the one that keeps the most.
fn shortest_end<'l>(
    lines: impl Iterator<Item = &'l [u8]>,
    count: usize,
    mut encoder: Encoder<'_>,
    work: &Work,
) -> Option<usize> {
    let mut found = encoder.matches().then_some(0).filter(|_| count <= MAX_FOOTER_LINES);
    for (at, line) in lines.enumerate() {
        if work.exhausted() {
            break;
        }
        if encoder.line(line, count - at <= MAX_FOOTER_LINES) {
            found = Some(at + 1);
        }
    }
    // An empty rest proves nothing: everything would be an addition.
    found.filter(|kept| *kept > 0)
}

/// What stands below the lines kept; none where that is nothing but empty lines.
fn end_edit(lines: &[Line<'_>], kept: usize) -> Option<Edit> {
    let added = lines.get(kept..).unwrap_or_default();
    let filled = added.iter().rposition(|line| !line.text.trim_ascii().is_empty())?;
    let added = added.get(..=filled)?;
    let kind = if is_small(added) {
        EditKind::FooterAppended
    } else {
        EditKind::TextAppended
    };
    let place = format!("last {} lines", added.len());
    Some(Edit::new(kind, &place, &quote(added), span_of(added)))
}

fn is_small(added: &[Line<'_>]) -> bool {
    let bytes: usize = added.iter().map(|line| line.text.len()).sum();
    added.len() <= SMALL.0 && bytes <= SMALL.1
}

/// Takes lines from the start until the hash matches, and from the end too.
fn without_start(text: &Text<'_>, target: Target<'_>, work: &Work) -> Option<Vec<Edit>> {
    for start in 1..text.lines.len().min(MAX_BANNER_LINES + 1) {
        if work.exhausted() {
            return None;
        }
        let rest = text.lines.get(start..)?;
        let encoder = Encoder::new(Recoding::AsIs, BodyHasher::new(target, work));
        let Some(kept) = shortest_end(rest.iter().map(|line| &*line.text), rest.len(), encoder, work) else {
            continue;
        };
        let added = text.lines.get(..start)?;
        let mut edits = text.edits.clone();
        if added.iter().any(|line| !line.text.is_empty()) {
            let kind = if is_small(added) {
                EditKind::BannerPrepended
            } else {
                EditKind::TextPrepended
            };
            edits.push(Edit::new(
                kind,
                &format!("first {start} lines"),
                &quote(added),
                span_of(added),
            ));
        } else {
            edits.push(Edit::new(
                EditKind::EmptyLines,
                "start of the body",
                "empty lines were added",
                span_of(added),
            ));
        }
        edits.extend(end_edit(rest, kept));
        return Some(edits);
    }
    None
}

/// Undoes a change of the transfer encoding, and of the character set with it.
fn recoded(text: &Text<'_>, target: Target<'_>, work: &Work) -> Option<Vec<Edit>> {
    if text.media.is("multipart/") || text.media.is("message/") || work.exhausted() {
        return None;
    }
    let decoded = |lines: &[Line<'_>]| recode::decode(text::join(lines), &text.media.encoding);
    // A picture or a document, which nobody writes in another character set or as quoted-printable.
    let is_binary = |bytes: &Vec<u8>| memchr::memchr(0, bytes).is_some();
    if decoded(&text.lines.part(0..BINARY_LINES)).is_some_and(|begin| is_binary(&begin)) {
        return None;
    }
    let decoded = with_crlf(decoded(&text.lines).filter(|bytes| !is_binary(bytes))?);
    recoded_in(text, &decoded, None, target, work).or_else(|| {
        let mut others = charset::others(&decoded, &text.media).take_while(|_| !work.exhausted());
        others.find_map(|(name, other)| recoded_in(text, &other, Some(name), target, work))
    })
}

fn recoded_in(
    text: &Text<'_>,
    decoded: &[u8],
    charset: Option<&str>,
    target: Target<'_>,
    work: &Work,
) -> Option<Vec<Edit>> {
    let lines: Vec<&[u8]> = split_lines(decoded).collect();
    for recoding in RECODINGS {
        let as_stored = recoding == Recoding::AsIs && text.media.is_plain() && charset.is_none();
        if as_stored {
            continue;
        }
        let encoder = Encoder::new(recoding, BodyHasher::new(target, work));
        let Some(kept) = shortest_end(lines.iter().copied(), lines.len(), encoder, work) else {
            continue;
        };
        let span = span_of(&text.lines);
        let mut edits = text.edits.clone();
        let was = recoding.name();
        let now = Some(text.media.encoding.as_str())
            .filter(|name| !name.is_empty())
            .unwrap_or("7bit");
        if was != now {
            let what = format!("{was} became {now}");
            edits.push(Edit::new(EditKind::TransferEncodingChanged, "body", &what, span));
        } else {
            let what = format!("{now} was written anew");
            edits.push(Edit::new(EditKind::TransferEncodingChanged, "body", &what, span));
        }
        if let Some(charset) = charset {
            let what = format!("the text was written in {charset}");
            edits.push(Edit::new(EditKind::CharsetChanged, "body", &what, span));
        }
        // The lines of the text have no place of their own in the message: the whole content is quoted from.
        let lines: Vec<Line<'_>> = lines
            .iter()
            .filter_map(|line| {
                Some(Line {
                    text: (*line).into(),
                    span: span?,
                })
            })
            .collect();
        edits.extend(end_edit(&lines, kept));
        return Some(edits);
    }
    None
}

/// Every line end as CR LF.
pub(super) fn with_crlf(text: Vec<u8>) -> Vec<u8> {
    let changed = match canonical::with_crlf(&text, false) {
        Cow::Owned(changed) => Some(changed),
        Cow::Borrowed(_) => None,
    };
    changed.unwrap_or(text)
}
