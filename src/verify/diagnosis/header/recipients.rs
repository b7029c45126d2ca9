//! What To and Cc may have been: lists write the addresses anew, in another order, without those of their own members.

use super::{super::recode, Clues, Edit, EditKind, Guess};
use crate::message::Field;

/// So many addresses are put into every order (6! = 720); more of them see [`orders`].
const MAX_PERMUTED: usize = 6;
/// So many addresses are put into every order after all else has failed (9! = 362,880).
const MAX_ORDERED: usize = 9;
/// Addresses that may have been left out.
const MAX_MISSING: usize = 40;
/// A list with more addresses than this is only looked at as a whole.
const MAX_ENTRIES: usize = 80;
/// Guesses at one field.
const MAX_GUESSES: usize = 20_000;
/// Guesses with one address more in every order of the others.
const MAX_ORDERS_WITH_MISSING: usize = 9_000;

pub(super) fn guesses(clues: &Clues<'_, '_>, name: &str, stored: Option<&Field<'_>>) -> Vec<Guess> {
    let text = stored.map(Field::text).unwrap_or_default();
    let entries = split(text);
    let place = match stored {
        Some(field) => format!("{}, line {}", field.name(), field.line),
        None => format!("{}, which is not there", super::title_case(name)),
    };
    let mut out = Guesses {
        place,
        span: stored.map(|field| field.value_span),
        list: Vec::new(),
    };
    if let Some(field) = stored {
        let placeholder = text.contains("recipients:");
        if placeholder || name == "cc" {
            out.list.push(super::absent(clues, field));
        }
        if placeholder {
            // Some clients send a To without addresses, which servers replace.
            out.list.push(Guess {
                value: Some(Vec::new()),
                edit: Edit::of_field(EditKind::FieldAdded, clues.message, field, text),
                rare: false,
            });
            return out.list;
        }
    }
    if entries.len() > MAX_ENTRIES {
        return out.list;
    }
    out.rewritten(&entries);
    let missing: Vec<String> = if name == "cc" {
        missing(clues, &entries)
    } else {
        Vec::new()
    };
    out.with_missing(&entries, &missing);
    out.without_one(&entries);
    if (2..=MAX_PERMUTED).contains(&entries.len()) {
        let orders: usize = (1..=entries.len() + 1).product();
        let few = missing
            .get(..missing.len().min(MAX_ORDERS_WITH_MISSING / orders))
            .unwrap_or_default();
        let comments: Vec<String> = entries.iter().map(|entry| as_comment(entry)).collect();
        const WHAT: &str = "the addresses stood in another order";
        for order in permutations(&entries) {
            out.add(&order, EditKind::RecipientsReordered, WHAT, false);
            out.with_missing(&order, few);
        }
        if comments != entries {
            for order in permutations(&comments) {
                out.add(&order, EditKind::RecipientsReordered, WHAT, true);
            }
        }
    }
    if name == "cc" && entries.len() <= 3 {
        out.two_missing(&entries, &missing);
    }
    out.list
}

struct Guesses {
    place: String,
    span: Option<crate::message::Span>,
    list: Vec<Guess>,
}

impl Guesses {
    fn add(&mut self, entries: &[String], kind: EditKind, what: &str, rare: bool) {
        if self.list.len() >= MAX_GUESSES || entries.is_empty() {
            return;
        }
        self.list.push(Guess {
            value: Some(format!(" {}", entries.join(", ")).into_bytes()),
            edit: Edit {
                kind,
                place: self.place.clone(),
                text: what.to_owned(),
                span: self.span,
            },
            rare,
        });
    }

    /// The same addresses, written otherwise: each alone, and all together.
    fn rewritten(&mut self, entries: &[String]) {
        const WHAT: &str = "the addresses were written anew";
        let ways: [fn(&str) -> String; 5] = [as_comment, unquoted, quoted, bare, tight];
        for way in ways {
            let all: Vec<String> = entries.iter().map(|entry| way(entry)).collect();
            self.add(&all, EditKind::AddressRequoted, WHAT, false);
        }
        for (at, entry) in entries.iter().enumerate() {
            for writing in writings(entry) {
                let mut others = entries.to_vec();
                if let Some(place) = others.get_mut(at) {
                    *place = writing;
                }
                self.add(&others, EditKind::AddressRequoted, WHAT, true);
            }
        }
    }

    /// One address more, in each place.
    fn with_missing(&mut self, entries: &[String], missing: &[String]) {
        for address in missing {
            for at in 0..=entries.len() {
                let mut others = entries.to_vec();
                others.insert(at, address.clone());
                self.add(&others, EditKind::RecipientRemoved, address, true);
            }
        }
    }

    /// One address less: lists that rewrite From put the author into Cc.
    fn without_one(&mut self, entries: &[String]) {
        for (at, entry) in entries.iter().enumerate() {
            let mut others = entries.to_vec();
            others.remove(at);
            self.add(&others, EditKind::RecipientAdded, entry, false);
            let close: Vec<String> = others.iter().map(|entry| tight(entry)).collect();
            self.add(&close, EditKind::RecipientAdded, entry, false);
        }
    }

    /// Two addresses more beside a few, in every order.
    fn two_missing(&mut self, entries: &[String], missing: &[String]) {
        let few = missing.get(..missing.len().min(12)).unwrap_or_default();
        for (at, first) in few.iter().enumerate() {
            for second in few.iter().skip(at + 1) {
                let what = format!("{first}, {second}");
                let all = [entries, &[first.clone(), second.clone()]].concat();
                for order in permutations(&all) {
                    self.add(&order, EditKind::RecipientRemoved, &what, true);
                }
            }
        }
    }
}

/// The addresses of a long list, to be put into every order while hashing.
pub(super) fn orders(clues: &Clues<'_, '_>, stored: &Field<'_>) -> Option<(Vec<Vec<u8>>, Edit)> {
    let entries = split(stored.text());
    if !(MAX_PERMUTED + 1..=MAX_ORDERED).contains(&entries.len()) {
        return None;
    }
    let edit = Edit::of_field(
        EditKind::RecipientsReordered,
        clues.message,
        stored,
        "the addresses stood in another order",
    );
    let words = |entry: &String| entry.split_whitespace().collect::<Vec<_>>().join(" ").into_bytes();
    Some((entries.iter().map(words).collect(), edit))
}

/// Addresses that the message knows and this field does not hold: lists leave out those who get their own copy.
fn missing(clues: &Clues<'_, '_>, entries: &[String]) -> Vec<String> {
    let message = clues.message;
    let mut found: Vec<String> = Vec::new();
    let mut add = |entry: &str| {
        for writing in std::iter::once(entry.trim().to_owned()).chain(writings(entry.trim())) {
            let address = name_and_address(&writing).1.to_ascii_lowercase();
            let known = entries
                .iter()
                .any(|entry| name_and_address(entry).1.eq_ignore_ascii_case(&address));
            if address.contains('@') && writing.len() < 200 && !known && !found.contains(&writing) {
                found.push(writing);
            }
        }
    };
    for name in [
        "From",
        "Reply-To",
        "X-Google-Original-From",
        "To",
        "List-Post",
        "X-MailFrom",
    ] {
        for field in message.fields_named(name).take(2) {
            let text = field.text();
            let text = text
                .strip_prefix("<mailto:")
                .and_then(|rest| rest.split('>').next())
                .unwrap_or(text);
            split(text).iter().take(10).for_each(|entry| add(entry));
        }
    }
    // Patches name their recipients, replies the author whom they quote.
    let body = message.body_bytes().unwrap_or_default();
    let body = body.get(..body.len().min(64 * 1024)).unwrap_or_default();
    let encoding = message
        .field("Content-Transfer-Encoding")
        .map(Field::text)
        .unwrap_or_default();
    let decoded = recode::decode(body.to_vec(), &encoding.trim().to_ascii_lowercase());
    let body = decoded.as_deref().unwrap_or(body);
    let body = String::from_utf8_lossy(body);
    for line in body.lines().take(2_000) {
        let line = line.trim_start_matches(['>', ' ']);
        let Some((key, entry)) = line.split_once(':') else {
            continue;
        };
        let named = key.eq_ignore_ascii_case("cc") || key.eq_ignore_ascii_case("from") || key.ends_with("-by");
        if named && entry.contains('@') && key.len() < 24 {
            split(entry).iter().take(10).for_each(|entry| add(entry));
        }
    }
    found.truncate(MAX_MISSING);
    found
}

/// The entries of an address list, as written. Commas in quotes and comments do not part them.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut quoted, mut escaped, mut depth, mut start) = (false, false, 0u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                found.push(text.get(start..at).unwrap_or_default().trim().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text.get(start..).unwrap_or_default().trim().to_owned());
    found.retain(|entry| !entry.is_empty());
    found
}

/// `Name <a@b>`: the name as written, and the address.
pub(super) fn name_and_address(entry: &str) -> (&str, &str) {
    match (entry.rfind('<'), entry.rfind('>')) {
        (Some(open), Some(close)) if open < close => (
            entry.get(..open).unwrap_or_default().trim(),
            entry.get(open + 1..close).unwrap_or_default().trim(),
        ),
        _ => ("", entry.trim()),
    }
}

/// Other ways to write one entry.
pub(super) fn writings(entry: &str) -> Vec<String> {
    let (name, _) = name_and_address(entry);
    let mut found = vec![
        unquoted(entry),
        quoted(entry),
        bare(entry),
        as_comment(entry),
        tight(entry),
    ];
    found.extend(
        super::subject::writings(name)
            .iter()
            .skip(1)
            .map(|name| format!("{name} {}", angle(entry))),
    );
    found.retain(|writing| writing != entry && !writing.is_empty());
    found
}

fn angle(entry: &str) -> String {
    format!("<{}>", name_and_address(entry).1)
}

fn unquoted(entry: &str) -> String {
    let (name, address) = name_and_address(entry);
    match name.trim_matches('"') {
        "" => address.to_owned(),
        name => format!("{} <{address}>", name.replace("\\\"", "\"")),
    }
}

fn quoted(entry: &str) -> String {
    let (name, address) = name_and_address(entry);
    match name.trim_matches('"') {
        "" => address.to_owned(),
        name => format!("\"{name}\" <{address}>"),
    }
}

/// Without the space before the angle bracket.
pub(super) fn tight(entry: &str) -> String {
    match name_and_address(entry) {
        ("", address) => address.to_owned(),
        (name, address) => format!("{name}<{address}>"),
    }
}

fn bare(entry: &str) -> String {
    name_and_address(entry).1.to_owned()
}

/// `a@b (Name)`, which software that reads and writes addresses turns into `Name <a@b>`: for names that are no words only.
fn as_comment(entry: &str) -> String {
    let (name, address) = name_and_address(entry);
    match name.trim_matches('"') {
        name if name.contains(':') || name.contains('(') || name == "open list" || name == "maintainer" => {
            format!("{address} ({name})")
        }
        _ => entry.to_owned(),
    }
}

/// All orders of some entries (Heap's algorithm); the given one first.
fn permutations(entries: &[String]) -> Vec<Vec<String>> {
    let mut items = entries.to_vec();
    let mut out = vec![items.clone()];
    let mut counters = vec![0; items.len()];
    let mut at = 1;
    while at < items.len() {
        if counters.get(at).is_some_and(|counter| *counter < at) {
            let other = if at % 2 == 0 {
                0
            } else {
                counters.get(at).copied().unwrap_or(0)
            };
            items.swap(at, other);
            out.push(items.clone());
            if let Some(counter) = counters.get_mut(at) {
                *counter += 1;
            }
            at = 1;
        } else {
            if let Some(counter) = counters.get_mut(at) {
                *counter = 0;
            }
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_parted_at_commas_outside_quotes() {
        assert_eq!(
            split("\"Roe, Eva\" <e@a.example>, b@c.example (x, y)"),
            ["\"Roe, Eva\" <e@a.example>", "b@c.example (x, y)"]
        );
        assert_eq!(
            name_and_address("\"Roe, Eva\" <e@a.example>"),
            ("\"Roe, Eva\"", "e@a.example")
        );
    }

    #[test]
    fn every_order_once() {
        let entries: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let mut all = permutations(&entries);
        assert_eq!(all.len(), 24);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 24);
    }
}
