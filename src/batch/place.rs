//! Where an earlier run stopped, read from what it printed, and how to go on from there.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use serde_json::Value;

use crate::{
    source::{SourceError, Stored},
    verdict::Label,
};

/// How every record begins: reports and error records alike.
const BEGINNING: &[u8] = b"{\"schema\":\"spoofcheck/";
/// What stands before a verdict, and in no text of a report, where quotation marks are escaped.
const VERDICT: &[u8] = b"\"verdict\":{\"label\":";

/// The JSON Lines that an earlier run printed, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Whole records.
    pub records: u64,
    /// The place of the last one.
    pub last: Option<Place>,
    /// Those of them that are reports.
    pub reports: u64,
    /// The worst verdict among them.
    pub worst: Option<Label>,
    /// The worst among theirs and those of the messages attached.
    pub worst_of_all: Option<Label>,
    /// Bytes of the whole records. A run that was killed may have left a part of another behind them.
    pub bytes: u64,
}

/// The place of a record: which message, or which input that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file or folder entry as named, or `-`.
    pub path: String,
    /// Position within its file.
    pub index: usize,
    /// SHA-256 of the message in hexadecimal; `None` for an error record.
    pub sha256: Option<String>,
}

impl Place {
    fn of(message: &Result<Stored, SourceError>) -> Self {
        match message {
            Ok(stored) => Self {
                path: stored.origin.path.clone(),
                index: stored.origin.index,
                sha256: Some(stored.origin.sha256.clone()),
            },
            Err(error) => Self {
                path: error.path.clone(),
                index: error.index,
                sha256: None,
            },
        }
    }

    fn read(line: &[u8]) -> Option<Self> {
        let record: Value = serde_json::from_slice(line).ok()?;
        let source = record.get("source")?;
        let text = |name: &str| source.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            path: text("path")?,
            index: usize::try_from(source.get("index")?.as_u64()?).ok()?,
            sha256: text("sha256"),
        })
    }
}

impl Earlier {
    /// Reads an earlier output. Only one line is held at a time.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, or holds something other than records: nobody's file is taken for an output by
    /// mistake.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut reader = BufReader::new(File::open(path)?);
        let mut found = Self::default();
        let (mut line, mut last) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            // What is no record may be one line of gigabytes: it is not read.
            reader
                .by_ref()
                .take(BEGINNING.len() as u64)
                .read_until(b'\n', &mut line)?;
            if !BEGINNING.starts_with(&line) {
                return Err(found.foreign());
            }
            reader.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                break;
            }
            found.records += 1;
            found.bytes += line.len() as u64;
            let mut labels = verdicts(&line).peekable();
            if let Some(label) = labels.peek() {
                found.reports += 1;
                found.worst = found.worst.max(Some(*label));
            }
            found.worst_of_all = found.worst_of_all.max(labels.max());
            std::mem::swap(&mut line, &mut last);
        }
        if found.records > 0 {
            found.last = Some(Place::read(&last).ok_or_else(|| found.foreign())?);
        }
        Ok(found)
    }

    fn foreign(&self) -> io::Error {
        let text = format!("line {} is no record of a scan", self.records + 1);
        io::Error::new(io::ErrorKind::InvalidData, text)
    }

    /// Passes over what the earlier run dealt with. `every` says that it printed a record for each input; where a filter
    /// left some out, the last one printed tells the place.
    ///
    /// # Errors
    ///
    /// Where the input is not the one of the earlier run, in words.
    pub fn pass_over(
        &self,
        messages: &mut impl Iterator<Item = Result<Stored, SourceError>>,
        every: bool,
    ) -> Result<(), String> {
        let Some(last) = &self.last else { return Ok(()) };
        for number in 1.. {
            let Some(message) = messages.next() else {
                return Err(format!(
                    "the input ends after {} messages, before the one at which the earlier run stopped ({}, number {})",
                    number - 1,
                    last.path,
                    last.index
                ));
            };
            let place = Place::of(&message);
            match (every, number == self.records, place == *last) {
                (true, true, true) | (false, _, true) => break,
                (true, true, false) => {
                    return Err(format!(
                        "it is not the input of the earlier run: message {number} is {}, number {}, and was {}, number {}",
                        place.path, place.index, last.path, last.index
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The verdict of a record, then those of the messages attached; an error record has none.
fn verdicts(line: &[u8]) -> impl Iterator<Item = Label> {
    memchr::memmem::find_iter(line, VERDICT).filter_map(|at| {
        let behind = line.get(at + VERDICT.len()..)?;
        let end = memchr::memchr2(b',', b'}', behind)?;
        serde_json::from_slice(behind.get(..end)?).ok()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    fn earlier(text: &str) -> io::Result<Earlier> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Earlier::read(file.path())
    }

    #[test]
    fn whole_lines_and_a_torn_one() {
        let line = "{\"schema\":\"spoofcheck/report/1\",\"source\":{\"path\":\"a\",\"index\":3,\"sha256\":\"ab\"}}\n";
        let found = earlier(&format!("{line}{line}{}", &line[..30])).unwrap();
        assert_eq!((found.records, found.bytes), (2, 2 * line.len() as u64));
        assert_eq!(found.last.unwrap().index, 3);
        assert_eq!((found.reports, found.worst), (0, None));
        let judged = line.replace("}}", "},\"verdict\":{\"label\":\"deceptive\",\"because\":[]}}");
        let found = earlier(&format!(
            "{line}{judged}{}",
            judged.replace("deceptive", "inconclusive")
        ))
        .unwrap();
        assert_eq!((found.reports, found.worst), (2, Some(Label::Deceptive)));
        assert_eq!(earlier("").unwrap().records, 0);
        assert_eq!(earlier("{\"sche").unwrap().bytes, 0);
        for foreign in ["From a@b Mon\n", "\n", "x", &format!("{line}\n"), "{\"schema\":\n"] {
            assert!(earlier(foreign).is_err(), "{foreign:?}");
        }
    }
}
