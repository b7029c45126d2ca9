//! Recorded results beside recomputed ones, with the cause of a difference.

use super::{
    NotEvaluated, Verification,
    arc::ArcCheck,
    dkim::{self, BodyHash, DkimCheck},
};
use crate::{
    domain,
    envelope::split_address,
    recorded::{MethodResult, Recorded},
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
}

/// Lays every recomputed result beside what trusted receivers recorded, then what was recorded and has no counterpart.
pub fn compare(recorded: &Recorded, verification: &Verification) -> Vec<Comparison> {
    let mut trusted: Vec<&MethodResult> = ["spf", "dkim", "dmarc", "arc"]
        .iter()
        .flat_map(|method| recorded.trusted(method))
        .map(|(_, result)| result)
        .collect();
    let mut lines = Vec::new();
    for ours in recomputed(verification) {
        let found = trusted.iter().position(|theirs| corresponds(theirs, &ours));
        let theirs = found.map(|at| trusted.remove(at));
        // The same result stands in several trusted fields: one comparison is enough.
        trusted
            .retain(|other| !(theirs.is_some_and(|theirs| theirs.result == other.result) && corresponds(other, &ours)));
        lines.extend(line(ours, theirs));
    }
    lines.extend(
        trusted
            .into_iter()
            .filter(|theirs| theirs.result != "none")
            .map(|theirs| Comparison {
                method: theirs.method.clone(),
                identifier: recorded_identifier(theirs),
                recorded: Some(theirs.result.clone()),
                recomputed: None,
                relation: Relation::NotChecked,
                cause: Some("nothing in the stored message corresponds to it".to_owned()),
            }),
    );
    lines
}

fn line(ours: Recomputed, theirs: Option<&MethodResult>) -> Option<Comparison> {
    if theirs.is_none() && ours.identifier.is_none() {
        return None;
    }
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
    })
}

/// Everything that was recomputed, in the order in which a reader expects it.
fn recomputed(verification: &Verification) -> Vec<Recomputed> {
    let spf = &verification.spf_mail_from;
    let dmarc = &verification.dmarc;
    let mut all = vec![Recomputed {
        method: "spf",
        identifier: (!spf.domain.is_empty()).then(|| spf.domain.clone()),
        result: spf.result.map(|result| word(&result)),
        cause: spf.cause.clone(),
        // SPF reads today's records for yesterday's address: a difference says that they were edited, unless dated.
        changed: verification
            .asked
            .iter()
            .any(|asked| asked.purpose == "spf" && asked.later),
    }];
    all.extend(verification.dkim.iter().map(dkim_line));
    all.push(Recomputed {
        method: "dmarc",
        identifier: (!dmarc.domain.is_empty()).then(|| dmarc.domain.clone()),
        result: dmarc.result.map(|result| word(&result)),
        cause: dmarc.cause.clone(),
        changed: dmarc.stale || verification.dkim.iter().any(body_changed),
    });
    all.push(arc_line(&verification.arc));
    all
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
    let (Some(recorded), Some(identifier)) = (recorded_identifier(theirs), &ours.identifier) else {
        return ours.method != "dkim" || theirs.result == "none";
    };
    // DKIM: a recorded d= without s= still corresponds.
    identifier == &recorded
        || (ours.method == "dkim" && identifier.ends_with(&format!("._domainkey.{recorded}")))
        || (ours.method == "spf" && theirs.property("smtp.mailfrom").is_none())
}

/// The domain that a recorded result is about.
fn recorded_identifier(theirs: &MethodResult) -> Option<String> {
    let domain_of = |value: &str| domain::normalise(split_address(value).1);
    match theirs.method.as_str() {
        "spf" => theirs
            .property("smtp.mailfrom")
            .or_else(|| theirs.property("smtp.helo"))
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
