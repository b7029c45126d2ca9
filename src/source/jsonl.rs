//! JSON Lines: a message a line in base64, with what is known of its envelope (report.md, commands).

use std::{
    borrow::Cow,
    io::{BufRead, Read},
    path::{Path, PathBuf},
};

use base64::Engine;

use super::{LARGE, MAX_MESSAGE, Place, SourceError, Stored, detect, make_room, no_message, too_large};
use crate::error::Error;

/// What stood beside a message: facts of the one who queued it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Sidecar {
    /// His own name for the message.
    #[serde(default)]
    pub id: Option<String>,
    /// The SMTP client's address as text.
    #[serde(default)]
    pub client_ip: Option<String>,
    /// What the client said in HELO or EHLO.
    #[serde(default)]
    pub helo: Option<String>,
    /// The envelope's sender; empty for the null sender, `None` when it is not known.
    #[serde(default)]
    pub mail_from: Option<String>,
    /// The envelope's recipients.
    #[serde(default)]
    pub rcpt_to: Vec<String>,
}

#[derive(serde::Deserialize)]
struct Line<'l> {
    #[serde(borrow)]
    message: Cow<'l, str>,
    #[serde(flatten)]
    sidecar: Sidecar,
}

/// Messages of a JSONL file, in order.
pub(super) struct Jsonl<R> {
    reader: R,
    path: PathBuf,
    index: usize,
    offset: u64,
    done: bool,
}

/// Base64 takes four bytes for three; the rest of the object needs little.
const MAX_LINE: u64 = MAX_MESSAGE / 3 * 4 + 1024 * 1024;

impl<R: BufRead> Jsonl<R> {
    pub(super) fn new(reader: R, path: &Path) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            index: 0,
            offset: 0,
            done: false,
        }
    }

    /// The place of the message on this line.
    fn place(&self, byte_offset: u64) -> Place<'_> {
        Place {
            path: &self.path,
            format: "jsonl",
            index: self.index,
            byte_offset,
        }
    }

    fn read(&self, line: &[u8], byte_offset: u64) -> Result<Stored, Error> {
        let place = self.index + 1;
        let wrong = |what: String| no_message(&self.path, &format!("entry {place}: {what}"));
        let line: Line<'_> = serde_json::from_slice(line).map_err(|cause| wrong(cause.to_string()))?;
        let packed: Cow<'_, str> = match line.message.contains(|c: char| c.is_ascii_whitespace()) {
            true => line.message.split_ascii_whitespace().collect(),
            false => line.message,
        };
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(packed.as_bytes())
            .map_err(|cause| wrong(format!("message: {cause}")))?;
        if bytes.len() as u64 > MAX_MESSAGE {
            return Err(wrong(too_large()));
        }
        detect::check(&bytes).map_err(|what| wrong(what.to_owned()))?;
        Ok(Stored {
            origin: self.place(byte_offset).origin(&bytes, true),
            bytes,
            sidecar: Some(line.sidecar),
        })
    }
}

impl<R: BufRead> Iterator for Jsonl<R> {
    type Item = Result<Stored, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let byte_offset = self.offset;
            let mut line = Vec::new();
            let mut read = (&mut self.reader).take(LARGE as u64).read_until(b'\n', &mut line);
            if line.len() == LARGE && !line.ends_with(b"\n") {
                make_room(&mut line, MAX_LINE);
                let mut rest = (&mut self.reader).take(MAX_LINE - LARGE as u64);
                read = read.and_then(|_| rest.read_until(b'\n', &mut line));
            }
            if let Err(cause) = read {
                self.done = true;
                let path = self.path.clone();
                return Some(Err(self.place(byte_offset).failed(Error::Read { path, cause })));
            }
            self.offset += line.len() as u64;
            if line.is_empty() {
                self.done = true;
                break;
            }
            if line.len() as u64 == MAX_LINE {
                self.done = true;
                return Some(Err(self
                    .place(byte_offset)
                    .failed(no_message(&self.path, &too_large()))));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let result = self.read(&line, byte_offset);
            let result = result.map_err(|error| self.place(byte_offset).failed(error));
            self.index += 1;
            return Some(result);
        }
        None
    }
}
