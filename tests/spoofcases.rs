//! The verdicts on ../shared/conformance/spoofcases, scored as its README says: expected 1, acceptable 0.7, other 0,
//! forbidden -2. Prints score and misses: `cargo test --test spoofcases -- --nocapture`.

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

use std::path::Path;

use common::shared;
use serde::Deserialize;
use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    known::Known,
    report::Report,
    source::{self, InputFormat},
    time::Timestamp,
};

#[derive(Deserialize)]
struct Case {
    id: String,
    file: String,
    message_index: usize,
    technique: String,
    expected: String,
    acceptable: Vec<String>,
    forbidden: Vec<String>,
    trusted_authserv_id: String,
    envelope: Option<CaseEnvelope>,
}

#[derive(Deserialize)]
struct CaseEnvelope {
    client_ip: String,
    helo: String,
    mail_from: String,
}

fn settings(authserv_id: Option<&str>) -> Settings {
    let judged_at = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").expect("a time");
    let known = Known {
        authserv_ids: authserv_id.map(str::to_owned).into_iter().collect(),
        ..Known::default()
    };
    Settings {
        known,
        ..Settings::new(judged_at)
    }
}

fn report(folder: &Path, case: &Case, snapshot: &Snapshot, authserv_id: Option<&str>) -> Report {
    let mut messages = source::walk(&folder.join(&case.file), InputFormat::Auto);
    let stored = messages
        .nth(case.message_index)
        .expect("the message is there")
        .expect("it can be read");
    examiner::examine(&stored, &settings(authserv_id), snapshot)
}

/// Share of the maximum score, and how many verdicts were forbidden ones.
fn score(folder: &Path, with_receiver: bool) -> (f64, usize) {
    let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
    let labels = std::fs::read_to_string(folder.join("labels.jsonl")).expect("the labels");
    let cases: Vec<Case> = labels
        .lines()
        .map(|line| serde_json::from_str(line).expect("a label"))
        .collect();
    let (mut points, mut forbidden) = (0.0, 0);
    for case in &cases {
        let id = Some(case.trusted_authserv_id.as_str()).filter(|id| with_receiver && !id.is_empty());
        let report = report(folder, case, &snapshot, id);
        let label = report.verdict.label.word().to_owned();
        let earned = match () {
            () if case.expected == label => 1.0,
            () if case.acceptable.contains(&label) => 0.7,
            () if case.forbidden.contains(&label) => -2.0,
            () => 0.0,
        };
        if earned < 1.0 {
            println!(
                "{earned:>5}  {} {label}, expected {}: {}",
                case.id, case.expected, case.technique
            );
            println!("       {} because {:?}", case.file, report.verdict.because);
        }
        points += earned;
        forbidden += usize::from(earned < 0.0);
    }
    #[allow(clippy::cast_precision_loss, reason = "a handful of cases")]
    let share = points / cases.len() as f64;
    println!(
        "spoofcases {}: {share:.3} of the maximum, {forbidden} forbidden",
        if with_receiver { "with --authserv-id" } else { "without" }
    );
    (share, forbidden)
}

#[test]
fn verdicts_with_and_without_the_receiver_named() {
    let Some(folder) = shared("spoofcases") else { return };
    let (with, forbidden_with) = score(&folder, true);
    let (without, forbidden_without) = score(&folder, false);
    assert_eq!((forbidden_with, forbidden_without), (0, 0), "no forbidden verdict");
    assert!(with > 0.999 && without > 0.999, "all of the maximum, as reached before");
}

/// What the border saw is what the labels say that it saw.
#[test]
fn envelopes() {
    let Some(folder) = shared("spoofcases") else { return };
    let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
    let labels = std::fs::read_to_string(folder.join("labels.jsonl")).expect("the labels");
    let (mut same, mut total) = (0, 0);
    for case in labels
        .lines()
        .map(|line| serde_json::from_str::<Case>(line).expect("a label"))
    {
        let report = report(&folder, &case, &snapshot, None);
        let found = report.envelope;
        let values = [found.client_ip.value, found.helo.value, found.mail_from.value];
        let wanted = case
            .envelope
            .map(|envelope| [envelope.client_ip, envelope.helo, envelope.mail_from]);
        let agrees = match &wanted {
            Some(wanted) => values
                .iter()
                .zip(wanted)
                .all(|(found, wanted)| found.as_ref() == Some(wanted)),
            // Nothing that came from outside: no client may be invented.
            None => values[0].is_none(),
        };
        total += 1;
        same += usize::from(agrees);
        if !agrees {
            println!("{} {}: {values:?} instead of {wanted:?}", case.id, case.file);
        }
    }
    println!("spoofcases envelopes: {same}/{total}");
    assert_eq!(same, total, "all of them, as reached before");
}
