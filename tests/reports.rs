//! Whole human reports, as a reader sees them: look at a changed snapshot before accepting it.

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

use assert_cmd::Command;
use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    report::Detail,
    source::{self, InputFormat, Stored},
    time::Timestamp,
};

fn report(file: &str, arguments: &[&str]) -> String {
    // From the project's root, so that no path of this machine stands in a snapshot.
    let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    command
        .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")))
        .env_clear()
        .env("HOME", "/nonexistent");
    command
        .args(["inspect", "--dns", "replay=testdata/dns.jsonl"])
        .args(arguments)
        .arg(format!("testdata/{file}"));
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn whole_reports() {
    for file in [
        "genuine-direct",
        "spoof-reject",
        "spoof-none",
        "list-footer",
        "list-munged-from",
        "forward-plain",
        "forward-srs",
        "esp-unaligned",
        "dsn",
        "expired-at-delivery",
        "rotated-key",
        "forged-authentication-results",
        "forged-received",
        "two-from",
        "display-name-address",
        "arc-two-hops",
        "arc-forged",
    ] {
        insta::assert_snapshot!(format!("{file}-80"), report(&format!("{file}.eml"), &["--width", "80"]));
    }
    insta::assert_snapshot!("spoof-reject-120", report("spoof-reject.eml", &["--width", "120"]));
    insta::assert_snapshot!(
        "list-footer-120-all",
        report("list-footer.eml", &["--width", "120", "-vv"])
    );
    insta::assert_snapshot!(
        "two-from-defanged",
        report("two-from.eml", &["--width", "80", "--defang"])
    );
}

/// Control characters in every name that a message can bring into a report: none of them reaches the terminal.
#[test]
fn names_that_hold_control_characters() {
    let message = "Return-Path: <a@x.\x1b]0;example>\r\n\
        Authentication-Results: mx.corp\x00.example; spf=pass smtp.mailfrom=x.\x07example; dkim=fail header.d=b\x1bank.example\r\n\
        Received: from a\x00b.example (a\x1b[2J.example [198.51.100.40]) by mx.corp.example (Post\x08fix) with ESMTPS id 1\x1b[31m for <r@c\x00.example>; Mon, 19 Oct 2026 08:00:05 +0000\r\n\
        X-Original-Authentication-Results: lists.\x00example; dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example\r\n\
        DKIM-Signature: v=1; a=rsa-sha256; d=bank.\x00example; s=s\x1b[1m; h=from; bh=AA==; b=AA==\r\n\
        X-Forefront-Antispam-Report: CIP:203.0.113.1;CTRY:\x1b[2J;H:x\x00.example\r\n\
        List-Id: <team.\x00lists.example>\r\nReply-To: b\x00@bank.\x1bexample\r\nMessage-ID: <\x00@\x1b>\r\n\
        From: \"'A\x00' via T\u{9b}\" <team@lists.\x00example>\r\nTo: r\x07@corp.example\r\nDate: Mon\x00, 19 Oct 2026 08:00:05 +0000 (\x1b[2J)\r\n\r\nx\r\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.eml");
    std::fs::write(&file, message).unwrap();
    for arguments in [
        &["--width", "40", "-vv"][..],
        &["--width", "120", "--story", "--defang"],
        &["--explain-against", "spoofed", "-vv"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
        let output = command
            .args(["inspect", "--dns", "offline", "--color", "never"])
            .args(arguments)
            .arg(&file)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.len() > 1000, "{text}");
        let reached: Vec<&str> = text.lines().filter(|line| line.contains(char::is_control)).collect();
        assert!(reached.is_empty(), "{arguments:?}: {reached:?}");
    }
}

#[test]
fn side_by_side_as_alone() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let stored: Vec<Stored> = source::walk(&root, InputFormat::Auto).filter_map(Result::ok).collect();
    assert!(stored.len() > 50);
    let snapshot = Snapshot::read(root.join("dns.jsonl")).unwrap();
    for detail in [Detail::Full, Detail::Short] {
        let settings = Settings {
            detail,
            ..Settings::new(Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap())
        };
        let together = examiner::examine_together(&stored, &settings, &snapshot);
        assert_eq!(together.len(), stored.len());
        for (stored, report) in stored.iter().zip(&together) {
            let alone = examiner::examine(stored, &settings, &snapshot);
            assert_eq!(
                serde_json::to_string(report).unwrap(),
                serde_json::to_string(&alone).unwrap()
            );
        }
    }
}
