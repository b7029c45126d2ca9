//! Messages signed by OpenSSL and GnuPG (`testdata/end_to_end`), and what is made of damaged ones.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use proptest::prelude::*;

use super::*;

fn stored(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/end_to_end");
    std::fs::read(folder.join(name)).unwrap()
}

fn marks(stored: &[u8]) -> Vec<Mark> {
    let message = Message::read(stored);
    find(&message, &Mime::read(&message))
}

fn only(name: &str) -> Mark {
    let mut found = marks(&stored(name));
    assert_eq!(found.len(), 1, "{name}");
    found.remove(0)
}

const ANNA: [&str; 3] = ["anna.old@bank.example", "anna@bank.example", "office@bank.example"];

#[test]
fn the_certificate_names_the_signer_however_it_is_wrapped() {
    for (name, covers_key) in [
        ("smime-detached.eml", true),
        ("smime-opaque.eml", true),
        ("smime-stranger.eml", false),
    ] {
        let mark = only(name);
        assert_eq!(
            (mark.kind, mark.covers_body, mark.defect),
            (MarkKind::SmimeSigned, true, None),
            "{name}"
        );
        let [signer] = mark.signers.as_slice() else {
            panic!("one signer in {name}")
        };
        assert_eq!(signer.addresses, ANNA, "{name}");
        let certificate = signer.certificate.as_ref().unwrap();
        assert!(
            certificate.subject.contains("CN=Anna") && certificate.self_issued,
            "{certificate:?}"
        );
        assert_eq!(certificate.not_before.to_string(), "2026-11-24T04:31:39Z");
        assert_eq!(certificate.not_after.to_string(), "2036-11-21T04:31:39Z");
        assert!(signer.signed_at.unwrap() >= certificate.not_before);
        // A signer named by his key identifier has no serial number there.
        let serial = signer.key.as_deref();
        assert_eq!(
            serial,
            covers_key.then_some("4ce1fa503eaebf0af1342dda5aedae77264699bd"),
            "{name}"
        );
    }
}

#[test]
fn a_signature_without_certificate_names_nobody() {
    let mark = only("smime-without-certificate.eml");
    let [signer] = mark.signers.as_slice() else {
        panic!("one signer")
    };
    assert!(signer.addresses.is_empty() && signer.certificate.is_none() && signer.key.is_some());
    let encrypted = only("smime-encrypted.eml");
    assert_eq!((encrypted.kind, encrypted.signers.len()), (MarkKind::SmimeEncrypted, 0));
}

#[test]
fn openpgp_names_key_user_id_and_time() {
    for (name, kind, whole) in [
        ("pgp-mime.eml", MarkKind::PgpMimeSigned, true),
        ("pgp-inline.eml", MarkKind::PgpInlineSigned, false),
    ] {
        let mark = only(name);
        assert_eq!(
            (mark.kind, mark.covers_body, mark.defect),
            (kind, whole, None),
            "{name}"
        );
        let [signer] = mark.signers.as_slice() else {
            panic!("one signer in {name}")
        };
        assert_eq!(signer.key.as_deref(), Some("A21B316DA3DE4796BF801584F3E176C5A3BDF5C5"));
        assert_eq!(signer.user_id.as_deref(), Some("anna@bank.example"));
        assert_eq!(signer.addresses, ["anna@bank.example"]);
        assert_eq!(signer.signed_at, Some(Timestamp(1_795_494_699)), "{name}");
    }
}

#[test]
fn line_ends_make_no_difference() {
    for name in ["smime-detached.eml", "pgp-mime.eml", "pgp-inline.eml"] {
        let text = String::from_utf8(stored(name)).unwrap().replace("\r\n", "\n");
        let (lf, crlf) = (marks(text.as_bytes()), marks(text.replace('\n', "\r\n").as_bytes()));
        assert_eq!(lf[0].signers, crlf[0].signers, "{name}");
        assert!(!lf[0].signers.is_empty());
    }
}

#[test]
fn a_signed_part_among_others_does_not_cover_the_body() {
    let inner = String::from_utf8(stored("pgp-mime.eml")).unwrap();
    let (_, part) = inner.split_once("MIME-Version: 1.0\r\n").unwrap();
    let listed = format!(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n{part}\r\n--o\r\n\r\nfooter\r\n--o--\r\n"
    );
    let found = marks(listed.as_bytes());
    assert_eq!(found.len(), 1);
    assert!(!found[0].covers_body && !found[0].signers.is_empty());
    // What an attached message carries is its own.
    let attached = format!("From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n{inner}");
    assert_eq!(marks(attached.as_bytes()), []);
    let found = marks(
        attached
            .replace(
                "Content-Type: message/rfc822",
                "Content-Type: multipart/mixed; boundary=o",
            )
            .replacen("\r\n\r\n", "\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n", 1)
            .as_bytes(),
    );
    assert_eq!(found, []);
}

#[test]
fn fields_that_announce_keys() {
    let found = marks(b"Autocrypt: addr=Anna@BANK.example; prefer-encrypt=mutual; keydata=AAAA\nOpenPGP: id=ABCDEF; url=https://bank.example/k\n\n\n");
    let facts: Vec<_> = found
        .iter()
        .map(|mark| {
            (
                mark.kind,
                mark.signers[0].addresses.join(","),
                mark.signers[0].key.clone(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            (MarkKind::Autocrypt, "Anna@bank.example".to_owned(), None),
            (MarkKind::OpenpgpField, String::new(), Some("ABCDEF".to_owned())),
        ]
    );
}

#[test]
fn who_the_signer_is() {
    let names = |addresses: &[&str]| addresses.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
    let authors = ["anna@bank.example"];
    for (addresses, expected) in [
        (&["ANNA@bank.example", "x@y.example"][..], SignerIs::Author),
        (&["desk@agency.example"], SignerIs::Sender),
        (&["office@mail.bank.example"], SignerIs::SameOrganisation),
        (&["eve@shady.example"], SignerIs::Other),
        (&[], SignerIs::Unnamed),
    ] {
        assert_eq!(
            signer_is(&names(addresses), &authors, Some("desk@agency.example")),
            expected,
            "{addresses:?}"
        );
    }
}

#[test]
fn damage_is_named_and_not_guessed() {
    let text = String::from_utf8(stored("smime-detached.eml")).unwrap();
    let broken = text.replace("\nMII", "\nQUJ");
    assert_ne!(broken, text);
    let found = marks(broken.as_bytes());
    assert_eq!(found[0].defect, Some("the S/MIME signature cannot be read"));
    let text = String::from_utf8(stored("pgp-mime.eml")).unwrap();
    let found = marks(text.replace("BEGIN PGP SIGNATURE", "BEGIN PGP SOMETHING").as_bytes());
    assert_eq!(found[0].defect, Some("the OpenPGP signature cannot be read"));
}

proptest! {
    #[test]
    fn damaged_signatures_panic_nowhere(at in 0usize..3000, byte: u8, which in 0usize..5) {
        let names = ["smime-detached.eml", "smime-opaque.eml", "smime-stranger.eml", "pgp-mime.eml", "pgp-inline.eml"];
        let mut message = stored(names[which]);
        let at = at % message.len();
        message[at] = byte;
        let _ = marks(&message);
        let _ = marks(&message[..at]);
    }

    #[test]
    fn no_octets_panic(octets: Vec<u8>) {
        let _ = smime::read(&octets);
        let _ = pgp::signers(&octets);
        use base64::Engine as _;
        let armored = format!("-----BEGIN PGP SIGNATURE-----\n\n{}\n", base64::engine::general_purpose::STANDARD.encode(&octets));
        let _ = pgp::signers(armored.as_bytes());
    }
}
