//! The conductor: every room named once, in order.

use std::{borrow::Cow, sync::Arc};

use crate::{
    case::{Case, author_domain},
    clocks,
    dns::{Asked, Question, Snapshot, StoredAnswer},
    domain,
    envelope::{self, Envelope},
    flow,
    habits::{Habits, Standing, Traits},
    identity::Identities,
    inner,
    known::Known,
    message::{AddressList, FromReading, Message, Mime, from_readings},
    recorded::{self, Recorded},
    report::{Context, Detail, Report, Setting},
    rules::{self, Selection},
    source::{Origin, Stored},
    time::Timestamp,
    trace::{self, Trace},
    vendor, verdict,
    verify::{self, Clock, Subject, Verification, diagnosis, end_to_end},
};

/// What governs an examination. The same bytes, snapshot and settings always give the same report.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the user knows and whom he trusts.
    pub known: Known,
    /// The time of judgement.
    pub as_of: Timestamp,
    /// Which rules run.
    pub selection: Selection,
    /// Whether mail-auth is asked too.
    pub second_opinion: bool,
    /// Bytes that may be hashed for one message to find out why a signature fails; 0 looks for nothing.
    pub diagnosis_limit: u64,
    /// Whether messages attached as message/rfc822 get reports of their own.
    pub inner: bool,
    /// A verdict of which the report tells why it is not that one.
    pub explain_against: Option<verdict::Label>,
    /// How DNS is used: `live`, `offline`, `replay` or `record`; only shown.
    pub dns_mode: &'static str,
    /// Whether the report tells the snapshot's hash: not while answers to the questions of other messages still come in.
    pub hash_snapshot: bool,
    /// How much of a report is made.
    pub detail: Detail,
    /// What is usual in the mailbox, where it was learned; see [`traits`].
    pub habits: Option<Arc<Habits>>,
    /// What the report lists as settings.
    pub shown: Vec<Setting>,
}

impl Settings {
    /// Nothing known, every rule, the second opinion and attached messages included, judged at `as_of`.
    pub fn new(as_of: Timestamp) -> Self {
        Self {
            known: Known::default(),
            as_of,
            selection: Selection::default(),
            second_opinion: true,
            diagnosis_limit: diagnosis::THOROUGH,
            inner: true,
            explain_against: None,
            dns_mode: "replay",
            hash_snapshot: true,
            detail: Detail::Full,
            habits: None,
            shown: Vec::new(),
        }
    }
}

/// Attached messages inside attached messages.
const MAX_DEPTH: usize = 3;

/// Everything about a message that needs no DNS.
struct Facts<'m> {
    message: &'m Message<'m>,
    authors: AddressList,
    readings: Vec<FromReading>,
    trace: Trace,
    recorded: Recorded,
    envelope: Envelope,
    clock: Clock,
    receiver: String,
}

/// What a verification does beyond the checks themselves.
#[derive(Clone, Copy)]
struct Extras {
    second_opinion: bool,
    diagnosis_limit: u64,
}

impl Extras {
    /// Nothing: where only the questions matter.
    const NONE: Self = Self {
        second_opinion: false,
        diagnosis_limit: 0,
    };

    fn of(settings: &Settings) -> Self {
        Self {
            second_opinion: settings.second_opinion,
            diagnosis_limit: settings.diagnosis_limit,
        }
    }
}

/// Examines a message with the answers of a snapshot alone.
pub fn examine(stored: &Stored, settings: &Settings, snapshot: &Snapshot) -> Report {
    let known = with_sidecar(stored, &settings.known);
    examine_bytes(&stored.origin, &stored.bytes, &known, settings, snapshot, 0)
}

/// What a message shows of its author's habits; [`Habits::learn`] takes it in.
pub fn traits(stored: &Stored, settings: &Settings) -> Option<Traits> {
    let known = with_sidecar(stored, &settings.known);
    let message = read(&stored.origin, &stored.bytes);
    let facts = gather(&message, &known, settings.as_of);
    Traits::read(&message, &facts.authors, &facts.trace, &facts.envelope)
}

/// Examines a message where the snapshot holds all answers that it takes.
///
/// # Errors
///
/// The questions that it lacks, like [`missing`].
pub fn examine_answered(stored: &Stored, settings: &Settings, snapshot: &Snapshot) -> Result<Report, Vec<Question>> {
    let known = with_sidecar(stored, &settings.known);
    let message = read(&stored.origin, &stored.bytes);
    let facts = gather(&message, &known, settings.as_of);
    let verification = verified(&facts, snapshot, Extras::of(settings));
    let mime = Mime::read(&message);
    let lacked = lacked(&verification, &message, &mime, &known, settings, snapshot);
    if !lacked.is_empty() {
        return Err(lacked);
    }
    let gathered = Gathered {
        facts,
        verification,
        mime,
    };
    Ok(report(&stored.origin, gathered, &known, settings, snapshot, 0))
}

/// The questions that the examination lacks, as far as they are known before the answers are.
pub fn missing(stored: &Stored, settings: &Settings, snapshot: &Snapshot) -> Vec<Question> {
    let known = with_sidecar(stored, &settings.known);
    let message = read(&stored.origin, &stored.bytes);
    let facts = gather(&message, &known, settings.as_of);
    let verification = verified(&facts, snapshot, Extras::NONE);
    lacked(
        &verification,
        &message,
        &Mime::read(&message),
        &known,
        settings,
        snapshot,
    )
}

/// What was not answered for a message, and for those inside it where they are examined, too.
fn lacked(
    verification: &Verification,
    message: &Message<'_>,
    mime: &Mime,
    known: &Known,
    settings: &Settings,
    snapshot: &Snapshot,
) -> Vec<Question> {
    let mut all: Vec<Question> = verification.asked.iter().filter_map(Asked::missing).collect();
    if settings.inner {
        for inner in mime.attached(message) {
            let known = inner::known_of(&inner, message, mime, known);
            let message = Message::read(&inner.bytes);
            let facts = gather(&message, &known, settings.as_of);
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

fn examine_bytes(
    origin: &Origin,
    bytes: &[u8],
    known: &Known,
    settings: &Settings,
    snapshot: &Snapshot,
    depth: usize,
) -> Report {
    let message = read(origin, bytes);
    let facts = gather(&message, known, settings.as_of);
    let gathered = Gathered {
        verification: verified(&facts, snapshot, Extras::of(settings)),
        mime: Mime::read(&message),
        facts,
    };
    report(origin, gathered, known, settings, snapshot, depth)
}

/// What a report is made from.
struct Gathered<'m> {
    facts: Facts<'m>,
    verification: Verification,
    mime: Mime,
}

/// identities → clocks → vendor → flows → findings → verdict → report.
fn report(
    origin: &Origin,
    gathered: Gathered<'_>,
    known: &Known,
    settings: &Settings,
    snapshot: &Snapshot,
    depth: usize,
) -> Report {
    let Gathered {
        facts,
        verification,
        mime,
    } = gathered;
    let message = facts.message;
    let mut case = Case {
        origin,
        message,
        identities: Identities::read(message, &facts.envelope),
        end_to_end: end_to_end::find(message, &mime),
        clocks: clocks::read(message, &mime),
        vendor: vendor::read(message, &facts.trace),
        mime,
        written: message.written(),
        authors: facts.authors,
        readings: facts.readings,
        trace: facts.trace,
        recorded: facts.recorded,
        envelope: facts.envelope,
        clock: facts.clock,
        known,
        verification,
        habits: Standing::default(),
        flows: Vec::new(),
    };
    if let Some(habits) = settings.habits.as_ref().filter(|_| depth == 0) {
        let traits = Traits::read(case.message, &case.authors, &case.trace, &case.envelope);
        case.habits = traits.map(|traits| habits.standing(&traits)).unwrap_or_default();
    }
    case.flows = flow::detect(&case);
    let findings = rules::run(&case, &settings.selection);
    let verdict = verdict::judge(&case, &findings);
    let context = Context {
        mode: settings.dns_mode,
        snapshot_sha256: (settings.hash_snapshot && !snapshot.is_empty()).then(|| snapshot.sha256()),
        settings: settings.shown.clone(),
        detail: settings.detail,
        snapshot,
    };
    let mut report = Report::build(&case, &findings, &verdict, &context);
    if let Some(label) = settings.explain_against.filter(|_| depth == 0) {
        report.explain_against(label, &verdict::against(&case, &findings, label));
    }
    if settings.inner && settings.detail == Detail::Full && depth < MAX_DEPTH {
        report.inner = attached(&case, settings, snapshot, depth);
    }
    report
}

/// Reports of the messages inside; what the user said of the outer message does not hold for them.
fn attached(case: &Case<'_>, settings: &Settings, snapshot: &Snapshot, depth: usize) -> Vec<Report> {
    let all = case.mime.attached(case.message).into_iter().enumerate();
    all.map(|(index, inner)| {
        let origin = Origin {
            container: Some(format!("attachment {}", index + 1)),
            byte_offset: case.origin.byte_offset + inner.span.start as u64,
            byte_length: inner.bytes.len() as u64,
            sha256: crate::source::sha256(&inner.bytes),
            doubtful_lines: 0,
            ..case.origin.clone()
        };
        let known = inner::known_of(&inner, case.message, &case.mime, case.known);
        let mut report = examine_bytes(&origin, &inner.bytes, &known, settings, snapshot, depth + 1);
        report.source.attached = Some(inner::attached_as(&inner, case));
        report
    })
    .collect()
}

/// The message; where its bytes are not those that travelled, it knows.
fn read<'m>(origin: &Origin, bytes: &'m [u8]) -> Message<'m> {
    Message {
        rebuilt: matches!(origin.format, "msg" | "pst"),
        ..Message::read(bytes)
    }
}

/// message → recorded → trace → recorded's standing → envelope.
fn gather<'m>(message: &'m Message<'m>, known: &Known, as_of: Timestamp) -> Facts<'m> {
    let mut recorded = recorded::read(message);
    let trace = trace::trace(message, &recorded::anchors(message, &recorded), known);
    recorded::judge_standing(&mut recorded, message, &trace, known);
    let envelope = envelope::reconstruct(message, &trace, &recorded, known);
    let receiver = trace
        .border_hop()
        .and_then(|hop| hop.by.host.clone())
        .unwrap_or_else(|| "unknown".to_owned());
    Facts {
        message,
        authors: authors(message),
        readings: from_readings(message),
        clock: Clock {
            delivered_at: trace.delivered_at(),
            as_of,
        },
        trace,
        recorded,
        envelope,
        receiver,
    }
}

/// The mailboxes of every From field, top field first.
fn authors(message: &Message<'_>) -> AddressList {
    let mut all = AddressList::default();
    for field in message.fields_named("From") {
        let list = field.addresses();
        all.mailboxes.extend_from_slice(&list.mailboxes);
        all.groups.extend_from_slice(&list.groups);
    }
    all
}

fn verified(facts: &Facts<'_>, snapshot: &Snapshot, extras: Extras) -> Verification {
    let author = author_domain(&facts.authors);
    let mut others: Vec<String> = Vec::new();
    let authors = facts.authors.mailboxes.iter().map(|author| author.domain.as_str());
    for name in authors.chain(facts.readings.iter().filter_map(|reading| reading.domain.as_deref())) {
        let known = Some(name) == author || others.iter().any(|other| other == name);
        // A bare word is no name that DNS could be asked about.
        if name.contains('.') && !known && domain::normalise(name) == name {
            others.push(name.to_owned());
        }
    }
    let subject = Subject {
        message: facts.message,
        envelope: &facts.envelope,
        recorded: &facts.recorded,
        author_domain: author,
        other_author_domains: &others,
        receiver: &facts.receiver,
        below_border: facts.trace.below_border(),
        clock: facts.clock,
        // The other verifier knows no signature that cannot be judged, and there is nothing to search for.
        second_opinion: extras.second_opinion && !facts.message.rebuilt,
        diagnosis_limit: if facts.message.rebuilt {
            0
        } else {
            extras.diagnosis_limit
        },
    };
    verify::verify(&subject, snapshot)
}

/// What stood beside the message in its container counts as known where the user said nothing.
fn with_sidecar<'k>(stored: &Stored, known: &'k Known) -> Cow<'k, Known> {
    let Some(sidecar) = &stored.sidecar else {
        return Cow::Borrowed(known);
    };
    let mut known = known.clone();
    known.client_ip = known.client_ip.or_else(|| sidecar.client_ip.as_deref()?.parse().ok());
    known.helo = known.helo.or_else(|| sidecar.helo.clone());
    known.mail_from = known.mail_from.or_else(|| sidecar.mail_from.clone());
    if known.rcpt_to.is_empty() {
        known.rcpt_to.clone_from(&sidecar.rcpt_to);
    }
    Cow::Owned(known)
}
