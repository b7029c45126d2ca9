//! Files and folders in byte order of their names, each opened as what it is.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use walkdir::WalkDir;

use super::{
    InputFormat, Origin, SourceError, Stored,
    archive::{Archive, ReadSeek, Tar, zip},
    compressed::{Compression, MAX_LAYERS, Undone},
    detect, display, held_in,
    jsonl::Jsonl,
    kept, maildir,
    mbox::Mbox,
    mmdf::{self, Mmdf},
    msg, no_message, one_message, origin,
    pst::{self, Pst},
};
use crate::error::Error;

/// Bytes that tell what a stream is.
const START: u64 = 8 * 1024;
/// Bytes read from a file at a time.
const BUFFER: usize = 128 * 1024;
/// The first line of an .emlx file is no longer than this.
const MAX_LENGTH_LINE: u64 = 64;

pub(super) type Messages = Box<dyn Iterator<Item = Result<Stored, SourceError>>>;

/// All messages of an input; made by [`walk`] and [`stdin`].
pub struct Walk {
    ahead: Ahead,
    format: InputFormat,
    current: Option<Messages>,
    /// The current file was found in a folder.
    found: bool,
    read: Arc<AtomicU64>,
    /// Bytes of the files that were begun.
    begun: u64,
}

/// What was not opened yet.
enum Ahead {
    Files(walkdir::IntoIter),
    Stdin,
    /// The messages of an mbox that begin in a range of bytes.
    Piece {
        file: File,
        path: PathBuf,
        range: Range<u64>,
    },
    Nothing,
}

/// All messages of a file or, through all its folders, of a folder; hidden files too, but not mail that is still being delivered to
/// a Maildir and what servers note beside it. Links are followed for `path` itself only. What cannot be read comes as an error in
/// its place.
pub fn walk(path: &Path, format: InputFormat) -> Walk {
    let files = WalkDir::new(path)
        .sort_by(|a, b| a.file_name().as_encoded_bytes().cmp(b.file_name().as_encoded_bytes()))
        .into_iter();
    Walk::of(Ahead::Files(files), format)
}

/// The bytes of all files that [`walk`] would read, as they are stored; those that cannot be seen count nothing.
pub fn stored_bytes(path: &Path) -> u64 {
    let files = WalkDir::new(path).into_iter().flatten();
    let sizes = files.filter_map(|entry| {
        // A link that the user named is followed, others are not.
        let metadata = match entry.depth() {
            0 => std::fs::metadata(entry.path()).ok()?,
            _ => entry.metadata().ok()?,
        };
        metadata.is_file().then_some(metadata.len())
    });
    sizes.sum()
}

/// The messages of an mbox, opened already, that begin in a range of bytes.
pub(super) fn piece(file: File, path: &Path, format: InputFormat, range: Range<u64>) -> Walk {
    let path = path.to_owned();
    Walk::of(Ahead::Piece { file, path, range }, format)
}

/// Whether a stream is an mbox as it stands, not compressed.
pub(super) fn is_plain_mbox(reader: &mut dyn BufRead, path: &Path) -> io::Result<bool> {
    let compressed = Compression::of(reader.fill_buf()?).is_some();
    Ok(!compressed && detect_format(reader, path)? == InputFormat::Mbox)
}

/// All messages of standard input.
pub fn stdin(format: InputFormat) -> Walk {
    Walk::of(Ahead::Stdin, format)
}

impl Iterator for Walk {
    type Item = Result<Stored, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(current) = &mut self.current {
                if let Some(message) = current.next() {
                    let stored = message.and_then(|stored| sifted(stored, self.format, self.found));
                    return Some(stored);
                }
                self.current = None;
            }
            let files = match &mut self.ahead {
                Ahead::Files(files) => files,
                _ => {
                    self.current = Some(self.stream()?);
                    continue;
                }
            };
            let entry = match files.next()? {
                Ok(entry) => entry,
                Err(error) => return Some(Err(walk_error(error))),
            };
            let is_folder = entry.file_type().is_dir();
            if entry.depth() > 0 && maildir::stands_aside(entry.path(), is_folder) {
                if is_folder {
                    files.skip_current_dir();
                }
                continue;
            }
            if is_folder {
                continue;
            }
            // A link within a folder is another name for mail that stands elsewhere; a pipe or device would block.
            if entry.depth() > 0 && !entry.file_type().is_file() {
                continue;
            }
            self.found = entry.depth() > 0;
            self.current = self.open(entry.path());
        }
    }
}

impl Walk {
    fn of(ahead: Ahead, format: InputFormat) -> Self {
        Self {
            ahead,
            format,
            current: None,
            found: false,
            read: Arc::default(),
            begun: 0,
        }
    }

    /// Adds the bytes that are read to a counter, while they are read.
    pub fn counting(self, read: Arc<AtomicU64>) -> Self {
        Self { read, ..self }
    }

    /// The messages of what is no folder; `None` when they were given.
    fn stream(&mut self) -> Option<Messages> {
        let read = Arc::clone(&self.read);
        match std::mem::replace(&mut self.ahead, Ahead::Nothing) {
            Ahead::Stdin => {
                let input = Tracked {
                    input: io::stdin(),
                    read,
                };
                Some(messages(Box::new(input), Path::new("-"), self.format, 0, 0))
            }
            Ahead::Piece { file, path, range } => {
                let reader = BufReader::with_capacity(BUFFER, Tracked { input: file, read });
                let named = self.format == InputFormat::Mbox;
                Some(Box::new(Mbox::new(reader, &path, named).within(range)))
            }
            Ahead::Files(_) | Ahead::Nothing => None,
        }
    }

    /// The messages of one file; `None` when the format leaves it out.
    fn open(&mut self, path: &Path) -> Option<Messages> {
        let maildir = maildir::folder_of(path);
        if self.format == InputFormat::Maildir && maildir.is_none() {
            return None;
        }
        let file = match super::open(path) {
            Ok(file) => file,
            Err(error) => return Some(single(Err(SourceError::whole(&display(path), "eml", error)))),
        };
        // What was not read of the files before, such as the rest of an archive, is done with.
        self.read.fetch_max(self.begun, Ordering::Relaxed);
        self.begun += file.metadata().map_or(0, |metadata| metadata.len());
        let file = Tracked {
            input: file,
            read: Arc::clone(&self.read),
        };
        let expected = file.length();
        let file = Box::new(file);
        match maildir {
            Some(folder) if matches!(self.format, InputFormat::Auto | InputFormat::Maildir) => {
                let folder = display(folder);
                let inner = messages(file, path, InputFormat::Maildir, 0, expected);
                Some(Box::new(inner.map(move |message| held_in(message, &folder))))
            }
            _ => Some(messages(file, path, self.format, 0, expected)),
        }
    }
}

/// Of whole files that nobody named, in folders and archives, the ones that are mail. Many texts have something like a header.
fn sifted(stored: Stored, format: InputFormat, found: bool) -> Result<Stored, SourceError> {
    let unnamed = found || stored.origin.container.is_some();
    let whole_file = format == InputFormat::Auto && stored.origin.format == "eml";
    if !unnamed || !whole_file || detect::is_of_mail(&stored.bytes) {
        return Ok(stored);
    }
    let Origin {
        path,
        container,
        format,
        index,
        byte_offset,
        ..
    } = stored.origin;
    let error = no_message(Path::new(&path), "no header field that mail has");
    Err(SourceError {
        path,
        container,
        format,
        index,
        byte_offset,
        error: Box::new(error),
    })
}

fn single(message: Result<Stored, SourceError>) -> Messages {
    Box::new(std::iter::once(message))
}

/// An input whose bytes are counted as they are read.
struct Tracked<R> {
    input: R,
    read: Arc<AtomicU64>,
}

impl Tracked<File> {
    fn length(&self) -> u64 {
        self.input.metadata().map_or(0, |metadata| metadata.len())
    }
}

impl<R: Read> Read for Tracked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The messages of one stream, by the format said or found. `layers` of compression and archives were undone already;
/// `expected` bytes are in it, 0 where that is not known.
fn messages(reader: Box<dyn Read>, path: &Path, format: InputFormat, layers: usize, expected: u64) -> Messages {
    let name = display(path);
    let whole = |format, error| single(Err(SourceError::whole(&name, format, error)));
    let unreadable = |cause| {
        let path = path.to_owned();
        whole("eml", Error::Read { path, cause })
    };
    let mut reader = match begun(reader) {
        Ok(begun) => begun,
        Err(cause) => return unreadable(cause),
    };
    let start = match reader.fill_buf() {
        Ok(start) => start,
        Err(cause) => return unreadable(cause),
    };
    let mmdf = matches!(format, InputFormat::Auto | InputFormat::Mbox) && start.starts_with(mmdf::MARK);
    let pst = start.starts_with(pst::MARK);
    let deeper = layers < MAX_LAYERS;
    let archive = Archive::of(start).filter(|_| deeper);
    if let Some(compression) = Compression::of(start).filter(|_| deeper) {
        let Undone { plain, appended } = match compression.undo(reader) {
            Ok(undone) => undone,
            Err(cause) => return unreadable(cause),
        };
        let inner = messages(plain, path, format, layers + 1, 0);
        let path = path.to_owned();
        let behind = std::iter::once_with(move || {
            let cause = io::Error::other("what stands behind the compressed data is none, and was not read");
            let error = SourceError::whole(&name, "eml", Error::Read { path, cause });
            appended.get().then_some(Err(error))
        });
        let all = inner.chain(behind.flatten());
        return Box::new(all.map(move |message| held_in(message, compression.name())));
    }
    let open = move |content, path: &Path| messages(content, path, format, layers + 1, 0);
    match archive {
        Some(Archive::Tar) => return Tar::messages(reader, path, open),
        Some(Archive::Zip) => {
            let source = seekable(reader, path, layers);
            return source
                .and_then(|source| zip::messages(source, path, open))
                .unwrap_or_else(|error| whole("zip", error));
        }
        None => {}
    }
    if pst {
        let opened = seekable(reader, path, layers).and_then(|source| Pst::open(source, path));
        return match opened {
            Ok(pst) => Box::new(pst),
            Err(error) => whole("pst", error),
        };
    }
    if mmdf {
        return Box::new(Mmdf::new(reader, path));
    }
    let found = match format {
        InputFormat::Auto => match detect_format(reader.as_mut(), path) {
            Ok(found) => found,
            Err(cause) => return unreadable(cause),
        },
        said => said,
    };
    let one = |reader: Box<dyn BufRead>, format| {
        let stored = one_message(reader, path, format, expected);
        single(stored.map_err(|error| SourceError::whole(&name, format, error)))
    };
    match found {
        InputFormat::Mbox => Box::new(Mbox::new(reader, path, format == InputFormat::Mbox)),
        InputFormat::Jsonl => Box::new(Jsonl::new(reader, path)),
        InputFormat::Msg => single(outlook(reader, path).map_err(|error| SourceError::whole(&name, "msg", error))),
        InputFormat::Emlx => emlx(reader, path),
        InputFormat::Headers => one(reader, "headers"),
        // Servers compress the messages of a Maildir one by one; that is undone above.
        InputFormat::Maildir => one(reader, "maildir"),
        InputFormat::Auto | InputFormat::Eml => one(reader, "eml"),
    }
}

/// The stream, with as many of its first bytes in its buffer as tell what it is.
fn begun(mut reader: Box<dyn Read>) -> io::Result<Box<dyn BufRead>> {
    let mut start = Vec::new();
    reader.by_ref().take(START).read_to_end(&mut start)?;
    let behind = BufReader::with_capacity(BUFFER, reader);
    Ok(Box::new(io::Cursor::new(start).chain(behind)))
}

/// A ZIP archive is read from its end: a file as it stands, anything else within the bounds of a message in memory.
fn seekable(reader: Box<dyn BufRead>, path: &Path, layers: usize) -> Result<Box<dyn ReadSeek>, Error> {
    if layers == 0 && path != Path::new("-") {
        return Ok(Box::new(super::open(path)?));
    }
    Ok(Box::new(io::Cursor::new(kept(reader, path, 0)?)))
}

/// Outlook's form. The place and the hash are those of the file; the bytes are rebuilt from it.
fn outlook(reader: Box<dyn BufRead>, path: &Path) -> Result<Stored, Error> {
    let stored = kept(reader, path, 0)?;
    let bytes = msg::rebuild(&stored).map_err(|what| no_message(path, &what))?;
    Ok(Stored {
        origin: origin(&stored, path, "msg"),
        bytes: bytes.into(),
        sidecar: None,
    })
}

/// Apple Mail's form: a line with the length of the message, the message, then a property list that is none of it.
fn emlx(mut reader: Box<dyn BufRead>, path: &Path) -> Messages {
    let fail = |error| single(Err(SourceError::whole(&display(path), "emlx", error)));
    let mut first = Vec::new();
    let read = reader.by_ref().take(MAX_LENGTH_LINE).read_until(b'\n', &mut first);
    if let Err(cause) = read {
        let path = path.to_owned();
        return fail(Error::Read { path, cause });
    }
    let length = std::str::from_utf8(first.trim_ascii())
        .ok()
        .and_then(|text| text.parse::<u64>().ok());
    let Some(length) = length else {
        return fail(no_message(
            path,
            "an .emlx file begins with the length of its message, and this one does not",
        ));
    };
    let start = first.len() as u64;
    let stored = one_message(reader.take(length), path, "emlx", 0).and_then(|mut stored| {
        if stored.origin.byte_length < length {
            return Err(no_message(path, "the file ends before the message does"));
        }
        stored.origin.byte_offset = start;
        Ok(stored)
    });
    single(stored.map_err(|error| SourceError::whole(&display(path), "emlx", error)))
}

/// What a stream is by its first bytes; by its name where those do not tell.
fn detect_format(reader: &mut dyn BufRead, path: &Path) -> io::Result<InputFormat> {
    let start = reader.fill_buf()?;
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    if start.starts_with(msg::MARK) {
        return Ok(InputFormat::Msg);
    }
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    let extension = extension.as_deref().and_then(OsStr::to_str).unwrap_or_default();
    Ok(match extension {
        _ if text.starts_with(b"From ") => InputFormat::Mbox,
        "jsonl" | "ndjson" => InputFormat::Jsonl,
        _ if is_message_object(first_line(text)) => InputFormat::Jsonl,
        // Its first line is the length of the message that follows.
        "emlx" if first_line(text).trim_ascii().iter().all(u8::is_ascii_digit) => InputFormat::Emlx,
        _ => InputFormat::Eml,
    })
}

/// A JSON object on one line with the key that carries the message; other JSON is no mail, and not a line of it each.
fn is_message_object(line: &[u8]) -> bool {
    line.starts_with(b"{") && memchr::memmem::find(line, b"\"message\"").is_some()
}

fn first_line(text: &[u8]) -> &[u8] {
    let end = memchr::memchr2(b'\r', b'\n', text).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

fn walk_error(error: walkdir::Error) -> SourceError {
    let path = error.path().unwrap_or(Path::new("")).to_owned();
    let name = display(&path);
    let cause = error
        .into_io_error()
        .unwrap_or_else(|| io::Error::other("a loop of links"));
    SourceError::whole(&name, "eml", Error::Read { path, cause })
}
