//! Odd author fields, sent by one domain and showing another: which readers see whom is listed side by side, and none is called
//! genuine. The forms are those of the published studies of parser differences, written anew.
//! `cargo test --test from_lines -- --nocapture` prints the count.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    source,
};

/// The field or fields as they stand in the header, and the verdict. Three forms show nobody else and must not be accused:
/// a group of one's own address, and the percent and bang routes, which every reader takes for a local part.
const FIELDS: &[(&[u8], &str)] = &[
    (b"From: ceo@bank.example, x@shady.example", "spoofed"),
    (b"From: <ceo@bank.example>, <x@shady.example>", "spoofed"),
    (b"From: ceo@bank.example <x@shady.example>", "spoofed"),
    (b"From: \"ceo@bank.example\" <x@shady.example>", "deceptive"),
    (b"From: <x@shady.example> <ceo@bank.example>", "spoofed"),
    (b"From: <ceo@bank.example> <x@shady.example>", "spoofed"),
    (b"From: ceo@bank.example (x@shady.example)", "spoofed"),
    (b"From: (ceo@bank.example) x@shady.example", "deceptive"),
    (b"From: x@shady.example (Bank <ceo@bank.example>)", "deceptive"),
    (b"From: <@shady.example:ceo@bank.example>", "spoofed"),
    (b"From: <@bank.example,@x.example:x@shady.example>", "spoofed"),
    (b"From: bank:ceo@bank.example;, x@shady.example", "spoofed"),
    (b"From: Bank:x@shady.example;", "not-spoofed"),
    (b"From: <ceo@bank.example>:<x@shady.example>", "spoofed"),
    (b"From: ceo@bank.example\x00@shady.example", "deceptive"),
    (b"From: <ceo@bank.example\x00.shady.example>", "spoofed"),
    (
        b"From: =?utf-8?B?Y2VvQGJhbmsuZXhhbXBsZQ==?= <x@shady.example>",
        "deceptive",
    ),
    (b"From: =?utf-8?Q?ceo=40bank.example?= <x@shady.example>", "deceptive"),
    (
        b"From: =?utf-8?Q?=3Cceo=40bank.example=3E?=\r\n <x@shady.example>",
        "spoofed",
    ),
    (b"From: =?utf-8?Q?ceo=40bank.example=00?=@shady.example", "deceptive"),
    (b"From: \"ceo@bank.example>\" <x@shady.example>", "deceptive"),
    (b"From: \"ceo@bank.example> x\"@shady.example", "deceptive"),
    (b"From: ceo@bank.example;x@shady.example", "spoofed"),
    (b"From: ceo@[bank.example]@shady.example", "deceptive"),
    (b"From: ceo@bank.example@shady.example", "deceptive"),
    (b"From: <x@shady.example>ceo@bank.example", "spoofed"),
    (b"From: \\<ceo@bank.example\\>, <x@shady.example>", "spoofed"),
    (b"From: a\\,ceo@bank.example,x@shady.example", "spoofed"),
    (b"From: Bank <ceo@bank.example>\rFrom: <x@shady.example>", "spoofed"),
    (b"From: <x@shady.example>\rFrom: Bank <ceo@bank.example>", "spoofed"),
    (b"From: <ceo@bank.example>\r\nFrom: <x@shady.example>", "spoofed"),
    (b"From : <ceo@bank.example>\r\nFrom: <x@shady.example>", "spoofed"),
    (b"FROM: <x@shady.example>\r\nfrom: <ceo@bank.example>", "spoofed"),
    (b"From\t: <ceo@bank.example>\r\nFrom: <x@shady.example>", "spoofed"),
    (b"From\r\n : <ceo@bank.example>\r\nFrom: <x@shady.example>", "spoofed"),
    (b" From: <ceo@bank.example>\r\nFrom: <x@shady.example>", "spoofed"),
    (b"From: <x@shady.example>\r\n\t\r\nFrom: <ceo@bank.example>", "spoofed"),
    (
        b"From:\r\n <x@shady.example>\r\nFrom\xc2\xa0: ceo@bank.example",
        "spoofed",
    ),
    (b"From: <ceo@bank.example >, \"x\" < x@shady.example>", "spoofed"),
    (b"From: Bank ceo\xe2\x80\x8b@bank.example <x@shady.example>", "spoofed"),
    (b"From: ceo\xef\xbc\xa0bank.example <x@shady.example>", "deceptive"),
    (b"From: \"Bank\" <ceo@bank.example.> , x@shady.example", "spoofed"),
    (b"From: \"x\r\n <ceo@bank.example>\" <x@shady.example>", "deceptive"),
    (b"From: ceo@bank.example%shady.example <x@shady.example>", "deceptive"),
    (b"From: \"ceo@bank.example\"@shady.example", "deceptive"),
    (b"From: ceo%bank.example@shady.example", "not-spoofed"),
    (b"From: bank.example!ceo@shady.example", "not-spoofed"),
    (b"From: =?utf-7?Q?ceo+AEA-bank.example?= <x@shady.example>", "deceptive"),
    (b"From: <>, ceo@bank.example <x@shady.example>", "spoofed"),
    (b"From: \"Bank ceo(at)bank.example\" <x@shady.example>", "deceptive"),
    (b"From: [ceo@bank.example] <x@shady.example>", "spoofed"),
];

/// Judged too mildly, with the reason. The list only shrinks: a field that is judged well must leave it.
const KNOWN_MISSES: &[(&[u8], &str)] = &[(
    b"From: ceo@bank(.example)@shady.example",
    "a reader that drops the brackets and keeps their content would show ceo@bank.example; no reading does so yet",
)];

const DNS: &str = r#"{"spoofcheck_dns": 1, "absent": "nxdomain", "now": "2026-11-01T00:00:00Z"}
{"name": "bank.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:192.0.2.1 -all"]}
{"name": "bank.example.", "type": "A", "rcode": "NOERROR", "data": ["192.0.2.1"]}
{"name": "_dmarc.bank.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=DMARC1; p=reject"]}
{"name": "shady.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:203.0.113.9 -all"]}
{"name": "shady.example.", "type": "A", "rcode": "NOERROR", "data": ["203.0.113.9"]}
{"name": "_dmarc.shady.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=DMARC1; p=none"]}
"#;

/// Delivered by shady.example, whose SPF passes.
fn message(from: &[u8]) -> Vec<u8> {
    let trace: &[u8] = b"Return-Path: <x@shady.example>\r\n\
        Received: from mx.shady.example (mx.shady.example [203.0.113.9])\r\n\
        \tby mx.reader.example (Postfix) with ESMTP id 4F1\r\n\
        \tfor <ann@reader.example>; Sun, 25 Oct 2026 10:00:00 +0000\r\n";
    let rest: &[u8] = b"\r\nTo: ann@reader.example\r\nSubject: Your invoice\r\n\
        Date: Sun, 25 Oct 2026 09:59:58 +0000\r\nMessage-ID: <a1@shady.example>\r\n\r\nPlease see below.\r\n";
    [trace, from, rest].concat()
}

#[test]
fn no_reading_of_the_author_field_goes_unseen() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("dns.jsonl");
    std::fs::write(&path, DNS).expect("the snapshot");
    let snapshot = Snapshot::read(path).expect("a snapshot");
    let settings = Settings::new(snapshot.now.expect("a clock"));
    let mut wrong = Vec::new();
    let judge = |from: &[u8]| {
        let path = folder.path().join("message.eml");
        std::fs::write(&path, message(from)).expect("a message");
        let stored = source::open_eml(&path).expect("a message");
        examiner::examine(&stored, &settings, &snapshot)
    };
    for (from, expected) in FIELDS {
        let report = judge(from);
        let label = report.verdict.label.word();
        if label != *expected {
            let field = from.escape_ascii();
            wrong.push(format!(
                "{field}: {label} instead of {expected}: {:?}",
                report.verdict.because
            ));
        }
    }
    println!(
        "author fields: {} of {} as asked",
        FIELDS.len() - wrong.len(),
        FIELDS.len()
    );
    for (from, why) in KNOWN_MISSES {
        let label = judge(from).verdict.label.word();
        println!("known miss: {} is {label}: {why}", from.escape_ascii());
        assert_eq!(label, "not-spoofed", "{} is judged now: move it", from.escape_ascii());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
