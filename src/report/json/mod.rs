//! The report as JSON.

mod compact;

use std::{
    borrow::Cow,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde::Serialize;

use super::{Report, brief::Brief, escape};
use compact::Compact;

/// What the last report took, in bytes: those of one mailbox are much alike, and a text that outgrows its room is copied.
static LAST_WHOLE: AtomicUsize = AtomicUsize::new(16 << 10);
static LAST_BRIEF: AtomicUsize = AtomicUsize::new(2 << 10);
/// Room for the next one at most, in bytes: it may be small again.
const MAX_ROOM: usize = 64 << 10;

/// The report as one JSON object: `brief` leaves out all but verdict, results, finding ids, identities and envelope;
/// `pretty` breaks it into lines. Control and bidirectional characters are written as `\uXXXX`.
pub fn to_string(report: &Report, brief: bool, pretty: bool) -> String {
    match brief {
        true => encode_like(&LAST_BRIEF, &Brief::of(report), pretty),
        false => encode_like(&LAST_WHOLE, report, pretty),
    }
}

/// Any value of the contract (an error record, a list of reports) as JSON, in the same safe form.
pub fn encode<T: Serialize + ?Sized>(value: &T, pretty: bool) -> String {
    match pretty {
        true => encode_pretty(value),
        false => encode_compact(String::new(), value),
    }
}

/// As [`encode`], with room for as much as was written last.
fn encode_like<T: Serialize + ?Sized>(last: &AtomicUsize, value: &T, pretty: bool) -> String {
    if pretty {
        return encode_pretty(value);
    }
    let room = last.load(Ordering::Relaxed);
    let text = encode_compact(String::with_capacity(room + room / 8 + 256), value);
    last.store(text.len().min(MAX_ROOM), Ordering::Relaxed);
    text
}

// Neither maps with other keys than text nor failing serializers occur in the types of the contract.

fn encode_compact<T: Serialize + ?Sized>(room: String, value: &T) -> String {
    let mut compact = Compact { out: room };
    match value.serialize(&mut compact) {
        Ok(()) => compact.out,
        Err(_) => "null".to_owned(),
    }
}

fn encode_pretty<T: Serialize + ?Sized>(value: &T) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| "null".to_owned());
    match escape::json(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(safe) => safe,
    }
}
