//! What one pass over all bytes of a message tells of its lines, before any of them is read.

use super::LineEndings;

/// The lines of a message as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    pub(super) endings: LineEndings,
    /// Behind some LF stands `>` or `.`.
    pub(super) marked: bool,
}

/// So many bytes are counted at a time: eight bits hold the count, so that the compiler compares sixteen bytes at once.
const STRETCH: usize = 128;

impl Survey {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let (here, _) = bytes.as_chunks::<STRETCH>();
        let (next, _) = bytes.get(1..).unwrap_or_default().as_chunks::<STRETCH>();
        let mut counts = Counts::default();
        for (here, next) in here.iter().zip(next) {
            counts.add(here, next);
        }
        let rest = bytes.get(STRETCH * next.len()..).unwrap_or_default();
        for (at, here) in rest.iter().enumerate() {
            counts.add(&[*here], &[rest.get(at + 1).copied().unwrap_or_default()]);
        }
        Self {
            endings: LineEndings {
                crlf: counts.pairs,
                lf: counts.feeds - counts.pairs,
                cr: counts.returns - counts.pairs,
            },
            marked: counts.marked,
        }
    }
}

/// Line ends in a stretch of bytes: LFs, or CRs where there is no LF.
pub(super) fn line_breaks(bytes: &[u8]) -> usize {
    match feeds(bytes) {
        0 => memchr::memchr_iter(b'\r', bytes)
            .filter(|at| bytes.get(at + 1) != Some(&b'\n'))
            .count(),
        lines => lines,
    }
}

/// How often LF stands there: mostly in a field or two, which are too short for the library's count to pay.
fn feeds(bytes: &[u8]) -> usize {
    let is_feed = |byte: &u8| u8::from(*byte == b'\n');
    let stretches = bytes.chunks(STRETCH);
    stretches
        .map(|stretch| usize::from(stretch.iter().map(is_feed).sum::<u8>()))
        .sum()
}

#[derive(Default)]
struct Counts {
    feeds: usize,
    returns: usize,
    pairs: usize,
    marked: bool,
}

impl Counts {
    /// Of a stretch, with the byte behind each. Plain sums over two arrays are what the compiler makes wide comparisons of.
    fn add<const N: usize>(&mut self, here: &[u8; N], next: &[u8; N]) {
        const { assert!(N < 256) };
        let (mut feeds, mut returns, mut pairs, mut marked) = (0, 0, 0, 0);
        for (here, next) in here.iter().zip(next) {
            let (feed, return_) = (u8::from(*here == b'\n'), u8::from(*here == b'\r'));
            feeds += feed;
            returns += return_;
            pairs += return_ & u8::from(*next == b'\n');
            marked |= feed & (u8::from(*next == b'>') | u8::from(*next == b'.'));
        }
        self.feeds += usize::from(feeds);
        self.returns += usize::from(returns);
        self.pairs += usize::from(pairs);
        self.marked |= marked > 0;
    }
}
