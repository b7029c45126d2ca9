//! DMARC, alignment and the Public Suffix List against suites that others wrote (../shared/conformance).

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

use serde_json::Value;
use spoofcheck::{
    dns::{Absent, Data, Lookups, Question, RecordType, Snapshot, StoredAnswer},
    domain,
    verify::dmarc::{self, Alignment, DmarcCheck, DmarcResult, PassedDomain, Policy},
};

/// A file of the suites; `None`, and a word about it, where the checkout has none.
fn suite(path: &str) -> Option<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/conformance")
        .join(path);
    let text = std::fs::read_to_string(&file).ok();
    if text.is_none() {
        println!("skipped: {} is not there", file.display());
    }
    text
}

#[test]
fn dmarc_cases() {
    let Some(text) = suite("dmarc/cases.json") else { return };
    let cases: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let (mut passed, mut unexpected) = (0, Vec::new());
    for case in &cases {
        let id = case["id"].as_str().unwrap_or_default();
        match disagreement(case) {
            None => passed += 1,
            Some(what) => unexpected.push(format!("{id}: {what}")),
        }
    }
    println!("DMARC: {passed} of {} agree", cases.len());
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}

/// In what a case comes out otherwise than expected.
fn disagreement(case: &Value) -> Option<String> {
    // Several addresses of one domain have one Author Domain (RFC 9989 5.3.1), as in the one case with an array of two.
    let from = match &case["from"] {
        Value::Array(all) => all.first().and_then(Value::as_str),
        one => one.as_str(),
    };
    let from = from.unwrap_or_default();
    let author = from.rsplit_once('@').map_or(from, |(_, domain)| domain);
    let snapshot = universe(&case["dns"]);
    let lookups = Lookups::new(&snapshot, None);
    let check = dmarc::evaluate(author, &passed_domains(case), &lookups);

    let expect = case["expect"].as_object()?;
    expect.iter().find_map(|(key, wanted)| {
        let got = actual(key, &check)?;
        // In a walk that finds no record the library names the Author Domain; this program says null.
        let unnamed = key == "record_domain" && check.record.is_none();
        // The library reports the organisational domain as the record's even where a subdomain has its own.
        let widened = key == "record_domain"
            && wanted.as_str() == Some(&domain::organisational(author))
            && check.record_domain.as_deref() == Some(author);
        // ... and names the organisational domain as aligned where it walked to find it.
        let organisation = key.ends_with("_aligned")
            && wanted.as_str() == check.org_domain.as_deref()
            && got
                .as_str()
                .zip(wanted.as_str())
                .is_some_and(|(got, wanted)| domain::is_within(got, wanted));
        // `false` is the library's "no DMARC result", for which the standard's word is none.
        let no_result = key == "result" && *wanted == Value::Bool(false) && check.result == Ok(DmarcResult::None);
        (got != *wanted && !unnamed && !widened && !organisation && !no_result)
            .then(|| format!("{key} is {got}, expected {wanted}"))
    })
}

fn actual(key: &str, check: &DmarcCheck) -> Option<Value> {
    let aligned = |mechanism: &str| {
        let found = check.aligned_by.iter().find(|passed| passed.mechanism == mechanism);
        found.map_or(Value::Null, |passed| passed.domain.as_str().into())
    };
    Some(match key {
        "result" => match check.result {
            Ok(DmarcResult::None) => "none".into(),
            Ok(DmarcResult::Pass) => "pass".into(),
            Ok(DmarcResult::Fail) => "fail".into(),
            Ok(DmarcResult::Temperror) => "temperror".into(),
            Ok(DmarcResult::Permerror) => "permerror".into(),
            Err(why) => why.word().into(),
        },
        "policy" => match check.policy {
            None => Value::Null,
            Some(Policy::None) => "none".into(),
            Some(Policy::Quarantine) => "quarantine".into(),
            Some(Policy::Reject) => "reject".into(),
        },
        "record_domain" => check.record_domain.as_deref().map_or(Value::Null, Value::from),
        "spf_aligned" => aligned("spf"),
        "dkim_aligned" => aligned("dkim"),
        "dmarc_queries" => check
            .tree_walk
            .iter()
            .map(|step| Value::from(step.name.as_str()))
            .collect(),
        _ => return None,
    })
}

fn passed_domains(case: &Value) -> Vec<PassedDomain> {
    let of = |key: &str, mechanism: &'static str| {
        let names = case[key].as_array().cloned().unwrap_or_default();
        names
            .into_iter()
            .filter_map(|name| {
                Some(PassedDomain {
                    domain: name.as_str()?.to_owned(),
                    mechanism,
                })
            })
            .collect::<Vec<_>>()
    };
    [of("spf_pass_domains", "spf"), of("dkim_pass_domains", "dkim")].concat()
}

/// The suite's form of DNS as a snapshot in which everything else does not exist.
fn universe(dns: &Value) -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.absent = Absent::NxDomain;
    for (name, types) in dns.as_object().into_iter().flatten() {
        let mut insert = |rtype, rcode: &str, data: Vec<String>| {
            snapshot.insert(StoredAnswer {
                question: Question::new(name, rtype),
                rcode: rcode.to_owned(),
                data: data.into_iter().map(Data::Text).collect(),
                ttl: None,
                asked_at: None,
                valid_from: None,
                valid_to: None,
            });
        };
        // A name that is listed exists, whatever it holds.
        insert(RecordType::Soa, "NOERROR", Vec::new());
        for (rtype, records) in types.as_object().into_iter().flatten() {
            let rtype = match rtype.as_str() {
                "TXT" => RecordType::Txt,
                "A" => RecordType::A,
                "MX" => RecordType::Mx,
                other => unreachable!("the suite has a new record type: {other}"),
            };
            match records.get("error").and_then(Value::as_str) {
                Some("ETIMEOUT") => insert(rtype, "TIMEOUT", Vec::new()),
                Some(_) => insert(rtype, "SERVFAIL", Vec::new()),
                None => insert(
                    rtype,
                    "NOERROR",
                    records.as_array().into_iter().flatten().map(as_text).collect(),
                ),
            }
        }
    }
    snapshot
}

fn as_text(record: &Value) -> String {
    match record {
        Value::Array(strings) => strings.iter().filter_map(Value::as_str).collect(),
        Value::Object(mx) => format!("{} {}", mx["priority"], mx["exchange"].as_str().unwrap_or_default()),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn opendmarc_alignment() {
    let Some(text) = suite("dmarc/opendmarc-alignment.json") else {
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let (snapshot, mut passed) = (Snapshot::new(), 0);
    for case in &cases {
        let (a, b) = (
            case["a"].as_str().unwrap_or_default(),
            case["b"].as_str().unwrap_or_default(),
        );
        let strict = case["mode"].as_str().is_some_and(|mode| mode.ends_with("STRICT"));
        let found = dmarc::alignment(a, b, &Lookups::new(&snapshot, None));
        let aligned = found == Alignment::Strict || (found == Alignment::Relaxed && !strict);
        let agrees = aligned == (case["outcome"] == "0");
        assert!(agrees, "{a} and {b}: {found:?}");
        passed += usize::from(agrees);
    }
    println!("OpenDMARC alignment: {passed} of {} agree", cases.len());
}

#[test]
fn public_suffix_tests() {
    let Some(text) = suite("public-suffix/tests.txt") else {
        return;
    };
    let pairs = text
        .lines()
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| line.split_once(' '));
    check_suffixes("tests.txt", pairs);
    let Some(text) = suite("public-suffix/test_psl.txt") else {
        return;
    };
    let pairs = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix("checkPublicSuffix(")?
                .strip_suffix(");")?
                .split_once(", ")
        })
        .map(|(name, expected)| (name.trim_matches('\''), expected.trim_matches('\'')));
    check_suffixes("test_psl.txt", pairs);
    // Of its 82 lines the list's maintainers have switched four off: names below .local, to which the default rule applies.
    println!(
        "  {} lines are commented out",
        text.matches("//checkPublicSuffix(").count()
    );
}

fn check_suffixes<'t>(name: &str, pairs: impl Iterator<Item = (&'t str, &'t str)>) {
    let (mut total, mut wrong) = (0, Vec::new());
    for (input, expected) in pairs.map(|(input, expected)| (input.trim(), expected.trim())) {
        total += 1;
        // The list's tests say null for a bare suffix and for what is no name; here the name stands for itself.
        let found = domain::organisational(input);
        let registrable = found != domain::normalise(input)
            || !(domain::is_public_suffix(input) || input.starts_with('.') || input == "null");
        let found = if registrable { found.as_str() } else { "null" };
        if found != domain::normalise(expected) {
            wrong.push(format!("{input}: {found}, expected {expected}"));
        }
    }
    println!("{name}: {} of {total} agree", total - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
