//! The short form of JSON (`--brief`): same names, the rest left out.

use serde::Serialize;

use super::{
    Report,
    model::{Address, AlignedBy, EnvelopeValue, FromReading, Moment, Source, Verdict},
};
use crate::{
    envelope::Origin,
    finding::{Effect, Severity},
    trace::Confidence,
    verify::{
        arc::ArcResult,
        dkim::DkimResult,
        dmarc::{Alignment, DmarcResult, Policy},
        spf::SpfResult,
    },
};

/// Verdict, authentication results, finding ids, identities, envelope.
#[derive(Serialize)]
pub(super) struct Brief<'r> {
    schema: &'static str,
    source: &'r Source,
    message: BriefMessage<'r>,
    verdict: &'r Verdict,
    findings: Vec<BriefFinding>,
    envelope: BriefEnvelope<'r>,
    authentication: BriefAuthentication<'r>,
}

#[derive(Serialize)]
struct BriefMessage<'r> {
    from: &'r [Address],
    from_readings: &'r [FromReading],
    sender: &'r [Address],
    reply_to: &'r [Address],
    message_id: Option<&'r str>,
}

#[derive(Serialize)]
struct BriefFinding {
    id: &'static str,
    name: &'static str,
    severity: Severity,
    effect: Effect,
}

#[derive(Serialize)]
struct BriefEnvelope<'r> {
    client_ip: BriefValue<'r>,
    helo: BriefValue<'r>,
    mail_from: BriefValue<'r>,
    rcpt_to: Vec<BriefValue<'r>>,
}

#[derive(Serialize)]
struct BriefValue<'r> {
    value: Option<&'r str>,
    origin: Option<Origin>,
    confidence: Confidence,
}

#[derive(Serialize)]
struct BriefAuthentication<'r> {
    as_of: Option<Moment>,
    delivered_at: Option<Moment>,
    spf: BriefSpf<'r>,
    dkim: Vec<BriefDkim<'r>>,
    dmarc: BriefDmarc<'r>,
    arc: BriefArc<'r>,
}

#[derive(Serialize)]
struct BriefSpf<'r> {
    mail_from: BriefSpfCheck<'r>,
    helo: BriefSpfCheck<'r>,
}

#[derive(Serialize)]
struct BriefSpfCheck<'r> {
    result: Option<SpfResult>,
    reason: Option<&'r str>,
    domain: Option<&'r str>,
}

#[derive(Serialize)]
struct BriefDkim<'r> {
    domain: Option<&'r str>,
    selector: Option<&'r str>,
    result: Option<DkimResult>,
    reason: Option<&'r str>,
    aligned: Option<Alignment>,
}

#[derive(Serialize)]
struct BriefDmarc<'r> {
    result: Option<DmarcResult>,
    reason: Option<&'r str>,
    domain: Option<&'r str>,
    policy: Option<Policy>,
    disposition: Option<Policy>,
    aligned_by: &'r [AlignedBy],
}

#[derive(Serialize)]
struct BriefArc<'r> {
    result: Option<ArcResult>,
    reason: Option<&'r str>,
    oldest_pass: Option<u32>,
}

impl<'r> Brief<'r> {
    /// The short form of a report.
    pub(super) fn of(report: &'r Report) -> Self {
        let message = &report.message;
        let envelope = &report.envelope;
        Self {
            schema: report.schema,
            source: &report.source,
            message: BriefMessage {
                from: &message.from,
                from_readings: &message.from_readings,
                sender: &message.sender,
                reply_to: &message.reply_to,
                message_id: message.message_id.as_deref(),
            },
            verdict: &report.verdict,
            findings: report
                .findings
                .iter()
                .map(|finding| BriefFinding {
                    id: finding.id,
                    name: finding.name,
                    severity: finding.severity,
                    effect: finding.effect,
                })
                .collect(),
            envelope: BriefEnvelope {
                client_ip: value(&envelope.client_ip),
                helo: value(&envelope.helo),
                mail_from: value(&envelope.mail_from),
                rcpt_to: envelope.rcpt_to.iter().map(value).collect(),
            },
            authentication: authentication(report),
        }
    }
}

fn value(value: &EnvelopeValue) -> BriefValue<'_> {
    BriefValue {
        value: value.value.as_deref(),
        origin: value.origin,
        confidence: value.confidence,
    }
}

fn authentication(report: &Report) -> BriefAuthentication<'_> {
    let authentication = &report.authentication;
    let dmarc = &authentication.dmarc.check;
    BriefAuthentication {
        as_of: authentication.as_of,
        delivered_at: authentication.delivered_at,
        spf: BriefSpf {
            mail_from: spf(&authentication.spf.mail_from),
            helo: spf(&authentication.spf.helo),
        },
        dkim: authentication
            .dkim
            .iter()
            .map(|check| BriefDkim {
                domain: check.domain.as_deref(),
                selector: check.selector.as_deref(),
                result: check.result,
                reason: check.reason.as_deref(),
                aligned: check.aligned,
            })
            .collect(),
        dmarc: BriefDmarc {
            result: dmarc.result,
            reason: dmarc.reason.as_deref(),
            domain: dmarc.domain.as_deref(),
            policy: dmarc.policy,
            disposition: dmarc.disposition,
            aligned_by: &dmarc.aligned_by,
        },
        arc: BriefArc {
            result: authentication.arc.result,
            reason: authentication.arc.reason.as_deref(),
            oldest_pass: authentication.arc.oldest_pass,
        },
    }
}

fn spf(check: &super::model::SpfCheck) -> BriefSpfCheck<'_> {
    BriefSpfCheck {
        result: check.result,
        reason: check.reason.as_deref(),
        domain: check.domain.as_deref(),
    }
}
