//! Outlook's data files ([MS-PST]), through the `outlook-pst` crate: folder by folder, the header of each message rebuilt as that of a
//! .msg file is. What the crate cannot read is an error in its place.

use std::{
    collections::HashSet,
    io,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    rc::Rc,
};

use encoding_rs::Encoding;
use outlook_pst::{
    AnsiPstFile, UnicodePstFile,
    ltp::prop_context::PropertyValue,
    messaging::{
        message::Message,
        store::{AnsiStore, EntryId, Store, UnicodeStore},
    },
    ndb::node_id::NodeId,
};

use super::{
    Origin, Place, SourceError, Stored,
    archive::ReadSeek,
    no_message,
    outlook::{self, Item, NoHeader},
};
use crate::error::Error;

/// The first bytes of a data file.
pub(super) const MARK: &[u8] = b"!BDN";
/// Where the version of the format stands, and the first that keeps texts as Unicode.
const VERSION: u64 = 10;
const UNICODE: u16 = 23;
/// Folders of one file that are looked at.
const MAX_FOLDERS: usize = 100_000;

/// The messages of a data file.
pub(super) struct Pst {
    path: PathBuf,
    store: Rc<dyn Store>,
    /// Folders still to be read, with their paths; the next one last.
    folders: Vec<(String, NodeId)>,
    seen: HashSet<u32>,
    /// The folder that is read, and its messages still to come, the next one last.
    folder: String,
    messages: Vec<NodeId>,
    index: usize,
}

impl Pst {
    /// Opens a data file.
    ///
    /// Fails with [`Error::NoMessage`], which says how to convert the file, where the crate cannot read it.
    pub(super) fn open(source: Box<dyn ReadSeek>, path: &Path) -> Result<Self, Error> {
        let opened = guarded(|| {
            let store = store(source)?;
            let top = store.properties().ipm_sub_tree_entry_id()?.node_id();
            Ok((store, top))
        });
        let (store, top) = opened.map_err(|cause| {
            let what = format!(
                "an Outlook data file (.pst, .ost) that cannot be read ({cause}); `readpst -reD -o FOLDER FILE` makes .eml files of it"
            );
            no_message(path, &what)
        })?;
        Ok(Self {
            path: path.to_owned(),
            store,
            folders: vec![(String::new(), top)],
            seen: HashSet::new(),
            folder: String::new(),
            messages: Vec::new(),
            index: 0,
        })
    }

    /// Goes on to the next folder: its messages, and the folders in it.
    fn enter(&mut self, path: String, node: NodeId) -> io::Result<()> {
        self.folder = path;
        if !self.seen.insert(u32::from(node)) || self.seen.len() > MAX_FOLDERS {
            return Err(io::Error::other("a folder stands twice, or there are too many"));
        }
        let store = Rc::clone(&self.store);
        let folder = guarded(|| store.open_folder(&store.properties().make_entry_id(node)?))?;
        let rows = |table: Option<_>| -> Vec<NodeId> {
            let table: Option<&Rc<dyn outlook_pst::ltp::table_context::TableContext>> = table;
            let rows = table.into_iter().flat_map(|table| table.rows_matrix());
            rows.map(|row| NodeId::from(u32::from(row.id()))).collect()
        };
        self.messages = rows(folder.contents_table());
        self.messages.reverse();
        let mut inner = rows(folder.hierarchy_table());
        inner.reverse();
        for node in inner {
            let name = guarded(|| {
                let inner = store.open_folder(&store.properties().make_entry_id(node)?)?;
                inner.properties().display_name()
            });
            let name = name.unwrap_or_else(|_| format!("folder {}", u32::from(node)));
            let path = match self.folder.as_str() {
                "" => name,
                outer => format!("{outer}/{name}"),
            };
            self.folders.push((path, node));
        }
        Ok(())
    }

    /// A message; `None` for an item that is none.
    fn message(&self, node: NodeId) -> Result<Option<Stored>, Error> {
        let store = &self.store;
        let read = guarded(|| {
            let entry: EntryId = store.properties().make_entry_id(node)?;
            let message = store.open_message(&entry, Some(&outlook::READ))?;
            Ok(outlook::header(&mut Properties(message.as_ref())))
        });
        let bytes = match read.map_err(|cause| self.unreadable(cause))? {
            Ok(bytes) => bytes,
            Err(NoHeader::OtherItem(_)) => return Ok(None),
            Err(empty) => return Err(no_message(&self.path, &empty.what())),
        };
        let origin = self.place().origin(&bytes, true);
        Ok(Some(Stored {
            origin: Origin {
                container: Some(format!("{} in pst", self.folder)),
                ..origin
            },
            bytes: bytes.into(),
            sidecar: None,
        }))
    }

    fn unreadable(&self, cause: io::Error) -> Error {
        Error::Read {
            path: self.path.clone(),
            cause,
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            path: &self.path,
            format: "pst",
            index: self.index,
            byte_offset: 0,
        }
    }

    fn failed(&self, error: Error) -> SourceError {
        SourceError {
            container: Some(format!("{} in pst", self.folder)),
            ..self.place().failed(error)
        }
    }
}

impl Iterator for Pst {
    type Item = Result<Stored, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = match self.messages.pop() {
                Some(node) => self.message(node),
                None => match self.folders.pop() {
                    Some((path, node)) => self
                        .enter(path, node)
                        .map(|()| None)
                        .map_err(|cause| self.unreadable(cause)),
                    None if self.index == 0 => Err(no_message(&self.path, "an Outlook data file without a message")),
                    None => return None,
                },
            };
            let item = match found {
                Ok(None) => continue,
                Ok(Some(stored)) => Ok(stored),
                Err(error) => Err(self.failed(error)),
            };
            self.index += 1;
            return Some(item);
        }
    }
}

/// The properties of a message.
struct Properties<'p>(&'p dyn Message);

impl Item for Properties<'_> {
    fn text(&mut self, id: u16, encoding: &'static Encoding) -> Option<String> {
        match self.0.properties().get(id)? {
            PropertyValue::Unicode(text) => Some(String::from_utf16_lossy(text.buffer())),
            PropertyValue::String8(text) => Some(encoding.decode_without_bom_handling(text.buffer()).0.into_owned()),
            _ => None,
        }
    }

    fn number(&self, id: u16) -> Option<u64> {
        match self.0.properties().get(id)? {
            PropertyValue::Integer32(number) => u64::try_from(*number).ok(),
            PropertyValue::Time(time) => u64::try_from(*time).ok(),
            _ => None,
        }
    }
}

fn store(mut source: Box<dyn ReadSeek>) -> io::Result<Rc<dyn Store>> {
    let mut version = [0; 2];
    source.seek(io::SeekFrom::Start(VERSION))?;
    source.read_exact(&mut version)?;
    source.rewind()?;
    // Given as a reader, the file is never opened for writing.
    Ok(match u16::from_le_bytes(version) >= UNICODE {
        true => UnicodeStore::read(Rc::new(UnicodePstFile::read_from(Box::new(source))?))?,
        false => AnsiStore::read(Rc::new(AnsiPstFile::read_from(Box::new(source))?))?,
    })
}

/// What the crate does, with its panics as errors: a damaged file costs itself.
fn guarded<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(io::Error::other("it is damaged")))
}
