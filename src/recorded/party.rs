//! Whose word each record is, and of which transfer it speaks.

use std::net::IpAddr;

use super::{MethodResult, Record, RecordKind, Standing, standing::by_host, standing::same_operator};
use crate::{
    domain,
    trace::{Hop, Trace, Zone},
};

/// Whose word a record is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The receiving side's.
    Receiver,
    /// That of a sealer, worth what the ARC seal over it is worth.
    Sealer,
    /// That of a server on the way, as it stands.
    Upstream,
    /// Whoever sent the message may have written it: it names nobody, or names the receiver where the receiver does not write.
    #[default]
    SendingSide,
}

/// Sets party and hop of every record whose standing is judged.
pub(super) fn attribute(records: &mut [Record], trace: &Trace) {
    for record in records {
        record.party = party(record);
        record.hop = hop(record, trace);
    }
}

fn party(record: &Record) -> Party {
    match (record.kind, record.standing) {
        (_, Standing::Forged) => Party::SendingSide,
        (RecordKind::ArcAuthenticationResults, _) => Party::Sealer,
        (_, Standing::Trusted) => Party::Receiver,
        (RecordKind::AuthenticationResultsOriginal, _) => Party::Upstream,
        (_, Standing::Untrusted) if record.authserv_id.is_some() => Party::Upstream,
        (_, Standing::Untrusted) => Party::SendingSide,
    }
}

/// The hop whose transfer the record tells of: the one whose client it names, if the record's author wrote that hop; else the
/// next below the record, if it is its author's; else the author's uppermost. Nobody's word is about no hop.
fn hop(record: &Record, trace: &Trace) -> Option<usize> {
    if record.standing == Standing::Forged {
        return None;
    }
    let id = record.authserv_id.as_deref().map(domain::normalise);
    let trusted = record.standing == Standing::Trusted;
    let written_by_author = |hop: &&Hop| match &id {
        Some(id) => by_host(hop).is_some_and(|host| same_operator(id, &host)),
        None => trusted && hop.zone != Zone::Untrusted,
    };
    let own = || trace.hops.iter().filter(written_by_author);
    let client: Option<IpAddr> = record.methods.iter().find_map(MethodResult::client_ip);
    let by_client = client.and_then(|ip| own().find(|hop| hop.from.ip == Some(ip)));
    let below = || {
        let mut lower = trace.hops.iter().filter(|hop| hop.field_index > record.field_index);
        lower.next().filter(written_by_author)
    };
    let border = || trace.border_hop().filter(|_| trusted);
    let found = by_client.or_else(border).or_else(below).or_else(|| own().next());
    found.map(|hop| hop.index)
}
