//! The way of each form of mail, told as a story: look at a changed snapshot before accepting it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use std::path::PathBuf;

use assert_cmd::Command;

fn story(file: &str, dns: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    command
        .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")))
        .env_clear()
        .env("HOME", "/nonexistent")
        .args(["inspect", "--story", "--width", "90", "--dns", dns])
        .args(arguments)
        .arg(format!("testdata/{file}.eml"));
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn stories() {
    let trusting: &[&str] = &["--trusted-relay", "pphosted.com"];
    for (name, arguments) in [
        ("tenant-to-tenant", &[] as &[&str]),
        ("forged-hops", &[]),
        ("gmail-autoforward", &[]),
        ("gateway", &[]),
        ("gateway", trusting),
        ("http-api", &[]),
        ("fetched", &[]),
        ("bounce", &[]),
        ("journal", &[]),
        ("abuse-report", &[]),
        ("forwarded-as-attachment", &[]),
    ] {
        let story = story(
            &format!("journeys/{name}"),
            "replay=testdata/journeys/dns.jsonl",
            arguments,
        );
        let trusted = if arguments.is_empty() { "" } else { "-trusted" };
        insta::assert_snapshot!(format!("{name}{trusted}"), story);
    }
    for name in [
        "genuine-direct",
        "spoof-reject",
        "list-footer",
        "forward-srs",
        "arc-two-hops",
        "forged-received",
    ] {
        insta::assert_snapshot!(name, story(name, "replay=testdata/dns.jsonl", &[]));
    }
}
