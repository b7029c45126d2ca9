//! Clocks (TM).

use super::{dkim::duration, rules, trace::hop_field};
use crate::{
    case::Case,
    domain,
    finding::{Evidence, Finding, Severity},
    recorded::same_operator,
    time::Timestamp,
    trace::{Hop, Zone},
    verify::arc::ArcSignature,
};

/// Clocks that differ by less say nothing (trace.md 0.8).
const SKEW: i64 = 300;

rules! {
    /// A hop received the message before the hop below it did.
    ///
    /// # When this is innocent
    /// Clocks that nobody sets: a step back of up to five minutes is not even mentioned, and where a filter or a local delivery shows
    /// how far a clock is behind, that much is taken out.
    NEGATIVE_STEP {
        id: "TM-201",
        name: "negative-step",
        title: "Time runs backwards between two hops",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| case.trace.hops.iter().filter_map(|hop| Some((hop, hop.corrected_delay_seconds.or(hop.delay_seconds)?))).filter(|(_, delay)| *delay < -SKEW).map(|(hop, delay)| {
            let back = -delay;
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
            let Some(late) = case.written.as_ref().map(|date| date.at.since(delivered)).filter(|late| *late > 3 * 3_600) else { return Vec::new() };
            vec![Finding::new(rule, format!("Date lies {} after delivery", duration(late)), Evidence::field(field))
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
            let Some(early) = case.written.as_ref().map(|date| delivered.since(date.at)).filter(|early| *early > 3 * 86_400) else { return Vec::new() };
            vec![Finding::new(rule, format!("Date lies {} before delivery", duration(early)), Evidence::field(field))]
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
            let (Some(field), Some(date)) = (case.message.field("Date"), &case.written) else { return Vec::new() };
            let signed = case.proving_signatures().find_map(|check| Some((check, check.signed_at?)));
            let Some((check, signed)) = signed.filter(|(_, signed)| signed.since(date.at).abs() > 7 * 86_400) else { return Vec::new() };
            // Delivery must agree with the signature, else the queue is as good an explanation.
            if case.clock.delivered_at.is_none_or(|delivered| delivered.since(signed).abs() > 2 * 86_400) { return Vec::new() }
            if case.is_handled() { return Vec::new() }
            vec![Finding::new(rule, format!("Date lies {} away from the time of signing and delivery", duration(signed.since(date.at))), Evidence::field(field))
                .and(Evidence::field_at(case.message, check.field_index))]
        },
    }

    /// A seal is dated before the one below it, or at another time than its sealer's own servers handled the message.
    ///
    /// # When this is innocent
    /// Clocks that nobody sets, and messages that waited in a queue before they were sealed.
    SEAL_TIME {
        id: "TM-208",
        name: "arc-time",
        title: "The time of a seal does not fit",
        severity: Low,
        effect: Neutral,
        references: ["RFC 8617 4.1.3"],
        check: |rule, case| {
            let seals: Vec<(u32, &ArcSignature, Timestamp)> = case.verification.arc.sets.iter()
                .filter_map(|set| { let seal = set.seal.as_ref()?; Some((set.set.instance, seal, seal.signed_at?)) }).collect();
            let backwards = seals.windows(2).filter_map(|pair| match pair {
                [(below, _, earlier), (above, seal, later)] if later.since(*earlier) < -SKEW =>
                    Some((*seal, format!("the seal i={above} is dated {} before i={below}", duration(earlier.since(*later))))),
                _ => None,
            });
            let outside = seals.iter().filter_map(|(instance, seal, at)| {
                let (first, last) = handled(case, seal.domain.as_deref()?)?;
                let away = if at.since(last) > SKEW { at.since(last) } else if first.since(*at) > SKEW { first.since(*at) } else { return None };
                Some((*seal, format!("the seal i={instance} is dated {} away from when its sealer's servers handled the message", duration(away))))
            });
            backwards.chain(outside).take(4).map(|(seal, text)| Finding::new(rule, text, Evidence::field_at(case.message, seal.field_index))).collect()
        },
    }
}

/// When servers of an organisation received the message first, and when the next one received it from them last.
fn handled(case: &Case<'_>, name: &str) -> Option<(Timestamp, Timestamp)> {
    let of = |host: &Option<String>| {
        host.as_ref()
            .is_some_and(|host| same_operator(&domain::normalise(host), name))
    };
    let times = |by: fn(&Hop) -> &Option<String>| {
        case.trace
            .hops
            .iter()
            .filter(move |hop| of(by(hop)))
            .filter_map(|hop| Some(hop.date.as_ref()?.at))
    };
    let first = times(|hop| &hop.by.host).min()?;
    let last = times(|hop| &hop.by.host)
        .chain(times(|hop| &hop.from.helo))
        .chain(times(|hop| &hop.from.rdns))
        .max()?;
    Some((first, last))
}
