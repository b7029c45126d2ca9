//! The report as JSON.

use std::{
    borrow::Cow,
    io,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde::Serialize;
use sonic_rs::{
    format::{CompactFormatter, Formatter},
    writer::WriteExt,
};

use super::{Report, brief::Brief, escape};

/// What the last report took, in bytes: those of one mailbox are much alike, and a text that outgrows its room is copied.
static LAST_WHOLE: AtomicUsize = AtomicUsize::new(16 << 10);
static LAST_BRIEF: AtomicUsize = AtomicUsize::new(2 << 10);
/// Room for the next one at most, in bytes: it may be small again.
const MAX_ROOM: usize = 64 << 10;

/// The compact form, its code for texts and numbers once instead of at each of some thousand places: much of what a record
/// costs is to fetch the code that writes it.
#[derive(Clone)]
struct Compact;

impl Formatter for Compact {
    #[inline(never)]
    fn write_string_fast<W: ?Sized + WriteExt>(&mut self, writer: &mut W, text: &str, quoted: bool) -> io::Result<()> {
        CompactFormatter.write_string_fast(writer, text, quoted)
    }

    #[inline(never)]
    fn write_u64<W: ?Sized + io::Write>(&mut self, writer: &mut W, number: u64) -> io::Result<()> {
        CompactFormatter.write_u64(writer, number)
    }
}

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
    encode_into(Vec::new(), value, pretty)
}

/// As [`encode`], with room for as much as was written last.
fn encode_like<T: Serialize + ?Sized>(last: &AtomicUsize, value: &T, pretty: bool) -> String {
    let room = last.load(Ordering::Relaxed);
    // Strings are given room as if each byte were escaped: so the last ones still fit.
    let text = encode_into(Vec::with_capacity(room + room / 8 + 1024), value, pretty);
    last.store(text.len().min(MAX_ROOM), Ordering::Relaxed);
    text
}

fn encode_into<T: Serialize + ?Sized>(mut room: Vec<u8>, value: &T, pretty: bool) -> String {
    // Neither maps with other keys than text nor failing serializers occur in the types of the contract.
    let written = match pretty {
        true => serde_json::to_writer_pretty(&mut room, value).is_ok(),
        // A third of a record's cost is writing it out: this writer's strings cost a quarter of what serde_json's do, and the
        // bytes are the same.
        false => value
            .serialize(&mut sonic_rs::Serializer::with_formatter(&mut room, Compact))
            .is_ok(),
    };
    let text = String::from_utf8(room).ok().filter(|_| written);
    let text = text.unwrap_or_else(|| "null".to_owned());
    match escape::json(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(safe) => safe,
    }
}
