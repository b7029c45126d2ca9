//! Our own evaluators, sync and traced: SPF, DKIM, ARC, DMARC; and mail-auth as second opinion.

pub mod arc;
pub mod comparison;
mod conduct;
pub mod diagnosis;
pub mod dkim;
pub mod dmarc;
pub mod domainkeys;
pub mod end_to_end;
pub mod iprev;
pub mod second_opinion;
pub mod spf;

use crate::time::Timestamp;

pub use conduct::{Subject, verify, verify_each};

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

/// Everything that was verified.
#[derive(Clone, Debug)]
pub struct Verification {
    /// SPF of MAIL FROM; for the null sender, of postmaster@HELO (RFC 7208 2.4).
    pub spf_mail_from: spf::SpfCheck,
    /// SPF of other return paths that trusted writers name for the same transfer; mostly empty.
    pub spf_alternatives: Vec<spf::SpfCheck>,
    /// SPF of the leg that ended at a forwarder, for the return path that he rewrote; `None` where nothing tells of it.
    pub spf_before_forward: Option<spf::SpfCheck>,
    /// How the domain of [`Self::spf_mail_from`] stands to the Author Domain; `None` without either.
    pub spf_alignment: Option<dmarc::Alignment>,
    /// SPF of HELO.
    pub spf_helo: spf::SpfCheck,
    /// Every signature, top first.
    pub dkim: Vec<dkim::DkimCheck>,
    /// How each signature's d= stands to the Author Domain, in the order of [`Self::dkim`].
    pub dkim_alignment: Vec<Option<dmarc::Alignment>>,
    /// Every DomainKeys signature, top first; for information alone.
    pub domainkeys: Vec<domainkeys::DomainKeysCheck>,
    /// DMARC of the one author; not evaluable where there is none, or several.
    pub dmarc: dmarc::DmarcCheck,
    /// DMARC of each author domain that some reader sees, where that is more than the one.
    pub per_author: Vec<dmarc::DmarcCheck>,
    /// The ARC chain.
    pub arc: arc::ArcCheck,
    /// SPF of what the oldest ARC set says it saw pass for the author; `None` where it says no such thing.
    pub arc_first_leg: Option<spf::SpfCheck>,
    /// Whether the client's name leads back to its address; for information alone.
    pub iprev: iprev::IprevCheck,
    /// mail-auth's view.
    pub second_opinion: Option<second_opinion::SecondOpinion>,
    /// Where the second opinion differs.
    pub disagreements: Vec<second_opinion::Difference>,
    /// Recorded beside recomputed.
    pub comparison: Vec<comparison::Comparison>,
    /// Every question that the evaluators asked.
    pub asked: Vec<crate::dns::Asked>,
}
