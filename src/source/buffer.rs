//! The memory of messages. One thread reads them and others drop them, and an allocator keeps what is dropped so for a while,
//! several times what is in use: so the memory of large ones is used again, or freed where it was got.

use std::{
    fmt,
    io::{self, BufRead, Read},
    ops::{Deref, DerefMut},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::MAX_MESSAGE;

/// More bytes than this lie in memory that is used again.
const LARGE: usize = 256 * 1024;
/// The room of such memory. What it does not hold gets the room of the largest, and is not used again.
const ROOM: usize = 16 * 1024 * 1024;
/// Bytes at most that are kept for use, or were and are in use again.
const MAX_KEPT: usize = 12 * 1024 * 1024;
/// Room that a message gets at most because the one before it was as large.
const MAX_EXPECTED: usize = 16 * 1024;
/// Bytes of a large message that are read at a time.
const PIECE: usize = 64 * 1024;

/// The bytes of a message.
#[derive(Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    /// The most that it held so far, also for other messages: so many bytes of its room take memory.
    touched: usize,
    /// Those of them that count as kept.
    kept: usize,
}

/// Memory that nobody uses, of all threads.
static SHELF: Mutex<Shelf> = Mutex::new(Shelf {
    spare: Vec::new(),
    kept: 0,
    excess: Vec::new(),
});

/// Whether there is any [`Shelf::excess`]. It may be seen late.
static EXCESS: AtomicBool = AtomicBool::new(false);

struct Shelf {
    /// Buffers of [`ROOM`], emptied, and what they touched.
    spare: Vec<(Vec<u8>, usize)>,
    /// Bytes touched by them, and by those that came from here and are in use.
    kept: usize,
    /// To be freed by whoever reads next.
    excess: Vec<Vec<u8>>,
}

impl Shelf {
    /// No lock is held while anything could panic.
    fn lock() -> MutexGuard<'static, Self> {
        SHELF.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a thread that reads.
    fn free_excess() {
        if EXCESS.load(Ordering::Relaxed) && EXCESS.swap(false, Ordering::Relaxed) {
            let excess = std::mem::take(&mut Self::lock().excess);
            drop(excess);
        }
    }
}

impl Buffer {
    /// Reads to the end, or at most one byte more than a message may have. Of how many are expected 0 says nothing.
    ///
    /// # Errors
    ///
    /// Those of `reader`.
    pub(super) fn read_from(reader: impl Read, expected: u64) -> io::Result<Self> {
        Shelf::free_excess();
        let mut buffer = Self::default();
        let mut reader = reader.take(MAX_MESSAGE + 1);
        // One byte more, in which the end is seen.
        let expected = usize::try_from(expected).unwrap_or(usize::MAX).min(LARGE - 1) + 1;
        buffer.bytes.reserve_exact(expected);
        if reader.by_ref().take(LARGE as u64).read_to_end(&mut buffer.bytes)? < LARGE {
            return Ok(buffer);
        }
        // `read_to_end` may fill all the room with zeros first, and so take it from memory.
        let mut piece = vec![0; PIECE];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok(buffer),
                Ok(read) => buffer.extend_from_slice(&piece[..read]),
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
    }

    /// Reads a line, or at most so many bytes.
    ///
    /// # Errors
    ///
    /// Those of `reader`.
    pub(super) fn read_line(mut reader: impl BufRead, most: u64) -> io::Result<Self> {
        let mut buffer = Self::default();
        for room in [LARGE as u64, ROOM as u64, most] {
            let room = room.min(most);
            let missing = room - buffer.len() as u64;
            buffer.make_room(usize::try_from(room).unwrap_or(usize::MAX));
            let read = reader.by_ref().take(missing).read_until(b'\n', &mut buffer.bytes)?;
            if (read as u64) < missing || buffer.ends_with(b"\n") {
                break;
            }
        }
        Ok(buffer)
    }

    /// The beginning of a message, with room for one about as large as the one before it was, so that few of a mailbox are
    /// copied as they grow.
    pub(super) fn like_the_last(beginning: Vec<u8>, last: usize) -> Self {
        let mut buffer = Self::from(beginning);
        buffer.bytes.reserve((last + last / 8).min(MAX_EXPECTED));
        buffer
    }

    pub(super) fn extend_from_slice(&mut self, more: &[u8]) {
        self.make_room(self.bytes.len() + more.len());
        self.bytes.extend_from_slice(more);
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.touched = self.touched.max(self.bytes.len());
        self.bytes.truncate(length);
    }

    /// Makes room for a large message of so many bytes; a small one grows as a vector does.
    fn make_room(&mut self, needed: usize) {
        Shelf::free_excess();
        if needed <= LARGE || needed <= self.bytes.capacity() {
            return;
        }
        if needed <= ROOM {
            let mut roomy = Self::roomy();
            roomy.bytes.extend_from_slice(&self.bytes);
            *self = roomy;
            return;
        }
        // To grow by copying would hold it twice; room that is never written to takes no memory. Where there is not so much of
        // it, the vector grows as it can.
        let most = usize::try_from(MAX_MESSAGE + 1).unwrap_or(usize::MAX).max(needed);
        let _ = self.bytes.try_reserve_exact(most - self.bytes.len());
    }

    /// An empty one of [`ROOM`].
    fn roomy() -> Self {
        let mut shelf = Shelf::lock();
        if let Some((bytes, touched)) = shelf.spare.pop() {
            return Self {
                bytes,
                touched,
                kept: touched,
            };
        }
        drop(shelf);
        Self::from(Vec::with_capacity(ROOM))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.bytes.capacity() < ROOM {
            return;
        }
        let touched = self.touched.max(self.bytes.len());
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let mut shelf = Shelf::lock();
        shelf.kept -= self.kept;
        if bytes.capacity() == ROOM && shelf.kept + touched <= MAX_KEPT {
            shelf.kept += touched;
            shelf.spare.push((bytes, touched));
        } else {
            shelf.excess.push(bytes);
            EXCESS.store(true, Ordering::Relaxed);
        }
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::from(self.to_vec())
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Buffer {}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that tell where they stand.
    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn holds_what_it_is_given_whatever_it_held_before() {
        for length in [0, 1, LARGE, LARGE + 1, ROOM, ROOM + 1, 3 * LARGE, 10] {
            let wanted = pattern(length);
            let read = Buffer::read_from(&*wanted, 0).unwrap();
            assert!(*read == *wanted, "{length}");
            let mut grown = Buffer::default();
            wanted.chunks(100_000).for_each(|piece| grown.extend_from_slice(piece));
            assert!(grown == read, "{length}");
            grown.truncate(5);
            assert_eq!(*grown, wanted[..length.min(5)]);
        }
    }

    #[test]
    fn a_line_ends_at_its_end_or_where_it_is_too_long() {
        for length in [1, LARGE - 1, LARGE, LARGE + 7, ROOM, ROOM + 7] {
            let mut lines = vec![b'x'; length];
            lines[length - 1] = b'\n';
            lines.extend_from_slice(b"next");
            let line = Buffer::read_line(&*lines, u64::MAX / 2).unwrap();
            assert_eq!(line.len(), length);
            assert!(line.ends_with(b"\n"));
            let most = length as u64 / 2;
            assert_eq!(Buffer::read_line(&*lines, most).unwrap().len() as u64, most);
        }
        assert_eq!(Buffer::read_line(&b""[..], 9).unwrap().len(), 0);
        assert_eq!(*Buffer::read_line(&b"last"[..], 9).unwrap(), *b"last");
    }

    #[test]
    fn no_more_is_kept_than_stated() {
        let large = vec![0; ROOM];
        let used: Vec<_> = (0..6).map(|_| Buffer::read_from(&*large, 0).unwrap()).collect();
        drop(used);
        let shelf = Shelf::lock();
        assert!(shelf.kept <= MAX_KEPT, "{}", shelf.kept);
        assert!(shelf.spare.iter().map(|(_, touched)| touched).sum::<usize>() <= shelf.kept);
    }
}
