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
            bytes,
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
