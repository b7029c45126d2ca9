//! Deceptive and spoofed messages that belong together: the same network hands them over, the same signs them, and the same kit made them.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use crate::{
    habits::network,
    report::{
        Report,
        model::{Campaign, Moment, Named},
    },
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
}

#[derive(Debug, Default)]
struct Members {
    messages: u64,
    authors: BTreeMap<String, u64>,
    /// When they came, and the subject of the first.
    first: Option<(Timestamp, String)>,
    last: Option<Timestamp>,
}

impl Campaigns {
    /// Counts a message, unless nothing is wrong with it.
    pub(super) fn add(&mut self, report: &Report) {
        if !report.verdict.label.warns() {
            return;
        }
        let room = self.all.len() < MAX_CAMPAIGNS;
        match self.all.entry(key(report)) {
            Entry::Occupied(known) => known.into_mut().add(report),
            Entry::Vacant(new) if room => new.insert(Members::default()).add(report),
            Entry::Vacant(_) => self.uncounted += 1,
        }
    }

    /// Those of at least two messages, the largest first.
    pub(super) fn top(&self) -> Vec<Campaign> {
        let mut several: Vec<(&Key, &Members)> = self.all.iter().filter(|(_, members)| members.messages > 1).collect();
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
        Some(format!("d={domain} s={selector}"))
    });
    (ip.map(network), signature, report.message.template.clone())
}

impl Members {
    fn add(&mut self, report: &Report) {
        self.messages += 1;
        for author in report.message.from.iter().filter(|author| !author.domain.is_empty()) {
            if let Some(count) = self.authors.get_mut(&author.domain) {
                *count += 1;
            } else if self.authors.len() < MAX_AUTHORS {
                self.authors.insert(author.domain.clone(), 1);
            }
        }
        let at = report.authentication.delivered_at.or(report.message.date);
        let Some(at) = at.map(|moment| moment.timestamp()) else {
            return;
        };
        self.last = self.last.max(Some(at));
        let subject = report.message.subject.clone().unwrap_or_default();
        // The order in which messages are counted is not that of the input: it must not matter.
        if self
            .first
            .as_ref()
            .is_none_or(|first| (at, &subject) < (first.0, &first.1))
        {
            self.first = Some((at, subject));
        }
    }

    fn shown(&self, (network, signature, template): &Key) -> Campaign {
        let mut authors: Vec<Named> = self
            .authors
            .iter()
            .map(|(value, count)| Named {
                value: value.clone(),
                count: *count,
            })
            .collect();
        authors.sort_by_key(|named| std::cmp::Reverse(named.count));
        authors.truncate(TOP_AUTHORS);
        Campaign {
            messages: self.messages,
            network: network.clone(),
            signature: signature.clone(),
            template: template.clone(),
            author_domains: authors,
            first_subject: self.first.as_ref().map(|(_, subject)| subject.clone()),
            first: self.first.as_ref().and_then(|(at, _)| Moment::new(*at)),
            last: self.last.and_then(Moment::new),
        }
    }
}
