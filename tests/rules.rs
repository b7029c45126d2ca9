//! Rules about the form of a message and what it claims: each with a message that it finds and one that it leaves alone; and a count
//! of the whole catalogue: a rule without a fixture fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

use std::{collections::BTreeSet, path::Path};

use spoofcheck::{dns::Snapshot, examiner, flow, known::Person, rules, source};

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "common/messages.rs"]
mod messages;
use messages::{examined, settings_at};

const BORDER: &str = "Received: from out.shop.example (out.shop.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTPS id 284463055D for <bob@corp.example>; Mon, 1 Jan 2024 00:00:00 +0000\r\n";
const REST: &str =
    "To: bob@corp.example\r\nSubject: x\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n";
const FROM: &str = "From: Ann <ann@shop.example>\r\n";

fn found(message: &str) -> BTreeSet<&'static str> {
    let report = examined(message, &settings_at("2024-01-02T00:00:00Z"), &Snapshot::new());
    report
        .findings
        .iter()
        .map(|finding| finding.id)
        .chain(report.flows.iter().map(|flow| flow.id))
        .collect()
}

/// A message with these fields instead of or beside the usual ones, and this body.
fn message(fields: &str, body: &str) -> String {
    let has = |name: &str| {
        fields
            .lines()
            .any(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))
    };
    let from = if has("from") { "" } else { FROM };
    let rest: String = REST
        .split_inclusive("\r\n")
        .filter(|line| !has(&line.split(':').next().unwrap_or_default().to_ascii_lowercase()))
        .collect();
    format!("{BORDER}{from}{fields}{rest}\r\n{body}")
}

#[test]
fn each_finds_its_own_and_nothing_else() {
    let plain = message("", "x\r\n");
    let attached = |cover: &str| {
        message(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n",
            &format!(
                "--b\r\nContent-Type: text/plain\r\n\r\n{cover}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: service@bank.example\r\nSubject: y\r\n\r\ny\r\n--b--\r\n"
            ),
        )
    };
    let cases: Vec<(&str, String, String)> = vec![
        (
            "ST-704",
            message("", &format!("{}\r\n", "x".repeat(1_200))),
            plain.clone(),
        ),
        ("ST-706", message("X-Note: Grüße\r\n", "x\r\n"), plain.clone()),
        (
            "ST-707",
            message("Content-Type: text/plain\r\nContent-Type: text/html\r\n", "x\r\n"),
            message("Content-Type: text/plain\r\n", "x\r\n"),
        ),
        (
            "ST-708",
            message("Message-ID: <1@mx.corp.example>\r\n", "x\r\n"),
            plain.clone(),
        ),
        (
            "ST-709",
            message("", "x\r\n>From now on\r\n"),
            message("", "x\r\n> From now on\r\n"),
        ),
        ("ST-710", format!("{BORDER}{FROM}{REST}"), plain.clone()),
        ("ST-711", attached("Please look at this message."), plain.clone()),
        (
            "ID-635",
            attached(""),
            attached("Please look at this message, is it genuine?"),
        ),
        (
            "ST-712",
            message("Authentication-Results: x.example; spf=pass\r\n", "x\r\n"),
            plain.clone(),
        ),
        (
            "ST-713",
            message("Resent-From: max@shop.example\r\n", "x\r\n"),
            plain.clone(),
        ),
        (
            "ST-714",
            message(
                "",
                "From: service@bank.example\r\nTo: x@y.example\r\nSubject: z\r\n\r\nhello\r\n",
            ),
            message(
                "",
                "From: ann@shop.example\r\nTo: x@y.example\r\nSubject: z\r\n\r\nhello\r\n",
            ),
        ),
        ("ID-615", message("From: ann@gmail.com\r\n", "x\r\n"), plain.clone()),
        (
            "ID-616",
            message("Message-ID: <1@elsewhere.example>\r\n", "x\r\n"),
            plain.clone(),
        ),
        (
            "ID-617",
            message("Message-ID: <CAK1@mail.gmail.com>\r\n", "x\r\n"),
            plain.clone(),
        ),
        (
            "ID-618",
            message("Subject: Re: x\r\n", "x\r\n"),
            message("Subject: Re: x\r\nIn-Reply-To: <0@corp.example>\r\n", "x\r\n"),
        ),
        (
            "ID-622",
            message(
                "X-Mailer: Microsoft Outlook Express 6.0\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1_4411\"\r\n",
                "--b1_4411--\r\n",
            ),
            message(
                "X-Mailer: Microsoft Outlook Express 6.0\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"----=_NextPart_000_0006_01DA3C4B.61000000\"\r\n",
                "x\r\n",
            ),
        ),
        (
            "ID-623",
            message("Disposition-Notification-To: x@elsewhere.example\r\n", "x\r\n"),
            message("Disposition-Notification-To: x@shop.example\r\n", "x\r\n"),
        ),
        (
            "ID-625",
            message("From: a@x7.onmicrosoft.com\r\n", "x\r\n"),
            plain.clone(),
        ),
        (
            "ID-626",
            message("From: paypal.com@shop.example\r\n", "x\r\n"),
            message("From: paypal@shop.example\r\n", "x\r\n"),
        ),
        (
            "ID-629",
            message("To: undisclosed-recipients:;\r\n", "x\r\n"),
            plain.clone(),
        ),
        (
            "ID-630",
            message("Author: Max <max@shop.example>\r\n", "x\r\n"),
            message("Author: ann@shop.example\r\n", "x\r\n"),
        ),
        ("ID-634", message("From: a@[192.0.2.9]\r\n", "x\r\n"), plain.clone()),
        (
            "AU-403",
            plain.clone(),
            message(
                "DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=a; h=from; bh=AAAA; b=AAAA\r\n",
                "x\r\n",
            ),
        ),
    ];
    for (id, hit, miss) in cases {
        assert!(found(&hit).contains(id), "{id} misses its message: {:?}", found(&hit));
        assert!(!found(&miss).contains(id), "{id} finds what is innocent");
    }
}

/// Rules about time and trace, and the flows, which need hops of their own.
#[test]
fn times_and_flows() {
    let plain = message("", "x\r\n");
    let below = |date: &str| {
        plain.replacen("From:", &format!("Received: from pc.shop.example (pc.shop.example [198.51.100.9]) by out.shop.example (Postfix) with ESMTP id 9A3F2C0041; {date}\r\nFrom:"), 1)
    };
    let date = |date: &str| message(&format!("Date: {date}\r\n"), "x\r\n");
    let seals = |first: &str, second: &str| {
        let set = |instance: &str, at: &str| {
            format!(
                "ARC-Seal: i={instance}; a=rsa-sha256; d=shop.example; s=a; t={at}; cv=none; b=AAAA\r\nARC-Message-Signature: i={instance}; a=rsa-sha256; d=shop.example; s=a; h=from; bh=AAAA; b=AAAA\r\nARC-Authentication-Results: i={instance}; mx.shop.example; spf=pass\r\n"
            )
        };
        message(&format!("{}{}", set("2", second), set("1", first)), "x\r\n")
    };
    let group = |client: &str| {
        let path = "Return-Path: <team+bncBAABBC44XYZQMGQEABCDEFG@shop.example>\r\n";
        let hop = BORDER.replace("out.shop.example", client);
        format!("{path}{hop}X-Google-Group-Id: 123456789\r\n{FROM}{REST}\r\nx\r\n")
    };
    let microsoft = |client: &str, rest: &str| {
        format!(
            "Received: from {client} ({client} [40.107.0.1]) by AM6EUR05FT012.mail.protection.outlook.com (10.233.241.55) with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.20.6954.28 via Frontend Transport; Mon, 1 Jan 2024 00:00:00 +0000\r\n{rest}{FROM}{REST}\r\nx\r\n"
        )
    };
    let filtered = |verdict: &str| {
        format!(
            "X-Forefront-Antispam-Report: CIP:198.51.100.7;CTRY:;LANG:en;SCL:1;SRV:;IPV:NLI;SFV:{verdict};H:out.shop.example;PTR:;CAT:NONE;\r\n"
        )
    };
    let exchange = |before: &str, at: &str, rest: &str| {
        format!(
            "{before}Received: from out.shop.example (198.51.100.7) by mbx1.corp.example (10.0.0.6) with Microsoft SMTP Server id 15.1.2507.6; {at}\r\n{rest}{FROM}{REST}\r\nx\r\n"
        )
    };
    const NEW_YEAR: &str = "Mon, 1 Jan 2024 00:00:00 +0000";
    let local =
        "Received: by web.shop.example (Postfix, from userid 33) id 9A3F2C0041; Mon, 1 Jan 2024 00:00:00 +0000\r\n";
    let gateway = |results: &str| {
        format!(
            "Received: from us-smtp-delivery-1.mimecast.com (us-smtp-delivery-1.mimecast.com [207.211.30.1]) by mx.corp.example (Postfix) with ESMTPS id 9A3F2C0041; {NEW_YEAR}\r\n{results}Received: from out.shop.example (out.shop.example [198.51.100.7]) by relay.mimecast.com with ESMTP id us-mta-12-AbCdEfGhMnOp-1; {NEW_YEAR}\r\n{FROM}{REST}\r\nx\r\n"
        )
    };
    let results = "Authentication-Results: relay.mimecast.com; spf=pass (relay.mimecast.com: domain of ann@shop.example designates 198.51.100.7 as permitted sender) smtp.mailfrom=ann@shop.example\r\n";
    let received_spf = |ip: &str| {
        format!(
            "Received-SPF: pass (x) receiver=mx.corp.example; client-ip={ip}; envelope-from=ann@shop.example\r\n{plain}"
        )
    };
    let waits = |verdict: &str| {
        let top = "Received: from mx.corp.example (mx.corp.example [10.0.0.1]) by store.corp.example (Postfix) with ESMTP id 9A3F2C0043; Wed, 3 Jan 2024 00:00:00 +0000\r\n";
        format!("{top}{}{plain}", filtered(verdict))
    };
    let cases: Vec<(&str, String, String)> = vec![
        ("TR-125", received_spf("192.0.2.99"), received_spf("198.51.100.7")),
        (
            "TM-201",
            below("Mon, 1 Jan 2024 01:00:00 +0000"),
            below("Mon, 1 Jan 2024 00:01:00 +0000"),
        ),
        ("TM-202", date("Mon, 1 Jan 2024 05:00:00 +0000"), plain.clone()),
        ("TM-204", date("Mon, 1 Jan 2024 00:00:00 +2500"), plain.clone()),
        ("TM-206", date("Fri, 1 Jan 2024 00:00:00 +0000"), plain.clone()),
        (
            "TM-208",
            seals("1704067000", "1704060000"),
            seals("1704067000", "1704067100"),
        ),
        (
            "TM-209",
            message("Message-ID: <20230101120000.4411-1-ann@shop.example>\r\n", "x\r\n"),
            message("Message-ID: <20240101000000.4411-1-ann@shop.example>\r\n", "x\r\n"),
        ),
        (
            "TM-210",
            message("Thread-Index: mQHc9rRhSPXw4ZdTQtuvnkZG9OrQIgAABz+v\r\n", "x\r\n"),
            plain.clone(),
        ),
        (
            "TM-211",
            message(
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"----=_NextPart_000_0006_00000001.61000000\"\r\n",
                "x\r\n",
            ),
            message(
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"----=_NextPart_000_0006_01DA3C4B.61000000\"\r\n",
                "x\r\n",
            ),
        ),
        (
            "TM-213",
            exchange(
                "X-OriginalArrivalTime: 05 Jan 2024 00:00:00.0000 (UTC)\r\n",
                NEW_YEAR,
                "",
            ),
            exchange(
                "X-OriginalArrivalTime: 01 Jan 2024 00:00:00.0000 (UTC)\r\n",
                NEW_YEAR,
                "",
            ),
        ),
        (
            "TM-215",
            plain.replacen("1 Jan 2024 00:00:00 +0000", "1 Jan 24 00:00:00 +0000", 1),
            plain.clone(),
        ),
        (
            "AU-432",
            message("DKIM2-Signature: i=1; m=1; d=shop.example\r\n", "x\r\n"),
            plain.clone(),
        ),
        (
            "ID-606",
            message("From: PayPal Support <ann@shop.example>\r\n", "x\r\n"),
            message("From: PayPal expert Ann <ann@shop.example>\r\n", "x\r\n"),
        ),
        (
            "ID-603",
            message(
                "From: ann@shoping.example\r\nIn-Reply-To: <1@shopping.example>\r\n",
                "x\r\n",
            ),
            message("From: ann@shoping.example\r\n", "x\r\n"),
        ),
        (
            "ID-606",
            message("From: Security bank.example <ann@shop.example>\r\n", "x\r\n"),
            message("From: Security shop.example <ann@shop.example>\r\n", "x\r\n"),
        ),
        ("ST-715", message(&"X-Pad: x\r\n".repeat(1_100), "x\r\n"), plain.clone()),
        ("FL-2", group("mail-sor-f69.google.com"), group("out.shop.example")),
        (
            "FL-7",
            format!(
                "Return-Path: <max@shop.example>\r\n{}",
                message(
                    "From: service@bank.example\r\nX-Sieve-Redirected-From: max@shop.example\r\n",
                    "x\r\n"
                )
            ),
            format!(
                "Return-Path: <max@elsewhere.example>\r\n{}",
                message(
                    "From: service@bank.example\r\nX-Sieve-Redirected-From: max@shop.example\r\n",
                    "x\r\n"
                )
            ),
        ),
        ("FL-12", gateway(results), gateway("")),
        (
            "FL-15",
            format!("{}{}", filtered("SKA"), message("X-PHISHTEST: yes\r\n", "x\r\n")),
            message("X-PHISHTEST: yes\r\n", "x\r\n"),
        ),
        ("FL-17", waits("SKQ"), waits("NSPM")),
        (
            "FL-19",
            plain.replacen("From: Ann", &format!("{local}From: Ann"), 1),
            plain.replacen("From: Ann <ann@shop", &format!("{local}From: Ann <ann@bank"), 1),
        ),
        (
            "FL-20",
            microsoft(
                "EUR05-obe.outbound.protection.outlook.com",
                "Authentication-Results-Original: dkim=none\r\n",
            ),
            microsoft("out.shop.example", "Authentication-Results-Original: dkim=none\r\n"),
        ),
    ];
    for (id, hit, miss) in cases {
        assert!(
            found(&hit).contains(id),
            "{id} misses its message: {:?}\n{hit}",
            found(&hit)
        );
        assert!(!found(&miss).contains(id), "{id} finds what is innocent\n{miss}");
    }
}

/// A return path that only the mbox line names accuses nobody.
#[test]
fn an_uncertain_return_path() {
    let finds = |top: &str| {
        let message = format!("{top}{}", message("", "x\r\n"));
        let nothing = Snapshot::parse(
            r#"{"spoofcheck_dns": 1, "absent": "nxdomain", "now": null}"#,
            "dns.jsonl",
        )
        .unwrap();
        let report = examined(message, &settings_at("2024-01-02T00:00:00Z"), &nothing);
        report.findings.iter().any(|finding| finding.id == "AU-417")
    };
    assert!(finds("From ann@shop.example Mon Jan  1 00:00:00 2024\r\n"));
    assert!(!finds("Return-Path: <ann@shop.example>\r\n"));
}

/// A protected person's name counts only with his own addresses.
#[test]
fn a_protected_person() {
    let finds = |from: &str| {
        let mut settings = settings_at("2024-01-02T00:00:00Z");
        settings.known.protect.people.push(Person {
            name: "Carl Boss".to_owned(),
            addresses: vec!["carl@corp.example".to_owned()],
        });
        let report = examined(
            message(&format!("From: {from}\r\n"), "x\r\n"),
            &settings,
            &Snapshot::new(),
        );
        report.findings.iter().any(|finding| finding.id == "ID-607")
    };
    assert!(finds("Carl Boss <ceo77@shop.example>"));
    assert!(!finds("Carl Boss <carl@corp.example>"));
}

/// Texts of the tests, and what is found in every message of testdata: each rule stands in one of them.
#[test]
fn every_rule_and_flow_has_a_fixture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = String::new();
    let mut fired: BTreeSet<String> = BTreeSet::new();
    for entry in walkdir::WalkDir::new(root.join("tests"))
        .into_iter()
        .filter_map(Result::ok)
    {
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            named += &std::fs::read_to_string(entry.path()).unwrap();
        }
    }
    let settings = settings_at("2026-11-01T00:00:00Z");
    for entry in walkdir::WalkDir::new(root.join("testdata"))
        .into_iter()
        .filter_map(Result::ok)
    {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let beside = path.with_file_name("dns.jsonl");
        let snapshot = if beside.exists() {
            Snapshot::read(&beside).unwrap()
        } else {
            Snapshot::new()
        };
        let report = examiner::examine(&source::open_eml(path).unwrap(), &settings, &snapshot);
        fired.extend(report.findings.iter().map(|finding| finding.id.to_owned()));
        fired.extend(report.flows.iter().map(|flow| flow.id.to_owned()));
    }
    let bare = |id: &str| !fired.contains(id) && !named.contains(&format!("\"{id}\""));
    let without: Vec<&str> = rules::catalogue()
        .map(|rule| rule.id)
        .chain(flow::catalogue().map(|flow| flow.id))
        .filter(|id| bare(id))
        .collect();
    println!(
        "{} rules and flows, {} of them found in testdata",
        rules::catalogue().count() + flow::catalogue().count(),
        fired.len()
    );
    assert!(without.is_empty(), "no fixture for {without:?}");
}
