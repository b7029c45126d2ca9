//! Whom end-to-end signatures name, and passes through shared platforms: what the verdict makes of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::path::Path;

use common::{closed_world, insert};
use spoofcheck::{
    dns::{Data, RecordType, Snapshot},
    examiner::{self, Settings},
    finding::{Effect, Severity},
    report::{Report, model::Finding},
    source,
    time::Timestamp,
};

/// SPF of both domains by a platform, and DMARC with a policy.
fn zone() -> Snapshot {
    let mut zone = closed_world();
    for (name, record) in [
        ("bank.example", "v=spf1 include:_spf.google.com -all"),
        ("shady.example", "v=spf1 ip4:192.0.2.1 -all"),
        ("_spf.google.com", "v=spf1 ip4:192.0.2.0/24 ~all"),
        ("_dmarc.bank.example", "v=DMARC1; p=reject"),
        ("_dmarc.shady.example", "v=DMARC1; p=reject"),
    ] {
        insert(
            &mut zone,
            name,
            RecordType::Txt,
            "NOERROR",
            vec![Data::Text(record.to_owned())],
        );
    }
    zone
}

/// The report of a message that came from 192.0.2.1 with its author as MAIL FROM.
fn report(file: &str, mail_from: &str) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/end_to_end")
        .join(file);
    let mut settings = Settings::new(Timestamp::parse_rfc3339("2026-12-01T00:00:00Z").expect("a time"));
    settings.known.client_ip = "192.0.2.1".parse().ok();
    settings.known.helo = Some("mail.example".to_owned());
    settings.known.mail_from = Some(mail_from.to_owned());
    examiner::examine(&source::open_eml(&path).expect("the message"), &settings, &zone())
}

fn finding<'r>(report: &'r Report, id: &str) -> &'r Finding {
    report
        .findings
        .iter()
        .find(|finding| finding.id == id)
        .unwrap_or_else(|| panic!("no {id}"))
}

#[test]
fn a_signer_who_is_the_author_accuses_nobody() {
    for file in [
        "smime-detached.eml",
        "smime-opaque.eml",
        "pgp-mime.eml",
        "pgp-inline.eml",
    ] {
        let report = report(file, "anna@bank.example");
        let signer = finding(&report, "AU-434");
        assert_eq!(
            (signer.severity, signer.effect),
            (Severity::Info, Effect::Neutral),
            "{file}"
        );
        assert!(
            signer
                .message
                .contains("the author shown; the signature itself is not verified"),
            "{}",
            signer.message
        );
        assert_eq!(report.verdict.label.word(), "not-spoofed", "{file}");
        assert!(report.authentication.end_to_end.iter().all(|mark| !mark.verified));
    }
}

#[test]
fn a_certificate_of_somebody_else_is_deceptive_on_proven_mail() {
    let report = report("smime-stranger.eml", "eve@shady.example");
    let signer = finding(&report, "AU-434");
    assert_eq!((signer.severity, signer.effect), (Severity::High, Effect::Accuses));
    assert_eq!(report.verdict.label.word(), "deceptive", "{:?}", report.verdict);
    assert!(report.verdict.because.contains(&"AU-434"));
}

#[test]
fn a_pass_through_a_shared_platform_is_remarked_and_clears_all_the_same() {
    let report = report("pgp-inline.eml", "anna@bank.example");
    let shared = finding(&report, "AU-416");
    assert_eq!((shared.severity, shared.effect), (Severity::Low, Effect::Neutral));
    let quoted: Vec<&str> = shared.evidence.iter().map(|piece| piece.text.as_str()).collect();
    assert_eq!(
        quoted,
        ["v=spf1 include:_spf.google.com -all", "v=spf1 ip4:192.0.2.0/24 ~all"]
    );
    assert_eq!(finding(&report, "AU-413").effect, Effect::Clears);
    assert_eq!(report.verdict.label.word(), "not-spoofed");
    let spf = &report.authentication.spf.mail_from;
    assert_eq!(spf.shared_by, Some("Google Workspace and Gmail"));
    assert_eq!(spf.trace.last().map(|step| step.outcome), Some("not-reached"));
}
