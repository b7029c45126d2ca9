//! mbox files (RFC 4155), streamed.
//!
//! A boundary is a `From ` line at the start or behind an empty line, with a date or in a known bare form, followed by
//! a header field. A dated one also counts in a body without the empty line before it, as writers forget that line.

use std::{
    io::{BufRead, Read},
    ops::Range,
    path::{Path, PathBuf},
};

use super::{Cut, Place, SourceError, Stored, detect, no_message};
use crate::error::Error;

/// Messages of an mbox, in order.
pub(super) struct Mbox<R> {
    reader: R,
    path: PathBuf,
    /// A file that begins with `From ` is called mbox only where a further boundary follows.
    named_mbox: bool,
    index: usize,
    /// Offset of what is read next.
    offset: u64,
    /// A line that was read ahead, and its offset.
    ahead: Option<(u64, Vec<u8>)>,
    /// The boundary of the message that comes next.
    boundary: Option<(u64, Vec<u8>)>,
    started: bool,
    done: bool,
    /// Messages that begin elsewhere are passed over.
    range: Range<u64>,
}

/// A longer line is passed on in pieces.
const MAX_LINE: u64 = 64 * 1024;

impl<R: BufRead> Mbox<R> {
    pub(super) fn new(reader: R, path: &Path, named_mbox: bool) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            named_mbox,
            index: 0,
            offset: 0,
            ahead: None,
            boundary: None,
            started: false,
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

    fn line(&mut self) -> Result<Option<(u64, Vec<u8>)>, Error> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        let mut line = Vec::new();
        let read = (&mut self.reader).take(MAX_LINE).read_until(b'\n', &mut line);
        read.map_err(|cause| Error::Read {
            path: self.path.clone(),
            cause,
        })?;
        let at = self.offset;
        self.offset += line.len() as u64;
        Ok((!line.is_empty()).then_some((at, line)))
    }

    /// Whether a `From ` line is a boundary: the line below it is read to tell.
    fn is_boundary(&mut self, line: &[u8], after_empty: bool, in_body: bool) -> Result<bool, Error> {
        if !line.starts_with(b"From ") {
            return Ok(false);
        }
        let line = trim_end(line);
        let dated = detect::is_dated_from_line(line) && (after_empty || in_body);
        let bare = detect::is_bare_from_line(line) && after_empty;
        if !dated && !bare {
            return Ok(false);
        }
        self.ahead = self.line()?;
        Ok(self
            .ahead
            .as_ref()
            .is_some_and(|(_, below)| is_header_line(trim_end(below))))
    }

    /// Passes over what stands before the first boundary.
    fn start(&mut self) -> Result<(), Error> {
        self.started = true;
        while let Some((at, line)) = self.line()? {
            if trim_end(&line).is_empty() || line == b"\xef\xbb\xbf" {
                continue;
            }
            if !line
                .strip_prefix(b"\xef\xbb\xbf")
                .unwrap_or(&line)
                .starts_with(b"From ")
            {
                return Err(no_message(&self.path, "no mbox: it does not begin with a 'From ' line"));
            }
            self.boundary = Some((at, line));
            return Ok(());
        }
        Err(no_message(&self.path, "empty"))
    }

    fn cut(&mut self) -> Result<Option<Cut>, Error> {
        if !self.started {
            self.start()?;
        }
        let Some((offset, bytes)) = self.boundary.take() else {
            return Ok(None);
        };
        let mut cut = Cut {
            offset,
            bytes,
            too_large: false,
        };
        let kept = offset >= self.range.start;
        if !kept {
            cut.bytes = Vec::new();
        }
        let (mut after_empty, mut in_body, mut whole_line) = (false, false, true);
        while let Some((at, line)) = self.line()? {
            if whole_line && self.is_boundary(&line, after_empty, in_body)? {
                self.boundary = Some((at, line));
                drop_separator(&mut cut.bytes);
                return Ok(Some(cut));
            }
            after_empty = whole_line && trim_end(&line).is_empty();
            in_body |= after_empty;
            whole_line = line.ends_with(b"\n");
            if !kept {
                continue;
            }
            cut.add(line);
        }
        Ok(Some(cut))
    }

    fn finish(&mut self, cut: Cut) -> Result<Stored, SourceError> {
        let index = self.index;
        self.index += 1;
        let several = self.named_mbox || index > 0 || self.boundary.is_some();
        let place = Place {
            path: &self.path,
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
                        path: &self.path,
                        format: "mbox",
                        index: self.index,
                        byte_offset: self.offset,
                    };
                    return Some(Err(place.failed(error)));
                }
            }
        }
    }
}

/// What may stand below a `From ` line: a field, or the further `From ` lines of UUCP.
fn is_header_line(line: &[u8]) -> bool {
    detect::is_field(line) || line.starts_with(b">From ")
}

fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Drops the empty line that parts a message from the next.
fn drop_separator(bytes: &mut Vec<u8>) {
    let separator = [&b"\r\n"[..], b"\n"].into_iter().find(|end| {
        let rest = bytes.strip_suffix(*end);
        rest.is_some_and(|rest| rest.ends_with(b"\n"))
    });
    if let Some(separator) = separator {
        bytes.truncate(bytes.len() - separator.len());
    }
}
