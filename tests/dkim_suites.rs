//! The public DKIM suites and real list mail through our evaluator. `cargo test --test dkim_suites -- --nocapture` prints
//! what was reached and each miss.

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

use std::{collections::BTreeMap, fs, path::Path};

use common::{json, shared};
use serde_json::{Map, Value};
use spoofcheck::{
    dns::{Lookups, Snapshot},
    message::Message,
    time::Timestamp,
    verify::{
        Clock, NotEvaluated,
        dkim::{BodyHash, DkimCheck, DkimResult, KeyWeakness, SignatureState, verify_all},
        domainkeys,
    },
};

/// How many cases agree, and what each other one said.
#[derive(Default)]
struct Tally {
    total: usize,
    misses: Vec<String>,
}

impl Tally {
    fn count(&mut self, agrees: bool, miss: impl FnOnce() -> String) {
        self.total += 1;
        if !agrees {
            self.misses.push(miss());
        }
    }

    fn passed(&self) -> usize {
        self.total - self.misses.len()
    }

    fn tell(&self, name: &str) {
        println!("{name}: {} of {}", self.passed(), self.total);
        for miss in &self.misses {
            println!("  {miss}");
        }
    }
}

/// Every signature of a message, as of a day after all of them, without a known delivery.
fn checks(stored: &[u8], snapshot: &Snapshot) -> Vec<DkimCheck> {
    let clock = Clock {
        delivered_at: None,
        as_of: Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").expect("a time"),
    };
    verify_all(&Message::read(stored), clock, &Lookups::new(snapshot, None), None)
}

fn with_crlf(stored: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = stored.iter().copied().filter(|byte| *byte != b'\r').collect();
    text.split_inclusive(|byte| *byte == b'\n')
        .flat_map(|line| match line.strip_suffix(b"\n") {
            Some(line) => [line, b"\r\n"].concat(),
            None => line.to_vec(),
        })
        .collect()
}

fn shown(checks: &[DkimCheck]) -> String {
    let one = |check: &DkimCheck| {
        let cause = check.cause.as_deref().unwrap_or("-");
        format!(
            "{:?}/{:?}/{:?} ({cause})",
            check.result, check.body_hash, check.signature
        )
    };
    checks.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn good(check: &DkimCheck) -> bool {
    check.body_hash == BodyHash::Match && check.signature == SignatureState::Valid
}

/// A pass as these suites mean it. Many of their messages are signed with the example keys of RFC 6376 and RFC 8463, which
/// we refuse to count because everybody holds them: those must be good in body hash and signature, and `policy` for the
/// printed key alone. Any other key must pass outright.
fn holds(check: &DkimCheck) -> bool {
    let printed = |weakness: &KeyWeakness| matches!(weakness, KeyWeakness::Published(_));
    let weaknesses = check.key.as_ref().map_or(&[][..], |key| &key.weaknesses);
    let only_printed = !weaknesses.is_empty() && weaknesses.iter().all(printed);
    if only_printed {
        let cause = check.cause.as_deref().unwrap_or_default();
        return check.result == Ok(DkimResult::Policy) && good(check) && cause.starts_with("a key whose private half");
    }
    check.passes()
}

/// Mail::DKIM's cases: parsing, canonicalization and hashing with today's policies left out, then with them.
#[test]
fn mail_dkim() {
    let Some(folder) = shared("dkim-mail-dkim") else { return };
    let snapshot = common::json_zone(&json(folder.join("dns.json")));
    let (mut mechanics, mut policy) = (Tally::default(), Tally::default());
    let (mut domainkeys, mut skipped) = (Tally::default(), 0);
    for case in json(folder.join("cases.json")).as_array().expect("cases") {
        // Signatures of drafts, without bh=; and one DomainKeys case that wants a missing q= to be an error.
        if case["skipped_by_author"] == true {
            skipped += 1;
            continue;
        }
        if case["family"] == "domainkeys" {
            domainkeys_case(&folder, case, &snapshot, &mut domainkeys);
            continue;
        }
        let name = case["file"].as_str().expect("a file");
        let stored = fs::read(folder.join("messages").join(name)).expect("a message");
        let legacy = case["legacy"].to_string();
        let both = [checks(&stored, &snapshot), checks(&with_crlf(&stored), &snapshot)];
        assert_eq!(shown(&both[0]), shown(&both[1]), "{name}: line ends make no difference");
        let [found, _] = both;
        let expected = case["expect"].as_str().expect("an expectation");
        let held = found.iter().any(good);
        let failed =
            |check: &DkimCheck| check.body_hash == BodyHash::Mismatch || check.signature == SignatureState::Invalid;
        mechanics.count(
            match expected {
                "pass" => held,
                "fail" => !held && found.iter().any(failed),
                _ => !found.iter().any(DkimCheck::passes),
            },
            || format!("{name} ({expected}; {}): {}", case["why"], shown(&found)),
        );
        policy.count(
            match expected {
                // A good signature by an old rule is too weak or of another version, never forged.
                "pass" if legacy.contains("v= is not 1") => {
                    found.iter().all(|check| check.result != Ok(DkimResult::Fail)) || found.len() > 1
                }
                "pass" if legacy.contains("rsa-sha1") || legacy.contains("1024") => {
                    found.iter().any(|check| check.result == Ok(DkimResult::Policy))
                }
                "pass" => found.iter().any(holds),
                "fail" => !found
                    .iter()
                    .any(|check| matches!(check.result, Ok(DkimResult::Pass | DkimResult::Policy))),
                _ => found.iter().all(|check| {
                    matches!(
                        check.result,
                        Ok(DkimResult::Permerror | DkimResult::Temperror | DkimResult::Policy)
                            | Err(NotEvaluated::KeyGone)
                    )
                }),
            },
            || format!("{name} ({expected}; {}): {}", case["why"], shown(&found)),
        );
    }
    mechanics.tell("Mail::DKIM, mechanics");
    policy.tell("Mail::DKIM, with today's policies");
    domainkeys.tell("Mail::DKIM, DomainKeys");
    println!("  {skipped} skipped by their author, too");
    assert!(mechanics.misses.is_empty() && policy.misses.is_empty() && domainkeys.misses.is_empty());
    assert_eq!(mechanics.total + domainkeys.total + skipped, 79);
}

/// A case of the older protocol. A good signature is too weak to count, never a pass.
fn domainkeys_case(folder: &Path, case: &Value, snapshot: &Snapshot, tally: &mut Tally) {
    let name = case["file"].as_str().expect("a file");
    let stored = fs::read(folder.join("messages").join(name)).expect("a message");
    let verify = |stored: &[u8]| domainkeys::verify_all(&Message::read(stored), &Lookups::new(snapshot, None));
    let found = verify(&stored);
    assert_eq!(
        found,
        verify(&with_crlf(&stored)),
        "{name}: line ends make no difference"
    );
    let agrees = match case["expect"].as_str().expect("an expectation") {
        "pass" => !found.is_empty() && found.iter().all(|check| check.result == Ok(DkimResult::Policy)),
        _ => found.iter().all(|check| check.result == Ok(DkimResult::Permerror)),
    };
    tally.count(agrees, || {
        let said: Vec<_> = found.iter().map(|check| (&check.result, &check.cause)).collect();
        format!("{name} ({}; {}): {said:?}", case["expect"], case["why"])
    });
}

/// dkim_verifier's cases.
#[test]
fn thunderbird_add_on() {
    let Some(folder) = shared("dkim-thunderbird-addon") else {
        return;
    };
    let zone = json(folder.join("dns.json"));
    let mut tally = Tally::default();
    for case in json(folder.join("cases.json")).as_array().expect("cases") {
        let mut zone = zone.as_object().cloned().unwrap_or_else(Map::new);
        zone.extend(case["dns_override"].as_object().cloned().unwrap_or_default());
        let name = case["file"].as_str().expect("a file");
        let stored = fs::read(folder.join("messages").join(name)).expect("a message");
        let found = checks(&stored, &common::json_zone(&Value::Object(zone)));
        let expected = case["signatures"].as_array().expect("signatures");
        // That program sorts its results; ours stand in the message's order.
        let agrees = expected.iter().all(|expected| {
            found
                .iter()
                .filter(|check| {
                    expected
                        .get("selector")
                        .is_none_or(|s| check.selector.as_deref() == s.as_str())
                })
                .any(|check| agrees_with(expected, check))
        });
        tally.count(agrees, || {
            format!("{name}: {} wanted, {}", case["signatures"], shown(&found))
        });
    }
    tally.tell("dkim_verifier");
    assert!(tally.misses.is_empty());
}

fn agrees_with(expected: &Value, check: &DkimCheck) -> bool {
    let result = match expected["errorType"].as_str() {
        None if expected["result"] == "TEMPFAIL" => check.result == Ok(DkimResult::Temperror),
        None => holds(check),
        Some("DKIM_SIGERROR_CORRUPT_BH") => check.cause.as_deref() == Some("body hash"),
        Some("DKIM_SIGERROR_BADSIG") => check.cause.as_deref() == Some("header changed"),
        Some("DKIM_SIGERROR_KEY_REVOKED") => check.cause.as_deref() == Some("key revoked"),
        // Its policy, not the RFC's: we let the signature hold and name the field that it does not cover.
        Some("DKIM_POLICYERROR_UNSIGNED_HEADER_ADDED") => holds(check) && !check.extra_fields.is_empty(),
        Some(_) => check.result == Ok(DkimResult::Permerror),
    };
    let named =
        |key: &str, value: &Option<String>| expected.get(key).is_none_or(|name| name.as_str() == value.as_deref());
    // Without i= that program fills in @d.
    let identity = check
        .identity
        .clone()
        .or(check.domain.as_ref().map(|domain| format!("@{domain}")));
    result && named("sdid", &check.domain) && named("auid", &identity)
}

/// Messages and keys of dkimpy's own tests; the expectations are theirs.
#[test]
fn dkimpy() {
    let Some(folder) = shared("dkim-dkimpy") else { return };
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    // The key of RFC 8463 appendix A, which that suite holds in its program text.
    let brisbane = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned();
    let pass = holds;
    let fail = |check: &DkimCheck| check.cause.as_deref() == Some("header changed");
    let permerror = |check: &DkimCheck| check.result == Ok(DkimResult::Permerror);
    type Verdict<'a> = &'a dyn Fn(&DkimCheck) -> bool;
    let cases: [(&str, &str, Verdict<'_>); 8] = [
        ("rfc6376.signed.msg", "test.txt", &pass),
        ("rfc6376.signed.rsa.msg", "test.txt", &pass),
        // Its t= was replaced after signing.
        ("rfc6376.signed.no_t.msg", "test.txt", &fail),
        ("rfc6376.signed.rsa.msg", "badversion.txt", &permerror),
        ("rfc6376.signed.rsa.msg", "badk.txt", &permerror),
        ("rfc6376.signed.rsa.msg", "test_bad.txt", &permerror),
        ("ed25519test2.msg", "eximtest.dns", &pass),
        ("test.message.baddomain", "test.txt", &permerror),
    ];
    let mut tally = Tally::default();
    for (message, key, verdict) in cases {
        let zone = serde_json::json!({
            "brisbane._domainkey.football.example.com": {"txt": [brisbane]},
            "test._domainkey.football.example.com": {"txt": [read(key).trim()]},
            "sed._domainkey.test.ex": {"txt": [read(key).trim()]},
        });
        let found = checks(
            &fs::read(folder.join(message)).expect("a message"),
            &common::json_zone(&zone),
        );
        tally.count(!found.is_empty() && found.iter().all(verdict), || {
            format!("{message} with {key}: {}", shown(&found))
        });
    }
    tally.tell("dkimpy");
    assert!(tally.misses.is_empty());
}

/// mail-auth's messages, with what dkimpy says of each signature.
#[test]
fn mail_auth() {
    let Some(folder) = shared("dkim-arc-mail-auth") else {
        return;
    };
    let mut tally = Tally::default();
    for case in json(folder.join("reference.json")).as_array().expect("cases") {
        let name = case["file"].as_str().expect("a file");
        let text = fs::read_to_string(folder.join(name)).expect("a message");
        let (snapshot, message) = common::keys_and_message(&text);
        let found = checks(message.as_bytes(), &snapshot);
        for (index, wanted) in case["dkim_reference"].as_array().expect("results").iter().enumerate() {
            let agrees = found.get(index).is_some_and(|check| match wanted.as_str() {
                None => holds(check),
                // Only expired since, as the time of delivery is not known: pass, and so said.
                Some(words) if words.contains("x= value is past") => holds(check) && check.expired_now,
                Some(words) if words.contains("body hash") => check.cause.as_deref() == Some("body hash"),
                Some(_) => false,
            });
            tally.count(agrees, || {
                format!("{name} #{index}: {wanted} wanted, {}", shown(&found))
            });
        }
    }
    tally.tell("mail-auth");
    assert!(tally.misses.is_empty());
}

/// 593 messages of public lists, with dkimpy's view of each body hash and signature.
#[test]
fn list_mail() {
    let (Some(archive), Some(keys), Some(index)) = (
        shared("legit-lists/mail.tar.gz"),
        shared("legit-lists/dkim-keys.json"),
        shared("legit-lists/index.jsonl"),
    ) else {
        return;
    };
    let folder = common::unpacked(&archive);
    let snapshot = common::list_keys(keys);
    let (mut bodies, mut signatures) = (Tally::default(), Tally::default());
    let mut unknown = 0;
    let mut results: BTreeMap<String, usize> = BTreeMap::new();
    for line in fs::read_to_string(index).expect("an index").lines() {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        let name = entry["file"].as_str().expect("a file");
        let found = checks(&fs::read(folder.path().join(name)).expect("a message"), &snapshot);
        let reference = entry["dkim_reference"].as_array().expect("references");
        assert_eq!(found.len(), reference.len(), "{name}");
        for (check, wanted) in found.iter().zip(reference) {
            *results.entry(format!("{:?}", check.result)).or_default() += 1;
            let miss = || format!("{name}: {wanted} wanted, {}", shown(std::slice::from_ref(check)));
            let body = match check.body_hash {
                BodyHash::Match => "match",
                BodyHash::Mismatch => "mismatch",
                BodyHash::NotEvaluable => "not-evaluable",
            };
            bodies.count(wanted["body_hash"] == body, miss);
            match (wanted["signature"].as_str().expect("a word"), check.signature) {
                ("no-key" | "not-checked", _) => unknown += 1,
                (word, state) => {
                    let state = match state {
                        SignatureState::Valid => "valid",
                        SignatureState::Invalid => "invalid",
                        SignatureState::NotEvaluable => "not-evaluable",
                    };
                    signatures.count(word == state, miss);
                }
            }
        }
    }
    bodies.tell("list mail, body hashes");
    signatures.tell("list mail, signatures");
    println!("  {unknown} signatures without reference; results {results:?}");
    assert!(bodies.misses.is_empty() && signatures.misses.is_empty());
}
