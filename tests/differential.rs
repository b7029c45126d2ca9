//! Both verifiers on the same answers, over every suite and corpus: each difference must have a known cause, and each known
//! cause a message that shows it. `cargo test --test differential -- --nocapture` prints the causes and how often each occurs.

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
#[path = "differential/fixtures.rs"]
mod fixtures;
#[path = "differential/signer.rs"]
mod signer;

use std::{collections::BTreeMap, fs, path::Path};

use common::{json, shared, unpacked};
use serde_json::{Map, Value};
use spoofcheck::{
    dns::{Data, RecordType, Snapshot},
    examiner::{self, Settings},
    known::Known,
    report::Report,
    source::{self, InputFormat, Stored},
    time::Timestamp,
    verify::second_opinion::KNOWN_CAUSES,
};

/// What a suite or corpus gave.
#[derive(Default)]
struct Tally {
    messages: usize,
    /// Results that both verifiers gave.
    compared: usize,
    /// By cause.
    differences: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
    without_opinion: usize,
}

fn settings(known: Known) -> Settings {
    Settings {
        known,
        diagnosis_limit: 0,
        inner: false,
        ..Settings::new(Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").expect("a time"))
    }
}

/// A message that a suite holds as text. It goes through a file as every message does.
fn stored(text: &[u8]) -> Option<Stored> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), text).expect("it is written");
    source::open_eml(file.path()).ok()
}

impl Tally {
    fn examine(&mut self, name: &str, stored: &Stored, known: Known, snapshot: &Snapshot) -> Report {
        let report = examiner::examine(stored, &settings(known), snapshot);
        let second = &report.authentication.second_opinion;
        self.messages += 1;
        self.without_opinion += usize::from(second.failure.is_some());
        self.compared += second.dkim.len() + [&second.spf, &second.dmarc, &second.arc].into_iter().flatten().count();
        for one in &second.disagreements {
            match &one.cause {
                Some(cause) => *self.differences.entry(cause.id).or_default() += 1,
                None => self.unexplained.push(format!(
                    "{name}: {} {}: theirs {} ({:?}), ours {}; {:?}",
                    one.method, one.identifier, one.theirs, one.their_reason, one.ours, report.authentication
                )),
            }
        }
        report
    }

    fn message(&mut self, name: &str, text: &[u8], snapshot: &Snapshot) {
        // A suite may hold a case without a message.
        if let Some(stored) = stored(text) {
            self.examine(name, &stored, Known::default(), snapshot);
        }
    }

    fn folder(&mut self, folder: &Path, snapshot: &Snapshot) {
        for stored in source::walk(folder, InputFormat::Auto).flatten() {
            let name = format!("{} #{}", stored.origin.path, stored.origin.index);
            self.examine(&name, &stored, Known::default(), snapshot);
        }
    }

    fn tell(self, name: &str) {
        let differ: usize = self.differences.values().sum();
        println!(
            "{name}: {} messages, {} results compared, {differ} differ with a known cause, {} without; {} without opinion",
            self.messages,
            self.compared,
            self.unexplained.len(),
            self.without_opinion
        );
        for (cause, count) in &self.differences {
            println!("  {count:5}  {cause}");
        }
        assert!(self.messages > 0 && self.compared > 0, "{name}: nothing was compared");
        assert!(self.unexplained.is_empty(), "{name}: {:#?}", self.unexplained);
    }
}

#[test]
fn spf_suites() {
    for file in [
        "spf/rfc7208-tests.yml",
        "spf/rfc7208-tests-mailauth-copy.yml",
        "spf/pyspf-extra-tests.yml",
    ] {
        let Some(path) = shared(file) else { return };
        let mut tally = Tally::default();
        let stored = stored(b"From: a@author.invalid\r\n\r\nx\r\n").expect("a message");
        for scenario in common::scenarios(path) {
            let snapshot = common::openspf_zone(scenario.get("zonedata").unwrap_or(&Value::Null));
            for (name, case) in scenario["tests"].as_object().into_iter().flatten() {
                let word = |key: &str| case[key].as_str().map(str::to_owned);
                let known = Known {
                    client_ip: word("host").and_then(|ip| ip.parse().ok()),
                    helo: word("helo"),
                    mail_from: Some(word("mailfrom").unwrap_or_default()),
                    ..Known::default()
                };
                tally.examine(name, &stored, known, &snapshot);
            }
        }
        tally.tell(file);
    }
}

#[test]
fn dkim_suites() {
    if let Some(folder) = shared("dkim-mail-dkim") {
        let mut tally = Tally::default();
        let snapshot = common::json_zone(&json(folder.join("dns.json")));
        tally.folder(&folder.join("messages"), &snapshot);
        tally.tell("Mail::DKIM");
    }
    if let Some(folder) = shared("dkim-thunderbird-addon") {
        let mut tally = Tally::default();
        let zone = json(folder.join("dns.json"));
        for case in json(folder.join("cases.json")).as_array().expect("cases") {
            let mut zone = zone.as_object().cloned().unwrap_or_else(Map::new);
            zone.extend(case["dns_override"].as_object().cloned().unwrap_or_default());
            let name = case["file"].as_str().expect("a file");
            let text = fs::read(folder.join("messages").join(name)).expect("a message");
            tally.message(name, &text, &common::json_zone(&Value::Object(zone)));
        }
        tally.tell("dkim_verifier");
    }
    if let Some(folder) = shared("dkim-arc-mail-auth") {
        let mut tally = Tally::default();
        for case in json(folder.join("reference.json")).as_array().expect("cases") {
            let name = case["file"].as_str().expect("a file");
            let text = fs::read_to_string(folder.join(name)).expect("a message");
            let (snapshot, message) = common::keys_and_message(&text);
            tally.message(name, message.as_bytes(), &snapshot);
        }
        tally.tell("mail-auth's own");
    }
}

#[test]
fn arc_suite() {
    let Some(path) = shared("arc/arc-draft-validation-tests.yml") else {
        return;
    };
    let mut tally = Tally::default();
    for scenario in common::scenarios(path) {
        let snapshot = common::txt_zone(&scenario["txt-records"]);
        for (name, case) in scenario["tests"].as_object().into_iter().flatten() {
            tally.message(name, case["message"].as_str().unwrap_or_default().as_bytes(), &snapshot);
        }
    }
    tally.tell("ARC validation");
}

/// The cases that a message can carry: those in which no signature has to pass.
#[test]
fn dmarc_suite() {
    let Some(path) = shared("dmarc/cases.json") else { return };
    let mut tally = Tally::default();
    for case in json(path).as_array().expect("cases") {
        let names = |key: &str| case[key].as_array().cloned().unwrap_or_default();
        if !names("dkim_pass_domains").is_empty() {
            continue;
        }
        let mut snapshot = common::json_zone(&case["dns"]);
        let passed = names("spf_pass_domains");
        let mail_from = passed.first().and_then(Value::as_str).unwrap_or("elsewhere.invalid");
        let record = Data::Text("v=spf1 ip4:192.0.2.1 -all".to_owned());
        common::insert(&mut snapshot, mail_from, RecordType::Txt, "NOERROR", vec![record]);
        let from = match &case["from"] {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            one => one.as_str().unwrap_or_default().to_owned(),
        };
        let known = Known {
            client_ip: "192.0.2.1".parse().ok(),
            helo: Some("mail.elsewhere.invalid".to_owned()),
            mail_from: Some(format!("bounce@{mail_from}")),
            ..Known::default()
        };
        let text = format!("From: {from}\r\n\r\nx\r\n");
        let stored = stored(text.as_bytes()).expect("a message");
        tally.examine(case["id"].as_str().unwrap_or_default(), &stored, known, &snapshot);
    }
    tally.tell("DMARC");
}

#[test]
fn real_mail() {
    if let (Some(archive), Some(keys)) = (shared("legit-lists/mail.tar.gz"), shared("legit-lists/dkim-keys.json")) {
        let mut tally = Tally::default();
        tally.folder(unpacked(&archive).path(), &common::list_keys(keys));
        tally.tell("legit-lists, with its keys");
    }
    // No DNS was recorded: in a world without any record, body hashes and chains are compared all the same.
    if let Some(archive) = shared("phishing-pot/phish.tar.gz") {
        let mut tally = Tally::default();
        tally.folder(unpacked(&archive).path(), &common::closed_world());
        tally.tell("phishing-pot");
    }
    if let Some(folder) = shared("spoofcases") {
        let mut tally = Tally::default();
        let snapshot = Snapshot::read(folder.join("dns.jsonl")).expect("the snapshot");
        tally.folder(&folder.join("cases"), &snapshot);
        tally.tell("spoofcases");
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut tally = Tally::default();
    let snapshot = Snapshot::read(own.join("dns.jsonl")).expect("the snapshot");
    tally.folder(&own, &snapshot);
    tally.tell("testdata");
}

/// Every cause that is declared really occurs, on a message made for it.
#[test]
fn each_known_cause_has_its_message() {
    let fixtures = fixtures::all();
    let mut missing = Vec::new();
    for cause in KNOWN_CAUSES {
        let Some(fixture) = fixtures.iter().find(|fixture| fixture.cause == cause.id) else {
            missing.push(format!("{}: no message", cause.id));
            continue;
        };
        let stored = stored(fixture.message.as_bytes()).expect("a message");
        let mut tally = Tally::default();
        let report = tally.examine(cause.id, &stored, fixture.known.clone(), &fixture.snapshot);
        let found = &report.authentication.second_opinion.disagreements;
        if !found
            .iter()
            .any(|one| one.cause.as_ref().is_some_and(|known| known.id == cause.id))
        {
            let auth = &report.authentication;
            missing.push(format!(
                "{}: {found:?}\n  ours {:?} {:?} arc {:?} spf {:?}\n  theirs {:?}",
                cause.id,
                auth.dkim
                    .iter()
                    .map(|one| (&one.result, &one.cause))
                    .collect::<Vec<_>>(),
                auth.dmarc.check.result,
                (&auth.arc.result, &auth.arc.reason),
                (&auth.spf.mail_from.result, &auth.spf.mail_from.cause),
                auth.second_opinion
            ));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert_eq!(
        fixtures.len(),
        KNOWN_CAUSES.len(),
        "a message for each cause, and no other"
    );
}
