//! Counts what a scan finds in all, in memory that does not grow with the mailbox.

use std::collections::HashMap;

use super::campaigns::Campaigns;
use crate::{
    report::{
        Report, SUMMARY_SCHEMA,
        model::{Named, Summary, Unchecked},
    },
    verdict::Label,
    verify::NotEvaluated,
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
        let mut all: Vec<(&String, &u64)> = self.counts.iter().collect();
        all.sort_unstable_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        all.truncate(TOP);
        let named = all.into_iter().map(|(value, count)| Named {
            value: value.clone(),
            count: *count,
        });
        named.collect()
    }
}

/// Whether a message leaves something open.
type IsOpen = fn(&Report) -> bool;

/// What a message may leave open: the words, and how it is told.
const UNCHECKED: [(&str, IsOpen); 6] = [
    ("DNS questions were not asked", |report| {
        report.dns.questions.iter().any(|question| question.rcode.is_none())
    }),
    ("DNS questions were asked and not answered", |report| {
        let answered = |rcode: &str| matches!(rcode, "NOERROR" | "NXDOMAIN");
        let mut rcodes = report
            .dns
            .questions
            .iter()
            .filter_map(|question| question.rcode.as_deref());
        rcodes.any(|rcode| !answered(rcode))
    }),
    ("a DKIM key is no longer published", |report| {
        let mut reasons = report
            .authentication
            .dkim
            .iter()
            .filter_map(|check| check.reason.as_deref());
        reasons.any(|reason| reason == NotEvaluated::KeyGone.word())
    }),
    ("the border is not known", |report| report.trace.border.is_none()),
    ("the client is not known", |report| {
        report.envelope.client_ip.value.is_none()
    }),
    ("the return path is not known", |report| {
        report.envelope.mail_from.value.is_none()
    }),
];

impl Counts {
    /// A message was analysed.
    pub fn add(&mut self, report: &Report) {
        self.analysed += 1;
        self.bytes += report.source.byte_length;
        self.doubtful_lines += report.source.doubtful_lines;
        if let Some(at) = Label::ALL.iter().position(|label| *label == report.verdict.label) {
            self.verdicts[at] += 1;
        }
        if matches!(report.verdict.label, Label::Spoofed | Label::LikelySpoofed) {
            for address in &report.message.from {
                self.forged.add(&address.domain);
            }
        }
        if let Some(ip) = &report.envelope.client_ip.value {
            self.clients.add(ip);
        }
        for (at, finding) in report.findings.iter().enumerate() {
            // A rule may find several things in one message.
            if !report.findings[..at].iter().any(|other| other.id == finding.id) {
                self.findings.add(finding.id);
            }
        }
        self.campaigns.add(report);
        for flow in &report.flows {
            self.flows.add(flow.id);
        }
        for (count, (_, is_open)) in self.unchecked.iter_mut().zip(UNCHECKED) {
            *count += u64::from(is_open(report));
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
