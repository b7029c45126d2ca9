//! The address and date cases of mail-parser and the From cases of OpenDMARC, where they are at hand.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a test reports on its output and fails by panicking"
)]

use std::path::PathBuf;

use serde_json::Value;
use spoofcheck::message::{Message, parse_addresses, parse_date};

/// The cases of one file; `None`, with a word about it, where the suites are not at hand.
fn cases(name: &str) -> Option<Vec<Value>> {
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "..",
        "shared",
        "conformance",
        "address",
        name,
    ]
    .iter()
    .collect();
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// Where this project decides otherwise, by a part of the case's text, and why.
const OTHER_ADDRESSES: [(&str, &str); 12] = [
    (
        "Pete(A nice",
        "comments are kept apart from the name; a backslash is read after unfolding",
    ),
    (
        "A Group(Some people)",
        "comments are kept apart from the name, and none is a mailbox",
    ),
    (
        "(Empty list)",
        "comments are kept apart from the name, and none is a mailbox",
    ),
    (
        "<@node.test:",
        "a source route is no part of the address; white space around the dots of a domain neither",
    ),
    (
        "machine(comment)",
        "comments are kept apart; white space around the dots of a domain is no part of it",
    ),
    (
        "7eXs+SDv4SDp7Oj08A==",
        "a comment takes the name's place only where there is no name",
    ),
    (
        "=?ISO-8859-2?Q?_b?=",
        "the space of an encoded-word in quotes stays beside the one before the quotes",
    ),
    ("<http:", "a URL of a list field (RFC 2369) is no address"),
    ("<mailto:", "a URL of a list field (RFC 2369) is no address"),
    ("<ftp:", "a URL of a list field (RFC 2369) is no address"),
    ("NO (posting", "a word without @ is no address"),
    ("Name (comment)", "comments are kept apart from the name"),
];

#[test]
fn mail_parser_addresses() {
    let Some(cases) = cases("mail-parser-address.json") else {
        return;
    };
    let (mut passed, mut wrong) = (0, Vec::new());
    for case in &cases {
        let header = case["header"].as_str().unwrap();
        let expected = expected_mailboxes(&case["expected"]);
        let found = found_mailboxes(header);
        if expected == found {
            passed += 1;
        } else if !OTHER_ADDRESSES.iter().any(|(part, _)| header.contains(part)) {
            wrong.push(format!("{header:?}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    println!("mail-parser addresses: {passed}/{} as there", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

type Expected = (Option<String>, Option<String>, Option<String>);

fn expected_mailboxes(expected: &Value) -> Vec<Expected> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let one = |group: Option<String>, mailbox: &Value| {
        // Domains are compared in normal form.
        let address = text(&mailbox["address"]).map(|address| match address.rsplit_once('@') {
            Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
            None => address,
        });
        (group, text(&mailbox["name"]), address)
    };
    if let Some(list) = expected["List"].as_array() {
        return list.iter().map(|mailbox| one(None, mailbox)).collect();
    }
    let groups = expected["Group"].as_array().unwrap().iter();
    groups
        .flat_map(|group| {
            let name = text(&group["name"]);
            group["addresses"]
                .as_array()
                .unwrap()
                .iter()
                .map(move |mailbox| one(name.clone(), mailbox))
        })
        .collect()
}

fn found_mailboxes(header: &str) -> Vec<Expected> {
    let raw = format!("From:{header}\n\n");
    let message = Message::read(raw.as_bytes());
    let list = parse_addresses(message.field("From").unwrap().unfolded());
    let mailboxes = list.mailboxes.into_iter();
    mailboxes
        .map(|mailbox| (mailbox.group, mailbox.display_name, mailbox.address))
        .collect()
}

#[test]
fn opendmarc_from_domains() {
    let Some(cases) = cases("opendmarc-from-domain.json") else {
        return;
    };
    for case in &cases {
        let raw = format!("From: {}\n\n", case["from"].as_str().unwrap());
        let message = Message::read(raw.as_bytes());
        let list = parse_addresses(message.field("From").unwrap().unfolded());
        let first = list.mailboxes.iter().find(|mailbox| mailbox.address.is_some());
        assert_eq!(
            first.map(|mailbox| mailbox.domain.as_str()),
            case["domain"].as_str(),
            "{raw}"
        );
    }
    println!("OpenDMARC From fields: {0}/{0}", cases.len());
}

/// Where this project decides otherwise, by a part of the case's text, and why.
const OTHER_DATES: [(&str, &str); 2] = [
    (
        "20 11 (some",
        "a month in digits: whether day or month comes first is a guess",
    ),
    (
        "4 8 15 16 23 42",
        "numbers without month name, colons or zone are no date",
    ),
];

#[test]
fn mail_parser_dates() {
    let Some(cases) = cases("mail-parser-date.json") else {
        return;
    };
    let (mut passed, mut wrong) = (0, Vec::new());
    for case in &cases {
        let header = case["header"].as_str().unwrap();
        let raw = format!("Date:{header}\n\n");
        let message = Message::read(raw.as_bytes());
        let found = parse_date(message.field("Date").unwrap().unfolded()).map(|date| date.at.0);
        let expected = expected_moment(&case["expected"]);
        if found == expected {
            passed += 1;
        } else if !OTHER_DATES.iter().any(|(part, _)| header.contains(part)) {
            wrong.push(format!("{header:?}: expected {expected:?}, found {found:?}"));
        }
    }
    println!("mail-parser dates: {passed}/{} as there", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn expected_moment(expected: &Value) -> Option<i64> {
    let number = |name: &str| expected[name].as_u64();
    let small = |name: &str| u8::try_from(number(name).unwrap()).unwrap();
    let date = mail_parser::DateTime {
        year: u16::try_from(number("year")?).unwrap(),
        month: small("month"),
        day: small("day"),
        hour: small("hour"),
        minute: small("minute"),
        second: small("second"),
        tz_before_gmt: expected["tz_before_gmt"].as_bool().unwrap(),
        tz_hour: small("tz_hour"),
        tz_minute: small("tz_minute"),
    };
    Some(date.to_timestamp())
}
