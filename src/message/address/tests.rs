use super::*;

fn list(text: &str) -> AddressList {
    parse_addresses(&Unfolded::new(text.as_bytes(), 0))
}

fn addresses(text: &str) -> Vec<String> {
    let mailboxes = list(text).mailboxes.into_iter();
    mailboxes.map(|mailbox| mailbox.address.unwrap_or_default()).collect()
}

fn name(text: &str) -> String {
    let first = list(text).mailboxes.into_iter().next();
    first.and_then(|mailbox| mailbox.display_name).unwrap_or_default()
}

fn defects(text: &str) -> Vec<AddressDefect> {
    list(text)
        .mailboxes
        .into_iter()
        .flat_map(|mailbox| mailbox.defects)
        .collect()
}

#[test]
fn grammar_of_rfc_5322_gives_no_defects() {
    for (text, expected) in [
        ("John Doe <jdoe@machine.example>", vec!["jdoe@machine.example"]),
        (
            "Joe Q. Public <john.q.public@example.com>",
            vec!["john.q.public@example.com"],
        ),
        (
            "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <s@example.net>",
            vec!["boss@nil.test", "s@example.net"],
        ),
        (
            "Group:Ed <c@a.test>,joe@where.test;",
            vec!["c@a.test", "joe@where.test"],
        ),
        ("Undisclosed recipients:;", vec![]),
        ("(Empty)Hidden  :(nobody)  ;", vec![]),
        ("\"a@b\"@c.example", vec!["\"a@b\"@c.example"]),
        ("x@B\u{fc}cher.example", vec!["x@xn--bcher-kva.example"]),
        (" , a@b.example ,, c@d.example", vec!["a@b.example", "c@d.example"]),
    ] {
        assert_eq!(addresses(text), expected, "{text}");
        let found: Vec<_> = defects(text)
            .into_iter()
            .filter(|defect| *defect != AddressDefect::AddressInLocalPart)
            .collect();
        assert_eq!(found, [], "{text}");
    }
}

#[test]
fn every_departure_has_its_name() {
    use AddressDefect::*;
    for (text, address, defect) in [
        ("<ceo>", "", Incomplete),
        ("Bank <>", "", EmptyAngle),
        ("<<a@b.example>>", "a@b.example", NestedAngle),
        ("Bob <a@b.example", "a@b.example", UnclosedAngle),
        ("a@b.example>", "a@b.example", StrayAngle),
        ("<a@b.example> <c@d.example>", "a@b.example", SeveralAngles),
        ("c@d.example <a@b.example>", "a@b.example", AddressInPhrase),
        ("<a@b.example> c@d.example", "a@b.example", AddressAfterAngle),
        ("<a@b.example> Bob", "a@b.example", TextAfterAngle),
        ("a@b.example Bob", "a@b.example", TextAfterAddress),
        ("\"Bob\" a@b.example", "a@b.example", MissingAngle),
        ("<a@b.example, c>", "a@b.example", CommaInAngle),
        ("<a b@c.example>", "\"a b\"@c.example", SpaceInAddress),
        ("<@x.example,@y.example:a@b.example>", "a@b.example", SourceRoute),
        ("<a@x.example@b.example>", "\"a@x.example\"@b.example", SeveralAtSigns),
        (
            "\"x@y.example\"@b.example",
            "\"x@y.example\"@b.example",
            AddressInLocalPart,
        ),
        ("<a@b.example>\\, x", "a@b.example", TextAfterAngle),
        ("a\\.c@b.example", "a.c@b.example", QuotedPairOutsideQuotes),
        ("a@b(.x).example", "a@b.example", CommentInAddress),
        ("a@b.example.", "a@b.example", TrailingDot),
        ("a@b..example", "a@b..example", EmptyLabel),
        ("a@[192.0.2.1]", "a@[192.0.2.1]", DomainLiteral),
        ("[a@b.example]", "a@b.example", BracketInAddress),
        ("a@\u{ff42}.example", "a@b.example", MappedDomain),
        (
            "=?utf-8?q?a?=@b.example",
            "=?utf-8?q?a?=@b.example",
            EncodedWordInAddress,
        ),
        ("a\0@b.example", "a@b.example", NulInAddress),
        ("a\r@b.example", "\"a \"@b.example", ControlInAddress),
        ("a\u{200b}@b.example", "a\u{200b}@b.example", InvisibleInAddress),
        ("a\u{202e}@b.example", "a\u{202e}@b.example", BidiInAddress),
        ("\u{202e}x <a@b.example>", "a@b.example", BidiInName),
        ("x\u{200b} <a@b.example>", "a@b.example", InvisibleInName),
        ("\"Bob <a@b.example>", "a@b.example", UnclosedQuote),
        ("(Bob <a@b.example>", "a@b.example", UnclosedComment),
        ("Group: a@b.example", "a@b.example", UnclosedGroup),
        ("<a@b.example>:<c@d.example>", "c@d.example", AddressAsGroupName),
        ("A: B: a@b.example;", "a@b.example", StrayColon),
        ("a@b.example; c@d.example", "a@b.example", SemicolonSeparator),
    ] {
        let found = defects(text);
        assert!(found.contains(&defect), "{text}: {found:?} lacks {defect:?}");
        if defect != ControlInAddress {
            assert_eq!(addresses(text).first().map(String::as_str), Some(address), "{text}");
        }
    }
}

#[test]
fn names_as_people_see_them() {
    assert_eq!(name("\"Mary: Private\" <a@b.example>"), "Mary: Private");
    assert_eq!(name("a@b.example (Mary (of) Kent)"), "Mary (of) Kent");
    assert_eq!(
        name("=?utf-8?q?J=C3?= =?utf-8?q?=B6rg?= Meyer <a@b.example>"),
        "J\u{f6}rg Meyer"
    );
    assert_eq!(name("=?utf-8?Q?Doe, John?= <a@b.example>"), "Doe, John".to_owned());
    assert_eq!(name("=?utf-8?Q?Doe,_John_a@b?= <a@b.example>"), "Doe, John a@b");
    assert_eq!(name("[Ext] O'Hara <a@b.example>"), "[Ext] O'Hara");
    assert_eq!(name("Bank     padded <a@b.example>"), "Bank     padded");
    assert_eq!(name("<a@b.example>"), "");
}

#[test]
fn spans_point_into_the_message() {
    let raw = b" Ann\r\n <ann@bank.example>, x@y.example";
    let value = Unfolded::new(raw, 100);
    let list = parse_addresses(&value);
    let quoted = |span: Option<Span>| span.map(|span| String::from_utf8_lossy(&raw[span.start - 100..span.end - 100]));
    assert_eq!(
        quoted(list.mailboxes[0].address_span).as_deref(),
        Some("ann@bank.example")
    );
    assert_eq!(
        quoted(Some(list.mailboxes[0].span)).as_deref(),
        Some("Ann\r\n <ann@bank.example>")
    );
    assert_eq!(quoted(list.mailboxes[1].address_span).as_deref(), Some("x@y.example"));
}

#[test]
fn hostile_text_ends_soon() {
    for piece in [
        "<", ">", "<a", "(", "\"", "@", ":", ",", ";", "\\", "a@b ", "<a@b>", "=?a?q?", "((", "[", "a@[", "\u{fc}",
        "\0",
    ] {
        for text in [piece.repeat(16_384 / piece.len()), format!("a{}", piece.repeat(2_000))] {
            let value = Unfolded::new(text.as_bytes(), 0);
            let AddressReading { list, alternatives } = AddressReading::of(&value);
            assert!(list.mailboxes.len() <= text.len() && alternatives.len() <= text.len());
        }
    }
}
