//! An mbox in pieces, for several machines: the union of any split is the whole, byte for byte.

use std::{
    fs::File,
    io::{BufReader, Seek},
    ops::Range,
    path::Path,
};

use super::{Error, InputFormat, Walk, display, mbox::Mbox, no_message, open, walk};

/// A piece of an mbox: the messages that begin in a range of bytes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Shard {
    /// The file as named.
    pub path: String,
    /// The first byte of the range.
    pub begin: u64,
    /// The byte behind the range.
    pub end: u64,
    /// The position of its first message in the file, from 0.
    pub index: usize,
    /// Messages that begin in it.
    pub messages: usize,
    /// Both ends, as `--byte-range` takes them.
    pub byte_range: String,
}

/// The messages of an mbox that begin at `range.start` or later and before `range.end`, with their positions in the whole.
///
/// # Errors
///
/// [`Error::Read`] where the file cannot be read, [`Error::NoMessage`] where it is no plain mbox: other containers have no
/// bytes that could be told apart.
pub fn mbox_range(path: &Path, format: InputFormat, range: Range<u64>) -> Result<Walk, Error> {
    Ok(walk::piece(plain_mbox(path)?, path, format, range))
}

/// Divides an mbox into pieces of about `target` bytes, none of which cuts a message in two. The pieces cover the file.
///
/// # Errors
///
/// As [`mbox_range`].
pub fn plan(path: &Path, target: u64) -> Result<Vec<Shard>, Error> {
    let length = open(path)?
        .metadata()
        .map_err(|cause| Error::Read {
            path: path.to_owned(),
            cause,
        })?
        .len();
    let mut mbox = Mbox::new(BufReader::new(plain_mbox(path)?), path, true);
    let mut shards: Vec<Shard> = Vec::new();
    let mut index = 0;
    while let Some(offset) = mbox.next_beginning()? {
        match shards.last_mut() {
            Some(shard) if offset - shard.begin < target => shard.messages += 1,
            last => {
                // What stands before the first message belongs to the first piece.
                let begin = if last.is_some() { offset } else { 0 };
                if let Some(last) = last {
                    last.end = begin;
                }
                shards.push(Shard {
                    path: display(path),
                    begin,
                    end: length,
                    index,
                    messages: 1,
                    byte_range: String::new(),
                });
            }
        }
        index += 1;
    }
    for shard in &mut shards {
        shard.byte_range = format!("{}-{}", shard.begin, shard.end);
    }
    Ok(shards)
}

/// The file, from its beginning.
fn plain_mbox(path: &Path) -> Result<File, Error> {
    let unreadable = |cause| Error::Read {
        path: path.to_owned(),
        cause,
    };
    let mut reader = BufReader::new(open(path)?);
    match walk::is_plain_mbox(&mut reader, path).map_err(unreadable)? {
        true => {
            reader.rewind().map_err(unreadable)?;
            Ok(reader.into_inner())
        }
        false => Err(no_message(
            path,
            "no plain mbox, and only such a file can be read in pieces",
        )),
    }
}
