//! Deceptive and spoofed messages that belong together: the same network hands them over, the same signs them, and the same kit made them.

use std::collections::HashMap;

use super::tally::most_frequent;
use crate::{
    habits::network,
    report::{
        Report,
        model::{Campaign, Moment},
    },
    room::{MAX_TEXT, Room, shortened},
    time::Timestamp,
};

/// Campaigns that are told apart; messages of further ones count as uncounted.
const MAX_CAMPAIGNS: usize = 20_000;
/// Author domains that are counted for each.
const MAX_AUTHORS: usize = 32;
/// Campaigns that a summary names.
const TOP: usize = 20;
/// Authors of a campaign that a summary names.
const TOP_AUTHORS: usize = 5;

/// What a campaign has in common: network, signature, template.
type Key = (Option<String>, Option<String>, String);

/// The campaigns of a scan.
#[derive(Debug, Default)]
pub(super) struct Campaigns {
    all: HashMap<Key, Members>,
    pub(super) uncounted: u64,
    room: Room,
}

#[derive(Debug, Default)]
struct Members {
    messages: u64,
    /// How many messages show each.
    authors: Vec<(String, u64)>,
    /// When they came, and the subject of the first.
    first: Option<(Timestamp, String)>,
    last: Option<Timestamp>,
}

/// A message that may belong to a campaign.
#[derive(Clone, Debug)]
pub(super) struct Member {
    key: Key,
    authors: Vec<String>,
    at: Option<Timestamp>,
    subject: String,
}

impl Member {
    pub(super) fn of(report: &Report) -> Self {
        let at = report.authentication.delivered_at.or(report.message.date);
        Self {
            key: key(report),
            authors: author_domains(report).take(MAX_AUTHORS).collect(),
            at: at.map(|moment| moment.timestamp()),
            subject: shortened(report.message.subject.as_deref().unwrap_or_default()).to_owned(),
        }
    }
}

/// The domains that the authors show.
pub(super) fn author_domains(report: &Report) -> impl Iterator<Item = String> {
    let domains = report.message.from.iter().map(|author| shortened(&author.domain));
    domains.filter(|domain| !domain.is_empty()).map(str::to_owned)
}

impl Campaigns {
    pub(super) fn add(&mut self, member: Member) {
        if let Some(known) = self.all.get_mut(&member.key) {
            known.add(member, &mut self.room);
            return;
        }
        let (network, signature, template) = &member.key;
        let texts = [network.as_deref(), signature.as_deref(), Some(template)];
        let texts: usize = texts.into_iter().flatten().map(str::len).sum();
        // The subject may change.
        if self.all.len() < MAX_CAMPAIGNS && self.room.take::<(Key, Members)>(texts + MAX_TEXT) {
            let members = self.all.entry(member.key.clone()).or_default();
            members.add(member, &mut self.room);
        } else {
            self.uncounted += 1;
        }
    }

    /// Those of at least two messages.
    fn several(&self) -> impl Iterator<Item = (&Key, &Members)> {
        self.all.iter().filter(|(_, members)| members.messages > 1)
    }

    /// How many of them there are.
    pub(super) fn different(&self) -> u64 {
        self.several().count() as u64
    }

    /// The largest of them, in their order.
    pub(super) fn top(&self) -> Vec<Campaign> {
        let mut several: Vec<(&Key, &Members)> = self.several().collect();
        several.sort_unstable_by(|(a, x), (b, y)| y.messages.cmp(&x.messages).then_with(|| a.cmp(b)));
        several.truncate(TOP);
        several.into_iter().map(|(key, members)| members.shown(key)).collect()
    }
}

fn key(report: &Report) -> Key {
    let ip = report
        .envelope
        .client_ip
        .value
        .as_deref()
        .and_then(|ip| ip.parse().ok());
    let signature = report.authentication.dkim.first().and_then(|check| {
        let (domain, selector) = (check.domain.as_ref()?, check.selector.as_ref()?);
        Some(format!("d={} s={}", shortened(domain), shortened(selector)))
    });
    (ip.map(network), signature, report.message.template.clone())
}

impl Members {
    fn add(&mut self, member: Member, room: &mut Room) {
        self.messages += 1;
        for author in member.authors {
            let known = self.authors.iter_mut().find(|(known, _)| *known == author);
            if let Some((_, count)) = known {
                *count += 1;
            } else if self.authors.len() < MAX_AUTHORS && room.take::<(String, u64)>(author.len()) {
                self.authors.push((author, 1));
            }
        }
        let Some(at) = member.at else { return };
        self.last = self.last.max(Some(at));
        let earlier = |first: &(Timestamp, String)| (at, &member.subject) < (first.0, &first.1);
        if self.first.as_ref().is_none_or(earlier) {
            self.first = Some((at, member.subject));
        }
    }

    fn shown(&self, (network, signature, template): &Key) -> Campaign {
        let authors = self.authors.iter().map(|(domain, count)| (domain.as_str(), *count));
        Campaign {
            messages: self.messages,
            network: network.clone(),
            signature: signature.clone(),
            template: template.clone(),
            author_domains: most_frequent(authors, TOP_AUTHORS),
            different_authors: self.authors.len() as u64,
            first_subject: self.first.as_ref().map(|(_, subject)| subject.clone()),
            first: self.first.as_ref().and_then(|(at, _)| Moment::new(*at)),
            last: self.last.and_then(Moment::new),
        }
    }
}
