//! ARC (RFC 8617): every seal and message signature judged on its own, then the chain.

mod chain;
mod evaluate;
#[cfg(test)]
#[allow(clippy::expect_used, reason = "tests")]
mod tests;

use super::{
    Clock, NotEvaluated,
    diagnosis::{Diagnosis, Work},
    dkim::{BodyHash, KeyFacts, SignatureState},
};
use crate::{
    dns::Lookups,
    message::Message,
    recorded::{ArcSet, Recorded},
    time::Timestamp,
};

/// RFC 8617 4.2.1: "a maximum of 50 ARC sets".
pub const MAX_INSTANCE: u32 = 50;

/// The results of RFC 8617 4.4. Of a single signature only `pass` and `fail` are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the RFC's words")]
pub enum ArcResult {
    None,
    Pass,
    Fail,
}

impl ArcResult {
    /// The RFC's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}

/// The chain of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArcCheck {
    /// The Chain Validation Status (RFC 8617 5.2), or why there is none.
    pub result: Result<ArcResult, NotEvaluated>,
    /// The cause in words.
    pub cause: Option<String>,
    /// RFC 8617 5.2 step 5: 0 where every message signature passes, so that nobody changed the message since the first
    /// set; else the lowest instance from which on they all do. `None` where the chain did not come so far, or an older
    /// message signature could not be evaluated.
    pub oldest_pass: Option<u32>,
    /// The sets, lowest instance first.
    pub sets: Vec<ArcSetCheck>,
    /// Breaks of RFC 8617 4.2.1 and 5.2 that need no cryptography: gaps, duplicates, wrong cv.
    pub defects: Vec<String>,
}

/// One set, evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArcSetCheck {
    /// The set as written.
    pub set: ArcSet,
    /// Its seal; `None` where the set has not exactly one.
    pub seal: Option<ArcSignature>,
    /// Its message signature; `None` where the set has not exactly one.
    pub message_signature: Option<ArcSignature>,
}

/// An ARC-Seal or ARC-Message-Signature, evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArcSignature {
    /// The field in [`Message::fields`].
    pub field_index: usize,
    /// d=, in normal form.
    pub domain: Option<String>,
    /// s=.
    pub selector: Option<String>,
    /// a=, as written.
    pub algorithm: Option<String>,
    /// Pass or fail, or why neither is known.
    pub result: Result<ArcResult, NotEvaluated>,
    /// The cause in words.
    pub cause: Option<String>,
    /// The body hash, judged on its own; a seal has none.
    pub body_hash: BodyHash,
    /// The signature, judged on its own.
    pub signature: SignatureState,
    /// The key record.
    pub key: Option<KeyFacts>,
    /// t=.
    pub signed_at: Option<Timestamp>,
    /// Names in h= as written, in order; a seal has none.
    pub signed_fields: Vec<String>,
    /// l=: body bytes (canonical) that it does not cover.
    pub unsigned_bytes: usize,
    /// What was changed below a message signature that fails, where that was looked for.
    pub diagnosis: Option<Diagnosis>,
}

impl ArcCheck {
    /// The instances whose sealers must be believed for the first set to say something of this message (RFC 8617 5.2 step
    /// 5): up to the oldest one whose message signature still covers it. `None` where the chain does not pass, or where that
    /// is not known.
    pub fn vouching_instances(&self) -> Option<std::ops::RangeInclusive<u32>> {
        let oldest = self.oldest_pass.filter(|_| self.result == Ok(ArcResult::Pass))?;
        Some(1..=oldest.max(1))
    }

    /// Whether a key that decides was recorded more than 180 days after delivery.
    pub fn is_stale(&self) -> bool {
        let signatures = self
            .sets
            .iter()
            .flat_map(|set| [&set.seal, &set.message_signature])
            .flatten();
        signatures
            .filter_map(|signature| signature.key.as_ref())
            .any(|key| key.stale)
    }
}

impl ArcSignature {
    /// Whether it holds.
    pub fn passes(&self) -> bool {
        self.result == Ok(ArcResult::Pass)
    }
}

/// Evaluates a chain (RFC 8617 5.2). With a budget, message signatures that fail are searched for what was changed.
pub fn verify(
    message: &Message<'_>,
    recorded: &Recorded,
    clock: Clock,
    lookups: &Lookups<'_>,
    work: Option<&Work>,
) -> ArcCheck {
    evaluate::verify(message, recorded, clock, lookups, work)
}
