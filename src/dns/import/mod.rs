//! Other stores of DNS data as snapshots: mailauth's DNS cache, and zone files (RFC 1035 section 5).

mod cache;
mod master_file;
mod zone;

use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use super::{Data, Question, RecordType, Snapshot, StoredAnswer, snapshot_file::is_readable};
use crate::{error::Error, time::Timestamp};

/// What mail asks of a name. A store that is the last word on a name has none of those types that it does not list.
const ASKED_OF_NAMES: [RecordType; 5] = [
    RecordType::Txt,
    RecordType::A,
    RecordType::Aaaa,
    RecordType::Mx,
    RecordType::Cname,
];

/// A file of more bytes is none of the stores meant here.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A line, counted from 1, and what is wrong there.
type Fault = (usize, String);

/// The answer to one question as a store has it.
#[derive(Debug)]
struct Stored {
    rcode: &'static str,
    data: Vec<Data>,
    ttl: Option<u32>,
}

/// The answers of a store.
type Answers = BTreeMap<Question, Stored>;

impl Stored {
    /// An answer without a record.
    fn empty(rcode: &'static str) -> Self {
        Self {
            rcode,
            data: Vec::new(),
            ttl: None,
        }
    }
}

/// Reads a file, whose form its content tells. `origin` completes relative names of a zone file without `$ORIGIN`;
/// `asked_at` is when the data was true.
///
/// Of names that the file does not hold nothing is known afterwards: nobody asked. Of names that it holds it is known
/// which of the types that mail needs they lack; for a zone file only where it has the SOA record of a whole zone, and not
/// at or below a delegation, where another zone has the word. A wildcard stands for nothing but its own name.
///
/// # Errors
///
/// [`Error::Read`] where the file cannot be read, [`Error::Snapshot`] with the line where it is neither of the two.
pub fn import(path: impl AsRef<Path>, origin: Option<&str>, asked_at: Option<Timestamp>) -> Result<Snapshot, Error> {
    let path = path.as_ref();
    let fail = |(line, what): Fault| Error::Snapshot {
        path: path.to_owned(),
        line,
        what,
    };
    let mut bytes = Vec::new();
    // The size is counted while reading: that of a pipe is not known before.
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|cause| Error::Read {
            path: path.to_owned(),
            cause,
        })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(fail((1, format!("more than {} MiB", MAX_BYTES / 1024 / 1024))));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        fail((line_at(error.as_bytes(), valid), "is not UTF-8".to_owned()))
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let answers = if text.trim_start().starts_with(['{', '[']) {
        cache::read(text)
    } else {
        zone::read(text, origin)
    };
    let mut snapshot = Snapshot::new();
    snapshot.declared = true;
    for (question, stored) in answers.map_err(fail)? {
        snapshot.insert(StoredAnswer {
            question,
            rcode: stored.rcode.to_owned(),
            data: stored.data.into(),
            ttl: stored.ttl,
            asked_at,
            valid_from: None,
            valid_to: None,
        });
    }
    Ok(snapshot)
}

/// Whether every record could stand in a snapshot file, so that what is imported can be read again.
fn are_readable(rtype: RecordType, data: &[Data]) -> bool {
    data.iter().all(|data| match data {
        Data::Text(text) => is_readable(rtype, text),
        Data::Bytes(_) => rtype == RecordType::Txt,
    })
}

/// 1-based line of a byte.
fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or_default()).count()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
