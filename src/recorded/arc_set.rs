//! ARC sets as written (RFC 8617 4.2): which fields carry one instance number. Whether they hold is for `verify`.

use std::collections::BTreeMap;

use super::ArcSet;
use crate::message::{Field, Message};

/// The sets by instance, lowest first. Of several fields of one kind and instance the top one is named.
pub(super) fn read(message: &Message<'_>) -> Vec<ArcSet> {
    let mut sets: BTreeMap<u32, ArcSet> = BTreeMap::new();
    for field in &message.fields {
        let slot = if field.is("ARC-Seal") {
            |set: &mut ArcSet, tags: &str, index| {
                if set.seal_field.is_none() {
                    set.sealer = tag(tags, "d").filter(|domain| !domain.is_empty());
                    set.cv = tag(tags, "cv").map(|word| word.to_ascii_lowercase());
                    set.seal_field = Some(index);
                }
            }
        } else if field.is("ARC-Message-Signature") {
            |set: &mut ArcSet, _: &str, index| {
                set.signature_field.get_or_insert(index);
            }
        } else if field.is("ARC-Authentication-Results") {
            |set: &mut ArcSet, _: &str, index| {
                set.results_field.get_or_insert(index);
            }
        } else {
            continue;
        };
        let Some((instance, text)) = instance_of(field) else {
            continue;
        };
        let set = sets.entry(instance).or_insert_with(|| ArcSet {
            instance,
            ..ArcSet::default()
        });
        slot(set, &text, field.index);
    }
    sets.into_values().collect()
}

/// The field's `i=` and its text.
fn instance_of(field: &Field<'_>) -> Option<(u32, String)> {
    let text = field.text();
    let instance = tag(&text, "i")?.parse().ok()?;
    Some((instance, text))
}

/// The first value of a tag (RFC 6376 3.2), white space inside left out: it may be folded anywhere.
fn tag(text: &str, name: &str) -> Option<String> {
    text.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        (key.trim() == name).then(|| value.chars().filter(|c| !c.is_whitespace()).collect())
    })
}
