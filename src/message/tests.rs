use super::*;

fn kinds(raw: &[u8]) -> Vec<DefectKind> {
    let message = Message::read(raw);
    message.defects.iter().map(|defect| defect.kind).collect()
}

fn names(raw: &[u8]) -> Vec<String> {
    let message = Message::read(raw);
    message.fields.iter().map(|field| field.name().into_owned()).collect()
}

const REQUIRED: &str = "From: a@b.example\r\nDate: Sun, 1 Nov 2026 10:00:00 +0000\r\n";

/// A plain message with this in its header and this body.
fn with(header: &str, body: &str) -> Vec<u8> {
    format!("{REQUIRED}{header}\r\n{body}").into_bytes()
}

#[test]
fn every_line_end_gives_the_same_fields() {
    let raw = with("Subject: a\r\n\tb\r\n", "x\r\ny\r\n");
    let crlf = String::from_utf8_lossy(&raw).into_owned();
    for (ends, name) in [("\r\n", "crlf"), ("\n", "lf"), ("\r", "cr")] {
        let text = crlf.replace("\r\n", ends);
        let message = Message::read(text.as_bytes());
        assert_eq!(message.line_endings.name(), name);
        assert_eq!(message.field("subject").map(Field::text), Some("a b"));
        assert_eq!(
            message.fields.iter().map(|field| field.line).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        assert_eq!(message.body_bytes(), Some(format!("x{ends}y{ends}").as_bytes()));
        assert_eq!(message.defects, []);
    }
}

proptest::proptest! {
    #[test]
    fn line_ends_are_counted_in_messages_of_any_length(raw in "[\r\n]{0,400}(x|\r\n|y){0,200}") {
        let ends = Message::read(raw.as_bytes()).line_endings;
        let (pairs, feeds, returns) = (raw.matches("\r\n").count(), raw.matches('\n').count(), raw.matches('\r').count());
        proptest::prop_assert_eq!((ends.crlf, ends.lf, ends.cr), (pairs, feeds - pairs, returns - pairs));
    }

    /// What shows that no line of a body needs a look overlooks none.
    #[test]
    fn odd_lines_are_found_wherever_they_stand(
        lines in proptest::collection::vec("(x{0,90}|y{950,1050}|>From me|> From|\\.|MAIL FROM:<a@b>)", 0..40),
        ends in "\r?\n",
        ended: bool,
    ) {
        let body = lines.join(&ends) + if ended { &ends } else { "" };
        let found = kinds(format!("From: a@b.example{ends}Date: Mon, 1 Jan 2024 00:00:00 +0000{ends}{ends}{body}").as_bytes());
        // Empty lines may stand between the dot and the command.
        let behind = |at: usize| lines[at + 1..].iter().take(8).find(|line| !line.is_empty());
        let follows = |at: usize| behind(at).is_some_and(|line| line.starts_with('M'));
        let smuggled = (0..lines.len()).any(|at| lines[at] == "." && follows(at));
        let wanted = [
            (DefectKind::LongBodyLine, lines.iter().any(|line| line.len() > 998)),
            (DefectKind::QuotedFromLine, lines.iter().any(|line| line.starts_with(">From "))),
            (DefectKind::SmuggledMessage, smuggled),
        ];
        for (kind, is_there) in wanted {
            proptest::prop_assert_eq!(found.contains(&kind), is_there, "{:?}", kind);
        }
    }
}

#[test]
fn what_stands_before_the_header_is_passed_over() {
    let raw = b"\xef\xbb\xbf\n\nFrom x@y.example Sun Nov  1 10:00:00 2026\nFrom: a@b.example\n\nx";
    let message = Message::read(raw);
    assert_eq!(
        message.mbox_line.map(|span| message.quote(span)).as_deref(),
        Some("From x@y.example Sun Nov  1 10:00:00 2026")
    );
    assert_eq!(message.fields[0].line, 4);
    assert!(message.has_defect(DefectKind::ByteOrderMark) && message.has_defect(DefectKind::LeadingBlankLine));
    assert_eq!(names(b"HTTP/1.1 200 OK\nFrom: a@b.example\n\n"), ["From"]);
}

#[test]
fn what_has_no_field_is_told() {
    for raw in [
        &b""[..],
        b"\n\n",
        b"just text\nmore text",
        b" From a\n",
        b"\0\0\0",
        b"From x Sun Nov  1 10:00:00 2026\n",
    ] {
        assert!(Message::read(raw).fields.is_empty(), "{}", raw.escape_ascii());
    }
    assert_eq!(Message::read(b"From: a@b.example").body, None);
    assert_eq!(Message::read(b"From: a@b.example\n").body, None);
}

#[test]
fn every_defect_has_its_name() {
    use DefectKind::*;
    let long = format!("X: {}\r\n", "y".repeat(1_000));
    let long_body = "y".repeat(1_000);
    for (raw, expected) in [
        (with("From: c@d.example\r\n", ""), vec![DuplicateField]),
        (
            with("Content-Type: text/plain\r\nContent-type: text/html\r\n", ""),
            vec![DuplicateMimeField],
        ),
        (with("X: y\n", ""), vec![MixedLineEnds]),
        (with("X: y\rz\r\n", ""), vec![MixedLineEnds, BareCarriageReturn]),
        (
            with("X: y\rFrom: c@d.example\r\n", ""),
            vec![MixedLineEnds, BareCarriageReturnField],
        ),
        (with("no field here\r\nX: y\r\n", ""), vec![StrayLine]),
        (with("X: y\r\n \t\r\n", ""), vec![WhitespaceLine]),
        (
            with("X: y\r\n \r\nTo: c@d.example\r\n", ""),
            vec![WhitespaceLineThenField],
        ),
        (
            with("X: y\r\n From: c@d.example\r\n", ""),
            vec![ContinuationLooksLikeField],
        ),
        (with("X: h=a:\r\n From:To:Date\r\n", ""), vec![]),
        (with("X: h=a:\r\n From: To: Date:\r\n", ""), vec![]),
        (with("X: y\r\n FROM:'c@d.example' RCPT:''\r\n", ""), vec![]),
        (
            with("X: y\r\n From:c@d.example\r\n", ""),
            vec![ContinuationLooksLikeField],
        ),
        (with("X : y\r\n", ""), vec![SpaceBeforeColon]),
        (with("X\t: y\r\n", ""), vec![SpaceBeforeColon]),
        (with("X\r\n : y\r\n", ""), vec![FoldedName]),
        (with("X\u{1}: y\r\n", ""), vec![ControlCharacter, NameCharacter]),
        (with("X: \u{7}\r\n", ""), vec![ControlCharacter]),
        (with("X: a\0b\r\n", ""), vec![Nul]),
        (with("X: \u{fc}\r\n", ""), vec![RawUtf8]),
        (with(&long, ""), vec![LongLine]),
        (with("", &long_body), vec![LongBodyLine]),
        (with("", "a\r\n>From here\r\n"), vec![QuotedFromLine]),
        (with("", "a\r\n>>From here\r\n"), vec![QuotedFromLine]),
        (
            with("", ".\r\nMAIL FROM:<c@d.example>\r\nDATA\r\n"),
            vec![SmuggledMessage],
        ),
        (
            with("", ".\r\r\nmail from:<c@d.example>\r\n"),
            vec![MixedLineEnds, SmuggledMessage],
        ),
        (
            with("", ".\r\nFrom: c@d.example\r\nTo: e@f.example\r\n"),
            vec![SmuggledMessage],
        ),
        (with("", "a\r\n.\r\nQUIT\r\n"), vec![SmuggledTail]),
        (with("", "a\r\n.\r\nregards\r\n"), vec![]),
        (with("", "a\r\nFrom: c@d.example\r\nTo: e@f.example\r\n"), vec![]),
        (
            b" X: y\nFrom: a@b.example\n\n".to_vec(),
            vec![LeadingContinuation, MissingDate],
        ),
        (b"Date: Sun, 1 Nov 2026 10:00:00 +0000\n\n".to_vec(), vec![MissingFrom]),
        (b"From: a\xff@b.example\nDate: x\n\n".to_vec(), vec![RawEightBit]),
        (
            b"From: a@b.example\r\r\nDate: x\r\r\n\r\r\nx".to_vec(),
            vec![MixedLineEnds],
        ),
    ] {
        let mut found = kinds(&raw);
        let mut expected = expected;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{}", raw.escape_ascii());
    }
}

#[test]
fn names_with_white_space_are_fields_of_that_name() {
    assert_eq!(
        names(b"From : a@b.example\nFrom\t: c@d.example\nFrom\n : e@f.example\n\n"),
        ["From"; 3]
    );
    let message = Message::read(b"From\n : a@b.example\n c\n\n");
    assert_eq!(message.field("From").map(Field::text), Some("a@b.example c"));
}

#[test]
fn caps_hold() {
    let many = "X: y\n".repeat(5_000);
    let message = Message::read(many.as_bytes());
    assert_eq!(message.fields.len(), 1_000);
    assert!(message.has_defect(DefectKind::LimitHit));
    let huge = format!("Subject: {}\nFrom: a@b.example\n\nx", "y".repeat(100_000));
    let message = Message::read(huge.as_bytes());
    assert_eq!(
        message.field("Subject").map(|field| field.text().len()),
        Some(16 * 1024 - 1)
    );
    assert!(message.field("From").is_some() && message.has_defect(DefectKind::LimitHit));
    let endless = format!("From: a@b.example\nX: {}", "y\n ".repeat(200_000));
    assert!(Message::read(endless.as_bytes()).has_defect(DefectKind::LimitHit));
}
