//! One message for each known cause of a difference between the verifiers.

use spoofcheck::{
    dns::{Data, RecordType, Snapshot},
    known::Known,
};

use super::{common, signer::Key};

const PLAIN: &str = "From: Bank <service@bank.example>\r\nSubject: Statement\r\n\r\nYour statement is ready.\r\n";
const TAGS: &str = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=bank.example; s=s1; h=from:subject;";
const AMS: &str = "i=1; a=rsa-sha256; c=relaxed/relaxed; d=bank.example; s=s1; h=from:subject;";
const SEAL: &str = "i=1; a=rsa-sha256; d=bank.example; s=s1; cv=none;";

/// A message with the answers and facts under which the verifiers differ.
pub(crate) struct Fixture {
    pub(crate) cause: &'static str,
    pub(crate) message: String,
    pub(crate) known: Known,
    pub(crate) snapshot: Snapshot,
}

fn text(snapshot: &mut Snapshot, name: &str, records: &[&str]) {
    let data = records.iter().map(|record| Data::Text((*record).to_owned())).collect();
    common::insert(snapshot, name, RecordType::Txt, "NOERROR", data);
}

fn dkim(cause: &'static str, message: String, key_record: &str) -> Fixture {
    let mut snapshot = common::closed_world();
    text(&mut snapshot, "s1._domainkey.bank.example", &[key_record]);
    text(&mut snapshot, "_dmarc.bank.example", &["v=DMARC1; p=reject"]);
    Fixture {
        cause,
        message,
        known: Known {
            client_ip: "192.0.2.1".parse().ok(),
            helo: Some("mail.elsewhere.example".to_owned()),
            mail_from: Some("bounce@elsewhere.example".to_owned()),
            ..Known::default()
        },
        snapshot,
    }
}

fn spf(cause: &'static str, records: &[&str]) -> Fixture {
    let mut snapshot = common::closed_world();
    text(&mut snapshot, "bank.example", records);
    let mut answer = |name: &str, rtype, data: &str| {
        common::insert(&mut snapshot, name, rtype, "NOERROR", vec![Data::Text(data.to_owned())]);
    };
    answer("bank.example", RecordType::A, "192.0.2.1");
    answer("1.2.0.192.in-addr.arpa", RecordType::Ptr, "bank.example.");
    Fixture {
        cause,
        message: PLAIN.to_owned(),
        known: Known {
            client_ip: "192.0.2.1".parse().ok(),
            helo: Some("mail.bank.example".to_owned()),
            mail_from: Some("service@bank.example".to_owned()),
            ..Known::default()
        },
        snapshot,
    }
}

/// DKIM, DMARC and ARC, then SPF.
pub(crate) fn all() -> Vec<Fixture> {
    let (key, short) = (Key::read("rsa-author"), Key::read("rsa-short"));
    let record = key.record();
    let signed = key.dkim(TAGS, PLAIN);
    let altered = signed.replace("ready", "late");
    let with = |from: &str, to: &str| key.dkim(&TAGS.replace(from, to), PLAIN);
    let quoted = "From: Bank <service@bank.example>\r\nSubject: Statement\r\n\r\nFrom here on it is yours.\r\n";
    let blank = PLAIN.replace("ready.\r\n", "ready.\r\n \r\n");
    let chain = key.arc(AMS, SEAL, PLAIN);
    let spaced = PLAIN.replace("Subject:", "From\t: Bank <service@bank.example>\r\nSubject:");
    let two = PLAIN.replace("<service@bank.example>", "<service@bank.example> <admin@shop.example>");
    let mut several = dkim("dmarc-several-records", PLAIN.to_owned(), &record);
    let policies = ["v=DMARC1; p=reject", "v=DMARC1; p=none"];
    text(&mut several.snapshot, "_dmarc.shop.example", &policies);
    several.message = PLAIN.replace("bank.example", "shop.example");
    let mut fixtures = vec![
        dkim("body-hash-is-neutral", altered.clone(), &record),
        dkim("body-hash-first", altered, "v=DKIM1; k=rsa; p=AAAA"),
        dkim(
            "mailbox-changes-undone",
            key.dkim(TAGS, quoted).replace("\nFrom here", "\n>From here"),
            &record,
        ),
        dkim("blank-lines-at-the-end", key.dkim(TAGS, &blank), &record),
        dkim(
            "expired-is-not-tried",
            with("s=s1;", "s=s1; t=1600000000; x=1600000600;"),
            &record,
        ),
        dkim("weak-signature-counts", with("rsa-sha256", "rsa-sha1"), &record),
        dkim("short-key-is-not-tried", short.dkim(TAGS, PLAIN), &short.record()),
        dkim("from-is-not-signed", with("h=from:subject", "h=subject"), &record),
        dkim("version-is-missing", with("v=1; ", ""), &record),
        dkim(
            "key-restrictions",
            signed.clone(),
            &record.replace("k=rsa", "k=rsa; s=tlsrpt"),
        ),
        dkim(
            "unusable-key-is-fail",
            with("s=s1;", "s=s1; i=@news.bank.example;"),
            &record.replace("k=rsa", "k=rsa; t=s"),
        ),
        dkim("header-read-otherwise", key.dkim(TAGS, &spaced), &record),
        dkim("author-read-otherwise", key.dkim(TAGS, &two), &record),
        several,
        dkim("signature-grammar", with("s=s1;", "s=s1; q=http;"), &record),
        dkim(
            "arc-grammar",
            key.arc(AMS, &SEAL.replace("cv=none;", "cv=none;;"), PLAIN),
            &record,
        ),
        dkim("arc-words", chain.replace("ready", "late"), &record),
        dkim(
            "arc-signs-no-field",
            key.arc(&AMS.replace("h=from:subject", "h="), SEAL, PLAIN),
            &record,
        ),
        dkim("mechanisms-differ", with("h=from:subject", "h=subject"), &record),
    ];
    fixtures.extend([
        spf("spf-several-records", &["v=spf1 -all", "v=spf1 +all"]),
        spf(
            "spf-void-lookups",
            &["v=spf1 a:x.bank.example a:y.bank.example a:z.bank.example ?all"],
        ),
        spf("spf-syntax-is-none", &["v=spf1 ip4:192.0.2 -all"]),
        spf("spf-grammar", &["v=spf1 a/33 -all"]),
        spf(
            "spf-valid-term-refused",
            &["v=spf1 moo.cow-far_out=man:dog/cat ip4:192.0.2.1 -all"],
        ),
        spf("spf-ipv6-prefix-zero", &["v=spf1 ip6:2001:db8::/0 ?all"]),
        spf("spf-ptr", &["v=spf1 ptr -all"]),
    ]);
    fixtures
}
