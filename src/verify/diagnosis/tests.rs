//! Every kind of edit is made to a signed message and found; altered words are never explained.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use super::*;
use crate::{
    dns::{Data, Lookups, Question, RecordType, Snapshot, StoredAnswer},
    time::Timestamp,
    verify::{
        Clock,
        dkim::{DkimCheck, canonical, crypto::Hash, header::Header, verify_all},
    },
};

/// Less than what `inspect` spends, so that the tests stay quick.
const LIMIT: u64 = 32 << 20;

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("a key"));

const HEADER: &str = "From: Eva Roe <eva@dev.example>\r\nTo: dev@list.example\r\nCc: \"Ben B.\" <ben@shop.example>, Ann <ann@bank.example>\r\n\
    Subject: Re: The minutes of Tuesday\r\nDate: Tue, 3 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@dev.example>\r\nMIME-Version: 1.0\r\n\
    Comments: first\r\nComments: second\r\n";
const NAMES: &str = "From:To:Cc:Subject:Date:Message-ID:MIME-Version:Comments:Comments:Content-Type:Content-Transfer-Encoding:Reply-To:List-Id";
const PLAIN: &str = "Content-Type: text/plain; charset=us-ascii\r\n\r\nDear all,\r\n\r\nthe minutes are at https://dev.example/minutes as agreed.\r\n\
    From now on we meet on Fridays.  Bring your\r\nown  notes.\r\n\r\n-- \r\nEva\r\n";
const UMLAUTS: &str = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\u{fc}\u{df}e aus K\u{f6}ln, das Protokoll steht unter https://dev.example/protokoll wie immer am gewohnten Ort bereit.\r\nEva\r\n";
const MULTIPART: &str = "Content-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Transfer-Encoding: 8bit\r\n\r\nGr\u{fc}\u{df}e, the link is https://dev.example/one\r\n--b1\r\nContent-Type: text/html; charset=us-ascii\r\n\r\n\
    <html><body>\r\n<p>Hello, the <a href=\"https://dev.example/one\">link</a></p>\r\n</body></html>\r\n--b1--\r\n";
const MIXED: &str = "Content-Type: multipart/mixed; boundary=\"m1\"\r\n\r\n--m1\r\nContent-Type: text/plain\r\n\r\nsee the file\r\n--m1\r\n\
    Content-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\na,b\r\n1,2\r\n--m1--\r\n";
const FOOTER: &str = "_______________\r\ndev mailing list\r\nhttps://list.example/leave\r\n";

/// Signs a message made of fields and the rest from `Content-Type` on.
fn sign(content: &str, forms: &str, tags: &str) -> String {
    let message = format!("{HEADER}{content}");
    let body = message.split_once("\r\n\r\n").expect("a body").1;
    let (_, body_form) = forms.split_once('/').expect("two forms");
    let form = canonical::Canonicalization::parse(body_form).expect("a form");
    let hash = STANDARD.encode(Hash::Sha256.of(&canonical::body(body.as_bytes(), form)));
    let start =
        format!("DKIM-Signature: v=1; a=rsa-sha256; c={forms}; d=dev.example; s=s1; {tags}h={NAMES}; bh={hash}; b=");
    let unsigned = format!("{start}\r\n{message}");
    let read = Message::read(unsigned.as_bytes());
    let signature = Signature::read(&read.fields[0]);
    let header = Header::new(&read);
    let selection = header.select(&signature.signed_fields, &read.fields[0]);
    let bytes = header.signed_bytes(&read.fields[0], &signature, &selection);
    let mut value = vec![0; KEY.public_modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &bytes, &mut value)
        .expect("a signature");
    format!("{start}{}\r\n{message}", STANDARD.encode(value))
}

fn snapshot() -> Snapshot {
    let der = KEY.public_key().as_der().expect("the key");
    let mut snapshot = Snapshot::new();
    snapshot.insert(StoredAnswer {
        question: Question::new("s1._domainkey.dev.example", RecordType::Txt),
        rcode: "NOERROR".to_owned(),
        data: [Data::Text(format!("v=DKIM1; p={}", STANDARD.encode(der.as_ref())))].into(),
        ttl: None,
        asked_at: None,
        valid_from: None,
        valid_to: None,
    });
    snapshot
}

fn check(message: &[u8], snapshot: &Snapshot) -> DkimCheck {
    let clock = Clock {
        delivered_at: None,
        as_of: Timestamp(0),
    };
    let work = Work::new(LIMIT);
    let checks = verify_all(
        &Message::read(message),
        clock,
        &Lookups::new(snapshot, None),
        Some(&work),
    );
    checks.into_iter().next().expect("a signature")
}

/// The kinds found, in their order, where both hashes match; the statement otherwise.
fn kinds(message: &str) -> Result<Vec<&'static str>, String> {
    let check = check(message.as_bytes(), &snapshot());
    let Some(found) = check.diagnosis else {
        return Err(format!("nothing failed: {:?} {:?}", check.result, check.cause));
    };
    if !found.proven || found.body_hash != BodyHash::Match || found.signature != SignatureState::Valid {
        return Err(found.statement);
    }
    Ok(found.edits.iter().map(|edit| edit.kind.word()).collect())
}

#[track_caller]
fn explained(message: &str, wanted: &[&str]) {
    assert_eq!(kinds(message).as_deref(), Ok(wanted), "{message}");
}

fn in_body(message: &str, change: impl Fn(&str) -> String) -> String {
    let (header, body) = message.split_once("\r\n\r\n").expect("a body");
    format!("{header}\r\n\r\n{}", change(body))
}

#[test]
fn text_around_a_body() {
    for forms in ["simple/simple", "relaxed/relaxed"] {
        let signed = sign(PLAIN, forms, "");
        assert_eq!(
            check(signed.as_bytes(), &snapshot()).diagnosis,
            None,
            "nothing to explain"
        );
        explained(&format!("{signed}{FOOTER}"), &["footer-appended"]);
        explained(&format!("{signed}\r\n\r\n{FOOTER}"), &["footer-appended"]);
        let banner = in_body(&signed, |body| {
            format!("CAUTION: this mail comes from outside.\r\n\r\n{body}")
        });
        explained(&banner, &["banner-prepended"]);
        explained(&format!("{banner}{FOOTER}"), &["banner-prepended", "footer-appended"]);
        let long = "buy now at https://evil.example\r\n".repeat(60);
        explained(&format!("{signed}{long}"), &["text-appended"]);
    }
}

#[test]
fn the_text_added_is_quoted_with_its_place() {
    let message = format!("{}{FOOTER}", sign(PLAIN, "relaxed/relaxed", ""));
    let found = check(message.as_bytes(), &snapshot()).diagnosis.expect("a diagnosis");
    let [edit] = found.edits.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(edit.text, FOOTER.trim_end().replace("\r\n", "\n"));
    let span = edit.span.expect("a place");
    assert_eq!(&message[span.start..span.end], FOOTER.trim_end());
    assert_eq!(edit.place, "last 3 lines");
    assert!(
        found.statement.contains("the last 3 lines are taken away"),
        "{}",
        found.statement
    );
}

#[test]
fn lines_and_white_space() {
    let signed = sign(PLAIN, "simple/simple", "");
    explained(
        &in_body(&signed, |body| body.replace("\r\n", " \r\n")),
        &["trailing-white-space"],
    );
    explained(
        &in_body(&signed, |body| body.replace("-- \r\n", "--\r\n")),
        &["trailing-white-space"],
    );
    explained(
        &in_body(&signed, |body| body.replace("\r\n", "\r\r\n")),
        &["line-endings"],
    );
    explained(
        &in_body(&signed, |body| body.replace("\r\n", "\r\n\r\n")),
        &["line-endings"],
    );
    let quoted = in_body(&signed, |body| body.replace("\r\nFrom now", "\r\n>From now"));
    explained(&format!("{quoted}{FOOTER}"), &["from-quoting", "footer-appended"]);
    let dotted = sign(&PLAIN.replace("own  notes.", ".own notes"), "simple/simple", "");
    explained(
        &in_body(&dotted, |body| body.replace("\r\n.own", "\r\n..own")),
        &["dot-stuffing"],
    );
}

#[test]
fn encodings() {
    let signed = sign(UMLAUTS, "relaxed/relaxed", "");
    let (_, text) = UMLAUTS.split_once("\r\n\r\n").expect("a body");
    let encoded = |name: &str, body: &str| {
        let signed = signed.replace(
            "Content-Transfer-Encoding: 8bit",
            &format!("Content-Transfer-Encoding: {name}"),
        );
        in_body(&signed, |_| body.to_owned())
    };
    let lines = |text: &str| {
        let data = STANDARD.encode(text);
        data.as_bytes()
            .chunks(76)
            .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
            .collect::<String>()
    };
    explained(
        &encoded("base64", &lines(text)),
        &["transfer-encoding-changed", "transfer-encoding-changed"],
    );
    explained(
        &encoded("base64", &lines(&format!("{text}{FOOTER}"))),
        &[
            "transfer-encoding-changed",
            "footer-appended",
            "transfer-encoding-changed",
        ],
    );
    let quoted = text
        .replace('\u{fc}', "=C3=BC")
        .replace('\u{df}', "=C3=9F")
        .replace('\u{f6}', "=C3=B6");
    explained(
        &encoded("quoted-printable", &quoted.replace(" gewohnten", " =\r\ngewohnten")),
        &["transfer-encoding-changed", "transfer-encoding-changed"],
    );
    // The other way round: signed as base64, stored as 8bit text.
    let base64 = UMLAUTS.replace("8bit", "base64").replace(text, &lines(text));
    let stored = sign(&base64, "relaxed/relaxed", "").replace("Encoding: base64", "Encoding: 8bit");
    explained(
        &in_body(&stored, |_| format!("{text}{FOOTER}")),
        &[
            "transfer-encoding-changed",
            "footer-appended",
            "transfer-encoding-changed",
        ],
    );
}

#[test]
fn character_sets() {
    let signed = sign(UMLAUTS, "relaxed/relaxed", "");
    let twice: String = signed
        .split_once("\r\n\r\n")
        .expect("a body")
        .1
        .bytes()
        .map(char::from)
        .collect();
    explained(
        &in_body(&signed, |_| twice.clone()),
        &["transfer-encoding-changed", "charset-changed"],
    );
}

#[test]
fn multiparts() {
    let signed = sign(MULTIPART, "relaxed/relaxed", "");
    let (header, body) = signed.split_once("\r\n\r\n").expect("a body");
    let field = "Content-Type: multipart/alternative; boundary=\"b1\"";
    let footer = format!("Content-Type: text/plain\r\n\r\n{FOOTER}");
    let wrapped = format!(
        "{}\r\n\r\n--w\r\n{field}\r\n\r\n{body}\r\n--w\r\n{footer}--w--\r\n",
        header.replace(field, "Content-Type: multipart/mixed; boundary=\"w\"")
    );
    explained(&wrapped, &["wrapped-in-multipart", "content-type-changed"]);
    let relayed = signed
        .replace(
            "Content-Transfer-Encoding: 8bit",
            "Content-Transfer-Encoding: quoted-printable",
        )
        .replace("Gr\u{fc}\u{df}e", "Gr=C3=BC=C3=9Fe");
    explained(&relayed, &["transfer-encoding-changed"]);
    let footed = signed
        .replace("<p>Hello", "<div>EXTERNAL</div><p>Hello")
        .replace("<body>\r\n<div>", "<body><div>")
        .replace("</div><p>", "</div>\r\n<p>");
    explained(&footed, &["html-banner"]);
    explained(&signed.replace("</body>", "<hr>scanned by X</body>"), &["html-footer"]);
    let both = signed
        .replace("</body>", "<hr>scanned</body>")
        .replace("/one\r\n--b1", "/one\r\nscanned\r\n--b1");
    explained(&both, &["footer-appended", "html-footer"]);
    let mixed = sign(MIXED, "simple/simple", "");
    explained(
        &mixed.replace("--m1--", &format!("--m1\r\n{footer}--m1--")),
        &["part-added"],
    );
    explained(
        &mixed.replacen("\r\n\r\n--m1", &format!("\r\n\r\n--m1\r\n{footer}--m1"), 1),
        &["part-added"],
    );
}

#[test]
fn fields() {
    let signed = sign(PLAIN, "relaxed/relaxed", "");
    let subject = "Subject: Re: The minutes";
    explained(
        &signed.replace(subject, "Subject: [dev] Re: The minutes"),
        &["subject-tag-added"],
    );
    explained(
        &signed.replace(subject, "Subject: Re: [dev] The minutes"),
        &["subject-tag-added"],
    );
    explained(
        &signed.replace(subject, "Subject: *** SPAM *** Re: The minutes"),
        &["subject-tag-added"],
    );
    let moved = sign(PLAIN, "relaxed/relaxed", "").replace(
        "Comments: first\r\nComments: second",
        "Comments: second\r\nComments: first",
    );
    explained(&moved, &["fields-reordered", "fields-reordered"]);
    let from = "From: Eva Roe <eva@dev.example>\r\n";
    let munged = "From: Eva Roe via dev <dev@list.example>\r\nReply-To: Eva Roe <eva@dev.example>\r\n";
    explained(&signed.replace(from, munged), &["from-rewritten", "field-added"]);
    let hidden = "From: Eva Roe via dev <eva=dev.example@list.example>\r\n";
    explained(&signed.replace(from, hidden), &["from-rewritten"]);
    let to = "To: dev@list.example\r\n";
    explained(
        &signed.replace(to, &format!("{to}List-Id: <dev.list.example>\r\n")),
        &["field-added"],
    );
    let cc = "Cc: \"Ben B.\" <ben@shop.example>, Ann <ann@bank.example>";
    explained(
        &signed.replace(cc, "Cc: Ann <ann@bank.example>, \"Ben B.\" <ben@shop.example>"),
        &["recipients-reordered"],
    );
    explained(
        &signed.replace("charset=us-ascii", "charset=\"us-ascii\""),
        &["content-type-changed"],
    );
    let all = signed
        .replace(subject, "Subject: [dev] Re: The minutes")
        .replace(from, munged);
    explained(
        &format!("{all}{FOOTER}"),
        &["footer-appended", "from-rewritten", "subject-tag-added", "field-added"],
    );
}

#[test]
fn folding_matters_to_simple_only() {
    let signed = sign(PLAIN, "simple/simple", "");
    let folded = signed.replace("Re: The minutes of", "Re: The minutes\r\n of");
    explained(&folded, &["field-refolded"]);
    let relaxed = sign(PLAIN, "relaxed/relaxed", "").replace("Re: The minutes of", "Re: The minutes\r\n of");
    assert_eq!(check(relaxed.as_bytes(), &snapshot()).diagnosis, None);
}

#[test]
fn a_length_limit_is_kept() {
    let body = PLAIN.split_once("\r\n\r\n").expect("a body").1;
    let length = canonical::body(body.as_bytes(), canonical::Canonicalization::Relaxed).len();
    let signed = sign(PLAIN, "relaxed/relaxed", &format!("l={length}; "));
    assert_eq!(
        check(format!("{signed}{FOOTER}").as_bytes(), &snapshot()).diagnosis,
        None
    );
    let banner = in_body(&signed, |body| format!("CAUTION\r\n{body}"));
    explained(&format!("{banner}{FOOTER}"), &["banner-prepended"]);
}

#[test]
fn a_foreign_key_is_told_from_a_changed_header() {
    let signed = sign(PLAIN, "relaxed/relaxed", "");
    let start = signed.find("; b=").expect("b=") + 4;
    let mut damaged = signed.clone();
    damaged.replace_range(start..start + 4, "AAAA");
    let found = check(damaged.as_bytes(), &snapshot()).diagnosis.expect("a diagnosis");
    assert!(!found.proven);
    assert!(found.statement.contains("not made with the key"), "{}", found.statement);
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }
}

/// 200 edits of a word or a link, in the body or in the Subject, alone and with a footer and a tag: none is explained away.
#[test]
fn altered_words_are_never_explained() {
    let contents = [PLAIN, UMLAUTS, MULTIPART, MIXED];
    let mut random = Random(2026);
    let words = ["invoice", "https://evil.example/pay", "4711", "urgent", "x", "not"];
    let signed: Vec<String> = contents
        .iter()
        .flat_map(|content| ["simple/simple", "relaxed/relaxed"].map(|forms| sign(content, forms, "")))
        .collect();
    for round in 0..200 {
        let message = &signed[random.below(signed.len())];
        let (header, body) = message.split_once("\r\n\r\n").expect("a body");
        let word = words[random.below(words.len())];
        let in_subject = round % 4 == 0;
        let text = if in_subject { "The minutes of Tuesday" } else { body };
        // A word of the text that is no part of MIME's own lines.
        let places: Vec<(usize, &str)> = text
            .match_indices(|c: char| c.is_alphanumeric())
            .map(|(at, _)| {
                (
                    at,
                    text[at..]
                        .split(|c: char| !c.is_alphanumeric())
                        .next()
                        .unwrap_or_default(),
                )
            })
            .filter(|(at, found)| found.len() > 2 && (in_subject || !is_of_mime(text, *at)) && !word.contains(found))
            .collect();
        let (at, old) = places[random.below(places.len())];
        let altered = format!("{}{word}{}", &text[..at], &text[at + old.len()..]);
        let mut altered = if in_subject {
            message.replace(text, &altered)
        } else {
            format!("{header}\r\n\r\n{altered}")
        };
        if random.below(2) == 0 {
            altered = format!("{}{FOOTER}", altered.replace("Subject: ", "Subject: [dev] "));
        }
        let found = check(altered.as_bytes(), &snapshot()).diagnosis.expect("it fails");
        if in_subject {
            assert_ne!(
                found.signature,
                SignatureState::Valid,
                "{old} -> {word}: {}\n{altered}",
                found.statement
            );
        } else {
            assert!(!found.proven, "{old} -> {word}: {}\n{altered}", found.statement);
            assert_ne!(found.body_hash, BodyHash::Match, "{altered}");
        }
    }
}

/// Whether a place stands on a line of a part's header or on a delimiter.
fn is_of_mime(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..].starts_with("Content-") || text[line..].starts_with("--")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a message holds, the search ends and stays within its limit.
    #[test]
    fn any_bytes(mut header in "[ -~\\r\\n\\t\u{e9}=?_\\[\\]<>@,;:\"]{0,300}", body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let signed = sign(MULTIPART, "relaxed/relaxed", "");
        header.push_str(&signed);
        let mut message = header.replace("us-ascii", "base64").into_bytes();
        message.extend(body);
        let work = Work::new(QUICK);
        let clock = Clock { delivered_at: None, as_of: Timestamp(0) };
        let snapshot = snapshot();
        verify_all(&Message::read(&message), clock, &Lookups::new(&snapshot, None), Some(&work));
        prop_assert!(work.used() <= QUICK);
    }
}
