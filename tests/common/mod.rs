//! What the tests over public suites share: where the suites lie, and their zone forms as our snapshot.
//!
//! Use it with `mod common;` in a file of `tests/`. In every snapshot made here a name that is not listed does not exist.

#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::print_stderr, reason = "a skipped suite must say so")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use spoofcheck::dns::{Absent, Data, Question, RecordType, Snapshot, StoredAnswer};

/// A file or folder of `../shared/conformance` (also from a worktree some folders further down). Where it is absent a
/// line says so, and the test ends without having tested.
pub fn shared(path: &str) -> Option<PathBuf> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = project
        .ancestors()
        .skip(1)
        .map(|folder| folder.join("shared/conformance").join(path))
        .find(|candidate| candidate.exists());
    if found.is_none() {
        eprintln!("skipped: ../shared is absent (wanted ../shared/conformance/{path})");
    }
    found
}

/// An empty snapshot in which what is not listed does not exist.
pub fn closed_world() -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.absent = Absent::NxDomain;
    snapshot
}

/// Adds one answer without times.
pub fn insert(snapshot: &mut Snapshot, name: &str, rtype: RecordType, rcode: &str, data: Vec<Data>) {
    snapshot.insert(StoredAnswer {
        question: Question::new(name, rtype),
        rcode: rcode.to_owned(),
        data,
        ttl: None,
        asked_at: None,
        valid_from: None,
        valid_to: None,
    });
}

/// The zone form of the openspf suites: `name: [TIMEOUT, {TYPE: value}, ...]`.
///
/// `SPF` entries are served as TXT unless a `TXT` entry stands beside them; `TXT: NONE` serves none; `TIMEOUT` is for
/// every type that the name does not list.
pub fn openspf_zone(zone: &Value) -> Snapshot {
    let mut snapshot = closed_world();
    for (name, entries) in zone.as_object().into_iter().flatten() {
        let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
        let of = |wanted: &str| -> Vec<&Value> { entries.iter().filter_map(|entry| entry.get(wanted)).collect() };

        let txt = if of("TXT").is_empty() { of("SPF") } else { of("TXT") };
        let txt: Vec<Data> = txt
            .into_iter()
            .filter(|text| *text != "NONE")
            .map(|text| octets(&joined(text)))
            .collect();
        let mx = of("MX").into_iter().map(|mx| match mx.as_array().map(Vec::as_slice) {
            Some([preference, host]) => Data::Text(format!("{preference} {}.", joined(host).trim_end_matches('.'))),
            _ => Data::Text(joined(mx)),
        });
        let plain = |rtype: &str| {
            of(rtype)
                .into_iter()
                .map(|value| Data::Text(joined(value)))
                .collect::<Vec<_>>()
        };
        let answers = [
            (RecordType::Txt, txt),
            (RecordType::Mx, mx.collect()),
            (RecordType::A, plain("A")),
            (RecordType::Aaaa, plain("AAAA")),
            (RecordType::Ptr, plain("PTR")),
            (RecordType::Cname, plain("CNAME")),
        ];
        let times_out = entries.iter().any(|entry| entry == "TIMEOUT");
        for (rtype, data) in answers {
            if !data.is_empty() {
                insert(&mut snapshot, name, rtype, "NOERROR", data);
            } else if times_out && rtype != RecordType::Cname {
                insert(&mut snapshot, name, rtype, "TIMEOUT", Vec::new());
            } else if rtype == RecordType::Txt {
                // The name exists even where it lists nothing that we know.
                insert(&mut snapshot, name, rtype, "NOERROR", Vec::new());
            }
        }
    }
    snapshot
}

/// The zone form of our JSON suites: `{name: {TYPE: [record, ...]}}`, a TXT record as a text or a list of strings, an MX
/// record as a text or `{priority, exchange}`; `{"error": CODE}` in place of the records or of the types. `{}` is a name
/// without records.
pub fn json_zone(zone: &Value) -> Snapshot {
    const ADDED: [RecordType; 4] = [RecordType::Txt, RecordType::A, RecordType::Aaaa, RecordType::Mx];
    let mut snapshot = closed_world();
    for (name, types) in zone.as_object().into_iter().flatten() {
        if let Some(rcode) = error_of(types) {
            for rtype in ADDED {
                insert(&mut snapshot, name, rtype, &rcode, Vec::new());
            }
            continue;
        }
        insert(&mut snapshot, name, RecordType::Soa, "NOERROR", Vec::new());
        for (rtype, records) in types.as_object().into_iter().flatten() {
            let rtype = record_type(rtype);
            match error_of(records) {
                Some(rcode) => insert(&mut snapshot, name, rtype, &rcode, Vec::new()),
                None => {
                    let data = records.as_array().into_iter().flatten().map(json_record).collect();
                    insert(&mut snapshot, name, rtype, "NOERROR", data);
                }
            }
        }
    }
    snapshot
}

/// The zone form of the ARC suite: `{name: text of its TXT record}`.
pub fn txt_zone(zone: &Value) -> Snapshot {
    let mut snapshot = closed_world();
    for (name, text) in zone.as_object().into_iter().flatten() {
        insert(
            &mut snapshot,
            name,
            RecordType::Txt,
            "NOERROR",
            vec![Data::Text(joined(text))],
        );
    }
    snapshot
}

fn json_record(record: &Value) -> Data {
    match (record.get("priority"), record.get("exchange")) {
        (Some(priority), Some(host)) => Data::Text(format!("{priority} {}.", joined(host).trim_end_matches('.'))),
        _ => Data::Text(joined(record)),
    }
}

/// Node's and plain words for a failed lookup.
fn error_of(value: &Value) -> Option<String> {
    let code = value.get("error")?.as_str().unwrap_or("SERVFAIL").to_ascii_uppercase();
    Some(match code.as_str() {
        "ENOTFOUND" => "NXDOMAIN".to_owned(),
        "ETIMEOUT" => "TIMEOUT".to_owned(),
        "ESERVFAIL" => "SERVFAIL".to_owned(),
        "EREFUSED" => "REFUSED".to_owned(),
        _ => code,
    })
}

fn record_type(name: &str) -> RecordType {
    match name.to_ascii_uppercase().as_str() {
        "A" => RecordType::A,
        "AAAA" => RecordType::Aaaa,
        "CNAME" => RecordType::Cname,
        "MX" => RecordType::Mx,
        "NS" => RecordType::Ns,
        "PTR" => RecordType::Ptr,
        "SOA" => RecordType::Soa,
        _ => RecordType::Txt,
    }
}

/// A text, or a list of character-strings joined without separator.
fn joined(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(strings) => strings.iter().map(joined).collect(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The suites write octets as characters up to U+00FF.
fn octets(text: &str) -> Data {
    match text
        .chars()
        .map(|c| u8::try_from(u32::from(c)))
        .collect::<Result<Vec<u8>, _>>()
    {
        Ok(bytes) => String::from_utf8(bytes).map_or_else(|error| Data::Bytes(error.into_bytes()), Data::Text),
        Err(_) => Data::Text(text.to_owned()),
    }
}
