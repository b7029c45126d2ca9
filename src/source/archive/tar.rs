//! tar (POSIX ustar and pax, GNU long names) as a stream: the crate's own entries borrow the archive, and these outlive the call
//! that finds them.

use std::{
    io::{self, Read},
    path::Path,
};

use tar::{EntryType, Header, PaxExtensions};

use super::{Entry, Shared, Unpacked, damaged};
use crate::source::walk::Messages;

const BLOCK: usize = 512;
/// A name longer than this is an attack.
const MAX_NAME: u64 = 64 * 1024;

/// A tar archive as it is read.
pub(in crate::source) struct Tar {
    inner: Shared<Counted>,
    done: bool,
}

/// The stream, and how much of the present entry is left in it.
struct Counted {
    stream: Box<dyn Read>,
    left: u64,
    padding: u64,
    /// It was said of an entry already that the archive ends within it.
    told: bool,
    /// What was found behind a damaged header.
    found: Option<Box<Header>>,
}

impl Tar {
    /// The messages of all its entries.
    pub(in crate::source) fn messages(
        stream: Box<dyn Read>,
        path: &Path,
        open: impl Fn(Box<dyn Read>, &Path) -> Messages + 'static,
    ) -> Messages {
        let tar = Self {
            inner: Shared::new(Counted {
                stream,
                left: 0,
                padding: 0,
                told: false,
                found: None,
            }),
            done: false,
        };
        Box::new(Unpacked::new(Box::new(tar), "tar", path, open))
    }

    /// The next header, and what extended headers before it say.
    fn advance(&mut self) -> io::Result<Option<(Header, Option<String>)>> {
        let (mut long_name, mut long_size) = (None, None);
        loop {
            let Some(header) = self.inner.0.borrow_mut().header()? else {
                return Ok(None);
            };
            match header.entry_type() {
                EntryType::GNULongName => {
                    let bytes = self.inner.0.borrow_mut().small()?;
                    long_name = Some(text(bytes.split(|byte| *byte == 0).next().unwrap_or_default()));
                }
                EntryType::XHeader => {
                    let bytes = self.inner.0.borrow_mut().small()?;
                    for extension in PaxExtensions::new(&bytes).flatten() {
                        match extension.key_bytes() {
                            b"path" => long_name = Some(text(extension.value_bytes())),
                            // More than the header has room for.
                            b"size" => long_size = extension.value().ok().and_then(|size| size.parse().ok()),
                            _ => {}
                        }
                    }
                }
                EntryType::XGlobalHeader | EntryType::GNULongLink => {
                    self.inner.0.borrow_mut().small()?;
                }
                _ => {
                    if let Some(size) = long_size {
                        self.inner.0.borrow_mut().begin(size);
                    }
                    return Ok(Some((header, long_name)));
                }
            }
        }
    }
}

impl Iterator for Tar {
    type Item = Result<Entry, (String, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.done {
                return None;
            }
            let (header, long_name) = match self.advance() {
                Ok(Some(found)) => found,
                Ok(None) => {
                    self.done = true;
                    return None;
                }
                Err(cause) => {
                    self.done = self.inner.0.borrow().found.is_none();
                    return Some(Err((String::new(), cause.to_string())));
                }
            };
            let name = long_name.unwrap_or_else(|| text(&header.path_bytes()));
            match header.entry_type() {
                EntryType::Regular | EntryType::Continuous => {
                    let content: Box<dyn Read> = Box::new(self.inner.clone());
                    return Some(Ok(Entry { name, content }));
                }
                EntryType::GNUSparse => return Some(Err((name, "a sparse file in a tar archive".to_owned()))),
                // A folder holds nothing itself; a link is another name; a device holds no mail.
                _ => {}
            }
        }
    }
}

impl Counted {
    /// Passes over what is left of the present entry, and reads the next header; `None` at the end. Where it is damaged, the next
    /// call goes on with the next that is not.
    fn header(&mut self) -> io::Result<Option<Header>> {
        if self.told {
            return Ok(None);
        }
        if let Some(found) = self.found.take() {
            self.begin(found.entry_size()?);
            return Ok(Some(*found));
        }
        let rest = self.left.saturating_add(self.padding);
        let passed = io::copy(&mut self.stream.by_ref().take(rest), &mut io::sink())?;
        if passed < rest {
            return Err(damaged("the archive ends within an entry"));
        }
        self.begin(0);
        let block = self.block()?;
        // The end is two blocks of zeros, or, of a careless writer, nothing at all.
        if block.is_empty() || block.len() == BLOCK && block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if block.len() < BLOCK {
            return Err(damaged("the archive ends within a header"));
        }
        if !is_header(&block) {
            self.found = self.undamaged()?.map(Box::new);
            return Err(damaged("a header of the archive is damaged, and its entry lost"));
        }
        let header = Header::from_byte_slice(&block).clone();
        self.begin(header.entry_size()?);
        Ok(Some(header))
    }

    /// The next header that can be read, wherever it stands.
    fn undamaged(&mut self) -> io::Result<Option<Header>> {
        loop {
            let block = self.block()?;
            if block.len() < BLOCK {
                return Ok(None);
            }
            if has_mark(&block) && is_header(&block) {
                return Ok(Some(Header::from_byte_slice(&block).clone()));
            }
        }
    }

    /// The next block, shorter at the end.
    fn block(&mut self) -> io::Result<Vec<u8>> {
        let mut block = Vec::with_capacity(BLOCK);
        self.stream.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        Ok(block)
    }

    /// An entry of so many bytes comes next.
    fn begin(&mut self, size: u64) {
        (self.left, self.padding) = (size, size.wrapping_neg() % BLOCK as u64);
    }

    /// The whole of a small entry.
    fn small(&mut self) -> io::Result<Vec<u8>> {
        if self.left > MAX_NAME {
            return Err(damaged("a name of the archive is too long"));
        }
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.by_ref().take(self.left).read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            self.told = true;
            return Err(damaged("the archive ends within this entry"));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// Whether a block, or what begins with one, carries the mark of ustar, as all but the oldest writers set it.
pub(super) fn has_mark(block: &[u8]) -> bool {
    block.get(257..262) == Some(b"ustar")
}

/// Whether a block, or what begins with one, is a header whose checksum is right.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..BLOCK) else {
        return false;
    };
    let sum = block.iter().enumerate().map(|(at, byte)| match at {
        148..156 => u32::from(b' '),
        _ => u32::from(*byte),
    });
    Header::from_byte_slice(block).cksum().ok() == Some(sum.sum())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
