//! The report as JSON.

use std::borrow::Cow;

use serde::Serialize;

use super::{Report, brief::Brief, escape};

/// The report as one JSON object: `brief` leaves out all but verdict, results, finding ids, identities and envelope;
/// `pretty` breaks it into lines. Control and bidirectional characters are written as `\uXXXX`.
pub fn to_string(report: &Report, brief: bool, pretty: bool) -> String {
    match brief {
        true => encode(&Brief::of(report), pretty),
        false => encode(report, pretty),
    }
}

/// Any value of the contract (an error record, a list of reports) as JSON, in the same safe form.
pub fn encode<T: Serialize + ?Sized>(value: &T, pretty: bool) -> String {
    // Neither maps with other keys than text nor failing serializers occur in the types of the contract.
    let text = match pretty {
        true => serde_json::to_string_pretty(value).ok(),
        // A third of a record's cost is writing it out: this writer's strings cost a quarter of what serde_json's do, and the
        // bytes are the same.
        false => sonic_rs::to_string(value).ok(),
    };
    let text = text.unwrap_or_else(|| "null".to_owned());
    match escape::json(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(safe) => safe,
    }
}
