//! Section `envelope`.

use std::convert;

use super::{Detail, each, moment};
use crate::{
    case::Case,
    envelope::{self, Candidate, Origin, Provenance, decode},
    ip, journey,
    report::model::{self, DecodedAddress, Envelope, EnvelopeValue, Leg, LegResult},
    verify::Clock,
};

/// The envelope and its legs; the values alone where that is all that is shown.
pub(super) fn build(
    envelope: envelope::Envelope,
    legs: Vec<journey::Leg>,
    statement: Option<String>,
    clock: Clock,
    detail: Detail,
) -> Envelope {
    let page = Page { clock, detail };
    Envelope {
        client_ip: page.value(envelope.client_ip, ip::text),
        helo: page.value(envelope.helo, convert::identity),
        mail_from: page.value(envelope.mail_from, convert::identity),
        rcpt_to: each(envelope.rcpt_to, |path| page.value(path, convert::identity)),
        legs: each(legs, leg),
        statement,
    }
}

/// "SPF was asked whether 192.0.2.7 may send for shop.example: the address by Received (line 3) and Received-SPF (line 2), the
/// return path by Received-SPF (line 2)" (envelope.md 4.6).
pub(super) fn statement(case: &Case<'_>) -> Option<String> {
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
    let pieces = [
        "SPF was asked whether ",
        &ip::text(ip),
        " may send for ",
        &spf.domain,
        ": the address ",
        &witnesses(case, &envelope.client_ip),
        "; ",
        &identity,
        " ",
        &witnesses(case, &envelope.mail_from),
    ];
    Some(pieces.concat())
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
        [one] => ["by ", one, " alone"].concat(),
        many => ["by ", &many.join(" and "), ", which agree"].concat(),
    }
}

/// How values are shown.
struct Page {
    clock: Clock,
    detail: Detail,
}

impl Page {
    fn value<T>(&self, provenance: Provenance<T>, text: impl FnOnce(T) -> String) -> EnvelopeValue {
        EnvelopeValue {
            value: provenance.value.map(text),
            origin: provenance.origin,
            confidence: provenance.confidence,
            candidates: self
                .detail
                .section(|| each(provenance.candidates, |candidate| self.candidate(candidate))),
        }
    }

    fn candidate(&self, candidate: Candidate) -> model::Candidate {
        model::Candidate {
            origin: candidate.origin,
            trusted: candidate.trusted,
            trust: candidate.trust_class(),
            decoded: self.decoded(&candidate.value),
            field_index: candidate.field_index,
            span: candidate.span,
            value: candidate.value,
            note: candidate.note,
        }
    }

    fn decoded(&self, value: &str) -> Option<DecodedAddress> {
        let decoded = decode(value)?;
        let delivered = self.clock.delivery_or_now();
        Some(DecodedAddress {
            form: decoded.form,
            inner: decoded.inner,
            recipient: decoded.recipient,
            account: decoded.account,
            stated_days_before_delivery: decoded.day.map(|day| day.days_before(delivered)),
        })
    }
}

fn leg(leg: journey::Leg) -> Leg {
    let text = |told: journey::Told| told.value;
    Leg {
        kind: leg.kind,
        reasons: leg.reasons,
        hop: leg.hops.last().copied(),
        hops: leg.hops,
        client_ip: leg.client_ip,
        client: leg.client_name,
        helo: leg.helo.map(text),
        server: leg.server,
        mail_from: leg.mail_from.map(text),
        rcpt_to: each(leg.rcpt_to, text),
        at: moment(leg.at),
        tls: leg.tls,
        auth_user: leg.auth_user,
        zone: leg.zone,
        results: each(leg.results, result),
    }
}

fn result(result: journey::LegResult) -> LegResult {
    LegResult {
        method: result.method,
        result: result.result,
        identifier: result.identifier,
        basis: result.basis,
        by: result.by,
        field_index: result.field_index,
    }
}
