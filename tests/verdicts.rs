//! The verdict on each message of testdata is the one that testdata/README.md promises, with CRLF and with LF line ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

use std::path::PathBuf;

use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    source::{self, InputFormat, Stored},
    time::Timestamp,
    verify::comparison::Relation,
};

fn settings() -> Settings {
    Settings::new(Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").expect("a time"))
}

/// `| file | what | verdict |` rows of the README.
fn promised(readme: &str) -> Vec<(String, String)> {
    let rows = readme
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(".eml |"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        (cells[0].to_owned(), cells[2].to_owned())
    })
    .collect()
}

#[test]
fn every_message_gets_the_verdict_that_its_readme_promises() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
    let readme = std::fs::read_to_string(folder.join("README.md")).expect("the README");
    let promised = promised(&readme);
    assert!(promised.len() >= 14);
    for (file, expected) in promised {
        let stored = source::open_eml(&folder.join(&file)).expect("the message");
        let bytes: Vec<u8> = String::from_utf8_lossy(&stored.bytes)
            .replace("\r\n", "\n")
            .into_bytes();
        let unix = Stored {
            bytes: bytes.into(),
            ..stored.clone()
        };
        for (form, stored) in [("as stored", &stored), ("with LF", &unix)] {
            let report = examiner::examine(stored, &settings(), &snapshot);
            assert_eq!(
                report.verdict.label.word(),
                expected,
                "{file} {form}: {:?}",
                report.verdict
            );
            assert!(!report.verdict.summary.is_empty());
        }
    }
}

#[test]
fn a_mailbox_holds_its_messages() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
    let messages: Vec<Stored> = source::walk(&folder.join("mailbox.mbox"), InputFormat::Auto)
        .map(|message| message.expect("a message"))
        .collect();
    let labels: Vec<&str> = messages
        .iter()
        .map(|stored| examiner::examine(stored, &settings(), &snapshot).verdict.label.word())
        .collect();
    assert_eq!(labels, ["not-spoofed", "spoofed", "not-spoofed", "not-spoofed"]);
}

/// A chain says as much as its sealers are trusted, and as long as it holds.
#[test]
fn a_chain_of_seals_clears_only_for_who_trusts_its_sealers() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
    let judged = |file: &str, sealers: &[&str]| {
        let mut settings = settings();
        settings.known.trusted_sealers = sealers.iter().map(|name| (*name).to_owned()).collect();
        let stored = source::open_eml(&folder.join(file)).expect("the message");
        let report = examiner::examine(&stored, &settings, &snapshot);
        let found = |id: &str| report.findings.iter().any(|finding| finding.id == id);
        let ids: Vec<&str> = ["AU-427", "AU-428", "AU-429", "AU-430"]
            .into_iter()
            .filter(|id| found(id))
            .collect();
        (report.verdict.label.word(), ids)
    };
    let (both, other) = (["lists.example", "alumni.example"], ["alumni.example"]);
    assert_eq!(judged("arc-two-hops.eml", &both), ("not-spoofed", vec!["AU-427"]));
    // Nobody changed the message after the list: whether the later sealer is trusted does not matter.
    assert_eq!(judged("arc-two-hops.eml", &both[..1]), ("not-spoofed", vec!["AU-427"]));
    assert_eq!(judged("arc-two-hops.eml", &other), ("inconclusive", vec!["AU-428"]));
    assert_eq!(judged("arc-two-hops.eml", &[]), ("inconclusive", vec!["AU-428"]));
    assert_eq!(judged("arc-broken.eml", &both).1, ["AU-429"]);
    assert_eq!(judged("arc-forged.eml", &both), ("spoofed", vec!["AU-428", "AU-430"]));
}

/// Whether an answer was not asked or did not come, the receiver's word is what is left; neither contradicts it.
#[test]
fn a_lookup_that_failed_leaves_the_word_of_the_receiver() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let silent: String = ["bank.example", "_dmarc.bank.example", "s2026._domainkey.bank.example"]
        .iter()
        .map(|name| format!("{{\"name\": \"{name}.\", \"type\": \"TXT\", \"rcode\": \"TIMEOUT\", \"data\": []}}\n"))
        .collect();
    let silent = Snapshot::parse(&format!("{{\"spoofcheck_dns\": 1}}\n{silent}"), "silent").expect("a snapshot");
    for (file, label) in [
        ("spoof-reject.eml", "likely-spoofed"),
        ("genuine-direct.eml", "not-spoofed"),
    ] {
        let stored = source::open_eml(&folder.join(file)).expect("the message");
        for snapshot in [&silent, &Snapshot::new()] {
            let report = examiner::examine(&stored, &settings(), snapshot);
            assert_eq!(report.verdict.label.word(), label, "{file}");
            assert!(report.findings.iter().all(|finding| finding.id != "RC-504"), "{file}");
            let recorded = report.comparison.iter().filter(|line| line.recorded.is_some());
            assert!(
                recorded.clone().count() >= 2 && recorded.clone().all(|line| line.relation == Relation::NotChecked),
                "{file}: {:?}",
                report.comparison
            );
        }
    }

    let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
    let mut stored = source::open_eml(&folder.join("genuine-direct.eml")).expect("the message");
    let text = String::from_utf8_lossy(&stored.bytes).replace("spf=pass", "spf=temperror");
    stored.bytes = text.into_bytes().into();
    let report = examiner::examine(&stored, &settings(), &snapshot);
    let spf = report.comparison.iter().find(|line| line.method == "spf").expect("SPF");
    assert_eq!(spf.relation, Relation::ChangedSince);
    assert_eq!(spf.cause.as_deref(), Some("the receiver's own lookup had failed"));
}

/// A footer below the last seal: the chain fails, and it is proven that nothing else was done.
#[test]
fn what_broke_a_chain_is_told() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
    let stored = source::open_eml(&folder.join("arc-broken.eml")).expect("the message");
    let report = examiner::examine(&stored, &settings(), &snapshot);
    for set in &report.authentication.arc.sets {
        let signature = set.message_signature_check.as_ref().expect("a message signature");
        let found = signature.diagnosis.as_ref().expect("a diagnosis");
        assert!(found.proven, "{}", found.statement);
        assert_eq!(
            found.edits.iter().map(|edit| edit.kind).collect::<Vec<_>>(),
            ["footer-appended"]
        );
        assert!(found.edits[0].text.contains("alumni office"));
    }
    let broken = report
        .findings
        .iter()
        .find(|finding| finding.id == "AU-429")
        .expect("AU-429");
    assert!(
        broken.message.contains("last 2 lines are taken away"),
        "{}",
        broken.message
    );
}

/// A message that its own author's server hands to somebody whom it does not address is a blind copy; from elsewhere it was sent on.
#[test]
fn a_replay_comes_from_elsewhere() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
    let stored = source::open_eml(&folder.join("genuine-direct.eml")).expect("the message");
    let text = String::from_utf8_lossy(&stored.bytes).into_owned();
    let signed = text.find("DKIM-Signature:").expect("a signature");
    let suspected = |client: &str, ip: &str| {
        let top = format!(
            "Return-Path: <>\r\nReceived: from {client} ({client} [{ip}]) by mx.elsewhere.example (Postfix) with ESMTPS id 4A279B87AF for <max@elsewhere.example>; Mon, 19 Oct 2026 08:00:05 +0000\r\n"
        );
        let copy = Stored {
            bytes: [&top, &text[signed..]].concat().into_bytes().into(),
            ..stored.clone()
        };
        let report = examiner::examine(&copy, &settings(), &snapshot);
        report.findings.iter().any(|finding| finding.id == "AU-418")
    };
    assert!(suspected("host66.shady.example", "203.0.113.66"));
    assert!(!suspected("out.bank.example", "203.0.113.66"));
}
