//! Receivers that write their results below their border hop, among the fields that came from outside (trace.md 3.7, 2).
//!
//! Where only the sender's side can otherwise write, a field is the receiver's own only if it is the one that this receiver
//! always writes: alone of its kind, in its place, and with the border's client where it names one.

use std::net::IpAddr;

use super::{
    MethodResult, Record, RecordKind, Recorded,
    standing::{by_host, same_operator},
};
use crate::{
    domain,
    message::{Field, Message},
    trace::{Hop, Trace},
};

/// Where a receiver writes.
enum Place {
    /// One Received-SPF and one Authentication-Results directly below its Received field, in front of all that came from
    /// outside.
    DirectlyBelow,
    /// A run of Authentication-Results with a method each, anywhere below, where none stands above.
    OneRun,
}

/// The receivers, by the host of their border hop: a name, or with a leading dot everything below it. Gmail: as its help
/// pages show; Proton: 4 of 9 messages of a public corpus, the others above.
const RECEIVERS: [(&str, Place); 2] = [
    ("mx.google.com", Place::DirectlyBelow),
    (".protonmail.ch", Place::OneRun),
];

/// The fields below the border that are the receiver's own.
pub(super) fn written_below(recorded: &Recorded, trace: &Trace) -> Vec<usize> {
    let Some((border, host)) = trace.border_hop().and_then(|hop| Some((hop, by_host(hop)?))) else {
        return Vec::new();
    };
    let named = |pattern: &str| match pattern.strip_prefix('.') {
        Some(parent) => domain::is_within(&host, parent),
        None => host == pattern,
    };
    match RECEIVERS.iter().find(|(pattern, _)| named(pattern)) {
        Some((_, Place::DirectlyBelow)) => directly_below(recorded, border, &host),
        Some((_, Place::OneRun)) => one_run(recorded, border, &host),
        None => Vec::new(),
    }
}

/// Results in the receiver's name directly below the border hop, where none stands above: filters of many receivers write one
/// line too low (rspamd behind Postfix does). They may be the receiver's own and may be planted; nothing tells.
pub(super) fn perhaps_written_below(recorded: &Recorded, message: &Message<'_>, trace: &Trace) -> Vec<usize> {
    let Some((border, host)) = trace.border_hop().and_then(|hop| Some((hop, by_host(hop)?))) else {
        return Vec::new();
    };
    let results = |record: &&Record| record.kind == RecordKind::AuthenticationResults;
    let above = |record: &Record| record.field_index < border.field_index && is_own(record, &host);
    if recorded.records.iter().filter(results).any(above) {
        return Vec::new();
    }
    let below = |index: usize| {
        let mut records = recorded.records.iter().filter(results);
        records.find(|record| record.field_index == index)
    };
    let mut found = Vec::new();
    for field in message.fields.iter().filter(|field| field.index > border.field_index) {
        match below(field.index) {
            Some(record) => {
                let own = is_own(record, &host) && names_client(record, border.from.ip);
                if !own || passes_what_is_not_there(record, message) {
                    break;
                }
                found.push(record.field_index);
            }
            None if names_transfer(field, border) => {}
            None => break,
        }
    }
    found
}

/// Another remark of the same filter: it tells the border's queue id, which the sender cannot have known.
fn names_transfer(field: &Field<'_>, border: &Hop) -> bool {
    let id = border.id.as_ref().map(|id| id.value.as_str());
    let long = id.filter(|id| id.len() >= 8 && !field.is("Received"));
    long.is_some_and(|id| {
        let text = field.text();
        text.contains(id) && text.split_ascii_whitespace().any(|word| word == id)
    })
}

/// dkim=pass for a domain of which the message bears no signature: no receiver can have found that.
fn passes_what_is_not_there(record: &Record, message: &Message<'_>) -> bool {
    let signers: Vec<String> = message
        .fields_named("DKIM-Signature")
        .filter_map(|field| {
            let text = field.text();
            let tag = text.split(';').find_map(|tag| tag.trim().strip_prefix("d="));
            tag.map(|name| domain::normalise(name.trim()))
        })
        .collect();
    let mut passes = record
        .methods
        .iter()
        .filter(|result| result.method == "dkim" && result.result == "pass");
    passes.any(|result| {
        let named = result.property("header.d").map(domain::normalise);
        named.map_or(signers.is_empty(), |name| !signers.contains(&name))
    })
}

/// Only the first of each kind: what follows may be the sender's.
fn directly_below(recorded: &Recorded, border: &Hop, host: &str) -> Vec<usize> {
    let mut found: Vec<(RecordKind, usize)> = Vec::new();
    let below = recorded
        .records
        .iter()
        .filter(|record| record.field_index > border.field_index);
    for (next, record) in (border.field_index + 1..).zip(below) {
        let kind = record.kind;
        let results = matches!(kind, RecordKind::ReceivedSpf | RecordKind::AuthenticationResults);
        let own = record.authserv_id.is_none() || is_own(record, host);
        let repeated = found.iter().any(|(earlier, _)| *earlier == kind);
        if record.field_index != next || !results || !own || !names_client(record, border.from.ip) || repeated {
            break;
        }
        found.push((kind, record.field_index));
    }
    found.into_iter().map(|(_, index)| index).collect()
}

/// A second run, a gap in it or a method that stands twice (several signatures excepted) would be somebody else's.
fn one_run(recorded: &Recorded, border: &Hop, host: &str) -> Vec<usize> {
    let own: Vec<&Record> = recorded
        .records
        .iter()
        .filter(|record| record.kind == RecordKind::AuthenticationResults && is_own(record, host))
        .collect();
    let unbroken = own
        .windows(2)
        .all(|pair| pair[0].field_index + 1 == pair[1].field_index);
    let below = own.iter().all(|record| record.field_index > border.field_index);
    let clients = own.iter().all(|record| names_client(record, border.from.ip));
    // The run names the border's client once: it cannot be left over from another transfer.
    let bound = own.iter().any(|record| client_of(record).is_some());
    let mut methods: Vec<&str> = own
        .iter()
        .flat_map(|record| &record.methods)
        .map(|result| result.method.as_str())
        .filter(|method| *method != "dkim")
        .collect();
    let count = methods.len();
    methods.sort_unstable();
    methods.dedup();
    if below && unbroken && clients && bound && methods.len() == count {
        own.iter().map(|record| record.field_index).collect()
    } else {
        Vec::new()
    }
}

fn is_own(record: &Record, host: &str) -> bool {
    let id = record.authserv_id.as_deref().map(domain::normalise);
    id.is_some_and(|id| same_operator(&id, host))
}

fn client_of(record: &Record) -> Option<IpAddr> {
    record.methods.iter().find_map(MethodResult::client_ip)
}

/// It names the border's client, or none.
fn names_client(record: &Record, client: Option<IpAddr>) -> bool {
    let named = client_of(record);
    named.is_none() || named == client
}

#[cfg(test)]
mod tests {
    use crate::{
        known::Known,
        message::Message,
        recorded::{self, Standing},
        trace,
    };

    fn standings(header: &str) -> Vec<Standing> {
        let message = Message::read(header.as_bytes());
        let mut recorded = recorded::read(&message);
        let known = Known::default();
        let trace = trace::trace(&message, &recorded::anchors(&message, &recorded), &known);
        recorded::judge_standing(&mut recorded, &message, &trace, &known);
        recorded.records.iter().map(|record| record.standing).collect()
    }

    const GMAIL: &str = "Received: from a.shop.example (a.shop.example. [192.0.2.7]) by mx.google.com with ESMTPS id \
        98e67ed59e1d1-33e100001si200a91.5.2026.11.06.06.20.03 for <x@gmail.com>; Fri, 06 Nov 2026 06:20:03 -0800 (PST)\n";
    const SPF: &str = "Received-SPF: pass (google.com: domain of a@shop.example designates 192.0.2.7 as permitted sender) \
        client-ip=192.0.2.7;\n";

    #[test]
    fn gmail_writes_directly_below_and_once() {
        let own = "Authentication-Results: mx.google.com; spf=pass smtp.mailfrom=a@shop.example\n";
        let planted = "Authentication-Results: mx.google.com; dmarc=pass header.from=bank.example\n";
        let both = format!("{GMAIL}{SPF}{own}{planted}From: a@shop.example\n\n");
        assert_eq!(
            standings(&both),
            [Standing::Trusted, Standing::Trusted, Standing::Forged]
        );
        let apart = format!("{GMAIL}{SPF}X-Own: 1\n{planted}From: a@shop.example\n\n");
        assert_eq!(standings(&apart), [Standing::Trusted, Standing::Forged]);
        let of_another = format!("{GMAIL}{}\n", SPF.replace("192.0.2.7", "192.0.2.8"));
        assert_eq!(standings(&of_another), [Standing::Forged]);
    }

    #[test]
    fn elsewhere_a_line_below_is_unclear_unless_it_cannot_be_true() {
        let border = "Received: from a.shop.example (a.shop.example [192.0.2.7]) by mx.corp.example (Postfix) with ESMTP id 1; \
            Wed, 14 May 2025 08:53:38 +0000\n";
        let line = "Authentication-Results: mx.corp.example; dkim=pass header.d=shop.example\n";
        let signature = "DKIM-Signature: v=1; d=shop.example; s=a\n";
        let true_or_not = format!("{border}{line}{signature}From: a@shop.example\n\n");
        assert_eq!(standings(&true_or_not), [Standing::Untrusted]);
        let unsigned = format!("{border}{line}From: a@shop.example\n\n");
        assert_eq!(standings(&unsigned), [Standing::Forged]);
        let beside_its_own = format!("Authentication-Results: mx.corp.example; dkim=none\n{true_or_not}");
        assert_eq!(standings(&beside_its_own), [Standing::Trusted, Standing::Forged]);
    }

    #[test]
    fn a_remark_with_the_transfer_s_id_may_stand_between() {
        let border = "Received: from a.shop.example (a.shop.example [192.0.2.7]) by mx.corp.example (8.14.4/8.14.4) with ESMTP \
            id p7V3i843003008 for <x@corp.example>; Wed, 31 Aug 2011 12:44:08 +0900\n";
        let line = "Authentication-Results: mx.corp.example; sender-id=pass header.from=a@shop.example\n";
        for (id, standing) in [
            ("p7V3i843003008", Standing::Untrusted),
            ("p7V3i843003009", Standing::Forged),
        ] {
            let remark = format!("X-Filter: some filter v1.0 mx.corp.example {id}\n");
            assert_eq!(
                standings(&format!("{border}{remark}{line}From: a@shop.example\n\n")),
                [standing],
                "{id}"
            );
        }
    }

    #[test]
    fn proton_writes_one_run() {
        let border = "Received: from a.shop.example (a.shop.example [192.0.2.7]) by mailin034.protonmail.ch (Postfix) with \
            ESMTPS id 4Zy6ZV3Yr5z7QQ5S for <x@protonmail.ch>; Wed, 14 May 2025 08:53:38 +0000 (UTC)\n\
            Received: from laptop (laptop [192.0.2.9]) by a.shop.example (Postfix) with ESMTPSA id 1; Wed, 14 May 2025 08:53:30 +0000\n";
        let run = "Authentication-Results: mail.protonmail.ch; dmarc=none header.from=shop.example\n\
            Authentication-Results: mail.protonmail.ch; arc=none smtp.remote-ip=192.0.2.7\n";
        let one = format!("{border}{run}From: a@shop.example\n\n");
        assert_eq!(standings(&one), [Standing::Trusted; 2]);
        let two = format!("{border}{run}{run}From: a@shop.example\n\n");
        assert_eq!(standings(&two), [Standing::Forged; 4]);
        let unbound =
            format!("{border}Authentication-Results: mail.protonmail.ch; dmarc=pass\nFrom: a@shop.example\n\n");
        assert_eq!(standings(&unbound), [Standing::Forged]);
    }
}
