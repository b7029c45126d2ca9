//! Files that a compressor made, read through it as a stream: gzip, bzip2, xz, LZMA, lzip, zstd.

use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use liblzma::{
    bufread::XzDecoder,
    stream::{Error as LzmaError, Stream},
};
use zstd::stream::read::Decoder as ZstdDecoder;

/// Layers of compression that are undone.
pub(super) const MAX_LAYERS: usize = 4;
/// So much may come out of anything ...
const FREE: u64 = 64 * 1024 * 1024;
/// ... and beyond that, so many times what went in.
const MAX_RATIO: u64 = 200;

/// What a decoder of the LZMA family may hold; the data says how much it wants, up to 4 GiB.
const MAX_LZMA_MEMORY: u64 = 128 * 1024 * 1024;

/// A compressor, by the first bytes of what it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Bzip2,
    Xz,
    Lzma,
    Lzip,
    Zstd,
}

/// How each one's data begins.
const MARKS: [(&[u8], Compression); 7] = [
    (b"\x1f\x8b", Compression::Gzip),
    (b"BZh", Compression::Bzip2),
    (b"\xfd7zXZ\0", Compression::Xz),
    // With the usual properties, and a dictionary of 64 KiB or more.
    (b"\x5d\0\0", Compression::Lzma),
    (b"LZIP", Compression::Lzip),
    (b"\x28\xb5\x2f\xfd", Compression::Zstd),
    // A frame to be passed over (RFC 8878 3.1.2), as pzstd writes in front of each of its own.
    (b"\x50\x2a\x4d\x18", Compression::Zstd),
];

impl Compression {
    /// What made these bytes; `None` when no compressor did.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        let found = MARKS.iter().find(|(mark, _)| start.starts_with(mark));
        found.map(|(_, made)| *made)
    }

    /// Whether what it writes may begin so; at the end of a buffer a mark may be cut, and the decoder sees whether it was one.
    fn may_begin(self, start: &[u8]) -> bool {
        let mut own = MARKS.iter().filter(|(_, made)| *made == self);
        own.any(|(mark, _)| start.starts_with(mark) || mark.starts_with(start))
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Lzip => "lzip",
            Self::Zstd => "zstd",
        }
    }

    /// Reads what was compressed. Damaged data, and data that grows beyond all measure, end in an error.
    pub(super) fn undo(self, reader: impl Read + 'static) -> io::Result<Undone> {
        let appended = Rc::default();
        let marked = Rc::clone(&appended);
        let of_lzma = move |raw| {
            let stream = match self {
                Self::Lzma => Stream::new_lzma_decoder(MAX_LZMA_MEMORY)?,
                Self::Lzip => Stream::new_lzip_decoder(MAX_LZMA_MEMORY, 0)?,
                _ => Stream::new_stream_decoder(MAX_LZMA_MEMORY, 0)?,
            };
            Ok(XzDecoder::new_stream(raw, stream))
        };
        let plain = bounded(reader, |raw| {
            Ok(match self {
                Self::Gzip => streams(self, marked, raw, |raw| Ok(GzDecoder::new(raw)), GzDecoder::into_inner)?,
                Self::Bzip2 => streams(self, marked, raw, |raw| Ok(BzDecoder::new(raw)), BzDecoder::into_inner)?,
                Self::Xz | Self::Lzma | Self::Lzip => streams(self, marked, raw, of_lzma, XzDecoder::into_inner)?,
                Self::Zstd => {
                    let begin = |raw| Ok(ZstdDecoder::with_buffer(raw)?.single_frame());
                    streams(self, marked, raw, begin, ZstdDecoder::into_inner)?
                }
            })
        })?;
        Ok(Undone { plain, appended })
    }
}

/// What was compressed, and whether something else stands behind it, which shows once it is read.
pub(super) struct Undone {
    pub(super) plain: Box<dyn Read>,
    pub(super) appended: Rc<Cell<bool>>,
}

/// The streams of one compressor that stand one behind the other, as all of them allow: read as one. Zero bytes between and behind
/// them come from tapes and block devices; anything else is left.
struct Streams<D, B, E> {
    made: Compression,
    current: Option<D>,
    begin: B,
    end: E,
    appended: Rc<Cell<bool>>,
}

fn streams<R, D, B, E>(
    made: Compression,
    appended: Rc<Cell<bool>>,
    raw: R,
    begin: B,
    end: E,
) -> io::Result<Box<dyn Read>>
where
    R: BufRead + 'static,
    D: Read + 'static,
    B: Fn(R) -> io::Result<D> + 'static,
    E: Fn(D) -> R + 'static,
{
    let current = Some(begin(raw)?);
    Ok(Box::new(Streams {
        made,
        current,
        begin,
        end,
        appended,
    }))
}

impl<R, D, B, E> Read for Streams<D, B, E>
where
    R: BufRead,
    D: Read,
    B: Fn(R) -> io::Result<D>,
    E: Fn(D) -> R,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(current) = &mut self.current {
            let read = current.read(buffer).map_err(in_words)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(mut raw) = self.current.take().map(&self.end) else {
                break;
            };
            let behind = behind_zeros(&mut raw)?;
            if behind.is_empty() {
                break;
            }
            if !self.made.may_begin(behind) {
                self.appended.set(true);
                break;
            }
            self.current = Some((self.begin)(raw)?);
        }
        Ok(0)
    }
}

/// "Memory limit reached" says neither of what nor what to do.
fn in_words(error: io::Error) -> io::Error {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    match cause {
        Some(LzmaError::MemLimit) => io::Error::other(format!(
            "to decompress it takes more than {} MiB of memory; unpack it first",
            MAX_LZMA_MEMORY >> 20
        )),
        _ => error,
    }
}

/// What is in the buffer behind zero bytes; nothing at the end.
fn behind_zeros(raw: &mut impl BufRead) -> io::Result<&[u8]> {
    loop {
        let buffer = raw.fill_buf()?;
        let zeros = buffer.iter().take_while(|byte| **byte == 0).count();
        let ended = buffer.is_empty() || zeros < buffer.len();
        raw.consume(zeros);
        if ended {
            return raw.fill_buf();
        }
    }
}

/// What is compressed, counted as it is taken in.
pub(super) type Raw<R> = BufReader<Counted<R>>;

/// Decompresses, within the bounds of what may come out.
pub(super) fn bounded<R: Read + 'static>(
    reader: R,
    decompress: impl FnOnce(Raw<R>) -> io::Result<Box<dyn Read>>,
) -> io::Result<Box<dyn Read>> {
    let taken = Rc::new(Cell::new(0));
    let raw = BufReader::new(Counted {
        inner: reader,
        count: Rc::clone(&taken),
    });
    let inner = decompress(raw)?;
    Ok(Box::new(Bounded { inner, taken, given: 0 }))
}

/// Counts the bytes that are read through it.
pub(super) struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// Ends in an error where far more comes out than went in.
struct Bounded {
    inner: Box<dyn Read>,
    taken: Rc<Cell<u64>>,
    given: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.given += read as u64;
        if self.given > FREE.max(self.taken.get().saturating_mul(MAX_RATIO)) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("it expands to more than {MAX_RATIO} times its size"),
            ));
        }
        Ok(read)
    }
}
