//! DMARC (RFC 9989): tree walk, np, psd, t; alignment of SPF and DKIM with the Author Domain.

use super::NotEvaluated;
use crate::dns::Lookups;

/// The results of RFC 8601 / RFC 9989.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the RFC's words")]
pub enum DmarcResult {
    None,
    Pass,
    Fail,
    Temperror,
    Permerror,
}

/// p=, sp=, np=.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the RFC's words")]
pub enum Policy {
    None,
    Quarantine,
    Reject,
}

/// How two domains relate (RFC 9989 3.2.10). Never a bool: relaxed and strict are different statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Alignment {
    /// The same name.
    Strict,
    /// The same organisational domain.
    Relaxed,
    /// Neither.
    None,
}

/// A domain for which a mechanism passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedDomain {
    /// The domain, in normal form.
    pub domain: String,
    /// `spf` or `dkim`.
    pub mechanism: &'static str,
}

/// DMARC for one Author Domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmarcCheck {
    /// The result, or why there is none.
    pub result: Result<DmarcResult, NotEvaluated>,
    /// The cause in words.
    pub cause: Option<String>,
    /// The Author Domain.
    pub domain: String,
    /// Its organisational domain by the tree walk (the Public Suffix List where nothing could be asked).
    pub org_domain: Option<String>,
    /// The domain whose record applies.
    pub record_domain: Option<String>,
    /// The policy in force after sp, np and t.
    pub policy: Option<Policy>,
    /// The tag as written, of the one that applies (p, sp or np).
    pub published_policy: Option<Policy>,
    /// Which tag applies: `p`, `sp` or `np`.
    pub policy_tag: Option<&'static str>,
    /// t=y.
    pub testing: bool,
    /// The record.
    pub record: Option<String>,
    /// Defects of the record (several records, bad p, historic tags).
    pub defects: Vec<String>,
    /// What aligned: `spf` or `dkim` and the domain.
    pub aligned_by: Vec<PassedDomain>,
    /// Each name queried on the walk, in order, and what it gave.
    pub tree_walk: Vec<TreeStep>,
    /// The Author Domain does not exist (NXDOMAIN for A, AAAA and MX; RFC 9989 4.10.1). `None` when not asked.
    pub domain_exists: Option<bool>,
    /// Some deciding answer was recorded more than 180 days after delivery.
    pub stale: bool,
}

/// One query of the tree walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeStep {
    /// The name queried, `_dmarc.` included.
    pub name: String,
    /// The record found; `None` when there was none.
    pub record: Option<String>,
    /// `record`, `no-record`, `several-records`, `failed`, `timed-out`, `not-asked`.
    pub outcome: &'static str,
}

/// Evaluates DMARC for an Author Domain with the domains that passed SPF and DKIM.
pub fn evaluate(author_domain: &str, _passed: &[PassedDomain], _lookups: &Lookups<'_>) -> DmarcCheck {
    DmarcCheck {
        result: Err(NotEvaluated::NotAsked),
        cause: None,
        domain: author_domain.to_owned(),
        org_domain: None,
        record_domain: None,
        policy: None,
        published_policy: None,
        policy_tag: None,
        testing: false,
        record: None,
        defects: Vec::new(),
        aligned_by: Vec::new(),
        tree_walk: Vec::new(),
        domain_exists: None,
        stale: false,
    }
}

/// How `domain` stands to the Author Domain, with organisational domains by the tree walk where the snapshot
/// answers it, else by the Public Suffix List.
pub fn alignment(_domain: &str, _author_domain: &str, _lookups: &Lookups<'_>) -> Alignment {
    Alignment::None
}
