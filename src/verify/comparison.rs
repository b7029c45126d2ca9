//! Recorded results beside recomputed ones, with the cause of a difference.

use super::{
    NotEvaluated, Verification,
    arc::ArcCheck,
    dkim::{self, BodyHash, DkimCheck},
    spf::SpfCheck,
};
use crate::{
    domain,
    recorded::{MethodResult, Recorded, SpfIdentity},
};

/// One line of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// `spf`, `dkim`, `dmarc`, `arc`.
    pub method: String,
    /// What was checked: a domain, for DKIM with its selector (`s=sel d=bank.example` as `sel._domainkey.bank.example`).
    pub identifier: Option<String>,
    /// What a trusted receiver recorded.
    pub recorded: Option<String>,
    /// What comes out now.
    pub recomputed: Option<String>,
    /// How they relate.
    pub relation: Relation,
    /// Why, in words.
    pub cause: Option<String>,
    /// The field that recorded it.
    pub field_index: Option<usize>,
}

/// How a recorded result relates to the recomputed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The same.
    Agree,
    /// Different, because a key, a record or the stored body changed since, or the receiver's own lookup had failed.
    ChangedSince,
    /// Different without such a cause.
    Contradicted,
    /// No trusted record.
    NotRecorded,
    /// Recorded, and could not be recomputed: not asked, not possible, or the lookup failed.
    NotChecked,
}

/// The result of a check whose DNS lookup failed for the time being (RFC 8601 2.7).
const LOOKUP_FAILED: &str = "temperror";

/// A recomputed result, ready to be laid beside a recorded one.
struct Recomputed {
    method: &'static str,
    identifier: Option<String>,
    /// The RFC's word, or why there is none.
    result: Result<String, NotEvaluated>,
    cause: Option<String>,
    /// The difference to a recorded pass has an innocent cause: something changed since.
    changed: bool,
    /// What SPF was asked for; of HELO it stands in the comparison where a receiver recorded it.
    spf_identity: Option<SpfIdentity>,
}

/// A recorded result and the field that it stands in.
#[derive(Clone, Copy)]
struct Theirs<'r> {
    result: &'r MethodResult,
    field_index: usize,
}

/// Lays every recomputed result beside what trusted receivers recorded, then what was recorded and has no counterpart.
pub fn compare(recorded: &Recorded, verification: &Verification) -> Vec<Comparison> {
    let mut trusted: Vec<Theirs<'_>> = ["spf", "dkim", "dmarc", "arc"]
        .iter()
        .flat_map(|method| recorded.trusted(method))
        .map(|(record, result)| Theirs {
            result,
            field_index: record.field_index,
        })
        .collect();
    let mut lines = Vec::new();
    for ours in recomputed(verification) {
        let found = trusted.iter().position(|theirs| corresponds(theirs.result, &ours));
        let theirs = found.map(|at| trusted.remove(at));
        // The same result stands in several trusted fields: one comparison is enough.
        trusted.retain(|other| {
            let same = theirs.is_some_and(|theirs| theirs.result.result == other.result.result);
            !(same && corresponds(other.result, &ours))
        });
        lines.extend(line(ours, theirs));
    }
    let alone = trusted.into_iter().filter(|theirs| theirs.result.result != "none");
    lines.extend(alone.map(|Theirs { result, field_index }| Comparison {
        method: result.method.clone(),
        identifier: recorded_identifier(result),
        recorded: Some(result.result.clone()),
        recomputed: None,
        relation: Relation::NotChecked,
        cause: Some("nothing in the stored message corresponds to it".to_owned()),
        field_index: Some(field_index),
    }));
    lines
}

fn line(ours: Recomputed, theirs: Option<Theirs<'_>>) -> Option<Comparison> {
    if theirs.is_none() && (ours.identifier.is_none() || ours.spf_identity == Some(SpfIdentity::Helo)) {
        return None;
    }
    let field_index = theirs.map(|theirs| theirs.field_index);
    let theirs = theirs.map(|theirs| theirs.result);
    let (recomputed, unevaluated) = match ours.result {
        Ok(word) => (Some(word), None),
        Err(why) => (None, Some(why)),
    };
    let failed_then = theirs.is_some_and(|theirs| theirs.result == LOOKUP_FAILED);
    let relation = match (theirs, &recomputed) {
        (None, _) => Relation::NotRecorded,
        (Some(_), None) if unevaluated == Some(NotEvaluated::KeyGone) => Relation::ChangedSince,
        (Some(_), None) => Relation::NotChecked,
        (Some(theirs), Some(word)) if same_result(&theirs.result, word) => Relation::Agree,
        // A lookup that failed says nothing about the one that did not.
        (Some(_), Some(word)) if word == LOOKUP_FAILED => Relation::NotChecked,
        (Some(_), Some(_)) if ours.changed || failed_then => Relation::ChangedSince,
        (Some(_), Some(_)) => Relation::Contradicted,
    };
    let cause = match relation {
        Relation::Agree | Relation::NotRecorded => None,
        Relation::ChangedSince if failed_then => Some("the receiver's own lookup had failed".to_owned()),
        _ => ours.cause.or_else(|| unevaluated.map(|why| why.word().to_owned())),
    };
    Some(Comparison {
        method: ours.method.to_owned(),
        identifier: ours.identifier.or_else(|| theirs.and_then(recorded_identifier)),
        recorded: theirs.map(|theirs| theirs.result.clone()),
        recomputed,
        relation,
        cause,
        field_index,
    })
}

/// Everything that was recomputed, in the order in which a reader expects it.
fn recomputed(verification: &Verification) -> Vec<Recomputed> {
    let dmarc = &verification.dmarc;
    // SPF reads today's records for yesterday's address: a difference says that they were edited, unless dated.
    let mut spf_asked = verification.asked.iter().filter(|asked| asked.purpose == "spf");
    let edited = spf_asked.any(|asked| asked.later);
    let mut all = vec![
        spf_line(&verification.spf_mail_from, SpfIdentity::MailFrom, edited),
        spf_line(&verification.spf_helo, SpfIdentity::Helo, edited),
    ];
    all.extend(verification.dkim.iter().map(dkim_line));
    all.push(Recomputed {
        method: "dmarc",
        identifier: (!dmarc.domain.is_empty()).then(|| dmarc.domain.clone()),
        result: dmarc.result.map(|result| word(&result)),
        cause: dmarc.cause.clone(),
        changed: dmarc.stale || verification.dkim.iter().any(body_changed),
        spf_identity: None,
    });
    all.push(arc_line(&verification.arc));
    all
}

fn spf_line(check: &SpfCheck, identity: SpfIdentity, changed: bool) -> Recomputed {
    Recomputed {
        method: "spf",
        identifier: (!check.domain.is_empty()).then(|| check.domain.clone()),
        result: check.result.map(|result| word(&result)),
        cause: check.cause.clone(),
        changed,
        spf_identity: Some(identity),
    }
}

/// The chain, by the name of its newest sealer.
fn arc_line(check: &ArcCheck) -> Recomputed {
    let newest = check.sets.last();
    let body_changed = newest
        .and_then(|set| set.message_signature.as_ref())
        .is_some_and(|signature| signature.body_hash == BodyHash::Mismatch);
    Recomputed {
        method: "arc",
        identifier: newest.and_then(|set| set.set.sealer.clone()),
        result: check.result.map(|result| result.word().to_owned()),
        cause: check.cause.clone(),
        changed: body_changed || check.is_stale(),
        spf_identity: None,
    }
}

fn dkim_line(check: &DkimCheck) -> Recomputed {
    let name = |domain: &String| match &check.selector {
        Some(selector) => dkim::key_name(selector, domain),
        None => domain.clone(),
    };
    Recomputed {
        method: "dkim",
        identifier: check.domain.as_ref().map(name),
        result: check.result.map(|result| word(&result)),
        cause: check.cause.clone(),
        changed: body_changed(check) || check.key.as_ref().is_some_and(|key| key.stale),
        spf_identity: None,
    }
}

/// The header still verifies and the body does not: the stored body is not the one that was checked.
fn body_changed(check: &DkimCheck) -> bool {
    check.body_hash == BodyHash::Mismatch
}

/// Whether a recorded result speaks of the same thing as a recomputed one.
fn corresponds(theirs: &MethodResult, ours: &Recomputed) -> bool {
    if theirs.method != ours.method {
        return false;
    }
    let recorded = recorded_identifier(theirs);
    let same = recorded.is_some() && recorded == ours.identifier;
    if let Some(identity) = ours.spf_identity {
        match (theirs.spf_identity(), identity) {
            (SpfIdentity::MailFrom, SpfIdentity::MailFrom) => {}
            // With one domain in both, as of the null sender (RFC 7208 2.4), the two identities are one check.
            (SpfIdentity::Helo, _) => return same,
            _ => return false,
        }
    }
    let (Some(recorded), Some(identifier)) = (recorded, &ours.identifier) else {
        return ours.method != "dkim" || theirs.result == "none";
    };
    // DKIM: a recorded d= without s= still corresponds.
    same || (ours.method == "dkim" && identifier.ends_with(&format!("._domainkey.{recorded}")))
}

/// The domain that a recorded result is about.
fn recorded_identifier(theirs: &MethodResult) -> Option<String> {
    let domain_of = |value: &str| domain::normalise(domain::of_address(value));
    match theirs.method.as_str() {
        "spf" if theirs.spf_identity() == SpfIdentity::Helo => theirs.helo().as_deref().map(domain_of),
        "spf" => theirs
            .property("smtp.mailfrom")
            .or_else(|| theirs.property("sender"))
            .map(domain_of),
        "dkim" => {
            let domain = theirs
                .property("header.d")
                .or_else(|| theirs.property("header.i"))
                .map(domain_of)?;
            Some(match theirs.property("header.s") {
                Some(selector) => dkim::key_name(selector, &domain),
                None => domain,
            })
        }
        "dmarc" => theirs.property("header.from").map(domain_of),
        _ => None,
    }
}

/// Words that mean the same: `hardfail` was used for `fail` before RFC 7001.
fn same_result(theirs: &str, ours: &str) -> bool {
    theirs == ours || (theirs == "hardfail" && ours == "fail")
}

/// A result's word as the RFC spells it.
pub(super) fn word<T: serde::Serialize>(result: &T) -> String {
    match serde_json::to_value(result) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
