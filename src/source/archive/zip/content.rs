//! The content of an entry: a stretch of the archive, decompressed as it is read, its checksum compared at the end.

use std::io::{self, Read, Seek, SeekFrom};

use deflate64::Deflate64Decoder;
use flate2::{Crc, bufread::DeflateDecoder};
use zip::CompressionMethod;

use super::{super::damaged, Source};
use crate::source::compressed::{Compression, bounded};

/// Where an entry stands, and how it was compressed.
pub(super) struct Content {
    /// `None` where its own header is damaged.
    pub start: Option<u64>,
    pub length: u64,
    /// Bytes that come out, where that is known.
    pub plain_length: Option<u64>,
    /// CRC-32 of what was compressed, where it is known.
    pub checksum: Option<u32>,
    pub method: CompressionMethod,
}

impl Content {
    /// What was compressed; or why it cannot be read.
    pub(super) fn open(&self, source: Source) -> Result<Box<dyn Read>, String> {
        let at = self.start.ok_or("damaged: its place in the archive is not known")?;
        let section = Section {
            source,
            at,
            left: self.length,
        };
        let plain: io::Result<Box<dyn Read>> = match self.method {
            CompressionMethod::Stored => Ok(Box::new(section)),
            CompressionMethod::Deflated => bounded(section, |raw| Ok(Box::new(DeflateDecoder::new(raw)))),
            CompressionMethod::Deflate64 => bounded(section, |raw| Ok(Box::new(Deflate64Decoder::with_buffer(raw)))),
            CompressionMethod::Bzip2 => undone(Compression::Bzip2, section),
            CompressionMethod::Zstd => undone(Compression::Zstd, section),
            CompressionMethod::XZ => undone(Compression::Xz, section),
            CompressionMethod::LZMA => self.open_lzma(section),
            other => {
                return Err(format!(
                    "compressed in a way that is not read ({other}); extract it first"
                ));
            }
        };
        let plain = plain.map_err(|error| error.to_string())?;
        Ok(match self.checksum {
            Some(expected) => Box::new(Checked {
                plain,
                sum: Crc::new(),
                expected,
            }),
            None => plain,
        })
    }

    /// LZMA, whose properties ZIP puts behind a version and their length (APPNOTE 5.8.8). In front of the same data, followed by the
    /// length of what comes out, they make the file form that the decoder knows.
    fn open_lzma(&self, mut section: Section) -> io::Result<Box<dyn Read>> {
        let mut header = [0; 9];
        section.read_exact(&mut header)?;
        let [_, _, 5, 0, properties @ ..] = header else {
            return Err(damaged("its LZMA header is damaged"));
        };
        // All bits set: the data says itself where it ends.
        let length = self.plain_length.unwrap_or(u64::MAX);
        let file = io::Cursor::new([&properties[..], &length.to_le_bytes()].concat()).chain(section);
        undone(Compression::Lzma, file)
    }
}

/// What was compressed; the directory says where it ends, whatever stands behind it.
fn undone(made: Compression, reader: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    Ok(made.undo(reader)?.plain)
}

/// A stretch of the archive. Others read the same file in between, so each read goes to its place first.
struct Section {
    source: Source,
    at: u64,
    left: u64,
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.seek(SeekFrom::Start(self.at))?;
        let read = self.source.by_ref().take(self.left).read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(damaged("the archive ends within this entry"));
        }
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Compares the checksum at the end.
struct Checked {
    plain: Box<dyn Read>,
    sum: Crc,
    expected: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.plain.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.sum.sum() != self.expected {
            return Err(damaged("its checksum does not agree: the archive is damaged"));
        }
        self.sum.update(&buffer[..read]);
        Ok(read)
    }
}
