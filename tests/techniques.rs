//! Every published technique, variant and legitimate look-alike gets the verdict that the table in `testdata/techniques` asks for.
//! `cargo test --test techniques -- --nocapture` prints the count.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

use std::path::PathBuf;

use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    source,
};

/// A row of the table: title, verdict, verdicts that are no fault either, file.
struct Row {
    title: String,
    verdict: String,
    also: Vec<String>,
    file: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/techniques")
}

fn table() -> Vec<Row> {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = readme
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(".eml]("));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let (_, file) = cells[4].split_once("](").unwrap();
        Row {
            title: cells[0].to_owned(),
            verdict: cells[1].to_owned(),
            also: cells[2].split(", ").map(str::to_owned).collect(),
            file: file.trim_end_matches(')').to_owned(),
        }
    })
    .collect()
}

#[test]
fn each_gets_its_verdict() {
    let snapshot = Snapshot::read(folder().join("dns.jsonl")).unwrap();
    let settings = Settings::new(snapshot.now.unwrap());
    let (mut exact, mut wrong) = (0, Vec::new());
    let rows = table();
    for row in &rows {
        let stored = source::open_eml(&folder().join(&row.file)).unwrap();
        let verdict = examiner::examine(&stored, &settings, &snapshot).verdict;
        let label = verdict.label.word();
        exact += usize::from(label == row.verdict);
        if label != row.verdict && !row.also.iter().any(|also| also == label) {
            wrong.push(format!(
                "{} ({}): {label} instead of {}: {:?} {}",
                row.title, row.file, row.verdict, verdict.because, verdict.summary
            ));
        }
    }
    println!(
        "techniques: {exact} of {} as asked, {} others no fault",
        rows.len(),
        rows.len() - exact - wrong.len()
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
