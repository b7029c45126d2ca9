//! Cuts the Received chain into legs: every transfer between two parties alone, the steps inside one party together.

use super::{Leg, LegKind};
use crate::{
    case::Case,
    recorded::same_operator,
    trace::{AddressClass, Hop, HopClass, RdnsStatus, Zone},
};

/// The legs with their hops; each is `internal`, `submission`, `collection` or, for [`super::kind`] to say more, `relay`.
pub(super) fn cut(case: &Case<'_>) -> Vec<Leg> {
    let mut legs: Vec<Leg> = Vec::new();
    for hop in case.trace.hops.iter().filter(|hop| hop.class != HopClass::Annotation) {
        let kind = kind(hop);
        let inside = legs.last_mut().filter(|leg| {
            let again = kind == LegKind::Submission && leg.server == hop.by.host;
            leg.kind == kind && leg.zone == hop.zone && (kind == LegKind::Internal || again)
        });
        match inside {
            Some(leg) => begin_at(leg, hop),
            None => legs.push(leg(kind, hop)),
        }
    }
    legs
}

/// What a hop is by itself.
fn kind(hop: &Hop) -> LegKind {
    match hop.class {
        HopClass::PopFetch => LegKind::Collection,
        _ if hop.zone == Zone::Border => LegKind::Relay,
        HopClass::SubmissionAuth | HopClass::WebmailHttp | HopClass::Api => LegKind::Submission,
        HopClass::SmtpExternal if !is_own_client(hop) => LegKind::Relay,
        _ => LegKind::Internal,
    }
}

/// The client bears a name of the server's own organisation: looked up where that was done, else as it said itself.
fn is_own_client(hop: &Hop) -> bool {
    let Some(server) = hop.by.host.as_deref().map(crate::domain::normalise) else {
        return false;
    };
    let name = client_name(hop).map(|name| crate::domain::normalise(&name));
    let private = hop.from.ip.is_some_and(|ip| AddressClass::of(ip).is_internal());
    name.as_deref().is_some_and(|name| same_operator(name, &server)) || (private && name.is_none())
}

/// The client by the name that the server found for it, else by its HELO.
fn client_name(hop: &Hop) -> Option<String> {
    let found = hop.from.rdns.clone().filter(|_| hop.from.rdns_status == RdnsStatus::Ok);
    found.or_else(|| hop.from.helo.clone().filter(|helo| helo.contains('.')))
}

fn leg(kind: LegKind, hop: &Hop) -> Leg {
    let mut leg = Leg {
        kind,
        reasons: Vec::new(),
        hops: Vec::new(),
        zone: hop.zone,
        client_ip: None,
        client_name: None,
        server: hop.by.host.clone(),
        at: hop.date.as_ref().map(|date| date.at),
        helo: None,
        mail_from: None,
        rcpt_to: Vec::new(),
        tls: None,
        auth_user: None,
        results: Vec::new(),
    };
    begin_at(&mut leg, hop);
    leg
}

/// Lets the leg begin one hop earlier.
fn begin_at(leg: &mut Leg, hop: &Hop) {
    leg.hops.push(hop.index);
    leg.client_ip = hop.from.ip;
    leg.client_name = client_name(hop);
    leg.tls.clone_from(&hop.tls);
    leg.auth_user.clone_from(&hop.from.auth_user);
}
