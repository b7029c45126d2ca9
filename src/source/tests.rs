#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

use std::{fs, io::Cursor};

use base64::Engine;
use proptest::prelude::*;

use super::{jsonl::Jsonl, mbox::Mbox, *};

const ONE: &str = "From: a@b.example\n\nhello\n";

fn mbox(text: &str) -> Vec<Result<Stored, SourceError>> {
    Mbox::new(Cursor::new(text.to_owned()), Path::new("box"), false).collect()
}

fn texts(text: &str) -> Vec<String> {
    let read = mbox(text).into_iter().map(|stored| stored.unwrap().bytes);
    read.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).collect()
}

fn refusal(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    fs::write(&path, bytes).unwrap();
    match open_eml(&path) {
        Err(Error::NoMessage { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn boundaries_are_told_from_text() {
    let from = "From a@b.example Sun Nov  1 10:00:00 2026\n";
    let two = format!("{from}{ONE}\n{from}{ONE}");
    assert_eq!(texts(&two), [format!("{from}{ONE}"), format!("{from}{ONE}")]);
    let crlf = two.replace('\n', "\r\n");
    assert_eq!(texts(&crlf).len(), 2);
    assert!(texts(&crlf)[0].ends_with("hello\r\n"));
    // No date, no field below, or in the midst of a header: text of the one message.
    for text in [
        format!("{from}{ONE}\nFrom me to you:\nX: y\n"),
        format!("{from}{ONE}\n{from}no field\n"),
        format!("{from}X: y\n{from}From: a@b.example\n\nhello\n"),
    ] {
        assert_eq!(texts(&text), std::slice::from_ref(&text));
    }
    assert_eq!(texts(&format!("{from}{ONE}\nFrom -\n{ONE}")).len(), 2);
    let iso = "From a@b.example 2026-11-01 10:00:00\n";
    assert_eq!(
        texts(&format!("{iso}{ONE}\nFrom - 2026-11-01T10:00:00Z\n{ONE}")).len(),
        2
    );
}

#[test]
fn lines_that_say_nothing_are_boundaries_where_the_first_is_one() {
    let wordless = format!("From \n{ONE}\n");
    assert_eq!(texts(&wordless.repeat(3)).len(), 3);
    assert_eq!(texts(&wordless.repeat(3).replace('\n', "\r\n")).len(), 3);
    let from = "From a@b.example Sun Nov  1 10:00:00 2026\n";
    assert_eq!(texts(&format!("{from}{ONE}\n{wordless}")).len(), 1);
}

fn doubts(text: &str) -> Vec<u64> {
    let read = mbox(text).into_iter().map(|stored| stored.unwrap().origin);
    read.map(|origin| origin.doubtful_lines).collect()
}

#[test]
fn lines_in_doubt_are_counted() {
    let from = "From a@b.example Sun Nov  1 10:00:00 2026\n";
    assert_eq!(doubts(&format!("{from}{ONE}\n{from}{ONE}")), [0, 0]);
    // No field below; in the midst of a header; no date, and in no known form, with a field below.
    assert_eq!(doubts(&format!("{from}{ONE}\n{from}no field\n")), [1]);
    assert_eq!(doubts(&format!("{from}X: y\n{from}{ONE}")), [1]);
    assert_eq!(doubts(&format!("{from}{ONE}\nFrom me to you:\nX: y\n")), [1]);
    assert_eq!(doubts(&format!("{from}{ONE}\nFrom me to you:\nhello\n")), [0]);
    assert_eq!(doubts(&format!("{from}{ONE}\nFrom \n{ONE}")), [1]);
    // A beginning without an empty line before it is one, and in doubt.
    assert_eq!(doubts(&format!("{from}{ONE}{from}{ONE}")), [0, 1]);
}

#[test]
fn a_declared_length_counts_where_it_is_proved() {
    let from = "From a@b.example Sun Nov  1 10:00:00 2026\n";
    let body = format!("hello\n\n{from}{ONE}");
    let inside = |length: usize| format!("{from}From: a@b.example\nContent-Length: {length}\n\n{body}");
    let next = format!("{from}{ONE}");
    let right = format!("{}\n{next}", inside(body.len()));
    assert_eq!(texts(&right), [inside(body.len()), next.clone()]);
    assert_eq!(doubts(&right), [1, 0]);
    assert_eq!(texts(&inside(body.len())).len(), 1, "the end of the file proves it too");
    // Wrong: the boundaries count, and nothing is lost.
    for wrong in [0, 6, body.len() - 2, body.len() + 9, body.len() + 500, usize::MAX] {
        let text = format!("{}\n{next}", inside(wrong));
        assert_eq!(texts(&text).len(), 3, "{wrong}");
        assert_eq!(doubts(&text), [0, 0, 0], "{wrong}");
        let bytes: usize = texts(&text).iter().map(String::len).sum();
        assert_eq!(bytes, text.len() - 2, "{wrong}");
    }
    let crlf = right.replace(
        &body.len().to_string(),
        &(body.len() + body.matches('\n').count()).to_string(),
    );
    assert_eq!(texts(&crlf.replace('\n', "\r\n")).len(), 2);
}

#[test]
fn declared_lengths_are_not_believed_for_ever() {
    let from = "From a@b.example Sun Nov  1 10:00:00 2026\n";
    let lying = format!("{from}From: a@b.example\nContent-Length: 9999999\n\nhello\n\n");
    let body = format!("hello\n\n{from}{ONE}");
    let true_one = format!("{from}From: a@b.example\nContent-Length: {}\n\n{body}", body.len());
    assert_eq!(texts(&format!("{}{true_one}", lying.repeat(3))).len(), 5);
    assert_eq!(texts(&format!("{true_one}\n{}", lying.repeat(3))).len(), 4);
}

#[test]
fn messages_without_a_header_where_the_first_has_none() {
    let from = "From a@b.example Sun Nov  1 10:00:00 2026\n";
    assert_eq!(texts(&format!("{from}\nhello\n\n{from}\nhello\n")).len(), 2);
    assert_eq!(texts(&format!("{from}{ONE}\n{from}\nhello\n")).len(), 1);
}

#[test]
fn a_file_is_an_mbox_where_a_further_boundary_follows() {
    let from = "From a@b.example Sun Nov  1 10:00:00 2026\n";
    let single = mbox(&format!("{from}{ONE}"));
    assert_eq!(single[0].as_ref().unwrap().origin.format, "eml");
    let origins: Vec<Origin> = mbox(&format!("{from}{ONE}\n{from}{ONE}"))
        .into_iter()
        .map(|stored| stored.unwrap().origin)
        .collect();
    assert!(
        origins
            .iter()
            .all(|origin| origin.format == "mbox" && origin.container.is_some())
    );
    assert_eq!(
        (origins[1].index, origins[1].byte_offset),
        (1, origins[0].byte_length + 1)
    );
}

#[test]
fn a_wrong_length_in_front_of_many_messages_is_undone() {
    // Each of them is put back once, however many there are.
    let from = "From a@b.example Sun Nov  1 10:00:00 2026\n";
    let many = format!("{from}X: y\n\n").repeat(30_000);
    let first = format!("{from}X: y\nContent-Length: {}\n\nhello\n\n", many.len() + 12);
    assert_eq!(texts(&format!("{first}{many}{}", "more\n".repeat(9))).len(), 30_001);
}

#[test]
fn a_broken_entry_does_not_hide_the_next() {
    let from = "From a@b.example Sun Nov  1 10:00:00 2026\n";
    let read = mbox(&format!("{from}>From x\n\nno header\n\n{from}{ONE}"));
    assert!(matches!(read[0], Err(SourceError { index: 0, .. })));
    assert_eq!(read[1].as_ref().unwrap().origin.index, 1);
}

#[test]
fn what_is_no_message_says_what_it_is() {
    assert_eq!(refusal(b""), "empty");
    assert_eq!(refusal(b"\r\n \n"), "empty: white space only");
    assert_eq!(refusal(b"just text\nand more"), "no header field");
    assert_eq!(refusal(&[1, 0, 2, 0, 0, 0]), "binary data");
    assert!(refusal(b"\xff\xfeF\0r\0o\0m\0").starts_with("UTF-16"));
    assert!(refusal(b"F\0r\0o\0m\0:\0 \0a\0").starts_with("UTF-16"));
    assert!(refusal(b"\x1f\x8b\x08\0").starts_with("gzip"));
    assert!(refusal(b"7z\xbc\xaf\x27\x1c\0\x04").starts_with("a 7-Zip archive"));
    for text in ["<p>From: a@b.example</p>\n", "{\"From\": 1}\n", "[\"From\": 1]"] {
        assert_eq!(refusal(text.as_bytes()), "no header field");
    }
    assert!(refusal(b"<?xml version=\"1.0\"?>\n<emails>").starts_with("an XML file"));
    assert!(refusal(b"<!DOCTYPE html>\n<html>").starts_with("a web page"));
    assert!(matches!(
        open_eml(Path::new("/nowhere/at/all")),
        Err(Error::Read { .. })
    ));
    assert!(matches!(open_eml(&std::env::temp_dir()), Err(Error::Read { .. })));
}

#[test]
fn folders_in_byte_order_with_hidden_files_and_errors_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for inner in ["b/cur", "b/new", "b/tmp", "B"] {
        fs::create_dir_all(root.join(inner)).unwrap();
    }
    for (name, text) in [
        (".hidden", ONE),
        ("a.eml", "\n"),
        ("B/.mh_sequences", "unseen: 1-3\n"),
        ("B/cyrus.header", "\x02CYRUS\n"),
        ("B/x", ONE),
        ("b/cur/1:2,S", ONE),
        ("b/tmp/2", ONE),
        ("b/dovecot-uidlist", "3 V1\n1 :1\n"),
        ("b/mbox", ONE),
        ("d.yml", "---\ntitle: x\ndate: y\n"),
        ("subscriptions", ONE),
        ("c.jsonl", "{\"id\":\"q\"}\n"),
    ] {
        fs::write(root.join(name), text).unwrap();
    }
    let seen: Vec<(String, bool, &str)> = walk(root, InputFormat::Auto)
        .map(|result| match result {
            Ok(stored) => (stored.origin.path, true, stored.origin.format),
            Err(error) => (error.path, false, error.format),
        })
        .map(|(path, read, format)| (path[root.display().to_string().len() + 1..].to_owned(), read, format))
        .collect();
    let expected = [
        (".hidden", true, "eml"),
        ("B/x", true, "eml"),
        ("a.eml", false, "eml"),
        ("b/cur/1:2,S", true, "maildir"),
        ("b/mbox", true, "eml"),
        ("c.jsonl", false, "jsonl"),
        ("d.yml", false, "eml"),
        ("subscriptions", true, "eml"),
    ];
    assert_eq!(
        seen,
        expected.map(|(path, read, format)| (path.to_owned(), read, format))
    );
    // A file that somebody names is his to judge.
    let named = |name: &str| walk(&root.join(name), InputFormat::Auto).filter(Result::is_ok).count();
    assert_eq!((named("d.yml"), named("b/dovecot-uidlist")), (1, 1));
}

#[test]
fn json_lines_carry_their_envelope() {
    let packed = base64::engine::general_purpose::STANDARD.encode(ONE);
    let text = format!(
        "{{\"message\":\"{packed}\",\"id\":\"q1\",\"client_ip\":\"192.0.2.1\",\"mail_from\":\"\",\"rcpt_to\":[\"c@d.example\"]}}\n\n\
         nonsense\n{{\"helo\":null,\"message\":\"{packed}\"}}"
    );
    let read: Vec<_> = Jsonl::new(Cursor::new(text), Path::new("q")).collect();
    let first = read[0].as_ref().unwrap();
    let sidecar = first.sidecar.clone().unwrap();
    assert_eq!(*first.bytes, *ONE.as_bytes());
    assert_eq!(sidecar.mail_from.as_deref(), Some(""));
    assert_eq!(
        (sidecar.client_ip.as_deref(), sidecar.rcpt_to.len()),
        (Some("192.0.2.1"), 1)
    );
    assert_eq!(read[1].as_ref().unwrap_err().index, 1);
    assert_eq!(read[2].as_ref().unwrap().origin.index, 2);
    assert_eq!(read.len(), 3);
}

#[test]
fn json_lines_of_other_things_are_one_error() {
    let errors = |text: String| -> Vec<(usize, String)> {
        let read = Jsonl::new(Cursor::new(text), Path::new("q"));
        read.map(|entry| {
            entry.map_or_else(
                |error| (error.index, error.to_string()),
                |stored| (stored.origin.index, "read".to_owned()),
            )
        })
        .collect()
    };
    let all = |what: &str| vec![(0, format!("q: holds no message: {what}"))];
    assert_eq!(
        errors("{\"id\":\"q\"}\n".to_owned()),
        all("entry 1: it has no `message`")
    );
    assert_eq!(
        errors("{\"name\":1}\n\n".repeat(3)),
        all("none of its 3 entries has a `message`")
    );
    assert_eq!(
        errors("{}\n".repeat(2_000)),
        all("none of its first 1000 entries has a `message`")
    );
    // Where there is a message, or a broken line, each line counts.
    let packed = base64::engine::general_purpose::STANDARD.encode(ONE);
    let mixed = errors(format!("{{}}\n{{}}\n{{\"message\":\"{packed}\"}}\n{{}}\n{{}}\n"));
    let without = |index: usize| {
        (
            index,
            format!("q: holds no message: entry {}: it has no `message`", index + 1),
        )
    };
    assert_eq!(
        mixed,
        [without(0), without(1), (2, "read".to_owned()), without(3), without(4)]
    );
    assert_eq!(errors("{}\n{}\n{\n".to_owned()).len(), 3);
}

#[test]
fn sha256_is_the_hash_of_the_bytes() {
    assert_eq!(
        sha256(b"abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn mmdf_is_cut_at_its_marks() {
    let text = "\x01\x01\x01\x01\nFrom: a@b.example\n\nFrom me, no boundary\n\x01\x01\x01\x01\n\x01\x01\x01\x01\r\nFrom: c@d.example\r\n\r\ny\r\n\x01\x01\x01\x01\r\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inbox");
    std::fs::write(&path, text).unwrap();
    let read: Vec<Stored> = walk(&path, InputFormat::Auto).flatten().collect();
    assert_eq!(read.len(), 2);
    for (index, stored) in read.iter().enumerate() {
        let start = usize::try_from(stored.origin.byte_offset).unwrap();
        assert_eq!(*stored.bytes, text.as_bytes()[start..start + stored.bytes.len()]);
        assert_eq!((stored.origin.index, stored.origin.format), (index, "mmdf"));
    }
}

proptest! {
    /// How much the reader has at hand decides whether lines are read one by one; what is found does not depend on it.
    #[test]
    fn mailboxes_read_alike_in_pieces_of_any_size(picks in proptest::collection::vec(0..LINES.len(), 0..40), room in 1..120_usize) {
        let text: String = picks.iter().map(|pick| LINES[*pick]).collect();
        let cut = |room: usize| -> Vec<Result<Stored, String>> {
            let reader = std::io::BufReader::with_capacity(room, text.as_bytes());
            let all = Mbox::new(reader, Path::new("box"), true);
            all.map(|stored| stored.map_err(|error| error.to_string())).collect()
        };
        prop_assert_eq!(cut(room), cut(1 << 16));
    }
}

/// What stands in mailboxes, ended and not.
const LINES: [&str; 13] = [
    "From a@b.example Mon Oct 19 08:00:05 2026\n",
    "From a@b.example Mon Oct 19 08:00:05 2026\r\n",
    "From \n",
    "From here on\n",
    ">From a\n",
    "\n",
    "\r\n",
    "Subject: x\n",
    "Content-Length: 9\n",
    "text\n",
    "more of it",
    "F",
    "\r",
];
