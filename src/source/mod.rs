//! Bytes in, one message at a time, in a stable order. Files are opened for reading only and never changed.

mod archive;
#[cfg(test)]
mod archive_tests;
mod buffer;
mod compressed;
#[cfg(test)]
mod compressed_tests;
mod detect;
mod jsonl;
mod lines;
mod maildir;
mod mbox;
mod mmdf;
mod msg;
mod outlook;
mod pst;
mod shard;
#[cfg(test)]
mod tests;
mod walk;

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;

pub use buffer::Buffer;
pub use jsonl::Sidecar;
pub use shard::{Shard, mbox_range, plan};
pub use walk::{Walk, stdin, stored_bytes, walk};

use crate::error::Error;

/// A message larger than this is not read: an attack on memory, or no message.
pub const MAX_MESSAGE: u64 = 512 * 1024 * 1024;

/// What the input is said to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InputFormat {
    /// Found out from the content, and from the name where that says no more.
    #[default]
    Auto,
    /// One message a file.
    Eml,
    /// Messages behind `From ` lines (RFC 4155).
    Mbox,
    /// A folder with `cur` and `new`.
    Maildir,
    /// A header block without body.
    Headers,
    /// A JSON object a line, the message in base64.
    Jsonl,
    /// Outlook's file form: what is given out is the header, rebuilt.
    Msg,
    /// Apple Mail's file form: the length of the message, the message, a property list.
    Emlx,
}

/// Where a message came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file as named, or `-` for standard input; of an archive the archive.
    pub path: String,
    /// `eml`, `mbox`, `maildir`, `headers`, `jsonl`, `emlx`, `mmdf`, `msg` or `pst`.
    pub format: &'static str,
    /// What holds the message, when it is more than the file: the mbox or JSONL file, the Maildir folder, the compression,
    /// the path inside an archive.
    pub container: Option<String>,
    /// Position within its file, from 0.
    pub index: usize,
    /// Where it begins in its file.
    pub byte_offset: u64,
    /// Its length in bytes (of JSONL: of the message decoded).
    pub byte_length: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Lines of an mbox where it may be cut wrongly: those in the message that look like the beginning of another, and its own where
    /// no empty line stands before it.
    pub doubtful_lines: u64,
}

/// One message with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where it came from.
    pub origin: Origin,
    /// Its bytes, unchanged; of an Outlook item those of the rebuilt header.
    pub bytes: Buffer,
    /// What stood beside it: only in JSONL.
    pub sidecar: Option<Sidecar>,
}

/// An input that could not be used, with its place: what an error record says.
#[derive(Debug)]
pub struct SourceError {
    /// The file or folder as named, or `-`.
    pub path: String,
    /// Where in an archive.
    pub container: Option<String>,
    /// What it was taken for.
    pub format: &'static str,
    /// Position within its file, from 0.
    pub index: usize,
    /// Where it begins in its file.
    pub byte_offset: u64,
    /// What is wrong.
    pub error: Box<Error>,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl SourceError {
    /// An error of a file as a whole.
    pub fn whole(path: &str, format: &'static str, error: Error) -> Self {
        Self {
            path: path.to_owned(),
            container: None,
            format,
            index: 0,
            byte_offset: 0,
            error: Box::new(error),
        }
    }
}

/// Where a message stands among others in one file.
#[derive(Clone, Copy)]
struct Place<'p> {
    path: &'p Path,
    format: &'static str,
    index: usize,
    byte_offset: u64,
}

impl Place<'_> {
    /// What stands here cannot be used.
    fn failed(self, error: Error) -> SourceError {
        SourceError {
            index: self.index,
            byte_offset: self.byte_offset,
            ..SourceError::whole(&display(self.path), self.format, error)
        }
    }

    /// The origin of these bytes; `among_others` where the file holds more than them.
    fn origin(self, bytes: &[u8], among_others: bool) -> Origin {
        Origin {
            path: display(self.path),
            format: self.format,
            container: among_others.then(|| display(self.path)),
            index: self.index,
            byte_offset: self.byte_offset,
            byte_length: bytes.len() as u64,
            sha256: sha256(bytes),
            doubtful_lines: 0,
        }
    }

    /// What was cut out as a message, once it is plain that it is one.
    fn message(self, cut: Cut, among_others: bool) -> Result<Stored, SourceError> {
        let wrong = |what: &str| self.failed(no_message(self.path, what));
        if cut.too_large {
            return Err(wrong(&too_large()));
        }
        if !cut.headless {
            detect::check(&cut.bytes).map_err(wrong)?;
        }
        Ok(Stored {
            origin: Origin {
                doubtful_lines: cut.doubtful_lines,
                ..self.origin(&cut.bytes, among_others)
            },
            bytes: cut.bytes,
            sidecar: None,
        })
    }
}

/// One message of several, before it is checked.
#[derive(Default)]
struct Cut {
    offset: u64,
    bytes: Buffer,
    /// There was more than a message may have; nothing of it is kept.
    too_large: bool,
    /// See [`Origin::doubtful_lines`].
    doubtful_lines: u64,
    /// It comes from a mailbox whose messages need no header.
    headless: bool,
}

impl Cut {
    fn add(&mut self, line: &[u8]) {
        self.too_large |= (self.bytes.len() + line.len()) as u64 > MAX_MESSAGE;
        if self.too_large {
            self.bytes = Buffer::default();
        } else {
            self.bytes.extend_from_slice(line);
        }
    }
}

/// What holds a message, said of something that holds that again.
fn held(inner: Option<String>, holder: &str) -> String {
    inner.map_or_else(|| holder.to_owned(), |inner| format!("{inner} in {holder}"))
}

/// Adds what the message, or the place of an error, stood in.
fn held_in(message: Result<Stored, SourceError>, holder: &str) -> Result<Stored, SourceError> {
    let add = |inner: &mut Option<String>| *inner = Some(held(inner.take(), holder));
    match message {
        Ok(mut stored) => {
            add(&mut stored.origin.container);
            Ok(stored)
        }
        Err(mut error) => {
            add(&mut error.container);
            Err(error)
        }
    }
}

/// Reads a file as one message, whatever it holds. For a file that may hold several see [`walk`].
///
/// Fails with [`Error::Read`] when it cannot be read (a folder included), with [`Error::NoMessage`] when it holds none.
pub fn open_eml(path: &Path) -> Result<Stored, Error> {
    let file = open(path)?;
    let expected = file.metadata().map_or(0, |metadata| metadata.len());
    one_message(file, path, "eml", expected)
}

/// Reads standard input as one message; see [`open_eml`] for how it fails.
pub fn read_stdin() -> Result<Stored, Error> {
    one_message(io::stdin().lock(), Path::new("-"), "eml", 0)
}

fn open(path: &Path) -> Result<File, Error> {
    let read = |cause| Error::Read {
        path: path.to_owned(),
        cause,
    };
    let file = File::open(path).map_err(read)?;
    if file.metadata().map_err(read)?.is_dir() {
        return Err(read(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a folder; use scan for folders",
        )));
    }
    Ok(file)
}

fn one_message(reader: impl Read, path: &Path, format: &'static str, expected: u64) -> Result<Stored, Error> {
    stored(kept(reader, path, expected)?, path, format)
}

/// All bytes of a stream, where they are no more than a message may have; see [`Buffer::read_from`].
fn kept(reader: impl Read, path: &Path, expected: u64) -> Result<Buffer, Error> {
    let bytes = Buffer::read_from(reader, expected).map_err(|cause| Error::Read {
        path: path.to_owned(),
        cause,
    })?;
    match bytes.len() as u64 > MAX_MESSAGE {
        true => Err(no_message(path, &too_large())),
        false => Ok(bytes),
    }
}

/// A whole file as one message, once it is plain that it is one.
fn stored(bytes: Buffer, path: &Path, format: &'static str) -> Result<Stored, Error> {
    detect::check(&bytes).map_err(|what| no_message(path, what))?;
    Ok(Stored {
        origin: origin(&bytes, path, format),
        bytes,
        sidecar: None,
    })
}

/// The origin of a whole file.
fn origin(bytes: &[u8], path: &Path, format: &'static str) -> Origin {
    let place = Place {
        path,
        format,
        index: 0,
        byte_offset: 0,
    };
    place.origin(bytes, false)
}

fn no_message(path: &Path, what: &str) -> Error {
    Error::NoMessage {
        path: PathBuf::from(path),
        what: what.to_owned(),
    }
}

fn too_large() -> String {
    format!("larger than {} MiB", MAX_MESSAGE / (1024 * 1024))
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    // `hex::encode` collects characters one by one.
    let mut digits = vec![0; 2 * digest::SHA256_OUTPUT_LEN];
    let written = hex::encode_to_slice(digest::digest(&digest::SHA256, bytes), &mut digits);
    debug_assert!(written.is_ok(), "two digits for each byte");
    String::from_utf8(digits).unwrap_or_default()
}
