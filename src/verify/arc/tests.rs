use super::*;
use crate::{dns::Snapshot, message::Message, recorded};

const CLOCK: Clock = Clock {
    delivered_at: None,
    as_of: Timestamp(1_800_000_000),
};

fn check(text: &str) -> ArcCheck {
    let message = Message::read(text.as_bytes());
    let snapshot = Snapshot::new();
    verify(
        &message,
        &recorded::read(&message),
        CLOCK,
        &Lookups::new(&snapshot, None),
        None,
    )
}

/// A set of fields that are whole in form and hold no real signature.
fn set(instance: &str, cv: &str) -> String {
    format!(
        "ARC-Seal: i={instance}; a=rsa-sha256; cv={cv}; d=list.example; s=s; b=AAAA\r\n\
         ARC-Message-Signature: i={instance}; a=rsa-sha256; d=list.example; s=s; h=From; bh=AAAA; b=AAAA\r\n\
         ARC-Authentication-Results: i={instance}; mx.list.example; none\r\n"
    )
}

fn defects(sets: &[(&str, &str)]) -> Vec<String> {
    let header: String = sets.iter().map(|(instance, cv)| set(instance, cv)).collect();
    check(&format!("{header}From: a@b.example\r\n\r\n")).defects
}

#[test]
fn chains_in_good_form() {
    assert_eq!(check("From: a@b.example\r\n\r\n").result, Ok(ArcResult::None));
    assert!(defects(&[("1", "none")]).is_empty());
    assert!(defects(&[("3", "pass"), ("1", "None"), ("2", "pass")]).is_empty());
}

#[test]
fn breaks_of_the_form() {
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&[("2", "pass")], "the set i=1 is missing before i=2"),
        (&[("1", "none"), ("3", "pass")], "the set i=2 is missing before i=3"),
        (&[("1", "none"), ("1", "none")], "i=1 has 2 fields ARC-Seal"),
        (&[("0", "none")], "i=0 is no instance"),
        (&[("+1", "none")], "an ARC-Seal names no instance"),
        (&[("1", "pass")], "i=1 says cv=pass, where only none is right"),
        (
            &[("1", "none"), ("2", "none")],
            "i=2 says cv=none, where only pass is right",
        ),
        (
            &[("1", "none"), ("2", "fail")],
            "i=2 says cv=fail: its sealer found the chain broken",
        ),
    ];
    for (sets, defect) in cases {
        let found = defects(sets);
        assert!(found.iter().any(|found| found == defect), "{defect}: {found:?}");
    }
    let numbers: Vec<String> = (1..=51).map(|number| number.to_string()).collect();
    let long: Vec<(&str, &str)> = numbers
        .iter()
        .map(|number| (number.as_str(), if number == "1" { "none" } else { "pass" }))
        .collect();
    assert_eq!(defects(&long), ["51 sets up to i=51, where 50 are allowed"]);
}

#[test]
fn results_name_their_instance_first() {
    for (value, defect) in [
        ("mx.example; i=1; none", true),
        ("i=1 mx.example none", true),
        ("(first) i = 1 (set); mx.example; none", false),
    ] {
        let text = set("1", "none").replace("i=1; mx.list.example; none", value);
        let found = check(&format!("{text}\r\n"));
        assert_eq!(!found.defects.is_empty(), defect, "{value}: {:?}", found.defects);
    }
}

#[test]
fn what_was_not_asked_is_not_a_failure() {
    // The hash of an empty body, so that only the key is missing.
    let text = set("1", "none").replace("bh=AAAA", "bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
    let found = check(&format!("{text}From: a@b.example\r\n\r\n"));
    assert_eq!(found.result, Err(NotEvaluated::NotAsked), "{found:?}");
    // A body that does not fit is a failure whatever the key.
    let found = check(&format!("{text}From: a@b.example\r\n\r\nhello\r\n"));
    assert_eq!(found.result, Ok(ArcResult::Fail));
    assert_eq!(found.cause.as_deref(), Some("the message signature i=1: body hash"));
}

#[test]
fn tags_that_a_seal_must_not_have() {
    let text = set("1", "none").replace("cv=none", "cv=none; h=From");
    let found = check(&format!("{text}From: a@b.example\r\n\r\n"));
    let seal = found.sets.first().and_then(|set| set.seal.as_ref()).expect("a seal");
    assert_eq!(seal.cause.as_deref(), Some("an ARC-Seal has h="));
}
