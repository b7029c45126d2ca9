//! An item of the input of `scan` and `dns`: a message, or why there is none.

use std::{
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    slice,
};

use spoofcheck::{
    error::Error,
    source::{SourceError, Stored},
};

/// An item of the input.
pub(crate) type Message = Result<Stored, SourceError>;

/// What an item holds in memory, in bytes.
pub(crate) fn size(message: &Message) -> usize {
    message.as_ref().map_or(0, |stored| stored.bytes.len())
}

/// Work on a message; a fault of the program costs this message, not the run.
pub(crate) fn unbroken<R>(stored: &Stored, work: impl FnOnce() -> R) -> Result<R, SourceError> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| SourceError {
        path: stored.origin.path.clone(),
        container: None,
        format: stored.origin.format,
        index: stored.origin.index,
        byte_offset: stored.origin.byte_offset,
        error: Box::new(Error::Fault {
            path: PathBuf::from(&stored.origin.path),
        }),
    })
}

/// Work on messages side by side that gives one result for each. A fault of the program costs the message that shows it, and not
/// its neighbours: they are tried alone then.
pub(crate) fn unbroken_each<R>(
    all: &[Stored],
    work: impl Fn(&[Stored]) -> Vec<R>,
    broken: impl Fn(SourceError) -> R,
) -> Vec<R> {
    let together = panic::catch_unwind(AssertUnwindSafe(|| work(all)));
    let alone = |stored| unbroken(stored, || work(slice::from_ref(stored))).unwrap_or_else(|fault| vec![broken(fault)]);
    together.unwrap_or_else(|_| all.iter().flat_map(alone).collect())
}
