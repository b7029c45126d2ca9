//! Lines of a stream with their offsets, which can be put back.

use std::{
    io::{BufRead, Cursor, ErrorKind},
    path::{Path, PathBuf},
};

use crate::error::Error;

/// A longer line is passed on in pieces.
const MAX_LINE: usize = 64 * 1024;

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
        let put_back = self.back.position() < self.back.get_ref().len() as u64;
        let read = match put_back {
            true => read_line(&mut self.back, line),
            false => read_line(&mut self.reader, line),
        };
        read.map_err(|cause| Error::Read {
            path: self.path.clone(),
            cause,
        })?;
        let at = self.offset;
        self.offset += line.len() as u64;
        Ok((!line.is_empty()).then_some(at))
    }

    /// Puts back whole lines that were read last.
    pub(super) fn unread(&mut self, mut lines: Vec<u8>) {
        self.offset -= lines.len() as u64;
        let read = usize::try_from(self.back.position()).unwrap_or(usize::MAX);
        lines.extend(self.back.get_ref().get(read..).unwrap_or_default());
        self.back = Cursor::new(lines);
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
