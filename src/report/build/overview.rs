//! The sections that look at several parts of a case: they are made before the case gives its texts away.

use super::{Detail, end_to_end, envelope, message, observables, story, timeline};
use crate::{
    case::Case,
    finding::Finding,
    journey::{self, Leg},
    report::model::{EndToEnd, Event, Message, Observable, Source, Story},
    verdict::Verdict,
};

/// A case and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a, 'm> {
    /// The case.
    pub case: &'a Case<'m>,
    /// What the rules found.
    pub findings: &'a [Finding],
    /// The verdict.
    pub verdict: &'a Verdict,
}

/// What the report of a case tells across its parts.
#[derive(Debug, Default)]
pub struct Overview {
    pub(super) source: Source,
    pub(super) message: Message,
    pub(super) legs: Vec<Leg>,
    pub(super) story: Story,
    /// What SPF was asked, and by whose word.
    pub(super) statement: Option<String>,
    pub(super) timeline: Vec<Event>,
    pub(super) observables: Vec<Observable>,
    pub(super) end_to_end: Vec<EndToEnd>,
}

/// Makes one section; those before it are there.
type Section = fn(&mut Overview, Judged<'_, '_>, Detail);

const SECTIONS: [Section; 8] = [
    |all, judged, _| all.source = message::source(judged.case),
    |all, judged, detail| {
        let compared = detail == Detail::Full || judged.verdict.label.warns();
        all.message = message::build(judged.case, compared);
    },
    |all, judged, detail| all.legs = detail.section(|| journey::legs(judged.case)),
    |all, judged, _| all.story = story::build(judged.case, &all.legs, judged.verdict, judged.findings),
    |all, judged, detail| all.statement = detail.section(|| envelope::statement(judged.case)),
    |all, judged, detail| all.timeline = detail.section(|| timeline::build(judged.case)),
    |all, judged, detail| all.observables = detail.section(|| observables::build(judged.case)),
    |all, judged, _| all.end_to_end = end_to_end::build(judged.case),
];

impl Overview {
    /// Of one case.
    pub fn of(judged: Judged<'_, '_>, detail: Detail) -> Self {
        let mut overview = Self::default();
        for section in SECTIONS {
            section(&mut overview, judged, detail);
        }
        overview
    }

    /// Of several cases: each section of all of them before the next, as the sections are more code together than a processor
    /// keeps at hand.
    pub fn of_each<'a, 'm: 'a>(all: impl Iterator<Item = Judged<'a, 'm>> + Clone, detail: Detail) -> Vec<Self> {
        let mut overviews: Vec<Self> = all.clone().map(|_| Self::default()).collect();
        for section in SECTIONS {
            for (overview, judged) in overviews.iter_mut().zip(all.clone()) {
                section(overview, judged, detail);
            }
        }
        overviews
    }
}
