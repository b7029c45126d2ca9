//! Section `trace`.

use super::{Detail, each, moment};
use crate::{
    message::Message,
    report::model::{Border, Event, Hop, HopBy, HopFrom, QueueId, Skew, Trace},
    trace,
};

/// The chain, the border and the timeline; the border alone where that is all that is shown.
pub(super) fn build(message: &Message<'_>, trace: trace::Trace, timeline: Vec<Event>, detail: Detail) -> Trace {
    Trace {
        hops: detail.section(|| each(trace.hops, |one| hop(message, one))),
        border: trace.border.map(border),
        timeline,
        skew: detail.section(|| each(trace.skews, skew)),
    }
}

fn skew(skew: trace::Skew) -> Skew {
    Skew {
        host: skew.host,
        relative_to: skew.relative_to,
        seconds: skew.seconds,
        hop: skew.hop,
    }
}

fn hop(message: &Message<'_>, hop: trace::Hop) -> Hop {
    Hop {
        index: hop.index,
        from: HopFrom {
            host: hop.from.host,
            helo_command: hop.from.helo_command,
            helo: hop.from.helo,
            rdns: hop.from.rdns,
            rdns_status: hop.from.rdns_status,
            ip: hop.from.ip,
            port: hop.from.port,
            ident: hop.from.ident,
            auth_user: hop.from.auth_user,
            auth_method: hop.from.auth_method,
            ip_class: hop.from.ip.map(trace::AddressClass::of),
        },
        by: HopBy {
            host: hop.by.host,
            ip: hop.by.ip,
            port: hop.by.port,
            product: hop.by.product,
            version: hop.by.version,
        },
        with: hop.with,
        tls: hop.tls,
        tls_version: hop.tls_version,
        tls_cipher: hop.tls_cipher,
        id: hop.id.map(|id| QueueId {
            value: id.value,
            kind: id.kind,
            time: moment(id.time),
        }),
        for_: hop.for_,
        envelope_from: hop.envelope_from,
        date: moment(hop.date.as_ref().map(|date| date.at)),
        date_text: hop.date.map(|date| date.text),
        delay_seconds: hop.delay_seconds,
        corrected_delay_seconds: hop.corrected_delay_seconds,
        class: hop.class,
        zone: hop.zone,
        support: hop.support,
        support_reasons: hop.support_reasons,
        continuity: hop.continuity,
        profile: hop.profile,
        violations: hop.violations,
        span: hop.span,
        field_index: hop.field_index,
        line: message.fields.get(hop.field_index).map_or(0, |field| field.line),
        via: hop.via,
    }
}

fn border(border: trace::Border) -> Border {
    Border {
        hop: border.hop,
        confidence: border.confidence,
        reason_kinds: border.reasons.iter().map(|reason| reason.kind).collect(),
        reasons: each(border.reasons, |reason| reason.text),
        runner_up: border.runner_up,
    }
}
