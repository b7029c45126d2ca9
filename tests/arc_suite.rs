//! The public ARC suites and real chains through our evaluator. `cargo test --test arc_suite -- --nocapture` prints what
//! was reached and each miss.

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
    fs,
    path::{Path, PathBuf},
};

use common::shared;
use spoofcheck::{
    dns::{Lookups, Snapshot},
    message::Message,
    recorded,
    source::{self, InputFormat},
    time::Timestamp,
    verify::{
        Clock, NotEvaluated,
        arc::{self, ArcCheck, ArcResult, ArcSignature},
    },
};

fn check(stored: &[u8], snapshot: &Snapshot) -> ArcCheck {
    let clock = Clock {
        delivered_at: None,
        as_of: Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").expect("a time"),
    };
    let message = Message::read(stored);
    arc::verify(
        &message,
        &recorded::read(&message),
        clock,
        &Lookups::new(snapshot, None),
        None,
    )
}

/// The word that a receiver would have recorded: without a key it cannot let a chain pass.
fn recorded_word(check: &ArcCheck) -> &'static str {
    match check.result {
        Ok(result) => result.word(),
        Err(NotEvaluated::KeyGone) => "fail",
        Err(why) => why.word(),
    }
}

fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// Where RFC 8617 answers otherwise than the suite, with the reason. Another project's copy of the suite answers as we do.
const DISPUTED: [(&str, &str); 1] = [(
    "ams_fields_c_na",
    "RFC 8617 4.1.2 takes the tags from DKIM, where a missing c= means simple/simple (RFC 6376 3.5): signed relaxed, it fails",
)];

/// ValiMail's validation suite. Three of its cases state nothing: chains that say cv=fail of themselves, which RFC 8617 5.2
/// step 2 makes a failure. Of the four that another project's copy answers otherwise, three follow the original here:
///
/// - `ams_fields_a_sha1`, `as_fields_a_sha1` (Fail): RFC 8301 3.1, which RFC 8617 4.1.2 builds on, forbids rsa-sha1.
/// - `as_fields_h_present` (Fail): RFC 8617 4.1.3, h= in a seal "MUST result in a cv status of fail".
#[test]
fn validation_suite() {
    let Some(path) = shared("arc/arc-draft-validation-tests.yml") else {
        return;
    };
    let (mut total, mut disputed, mut wrong_accepts, mut misses) = (0, 0, 0, Vec::new());
    for scenario in common::scenarios(path) {
        let snapshot = common::txt_zone(&scenario["txt-records"]);
        for (name, case) in scenario["tests"].as_object().into_iter().flatten() {
            total += 1;
            let stored = case["message"].as_str().unwrap_or_default();
            let found = check(stored.as_bytes(), &snapshot);
            let as_wire = check(with_crlf(stored).as_bytes(), &snapshot);
            assert_eq!(found.result, as_wire.result, "{name}: line ends make no difference");
            let expected = match case["cv"].as_str().unwrap_or_default().trim() {
                "" => "fail".to_owned(),
                word => word.to_ascii_lowercase(),
            };
            if recorded_word(&found) != expected {
                if let Some((_, why)) = DISPUTED.iter().find(|(disputed, _)| disputed == name) {
                    println!("ARC validation, disputed: {name} is {}: {why}", recorded_word(&found));
                    disputed += 1;
                    continue;
                }
                wrong_accepts += usize::from(found.result == Ok(ArcResult::Pass));
                misses.push(format!(
                    "{name}: {:?} ({:?}), expected {expected}",
                    found.result, found.cause
                ));
            }
        }
    }
    let agree = total - disputed - misses.len();
    println!("ARC validation: {agree} of {total}, {disputed} disputed, {wrong_accepts} wrong accepts");
    for miss in &misses {
        println!("  {miss}");
    }
    assert_eq!((total, agree, disputed, wrong_accepts), (171, 170, 1, 0));
}

/// A field value of the signing suites as its signer wrote it: b= on one line, for the suite folds it only to be read.
fn as_signed(value: &str) -> String {
    let tags = value
        .trim()
        .split(';')
        .map(|tag| match tag.trim_start().starts_with("b=") {
            true => format!(" {}", tag.split_whitespace().collect::<String>()),
            false => tag.replace('\n', "\n "),
        });
    tags.collect::<Vec<String>>().join(";")
}

/// The sets that a signing suite expects of a signer, verified: how many of how many hold, and the misses.
fn sealed_sets(path: PathBuf) -> (usize, Vec<String>) {
    let (mut total, mut misses) = (0, Vec::new());
    for scenario in common::scenarios(path) {
        let snapshot = common::txt_zone(&scenario["txt-records"]);
        for (name, case) in scenario["tests"].as_object().into_iter().flatten() {
            let field = |key: &str| case[key].as_str().filter(|text| !text.trim().is_empty());
            let (Some(seal), Some(signature), Some(results)) = (field("AS"), field("AMS"), field("AAR")) else {
                continue;
            };
            total += 1;
            let sealed = format!(
                "ARC-Seal: {}\nARC-Message-Signature: {}\nARC-Authentication-Results: {}\n{}",
                as_signed(seal),
                as_signed(signature),
                as_signed(results),
                case["message"].as_str().expect("a message")
            );
            let found = check(sealed.as_bytes(), &snapshot);
            let newest = found.sets.last().expect("a set");
            let holds = |signature: &Option<ArcSignature>| signature.as_ref().is_some_and(ArcSignature::passes);
            if !holds(&newest.seal) || !holds(&newest.message_signature) {
                misses.push(format!("{name}: {:?}", found.cause));
            }
        }
    }
    (total, misses)
}

/// The signing suite: a message under the fields that it expects of a signer verifies. Of the cases that the suite keeps as
/// unused, six were signed over another header than the one they hold.
#[test]
fn signing_suite() {
    for (path, expected, holding) in [("arc/arc-draft-sign-tests.yml", 16, 16), ("arc/unused_tests.yml", 7, 1)] {
        let Some(file) = shared(path) else { return };
        let (total, misses) = sealed_sets(file);
        println!("{path}: {} of {total} sets verify", total - misses.len());
        for miss in &misses {
            println!("  {miss}");
        }
        assert_eq!((total, total - misses.len()), (expected, holding));
    }
}

/// mail-auth's two sealed messages, one of them with Ed25519.
#[test]
fn messages_of_mail_auth() {
    let Some(folder) = shared("dkim-arc-mail-auth/arc") else {
        return;
    };
    for name in ["001.txt", "002.txt"] {
        let text = fs::read_to_string(folder.join(name)).expect("a message");
        let (snapshot, message) = common::keys_and_message(&text);
        let found = check(message.as_bytes(), &snapshot);
        println!(
            "mail-auth {name}: {:?}, oldest-pass {:?}",
            found.result, found.oldest_pass
        );
        assert_eq!(found.result, Ok(ArcResult::Pass), "{:?}", found.cause);
        let tampered = message.replacen("ubject:", "ubject: Re:", 1);
        assert_eq!(check(tampered.as_bytes(), &snapshot).result, Ok(ArcResult::Fail));
    }
}

/// How the chains of a corpus come out.
fn census(name: &str, folder: &Path, snapshot: &Snapshot) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: String| *counts.entry(what).or_default() += 1;
    for stored in source::walk(folder, InputFormat::Auto).flatten() {
        let found = check(&stored.bytes, snapshot);
        if found.sets.is_empty() && found.defects.is_empty() {
            continue;
        }
        count("chains".to_owned());
        count(format!(
            "chain {}",
            found.result.map_or_else(NotEvaluated::word, ArcResult::word)
        ));
        if let (Ok(ArcResult::Fail), Some(cause)) = (found.result, &found.cause) {
            let words = cause.replace(|letter: char| letter.is_ascii_digit(), "N");
            count(format!("  fails: {words}"));
        }
        for set in &found.sets {
            for (what, signature) in [("seal", &set.seal), ("message signature", &set.message_signature)] {
                if let Some(signature) = signature {
                    let word = signature.result.map_or_else(NotEvaluated::word, ArcResult::word);
                    count(format!("{what} {word}"));
                }
            }
        }
    }
    println!("{name}:");
    for (what, count) in &counts {
        println!("  {count:5} {what}");
    }
    counts
}

/// Real chains. Few keys of their time are known: what is not known is not called a failure.
#[test]
fn chains_of_real_mail() {
    let (Some(lists), Some(keys), Some(phish)) = (
        shared("legit-lists/mail.tar.gz"),
        shared("legit-lists/dkim-keys.json"),
        shared("phishing-pot/phish.tar.gz"),
    ) else {
        return;
    };
    let mut known = common::list_keys(keys);
    known.absent = spoofcheck::dns::Absent::NotAsked;
    let counts = census("legit-lists, with its keys", common::unpacked(&lists).path(), &known);
    assert_eq!(counts.get("chain none"), None);
    let counts = census(
        "phishing-pot, nothing asked",
        common::unpacked(&phish).path(),
        &Snapshot::new(),
    );
    assert_eq!(counts.get("chain pass"), None, "nothing passes without a key");
}
