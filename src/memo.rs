//! Results of pure functions, kept for the next message that asks the same.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use foldhash::fast::RandomState;

/// Inputs longer than this are not kept: honest DNS records are shorter.
const LONGEST: usize = 4096;
/// Inputs kept at most. A scan meets some hundred domains; a flood of others only empties the memory.
const MOST: usize = 4096;

/// Results by the bytes that they were made from. They depend on nothing else, so that keeping them changes no report.
#[derive(Debug)]
pub(crate) struct Memo<V> {
    kept: RwLock<HashMap<Box<[u8]>, V, RandomState>>,
}

impl<V: Clone> Memo<V> {
    pub(crate) fn new() -> Self {
        Self {
            kept: RwLock::default(),
        }
    }

    /// The result for an input; made where it is not kept yet.
    pub(crate) fn of(&self, input: &[u8], make: impl FnOnce() -> V) -> V {
        if input.len() > LONGEST {
            return make();
        }
        // A thread that panicked left a whole map behind: entries are inserted in one step.
        if let Some(known) = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(input) {
            return known.clone();
        }
        let made = make();
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(input.into(), made.clone());
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
        assert!(memo.kept.read().is_ok_and(|kept| kept.len() <= MOST));
    }
}
