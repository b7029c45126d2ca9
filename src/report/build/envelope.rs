//! Section `envelope`.

use std::fmt::Display;

use super::moment;
use crate::{
    case::Case,
    envelope::{Candidate, Origin, Provenance, decode},
    journey,
    report::model::{self, DecodedAddress, Envelope, EnvelopeValue, Leg, LegResult},
};

/// The envelope and its legs.
pub(super) fn build(case: &Case<'_>, legs: &[journey::Leg]) -> Envelope {
    let envelope = &case.envelope;
    Envelope {
        client_ip: value(case, &envelope.client_ip),
        helo: value(case, &envelope.helo),
        mail_from: value(case, &envelope.mail_from),
        rcpt_to: envelope.rcpt_to.iter().map(|path| value(case, path)).collect(),
        legs: legs.iter().map(leg).collect(),
        statement: statement(case),
    }
}

/// The values alone.
pub(super) fn short(case: &Case<'_>) -> Envelope {
    let envelope = &case.envelope;
    Envelope {
        client_ip: bare(&envelope.client_ip),
        helo: bare(&envelope.helo),
        mail_from: bare(&envelope.mail_from),
        rcpt_to: envelope.rcpt_to.iter().map(bare).collect(),
        legs: Vec::new(),
        statement: None,
    }
}

/// "SPF was asked whether 192.0.2.7 may send for shop.example: the address by Received (line 3) and Received-SPF (line 2), the
/// return path by Received-SPF (line 2)" (envelope.md 4.6).
fn statement(case: &Case<'_>) -> Option<String> {
    let spf = &case.verification.spf_mail_from;
    let ip = spf.ip?;
    let envelope = &case.envelope;
    let null_sender = envelope.mail_from.value.as_deref() == Some("");
    let identity = if null_sender {
        format!(
            "the return path is empty, so postmaster@{} stands for it; it is told",
            spf.domain
        )
    } else {
        "the return path".to_owned()
    };
    Some(format!(
        "SPF was asked whether {ip} may send for {}: the address {}; {identity} {}",
        spf.domain,
        witnesses(case, &envelope.client_ip),
        witnesses(case, &envelope.mail_from)
    ))
}

/// Who names the winning value, and whether that is one witness or several.
fn witnesses<T>(case: &Case<'_>, value: &Provenance<T>) -> String {
    let Some(best) = value.candidates.first() else {
        return "by nobody".to_owned();
    };
    let agrees = |candidate: &&Candidate| {
        candidate.trusted && (candidate.value == best.value || candidate.note.as_deref() == Some("agrees"))
    };
    let mut names: Vec<String> = Vec::new();
    for candidate in value.candidates.iter().filter(agrees) {
        let name = match candidate.field_index.and_then(|index| case.message.fields.get(index)) {
            Some(field) => format!("{} (line {})", field.name(), field.line),
            None if candidate.origin == Origin::MboxLine => "the mbox line".to_owned(),
            None => candidate.note.clone().unwrap_or_else(|| "the user".to_owned()),
        };
        if !names.contains(&name) && names.len() < 4 {
            names.push(name);
        }
    }
    match names.as_slice() {
        [one] => format!("by {one} alone"),
        many => format!("by {}, which agree", many.join(" and ")),
    }
}

fn decoded(case: &Case<'_>, candidate: &Candidate) -> Option<DecodedAddress> {
    let decoded = decode(&candidate.value)?;
    let delivered = case.clock.delivery_or_now();
    Some(DecodedAddress {
        form: decoded.form,
        inner: decoded.inner,
        recipient: decoded.recipient,
        account: decoded.account,
        stated_days_before_delivery: decoded.day.map(|day| day.days_before(delivered)),
    })
}

/// A value without its candidates.
fn bare<T: Display>(provenance: &Provenance<T>) -> EnvelopeValue {
    EnvelopeValue {
        value: provenance.value.as_ref().map(ToString::to_string),
        origin: provenance.origin,
        confidence: provenance.confidence,
        candidates: Vec::new(),
    }
}

fn value<T: Display>(case: &Case<'_>, provenance: &Provenance<T>) -> EnvelopeValue {
    EnvelopeValue {
        candidates: provenance
            .candidates
            .iter()
            .map(|candidate| model::Candidate {
                value: candidate.value.clone(),
                origin: candidate.origin,
                trusted: candidate.trusted,
                trust: candidate.trust_class(),
                decoded: decoded(case, candidate),
                field_index: candidate.field_index,
                span: candidate.span,
                note: candidate.note.clone(),
            })
            .collect(),
        ..bare(provenance)
    }
}

fn leg(leg: &journey::Leg) -> Leg {
    let text = |told: &journey::Told| told.value.clone();
    Leg {
        kind: leg.kind,
        reasons: leg.reasons.clone(),
        hop: leg.hops.last().copied(),
        hops: leg.hops.clone(),
        client_ip: leg.client_ip,
        client: leg.client_name.clone(),
        helo: leg.helo.as_ref().map(text),
        server: leg.server.clone(),
        mail_from: leg.mail_from.as_ref().map(text),
        rcpt_to: leg.rcpt_to.iter().map(text).collect(),
        at: moment(leg.at),
        tls: leg.tls.clone(),
        auth_user: leg.auth_user.clone(),
        zone: leg.zone,
        results: leg.results.iter().map(result).collect(),
    }
}

fn result(result: &journey::LegResult) -> LegResult {
    LegResult {
        method: result.method.clone(),
        result: result.result.clone(),
        identifier: result.identifier.clone(),
        basis: result.basis,
        by: result.by.clone(),
        field_index: result.field_index,
    }
}
