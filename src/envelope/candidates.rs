//! Every field that names an envelope value, best first (envelope.md 4.1 to 4.4).

use super::{Candidate, Origin, decode};
use crate::{
    domain, ip,
    known::Known,
    message::{Field, Message},
    recorded::{MethodResult, Record, RecordKind, Recorded, Standing},
    trace::Trace,
};

/// Where candidates are read.
pub(super) struct Sources<'a> {
    pub(super) message: &'a Message<'a>,
    pub(super) trace: &'a Trace,
    pub(super) recorded: &'a Recorded,
    pub(super) known: &'a Known,
}

/// Fields of products that copy the envelope's sender.
const SENDER_FIELDS: &[&str] = &[
    "X-Envelope-From",
    "X-Envelope-Sender",
    "Envelope-Sender",
    "X-Barracuda-Envelope-From",
    "X-Env-Sender",
    "X-SA-Exim-Mail-From",
    "X-MS-Exchange-Organization-OriginalEnvelopeSender",
];
/// Fields in which filters copy the client's HELO.
const HELO_FIELDS: &[&str] = &["X-HELO", "X-SA-Exim-Connect-HELO"];
/// Fields of products that name the client.
const CLIENT_FIELDS: &[&str] = &[
    "X-Sender-IP",
    "X-IronPort-RemoteIP",
    "X-Barracuda-Connect",
    "X-Remote-IP",
    "X-SA-Exim-Connect-IP",
    "X-Rspamd-IP",
    "X-Mimecast-Spam-Source-IP",
];

impl Sources<'_> {
    /// envelope.md 4.4.
    pub(super) fn client_ip(&self) -> Vec<Candidate> {
        let mut all = Vec::new();
        all.extend(self.known.client_ip.map(|ip| user(ip::text(ip))));
        if let Some((hop, ip)) = self.trace.border_hop().and_then(|hop| Some((hop, hop.from.ip?))) {
            all.push(of_field(
                ip::text(ip),
                Origin::BorderHop,
                self.hop_trusted(),
                hop.field_index,
                hop.from.ip_span,
            ));
        }
        all.extend(self.records("spf", |result| result.client_ip().map(ip::text)));
        let testimony = self.known.testimony.as_ref();
        all.extend(testimony.and_then(|said| Some(testified(ip::text(said.client_ip?), &said.by))));
        all.extend(self.vendor(CLIENT_FIELDS).filter_map(|field| {
            let text = field.text();
            let text = text.rsplit_once('[').map_or(text, |(_, rest)| rest);
            let ip: std::net::IpAddr = text.trim_end_matches(']').trim().parse().ok()?;
            Some(self.of_vendor(ip::text(ip), field))
        }));
        all
    }

    /// envelope.md 4.3. The HELO stays as written: hostile text in it is evidence.
    pub(super) fn helo(&self) -> Vec<Candidate> {
        let mut all = Vec::new();
        all.extend(self.known.helo.clone().map(user));
        if let Some((hop, helo)) = self
            .trace
            .border_hop()
            .and_then(|hop| Some((hop, hop.from.helo.clone()?)))
        {
            all.push(of_field(
                helo,
                Origin::BorderHop,
                self.hop_trusted(),
                hop.field_index,
                hop.from.helo_span,
            ));
        }
        all.extend(self.records("spf", MethodResult::helo));
        all.extend(
            self.vendor(HELO_FIELDS)
                .map(|field| self.of_vendor(field.text().trim().to_owned(), field)),
        );
        all
    }

    /// envelope.md 4.1. What a receiver recorded at the check beats Return-Path, which the sender may have planted.
    pub(super) fn mail_from(&self) -> Vec<Candidate> {
        let mut all = Vec::new();
        all.extend(self.known.mail_from.clone().map(user));
        let mut checked = self.records("spf", MethodResult::mail_from);
        // Of one transfer a full address says more than its domain, whoever wrote it.
        checked.sort_by_key(|candidate| {
            (
                self.distance(candidate),
                !candidate.value.is_empty() && !candidate.value.contains('@'),
            )
        });
        all.extend(checked);
        if let Some((hop, sender)) = self
            .trace
            .border_hop()
            .and_then(|hop| Some((hop, hop.envelope_from.clone()?)))
        {
            all.push(of_field(
                sender,
                Origin::BorderHop,
                self.hop_trusted(),
                hop.field_index,
                None,
            ));
        }
        all.extend(self.message.fields_named("Return-Path").take(4).map(|field| {
            let trusted = self.stands_above_border(field) || self.no_border_but_trace();
            let note = (!trusted).then(|| "stands in the part that came from outside".to_owned());
            Candidate {
                note,
                ..of_field(
                    bare_path(field.text()),
                    Origin::ReturnPath,
                    trusted,
                    field.index,
                    Some(field.value_span),
                )
            }
        }));
        let testimony = self.known.testimony.as_ref();
        all.extend(testimony.and_then(|said| Some(testified(said.mail_from.clone()?, &said.by))));
        all.extend(
            self.vendor(SENDER_FIELDS)
                .map(|field| self.of_vendor(bare_path(field.text()), field)),
        );
        all.extend(self.mbox_sender());
        prefer_full_address(&mut all);
        self.undo_rewriting(&mut all);
        all
    }

    /// Trusted candidates first; of those what was written at the border, then what was written after so many more transfers, over
    /// each of which a relay may have rewritten the sender.
    fn distance(&self, candidate: &Candidate) -> (bool, usize) {
        (!candidate.trusted, candidate.transfers(self.trace))
    }

    /// What the receiving side made of the sender behind the border: where it can be undone what it was made from goes first
    /// (envelope.md 4.1, rank 10); the bounce address of a list says nothing of who wrote to the list.
    fn undo_rewriting(&self, candidates: &mut Vec<Candidate>) {
        let best = candidates.iter().position(|candidate| candidate.trusted);
        let Some(best) = best.filter(|best| self.is_of_later_transfer(&candidates[*best])) else {
            return;
        };
        let rewritten = &candidates[best];
        let host = domain::of_address(&rewritten.value).to_owned();
        let inner = decode(&rewritten.value).and_then(|decoded| decoded.inner);
        let inner = inner.filter(|inner| !domain::same_organisation(domain::of_address(inner), &host));
        if let Some(inner) = inner.filter(|_| self.trace.received_by(&host)) {
            let undone = Candidate {
                value: inner,
                origin: Origin::Decoded,
                note: Some(format!("what {host} rewrote")),
                ..rewritten.clone()
            };
            candidates.insert(best, undone);
            return;
        }
        for candidate in candidates.iter_mut().filter(|candidate| self.is_of_own_list(candidate)) {
            candidate.trusted = false;
            candidate.note = Some("is of a list behind the border".to_owned());
        }
    }

    /// Whether something was written behind the border, where a relay or a list may have put its own sender.
    fn is_of_later_transfer(&self, candidate: &Candidate) -> bool {
        candidate.trusted && candidate.origin != Origin::User && candidate.transfers(self.trace) > 0
    }

    /// Whether a sender is the bounce address of a list behind the border: its host took the message, or the border took the message
    /// for the list itself, whose name the bounce address begins or ends with.
    fn is_of_own_list(&self, candidate: &Candidate) -> bool {
        let (local_part, host) = domain::split_address(&candidate.value);
        let named = |path: &String| {
            let (list, list_host) = domain::split_address(path);
            let name = !list.is_empty() && (local_part.starts_with(list) || local_part.ends_with(list));
            name && domain::is_same(list_host, host)
        };
        let mut hosts = self.trace.receiving_hops().filter_map(|hop| hop.by.host.as_deref());
        self.is_of_later_transfer(candidate)
            && candidate.is_bounce_address()
            && (hosts.any(|own| domain::is_same(own, host))
                || self.trace.border_hop().is_some_and(|hop| hop.for_.iter().any(named)))
    }

    /// The sender in the mbox line, which some stores fill with the owner: the least of all witnesses.
    fn mbox_sender(&self) -> Option<Candidate> {
        let span = self.message.mbox_line?;
        let line = self.message.quote(span);
        let sender = line.split_whitespace().nth(1).filter(|sender| sender.contains('@'))?;
        Some(Candidate {
            value: sender.to_owned(),
            origin: Origin::MboxLine,
            trusted: true,
            field_index: None,
            span: Some(span),
            note: None,
        })
    }

    /// What results of a method say, trusted ones first, nearest to the border first, each group top first.
    fn records(&self, method: &str, read: impl Fn(&MethodResult) -> Option<String>) -> Vec<Candidate> {
        let usable =
            |record: &&Record| matches!(record.kind, RecordKind::AuthenticationResults | RecordKind::ReceivedSpf);
        let mut all: Vec<Candidate> = self
            .recorded
            .records
            .iter()
            .filter(usable)
            .flat_map(|record| record.methods.iter().map(move |result| (record, result)))
            .filter(|(_, result)| result.method == method)
            .filter_map(|(record, result)| {
                let origin = match record.kind {
                    RecordKind::ReceivedSpf => Origin::ReceivedSpf,
                    _ => Origin::AuthenticationResults,
                };
                let trusted = record.standing == Standing::Trusted && record.doubt.is_none();
                Some(of_field(
                    read(result)?,
                    origin,
                    trusted,
                    record.field_index,
                    result.span,
                ))
            })
            .take(16)
            .collect();
        all.sort_by_key(|candidate| self.distance(candidate));
        all
    }

    fn vendor<'s>(&'s self, names: &'s [&str]) -> impl Iterator<Item = &'s Field<'s>> {
        self.message.fields_of(names).take(8)
    }

    fn of_vendor(&self, value: String, field: &Field<'_>) -> Candidate {
        of_field(
            value,
            Origin::Vendor,
            self.stands_above_border(field),
            field.index,
            Some(field.value_span),
        )
    }

    /// Above the border only the receiving side writes.
    pub(super) fn stands_above_border(&self, field: &Field<'_>) -> bool {
        self.trace.border_hop().is_some_and(|hop| field.index < hop.field_index)
    }

    /// A chain that met no outside server is the receiving side's own, as far as it goes.
    fn no_border_but_trace(&self) -> bool {
        self.trace.border.is_none() && !self.trace.hops.is_empty()
    }

    /// A border that is only a fallback feeds nothing with confidence, and still is the best that is known.
    fn hop_trusted(&self) -> bool {
        self.trace.border.is_some()
    }
}

/// The word of the system that handed the message in (T4).
pub(super) fn testified(value: String, by: &str) -> Candidate {
    Candidate {
        value,
        origin: Origin::Vendor,
        trusted: true,
        field_index: None,
        span: None,
        note: Some(format!("by {by}")),
    }
}

/// Where the winner names a domain alone and a trusted Return-Path the full address of it, the address goes first.
fn prefer_full_address(candidates: &mut [Candidate]) {
    let Some(first) = candidates.iter().position(|candidate| candidate.trusted) else {
        return;
    };
    let domain = &candidates[first].value;
    if domain.is_empty() || domain.contains('@') {
        return;
    }
    let fuller = candidates.iter().position(|other| {
        other.trusted
            && other.value.contains('@')
            && other.origin != Origin::MboxLine
            && same_sender(&other.value, domain)
    });
    if let Some(fuller) = fuller.filter(|fuller| *fuller > first) {
        candidates[first..=fuller].rotate_right(1);
    }
}

/// A path without its angle brackets; `<>` is the null sender.
pub(super) fn bare_path(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inner.unwrap_or(text).to_owned()
}

/// Whether two names of a HELO are one; a longer one may have been cut short by the writer.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    domain::is_same(a, b)
}

/// Whether two senders are one: the same domain, and the same local part where both have one.
pub(super) fn same_sender(a: &str, b: &str) -> bool {
    let ((local_a, domain_a), (local_b, domain_b)) = (domain::split_address(a), domain::split_address(b));
    domain::is_same(domain_a, domain_b)
        && (local_a == local_b || local_a.is_empty() || local_b.is_empty())
        && a.is_empty() == b.is_empty()
}

pub(super) fn user(value: String) -> Candidate {
    Candidate {
        value,
        origin: Origin::User,
        trusted: true,
        field_index: None,
        span: None,
        note: None,
    }
}

pub(super) fn of_field(
    value: String,
    origin: Origin,
    trusted: bool,
    index: usize,
    span: Option<crate::message::Span>,
) -> Candidate {
    Candidate {
        value,
        origin,
        trusted,
        field_index: Some(index),
        span,
        note: None,
    }
}
