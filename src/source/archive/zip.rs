//! ZIP by its central directory: entries in the order of the directory, each decompressed as a stream, its checksum compared.

use std::{
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use flate2::{Crc, bufread::DeflateDecoder};
use zip::{CompressionMethod, ZipArchive};

use super::{Entry, ReadSeek, Shared, Unpacked, damaged};
use crate::{
    error::Error,
    source::{
        compressed::{Compression, bounded},
        no_message,
        walk::Messages,
    },
};

type Source = Shared<Box<dyn ReadSeek>>;

/// A ZIP archive as it is read.
pub(in crate::source) struct Zip {
    archive: ZipArchive<Source>,
    source: Source,
    next: usize,
}

impl Zip {
    /// The messages of all its entries; [`Error::NoMessage`] where it is damaged, or no archive of mail.
    pub(in crate::source) fn messages(
        source: Box<dyn ReadSeek>,
        path: &Path,
        open: impl Fn(Box<dyn Read>, &Path) -> Messages + 'static,
    ) -> Result<Messages, Error> {
        let source = Shared::new(source);
        let archive = ZipArchive::new(source.clone())
            .map_err(|error| no_message(path, &format!("a damaged ZIP archive: {error}")))?;
        // Each is a folder of XML, and no mailbox.
        let office = |name: &str| archive.index_for_name(name).is_some();
        if office("[Content_Types].xml") || office("META-INF/MANIFEST.MF") || office("mimetype") {
            return Err(no_message(path, "an office document or a program, no archive of mail"));
        }
        let zip = Self {
            archive,
            source,
            next: 0,
        };
        Ok(Box::new(Unpacked::new(Box::new(zip), "zip", path, open)))
    }
}

impl Iterator for Zip {
    type Item = Result<Entry, (String, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let at = self.next;
            self.next += 1;
            if at >= self.archive.len() {
                return None;
            }
            let facts = self.archive.by_index_raw(at).map(|file| {
                let name = file.name().map(|name| name.into_owned()).unwrap_or_default();
                let content = Content {
                    start: file.data_start(),
                    length: file.compressed_size(),
                    checksum: file.crc32(),
                    method: file.compression(),
                };
                (name, file.is_file(), file.encrypted(), content)
            });
            let (name, is_file, encrypted, content) = match facts {
                Ok(facts) => facts,
                Err(error) => return Some(Err((format!("entry {}", at + 1), format!("damaged: {error}")))),
            };
            // What the Finder adds to every file is no file of the sender's.
            if !is_file || name.starts_with("__MACOSX/") {
                continue;
            }
            if encrypted {
                return Some(Err((name, "encrypted; extract it with its password first".to_owned())));
            }
            return Some(match content.open(self.source.clone()) {
                Ok(content) => Ok(Entry { name, content }),
                Err(what) => Err((name, what)),
            });
        }
    }
}

/// Where an entry stands, and how it was compressed.
struct Content {
    start: Option<u64>,
    length: u64,
    checksum: u32,
    method: CompressionMethod,
}

impl Content {
    fn open(&self, source: Source) -> Result<Box<dyn Read>, String> {
        let at = self.start.ok_or("damaged: its place in the archive is not known")?;
        let section = Section {
            source,
            at,
            left: self.length,
        };
        let plain: io::Result<Box<dyn Read>> = match self.method {
            CompressionMethod::Stored => Ok(Box::new(section)),
            CompressionMethod::Deflated => bounded(section, |raw| Ok(Box::new(DeflateDecoder::new(raw)))),
            CompressionMethod::Zstd => Compression::Zstd.undo(section),
            other => {
                return Err(format!(
                    "compressed in a way that is not read ({other}); extract it first"
                ));
            }
        };
        Ok(Box::new(Checked {
            plain: plain.map_err(|error| error.to_string())?,
            sum: Crc::new(),
            expected: self.checksum,
        }))
    }
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
