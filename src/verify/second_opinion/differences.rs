//! Where the two verifiers differ, and why, as far as that was looked into.

use super::{
    SecondOpinion,
    causes::{KNOWN_CAUSES, KnownCause, Seen},
};
use crate::{
    message::Message,
    verify::{NotEvaluated, Verification, comparison::word, dkim::DkimCheck},
};

/// One result on which the verifiers differ.
#[derive(Clone, Debug)]
pub struct Difference {
    /// `spf`, `dkim`, `dmarc` or `arc`.
    pub method: &'static str,
    /// What was checked: a domain, for DKIM with its selector.
    pub identifier: String,
    /// Our result, in the RFC's word.
    pub ours: String,
    /// The other's.
    pub theirs: String,
    /// Why the other says so, in its words.
    pub their_cause: Option<String>,
    /// Why they differ; `None` where that is not known.
    pub cause: Option<&'static KnownCause>,
}

/// Where mail-auth decides otherwise than we do.
pub fn differences(verification: &Verification, message: &Message<'_>) -> Vec<Difference> {
    let Some(other) = &verification.second_opinion else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let spf = &verification.spf_mail_from;
    let mut compare = |identifier: String, ours: Ours<'_>, theirs: Option<(&String, Option<&String>)>, below: bool| {
        let (Ok(result), Some((theirs, their_cause))) = (&ours.result, theirs) else {
            return false;
        };
        if result == theirs {
            return false;
        }
        let seen = Seen {
            method: ours.method,
            ours: result,
            our_cause: ours.cause.unwrap_or_default(),
            theirs,
            their_cause: their_cause.map_or("", String::as_str),
            dkim: ours.dkim,
            verification,
            message,
            below,
        };
        found.push(Difference {
            method: ours.method,
            identifier,
            cause: KNOWN_CAUSES.iter().find(|known| (known.applies)(&seen)),
            ours: result.clone(),
            theirs: theirs.clone(),
            their_cause: their_cause.cloned(),
        });
        true
    };
    let mut below = compare(
        spf.domain.clone(),
        Ours::of("spf", spf.result.map(|result| word(&result)), spf.cause.as_deref()),
        other.spf.as_ref().map(|theirs| (theirs, None)),
        false,
    );
    for (ordinal, check) in verification.dkim.iter().enumerate() {
        let theirs = other.dkim.iter().find(|theirs| theirs.ordinal == Some(ordinal));
        let ours = Ours {
            dkim: Some(check),
            ..Ours::of("dkim", check.result.map(|result| word(&result)), check.cause.as_deref())
        };
        let names = [check.selector.as_deref(), check.domain.as_deref()].map(Option::unwrap_or_default);
        below |= compare(
            names.join("._domainkey."),
            ours,
            theirs.map(|theirs| (&theirs.result, theirs.cause.as_ref())),
            false,
        );
        // A signature that only one of them could judge counts for DMARC all the same.
        below |= check.passes() != theirs.is_some_and(|theirs| theirs.result == "pass");
    }
    let (dmarc, arc) = (&verification.dmarc, &verification.arc);
    compare(
        dmarc.domain.clone(),
        Ours::of(
            "dmarc",
            dmarc.result.map(|result| word(&result)),
            dmarc.cause.as_deref(),
        ),
        other.dmarc.as_ref().map(|theirs| (theirs, None)),
        below,
    );
    compare(
        format!("i={}", arc.sets.len()),
        Ours::of("arc", arc.result.map(|result| word(&result)), arc.cause.as_deref()),
        arc_of(other),
        false,
    );
    found
}

fn arc_of(other: &SecondOpinion) -> Option<(&String, Option<&String>)> {
    Some((other.arc.as_ref()?, other.arc_cause.as_ref()))
}

/// One of our results.
struct Ours<'a> {
    method: &'static str,
    result: Result<String, NotEvaluated>,
    cause: Option<&'a str>,
    dkim: Option<&'a DkimCheck>,
}

impl<'a> Ours<'a> {
    fn of(method: &'static str, result: Result<String, NotEvaluated>, cause: Option<&'a str>) -> Self {
        Self {
            method,
            result,
            cause,
            dkim: None,
        }
    }
}
