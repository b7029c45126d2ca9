//! Section `trace`.

use super::{moment, timeline};
use crate::{
    case::Case,
    report::model::{Border, Hop, HopBy, HopFrom, QueueId, Skew, Trace},
    trace,
};

/// The chain, the border and the timeline.
pub(super) fn build(case: &Case<'_>) -> Trace {
    Trace {
        hops: case.trace.hops.iter().map(|one| hop(case, one)).collect(),
        border: case.trace.border.as_ref().map(border),
        timeline: timeline::build(case),
        skew: case.trace.skews.iter().map(skew).collect(),
    }
}

/// The border alone.
pub(super) fn short(case: &Case<'_>) -> Trace {
    Trace {
        hops: Vec::new(),
        border: case.trace.border.as_ref().map(border),
        timeline: Vec::new(),
        skew: Vec::new(),
    }
}

fn skew(skew: &trace::Skew) -> Skew {
    Skew {
        host: skew.host.clone(),
        relative_to: skew.relative_to.clone(),
        seconds: skew.seconds,
        hop: skew.hop,
    }
}

fn hop(case: &Case<'_>, hop: &trace::Hop) -> Hop {
    Hop {
        index: hop.index,
        from: HopFrom {
            host: hop.from.host.clone(),
            helo_command: hop.from.helo_command,
            helo: hop.from.helo.clone(),
            rdns: hop.from.rdns.clone(),
            rdns_status: hop.from.rdns_status,
            ip: hop.from.ip,
            port: hop.from.port,
            ident: hop.from.ident.clone(),
            auth_user: hop.from.auth_user.clone(),
            auth_method: hop.from.auth_method.clone(),
            ip_class: hop.from.ip.map(trace::AddressClass::of),
        },
        by: HopBy {
            host: hop.by.host.clone(),
            ip: hop.by.ip,
            port: hop.by.port,
            product: hop.by.product.clone(),
            version: hop.by.version.clone(),
        },
        with: hop.with.clone(),
        tls: hop.tls.clone(),
        tls_version: hop.tls_version.clone(),
        tls_cipher: hop.tls_cipher.clone(),
        id: hop.id.as_ref().map(|id| QueueId {
            value: id.value.clone(),
            kind: id.kind,
            time: moment(id.time),
        }),
        for_: hop.for_.clone(),
        envelope_from: hop.envelope_from.clone(),
        date: moment(hop.date.as_ref().map(|date| date.at)),
        date_text: hop.date.as_ref().map(|date| date.text.clone()),
        delay_seconds: hop.delay_seconds,
        corrected_delay_seconds: hop.corrected_delay_seconds,
        class: hop.class,
        zone: hop.zone,
        support: hop.support,
        support_reasons: hop.support_reasons.clone(),
        continuity: hop.continuity,
        profile: hop.profile,
        violations: hop.violations.clone(),
        span: hop.span,
        field_index: hop.field_index,
        line: case.message.fields.get(hop.field_index).map_or(0, |field| field.line),
        via: hop.via.clone(),
    }
}

fn border(border: &trace::Border) -> Border {
    Border {
        hop: border.hop,
        confidence: border.confidence,
        reasons: border.reasons.iter().map(|reason| reason.text.clone()).collect(),
        runner_up: border.runner_up,
        reason_kinds: border.reasons.iter().map(|reason| reason.kind).collect(),
    }
}
