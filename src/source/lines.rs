//! Lines of a stream with their offsets, which can be put back.

use std::{
    io::{BufRead, Cursor, ErrorKind},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use memchr::memmem::Finder;

use crate::error::Error;

/// A longer line is passed on in pieces.
const MAX_LINE: usize = 64 * 1024;

/// The beginning of a line that may part two messages of an mbox.
static FROM_LINE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(b"\nFrom "));

/// The lines of a stream.
pub(super) struct Lines<R> {
    reader: R,
    path: PathBuf,
    /// Offset of what is read next.
    offset: u64,
    /// What was read and put back: it comes again, before the rest.
    back: Cursor<Vec<u8>>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, path: &Path) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            offset: 0,
            back: Cursor::default(),
        }
    }

    /// The file that is read.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the next line begins.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Puts the next line, or a piece of a very long one, in place of what `line` holds, and tells where it begins; `None` at the end.
    pub(super) fn read(&mut self, line: &mut Vec<u8>) -> Result<Option<u64>, Error> {
        line.clear();
        let read = match self.holds_put_back() {
            true => read_line(&mut self.back, line),
            false => read_line(&mut self.reader, line),
        };
        read.map_err(|cause| failed(&self.path, cause))?;
        let at = self.offset;
        self.offset += line.len() as u64;
        Ok((!line.is_empty()).then_some(at))
    }

    /// Hands on the whole lines that are at hand and come before any that begins with `From `, all at once, and tells whether
    /// the last of them is empty; `None` where there are none. To be called where a line begins.
    pub(super) fn read_text(&mut self, take: impl FnOnce(&[u8])) -> Result<Option<bool>, Error> {
        if self.holds_put_back() {
            return Ok(None);
        }
        let read = match self.reader.fill_buf() {
            Err(cause) if cause.kind() == ErrorKind::Interrupted => return Ok(None),
            Err(cause) => return Err(failed(&self.path, cause)),
            Ok(read) => read,
        };
        let from = match read.starts_with(b"From ") {
            true => Some(0),
            false => FROM_LINE.find(read).map(|at| at + 1),
        };
        let end = from.or_else(|| Some(memchr::memrchr(b'\n', read)? + 1)).unwrap_or(0);
        let text = &read[..end];
        let before_end = trim_end(text);
        let last_is_empty = before_end.is_empty() || before_end.ends_with(b"\n");
        take(text);
        self.reader.consume(end);
        self.offset += end as u64;
        Ok((end > 0).then_some(last_is_empty))
    }

    fn holds_put_back(&self) -> bool {
        self.back.position() < self.back.get_ref().len() as u64
    }

    /// Puts back whole lines that were read last.
    pub(super) fn unread(&mut self, mut lines: Vec<u8>) {
        self.offset -= lines.len() as u64;
        let read = usize::try_from(self.back.position()).unwrap_or(usize::MAX);
        let (before, rest) = self.back.get_ref().split_at_checked(read).unwrap_or_default();
        // Much may have been put back already, and line after line of it be looked at: what still lies there is not moved.
        if before.ends_with(&lines) {
            self.back.set_position((read - lines.len()) as u64);
            return;
        }
        lines.extend_from_slice(rest);
        self.back = Cursor::new(lines);
    }
}

/// Without its line end, where it has one.
pub(super) fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn failed(path: &Path, cause: std::io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        cause,
    }
}

/// Reads to the end of the line, or [`MAX_LINE`] bytes of it. As `read_until` does, which searches more slowly.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let read = match reader.fill_buf() {
            Ok(read) => read,
            Err(cause) if cause.kind() == ErrorKind::Interrupted => continue,
            Err(cause) => return Err(cause),
        };
        let read = &read[..read.len().min(MAX_LINE - line.len())];
        let end = memchr::memchr(b'\n', read);
        let taken = end.map_or(read.len(), |at| at + 1);
        line.extend_from_slice(&read[..taken]);
        reader.consume(taken);
        if taken == 0 || end.is_some() {
            return Ok(());
        }
    }
}
