//! Scans of the fixtures, for tests of the program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

pub fn testdata(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

pub fn scan(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    command.env_clear().env("HOME", "/nonexistent").arg("scan").arg("--dns");
    command
        .arg(format!("replay={}", testdata("dns.jsonl").display()))
        .args(arguments);
    command
}

pub fn text(output: Output) -> String {
    String::from_utf8(output.stdout).unwrap()
}

pub fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A mailbox of the fixtures, again and again.
pub fn mailbox(folder: &Path, times: usize) -> PathBuf {
    let mut all = Vec::new();
    for number in 0..times {
        for name in ["genuine-direct", "spoof-reject", "list-footer", "dsn"] {
            all.extend_from_slice(b"From a@b.example Mon Oct 19 08:00:05 2026\r\n");
            all.extend_from_slice(format!("X-Number: {number}\r\n").as_bytes());
            all.extend_from_slice(&fs::read(testdata(&format!("{name}.eml"))).unwrap());
            all.extend_from_slice(b"\r\n");
        }
    }
    let path = folder.join("all.mbox");
    fs::write(&path, all).unwrap();
    path
}
