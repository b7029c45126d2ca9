//! ARC sets as written (RFC 8617 4.2): which fields carry one instance number. Whether they hold is for `verify`.

use std::collections::BTreeMap;

use super::ArcSet;
use crate::message::{Field, Message};

/// The sets by instance, lowest first, and the ARC fields that name no instance.
pub(super) fn read(message: &Message<'_>) -> (Vec<ArcSet>, Vec<usize>) {
    let mut sets: BTreeMap<u32, ArcSet> = BTreeMap::new();
    let mut strays = Vec::new();
    for field in &message.fields {
        let (is_seal, is_signature) = (field.is("ARC-Seal"), field.is("ARC-Message-Signature"));
        let is_results = field.is("ARC-Authentication-Results");
        if !is_seal && !is_signature && !is_results {
            continue;
        }
        let text = field.text();
        let found = if is_results {
            leading_instance(text)
        } else {
            tag(text, "i")
        };
        let digits = found.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(instance) = digits.and_then(|digits| digits.parse().ok()) else {
            strays.push(field.index);
            continue;
        };
        let set = sets.entry(instance).or_insert_with(|| ArcSet {
            instance,
            ..ArcSet::default()
        });
        if is_seal {
            add_seal(set, field, text);
        } else if is_signature {
            set.message_signatures.push(field.index);
        } else {
            set.results.push(field.index);
        }
    }
    (sets.into_values().collect(), strays)
}

/// Of several seals the top one gives the set its names.
fn add_seal(set: &mut ArcSet, field: &Field<'_>, text: &str) {
    if set.seals.is_empty() {
        set.sealer = tag(text, "d").filter(|domain| !domain.is_empty());
        set.cv = tag(text, "cv").map(|word| word.to_ascii_lowercase());
    }
    set.seals.push(field.index);
}

/// The instance of ARC-Authentication-Results, which must come first and end in a semicolon (RFC 8617 4.1.1).
fn leading_instance(text: &str) -> Option<String> {
    let (first, _) = text.split_once(';')?;
    let (name, value) = first.split_once('=')?;
    (without_comments(name) == "i").then(|| without_comments(value))
}

/// CFWS taken away (RFC 5322 3.2.2).
fn without_comments(text: &str) -> String {
    let mut depth = 0usize;
    let mut kept = String::new();
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 && !letter.is_whitespace() => kept.push(letter),
            _ => {}
        }
    }
    kept
}

/// The first value of a tag (RFC 6376 3.2), white space around it left out.
fn tag(text: &str, name: &str) -> Option<String> {
    text.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}
