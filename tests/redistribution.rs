//! Lists and forwarders behind the border, and those in front of it that nobody knows: what the border saw counts, and the name of
//! a list excuses nobody who only writes it down.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use spoofcheck::{
    dns::Snapshot,
    known::{Known, Relay},
    report::Report,
    trace::Confidence,
    verdict::Label,
};

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "common/messages.rs"]
mod messages;
use messages::{examined, settings_at};

const ZONE: &str = r#"{"spoofcheck_dns": 1, "absent": "nxdomain", "now": null}
{"name": "bank.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:192.0.2.25 -all"]}
{"name": "_dmarc.bank.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=DMARC1; p=reject"]}
{"name": "s1._domainkey.bank.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]}
{"name": "shady.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:198.51.100.66 -all"]}
{"name": "lists.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:203.0.113.20 -all"]}
"#;
const AUTHOR: &str = "From: Bank <service@bank.example>\r\nTo: staff@lists.corp.example\r\nSubject: x\r\n\
    Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@bank.example>\r\n\r\nx\r\n";
const LIST: &str = "List-Id: Staff <staff.lists.corp.example>\r\nList-Post: <mailto:staff@lists.corp.example>\r\n";
const DATE: &str = "Mon, 1 Jan 2024 00:00:00 +0000";

/// A client, and who it said sends.
const BANK: (&str, &str, &str) = ("mail.bank.example", "192.0.2.25", "service@bank.example");
const SHADY: (&str, &str, &str) = ("host.shady.example", "198.51.100.66", "x@shady.example");

fn judged(message: &str, trusted_relay: Option<&str>) -> Report {
    let mut settings = settings_at("2024-01-02T00:00:00Z");
    settings.known = Known {
        trusted_relays: trusted_relay
            .into_iter()
            .map(|relay| Relay::parse(relay).unwrap())
            .collect(),
        ..Known::default()
    };
    examined(message, &settings, &Snapshot::parse(ZONE, "zone").unwrap())
}

/// A Received field of `by`, with what its server recorded above it where `sender` is told.
fn hop(client: &str, ip: &str, by: &str, to: &str, sender: Option<(&str, &str)>) -> String {
    let record = sender.map(|(sender, result)| {
        format!("Received-SPF: {result} ({by}: checked) receiver={by}; client-ip={ip}; helo={client}; envelope-from=\"{sender}\"\r\n")
    });
    let record = record.unwrap_or_default();
    format!(
        "{record}Received: from {client} ({client} [{ip}]) by {by} (Postfix) with ESMTP id 4D2sTn4Xyz1234 for <{to}>; {DATE}\r\n"
    )
}

/// What a list of the receiver's own sent on from its bounce address.
fn from_own_list((client, ip, sender): (&str, &str, &str), record: Option<&str>) -> String {
    let path = "Return-Path: <staff-bounces@lists.corp.example>\r\n";
    let last = hop(
        "lists.corp.example",
        "203.0.113.30",
        "mx.corp.example",
        "kim@corp.example",
        None,
    );
    let border = hop(
        client,
        ip,
        "lists.corp.example",
        "staff@lists.corp.example",
        record.map(|result| (sender, result)),
    );
    [path, &last, &border, LIST, AUTHOR].concat()
}

#[test]
fn a_list_behind_the_border_hides_no_author() {
    let honest = judged(&from_own_list(BANK, Some("pass")), None);
    assert_eq!(honest.verdict.label, Label::NotSpoofed);
    assert_eq!(honest.envelope.mail_from.value.as_deref(), Some("service@bank.example"));
    let forged = judged(&from_own_list(SHADY, Some("pass")), None);
    assert_eq!(forged.verdict.label, Label::Spoofed);
    // Where nobody wrote down who sent it, the list's own address is no answer.
    for client in [BANK, SHADY] {
        let unknown = judged(&from_own_list(client, None), None);
        assert_eq!(unknown.envelope.mail_from.value, None);
        assert_eq!(unknown.verdict.label, Label::Inconclusive);
    }
}

#[test]
fn the_name_of_a_list_excuses_nobody() {
    let path = "Return-Path: <x@shady.example>\r\n";
    let inner = hop(
        "mx.corp.example",
        "203.0.113.10",
        "imap.corp.example",
        "kim@corp.example",
        None,
    );
    let (client, ip, sender) = SHADY;
    let signature = "DKIM-Signature: v=1; a=ed25519-sha256; d=bank.example; s=s1; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=ZmFrZQ==\r\n";
    for record in [None, Some((sender, "pass"))] {
        let border = hop(client, ip, "mx.corp.example", "kim@corp.example", record);
        for claims in ["", LIST, signature, &[LIST, signature].concat()] {
            let report = judged(&[path, &inner, &border, claims, AUTHOR].concat(), None);
            assert_eq!(report.verdict.label, Label::Spoofed, "{claims}");
            assert!(report.flows.is_empty(), "{claims}");
        }
    }
}

/// Without a signature and through a forwarder the message cannot be told from a forgery but by the forwarder's word.
#[test]
fn the_word_of_a_forwarder_is_believed_by_who_knows_him() {
    let srs = "SRS0=abcd=ju=bank.example=service@lists.example";
    for path in ["service@bank.example", srs] {
        let last = hop(
            "lists.example",
            "203.0.113.20",
            "mx.corp.example",
            "kim@corp.example",
            Some((path, "none")),
        );
        let message = |(client, ip, sender): (&str, &str, &str)| {
            let first = hop(client, ip, "lists.example", "fwd@lists.example", Some((sender, "pass")));
            [&format!("Return-Path: <{path}>\r\n"), &last, &first, AUTHOR].concat()
        };
        let stranger = judged(&message(BANK), None);
        assert_eq!(stranger.verdict.label, Label::Spoofed);
        assert_eq!(stranger.verdict.confidence, Confidence::Medium);
        let told = |unknown: &String| unknown.ends_with("--trusted-relay 203.0.113.20 believes it");
        assert!(
            stranger.verdict.unknowns.iter().any(told),
            "{:?}",
            stranger.verdict.unknowns
        );
        let known = judged(&message(BANK), Some("203.0.113.20"));
        assert_eq!(known.verdict.label, Label::NotSpoofed);
        assert_eq!(known.envelope.mail_from.value.as_deref(), Some("service@bank.example"));
        assert_eq!(
            judged(&message(SHADY), Some("203.0.113.20")).verdict.label,
            Label::Spoofed
        );
    }
}
