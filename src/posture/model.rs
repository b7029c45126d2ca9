//! What is known of a domain: version 1 of `spoofcheck/domain`. Every name is always present, `null` or `[]` where nothing
//! is known. Version 1 may gain fields; it never changes or loses one.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    dns::{Answer, RecordType},
    verify::{dmarc::Policy, spf::SpfResult},
};

/// Everything known and concluded about one domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Posture {
    /// `spoofcheck/domain/1`.
    pub schema: &'static str,
    /// The domain: lower case, A-labels, no trailing dot.
    pub domain: String,
    /// The time of judgement, RFC 3339.
    pub as_of: String,
    /// Whether it can be spoofed.
    pub verdict: Verdict,
    /// What is weak, the gravest first.
    pub holes: Vec<Hole>,
    /// What its owner should publish.
    pub advice: Vec<Advice>,
    /// What was found in DNS.
    pub published: Published,
    /// What was asked.
    pub dns: Dns,
}

/// A posture without what was found and asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Brief<'a> {
    schema: &'a str,
    domain: &'a str,
    as_of: &'a str,
    verdict: &'a Verdict,
    holes: &'a [Hole],
    advice: &'a [Advice],
}

impl<'a> Brief<'a> {
    /// The short form of a posture.
    pub fn of(posture: &'a Posture) -> Self {
        Self {
            schema: posture.schema,
            domain: &posture.domain,
            as_of: &posture.as_of,
            verdict: &posture.verdict,
            holes: &posture.holes,
            advice: &posture.advice,
        }
    }
}

/// The judgement on mail with exactly this domain in From.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verdict {
    /// Whether a stranger gets such mail past a receiver that enforces DMARC.
    pub spoofable: Spoofable,
    /// The same as a sentence, with the reason.
    pub sentence: String,
    /// What is not known because nobody asked, or the lookup failed or timed out.
    pub unknowns: Vec<String>,
    /// What the judgement does not cover.
    pub limits: Vec<String>,
}

/// Whether a domain can be spoofed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Spoofable {
    /// By anyone.
    Yes,
    /// By some strangers, or with some effort.
    Partly,
    /// Nothing that was found lets a stranger through.
    No,
    /// What would decide is not known.
    Unknown,
}

/// One weakness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hole {
    /// How grave it is.
    pub grade: Grade,
    /// The standard that it concerns.
    pub about: About,
    /// In words.
    pub text: String,
}

/// How grave a weakness is, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Anyone can send as the domain.
    Opens,
    /// Some strangers can, or anyone with effort.
    Weakens,
    /// Names below the domain are worse off than the domain.
    Below,
    /// Worth knowing; does not decide.
    Remark,
}

/// What a weakness concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the standards' names")]
pub enum About {
    Dmarc,
    Spf,
    Dkim,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Advice {
    /// The record to publish; null where no record can be written without knowing more.
    pub record: Option<DnsRecord>,
    /// What it does, and what to see to first.
    pub text: String,
}

/// A TXT record to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DnsRecord {
    /// Its name, with the trailing dot.
    pub name: String,
    /// Its text, undivided and unquoted.
    pub text: String,
    /// The line of a zone file (RFC 1035 5.1).
    pub line: String,
}

/// What was found in DNS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Published {
    /// Whether the domain exists; null where that is not known.
    pub exists: Option<bool>,
    /// Its IPv4 addresses.
    pub a: Fact,
    /// Its IPv6 addresses.
    pub aaaa: Fact,
    /// Where its mail goes.
    pub mx: Fact,
    /// Its MX says that it takes no mail (RFC 7505).
    pub null_mx: bool,
    /// SPF (RFC 7208).
    pub spf: Spf,
    /// DMARC (RFC 9989).
    pub dmarc: Dmarc,
    /// DKIM keys (RFC 6376) of the selectors that were asked or are in the snapshot.
    pub dkim: Vec<DkimKey>,
    /// MTA-STS (RFC 8461) at `_mta-sts`.
    pub mta_sts: Fact,
    /// TLS reporting (RFC 8460) at `_smtp._tls`.
    pub tls_rpt: Fact,
    /// BIMI at `default._bimi`.
    pub bimi: Fact,
}

/// A question and what it gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fact {
    /// The name asked for.
    pub name: String,
    /// The type asked for.
    #[serde(rename = "type")]
    pub rtype: RecordType,
    /// What came back.
    pub state: State,
    /// The server's word for a failure.
    pub rcode: Option<String>,
    /// The records of the kind that is looked for.
    pub records: Vec<String>,
}

/// What a question gave: unknown, not asked, not found and failed are different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Records of the kind that is looked for.
    Found,
    /// The name exists, without such a record.
    Absent,
    /// The name does not exist.
    NoSuchName,
    /// The server failed or refused.
    Failed,
    /// No answer in time.
    TimedOut,
    /// Nobody asked.
    NotAsked,
}

impl State {
    /// What an answer is before its records are looked at.
    pub fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Records(_) => Self::Found,
            Answer::NoData => Self::Absent,
            Answer::NxDomain => Self::NoSuchName,
            Answer::Failed(_) => Self::Failed,
            Answer::TimedOut => Self::TimedOut,
            Answer::NotAsked => Self::NotAsked,
        }
    }

    /// Whether DNS answered.
    pub fn is_known(self) -> bool {
        matches!(self, Self::Found | Self::Absent | Self::NoSuchName)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Absent => "none",
            Self::NoSuchName => "no such name",
            Self::Failed => "the lookup failed",
            Self::TimedOut => "the lookup timed out",
            Self::NotAsked => "not asked",
        }
    }
}

/// SPF of the domain, read to the end whoever the client is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spf {
    /// The question for it; `records` holds the SPF records alone.
    pub fact: Fact,
    /// Octets of the name and all of its TXT records: past 450 answers may not fit into a UDP packet (RFC 7208 3.4).
    pub answer_octets: usize,
    /// Terms that cost a lookup, all of them tried.
    pub lookups: u32,
    /// How many are allowed (RFC 7208 4.6.4).
    pub max_lookups: u32,
    /// Lookups that give nothing.
    pub voids: u32,
    /// How many are allowed.
    pub max_voids: u32,
    /// The result for a client that no term matches; null without a record, or where it is not known.
    pub otherwise: Option<SpfResult>,
    /// What makes the evaluation end in permerror.
    pub errors: Vec<String>,
    /// What could not be read.
    pub unknowns: Vec<String>,
    /// The reading ended at its bound; more terms exist.
    pub limited: bool,
    /// Every term in the order of evaluation, those of an included record behind their include.
    pub terms: Vec<SpfTerm>,
}

/// One term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SpfTerm {
    /// 0 for the domain's own record, one more for each include or redirect.
    pub depth: u32,
    /// The domain whose record holds it.
    pub domain: String,
    /// As written.
    pub term: String,
    /// Where it leads, if that does not depend on the client.
    pub target: Option<String>,
    /// It counts against the ten.
    pub costs_lookup: bool,
    /// Its lookup gives nothing.
    pub void: bool,
    /// A match lets the client pass for the domain.
    pub passes: bool,
    /// Why its pass says little.
    pub breadth: Option<String>,
    /// It lets practically everyone pass.
    pub everyone: bool,
    /// The platform, shared by many organisations, whose record begins here.
    pub shared_by: Option<&'static str>,
    /// What else is to be said: never reached, loops, not asked.
    pub remark: Option<String>,
}

/// DMARC of the domain, and of names below it that publish nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dmarc {
    /// Whether it is known what applies.
    pub known: bool,
    /// Why there is none, or why it is not known.
    pub cause: Option<String>,
    /// The organisational domain.
    pub org_domain: Option<String>,
    /// What applies to the domain; null without a record, or where it is not known.
    pub policy: Option<StatedPolicy>,
    /// What applies to names below it that exist.
    pub subdomains: Option<StatedPolicy>,
    /// What applies to names below it that do not exist.
    pub nonexistent: Option<StatedPolicy>,
    /// The record that applies, as published.
    pub record: Option<String>,
    /// t=y: one level less than the policy says.
    pub testing: bool,
    /// Somebody gets aggregate reports (rua=).
    pub reports: bool,
    /// aspf=s: SPF only counts for exactly the domain.
    pub strict_spf: bool,
    /// adkim=s.
    pub strict_dkim: bool,
    /// What is wrong with the records.
    pub defects: Vec<String>,
    /// Each name of the tree walk, and what it gave.
    pub tree_walk: Vec<TreeStep>,
}

/// A policy and what states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatedPolicy {
    /// The domain whose record applies.
    pub record_domain: String,
    /// `p`, `sp` or `np`.
    pub tag: &'static str,
    /// As written.
    pub published: Policy,
    /// What t=y leaves of it.
    pub in_force: Policy,
}

/// One question of the tree walk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TreeStep {
    /// The name asked for.
    pub name: String,
    /// `record`, `no-record`, `several-records`, `failed`, `timed-out` or `not-asked`.
    pub outcome: &'static str,
}

/// A selector and its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DkimKey {
    /// The selector.
    pub selector: String,
    /// Why it is looked at.
    pub origin: SelectorOrigin,
    /// The question and the records at its name.
    pub fact: Fact,
    /// `rsa` or `ed25519`; null without a key record.
    pub algorithm: Option<String>,
    /// Size in bits.
    pub bits: Option<u32>,
    /// p= is empty.
    pub revoked: bool,
    /// t=y.
    pub testing: bool,
    /// s= leaves it to mail; null without a key record.
    pub for_mail: Option<bool>,
    /// Why others than the owner may sign with it.
    pub weaknesses: Vec<KeyWeakness>,
    /// Why it verifies nothing.
    pub problem: Option<String>,
    /// What else is to be said.
    pub remarks: Vec<String>,
}

/// Why a selector is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SelectorOrigin {
    /// The user named it.
    Given,
    /// A widely used one.
    Common,
    /// The snapshot holds its record.
    Snapshot,
}

/// A weakness of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyWeakness {
    /// `short`, `exponent`, `small-factor`, `roca` or `published`.
    pub kind: &'static str,
    /// In words.
    pub text: String,
}

/// What was asked of DNS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dns {
    /// `live`, `offline` or `replay`.
    pub mode: &'static str,
    /// Questions raised.
    pub asked: usize,
    /// Those that DNS answered.
    pub answered: usize,
    /// Every question in order.
    pub questions: Vec<DnsQuestion>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DnsQuestion {
    /// The name, without trailing dot.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub rtype: RecordType,
    /// What for.
    pub purpose: &'static str,
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `TIMEOUT`, ...; null when nobody asked.
    pub rcode: Option<String>,
}
