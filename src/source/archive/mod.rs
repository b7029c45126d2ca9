//! Archives: tar, streamed, and ZIP. An entry is read like a file, whatever it holds; its name is text to be
//! shown, and never a path that is opened.

mod tar;
pub(super) mod zip;

use std::{
    cell::RefCell,
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    rc::Rc,
};

pub(super) use self::tar::Tar;
use super::{SourceError, Stored, held_in, walk::Messages};
use crate::error::Error;

/// Entries of one archive that are looked at.
const MAX_ENTRIES: usize = 1_000_000;

/// What is read from its beginning to its end, or anywhere.
pub(super) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// An archive, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Archive {
    Tar,
    Zip,
}

impl Archive {
    /// What these bytes begin; `None` where it is no archive.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        let zip = start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06");
        let tar = tar::has_mark(start) || tar::is_header(start);
        match (zip, tar) {
            (true, _) => Some(Self::Zip),
            (_, true) => Some(Self::Tar),
            _ => None,
        }
    }
}

/// An entry that can be read.
pub(in crate::source) struct Entry {
    name: String,
    content: Box<dyn Read>,
}

/// The entries of an archive in their order. `Err` stands for one that cannot be read: its name, empty where the archive itself is
/// damaged, and why.
type Entries = Box<dyn Iterator<Item = Result<Entry, (String, String)>>>;

/// Reads the messages of all entries, one after the other; `open` reads one as what it is, by its path for display.
pub(super) struct Unpacked<F> {
    entries: Entries,
    kind: &'static str,
    path: PathBuf,
    open: F,
    current: Option<(String, Messages)>,
    seen: usize,
}

impl<F: Fn(Box<dyn Read>, &Path) -> Messages> Unpacked<F> {
    fn new(entries: Entries, kind: &'static str, path: &Path, open: F) -> Self {
        Self {
            entries,
            kind,
            path: path.to_owned(),
            open,
            current: None,
            seen: 0,
        }
    }

    /// An error of an entry, or of the archive itself.
    fn failed(&self, name: &str, what: &str) -> SourceError {
        let shown = if name.is_empty() {
            self.path.clone()
        } else {
            within(&self.path, name)
        };
        SourceError {
            container: (!name.is_empty()).then(|| format!("{name} in {}", self.kind)),
            ..SourceError::whole(
                &super::display(&self.path),
                self.kind,
                Error::Read {
                    path: shown,
                    cause: damaged(what),
                },
            )
        }
    }
}

impl<F: Fn(Box<dyn Read>, &Path) -> Messages> Iterator for Unpacked<F> {
    type Item = Result<Stored, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((name, messages)) = &mut self.current {
                let holder = format!("{name} in {}", self.kind);
                if let Some(mut message) = messages.next() {
                    match &mut message {
                        Ok(stored) => {
                            stored.origin.path = super::display(&self.path);
                            let entry = super::display(&within(&self.path, name));
                            // What the entry itself is called is said by the holder.
                            stored.origin.container.take_if(|inner| *inner == entry);
                        }
                        Err(error) => error.path = super::display(&self.path),
                    }
                    return Some(held_in(message, &holder));
                }
                self.current = None;
            }
            if self.seen >= MAX_ENTRIES {
                self.entries = Box::new(std::iter::empty());
                self.seen = 0;
                return Some(Err(
                    self.failed("", &format!("the archive has more than {MAX_ENTRIES} entries"))
                ));
            }
            let entry = self.entries.next()?;
            self.seen += 1;
            match entry {
                Ok(entry) => {
                    let messages = (self.open)(entry.content, &within(&self.path, &entry.name));
                    self.current = Some((entry.name, messages));
                }
                Err((name, what)) => return Some(Err(self.failed(&name, &what))),
            }
        }
    }
}

/// How an entry is called beside the archive. The name is text: `..` and a leading slash mean nothing.
fn within(archive: &Path, name: &str) -> PathBuf {
    PathBuf::from(format!("{}/{}", archive.display(), name.trim_start_matches('/')))
}

/// Damage, in words.
fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// One reader in several hands, of which one reads at a time.
struct Shared<R>(Rc<RefCell<R>>);

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<R> Shared<R> {
    fn new(reader: R) -> Self {
        Self(Rc::new(RefCell::new(reader)))
    }
}

impl<R: Read> Read for Shared<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer)
    }
}

impl<R: Seek> Seek for Shared<R> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}
