//! What is known of each leg: the dialogue's values and the checks, each with who tells it. At the border it is the
//! envelope; below, what the claimed servers, sealers and rewritten addresses say.

use super::{Basis, Leg, LegKind, LegResult, Mark, Told};
use crate::{
    case::Case,
    domain,
    envelope::{Origin, Provenance, decode},
    recorded::{MethodResult, Record, RecordKind, Standing, same_operator},
    trace::{Hop, Zone},
    verify::arc::ArcResult,
};

/// More results than this of one leg are not listed.
const MAX_RESULTS: usize = 24;
/// More recipients than this of one leg are not listed.
const MAX_RECIPIENTS: usize = 50;

/// Fills every leg.
pub(super) fn gather(case: &Case<'_>, legs: &mut Vec<Leg>) {
    for leg in legs.iter_mut() {
        if leg.zone == Zone::Border {
            at_border(case, leg);
        } else {
            by_its_hop(case, leg);
        }
        by_position(case, leg);
    }
    before_rewriting(case, legs);
    sealed(case, legs);
    for leg in legs.iter_mut() {
        leg.results.truncate(MAX_RESULTS);
        leg.rcpt_to.truncate(MAX_RECIPIENTS);
    }
}

fn at_border(case: &Case<'_>, leg: &mut Leg) {
    let envelope = &case.envelope;
    leg.client_ip = envelope.client_ip.value.or(leg.client_ip);
    leg.helo = told(&envelope.helo);
    leg.mail_from = told(&envelope.mail_from);
    // The border's own word; elsewhere in the trusted part a recipient may be one of a later alias.
    let recipients = || envelope.rcpt_to.iter().filter_map(told);
    let border = leg.hops.last().copied();
    let own = case
        .trace
        .hops
        .get(border.unwrap_or_default())
        .map(|hop| hop.field_index);
    let by_border: Vec<Told> = recipients().filter(|told| told.field_index == own).collect();
    leg.rcpt_to = if by_border.is_empty() {
        recipients().collect()
    } else {
        by_border
    };
    leg.results = recomputed(case);
}

/// The winner of an envelope value, and who names it.
fn told(value: &Provenance<String>) -> Option<Told> {
    let best = value.candidates.first();
    let mark = match value.origin? {
        Origin::Decoded | Origin::Arc => Mark::Inferred,
        _ if best.is_some_and(|best| best.trusted) => Mark::Recorded,
        _ => Mark::Claimed,
    };
    let field_index = best.and_then(|best| best.field_index);
    let source = match value.origin? {
        Origin::User => Some("named by the user".to_owned()),
        Origin::Sidecar => Some("stored beside the message".to_owned()),
        Origin::MboxLine => Some("the mbox line".to_owned()),
        _ if field_index.is_none() => best.and_then(|best| best.note.clone()),
        _ => None,
    };
    Some(Told {
        value: value.value.clone()?,
        mark,
        field_index,
        source,
    })
}

fn by_its_hop(case: &Case<'_>, leg: &mut Leg) {
    let Some(hop) = leg.hop(case) else { return };
    let mark = match hop.zone {
        Zone::Untrusted => Mark::Claimed,
        Zone::Trusted | Zone::Border => Mark::Recorded,
    };
    let tell = |value: String| Told {
        value,
        mark,
        field_index: Some(hop.field_index),
        source: None,
    };
    leg.helo = hop.from.helo.clone().map(tell);
    leg.mail_from = hop.envelope_from.clone().map(tell);
    leg.rcpt_to = hop.for_.iter().cloned().map(tell).collect();
}

/// What this program found, which is about the transfer at the border and the message as it came in there.
fn recomputed(case: &Case<'_>) -> Vec<LegResult> {
    let verification = &case.verification;
    let mut all = Vec::new();
    let mut add = |method: &'static str, result: &'static str, identifier: Option<&str>, field_index| {
        all.push(LegResult {
            method: method.into(),
            result: result.into(),
            identifier: identifier.filter(|name| !name.is_empty()).map(str::to_owned),
            basis: Basis::Recomputed,
            by: None,
            field_index,
        });
    };
    for spf in [&verification.spf_mail_from, &verification.spf_helo] {
        let result = spf.result.map_or_else(|why| why.word(), |result| result.word());
        if !spf.domain.is_empty() {
            add("spf", result, Some(&spf.domain), None);
        }
    }
    for check in &verification.dkim {
        let result = check.result.map_or_else(|why| why.word(), |result| result.word());
        add("dkim", result, check.domain.as_deref(), Some(check.field_index));
    }
    let dmarc = &verification.dmarc;
    let result = dmarc.result.map_or_else(|why| why.word(), |result| result.word());
    add("dmarc", result, Some(&dmarc.domain), None);
    all
}

/// Results that stand directly above the Received field of the leg: RFC 7208 9.1 and RFC 8601 4.1 put them there.
fn by_position(case: &Case<'_>, leg: &mut Leg) {
    let Some(hop) = leg.hop(case) else { return };
    for record in &case.recorded.records {
        let own = match record.standing {
            Standing::Trusted => is_trusted_word_on(case, record, leg),
            Standing::Forged => false,
            Standing::Untrusted => is_of(case, record, hop),
        };
        if !own || record.kind == RecordKind::ArcAuthenticationResults {
            continue;
        }
        let basis = match record.standing {
            Standing::Trusted => Basis::Recorded,
            _ => Basis::Claimed,
        };
        let by = record.authserv_id.clone().or_else(|| hop.by.host.clone());
        leg.results.extend(
            record
                .methods
                .iter()
                .map(|method| result(method, record, basis, by.clone())),
        );
        if leg.zone != Zone::Border && leg.mail_from.is_none() {
            leg.mail_from = record
                .methods
                .iter()
                .find_map(MethodResult::mail_from)
                .map(|value| Told {
                    value,
                    mark: if basis == Basis::Recorded {
                        Mark::Recorded
                    } else {
                        Mark::Claimed
                    },
                    field_index: Some(record.field_index),
                    source: None,
                });
        }
    }
}

/// A trusted field speaks of the transfer whose client it names; where it names none, of the one at the border, wherever in
/// the trusted part it stands.
fn is_trusted_word_on(case: &Case<'_>, record: &Record, leg: &Leg) -> bool {
    let client = record.methods.iter().find_map(MethodResult::client_ip);
    let of_a_hop = client.is_some_and(|ip| {
        let mut hops = case.trace.hops.iter().filter(|hop| hop.zone != Zone::Untrusted);
        hops.any(|hop| hop.from.ip == Some(ip))
    });
    match client {
        Some(ip) if of_a_hop => leg.zone != Zone::Untrusted && leg.client_ip == Some(ip),
        _ => leg.zone == Zone::Border,
    }
}

/// The first Received field below the record is the hop's, and the record does not name another organisation.
fn is_of(case: &Case<'_>, record: &Record, hop: &Hop) -> bool {
    let below = case.trace.hops.iter().find(|hop| hop.field_index > record.field_index);
    let names = || {
        let id = domain::normalise(record.authserv_id.as_deref()?);
        let host = domain::normalise(hop.by.host.as_deref()?);
        Some(same_operator(&id, &host))
    };
    below.is_some_and(|below| below.index == hop.index) && names().unwrap_or(true)
}

fn result(method: &MethodResult, record: &Record, basis: Basis, by: Option<String>) -> LegResult {
    const NAMES: [&str; 5] = ["smtp.mailfrom", "header.d", "header.i", "header.from", "smtp.helo"];
    // Microsoft writes `header.d=none` where there is no signature.
    let named = NAMES
        .iter()
        .filter_map(|name| method.property(name))
        .find(|value| *value != "none");
    let identifier = named.map(|value| value.trim_start_matches('@').to_owned());
    LegResult {
        method: method.method.clone().into(),
        result: method.result.clone().into(),
        identifier: identifier.or_else(|| method.mail_from()),
        basis,
        by,
        field_index: Some(record.field_index),
    }
}

/// A rewritten return path keeps the one of the leg before (SRS, caf, BATV): envelope.md 4.1, rank 10.
fn before_rewriting(case: &Case<'_>, legs: &mut Vec<Leg>) {
    let Some(at) = legs.iter().position(|leg| leg.zone == Zone::Border) else {
        return;
    };
    let rewritten = legs[at].mail_from.clone();
    let decoded = rewritten.as_ref().and_then(|told| decode(&told.value));
    let Some((inner, form)) = decoded
        .filter(|decoded| decoded.form.contains("srs"))
        .and_then(|decoded| Some((decoded.inner?, decoded.form)))
    else {
        return;
    };
    let value = Told {
        value: inner,
        mark: Mark::Inferred,
        field_index: rewritten.and_then(|told| told.field_index),
        source: Some(format!("decoded from the {form} return path of the next leg")),
    };
    if let Some(leg) = legs.iter_mut().skip(at + 1).find(|leg| leg.kind == LegKind::Author) {
        leg.mail_from.get_or_insert(value);
    } else if legs[at].kind == LegKind::Forward {
        let reason = "the forwarder kept no trace of it; its rewritten return path tells of it";
        let mut leg = untold(case, &legs[at], reason);
        leg.mail_from = Some(value);
        legs.insert(at + 1, leg);
    }
}

/// A leg of which no Received field tells: the author's, to the client of the given leg.
fn untold(case: &Case<'_>, next: &Leg, reason: &str) -> Leg {
    Leg {
        kind: LegKind::Author,
        reasons: vec![reason.to_owned()],
        hops: Vec::new(),
        zone: Zone::Untrusted,
        client_ip: None,
        client_name: case
            .author_domain()
            .map(|domain| format!("a server of {domain} (as the message claims)")),
        server: next.client_name.clone(),
        at: None,
        helo: None,
        mail_from: None,
        rcpt_to: Vec::new(),
        tls: None,
        auth_user: None,
        results: Vec::new(),
    }
}

/// What the sealers say that they saw (RFC 8617 4.1.1): each set goes to the earliest leg that ends at its writer and has
/// none yet. The first set, without such a leg, tells of one that left no trace.
fn sealed(case: &Case<'_>, legs: &mut Vec<Leg>) {
    let basis = match case.verification.arc.result {
        Ok(ArcResult::Pass) => Basis::Sealed,
        _ => Basis::Claimed,
    };
    let mut records: Vec<&Record> = case
        .recorded
        .records
        .iter()
        .filter(|record| record.kind == RecordKind::ArcAuthenticationResults && record.instance.is_some())
        .collect();
    records.sort_by_key(|record| record.instance);
    let mut taken = vec![false; legs.len()];
    for record in records {
        let Some(id) = record.authserv_id.as_deref().map(domain::normalise) else {
            continue;
        };
        let ends_there = |leg: &Leg| {
            let server = leg.server.as_deref().map(domain::normalise);
            !matches!(leg.kind, LegKind::Internal | LegKind::Submission)
                && server.is_some_and(|server| same_operator(&server, &id))
        };
        let found = (0..legs.len())
            .rev()
            .find(|at| !taken.get(*at).copied().unwrap_or(false) && ends_there(&legs[*at]));
        let results = record
            .methods
            .iter()
            .map(|method| result(method, record, basis, Some(id.clone())));
        match found {
            // The receiver's own set repeats what stands in its results.
            Some(at)
                if legs[at].zone == Zone::Border
                    && legs[at].results.iter().any(|result| result.basis == Basis::Recorded) =>
            {
                taken[at] = true;
            }
            Some(at) => {
                taken[at] = true;
                legs[at].results.extend(results);
                if legs[at].mail_from.is_none() {
                    legs[at].mail_from = sealed_sender(record, basis);
                }
            }
            // A step between servers of one party, which its Received field tells.
            // Later sets of the same servers repeat the first.
            None if let Some(at) = told_inside(case, legs, record, &id) => {
                let known = !legs[at].results.is_empty();
                legs[at].results.extend(results.filter(|_| !known));
            }
            // A sealer that checked nothing of the transfer was the author's own server.
            None if record.instance == Some(1) && record.methods.iter().any(|method| method.method == "spf") => {
                let Some(border) = legs.iter().rposition(|leg| leg.kind != LegKind::Internal) else {
                    continue;
                };
                let mut leg = untold(
                    case,
                    &legs[border],
                    "no Received field tells of it; a sealer says what it saw",
                );
                leg.server = Some(id.clone());
                leg.client_ip = record.methods.iter().find_map(MethodResult::client_ip);
                leg.mail_from = sealed_sender(record, basis);
                leg.results = results.collect();
                legs.push(leg);
                taken.push(true);
            }
            None => {}
        }
    }
}

/// The leg with the hop at which the sealer received from the client that it names.
fn told_inside(case: &Case<'_>, legs: &[Leg], record: &Record, sealer: &str) -> Option<usize> {
    let client = record.methods.iter().find_map(MethodResult::client_ip)?;
    let at_sealer = |hop: &Hop| {
        let by = hop.by.host.as_deref().map(domain::normalise);
        hop.from.ip == Some(client) && by.is_some_and(|by| same_operator(&by, sealer))
    };
    let hops = &case.trace.hops;
    legs.iter().position(|leg| {
        let mut own = leg.hops.iter().filter_map(|index| hops.get(*index));
        leg.kind == LegKind::Internal && own.any(at_sealer)
    })
}

fn sealed_sender(record: &Record, basis: Basis) -> Option<Told> {
    let spf = record.methods.iter().find(|method| method.method == "spf")?;
    Some(Told {
        value: spf.mail_from()?,
        mark: if basis == Basis::Sealed {
            Mark::Inferred
        } else {
            Mark::Claimed
        },
        field_index: Some(record.field_index),
        source: None,
    })
}
