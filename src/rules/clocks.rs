//! Clocks (TM), second part: how dates are written, and the clocks that stand beside them.

use super::{dkim::duration, rules, trace::hop_field};
use crate::{
    case::Case,
    clocks::{Clock, ClockKind},
    finding::{Evidence, Finding, Severity},
    message::{DateDefect, DateTime, Field},
    time::Timestamp,
    trace::{Hop, HopClass, Zone},
};

const DAY: i64 = 86_400;

/// Names of zones that stand for one offset alone, in minutes east of UTC. CST, IST, BST, AST and SST mean several, and are not here.
const ZONES: [(&str, i32); 26] = [
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("WEST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("MET", 60),
    ("MEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("JST", 540),
    ("KST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
    ("HST", -600),
    ("AKST", -540),
    ("AKDT", -480),
    ("PST", -480),
    ("PDT", -420),
    ("MST", -420),
    ("MDT", -360),
    ("EST", -300),
    ("EDT", -240),
];

rules! {
    /// A date states a zone that exists nowhere: beyond 14 hours, or with more than 59 minutes.
    ///
    /// # When this is innocent
    /// Broken mailers.
    ZONE_IMPOSSIBLE {
        id: "TM-204",
        name: "zone-impossible",
        title: "A zone that does not exist",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 3.3"],
        check: |rule, case| defective(case, &[DateDefect::ImpossibleZone]).take(4)
            .map(|(date, field)| Finding::new(rule, format!("{} states a zone that exists nowhere", date.text.trim()), Evidence::field(field))).collect(),
    }

    /// The comment behind a date names a zone whose offset is not the one that the date states: the text was put together by hand.
    ///
    /// # When this is innocent
    /// Names that several zones share are not looked at. Servers whose zone tables are old.
    ZONE_COMMENT {
        id: "TM-205",
        name: "zone-comment-contradiction",
        title: "A zone's name contradicts its offset",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5322 3.3", "RFC 5322 4.3"],
        check: |rule, case| case.trace.hops.iter().filter_map(|hop| {
            let date = hop.date.as_ref()?;
            let (offset, name) = (date.offset_minutes?, date.zone_comment.as_deref()?.trim());
            let (_, named) = ZONES.iter().find(|(zone, _)| zone.eq_ignore_ascii_case(name))?;
            (offset != *named).then(|| Finding::new(rule, format!("hop {}: the offset is {offset} minutes, {name} is {named}", hop.index + 1), hop_field(case, hop)))
        }).take(4).collect(),
    }

    /// The name of the day does not belong to the date.
    ///
    /// # When this is innocent
    /// Dates that were written by hand, and programs with an error.
    WEEKDAY_WRONG {
        id: "TM-206",
        name: "weekday-wrong",
        title: "The day's name does not fit its date",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 3.3"],
        check: |rule, case| defective(case, &[DateDefect::WrongWeekday]).take(4)
            .map(|(date, field)| Finding::new(rule, format!("{} is another day of the week", date.text.trim()), Evidence::field(field))).collect(),
    }

    /// The time inside the Message-ID is more than a day away from Date: one of them was not made when the message was.
    ///
    /// # When this is innocent
    /// Templates that are sent again, drafts that waited.
    MESSAGE_ID_TIME {
        id: "TM-209",
        name: "message-id-time",
        title: "The Message-ID tells another time than Date",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 3.6.4"],
        check: |rule, case| {
            let (Some(clock), Some(date)) = (of_kind(case, ClockKind::MessageId).next(), case.written.as_ref().map(|date| date.at)) else { return Vec::new() };
            let Some(off) = clock.at.map(|at| at.since(date)).filter(|off| off.abs() > DAY) else { return Vec::new() };
            vec![Finding::new(rule, format!("the id has the form of {}, and was made {} {} Date", clock.form, duration(off), if off < 0 { "before" } else { "after" }), quote(case, clock))]
        },
    }

    /// The conversation index is not one that Outlook or Exchange could have written, or the conversation began at another time
    /// than a message that answers nothing.
    ///
    /// # When this is innocent
    /// Answers, and messages that continue an old conversation under a new subject.
    THREAD_INDEX_TIME {
        id: "TM-210",
        name: "thread-index-time",
        title: "The conversation index does not fit",
        severity: Low,
        effect: Neutral,
        references: ["MS-OXOMSG 2.2.1.3"],
        check: |rule, case| {
            let Some(clock) = of_kind(case, ClockKind::ThreadIndex).next() else { return Vec::new() };
            let Some(began) = clock.at else {
                return vec![Finding::new(rule, "the index holds no time: no program of Microsoft wrote it", quote(case, clock)).severity(Severity::Medium)];
            };
            let answers = case.message.field("References").is_some() || case.message.field("In-Reply-To").is_some()
                || case.message.field("Subject").is_some_and(|field| field.text().contains(':'));
            let off = case.written.as_ref().map(|date| began.since(date.at)).filter(|off| off.abs() > DAY && !answers);
            off.map(|off| Finding::new(rule, format!("the conversation began {} away from Date, and the message answers nothing", duration(off)), quote(case, clock))).into_iter().collect()
        },
    }

    /// A boundary has Outlook's form, and the time inside it is none: another program imitates Outlook.
    ///
    /// # When this is innocent
    /// Programs that copied the form without its meaning; bulk mailers do.
    BOUNDARY_TIME {
        id: "TM-211",
        name: "boundary-time",
        title: "A boundary imitates Outlook's",
        severity: Low,
        effect: Neutral,
        references: ["RFC 2046 5.1.1"],
        check: |rule, case| of_kind(case, ClockKind::Boundary).filter(|clock| clock.at.is_none()).take(1)
            .map(|clock| Finding::new(rule, "the boundary has the form of Outlook's, and the time in it is in no calendar", quote(case, clock))).collect(),
    }

    /// A server kept the message for more than a day before it passed it on.
    ///
    /// # When this is innocent
    /// Queues, greylisting, moderation, quarantine: always, by itself.
    LONG_DWELL {
        id: "TM-212",
        name: "long-dwell",
        title: "The message waited for more than a day",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.5.4.1"],
        check: |rule, case| case.trace.hops.iter().filter_map(|hop| Some((hop, hop.delay_seconds.filter(|delay| *delay > DAY)?))).take(4)
            .map(|(hop, delay)| Finding::new(rule, format!("hop {} received it {} after the hop below", hop.index + 1, duration(delay)), hop_field(case, hop))).collect(),
    }

    /// An arrival time of Exchange is far from every time at which an Exchange server says that it received the message.
    ///
    /// # When this is innocent
    /// Messages that were put into a mailbox again.
    ARRIVAL_CONFLICT {
        id: "TM-213",
        name: "arrival-header-conflict",
        title: "Exchange's arrival time fits no hop",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| {
            let exchange = |hop: &&Hop| matches!(hop.by.product.as_deref(), Some("exchange" | "smtpsvc")) || hop.profile == Some("microsoft");
            let hops: Vec<Timestamp> = case.trace.hops.iter().filter(exchange).filter_map(|hop| Some(hop.date.as_ref()?.at)).collect();
            of_kind(case, ClockKind::ExchangeArrival).filter_map(|clock| {
                let off = hops.iter().map(|at| clock.at.map_or(0, |arrived| arrived.since(*at))).min_by_key(|off| off.abs())?;
                (off.abs() > 3_600).then(|| Finding::new(rule, format!("the arrival time is {} away from the nearest Exchange hop", duration(off)), quote(case, clock)))
            }).take(2).collect()
        },
    }

    /// The receiving side dates the message after the time of this judgement.
    ///
    /// # When this is innocent
    /// The clock of this run was set to an earlier time (`--now`, or that of a snapshot).
    RECEIVED_LATER {
        id: "TM-214",
        name: "received-after-acquisition",
        title: "Received after the time of judgement",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| {
            let late = case.trace.hops.iter().find(|hop| hop.zone != Zone::Untrusted && hop.date.as_ref().is_some_and(|date| date.at.since(case.clock.as_of) > DAY));
            late.map(|hop| Finding::new(rule, format!("hop {} is dated after {}, when this was judged", hop.index + 1, case.clock.as_of), hop_field(case, hop))).into_iter().collect()
        },
    }

    /// A hop writes its date without a zone or with a year of two digits, which trace fields must not.
    ///
    /// # When this is innocent
    /// Old programs and appliances.
    OBSOLETE_DATE {
        id: "TM-215",
        name: "obsolete-date",
        title: "A hop dates in a form that is forbidden",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| case.trace.hops.iter().filter(|hop| hop.class != HopClass::Annotation)
            .filter(|hop| hop.date.as_ref().is_some_and(|date| date.defects.iter().any(|defect| matches!(defect, DateDefect::ShortYear | DateDefect::NoZone))))
            .take(4).map(|hop| Finding::new(rule, format!("hop {} writes a year of two digits, or no zone", hop.index + 1), hop_field(case, hop))).collect(),
    }
}

fn of_kind<'c>(case: &'c Case<'_>, kind: ClockKind) -> impl Iterator<Item = &'c Clock> {
    case.clocks.iter().filter(move |clock| clock.kind == kind)
}

/// Date and the hops' dates that have one of these defects, with their fields.
fn defective<'c>(case: &'c Case<'_>, defects: &'c [DateDefect]) -> impl Iterator<Item = (&'c DateTime, &'c Field<'c>)> {
    let written = case.written.as_ref().zip(case.message.field("Date"));
    let hops = case
        .trace
        .hops
        .iter()
        .filter_map(|hop| hop.date.as_ref().zip(case.message.fields.get(hop.field_index)));
    written
        .into_iter()
        .chain(hops)
        .filter(|(date, _)| defects.iter().any(|defect| date.defects.contains(defect)))
}

fn quote(case: &Case<'_>, clock: &Clock) -> Evidence {
    Evidence::bytes(case.message, clock.span)
}
