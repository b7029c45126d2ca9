//! Old mail is judged as of its own time: keys that are gone, revoked or changed, answers recorded later, signatures that
//! ended, and what the receiver recorded then.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    dead_code,
    reason = "a test fails by panicking; the signer is shared and only partly used"
)]

#[path = "make_testdata/sign.rs"]
mod sign;

use sign::{Key, Signer};
use spoofcheck::{dns::Snapshot, examiner::Settings, known::Known, report::Report, time::Timestamp, verdict::Label};

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "common/messages.rs"]
mod messages;
use messages::{examined, settings_at};

/// When the message was delivered.
const DELIVERED: &str = "2024-03-11T09:00:05Z";

/// A message of March 2024, signed then; `lifetime` is x= in seconds after t=. `recorded` are results that its receiver wrote.
fn message(lifetime: Option<i64>, recorded: &str) -> String {
    let key = Key::read("rsa-author");
    let signer = Signer {
        key: &key,
        domain: "bank.example",
        selector: "s2024",
        at: Timestamp::parse_rfc3339("2024-03-11T09:00:00Z").unwrap().0,
        lifetime,
        extra: String::new(),
        length: None,
        names: None,
    };
    let signed = signer.dkim(
        "From: Bank <service@bank.example>\r\nTo: kim@corp.example\r\nSubject: Statement\r\nDate: Mon, 11 Mar 2024 09:00:00 +0000\r\n\
         Message-ID: <1@bank.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nReady.\r\n",
    );
    let results = match recorded {
        "" => String::new(),
        results => format!("Authentication-Results: mx.corp.example; {results}\r\n"),
    };
    format!(
        "Return-Path: <service@bank.example>\r\n{results}Received: from mail.bank.example (mail.bank.example [192.0.2.1])\r\n\
         \tby mx.corp.example (Postfix) with ESMTPS id 4j7SdH0hWKz9vG\r\n\tfor <kim@corp.example>; Mon, 11 Mar 2024 09:00:05 +0000\r\n{signed}"
    )
}

/// The record of the key, or something else that stands at its name.
fn key() -> String {
    Key::read("rsa-author").record
}

/// A key answer: what it holds, and further members of its line.
fn answer(data: &str, times: &str) -> String {
    let data = if data.is_empty() {
        String::new()
    } else {
        format!("\"{data}\"")
    };
    let rcode = if data.is_empty() { "NXDOMAIN" } else { "NOERROR" };
    format!(
        "{{\"name\":\"s2024._domainkey.bank.example\",\"type\":\"TXT\",\"rcode\":\"{rcode}\",\"data\":[{data}]{times}}}\n"
    )
}

fn with_answers(message: &str, lines: &str) -> Report {
    let policy = "{\"name\":\"_dmarc.bank.example\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"data\":[\"v=DMARC1; p=reject\"],\
        \"asked_at\":\"2024-03-01T00:00:00Z\"}\n";
    let snapshot = format!("{{\"spoofcheck_dns\":1,\"absent\":\"nxdomain\"}}\n{policy}{lines}");
    let snapshot = Snapshot::parse(&snapshot, "test").expect("a snapshot");
    let settings = Settings {
        known: Known {
            authserv_ids: vec!["mx.corp.example".to_owned()],
            ..Known::default()
        },
        ..settings_at("2026-11-01T00:00:00Z")
    };
    let report = examined(message, &settings, &snapshot);
    let delivered = serde_json::to_value(report.authentication.delivered_at).expect("JSON");
    assert_eq!(delivered, DELIVERED);
    report
}

fn dkim(report: &Report) -> (String, String) {
    let check = &report.authentication.dkim[0];
    let result = check
        .result
        .map_or("-".to_owned(), |result| format!("{result:?}").to_lowercase());
    (result, check.reason.clone().unwrap_or_default())
}

fn has(report: &Report, id: &str) -> bool {
    report.findings.iter().any(|finding| finding.id == id)
}

const PASSED: &str = "dkim=pass header.d=bank.example header.s=s2024; dmarc=pass header.from=bank.example";

#[test]
fn the_key_of_the_time_counts() {
    // The same name was given to another key two years later.
    let other = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let then = answer(&key(), ",\"asked_at\":\"2024-02-01T00:00:00Z\"");
    let now = answer(other, ",\"asked_at\":\"2026-10-01T00:00:00Z\"");
    let report = with_answers(&message(None, ""), &format!("{then}{now}"));
    assert_eq!(dkim(&report).0, "pass");
    assert_eq!(report.verdict.label, Label::NotSpoofed);
    assert!(has(&report, "AU-431"), "the key that stands there today is another one");
    // The order of the lines is no matter.
    assert_eq!(
        dkim(&with_answers(&message(None, ""), &format!("{now}{then}"))).0,
        "pass"
    );
}

#[test]
fn stated_validity_counts_before_the_time_of_asking() {
    let valid = answer(
        &key(),
        ",\"asked_at\":\"2026-10-01T00:00:00Z\",\"valid_from\":\"2024-01-01T00:00:00Z\",\"valid_to\":\"2024-06-01T00:00:00Z\"",
    );
    let gone = answer("", ",\"asked_at\":\"2024-03-10T00:00:00Z\"");
    let report = with_answers(&message(None, ""), &format!("{gone}{valid}"));
    assert_eq!(dkim(&report).0, "pass");
    assert!(!report.authentication.dkim[0].key.as_ref().unwrap().stale);
    // After its end it is not true any more.
    let ended = valid.replace("2024-06-01", "2024-03-01");
    let report = with_answers(&message(None, ""), &format!("{gone}{ended}"));
    assert_eq!(
        dkim(&report),
        ("permerror".to_owned(), "no key for signature".to_owned())
    );
}

/// Anybody can name a selector that never was: what stood there about the time of delivery is no key that went since.
#[test]
fn a_key_that_was_never_there_is_a_failure() {
    let absent = |asked_at: &str| answer("", &format!(",\"asked_at\":\"{asked_at}\""));
    for about_then in ["2024-03-10T00:00:00Z", "2024-03-11T10:00:00Z", "2024-03-13T00:00:00Z"] {
        let report = with_answers(&message(None, ""), &absent(about_then));
        assert_eq!(
            dkim(&report),
            ("permerror".to_owned(), "no key for signature".to_owned())
        );
        assert_eq!(
            report
                .authentication
                .dmarc
                .check
                .result
                .map(|result| format!("{result:?}")),
            Some("Fail".to_owned())
        );
        // Who saw it pass saw the key.
        let report = with_answers(&message(None, PASSED), &absent(about_then));
        assert_eq!(dkim(&report), ("-".to_owned(), "key-gone".to_owned()));
        assert_eq!(report.verdict.label, Label::NotSpoofed);
    }
    for long_apart in ["2024-02-01T00:00:00Z", "2024-03-20T00:00:00Z"] {
        let report = with_answers(&message(None, ""), &absent(long_apart));
        assert_eq!(dkim(&report), ("-".to_owned(), "key-gone".to_owned()));
    }
}

#[test]
fn a_key_that_is_gone_proves_nothing() {
    let gone = answer("", ",\"asked_at\":\"2026-10-01T00:00:00Z\"");
    let report = with_answers(&message(None, ""), &gone);
    assert_eq!(dkim(&report), ("-".to_owned(), "key-gone".to_owned()));
    assert!(has(&report, "AU-406"));
    assert_eq!(report.verdict.label, Label::Inconclusive);
    // Then the receiver's record of the time is the better witness.
    let report = with_answers(&message(None, PASSED), &gone);
    assert_eq!(report.verdict.label, Label::NotSpoofed);
    assert_eq!(dkim(&report), ("-".to_owned(), "key-gone".to_owned()));
}

#[test]
fn a_revoked_key_is_not_a_forgery() {
    let revoked = answer("v=DKIM1; p=", ",\"asked_at\":\"2026-10-01T00:00:00Z\"");
    let report = with_answers(&message(None, ""), &revoked);
    assert_eq!(dkim(&report), ("-".to_owned(), "key-gone".to_owned()));
    assert!(report.authentication.dkim[0].key.as_ref().unwrap().revoked);
    assert_eq!(report.verdict.label, Label::Inconclusive);
    assert_eq!(
        with_answers(&message(None, PASSED), &revoked).verdict.label,
        Label::NotSpoofed
    );
}

#[test]
fn a_key_that_changed_since_does_not_accuse() {
    let changed = answer(&Key::read("rsa-relay").record, ",\"asked_at\":\"2026-10-01T00:00:00Z\"");
    // Recorded two and a half years after delivery: the signature fails with it, and that says little.
    let report = with_answers(&message(None, PASSED), &changed);
    assert!(report.authentication.dkim[0].key.as_ref().unwrap().stale);
    assert_eq!(report.verdict.label, Label::NotSpoofed, "{}", report.verdict.summary);
    let report = with_answers(&message(None, ""), &changed);
    assert!(
        report.verdict.label < Label::LikelySpoofed,
        "{}",
        report.verdict.summary
    );
    // The same key at its time is a signature that fails.
    let then = answer(&Key::read("rsa-relay").record, ",\"asked_at\":\"2024-03-10T00:00:00Z\"");
    let report = with_answers(&message(None, ""), &then);
    assert_eq!(dkim(&report), ("fail".to_owned(), "header changed".to_owned()));
    assert!(!report.authentication.dkim[0].key.as_ref().unwrap().stale);
}

#[test]
fn an_end_is_judged_at_delivery() {
    let held = answer(&key(), ",\"asked_at\":\"2024-03-01T00:00:00Z\"");
    // Ended since: it was good when it came in.
    let since = with_answers(&message(Some(86_400), ""), &held);
    assert_eq!(dkim(&since).0, "pass");
    let check = &since.authentication.dkim[0];
    assert_eq!((check.expired_at_delivery, check.expired_now), (Some(false), true));
    assert_eq!(since.verdict.label, Label::NotSpoofed);
    // Ended two seconds after signing, three before delivery.
    let before = with_answers(&message(Some(2), ""), &held);
    assert_eq!(
        dkim(&before),
        ("policy".to_owned(), "expired before delivery".to_owned())
    );
    assert_eq!(before.authentication.dkim[0].expired_at_delivery, Some(true));
    assert_ne!(before.verdict.label, Label::NotSpoofed);
}

#[test]
fn what_nobody_asked_is_not_what_is_gone() {
    let message = message(None, "");
    let lines = "{\"name\":\"unrelated.example\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"data\":[]}\n";
    let snapshot = Snapshot::parse(&format!("{{\"spoofcheck_dns\":1}}\n{lines}"), "test").unwrap();
    let report = examined(message, &settings_at("2026-11-01T00:00:00Z"), &snapshot);
    assert_eq!(dkim(&report), ("-".to_owned(), "not-asked".to_owned()));
    assert!(!has(&report, "AU-406"));
    assert_eq!(report.authentication.dmarc.check.reason.as_deref(), Some("not-asked"));
}
