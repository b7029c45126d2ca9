//! DMARC (RFC 9989): tree walk, np, psd, t; alignment of SPF and DKIM with the Author Domain.

mod publication;
mod record;
#[cfg(test)]
mod tests;
mod tree_walk;

pub use publication::{Publication, Stated, publication};

use super::NotEvaluated;
use crate::{
    dns::{Answer, Lookups, Question, RecordType},
    domain,
};
use record::{Place, Record};
use tree_walk::{End, Walk};

/// What the questions are asked for.
const PURPOSE: &str = "dmarc";
/// More authenticated domains than this are not walked: a message with thousands of signatures is an attack.
const MAX_WALKS: usize = 32;

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

impl DmarcResult {
    /// The RFC's word, in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Temperror => "temperror",
            Self::Permerror => "permerror",
        }
    }
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

impl Policy {
    /// The RFC's word, in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
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
    /// Its organisational domain by the tree walk (the Public Suffix List where the walk finds no record or was not made).
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
    /// Whether the Author Domain exists: not when A, AAAA and MX are all NXDOMAIN (RFC 9989 4.10.1). `None` when that
    /// was not asked or failed.
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

impl DmarcCheck {
    /// A check that could not be made, and why.
    pub fn not_evaluated(domain: &str, why: NotEvaluated, cause: &str) -> Self {
        Self {
            result: Err(why),
            cause: Some(cause.to_owned()),
            ..Self::new(domain)
        }
    }

    fn new(domain: &str) -> Self {
        Self {
            result: Ok(DmarcResult::None),
            cause: None,
            domain: domain.to_owned(),
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

    fn ended(mut self, result: Result<DmarcResult, NotEvaluated>, cause: impl Into<String>) -> Self {
        self.result = result;
        self.cause = Some(cause.into());
        self
    }

    /// No result because the DNS gave none: a failed lookup is neither pass nor fail (RFC 9989 5.3.6), and a question
    /// that nobody asked is not a failed lookup.
    fn undecided(self, end: &End) -> Self {
        match end {
            End::Failed(cause) => self.ended(Ok(DmarcResult::Temperror), cause.clone()),
            End::NotAsked | End::Complete => {
                self.ended(Err(NotEvaluated::NotAsked), "a DNS answer of the tree walk is missing")
            }
        }
    }
}

/// Evaluates DMARC for an Author Domain with the domains that passed SPF and DKIM (RFC 9989 4.10, 5.3).
pub fn evaluate(author_domain: &str, passed: &[PassedDomain], lookups: &Lookups<'_>) -> DmarcCheck {
    let author = domain::normalise(author_domain);
    let mut check = DmarcCheck::new(&author);
    if !is_dns_name(&author) {
        return check.ended(Err(NotEvaluated::NotEvaluable), "the author's domain is no domain name");
    }
    let walk = Walk::from(&author, lookups);
    check.domain_exists = exists(&author, lookups);
    check.tree_walk.clone_from(&walk.steps);
    check.defects.clone_from(&walk.defects);
    check.org_domain = Some(
        walk.organisational()
            .map_or_else(|| domain::organisational(&author), str::to_owned),
    );

    if walk.publishes_several() {
        check.stale = lookups.used_stale(PURPOSE);
        let cause = "the author's domain publishes several DMARC records: none of them counts, and none is inherited";
        return check.ended(Ok(DmarcResult::None), cause);
    }
    let (record_domain, record, own) = match (walk.own(), walk.inherited()) {
        (Some(record), _) => (author.as_str(), record, true),
        (None, Some((name, record))) => (name, record, false),
        (None, None) if walk.end == End::Complete => {
            check.stale = lookups.used_stale(PURPOSE);
            return check.ended(Ok(DmarcResult::None), "no DMARC record");
        }
        (None, None) => return check.undecided(&walk.end),
    };
    check.defects.extend(record.defects.iter().cloned());
    check.record = Some(record.text.clone());
    if !record.is_usable() {
        check.stale = lookups.used_stale(PURPOSE);
        return check.ended(
            Ok(DmarcResult::None),
            format!("the DMARC record at {record_domain} states no valid policy and no report address"),
        );
    }
    check.record_domain = Some(record_domain.to_owned());
    check.testing = record.testing;
    apply_policy(&mut check, record, own);

    let undecided = align(&mut check, passed, record, &walk, lookups);
    check.stale = lookups.used_stale(PURPOSE);
    match undecided {
        _ if !check.aligned_by.is_empty() => check.result = Ok(DmarcResult::Pass),
        Some(end) => return check.undecided(&end),
        None => check.result = Ok(DmarcResult::Fail),
    }
    check
}

/// Chooses p, sp or np and takes t into account.
fn apply_policy(check: &mut DmarcCheck, record: &Record, own: bool) {
    let (below, nonexistent) = (record.policy(Place::Below), record.policy(Place::BelowAndNonexistent));
    let (policy, tag) = match check.domain_exists {
        _ if own => record.policy(Place::Own),
        Some(false) => nonexistent,
        // Unknown existence is only a gap where the two tags ask for different things.
        None if below.0 != nonexistent.0 => {
            check.cause =
                Some("whether sp or np applies is open: it is unknown whether the author's domain exists".to_owned());
            return;
        }
        _ => below,
    };
    check.published_policy = Some(policy);
    check.policy = Some(record.in_force(policy));
    check.policy_tag = Some(tag);
}

/// Fills `aligned_by` (RFC 9989 4.4, 4.10.2). Returns why a domain that might align could not be decided.
fn align(
    check: &mut DmarcCheck,
    passed: &[PassedDomain],
    record: &Record,
    walk: &Walk,
    lookups: &Lookups<'_>,
) -> Option<End> {
    let mut undecided = None;
    let mut related: Vec<(String, Relation)> = Vec::new();
    for candidate in passed {
        let name = domain::normalise(&candidate.domain);
        if name == walk.start {
            check.aligned_by.push(candidate.clone());
            continue;
        }
        let strict = match candidate.mechanism {
            "spf" => record.strict_spf,
            _ => record.strict_dkim,
        };
        if strict {
            continue;
        }
        let relation = match related.iter().find(|(known, _)| *known == name) {
            Some((_, relation)) => relation.clone(),
            None if related.len() >= MAX_WALKS => continue,
            None => {
                let relation = relate(&name, walk, lookups);
                related.push((name, relation.clone()));
                relation
            }
        };
        match relation {
            Relation::Known(Alignment::None) => {}
            Relation::Known(_) => check.aligned_by.push(candidate.clone()),
            Relation::Open(end) => {
                undecided.get_or_insert(end);
            }
        }
    }
    undecided
}

/// How two domains relate, or why that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Relation {
    Known(Alignment),
    Open(End),
}

/// Compares the organisational domains of a name and of the Author Domain, both by the tree walk.
fn relate(name: &str, author: &Walk, lookups: &Lookups<'_>) -> Relation {
    if name == author.start {
        return Relation::Known(Alignment::Strict);
    }
    if !is_dns_name(name) {
        return Relation::Known(Alignment::None);
    }
    let open = |end: &End| {
        // Where the walk is cut short, only names that the Public Suffix List takes for one organisation are worth a doubt.
        match domain::same_organisation(name, &author.start) {
            true => Relation::Open(end.clone()),
            false => Relation::Known(Alignment::None),
        }
    };
    if author.end != End::Complete {
        return open(&author.end);
    }
    let organisation = author.organisational().unwrap_or(&author.start);
    // A walk only goes up: the organisational domain of a name is the name or stands above it.
    if !domain::is_within(name, organisation) {
        return Relation::Known(Alignment::None);
    }
    let walk = Walk::from(name, lookups);
    if walk.end != End::Complete {
        return open(&walk.end);
    }
    match walk.organisational().unwrap_or(name) == organisation {
        true => Relation::Known(Alignment::Relaxed),
        false => Relation::Known(Alignment::None),
    }
}

/// How `domain` stands to the Author Domain, with organisational domains by the tree walk where the snapshot
/// answers it and a record is found, else by the Public Suffix List. Dots around a name are no part of it.
pub fn alignment(domain: &str, author_domain: &str, lookups: &Lookups<'_>) -> Alignment {
    let bare = |name: &str| domain::normalise(name.trim_matches('.'));
    let (name, author) = (bare(domain), bare(author_domain));
    if name.is_empty() || author.is_empty() {
        return Alignment::None;
    }
    if name == author {
        return Alignment::Strict;
    }
    if !is_dns_name(&name) || !is_dns_name(&author) {
        return Alignment::None;
    }
    let walk = Walk::from(&author, lookups);
    if walk.organisational().is_some()
        && let Relation::Known(alignment) = relate(&name, &walk, lookups)
    {
        return alignment;
    }
    match domain::same_organisation(&name, &author) {
        true => Alignment::Relaxed,
        false => Alignment::None,
    }
}

/// Whether a name exists: NXDOMAIN for it means that neither it nor anything below it does (RFC 9989 4.10.1,
/// RFC 8020). Servers that answer NXDOMAIN for one type alone exist, so all of MX, A and AAAA must say so; the next is asked
/// only when the one before says it.
fn exists(name: &str, lookups: &Lookups<'_>) -> Option<bool> {
    let questions = [RecordType::Mx, RecordType::A, RecordType::Aaaa].map(|rtype| Question::new(name, rtype));
    let mut known = true;
    let mut rest = questions.iter();
    while let Some(question) = rest.next() {
        match lookups.ask(question, PURPOSE) {
            Answer::Records(_) | Answer::NoData => return Some(true),
            Answer::NxDomain => {}
            Answer::Failed(_) | Answer::TimedOut => known = false,
            Answer::NotAsked if rest.as_slice().iter().any(|question| lookups.knows(question)) => known = false,
            Answer::NotAsked => return None,
        }
    }
    known.then_some(false)
}

/// Whether a name can stand in the DNS below `_dmarc.` (RFC 1035 2.3.4: labels of 1 to 63 octets, 253 in all).
pub fn is_dns_name(name: &str) -> bool {
    const LONGEST: usize = 253 - "_dmarc.".len();
    !name.is_empty()
        && name.len() <= LONGEST
        && !name.starts_with('[')
        && name.split('.').all(|label| (1..=63).contains(&label.len()))
}
