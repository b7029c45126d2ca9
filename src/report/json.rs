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
    let mut written = Vec::with_capacity(USUAL_SIZE);
    let outcome = match pretty {
        true => serde_json::to_writer_pretty(&mut written, value),
        false => serde_json::to_writer(&mut written, value),
    };
    // Neither maps with other keys than text nor failing serializers occur in the types of the contract, and JSON is UTF-8.
    let text = outcome.ok().and_then(|()| String::from_utf8(written).ok());
    let text = text.unwrap_or_else(|| "null".to_owned());
    match escape::json(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(safe) => safe,
    }
}

/// Bytes of a record of middle size: fewer pieces are copied while it grows.
const USUAL_SIZE: usize = 8 * 1024;
