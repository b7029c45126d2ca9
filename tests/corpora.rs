//! Every message of ../shared/conformance, analysed offline: nothing panics, every report keeps to the schema and the
//! contract, every quotation quotes, no honest message is accused. `cargo test --test corpora -- --nocapture` prints
//! the counts and the slowest message.

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

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use common::{shared, unpacked};
use serde_json::Value;
use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    message::Message,
    recorded::Standing,
    report::{self, json},
    source::{self, InputFormat, Stored},
    time::Timestamp,
    verdict::Label,
    verify::{dkim::DkimResult, dmarc::Alignment},
};

fn settings() -> Settings {
    Settings {
        // Too slow in a build that is not optimised; tests/diagnosis.rs measures the search.
        diagnosis_limit: 0,
        ..Settings::new(Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").expect("a time"))
    }
}

/// What a corpus gave.
#[derive(Default)]
struct Outcome {
    labels: BTreeMap<Label, usize>,
    unread: usize,
    slowest: (Duration, String),
}

/// Analyses everything under a folder.
fn analyse(folder: &Path, snapshot: &Snapshot, validator: &jsonschema::Validator) -> Outcome {
    let mut outcome = Outcome::default();
    for message in source::walk(folder, InputFormat::Auto) {
        let Ok(stored) = message else {
            outcome.unread += 1;
            continue;
        };
        let started = Instant::now();
        let report = examiner::examine(&stored, &settings(), snapshot);
        let took = started.elapsed();
        let place = format!("{} #{}", stored.origin.path, stored.origin.index);
        if took > outcome.slowest.0 {
            outcome.slowest = (took, place.clone());
        }
        let value: Value = serde_json::from_str(&json::to_string(&report, false, false)).expect("JSON");
        if let Some(error) = validator.iter_errors(&value).next() {
            panic!("{place}: {} at {}", error, error.instance_path());
        }
        check_contract(&stored, &value, &place);
        let human = report::human::render(
            &report,
            &report::human::HumanOptions {
                width: 80,
                color: false,
                verbose: 2,
                defang: false,
                ascii: false,
                story: stored.origin.byte_length % 2 == 0,
            },
        );
        assert!(
            !human.chars().any(|c| c.is_control() && c != '\n'),
            "{place}: a control character reaches the terminal"
        );
        *outcome.labels.entry(report.verdict.label).or_default() += 1;
    }
    outcome
}

/// Every name of the contract is there, each finding has evidence, each quotation is what stands at its span.
fn check_contract(stored: &Stored, report: &Value, place: &str) {
    const NAMES: &[&str] = &[
        "schema",
        "tool",
        "settings",
        "source",
        "message",
        "verdict",
        "findings",
        "flows",
        "trace",
        "envelope",
        "authentication",
        "recorded",
        "comparison",
        "dns",
        "observables",
        "story",
        "advice",
        "inner",
    ];
    const DEEP: &[&str] = &[
        "/source/export_notes",
        "/message/from_readings",
        "/message/list_id",
        "/message/resent",
        "/message/attached",
        "/verdict/because",
        "/verdict/despite",
        "/verdict/unknowns",
        "/verdict/next_steps",
        "/verdict/axes/author_domain",
        "/verdict/axes/identity",
        "/verdict/axes/trace",
        "/verdict/axes/records",
        "/trace/hops",
        "/trace/border",
        "/trace/timeline",
        "/envelope/client_ip/value",
        "/envelope/helo/candidates",
        "/envelope/mail_from/origin",
        "/envelope/rcpt_to",
        "/envelope/legs",
        "/authentication/as_of",
        "/authentication/delivered_at",
        "/authentication/spf/mail_from/trace",
        "/authentication/spf/helo/explanation",
        "/authentication/dkim",
        "/authentication/dmarc/tree_walk",
        "/authentication/dmarc/edition",
        "/authentication/dmarc/per_author",
        "/authentication/dmarc/disposition",
        "/authentication/arc/oldest_pass",
        "/authentication/second_opinion/disagreements",
        "/dns/mode",
        "/dns/snapshot_sha256",
        "/dns/questions",
        "/story/legs",
        "/tool/commit",
    ];
    for name in NAMES {
        assert!(report.get(name).is_some(), "{place}: {name} is missing");
    }
    for path in DEEP {
        assert!(report.pointer(path).is_some(), "{place}: {path} is missing");
    }
    let message = Message::read(&stored.bytes);
    for finding in report["findings"].as_array().expect("findings") {
        let evidence = finding["evidence"].as_array().expect("evidence");
        assert!(!evidence.is_empty(), "{place}: {} has no evidence", finding["id"]);
        for piece in evidence.iter().filter(|piece| piece["kind"] == "quote") {
            let offset =
                |end: &str| usize::try_from(piece["span"][end].as_u64().expect("an offset")).expect("an offset");
            let span = spoofcheck::message::Span {
                start: offset("start"),
                end: offset("end"),
            };
            assert!(
                span.start <= span.end && span.end <= stored.bytes.len(),
                "{place}: {} quotes beyond the message",
                finding["id"]
            );
            assert_eq!(
                piece["text"].as_str(),
                Some(message.quote(span).as_str()),
                "{place}: {}",
                finding["id"]
            );
        }
    }
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&report::schema()).expect("the schema is one")
}

fn tell(name: &str, outcome: &Outcome) {
    let labels: Vec<String> = outcome
        .labels
        .iter()
        .map(|(label, count)| format!("{} {count}", label.word()))
        .collect();
    let total: usize = outcome.labels.values().sum();
    println!(
        "{name}: {total} reports ({}), {} inputs not read, slowest {:?} {}",
        labels.join(", "),
        outcome.unread,
        outcome.slowest.0,
        outcome.slowest.1
    );
}

#[test]
fn legitimate_list_mail_is_never_accused() {
    let Some(archive) = shared("legit-lists/mail.tar.gz") else {
        return;
    };
    let folder = unpacked(&archive);
    let outcome = analyse(folder.path(), &Snapshot::new(), &validator());
    tell("legit-lists, nothing asked", &outcome);
    assert_eq!(outcome.labels.values().sum::<usize>(), 593);
    assert_eq!(outcome.labels.get(&Label::Spoofed), None);
    assert_eq!(outcome.labels.get(&Label::LikelySpoofed), None);

    let Some(keys) = shared("legit-lists/dkim-keys.json") else {
        return;
    };
    let keys: Value = serde_json::from_str(&std::fs::read_to_string(keys).expect("keys")).expect("JSON");
    let mut snapshot = common::json_zone(&keys);
    snapshot.absent = spoofcheck::dns::Absent::NotAsked;
    let outcome = analyse(folder.path(), &snapshot, &validator());
    tell("legit-lists, with its keys", &outcome);
    let deceptive = outcome.labels.get(&Label::Deceptive).copied().unwrap_or_default();
    assert!(
        deceptive * 100 <= 593,
        "at most one in a hundred is called deceptive: {deceptive}"
    );
    assert_eq!(outcome.labels.get(&Label::Spoofed), None);
    assert_eq!(outcome.labels.get(&Label::LikelySpoofed), None);
}

/// Caution is no hiding place: what its author's domain provably signed is not left open.
#[test]
fn honest_mail_that_is_proven_is_not_spoofed() {
    let (Some(archive), Some(keys)) = (shared("legit-lists/mail.tar.gz"), shared("legit-lists/dkim-keys.json")) else {
        return;
    };
    let folder = unpacked(&archive);
    let snapshot = common::list_keys(keys);
    let (mut proven, mut clear) = (0, 0);
    for stored in source::walk(folder.path(), InputFormat::Auto).flatten() {
        let report = examiner::examine(&stored, &settings(), &snapshot);
        let aligned = report.authentication.dkim.iter().any(|check| {
            check.result == Some(DkimResult::Pass) && check.aligned.is_some_and(|aligned| aligned != Alignment::None)
        });
        let recorded = report
            .recorded
            .iter()
            .filter(|record| record.standing == Standing::Trusted);
        let mut methods = recorded.flat_map(|record| &record.methods);
        if aligned || methods.any(|one| one.method == "dmarc" && one.result == "pass") {
            proven += 1;
            clear += usize::from(report.verdict.label == Label::NotSpoofed);
        }
    }
    println!("legit-lists: of {proven} with an aligned signature or a trusted dmarc=pass {clear} are not spoofed");
    assert!(proven > 100 && clear * 100 >= proven * 95, "{clear} of {proven}");
}

#[test]
fn phishing_is_analysed_whole() {
    let Some(archive) = shared("phishing-pot/phish.tar.gz") else {
        return;
    };
    let outcome = analyse(unpacked(&archive).path(), &Snapshot::new(), &validator());
    tell("phishing-pot", &outcome);
    assert_eq!(outcome.labels.values().sum::<usize>(), 750);
}

/// Where the receiver recorded how DMARC came out, the verdict does not contradict it: a pass is no forgery of that domain, and a
/// failure without an innocent flow is at least likely to be one.
#[test]
fn phishing_is_judged_as_its_receiver_saw_it() {
    let Some(archive) = shared("phishing-pot/phish.tar.gz") else {
        return;
    };
    let folder = unpacked(&archive);
    let (mut passed, mut failed) = (0, 0);
    for stored in source::walk(folder.path(), InputFormat::Auto).flatten() {
        let report = examiner::examine(&stored, &settings(), &Snapshot::new());
        let trusted = report
            .recorded
            .iter()
            .filter(|record| record.standing == Standing::Trusted);
        let results: Vec<_> = trusted.flat_map(|record| &record.methods).collect();
        let says = |method: &str, result: &str| results.iter().any(|one| one.method == method && one.result == result);
        let accused = report.verdict.label >= Label::LikelySpoofed;
        if says("dmarc", "pass") {
            passed += 1;
            assert!(!accused, "{}: its receiver recorded dmarc=pass", stored.origin.path);
        } else if (says("dmarc", "fail") || says("compauth", "fail")) && report.flows.is_empty() {
            failed += 1;
            assert!(accused, "{}: its receiver recorded a failure", stored.origin.path);
        }
    }
    println!("phishing-pot: of {passed} that passed DMARC none is accused, of {failed} that failed all are");
    assert!(passed > 150 && failed > 150, "{passed} {failed}");
}

#[test]
fn damaged_and_strange_mail_is_analysed_whole() {
    let folders = [
        "mail-formats",
        "dkim-mail-dkim/messages",
        "dkim-thunderbird-addon/messages",
        "dkim-dkimpy",
        "spoofcases/cases",
    ];
    for name in folders {
        let Some(folder) = shared(name) else { return };
        let outcome = analyse(&folder, &Snapshot::new(), &validator());
        tell(name, &outcome);
        assert!(outcome.labels.values().sum::<usize>() > 0);
    }
}

/// The messages of this project, which CI has even without ../shared.
#[test]
fn own_messages_keep_to_the_contract() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
    for entry in std::fs::read_dir(&folder)
        .expect("testdata")
        .map(|entry| entry.expect("an entry").path())
    {
        if entry
            .extension()
            .is_some_and(|extension| extension == "eml" || extension == "mbox")
        {
            analyse(&entry, &snapshot, &validator());
        }
    }
}
