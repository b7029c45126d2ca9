//! Counts what a scan finds in all, in memory that does not grow with the mailbox.

use std::collections::HashMap;

use super::{
    campaigns::Campaigns,
    facts::{Facts, UNCHECKED},
};
use crate::{
    report::{
        SUMMARY_SCHEMA,
        model::{Named, Summary, Unchecked},
    },
    verdict::Label,
};

/// Different values that are counted one by one; what comes after is only counted in all.
const MAX_DIFFERENT: usize = 50_000;
/// Values that a summary names, the most frequent first.
const TOP: usize = 20;

/// The counts of a scan.
#[derive(Debug, Default)]
pub struct Counts {
    analysed: u64,
    errors: u64,
    bytes: u64,
    verdicts: [u64; Label::ALL.len()],
    forged: Tally,
    clients: Tally,
    findings: Tally,
    flows: Tally,
    campaigns: Campaigns,
    unchecked: [u64; UNCHECKED.len()],
    doubtful_lines: u64,
}

/// How often each value came.
#[derive(Debug, Default)]
struct Tally {
    counts: HashMap<String, u64>,
    others: u64,
}

impl Tally {
    fn add(&mut self, value: &str) {
        if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
        } else if self.counts.len() < MAX_DIFFERENT {
            self.counts.insert(value.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    fn top(&self) -> Vec<Named> {
        let counts = self.counts.iter().map(|(value, count)| (value.as_str(), *count));
        most_frequent(counts, TOP)
    }
}

/// The values that came most often, of equal ones the first by name.
pub(super) fn most_frequent<'v>(counts: impl Iterator<Item = (&'v str, u64)>, most: usize) -> Vec<Named> {
    let mut all: Vec<(&str, u64)> = counts.collect();
    all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    all.truncate(most);
    let named = all.into_iter().map(|(value, count)| Named {
        value: value.to_owned(),
        count,
    });
    named.collect()
}

impl Counts {
    /// A message was analysed. Where a mailbox has more than is counted one by one, the order matters: it is that of the input.
    pub fn add(&mut self, facts: Facts) {
        self.analysed += 1;
        self.bytes += facts.bytes;
        self.doubtful_lines += facts.doubtful_lines;
        self.verdicts[facts.verdict as usize] += 1;
        facts.forged.iter().for_each(|domain| self.forged.add(domain));
        facts.client.iter().for_each(|ip| self.clients.add(ip));
        facts.findings.iter().for_each(|id| self.findings.add(id));
        facts.flows.iter().for_each(|id| self.flows.add(id));
        if let Some(member) = facts.member {
            self.campaigns.add(member);
        }
        for (count, open) in self.unchecked.iter_mut().zip(facts.unchecked) {
            *count += u64::from(open);
        }
    }

    /// An input could not be analysed.
    pub fn fail(&mut self) {
        self.errors += 1;
    }

    /// What was found, as it is shown.
    pub fn summary(&self) -> Summary {
        let unchecked = UNCHECKED.iter().zip(self.unchecked).filter(|(_, count)| *count > 0);
        Summary {
            schema: SUMMARY_SCHEMA,
            messages: self.analysed,
            errors: self.errors,
            bytes: self.bytes,
            verdicts: Label::ALL
                .into_iter()
                .zip(self.verdicts)
                .map(|(label, count)| Named {
                    value: label.word().to_owned(),
                    count,
                })
                .collect(),
            forged_domains: self.forged.top(),
            client_ips: self.clients.top(),
            findings: self.findings.top(),
            flows: self.flows.top(),
            campaigns: self.campaigns.top(),
            unchecked: unchecked.map(|((what, _), count)| Unchecked { what, count }).collect(),
            doubtful_lines: self.doubtful_lines,
            uncounted: self.forged.others + self.clients.others + self.campaigns.uncounted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_first_and_never_more_than_the_limit() {
        let mut tally = Tally::default();
        for number in 0..MAX_DIFFERENT + 3 {
            tally.add(&number.to_string());
        }
        tally.add("7");
        let top = tally.top();
        assert_eq!((top.len(), top[0].value.as_str(), top[0].count), (TOP, "7", 2));
        assert_eq!((tally.counts.len(), tally.others), (MAX_DIFFERENT, 3));
    }
}
