use super::*;
use crate::dns::{Absent, Data, Snapshot, StoredAnswer};

fn snapshot(absent: Absent, lines: &[(&str, RecordType, &str, &[&str])]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.absent = absent;
    for (name, rtype, rcode, data) in lines {
        snapshot.insert(StoredAnswer {
            question: Question::new(name, *rtype),
            rcode: (*rcode).to_owned(),
            data: data.iter().map(|text| Data::Text((*text).to_owned())).collect(),
            ttl: None,
            asked_at: None,
            valid_from: None,
            valid_to: None,
        });
    }
    snapshot
}

fn passed(domain: &str) -> [PassedDomain; 1] {
    [PassedDomain {
        domain: domain.to_owned(),
        mechanism: "dkim",
    }]
}

const BANK: (&str, RecordType, &str, &[&str]) = (
    "_dmarc.bank.example",
    RecordType::Txt,
    "NOERROR",
    &["v=DMARC1; p=reject; sp=quarantine; np=none"],
);

#[test]
fn three_places_three_policies() {
    let host: (&str, RecordType, &str, &[&str]) = ("mail.bank.example", RecordType::A, "NOERROR", &["192.0.2.1"]);
    let snapshot = snapshot(Absent::NxDomain, &[BANK, host]);
    for (author, tag, policy, exists) in [
        ("Bank.Example.", "p", Policy::Reject, true),
        ("mail.bank.example", "sp", Policy::Quarantine, true),
        ("gone.bank.example", "np", Policy::None, false),
    ] {
        let check = evaluate(author, &[], &Lookups::new(&snapshot, None));
        assert_eq!((check.policy_tag, check.policy), (Some(tag), Some(policy)), "{author}");
        assert_eq!(
            (check.result, check.domain_exists),
            (Ok(DmarcResult::Fail), Some(exists)),
            "{author}"
        );
        assert_eq!(check.org_domain.as_deref(), Some("bank.example"));
    }
}

#[test]
fn not_asked_is_no_failure() {
    let empty = Snapshot::new();
    let lookups = Lookups::new(&empty, None);
    let check = evaluate("mail.bank.example", &[], &lookups);
    assert_eq!(check.result, Err(NotEvaluated::NotAsked));
    assert_eq!(check.org_domain.as_deref(), Some("bank.example"));
    let missing: Vec<_> = lookups.missing().into_iter().map(|question| question.name).collect();
    for name in [
        "_dmarc.mail.bank.example",
        "_dmarc.bank.example",
        "_dmarc.example",
        "mail.bank.example",
    ] {
        assert!(missing.iter().any(|found| **found == *name), "{name} in {missing:?}");
    }
}

#[test]
fn failed_lookups_are_neither_pass_nor_fail() {
    let above: (&str, RecordType, &str, &[&str]) = ("_dmarc.example", RecordType::Txt, "SERVFAIL", &[]);
    let snapshot = snapshot(Absent::NxDomain, &[BANK, above]);
    let lookups = Lookups::new(&snapshot, None);
    // The record itself is known, so are equal names and names of other organisations.
    assert_eq!(
        evaluate("bank.example", &passed("bank.example"), &lookups).result,
        Ok(DmarcResult::Pass)
    );
    assert_eq!(
        evaluate("bank.example", &passed("shady.example"), &lookups).result,
        Ok(DmarcResult::Fail)
    );
    assert_eq!(
        evaluate("bank.example", &passed("mail.bank.example"), &lookups).result,
        Ok(DmarcResult::Temperror)
    );
    assert_eq!(
        evaluate("mail.bank.example", &[], &lookups).result,
        Ok(DmarcResult::Temperror)
    );
}

#[test]
fn a_boundary_divides_organisations() {
    let own: (&str, RecordType, &str, &[&str]) = (
        "_dmarc.branch.bank.example",
        RecordType::Txt,
        "NOERROR",
        &["v=DMARC1; p=none; psd=n"],
    );
    let snapshot = snapshot(Absent::NxDomain, &[BANK, own]);
    let lookups = Lookups::new(&snapshot, None);
    assert_eq!(
        alignment("branch.bank.example", "bank.example", &lookups),
        Alignment::None
    );
    assert_eq!(
        alignment("x.branch.bank.example", "branch.bank.example", &lookups),
        Alignment::Relaxed
    );
    assert_eq!(alignment("Bank.example", "bank.example.", &lookups), Alignment::Strict);
    assert_eq!(alignment("mybank.example", "bank.example", &lookups), Alignment::None);
    // Without any record and without DNS the list decides.
    let nothing = Snapshot::new();
    assert_eq!(
        alignment("a.shop.example", "shop.example", &Lookups::new(&nothing, None)),
        Alignment::Relaxed
    );
}

#[test]
fn hostile_names_are_no_names() {
    let snapshot = snapshot(Absent::NxDomain, &[]);
    let lookups = Lookups::new(&snapshot, None);
    for name in ["", ".", "a..example", "[192.0.2.1]", &"a.".repeat(200), &"x".repeat(64)] {
        assert_eq!(
            evaluate(name, &[], &lookups).result,
            Err(NotEvaluated::NotEvaluable),
            "{name}"
        );
    }
}

#[test]
fn of_several_records_none_counts_and_none_is_inherited() {
    let twice: (&str, RecordType, &str, &[&str]) = (
        "_dmarc.mail.bank.example",
        RecordType::Txt,
        "NOERROR",
        &["v=DMARC1; p=reject", "v=DMARC1; p=none"],
    );
    let snapshot = snapshot(Absent::NxDomain, &[BANK, twice]);
    let lookups = Lookups::new(&snapshot, None);
    let check = evaluate("mail.bank.example", &passed("bank.example"), &lookups);
    assert_eq!((check.result, check.policy), (Ok(DmarcResult::None), None));
    assert_eq!(
        check.org_domain.as_deref(),
        Some("bank.example"),
        "the walk itself goes on"
    );
    assert!(check.defects.iter().any(|defect| defect.contains("2 DMARC records")));
    let published = publication("mail.bank.example", &lookups);
    assert!(
        published
            .subdomains
            .is_some_and(|below| below.record_domain == "bank.example")
    );
    // Below it nobody has spoken twice: the organisation's record applies.
    let below = evaluate("x.mail.bank.example", &[], &lookups);
    assert_eq!(below.policy, Some(Policy::None), "np of bank.example");
}
