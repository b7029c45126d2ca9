//! ZIP: entries in the order of its directory, or, where that is lost, as they are found; each decompressed as a stream.

mod content;
mod salvage;

use std::{
    io::{self, BufReader, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

use zip::{ZipArchive, result::ZipError};

use self::{content::Content, salvage::Salvage};
use super::{Entries, Entry, ReadSeek, Shared, Unpacked};
use crate::{
    error::Error,
    source::{no_message, walk::Messages},
};

type Source = Shared<Box<dyn ReadSeek>>;

/// The messages of all entries; [`Error::NoMessage`] where it is damaged beyond reading, or no archive of mail.
pub(in crate::source) fn messages(
    source: Box<dyn ReadSeek>,
    path: &Path,
    open: impl Fn(Box<dyn Read>, &Path) -> Messages + 'static,
) -> Result<Messages, Error> {
    let source = Shared::new(source);
    let entries: Entries = match ZipArchive::new(source.clone()) {
        Ok(archive) if OFFICE.iter().any(|name| archive.index_for_name(name).is_some()) => {
            return Err(no_message(path, NO_MAIL));
        }
        // Of several entries with one name the crate knows the last.
        Ok(archive) if archive.len() < listed(&source, archive.central_directory_start()) => {
            Box::new(Salvage::new(source))
        }
        Ok(archive) => Box::new(Listed::new(archive, source)),
        Err(error) => salvaged(source, path, &error)?,
    };
    Ok(Box::new(Unpacked::new(entries, "zip", path, open)))
}

/// Entries that stand in folders of XML and in programs, which are no mailbox.
const OFFICE: [&str; 3] = ["[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"];
const NO_MAIL: &str = "an office document or a program, no archive of mail";

/// Entries of the directory that stands at a place (APPNOTE 4.3.12).
fn listed(source: &Source, directory: u64) -> usize {
    let mut reader = BufReader::new(source.clone());
    let begun = reader.seek(SeekFrom::Start(directory));
    let mut next = || -> io::Result<bool> {
        let mut fixed = [0; 46];
        reader.read_exact(&mut fixed)?;
        // The name, the extra field and the comment.
        let lengths = fixed[28..34].chunks_exact(2);
        let behind = lengths.map(|pair| i64::from(u16::from_le_bytes([pair[0], pair[1]])));
        reader.seek_relative(behind.sum())?;
        Ok(fixed.starts_with(&salvage::DIRECTORY))
    };
    match begun {
        Ok(_) => std::iter::from_fn(|| next().ok().filter(|is_one| *is_one)).count(),
        Err(_) => 0,
    }
}

/// What can be read without the directory, behind an error that says so.
fn salvaged(source: Source, path: &Path, damage: &ZipError) -> Result<Entries, Error> {
    let mut found = Salvage::new(source).peekable();
    let first = match found.peek() {
        Some(Ok(entry)) => entry.name.as_str(),
        Some(Err((name, _))) => name.as_str(),
        None => return Err(no_message(path, &format!("a damaged ZIP archive: {damage}"))),
    };
    if OFFICE.contains(&first) {
        return Err(no_message(path, NO_MAIL));
    }
    let lost = format!("a damaged ZIP archive: {damage}; its entries are looked for without its directory");
    Ok(Box::new(std::iter::once(Err((String::new(), lost))).chain(found)))
}

/// What the Finder adds to every file is no file of the sender's.
fn is_of_the_finder(name: &str) -> bool {
    name.starts_with("__MACOSX/")
}

/// An entry whose name and place are known.
fn opened(name: String, encrypted: bool, content: &Content, source: &Source) -> Result<Entry, (String, String)> {
    if encrypted {
        return Err((name, "encrypted; extract it with its password first".to_owned()));
    }
    match content.open(source.clone()) {
        Ok(content) => Ok(Entry { name, content }),
        Err(what) => Err((name, what)),
    }
}

/// The entries by the directory.
struct Listed {
    archive: ZipArchive<Source>,
    source: Source,
    /// The entries that come next.
    places: Range<usize>,
    /// Bytes that the entries not seen yet may have together: those of an honest archive do not overlap.
    left: u64,
}

impl Listed {
    fn new(archive: ZipArchive<Source>, mut source: Source) -> Self {
        let left = source.seek(SeekFrom::End(0)).unwrap_or_default();
        Self {
            places: 0..archive.len(),
            archive,
            source,
            left,
        }
    }
}

impl Iterator for Listed {
    type Item = Result<Entry, (String, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let at = self.places.next()?;
            let facts = self.archive.by_index_raw(at).map(|file| {
                let name = file.name().map(|name| name.into_owned()).unwrap_or_default();
                let content = Content {
                    start: file.data_start(),
                    length: file.compressed_size(),
                    plain_length: Some(file.size()),
                    checksum: Some(file.crc32()),
                    method: file.compression(),
                };
                (name, file.is_file(), file.encrypted(), content)
            });
            let (name, is_file, encrypted, content) = match facts {
                Ok(facts) => facts,
                Err(error) => return Some(Err((format!("entry {}", at + 1), format!("damaged: {error}")))),
            };
            if !is_file || is_of_the_finder(&name) {
                continue;
            }
            let Some(left) = self.left.checked_sub(content.length) else {
                self.places = 0..0;
                let what = "its entries overlap: made to grow beyond measure, or damaged; the rest is not read";
                return Some(Err((String::new(), what.to_owned())));
            };
            self.left = left;
            return Some(opened(name, encrypted, &content, &self.source));
        }
    }
}
