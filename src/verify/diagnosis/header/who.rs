//! What a From may have been: lists put their own address there for DMARC's sake, and the author's elsewhere.

use super::{Clues, Edit, EditKind, Guess, recipients};
use crate::message::Field;

/// So many guesses are usual ones.
const USUAL: usize = 5;
/// Fields in which software keeps the author that it took out of From.
const KEPT: [&str; 7] = [
    "Reply-To",
    "X-Original-From",
    "X-Google-Original-From",
    "Original-From",
    "X-MailFrom",
    "Cc",
    "X-Sender",
];

pub(super) fn from_guesses(clues: &Clues<'_, '_>, stored: Option<&Field<'_>>) -> Vec<Guess> {
    let Some(field) = stored else { return Vec::new() };
    let text = field.text();
    let mut values = Vec::new();
    let entries = recipients::split(text);
    if let [entry] = entries.as_slice() {
        let (name, address) = recipients::name_and_address(entry);
        let name = name.trim_matches('"');
        let via = name.find(" via ");
        // Google Groups quotes the author's name: 'Eva' via list.
        let author = via.map_or(name, |at| name.get(..at).unwrap_or(name)).trim_matches('\'');
        let mut addresses: Vec<String> = Vec::new();
        addresses.extend(hidden(address));
        for kept in KEPT {
            for field in clues.message.fields_named(kept).take(2) {
                for other in recipients::split(field.text()).into_iter().take(12) {
                    addresses.push(recipients::name_and_address(&other).1.to_owned());
                    values.push(other);
                }
            }
        }
        addresses.dedup();
        // The most likely first: the address that stands first, with the name or without.
        let mut likely = Vec::new();
        if let Some(address) = addresses.first() {
            likely = vec![
                format!("{author} <{address}>"),
                address.clone(),
                format!("\"{author}\" <{address}>"),
            ];
            likely.extend(values.first().map(|entry| recipients::tight(entry)));
        }
        values.splice(0..0, likely);
        for address in &addresses {
            values.extend([
                format!("{author} <{address}>"),
                format!("\"{author}\" <{address}>"),
                address.clone(),
                format!("<{address}>"),
            ]);
        }
        // The same author, written otherwise.
        values.extend(recipients::writings(entry));
    }
    let edit = |value: &str| {
        let same = recipients::name_and_address(value)
            .1
            .eq_ignore_ascii_case(recipients::name_and_address(text).1);
        Edit {
            kind: if same {
                EditKind::AddressRequoted
            } else {
                EditKind::FromRewritten
            },
            place: format!("From, line {}", field.line),
            text: value.to_owned(),
            span: Some(field.value_span),
        }
    };
    values
        .iter()
        .filter(|value| value.contains('@'))
        .enumerate()
        .map(|(rank, value)| Guess {
            rare: rank >= USUAL,
            value: Some(format!(" {value}").into_bytes()),
            edit: edit(value),
        })
        .collect()
}

/// An author's address inside the list's: `eva=dev.example@list.example`, `eva=40dev.example@...`, `eva@dev.example.invalid`.
fn hidden(address: &str) -> Vec<String> {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let Some((user, host)) = local.split_once("=40").or_else(|| local.rsplit_once('=')) {
        found.push(format!("{user}@{host}"));
    }
    if let Some(real) = domain.strip_suffix(".invalid") {
        found.push(format!("{local}@{real}"));
    }
    found
}
