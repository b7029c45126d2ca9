//! The search over the header: which edits, undone, give the hash that b= signs (RFC 6376 3.7).
//!
//! An RSA signature gives back the hash that was signed, so that a guess costs one SHA-256. Each field named in h= has a
//! list of what it may have been; the search tries one changed field, then two, and so on.

mod content;
mod recipients;
mod subject;
mod who;

use std::collections::HashSet;

use aws_lc_rs::digest;

use super::{Edit, EditKind, Work};
use crate::{
    message::{Field, Message},
    verify::dkim::{
        canonical::{self, Canonicalization},
        crypto::PublicKey,
        header::Header,
        signature::Signature,
    },
};

/// Fields changed together in one attempt.
const MAX_CHANGED: usize = 5;
/// ... where one of the guesses is a rare one, of which there are thousands.
const MAX_CHANGED_WITH_RARE: usize = 4;
/// What verifying one guess costs where the signature does not give back the hash (Ed25519), in bytes hashed.
const VERIFY_COST: usize = 50_000;

/// What a header must hash to.
pub(super) enum Target<'a> {
    /// The hash that an RSA signature holds.
    Digest(Vec<u8>),
    /// A signature that can only be tried.
    Verify { key: &'a PublicKey, signature: &'a [u8] },
}

/// What a field may have been: its value, or nothing where it was not there; and the edit that made it what it is.
struct Guess {
    value: Option<Vec<u8>>,
    edit: Edit,
    /// One of many: only one such guess is made at a time, after all others.
    rare: bool,
}

/// One place of h= and everything that may have stood there, the stored field first.
struct Slot {
    choices: Vec<Choice>,
    /// Addresses to be put into every order: too many orders to be listed.
    orders: Option<Orders>,
}

/// The addresses of a field.
struct Orders {
    /// The name with its colon.
    head: Vec<u8>,
    entries: Vec<Vec<u8>>,
    edit: Edit,
}

struct Choice {
    /// Canonical bytes with the line end; empty where there is no field.
    bytes: Vec<u8>,
    edit: Option<Edit>,
    rare: bool,
}

/// What the guesses are made from.
struct Clues<'a, 'm> {
    message: &'a Message<'m>,
    /// The header of the part that a list wrapped the message into, where it did.
    inner: Option<Message<'a>>,
}

/// The edits that explain the signature; `None` where none were found.
pub(super) fn search(
    header: &Header<'_, '_>,
    message: &Message<'_>,
    field: &Field<'_>,
    signature: &Signature,
    target: &Target<'_>,
    work: &Work,
) -> Option<Vec<Edit>> {
    let (form, hash) = (signature.header_form?, signature.hash?);
    let part_header = first_part_header(message);
    let clues = Clues {
        message,
        inner: part_header.as_deref().map(Message::read),
    };
    let slots = slots(header, &clues, field, signature, form, work);
    let attempt = Attempt {
        slots: &slots,
        own: header.own_bytes(field, signature, form),
        target,
        work,
    };
    let changeable = slots.iter().filter(|slot| slot.choices.len() > 1).count();
    let usual = (1..=changeable.min(MAX_CHANGED)).map(|changed| (changed, false));
    let rare = (1..=changeable.min(MAX_CHANGED_WITH_RARE)).map(|changed| (changed, true));
    usual.chain(rare).find_map(|(changed, rare)| {
        let mut chosen = Vec::new();
        attempt
            .try_from(0, hash.context(), Changes { changed, rare }, &mut chosen)
            .then(|| chosen.into_iter().cloned().collect())
    })
}

/// What is still to be changed.
#[derive(Clone, Copy)]
struct Changes {
    /// So many fields.
    changed: usize,
    /// One of them by a rare guess.
    rare: bool,
}

struct Attempt<'s> {
    slots: &'s [Slot],
    /// The signature's own field, which comes last.
    own: Vec<u8>,
    target: &'s Target<'s>,
    work: &'s Work,
}

impl<'s> Attempt<'s> {
    /// Tries all ways to make exactly these changes to the slots from `at` on. The hash of what stands before is shared.
    fn try_from(&self, at: usize, mut context: digest::Context, open: Changes, chosen: &mut Vec<&'s Edit>) -> bool {
        if self.work.exhausted() {
            return false;
        }
        let rest = self.slots.get(at..).unwrap_or_default();
        if open.changed == 0 {
            for slot in rest {
                self.add(&mut context, slot.choices.first());
            }
            return !open.rare && self.matches(context);
        }
        let changeable = rest.iter().filter(|slot| slot.choices.len() > 1).count();
        let has_rare = |slot: &Slot| slot.orders.is_some() || slot.choices.iter().any(|choice| choice.rare);
        if changeable < open.changed || (open.rare && !rest.iter().any(has_rare)) {
            return false;
        }
        let Some(slot) = rest.first() else { return false };
        let mut unchanged = context.clone();
        self.add(&mut unchanged, slot.choices.first());
        if self.try_from(at + 1, unchanged, open, chosen) {
            return true;
        }
        for choice in slot.choices.iter().skip(1).filter(|choice| !choice.rare || open.rare) {
            let left = Changes {
                changed: open.changed - 1,
                rare: open.rare && !choice.rare,
            };
            let mut other = context.clone();
            self.add(&mut other, Some(choice));
            chosen.extend(&choice.edit);
            if self.try_from(at + 1, other, left, chosen) {
                return true;
            }
            chosen.pop();
        }
        match slot.orders.as_ref().filter(|_| open.rare) {
            Some(orders) => {
                context.update(&orders.head);
                chosen.push(&orders.edit);
                let left = Changes {
                    changed: open.changed - 1,
                    rare: false,
                };
                let found = self.try_orders(at, orders, 0, &context, left, chosen);
                if !found {
                    chosen.pop();
                }
                found
            }
            None => false,
        }
    }

    /// Puts the addresses that are not `used` yet (a bit each) into every order. What stands before them is hashed once.
    fn try_orders(
        &self,
        at: usize,
        orders: &Orders,
        used: u16,
        context: &digest::Context,
        open: Changes,
        chosen: &mut Vec<&'s Edit>,
    ) -> bool {
        if used.count_ones() as usize == orders.entries.len() {
            let mut ended = context.clone();
            ended.update(b"\r\n");
            return self.try_from(at + 1, ended, open, chosen);
        }
        for (place, entry) in orders.entries.iter().enumerate() {
            if used & 1 << place != 0 {
                continue;
            }
            let mut longer = context.clone();
            if used != 0 {
                longer.update(b", ");
            }
            longer.update(entry);
            self.work.spend(entry.len() + 2);
            if self.try_orders(at, orders, used | 1 << place, &longer, open, chosen) {
                return true;
            }
        }
        false
    }

    fn add(&self, context: &mut digest::Context, choice: Option<&Choice>) {
        let bytes = choice.map_or(&[][..], |choice| &choice.bytes);
        self.work.spend(bytes.len());
        context.update(bytes);
    }

    fn matches(&self, mut context: digest::Context) -> bool {
        self.work.spend(self.own.len());
        self.work.spend_hash();
        context.update(&self.own);
        let digest = context.finish();
        match self.target {
            Target::Digest(expected) => digest.as_ref() == expected.as_slice(),
            Target::Verify { key, signature } => {
                self.work.spend(VERIFY_COST);
                key.verifies_digest(digest.as_ref(), signature)
            }
        }
    }
}

/// One slot a name in h=. A field is guessed at where its name first stands; the further places only see what is there.
fn slots(
    header: &Header<'_, '_>,
    clues: &Clues<'_, '_>,
    field: &Field<'_>,
    signature: &Signature,
    form: Canonicalization,
    work: &Work,
) -> Vec<Slot> {
    let selection = header.select(&signature.signed_fields, field);
    let mut seen: Vec<String> = Vec::new();
    let named = signature.signed_fields.iter().zip(&selection.places);
    named
        .map(|(name, place)| {
            let name = name.to_ascii_lowercase();
            let stored = place.and_then(|index| clues.message.fields.get(index));
            let mut slot = Slot::unchanged(stored.map(|field| line(header.canonical(field, form))));
            let mut guesses: Vec<Guess> = stored
                .map(|field| instances(clues, field, &selection.left_over))
                .unwrap_or_default();
            if !seen.contains(&name) {
                guesses.extend(self::guesses(clues, &name, stored, form));
                slot.orders = stored
                    .filter(|_| name == "cc" && form == Canonicalization::Relaxed)
                    .and_then(|field| recipients::orders(clues, field))
                    .map(|(entries, edit)| Orders {
                        head: b"cc:".to_vec(),
                        entries,
                        edit,
                    });
                seen.push(name.clone());
            }
            slot.add(guesses, |value| written(stored, &name, value, form), work);
            slot
        })
        .collect()
}

impl Slot {
    /// The field as it is stored, with its line end; `None` where there is none.
    fn unchanged(bytes: Option<Vec<u8>>) -> Self {
        Self {
            choices: vec![Choice {
                bytes: bytes.unwrap_or_default(),
                edit: None,
                rare: false,
            }],
            orders: None,
        }
    }

    /// Adds guesses, each canonical form once. Making them costs as hashing them does.
    fn add(&mut self, guesses: Vec<Guess>, canonical: impl Fn(&[u8]) -> Vec<u8>, work: &Work) {
        let mut known: HashSet<Vec<u8>> = self.choices.iter().map(|choice| choice.bytes.clone()).collect();
        for guess in guesses {
            let bytes = guess.value.map(|value| canonical(&value)).unwrap_or_default();
            work.spend(bytes.len());
            if work.exhausted() {
                return;
            }
            if known.insert(bytes.clone()) {
                self.choices.push(Choice {
                    bytes,
                    edit: Some(guess.edit),
                    rare: guess.rare,
                });
            }
        }
    }
}

/// What a field may have been.
fn guesses(clues: &Clues<'_, '_>, name: &str, stored: Option<&Field<'_>>, form: Canonicalization) -> Vec<Guess> {
    let mut found = match name {
        "subject" => subject::guesses(stored),
        "from" => who::from_guesses(clues, stored),
        "to" | "cc" => recipients::guesses(clues, name, stored),
        "content-type" => content::type_guesses(clues, stored),
        "content-transfer-encoding" => content::encoding_guesses(clues, stored),
        _ => Vec::new(),
    };
    if let Some(field) = stored {
        if !matches!(name, "from" | "subject" | "date" | "to" | "cc") {
            found.push(absent(clues, field));
        }
        if form == Canonicalization::Simple {
            found.extend(refolded(clues, field));
        }
    }
    found
}

/// Fields of one name that are compared with each other.
const MAX_INSTANCES: usize = 8;

/// The other fields of the name: the one taken was added below the one that was signed, or they changed places.
fn instances(clues: &Clues<'_, '_>, field: &Field<'_>, left_over: &[usize]) -> Vec<Guess> {
    let name = field.name();
    let all: Vec<&Field<'_>> = clues.message.fields_named(&name).take(MAX_INSTANCES).collect();
    let others = all.iter().filter(|other| other.index != field.index);
    others
        .map(|other| {
            let kind = if left_over.contains(&other.index) {
                EditKind::FieldAdded
            } else {
                EditKind::FieldsReordered
            };
            Guess {
                value: Some(other.raw_value().to_vec()),
                edit: Edit::of_field(kind, clues.message, field, field.text()),
                rare: false,
            }
        })
        .collect()
}

/// The field was not there when the signature was made.
fn absent(clues: &Clues<'_, '_>, field: &Field<'_>) -> Guess {
    Guess {
        value: None,
        edit: Edit::of_field(EditKind::FieldAdded, clues.message, field, field.text()),
        rare: false,
    }
}

/// The same words with other white space between them: only "simple" sees a difference.
fn refolded(clues: &Clues<'_, '_>, field: &Field<'_>) -> Vec<Guess> {
    let text = field.text();
    let raw = field.raw_value();
    let with = |fold: &str| {
        let value = String::from_utf8_lossy(raw);
        let lines: Vec<&str> = value
            .split("\r\n")
            .flat_map(|part| part.split('\n'))
            .map(str::trim_start)
            .collect();
        format!(" {}", lines.join(fold)).into_bytes()
    };
    let values = [
        format!(" {text}").into_bytes(),
        text.as_bytes().to_vec(),
        with("\r\n "),
        with("\r\n\t"),
        with("\r\n        "),
        with("\r\n    "),
        raw.trim_ascii_end().to_vec(),
    ];
    let guess = |value| Guess {
        value: Some(value),
        edit: Edit::of_field(EditKind::FieldRefolded, clues.message, field, text),
        rare: false,
    };
    values.into_iter().map(guess).collect()
}

/// A value under its name, in canonical form with its line end.
fn written(stored: Option<&Field<'_>>, name: &str, value: &[u8], form: Canonicalization) -> Vec<u8> {
    let head = match stored {
        Some(field) => format!("{}:", field.name()),
        None => format!("{}:", title_case(name)),
    };
    let value = canonical::with_crlf(value, false);
    line(canonical::header_field(head.as_bytes(), &value, form))
}

fn line(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// `content-type` as it is usually written.
fn title_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}

/// The header of the first part of a multipart: where a list wrapped a message, it holds what the message's own said.
fn first_part_header(message: &Message<'_>) -> Option<Vec<u8>> {
    let text = super::text::Text::of(message)?;
    let boundary = text.media.parameter("boundary")?;
    let delimiter = format!("--{boundary}");
    let start = text
        .lines
        .iter()
        .position(|line| line.text.trim_ascii_end() == delimiter.as_bytes())?
        + 1;
    let inside = text.lines.get(start..)?;
    let blank = inside.iter().position(|line| line.text.is_empty())?;
    Some(super::text::join(inside.get(..=blank)?))
}
