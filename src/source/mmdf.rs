//! MMDF mailboxes: a line of four control-A in front of each message and behind it; nothing inside needs quoting.

use std::{
    io::{BufRead, Read},
    path::{Path, PathBuf},
};

use super::{MAX_MESSAGE, Origin, SourceError, Stored, detect, display, no_message, sha256, too_large};
use crate::error::Error;

/// The line that parts messages, without its end.
pub(super) const MARK: &[u8] = b"\x01\x01\x01\x01";
/// A longer line is read in pieces.
const MAX_LINE: u64 = 64 * 1024;

/// Messages of an MMDF mailbox, in order.
pub(super) struct Mmdf<R> {
    reader: R,
    path: PathBuf,
    index: usize,
    offset: u64,
    done: bool,
}

impl<R: BufRead> Mmdf<R> {
    pub(super) fn new(reader: R, path: &Path) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            index: 0,
            offset: 0,
            done: false,
        }
    }

    /// What stands up to the next mark, and where it begins; `None` at the end.
    fn cut(&mut self) -> Result<Option<(u64, Vec<u8>, bool)>, Error> {
        let (mut start, mut bytes, mut large) = (self.offset, Vec::new(), false);
        loop {
            let mut line = Vec::new();
            let read = (&mut self.reader).take(MAX_LINE).read_until(b'\n', &mut line);
            read.map_err(|cause| Error::Read {
                path: self.path.clone(),
                cause,
            })?;
            self.offset += line.len() as u64;
            let ended = line.is_empty();
            if ended || line.trim_ascii_end() == MARK {
                // One mark ends a message and the next begins another: between them stands nothing.
                if !bytes.is_empty() || large {
                    return Ok(Some((start, bytes, large)));
                }
                if ended {
                    return Ok(None);
                }
                start = self.offset;
                continue;
            }
            large |= (bytes.len() + line.len()) as u64 > MAX_MESSAGE;
            if large {
                bytes = Vec::new();
            } else {
                bytes.extend(line);
            }
        }
    }

    fn finish(&mut self, byte_offset: u64, bytes: Vec<u8>, large: bool) -> Result<Stored, SourceError> {
        let index = self.index;
        self.index += 1;
        let checked = match large {
            true => Err(no_message(&self.path, &too_large())),
            false => detect::check(&bytes).map_err(|what| no_message(&self.path, what)),
        };
        checked.map_err(|error| self.failed(index, byte_offset, error))?;
        let origin = Origin {
            path: display(&self.path),
            format: "mmdf",
            container: Some(display(&self.path)),
            index,
            byte_offset,
            byte_length: bytes.len() as u64,
            sha256: sha256(&bytes),
        };
        Ok(Stored {
            origin,
            bytes,
            sidecar: None,
        })
    }

    fn failed(&self, index: usize, byte_offset: u64, error: Error) -> SourceError {
        SourceError {
            index,
            byte_offset,
            ..SourceError::whole(&display(&self.path), "mmdf", error)
        }
    }
}

impl<R: BufRead> Iterator for Mmdf<R> {
    type Item = Result<Stored, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        match self.cut() {
            Ok(Some((start, bytes, large))) => Some(self.finish(start, bytes, large)),
            Ok(None) => {
                self.done = true;
                None
            }
            Err(error) => {
                self.done = true;
                Some(Err(self.failed(self.index, self.offset, error)))
            }
        }
    }
}
