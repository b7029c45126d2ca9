//! Many messages side by side.

use super::{
    Settings, lacked,
    steps::{
        Aspects, Authors, Extras, Facts, addressed, case, context, listed_authors, read, reconstructed, report, traced,
        with_sidecar,
    },
};
use crate::{
    clocks,
    dns::{Question, Snapshot},
    flow,
    identity::Identities,
    message::{Mime, from_readings},
    pipeline, recorded,
    report::{Judged, Overview, Report},
    rules,
    source::Stored,
    trace, vendor, verdict,
    verify::{self, Verification, end_to_end},
};

/// Examines messages step by step: each step on all of them before the next one begins. The reports are those of
/// [`super::examine`], in the order of the messages.
///
/// The steps are far more code than a processor keeps at hand, and message by message each of them would be fetched anew
/// every time; a step that goes over a dozen messages is fetched once. That halves what a small message costs.
pub fn examine_together(all: &[Stored], settings: &Settings, snapshot: &Snapshot) -> Vec<Report> {
    let reports = side_by_side(all, settings, snapshot, |_, _, _| Vec::new());
    reports.into_iter().filter_map(Result::ok).collect()
}

/// Examines like [`examine_together`] the messages for which the snapshot holds all answers that they take. In the place of
/// each of the others stand the questions that it lacks, as of [`super::missing`].
pub fn examine_answered(
    all: &[Stored],
    settings: &Settings,
    snapshot: &Snapshot,
) -> Vec<Result<Report, Vec<Question>>> {
    let lacked = |facts: &Facts<'_>, verification: &Verification, mime: &Mime| {
        lacked(facts, verification, mime, settings, snapshot)
    };
    side_by_side(all, settings, snapshot, lacked)
}

/// A verified message.
struct Verified<'m> {
    stored: &'m Stored,
    facts: Facts<'m>,
    verification: Box<Verification>,
    mime: Mime,
}

/// The steps; what lacks answers is left behind once it is verified.
fn side_by_side(
    all: &[Stored],
    settings: &Settings,
    snapshot: &Snapshot,
    lacked: impl Fn(&Facts<'_>, &Verification, &Mime) -> Vec<Question>,
) -> Vec<Result<Report, Vec<Question>>> {
    let known = each(all, |stored| with_sidecar(stored, &settings.known));
    let messages = each(all, |stored| read(&stored.origin, &stored.bytes));
    each(&messages, Identities::parse);
    let recorded = each(&messages, recorded::read);
    let hops = trace::read_traces(&messages);
    let testimony = messages.iter().zip(&known).zip(recorded).zip(hops);
    let traced = each(testimony, |(((message, known), recorded), hops)| {
        traced(message, known, recorded, hops)
    });
    let envelopes = each(&traced, reconstructed);
    let listed = each(&messages, listed_authors);
    let readings = each(&messages, from_readings);
    let authors = listed.into_iter().zip(readings);
    let authors = authors.map(|(listed, readings)| Authors { listed, readings });
    let facts = each(
        traced.into_iter().zip(envelopes).zip(authors),
        |((traced, envelope), authors)| addressed(traced, envelope, authors, settings.as_of),
    );
    let extras = Extras::of(settings);
    let verifications = verify::verify_each(&each(&facts, |facts| facts.subject(extras)), snapshot);
    let mimes = each(&messages, Mime::read);
    let verified = all.iter().zip(facts).zip(verifications).zip(mimes);
    let complete = verified.map(|(((stored, facts), verification), mime)| {
        let lacked = lacked(&facts, &verification, &mime);
        if !lacked.is_empty() {
            return Err(lacked);
        }
        Ok(Verified {
            stored,
            facts,
            verification,
            mime,
        })
    });
    pipeline::past_errors(complete, |complete| judged(complete, settings, snapshot))
}

/// The steps behind the verification.
fn judged(all: Vec<Verified<'_>>, settings: &Settings, snapshot: &Snapshot) -> Vec<Report> {
    let identities = each(&all, |one| Identities::read(one.facts.message, &one.facts.envelope));
    let clocks = each(&all, |one| clocks::read(one.facts.message, &one.mime));
    let vendor = each(&all, |one| vendor::read(one.facts.message, &one.facts.trace));
    let marks = each(&all, |one| end_to_end::find(one.facts.message, &one.mime));
    let aspects = identities.into_iter().zip(clocks).zip(vendor).zip(marks);
    let aspects = aspects.map(|(((identities, clocks), vendor), end_to_end)| Aspects {
        identities,
        clocks,
        vendor,
        end_to_end,
    });
    let mut cases = each(all.into_iter().zip(aspects), |(one, aspects)| {
        let looks = (one.mime, aspects);
        case(&one.stored.origin, one.facts, one.verification, looks, settings, 0)
    });
    for case in &mut cases {
        case.flows = flow::detect(case);
    }
    let findings = rules::run_all(&cases, &settings.selection);
    let verdicts = each(cases.iter().zip(&findings), |(case, findings)| {
        verdict::judge(case, findings)
    });
    let judged = cases.iter().zip(&findings).zip(&verdicts);
    let judged = judged.map(|((case, findings), verdict)| Judged {
        case,
        findings,
        verdict,
    });
    let overviews = Overview::of_each(judged, settings.detail);
    let context = context(settings, snapshot);
    each(
        cases.into_iter().zip(findings).zip(verdicts).zip(overviews),
        |(((case, findings), verdict), overview)| report(case, findings, verdict, overview, &context, settings, 0),
    )
}

/// One step, on all.
fn each<T, R>(all: impl IntoIterator<Item = T>, step: impl FnMut(T) -> R) -> Vec<R> {
    all.into_iter().map(step).collect()
}
