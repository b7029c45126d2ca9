//! What a forger may write to excuse himself: fields of lists, forwarders, groups, services and gateways, results of checks, hops and
//! signatures, one to six of them at random. The author's domain asks that unproven mail be refused, so a forgery stays one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use spoofcheck::{dns::Snapshot, report::Report, verdict::Label};

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "common/messages.rs"]
mod messages;
use messages::{examined, settings_at};

/// The bank's key fits no signature here; the other names are asked shortly after delivery and have none.
const ZONE: &str = r#"{"spoofcheck_dns": 1, "absent": "nxdomain", "now": "2024-01-01T00:05:00Z"}
{"name": "bank.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:192.0.2.25 -all"]}
{"name": "_dmarc.bank.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=DMARC1; p=reject"]}
{"name": "s1._domainkey.bank.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]}
{"name": "gone._domainkey.bank.example.", "type": "TXT", "rcode": "NXDOMAIN", "data": [], "asked_at": "2024-01-01T00:05:00Z"}
{"name": "evil.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:198.51.100.66 -all"]}
{"name": "_dmarc.evil.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=DMARC1; p=none"]}
{"name": "lists.evil.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:198.51.100.66 -all"]}
{"name": "corp.example.", "type": "TXT", "rcode": "NOERROR", "data": ["v=spf1 ip4:203.0.113.10 -all"]}
"#;
const DATE: &str = "Mon, 1 Jan 2024 00:00:00 +0000";
const AUTHOR: &str = "From: Bank <service@bank.example>\r\nTo: kim@corp.example\r\nSubject: x\r\n\
    Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@bank.example>\r\n";

/// What the receiver wrote, with places for MAIL FROM (`{path}`) and HELO.
const RECEIVERS: [&str; 5] = [
    "Return-Path: <{path}>\r\nReceived: from {helo} (host.evil.example [198.51.100.66]) by mx.corp.example (Postfix) with ESMTPS id 4D2sTn4Xyz1234 for <kim@corp.example>; {date}\r\n",
    "Return-Path: <{path}>\r\nReceived: from mx.corp.example (mx.corp.example [203.0.113.10]) by imap.corp.example (Dovecot) with LMTP id 4A279B87AF for <kim@corp.example>; {date}\r\nReceived: from {helo} (host.evil.example [198.51.100.66]) by mx.corp.example (Postfix) with ESMTPS id 4D2sTn4Xyz1234 for <kim@corp.example>; {date}\r\n",
    "Return-Path: <{path}>\r\nReceived: from host.evil.example ([198.51.100.66] helo={helo})\r\n\tby mx.corp.example with esmtps (Exim 4.96)\r\n\t(envelope-from <{path}>)\r\n\tid 1xYNAs-00000r-3B\r\n\tfor kim@corp.example; {date}\r\n",
    RECORDING[0],
    RECORDING[1],
];
/// Those that recorded that the author failed.
const RECORDING: [&str; 2] = [
    "Return-Path: <{path}>\r\nAuthentication-Results: mx.corp.example; dkim=none; dmarc=fail (p=reject) header.from=bank.example\r\nReceived: from {helo} (host.evil.example [198.51.100.66]) by mx.corp.example (Postfix) with ESMTPS id 4D2sTn4Xyz1234 for <kim@corp.example>; {date}\r\n",
    "Delivered-To: kim@corp.example\r\nReceived: by 2002:a05:6638:1234:b0:45d:1234:5678 with SMTP id abc123; {date}\r\nReturn-Path: <{path}>\r\nReceived: from {helo} (host.evil.example. [198.51.100.66]) by mx.google.com with ESMTPS id a1-20020a170902abcd00b001c9si1234567plc.1.2024.01.01.00.00.00 for <kim@corp.example>; {date}\r\nAuthentication-Results: mx.google.com; dmarc=fail (p=REJECT sp=REJECT dis=REJECT) header.from=bank.example\r\n",
];
const HOSTS: [&str; 10] = [
    "bank.example",
    "mail.bank.example",
    "evil.example",
    "host.evil.example",
    "lists.evil.example",
    "corp.example",
    "mx.corp.example",
    "lists.corp.example",
    "google.com",
    "mx.google.com",
];
const PATHS: [&str; 10] = [
    "service@bank.example",
    "x@evil.example",
    "",
    "SRS0=abcd=ju=bank.example=service@evil.example",
    "list-bounces@evil.example",
    "list-bounces@corp.example",
    "list+bncBCxyz@evil.example",
    "prvs=1234abcdef=service@evil.example",
    "kim+caf_=kim=corp.example@evil.example",
    "kim@corp.example",
];
/// Fields of a sender, with places for a host, a path and an address.
const EXCUSES: [&str; 44] = [
    "List-Id: <x.{host}>",
    "List-Post: <mailto:list@{host}>",
    "X-BeenThere: list@{host}",
    "Mailing-List: list list@{host}",
    "X-Mailman-Version: 3.3.8",
    "Precedence: list",
    "Sender: <{path}>",
    "Reply-To: <{path}>",
    "Return-Path: <{path}>",
    "Delivered-To: {path}",
    "X-Forwarded-To: {path}",
    "X-Forwarded-For: {path} kim@corp.example",
    "X-Original-Sender: {path}",
    "X-Original-From: {path}",
    "Resent-From: {path}",
    "Resent-To: kim@corp.example",
    "Resent-Date: {date}",
    "X-Google-Group-Id: 123456789",
    "X-Original-Authentication-Results: mx.google.com; dkim=pass header.i=@bank.example; dmarc=pass header.from=bank.example",
    "Authentication-Results: {host}; dkim=pass header.d=bank.example; spf=pass smtp.mailfrom={path}; dmarc=pass header.from=bank.example",
    "Authentication-Results: {host}; spf=pass smtp.mailfrom={path}",
    "Received-SPF: pass ({host}: domain of {path} designates {ip} as permitted sender) client-ip={ip}; envelope-from={path}; receiver={host}",
    "DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; s=s1; h=from:to; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=ZmFrZQ==",
    "DKIM-Signature: v=1; a=ed25519-sha256; d=bank.example; s=gone; h=from:to; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=ZmFrZQ==",
    "Received: from {host} ({host} [{ip}]) by {host} (Postfix) with ESMTPS id 4D2sTn4Xyz1299 for <{path}>; {date}",
    "Received: from {host} ([{ip}] helo={host}) by {host} with esmtp (Exim 4.96) (envelope-from <{path}>) id 1xYNAs-00000r-3B; {date}",
    "Received: by {host} (Postfix, from userid 0) id 4D2sTn4Xyz1299; {date}",
    "Received: from {host} by {host} with Microsoft SMTP Server (version=TLS1_2) id 15.20.1.1 via Frontend Transport; {date}",
    "ARC-Authentication-Results: i=1; {host}; dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example",
    "ARC-Seal: i=1; a=rsa-sha256; t=1704067200; cv=none; d={host}; s=e1; b=ZmFrZQ==",
    "ARC-Message-Signature: i=1; a=rsa-sha256; d={host}; s=e1; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=ZmFrZQ==",
    "X-MS-Exchange-Organization-AuthAs: Internal",
    "X-MS-Exchange-CrossTenant-AuthAs: Internal",
    "X-MS-Exchange-SkipListedInternetSender: ip=[{ip}];domain={host}",
    "X-MS-Exchange-ExternalOriginalInternetSender: ip=[{ip}];domain={host}",
    "X-Forefront-Antispam-Report: CIP:{ip};CTRY:US;H:{host};SFV:SKA;CAT:NONE;DIR:INB",
    "Auto-Submitted: auto-replied",
    "X-Sieve-Redirected-From: {path}",
    "X-Yandex-Forward: 1",
    "X-SimpleLogin-Original-From: service@bank.example",
    "X-PHISHTEST: KnowBe4",
    "X-Sender-IP: {ip}",
    "X-Envelope-From: {path}",
    "X-Quarantine-ID: <x>",
];

const KEEPING_AUTHOR: [&str; 4] = ["Reply-To", "Cc", "X-Original-From", "X-Original-Sender"];

/// A field with its places filled.
fn excuse() -> impl Strategy<Value = String> {
    const IPS: [&str; 4] = ["192.0.2.25", "198.51.100.66", "203.0.113.10", "10.0.0.1"];
    let choice = prop::sample::select::<&str>;
    (
        choice(&EXCUSES[..]),
        choice(&HOSTS[..]),
        choice(&PATHS[..]),
        choice(&IPS[..]),
    )
        .prop_map(|(field, host, path, ip)| {
            let field = field
                .replace("{host}", host)
                .replace("{path}", path)
                .replace("{ip}", ip);
            field.replace("{date}", DATE) + "\r\n"
        })
}

/// The forgery as a receiver took it.
fn forgery(receiver: &str, path: &str, helo: &str, excuses: &[String]) -> String {
    let received = receiver
        .replace("{path}", path)
        .replace("{helo}", helo)
        .replace("{date}", DATE);
    [&received, &excuses.concat(), AUTHOR, "\r\nx\r\n"].concat()
}

fn judged(message: &str, snapshot: &Snapshot) -> Report {
    examined(message, &settings_at("2024-01-01T00:06:00Z"), snapshot)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_forgery_stays_one(
        receiver in prop::sample::select(&RECEIVERS[..]),
        path in prop::sample::select(&PATHS[..9]),
        helo in prop::sample::select(&["host.evil.example", "mail.bank.example", "mx.corp.example"][..]),
        excuses in prop::collection::vec(excuse(), 1..6),
    ) {
        let message = forgery(receiver, path, helo, &excuses);
        let label = judged(&message, &Snapshot::parse(ZONE, "zone").unwrap()).verdict.label;
        prop_assert!(label >= Label::LikelySpoofed, "{label:?}\n{message}");
        // Without DNS nothing clears it either.
        let label = judged(&message, &Snapshot::new()).verdict.label;
        prop_assert_ne!(label, Label::NotSpoofed, "{}", message);
    }

    #[test]
    fn no_excuse_outweighs_what_the_receiver_saw(
        receiver in prop::sample::select(&RECORDING[..]),
        path in prop::sample::select(&PATHS[..9]),
        excuses in prop::collection::vec(excuse(), 1..6),
    ) {
        let unsigned: Vec<String> = excuses.into_iter().filter(|field| !field.starts_with("DKIM")).collect();
        let message = forgery(receiver, path, "host.evil.example", &unsigned);
        let label = judged(&message, &Snapshot::new()).verdict.label;
        prop_assert!(label >= Label::LikelySpoofed, "{label:?}\n{message}");
    }

    /// A list keeps the author whom it takes out of From where answers find him; nothing else makes his address a name.
    #[test]
    fn a_name_that_shows_another_address_misleads(
        receiver in prop::sample::select(&RECEIVERS[..]),
        excuses in prop::collection::vec(excuse(), 1..6),
    ) {
        let keeps = |field: &String| KEEPING_AUTHOR.iter().any(|name| field.starts_with(name)) && field.contains("service@bank.example");
        let excuses: Vec<String> = excuses.into_iter().filter(|field| !keeps(field)).collect();
        let message = forgery(receiver, "x@evil.example", "host.evil.example", &excuses);
        let message = message.replace("From: Bank <service@bank.example>", "From: \"service@bank.example\" <x@evil.example>");
        let label = judged(&message, &Snapshot::parse(ZONE, "zone").unwrap()).verdict.label;
        prop_assert!(label >= Label::Deceptive, "{label:?}\n{message}");
    }
}
