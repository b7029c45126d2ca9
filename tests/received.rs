//! The Received reader on the public suites, field by field. Data: ../shared/conformance/received.
//!
//! Where this project reads a line otherwise than a suite, the line stands in a table with the field and the reason. The tests
//! ask that exactly those differ.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test reports by panicking and prints its figures"
)]

mod common;

use std::{collections::BTreeMap, net::IpAddr};

use common::{json, shared};
use serde_json::Value;
use spoofcheck::{
    message::Message,
    trace::{Hop, HopClass, read_trace},
};

fn hop_of(line: &str) -> Hop {
    let message = format!("Received: {}\n\n", line.trim_end().replace("\r\n", "\n"));
    let mut hops = read_trace(&Message::read(message.as_bytes()));
    assert_eq!(hops.len(), 1, "none is lost: {line}");
    hops.remove(0)
}

/// A divergence: a piece of the line, the field, and why it is read otherwise.
type Divergence = (&'static str, &'static str, &'static str);

/// Compares what differs with the table: every listed divergence differs, and nothing else does.
fn settle(suite: &str, cases: usize, differing: &[(String, &'static str, String)], listed: &[Divergence]) {
    let matches = |(piece, field, _): &Divergence, (line, differs, _): &(String, &'static str, String)| {
        line.contains(piece) && field == differs
    };
    let unlisted: Vec<String> = differing
        .iter()
        .filter(|one| !listed.iter().any(|divergence| matches(divergence, one)))
        .map(|(line, field, how)| format!("{line}\n   {field}: {how}"))
        .collect();
    let stale: Vec<&Divergence> = listed
        .iter()
        .filter(|divergence| !differing.iter().any(|one| matches(divergence, one)))
        .collect();
    println!(
        "{suite}: {cases} lines, {} fields read otherwise, {} reasons",
        differing.len(),
        listed.len()
    );
    assert!(unlisted.is_empty(), "{suite} differs:\n{}", unlisted.join("\n"));
    assert!(stale.is_empty(), "{suite} agrees after all: {stale:?}");
}

const SPAMASSASSIN: &[Divergence] = &[
    (
        "from 24.8.231.233 by by1fd.bay1.hotmail.msn.com with HTTP",
        "auth",
        WEBMAIL,
    ),
    ("by 3capp-webde-bs01.dlan.cinetic.de (via HTTP)", "auth", WEBMAIL),
    (
        "from 211.245.85.228  (EHLO )",
        "rdns",
        "Yahoo writes the address where the client has no name: an address is no reverse name",
    ),
    (
        "by mail.gmx.net (mp033) with SMTP",
        "auth",
        "SpamAssassin knows that this host of GMX takes submissions; the line itself tells of no authentication",
    ),
];

const WEBMAIL: &str = "a login at a web page is told by the class of the hop; no SMTP client authenticated";

/// SpamAssassin's view: ip, rdns, helo, by, ident, envelope sender, id, and whether the client authenticated.
#[test]
fn spamassassin() {
    let Some(file) = shared("received/spamassassin-rcvd-parser.json") else {
        return;
    };
    let suite = json(file);
    let mut differing = Vec::new();
    let mut cases = 0;
    for case in suite.as_array().unwrap() {
        let line = case["header"].as_str().unwrap();
        let Some(expect) = case["expect"].as_object() else {
            continue;
        };
        cases += 1;
        let hop = hop_of(line);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let want = |key: &str| expect.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let fields = [
            (
                "ip",
                hop.from.ip.map(|ip| ip.to_string()).unwrap_or_default(),
                want("ip"),
            ),
            ("rdns", text(&hop.from.rdns), want("rdns")),
            // SpamAssassin writes `!` for the brackets of a literal.
            ("helo", text(&hop.from.helo).replace(['[', ']'], "!"), want("helo")),
            ("by", text(&hop.by.host), want("by")),
            ("ident", text(&hop.from.ident), want("ident")),
            ("envfrom", text(&hop.envelope_from), want("envfrom")),
            (
                "id",
                hop.id.as_ref().map(|id| id.value.clone()).unwrap_or_default(),
                want("id"),
            ),
            (
                "auth",
                yes(hop.from.auth_method.is_some()),
                yes(!want("auth").is_empty()),
            ),
        ];
        for (field, got, want) in fields {
            if !got.eq_ignore_ascii_case(&want) {
                differing.push((line.to_owned(), field, format!("got {got:?}, expected {want:?}")));
            }
        }
    }
    assert_eq!(cases, 110);
    settle("SpamAssassin", cases, &differing, SPAMASSASSIN);
}

/// The lines that SpamAssassin leaves out or cannot read: here each is a hop of a class that says why it names no peer.
#[test]
fn spamassassin_without_expectation() {
    let Some(file) = shared("received/spamassassin-rcvd-parser.json") else {
        return;
    };
    let suite = json(file);
    let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in suite
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| !case["expect"].is_object())
    {
        let line = case["header"].as_str().unwrap();
        let hop = hop_of(line);
        assert_ne!(hop.class, HopClass::Unparsed, "{line}");
        classes
            .entry(format!("{:?}", hop.class))
            .or_default()
            .push(line.to_owned());
    }
    let counts: Vec<(&str, usize)> = classes
        .iter()
        .map(|(class, lines)| (class.as_str(), lines.len()))
        .collect();
    let stated = [
        // qmail's own notes and those of its scanner.
        ("Annotation", 4),
        // A filter hands back to its own host.
        ("FilterLoop", 2),
        // No address: hosts without a full name, daemons, redacted lines.
        ("InternalNoip", 15),
        ("ListExpansion", 2),
        ("LmtpDelivery", 1),
        // Pickup services, spoolers, Exim's own protocols.
        ("Local", 5),
        ("PopFetch", 3),
        // ASMTP.
        ("SubmissionAuth", 1),
        ("WebmailHttp", 1),
    ];
    assert_eq!(counts, stated);
}

const MAIL_PARSER: &[Divergence] = &[
    ("with Microsoft SMTPSVC", "with", OWN_PROTOCOL),
    ("with BSMTP", "with", OWN_PROTOCOL),
    ("with local-bsmtp", "with", OWN_PROTOCOL),
    (
        "with ESMTP-TLS",
        "with",
        "the registered name in it is ESMTP; that there was TLS stands in the field tls",
    ),
    ("with HTTPREST", "with", OWN_PROTOCOL),
    (" id EE/20-30863-33CE1054", "id", SLASH),
    (" id 8B/57-16227-3764EB44", "id", SLASH),
    (" id 52/92-02454-89FBA054", "id", SLASH),
    ("from Unknown/Local", "from", SLASH),
    ("ident=[W9VcNxE2vKxgWHD05PJbLzIHSxcmZQ/O]", "ident", SLASH),
    (
        "helo=",
        "helo_cmd",
        "`helo=` is a label: it does not tell whether the client said HELO or EHLO",
    ),
    ("qmailr@one.develooper.com", "ident", IDENT),
    ("foobar@213.228.0.169", "ident", IDENT),
    ("jdavid@[216.254.40.70]", "ident", IDENT),
    ("Owner50@207.213.27.129", "ident", IDENT),
    ("benelli@80.167.158.170", "ident", IDENT),
    ("baldusi@200.69.254.217", "ident", IDENT),
    ("YKDD3rQ1?@64.253.199.166", "ident", IDENT),
    ("lucilleskinner@93.124.107.183", "ident", IDENT),
    ("bala@localhost", "ident", IDENT),
    ("mailnull@localhost", "ident", IDENT),
    ("raph@casper", "ident", IDENT),
    (
        "AUTH: CRAM-MD5 uXDGrn@SYT0/k",
        "ident",
        "it is the authenticated user, and stands there",
    ),
    (
        "as user jason@localhost",
        "ident",
        "it is the authenticated user, and stands there",
    ),
    (
        "[<4124973-137966-3089@be2.maropost.com>]",
        "from",
        "a path in the place of the host, kept as written",
    ),
    (
        "[<4124973-137966-3089@be2.maropost.com>]",
        "ident",
        "the place of the address holds a path, not an ident",
    ),
    (
        "helene8.i.pinwand.net (helene.cats.ms)",
        "from_iprev",
        "Exim 3 writes the HELO there; SpamAssassin reads it so",
    ),
    (
        "<unknown.domain>",
        "from_iprev",
        "the server says that there is no name",
    ),
    ("for <address>", "for", "a path without a domain is kept as written"),
    (
        "by alpha by uid 7791",
        "by",
        "the first `by` names the host (trace.md 3.2)",
    ),
    (
        "server-7.tower-with AES256-GCM-SHA384 encrypted",
        "tls_cipher",
        "the line is cut: no `with` clause begins",
    ),
    (
        "(qmail 84907 invoked from network)",
        "from",
        "words of an annotation, no host",
    ),
    (
        "by oak.ein.cz (Postfix, from userid 1002)",
        "from",
        "words of a comment, no host",
    ),
    ("Fri Feb 07 10:18:12 2003 -0800", "date", ASCTIME),
    ("Sun Nov 13 14:50:12 2005", "date", ASCTIME),
    ("Sun Nov 13 15:38:52 2005", "date", ASCTIME),
    ("Fri Sep 14 14:36:56 EDT 2018", "date", ASCTIME),
    ("26 Mar 03 20:43:24 -0600", "date", SHORT_YEAR),
    ("27 Feb 04 14:16:56 -0800", "date", SHORT_YEAR),
    ("20 Mar 03 10:06:43 +0100", "date", SHORT_YEAR),
    ("12 Feb 2003 14:22:21 PST", "date", ZONE_NAME),
    ("02 Jun 2006 08:15:21 PDT", "date", ZONE_NAME),
    (
        "02 Apr 2020 07:53:55.516 +0000",
        "date",
        "the fraction does not end the seconds",
    ),
    (
        "id BQB0hUH2 Thu, 20 Feb 2003",
        "date",
        "the semicolon is missing; the date is one all the same",
    ),
];

const OWN_PROTOCOL: &str = "a protocol name of the product's own, no registered one; the clause is kept as written";
const SLASH: &str = "mail-parser cuts the word at a slash";
const IDENT: &str = "the host behind the @ is no part of what the ident server said";
const ASCTIME: &str = "mail-parser misreads the order of asctime(3)";
const SHORT_YEAR: &str = "two digits below 50 are years of this century (RFC 5322 4.3)";
const ZONE_NAME: &str = "the zone names of RFC 5322 4.3 have an offset";

/// mail-parser's view: every key that it expects.
#[test]
fn mail_parser() {
    let Some(file) = shared("received/mail-parser-received.json") else {
        return;
    };
    let suite = json(file);
    let mut differing = Vec::new();
    let cases = suite.as_array().unwrap();
    for case in cases {
        let line = case["header"].as_str().unwrap();
        let hop = hop_of(line);
        let expected = &case["expected"];
        let want = |key: &str| expected[key].as_str().unwrap_or_default().to_owned();
        let host = |key: &str| {
            let value = &expected[key];
            let inner = value.get("Name").or_else(|| value.get("IpAddr"));
            inner.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let bare = |value: &Option<String>| plain_host(&text(value));
        let fields = [
            ("from", bare(&hop.from.host), plain_host(&host("from"))),
            (
                "from_ip",
                hop.from.ip.map(|ip| ip.to_string()).unwrap_or_default(),
                plain_host(&want("from_ip")),
            ),
            (
                "from_iprev",
                text(&hop.from.rdns),
                want("from_iprev").trim_end_matches('.').to_owned(),
            ),
            ("by", bare(&hop.by.host), plain_host(&host("by"))),
            ("for", hop.for_.first().cloned().unwrap_or_default(), want("for_")),
            (
                "with",
                hop.protocol().unwrap_or(unregistered(&hop)).to_owned(),
                want("with"),
            ),
            (
                "tls_version",
                digits(&text(&hop.tls_version)),
                digits(&want("tls_version")),
            ),
            ("tls_cipher", text(&hop.tls_cipher), want("tls_cipher")),
            (
                "id",
                hop.id.as_ref().map(|id| id.value.clone()).unwrap_or_default(),
                want("id"),
            ),
            ("ident", text(&hop.from.ident), want("ident")),
            ("helo", bare(&hop.from.helo), plain_host(&host("helo"))),
            (
                "helo_cmd",
                hop.from.helo_command.unwrap_or_default().to_owned(),
                want("helo_cmd"),
            ),
            ("via", text(&hop.via), want("via")),
            ("date", date_of(&hop), date_expected(&expected["date"])),
        ];
        for (field, got, want) in fields {
            // mail-parser fills these from TCP-info alone. Where it leaves them out it makes no claim: this project knows from the
            // product whether the first word of `from` is HELO, reverse name or address.
            let placed = matches!(field, "helo" | "from_iprev" | "from_ip") && want.is_empty();
            if !placed && !got.eq_ignore_ascii_case(&want) {
                differing.push((line.to_owned(), field, format!("got {got:?}, expected {want:?}")));
            }
        }
    }
    assert_eq!(cases.len(), 181);
    settle("mail-parser", cases.len(), &differing, MAIL_PARSER);
}

/// A name without a final dot, an address in its one spelling, both without brackets.
fn plain_host(host: &str) -> String {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    match host.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical().to_string(),
        Err(_) => host.to_owned(),
    }
}

/// The protocols that mail-parser knows and the registry does not.
fn unregistered(hop: &Hop) -> &str {
    hop.with
        .as_deref()
        .filter(|with| matches!(*with, "local" | "IMAP" | "POP3"))
        .unwrap_or_default()
}

/// `TLSv1_3`, `TLS1.3` and `TLSv1.3` are one version.
fn digits(version: &str) -> String {
    let digits: String = version.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 1 {
        format!("{digits}0")
    } else {
        digits
    }
}

/// The moment and the offset in minutes.
fn date_of(hop: &Hop) -> String {
    hop.date
        .as_ref()
        .map(|date| format!("{} {}", date.at, date.offset_minutes.unwrap_or_default()))
        .unwrap_or_default()
}

fn date_expected(date: &Value) -> String {
    let number = |key: &str| date[key].as_i64().unwrap_or_default();
    if number("year") == 0 {
        return String::new();
    }
    let sign = if date["tz_before_gmt"].as_bool().unwrap_or_default() {
        -1
    } else {
        1
    };
    let offset = sign * (number("tz_hour") * 60 + number("tz_minute"));
    let text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}",
        number("year"),
        number("month"),
        number("day"),
        number("hour"),
        number("minute"),
        number("second"),
        if sign < 0 { '-' } else { '+' },
        number("tz_hour"),
        number("tz_minute")
    );
    let at = spoofcheck::time::Timestamp::parse_rfc3339(&text).map_or(text, |at| at.to_string());
    format!("{at} {offset}")
}
