//! The conductor: every room named once, in order.

mod settings;
mod steps;
mod together;

pub use settings::Settings;
pub use together::{examine_answered, examine_together};

use self::steps::{Extras, Facts, aspects, case, context, facts, read, report, verified, with_sidecar};
use crate::{
    dns::{Asked, Question, Snapshot, StoredAnswer},
    flow,
    habits::Traits,
    inner,
    known::Known,
    message::{Message, Mime},
    report::{Judged, Overview, Report},
    rules,
    source::{Origin, Stored},
    verdict,
    verify::Verification,
};

/// Attached messages inside attached messages.
const MAX_DEPTH: usize = 3;

/// Examines a message with the answers of a snapshot alone.
pub fn examine(stored: &Stored, settings: &Settings, snapshot: &Snapshot) -> Report {
    let known = with_sidecar(stored, &settings.known);
    examine_part(&stored.origin, &stored.bytes, &known, settings, snapshot, 0)
}

/// What a message shows of its author's habits; [`crate::habits::Habits::learn`] takes it in.
pub fn traits(stored: &Stored, settings: &Settings) -> Option<Traits> {
    let known = with_sidecar(stored, &settings.known);
    let message = read(&stored.origin, &stored.bytes);
    let facts = facts(&message, &known, settings.as_of);
    Traits::read(&message, &facts.authors, &facts.trace, &facts.envelope)
}

/// The questions that the examination lacks, as far as they are known before the answers are.
pub fn missing(stored: &Stored, settings: &Settings, snapshot: &Snapshot) -> Vec<Question> {
    let known = with_sidecar(stored, &settings.known);
    let message = read(&stored.origin, &stored.bytes);
    let facts = facts(&message, &known, settings.as_of);
    let verification = verified(&facts, snapshot, Extras::NONE);
    lacked(&facts, &verification, &Mime::read(&message), settings, snapshot)
}

/// What was not answered for a message, and for those inside it where they are examined, too.
fn lacked(
    outer: &Facts<'_>,
    verification: &Verification,
    mime: &Mime,
    settings: &Settings,
    snapshot: &Snapshot,
) -> Vec<Question> {
    let mut all: Vec<Question> = verification.asked.iter().filter_map(Asked::missing).collect();
    if settings.inner {
        for inner in mime.attached(outer.message) {
            let known = inner::known_of(&inner, outer.message, mime, outer.known);
            let message = Message::read(&inner.bytes);
            let facts = facts(&message, &known, settings.as_of);
            let verification = verified(&facts, snapshot, Extras::NONE);
            all.extend(verification.asked.iter().filter_map(Asked::missing));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// Asks for what the snapshot lacks, puts the answers into it and asks again, until nothing is missing.
pub fn complete(
    stored: &Stored,
    settings: &Settings,
    snapshot: &mut Snapshot,
    ask: impl FnMut(&[Question]) -> Vec<StoredAnswer>,
) {
    snapshot.complete(|snapshot| missing(stored, settings, snapshot), ask);
}

/// A message of its own, or `depth` messages deep inside one: facts → verification → case → findings → verdict → report.
fn examine_part(
    origin: &Origin,
    bytes: &[u8],
    known: &Known,
    settings: &Settings,
    snapshot: &Snapshot,
    depth: usize,
) -> Report {
    let message = read(origin, bytes);
    let facts = facts(&message, known, settings.as_of);
    let verification = verified(&facts, snapshot, Extras::of(settings));
    let mime = Mime::read(&message);
    let aspects = aspects(&facts, &mime);
    let mut case = case(origin, facts, verification, (mime, aspects), settings, depth);
    case.flows = flow::detect(&case);
    let findings = rules::run(&case, &settings.selection);
    let verdict = verdict::judge(&case, &findings);
    let context = context(settings, snapshot);
    let judged = Judged {
        case: &case,
        findings: &findings,
        verdict: &verdict,
    };
    let overview = Overview::of(judged, settings.detail);
    report(case, findings, verdict, overview, &context, settings, depth)
}
