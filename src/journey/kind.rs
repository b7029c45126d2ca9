//! Says what each transfer is for: a list's, a forwarder's, a gateway's, the author's. Only flows that are proven name a
//! list or a forwarder; what is merely claimed stays a relay, and says so.

use super::{Leg, LegKind};
use crate::{
    case::Case,
    domain,
    recorded::same_operator,
    trace::{RdnsStatus, Zone},
};

const LIST_FLOWS: &[&str] = &["FL-1", "FL-2", "FL-3"];
const FORWARD_FLOWS: &[&str] = &["FL-4", "FL-5", "FL-6", "FL-7", "FL-8"];

/// Names the transfers.
pub(super) fn name(case: &Case<'_>, legs: &mut [Leg]) {
    let transfers: Vec<usize> = (0..legs.len()).filter(|at| legs[*at].kind == LegKind::Relay).collect();
    let lowest = transfers.last().copied();
    let sends_on = sends_on(case);
    for at in transfers {
        let (kind, reason) = match legs[at].zone {
            Zone::Trusted => (
                LegKind::Gateway,
                "the receiving side trusts the server that handed it over, and the border lies before it".to_owned(),
            ),
            Zone::Border => border(case, &legs[at], lowest == Some(at), sends_on.as_ref()),
            Zone::Untrusted => below(&legs[at], lowest == Some(at), sends_on.as_ref()),
        };
        legs[at].kind = kind;
        legs[at].reasons.push(reason);
    }
}

/// The proven list or forwarder, and the name of its server that handed the message over.
struct SendsOn {
    kind: LegKind,
    reason: String,
    server: Option<String>,
}

fn sends_on(case: &Case<'_>) -> Option<SendsOn> {
    let proven = |ids: &[&str]| case.flows.iter().find(|flow| ids.contains(&flow.id));
    let (kind, flow) = proven(LIST_FLOWS)
        .map(|flow| (LegKind::List, flow))
        .or_else(|| proven(FORWARD_FLOWS).map(|flow| (LegKind::Forward, flow)))?;
    let server = case.trace.border_hop().and_then(|hop| {
        let found = hop.from.rdns.clone().filter(|_| hop.from.rdns_status == RdnsStatus::Ok);
        found.or_else(|| hop.from.helo.clone())
    });
    Some(SendsOn {
        kind,
        reason: format!("{} {} is proven", flow.id, flow.name),
        server: server.map(|name| domain::normalise(&name)),
    })
}

fn border(case: &Case<'_>, leg: &Leg, lowest: bool, sends_on: Option<&SendsOn>) -> (LegKind, String) {
    let reasons = case.trace.border.as_ref().map(|border| border.reasons.as_slice());
    let gateway = reasons
        .unwrap_or_default()
        .iter()
        .find(|reason| reason.kind == "gateway");
    if let Some(gateway) = gateway {
        return (LegKind::Gateway, gateway.text.clone());
    }
    if let Some(sends_on) = sends_on {
        return (sends_on.kind, sends_on.reason.clone());
    }
    let authors = leg
        .client_name
        .as_deref()
        .is_some_and(|name| case.is_authors(&domain::normalise(name)));
    if case.spf_proves() {
        return (
            LegKind::Author,
            "the author's domain lets this client send (SPF)".to_owned(),
        );
    }
    if authors && case.proving_signatures().next().is_some() {
        return (
            LegKind::Author,
            "the client bears the author's name, and his signature verifies".to_owned(),
        );
    }
    if lowest {
        return (
            LegKind::Author,
            "no earlier transfer is told of: whoever connected here is its origin".to_owned(),
        );
    }
    let claimed = case.message.field("List-Id").is_some();
    let reason = if claimed {
        "List fields claim a list; nothing binds the client to it"
    } else {
        "earlier transfers are claimed, and nothing says whose server this is"
    };
    (LegKind::Relay, reason.to_owned())
}

/// A transfer below the border: the sending side's word.
fn below(leg: &Leg, lowest: bool, sends_on: Option<&SendsOn>) -> (LegKind, String) {
    let to_sender_on = sends_on.is_some_and(|sends_on| {
        let server = leg.server.as_deref().map(domain::normalise);
        sends_on
            .server
            .as_deref()
            .zip(server.as_deref())
            .is_some_and(|(a, b)| same_operator(a, b))
    });
    if to_sender_on {
        let reason = "it ends at the server that later sent the message on".to_owned();
        return (LegKind::Author, reason);
    }
    if lowest {
        return (
            LegKind::Author,
            "it is the earliest transfer that the header claims".to_owned(),
        );
    }
    (
        LegKind::Relay,
        "the header claims it between other transfers".to_owned(),
    )
}
