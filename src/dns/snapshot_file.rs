//! The snapshot as a file: JSON Lines, a header and a question a line (report.md, "DNS snapshot, version 1").

use std::{
    fs,
    io::{self, BufWriter, Write},
    net::{Ipv4Addr, Ipv6Addr},
    path::Path,
};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{Absent, Data, Question, RecordType, Snapshot, StoredAnswer};
use crate::{error::Error, time::Timestamp};

/// The version of the file format.
const VERSION: u64 = 1;

/// A line as it is read: a header, where it has `spoofcheck_dns`, or an answer. Unknown members are passed over, since
/// a version may gain members.
#[derive(Deserialize)]
struct Line {
    spoofcheck_dns: Option<u64>,
    absent: Option<String>,
    now: Option<String>,
    name: Option<String>,
    #[serde(rename = "type")]
    rtype: Option<String>,
    rcode: Option<String>,
    #[serde(default)]
    data: Vec<Datum>,
    ttl: Option<u32>,
    asked_at: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
}

/// A header line as it is written.
#[derive(Serialize)]
struct HeaderOut {
    spoofcheck_dns: u64,
    absent: &'static str,
    now: Option<Timestamp>,
}

/// An answer line as it is written.
#[derive(Serialize)]
struct AnswerOut<'a> {
    name: String,
    #[serde(rename = "type")]
    rtype: RecordType,
    rcode: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u32>,
    data: Vec<Datum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<Timestamp>,
}

/// One record: a string, or `{"base64": "..."}` for bytes that are no UTF-8.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Datum {
    Text(String),
    Bytes { base64: String },
}

impl Snapshot {
    /// Reads a snapshot file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the file cannot be read, [`Error::Snapshot`] with the line that cannot.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|cause| Error::Read {
            path: path.to_owned(),
            cause,
        })?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Self::parse(text, path),
            Err(error) => {
                let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let line = 1 + memchr::memchr_iter(b'\n', before).count();
                Err(Error::Snapshot {
                    path: path.to_owned(),
                    line,
                    what: "is not UTF-8".to_owned(),
                })
            }
        }
    }

    /// Reads a snapshot's text; `path` is its name in an error. Blank lines are passed over.
    ///
    /// # Errors
    ///
    /// [`Error::Snapshot`] with the first line that cannot be read.
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self, Error> {
        let mut snapshot = Self::new();
        let fail = |line: usize, what: String| Error::Snapshot {
            path: path.as_ref().to_owned(),
            line,
            what,
        };
        for (index, line) in text.trim_start_matches('\u{feff}').split('\n').enumerate() {
            if !line.trim().is_empty() {
                snapshot.read_line(line).map_err(|what| fail(index + 1, what))?;
            }
        }
        if snapshot.declared {
            Ok(snapshot)
        } else {
            Err(fail(1, NO_HEADER.to_owned()))
        }
    }

    /// Writes the snapshot in its canonical form: the header, then the answers ordered by name, type and time.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let absent = match self.absent {
            Absent::NotAsked => "not-asked",
            Absent::NxDomain => "nxdomain",
        };
        serde_json::to_writer(
            &mut *out,
            &HeaderOut {
                spoofcheck_dns: VERSION,
                absent,
                now: self.now,
            },
        )?;
        out.write_all(b"\n")?;
        for answer in self.answers() {
            serde_json::to_writer(&mut *out, &AnswerOut::from(answer))?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// The SHA-256 of the canonical form, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> String {
        if let Some((absent, now, digest)) = self.digest.get()
            && (*absent, *now) == (self.absent, self.now)
        {
            return digest.clone();
        }
        // JSON is written in pieces of a few bytes, each of which would cost the hash a call.
        let mut hash = BufWriter::new(Sha256(digest::Context::new(&digest::SHA256)));
        // Writing into a hash cannot fail.
        let _ = self.write(&mut hash).and_then(|()| hash.flush());
        let digest = hex::encode(hash.into_parts().0.0.finish());
        let _ = self.digest.set((self.absent, self.now, digest.clone()));
        digest
    }

    /// Takes one line in. What is wrong with it is said in words that go after its number.
    fn read_line(&mut self, text: &str) -> Result<(), String> {
        let line: Line = serde_json::from_str(text).map_err(|error| format!("is not a snapshot line: {error}"))?;
        if line.spoofcheck_dns.is_some() {
            return self.read_header(&line);
        }
        if !self.declared {
            return Err(NO_HEADER.to_owned());
        }
        self.insert(read_answer(line)?);
        Ok(())
    }

    /// A header line. Files are merged by concatenation, so one may come again: `not-asked` then holds for the whole,
    /// and the latest clock.
    fn read_header(&mut self, line: &Line) -> Result<(), String> {
        match line.spoofcheck_dns {
            Some(VERSION) => {}
            Some(other) => {
                return Err(format!(
                    "version {other} of the snapshot format is not known, only {VERSION}"
                ));
            }
            None => return Err(NO_HEADER.to_owned()),
        }
        let absent = match line.absent.as_deref() {
            None | Some("not-asked") => Absent::NotAsked,
            Some("nxdomain") => Absent::NxDomain,
            Some(other) => return Err(format!("`absent` is `{other}`, neither `not-asked` nor `nxdomain`")),
        };
        if !self.declared || absent == Absent::NotAsked {
            self.absent = absent;
        }
        self.declared = true;
        self.now = self.now.max(time("now", line.now.as_deref())?);
        Ok(())
    }
}

const NO_HEADER: &str = "a snapshot begins with its header, {\"spoofcheck_dns\": 1, ...}";

/// An answer line.
fn read_answer(line: Line) -> Result<StoredAnswer, String> {
    let name = line.name.ok_or("`name` is missing")?;
    let rtype = line.rtype.ok_or("`type` is missing")?;
    let rtype = RecordType::parse(&rtype).ok_or_else(|| format!("`{rtype}` is no record type"))?;
    let rcode = line.rcode.ok_or("`rcode` is missing")?.to_ascii_uppercase();
    if rcode.is_empty() || !rcode.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("`{rcode}` is no response code"));
    }
    if rcode != "NOERROR" && !line.data.is_empty() {
        return Err(format!("{rcode} with data"));
    }
    let data = line
        .data
        .into_iter()
        .map(|datum| read_datum(rtype, datum))
        .collect::<Result<_, _>>()?;
    Ok(StoredAnswer {
        question: Question::new(&name, rtype),
        rcode,
        data,
        ttl: line.ttl,
        asked_at: time("asked_at", line.asked_at.as_deref())?,
        valid_from: time("valid_from", line.valid_from.as_deref())?,
        valid_to: time("valid_to", line.valid_to.as_deref())?,
    })
}

/// One record. What an evaluator could only guess at is refused here, where the line is still known.
fn read_datum(rtype: RecordType, datum: Datum) -> Result<Data, String> {
    let text = match datum {
        Datum::Text(text) => text,
        Datum::Bytes { base64 } => {
            let bytes = STANDARD
                .decode(&base64)
                .map_err(|error| format!("`{base64}` is no base64: {error}"))?;
            return Ok(Data::from_bytes(bytes));
        }
    };
    if is_readable(rtype, &text) {
        Ok(Data::Text(text))
    } else {
        Err(format!("`{text}` is no {rtype} record"))
    }
}

/// Whether a text is data of its type, where the evaluators take that for granted.
pub(super) fn is_readable(rtype: RecordType, text: &str) -> bool {
    match rtype {
        RecordType::A => text.parse::<Ipv4Addr>().is_ok(),
        RecordType::Aaaa => text.parse::<Ipv6Addr>().is_ok(),
        // Preference and exchange (RFC 1035 section 3.3.9).
        RecordType::Mx => text
            .split_once(' ')
            .is_some_and(|(preference, _)| preference.parse::<u16>().is_ok()),
        _ => true,
    }
}

/// A time, where there is one.
fn time(member: &str, text: Option<&str>) -> Result<Option<Timestamp>, String> {
    text.map(|text| {
        Timestamp::parse_rfc3339(text).ok_or_else(|| format!("`{member}` is `{text}`, which is no RFC 3339 time"))
    })
    .transpose()
}

impl<'a> From<&'a StoredAnswer> for AnswerOut<'a> {
    fn from(answer: &'a StoredAnswer) -> Self {
        Self {
            name: format!("{}.", answer.question.name),
            rtype: answer.question.rtype,
            rcode: &answer.rcode,
            ttl: answer.ttl,
            data: answer.data.iter().map(Datum::from).collect(),
            asked_at: answer.asked_at,
            valid_from: answer.valid_from,
            valid_to: answer.valid_to,
        }
    }
}

impl From<&Data> for Datum {
    fn from(data: &Data) -> Self {
        match data {
            Data::Text(text) => Self::Text(text.clone()),
            Data::Bytes(bytes) => Self::Bytes {
                base64: STANDARD.encode(bytes),
            },
        }
    }
}

/// A hash as a writer.
struct Sha256(digest::Context);

impl Write for Sha256 {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
