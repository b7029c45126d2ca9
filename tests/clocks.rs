//! The clocks beside the dates, on real mail: how often each agrees, and how often a rule of the family fires.
//! `cargo test --test clocks -- --nocapture` prints the figures.

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
    clocks::{self, ClockKind},
    dns::Snapshot,
    examiner::{self, Settings},
    finding::Severity,
    message::{Message, Mime, parse_date},
    source,
    time::Timestamp,
};

fn messages(folder: &Path) -> Vec<std::path::PathBuf> {
    let files = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok);
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.into_path())
        .collect()
}

/// A Message-ID's time against Date. Phishing sets Date by hand now and then; honest mail does not.
#[test]
fn message_ids_agree_with_their_dates() {
    let mut counts: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
    for archive in ["legit-lists/mail.tar.gz", "phishing-pot/phish.tar.gz"] {
        let Some(archive) = common::shared(archive) else { return };
        for file in messages(common::unpacked(&archive).path()) {
            let bytes = std::fs::read(&file).unwrap();
            let message = Message::read(&bytes);
            let date = message.field("Date").and_then(|field| parse_date(field.unfolded()));
            let clock = clocks::read(&message, &Mime::default())
                .into_iter()
                .find(|clock| clock.kind == ClockKind::MessageId);
            let (Some(date), Some(clock)) = (date, clock) else {
                continue;
            };
            let count = counts.entry(clock.form).or_default();
            count.0 += 1;
            let near = clock.at.is_some_and(|at| at.since(date.at).abs() <= 86_400);
            count.1 += usize::from(near);
            if !near {
                println!(
                    "{}: {} {:?}",
                    file.display(),
                    clock.form,
                    clock.at.map(|at| at.to_string())
                );
            }
        }
    }
    println!("Message-IDs by form, read and within a day of Date: {counts:?}");
    let (read, near) = counts
        .values()
        .fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    assert!(read > 250 && near * 100 >= read * 99, "{near} of {read}");
    assert_eq!(counts["Amazon SES"].0, counts["Amazon SES"].1);
}

/// How often each rule of the family fires. On honest mail none of medium weight may on more than one in a hundred.
#[test]
fn rules_rarely_fire_on_honest_mail() {
    for (name, archive) in [
        ("legit-lists", "legit-lists/mail.tar.gz"),
        ("phishing-pot", "phishing-pot/phish.tar.gz"),
    ] {
        let Some(archive) = common::shared(archive) else { return };
        let settings = Settings {
            second_opinion: false,
            diagnosis_limit: 0,
            inner: false,
            ..Settings::new(Timestamp::parse_rfc3339("2026-11-20T00:00:00Z").unwrap())
        };
        let mut fired: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
        let mut total = 0;
        for file in messages(common::unpacked(&archive).path()) {
            let stored = source::open_eml(&file).unwrap();
            total += 1;
            let report = examiner::examine(&stored, &settings, &Snapshot::default());
            let mut ids: Vec<_> = report
                .findings
                .iter()
                .filter(|finding| finding.id.starts_with("TM-"))
                .map(|finding| (finding.id, finding.severity))
                .collect();
            ids.sort_unstable_by_key(|(id, severity)| (*id, *severity));
            ids.dedup();
            for id in ids {
                *fired.entry(id).or_default() += 1;
            }
        }
        println!("{name}, {total} messages: {fired:?}");
        if name == "legit-lists" {
            for ((id, severity), count) in fired {
                assert!(
                    severity < Severity::Medium || count * 100 <= total,
                    "{id}: {count} of {total}"
                );
            }
        }
    }
}
