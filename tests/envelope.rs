//! The envelope's findings, each with a hit and a miss, and how often they fire on real mail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

mod common;

use std::collections::BTreeMap;

use spoofcheck::{
    dns::Snapshot,
    envelope::Origin,
    examiner::{self, Settings},
    finding::Severity,
    known::{Known, Relay},
    source,
};

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "common/messages.rs"]
mod messages;
use messages::{examined, settings_at};

fn settings() -> Settings {
    Settings {
        second_opinion: false,
        diagnosis_limit: 0,
        inner: false,
        ..settings_at("2026-11-20T00:00:00Z")
    }
}

fn found(header: &str) -> Vec<&'static str> {
    let message = format!("{header}From: a@shop.example\nDate: Mon, 2 Nov 2026 09:15:04 +0000\n\nx\n");
    let report = examined(message, &settings(), &Snapshot::default());
    report
        .findings
        .iter()
        .map(|finding| finding.id)
        .filter(|id| id.starts_with("EN-"))
        .collect()
}

const HOP: &str = "Received: from a.shop.example (a.shop.example [203.0.113.7]) by mx.corp.example (Postfix) with ESMTP id 1 \
    for <ruth@corp.example>; Mon, 2 Nov 2026 09:15:08 +0000\n";

#[test]
fn each_finding_has_a_hit_and_a_miss() {
    let path = |address: &str| format!("Return-Path: <{address}>\n{HOP}");
    let plain = path("a@shop.example");
    let spf = |more: &str| {
        format!(
            "Received-SPF: pass (mx.corp.example: x) receiver=mx.corp.example; envelope-from=a@shop.example; {more}\n{HOP}"
        )
    };
    for (id, hit, miss) in [
        ("EN-301", HOP.to_owned(), plain.clone()),
        (
            "EN-302",
            format!("{plain}Return-Path: <b@shop.example>\n"),
            plain.clone(),
        ),
        (
            "EN-306",
            format!("{}Auto-Submitted: auto-replied\n", path("")),
            path(""),
        ),
        (
            "EN-307",
            path("list-bounces+ruth=corp.example@lists.example"),
            plain.clone(),
        ),
        (
            "EN-308",
            path("SRS0=HHHH=TT=bank.example=ann@alumni.example"),
            plain.clone(),
        ),
        ("EN-309", path("prvs=1234abcdef=ann@shop.example"), plain.clone()),
        ("EN-310", path("ruth+caf_=ruth=corp.example@gmail.com"), plain.clone()),
        (
            "EN-311",
            spf("client-ip=203.0.113.7; helo=other.example"),
            spf("client-ip=203.0.113.7; helo=a.shop.example"),
        ),
        ("EN-312", spf("client-ip=203.0.113.8"), spf("client-ip=203.0.113.7")),
        (
            "EN-314",
            format!("From other@else.example Mon Nov  2 09:15:08 2026\n{plain}"),
            format!("From a@shop.example Mon Nov  2 09:15:08 2026\n{plain}"),
        ),
        ("EN-316", path("ruth@corp.example"), plain.clone()),
    ] {
        assert!(found(&hit).contains(&id), "{id} is found: {:?}", found(&hit));
        assert!(!found(&miss).contains(&id), "{id} is not found: {:?}", found(&miss));
    }
}

#[test]
fn on_real_mail() {
    for (name, archive) in [
        ("legit-lists", "legit-lists/mail.tar.gz"),
        ("phishing-pot", "phishing-pot/phish.tar.gz"),
    ] {
        let Some(archive) = common::shared(archive) else { return };
        let folder = common::unpacked(&archive);
        let mut fired: BTreeMap<(&'static str, Severity), usize> = BTreeMap::new();
        let (mut total, mut known) = (0, 0);
        let files = walkdir::WalkDir::new(folder.path())
            .sort_by_file_name()
            .into_iter()
            .filter_map(Result::ok);
        for file in files.filter(|entry| entry.file_type().is_file()) {
            total += 1;
            let report = examiner::examine(
                &source::open_eml(file.path()).unwrap(),
                &settings(),
                &Snapshot::default(),
            );
            known += usize::from(report.envelope.mail_from.value.is_some());
            for finding in report.findings.iter().filter(|finding| finding.id.starts_with("EN-")) {
                *fired.entry((finding.id, finding.severity)).or_default() += 1;
            }
        }
        println!("{name}, {total} messages, MAIL FROM known of {known}: {fired:?}");
        assert!(known * 100 >= total * 97, "{known} of {total}");
        if name == "legit-lists" {
            for ((id, severity), count) in fired {
                assert!(
                    severity < Severity::Medium || count * 100 <= total,
                    "{id}: {count} of {total}"
                );
            }
        }
    }
}

/// A relay that the user trusts took the message for bank.example's server and rewrote the sender: SPF is of what was said at the border.
#[test]
fn a_trusted_relay_rewrites_the_sender() {
    let last = "Received: from lists.example (lists.example [203.0.113.20]) by mx.corp.example (Postfix) with ESMTP id 1 \
        for <ruth@corp.example>; Mon, 2 Nov 2026 09:15:08 +0000\n";
    let checked_last = "Received-SPF: pass (mx.corp.example: x) receiver=mx.corp.example; client-ip=203.0.113.20; \
        envelope-from=\"SRS0=abcd=ju=bank.example=ann@lists.example\"\n";
    let path = "Return-Path: <SRS0=abcd=ju=bank.example=ann@lists.example>\n";
    let border = |sender: &str| {
        format!(
            "Received: from mail.bank.example (mail.bank.example [192.0.2.25]) by lists.example (Postfix) with ESMTP{sender} id 2 \
            for <ruth@lists.example>; Mon, 2 Nov 2026 09:15:07 +0000\n"
        )
    };
    let checked = "Received-SPF: pass (lists.example: x) receiver=lists.example; client-ip=192.0.2.25; envelope-from=ann@bank.example\n";
    let settings = Settings {
        known: Known {
            trusted_relays: vec![Relay::parse("lists.example").unwrap()],
            ..Known::default()
        },
        ..settings()
    };
    let sender = |header: &str| {
        let message = format!("{header}From: ann@bank.example\nDate: Mon, 2 Nov 2026 09:15:04 +0000\n\nx\n");
        let envelope = examined(message, &settings, &Snapshot::default()).envelope;
        assert_eq!(envelope.client_ip.value.as_deref(), Some("192.0.2.25"), "{header}");
        (envelope.mail_from.value.unwrap_or_default(), envelope.mail_from.origin)
    };
    let ann = |origin| ("ann@bank.example".to_owned(), Some(origin));
    // The relay's own record, its own Received field, and where it wrote neither the address that it rewrote.
    let header = [path, checked_last, last, checked, &border("")].concat();
    assert_eq!(sender(&header), ann(Origin::ReceivedSpf));
    let header = [path, last, &border(" (envelope-from <ann@bank.example>)")].concat();
    assert_eq!(sender(&header), ann(Origin::BorderHop));
    let header = [path, checked_last, last, &border("")].concat();
    assert_eq!(sender(&header), ann(Origin::Decoded));
    // An address that somebody else rewrote is the sender himself.
    let foreign = path.replace("@lists.example", "@alumni.example");
    assert!(
        sender(&[&foreign, last, &border("")].concat())
            .0
            .ends_with("@alumni.example")
    );
}
