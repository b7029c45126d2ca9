//! Messages signed here with keys made here, so that every verdict of the evaluator is seen without other people's files.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{canonical, crypto::Hash, *};
use crate::dns::{Absent, Data, Question, RecordType, Snapshot, StoredAnswer};

const HEADER: &str = "From: Anna <anna@bank.example>\r\nTo: Ben <ben@shop.example>\r\nSubject:  A\r\n\tgreeting \r\n";
const BODY: &str = "Hello,\r\n\r\n>From here  it looks \r\nfine.\r\n \t\r\n\r\n";
const NAMES: &str = "From:To:Subject:Subject";

/// A key pair, and what stands in DNS for it.
enum Signer {
    Rsa(KeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().expect("a key"))
    }

    fn rsa() -> Self {
        Self::Rsa(KeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }

    fn record(&self, tags: &str) -> String {
        match self {
            Self::Rsa(pair) => {
                let der = pair.public_key().as_der().expect("the key as SubjectPublicKeyInfo");
                format!("v=DKIM1; {tags}k=rsa; p={}", STANDARD.encode(der.as_ref()))
            }
            Self::Ed25519(pair) => {
                format!("v=DKIM1; {tags}k=ed25519; p={}", STANDARD.encode(pair.public_key()))
            }
        }
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa-sha256",
            Self::Ed25519(_) => "ed25519-sha256",
        }
    }

    fn sign(&self, bytes: &[u8]) -> String {
        STANDARD.encode(match self {
            Self::Rsa(pair) => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut out)
                    .expect("a signature");
                out
            }
            Self::Ed25519(pair) => pair.sign(&Hash::Sha256.of(bytes)).as_ref().to_vec(),
        })
    }
}

/// The signature field for [`HEADER`] and a body, relaxed/relaxed, by the letter of RFC 6376 3.7. `names` is h=, `signed`
/// the canonical fields that it selects.
fn signature_with(signer: &Signer, tags: &str, names: &str, signed: &str, hashed: &[u8]) -> String {
    let unsigned = format!(
        "v=1; a={}; c=relaxed/relaxed; d=bank.example; s=s1; {tags}h={names}; bh={}; b=",
        signer.algorithm(),
        STANDARD.encode(Hash::Sha256.of(hashed))
    );
    let input = format!("{signed}dkim-signature:{unsigned}");
    format!("DKIM-Signature: {unsigned}{}\r\n", signer.sign(input.as_bytes()))
}

const SIGNED: &str = "from:Anna <anna@bank.example>\r\nto:Ben <ben@shop.example>\r\nsubject:A greeting\r\n";

fn signature(signer: &Signer, tags: &str) -> String {
    let body = canonical::body(BODY.as_bytes(), canonical::Canonicalization::Relaxed);
    signature_with(signer, tags, NAMES, SIGNED, &body)
}

fn zone(records: &[String]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.insert(StoredAnswer {
        question: Question::new("s1._domainkey.bank.example", RecordType::Txt),
        rcode: "NOERROR".to_owned(),
        data: records.iter().map(|text| Data::Text(text.clone())).collect(),
        ttl: None,
        asked_at: None,
        valid_from: None,
        valid_to: None,
    });
    snapshot
}

fn check_at(message: &str, snapshot: &Snapshot, delivered: Option<i64>) -> Vec<DkimCheck> {
    let clock = Clock {
        delivered_at: delivered.map(Timestamp),
        as_of: Timestamp(2_000),
    };
    verify_all(
        &Message::read(message.as_bytes()),
        clock,
        &Lookups::new(snapshot, clock.delivered_at),
        None,
    )
}

fn check(message: &str, snapshot: &Snapshot) -> DkimCheck {
    check_at(message, snapshot, None)
        .into_iter()
        .next()
        .expect("a signature")
}

#[test]
fn both_kinds_of_key_pass() {
    for signer in [Signer::rsa(), Signer::ed25519()] {
        let text = format!("{}{HEADER}\r\n{BODY}", signature(&signer, "t=1; "));
        let found = check(&text, &zone(&[signer.record("t=y; ")]));
        assert_eq!(found.result, Ok(DkimResult::Pass), "{found:?}");
        assert_eq!(
            found.domain_span.map(|span| &text[span.start..span.end]),
            Some("bank.example")
        );
        assert!(found.key.is_some_and(|key| key.testing));
        assert!(found.normalised.is_empty() && found.extra_fields.is_empty() && found.defects.is_empty());
    }
}

#[test]
fn line_ends_are_normalised_and_named() {
    let signer = Signer::ed25519();
    let snapshot = zone(&[signer.record("")]);
    let text = format!("{}{HEADER}\r\n{BODY}", signature(&signer, ""));
    for (stored, note) in [
        (text.replace("\r\n", "\n"), "bare LF read as CR LF"),
        (text.replace("\r\n", "\r"), "bare CR read as CR LF"),
        (text.replacen("\r\n", "\n", 3), "bare LF read as CR LF"),
        (
            text.replacen("it looks \r\n", "it looks \r", 1),
            "bare CR read as CR LF",
        ),
        (text.replace("\r\n>From", "\r\n>>From"), ">From unquoted"),
    ] {
        let found = check(&stored, &snapshot);
        assert_eq!(found.result, Ok(DkimResult::Pass), "{note}: {found:?}");
        assert_eq!(found.normalised, [note]);
    }
}

#[test]
fn body_and_header_fail_apart() {
    let signer = Signer::ed25519();
    let snapshot = zone(&[signer.record("")]);
    let field = signature(&signer, "");
    let body = check(&format!("{field}{HEADER}\r\n{BODY}P.S."), &snapshot);
    assert_eq!(
        (body.body_hash, body.signature),
        (BodyHash::Mismatch, SignatureState::Valid)
    );
    assert_eq!(
        (body.result, body.cause.as_deref()),
        (Ok(DkimResult::Fail), Some("body hash"))
    );

    let changed = HEADER.replace("greeting", "bill");
    let header = check(&format!("{field}{changed}\r\n{BODY}"), &snapshot);
    assert_eq!(
        (header.body_hash, header.signature),
        (BodyHash::Match, SignatureState::Invalid)
    );
    assert_eq!(
        (header.result, header.cause.as_deref()),
        (Ok(DkimResult::Fail), Some("header changed"))
    );
}

#[test]
fn a_header_alone_never_fails() {
    let signer = Signer::ed25519();
    let found = check(
        &format!("{}{HEADER}", signature(&signer, "")),
        &zone(&[signer.record("")]),
    );
    assert_eq!(found.result, Err(NotEvaluated::NotEvaluable));
    assert_eq!(
        (found.body_hash, found.signature),
        (BodyHash::NotEvaluable, SignatureState::Valid)
    );
}

#[test]
fn fields_are_taken_from_the_bottom_up() {
    let signer = Signer::ed25519();
    let snapshot = zone(&[signer.record("")]);
    let field = signature(&signer, "");
    // Subject is oversigned: another one breaks the signature. To is not: another one on top goes unnoticed, but is named.
    let oversigned = check(&format!("Subject: B\r\n{field}{HEADER}\r\n{BODY}"), &snapshot);
    assert_eq!(oversigned.result, Ok(DkimResult::Fail));
    let added = check(&format!("To: c@shop.example\r\n{field}{HEADER}\r\n{BODY}"), &snapshot);
    assert_eq!(added.result, Ok(DkimResult::Pass));
    assert_eq!(added.extra_fields, [("To".to_owned(), 0)]);
    let below = format!("{field}{HEADER}To: c@shop.example\r\n\r\n{BODY}");
    assert_eq!(check(&below, &snapshot).result, Ok(DkimResult::Fail));
}

#[test]
fn length_limits_count_what_they_leave_out() {
    let signer = Signer::ed25519();
    let snapshot = zone(&[signer.record("")]);
    let field = signature_with(&signer, "l=5; ", NAMES, SIGNED, b"Hello");
    let found = check(&format!("{field}{HEADER}\r\nHello World!\r\n"), &snapshot);
    assert_eq!((found.result, found.unsigned_bytes), (Ok(DkimResult::Pass), 9));
    assert!(found.has_length_limit);
    let beyond = signature_with(&signer, "l=999; ", NAMES, SIGNED, b"Hello\r\n");
    let found = check(&format!("{beyond}{HEADER}\r\nHello\r\n"), &snapshot);
    assert_eq!(found.cause.as_deref(), Some("l= is larger than the body"));
}

#[test]
fn each_answer_about_the_key_has_its_own_word() {
    let signer = Signer::ed25519();
    let text = format!("{}{HEADER}\r\n{BODY}", signature(&signer, "i=a@mail.bank.example; "));
    let nothing = Snapshot::new();
    assert_eq!(check(&text, &nothing).result, Err(NotEvaluated::NotAsked));
    let mut nowhere = Snapshot::new();
    nowhere.absent = Absent::NxDomain;
    let gone = check(&text, &nowhere);
    assert_eq!(
        (gone.result, gone.cause.as_deref()),
        (Err(NotEvaluated::KeyGone), Some("selector gone"))
    );
    assert_eq!(gone.body_hash, BodyHash::Match);
    let revoked = check(&text, &zone(&["v=DKIM1; p=".to_owned()]));
    assert_eq!(
        (revoked.result, revoked.cause.as_deref()),
        (Err(NotEvaluated::KeyGone), Some("key revoked"))
    );

    for (tags, cause) in [
        ("s=tlsrpt; ", "the key's s= does not allow e-mail"),
        ("h=sha1; ", "the key's h= does not allow sha256"),
        ("t=s; ", "the key's t=s asks for i= to be exactly d="),
    ] {
        let found = check(&text, &zone(&[signer.record(tags)]));
        assert_eq!(
            (found.result, found.cause.as_deref()),
            (Ok(DkimResult::Permerror), Some(cause))
        );
        assert_eq!(found.signature, SignatureState::Valid);
    }
    let other = check(&text, &zone(&[Signer::rsa().record("")]));
    assert_eq!(
        other.cause.as_deref(),
        Some("the key is of kind rsa, the signature of kind ed25519")
    );
}

#[test]
fn of_several_records_one_that_verifies_counts() {
    let (signer, other) = (Signer::ed25519(), Signer::ed25519());
    let text = format!("{}{HEADER}\r\n{BODY}", signature(&signer, ""));
    let records = ["v=spf1 -all".to_owned(), other.record(""), signer.record("")];
    let found = check(&text, &zone(&records));
    assert_eq!(found.result, Ok(DkimResult::Pass));
    assert_eq!(found.defects, ["several TXT records stand at the key's name"]);
}

#[test]
fn expiry_is_judged_at_delivery_and_now() {
    let signer = Signer::ed25519();
    let snapshot = zone(&[signer.record("")]);
    let text = format!("{}{HEADER}\r\n{BODY}", signature(&signer, "t=100; x=1000; "));
    let at = |delivered| {
        let found = check_at(&text, &snapshot, delivered).remove(0);
        (found.result, found.expired_at_delivery, found.expired_now)
    };
    assert_eq!(at(Some(900)), (Ok(DkimResult::Pass), Some(false), true));
    assert_eq!(at(Some(1_001)), (Ok(DkimResult::Policy), Some(true), true));
    assert_eq!(at(None), (Ok(DkimResult::Pass), None, true));
}

#[test]
fn a_signature_of_an_attackers_name_is_shown_and_rejected() {
    let signer = Signer::ed25519();
    let text = format!("{}{HEADER}\r\n{BODY}", signature(&signer, ""));
    for (name, cause) in [
        ("d=bank.example'a.evil.example", "d= is not a domain name"),
        ("d=bank.example(.evil.example", "d= is not a domain name"),
    ] {
        let found = check(&text.replace("d=bank.example", name), &Snapshot::new());
        assert_eq!(
            (found.result, found.cause.as_deref()),
            (Ok(DkimResult::Permerror), Some(cause))
        );
        assert_eq!(found.domain.as_deref(), name.strip_prefix("d="));
    }
    let nul = check(&text.replace("s=s1", "s=s1\0.evil"), &Snapshot::new());
    assert_eq!(
        (nul.selector.as_deref(), nul.cause.as_deref()),
        (Some("s1\0.evil"), Some("s= holds a NUL"))
    );
}

// Two messages, simple/simple, signed once with keys made for the purpose and thrown away: no library at hand makes keys of
// 512 bits, and none signs with SHA-1. Both records hold RSAPublicKey, without the SubjectPublicKeyInfo around it.
const WEAK_RECORD: &str = "p=\
    MEgCQQD5NwMFXG30v1eF+nqR60jb4WzezMOa2EZ8zNATQCWoJD/XtyBw/F5Wo9JZKinsJlw7Ug2/L6BBLUdobrXo/PMjAgMBAAE=";
const WEAK_MESSAGE: &str = "DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; s=s1; h=From:Subject; \
    bh=yZQq1c8wjBl0fZ4Wc/oraMCAG1mZJv5v/hlvyFy+t6A=; b=\
    Ma1VqTRGkDVRYluybkrUWZUofh7gPzMrAr7V6xJsqizxXtMERkLJl8ct0DLg2gfXGzs/m4kjLHFlu5eKAx4D7Q==\r\n\
    From: a@bank.example\r\nSubject: A\r\n\r\nHello.\r\n";

const SHA1_RECORD: &str = "p=\
    MIGJAoGBANGk5rMhlAEHrTji0gUytuheNnHk+ilKaun/MImr+4ARue/ap5Z6T5Z63fm0ZQHkotlTQe/r4FWz2Tn9Iw+2sEzXyHhf\
    A6dcV+rLYMuz7XFlksOB7xgrN5J7K44Oimuqstg5BNajI1ZjEL/pHyGoYiBgp5KHMvxHA0imQ+q3ODbDAgMBAAE=";
const SHA1_MESSAGE: &str = "DKIM-Signature: v=1; a=rsa-sha1; d=bank.example; s=s1; h=From:Subject; \
    bh=2+689OSH6dJ8r+u45EO4VHIBWe8=; b=\
    tYb/RB+tBl6z5PK1njHzsgVfcRRdWjOElBegDn20zUlCPWKitAZNC7B1yiCOHdC8IcMVKJOrdj8lEDuCbSYtDLM5VqFTXVh7Zjjq\
    p/gOCmerrKoZSz4H5RmwILbO0KypWIZNh1pQGonmqPEXOUb7RLBOHaagt3YBk8sE77oToN4=\r\n\
    From: a@bank.example\r\nSubject: A\r\n\r\nHello.\r\n";

#[test]
fn weak_keys_verify_and_do_not_count() {
    let found = check(WEAK_MESSAGE, &zone(&[WEAK_RECORD.to_owned()]));
    assert_eq!(
        (found.body_hash, found.signature),
        (BodyHash::Match, SignatureState::Valid),
        "{found:?}"
    );
    assert_eq!(
        (found.result, found.cause.as_deref()),
        (Ok(DkimResult::Policy), Some("a key of 512 bits"))
    );
    let changed = check(
        &WEAK_MESSAGE.replace("Subject: A", "Subject: B"),
        &zone(&[WEAK_RECORD.to_owned()]),
    );
    assert_eq!(changed.signature, SignatureState::Invalid);
    let sha1 = check(SHA1_MESSAGE, &zone(&[SHA1_RECORD.to_owned()]));
    assert_eq!(
        (sha1.result, sha1.cause.as_deref()),
        (Ok(DkimResult::Policy), Some("rsa-sha1")),
        "{sha1:?}"
    );
}

#[test]
fn a_key_that_everybody_holds_does_not_count() {
    // RFC 8032 7.1, TEST 2.
    let printed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    let digits = printed
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).expect("digits"));
    let seed: Vec<u8> = digits
        .map(|pair| u8::from_str_radix(pair, 16).expect("a number"))
        .collect();
    let signer = Signer::Ed25519(Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key"));
    let found = check(
        &format!("{}{HEADER}\r\n{BODY}", signature(&signer, "")),
        &zone(&[signer.record("")]),
    );
    assert_eq!(
        (found.body_hash, found.signature),
        (BodyHash::Match, SignatureState::Valid)
    );
    assert_eq!(
        (found.result, found.cause.as_deref()),
        (
            Ok(DkimResult::Policy),
            Some("a key whose private half is printed in RFC 8032 7.1")
        )
    );
}

#[test]
fn a_key_without_a_working_exponent_verifies_nothing() {
    let even = WEAK_RECORD.replace("AgMBAAE=", "AgMBAAA=");
    assert_ne!(even, WEAK_RECORD);
    let found = check(WEAK_MESSAGE, &zone(&[even]));
    assert_eq!(found.result, Ok(DkimResult::Permerror));
    assert_eq!(found.signature, SignatureState::NotEvaluable);
    assert!(found.cause.is_some_and(|cause| cause.contains("even")));
}

#[test]
fn hostile_headers_stay_cheap() {
    let signer = Signer::ed25519();
    let names = "From:".repeat(20_000);
    let long = format!("DKIM-Signature: v=1; h={names}\r\n{HEADER}\r\n{BODY}");
    assert_eq!(check(&long, &Snapshot::new()).result, Ok(DkimResult::Permerror));
    let many = signature(&signer, "").repeat(200) + HEADER + "\r\n" + BODY;
    let found = check_at(&many, &zone(&[signer.record("")]), None);
    assert_eq!(found.iter().filter(|check| check.passes()).count(), 64);
    assert_eq!(found.len(), 200);
    let lengths: String = (0..200).map(|l| signature(&signer, &format!("l={l}; "))).collect();
    let found = check_at(&(lengths + HEADER + "\r\n" + BODY), &zone(&[signer.record("")]), None);
    assert_eq!(found.len(), 200);
    for junk in [
        "",
        ";",
        "=",
        "v",
        "b=;bh=;",
        "\0",
        "h=:::;d=.;s=..;i=@",
        "x=;t=;l=;a=;c=/;q=",
    ] {
        check(
            &format!("DKIM-Signature: {junk}\r\n{HEADER}\r\n{BODY}"),
            &Snapshot::new(),
        );
    }
}
