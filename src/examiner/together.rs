//! Many messages side by side.

use super::{
    Settings,
    steps::{Extras, case, context, facts, read, report, traced, verified, with_sidecar},
};
use crate::{dns::Snapshot, message::Mime, report::Report, rules, source::Stored, verdict};

/// Examines messages step by step: each step on all of them before the next one begins. The reports are those of
/// [`super::examine`], in the order of the messages.
///
/// The steps are far more code than a processor keeps at hand, and message by message each of them would be fetched anew
/// every time; a step that goes over a dozen messages is fetched once. That halves what a small message costs.
pub fn examine_together(all: &[Stored], settings: &Settings, snapshot: &Snapshot) -> Vec<Report> {
    let known = each(all, |stored| with_sidecar(stored, &settings.known));
    let messages = each(all, |stored| read(&stored.origin, &stored.bytes));
    let traced = each(messages.iter().zip(&known), |(message, known)| traced(message, known));
    let facts = each(traced, |traced| facts(traced, settings.as_of));
    let extras = Extras::of(settings);
    let verifications = each(&facts, |facts| verified(facts, snapshot, extras));
    let mimes = each(&messages, Mime::read);
    let cases = each(
        all.iter().zip(facts).zip(verifications).zip(mimes),
        |(((stored, facts), verification), mime)| case(&stored.origin, facts, verification, mime, settings, 0),
    );
    let findings = rules::run_all(&cases, &settings.selection);
    let verdicts = each(cases.iter().zip(&findings), |(case, findings)| {
        verdict::judge(case, findings)
    });
    let context = context(settings, snapshot);
    each(
        cases.iter().zip(&findings).zip(&verdicts),
        |((case, findings), verdict)| report(case, findings, verdict, &context, settings, 0),
    )
}

/// One step, on all.
fn each<T, R>(all: impl IntoIterator<Item = T>, step: impl FnMut(T) -> R) -> Vec<R> {
    all.into_iter().map(step).collect()
}
