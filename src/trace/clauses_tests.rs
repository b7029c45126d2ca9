use super::*;

fn scan(text: &str) -> Scan {
    super::scan(&Unfolded::new(text.as_bytes(), 0))
}

fn kinds(text: &str) -> Vec<ClauseKind> {
    scan(text).clauses.iter().map(|clause| clause.kind).collect()
}

fn date(text: &str) -> Option<&str> {
    scan(text).date.map(|range| &text[range])
}

#[test]
fn standard_clauses_in_any_order() {
    use ClauseKind::*;
    assert_eq!(
        kinds(
            "from a (b [192.0.2.1]) by c (Postfix) with ESMTP id 1 for <x@y.example>; Mon, 1 Jan 2024 00:00:00 +0000"
        ),
        [From, By, With, Id, For]
    );
    assert_eq!(kinds("FROM a BY b ID c.1 ; 11 Oct 2005 01:41:34 -0400"), [From, By, Id]);
    assert_eq!(kinds("from a ([192.0.2.1])by b with;ESMTP"), [From, By, With]);
}

#[test]
fn keywords_as_host_names() {
    let text = "from with (for [192.0.2.1]) by mx.example with SMTP";
    let scanned = scan(text);
    assert_eq!(scanned.clauses.len(), 3);
    assert_eq!(scanned.clauses[0].value().unwrap().inner(text), "with");
    assert_eq!(
        kinds("from by mx.example with SMTP"),
        [ClauseKind::From, ClauseKind::By, ClauseKind::With]
    );
}

#[test]
fn the_by_of_the_server_is_the_last_one() {
    use ClauseKind::*;
    for helo in [
        "a by mx2.example with LMTP",
        "a with HTTP",
        "a id 1 for <x@y.example>",
        "a from b",
        "a) by c (d",
    ] {
        let scanned = scan(&format!(
            "from {helo} (h.example [192.0.2.1]) by mx.example (Postfix) with SMTP id 1"
        ));
        let kinds: Vec<_> = scanned.clauses.iter().map(|clause| clause.kind).collect();
        assert_eq!(kinds, [From, By, With, Id], "{helo}");
        assert!(scanned.notes.contains(&WORDS_IN_HELO), "{helo}");
    }
    let honest = scan("from a@b.example by mx.example by uid 502 with qmail-scanner (x)");
    assert!(honest.notes.is_empty());
    assert_eq!(
        honest
            .clause(By)
            .unwrap()
            .value()
            .unwrap()
            .inner("from a@b.example by mx.example"),
        "mx.example"
    );
}

#[test]
fn dates_wherever_they_stand() {
    assert_eq!(
        date("by a id 7 Mon, 11 Sep 2006 11:41:10 -0500"),
        Some("Mon, 11 Sep 2006 11:41:10 -0500")
    );
    assert_eq!(
        date("by a; Thu, 20 Mar 03 10:06:43 +0100 for <b@c.example>"),
        Some("Thu, 20 Mar 03 10:06:43 +0100")
    );
    assert_eq!(
        date("from 192.0.2.1 (SquirrelMail user u); by w with HTTP; Tue, 1 Jan 2019 00:00:00 +0000 (UTC)"),
        Some("Tue, 1 Jan 2019 00:00:00 +0000 (UTC)")
    );
    assert_eq!(
        date("by g (SG) with HTTP id q 2023-08-01 16:09:41.123 +0000 UTC"),
        Some("2023-08-01 16:09:41.123 +0000 UTC")
    );
    assert_eq!(date("by Daffy.example on a Friday with TFTP"), None);
}

#[test]
fn hostile_input_stays_bounded() {
    for text in [
        "(".repeat(200_000),
        "<".repeat(200_000),
        "from ".repeat(50_000),
        "[\"".repeat(99_999),
        "()".repeat(99_999),
        "a(b;".repeat(70_000),
    ] {
        let scanned = scan(&text);
        assert!(scanned.clauses.len() <= MAX_CLAUSES);
        assert!(scanned.comments().count() <= super::super::tokens::MAX_COMMENTS);
        assert!(!scanned.notes.is_empty());
    }
}

#[test]
fn unclosed_comment_swallows_nothing() {
    let text = "from a (b by c.example with SMTP";
    assert_eq!(kinds(text), [ClauseKind::From, ClauseKind::By, ClauseKind::With]);
}
