//! Legitimate flows that predict a failing check (findings.md 2.9, RFC 7960).
//!
//! Each needs two independent pieces of evidence, at least one of which the sender could not simply write: a verified
//! signature, a passing SPF, what the receiver saw. A flow that is only claimed explains nothing.

mod automatic;
mod bulk;
mod forward;
mod groups;
mod handling;
mod list;
mod service;

use crate::{case::Case, domain, finding::Evidence, trace::RdnsStatus, verify::spf::SpfResult};

/// A flow that the message shows.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Stable id (`FL-1`).
    pub id: &'static str,
    /// Stable name (`mailing-list`).
    pub name: &'static str,
    /// At least two independent pieces.
    pub evidence: Vec<Evidence>,
    /// Rule ids that it explains in this message.
    pub explains: Vec<&'static str>,
    /// Whether it may be why nothing proves the author where the message came in.
    pub hides_author: bool,
}

/// What a flow is, for readers of the report and of `explain`.
#[derive(Debug)]
pub struct FlowKind {
    /// Stable id.
    pub id: &'static str,
    /// Stable name.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub title: &'static str,
    /// What proves it, what it predicts, what it does not excuse: Markdown.
    pub page: &'static str,
    /// Rule ids that it explains.
    pub explains: &'static [&'static str],
    /// What shows it: all evidence found, and whether it suffices.
    detect: fn(&Case<'_>) -> Found,
}

/// Evidence for a flow, kept apart by who could have written it.
#[derive(Debug, Default)]
struct Found {
    /// What the header claims; anyone can write it.
    claimed: Vec<Evidence>,
    /// What somebody else than the sender's text vouches for.
    bound: Vec<Evidence>,
    /// The domain of who handled the message, where the flow has one that may be the receiver's own.
    handler: Option<String>,
}

/// Every flow that the program knows, in the order of their numbers.
pub fn catalogue() -> impl Iterator<Item = &'static FlowKind> {
    [
        &list::MAILING_LIST,
        &groups::GOOGLE_GROUP,
        &list::FROM_MUNGING,
        &forward::PLAIN_FORWARD,
        &forward::SRS_FORWARD,
        &forward::GMAIL_FORWARD,
        &handling::SERVICE_FORWARD,
        &forward::RESENT,
        &bulk::ESP_BULK,
        &service::CALENDAR,
        &automatic::DSN,
        &handling::INBOUND_GATEWAY,
        &service::PRIVACY_RELAY,
        &service::SEND_AS_SERVICE,
        &service::SIMULATION,
        &handling::COLLECTION,
        &handling::QUARANTINE,
        &handling::JOURNAL,
        &handling::LOCAL_MAIL,
        &handling::TENANT_TO_TENANT,
    ]
    .into_iter()
}

/// The flows that a case shows; [`Case::flows`] is empty while this runs.
pub fn detect(case: &Case<'_>) -> Vec<Flow> {
    catalogue()
        .filter_map(|kind| {
            let found = (kind.detect)(case);
            let enough = !found.bound.is_empty() && found.bound.len() + found.claimed.len() >= 2;
            if !enough {
                return None;
            }
            let handler = found.handler.as_deref();
            let inside = handler.is_some_and(|handler| is_inside(case, handler));
            let hides_author = !inside || case.breakable_signatures().next().is_some();
            let explained = |id: &&&'static str| match **id {
                "AU-414" | "AU-415" => !inside,
                "AU-420" | "AU-421" | "ID-602" => hides_author,
                _ => true,
            };
            Some(Flow {
                id: kind.id,
                name: kind.name,
                evidence: found.bound.into_iter().chain(found.claimed).collect(),
                explains: kind.explains.iter().filter(explained).copied().collect(),
                hides_author,
            })
        })
        .collect()
}

/// Whether who handled the message belongs to the receiving side: then the border saw it before him, and he can have broken
/// signatures, but neither changed the client nor taken away what was not there.
fn is_inside(case: &Case<'_>, handler: &str) -> bool {
    let border = case.trace.border_hop();
    let client = border.and_then(|hop| hop.from.rdns.as_deref());
    let came_from_him = client.is_some_and(|client| domain::same_organisation(client, handler));
    border.is_some() && case.trace.received_by(handler) && !came_from_him
}

/// Evidence that the party that handed the message over belongs to the organisation of `name`: a passing SPF of its
/// return path, a verified signature, its authenticated reverse name; recomputed, or recorded by a trusted receiver.
fn bound_to(case: &Case<'_>, name: &str) -> Vec<Evidence> {
    let belongs = |other: &str| domain::same_organisation(other, name);
    let mut found = Vec::new();
    let spf = &case.verification.spf_mail_from;
    if spf.result == Ok(SpfResult::Pass) && belongs(&spf.domain) {
        found.push(Evidence::derivation(format!(
            "SPF passes for the return path's domain {}",
            spf.domain
        )));
    }
    for check in case.verification.dkim.iter().filter(|check| check.passes()) {
        if check.domain.as_deref().is_some_and(belongs) {
            found.push(Evidence::field_at(case.message, check.field_index));
        }
    }
    for (method, property) in [("spf", "smtp.mailfrom"), ("dkim", "header.d"), ("dkim", "header.i")] {
        let vouches = case.recorded.trusted(method).find(|(_, result)| {
            let named = result
                .property(property)
                .map(|value| domain::of_address(value).to_owned());
            result.result == "pass" && named.is_some_and(|named| belongs(&named))
        });
        if let Some((record, _)) = vouches {
            found.push(Evidence::field_at(case.message, record.field_index).written_by("receiver"));
        }
    }
    if let Some(hop) = case.trace.border_hop() {
        let named = hop
            .from
            .rdns
            .as_deref()
            .filter(|_| hop.from.rdns_status == RdnsStatus::Ok);
        if named.is_some_and(belongs) {
            found.push(Evidence::field_at(case.message, hop.field_index).written_by("receiver"));
        }
    }
    found.dedup();
    found
}

/// The field of a name as evidence.
fn claim(case: &Case<'_>, name: &str) -> Option<Evidence> {
    case.message.field(name).map(Evidence::field)
}
