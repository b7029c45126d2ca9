//! The result of `spoofcheck domain`, and its JSON.

use serde::Serialize;

use crate::verify::{dmarc, spf::SpfResult};

/// The name and version of this form.
pub const SCHEMA: &str = "spoofcheck/domain/1";

/// What a domain publishes, and what that means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Posture {
    /// `spoofcheck/domain/1`.
    pub schema: &'static str,
    /// The domain, in normal form.
    pub domain: String,
    /// The time of judgement, RFC 3339.
    pub as_of: String,
    /// Whether mail in its name can be forged past a receiver that enforces DMARC.
    pub spoofable: Spoofable,
    /// What is wrong or open, the worst first.
    pub problems: Vec<Problem>,
    /// Records that its owner should publish.
    pub advice: Vec<Advice>,
    /// Whether the name exists; null where that is not known.
    pub exists: Option<bool>,
    /// Where it receives mail.
    pub mail: Mail,
    /// SPF.
    pub spf: Spf,
    /// DMARC.
    pub dmarc: Policy,
    /// DKIM selectors, given or found.
    pub dkim: Vec<Selector>,
    /// MTA-STS, TLS-RPT and BIMI.
    pub facts: Vec<Fact>,
    /// Every DNS question.
    pub questions: Vec<Asked>,
}

/// Whether names can be used by strangers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Spoofable {
    /// The domain itself in From.
    pub exact: Answer,
    /// A name below it that exists and publishes nothing.
    pub subdomains: Answer,
    /// A name below it that does not exist.
    pub nonexistent: Answer,
    /// In a sentence.
    pub why: String,
}

/// Yes, no, or not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "plain words")]
pub enum Answer {
    Yes,
    No,
    #[default]
    Unknown,
}

impl Answer {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Strangers can use the domain.
    High,
    /// A protection is weaker than it looks, or breaks honest mail.
    Medium,
    /// Worth knowing.
    Low,
}

/// Something wrong or open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Problem {
    /// How bad.
    pub weight: Weight,
    /// `spf`, `dmarc`, `dkim` or `mx`.
    pub about: &'static str,
    /// In words.
    pub text: String,
    /// The section that decides.
    pub reference: &'static str,
}

/// A record to publish, or to replace another with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Advice {
    /// The owner name, with its final dot.
    pub name: String,
    /// Record type.
    #[serde(rename = "type")]
    pub rtype: &'static str,
    /// The record's data.
    pub data: String,
    /// Why, and what to do first.
    pub why: String,
}

/// Mail exchangers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Mail {
    /// MX records; null where that is not known.
    pub exchanges: Option<Vec<String>>,
    /// A null MX (RFC 7505): the domain receives no mail. Null where that is not known.
    pub null_mx: Option<bool>,
}

/// The SPF record with everything that it includes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Spf {
    /// Whether the question for the record was answered.
    pub known: bool,
    /// Records as published: one is right.
    pub records: Vec<String>,
    /// Octets of the first.
    pub length: Option<usize>,
    /// Every term in the order of evaluation, those of included records behind their include.
    pub terms: Vec<SpfTerm>,
    /// Terms that cost a lookup (at most 10).
    pub lookups: u32,
    /// Lookups that give nothing (at most 2).
    pub voids: u32,
    /// The result for a client that no other term matches.
    pub otherwise: Option<SpfResult>,
    /// What ends every check in permerror.
    pub errors: Vec<String>,
    /// What is not known, in words.
    pub unknown: Vec<String>,
    /// More terms exist than were read.
    pub limited: bool,
}

/// One term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SpfTerm {
    /// 0 for the domain's own record.
    pub depth: u32,
    /// Whose record holds it.
    pub domain: String,
    /// As written.
    pub term: String,
    /// It counts against the ten.
    pub lookup: bool,
    /// Its lookup gives nothing.
    pub void: bool,
    /// A match lets the client pass for the domain.
    pub passes: bool,
    /// Practically everyone matches.
    pub everyone: bool,
    /// Why a pass by it says little.
    pub overbroad: Option<String>,
    /// The platform whose customers all pass.
    pub shared_by: Option<&'static str>,
    /// What else is to be said.
    pub remark: Option<String>,
}

/// DMARC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Policy {
    /// Whether it is known what applies.
    pub known: bool,
    /// The record that applies.
    pub record: Option<String>,
    /// Where it stands.
    pub record_domain: Option<String>,
    /// The organisational domain.
    pub org_domain: Option<String>,
    /// The policy as written.
    pub published: Option<dmarc::Policy>,
    /// What t=y leaves of it.
    pub in_force: Option<dmarc::Policy>,
    /// t=y.
    pub testing: bool,
    /// For names below that exist and publish nothing; null without a policy.
    pub subdomains: Option<Stated>,
    /// For names below that do not exist.
    pub nonexistent: Option<Stated>,
    /// Whether the two above are known.
    pub subdomains_known: bool,
    /// rua= holds an address.
    pub reports: bool,
    /// aspf=s.
    pub strict_spf: bool,
    /// adkim=s.
    pub strict_dkim: bool,
    /// Defects of the record.
    pub defects: Vec<String>,
    /// Names asked on the tree walk.
    pub queried: Vec<String>,
}

/// A policy for names below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Stated {
    /// Whose record.
    pub record_domain: String,
    /// `p`, `sp` or `np`.
    pub tag: &'static str,
    /// As written.
    pub published: dmarc::Policy,
    /// What t=y leaves of it.
    pub in_force: dmarc::Policy,
}

/// A DKIM selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Selector {
    /// As given.
    pub selector: String,
    /// Where its key stands.
    pub name: String,
    /// `key`, `revoked`, `no-key`, `not-found`, `failed` or `not-asked`.
    pub state: &'static str,
    /// The record.
    pub record: Option<String>,
    /// `rsa` or `ed25519`.
    pub algorithm: Option<String>,
    /// Size.
    pub bits: Option<u32>,
    /// t=y.
    pub testing: bool,
    /// What is wrong with it.
    pub problems: Vec<String>,
}

/// A record whose presence is a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Fact {
    /// `MTA-STS`, `TLS-RPT` or `BIMI`.
    pub what: &'static str,
    /// Where it stands.
    pub name: String,
    /// `present`, `absent`, `failed` or `not-asked`.
    pub state: &'static str,
    /// The record.
    pub record: Option<String>,
    /// The standard.
    pub reference: &'static str,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Asked {
    /// The name.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub rtype: String,
    /// The answer's code; null when nobody asked.
    pub rcode: Option<String>,
}
