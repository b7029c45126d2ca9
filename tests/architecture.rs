//! The house keeps its order: no room uses a room to its right, no file outgrows a page, every rule is whole.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use spoofcheck::{flow, rules};

/// The way of the data; leaf modules come first, what builds on every room last.
const ORDER: &[&str] = &[
    "words", "eights", "time", "memo", "room", "pipeline", "domain", "ip", "known", "error", "source", "message",
    "trace", "recorded", "clocks", "vendor", "envelope", "identity", "dns", "verify", "habits", "posture", "finding",
    "case", "flow", "journey", "rules", "verdict", "report", "batch", "inner", "examiner",
];

/// Rooms that are declared to each other: a finding names its rule and a rule makes findings; a case holds its flows, and
/// flows are found in a case.
const PAIRS: &[(&str, &str)] = &[("finding", "rules"), ("case", "flow")];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            all.extend(sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            all.push(entry);
        }
    }
    all
}

/// The rooms named behind `crate::` on a line, or in a `use crate::{...}` block.
fn used(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(block) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for c in block.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' | ':' | ' ' | '\n' if depth == 0 => {
                        rooms.insert(std::mem::take(&mut word));
                    }
                    c if depth == 0 => word.push(c),
                    _ => {}
                }
            }
            rooms.insert(word);
        } else {
            rooms.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    rooms
}

#[test]
fn no_arrow_points_backwards() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rank = |room: &str| ORDER.iter().position(|known| *known == room);
    for file in sources(&root) {
        let inside = file.strip_prefix(&root).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        if ["bin", "lib"].contains(&room) || inside.to_str().unwrap().contains("tests") {
            continue;
        }
        let Some(own) = rank(room) else {
            panic!("{room} has no place in the order")
        };
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for other in used(code) {
            let declared = PAIRS.contains(&(room, other.as_str()));
            assert!(
                rank(&other).is_none_or(|other| other <= own) || declared,
                "{} uses {other}",
                inside.display()
            );
        }
    }
}

#[test]
fn no_file_outgrows_a_page() {
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(
            lines <= 600,
            "{} has {lines} lines: it wants to be two rooms",
            file.display()
        );
    }
}

#[test]
fn every_rule_is_whole() {
    let mut ids = BTreeSet::new();
    for rule in rules::catalogue() {
        assert!(ids.insert(rule.id), "{} stands twice", rule.id);
        assert!(ids.insert(rule.name), "{} stands twice", rule.name);
        assert!(
            !rule.innocent_when().is_empty(),
            "{} does not say when it is innocent",
            rule.id
        );
        assert!(!rule.references.is_empty() && !rule.summary().is_empty());
    }
    let known: BTreeSet<&str> = rules::catalogue().map(|rule| rule.id).collect();
    assert!(known.len() >= 25);
    for flow in flow::catalogue() {
        assert!(ids.insert(flow.id) && ids.insert(flow.name), "{} stands twice", flow.id);
        assert!(
            flow.explains.iter().any(|id| known.contains(id)),
            "{} explains nothing",
            flow.id
        );
    }
}
