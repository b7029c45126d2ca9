//! Section `envelope`.

use std::fmt::Display;

use super::moment;
use crate::{
    case::Case,
    envelope::Provenance,
    journey,
    report::model::{Candidate, Envelope, EnvelopeValue, Leg, LegResult},
};

/// The envelope and its legs.
pub(super) fn build(case: &Case<'_>, legs: &[journey::Leg]) -> Envelope {
    let envelope = &case.envelope;
    Envelope {
        client_ip: value(&envelope.client_ip),
        helo: value(&envelope.helo),
        mail_from: value(&envelope.mail_from),
        rcpt_to: envelope.rcpt_to.iter().map(value).collect(),
        legs: legs.iter().map(leg).collect(),
    }
}

fn value<T: Display>(provenance: &Provenance<T>) -> EnvelopeValue {
    EnvelopeValue {
        value: provenance.value.as_ref().map(ToString::to_string),
        origin: provenance.origin,
        confidence: provenance.confidence,
        candidates: provenance
            .candidates
            .iter()
            .map(|candidate| Candidate {
                value: candidate.value.clone(),
                origin: candidate.origin,
                trusted: candidate.trusted,
                field_index: candidate.field_index,
                span: candidate.span,
                note: candidate.note.clone(),
            })
            .collect(),
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
