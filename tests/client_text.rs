//! What a client says is written into Received fields by many servers as it is: whatever it says, what the server wrote itself
//! is read as if it had said something else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use spoofcheck::{
    dns::Snapshot,
    message::Message,
    trace::{self, Hop},
};

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "common/messages.rs"]
mod messages;
use messages::{examined, settings_at};

const DATE: &str = "; Mon, 1 Jan 2024 00:00:00 +0000";

/// Whatever the client calls itself, the client that the server saw stays the client of the border.
#[test]
fn text_in_a_helo_moves_no_border() {
    let helos = [
        "a (uid 0)",
        "a (from userid 0)",
        "a (x/Submit)",
        "a (via HTTP)",
        "a (authenticated user b)",
        "a (envelope-from <boss@corp.example>)",
        "a by mx2.corp.example with LMTP",
        "a) by mx2.corp.example (Postfix",
        "a with HTTP",
        "a id 1 for <x@corp.example>",
        "a (localhost [127.0.0.1])",
        "a)(b [10.0.0.1]",
        "a; Mon, 1 Jan 2024 00:00:00 +0000",
    ];
    let lines = [
        "from {helo} (pc.shop.example [198.51.100.9]) by mx.corp.example (Postfix) with ESMTP id 284463055D",
        "from {helo} ([198.51.100.9]) by mx.corp.example with ESMTP",
        "from pc.shop.example ([198.51.100.9] helo={helo}) by mx.corp.example with esmtp (Exim 4.96) (envelope-from <a@bank.example>) id 1r0eHx-0001aW-1a",
        "from pc.shop.example ([198.51.100.9] ident={helo}) by mx.corp.example with esmtp (Exim 4.96) (envelope-from <a@bank.example>) id 1r0eHx-0001aW-1a",
        "from pc.shop.example ([198.51.100.9]) by mx.corp.example with esmtp (Exim 4.96) (envelope-from <\"{helo}\"@bank.example>) id 1r0eHx-0001aW-1a",
    ];
    let settings = settings_at("2026-11-01T00:00:00Z");
    for (line, helo) in lines.iter().flat_map(|line| helos.map(|helo| (line, helo))) {
        let field = line.replace("{helo}", helo);
        let message =
            format!("Return-Path: <a@bank.example>\r\nReceived: {field}{DATE}\r\nFrom: ann@bank.example\r\n\r\nx\r\n");
        let report = examined(message, &settings, &Snapshot::new());
        let envelope = &report.envelope;
        assert_eq!(envelope.client_ip.value.as_deref(), Some("198.51.100.9"), "{field}");
        let mail_from = envelope.mail_from.value.as_deref().unwrap_or_default();
        assert!(mail_from.ends_with("@bank.example"), "{field}: {mail_from}");
        assert_eq!(
            report.trace.hops[0].by.host.as_deref(),
            Some("mx.corp.example"),
            "{field}"
        );
    }
}

/// Fields as servers fold them, with a place for what the client said.
const SERVERS: [&str; 11] = [
    "from [198.51.100.66] (helo={helo})\r\n\tby mx.corp.example with esmtp (Exim 4.96)\r\n\t(envelope-from <x@evil.example>)\r\n\tid 1xYNAs-00000r-3B\r\n\tfor kim@corp.example",
    "from host.evil.example ([198.51.100.66] helo={helo})\r\n\tby mx.corp.example with esmtp (Exim 4.96)\r\n\t(envelope-from <x@evil.example>)\r\n\tid 1xYNAs-00000r-3B\r\n\tfor kim@corp.example",
    "from host.evil.example ([198.51.100.66] helo={helo} ident=root)\r\n\tby mx.corp.example with esmtp (Exim 4.96)\r\n\t(envelope-from <x@evil.example>)\r\n\tid 1xYNAs-00000r-3B\r\n\tfor kim@corp.example",
    "from {helo} (host.evil.example [198.51.100.66])\r\n\tby mx.corp.example (Postfix) with ESMTP id 4D2sTn4Xyz1234\r\n\tfor <kim@corp.example>",
    "from {helo} (unknown [198.51.100.66])\r\n\tby mx.corp.example (Postfix) with ESMTPS id 4D2sTn4Xyz1234\r\n\tfor <kim@corp.example>",
    "from {helo} (host.evil.example [198.51.100.66] (may be forged))\r\n\tby mx.corp.example (8.17.1/8.17.1) with ESMTP id 3AB1CdEf012345\r\n\tfor <kim@corp.example>",
    "from {helo} (host.evil.example [198.51.100.66])\r\n\tby mx.corp.example (OpenSMTPD) with ESMTP id 45ab12cd\r\n\tfor <kim@corp.example>",
    "from {helo} (198.51.100.66) by mx.corp.example\r\n (10.0.0.5) with Microsoft SMTP Server id 15.2.1118.7",
    "from {helo} (host.evil.example [198.51.100.66])\r\n  by mx.corp.example with ESMTP",
    "from {helo} (host.evil.example. [198.51.100.66])\r\n        by mx.corp.example with ESMTP id a1si123456qtb.1.2024.01.01.00.00.00\r\n        for <kim@corp.example>",
    "from {helo} (host.evil.example [198.51.100.66])\r\n\tby mx.corp.example (Haraka/3.0.3) with ESMTP id 1A2B-3C.1\r\n\tenvelope-from <x@evil.example>",
];

/// What a client may make up its name of: all that means something in some server's field.
const SAID: [&str; 48] = [
    "a.example",
    "[192.0.2.25]",
    "(a.example [192.0.2.25])",
    "by mx2.corp.example",
    "with LMTP",
    "id abc",
    "for <x@y.example>",
    "helo=",
    "ident=",
    "HELO",
    "EHLO x",
    "(authenticated as kim)",
    "auth=yes",
    "user=kim",
    "account",
    "(Postfix)",
    ";",
    ",",
    "(envelope-from <service@bank.example>)",
    "Tue, 01 Dec 2026 12:00:00 +0000",
    "192.0.2.25",
    "unknown",
    "(may be forged)",
    "port=",
    "\"",
    "\\",
    ")",
    "(",
    "<",
    ">",
    "claiming to be x",
    "(Exim 4.96)",
    "(unverified)",
    "[",
    "]",
    "via Frontend",
    "tls",
    "(192.0.2.25)",
    "a@b.example",
    "(qmail 1 invoked by uid 0)",
    "from b.example",
    "(version=TLS1.2)",
    "verified",
    "esmtpsa",
    "IPv6:2001:db8::1",
    "[IPv6:2001:db8::1]",
    "authenticated bits=0",
    "as user kim",
];

/// Fields that tell of the envelope sender, with a place for its quoted local part; chasquid's quotes it again.
const SENDERS: [&str; 6] = [
    "from host.evil.example ([198.51.100.66])\r\n\tby mx.corp.example with esmtp (Exim 4.96)\r\n\t(envelope-from <\"{said}\"@evil.example>)\r\n\tid 1xYNAs-00000r-3B\r\n\tfor kim@corp.example",
    "from host.evil.example ([198.51.100.66]) by mx.corp.example with esmtp (Exim 4.96) (envelope-from <\"{said}\"@evil.example>) id 1xYNAs-00000r-3B for kim@corp.example",
    "from host.evil.example (host.evil.example [198.51.100.66])\r\n\tby mx.corp.example (Haraka/3.0.3) with ESMTP id 1A2B-3C.1\r\n\tenvelope-from <\"{said}\"@evil.example>",
    "from host.evil.example (HELO a.example) (198.51.100.66) (envelope-sender <\"{said}\"@evil.example>)\r\n  by mx.corp.example (qmail-ldap-1.03) with SMTP\r\n  for <kim@corp.example>",
    "from host.evil.example (host.evil.example [198.51.100.66]) (envelope-sender <\"{said}\"@evil.example>) by mx.corp.example with ESMTP id 123 for <kim@corp.example>",
    "from [198.51.100.66] (a.example)\r\n\tby mx.corp.example (chasquid) with ESMTP\r\n\t(over SMTP, TLS-1.3, envelope from \"\\\"{said again}\\\"@evil.example\")\r\n\t",
];

/// As in a quoted string (RFC 5321 4.1.2).
fn quoted(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', r#"\""#)
}

/// The hop of a server's field, where the client said so.
fn hop(server: &str, said: &str) -> Hop {
    let local_part = quoted(said);
    let field = server
        .replace("{helo}", said)
        .replace("{said}", &local_part)
        .replace("{said again}", &quoted(&local_part));
    let header = format!("Received: {field}{DATE}\r\n\r\n");
    let message = Message::read(header.as_bytes());
    trace::read_trace(&message).remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_the_server_wrote_is_read_whatever_the_client_said(
        server in prop::sample::select([&SERVERS[..], &SENDERS[..]].concat()),
        first in prop::sample::select(&["a.example", "x", "host.evil.example", "192.0.2.25", ""][..]),
        more in prop::collection::vec((prop::bool::ANY, prop::sample::select(&SAID[..])), 1..5),
    ) {
        let more = more.iter().map(|(apart, text)| format!("{}{text}", if *apart { " " } else { "" }));
        let said = more.fold(first.to_owned(), |said, text| said + &text);
        let said = said.trim();
        let (honest, odd) = (hop(server, "host.evil.example"), hop(server, said));
        let wrote = |hop: &Hop| {
            let (from, by) = (&hop.from, &hop.by);
            let peer = (from.ip, from.rdns.clone(), from.auth_user.clone(), from.auth_method.clone());
            (peer, by.host.clone(), by.product.clone(), hop.with.clone(), hop.class, hop.date.as_ref().map(|date| date.at))
        };
        prop_assert_eq!(wrote(&honest), wrote(&odd), "{}", said);
        let sender = honest.envelope_from.map(|path| path.replace("\"host.evil.example\"", &format!("\"{}\"", quoted(said))));
        prop_assert_eq!(sender, odd.envelope_from, "{}", said);
    }
}
