//! The cut into fields: tolerant of every line end, exact about every byte.

use super::{Defect, Field, LineEndings, Message, Span, structure};

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

/// The line that begins at `start`; it ends at LF, CR LF or, in a message that knows no LF, at CR.
pub(super) fn line_at(bytes: &[u8], start: usize, cr_only: bool) -> Line {
    let rest = &bytes[start..];
    let stop = if cr_only { b'\r' } else { b'\n' };
    match memchr::memchr(stop, rest) {
        None => Line {
            start,
            end: bytes.len(),
            next: bytes.len(),
        },
        Some(at) => {
            let end = start + at;
            let cut = usize::from(!cr_only && at > 0 && bytes[end - 1] == b'\r');
            Line {
                start,
                end: end - cut,
                next: end + 1,
            }
        }
    }
}

/// Cuts a message; see [`Message::read`].
pub(super) fn read(bytes: &[u8]) -> Message<'_> {
    let line_endings = count_line_endings(bytes);
    let cr_only = line_endings.crlf == 0 && line_endings.lf == 0 && line_endings.cr > 0;
    let mut message = Message {
        bytes,
        mbox_line: None,
        fields: Vec::new(),
        body: None,
        line_endings,
        defects: Vec::new(),
    };
    let mut at = skip_prologue(&mut message, cr_only);
    let header_start = at;
    while at < bytes.len() {
        let line = line_at(bytes, at, cr_only);
        if line.start == line.end {
            message.body = Some(Span {
                start: line.next,
                end: bytes.len(),
            });
            break;
        }
        if message.fields.len() == MAX_FIELDS || line.end - header_start > MAX_HEADER {
            message.defects.push(Defect::limit(Span {
                start: line.start,
                end: line.end,
            }));
            message.body = after_header(bytes, at, cr_only);
            break;
        }
        if matches!(bytes[line.start], b' ' | b'\t') && !message.fields.is_empty() {
            extend_last(&mut message, line);
        } else if let Some((name_span, value_start)) = split_name(bytes, line) {
            let field = Field {
                index: message.fields.len(),
                line: 0,
                span: Span {
                    start: line.start,
                    end: line.end,
                },
                name_span,
                value_span: Span {
                    start: value_start,
                    end: line.end,
                },
                bytes,
            };
            message.fields.push(field);
        } else if message.fields.is_empty() {
            // Text without any field: no message at all, and the caller says so.
            message.body = Some(Span {
                start: line.start,
                end: bytes.len(),
            });
            break;
        } else if !structure::stray_line(&mut message, line) {
            message.body = Some(Span {
                start: line.start,
                end: bytes.len(),
            });
            break;
        }
        at = line.next;
    }
    number_lines(&mut message);
    structure::inspect(&mut message);
    message
}

/// Passes over a byte order mark, leading blank lines and an mbox `From ` line.
fn skip_prologue(message: &mut Message<'_>, cr_only: bool) -> usize {
    let bytes = message.bytes;
    let mut at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    while at < bytes.len() {
        let line = line_at(bytes, at, cr_only);
        let text = &bytes[line.start..line.end];
        if text.starts_with(b"From ") && message.mbox_line.is_none() {
            message.mbox_line = Some(Span {
                start: line.start,
                end: line.end,
            });
        } else if !text.is_empty() || message.mbox_line.is_some() {
            break;
        }
        at = line.next;
    }
    at
}

/// The name's span and where the value begins, when a line looks like a field (RFC 5322 2.2, and 4.5's space before the colon).
fn split_name(bytes: &[u8], line: Line) -> Option<(Span, usize)> {
    let text = &bytes[line.start..line.end];
    let colon = memchr::memchr(b':', text)?;
    let name = &text[..colon];
    let trimmed = name.trim_ascii_end();
    let printable = !trimmed.is_empty()
        && trimmed
            .iter()
            .all(|byte| (0x21..=0x7e).contains(byte) || *byte >= 0x80 || *byte == 0);
    printable.then(|| {
        (
            Span {
                start: line.start,
                end: line.start + trimmed.len(),
            },
            line.start + colon + 1,
        )
    })
}

/// Adds a continuation line to the field above.
fn extend_last(message: &mut Message<'_>, line: Line) {
    if let Some(field) = message.fields.last_mut() {
        field.span.end = line.end;
        field.value_span.end = line.end;
    }
}

/// The body that follows the next empty line, when the header was cut short.
fn after_header(bytes: &[u8], from: usize, cr_only: bool) -> Option<Span> {
    let mut at = from;
    while at < bytes.len() {
        let line = line_at(bytes, at, cr_only);
        if line.start == line.end {
            return Some(Span {
                start: line.next,
                end: bytes.len(),
            });
        }
        at = line.next;
    }
    None
}

fn count_line_endings(bytes: &[u8]) -> LineEndings {
    let mut count = LineEndings::default();
    for at in memchr::memchr2_iter(b'\r', b'\n', bytes) {
        if bytes[at] == b'\n' {
            if at > 0 && bytes[at - 1] == b'\r' {
                count.crlf += 1
            } else {
                count.lf += 1
            }
        } else if bytes.get(at + 1) != Some(&b'\n') {
            count.cr += 1;
        }
    }
    count
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

/// Line ends in a stretch of bytes: LFs, or CRs where there is no LF.
fn line_breaks(bytes: &[u8]) -> usize {
    match memchr::memchr_iter(b'\n', bytes).count() {
        0 => memchr::memchr_iter(b'\r', bytes)
            .filter(|at| bytes.get(at + 1) != Some(&b'\n'))
            .count(),
        lines => lines,
    }
}
