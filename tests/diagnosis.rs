//! What the diagnosis of failing signatures proves on real list mail, and that it proves nothing of altered mail.
//! `cargo test --test diagnosis -- --nocapture` prints the share and the kinds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

mod common;

use std::{collections::BTreeMap, fs, process::Command, time::Instant};

use common::shared;
use serde_json::{Map, Value};
use spoofcheck::{
    dns::{Lookups, Snapshot},
    message::Message,
    time::Timestamp,
    verify::{
        Clock,
        diagnosis::{Edit, THOROUGH, Work},
        dkim::{BodyHash, DkimCheck, SignatureState, verify_all},
    },
};

fn checks(stored: &[u8], snapshot: &Snapshot) -> Vec<DkimCheck> {
    let clock = Clock {
        delivered_at: None,
        as_of: Timestamp(0),
    };
    let work = Work::new(THOROUGH);
    verify_all(
        &Message::read(stored),
        clock,
        &Lookups::new(snapshot, None),
        Some(&work),
    )
}

fn kinds(edits: &[Edit]) -> String {
    let mut words: Vec<&str> = edits.iter().map(|edit| edit.kind.word()).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" + ")
}

fn tell(title: &str, kinds: &BTreeMap<String, usize>) {
    println!("{title}");
    let mut kinds: Vec<_> = kinds.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (kinds, count) in kinds {
        println!("  {count:4}  {kinds}");
    }
}

/// Of the signatures of real list mail that fail, how many are explained, and by what.
#[test]
fn list_mail() {
    let (Some(archive), Some(keys)) = (shared("legit-lists/mail.tar.gz"), shared("legit-lists/dkim-keys.json")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let done = Command::new("tar")
        .arg("-xzf")
        .arg(archive)
        .arg("-C")
        .arg(folder.path())
        .status();
    assert!(done.expect("tar").success());
    let mut zone: Value = serde_json::from_slice(&fs::read(keys).expect("keys")).expect("JSON");
    for key in zone.as_object_mut().into_iter().flat_map(Map::values_mut) {
        *key = serde_json::json!({"txt": key["txt"]});
    }
    let snapshot = common::json_zone(&zone);

    let (mut bodies, mut proven_bodies, mut keyed, mut valid) = (0, 0, 0, 0);
    let (mut body_kinds, mut header_kinds) = (BTreeMap::<String, usize>::new(), BTreeMap::<String, usize>::new());
    let mut open = Vec::new();
    let mut slowest = (0, String::new());
    let mut paths: Vec<_> = walk(folder.path());
    paths.sort();
    for path in paths {
        let stored = fs::read(&path).expect("a message");
        let name = path.strip_prefix(folder.path()).expect("inside").display().to_string();
        let started = Instant::now();
        let checks = checks(&stored, &snapshot);
        let took = started.elapsed().as_millis();
        if took > slowest.0 {
            slowest = (took, name.clone());
        }
        for check in checks {
            let found = check.diagnosis.as_ref();
            if check.body_hash == BodyHash::Mismatch {
                bodies += 1;
                let found = found.expect("what fails is looked into");
                if found.proven {
                    proven_bodies += 1;
                    let of_body: Vec<Edit> = found.edits.iter().filter(|edit| is_of_body(edit)).cloned().collect();
                    *body_kinds.entry(kinds(&of_body)).or_default() += 1;
                } else {
                    open.push(format!("body   {name} d={}", check.domain.clone().unwrap_or_default()));
                }
            }
            // Of a signature with a known key that does not verify, header and body must both be explained.
            if check.key.is_some()
                && (check.signature == SignatureState::Invalid || check.body_hash == BodyHash::Mismatch)
            {
                keyed += 1;
                let found = found.expect("what fails is looked into");
                if found.body_hash == BodyHash::Match && found.signature == SignatureState::Valid {
                    valid += 1;
                    *header_kinds.entry(kinds(&found.edits)).or_default() += 1;
                } else if found.signature != SignatureState::Valid {
                    open.push(format!("header {name} d={}", check.domain.clone().unwrap_or_default()));
                }
            }
        }
    }
    println!("body hashes explained: {proven_bodies} of {bodies}");
    tell("by", &body_kinds);
    println!("signatures with a known key brought to valid: {valid} of {keyed}");
    tell("by", &header_kinds);
    println!("not explained:");
    open.iter().for_each(|line| println!("  {line}"));
    println!("slowest: {} ms, {}", slowest.0, slowest.1);
    assert!(
        proven_bodies * 100 >= bodies * 85,
        "{proven_bodies} of {bodies} body hashes"
    );
    assert!(valid * 100 >= keyed * 60, "{valid} of {keyed} signatures");
}

/// Edits of a field name it and its line.
fn is_of_body(edit: &Edit) -> bool {
    !edit.place.contains(", line ") && !edit.place.contains(", which ")
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    entries
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}
