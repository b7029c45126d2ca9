//! Clocks (TM).

use super::{dkim::duration, rules, trace::hop_field};
use crate::{
    finding::{Evidence, Finding, Severity},
    message::parse_date,
    trace::Zone,
};

/// Clocks that differ by less say nothing (trace.md 0.8).
const SKEW: i64 = 300;

rules! {
    /// A hop received the message before the hop below it did.
    ///
    /// # When this is innocent
    /// Clocks that nobody sets: a step back of up to five minutes is not even mentioned.
    NEGATIVE_STEP {
        id: "TM-201",
        name: "negative-step",
        title: "Time runs backwards between two hops",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| case.trace.hops.iter().filter(|hop| hop.delay_seconds.is_some_and(|delay| delay < -SKEW)).map(|hop| {
            let back = -hop.delay_seconds.unwrap_or_default();
            Finding::new(rule, format!("hop {} is dated {} before the hop below it", hop.index + 1, duration(back)), hop_field(case, hop))
                .severity(if back > 3_600 && hop.zone != Zone::Trusted { Severity::Medium } else { Severity::Low })
        }).take(8).collect(),
    }

    /// The author's Date lies after the moment at which the message came in.
    ///
    /// # When this is innocent
    /// Wrong clocks and zones on the author's machine.
    DATE_IN_FUTURE {
        id: "TM-202",
        name: "date-future",
        title: "The message is dated after its delivery",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 3.6.1"],
        check: |rule, case| {
            let (Some(field), Some(delivered)) = (case.message.field("Date"), case.clock.delivered_at) else { return Vec::new() };
            let Some(late) = parse_date(&field.unfolded()).map(|date| date.at.since(delivered)).filter(|late| *late > 3 * 3_600) else { return Vec::new() };
            vec![Finding::new(rule, format!("Date lies {} after delivery", duration(late)), Evidence::field(case.message, field))
                .severity(if late > 86_400 { Severity::Medium } else { Severity::Low })]
        },
    }

    /// The author's Date lies days before the moment at which the message came in.
    ///
    /// # When this is innocent
    /// Moderated lists, queues, mail that was written offline or sent again.
    DATE_IN_PAST {
        id: "TM-203",
        name: "date-past",
        title: "The message was written days before its delivery",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5322 3.6.1"],
        check: |rule, case| {
            let (Some(field), Some(delivered)) = (case.message.field("Date"), case.clock.delivered_at) else { return Vec::new() };
            let Some(early) = parse_date(&field.unfolded()).map(|date| delivered.since(date.at)).filter(|early| *early > 3 * 86_400) else { return Vec::new() };
            vec![Finding::new(rule, format!("Date lies {} before delivery", duration(early)), Evidence::field(case.message, field))]
        },
    }

    /// The author's Date and the signature's own time are far apart: one of them was set by hand. The hops tell when the message
    /// really travelled.
    ///
    /// # When this is innocent
    /// Mail that waited as a draft before it was signed.
    DATE_AGAINST_SIGNATURE {
        id: "TM-207",
        name: "dkim-time",
        title: "Date and the signature's time disagree",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 6376 3.5", "RFC 5322 3.6.1"],
        check: |rule, case| {
            let Some(field) = case.message.field("Date") else { return Vec::new() };
            let Some(date) = parse_date(&field.unfolded()) else { return Vec::new() };
            let signed = case.proving_signatures().find_map(|check| Some((check, check.signed_at?)));
            let Some((check, signed)) = signed.filter(|(_, signed)| signed.since(date.at).abs() > 7 * 86_400) else { return Vec::new() };
            // Delivery must agree with the signature, else the queue is as good an explanation.
            if case.clock.delivered_at.is_none_or(|delivered| delivered.since(signed).abs() > 2 * 86_400) { return Vec::new() }
            if !case.flows.is_empty() { return Vec::new() }
            vec![Finding::new(rule, format!("Date lies {} away from the time of signing and delivery", duration(signed.since(date.at))), Evidence::field(case.message, field))
                .and(Evidence::field_at(case.message, check.field_index))]
        },
    }
}
