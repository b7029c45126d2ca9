//! Makes `testdata/`: messages signed by real keys, their DNS, a mailbox. Rewrite the files after a change with
//! `cargo test --test make_testdata -- --ignored`; the other test says when they are out of date.

#![allow(clippy::expect_used, reason = "a generator that runs as a test")]

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "../common/messages.rs"]
mod given;
mod messages;
mod sign;
mod techniques;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use given::examined;
use messages::Keys;
use sign::Key;
use spoofcheck::{
    dns::Snapshot,
    examiner::Settings,
    verify::{
        Clock,
        second_opinion::{Facts, ask},
    },
};

#[test]
fn files_are_what_the_generator_makes() {
    for (name, content) in make() {
        let stored = std::fs::read(folder().join(&name)).unwrap_or_default();
        assert!(
            stored == content,
            "testdata/{name} is out of date: run this test target with --ignored"
        );
    }
}

#[test]
#[ignore = "rewrites testdata"]
fn write_files() {
    for (name, content) in make() {
        let path = folder().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        std::fs::write(path, content).expect("testdata can be written");
    }
}

/// What mail-auth, which had no part in signing them, finds in each message: SPF, signatures from the top, DMARC, ARC.
const FOUND: [(&str, &str, &[&str], &str, &str); 21] = [
    ("arc-broken.eml", "fail", &["neutral"], "fail", "neutral"),
    ("arc-forged.eml", "fail", &[], "fail", "pass"),
    ("arc-two-hops.eml", "fail", &["neutral"], "fail", "pass"),
    ("display-name-address.eml", "pass", &["pass"], "pass", "none"),
    ("dsn.eml", "pass", &[], "pass", "none"),
    ("esp-aligned.eml", "pass", &["pass", "pass"], "pass", "none"),
    ("esp-unaligned.eml", "pass", &["pass"], "none", "none"),
    ("expired-at-delivery.eml", "pass", &["neutral"], "fail", "none"),
    ("expired-since.eml", "pass", &["pass"], "pass", "none"),
    ("forged-authentication-results.eml", "fail", &[], "fail", "none"),
    ("forged-received.eml", "fail", &[], "fail", "none"),
    ("forward-plain.eml", "fail", &["pass"], "pass", "none"),
    ("forward-srs.eml", "pass", &["pass"], "pass", "none"),
    ("genuine-direct.eml", "pass", &["pass", "pass"], "pass", "none"),
    ("list-footer.eml", "pass", &["pass", "neutral"], "fail", "pass"),
    ("list-munged-from.eml", "pass", &["pass"], "pass", "none"),
    ("null-sender.eml", "pass", &["pass"], "pass", "none"),
    ("rotated-key.eml", "fail", &["permerror"], "fail", "none"),
    ("spoof-none.eml", "softfail", &[], "fail", "none"),
    ("spoof-reject.eml", "fail", &[], "fail", "none"),
    ("two-from.eml", "pass", &["pass"], "none", "none"),
];

#[test]
fn an_independent_verifier_finds_what_was_meant() {
    let files = make();
    let dns = String::from_utf8(files["dns.jsonl"].clone()).expect("text");
    let snapshot = Snapshot::parse(&dns, "dns.jsonl").expect("a snapshot");
    let mut wrong = Vec::new();
    let own = |name: &str| name.ends_with(".eml") && !name.contains('/');
    for (name, content) in files.iter().filter(|(name, _)| own(name)) {
        let text = std::str::from_utf8(content).expect("text");
        // The border's own lines, which the generator wrote in one form.
        let border = text
            .split("\r\n")
            .find(|line| line.starts_with("Received: from") && !line.contains("192.0.2.10"));
        let border = border.expect("a border hop");
        let between = |text: &str, start: &str, end: &str| {
            text.split_once(start)
                .and_then(|(_, rest)| rest.split_once(end))
                .map(|(found, _)| found.to_owned())
        };
        let (helo, ip) = (
            between(border, "from ", " ("),
            between(border, "[", "]").and_then(|ip| ip.parse().ok()),
        );
        let opinion = ask(
            &Facts {
                message: content,
                ip,
                helo: helo.as_deref(),
                mail_from: between(text, "Return-Path: <", ">").as_deref(),
                rcpt_to: Vec::new(),
                receiver: "mx.corp.example",
                clock: Clock {
                    delivered_at: messages::delivered_at(text),
                    as_of: snapshot.now.expect("the header's clock"),
                },
            },
            &snapshot,
        );
        let dkim: Vec<&str> = opinion.dkim.iter().map(|one| one.result.as_str()).collect();
        let found = (
            name.as_str(),
            opinion.spf.as_deref(),
            dkim,
            opinion.dmarc.as_deref(),
            opinion.arc.as_deref(),
        );
        let meant = FOUND.iter().find(|(known, ..)| known == name);
        let meant =
            meant.map(|&(name, spf, dkim, dmarc, arc)| (name, Some(spf), dkim.to_vec(), Some(dmarc), Some(arc)));
        if meant.as_ref() != Some(&found) {
            wrong.push(format!("{found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Every generated file.
fn make() -> BTreeMap<String, Vec<u8>> {
    let keys = Keys {
        rsa: Key::read("rsa-author"),
        ed25519: Key::read("ed25519-author"),
        relay: Key::read("rsa-relay"),
    };
    let messages = messages::all(&keys);
    let mut files = BTreeMap::from([
        ("dns.jsonl".to_owned(), dns(&keys).into_bytes()),
        ("mailbox.mbox".to_owned(), mailbox(&messages).into_bytes()),
    ]);
    files.extend(
        messages
            .into_iter()
            .map(|(name, message)| (name.to_owned(), message.into_bytes())),
    );
    files.extend(techniques());
    files
}

/// `techniques/`: the messages, their DNS, and the table that maps each to its verdict and to what decides it.
fn techniques() -> BTreeMap<String, Vec<u8>> {
    let ring = techniques::Ring::read();
    let dns = techniques::dns(&ring);
    let snapshot = Snapshot::parse(&dns, "techniques/dns.jsonl").expect("a snapshot");
    let settings = Settings::new(snapshot.now.expect("the header's clock"));
    let mut table = include_str!("techniques/README.md").to_owned();
    let mut files = BTreeMap::new();
    let mut kind = String::new();
    for case in techniques::all(&ring) {
        let bytes = case.message.into_bytes();
        let report = examined(&bytes, &settings, &snapshot);
        if kind != case.kind {
            kind.clone_from(&case.kind);
            table += &format!(
                "\n## {kind}\n\n| what | verdict | also no fault | decided by | fixture |\n|---|---|---|---|---|\n"
            );
        }
        table += &format!(
            "| {} | {} | {} | {} | [{file}]({file}) |\n",
            case.title.replace('|', "\\|"),
            case.verdict,
            case.also.join(", "),
            report.verdict.because.join(", "),
            file = case.file
        );
        let before = files.insert(format!("techniques/{}", case.file), bytes);
        assert!(before.is_none(), "two cases have the file {}", case.file);
    }
    files.insert("techniques/dns.jsonl".to_owned(), dns.into_bytes());
    files.insert("techniques/README.md".to_owned(), table.into_bytes());
    files
}

/// Some of the messages as an mbox (RFC 4155) with LF line ends and quoted From lines (mboxrd).
fn mailbox(messages: &[(&'static str, String)]) -> String {
    let mut mailbox = String::new();
    for name in ["genuine-direct.eml", "spoof-reject.eml", "list-footer.eml", "dsn.eml"] {
        let (_, message) = messages
            .iter()
            .find(|(known, _)| *known == name)
            .expect("a message of that name");
        mailbox += "From MAILER-DAEMON Mon Oct 19 08:00:06 2026\n";
        for line in message.replace("\r\n", "\n").lines() {
            let quote = if line.trim_start_matches('>').starts_with("From ") {
                ">"
            } else {
                ""
            };
            mailbox += &format!("{quote}{line}\n");
        }
        mailbox.push('\n');
    }
    mailbox
}

/// The only DNS of these messages; what is not listed does not exist.
fn dns(keys: &Keys) -> String {
    let mut lines = Vec::new();
    let mut add = |name: &str, rtype: &str, data: &str| {
        let data = serde_json::to_string(data).expect("a string");
        lines.push(format!(
            "{{\"name\": \"{name}.\", \"type\": \"{rtype}\", \"rcode\": \"NOERROR\", \"ttl\": 3600, \"data\": [{data}], \"asked_at\": \"2026-10-01T00:00:00Z\"}}"
        ));
    };
    let hosts = [
        (
            "corp.example",
            "mx.corp.example",
            "192.0.2.10",
            "v=spf1 mx -all",
            "v=DMARC1; p=quarantine",
        ),
        (
            "bank.example",
            "mail.bank.example",
            "198.51.100.10",
            "v=spf1 ip4:198.51.100.10 -all",
            "v=DMARC1; p=reject; rua=mailto:dmarc@bank.example",
        ),
        (
            "shop.example",
            "mail.shop.example",
            "198.51.100.20",
            "v=spf1 a:mail.shop.example include:esp.example ~all",
            "v=DMARC1; p=none; rua=mailto:dmarc@shop.example",
        ),
        (
            "univ.example",
            "mail.univ.example",
            "198.51.100.30",
            "v=spf1 mx -all",
            "v=DMARC1; p=none",
        ),
        (
            "lists.example",
            "lists.example",
            "198.51.100.40",
            "v=spf1 a -all",
            "v=DMARC1; p=none",
        ),
        (
            "alumni.example",
            "mx.alumni.example",
            "198.51.100.50",
            "v=spf1 mx -all",
            "v=DMARC1; p=none",
        ),
        (
            "freemail.example",
            "out.freemail.example",
            "192.0.2.80",
            "v=spf1 ip4:192.0.2.80/28 -all",
            "v=DMARC1; p=reject",
        ),
        (
            "esp.example",
            "o1.esp.example",
            "192.0.2.90",
            "v=spf1 ip4:192.0.2.88/29 -all",
            "v=DMARC1; p=reject",
        ),
        (
            "relayhost.example",
            "mta7.relayhost.example",
            "203.0.113.70",
            "v=spf1 ip4:203.0.113.64/26 -all",
            "",
        ),
        (
            "shady.example",
            "host66.shady.example",
            "203.0.113.66",
            "v=spf1 ip4:203.0.113.66 -all",
            "",
        ),
        (
            "club.example",
            "www.club.example",
            "203.0.113.90",
            "v=spf1 include:esp.example -all",
            "",
        ),
    ];
    for (domain, host, ip, spf, dmarc) in hosts {
        add(host, "A", ip);
        add(domain, "MX", &format!("10 {host}."));
        add(domain, "TXT", spf);
        if !dmarc.is_empty() {
            add(&format!("_dmarc.{domain}"), "TXT", dmarc);
        }
        let reversed: Vec<&str> = ip.rsplit('.').collect();
        add(
            &format!("{}.in-addr.arpa", reversed.join(".")),
            "PTR",
            &format!("{host}."),
        );
    }
    // The bounces of a server that signs nothing: SPF of its HELO name.
    add("mail.univ.example", "TXT", "v=spf1 a -all");
    for domain in [
        "bank.example",
        "shop.example",
        "univ.example",
        "freemail.example",
        "shady.example",
    ] {
        add(&format!("s2026._domainkey.{domain}"), "TXT", &keys.rsa.record);
    }
    add("e2026._domainkey.bank.example", "TXT", &keys.ed25519.record);
    for domain in ["lists.example", "esp.example", "alumni.example", "shady.example"] {
        add(&format!("relay._domainkey.{domain}"), "TXT", &keys.relay.record);
    }
    lines.sort();
    let header = "{\"spoofcheck_dns\": 1, \"absent\": \"nxdomain\", \"now\": \"2026-11-01T00:00:00Z\"}";
    format!("{header}\n{}\n", lines.join("\n"))
}

/// A number that depends on the text alone (FNV-1a), for queue ids.
fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
