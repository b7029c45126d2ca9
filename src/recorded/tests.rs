//! Fields of recorded results, read as they are found.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use proptest::prelude::*;

use super::*;

fn read_one(value: &str) -> Record {
    read_field("Authentication-Results", value)
}

fn read_spf(value: &str) -> Record {
    read_field("Received-SPF", value)
}

fn read_field(name: &str, value: &str) -> Record {
    let stored = format!("{name}: {value}\r\n\r\n");
    let mut records = read(&Message::read(stored.as_bytes())).records;
    assert_eq!(records.len(), 1, "{value}");
    records.remove(0)
}

fn results(record: &Record) -> Vec<(&str, &str)> {
    record
        .methods
        .iter()
        .map(|found| (found.method.as_str(), found.result.as_str()))
        .collect()
}

#[test]
fn text_of_the_sender_becomes_no_result() {
    for value in [
        // In a comment, nested and with an escaped bracket.
        "mx.example; spf=fail (dkim=pass header.d=bank.example)",
        "mx.example; spf=fail (says (dkim=pass) \\) ; dmarc=pass)",
        // In a quoted value, and in a quoted local part.
        "mx.example; spf=fail reason=\"; dkim=pass header.d=bank.example\"",
        "mx.example; spf=fail smtp.mailfrom=\"x; dkim=pass header.d=bank.example\"@shady.example",
        // As the value of a property.
        "mx.example; spf=fail smtp.helo=dkim=pass",
        "mx.example; spf=fail smtp.mailfrom=pass",
    ] {
        let record = read_one(value);
        assert_eq!(results(&record), [("spf", "fail")], "{value}");
    }
}

#[test]
fn a_result_that_is_missing_is_not_taken_from_what_follows() {
    let record = read_one("mx.example; dkim= header.d=bank.example; spf=; dmarc=pass header.from=bank.example");
    assert_eq!(results(&record), [("dkim", ""), ("spf", ""), ("dmarc", "pass")]);
    assert!(record.defects.contains(&"a method without result".to_owned()));
    let empty = read_one("mx.example; dkim=pass header.d= header.s=s1");
    assert_eq!(empty.methods[0].property("header.d"), Some(""));
    assert_eq!(empty.methods[0].property("header.s"), Some("s1"));
}

#[test]
fn methods_results_and_properties_have_no_case() {
    let record = read_one("MX.Example 1; DKIM=Pass Header.D=Bank.example REASON=\"2048 bit key\" (ours)");
    assert_eq!(results(&record), [("dkim", "pass")]);
    assert_eq!(record.methods[0].property("header.d"), Some("Bank.example"));
    assert_eq!(record.methods[0].reason.as_deref(), Some("2048 bit key"));
    assert_eq!(record.methods[0].comments, ["ours"]);
    assert!(record.defects.is_empty());
}

#[test]
fn another_version_is_named() {
    // RFC 8601 2.2 and 5: this version is 1, of the field as of each method.
    assert_eq!(read_one("mx.example 2; spf=pass").defects, ["version 2 instead of 1"]);
    let method = read_one("mx.example; spf/3=pass");
    assert_eq!((results(&method), method.defects.len()), (vec![("spf", "pass")], 1));
}

#[test]
fn kinds_of_field_are_told_apart() {
    let stored = b"ARC-Authentication-Results: i=2; mx.example; arc=fail\r\n\
        X-MS-Exchange-Authentication-Results: spf=pass smtp.mailfrom=a.example\r\n\
        Authentication-Results: mx.example; none\r\n\r\n";
    let found = read(&Message::read(stored)).records;
    let facts: Vec<_> = found
        .iter()
        .map(|record| {
            (
                record.kind,
                record.instance,
                record.authserv_id.as_deref(),
                record.methods.len(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            (RecordKind::ArcAuthenticationResults, Some(2), Some("mx.example"), 1),
            (RecordKind::AuthenticationResultsOriginal, None, None, 1),
            (RecordKind::AuthenticationResults, None, Some("mx.example"), 0),
        ]
    );
}

#[test]
fn the_span_of_a_result_is_where_it_stands() {
    let stored =
        b"X: y\r\nAuthentication-Results: mx.example;\r\n spf=fail\r\n smtp.mailfrom=a.example; dkim=none\r\n\r\n";
    let message = Message::read(stored);
    let found = read(&message).records.remove(0);
    let spans: Vec<String> = found
        .methods
        .iter()
        .map(|result| message.quote(result.span.unwrap()))
        .collect();
    assert_eq!(spans, ["spf=fail\r\n smtp.mailfrom=a.example", "dkim=none"]);
}

#[test]
fn a_mail_from_without_its_quotes_is_read_whole() {
    let record =
        read_spf("Fail (x) identity=mailfrom; envelope-from=a b  c@bank.example; client-ip=192.0.2.1 helo=h.example");
    let spf = &record.methods[0];
    assert_eq!(spf.mail_from().as_deref(), Some("\"a b  c\"@bank.example"));
    assert_eq!(spf.helo().as_deref(), Some("h.example"));
    assert!(spf.client_ip().is_some());
    assert_eq!(record.defects, [injection::UNQUOTED]);
    assert!(
        read_spf("Pass (x) envelope-from=\"a b\"@bank.example; (y) helo=h.example")
            .defects
            .is_empty()
    );
}

#[test]
fn the_receiver_is_no_domain_that_was_checked() {
    let receiver = |value: &str| read_spf(value).authserv_id;
    let mail_spf = "pass (bank.example: 192.0.2.1 is authorized to use 'a@bank.example' in 'mfrom' identity) receiver=";
    assert_eq!(receiver(&format!("{mail_spf}vm; identity=mailfrom")), None);
    assert_eq!(
        receiver(&format!("{mail_spf}mx.corp.example; identity=mailfrom")).as_deref(),
        Some("mx.corp.example")
    );
    let prose = "pass (mx.corp.example: domain of a@bank.example designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1;";
    assert_eq!(receiver(prose).as_deref(), Some("mx.corp.example"));
}

#[test]
fn results_of_helo_are_told_from_those_of_mail_from() {
    for (value, of_helo) in [
        ("mx.example; spf=fail smtp.helo=h.example", true),
        (
            "mx.example; spf=fail smtp.mailfrom=bank.example smtp.helo=h.example",
            false,
        ),
        (
            "mx.example; spf=pass (domain of a@bank.example designates 192.0.2.1 as permitted sender) smtp.helo=h.example",
            false,
        ),
        ("mx.example; spf=fail smtp.mailfrom=bank.example", false),
        ("mx.example; spf=fail", false),
    ] {
        let spf = &read_one(value).methods[0];
        let identity = if of_helo {
            SpfIdentity::Helo
        } else {
            SpfIdentity::MailFrom
        };
        assert_eq!(spf.spf_identity(), identity, "{value}");
    }
}

#[test]
fn courier_names_what_it_checked_in_its_own_words() {
    let courier = |identity: &str, sender: &str| {
        let pairs = "remoteip=::ffff:192.0.2.1;\r\n  remotehost=;\r\n  helo=h.example;\r\n  receiver=mx.example;";
        read_spf(&format!(
            "fail (x)\r\n  SPF={identity};\r\n  sender={sender};\r\n  {pairs}"
        ))
    };
    let record = courier("MAILFROM", "a@bank.example");
    let spf = &record.methods[0];
    assert_eq!(spf.mail_from().as_deref(), Some("a@bank.example"));
    assert_eq!(spf.client_ip(), Some("192.0.2.1".parse().unwrap()));
    assert_eq!(record.authserv_id.as_deref(), Some("mx.example"));
    assert!(spf.spf_identity() == SpfIdentity::MailFrom && record.defects.is_empty());
    let helo = &courier("HELO", "h.example").methods[0];
    assert!(helo.spf_identity() == SpfIdentity::Helo && helo.mail_from().is_none());
    let author = &courier("FROM", "a@bank.example").methods[0];
    assert!(author.spf_identity() == SpfIdentity::Header && author.mail_from().is_none());
}

#[test]
fn huge_fields_are_cut_and_said_to_be() {
    for piece in ["spf=pass; ", "(", "\"", "a.b=c ", "x=\"("] {
        let record = read_one(&format!("mx.example; {}", piece.repeat(20_000)));
        assert!(
            record.methods.len() <= 256 && record.defects.len() <= 32,
            "{piece:?} {} {:?}",
            record.methods.len(),
            record.defects
        );
        assert!(
            record.defects.iter().any(|defect| defect.contains("not read")),
            "{piece:?} {:?}",
            record.defects
        );
    }
}

/// Pieces of fields in an order that nobody would write.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "(spf|dkim|dmarc|arc)[ /]{0,2}=? ?(pass|fail|none)?",
        "(smtp|header|policy)[. ]{1,2}(mailfrom|d|from)=[a-z@.;]{0,6}",
        "[();\"\\\\=.,/ \t]{1,3}",
        "reason=\\PC{0,4}",
        "\\PC{0,5}",
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_is_made_up(text in pieces()) {
        let value = text.replace(['\r', '\n'], " ");
        let record = read_one(&format!("mx.example; {value}"));
        let lower = value.to_ascii_lowercase();
        for found in &record.methods {
            prop_assert!(lower.contains(&found.method) && lower.contains(&found.result), "{found:?}");
        }
        let written = lower.matches("pass").count();
        prop_assert!(record.methods.iter().filter(|found| found.result == "pass").count() <= written);
    }
}

#[test]
fn brackets_without_end_take_no_result_away() {
    for flood in ["(", "(()", "(a ", "\"(", "(\\"] {
        let value = format!("mx.example; spf=pass {}", flood.repeat(16_000 / flood.len()));
        let record = read_field("Authentication-Results", &value);
        assert_eq!(
            record.methods.first().map(|method| method.result.as_str()),
            Some("pass"),
            "{flood}"
        );
    }
}
