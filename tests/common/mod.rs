//! What the tests over public suites share: where the suites lie, and their zone forms as our snapshot.
//!
//! Use it with `mod common;` in a file of `tests/`. In every snapshot made here a name that is not listed does not exist.

#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::print_stderr, reason = "a skipped suite must say so")]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use spoofcheck::dns::{Absent, Data, Question, RecordType, Snapshot, StoredAnswer};

/// A file or folder of `../shared/conformance` (also from a worktree some folders further down). Where it is absent a
/// line says so, and the test ends without having tested.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
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

/// Unpacks an archive of the suites into a folder that goes away with the test.
pub(crate) fn unpacked(archive: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tar = std::process::Command::new("tar");
    let status = tar.arg("-xzf").arg(archive).arg("-C").arg(folder.path()).status();
    assert!(
        status.expect("tar runs").success(),
        "{} can be unpacked",
        archive.display()
    );
    folder
}

/// A file of the suites as JSON.
pub(crate) fn json(path: PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("the suite is readable")).expect("the suite is JSON")
}

/// The scenarios of a YAML suite. The ARC suite names one case twice; the first stands.
pub(crate) fn scenarios(path: PathBuf) -> Vec<Value> {
    let options = serde_saphyr::options! { duplicate_keys: serde_saphyr::DuplicateKeyPolicy::FirstWins };
    let text = std::fs::read_to_string(path).expect("the suite is readable");
    serde_saphyr::from_multiple_with_options(&text, options).expect("the suite is YAML")
}

/// What a message file of mail-auth's suite holds: `name TXT` lines, an empty line, the message.
pub(crate) fn keys_and_message(text: &str) -> (Snapshot, &str) {
    let (zone, message) = text.split_once("\n\n").expect("keys, an empty line, a message");
    let zone = zone.lines().filter_map(|line| line.split_once(' '));
    let zone = zone.map(|(name, record)| (name.to_owned(), Value::String(record.to_owned())));
    (txt_zone(&Value::Object(zone.collect())), message)
}

/// The public keys of legit-lists.
pub(crate) fn list_keys(path: PathBuf) -> Snapshot {
    let mut zone = json(path);
    for key in zone.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        *key = serde_json::json!({"txt": key["txt"]});
    }
    json_zone(&zone)
}

/// An empty snapshot in which what is not listed does not exist.
pub(crate) fn closed_world() -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.absent = Absent::NxDomain;
    snapshot
}

/// Adds one answer without times.
pub(crate) fn insert(snapshot: &mut Snapshot, name: &str, rtype: RecordType, rcode: &str, data: Vec<Data>) {
    snapshot.insert(StoredAnswer {
        question: Question::new(name, rtype),
        rcode: rcode.to_owned(),
        data: data.into(),
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
pub(crate) fn openspf_zone(zone: &Value) -> Snapshot {
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
pub(crate) fn json_zone(zone: &Value) -> Snapshot {
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
pub(crate) fn txt_zone(zone: &Value) -> Snapshot {
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
