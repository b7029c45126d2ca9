//! Vendors' fields: a message that has each finding of the family, one that has none, and how often they fire on real mail.
//! `cargo test --test vendor -- --nocapture` prints the figures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

mod common;

use std::{collections::BTreeMap, path::Path};

use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    finding::Severity,
    source,
};

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "common/messages.rs"]
mod messages;
use messages::{examined, settings_at};

fn settings() -> Settings {
    Settings {
        second_opinion: false,
        diagnosis_limit: 0,
        inner: false,
        ..settings_at("2026-11-20T00:00:00Z")
    }
}

fn found(header: &str) -> Vec<&'static str> {
    let message = format!("{header}From: a@shop.example\nDate: Mon, 2 Nov 2026 09:15:04 +0000\n\nx\n");
    let report = examined(message, &settings(), &Snapshot::default());
    report
        .findings
        .iter()
        .map(|finding| finding.id)
        .filter(|id| id.starts_with("VN-"))
        .collect()
}

const BORDER: &str = "Received: from a.shop.example (203.0.113.7) by AM3PEPF0000A791.mail.protection.outlook.com (10.167.16.120) with \
    Microsoft SMTP Server id 15.20.9100.10 via Frontend Transport; Mon, 2 Nov 2026 09:15:08 +0000\n";
const PLAIN: &str = "Received: from a.shop.example (a.shop.example [203.0.113.7]) by mx.corp.example (Postfix) with ESMTP id 1; \
    Mon, 2 Nov 2026 09:15:08 +0000\n";

#[test]
fn each_finding_has_a_hit_and_a_miss() {
    let results = |compauth: &str| {
        format!(
            "Authentication-Results: spf=none (sender IP is 203.0.113.7) smtp.mailfrom=shop.example; compauth={compauth}\n{BORDER}"
        )
    };
    let report = |text: &str| format!("{BORDER}X-Forefront-Antispam-Report: {text}\n");
    for (id, hit, miss) in [
        ("VN-801", results("fail reason=000"), results("fail reason=001")),
        ("VN-802", results("fail reason=001"), results("fail reason=000")),
        ("VN-803", results("fail reason=601"), results("pass reason=601")),
        ("VN-804", results("softpass reason=201"), results("pass reason=100")),
        ("VN-805", results("pass reason=130"), results("pass reason=100")),
        ("VN-806", report("SFV:SKN;"), report("SFV:NSPM;")),
        ("VN-807", report("CAT:SPOOF;"), report("CAT:NONE;")),
        ("VN-808", report("SFTY:9.19;"), report("SFTY:;")),
        ("VN-809", report("CIP:203.0.113.8;"), report("CIP:203.0.113.7;")),
        (
            "VN-811",
            format!("{BORDER}X-MS-Exchange-Organization-AuthAs: Internal\n"),
            format!("{PLAIN}X-MS-Exchange-Organization-AuthAs: Internal\n"),
        ),
        (
            "VN-812",
            format!("{PLAIN}X-MS-Exchange-Organization-SCL: -1\n"),
            format!("{BORDER}X-MS-Exchange-Organization-SCL: 1\n"),
        ),
        (
            "VN-813",
            format!("{BORDER}X-Forefront-Antispam-Report-Untrusted: CAT:NONE\n"),
            report("CAT:NONE;"),
        ),
        (
            "VN-814",
            format!("{BORDER}X-OriginatorOrg: shop.example\n"),
            format!("{BORDER}X-OriginatorOrg:\n"),
        ),
        (
            "VN-815",
            format!("{PLAIN}X-Gm-Message-State: abc\n"),
            format!(
                "{}X-Gm-Message-State: abc\n",
                PLAIN.replace("a.shop.example", "mail-ed1-f1.google.com")
            ),
        ),
        ("VN-816", format!("{BORDER}X-Proofpoint-GUID: 1\n"), BORDER.to_owned()),
        (
            "VN-817",
            format!("{BORDER}X-MS-Exchange-SkipListedInternetSender: ip=[192.0.2.1]\n"),
            BORDER.to_owned(),
        ),
        (
            "VN-818",
            format!("{PLAIN}X-Originating-IP: [192.0.2.1]\n"),
            PLAIN.to_owned(),
        ),
        ("VN-819", format!("{PLAIN}X-PHISHTEST: yes\n"), PLAIN.to_owned()),
        (
            "VN-820",
            format!("{PLAIN}X-PHP-Originating-Script: 33:a.php\n"),
            PLAIN.to_owned(),
        ),
    ] {
        assert!(found(&hit).contains(&id), "{id} is found: {:?}", found(&hit));
        assert!(!found(&miss).contains(&id), "{id} is not found: {:?}", found(&miss));
    }
}

/// What the sending side wrote between Outlook.com's marks is its own word.
#[test]
fn planted_fields_are_not_heard() {
    let planted = format!(
        "{BORDER}X-IncomingTopHeaderMarker: a\nX-Forefront-Antispam-Report: SFV:SKN;CAT:NONE\nX-IncomingHeaderCount: 3\n"
    );
    assert!(!found(&planted).contains(&"VN-806"));
    assert!(!found(&format!("{PLAIN}X-Forefront-Antispam-Report: SFV:SKN\n")).contains(&"VN-806"));
}

#[test]
fn on_real_mail() {
    for (name, archive) in [
        ("legit-lists", "legit-lists/mail.tar.gz"),
        ("phishing-pot", "phishing-pot/phish.tar.gz"),
    ] {
        let Some(archive) = common::shared(archive) else { return };
        let folder = common::unpacked(&archive);
        let (fired, total) = base_rates(folder.path());
        println!("{name}, {total} messages: {fired:?}");
        if name == "legit-lists" {
            for ((id, severity), count) in fired {
                assert!(
                    severity < Severity::High || count * 200 <= total,
                    "{id}: {count} of {total}"
                );
            }
        }
    }
}

fn base_rates(folder: &Path) -> (BTreeMap<(&'static str, Severity), usize>, usize) {
    let mut fired = BTreeMap::new();
    let mut total = 0;
    let files = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok);
    for file in files.filter(|entry| entry.file_type().is_file()) {
        total += 1;
        let report = examiner::examine(
            &source::open_eml(file.path()).unwrap(),
            &settings(),
            &Snapshot::default(),
        );
        for finding in report.findings.iter().filter(|finding| finding.id.starts_with("VN-")) {
            *fired.entry((finding.id, finding.severity)).or_default() += 1;
        }
    }
    (fired, total)
}
