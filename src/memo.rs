//! Results of pure functions, kept for the next message that asks the same.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use foldhash::fast::RandomState;

/// Inputs longer than this are not kept: honest DNS records are shorter.
const LONGEST: usize = 4096;
/// Inputs kept at most, and their bytes: what is made of them may take some times as much. A scan meets some hundred domains; a flood
/// of others only empties the memory.
const MOST: usize = 4096;
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// Results by the bytes that they were made from. They depend on nothing else, so that keeping them changes no report.
#[derive(Debug)]
pub(crate) struct Memo<V> {
    kept: RwLock<Kept<V>>,
}

#[derive(Debug)]
struct Kept<V> {
    results: HashMap<Box<[u8]>, V, RandomState>,
    /// Bytes of the inputs.
    bytes: usize,
}

impl<V: Clone> Memo<V> {
    pub(crate) fn new() -> Self {
        Self {
            kept: RwLock::new(Kept {
                results: HashMap::default(),
                bytes: 0,
            }),
        }
    }

    /// The result for an input; made where it is not kept yet.
    pub(crate) fn of(&self, input: &[u8], make: impl FnOnce() -> V) -> V {
        if input.len() > LONGEST {
            return make();
        }
        // A thread that panicked left a whole map behind: entries are inserted in one step.
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.results.get(input) {
            return known.clone();
        }
        drop(kept);
        let made = make();
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.results.len() >= MOST || kept.bytes + input.len() > MOST_BYTES {
            kept.results.clear();
            kept.bytes = 0;
        }
        kept.bytes += input.len();
        kept.results.insert(input.into(), made.clone());
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_made_once_and_stays_bounded() {
        let memo = Memo::new();
        assert_eq!(memo.of(b"a", || 1), 1);
        assert_eq!(memo.of(b"a", || 2), 1);
        let long = vec![b'x'; LONGEST + 1];
        assert_eq!((memo.of(&long, || 3), memo.of(&long, || 4)), (3, 4));
        for number in 0..2 * MOST {
            memo.of(&number.to_be_bytes(), || 0);
        }
        assert!(memo.kept.read().is_ok_and(|kept| kept.results.len() <= MOST));
        for number in 0..MOST {
            memo.of(format!("{number:4000}").as_bytes(), || 0);
        }
        let kept = memo.kept.read().unwrap();
        let bytes: usize = kept.results.keys().map(|input| input.len()).sum();
        assert!(bytes <= MOST_BYTES && bytes > MOST_BYTES / 4);
    }
}
