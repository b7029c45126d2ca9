//! mbox files (RFC 4155), streamed.
//!
//! A boundary is a `From ` line at the start or behind an empty line, with a date or in a known bare form, followed by
//! a header field; one that says nothing where the first of the file says nothing, too. A dated one also counts in a body without the empty line before it, as writers forget that line; that, and
//! a line that looks like a boundary and is none, is counted as doubtful. Of the dialects mboxo, mboxrd, mboxcl and mboxcl2 only the
//! last leaves `From ` lines of a text as they are, and tells the length of the text instead: see [`Declared`].

use std::{io::BufRead, ops::Range, path::Path};

use super::{
    Buffer, Cut, Place, SourceError, Stored, detect,
    lines::{Lines, trim_end},
    no_message,
};
use crate::error::Error;

/// Messages of an mbox, in order.
pub(super) struct Mbox<R> {
    lines: Lines<R>,
    /// A file that begins with `From ` is called mbox only where a further boundary follows.
    named_mbox: bool,
    index: usize,
    /// The boundary of the message that comes next.
    boundary: Option<Boundary>,
    started: bool,
    /// The first message has no header: a dated `From ` line with an empty line below it is a boundary in this file.
    headless: bool,
    /// The first `From ` line says nothing: such a line is a boundary in this file.
    wordless: bool,
    /// Declared lengths of this file that proved wrong.
    refuted: u8,
    /// Bytes of the message before.
    last: usize,
    done: bool,
    /// Messages that begin elsewhere are passed over.
    range: Range<u64>,
}

/// The `From ` line of a message.
struct Boundary {
    offset: u64,
    line: Vec<u8>,
    /// No empty line stood before it.
    doubtful: bool,
}

/// What a line may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FromLine {
    Boundary { doubtful: bool },
    LooksLikeOne,
    Text,
}

/// The length of a body that its header declares (Content-Length, of mboxcl and mboxcl2). Anyone may write it, so it counts only where
/// a boundary, or the end, stands exactly behind so many bytes; what looks like a boundary before that place is text then, and doubtful.
struct Declared {
    /// Where the body ends by it.
    end: u64,
    /// The text from the first line before `end` that would be a boundary; it comes again where the length proves wrong.
    tail: Vec<u8>,
    /// Doubtful lines in it.
    passed: u64,
    /// No empty line stood before the first of them.
    doubtful: bool,
}

/// A larger body is cut at its boundaries, whatever its header says: so much would be held until the length is proved.
const MAX_DECLARED: u64 = 32 * 1024 * 1024;
/// A file in which so many declared lengths are wrong is of another dialect: none is believed from there on.
const MAX_REFUTED: u8 = 3;
/// Room for a line of a header.
const USUAL_LINE: usize = 128;
/// The empty line behind a message, which its length does not count.
const SEPARATOR: u64 = 2;

impl<R: BufRead> Mbox<R> {
    pub(super) fn new(reader: R, path: &Path, named_mbox: bool) -> Self {
        Self {
            lines: Lines::new(reader, path),
            named_mbox,
            index: 0,
            boundary: None,
            started: false,
            headless: false,
            wordless: false,
            refuted: 0,
            last: 0,
            done: false,
            range: 0..u64::MAX,
        }
    }

    /// Only the messages that begin in a range of bytes. Their positions are those in the whole: what stands before is read,
    /// and not kept.
    pub(super) fn within(self, range: Range<u64>) -> Self {
        Self { range, ..self }
    }

    /// Where the next message begins; its bytes are passed over.
    pub(super) fn next_beginning(&mut self) -> Result<Option<u64>, Error> {
        self.range = u64::MAX..u64::MAX;
        Ok(self.cut()?.map(|cut| cut.offset))
    }

    /// What a line is: the line below it is looked at to tell.
    fn classify(&mut self, line: &[u8], after_empty: bool, in_body: bool) -> Result<FromLine, Error> {
        if !line.starts_with(b"From ") {
            return Ok(FromLine::Text);
        }
        let line = trim_end(line);
        let dated = detect::is_dated_from_line(line);
        let bare = detect::is_bare_from_line(line) || self.wordless && detect::is_empty_from_line(line);
        let place = after_empty || dated && in_body;
        if !place {
            return Ok(if dated || bare {
                FromLine::LooksLikeOne
            } else {
                FromLine::Text
            });
        }
        let below = self.below()?;
        let below = trim_end(&below);
        let headless = self.headless && dated && after_empty && below.is_empty();
        Ok(match (dated || bare, is_header_line(below) || headless) {
            (true, true) => FromLine::Boundary { doubtful: !after_empty },
            // Of a form that is not known.
            (false, true) | (true, false) => FromLine::LooksLikeOne,
            (false, false) => FromLine::Text,
        })
    }

    /// The line that comes next, which stays there.
    fn below(&mut self) -> Result<Vec<u8>, Error> {
        let mut below = Vec::new();
        self.lines.read(&mut below)?;
        self.lines.unread(below.clone());
        Ok(below)
    }

    /// Passes over what stands before the first boundary.
    fn start(&mut self) -> Result<(), Error> {
        self.started = true;
        let mut line = Vec::new();
        while let Some(offset) = self.lines.read(&mut line)? {
            if trim_end(&line).is_empty() || line == b"\xef\xbb\xbf" {
                continue;
            }
            let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
            if !text.starts_with(b"From ") {
                return Err(no_message(
                    self.lines.path(),
                    "no mbox: it does not begin with a 'From ' line",
                ));
            }
            self.headless = detect::is_dated_from_line(trim_end(text)) && trim_end(&self.below()?).is_empty();
            self.wordless = detect::is_empty_from_line(trim_end(text));
            self.boundary = Some(Boundary {
                offset,
                line,
                doubtful: false,
            });
            return Ok(());
        }
        Err(no_message(self.lines.path(), "empty"))
    }

    fn cut(&mut self) -> Result<Option<Cut>, Error> {
        if !self.started {
            self.start()?;
        }
        let Some(boundary) = self.boundary.take() else {
            return Ok(None);
        };
        let kept = boundary.offset >= self.range.start;
        let mut cut = Cut {
            offset: boundary.offset,
            bytes: match kept {
                true => Buffer::like_the_last(boundary.line, self.last),
                false => Buffer::default(),
            },
            doubtful_lines: u64::from(boundary.doubtful),
            headless: self.headless,
            ..Cut::default()
        };
        let (mut after_empty, mut in_body, mut whole_line) = (false, false, true);
        let (mut length, mut declared) = (None, None::<Declared>);
        let mut line = Vec::with_capacity(USUAL_LINE);
        while let Some(at) = self.lines.read(&mut line)? {
            let found = match whole_line {
                true => self.classify(&line, after_empty, in_body)?,
                false => FromLine::Text,
            };
            if let Some(mut wrong) = declared.take_if(|declared| declared.is_wrong_at(at, &line, found)) {
                wrong.tail.extend_from_slice(&line);
                return self.refute(cut, wrong).map(Some);
            }
            match found {
                FromLine::Boundary { doubtful } => {
                    let inside = declared.as_mut().filter(|declared| at < declared.end);
                    let Some(inside) = inside else {
                        cut.join(declared, kept);
                        drop_separator(&mut cut.bytes);
                        self.last = cut.bytes.len();
                        self.boundary = Some(Boundary {
                            offset: at,
                            line,
                            doubtful,
                        });
                        return Ok(Some(cut));
                    };
                    inside.doubtful |= doubtful && inside.passed == 0;
                    inside.passed += 1;
                }
                FromLine::LooksLikeOne => match &mut declared {
                    Some(declared) if declared.passed > 0 => declared.passed += 1,
                    _ => cut.doubtful_lines += 1,
                },
                FromLine::Text => {}
            }
            after_empty = whole_line && trim_end(&line).is_empty();
            if !in_body {
                length = length.or_else(|| content_length(&line));
                in_body = after_empty;
                if in_body {
                    let end = length.map(|length: u64| self.lines.offset().saturating_add(length));
                    let believed = length.is_some_and(|length| length <= MAX_DECLARED) && self.refuted < MAX_REFUTED;
                    declared = end.filter(|_| believed).map(Declared::ending_at);
                }
            }
            whole_line = line.ends_with(b"\n");
            match &mut declared {
                Some(declared) if declared.passed > 0 => declared.tail.extend_from_slice(&line),
                _ if kept => cut.add(&line),
                _ => {}
            }
            // Most of a mailbox is lines of text, which nobody needs to see one by one.
            let text_follows = whole_line && in_body && declared.as_ref().is_none_or(|declared| declared.passed == 0);
            if text_follows {
                let add = |text: &[u8]| {
                    if kept {
                        cut.add(text);
                    }
                };
                after_empty = self.lines.read_text(add)?.unwrap_or(after_empty);
            }
        }
        if let Some(wrong) = declared.take_if(|declared| declared.is_wrong_at_end(self.lines.offset())) {
            return self.refute(cut, wrong).map(Some);
        }
        cut.join(declared, kept);
        Ok(Some(cut))
    }

    /// A declared length was wrong: the first line that was taken for text is a boundary, and all from there is read again.
    fn refute(&mut self, mut cut: Cut, wrong: Declared) -> Result<Cut, Error> {
        self.refuted += 1;
        self.lines.unread(wrong.tail);
        let mut line = Vec::new();
        self.boundary = self.lines.read(&mut line)?.map(|offset| Boundary {
            offset,
            line,
            doubtful: wrong.doubtful,
        });
        drop_separator(&mut cut.bytes);
        Ok(cut)
    }

    fn finish(&mut self, cut: Cut) -> Result<Stored, SourceError> {
        let index = self.index;
        self.index += 1;
        let several = self.named_mbox || index > 0 || self.boundary.is_some();
        let place = Place {
            path: self.lines.path(),
            format: if several { "mbox" } else { "eml" },
            index,
            byte_offset: cut.offset,
        };
        place.message(cut, several)
    }
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = Result<Stored, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        loop {
            match self.cut() {
                Ok(Some(cut)) if cut.offset < self.range.start => self.index += 1,
                Ok(Some(cut)) if cut.offset < self.range.end => return Some(self.finish(cut)),
                Ok(_) => {
                    self.done = true;
                    return None;
                }
                Err(error) => {
                    self.done = true;
                    let place = Place {
                        path: self.lines.path(),
                        format: "mbox",
                        index: self.index,
                        byte_offset: self.lines.offset(),
                    };
                    return Some(Err(place.failed(error)));
                }
            }
        }
    }
}

impl Declared {
    fn ending_at(end: u64) -> Self {
        Self {
            end,
            tail: Vec::new(),
            passed: 0,
            doubtful: false,
        }
    }

    /// Whether lines were taken for text because of it, and no boundary stands where it should: behind it, or behind an empty line there.
    fn is_wrong_at(&self, at: u64, line: &[u8], found: FromLine) -> bool {
        let fits = match found {
            FromLine::Boundary { .. } => at <= self.end + SEPARATOR,
            FromLine::LooksLikeOne | FromLine::Text => at < self.end || at == self.end && trim_end(line).is_empty(),
        };
        self.passed > 0 && !fits
    }

    /// The same where the file ends.
    fn is_wrong_at_end(&self, at: u64) -> bool {
        self.passed > 0 && (at < self.end || at > self.end + SEPARATOR)
    }
}

impl Cut {
    /// Adds what was held until the declared length was proved.
    fn join(&mut self, declared: Option<Declared>, kept: bool) {
        let Some(declared) = declared.filter(|declared| declared.passed > 0) else {
            return;
        };
        self.doubtful_lines += declared.passed;
        if kept {
            self.add(&declared.tail);
        }
    }
}

/// The value of a Content-Length field.
fn content_length(line: &[u8]) -> Option<u64> {
    let colon = memchr::memchr(b':', line)?;
    let (name, value) = line.split_at(colon);
    if !name.trim_ascii_end().eq_ignore_ascii_case(b"Content-Length") {
        return None;
    }
    std::str::from_utf8(value.get(1..)?).ok()?.trim().parse().ok()
}

/// What may stand below a `From ` line: a field, or the further `From ` lines of UUCP.
fn is_header_line(line: &[u8]) -> bool {
    detect::is_field(line) || line.starts_with(b">From ")
}

/// Drops the empty line that parts a message from the next.
fn drop_separator(bytes: &mut Buffer) {
    let separator = [&b"\r\n"[..], b"\n"].into_iter().find(|end| {
        let rest = bytes.strip_suffix(*end);
        rest.is_some_and(|rest| rest.ends_with(b"\n"))
    });
    if let Some(separator) = separator {
        bytes.truncate(bytes.len() - separator.len());
    }
}
