//! MMDF mailboxes: a line of four control-A in front of each message and behind it; nothing inside needs quoting.

use std::{io::BufRead, path::Path};

use super::{Cut, Place, SourceError, Stored, lines::Lines};
use crate::error::Error;

/// The line that parts messages, without its end.
pub(super) const MARK: &[u8] = b"\x01\x01\x01\x01";

/// Messages of an MMDF mailbox, in order.
pub(super) struct Mmdf<R> {
    lines: Lines<R>,
    index: usize,
    done: bool,
}

impl<R: BufRead> Mmdf<R> {
    pub(super) fn new(reader: R, path: &Path) -> Self {
        Self {
            lines: Lines::new(reader, path),
            index: 0,
            done: false,
        }
    }

    /// What stands up to the next mark; `None` at the end.
    fn cut(&mut self) -> Result<Option<Cut>, Error> {
        let start = |offset| Cut {
            offset,
            ..Cut::default()
        };
        let mut cut = start(self.lines.offset());
        let mut line = Vec::new();
        loop {
            let ended = self.lines.read(&mut line)?.is_none();
            if !ended && line.trim_ascii_end() != MARK {
                cut.add(&line);
                continue;
            }
            // One mark ends a message and the next begins another: between them stands nothing.
            if !cut.bytes.is_empty() || cut.too_large {
                return Ok(Some(cut));
            }
            if ended {
                return Ok(None);
            }
            cut = start(self.lines.offset());
        }
    }

    /// The place of the message that comes next.
    fn place(&self, byte_offset: u64) -> Place<'_> {
        Place {
            path: self.lines.path(),
            format: "mmdf",
            index: self.index,
            byte_offset,
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
            Ok(Some(cut)) => {
                let message = self.place(cut.offset).message(cut, true);
                self.index += 1;
                Some(message)
            }
            Ok(None) => {
                self.done = true;
                None
            }
            Err(error) => {
                self.done = true;
                Some(Err(self.place(self.lines.offset()).failed(error)))
            }
        }
    }
}
