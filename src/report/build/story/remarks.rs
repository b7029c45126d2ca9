//! What each line of the dialogue means, in words for a reader who has never seen SMTP. From what was verified alone.
//!
//! Sentences that nearly every message has are joined from their pieces, here and in the rest of the report: `format!` takes four
//! times as long, and a scan makes fifty of them a message.

use crate::{
    case::{Case, is_aligned},
    domain,
    finding::Finding,
    journey::{Basis, Leg, LegResult, Mark, Told},
    trace::{RdnsStatus, Zone},
    verdict::{Label, Verdict},
    verify::{
        NotEvaluated,
        dkim::{BodyHash, DkimCheck, DkimResult},
        dmarc::DmarcResult,
        spf::{SpfCheck, SpfResult},
    },
};

/// More recorded fields of one leg, and results of one field, are not told.
const MAX_RECORDS: usize = 4;
const MAX_RESULTS: usize = 8;

/// What the server itself saw of the connection.
pub(super) fn connection(case: &Case<'_>, leg: &Leg) -> Option<String> {
    if leg.zone != Zone::Border {
        return None;
    }
    let hop = leg.hop(case)?;
    let name = match (hop.from.rdns_status, hop.from.rdns.as_deref()) {
        (RdnsStatus::Ok, Some(name)) => ["; by its address it is ", name].concat(),
        (RdnsStatus::None, _) => "; its address has no name".to_owned(),
        (RdnsStatus::Forged, Some(name)) => format!("; it calls itself {name}, and that name leads elsewhere"),
        _ => String::new(),
    };
    Some("the address is what the server saw, and cannot be invented".to_owned() + &name)
}

/// The client's own name.
pub(super) fn helo(case: &Case<'_>, leg: &Leg) -> Option<String> {
    if leg.zone != Zone::Border {
        return None;
    }
    let check = &case.verification.spf_helo;
    let meaning = match check.result {
        Ok(SpfResult::Pass) => format!("{} lets this address use the name (SPF pass)", check.domain),
        Ok(SpfResult::Fail) => format!("{} does not let this address use the name (SPF fail)", check.domain),
        Ok(result) => ["anyone may say any name here; SPF of it: ", result.word()].concat(),
        Err(_) => "anyone may say any name here".to_owned(),
    };
    Some(meaning)
}

/// The return path.
pub(super) fn mail_from(case: &Case<'_>, leg: &Leg, sender: &Told) -> Option<String> {
    if leg.zone != Zone::Border {
        return sender.source.clone();
    }
    let check = &case.verification.spf_mail_from;
    let verdict = spf(check);
    let domain = domain::of_address(&sender.value);
    let standing = if sender.value.is_empty() {
        "; the empty return path is that of reports and automatic replies".to_owned()
    } else if is_aligned(case.verification.spf_alignment) {
        "; it is of the domain that the reader sees".to_owned()
    } else if case.author_domain().is_some() {
        format!("; the reader never sees this address, and {domain} is not the author's domain")
    } else {
        "; the reader never sees this address".to_owned()
    };
    Some(verdict + &standing)
}

fn spf(check: &SpfCheck) -> String {
    let domain = &check.domain;
    match check.result {
        Ok(SpfResult::Pass) => [domain, " lets this address send (SPF pass)"].concat(),
        Ok(SpfResult::Fail) => format!("{domain} does not let this address send (SPF fail)"),
        Ok(SpfResult::Softfail) => format!("{domain} does not count this address among its own (SPF softfail)"),
        Ok(SpfResult::Neutral) => format!("{domain} says nothing of this address (SPF neutral)"),
        Ok(SpfResult::None) => format!("{domain} publishes no list of its servers (SPF none)"),
        Ok(SpfResult::Temperror) => format!("the list of {domain}'s servers could not be asked (SPF temperror)"),
        Ok(SpfResult::Permerror) => format!("the list of {domain}'s servers is broken (SPF permerror)"),
        Err(NotEvaluated::NotAsked) => "SPF was not checked: DNS was not asked".to_owned(),
        Err(NotEvaluated::NoClientIp) => "SPF cannot be checked: the client's address is not known".to_owned(),
        Err(_) => "SPF cannot be evaluated".to_owned(),
    }
}

/// The envelope's recipient, where the message is addressed to others.
pub(super) fn recipient(case: &Case<'_>, leg: &Leg) -> Option<String> {
    (leg.zone == Zone::Border && case.recipient_not_addressed())
        .then(|| "not among those in To and Cc: lists, Bcc and aliases do that".to_owned())
}

/// A signature that came with the message.
pub(super) fn signature(check: &DkimCheck) -> String {
    let name = check.domain.as_deref().unwrap_or("nobody");
    let restored = check.diagnosis.as_ref().filter(|diagnosis| diagnosis.restores());
    match check.result {
        Ok(DkimResult::Pass) => ["verifies: what it covers stands as ", name, " signed it"].concat(),
        Ok(DkimResult::Policy) => format!("computes, and does not count: {}", cause(check)),
        Ok(DkimResult::Fail | DkimResult::Neutral | DkimResult::Permerror) if restored.is_some() => {
            let statement = restored
                .map(|diagnosis| diagnosis.statement.clone())
                .unwrap_or_default();
            format!("fails as it stands; {statement}")
        }
        Ok(DkimResult::Fail) if check.body_hash == BodyHash::Mismatch => {
            format!("fails: the text is not the one that {name} signed")
        }
        Ok(DkimResult::Fail) => "fails: the signed lines are not what was signed".to_owned(),
        Ok(DkimResult::Temperror) => "not verified: its key could not be fetched".to_owned(),
        Ok(_) => format!("not verified: {}", cause(check)),
        Err(NotEvaluated::KeyGone) => "cannot be verified any more: its key is gone".to_owned(),
        Err(NotEvaluated::NotAsked) => "not verified: DNS was not asked for its key".to_owned(),
        Err(_) => "cannot be evaluated".to_owned(),
    }
}

fn cause(check: &DkimCheck) -> String {
    check.cause.clone().unwrap_or_else(|| "for no stated reason".to_owned())
}

/// The author that the reader sees.
pub(super) fn author(case: &Case<'_>) -> String {
    let dmarc = &case.verification.dmarc;
    let Some(domain) = case.author_domain() else {
        return "this is what the reader sees: no single author, so nothing can stand behind it".to_owned();
    };
    let seen = "this is what the reader sees";
    let restored = case.restored_signatures().next().is_some();
    match dmarc.result {
        Ok(DmarcResult::Pass) => {
            let by: Vec<String> = dmarc
                .aligned_by
                .iter()
                .map(|passed| [&passed.mechanism.to_uppercase(), " of ", &passed.domain].concat())
                .collect();
            [seen, ", and ", domain, " stands behind it: ", &by.join(", ")].concat()
        }
        _ if restored => format!("{seen}; {domain} signed it, before it was changed on the way"),
        Ok(DmarcResult::Fail) => {
            let policy = dmarc.policy.map(|policy| policy.word()).unwrap_or("none");
            format!(
                "{seen}; nothing that was said here comes from {domain}, which asks for policy {policy} in that case (DMARC fail)"
            )
        }
        Ok(DmarcResult::None) if case.spf_proves() || case.proving_signatures().next().is_some() => {
            format!("{seen}, and {domain} stands behind it, though it publishes no DMARC policy")
        }
        Ok(DmarcResult::None) => {
            format!("{seen}; nothing that was said here comes from {domain}, which publishes no DMARC policy")
        }
        Ok(DmarcResult::Temperror | DmarcResult::Permerror) => {
            format!("{seen}; whether {domain} stands behind it could not be asked")
        }
        Err(_) => format!("{seen}; whether {domain} stands behind it was not checked"),
    }
}

/// What those who handled the message say that they found, a sentence for each field; with how it is known.
pub(super) fn checks(leg: &Leg) -> Vec<(String, Mark, Option<usize>)> {
    let mut fields: Vec<Option<usize>> = Vec::new();
    for result in leg.results.iter().filter(|result| result.basis != Basis::Recomputed) {
        if !fields.contains(&result.field_index) {
            fields.push(result.field_index);
        }
    }
    let told = fields.into_iter().take(MAX_RECORDS).filter_map(|field| {
        let results: Vec<&LegResult> = leg
            .results
            .iter()
            .filter(|result| result.field_index == field)
            .collect();
        let first = results.iter().find(|result| result.basis != Basis::Recomputed)?;
        let by = first.by.as_deref().unwrap_or("the server");
        let (mark, how) = match first.basis {
            Basis::Recorded | Basis::Recomputed => (Mark::Recorded, "wrote down what it found"),
            Basis::Sealed => (Mark::Inferred, "sealed what it found"),
            Basis::Claimed => (Mark::Claimed, "is said to have found"),
        };
        let words: Vec<String> = results
            .iter()
            .filter(|result| result.basis == first.basis)
            .take(MAX_RESULTS)
            .map(|result| {
                let of = result.identifier.as_ref().filter(|name| !name.is_empty());
                let of = of.map(|name| format!(" for {name}")).unwrap_or_default();
                format!("{} {}{of}", result.method, result.result)
            })
            .collect();
        Some((format!("{by} {how}: {}", words.join(", ")), mark, field))
    });
    told.collect()
}

/// The line of the message that misleads its reader.
pub(super) struct Lie {
    /// The field.
    pub(super) field: &'static str,
    /// What is untrue in it, where it is not the author's domain itself, of which [`author`] tells.
    pub(super) why: Option<String>,
}

/// Where the reader was misled, by the findings that decided.
pub(super) fn lie(verdict: &Verdict, findings: &[Finding]) -> Option<Lie> {
    let field = match verdict.label {
        Label::NotSpoofed | Label::Inconclusive => return None,
        Label::Deceptive if verdict.because.iter().any(|id| matches!(*id, "ID-608" | "ID-609")) => "Reply-To",
        Label::Deceptive | Label::LikelySpoofed | Label::Spoofed => "From",
    };
    let deciding = verdict.because.first().filter(|_| verdict.label == Label::Deceptive);
    let why = deciding.and_then(|id| findings.iter().find(|finding| finding.id == *id));
    Some(Lie {
        field,
        why: why.map(|finding| finding.message.clone()),
    })
}
