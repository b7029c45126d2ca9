//! What is usual in one mailbox: who writes there and how their mail comes, learned from all its messages before the first is judged.
//!
//! Nothing here is verified: whoever writes often enough has habits too. So habits only ever speak against a message that breaks them,
//! and never for one that keeps them.

mod traits;

use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{room::Room, time::Timestamp};

pub use traits::{Trait, Traits, network};

/// Senders, names and organisations that are learned; who comes later is unknown.
const MAX_SENDERS: usize = 100_000;
/// Different values of a trait; who shows more of them has no habit there.
const MAX_VALUES: usize = 16;
/// Message-IDs that are kept, and answers; of a larger mailbox nothing is said about answers.
const MAX_IDS: usize = 4_000_000;
/// Earlier messages that make a sender known ...
const KNOWN_AFTER: usize = 5;
/// ... over so many seconds at least.
const KNOWN_FOR: i64 = 24 * 3600;
/// A new way that lasts so long, and is not left again, is how the sender's mail comes now.
const SETTLED_FOR: i64 = 7 * 24 * 3600;
/// What nearly always holds fails for no more than one message in so many.
const RARELY: u64 = 5;

/// What is usual in one mailbox.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    senders: HashMap<u64, Sender>,
    /// By display name: the organisations that it writes from.
    names: HashMap<u64, Vec<Contact>>,
    /// By organisation of the author.
    orgs: HashMap<u64, Org>,
    /// The Message-IDs; in order once all are read.
    ids: Vec<u64>,
    /// There were more Message-IDs than are kept.
    too_many_ids: bool,
    /// What messages say they answer: the organisation answered, and the message; until all are read.
    answers: Vec<(u64, u64)>,
    /// For values and contacts. When none is left, who shows another has no habit there.
    room: Room,
}

/// When something was seen.
#[derive(Clone, Copy, Debug)]
struct Seen {
    first: Timestamp,
    last: Timestamp,
    messages: u64,
}

#[derive(Clone, Debug, Default)]
struct Sender {
    /// The times of its earliest messages, in order.
    earliest: Vec<Timestamp>,
    values: Vec<Value>,
    /// Traits with more values than are kept.
    wide: [bool; Trait::ALL.len()],
}

/// A value of a trait.
#[derive(Clone, Debug)]
struct Value {
    kind: Trait,
    text: Box<str>,
    seen: Seen,
}

/// Somebody who writes under a name.
#[derive(Clone, Debug)]
struct Contact {
    org: u64,
    address: Box<str>,
    seen: Seen,
}

#[derive(Clone, Debug)]
struct Org {
    seen: Seen,
    signed: u64,
    /// Answers to its messages, and how many of these the mailbox holds.
    answers: u64,
    answered: u64,
}

/// How one message stands to what is usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// A known sender's mail comes in a new way.
    pub broken: Option<Broken>,
    /// A known name writes from an organisation that never wrote before.
    pub first_contact: Option<FirstContact>,
    /// The author's organisation signs nearly always: messages with a signature, and all.
    pub usually_signed: Option<(u64, u64)>,
    /// It answers a message that the mailbox should hold, and does not: the id, and how many answered messages of that organisation it holds.
    pub answers_unknown: Option<(String, u64)>,
}

/// What is new about a message of a known sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The sender.
    pub address: String,
    /// Each trait: what it is, what it is here, and what it was most often before.
    pub changes: Vec<(Trait, String, String)>,
}

/// A name that is known from somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstContact {
    /// The name.
    pub name: String,
    /// An address that it is known with.
    pub known_as: String,
    /// Messages that it wrote from there.
    pub messages: u64,
}

impl Seen {
    /// Not yet, and first at a moment.
    fn before(at: Timestamp) -> Self {
        Self {
            first: at,
            last: at,
            messages: 0,
        }
    }

    fn once(at: Timestamp) -> Self {
        let mut seen = Self::before(at);
        seen.add(at);
        seen
    }

    fn add(&mut self, at: Timestamp) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.messages += 1;
    }
}

/// A text as a number: many are kept.
fn id_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The entry of a map that does not grow beyond its limit.
fn entry<K: Hash + Eq, V>(map: &mut HashMap<K, V>, key: K, limit: usize, new: impl FnOnce() -> V) -> Option<&mut V> {
    if map.len() >= limit && !map.contains_key(&key) {
        return None;
    }
    Some(map.entry(key).or_insert_with(new))
}

impl Habits {
    /// Learns from one message. The order of the messages matters only where there is more than is kept.
    pub fn learn(&mut self, traits: Traits) {
        if let Some(id) = traits.id {
            self.too_many_ids |= self.ids.len() >= MAX_IDS;
            if !self.too_many_ids {
                self.ids.push(id);
            }
        }
        if let Some((id, host)) = traits.references.first().filter(|(_, host)| traits.is_to(host)) {
            self.too_many_ids |= self.answers.len() >= MAX_IDS;
            if !self.too_many_ids {
                self.answers.push((id_of(host), id_of(id)));
            }
        }
        let Some(at) = traits.at else { return };
        let org = id_of(&traits.org);
        let new = || Org {
            seen: Seen::before(at),
            signed: 0,
            answers: 0,
            answered: 0,
        };
        if let Some(known) = entry(&mut self.orgs, org, MAX_SENDERS, new) {
            known.seen.add(at);
            known.signed += u64::from(!traits.values[Trait::Signer as usize].is_empty());
        }
        if let Some(name) = &traits.name
            && let Some(contacts) = entry(&mut self.names, id_of(name), MAX_SENDERS, Vec::new)
        {
            let known = contacts.iter_mut().find(|contact| contact.org == org);
            match known.map(|contact| contact.seen.add(at)) {
                None if contacts.len() < MAX_VALUES && self.room.take::<Contact>(traits.address.len()) => {
                    contacts.push(Contact {
                        org,
                        address: traits.address.as_str().into(),
                        seen: Seen::once(at),
                    });
                }
                _ => {}
            }
        }
        if let Some(sender) = entry(&mut self.senders, id_of(&traits.address), MAX_SENDERS, Sender::default) {
            sender.learn(at, traits.values, &mut self.room);
        }
    }

    /// What all messages together show, once they are learned.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.ids.sort_unstable();
        for (org, id) in std::mem::take(&mut self.answers) {
            if let Some(org) = self.orgs.get_mut(&org) {
                org.answers += 1;
                org.answered += u64::from(self.ids.binary_search(&id).is_ok());
            }
        }
        self
    }

    /// How a message stands to what is usual, itself included in it.
    pub fn standing(&self, traits: &Traits) -> Standing {
        Standing {
            broken: self.broken(traits),
            first_contact: self.first_contact(traits),
            usually_signed: self.usually_signed(traits),
            answers_unknown: self.answers_unknown(traits),
        }
    }

    /// Everything that can be compared is new at once: at least three traits, the network among them.
    fn broken(&self, traits: &Traits) -> Option<Broken> {
        let sender = self.senders.get(&id_of(&traits.address))?;
        let here = traits.values[Trait::Network as usize].first()?;
        let network = sender.of(Trait::Network).find(|value| *value.text == **here)?.seen;
        let began = network.first;
        let mut changes = Vec::new();
        for (kind, here) in Trait::ALL.into_iter().zip(&traits.values) {
            if here.is_empty() && sender.of(kind).next().is_none() {
                continue;
            }
            if sender.wide[kind as usize] {
                return None;
            }
            let before = sender.of(kind).filter(|value| value.seen.first < began);
            if before
                .clone()
                .any(|value| here.iter().any(|here| **here == *value.text))
            {
                return None;
            }
            let shown = if here.is_empty() {
                "none".to_owned()
            } else {
                here.join(", ")
            };
            // The clocks go forward in spring.
            if kind == Trait::Zone && before.clone().any(|value| is_near(&value.text, &shown)) {
                return None;
            }
            let more_often =
                |a: &&Value, b: &&Value| a.seen.messages.cmp(&b.seen.messages).then_with(|| b.text.cmp(&a.text));
            let usual = before.max_by(more_often).map_or("none", |value| &value.text).to_owned();
            changes.push((kind, shown, usual));
        }
        let networks = sender.of(Trait::Network).map(|value| value.seen);
        let left_again = { networks }.any(|other| other.first < began && other.last > began);
        let settled = network.last.since(network.first) >= SETTLED_FOR && !left_again;
        let known = sender.is_known_before(began);
        (changes.len() >= 3 && known && !settled).then(|| Broken {
            address: traits.address.clone(),
            changes,
        })
    }

    fn first_contact(&self, traits: &Traits) -> Option<FirstContact> {
        let name = traits.name.as_deref()?;
        let org = id_of(&traits.org);
        let contacts = self.names.get(&id_of(name))?;
        let here = contacts.iter().find(|contact| contact.org == org)?.seen;
        let new = self.orgs.get(&org)?.seen.first == here.first;
        let before = contacts
            .iter()
            .filter(|contact| contact.org != org && contact.seen.first < here.first);
        let known = before.max_by_key(|contact| (contact.seen.messages, contact.seen.first))?;
        let enough = known.seen.messages > here.messages && known.seen.messages >= 3;
        (new && enough).then(|| FirstContact {
            name: name.to_owned(),
            known_as: known.address.clone().into(),
            messages: known.seen.messages,
        })
    }

    fn usually_signed(&self, traits: &Traits) -> Option<(u64, u64)> {
        let org = self.orgs.get(&id_of(&traits.org))?;
        let (signed, all) = (org.signed, org.seen.messages);
        (signed >= KNOWN_AFTER as u64 && (all - signed) * RARELY <= all).then_some((signed, all))
    }

    /// The mailbox holds what a recipient's organisation writes, and nearly all of it that is answered; but not what is answered here.
    fn answers_unknown(&self, traits: &Traits) -> Option<(String, u64)> {
        let any_known = traits
            .references
            .iter()
            .any(|(id, _)| self.ids.binary_search(&id_of(id)).is_ok());
        if self.too_many_ids || any_known {
            return None;
        }
        traits.references.iter().find_map(|(id, host)| {
            let org = self.orgs.get(&id_of(host)).filter(|_| traits.is_to(host))?;
            let complete = org.answered >= KNOWN_AFTER as u64 && (org.answers - org.answered) * RARELY <= org.answers;
            complete.then(|| (id.clone(), org.answered))
        })
    }
}

impl Sender {
    fn learn(&mut self, at: Timestamp, values: [Vec<String>; Trait::ALL.len()], room: &mut Room) {
        let place = self.earliest.partition_point(|earlier| *earlier <= at);
        self.earliest.insert(place, at);
        self.earliest.truncate(KNOWN_AFTER);
        for (kind, values) in Trait::ALL.into_iter().zip(values) {
            for text in values.into_iter().collect::<BTreeSet<_>>() {
                self.see(kind, &text, at, room);
            }
        }
    }

    fn see(&mut self, kind: Trait, text: &str, at: Timestamp, room: &mut Room) {
        let known = self
            .values
            .iter_mut()
            .find(|value| value.kind == kind && *value.text == *text);
        if let Some(known) = known {
            known.seen.add(at);
            return;
        }
        if self.of(kind).count() >= MAX_VALUES || !room.take::<Value>(text.len()) {
            self.wide[kind as usize] = true;
            return;
        }
        // Most have two or three, and there are many senders.
        self.values.reserve_exact(1);
        self.values.push(Value {
            kind,
            text: text.into(),
            seen: Seen::once(at),
        });
    }

    /// The values of a trait.
    fn of(&self, kind: Trait) -> impl Iterator<Item = &Value> + Clone {
        self.values.iter().filter(move |value| value.kind == kind)
    }

    /// Enough messages, over long enough, before a moment.
    fn is_known_before(&self, at: Timestamp) -> bool {
        let earlier = self.earliest.iter().filter(|earlier| **earlier < at);
        let first = self.earliest.first();
        earlier.count() >= KNOWN_AFTER && first.is_some_and(|first| at.since(*first) >= KNOWN_FOR)
    }
}

/// Whether two zones are no more than an hour apart.
fn is_near(a: &str, b: &str) -> bool {
    let minutes = |zone: &str| {
        let number = zone.parse::<i32>().ok()?;
        Some(number / 100 * 60 + number % 100)
    };
    matches!((minutes(a), minutes(b)), (Some(a), Some(b)) if (a - b).abs() <= 60)
}

#[cfg(test)]
mod tests;
