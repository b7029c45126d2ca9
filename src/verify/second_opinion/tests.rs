use super::{caches::KeyReader, *};
use crate::{
    dns::{Absent, Data, Question, StoredAnswer},
    time::Timestamp,
};
use mail_auth::{
    common::{crypto::Ed25519Key, headers::HeaderWriter},
    dkim::DkimSigner,
};

const NOW: Timestamp = Timestamp(4_000_000_000);
const TEXT: &str = "From: Bank <service@bank.example>\r\nSubject: Statement\r\n\r\nReady.\r\n";

/// A message signed for bank.example, and the key record.
fn signed(lifetime: u64) -> (String, String) {
    let pair = Ed25519Key::generate_pkcs8().expect("a key");
    let key = Ed25519Key::from_pkcs8_der(&pair).expect("a key");
    let record = format!("v=DKIM1; k=ed25519; p={}", base64(&key.public_key()));
    let signer = DkimSigner::from_key(key)
        .domain("bank.example")
        .selector("s")
        .headers(["From", "Subject"]);
    let signature = signer.expiration(lifetime).sign(TEXT.as_bytes()).expect("a signature");
    (format!("{}{TEXT}", signature.to_header()), record)
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}

fn snapshot(absent: Absent, lines: &[(&str, RecordType, &str)]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.absent = absent;
    for (name, rtype, data) in lines {
        snapshot.insert(StoredAnswer {
            question: Question::new(name, *rtype),
            rcode: "NOERROR".to_owned(),
            data: [Data::Text((*data).to_owned())].into(),
            ttl: None,
            asked_at: None,
            valid_from: None,
            valid_to: None,
        });
    }
    snapshot
}

fn facts(message: &str) -> Facts<'_> {
    Facts {
        message: message.as_bytes(),
        ip: Some(IpAddr::from([192, 0, 2, 1])),
        helo: Some("mail.bank.example"),
        mail_from: Some("service@bank.example"),
        rcpt_to: vec!["kim@corp.example"],
        receiver: "mx.corp.example",
        clock: Clock {
            delivered_at: Some(NOW),
            as_of: NOW,
        },
    }
}

#[test]
fn agrees_on_a_genuine_message() {
    let (message, record) = signed(0);
    let lines = [
        ("s._domainkey.bank.example", RecordType::Txt, record.as_str()),
        ("bank.example", RecordType::Txt, "v=spf1 mx -all"),
        ("bank.example", RecordType::Mx, "10 mail.bank.example."),
        ("mail.bank.example", RecordType::A, "192.0.2.1"),
        ("_dmarc.bank.example", RecordType::Txt, "v=DMARC1; p=reject"),
    ];
    let snapshot = snapshot(Absent::NxDomain, &lines);
    let as_lf = format!(
        "From MAILER-DAEMON Mon Oct 19 08:00:06 2026\n{}",
        message.replace("\r\n", "\n")
    );
    for message in [message.as_str(), as_lf.as_str()] {
        let opinion = ask(&facts(message), &snapshot);
        assert_eq!(opinion.failure, None);
        assert_eq!(opinion.spf.as_deref(), Some("pass"));
        let signature = SignatureOpinion {
            ordinal: Some(0),
            domain: "bank.example".to_owned(),
            selector: "s".to_owned(),
            result: "pass".to_owned(),
            cause: None,
        };
        assert_eq!(opinion.dkim, [signature]);
        assert_eq!(opinion.dkim2.as_deref(), Some("none"));
        assert_eq!(opinion.dmarc.as_deref(), Some("pass"));
        assert_eq!(opinion.arc.as_deref(), Some("none"));
    }
    let changed = message.replace("Ready.", "Read.");
    let opinion = ask(&facts(&changed), &snapshot);
    assert_eq!(opinion.dkim.first().map(|one| one.result.as_str()), Some("neutral"));
}

#[test]
fn spoof_fails() {
    let lines = [
        ("bank.example", RecordType::Txt, "v=spf1 -all"),
        ("_dmarc.bank.example", RecordType::Txt, "v=DMARC1; p=reject"),
    ];
    let opinion = ask(&facts(TEXT), &snapshot(Absent::NxDomain, &lines));
    assert_eq!(
        (opinion.spf.as_deref(), opinion.dmarc.as_deref()),
        (Some("fail"), Some("fail"))
    );
    assert!(opinion.dkim.is_empty());
}

#[test]
fn what_was_not_asked_gives_no_opinion() {
    let (message, _) = signed(0);
    let opinion = ask(&facts(&message), &Snapshot::new());
    assert_eq!(
        opinion,
        SecondOpinion {
            verifier: VERIFIER,
            arc: Some("none".to_owned()),
            dkim2: Some("none".to_owned()),
            ..SecondOpinion::default()
        }
    );
    let partly = snapshot(
        Absent::NotAsked,
        &[("bank.example", RecordType::Txt, "v=spf1 a:mail.bank.example -all")],
    );
    assert_eq!(ask(&facts(TEXT), &partly).spf, None);
}

#[test]
fn exists_is_not_guessed() {
    let lines = [(
        "bank.example",
        RecordType::Txt,
        "v=spf1 exists:%{i}.ok.bank.example -all",
    )];
    assert_eq!(ask(&facts(TEXT), &snapshot(Absent::NxDomain, &lines)).spf, None);
    let listed = [lines[0], ("192.0.2.1.ok.bank.example", RecordType::A, "127.0.0.2")];
    assert_eq!(
        ask(&facts(TEXT), &snapshot(Absent::NxDomain, &listed)).spf.as_deref(),
        Some("pass")
    );
}

#[test]
fn the_clock_is_the_delivery() {
    let (message, record) = signed(3600);
    let lines = [("s._domainkey.bank.example", RecordType::Txt, record.as_str())];
    let snapshot = snapshot(Absent::NxDomain, &lines);
    let word = |at| {
        let clock = Clock {
            delivered_at: Some(at),
            as_of: NOW,
        };
        let opinion = ask(
            &Facts {
                clock,
                ..facts(&message)
            },
            &snapshot,
        );
        opinion.dkim.into_iter().next().map(|one| one.result)
    };
    assert_eq!(word(Timestamp(1_000_000_000)).as_deref(), Some("pass"));
    assert_eq!(word(NOW).as_deref(), Some("neutral"));
}

#[test]
fn hostile_bytes_are_survived() {
    let flood = format!(
        "{}{TEXT}",
        "DKIM-Signature: v=1; a=rsa-sha256; b=; bh=; d=a; s=b; h=from\r\n".repeat(60)
    );
    assert!(ask(&facts(&flood), &Snapshot::new()).failure.is_some());
    for text in [
        "",
        "\r\n",
        ":",
        "From",
        "\0\0",
        "From: \r\n",
        "DKIM-Signature:\r\n\r\n",
        "ARC-Seal: i=1\r\nFrom: <\r\n\r\n",
    ] {
        let opinion = ask(&facts(text), &Snapshot::new());
        assert_eq!(opinion.verifier, VERIFIER, "{text:?}");
    }
}

#[test]
fn keys_are_read_whole() {
    assert_eq!(KeyReader::read("a.example."), "a.example.");
}
