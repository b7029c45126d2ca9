//! Files that a compressor made, read through it as a stream: gzip, bzip2, xz, zstd.

use std::{
    cell::Cell,
    io::{self, BufReader, Read},
    rc::Rc,
};

/// Layers of compression that are undone.
pub(super) const MAX_LAYERS: usize = 4;
/// So much may come out of anything ...
const FREE: u64 = 64 * 1024 * 1024;
/// ... and beyond that, so many times what went in.
const MAX_RATIO: u64 = 200;

/// A compressor, by the first bytes of what it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Compression {
    /// What made these bytes; `None` when no compressor did.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        const MARKS: [(&[u8], Compression); 4] = [
            (b"\x1f\x8b", Compression::Gzip),
            (b"BZh", Compression::Bzip2),
            (b"\xfd7zXZ\0", Compression::Xz),
            (b"\x28\xb5\x2f\xfd", Compression::Zstd),
        ];
        MARKS
            .iter()
            .find(|(mark, _)| start.starts_with(mark))
            .map(|(_, made)| *made)
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }

    /// Reads what was compressed. Damaged data, and data that grows beyond all measure, end in an error.
    pub(super) fn undo(self, reader: impl Read + 'static) -> io::Result<Box<dyn Read>> {
        bounded(reader, |raw| {
            Ok(match self {
                Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
                Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(raw)),
                Self::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(raw)),
                Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(raw)?),
            })
        })
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
