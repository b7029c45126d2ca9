//! The DNS Tree Walk (RFC 9989 4.10): at most eight questions from a name towards the root.

use std::sync::Arc;

use super::{
    TreeStep,
    record::{self, Psd, Reading, Record},
};
use crate::dns::{Answer, Lookups, Question, RecordType};

/// Above this many labels the walk jumps to the last seven (RFC 9989 4.10, step 5), so that long names cannot make
/// a receiver ask hundreds of questions.
const LONGEST: usize = 8;
/// The outcome of a step that found more than one record.
const SEVERAL: &str = "several-records";

/// A walk from one name.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    /// Where it started.
    pub(super) start: String,
    /// Records found, longest name first.
    pub(super) found: Vec<(String, Arc<Record>)>,
    /// Every question in order.
    pub(super) steps: Vec<TreeStep>,
    /// How it ended.
    pub(super) end: End,
    /// What is wrong with what was found, in words.
    pub(super) defects: Vec<String>,
}

/// How a walk ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By its rules.
    Complete,
    /// A lookup failed: the cause.
    Failed(String),
    /// An answer is missing.
    NotAsked,
}

impl Walk {
    /// Walks up from a name in normal form. Stops at psd=y, psd=n, or the top; also where an answer is missing or
    /// failed, because what lies above could only be misread.
    pub(super) fn from(start: &str, lookups: &Lookups<'_>) -> Self {
        let mut walk = Self {
            start: start.to_owned(),
            found: Vec::new(),
            steps: Vec::with_capacity(4),
            end: End::Complete,
            defects: Vec::new(),
        };
        let names = names(start);
        for (at, name) in names.iter().enumerate() {
            let query = ["_dmarc.", name].concat();
            let answer = lookups.ask(&Question::new(&query, RecordType::Txt), super::PURPOSE);
            let psd = walk.take(name, query, answer);
            if walk.end == End::NotAsked {
                // The names above do not depend on this answer: noting them now spares a round of DNS for each.
                for above in names.iter().skip(at + 1) {
                    lookups.ask(
                        &Question::new(&format!("_dmarc.{above}"), RecordType::Txt),
                        super::PURPOSE,
                    );
                }
            }
            if walk.end != End::Complete || psd != Psd::Unknown {
                break;
            }
        }
        walk
    }

    /// Books an answer; returns the psd= of a record that counts.
    fn take(&mut self, name: &str, query: String, answer: Answer) -> Psd {
        let mut step = TreeStep {
            name: query,
            record: None,
            outcome: "no-record",
        };
        let mut psd = Psd::Unknown;
        match answer {
            Answer::Records(data) => {
                let (mut records, mut near_miss) = (Vec::new(), false);
                for data in data.iter() {
                    match record::read(&data.to_text()) {
                        Reading::Record(record) => records.push(record),
                        Reading::NearMiss => near_miss = true,
                        Reading::Other => {}
                    }
                }
                if near_miss {
                    self.defects.push(format!(
                        "a TXT record at {} does not begin with v=DMARC1 exactly and is ignored",
                        step.name
                    ));
                }
                if records.len() > 1 {
                    // RFC 9989 4.10, step 2: several are none.
                    self.defects.push(format!(
                        "{} DMARC records at {}: none of them counts",
                        records.len(),
                        step.name
                    ));
                    step.outcome = SEVERAL;
                } else if let Some(record) = records.pop() {
                    psd = record.psd;
                    step.record = Some(record.text.clone());
                    step.outcome = "record";
                    self.found.push((name.to_owned(), record));
                }
            }
            Answer::NoData | Answer::NxDomain => {}
            Answer::Failed(rcode) => {
                step.outcome = "failed";
                self.end = End::Failed(format!("the lookup of {} failed ({rcode})", step.name));
            }
            Answer::TimedOut => {
                step.outcome = "timed-out";
                self.end = End::Failed(format!("the lookup of {} timed out", step.name));
            }
            Answer::NotAsked => {
                step.outcome = "not-asked";
                self.end = End::NotAsked;
            }
        }
        self.steps.push(step);
        psd
    }

    /// The record at the name where the walk started.
    pub(super) fn own(&self) -> Option<&Record> {
        let (name, record) = self.found.first()?;
        (*name == self.start).then_some(record)
    }

    /// Whether the name where the walk started publishes more than one record. Its owner has spoken, though not clearly:
    /// the policy of a name above would be a third opinion that the owner did not choose. RFC 9989 4.10 discards the
    /// records and is silent on inheriting; RFC 7489 6.6.3 ended here, and receivers still do.
    pub(super) fn publishes_several(&self) -> bool {
        self.steps.first().is_some_and(|step| step.outcome == SEVERAL)
    }

    /// The Organizational Domain (RFC 9989 4.10.2); `None` when the walk found no record or did not end by its rules.
    pub(super) fn organisational(&self) -> Option<&str> {
        if self.end != End::Complete {
            return None;
        }
        for (name, record) in &self.found {
            match record.psd {
                Psd::No => return Some(name),
                // One label below the public suffix; at the start of the walk psd=y says nothing.
                Psd::Yes if *name != self.start => return Some(one_below(&self.start, name)),
                _ => {}
            }
        }
        self.found.last().map(|(name, _)| name.as_str())
    }

    /// The record above the start that applies to it: the Organizational Domain's, else the public suffix's
    /// (RFC 9989 4.10.1).
    pub(super) fn inherited(&self) -> Option<(&str, &Record)> {
        let organisation = self.organisational()?;
        let at = |wanted: &dyn Fn(&str, &Record) -> bool| {
            self.found
                .iter()
                .find(|(name, record)| wanted(name, record))
                .map(|(name, record)| (name.as_str(), &**record))
        };
        at(&|name, _| name == organisation).or_else(|| at(&|_, record| record.psd == Psd::Yes))
    }
}

/// The names of a walk without the `_dmarc` label (RFC 9989 4.10, steps 4 to 9).
pub(super) fn names(start: &str) -> Vec<&str> {
    let mut names = vec![start];
    let labels = start.split('.').count();
    let mut left = if labels >= LONGEST {
        LONGEST - 1
    } else {
        labels.saturating_sub(1)
    };
    while left > 0 {
        names.push(last_labels(start, left));
        left -= 1;
    }
    names
}

/// The last `count` labels of a name.
fn last_labels(name: &str, count: usize) -> &str {
    name.rmatch_indices('.')
        .nth(count.saturating_sub(1))
        .map_or(name, |(dot, _)| name.get(dot + 1..).unwrap_or(name))
}

/// The name one label below `above`, on the way to `name`.
fn one_below<'n>(name: &'n str, above: &str) -> &'n str {
    last_labels(name, above.split('.').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_eight_names() {
        assert_eq!(
            names("a.b.c.d.e.f.g.h.i.j.example.com"),
            [
                "a.b.c.d.e.f.g.h.i.j.example.com",
                "f.g.h.i.j.example.com",
                "g.h.i.j.example.com",
                "h.i.j.example.com",
                "i.j.example.com",
                "j.example.com",
                "example.com",
                "com",
            ]
        );
        assert_eq!(names("a.b.c.d.e.f.g.com").len(), 8);
        assert_eq!(names("a.b.c.d.e.f.com").len(), 7);
        assert_eq!(names("com"), ["com"]);
    }

    #[test]
    fn one_label_below() {
        assert_eq!(one_below("a.b.bank.example", "example"), "bank.example");
        assert_eq!(one_below("bank.example", "example"), "bank.example");
    }
}
