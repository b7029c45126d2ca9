//! Clocks that a message carries beside its dates: times inside Message-IDs, boundaries and conversation indexes, the arrival
//! times of Exchange and gateways, X-Received, the mbox line (trace.md 3.9). Forgers set the dates and forget these.
//!
//! The times of queue ids stand with their hops ([`crate::trace::QueueId`]), those of signatures with the signatures.

mod exchange;
mod message_id;

use crate::{
    message::{Message, Mime, Span, Unfolded, parse_date},
    time::Timestamp,
    trace::read_hop,
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
    /// The time at which a Barracuda gateway began to receive.
    BarracudaStart,
    /// An X-Received field, which Google writes between its own servers.
    XReceived,
    /// The mbox line.
    MboxLine,
}

/// Decoded times outside of 1990 to 2100 are no times.
const PLAUSIBLE: std::ops::Range<i64> = 631_152_000..4_102_444_800;
/// More boundaries than this are not read.
const MAX_BOUNDARIES: usize = 32;

/// Every such clock, the header's in the order of the fields, then the boundaries', then that of the mbox line.
pub fn read(message: &Message<'_>, mime: &Mime) -> Vec<Clock> {
    let mut clocks: Vec<Clock> = message
        .fields
        .iter()
        .filter_map(|field| {
            let (kind, form, seconds) = if field.is("X-Received") {
                let seconds = read_hop(0, field).date?.at.0;
                (ClockKind::XReceived, "Gmail", Some(seconds))
            } else if field.is("X-Barracuda-Start-Time") {
                let seconds = field.text().trim().parse().ok()?;
                (ClockKind::BarracudaStart, "Barracuda", Some(seconds))
            } else if field.is("Message-ID") {
                let (form, seconds) = message_id::read(field.text())?;
                (ClockKind::MessageId, form, Some(seconds))
            } else if field.is("Thread-Index") {
                (
                    ClockKind::ThreadIndex,
                    "Outlook and Exchange",
                    exchange::thread_index(field.text())?,
                )
            } else {
                let seconds = exchange::arrival(field)?;
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
    clocks.extend(mbox_line(message));
    clocks
}

/// `From ann@corp.example Mon Jan  1 00:00:00 2024`: the date of asctime, in UTC where no zone stands behind it (RFC 4155).
fn mbox_line(message: &Message<'_>) -> Option<Clock> {
    let span = message.mbox_line?;
    let line = message.quote(span);
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words
        .iter()
        .position(|word| word.matches(':').count() == 2 && word.starts_with(|c: char| c.is_ascii_digit()))?;
    let (month, day) = (words.get(at.checked_sub(2)?)?, words.get(at - 1)?);
    let (year, zone) = match words.get(at + 1..)? {
        [year, zone, ..] if is_zone(zone) => (*year, *zone),
        [zone, year, ..] if is_zone(zone) => (*year, *zone),
        [year, ..] => (*year, "+0000"),
        [] => return None,
    };
    let date = [day, month, year, words[at], zone].join(" ");
    let date = parse_date(&Unfolded::new(date.as_bytes(), 0))?;
    Some(Clock {
        kind: ClockKind::MboxLine,
        form: "mbox",
        at: plausible(date.at.0),
        field_index: None,
        span,
    })
}

fn is_zone(word: &str) -> bool {
    word.len() == 5 && word.starts_with(['+', '-']) && word[1..].bytes().all(|byte| byte.is_ascii_digit())
}

fn plausible(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp(seconds)).filter(|at| PLAUSIBLE.contains(&at.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_read() {
        let raw = "From ann@corp.example Sun Jun  7 19:40:00 2026\n\
            X-Received: by 2002:a05:6402:1a4e:b0:5f1:d0a4:4f2a with SMTP id 4fb4d7f45d1cf-5f2a0000000mr1234567a12.5.1780860800000; Sun, 07 Jun 2026 12:33:20 -0700 (PDT)\n\
            X-Barracuda-Start-Time: 1780860802\n\
            Message-ID: <20260601120000.4411-1-ann@corp.example>\n\
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
                (ClockKind::XReceived, "2026-06-07T19:33:20Z".to_owned()),
                (ClockKind::BarracudaStart, "2026-06-07T19:33:22Z".to_owned()),
                (ClockKind::MessageId, "2026-06-01T12:00:00Z".to_owned()),
                (ClockKind::ThreadIndex, "2026-06-07T19:32:29Z".to_owned()),
                (ClockKind::ExchangeArrival, "2026-06-07T19:33:22Z".to_owned()),
                (ClockKind::Boundary, "2026-06-07T19:32:29Z".to_owned()),
                (ClockKind::MboxLine, "2026-06-07T19:40:00Z".to_owned()),
            ]
        );
    }
}
