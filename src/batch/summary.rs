//! Counts what a scan finds in all, in memory that does not grow with the mailbox.

use super::{
    campaigns::Campaigns,
    facts::{Facts, UNCHECKED},
    tally::Tally,
};
use crate::{
    report::{
        SUMMARY_SCHEMA,
        model::{Different, Named, Summary, Unchecked},
    },
    verdict::Label,
};

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
    behind: u64,
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

    /// So many records stand in front of these, and are not counted.
    pub fn stand_behind(&mut self, records: u64) {
        self.behind = records;
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
            different: Different {
                forged_domains: self.forged.different(),
                client_ips: self.clients.different(),
                findings: self.findings.different(),
                flows: self.flows.different(),
                campaigns: self.campaigns.different(),
            },
            unchecked: unchecked.map(|((what, _), count)| Unchecked { what, count }).collect(),
            doubtful_lines: self.doubtful_lines,
            uncounted: self.forged.uncounted() + self.clients.uncounted() + self.campaigns.uncounted,
            behind: self.behind,
        }
    }
}
