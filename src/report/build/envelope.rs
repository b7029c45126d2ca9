//! Section `envelope`.

use std::fmt::Display;

use crate::{
    case::Case,
    envelope::Provenance,
    report::model::{Candidate, Envelope, EnvelopeValue, Leg},
    trace::{Hop, HopClass, Zone},
};

/// The envelope and its legs.
pub(super) fn build(case: &Case<'_>) -> Envelope {
    let envelope = &case.envelope;
    Envelope {
        client_ip: value(&envelope.client_ip),
        helo: value(&envelope.helo),
        mail_from: value(&envelope.mail_from),
        rcpt_to: envelope.rcpt_to.iter().map(value).collect(),
        legs: legs(case),
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

/// The border, and every lower hop that tells of a transfer from a named client over SMTP.
fn legs(case: &Case<'_>) -> Vec<Leg> {
    let transfers =
        |hop: &&Hop| hop.zone == Zone::Border || (hop.zone == Zone::Untrusted && hop.class == HopClass::SmtpExternal);
    case.trace
        .hops
        .iter()
        .filter(transfers)
        .map(|hop| leg(case, hop))
        .collect()
}

fn leg(case: &Case<'_>, hop: &Hop) -> Leg {
    let mut leg = Leg {
        hop: hop.index,
        client_ip: hop.from.ip,
        helo: hop.from.helo.clone(),
        server: hop.by.host.clone(),
        mail_from: hop.envelope_from.clone(),
        rcpt_to: hop.for_.clone(),
        zone: hop.zone,
    };
    // Of the border more is known than its own line tells.
    if hop.zone == Zone::Border {
        let envelope = &case.envelope;
        leg.client_ip = envelope.client_ip.value.or(leg.client_ip);
        leg.helo = envelope.helo.value.clone().or(leg.helo);
        leg.mail_from = envelope.mail_from.value.clone().or(leg.mail_from);
        let recipients: Vec<String> = envelope.rcpt_to.iter().filter_map(|one| one.value.clone()).collect();
        if !recipients.is_empty() {
            leg.rcpt_to = recipients;
        }
    }
    leg
}
