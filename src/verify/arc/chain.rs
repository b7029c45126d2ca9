//! The structure of a chain (RFC 8617 4.2.1 and 5.2 steps 1 to 3): what can be said without cryptography.

use super::MAX_INSTANCE;
use crate::{message::Message, recorded::ArcSet};

/// Sets whose defects are told; a hostile header may hold thousands.
const TOLD: usize = MAX_INSTANCE as usize + 1;

/// What is wrong with the form of a chain; `sets` by instance, `strays` the ARC fields of no set.
pub(super) fn defects(message: &Message<'_>, sets: &[ArcSet], strays: &[usize]) -> Vec<String> {
    let mut defects = Vec::new();
    let highest = sets.last().map_or(0, |set| set.instance);
    if highest > MAX_INSTANCE || sets.len() > MAX_INSTANCE as usize {
        defects.push(format!(
            "{} sets up to i={highest}, where {MAX_INSTANCE} are allowed",
            sets.len()
        ));
    }
    let mut expected = 1;
    for set in sets.iter().take(TOLD) {
        let instance = set.instance;
        // 5.2 step 3B: instances run from 1 without gap.
        if instance == 0 {
            defects.push("i=0 is no instance".to_owned());
        } else if instance > expected {
            defects.push(format!("the set i={expected} is missing before i={instance}"));
        }
        expected = instance.saturating_add(1);
        // 5.2 step 3A: exactly one field of each kind.
        for (name, fields) in [
            ("ARC-Seal", &set.seals),
            ("ARC-Message-Signature", &set.message_signatures),
            ("ARC-Authentication-Results", &set.results),
        ] {
            match fields.len() {
                0 => defects.push(format!("i={instance} has no {name}")),
                1 => {}
                count => defects.push(format!("i={instance} has {count} fields {name}")),
            }
        }
        defects.extend(chain_value_defect(set, instance < highest));
    }
    let mut names: Vec<String> = strays
        .iter()
        .filter_map(|index| message.fields.get(*index))
        .map(|field| field.name().into_owned())
        .collect();
    names.sort_unstable();
    names.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    defects.extend(names.iter().map(|name| format!("an {name} names no instance")));
    defects
}

/// RFC 8617 5.2 steps 2 and 3C: cv=none for the first set, cv=pass for every other one.
fn chain_value_defect(set: &ArcSet, sealed_again: bool) -> Option<String> {
    set.seals.first()?;
    let instance = set.instance;
    match (set.cv.as_deref(), instance) {
        (Some("none"), 1) | (Some("pass"), 2..) => None,
        (None, _) => Some(format!("the seal i={instance} has no cv=")),
        // RFC 8617 5.1.2: a sealer declares a broken chain with cv=fail, and nobody seals after that.
        (Some("fail"), _) if sealed_again => Some(format!("i={instance} says cv=fail, yet the chain goes on")),
        (Some("fail"), _) => Some(format!("i={instance} says cv=fail: its sealer found the chain broken")),
        (Some(word), 1) => Some(format!("i=1 says cv={word}, where only none is right")),
        (Some(word), _) => Some(format!("i={instance} says cv={word}, where only pass is right")),
    }
}
