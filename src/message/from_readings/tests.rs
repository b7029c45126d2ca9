use proptest::prelude::*;

use super::*;

fn readings(header: &[u8]) -> Vec<(&'static str, String)> {
    let message = Message::read(header);
    let found = from_readings(&message).into_iter();
    found
        .map(|one| (one.reading, one.address.unwrap_or_default()))
        .collect()
}

fn form(header: &[u8]) -> AuthorForm {
    let message = Message::read(header);
    author_form(&message, &from_readings(&message))
}

#[test]
fn plain_mail_has_one_reading() {
    for header in [
        &b"From: Ann <ann@bank.example>\r\nTo: x@y.example\r\n\r\n"[..],
        b"From: ann@bank.example (Ann)\n\n",
        b"From: \"eve@evil.example\" <ann@bank.example>\n\n",
        b"From: =?utf-8?q?Doe=2C_Ann_=40_Bank?= <ann@bank.example>\n\n",
        b"From: \"Doe, Ann\"\n <ann@BANK.example>\n\n",
        b"From: \"a b\"@bank.example\n\n",
        b"From: O'Hara [Ext] <ann@bank.example>\n\n",
        b"Sender: c@bank.example\nFrom: ann@bank.example, Bob <bob@bank.example>\n\n",
        b"From: Automatic:;\n\n",
        "From: J\u{f6}rg <j\u{f6}rg@b\u{fc}cher.example>\n\n".as_bytes(),
    ] {
        assert_eq!(readings(header).len(), 1, "{}", header.escape_ascii());
    }
    assert_eq!(readings(b"To: x@y.example\n\n"), []);
}

#[test]
fn every_technique_shows_the_second_author() {
    for (header, expected) in [
        (&b"From: a@evil.example\nFrom: b@bank.example\n\n"[..], "last-field"),
        (b"From: a@evil.example\nfrom : b@bank.example\n\n", "last-field"),
        (b"From : b@bank.example\nFrom: a@evil.example\n\n", "rfc5322"),
        (b"From\n : b@bank.example\nFrom: a@evil.example\n\n", "rfc5322"),
        (b"X: y\n From: b@bank.example\nFrom: a@evil.example\n\n", "continuation"),
        (b" From: b@bank.example\nFrom: a@evil.example\n\n", "continuation"),
        (b"From: <a@evil.example> <b@bank.example>\n\n", "last-angle"),
        (b"From: b@bank.example <a@evil.example>\n\n", "before-angle"),
        (b"From: <a@evil.example> b@bank.example\n\n", "after-angle"),
        (b"From: <a@evil.example>:<b@bank.example>\n\n", "rfc5322"),
        (b"From: <b@bank.example>:<a@evil.example>\n\n", "group-name"),
        (b"From: <b@bank.example>\\,<a@evil.example>\n\n", "rfc5322"),
        (b"From: b@bank.example,<a@evil.example>\n\n", "rfc5322"),
        (b"From: <@evil.example:b@bank.example>\n\n", "rfc5322"),
        (b"From: b@bank.example\0 <a@evil.example>\n\n", "before-angle"),
        (b"From: <b@bank.example\0.evil.example>\n\n", "nul-cut"),
        (
            b"From: =?utf-8?B?PGJAYmFuay5leGFtcGxlPg==?=<a@evil.example>\n\n",
            "decoded-first",
        ),
        (b"From: =?utf-8?q?b=40bank=2Eexample?=\n\n", "decoded-first"),
        (
            b"From: =?utf-8?q?b=40bank.example=00?= <a@evil.example>\n\n",
            "decoded-nul-cut",
        ),
        (b"From: a@evil.example\nSubject: x\rFrom: b@bank.example\n\n", "bare-cr"),
        (b"From: [b@bank.example],<a@evil.example>\n\n", "rfc5322"),
        (b"From: b@bank(.evil.example).example\n\n", "rfc5322"),
        (b"From: b@bank.example@evil.example\n\n", "first-at"),
        (b"From: \"<b@bank.example>x\"@evil.example\n\n", "inside-quotes"),
        (b"From: <b>\nSender: b@bank.example\n\n", "sender"),
        (b"From\0: b@bank.example\nFrom: a@evil.example\n\n", "mended-name"),
    ] {
        let found = readings(header);
        let authors: Vec<_> = found
            .iter()
            .filter(|(_, address)| address == "b@bank.example")
            .collect();
        assert_eq!(authors.len(), 1, "{}: {found:?}", header.escape_ascii());
        assert!(
            authors.iter().all(|(reading, _)| *reading == expected),
            "{}: {found:?}",
            header.escape_ascii()
        );
        assert!(found.len() > 1, "{}: {found:?}", header.escape_ascii());
    }
}

#[test]
fn where_the_header_ends_decides() {
    let found = readings(b"To: c@d.example\n \nFrom: b@bank.example\n\nx");
    assert_eq!(found[0], ("rfc5322", "b@bank.example".to_owned()));
    assert_eq!(found[1], ("early-end", String::new()));
}

#[test]
fn several_authors_are_no_ambiguity() {
    assert_eq!(
        form(b"From: a@x.example, b@y.example\nSender: c@x.example\n\n"),
        AuthorForm::Several
    );
    assert_eq!(
        form(b"From: a@x.example, b@y.example\n\n"),
        AuthorForm::SeveralWithoutSender
    );
    assert_eq!(form(b"From: a@x.example\n\n"), AuthorForm::One);
    assert_eq!(form(b"From: <a@x.example> <b@y.example>\n\n"), AuthorForm::Ambiguous);
    assert_eq!(form(b"From: Doe, Ann <a@x.example>\n\n"), AuthorForm::One);
    assert_eq!(form(b"To: a@x.example\n\n"), AuthorForm::Absent);
}

proptest! {
    #[test]
    fn mail_parser_reads_a_plain_address_as_it_stands(
        name in "|\\w+( \\w+){0,2} |\"[\\w-]+( \\w+){0,2}\" |[\\w.@,() \"]{0,6}",
        address in "[\\w.@ -]{1,12}",
        fold in any::<bool>(),
    ) {
        let value = if name.is_empty() { address } else { format!("{name}{}<{address}>", if fold { "\r\n " } else { "" }) };
        let header = format!("From: {value}\r\n\r\n");
        let message = Message::read(header.as_bytes());
        if let Some(plain) = message.field("From").and_then(|field| plain_address(&field.unfolded().text)) {
            let parsed = mail_parser::MessageParser::new().parse_headers(header.as_bytes()).unwrap_or_default();
            let found = parsed.from().and_then(|from| from.first()?.address());
            prop_assert_eq!(found, Some(plain), "{}", header);
            prop_assert_eq!(from_readings(&message).len(), 1);
        }
    }

    #[test]
    fn plain_addresses_are_found(local in "[a-z][a-z0-9_-]{0,5}(\\.[a-z0-9]{1,4})?", host in "[a-z]{1,4}\\.example") {
        let address = format!("{local}@{host}");
        for text in [address.clone(), format!("Ann B <{address}>"), format!("\"Ann B\"  <{address}>"), format!(" Ann\t<{address}> ")] {
            let plain = !text.contains(['\t']) && !text.contains("  ");
            prop_assert_eq!(plain_address(&text), plain.then_some(&*address), "{}", text);
        }
    }
}
