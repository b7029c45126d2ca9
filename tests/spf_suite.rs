//! The public SPF suites through our evaluator: RFC 7208 must pass whole, the others are measured.

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

use std::fs;

use serde_json::Value;
use spoofcheck::dns::{Lookups, Snapshot};
use spoofcheck::verify::spf::{SpfCheck, SpfRequest, check_host};

/// A suite's run: how many cases agree, and what each other one said.
struct Tally {
    total: usize,
    passed: usize,
    explanations: usize,
    misses: Vec<String>,
}

fn run(file: &str) -> Option<Tally> {
    let text = fs::read_to_string(common::shared(file)?).expect("the suite is readable");
    let scenarios: Vec<Value> = serde_saphyr::from_multiple(&text).expect("the suite is YAML");
    let mut tally = Tally {
        total: 0,
        passed: 0,
        explanations: 0,
        misses: Vec::new(),
    };
    for scenario in &scenarios {
        let snapshot = common::openspf_zone(scenario.get("zonedata").unwrap_or(&Value::Null));
        for (name, case) in scenario.get("tests").and_then(Value::as_object).into_iter().flatten() {
            let check = evaluate(case, &snapshot);
            tally.total += 1;
            tally.explanations += usize::from(case.get("explanation").is_some());
            match disagreement(case, &check) {
                None => tally.passed += 1,
                Some(words) => tally.misses.push(format!("{name}: {words}")),
            }
        }
    }
    eprintln!(
        "{file}: {} of {}, {} explanations stated",
        tally.passed, tally.total, tally.explanations
    );
    for miss in &tally.misses {
        eprintln!("  {miss}");
    }
    Some(tally)
}

fn evaluate(case: &Value, snapshot: &Snapshot) -> SpfCheck {
    let word = |key: &str| case.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (helo, mail_from) = (word("helo"), word("mailfrom"));
    // RFC 7208 2.4: the null sender is postmaster@HELO.
    let sender = if mail_from.is_empty() {
        format!("postmaster@{helo}")
    } else {
        mail_from
    };
    let domain = sender
        .rsplit_once('@')
        .map_or(sender.clone(), |(_, domain)| domain.to_owned());
    let request = SpfRequest {
        ip: word("host").parse().expect("a client address"),
        helo,
        sender,
        domain,
        receiver: "receiver.example".to_owned(),
        time: 1_700_000_000,
    };
    check_host(&request, &Lookups::new(snapshot, None))
}

/// What the case expects and the check does not say. `DEFAULT` stands for the receiver's own explanation.
fn disagreement(case: &Value, check: &SpfCheck) -> Option<String> {
    let result = check.result.map_or("not evaluated", |result| result.word());
    let expected = case.get("result").expect("a result");
    let agrees = match expected {
        Value::Array(several) => several.iter().any(|one| one == result),
        one => one == result,
    };
    if !agrees {
        return Some(format!("{result}, expected {expected} ({:?})", check.cause));
    }
    let explanation = case.get("explanation").and_then(Value::as_str)?;
    let ours = check.explanation.as_deref().unwrap_or("DEFAULT");
    (ours != explanation).then(|| format!("explanation {ours:?}, expected {explanation:?}"))
}

#[test]
fn rfc_7208_suite() {
    let Some(tally) = run("spf/rfc7208-tests.yml") else {
        return;
    };
    assert_eq!((tally.passed, tally.total), (203, 203), "{:#?}", tally.misses);
}

/// The later copy and pyspf's own cases: what we answer otherwise stands here with its reason.
#[test]
fn other_suites() {
    run("spf/rfc7208-tests-mailauth-copy.yml");
    run("spf/pyspf-extra-tests.yml");
}
