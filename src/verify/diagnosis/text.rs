//! A body, or a part of it, as lines that know where they stand in the message.

use std::{
    borrow::Cow,
    ops::{Deref, Range},
    rc::Rc,
};

use super::{Edit, MAX_QUOTE};
use crate::message::{Message, Span};

/// A line without its end.
#[derive(Clone, Debug)]
pub(super) struct Line<'b> {
    pub(super) text: Cow<'b, [u8]>,
    /// Its stored bytes; for decoded text those of the whole encoded content.
    pub(super) span: Span,
}

/// Lines, shared with the text whose part they are.
#[derive(Clone, Debug)]
pub(super) struct Lines<'b> {
    all: Rc<Vec<Line<'b>>>,
    range: Range<usize>,
}

impl Lines<'_> {
    /// Some of them; none where the range lies elsewhere.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let start = self.range.start + range.start.min(self.len());
        let end = self.range.start + range.end.min(self.len());
        Self {
            all: Rc::clone(&self.all),
            range: start..end.max(start),
        }
    }
}

impl<'b> From<Vec<Line<'b>>> for Lines<'b> {
    fn from(lines: Vec<Line<'b>>) -> Self {
        Self {
            range: 0..lines.len(),
            all: Rc::new(lines),
        }
    }
}

impl<'b> Deref for Lines<'b> {
    type Target = [Line<'b>];

    fn deref(&self) -> &[Line<'b>] {
        self.all.get(self.range.clone()).unwrap_or_default()
    }
}

/// What the fields of a body, or of a MIME part, say about its content.
#[derive(Clone, Debug, Default)]
pub(super) struct Media {
    /// `Content-Type`, unfolded, as written.
    pub(super) content_type: String,
    /// `Content-Transfer-Encoding` in lower case; empty where it is absent.
    pub(super) encoding: String,
}

/// Text that may be what was signed, once the edits named are undone.
#[derive(Clone, Debug)]
pub(super) struct Text<'b> {
    pub(super) lines: Lines<'b>,
    pub(super) media: Media,
    pub(super) edits: Vec<Edit>,
}

impl Media {
    /// From the header of a message or of a part.
    pub(super) fn of(header: &Message<'_>) -> Self {
        let text = |name| header.field(name).map(|field| field.text()).unwrap_or_default();
        Self {
            content_type: text("Content-Type").to_owned(),
            encoding: text("Content-Transfer-Encoding").trim().to_ascii_lowercase(),
        }
    }

    /// Whether the type begins so (`text/html`, `multipart/`); without a type it is plain text.
    pub(super) fn is(&self, media_type: &str) -> bool {
        let stated = self.content_type.trim();
        let stated = if stated.is_empty() { "text/plain" } else { stated };
        stated
            .get(..media_type.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(media_type))
    }

    /// A parameter's value without its quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.content_type.split(';').skip(1).find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            key.trim()
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().trim_matches('"').to_owned())
        })
    }

    /// Whether the content stands as it is: no base64 or quoted-printable around it.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.encoding.as_str(), "" | "7bit" | "8bit" | "binary")
    }
}

impl<'b> Text<'b> {
    /// The body as stored; `None` for a message of headers only.
    pub(super) fn of(message: &Message<'b>) -> Option<Self> {
        let body = message.body?;
        let bytes = message.bytes.get(body.start..body.end)?;
        Some(Self {
            lines: lines(bytes, body.start, message.cr_only()).into(),
            media: Media::of(message),
            edits: Vec::new(),
        })
    }

    /// The same edits and one more, with other lines.
    pub(super) fn with(&self, lines: impl Into<Lines<'b>>, edit: Edit) -> Self {
        let mut edits = self.edits.clone();
        edits.push(edit);
        Self {
            lines: lines.into(),
            media: self.media.clone(),
            edits,
        }
    }
}

/// Cuts bytes that stand at `base` of the message into lines. A bare LF ends a line, as does CR where nothing else does.
fn lines(bytes: &[u8], base: usize, cr_only: bool) -> Vec<Line<'_>> {
    let stop = if cr_only { b'\r' } else { b'\n' };
    let mut out = Vec::with_capacity(memchr::memchr_iter(stop, bytes).count() + 1);
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let end = memchr::memchr(stop, rest).unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default();
        let text = if cr_only {
            text
        } else {
            text.strip_suffix(b"\r").unwrap_or(text)
        };
        out.push(Line {
            text: Cow::Borrowed(text),
            span: Span {
                start: base + start,
                end: base + start + text.len(),
            },
        });
        start += end + 1;
    }
    out
}

/// Lines as text with CR LF.
pub(super) fn join(lines: &[Line<'_>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(joined_length(lines));
    for line in lines {
        out.extend_from_slice(&line.text);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Bytes of lines with CR LF.
pub(super) fn joined_length(lines: &[Line<'_>]) -> usize {
    lines.iter().map(|line| line.text.len() + 2).sum()
}

/// The stored bytes from the first to the last of some lines.
pub(super) fn span_of(lines: &[Line<'_>]) -> Option<Span> {
    Some(Span {
        start: lines.iter().map(|line| line.span.start).min()?,
        end: lines.iter().map(|line| line.span.end).max()?,
    })
}

/// Lines for quoting, lossily as text, as far as anything is quoted.
pub(super) fn quote(lines: &[Line<'_>]) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        if text.len() > MAX_QUOTE {
            break;
        }
        if at > 0 {
            text.push('\n');
        }
        text.push_str(&String::from_utf8_lossy(&line.text));
    }
    text
}
