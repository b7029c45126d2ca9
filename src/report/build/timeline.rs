//! Everything in the message that states a time, in the order of time.

use super::moment;
use crate::{
    case::Case,
    clocks::{Clock, ClockKind},
    message::parse_date,
    report::model::{Event, EventSource},
    time::Timestamp,
    trace::{Hop, Zone},
    verify::arc::ArcResult,
};

/// All events, earliest first; at one moment the lower hop first, as it came earlier.
pub(super) fn build(case: &Case<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    for hop in case.trace.hops.iter().rev() {
        hop_events(hop, &mut events);
    }
    for field in &case.message.fields {
        let (source, text) = match () {
            () if field.is("Date") => (EventSource::Date, "written, by its Date"),
            () if field.is("Resent-Date") => (EventSource::ResentDate, "resent, by its Resent-Date"),
            () => continue,
        };
        let span = field.unfolded().full_span();
        let at = match &case.written {
            Some(date) if date.span == span => Some(date.at),
            _ => parse_date(field.unfolded()).map(|date| date.at),
        };
        push(
            &mut events,
            at,
            source,
            || text.to_owned(),
            false,
            None,
            Some(field.index),
        );
    }
    for check in &case.verification.dkim {
        let name = check.domain.as_deref().unwrap_or("an unnamed domain");
        let signed = || ["signed by ", name, ", by t= of its signature"].concat();
        // A signature that verifies vouches for its own t= and x=.
        let vouched = check.passes();
        let field = Some(check.field_index);
        push(
            &mut events,
            check.signed_at,
            EventSource::DkimSigned,
            signed,
            vouched,
            None,
            field,
        );
        let expires = || ["signature of ", name, " expires"].concat();
        push(
            &mut events,
            check.expires_at,
            EventSource::DkimExpires,
            expires,
            vouched,
            None,
            field,
        );
    }
    let vouched = case.verification.arc.result == Ok(ArcResult::Pass);
    for set in &case.verification.arc.sets {
        if let Some(signature) = &set.message_signature {
            let name = signature.domain.as_deref().unwrap_or("an unnamed domain");
            let text = || {
                format!(
                    "signed for the chain by {name}, i={}, by t= of its ARC signature",
                    set.set.instance
                )
            };
            let field = Some(signature.field_index);
            push(
                &mut events,
                signature.signed_at,
                EventSource::ArcSigned,
                text,
                vouched,
                None,
                field,
            );
        }
        let Some(seal) = &set.seal else { continue };
        let name = seal.domain.as_deref().unwrap_or("an unnamed domain");
        let text = || format!("sealed by {name}, i={}, by t= of its seal", set.set.instance);
        let field = Some(seal.field_index);
        push(
            &mut events,
            seal.signed_at,
            EventSource::ArcSealed,
            text,
            vouched,
            None,
            field,
        );
    }
    for clock in &case.clocks {
        clock_event(case, clock, &mut events);
    }
    events.sort_by_key(|event| event.at);
    events
}

fn clock_event(case: &Case<'_>, clock: &Clock, events: &mut Vec<Event>) {
    let (source, text) = match clock.kind {
        ClockKind::MessageId => (EventSource::MessageId, "named, by the time in its Message-ID"),
        ClockKind::Boundary => (EventSource::Boundary, "composed, by the time in a boundary"),
        ClockKind::ThreadIndex => (EventSource::ThreadIndex, "the conversation began, by its Thread-Index"),
        ClockKind::ExchangeArrival => (EventSource::ExchangeArrival, "arrived at Exchange, by its arrival time"),
        ClockKind::BarracudaStart => (EventSource::BarracudaStart, "came in at a gateway, by its start time"),
        ClockKind::XReceived => (EventSource::XReceived, "passed inside Google, by an X-Received field"),
        ClockKind::MboxLine => (EventSource::MboxLine, "stored, by the mbox line"),
    };
    let border = case.trace.border_hop().map(|hop| hop.field_index);
    let trusted = clock
        .field_index
        .zip(border)
        .is_some_and(|(field, border)| field < border);
    let text = || [text, " (", clock.form, ")"].concat();
    push(events, clock.at, source, text, trusted, None, clock.field_index);
}

fn hop_events(hop: &Hop, events: &mut Vec<Event>) {
    let trusted = hop.zone != Zone::Untrusted;
    let server = hop.by.host.as_deref().unwrap_or("an unnamed server");
    let place = (Some(hop.index), Some(hop.field_index));
    let time = hop.id.as_ref().and_then(|id| id.time);
    let queued = || ["queued by ", server, ", by its queue id"].concat();
    push(events, time, EventSource::QueueId, queued, trusted, place.0, place.1);
    let received = || ["received by ", server].concat();
    let date = hop.date.as_ref().map(|date| date.at);
    push(events, date, EventSource::Hop, received, trusted, place.0, place.1);
}

/// An event, where its time is known.
fn push(
    events: &mut Vec<Event>,
    at: Option<Timestamp>,
    source: EventSource,
    text: impl FnOnce() -> String,
    trusted: bool,
    hop: Option<usize>,
    field_index: Option<usize>,
) {
    if let Some(at) = moment(at) {
        events.push(Event {
            at,
            source,
            text: text(),
            trusted,
            hop,
            field_index,
        });
    }
}
