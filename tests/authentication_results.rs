//! Public Authentication-Results fields through our reader, field by field. `cargo test --test authentication_results --
//! --nocapture` prints what was reached and each miss.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints what it measured"
)]

mod common;

use std::fs;

use serde_json::Value;
use spoofcheck::{
    message::Message,
    recorded::{self, MethodResult, Record},
};

fn cases() -> Option<Vec<Value>> {
    let path = common::shared("authentication-results/cases.json")?;
    Some(serde_json::from_str(&fs::read_to_string(path).expect("readable cases")).expect("cases in JSON"))
}

/// The one record of a field, the same with every line end.
fn read(header: &str) -> Record {
    let record = |text: String| {
        let mut records = recorded::read(&Message::read(text.as_bytes())).records;
        assert_eq!(records.len(), 1, "{text}");
        records.remove(0)
    };
    let lf = header.replace("\r\n", "\n");
    let (with_lf, with_crlf) = (
        record(format!("{lf}\n\n")),
        record(format!("{}\r\n\r\n", lf.replace('\n', "\r\n"))),
    );
    assert_eq!(
        (&with_lf.methods.len(), &with_lf.defects),
        (&with_crlf.methods.len(), &with_crlf.defects)
    );
    with_crlf
}

/// `id | method=result ptype.property=value ... | ...`, with what has no ptype left out.
fn shown(record: &Record) -> String {
    let result = |result: &MethodResult| {
        let known = result.properties.iter().filter(|(name, _)| name.contains('.'));
        let properties: String = known.map(|(name, value)| format!(" {name}={value}")).collect();
        format!(" | {}={}{properties}", result.method, result.result)
    };
    let results: String = record.methods.iter().map(result).collect();
    format!("{}{results}", record.authserv_id.as_deref().unwrap_or("-"))
}

/// The reference in the same form.
fn expected(case: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut text = word(&case["authserv_id"]);
    for result in case["results"].as_array().expect("results") {
        text.push_str(&format!(" | {}={}", word(&result["method"]), word(&result["result"])));
        for property in result["properties"].as_array().expect("properties") {
            let (ptype, name) = (word(&property["ptype"]), word(&property["property"]));
            text.push_str(&format!(" {ptype}.{name}={}", word(&property["value"])));
        }
    }
    text
}

/// A reason that the reference gives must be ours; where it gives none ours may be the comment behind the result.
fn reasons_agree(case: &Value, record: &Record) -> bool {
    let wanted = case["results"].as_array().expect("results");
    wanted
        .iter()
        .zip(&record.methods)
        .all(|(wanted, found)| match wanted["reason"].as_str() {
            Some(reason) => found.reason.as_deref() == Some(reason),
            None => found.reason.is_none() || found.reason.as_ref() == found.comments.first(),
        })
}

#[test]
fn what_the_reference_parses_is_read_alike() {
    let Some(cases) = cases() else { return };
    let (mut passed, mut total) = (0, 0);
    for case in cases.iter().filter(|case| !case["expect"].is_null()) {
        let header = case["header"].as_str().expect("a header");
        let record = read(header);
        total += 1;
        if shown(&record) == expected(&case["expect"]) && reasons_agree(&case["expect"], &record) {
            passed += 1;
        } else {
            println!(
                "  {header:?}\n    wanted {}\n    got    {}",
                expected(&case["expect"]),
                shown(&record)
            );
        }
    }
    println!("authentication-results, read as the reference does: {passed} of {total}");
    assert_eq!(passed, total);
}

/// The fields that the reference refuses, by a piece of each (the first row that fits counts), with what is to be read of them and why. Nothing here may
/// become a pass that does not stand there.
const REFUSED: &[(&str, &str, Option<&str>)] = &[
    // An address with colons and an URI need quotation marks (RFC 8601 2.2, RFC 2045 5.1): plain in meaning.
    (
        "iprev=pass policy.iprev=2001:748",
        "mail.bmsi.com | iprev=pass policy.iprev=2001:748:100:40::2:2 | spf=none smtp.mailfrom=markuslaudi@freenet.de",
        Some("a value that needs quotation marks has none"),
    ),
    (
        "policy.authority-uri",
        "example.com | bimi=pass policy.authority-uri=https://d3frv9g52qce38.cloudfront.net/amazondefault/amazon_web_services_inc.pem",
        Some("a value that needs quotation marks has none"),
    ),
    // Its own authserv-id stands once more among the results.
    (
        "thehesiod.com",
        "thehesiod.com | dkim=none header.d=none | dmarc=none header.from=hotmail.com",
        Some("text that is no result"),
    ),
    // RFC 8601 B.7 is valid: the reference is at fault.
    (
        "Because I like it",
        "foo.example.net | dkim=fail policy.expired=1362471462",
        None,
    ),
    // A semicolon at the end.
    (
        "sender@example.com;",
        "example.com | auth=pass smtp.auth=sender@example.com",
        Some("semicolon after the last result"),
    ),
    (
        "smtp.mailfrom=example.net;",
        "example.com | spf=pass smtp.mailfrom=example.net",
        Some("semicolon after the last result"),
    ),
    // Microsoft writes no authserv-id.
    (
        "185.67.36.66",
        "- | spf=pass smtp.mailfrom=posteo.net | dkim=pass header.d=posteo.net | dmarc=pass header.from=posteo.net | compauth=pass",
        Some("authserv-id missing"),
    ),
    (
        "167.89.56.216",
        "- | spf=pass smtp.mailfrom=crm.dashlane.com | dkim=timeout header.d=dashlane.com | dmarc=pass header.from=dashlane.com | compauth=pass",
        Some("authserv-id missing"),
    ),
    // ... and prefixes of its own, which are no ptypes: they are kept and never taken for smtp or header.
    (
        "143.244.187.129",
        "- | spf=pass ssmtp.mailfrom=sendtestemail.com | dkim=none sheader.d=none | dmarc=bestguesspass sheader.from=sendtestemail.com | compauth=pass",
        Some("unknown ptype: ssmtp"),
    ),
    (": spf=pass", "- | spf=pass", Some("authserv-id missing")),
    // Brackets that do not pair: the property behind them still stands for itself.
    (
        "(good (comment (another))) signature",
        "example.com | dkim=pass header.d=example.com",
        Some("text that is no property"),
    ),
    (
        "((good (comment (another))",
        "example.com | dkim=pass header.d=example.com",
        Some("a comment is not closed"),
    ),
    // RFC 8601 5 and RFC 6532: UTF-8 is allowed in internationalised mail.
    ("éxamplé.org", "éxamplé.org", None),
    (": Bloß.de", "Bloß.de", None),
    ("header.i=Bloß.de", "example.net | dkim=pass header.i=Bloß.de", None),
    ("с-балалайкой.рф", "с-балалайкой.рф", None),
    ("Pelé", "example.net | dkim=pass header.i=Pelé@example.com", None),
    (
        "二ノ宮@example.com",
        "example.net | dkim=pass header.i=二ノ宮@example.com",
        None,
    ),
    (
        "二ノ宮@xn--wgv71a119e.jp",
        "example.net | dkim=pass header.i=二ノ宮@xn--wgv71a119e.jp",
        None,
    ),
    (
        "二ノ宮@黒川.日本",
        "example.net | dkim=pass header.i=二ノ宮@黒川.日本",
        None,
    ),
    ("(éxamplé)", "example.net", None),
    // No result at all is not a result.
    (": example.com;", "example.com", Some("no results")),
    (": example.net;", "example.net", Some("no results")),
];

#[test]
fn what_the_reference_refuses_is_recovered_or_named() {
    let Some(cases) = cases() else { return };
    let (mut passed, mut total) = (0, 0);
    for case in cases.iter().filter(|case| case["expect"].is_null()) {
        let header = case["header"].as_str().expect("a header");
        let row = REFUSED.iter().find(|(piece, ..)| header.contains(piece));
        let (_, wanted, defect) = row.unwrap_or_else(|| panic!("no expectation for {header:?}"));
        let record = read(header);
        let named = defect.is_none_or(|defect| record.defects.iter().any(|found| found == defect));
        total += 1;
        if shown(&record) == *wanted && named && (defect.is_some() || record.defects.is_empty()) {
            passed += 1;
        } else {
            println!(
                "  {header:?}\n    wanted {wanted}\n    got    {} {:?}",
                shown(&record),
                record.defects
            );
        }
    }
    println!("authentication-results, refused by the reference and read here: {passed} of {total}");
    assert_eq!(passed, total);
}

proptest::proptest! {
    /// Whatever stands in the field: a pass is read only where `pass` stands behind an equals sign, outside of comments' words.
    #[test]
    fn no_pass_that_does_not_stand_there(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "mx.corp.example", ";", " ", "dkim", "spf", "dmarc", "=", "pass", "fail", "none", "(", ")", "\"", "\\", "reason=", "header.d=", "a.example",
        "smtp.mailfrom=", "p", "ass", "/1", " 1", ",", "@", "\n ", "é", "compauth", "PASS", "pass-",
    ]), 0..40)) {
        let text: String = pieces.concat();
        let raw = format!("Authentication-Results: {text}\n\n");
        let message = Message::read(raw.as_bytes());
        for record in recorded::read(&message).records {
            for result in record.methods.iter().filter(|result| result.result == "pass") {
                let span = result.span.expect("a result that was read stands somewhere");
                let quoted = message.quote(span).to_ascii_lowercase();
                let (_, behind) = quoted.split_once('=').expect("a result has an equals sign");
                proptest::prop_assert!(behind.contains("pass"), "{text:?} gave {result:?} at {quoted:?}");
            }
        }
    }
}
