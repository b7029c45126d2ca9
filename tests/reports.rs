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
