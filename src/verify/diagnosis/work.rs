//! The stated limit of a search: bytes hashed for one message.

use std::cell::Cell;

/// A budget of bytes to hash, shared by all searches over one message.
#[derive(Debug)]
pub struct Work {
    left: Cell<u64>,
    limit: u64,
}

/// Every hash costs this much beside its bytes: set-up, padding and what waited to be hashed.
const PER_HASH: u64 = 64;

impl Work {
    /// A budget of so many bytes.
    pub fn new(limit: u64) -> Self {
        Self {
            left: Cell::new(limit),
            limit,
        }
    }

    /// Takes bytes from the budget.
    pub(super) fn spend(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.left.set(self.left.get().saturating_sub(bytes));
    }

    /// Takes the fixed price of one hash.
    pub(super) fn spend_hash(&self) {
        self.left.set(self.left.get().saturating_sub(PER_HASH));
    }

    /// Whether so many bytes could be hashed.
    pub(super) fn allows(&self, bytes: usize) -> bool {
        u64::try_from(bytes).is_ok_and(|bytes| bytes <= self.left.get())
    }

    /// Leaves nothing: the search ends before it began, and says so.
    pub(super) fn give_up(&self) {
        self.left.set(0);
    }

    /// Whether nothing is left: the search ends, and says so.
    pub fn exhausted(&self) -> bool {
        self.left.get() == 0
    }

    /// Bytes hashed so far.
    pub fn used(&self) -> u64 {
        self.limit - self.left.get()
    }

    /// A part of the budget for one search, so that the first one cannot starve the others; give it back with
    /// [`Self::settle`].
    pub(super) fn share(&self, divisor: u64) -> Self {
        Self::new(self.left.get() / divisor.max(1))
    }

    /// Books what a share has used.
    pub(super) fn settle(&self, share: &Self) {
        self.left.set(self.left.get().saturating_sub(share.used()));
    }
}
