//! Clocks that a message carries beside its dates: times inside Message-IDs, boundaries and conversation indexes, and the
//! arrival times of Exchange (trace.md 3.9). Forgers set the dates and forget these.
//!
//! The times of queue ids stand with their hops ([`crate::trace::QueueId`]), those of signatures with the signatures.

mod exchange;
mod message_id;

use crate::{
    message::{Message, Mime, Span},
    time::Timestamp,
};

/// A time that some part of the message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What holds it.
    pub kind: ClockKind,
    /// Whose form it has, in words (`Amazon SES`, `git send-email`).
    pub form: &'static str,
    /// The time; `None` where the form is there and holds a time that no program could have written.
    pub at: Option<Timestamp>,
    /// The field that holds it; `None` in the body.
    pub field_index: Option<usize>,
    /// Where it stands.
    pub span: Span,
}

/// What holds a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClockKind {
    /// The Message-ID.
    MessageId,
    /// A boundary of the MIME structure.
    Boundary,
    /// The Thread-Index of Outlook and Exchange.
    ThreadIndex,
    /// An arrival time of Exchange.
    ExchangeArrival,
}

/// Decoded times outside of 1990 to 2100 are no times.
const PLAUSIBLE: std::ops::Range<i64> = 631_152_000..4_102_444_800;
/// More boundaries than this are not read.
const MAX_BOUNDARIES: usize = 32;

/// Every such clock, the header's in the order of the fields, then the boundaries'.
pub fn read(message: &Message<'_>, mime: &Mime) -> Vec<Clock> {
    let mut clocks: Vec<Clock> = message
        .fields
        .iter()
        .filter_map(|field| {
            let text = field.text();
            let (kind, form, seconds) = if field.is("Message-ID") {
                let (form, seconds) = message_id::read(&text)?;
                (ClockKind::MessageId, form, Some(seconds))
            } else if field.is("Thread-Index") {
                (
                    ClockKind::ThreadIndex,
                    "Outlook and Exchange",
                    exchange::thread_index(&text)?,
                )
            } else {
                let seconds = exchange::arrival(field, &text)?;
                (ClockKind::ExchangeArrival, "Exchange", Some(seconds))
            };
            Some(Clock {
                kind,
                form,
                at: seconds.and_then(plausible),
                field_index: Some(field.index),
                span: field.value_span,
            })
        })
        .collect();
    let boundaries = mime.parts.iter().take(MAX_BOUNDARIES).filter_map(|part| {
        let (form, seconds) = exchange::boundary(part.parameter("boundary")?)?;
        let span = message
            .field("Content-Type")
            .filter(|_| part.depth == 0)
            .map(|field| field.value_span);
        Some(Clock {
            kind: ClockKind::Boundary,
            form,
            at: plausible(seconds),
            field_index: message
                .field("Content-Type")
                .filter(|_| part.depth == 0)
                .map(|field| field.index),
            span: span.unwrap_or(part.span),
        })
    });
    clocks.extend(boundaries);
    clocks
}

fn plausible(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp(seconds)).filter(|at| PLAUSIBLE.contains(&at.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_read() {
        let raw = "Message-ID: <20260601120000.4411-1-ann@corp.example>\n\
            Thread-Index: AQHc9rRhSPXw4ZdTQtuvnkZG9OrQIgAABz+v\n\
            X-MS-Exchange-CrossTenant-OriginalArrivalTime: 07 Jun 2026 19:33:22.1230 (UTC)\n\
            Content-Type: multipart/alternative; boundary=\"----=_NextPart_000_0006_01DCF6B4.61000000\"\n\nx\n";
        let message = Message::read(raw.as_bytes());
        let clocks = read(&message, &Mime::read(&message));
        let found: Vec<(ClockKind, String)> = clocks
            .iter()
            .map(|clock| (clock.kind, clock.at.map(|at| at.to_string()).unwrap_or_default()))
            .collect();
        assert_eq!(
            found,
            [
                (ClockKind::MessageId, "2026-06-01T12:00:00Z".to_owned()),
                (ClockKind::ThreadIndex, "2026-06-07T19:32:29Z".to_owned()),
                (ClockKind::ExchangeArrival, "2026-06-07T19:33:22Z".to_owned()),
                (ClockKind::Boundary, "2026-06-07T19:32:29Z".to_owned()),
            ]
        );
    }
}
