//! The evaluators' view of a snapshot: answers as of a time, each question noted with its purpose.

use std::cell::RefCell;

use super::{Answer, Question, Snapshot};
use crate::time::Timestamp;

/// A snapshot in use for one message. Notes what is asked and what is missing.
#[derive(Debug)]
pub struct Lookups<'s> {
    snapshot: &'s Snapshot,
    delivered_at: Option<Timestamp>,
    asked: RefCell<Vec<Asked>>,
}

/// A question that an evaluator asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// What for: `spf`, `dkim-key`, `dmarc`, `mx`, `iprev`, ...
    pub purpose: &'static str,
    /// What the snapshot said.
    pub answer: Answer,
    /// The answer was first recorded after delivery (report.md, "Time").
    pub later: bool,
    /// ... and by more than 180 days: it may support a pass, and alone never accuses.
    pub stale: bool,
}

impl<'s> Lookups<'s> {
    /// A view as of the time of delivery; without one the latest answer counts.
    pub fn new(snapshot: &'s Snapshot, delivered_at: Option<Timestamp>) -> Self {
        Self {
            snapshot,
            delivered_at,
            asked: RefCell::default(),
        }
    }

    /// Asks the snapshot. The same question twice is noted once.
    pub fn ask(&self, question: &Question, purpose: &'static str) -> Answer {
        let found = self.snapshot.find(question, self.delivered_at);
        let mut asked = self.asked.borrow_mut();
        if !asked.iter().any(|earlier| earlier.question == *question) {
            asked.push(Asked {
                question: question.clone(),
                purpose,
                answer: found.answer.clone(),
                later: found.later,
                stale: found.stale,
            });
        }
        found.answer
    }

    /// Everything asked so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }

    /// The questions that the snapshot cannot answer, in order.
    pub fn missing(&self) -> Vec<Question> {
        let asked = self.asked.borrow();
        asked
            .iter()
            .filter(|asked| asked.answer == Answer::NotAsked)
            .map(|asked| asked.question.clone())
            .collect()
    }
}
