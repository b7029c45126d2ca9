//! SPF (RFC 7208), with a trace of every term tried.
//!
//! [`record`] is the grammar, `macros` its macros, `expansion` what they stand for, `evaluate` check_host(),
//! `mechanism` the single terms, `steps` what is written down of them, `breadth` whether a matching term says anything,
//! [`census`] all that a record lets pass, without a client.

mod breadth;
pub mod census;
mod evaluate;
mod expansion;
mod macros;
mod mechanism;
mod names;
pub mod record;
mod steps;
#[cfg(test)]
mod tests;

pub use evaluate::{MAX_LOOKUPS, MAX_VOIDS};
pub(in crate::verify) use names::reverse_name;

use std::{net::IpAddr, sync::Arc};

use super::NotEvaluated;
use crate::{
    dns::{Lookups, Question},
    identity::Platform,
};

/// The results of RFC 7208 2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the RFC's words")]
pub enum SpfResult {
    None,
    Neutral,
    Pass,
    Fail,
    Softfail,
    Temperror,
    Permerror,
}

impl SpfResult {
    /// The RFC's word, in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Neutral => "neutral",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Softfail => "softfail",
            Self::Temperror => "temperror",
            Self::Permerror => "permerror",
        }
    }
}

/// What is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfRequest {
    /// Address of the SMTP client.
    pub ip: IpAddr,
    /// HELO argument; may be empty.
    pub helo: String,
    /// `local@domain` of the identity: MAIL FROM, or `postmaster@HELO` for the null sender and the HELO check.
    pub sender: String,
    /// The domain to check.
    pub domain: String,
    /// The receiving host, for the `r` macro.
    pub receiver: String,
    /// Seconds since 1970, for the `t` macro.
    pub time: i64,
}

/// One evaluated check_host().
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfCheck {
    /// The result, or why there is none.
    pub result: Result<SpfResult, NotEvaluated>,
    /// The cause in words where the result alone does not say it ("11 lookups", "no SPF record").
    pub cause: Option<String>,
    /// The domain checked.
    pub domain: String,
    /// The address checked.
    pub ip: Option<IpAddr>,
    /// The term that matched, as written in the record.
    pub matched: Option<String>,
    /// Domains from the first record to the one that holds the matching term (or where an error ended the evaluation),
    /// through include and redirect.
    pub path: Vec<Arc<str>>,
    /// Every term tried, in order, an include before the terms of its record; then those that were not reached.
    pub trace: Vec<SpfStep>,
    /// Terms that cost a lookup (RFC 7208 4.6.4: at most 10).
    pub lookups: u32,
    /// Lookups without an answer (at most 2).
    pub voids: u32,
    /// The domain's record as published; several of them (a permerror) stand on a line each.
    pub record: Option<String>,
    /// The explanation (exp=), for a fail that has one.
    pub explanation: Option<String>,
    /// The matching term covers so much that a pass says little: `+all`, `ptr`, a wide range; in words.
    pub overbroad: Option<String>,
    /// A pass came through an include or redirect of this platform, which sends for all of its customers.
    pub shared_by: Option<&'static Platform>,
}

/// One step of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfStep {
    /// 0 for the domain's own record, one more for each include or redirect.
    pub depth: u32,
    /// The domain whose record holds the term.
    pub domain: Arc<str>,
    /// The term as written.
    pub term: Arc<str>,
    /// `match`, `no-match`, `error`, `not-asked`, `not-reached`, or what an include or redirect returned.
    pub outcome: &'static str,
    /// What was compared or looked up, in words.
    pub detail: Option<String>,
    /// The name that the term's macros became; `None` without macros.
    pub expanded: Option<String>,
    /// What the term itself asked for, in order; an include's record is among it, the terms of that record are not.
    pub questions: Vec<Question>,
    /// Terms counted as lookups (RFC 7208 4.6.4): this one, and for an include or redirect all below it.
    pub lookups: u32,
    /// Lookups without an answer, counted the same way.
    pub voids: u32,
    /// The record that an include or redirect led to, as published.
    pub record: Option<String>,
    /// The platform whose records begin there.
    pub shared_by: Option<&'static Platform>,
}

/// A record that was read on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitedRecord<'a> {
    /// The question for it.
    pub question: &'a Question,
    /// The record as published; several of them (a permerror) stand on a line each.
    pub text: &'a str,
}

impl SpfCheck {
    /// A check that could not be made.
    pub fn not_evaluated(domain: &str, why: NotEvaluated) -> Self {
        Self {
            result: Err(why),
            cause: None,
            domain: domain.to_owned(),
            ip: None,
            matched: None,
            path: Vec::new(),
            trace: Vec::new(),
            lookups: 0,
            voids: 0,
            record: None,
            explanation: None,
            overbroad: None,
            shared_by: None,
        }
    }

    /// The records that includes and redirects led to, in the order visited.
    pub fn records_below(&self) -> impl Iterator<Item = VisitedRecord<'_>> {
        self.trace.iter().filter_map(|step| {
            Some(VisitedRecord {
                question: step.questions.last()?,
                text: step.record.as_deref()?,
            })
        })
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, cause: &str) -> Self {
        self.cause = Some(cause.to_owned());
        self
    }
}

/// RFC 7208 4: check_host().
///
/// Where a needed answer is missing from the snapshot the result is [`NotEvaluated::NotAsked`], and the question stands
/// in [`Lookups::missing`]. A missing explanation alone does not take the result away.
pub fn check_host(request: &SpfRequest, lookups: &Lookups<'_>) -> SpfCheck {
    evaluate::check_host(request, lookups)
}
