//! Mail that a service writes for somebody: calendars (FL-10), privacy relays (FL-13), tickets and invoices (FL-14), trainings (FL-15).

use super::{FlowKind, Found, bound_to, claim};
use crate::{
    case::Case,
    domain,
    finding::Evidence,
    identity::{Role, addresses_in},
    verify::spf::SpfResult,
};

pub(super) static CALENDAR: FlowKind = FlowKind {
    id: "FL-10",
    name: "calendar",
    title: "A calendar sent an invitation or an answer",
    page: "Calendar services send for the organiser: From or Reply-To is a person, Sender and return path are the service's, and \
           answers use the null sender (RFC 6047).\n\n\
           **Proof needed:** a calendar part with a method, whose organiser or answering attendee is named in From, Sender or Reply-To, \
           and that the service or the author is proven.\n\n**It does not excuse** an organiser whom the header does not name.",
    explains: &["EN-304", "EN-305", "ID-608", "ID-613", "RC-514"],
    detect: calendar,
};

pub(super) static PRIVACY_RELAY: FlowKind = FlowKind {
    id: "FL-13",
    name: "privacy-relay",
    title: "A privacy relay passed the message on",
    page: "Services that hide a mailbox receive mail for it and write themselves into From, with the author's address in the name or in \
           the local part (`ann_at_bank.example_x1@relay`). Only the relay is proven then.\n\n\
           **Proof needed:** the mark of a relay, or an address of that form, and the relay's own signature or SPF.\n\n\
           **It does not excuse** the author whom the name shows: the relay alone is authenticated.",
    explains: &["EN-304", "ID-605", "ID-606", "ID-608", "ID-616", "RC-514"],
    detect: privacy_relay,
};

pub(super) static SEND_AS_SERVICE: FlowKind = FlowKind {
    id: "FL-14",
    name: "send-as-service",
    title: "A ticket, shop or office service sent the message for its customer",
    page: "Help desks, shops and office services send in their customer's name; answers go to the customer or to the ticket.\n\n\
           **Proof needed:** a mark of such a service, and a verified signature or passing SPF of the service or of the author.\n\n\
           **It does not excuse** a From that nothing proves: anyone can be a customer.",
    explains: &["AU-402", "EN-304", "ID-608", "ID-613", "ID-616", "RC-514"],
    detect: send_as_service,
};

pub(super) static SIMULATION: FlowKind = FlowKind {
    id: "FL-15",
    name: "phishing-simulation",
    title: "A training of the receiver's own",
    page: "Trainings send forged mail on purpose, with a mark, and the receiver lets them in by an exception.\n\n\
           **Proof needed:** the mark, and the receiver's own word that an exception let the message in.\n\n\
           **It does not excuse** anything: the verdict says what the message is. It tells the analyst whom to ask.",
    explains: &["VN-806", "VN-819"],
    detect: simulation,
};

fn calendar(case: &Case<'_>) -> Found {
    let Some(part) = case.mime.parts.iter().find(|part| part.content_type == "text/calendar") else {
        return Found::default();
    };
    let content = case.message.quote(part.content).to_lowercase();
    let named = [Role::From, Role::Sender, Role::ReplyTo]
        .into_iter()
        .flat_map(|role| case.identities.of(role))
        .filter_map(|identity| identity.address.as_deref());
    let organised = named
        .map(str::to_lowercase)
        .any(|address| content.contains(&format!("mailto:{address}")));
    if !organised || part.parameter("method").is_none() && !content.contains("method:") {
        return Found::default();
    }
    let mut bound: Vec<Evidence> = case
        .proving_signatures()
        .take(1)
        .map(|check| Evidence::field_at(case.message, check.field_index))
        .collect();
    for sender in case.identities.of(Role::Sender) {
        bound.extend(bound_to(case, &sender.domain));
    }
    Found {
        claimed: vec![Evidence::bytes(case.message, part.span)],
        bound,
        ..Found::default()
    }
}

/// Relays by the domains that they write into From.
const RELAYS: [&str; 10] = [
    "privaterelay.appleid.com",
    "icloud.com",
    "mozmail.com",
    "relay.firefox.com",
    "simplelogin.co",
    "simplelogin.com",
    "aleeas.com",
    "duck.com",
    "anonaddy.com",
    "addy.io",
];

fn privacy_relay(case: &Case<'_>) -> Found {
    let Some(author) = case.author() else {
        return Found::default();
    };
    let marks = [
        "X-SimpleLogin-Type",
        "X-SimpleLogin-Original-From",
        "X-AnonAddy-Original-Sender",
        "X-ICLOUD-HME",
        "Duck-Original-From",
        "X-Relay-Service",
    ];
    let mut claimed: Vec<Evidence> = marks.into_iter().filter_map(|name| claim(case, name)).collect();
    let local = author.local.to_lowercase();
    let shown = || addresses_in(author.display_name.as_deref()?).into_iter().next();
    let holds_another = local.contains("_at_")
        || local.contains('=') && shown().is_some_and(|shown| local.starts_with(&shown.replace('@', "=")));
    if holds_another {
        claimed.push(Evidence::derivation(format!(
            "the address {} holds the one that it stands for",
            author.address.as_deref().unwrap_or_default()
        )));
    }
    let known = RELAYS
        .iter()
        .any(|relay| domain::is_within(&author.domain, relay) && *relay != "icloud.com");
    if known {
        claimed.push(Evidence::derivation(format!("{} is a relay's domain", author.domain)));
    }
    // The mark alone is anybody's to write.
    if !known && !holds_another {
        return Found::default();
    }
    Found {
        bound: bound_to(case, &author.domain),
        claimed,
        ..Found::default()
    }
}

fn send_as_service(case: &Case<'_>) -> Found {
    let marks = [
        "X-Zendesk-From-Account-Id",
        "X-Zendesk-Email-Id",
        "X-Freshdesk-Ticket",
        "X-FD-Message-ID",
        "X-Ticket-ID",
        "X-OTRS-Loop",
        "RT-Ticket",
        "RT-Originator",
        "X-GitHub-Reason",
        "X-GitLab-Project",
        "X-JIRA-FingerPrint",
        "X-Atlassian-Token",
        "X-HubSpot-CID",
        "X-Salesforce-Case",
        "X-ServiceNow-Generated",
        "X-Shopify-Shop",
        "X-Intercom-Bin",
        "X-Helpscout-Conversation",
    ];
    let claimed: Vec<Evidence> = marks.into_iter().filter_map(|name| claim(case, name)).collect();
    if claimed.is_empty() {
        return Found::default();
    }
    let mut bound: Vec<Evidence> = case
        .verification
        .dkim
        .iter()
        .filter(|check| check.passes())
        .take(2)
        .map(|check| Evidence::field_at(case.message, check.field_index))
        .collect();
    if case.verification.spf_mail_from.result == Ok(SpfResult::Pass) {
        let sender = case.envelope.mail_from.value.as_deref().unwrap_or_default();
        bound.push(Evidence::derivation(format!(
            "SPF passes for the return path's domain {}",
            domain::of_address(sender)
        )));
    }
    Found {
        claimed,
        bound,
        ..Found::default()
    }
}

fn simulation(case: &Case<'_>) -> Found {
    let marked = case.vendor.iter().find(|field| field.vendor == "simulation");
    let excepted = case.vendor.iter().filter(|field| field.by_receiver).find(|field| {
        field
            .facts
            .iter()
            .any(|fact| fact.key == "SFV" && matches!(fact.value.as_str(), "SKA" | "SKN" | "SKI" | "SFE"))
    });
    Found {
        claimed: marked
            .map(|field| Evidence::field_at(case.message, field.field_index))
            .into_iter()
            .collect(),
        bound: excepted
            .filter(|_| marked.is_some())
            .map(|field| Evidence::field_at(case.message, field.field_index).written_by("receiver"))
            .into_iter()
            .collect(),
        ..Found::default()
    }
}
