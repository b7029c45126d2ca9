//! Who may be believed (report.md, "Trust and the border"; RFC 8601 4.1, 5 and 7.1).

use super::{
    Record, RecordKind, Recorded, Standing,
    below_border::{perhaps_written_below, written_below},
    party,
};
use crate::{
    domain,
    known::Known,
    message::Message,
    trace::{Hop, Trace, Zone},
};

/// Providers whose results name another of their domains than their Received fields do.
const PROVIDER_DOMAINS: [&[&str]; 4] = [
    &["outlook.com", "microsoft.com", "office365.com", "hotmail.com"],
    &["google.com", "gmail.com", "googlemail.com"],
    &["yahoo.com", "yahoodns.net", "aol.com"],
    &["icloud.com", "apple.com", "me.com"],
];

/// Sets standing and reason of every record.
pub fn judge_standing(recorded: &mut Recorded, message: &Message<'_>, trace: &Trace, known: &Known) {
    let first_received = message.field("Received").map(|field| field.index);
    let below = written_below(recorded, trace);
    let perhaps = perhaps_written_below(recorded, message, trace);
    for record in &mut recorded.records {
        let (standing, reason) = match below.contains(&record.field_index) && is_acceptable(record, known) {
            true => (
                Standing::Trusted,
                "It stands below the border hop where this receiver writes its results, and it is the only one of its kind there."
                    .to_owned(),
            ),
            false => judge(record, first_received, trace, known),
        };
        let unclear = standing == Standing::Forged && perhaps.contains(&record.field_index);
        (record.standing, record.reason) = match unclear {
            true => (
                Standing::Untrusted,
                "It claims the receiver's name, directly below the border hop: some filters write there, and so could the \
                 sender; the receiver wrote no other."
                    .to_owned(),
            ),
            false => (standing, reason),
        };
        if let (Standing::Trusted, Some(doubt)) = (record.standing, &record.doubt) {
            record.reason = format!("{} No pass in it is believed: {doubt}.", record.reason);
        }
    }
    party::attribute(&mut recorded.records, trace);
}

/// Where the user named authserv-ids, only those count.
fn is_acceptable(record: &Record, known: &Known) -> bool {
    let id = record.authserv_id.as_deref().map(domain::normalise);
    known.authserv_ids.is_empty() || id.is_some_and(|id| is_named(record, &id, known))
}

fn judge(record: &Record, first_received: Option<usize>, trace: &Trace, known: &Known) -> (Standing, String) {
    let id = record.authserv_id.as_deref().map(domain::normalise);
    let shown = id.as_deref().unwrap_or("nobody");
    if record.kind == RecordKind::AuthenticationResultsOriginal {
        let reason = "It is a copy of what an earlier hop wrote, kept under another name.";
        return (Standing::Untrusted, reason.to_owned());
    }
    let named = id.as_deref().is_some_and(|id| is_named(record, id, known));
    let Some(border) = trace.border_hop() else {
        // Without a border, only what stands above every Received cannot have come with the message.
        let on_top = first_received.is_none_or(|first| record.field_index < first);
        return match (named, on_top) {
            (true, true) => (
                Standing::Trusted,
                format!("{shown} was named as trusted, and the field stands above all Received fields."),
            ),
            (true, false) => (
                Standing::Untrusted,
                format!("{shown} was named as trusted, but no border is known, and the field stands below a Received."),
            ),
            (false, _) => (
                Standing::Untrusted,
                "No border is known, so nothing binds the field to the receiver.".to_owned(),
            ),
        };
    };
    if record.field_index > border.field_index {
        return below_border(record, id.as_deref(), named, border, trace);
    }
    if named {
        let reason = format!("{shown} was named as trusted, and the field stands above the border hop.");
        return (Standing::Trusted, reason);
    }
    if !known.authserv_ids.is_empty() {
        let reason = format!("{shown} is not among the authserv-ids named as trusted.");
        return (Standing::Untrusted, reason);
    }
    above_border(record, id.as_deref(), trace)
}

/// A record of the trusted zone, where the user named no authserv-id: it must be the word of a host there.
fn above_border(record: &Record, id: Option<&str>, trace: &Trace) -> (Standing, String) {
    let hops = || {
        trace
            .hops
            .iter()
            .filter(|hop| matches!(hop.zone, Zone::Trusted | Zone::Border) || Some(hop.index) == border_index(trace))
            .filter(|hop| hop.field_index > record.field_index)
    };
    let Some(id) = id else {
        return if record.kind == RecordKind::ReceivedSpf || has_microsoft_shape(record) {
            (
                Standing::Trusted,
                "It names no author, but stands above the border hop, where only the receiving side can have written it."
                    .to_owned(),
            )
        } else {
            let reason = "It names no author, and has not the shape of a receiver that leaves its name out.";
            (Standing::Untrusted, reason.to_owned())
        };
    };
    match hops().find(|hop| by_host(hop).is_some_and(|host| same_operator(id, &host))) {
        Some(hop) => (
            Standing::Trusted,
            format!(
                "{id} belongs to {}, which wrote the Received field of the receiving side below it.",
                by_host(hop).unwrap_or_default()
            ),
        ),
        None => (
            Standing::Untrusted,
            format!("{id} is none of the hosts of the receiving side."),
        ),
    }
}

/// A record of the block that came from outside. RFC 8601 5: the border deletes what claims its own name there.
fn below_border(record: &Record, id: Option<&str>, named: bool, border: &Hop, trace: &Trace) -> (Standing, String) {
    let untrusted = |reason: String| (Standing::Untrusted, reason);
    let Some(id) = id else {
        return untrusted("It stands below the border hop: the sending side supplied it.".to_owned());
    };
    let host = by_host(border);
    let claims_receiver = named || host.as_deref().is_some_and(|host| same_operator(id, host));
    if !claims_receiver {
        return untrusted(format!(
            "It is the word of {id}, and stands below the border hop: the sending side supplied it."
        ));
    }
    if record.kind == RecordKind::ArcAuthenticationResults {
        return untrusted(format!(
            "It is an earlier result of {id}, worth no more than the ARC seal over it."
        ));
    }
    // A message may pass one large provider twice, and such a provider leaves its earlier results in place.
    let earlier_pass = trace
        .hops
        .iter()
        .find(|hop| hop.field_index > record.field_index)
        .and_then(by_host)
        .is_some_and(|host| same_operator(id, &host));
    // Outbound servers take the Received fields of their own side away, and leave the results.
    let from_provider = border.from.rdns.as_deref().or(border.from.helo.as_deref());
    let earlier_pass =
        earlier_pass || from_provider.is_some_and(|client| same_operator(id, &domain::normalise(client)));
    if !named && earlier_pass && provider(id).is_some() {
        return untrusted(format!(
            "It may be of an earlier pass through {id}; below the border hop nothing proves it."
        ));
    }
    let reason = format!(
        "It claims the receiver's name {id}, yet stands below the border hop, where the receiver cannot have written it."
    );
    (Standing::Forged, reason)
}

/// Whether the user named the author: the very authserv-id (RFC 8601 2.5), for Received-SPF a host of its organisation.
fn is_named(record: &Record, id: &str, known: &Known) -> bool {
    known
        .authserv_ids
        .iter()
        .map(|named| domain::normalise(named))
        .any(|named| named == id || (record.kind == RecordKind::ReceivedSpf && same_operator(id, &named)))
}

fn border_index(trace: &Trace) -> Option<usize> {
    trace.border.as_ref().map(|border| border.hop)
}

pub(super) fn by_host(hop: &Hop) -> Option<String> {
    hop.by
        .host
        .as_deref()
        .map(domain::normalise)
        .filter(|host| !host.is_empty())
}

/// Whether two hosts are of one organisation, or of one provider under several domains. Both in normal form.
pub fn same_operator(a: &str, b: &str) -> bool {
    let dotted = a.contains('.') && b.contains('.');
    a == b || (dotted && domain::same_organisation(a, b)) || (provider(a).is_some() && provider(a) == provider(b))
}

fn provider(host: &str) -> Option<usize> {
    PROVIDER_DOMAINS
        .iter()
        .position(|domains| domains.iter().any(|domain| domain::is_within(host, domain)))
}

/// Microsoft's results: no authserv-id, `sender IP is`, `compauth`, `action=`, `header.d=none`.
fn has_microsoft_shape(record: &Record) -> bool {
    record.methods.iter().any(|result| {
        result.method == "compauth"
            || result.property("action").is_some()
            || result.property("header.d") == Some("none")
            || result
                .comments
                .iter()
                .any(|comment| comment.to_ascii_lowercase().starts_with("sender ip is"))
    })
}
