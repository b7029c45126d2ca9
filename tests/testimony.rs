//! The rules about recorded results and the envelope: each with a message that it finds and one that it leaves alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use spoofcheck::{dns::Snapshot, report::Report, verify::comparison::Relation};

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "common/messages.rs"]
mod messages;
use messages::{examined, settings_at};

const BORDER: &str = "Received: from out.shop.example (out.shop.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTPS id 284463055D for <bob@corp.example>; Mon, 1 Jan 2024 00:00:00 +0000\r\n";
const BODY: &str = "From: ann@bank.example\r\nTo: bob@corp.example\r\nSubject: x\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@bank.example>\r\n\r\nx\r\n";

fn report(message: &str, snapshot: &Snapshot) -> Report {
    examined(message, &settings_at("2024-01-02T00:00:00Z"), snapshot)
}

/// What stands above the border, what stands directly below it, and what of these rules is found.
fn found(above: &str, below: &str) -> Vec<(&'static str, String)> {
    let message = format!("{above}{BORDER}{below}{BODY}");
    let report = report(&message, &Snapshot::new());
    report
        .findings
        .iter()
        .map(|finding| (finding.id, finding.message.clone()))
        .collect()
}

fn has(findings: &[(&'static str, String)], id: &str) -> bool {
    findings.iter().any(|(found, _)| *found == id)
}

/// Id, the fields above and below the border that show it, and those that do not.
type Case<'t> = (&'t str, (String, String), (String, String));

#[test]
fn each_finds_its_own_and_nothing_else() {
    const PASS: &str = "Authentication-Results: mx.corp.example; spf=pass smtp.mailfrom=shop.example; dmarc=fail header.from=bank.example\r\n";
    let received_spf = |result: &str, ip: &str, receiver: &str| {
        format!(
            "Received-SPF: {result} (x) receiver={receiver}; client-ip={ip}; envelope-from=ann@shop.example; helo=out.shop.example\r\n"
        )
    };
    let own = received_spf("Pass", "198.51.100.7", "mx.corp.example");
    let failed = received_spf("Fail", "198.51.100.7", "mx.corp.example");
    let foreign = received_spf("Pass", "192.0.2.3", "mx.other.example");
    let cases: &[Case<'_>] = &[
        ("RC-505", (format!("{PASS}{failed}"), String::new()), (format!("{PASS}{own}"), String::new())),
        ("RC-506", (PASS.to_owned(), foreign), (format!("{PASS}{own}"), String::new())),
        (
            "RC-507",
            (PASS.replace("header.from=bank.example", "header.from=other.example"), String::new()),
            (PASS.to_owned(), String::new()),
        ),
        ("RC-508", (PASS.replace("spf=pass", "spf=hardfail"), String::new()), (PASS.to_owned(), String::new())),
        (
            "RC-509",
            (format!("{PASS}{}", PASS.replace("dmarc=fail", "dmarc=pass")), String::new()),
            (format!("{PASS}{PASS}"), String::new()),
        ),
        (
            "RC-510",
            (format!("ARC-Authentication-Results: i=1; mx.corp.example; dmarc=pass header.from=bank.example\r\n{PASS}"), String::new()),
            (format!("ARC-Authentication-Results: i=1; mx.corp.example; dmarc=fail header.from=bank.example\r\n{PASS}"), String::new()),
        ),
        ("RC-511", (received_spf("Pass", "192.0.2.99", "mx.corp.example"), String::new()), (own, String::new())),
        (
            "RC-512",
            (PASS.to_owned(), "X-Original-Authentication-Results: mx.google.com; dkim=pass header.i=@bank.example\r\n".to_owned()),
            (PASS.to_owned(), String::new()),
        ),
        ("RC-515", (PASS.replace("mx.corp.example;", "mx.corp.example 2;"), String::new()), (PASS.to_owned(), String::new())),
        (
            "EN-303",
            (format!("Return-Path: <ann@elsewhere.example>\r\n{PASS}"), String::new()),
            (format!("Return-Path: <ann@shop.example>\r\n{PASS}"), String::new()),
        ),
        (
            "EN-311",
            (format!("X-HELO: pc.third.example\r\n{PASS}"), String::new()),
            (format!("X-HELO: out.shop.example\r\n{PASS}"), String::new()),
        ),
        (
            "VN-810",
            ("X-Forefront-Antispam-Report: CIP:198.51.100.7;CTRY:;LANG:en;SCL:1;SRV:;H:pc.third.example;PTR:;CAT:NONE;\r\n".to_owned(), String::new()),
            ("X-Forefront-Antispam-Report: CIP:198.51.100.7;CTRY:;LANG:en;SCL:1;SRV:;H:out.shop.exam;PTR:;CAT:NONE;\r\n".to_owned(), String::new()),
        ),
    ];
    for (id, (above, below), (other_above, other_below)) in cases {
        let hit = found(above, below);
        assert!(has(&hit, id), "{id} misses its message: {hit:?}");
        let miss = found(other_above, other_below);
        assert!(!has(&miss, id), "{id} finds what is innocent: {miss:?}");
    }
}

/// The author's own SPF refuses the client, and the author's domain has no DMARC policy.
#[test]
fn spf_alone_accuses_only_a_client_that_delivered_as_the_first() {
    let refused = "Authentication-Results: mx.corp.example; spf=fail smtp.mailfrom=ann@bank.example; dkim=none; dmarc=none header.from=bank.example\r\n";
    let before = "Received: from mail.bank.example (mail.bank.example [192.0.2.25]) by out.shop.example (Postfix) with ESMTPS id 284463055C for <bob@shop.example>; Mon, 1 Jan 2024 00:00:00 +0000\r\n";
    assert!(has(&found(refused, ""), "RC-516"));
    let innocent = [
        (refused.to_owned(), before),
        (refused.replace("spf=fail", "spf=softfail"), ""),
        (refused.replace("ann@bank.example", "bounce@shop.example"), ""),
        (refused.replace("dkim=none", "dkim=pass header.d=shop.example"), ""),
        (refused.replace("dmarc=none", "dmarc=temperror"), ""),
    ];
    for (above, below) in innocent {
        let findings = found(&above, below);
        assert!(!has(&findings, "RC-516"), "{above}{below}: {findings:?}");
    }
}

/// The receiver wrote down its check of HELO, which says nothing of MAIL FROM.
#[test]
fn a_result_of_helo_stands_beside_the_check_of_helo() {
    let received_spf = |result: &str| {
        format!(
            "Received-SPF: {result} (x) identity=helo; client-ip=198.51.100.7; helo=out.shop.example; envelope-from=ann@bank.example; receiver=mx.corp.example\r\n"
        )
    };
    let no_policy = "Authentication-Results: mx.corp.example; dkim=none; dmarc=none header.from=bank.example\r\n";
    let dns = concat!(
        r#"{"spoofcheck_dns": 1, "absent": "nxdomain", "now": null}"#,
        "\n",
        r#"{"name": "bank.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:198.51.100.7 -all"]}"#,
        "\n",
        r#"{"name": "out.shop.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 -all"]}"#,
        "\n",
    );
    let snapshot = Snapshot::parse(dns, "dns.jsonl").unwrap();
    let compared = |result: &str| {
        let message = format!(
            "Return-Path: <ann@bank.example>\r\n{no_policy}{}{BORDER}{BODY}",
            received_spf(result)
        );
        let report = report(&message, &snapshot);
        let spf = report.comparison.iter().filter(|line| line.method == "spf");
        let lines: Vec<_> = spf
            .map(|line| (line.identifier.clone().unwrap(), line.relation))
            .collect();
        let findings: Vec<_> = report.findings.iter().map(|finding| finding.id).collect();
        (lines, findings)
    };
    let domains = ["bank.example", "out.shop.example"];
    let (lines, findings) = compared("Fail");
    assert_eq!(
        lines,
        [
            (domains[0].to_owned(), Relation::NotRecorded),
            (domains[1].to_owned(), Relation::Agree)
        ]
    );
    // The author's own record does not refuse this client.
    assert!(
        !findings.contains(&"RC-516") && !findings.contains(&"RC-504"),
        "{findings:?}"
    );
    let (lines, findings) = compared("Pass");
    assert_eq!(lines[1], (domains[1].to_owned(), Relation::Contradicted));
    assert!(findings.contains(&"RC-504"), "{findings:?}");
}

#[test]
fn results_of_an_attached_message_are_its_own() {
    let inner = "Authentication-Results: mx.corp.example; dmarc=pass\r\nFrom: x@shop.example\r\n\r\nx\r\n";
    let with = |content: &str| {
        format!(
            "{BORDER}From: ann@shop.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{content}\r\n--b--\r\n"
        )
    };
    let finds = |message: &str| {
        let report = report(message, &Snapshot::new());
        report.findings.iter().any(|finding| finding.id == "RC-513")
    };
    assert!(finds(&with(inner)));
    assert!(!finds(&with("From: x@shop.example\r\n\r\nx\r\n")));
}

#[test]
fn a_return_path_whose_domain_does_not_exist() {
    let dns = |line: &str| {
        let header = r#"{"spoofcheck_dns": 1, "absent": "not-asked", "now": null}"#;
        Snapshot::parse(&format!("{header}\n{line}\n"), "dns.jsonl").unwrap()
    };
    let message = format!("Return-Path: <ann@dead.example>\r\n{BORDER}{BODY}");
    let finds = |snapshot: &Snapshot| {
        report(&message, snapshot)
            .findings
            .iter()
            .any(|finding| finding.id == "EN-315")
    };
    assert!(finds(&dns(
        r#"{"name": "dead.example.", "type": "TXT", "rcode": "NXDOMAIN"}"#
    )));
    assert!(!finds(&dns(
        r#"{"name": "dead.example.", "type": "TXT", "rcode": "NOERROR"}"#
    )));
    assert!(!finds(&dns(
        r#"{"name": "other.example.", "type": "TXT", "rcode": "NXDOMAIN"}"#
    )));
}

/// Two trusted writers name different return paths: SPF is asked for both, and the finding says what comes out.
#[test]
fn spf_is_asked_for_both_return_paths() {
    let message = format!(
        "Return-Path: <ann@elsewhere.example>\r\nReceived-SPF: pass (x) receiver=mx.corp.example; client-ip=198.51.100.7; envelope-from=ann@shop.example\r\n{BORDER}{BODY}"
    );
    let dns = concat!(
        r#"{"spoofcheck_dns": 1, "absent": "nxdomain", "now": null}"#,
        "\n",
        r#"{"name": "shop.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:198.51.100.7 -all"]}"#,
        "\n",
        r#"{"name": "elsewhere.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 -all"]}"#,
        "\n",
    );
    let report = report(&message, &Snapshot::parse(dns, "dns.jsonl").unwrap());
    let finding = report.findings.iter().find(|finding| finding.id == "EN-303").unwrap();
    assert!(
        finding.message.ends_with("SPF gives fail for it, pass for the other"),
        "{}",
        finding.message
    );
    let statement = report.envelope.statement.unwrap();
    assert_eq!(
        statement,
        "SPF was asked whether 198.51.100.7 may send for shop.example: the address by Received (line 3) and Received-SPF (line 2), which agree; the return path by Received-SPF (line 2) alone"
    );
}

/// The stamp of a rewritten address is a day: two base 32 characters, modulo 1024.
#[test]
fn an_old_stamp_is_told() {
    // 2024-01-01 is day 19723, 267 modulo 1024: I, L.
    let of = |stamp: &str| {
        let above = format!("Return-Path: <SRS0=abcd={stamp}=bank.example=ann@shop.example>\r\n");
        let findings = found(&above, "");
        findings.into_iter().find(|(id, _)| *id == "EN-308").unwrap().1
    };
    assert!(of("IL").contains("made 0 days before delivery"), "{}", of("IL"));
    assert!(of("HL").contains("its day is 32 days before delivery"), "{}", of("HL"));
    let batv = found("Return-Path: <prvs=0730abcdef=ann@shop.example>\r\n", "");
    let batv = &batv.iter().find(|(id, _)| *id == "EN-309").unwrap().1;
    assert!(batv.contains("good for 7 days after delivery"), "{batv}");
}

/// An opening bracket of the sender takes no failure away.
#[test]
fn an_opening_bracket_swallows_no_result() {
    let results =
        "Authentication-Results: mx.corp.example; spf=none smtp.helo=x ;(; dmarc=fail header.from=bank.example\r\n";
    assert!(has(&found(results, ""), "RC-516"));
}

/// What the sender says of himself, written down without quotation marks, reads like results of the receiver.
#[test]
fn a_pass_that_may_be_text_of_the_sender_clears_nobody() {
    let said = [
        "x; dmarc=pass header.from=bank.example",
        "x (a) ; dmarc=pass (p=REJECT) header.from=bank.example; y",
        "x) ; dmarc=pass header.from=bank.example (",
        "\"x\"; dmarc=pass header.from=bank.example; \"",
        "x dmarc=pass header.from=bank.example",
        "x; dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example; y",
        "x; spf=pass smtp.mailfrom=ann@bank.example",
        "\"a \\); spf=pass smtp.mailfrom=ann@bank.example \"",
    ];
    let fields = [
        "spf=pass smtp.mailfrom=x@evil.example smtp.helo={}",
        "spf=fail (mx.corp.example: domain of {}@evil.example does not designate 198.51.100.7 as permitted sender) smtp.mailfrom={}@evil.example; dmarc=fail header.from=bank.example",
        "spf=none smtp.helo={}; dmarc=fail header.from=bank.example",
        "dmarc=fail header.from=bank.example; dkim=pass header.i={}@evil.example",
    ];
    let mut told = 0;
    for (field, said) in fields.iter().flat_map(|field| said.map(|said| (field, said))) {
        let results = format!(
            "Authentication-Results: mx.corp.example; {}\r\n",
            field.replace("{}", said)
        );
        let report = report(&format!("{results}{BORDER}{BODY}"), &Snapshot::new());
        let ids: Vec<_> = report.findings.iter().map(|finding| finding.id).collect();
        assert!(!ids.contains(&"RC-517"), "{results}: {ids:?}");
        assert_ne!(report.verdict.label.word(), "not-spoofed", "{results}");
        told += usize::from(ids.contains(&"RC-518"));
    }
    assert!(told >= 10, "{told}");
    // Honest fields: a VERP address, a quoted local part, an author each.
    for honest in [
        "spf=pass smtp.mailfrom=bounces+SRS=aB1c=QX@bank.example; dmarc=pass header.from=bank.example",
        "spf=pass smtp.mailfrom=\"a b\"@bank.example; dmarc=pass header.from=bank.example",
        "dmarc=fail header.from=shop.example; dmarc=pass header.from=bank.example",
    ] {
        let found = found(&format!("Authentication-Results: mx.corp.example; {honest}\r\n"), "");
        assert!(has(&found, "RC-517") && !has(&found, "RC-518"), "{honest}: {found:?}");
    }
}

/// A recorded pass of an author for whom neither return path nor signature stands cannot be, however well the field is formed.
#[test]
fn a_pass_that_nothing_bears_clears_nobody() {
    let recorded = "Authentication-Results: mx.corp.example; spf=pass smtp.mailfrom=a@shop.example; dmarc=pass header.from=bank.example\r\n";
    let signature = |domain: &str| format!("DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=s; h=from; bh=; b=\r\n");
    for (signer, believed) in [
        ("shop.example", false),
        ("bank.example", true),
        ("news.bank.example", true),
    ] {
        let found = found(&format!("{recorded}{}", signature(signer)), "");
        assert_eq!(has(&found, "RC-517"), believed, "{signer}: {found:?}");
        assert_eq!(has(&found, "RC-518"), !believed, "{signer}: {found:?}");
    }
}
