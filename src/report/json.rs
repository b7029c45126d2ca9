//! The report as JSON.

use std::borrow::Cow;

use serde::Serialize;

use super::{Report, brief::Brief, escape};

/// The report as one JSON object: `brief` leaves out all but verdict, results, finding ids, identities and envelope;
/// `pretty` breaks it into lines. Control and bidirectional characters are written as `\uXXXX`.
pub fn to_string(report: &Report, brief: bool, pretty: bool) -> String {
    match brief {
        true => encode_into(Vec::with_capacity(4 << 10), &Brief::of(report), pretty),
        false => encode_into(Vec::with_capacity(16 << 10), report, pretty),
    }
}

/// Any value of the contract (an error record, a list of reports) as JSON, in the same safe form.
pub fn encode<T: Serialize + ?Sized>(value: &T, pretty: bool) -> String {
    encode_into(Vec::new(), value, pretty)
}

/// As [`encode`], with room for what will be written: a text that grows is copied again and again.
fn encode_into<T: Serialize + ?Sized>(mut room: Vec<u8>, value: &T, pretty: bool) -> String {
    // Neither maps with other keys than text nor failing serializers occur in the types of the contract.
    let written = match pretty {
        true => serde_json::to_writer_pretty(&mut room, value).is_ok(),
        // A third of a record's cost is writing it out: this writer's strings cost a quarter of what serde_json's do, and the
        // bytes are the same.
        false => sonic_rs::to_writer(&mut room, value).is_ok(),
    };
    let text = String::from_utf8(room).ok().filter(|_| written);
    let text = text.unwrap_or_else(|| "null".to_owned());
    match escape::json(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(safe) => safe,
    }
}
