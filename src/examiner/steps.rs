//! The steps of an examination, each for one message: read → traced → reconstructed → addressed → verified → case → report.

use std::{borrow::Cow, sync::Arc};

use super::{MAX_DEPTH, Settings, examine_part};
use crate::{
    case::{Case, author_domain},
    clocks,
    dns::Snapshot,
    domain,
    envelope::{self, Envelope},
    finding::Finding,
    habits::Traits,
    identity::Identities,
    inner,
    known::Known,
    message::{AddressList, FromReading, Message, Mime, from_readings},
    recorded::{self, Recorded},
    report::{Context, Detail, Overview, Report},
    source::{Origin, Stored},
    time::Timestamp,
    trace::{self, Hop, Trace},
    vendor::{self, VendorField},
    verdict::{self, Verdict},
    verify::{
        self, Clock, Subject, Verification,
        end_to_end::{self, Mark},
    },
};

/// A message with the testimony of its own fields.
pub(super) struct Traced<'m> {
    message: &'m Message<'m>,
    known: &'m Known,
    recorded: Recorded,
    trace: Trace,
}

/// Whom a message names as its authors.
pub(super) struct Authors {
    pub(super) listed: AddressList,
    pub(super) readings: Vec<FromReading>,
}

/// Everything about a message that needs no DNS.
pub(super) struct Facts<'m> {
    pub(super) message: &'m Message<'m>,
    pub(super) known: &'m Known,
    pub(super) authors: AddressList,
    readings: Vec<FromReading>,
    /// Author domains that only some readers see.
    other_author_domains: Vec<String>,
    pub(super) trace: Trace,
    recorded: Recorded,
    pub(super) envelope: Envelope,
    clock: Clock,
    receiver: String,
}

/// What a verification does beyond the checks themselves.
#[derive(Clone, Copy)]
pub(super) struct Extras {
    second_opinion: bool,
    diagnosis_limit: u64,
}

impl Extras {
    /// Nothing: where only the questions matter.
    pub(super) const NONE: Self = Self {
        second_opinion: false,
        diagnosis_limit: 0,
    };

    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            second_opinion: settings.second_opinion,
            diagnosis_limit: settings.diagnosis_limit,
        }
    }
}

/// The message; where its bytes are not those that travelled, it knows.
pub(super) fn read<'m>(origin: &Origin, bytes: &'m [u8]) -> Message<'m> {
    let mut message = Message::read(bytes);
    message.rebuilt = matches!(origin.format, "msg" | "pst");
    message
}

/// message → facts: the steps that need no DNS, one after the other.
pub(super) fn facts<'m>(message: &'m Message<'m>, known: &'m Known, as_of: Timestamp) -> Facts<'m> {
    let traced = traced(message, known, recorded::read(message), trace::read_trace(message));
    let envelope = reconstructed(&traced);
    addressed(traced, envelope, authors(message), as_of)
}

/// recorded, hops → trace → recorded's standing.
pub(super) fn traced<'m>(
    message: &'m Message<'m>,
    known: &'m Known,
    mut recorded: Recorded,
    hops: Vec<Hop>,
) -> Traced<'m> {
    let trace = trace::connected(message, hops, &recorded::anchors(message, &recorded), known);
    recorded::judge_standing(&mut recorded, message, &trace, known);
    Traced {
        message,
        known,
        recorded,
        trace,
    }
}

/// trace → envelope.
pub(super) fn reconstructed(traced: &Traced<'_>) -> Envelope {
    envelope::reconstruct(traced.message, &traced.trace, &traced.recorded, traced.known)
}

/// trace, envelope, authors → facts.
pub(super) fn addressed<'m>(traced: Traced<'m>, envelope: Envelope, authors: Authors, as_of: Timestamp) -> Facts<'m> {
    let Traced {
        message,
        known,
        recorded,
        trace,
    } = traced;
    let author = author_domain(&authors.listed);
    let mut other_author_domains: Vec<String> = Vec::new();
    let listed = authors.listed.mailboxes.iter().map(|author| author.domain.as_str());
    for name in listed.chain(authors.readings.iter().filter_map(|reading| reading.domain.as_deref())) {
        let known = Some(name) == author || other_author_domains.iter().any(|other| other == name);
        // A bare word is no name that DNS could be asked about.
        if name.contains('.') && !known && domain::normal(name) == name {
            other_author_domains.push(name.to_owned());
        }
    }
    let receiver = trace
        .border_hop()
        .and_then(|hop| hop.by.host.clone())
        .unwrap_or_else(|| "unknown".to_owned());
    Facts {
        message,
        known,
        authors: authors.listed,
        readings: authors.readings,
        other_author_domains,
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

impl Facts<'_> {
    /// What is verified of it.
    pub(super) fn subject(&self, extras: Extras) -> Subject<'_> {
        Subject {
            message: self.message,
            envelope: &self.envelope,
            recorded: &self.recorded,
            author_domain: author_domain(&self.authors),
            other_author_domains: &self.other_author_domains,
            receiver: &self.receiver,
            below_border: self.trace.below_border(),
            clock: self.clock,
            // The other verifier knows no signature that cannot be judged, and there is nothing to search for.
            second_opinion: extras.second_opinion && !self.message.rebuilt,
            diagnosis_limit: if self.message.rebuilt {
                0
            } else {
                extras.diagnosis_limit
            },
        }
    }
}

/// facts → verification: SPF, DKIM, DMARC, ARC and what stands beside them.
pub(super) fn verified(facts: &Facts<'_>, snapshot: &Snapshot, extras: Extras) -> Box<Verification> {
    verify::verify(&facts.subject(extras), snapshot)
}

/// What else the message tells of itself: identities, clocks, vendors' fields, end-to-end signatures.
pub(super) struct Aspects {
    pub(super) identities: Identities,
    pub(super) clocks: Vec<clocks::Clock>,
    pub(super) vendor: Vec<VendorField>,
    pub(super) end_to_end: Vec<Mark>,
}

/// facts → aspects.
pub(super) fn aspects(facts: &Facts<'_>, mime: &Mime) -> Aspects {
    let message = facts.message;
    Aspects {
        identities: Identities::read(message, &facts.envelope),
        clocks: clocks::read(message, mime),
        vendor: vendor::read(message, &facts.trace),
        end_to_end: end_to_end::find(message, mime),
    }
}

/// facts, verification, aspects → habits → case; the flows are still to be found.
pub(super) fn case<'m>(
    origin: &'m Origin,
    facts: Facts<'m>,
    verification: Box<Verification>,
    (mime, aspects): (Mime, Aspects),
    settings: &Settings,
    depth: usize,
) -> Case<'m> {
    let message = facts.message;
    let habits = settings.habits.as_ref().filter(|_| depth == 0).and_then(|habits| {
        let traits = Traits::read(message, &facts.authors, &facts.trace, &facts.envelope)?;
        Some(habits.standing(&traits))
    });
    Case {
        origin,
        message,
        identities: aspects.identities,
        end_to_end: aspects.end_to_end,
        clocks: aspects.clocks,
        vendor: aspects.vendor,
        mime,
        written: message.written(),
        authors: facts.authors,
        readings: facts.readings,
        trace: facts.trace,
        recorded: facts.recorded,
        envelope: facts.envelope,
        clock: facts.clock,
        known: facts.known,
        verification,
        habits: habits.unwrap_or_default(),
        flows: Vec::new(),
    }
}

/// What reports say of the run, beside their message.
pub(super) fn context<'s>(settings: &Settings, snapshot: &'s Snapshot) -> Context<'s> {
    Context {
        mode: settings.dns_mode,
        snapshot_sha256: (settings.hash_snapshot && !snapshot.is_empty()).then(|| snapshot.sha256()),
        settings: Arc::clone(&settings.shown),
        detail: settings.detail,
        snapshot,
    }
}

/// findings → verdict → overview → report, with those of the messages inside.
pub(super) fn report(
    case: Case<'_>,
    findings: Vec<Finding>,
    verdict: Verdict,
    overview: Overview,
    context: &Context<'_>,
    settings: &Settings,
    depth: usize,
) -> Report {
    let explained = settings.explain_against.filter(|_| depth == 0);
    let against = explained.map(|label| (label, verdict::against(&case, &findings, label)));
    let inner = match settings.inner && settings.detail == Detail::Full && depth < MAX_DEPTH {
        true => attached(&case, settings, context.snapshot, depth),
        false => Vec::new(),
    };
    let mut report = Report::build(case, findings, verdict, overview, context);
    report.inner = inner;
    if let Some((label, ways)) = against {
        report.explain_against(label, &ways);
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
        let mut report = examine_part(&origin, &inner.bytes, &known, settings, snapshot, depth + 1);
        report.source.attached = Some(inner::attached_as(&inner, case));
        report
    })
    .collect()
}

/// The mailboxes of every From field, top field first, and how they may be read.
pub(super) fn authors(message: &Message<'_>) -> Authors {
    Authors {
        listed: listed_authors(message),
        readings: from_readings(message),
    }
}

/// The mailboxes of every From field, top field first.
pub(super) fn listed_authors(message: &Message<'_>) -> AddressList {
    let mut listed = AddressList::default();
    for field in message.fields_named("From") {
        let list = field.addresses();
        listed.mailboxes.extend_from_slice(&list.mailboxes);
        listed.groups.extend_from_slice(&list.groups);
    }
    listed
}

/// What stood beside the message in its container counts as known where the user said nothing.
pub(super) fn with_sidecar<'k>(stored: &Stored, known: &'k Known) -> Cow<'k, Known> {
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
