//! The entries of a ZIP archive without its directory, which stands at the end and is lost where a download or a disk broke off:
//! each has a header of its own in front (APPNOTE 4.3.7, that is ZIP's specification by PKWARE).

use std::io::{self, Read, Seek, SeekFrom};

use zip::CompressionMethod;

use super::{super::damaged, Entry, Source, content::Content, is_of_the_finder, opened};

/// The fixed part of an entry's header.
const HEADER: usize = 30;
const ENTRY: [u8; 4] = *b"PK\x03\x04";
pub(super) const DIRECTORY: [u8; 4] = *b"PK\x01\x02";
/// What stands behind an entry whose header was written before its length was known (APPNOTE 4.3.9): the mark, CRC-32, two lengths.
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const DESCRIPTOR_LENGTH: u64 = 16;
/// Bytes that are searched at a time, at first and at most: what is searched for mostly stands near.
const PIECE: usize = 256;
const LARGEST_PIECE: usize = 64 * 1024;
/// A name longer than this is none.
const MAX_NAME: u16 = 4096;
/// Where so many marks stand before no header, the archive is no accident.
const MAX_FALSE: usize = 1000;
/// Flags of an entry (APPNOTE 4.4.4).
const ENCRYPTED: u16 = 1;
const LENGTH_BEHIND: u16 = 1 << 3;

/// The entries that are found from the beginning of an archive on.
pub(super) struct Salvage {
    source: Source,
    at: u64,
    /// Marks that were no entries.
    false_marks: usize,
    done: bool,
}

/// What the header of an entry says.
struct Local {
    name: String,
    flags: u16,
    method: u16,
    checksum: u32,
    length: u64,
    /// `None` where it is more than the header can tell.
    plain_length: Option<u64>,
    /// Where the content begins.
    start: u64,
}

impl Salvage {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            at: 0,
            false_marks: 0,
            done: false,
        }
    }

    /// The next entry; `None` at the end.
    fn advance(&mut self) -> io::Result<Option<(Local, Content)>> {
        while let Some(at) = self.find(self.at, &[ENTRY])? {
            let Some(local) = self.header(at)? else {
                self.at = at + ENTRY.len() as u64;
                self.false_marks += 1;
                if self.false_marks > MAX_FALSE {
                    return Err(damaged("no entries where their marks are; the rest is not searched"));
                }
                continue;
            };
            let (length, checksum) = match local.flags & LENGTH_BEHIND != 0 {
                false => (self.plausible_length(&local)?, Some(local.checksum)),
                true => self.length_behind(&local)?,
            };
            self.at = local.start.saturating_add(length);
            let content = Content {
                start: Some(local.start),
                length,
                plain_length: local.plain_length.filter(|_| local.flags & LENGTH_BEHIND == 0),
                checksum,
                method: method(local.method),
            };
            return Ok(Some((local, content)));
        }
        Ok(None)
    }

    /// The header that stands at a place; `None` where it is none.
    fn header(&mut self, at: u64) -> io::Result<Option<Local>> {
        let fixed = self.read(at, HEADER)?;
        let field = |at| number16(&fixed, at);
        let (Some(flags), Some(method), Some(name), Some(extra)) = (field(6), field(8), field(26), field(28)) else {
            return Ok(None);
        };
        if name == 0 || name > MAX_NAME {
            return Ok(None);
        }
        let behind = self.read(at + HEADER as u64, usize::from(name) + usize::from(extra))?;
        let Some((name, extra)) = behind
            .split_at_checked(name.into())
            .filter(|(name, _)| !name.contains(&0))
        else {
            return Ok(None);
        };
        let length = number32(&fixed, 18).unwrap_or_default();
        Ok(Some(Local {
            name: String::from_utf8_lossy(name).into_owned(),
            flags,
            method,
            checksum: number32(&fixed, 14).unwrap_or_default(),
            length: large_length(extra)
                .filter(|_| length == u32::MAX)
                .unwrap_or(length.into()),
            plain_length: number32(&fixed, 22).filter(|length| *length < u32::MAX).map(u64::from),
            start: at + (HEADER + behind.len()) as u64,
        }))
    }

    /// The length that an entry's header tells; up to the next entry where it reaches beyond the end of the archive.
    fn plausible_length(&mut self, local: &Local) -> io::Result<u64> {
        let size = self.source.seek(SeekFrom::End(0))?;
        if local.start.saturating_add(local.length) <= size {
            return Ok(local.length);
        }
        let next = self.find(local.start, &[ENTRY, DIRECTORY])?;
        Ok(next.map_or(local.length, |next| next - local.start))
    }

    /// The length of an entry that is told behind it, and its checksum: it ends where the next begins.
    fn length_behind(&mut self, local: &Local) -> io::Result<(u64, Option<u32>)> {
        let end = match self.find(local.start, &[ENTRY, DIRECTORY])? {
            Some(end) => end,
            None => self.source.seek(SeekFrom::End(0))?,
        };
        let whole = end.saturating_sub(local.start);
        let Some(length) = whole.checked_sub(DESCRIPTOR_LENGTH) else {
            return Ok((whole, None));
        };
        let behind = self.read(local.start + length, DESCRIPTOR_LENGTH as usize)?;
        let told = number32(&behind, 8).map(u64::from) == Some(length);
        Ok(match behind.starts_with(&DESCRIPTOR) && told {
            true => (length, number32(&behind, 4)),
            false => (whole, None),
        })
    }

    /// Where one of these marks stands first from a place on.
    fn find(&mut self, from: u64, marks: &[[u8; 4]]) -> io::Result<Option<u64>> {
        let (mut at, mut length) = (from, PIECE);
        loop {
            let piece = self.read(at, length)?;
            let found = memchr::memmem::find_iter(&piece, b"PK")
                .find(|place| marks.iter().any(|mark| piece[*place..].starts_with(mark)));
            if let Some(found) = found {
                return Ok(Some(at + found as u64));
            }
            if piece.len() < length {
                return Ok(None);
            }
            // A mark may lie across the end of the piece.
            at += (length - (ENTRY.len() - 1)) as u64;
            length = (4 * length).min(LARGEST_PIECE);
        }
    }

    /// The bytes at a place, fewer where the archive ends before.
    fn read(&mut self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.source.seek(SeekFrom::Start(at))?;
        self.source.by_ref().take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Iterator for Salvage {
    type Item = Result<Entry, (String, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let (local, content) = match self.advance() {
                Ok(found) => found?,
                Err(cause) => {
                    self.done = true;
                    return Some(Err((String::new(), cause.to_string())));
                }
            };
            if local.name.ends_with('/') || is_of_the_finder(&local.name) {
                continue;
            }
            return Some(opened(local.name, local.flags & ENCRYPTED != 0, &content, &self.source));
        }
        None
    }
}

/// The way of compression by its number (APPNOTE 4.4.5).
#[allow(deprecated, reason = "the variant that carries the number of a way that is not read")]
fn method(number: u16) -> CompressionMethod {
    match number {
        0 => CompressionMethod::Stored,
        8 => CompressionMethod::Deflated,
        9 => CompressionMethod::Deflate64,
        12 => CompressionMethod::Bzip2,
        93 => CompressionMethod::Zstd,
        other => CompressionMethod::Unsupported(other),
    }
}

/// The compressed length of an entry of more than 4 GiB (APPNOTE 4.5.3): behind the plain one, in the extra field 1.
fn large_length(extra: &[u8]) -> Option<u64> {
    let mut rest = extra;
    while let (Some(id), Some(length)) = (number16(rest, 0), number16(rest, 2)) {
        let data = rest.get(4..)?;
        if id == 1 {
            return Some(u64::from_le_bytes(data.get(8..16)?.try_into().ok()?));
        }
        rest = data.get(usize::from(length)..)?;
    }
    None
}

fn number16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn number32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
