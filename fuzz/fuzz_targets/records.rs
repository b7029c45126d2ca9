//! Any records: the sender publishes them, and chooses them to hurt whoever evaluates. The work of SPF stays within its
//! limits (RFC 7208 4.6.4).

#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use spoofcheck::{
    dns::{Absent, Data, Question, RecordType, Snapshot, StoredAnswer},
    examiner::{self, Settings},
    report::json,
    source,
    time::Timestamp,
};

/// A signed message of the fixtures.
const MESSAGE: &[u8] = include_bytes!("../../testdata/genuine-direct.eml");
/// Where the lines go, in this order and again from the start.
const PLACES: [(&str, RecordType); 6] = [
    ("bank.example", RecordType::Txt),
    ("_dmarc.bank.example", RecordType::Txt),
    ("s2026._domainkey.bank.example", RecordType::Txt),
    ("_dmarc.example", RecordType::Txt),
    ("spf.bank.example", RecordType::Txt),
    ("bank.example", RecordType::Mx),
];

fuzz_target!(|bytes: &[u8]| {
    let mut snapshot = Snapshot::new();
    snapshot.absent = Absent::NxDomain;
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').take(64).collect();
    for (at, (name, rtype)) in PLACES.into_iter().enumerate() {
        let data = lines.iter().skip(at).step_by(PLACES.len());
        let data = data.map(|line| match rtype {
            RecordType::Txt => Data::Bytes(line.to_vec()),
            _ => Data::Text(String::from_utf8_lossy(line).into_owned()),
        });
        snapshot.insert(StoredAnswer {
            question: Question::new(name, rtype),
            rcode: "NOERROR".to_owned(),
            data: data.collect(),
            ttl: None,
            asked_at: None,
            valid_from: None,
            valid_to: None,
        });
    }
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(MESSAGE).expect("to write");
    let stored = source::open_eml(file.path()).expect("a message");
    let report = examiner::examine(&stored, &Settings::new(Timestamp(1_790_000_000)), &snapshot);
    assert!(report.dns.questions.len() < 500);
    json::to_string(&report, false, false);
});
