//! Recorded DNS: the one door through which answers enter (report.md, "DNS snapshot").

use super::{Answer, Question, StoredAnswer};
use crate::time::Timestamp;

/// What an unlisted name means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// It does not exist.
    NxDomain,
}

/// A set of recorded answers.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What an unlisted name means.
    pub absent: Absent,
    /// The clock of the run that recorded it.
    pub now: Option<Timestamp>,
}

/// An answer and its age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The answer.
    pub answer: Answer,
    /// First recorded after the time asked for.
    pub later: bool,
    /// ... by more than 180 days.
    pub stale: bool,
}

impl Snapshot {
    /// An empty snapshot in which nothing was asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer. The same question may be answered several times, with other times.
    pub fn insert(&mut self, _answer: StoredAnswer) {}

    /// The answer that was true at `at` (CNAMEs followed), or the latest without a time.
    pub fn find(&self, _question: &Question, _at: Option<Timestamp>) -> Found {
        Found {
            answer: Answer::NotAsked,
            later: false,
            stale: false,
        }
    }
}
