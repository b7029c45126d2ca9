//! DKIM (RFC 6376, 8301, 8463): every signature, body hash and signature judged each on its own, at delivery and now.

pub(in crate::verify) mod body;
pub(in crate::verify) mod canonical;
pub(in crate::verify) mod crypto;
pub(in crate::verify) mod evaluate;
pub(in crate::verify) mod header;
pub(in crate::verify) mod key;
mod key_facts;
mod published;
mod published_keys;
pub(in crate::verify) mod signature;
pub(in crate::verify) mod tags;
#[cfg(test)]
mod tests;

pub use key_facts::{KeyFacts, KeyWeakness};
pub use published::{PublishedKey, read_key};

use super::{
    Clock, NotEvaluated,
    diagnosis::{Diagnosis, Work},
};
use crate::{
    dns::Lookups,
    domain,
    message::{Message, Span},
    time::Timestamp,
};
use tags::TagList;

/// The domains that sign a message (d=), in normal form and whether they verify or not, each once.
pub fn signing_domains(message: &Message<'_>) -> Vec<String> {
    let fields = message.fields_named("DKIM-Signature");
    let mut domains: Vec<String> = fields
        .filter_map(|field| Some(TagList::parse(field.raw_value()).get("d")?.text()))
        .map(|name| domain::normalise(&name))
        .collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// The name under which a key is published (RFC 6376 3.6.2.1).
pub fn key_name(selector: &str, domain: &str) -> String {
    [selector, "._domainkey.", domain].concat()
}

/// The results of RFC 8601 2.7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the RFC's words")]
pub enum DkimResult {
    None,
    Pass,
    Fail,
    Policy,
    Neutral,
    Temperror,
    Permerror,
}

impl DkimResult {
    /// The RFC's word, in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Policy => "policy",
            Self::Neutral => "neutral",
            Self::Temperror => "temperror",
            Self::Permerror => "permerror",
        }
    }
}

/// Whether the body still hashes to bh=.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of report.md")]
pub enum BodyHash {
    Match,
    Mismatch,
    NotEvaluable,
}

/// Whether b= verifies over the signed header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of report.md")]
pub enum SignatureState {
    Valid,
    Invalid,
    NotEvaluable,
}

impl SignatureState {
    /// The same of a message whose header was perhaps rebuilt: that it does not verify then says nothing.
    pub(in crate::verify) fn of(self, message: &Message<'_>) -> Self {
        match self {
            Self::Invalid if message.rebuilt => Self::NotEvaluable,
            state => state,
        }
    }
}

/// One DKIM-Signature, evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimCheck {
    /// The field in [`Message::fields`].
    pub field_index: usize,
    /// d=, in normal form.
    pub domain: Option<String>,
    /// s=.
    pub selector: Option<String>,
    /// i=, as written.
    pub identity: Option<String>,
    /// a=, as written.
    pub algorithm: Option<String>,
    /// c=, completed: `relaxed/simple`.
    pub canonicalization: String,
    /// The result, or why there is none.
    pub result: Result<DkimResult, NotEvaluated>,
    /// The cause in words.
    pub cause: Option<String>,
    /// The body hash, judged on its own.
    pub body_hash: BodyHash,
    /// The signature, judged on its own.
    pub signature: SignatureState,
    /// The key record.
    pub key: Option<KeyFacts>,
    /// t=.
    pub signed_at: Option<Timestamp>,
    /// x=.
    pub expires_at: Option<Timestamp>,
    /// x= had passed at delivery; `None` without x= or without a time of delivery.
    pub expired_at_delivery: Option<bool>,
    /// x= has passed at the time of judgement.
    pub expired_now: bool,
    /// l=: body bytes (canonical) that it does not cover.
    pub unsigned_bytes: usize,
    /// l= is present.
    pub has_length_limit: bool,
    /// Names in h= as written, in order.
    pub signed_fields: Vec<String>,
    /// Fields present more often than h= names them, though it names them (RFC 6376 8.15): name and field index.
    pub extra_fields: Vec<(String, usize)>,
    /// Where d= stands, for quoting.
    pub domain_span: Option<Span>,
    /// Where bh= stands.
    pub body_hash_span: Option<Span>,
    /// What was normalised before hashing ("bare LF read as CR LF", ">From unquoted").
    pub normalised: Vec<String>,
    /// Why it fails, where that was looked for.
    pub diagnosis: Option<Diagnosis>,
    /// What else is wrong with the signature or its key record, in words; the first reason for a permerror is the cause.
    pub defects: Vec<String>,
}

impl DkimCheck {
    /// Whether the signature counts for DMARC.
    pub fn passes(&self) -> bool {
        self.result == Ok(DkimResult::Pass)
    }
}

/// A message whose signatures are to be evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The message.
    pub message: &'a Message<'a>,
    /// When.
    pub clock: Clock,
    /// The answers.
    pub lookups: &'a Lookups<'a>,
    /// What may be spent on finding out why signatures fail; `None` where nobody wants to know.
    pub work: Option<&'a Work>,
}

/// As [`verify_each`], of one message.
pub fn verify_all(message: &Message<'_>, clock: Clock, lookups: &Lookups<'_>, work: Option<&Work>) -> Vec<DkimCheck> {
    let signed = Signed {
        message,
        clock,
        lookups,
        work,
    };
    verify_each([signed]).pop().unwrap_or_default()
}

/// Evaluates every DKIM-Signature of each message, top first. Of very many in one only the first are evaluated; the others say so.
/// With a budget those that fail are searched for what was changed.
pub fn verify_each<'a>(all: impl IntoIterator<Item = Signed<'a>>) -> Vec<Vec<DkimCheck>> {
    evaluate::verify_each(all)
}
