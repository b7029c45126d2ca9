//! What mail goes through on its way or at its end: forwarding services (FL-7), gateways (FL-12), collection (FL-16), quarantine (FL-17),
//! archives (FL-18), a machine's own mail (FL-19), two organisations at Microsoft (FL-20).

use super::{FlowKind, Found, bound_to, claim};
use crate::{
    case::Case,
    domain,
    finding::Evidence,
    recorded::{Party, RecordKind, same_operator},
    trace::{Hop, HopClass, RdnsStatus, Zone},
};

pub(super) static SERVICE_FORWARD: FlowKind = FlowKind {
    id: "FL-7",
    name: "service-forward",
    title: "A mailbox service forwarded the message by a rule",
    page: "Sieve, cPanel, Yandex and Mail.ru mark what a rule of their user's forwards.\n\n\
           **Proof needed:** such a mark, and that the organisation of the return path, not the author's, handed the message over.\n\n\
           **It does not excuse** an unsigned message: anyone can write the mark.",
    explains: &["AU-414", "AU-415", "EN-304", "EN-313", "RC-514"],
    detect: service_forward,
};

pub(super) static INBOUND_GATEWAY: FlowKind = FlowKind {
    id: "FL-12",
    name: "inbound-gateway",
    title: "A gateway in front of the mailbox received the message first",
    page: "A filtering service is the organisation's MX and hands mail on. The mailbox then sees the gateway's address, and SPF \
           fails for every author.\n\n\
           **Proof needed:** that the receiver's look-up names a gateway, or that the user trusts it, and the results that this \
           gateway recorded, or fields that only it writes.\n\n\
           **It does not excuse** an author whom the gateway saw fail.",
    explains: &["AU-414", "AU-415", "EN-312", "RC-511", "TR-113", "VN-809", "VN-810"],
    detect: inbound_gateway,
};

pub(super) static COLLECTION: FlowKind = FlowKind {
    id: "FL-16",
    name: "mailbox-collection",
    title: "The reader's own program fetched the message from a mailbox",
    page: "fetchmail, getmail and the like take mail out of one mailbox and put it into another. The top of the trace is then the \
           reader's, and the border lies below.\n\n**Proof needed:** a hop of such a program above the border.\n\n\
           **It does not excuse** anything below that hop.",
    explains: &["TM-212", "TR-126", "EN-302"],
    detect: collection,
};

pub(super) static QUARANTINE: FlowKind = FlowKind {
    id: "FL-17",
    name: "quarantine-release",
    title: "The message was held, and released later",
    page: "Quarantines and resubmission keep a message for hours or days and deliver it again.\n\n\
           **Proof needed:** a mark of the receiving side's product, and a wait between two hops of the receiving side.\n\n\
           **It does not excuse** what was wrong with the message before.",
    explains: &["TM-203", "TM-212", "TR-117", "VN-806"],
    detect: quarantine,
};

pub(super) static JOURNAL: FlowKind = FlowKind {
    id: "FL-18",
    name: "journal-archive",
    title: "A copy from a journal, an archive or a migration",
    page: "Journals wrap a message into a report, archives keep their own address of it, migrations import it without a trace.\n\n\
           **Proof needed:** the mark of the journal or archive, and the message that it wraps or no hop at all above it.\n\n\
           **It does not excuse** the message inside.",
    explains: &["EN-301", "EN-305", "TM-214", "TR-101", "VN-812"],
    detect: journal,
};

pub(super) static LOCAL_MAIL: FlowKind = FlowKind {
    id: "FL-19",
    name: "local-submission",
    title: "A program on a server wrote the message",
    page: "cron, scripts and web applications hand their mail to the server that they run on; the author is then often a machine's \
           own name.\n\n**Proof needed:** a local submission, and that the server on which it was made, as the receiver saw it, \
           belongs to the author's organisation.\n\n**It does not excuse** an author of another organisation.",
    explains: &["AU-403", "AU-422", "AU-426", "TR-102"],
    detect: local_mail,
};

pub(super) static TENANT_TO_TENANT: FlowKind = FlowKind {
    id: "FL-20",
    name: "tenant-to-tenant",
    title: "Both organisations have their mailboxes at Microsoft",
    page: "Mail between two organisations at Microsoft passes two of its border servers and keeps the fields of the first \
           organisation under other names.\n\n**Proof needed:** a client that is Microsoft's at Microsoft's border, and a \
           second border hop or such fields below.\n\n**It does not excuse** an author of a third organisation.",
    explains: &["RC-506", "RC-512", "RC-501", "TR-129", "VN-812", "VN-813"],
    detect: tenant_to_tenant,
};

fn service_forward(case: &Case<'_>) -> Found {
    let names = [
        "X-Sieve-Redirected-From",
        "X-Sieve",
        "X-Yandex-Forward",
        "X-MailRu-Forward",
        "From-Rewrite",
        "X-From-Rewrite",
    ];
    let claimed: Vec<Evidence> = names.into_iter().filter_map(|name| claim(case, name)).collect();
    let sender = case
        .envelope
        .mail_from
        .value
        .as_deref()
        .map(|value| domain::normalise(domain::of_address(value)));
    let forwarder = sender.filter(|name| !name.is_empty() && !case.is_authors(name) && !claimed.is_empty());
    Found {
        bound: forwarder
            .as_deref()
            .map(|name| bound_to(case, name))
            .unwrap_or_default(),
        handler: forwarder,
        claimed,
    }
}

fn inbound_gateway(case: &Case<'_>) -> Found {
    let mut found = Found::default();
    let Some(border) = case.trace.border.as_ref() else {
        return found;
    };
    let by_border = border
        .reasons
        .iter()
        .find(|reason| reason.kind == "gateway" || reason.kind == "user" && reason.text.contains("relay"));
    let Some(reason) = by_border else { return found };
    found.bound.extend(
        reason
            .field_index
            .map(|index| Evidence::field_at(case.message, index).written_by("receiver")),
    );
    // Of an author whom the gateway saw fail it excuses nothing.
    let records = || {
        case.recorded.records.iter().filter(|record| {
            matches!(record.party, Party::Upstream | Party::Receiver)
                && record.kind == RecordKind::AuthenticationResults
        })
    };
    let of_gateway = records().filter(|record| {
        let id = record.authserv_id.as_deref().map(domain::normalise);
        let client = case
            .trace
            .hops
            .iter()
            .filter(|hop| hop.zone != Zone::Untrusted)
            .filter_map(|hop| hop.from.rdns.as_deref())
            .map(domain::normalise);
        id.is_some_and(|id| client.into_iter().any(|client| same_operator(&client, &id)))
    });
    for record in of_gateway {
        if record
            .methods
            .iter()
            .any(|result| result.method == "dmarc" && result.result == "fail")
        {
            return Found::default();
        }
        found.claimed.push(Evidence::field_at(case.message, record.field_index));
    }
    for name in [
        "X-Proofpoint-Spam-Details",
        "X-Mimecast-Spam-Score",
        "X-Barracuda-Connect",
        "X-IronPort-RemoteIP",
        "X-Proofpoint-Virus-Version",
    ] {
        found.claimed.extend(claim(case, name));
    }
    found
}

fn collection(case: &Case<'_>) -> Found {
    let fetch = case
        .trace
        .hops
        .iter()
        .find(|hop| hop.class == HopClass::PopFetch && hop.zone == Zone::Trusted);
    let Some(hop) = fetch else { return Found::default() };
    Found {
        claimed: vec![Evidence::derivation("the border lies below the hop that fetched it")],
        bound: vec![field_of(case, hop)],
        ..Found::default()
    }
}

fn quarantine(case: &Case<'_>) -> Found {
    const DAY: i64 = 3_600;
    let marks = [
        "X-Quarantine-ID",
        "X-Amavis-Quarantine",
        "X-MS-Exchange-Organization-MessageScope",
        "X-MS-Exchange-Transport-EndToEndLatency",
    ];
    let released = case.vendor.iter().filter(|field| field.by_receiver).find(|field| {
        field
            .facts
            .iter()
            .any(|fact| fact.key == "SFV" && matches!(fact.value.as_str(), "SKQ" | "SKS"))
    });
    let mut claimed: Vec<Evidence> = marks.into_iter().take(2).filter_map(|name| claim(case, name)).collect();
    claimed.extend(released.map(|field| Evidence::field_at(case.message, field.field_index)));
    let resubmitted = case.trace.hops.iter().find(|hop| {
        hop.zone == Zone::Trusted
            && hop
                .with
                .as_deref()
                .is_some_and(|with| with.contains("MailboxResubmission"))
    });
    claimed.extend(resubmitted.map(|hop| field_of(case, hop)));
    let waited = case
        .trace
        .hops
        .iter()
        .find(|hop| hop.zone == Zone::Trusted && hop.delay_seconds.is_some_and(|delay| delay > DAY));
    Found {
        bound: waited
            .filter(|_| !claimed.is_empty())
            .map(|hop| field_of(case, hop))
            .into_iter()
            .collect(),
        claimed,
        ..Found::default()
    }
}

fn journal(case: &Case<'_>) -> Found {
    let claimed: Vec<Evidence> = [
        "X-MS-Journal-Report",
        "X-MS-Exchange-Generated-Message-Source",
        "Archived-At",
        "X-Import-Source",
    ]
    .into_iter()
    .filter_map(|name| claim(case, name))
    .collect();
    let wrapped = case.mime.attached(case.message).into_iter().next();
    let bound = wrapped
        .filter(|_| case.message.field("X-MS-Journal-Report").is_some())
        .map(|inner| Evidence::bytes(case.message, inner.span));
    Found {
        claimed,
        bound: bound.into_iter().collect(),
        ..Found::default()
    }
}

fn local_mail(case: &Case<'_>) -> Found {
    let local = case.trace.hops.iter().rev().find(|hop| hop.class == HopClass::Local);
    let (Some(hop), Some(border)) = (local, case.trace.border_hop()) else {
        return Found::default();
    };
    let client = border
        .from
        .rdns
        .as_deref()
        .filter(|_| border.from.rdns_status == RdnsStatus::Ok);
    let host = hop.by.host.as_deref();
    let same = client
        .zip(host)
        .is_some_and(|(client, host)| domain::same_organisation(client, host) && case.is_authors(client));
    Found {
        claimed: vec![field_of(case, hop)],
        bound: same
            .then(|| field_of(case, border).written_by("receiver"))
            .into_iter()
            .collect(),
        ..Found::default()
    }
}

fn tenant_to_tenant(case: &Case<'_>) -> Found {
    let Some(border) = case.trace.border_hop().filter(|hop| hop.profile == Some("microsoft")) else {
        return Found::default();
    };
    let client = border
        .from
        .rdns
        .as_deref()
        .or(border.from.helo.as_deref())
        .map(domain::normalise)
        .unwrap_or_default();
    if !same_operator(&client, "outlook.com") {
        return Found::default();
    }
    let second = case
        .trace
        .hops
        .iter()
        .filter(|hop| hop.zone == Zone::Untrusted)
        .find(|hop| hop.is_provider_border() && hop.profile == Some("microsoft"));
    let mut claimed: Vec<Evidence> = second.map(|hop| field_of(case, hop)).into_iter().collect();
    claimed.extend(
        [
            "Authentication-Results-Original",
            "X-MS-Exchange-Authentication-Results",
            "X-MS-Exchange-CrossTenant-Id",
        ]
        .into_iter()
        .filter_map(|name| claim(case, name)),
    );
    Found {
        claimed,
        bound: vec![field_of(case, border).written_by("receiver")],
        ..Found::default()
    }
}

fn field_of(case: &Case<'_>, hop: &Hop) -> Evidence {
    Evidence::field_at(case.message, hop.field_index)
}
