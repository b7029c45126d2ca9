//! The live path through the program: what `--dns record` prints is what `--dns replay` prints, and a server that fails
//! is stated, with a verdict from what is still known.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

#[path = "common/name_server.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with live_dns")]
mod name_server;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use assert_cmd::Command;
use name_server::NameServer;
use serde_json::Value;
use spoofcheck::dns::{Data, Snapshot};

/// The answers of testdata as lines of the test server.
fn zone() -> String {
    let snapshot = Snapshot::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/dns.jsonl")).unwrap();
    let answers = snapshot
        .answers()
        .into_iter()
        .filter(|answer| answer.rcode == "NOERROR");
    let lines = answers.flat_map(|answer| {
        let (name, rtype) = (answer.question.name.clone(), answer.question.rtype.name().into_owned());
        answer
            .data
            .iter()
            .map(Data::to_text)
            .map(move |data| format!("{name} {rtype} {data}\n"))
            .collect::<Vec<_>>()
    });
    lines.collect()
}

fn inspect(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    command
        .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")))
        .env_clear()
        .env("HOME", "/nonexistent");
    let output = command.arg("inspect").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn replay_prints_what_record_printed() {
    let server = NameServer::start(&zone());
    let address = server.address().to_string();
    let folder = tempfile::tempdir().unwrap();
    for (number, file) in ["genuine-direct", "spoof-reject", "list-footer", "forward-srs"]
        .iter()
        .enumerate()
    {
        let path = folder.path().join(format!("{number}.jsonl")).display().to_string();
        let message = format!("testdata/{file}.eml");
        for format in ["human", "json"] {
            let (recorded_code, recorded, error) = inspect(&[
                "--dns",
                &format!("record={path}"),
                "--resolver",
                &address,
                "-f",
                format,
                &message,
            ]);
            assert_eq!(error, "", "{file}");
            let asked = server.asked().len();
            let (replayed_code, replayed, _) = inspect(&[
                "--dns",
                &format!("replay={path}"),
                "--resolver",
                &address,
                "-f",
                format,
                &message,
            ]);
            assert_eq!(recorded, replayed, "{file} {format}");
            assert_eq!(recorded_code, replayed_code);
            assert_eq!(server.asked().len(), asked, "a replay asks nothing");
            std::fs::remove_file(&path).unwrap();
        }
    }
    let asked = server.asked();
    assert!(
        asked.iter().any(|question| question.contains("_dmarc.bank.example")),
        "{asked:?}"
    );
}

#[test]
fn a_failing_server_is_stated_and_does_not_accuse() {
    for (behaviour, sentence) in [("SERVFAIL", "failed"), ("REFUSED", "failed")] {
        let names = [
            "bank.example",
            "_dmarc.bank.example",
            "s2026._domainkey.bank.example",
            "ed2026._domainkey.bank.example",
        ];
        let lines: String = names.iter().map(|name| format!("{name} {behaviour}\n")).collect();
        let server = NameServer::start(&lines);
        let (_, out, _) = inspect(&[
            "--dns",
            "live",
            "--resolver",
            &server.address().to_string(),
            "-f",
            "json",
            "testdata/spoof-reject.eml",
        ]);
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_ne!(report["verdict"]["label"], "not-spoofed", "{behaviour}");
        assert_ne!(
            report["verdict"]["label"], "spoofed",
            "{behaviour}: the receiver's record alone proves no forgery today"
        );
        let unknowns = report["verdict"]["unknowns"].to_string();
        assert!(unknowns.contains(sentence), "{behaviour}: {unknowns}");
    }
}

/// Two tries of five seconds, for the questions of three rounds.
#[test]
fn a_silent_server_ends_in_time() {
    let names = ["bank.example", "_dmarc.bank.example"];
    let lines: String = names.iter().map(|name| format!("{name} SILENT\n")).collect();
    let server = NameServer::start(&lines);
    let started = Instant::now();
    let (_, out, _) = inspect(&[
        "--dns",
        "live",
        "--resolver",
        &server.address().to_string(),
        "-f",
        "json",
        "testdata/spoof-reject.eml",
    ]);
    assert!(started.elapsed() < Duration::from_secs(60));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(
        report["verdict"]["unknowns"].to_string().contains("timed out"),
        "{}",
        report["verdict"]["unknowns"]
    );
}
