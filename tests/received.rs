//! The Received reader on the public suites, and the border on real and on made mail. Data: ../shared/conformance.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test reports by panicking and prints its figures"
)]

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use serde_json::Value;
use spoofcheck::{
    known::Known,
    message::Message,
    trace::{Anchor, Hop, read_trace, trace},
};

/// The folder of a suite; `None`, with a word, where the data is not there.
fn suite(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/conformance")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: {} is absent", path.display());
    None
}

fn read_json(path: &Path) -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn hop_of(line: &str) -> Hop {
    let message = format!("Received: {}\n\n", line.trim_end().replace("\r\n", "\n"));
    read_trace(&Message::read(message.as_bytes())).remove(0)
}

/// The address in a text, without the marks that suites put around it.
fn ip(text: &str) -> Option<IpAddr> {
    text.trim_start_matches("::ffff:").parse().ok()
}

fn compare(name: &str, key: &str, got: &str, want: &str, misses: &mut Vec<String>) {
    if !got.eq_ignore_ascii_case(want) {
        misses.push(format!("{name} {key}: got {got:?}, expected {want:?}"));
    }
}

/// SpamAssassin's view: ip, rdns, helo, by, ident, envelope sender, id, and whether the client authenticated.
/// Cases without expectation are hops that SpamAssassin ignores; here a hop without an address is still a hop, so for
/// them only reading without a panic and an untouched count is asked.
#[test]
fn spamassassin() {
    let Some(folder) = suite("received") else { return };
    let cases = read_json(&folder.join("spamassassin-rcvd-parser.json"));
    let (mut agreed, mut total, mut ignored) = (0, 0, 0);
    for case in &cases {
        let line = case["header"].as_str().unwrap();
        let hop = hop_of(line);
        let Some(expect) = case["expect"].as_object() else {
            ignored += 1;
            continue;
        };
        total += 1;
        let want = |key: &str| expect.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut misses = Vec::new();
        let got = |value: &Option<String>| value.clone().unwrap_or_default();
        compare(
            "",
            "ip",
            &hop.from.ip.map(|ip| ip.to_string()).unwrap_or_default(),
            want("ip"),
            &mut misses,
        );
        compare("", "rdns", &got(&hop.from.rdns), want("rdns"), &mut misses);
        compare(
            "",
            "helo",
            &got(&hop.from.helo).replace(['[', ']'], "!"),
            want("helo"),
            &mut misses,
        );
        compare("", "by", &got(&hop.by.host), want("by"), &mut misses);
        compare("", "ident", &got(&hop.from.ident), want("ident"), &mut misses);
        compare("", "envfrom", &got(&hop.envelope_from), want("envfrom"), &mut misses);
        compare(
            "",
            "id",
            &hop.id.map(|id| id.value).unwrap_or_default(),
            want("id"),
            &mut misses,
        );
        if misses.is_empty() {
            agreed += 1;
        } else {
            println!("{line}\n   {}", misses.join("; "));
        }
    }
    println!("SpamAssassin: {agreed} of {total} agreed, {ignored} without expectation");
    assert!(agreed >= SPAMASSASSIN_FLOOR, "{agreed} of {total}");
}

/// mail-parser's view: from, from_ip, by, for, id, helo.
#[test]
fn mail_parser() {
    let Some(folder) = suite("received") else { return };
    let cases = read_json(&folder.join("mail-parser-received.json"));
    let mut agreed = 0;
    for case in &cases {
        let line = case["header"].as_str().unwrap();
        let hop = hop_of(line);
        let expect = &case["expected"];
        let host = |value: &Value| {
            let inner = value.get("Name").or_else(|| value.get("IpAddr"));
            inner.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let mut misses = Vec::new();
        // Its `from` is the first word: HELO, reverse name or address, as the product has it.
        let from = host(&expect["from"]);
        let texts = [&hop.from.helo, &hop.from.rdns];
        let fits = texts.iter().any(|text| {
            text.as_deref()
                .is_some_and(|text| text.trim_matches(['[', ']']).eq_ignore_ascii_case(&from))
        }) || ip(&from).is_some_and(|ip| hop.from.ip == Some(ip))
            || from.is_empty()
            || from == "unknown" && hop.from.rdns.is_none();
        if !fits {
            misses.push(format!(
                "from: got {:?} {:?} {:?}, expected {from:?}",
                hop.from.helo, hop.from.rdns, hop.from.ip
            ));
        }
        if let Some(want) = expect["from_ip"].as_str()
            && hop.from.ip != ip(want)
        {
            misses.push(format!("from_ip: got {:?}, expected {want}", hop.from.ip));
        }
        let got = |value: &Option<String>| value.clone().unwrap_or_default();
        compare("", "by", &got(&hop.by.host), &host(&expect["by"]), &mut misses);
        compare(
            "",
            "for",
            &hop.for_.first().cloned().unwrap_or_default(),
            expect["for_"].as_str().unwrap_or_default(),
            &mut misses,
        );
        compare(
            "",
            "id",
            &hop.id.map(|id| id.value).unwrap_or_default(),
            expect["id"].as_str().unwrap_or_default(),
            &mut misses,
        );
        if !expect["helo"].is_null() {
            compare(
                "",
                "helo",
                got(&hop.from.helo).trim_matches(['[', ']']),
                &host(&expect["helo"]),
                &mut misses,
            );
        }
        if misses.is_empty() {
            agreed += 1;
        } else {
            println!("{line}   {}", misses.join("; "));
        }
    }
    println!("mail-parser: {agreed} of {} agreed", cases.len());
    assert!(agreed >= MAIL_PARSER_FLOOR, "{agreed} of {}", cases.len());
}

/// Fields that may mark the border, by a plain scan: enough for the choice, not a reader of results.
fn anchors(message: &Message<'_>) -> Vec<Anchor> {
    let mut anchors = Vec::new();
    for field in &message.fields {
        let text = field.text();
        let behind = |mark: &str| {
            text.split_once(mark)
                .map(|(_, rest)| rest.split([' ', ';', ')', ',']).next().unwrap_or_default().to_owned())
        };
        let (kind, author, client) = if field.is("Received-SPF") {
            let author =
                behind("receiver=").or_else(|| behind("(").map(|author| author.trim_end_matches(':').to_owned()));
            ("received-spf", author, behind("client-ip="))
        } else if field.is("Authentication-Results") {
            let author = text
                .split(';')
                .next()
                .filter(|id| !id.contains(['=', ' ']))
                .map(str::to_owned);
            (
                "authentication-results",
                author,
                behind("sender IP is ").or_else(|| behind("smtp.remote-ip=")),
            )
        } else {
            continue;
        };
        let client_ip = client.and_then(|client| client.parse().ok());
        anchors.push(Anchor {
            field_index: field.index,
            kind,
            author: author.filter(|author| author.contains('.')),
            client_ip,
        });
    }
    anchors
}

/// `envelope.client_ip` of the labels is the peer of the border; a null envelope means that there is none.
#[test]
fn border_of_spoofcases() {
    let Some(folder) = suite("spoofcases") else { return };
    let labels = std::fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    let (mut agreed, mut total) = (0, 0);
    for label in labels.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        if label["message_index"].as_u64() != Some(0) {
            continue;
        }
        total += 1;
        let bytes = std::fs::read(folder.join(label["file"].as_str().unwrap())).unwrap();
        let message = Message::read(&bytes);
        let trace = trace(&message, &anchors(&message), &Known::default());
        let got = trace.border_hop().and_then(|hop| hop.from.ip);
        let want = label["envelope"]["client_ip"].as_str().and_then(ip);
        if got == want {
            agreed += 1;
        } else {
            println!(
                "{}: got {got:?}, expected {want:?}, {:?} {:?}",
                label["id"], trace.border, trace.border_note
            );
        }
    }
    println!("spoofcases: border of {agreed} of {total}");
    assert_eq!(agreed, total);
}

/// X-Sender-IP, which Outlook.com writes from its own connection, is the reference. It is not given as an anchor.
#[test]
fn border_of_real_phishing() {
    let Some(folder) = suite("phishing-pot") else { return };
    let unpacked = tempfile::tempdir().unwrap();
    let done = std::process::Command::new("tar")
        .arg("xzf")
        .arg(folder.join("phish.tar.gz"))
        .arg("-C")
        .arg(unpacked.path())
        .status();
    if !done.is_ok_and(|status| status.success()) {
        println!("SKIPPED: tar could not unpack phish.tar.gz");
        return;
    }
    let (mut agreed, mut blind, mut total) = (0, 0, 0);
    let mut seen = std::collections::BTreeMap::new();
    let (mut clocks, mut on_time) = (0, 0);
    for entry in walkdir::WalkDir::new(unpacked.path())
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
    {
        if !entry.file_type().is_file() {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        let message = Message::read(&bytes);
        let with = trace(&message, &anchors(&message), &Known::default());
        for drift in with.hops.iter().filter_map(Hop::id_drift_seconds) {
            clocks += 1;
            on_time += usize::from(drift <= 60);
        }
        let Some(want) = message
            .field("X-Sender-IP")
            .and_then(|field| field.text().parse::<IpAddr>().ok())
        else {
            continue;
        };
        total += 1;
        let got = with.border_hop().and_then(|hop| hop.from.ip);
        agreed += usize::from(got == Some(want));
        let without = trace(&message, &[], &Known::default());
        blind += usize::from(without.border_hop().and_then(|hop| hop.from.ip) == Some(want));
        *seen
            .entry(with.border.as_ref().map(|border| format!("{:?}", border.confidence)))
            .or_insert(0) += 1;
        if got != Some(want) {
            println!(
                "{}: got {got:?}, expected {want}, {:?}",
                entry.path().display(),
                with.border_note
            );
        }
    }
    println!(
        "phishing-pot: border {agreed} of {total}, without anchors {blind}; confidence {seen:?}; queue-id clocks within 60 s: {on_time} of {clocks}"
    );
    // Known miss: one message whose uppermost hop receives from a Microsoft network that the profile does not list.
    assert!(total - agreed <= 1, "{agreed} of {total}");
    assert!(total - blind <= 1, "{blind} of {total} without anchors");
}

const SPAMASSASSIN_FLOOR: usize = 90;
const MAIL_PARSER_FLOOR: usize = 120;
