//! Our own evaluators, sync and traced: SPF, DKIM, ARC, DMARC; and mail-auth as second opinion.

pub mod arc;
pub mod dkim;
pub mod dmarc;
pub mod second_opinion;
pub mod spf;

use crate::time::Timestamp;

/// When things are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The border hop's date; `None` without a border of at least medium confidence.
    pub delivered_at: Option<Timestamp>,
    /// The time of judgement.
    pub as_of: Timestamp,
}

impl Clock {
    /// Delivery where it is known, else the time of judgement.
    pub fn delivery_or_now(&self) -> Timestamp {
        self.delivered_at.unwrap_or(self.as_of)
    }
}

/// Why there is no result (report.md). Five different sentences in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotEvaluated {
    /// A DNS answer is missing and nobody asked.
    NotAsked,
    /// No trustworthy client address is known.
    NoClientIp,
    /// The message does not hold what the check needs.
    NotEvaluable,
    /// The key is no longer published.
    KeyGone,
}

impl NotEvaluated {
    /// The word of report.md.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::NoClientIp => "no-client-ip",
            Self::NotEvaluable => "not-evaluable",
            Self::KeyGone => "key-gone",
        }
    }
}
