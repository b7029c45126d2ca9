//! ARC (RFC 8617): the sets as found, and whether they can be a chain at all. The seals' cryptography is not verified.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    message::{Field, Message},
    recorded::ArcSet,
};

/// RFC 8617 4.2.1: "a maximum of 50 ARC sets".
const MAX_INSTANCE: u32 = 50;

/// What can be said of the chain's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArcCheck {
    /// The sets, lowest instance first.
    pub sets: Vec<ArcSet>,
    /// Breaks of RFC 8617 4.2.1 and 5.2 that need no cryptography: gaps, duplicates, wrong cv.
    pub defects: Vec<String>,
}

/// Judges the form of a chain by its sets.
pub fn inspect(sets: &[ArcSet]) -> ArcCheck {
    let mut sets = sets.to_vec();
    sets.sort_by_key(|set| set.instance);
    let mut defects = Vec::new();
    let highest = sets.last().map_or(0, |set| set.instance);
    if highest > MAX_INSTANCE || sets.len() > MAX_INSTANCE as usize {
        defects.push(format!(
            "{} sets up to i={highest}, where {MAX_INSTANCE} are allowed",
            sets.len()
        ));
    }
    // RFC 8617 5.2 step 3A: each set is whole; 3B: instances run from 1 without gap and without duplicate.
    let mut expected = 1;
    for set in sets.iter().take(MAX_INSTANCE as usize) {
        let instance = set.instance;
        if instance < expected {
            defects.push(if instance == 0 {
                "i=0 is no instance".to_owned()
            } else {
                format!("i={instance} stands twice")
            });
        } else if instance > expected {
            defects.push(format!("the set i={expected} is missing before i={instance}"));
        }
        expected = instance.saturating_add(1).max(expected);
        for (name, place) in [
            ("ARC-Seal", set.seal_field),
            ("ARC-Message-Signature", set.signature_field),
            ("ARC-Authentication-Results", set.results_field),
        ] {
            if place.is_none() {
                defects.push(format!("i={instance} has no {name}"));
            }
        }
        defects.extend(chain_value_defect(set, instance < highest));
    }
    ArcCheck { sets, defects }
}

/// RFC 8617 5.2 steps 2 and 3C: cv=none for the first set, cv=pass for every other one.
fn chain_value_defect(set: &ArcSet, sealed_again: bool) -> Option<String> {
    set.seal_field?;
    let instance = set.instance;
    match (set.cv.as_deref().map(str::to_ascii_lowercase).as_deref(), instance) {
        (Some("none"), 1) | (Some("pass"), 2..) => None,
        (None, _) => Some(format!("the seal i={instance} has no cv=")),
        // RFC 8617 5.1.2: a sealer declares a broken chain with cv=fail, and nobody seals after that.
        (Some("fail"), _) if sealed_again => Some(format!("i={instance} says cv=fail, yet the chain goes on")),
        (Some("fail"), _) => Some(format!("i={instance} says cv=fail: its sealer found the chain broken")),
        (Some(word), 1) => Some(format!("i=1 says cv={word}, where only none is right")),
        (Some(word), _) => Some(format!("i={instance} says cv={word}, where only pass is right")),
    }
}

/// Judges the form of a chain by its sets and by the message's fields: only these show a field that stands twice, or one
/// that belongs to no set.
pub fn inspect_message(message: &Message<'_>, sets: &[ArcSet]) -> ArcCheck {
    let mut check = inspect(sets);
    let known: BTreeSet<u32> = sets.iter().map(|set| set.instance).collect();
    for name in ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"] {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for field in message.fields_named(name) {
            match instance(field).filter(|instance| known.contains(instance)) {
                Some(instance) => *counts.entry(instance).or_default() += 1,
                None => check.defects.push(format!("an {name} has no instance")),
            }
        }
        for (instance, count) in counts.into_iter().filter(|(_, count)| *count > 1) {
            check.defects.push(format!("i={instance} has {count} fields {name}"));
        }
    }
    for field in message.fields_named("ARC-Seal") {
        // RFC 8617 4.1.3: a seal covers a fixed set of fields; h= makes it invalid.
        if tag(field, "h").is_some() {
            check.defects.push("an ARC-Seal has h=".to_owned());
        }
    }
    for field in message.fields_named("ARC-Message-Signature") {
        // RFC 8617 4.1.2: ARC-Seal fields are never part of it.
        let signed = tag(field, "h").unwrap_or_default();
        if signed
            .split(':')
            .any(|name| name.trim().eq_ignore_ascii_case("arc-seal"))
        {
            check.defects.push("an ARC-Message-Signature signs ARC-Seal".to_owned());
        }
    }
    // One sentence for many fields with the same defect: a hostile header may hold hundreds.
    let mut told = BTreeSet::new();
    check.defects.retain(|defect| told.insert(defect.clone()));
    check
}

/// i= (RFC 8617 4.2.1).
fn instance(field: &Field<'_>) -> Option<u32> {
    tag(field, "i")?.parse().ok()
}

/// The first value of a tag, white space around it removed.
fn tag(field: &Field<'_>, name: &str) -> Option<String> {
    field.text().split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(instance: u32, cv: &str) -> ArcSet {
        ArcSet {
            instance,
            sealer: Some("list.example".to_owned()),
            cv: Some(cv.to_owned()),
            seal_field: Some(0),
            signature_field: Some(1),
            results_field: Some(2),
        }
    }

    #[test]
    fn chains_in_good_form() {
        assert!(inspect(&[]).defects.is_empty());
        assert!(inspect(&[set(1, "none")]).defects.is_empty());
        let check = inspect(&[set(3, "pass"), set(1, "None"), set(2, "pass")]);
        assert!(check.defects.is_empty(), "{:?}", check.defects);
        assert_eq!(check.sets.iter().map(|set| set.instance).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn breaks_of_the_form() {
        for (sets, defect) in [
            (vec![set(2, "pass")], "the set i=1 is missing before i=2"),
            (
                vec![set(1, "none"), set(3, "pass")],
                "the set i=2 is missing before i=3",
            ),
            (vec![set(1, "none"), set(1, "none")], "i=1 stands twice"),
            (vec![set(0, "none")], "i=0 is no instance"),
            (vec![set(1, "pass")], "i=1 says cv=pass, where only none is right"),
            (
                vec![set(1, "none"), set(2, "none")],
                "i=2 says cv=none, where only pass is right",
            ),
            (
                vec![set(1, "none"), set(2, "fail")],
                "i=2 says cv=fail: its sealer found the chain broken",
            ),
        ] {
            let check = inspect(&sets);
            assert!(
                check.defects.iter().any(|found| found == defect),
                "{defect}: {:?}",
                check.defects
            );
        }
        let long: Vec<_> = (1..=51).map(|i| set(i, if i == 1 { "none" } else { "pass" })).collect();
        assert_eq!(inspect(&long).defects, ["51 sets up to i=51, where 50 are allowed"]);
        let lone = ArcSet {
            signature_field: None,
            ..set(1, "none")
        };
        assert_eq!(inspect(&[lone]).defects, ["i=1 has no ARC-Message-Signature"]);
    }

    #[test]
    fn breaks_that_only_the_fields_show() {
        let text = b"ARC-Seal: i=1; cv=none; h=From\r\nARC-Seal: i=1; cv=none\r\nARC-Seal: i=x\r\n\
            ARC-Message-Signature: i=1; h=From : Arc-Seal\r\nARC-Authentication-Results: i=1; mx.example; none\r\n\r\n";
        let message = Message::read(text);
        assert_eq!(
            inspect_message(&message, &[set(1, "none")]).defects,
            [
                "an ARC-Seal has no instance",
                "i=1 has 2 fields ARC-Seal",
                "an ARC-Seal has h=",
                "an ARC-Message-Signature signs ARC-Seal",
            ]
        );
    }
}
