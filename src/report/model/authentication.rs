//! What was verified now: SPF, DKIM, DMARC, ARC, each with its reason, and the second opinion.

use std::net::IpAddr;

use serde::Serialize;

use super::{EndToEnd, Moment, Question, SecondOpinion};
use crate::{
    message::Span,
    verify::{
        arc::ArcResult,
        dkim::{BodyHash, DkimResult, SignatureState},
        dmarc::{Alignment, DmarcResult, Policy},
        iprev::IprevResult,
        spf::SpfResult,
    },
};

/// All checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Authentication {
    /// The time of judgement.
    pub as_of: Option<Moment>,
    /// The border hop's date; null without a border of at least medium confidence.
    pub delivered_at: Option<Moment>,
    /// SPF of both identities.
    pub spf: Spf,
    /// One entry a DKIM-Signature field, top first.
    pub dkim: Vec<Dkim>,
    /// One entry a DomainKey-Signature field (RFC 4870), top first; for information alone.
    pub domainkeys: Vec<DomainKeys>,
    /// DMARC.
    pub dmarc: Dmarc,
    /// ARC.
    pub arc: Arc,
    /// End-to-end signatures and encryption: presence and identity, never verified.
    pub end_to_end: Vec<EndToEnd>,
    /// Whether the client's name leads back to its address; for information alone.
    pub iprev: Iprev,
    /// An independent verifier on the same answers.
    pub second_opinion: SecondOpinion,
}

/// SPF of both identities (RFC 7208 2.3, 2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Spf {
    /// MAIL FROM; for the null sender postmaster@HELO.
    pub mail_from: SpfCheck,
    /// HELO.
    pub helo: SpfCheck,
}

/// One evaluated check_host().
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SpfCheck {
    /// The result; null when it was not evaluated.
    pub result: Option<SpfResult>,
    /// Why there is no result (`not-asked`, `no-client-ip`, `not-evaluable`), else the cause in words.
    pub reason: Option<String>,
    /// The domain checked; null when there is none.
    pub domain: Option<String>,
    /// The address checked.
    pub ip: Option<IpAddr>,
    /// The term that matched, as written.
    pub matched: Option<String>,
    /// Domains from the first record to the one that holds the matching term.
    pub path: Vec<std::sync::Arc<str>>,
    /// Every term tried, in order.
    pub trace: Vec<SpfStep>,
    /// Terms that cost a lookup (at most 10).
    pub lookups: u32,
    /// Lookups without an answer (at most 2).
    pub voids: u32,
    /// The record as published.
    pub record: Option<String>,
    /// The explanation that the domain publishes for a fail.
    pub explanation: Option<String>,
    /// The cause in words, also where there is no result.
    pub cause: Option<String>,
    /// Why a pass says little, in words.
    pub overbroad: Option<String>,
    /// The platform through whose record a pass came; all of its customers send from there.
    pub shared_by: Option<&'static str>,
}

/// One term tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SpfStep {
    /// 0 for the domain's own record, one more for each include or redirect.
    pub depth: u32,
    /// The domain whose record holds the term.
    pub domain: std::sync::Arc<str>,
    /// The term as written.
    pub term: std::sync::Arc<str>,
    /// `match`, `no-match`, `error`, `not-asked`, `not-reached`, or what an include or redirect returned.
    pub outcome: &'static str,
    /// What was compared or looked up, in words.
    pub detail: Option<String>,
    /// The name that the term's macros became; null without macros.
    pub expanded: Option<String>,
    /// What the term itself asked for.
    pub questions: Vec<Question>,
    /// Terms counted as lookups: this one, and for an include or redirect all below it.
    pub lookups: u32,
    /// Lookups without an answer, counted the same way.
    pub voids: u32,
    /// The record that an include or redirect led to.
    pub record: Option<String>,
    /// The platform whose records begin there, shared by all of its customers.
    pub shared_by: Option<&'static str>,
}

/// One DKIM-Signature, evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Dkim {
    /// d=, in normal form.
    pub domain: Option<String>,
    /// s=.
    pub selector: Option<String>,
    /// i= as written.
    pub identity: Option<String>,
    /// a= as written.
    pub algorithm: Option<String>,
    /// The result; null when it was not evaluated.
    pub result: Option<DkimResult>,
    /// Why there is no result (`not-asked`, `key-gone`, `not-evaluable`), else the cause in words.
    pub reason: Option<String>,
    /// The body hash, judged on its own.
    pub body_hash: BodyHash,
    /// The signature, judged on its own.
    pub signature: SignatureState,
    /// The published key; null when it was not found.
    pub key: Option<DkimKey>,
    /// x= had passed at delivery; null without x= or without a time of delivery.
    pub expired_at_delivery: Option<bool>,
    /// x= has passed at the time of judgement.
    pub expired_now: bool,
    /// Body bytes that l= leaves unsigned.
    pub unsigned_bytes: usize,
    /// h=, in order.
    pub signed_fields: Vec<String>,
    /// How d= stands to the Author Domain; null without one of them.
    pub aligned: Option<Alignment>,
    /// Which change broke it; null where none was looked for or found.
    pub diagnosis: Option<Diagnosis>,
    /// The cause in words, also where there is no result.
    pub cause: Option<String>,
    /// The DKIM-Signature field in the header.
    pub field_index: usize,
    /// c=, completed.
    pub canonicalization: String,
    /// t=.
    pub signed_at: Option<Moment>,
    /// x=.
    pub expires_at: Option<Moment>,
    /// Fields that stand more often than h= names them (RFC 6376 8.15).
    pub extra_fields: Vec<ExtraField>,
    /// What was normalised before hashing.
    pub normalised: Vec<String>,
}

/// The client's address and its names (RFC 8601 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Iprev {
    /// The result; null when it was not evaluated.
    pub result: Option<IprevResult>,
    /// Why there is no result (`not-asked`, `no-client-ip`), else the cause in words.
    pub reason: Option<String>,
    /// The address.
    pub ip: Option<IpAddr>,
    /// Its names, as its owner publishes them; at most ten.
    pub names: Vec<String>,
    /// Those that lead back to the address.
    pub confirmed: Vec<String>,
}

/// One DomainKey-Signature, evaluated. It never passes: nobody counts it today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DomainKeys {
    /// d=, in normal form.
    pub domain: Option<String>,
    /// s=.
    pub selector: Option<String>,
    /// The result: `policy` for a good signature; null when it was not evaluated.
    pub result: Option<DkimResult>,
    /// Why there is no result (`not-asked`, `key-gone`, `not-evaluable`), else the cause in words.
    pub reason: Option<String>,
    /// The signature.
    pub signature: SignatureState,
    /// The published key; null when it was not found.
    pub key: Option<DkimKey>,
    /// The DomainKey-Signature field in the header.
    pub field_index: usize,
}

/// A published key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DkimKey {
    /// Size in bits; null when the key cannot be read.
    pub bits: Option<u32>,
    /// The record as published.
    pub record: String,
    /// t=y.
    pub testing: bool,
    /// `rsa` or `ed25519`.
    pub algorithm: String,
    /// p= is empty.
    pub revoked: bool,
    /// The answer was recorded more than 180 days after delivery.
    pub stale: bool,
    /// RSA public exponent.
    pub exponent: Option<u64>,
    /// t=s: i= must be exactly d=.
    pub strict: bool,
    /// h=: names of the hashes allowed; null allows all.
    pub hashes: Option<Vec<String>>,
    /// s=: services; null allows all.
    pub services: Option<Vec<String>>,
    /// g=, which RFC 6376 dropped.
    pub granularity: Option<String>,
    /// n=: what the owner notes for people.
    pub notes: Option<String>,
    /// TXT records at the key's name.
    pub records: usize,
    /// Why others than the owner may sign with it.
    pub weaknesses: Vec<KeyWeakness>,
    /// What else there is to know, in words.
    pub remarks: Vec<&'static str>,
}

/// Why others than the owner of a key may be able to sign with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct KeyWeakness {
    /// `short`, `exponent`, `small-factor`, `roca` or `published`.
    pub kind: &'static str,
    /// In words.
    pub text: String,
    /// Anyone can sign with the key.
    pub open_to_all: bool,
}

/// A field that a signature names, yet does not cover in all its occurrences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ExtraField {
    /// The name.
    pub name: String,
    /// The uncovered field in the header.
    pub field_index: usize,
}

/// Which change after signing broke a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Diagnosis {
    /// A hash matches once the edits are undone.
    pub proven: bool,
    /// The body hash once the edits are undone.
    pub body_hash: BodyHash,
    /// The signature over the header once the edits are undone.
    pub signature: SignatureState,
    /// The search ended at its limit of work, not at its end.
    pub limited: bool,
    /// The edits.
    pub edits: Vec<Edit>,
    /// What it means, in a sentence.
    pub statement: String,
}

/// One change after signing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Edit {
    /// What was done.
    pub kind: &'static str,
    /// Where, in words.
    #[serde(rename = "where")]
    pub where_: String,
    /// The text concerned.
    pub text: String,
    /// Its bytes.
    pub span: Option<Span>,
}

/// DMARC of the author, and of every further author that some reader sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Dmarc {
    /// The check of the Author Domain that the standard's reading gives.
    #[serde(flatten)]
    pub check: DmarcCheck,
    /// The standard followed.
    pub edition: &'static str,
    /// The same for every further author domain.
    pub per_author: Vec<DmarcCheck>,
}

/// DMARC for one Author Domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DmarcCheck {
    /// The result; null when it was not evaluated.
    pub result: Option<DmarcResult>,
    /// Why there is no result (`not-asked`, `not-evaluable`), else the cause in words.
    pub reason: Option<String>,
    /// The Author Domain; null when there is none.
    pub domain: Option<String>,
    /// Its organisational domain.
    pub org_domain: Option<String>,
    /// The domain whose record applies.
    pub record_domain: Option<String>,
    /// The policy in force after sp, np and t.
    pub policy: Option<Policy>,
    /// The tag as written.
    pub published_policy: Option<Policy>,
    /// What the policy asks of a receiver for this message; null without a result or a record.
    pub disposition: Option<Policy>,
    /// The record.
    pub record: Option<String>,
    /// What aligned.
    pub aligned_by: Vec<AlignedBy>,
    /// Each name queried on the walk (RFC 9989 4.10), in order.
    pub tree_walk: Vec<TreeStep>,
    /// Which tag applies: `p`, `sp` or `np`.
    pub policy_tag: Option<&'static str>,
    /// t=y.
    pub testing: bool,
    /// Defects of the record.
    pub defects: Vec<String>,
    /// Whether the Author Domain exists; null when not asked.
    pub domain_exists: Option<bool>,
    /// A deciding answer was recorded more than 180 days after delivery.
    pub stale: bool,
    /// The cause in words, also where there is no result.
    pub cause: Option<String>,
}

/// A domain that passed and aligned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct AlignedBy {
    /// `spf` or `dkim`.
    pub mechanism: &'static str,
    /// The domain.
    pub domain: String,
}

/// One query of the tree walk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct TreeStep {
    /// The name queried.
    pub name: String,
    /// The record found.
    pub record: Option<String>,
    /// `record`, `no-record`, `several-records`, `failed`, `timed-out`, `not-asked`.
    pub outcome: &'static str,
}

/// The ARC chain (RFC 8617).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Arc {
    /// The Chain Validation Status; null when it was not evaluated.
    pub result: Option<ArcResult>,
    /// RFC 8617 5.2: 0 when every message signature passes, else the lowest instance from which on they do; null when
    /// that is not known.
    pub oldest_pass: Option<u32>,
    /// The sets, lowest instance first.
    pub sets: Vec<ArcSet>,
    /// Why there is no result (`not-asked`, `key-gone`, `not-evaluable`), else the cause in words.
    pub reason: Option<String>,
    /// The cause in words, also where there is no result.
    pub cause: Option<String>,
    /// Breaks of RFC 8617 that need no cryptography.
    pub defects: Vec<String>,
}

/// One ARC set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ArcSet {
    /// i=.
    pub instance: u32,
    /// d= of the seal.
    pub sealer: Option<String>,
    /// `pass` or `fail`; null when the seal was not evaluated.
    pub seal: Option<ArcResult>,
    /// `pass` or `fail`; null when the message signature was not evaluated.
    pub message_signature: Option<ArcResult>,
    /// cv= as the sealer wrote it.
    pub cv: Option<String>,
    /// What the sealer says it checked, as written.
    pub authentication_results: Option<String>,
    /// The seal in full; null where the set has not exactly one.
    pub seal_check: Option<ArcSignature>,
    /// The message signature in full; null where the set has not exactly one.
    pub message_signature_check: Option<ArcSignature>,
}

/// An ARC-Seal or ARC-Message-Signature, evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ArcSignature {
    /// d=, in normal form.
    pub domain: Option<String>,
    /// s=.
    pub selector: Option<String>,
    /// a= as written.
    pub algorithm: Option<String>,
    /// Why there is no result (`not-asked`, `key-gone`, `not-evaluable`), else the cause in words.
    pub reason: Option<String>,
    /// The cause in words, also where there is no result.
    pub cause: Option<String>,
    /// The body hash, judged on its own; a seal has none.
    pub body_hash: BodyHash,
    /// The signature, judged on its own.
    pub signature: SignatureState,
    /// The published key; null when it was not found.
    pub key: Option<DkimKey>,
    /// t=.
    pub signed_at: Option<Moment>,
    /// h=, in order; a seal has none.
    pub signed_fields: Vec<String>,
    /// Body bytes that l= leaves unsigned.
    pub unsigned_bytes: usize,
    /// Which change broke a message signature; null where none was looked for or found, and for seals.
    pub diagnosis: Option<Diagnosis>,
    /// The field in the header.
    pub field_index: usize,
}
