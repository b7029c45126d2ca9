//! JSON Lines: a message a line in base64, with what is known of its envelope (report.md, commands).

use std::{
    borrow::Cow,
    collections::VecDeque,
    io::BufRead,
    path::{Path, PathBuf},
};

use base64::{DecodeError, DecodeSliceError, Engine, engine::general_purpose::STANDARD};

use super::{Buffer, MAX_MESSAGE, Place, SourceError, Stored, detect, no_message, too_large};
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
    #[serde(borrow, default)]
    message: Option<Cow<'l, str>>,
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
    /// What was read ahead, once that was done.
    ready: Option<VecDeque<Result<Stored, SourceError>>>,
}

/// Why an entry gives no message.
enum Refused {
    /// It is an object without `message`.
    Other(SourceError),
    Broken(SourceError),
}

/// So many entries without `message` in front of the first message show that the file holds other things: answers of DNS, reports,
/// an index of mail. Then one error tells of all.
const MAX_OTHERS: usize = 1_000;

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
            ready: None,
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

    fn read(&self, line: Buffer, byte_offset: u64) -> Result<Stored, Refused> {
        let place = self.index + 1;
        let error = |what: String| {
            let error = no_message(&self.path, &format!("entry {place}: {what}"));
            self.place(byte_offset).failed(error)
        };
        let wrong = |what| Refused::Broken(error(what));
        let Line { message, sidecar } = serde_json::from_slice(&line).map_err(|cause| wrong(cause.to_string()))?;
        let message = message.ok_or_else(|| Refused::Other(error("it has no `message`".to_owned())))?;
        // A large message is to lie in memory once: what is not escaped is decoded where it stands.
        let packed = match message {
            Cow::Borrowed(text) => {
                let start = text.as_ptr().addr() - line.as_ptr().addr();
                let end = start + text.len();
                let mut line = line;
                line.truncate(end);
                (line, start)
            }
            Cow::Owned(text) => (Buffer::from(text.into_bytes()), 0),
        };
        let bytes = unpacked(packed).map_err(|cause| wrong(format!("message: {cause}")))?;
        if bytes.len() as u64 > MAX_MESSAGE {
            return Err(wrong(too_large()));
        }
        detect::check(&bytes).map_err(|what| wrong(what.to_owned()))?;
        Ok(Stored {
            origin: self.place(byte_offset).origin(&bytes, true),
            bytes,
            sidecar: Some(sidecar),
        })
    }
}

/// Characters of base64 that are decoded at a time; four are three bytes.
const GROUP: usize = 4 * 1024;

/// Decodes the base64 that begins at `start`, in place. White space between the characters means nothing.
fn unpacked((mut text, start): (Buffer, usize)) -> Result<Buffer, DecodeError> {
    let mut end = start;
    for from in start..text.len() {
        if !text[from].is_ascii_whitespace() {
            text[end] = text[from];
            end += 1;
        }
    }
    let (mut from, mut to) = (start, 0);
    let mut group = [0; GROUP / 4 * 3];
    while from < end {
        let next = (from + GROUP).min(end);
        let shift = |error| match error {
            DecodeError::InvalidByte(at, byte) => DecodeError::InvalidByte(at + from - start, byte),
            DecodeError::InvalidLastSymbol(at, byte) => DecodeError::InvalidLastSymbol(at + from - start, byte),
            DecodeError::InvalidLength(length) => DecodeError::InvalidLength(length + from - start),
            DecodeError::InvalidPadding => error,
        };
        let length = STANDARD
            .decode_slice(&text[from..next], &mut group)
            .map_err(|error| match error {
                DecodeSliceError::DecodeError(error) => shift(error),
                DecodeSliceError::OutputSliceTooSmall => DecodeError::InvalidLength(next - start),
            })?;
        if next < end && length < group.len() {
            // Padding stands at the end, and nowhere else.
            return Err(DecodeError::InvalidPadding);
        }
        // Three bytes for four: what is written never reaches what is still to be read.
        text[to..to + length].copy_from_slice(&group[..length]);
        (from, to) = (next, to + length);
    }
    text.truncate(to);
    Ok(text)
}

impl<R: BufRead> Jsonl<R> {
    /// Reads up to the first entry that is a message or broken. Where there is none, one error stands for all entries.
    fn open(&mut self) -> VecDeque<Result<Stored, SourceError>> {
        let mut others = VecDeque::new();
        let first = loop {
            match self.entry() {
                Some(Err(Refused::Other(_))) if others.len() == MAX_OTHERS => break None,
                Some(Err(Refused::Other(other))) => others.push_back(Err(other)),
                Some(Err(Refused::Broken(broken))) => break Some(Err(broken)),
                Some(Ok(stored)) => break Some(Ok(stored)),
                None => break None,
            }
        };
        if first.is_none() && others.len() > 1 {
            self.done = true;
            self.index = 0;
            let what = match others.len() {
                MAX_OTHERS => format!("none of its first {MAX_OTHERS} entries has a `message`"),
                all => format!("none of its {all} entries has a `message`"),
            };
            let error = self.place(0).failed(no_message(&self.path, &what));
            return VecDeque::from([Err(error)]);
        }
        others.extend(first);
        others
    }

    fn entry(&mut self) -> Option<Result<Stored, Refused>> {
        while !self.done {
            let byte_offset = self.offset;
            let line = match Buffer::read_line(&mut self.reader, MAX_LINE) {
                Ok(line) => line,
                Err(cause) => {
                    self.done = true;
                    let path = self.path.clone();
                    let error = self.place(byte_offset).failed(Error::Read { path, cause });
                    return Some(Err(Refused::Broken(error)));
                }
            };
            self.offset += line.len() as u64;
            if line.is_empty() {
                self.done = true;
                break;
            }
            if line.len() as u64 == MAX_LINE {
                self.done = true;
                let error = self.place(byte_offset).failed(no_message(&self.path, &too_large()));
                return Some(Err(Refused::Broken(error)));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let result = self.read(line, byte_offset);
            self.index += 1;
            return Some(result);
        }
        None
    }
}

impl<R: BufRead> Iterator for Jsonl<R> {
    type Item = Result<Stored, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut ready = self.ready.take().unwrap_or_else(|| self.open());
        let next = ready.pop_front();
        self.ready = Some(ready);
        next.or_else(|| {
            let entry = self.entry()?;
            Some(entry.map_err(|(Refused::Other(error) | Refused::Broken(error))| error))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn in_place_is_as_good_as_at_once(
            before in 0..9_usize,
            bytes in prop::collection::vec(any::<u8>(), 0..9_000),
            spoiled in prop::option::of((any::<prop::sample::Index>(), prop::sample::select(&b"=* \r"[..]))),
        ) {
            let mut packed = STANDARD.encode(bytes).into_bytes();
            if let (Some((at, with)), false) = (spoiled, packed.is_empty()) {
                let at = at.index(packed.len());
                packed[at] = with;
            }
            let mut line = vec![b'"'; before];
            line.extend_from_slice(&packed);
            packed.retain(|byte| !byte.is_ascii_whitespace());
            let (in_place, at_once) = (unpacked((line.into(), before)), STANDARD.decode(packed));
            match at_once {
                Ok(bytes) => prop_assert_eq!(in_place, Ok(bytes.into())),
                Err(_) => prop_assert!(in_place.is_err()),
            }
        }
    }
}
