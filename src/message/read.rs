//! The cut into fields: tolerant of every line end, exact about every byte.

use std::cell::OnceCell;

use super::{
    Defect, DefectKind, Field, Message, Span,
    field::Names,
    structure,
    survey::{Survey, line_breaks},
};

/// More fields than this are not read (trace.md 3.1): a header of a million fields is an attack on the reader.
pub(super) const MAX_FIELDS: usize = 1_000;
/// More header bytes than this are not read.
pub(super) const MAX_HEADER: usize = 256 * 1024;

/// A stored line: its bytes without the line end, and where the next line begins.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) next: usize,
}

impl Line {
    pub(super) fn text(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start..self.end]
    }

    pub(super) fn span(self) -> Span {
        Span {
            start: self.start,
            end: self.end,
        }
    }
}

/// The line that begins at `start`; it ends at LF, CR LF or, in a message that knows no LF, at CR. Several CRs before
/// the LF (a doubled conversion) belong to the line end.
pub(super) fn line_at(bytes: &[u8], start: usize, cr_only: bool) -> Line {
    let rest = bytes.get(start..).unwrap_or_default();
    let stop = if cr_only { b'\r' } else { b'\n' };
    match memchr::memchr(stop, rest) {
        None => Line {
            start,
            end: start + rest.len(),
            next: start + rest.len(),
        },
        Some(at) => {
            let returns = rest[..at].iter().rev().take_while(|byte| **byte == b'\r').count();
            Line {
                start,
                end: start + at - if cr_only { 0 } else { returns },
                next: start + at + 1,
            }
        }
    }
}

/// Cuts a message; see [`Message::read`].
pub(super) fn read(bytes: &[u8]) -> Message<'_> {
    let survey = Survey::of(bytes);
    let mut message = Message {
        bytes,
        mbox_line: None,
        fields: Vec::with_capacity(32),
        names: Names::default(),
        body: None,
        rebuilt: false,
        line_endings: survey.endings,
        defects: Vec::new(),
    };
    let cr_only = message.cr_only();
    let mut at = skip_prologue(&mut message, cr_only);
    let header_start = at;
    while at < bytes.len() {
        let line = line_at(bytes, at, cr_only);
        if line.start == line.end {
            message.body = Some(body_from(bytes, line.next));
            break;
        }
        if message.fields.len() == MAX_FIELDS || line.end - header_start > MAX_HEADER {
            message.defects.push(Defect::at(DefectKind::LimitHit, line.span()));
            message.body = after_header(bytes, at, cr_only);
            break;
        }
        at = match take_line(&mut message, line, cr_only) {
            Some(next) => next,
            None => {
                message.body = Some(body_from(bytes, line.start));
                break;
            }
        };
    }
    number_lines(&mut message);
    structure::inspect(&mut message, survey);
    message
}

/// Takes one header line and gives where the next begins; `None` when the header ends in front of it.
fn take_line(message: &mut Message<'_>, line: Line, cr_only: bool) -> Option<usize> {
    let bytes = message.bytes;
    if matches!(line.text(bytes).first(), Some(b' ' | b'\t')) {
        if message.fields.is_empty() {
            // Nothing stands above that it could continue: some readers drop the line, others trim it into a field.
            message
                .defects
                .push(Defect::at(DefectKind::LeadingContinuation, line.span()));
        } else {
            structure::continuation_line(message, line, cr_only);
            extend_last(message, line);
        }
        return Some(line.next);
    }
    if let Some((name_span, value_start)) = split_name(bytes, line) {
        push_field(message, name_span, value_start, line, line.end, cr_only);
        return Some(line.next);
    }
    if let Some((name_span, value_start, last)) = split_folded_name(bytes, line, cr_only) {
        push_field(message, name_span, value_start, line, last.end, cr_only);
        return Some(last.next);
    }
    // Neither field nor continuation: a stray line where the header plainly goes on below it, else its end.
    let below = line_at(bytes, line.next, cr_only);
    let goes_on = split_name(bytes, below).is_some_and(|(name, _)| plain_name(&bytes[name.start..name.end]));
    goes_on.then(|| {
        message.defects.push(Defect::at(DefectKind::StrayLine, line.span()));
        line.next
    })
}

fn push_field<'m>(
    message: &mut Message<'m>,
    name_span: Span,
    value_start: usize,
    first: Line,
    end: usize,
    cr_only: bool,
) {
    let field = Field {
        index: message.fields.len(),
        line: 0,
        span: Span {
            start: first.start,
            end,
        },
        name_span,
        value_span: Span {
            start: value_start,
            end,
        },
        cr_only,
        unfolded: OnceCell::new(),
        addresses: OnceCell::new(),
        name: &message.bytes[name_span.start..name_span.end],
        bytes: message.bytes,
    };
    message.names.insert(field.name_bytes());
    message.fields.push(field);
}

/// Passes over a byte order mark, leading blank lines and an mbox `From ` line.
fn skip_prologue(message: &mut Message<'_>, cr_only: bool) -> usize {
    let bytes = message.bytes;
    let mut at = 0;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        at = 3;
        message
            .defects
            .push(Defect::at(DefectKind::ByteOrderMark, Span { start: 0, end: 3 }));
    }
    while at < bytes.len() {
        let line = line_at(bytes, at, cr_only);
        let text = line.text(bytes);
        if is_from_line(text) && message.mbox_line.is_none() {
            message.mbox_line = Some(line.span());
        } else if !text.is_empty() || message.mbox_line.is_some() {
            break;
        } else if !message.has_defect(DefectKind::LeadingBlankLine) {
            let span = Span {
                start: at,
                end: line.next,
            };
            message.defects.push(Defect::at(DefectKind::LeadingBlankLine, span));
        }
        at = line.next;
    }
    at
}

/// Whether a line is an mbox `From ` line; `From :` is a field (RFC 5322 4.5).
fn is_from_line(text: &[u8]) -> bool {
    text.strip_prefix(b"From ")
        .is_some_and(|rest| !rest.trim_ascii_start().starts_with(b":"))
}

/// The name's span and where the value begins, when a line looks like a field (RFC 5322 2.2, and 4.5's space before the colon).
pub(super) fn split_name(bytes: &[u8], line: Line) -> Option<(Span, usize)> {
    let text = line.text(bytes);
    let colon = memchr::memchr(b':', text)?;
    let name = text[..colon].trim_ascii_end();
    is_name(name).then(|| {
        let name_span = Span {
            start: line.start,
            end: line.start + name.len(),
        };
        (name_span, line.start + colon + 1)
    })
}

/// A name that is folded away from its colon (`From` CRLF ` :`): obsolete syntax allows white space there, and by
/// RFC 822 3.4.2 readers took a fold for it. Gives the name, where the value begins, and the line of the colon.
fn split_folded_name(bytes: &[u8], line: Line, cr_only: bool) -> Option<(Span, usize, Line)> {
    let name = line.text(bytes).trim_ascii_end();
    if !plain_name(name) {
        return None;
    }
    let below = line_at(bytes, line.next, cr_only);
    let text = below.text(bytes);
    let indent = text.len() - text.trim_ascii_start().len();
    (indent > 0 && text.get(indent) == Some(&b':')).then(|| {
        let name_span = Span {
            start: line.start,
            end: line.start + name.len(),
        };
        (name_span, below.start + indent + 1, below)
    })
}

/// What may be a field's name: no white space (RFC 5322 3.6.8 `ftext`); raw 8-bit and control bytes are let through,
/// because some reader lets them through, and are defects.
fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.iter().any(|byte| byte.is_ascii_whitespace())
}

/// A name as names are: what tells a field from a line of text with a colon.
pub(super) fn plain_name(name: &[u8]) -> bool {
    (1..=77).contains(&name.len())
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Adds a continuation line to the field above.
fn extend_last(message: &mut Message<'_>, line: Line) {
    if let Some(field) = message.fields.last_mut() {
        field.span.end = line.end;
        field.value_span.end = line.end;
    }
}

fn body_from(bytes: &[u8], start: usize) -> Span {
    Span {
        start,
        end: bytes.len(),
    }
}

/// The body that follows the next empty line, when the header was cut short.
fn after_header(bytes: &[u8], from: usize, cr_only: bool) -> Option<Span> {
    let mut at = from;
    while at < bytes.len() {
        let line = line_at(bytes, at, cr_only);
        if line.start == line.end {
            return Some(body_from(bytes, line.next));
        }
        at = line.next;
    }
    None
}

/// Gives each field its line number in one pass over the header.
fn number_lines(message: &mut Message<'_>) {
    let (bytes, mut at, mut line) = (message.bytes, 0, 1);
    for field in &mut message.fields {
        line += line_breaks(&bytes[at..field.span.start]);
        at = field.span.start;
        field.line = line;
    }
}

/// 1-based line of an offset.
pub(super) fn line_of(bytes: &[u8], offset: usize) -> usize {
    1 + line_breaks(&bytes[..offset.min(bytes.len())])
}
