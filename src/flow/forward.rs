//! Forwarding: FL-4 plain, FL-5 with SRS, FL-6 by Gmail, FL-8 resent by a person.

use super::{FlowKind, Found, bound_to, claim};
use crate::{
    case::Case,
    domain,
    envelope::decode,
    finding::Evidence,
    identity::Role,
    verify::{
        dkim::{BodyHash, SignatureState},
        spf::SpfResult,
    },
};

pub(super) static PLAIN_FORWARD: FlowKind = FlowKind {
    id: "FL-4",
    name: "plain-forward",
    title: "A mailbox forwarded the message unchanged",
    page: "A forwarder sends the message on and keeps the return path, so SPF is asked about the forwarder's address \
           and fails (RFC 7960 3.2.1). The author's signature usually survives.\n\n\
           **Proof needed:** SPF fails for the author's own return path, and either his signature still covers the \
           header, or the hop before was recorded by another organisation that let him pass.\n\n\
           **It does not excuse** a message whose only link to the author is a hop that the sender wrote.",
    explains: &["AU-414", "AU-415", "EN-313", "TR-121", "RC-514", "RC-516"],
    detect: plain_forward,
};

pub(super) static SRS_FORWARD: FlowKind = FlowKind {
    id: "FL-5",
    name: "srs-forward",
    title: "A forwarder rewrote the return path (SRS)",
    page: "A forwarder rewrites MAIL FROM to its own domain and keeps the former address inside it, so SPF passes for \
           the forwarder and is not aligned.\n\n\
           **Proof needed:** an SRS address whose inner domain is the author's, and that the forwarder's organisation \
           handed the message over.\n\n\
           **It does not excuse** an unsigned message: anyone can write an SRS-shaped address of his own domain.",
    explains: &["EN-304", "EN-308", "RC-514"],
    detect: srs_forward,
};

pub(super) static GMAIL_FORWARD: FlowKind = FlowKind {
    id: "FL-6",
    name: "gmail-auto-forward",
    title: "Gmail forwarded the message automatically",
    page: "A Gmail mailbox forwards its mail. Gmail puts itself into MAIL FROM, with the new recipient in it \
           (`user+caf_=new=domain@gmail.com`), so SPF passes for Gmail and is not aligned.\n\n\
           **Proof needed:** a return path of that form, or Gmail's forwarding fields, and that Gmail's own server handed \
           the message over.\n\n\
           **It does not excuse** an unsigned message: whoever owns a Gmail mailbox can let it forward a forgery.",
    explains: &["AU-414", "AU-415", "EN-304", "EN-310", "EN-313", "RC-514"],
    detect: gmail_forward,
};

pub(super) static RESENT: FlowKind = FlowKind {
    id: "FL-8",
    name: "resent",
    title: "A person sent the message again (Resent fields)",
    page: "Somebody redirected the message with his mail program, which adds a block of Resent fields on top (RFC 5322 \
           3.6.6) and leaves From alone.\n\n\
           **Proof needed:** the block, and that the resender's domain handed the message over.\n\n\
           **It does not excuse** a block whose resender is not authenticated.",
    explains: &["AU-414", "EN-304", "EN-313", "AU-405"],
    detect: resent,
};

fn plain_forward(case: &Case<'_>) -> Found {
    let mut found = Found::default();
    let spf = &case.verification.spf_mail_from;
    let failed = matches!(
        spf.result,
        Ok(SpfResult::Fail | SpfResult::Softfail | SpfResult::Neutral)
    );
    if !failed || !case.is_authors(&spf.domain) {
        return found;
    }
    for check in case.aligned_signatures() {
        if check.signature == SignatureState::Valid && check.body_hash != BodyHash::NotEvaluable {
            found.bound.push(Evidence::field_at(case.message, check.field_index));
        }
    }
    // A forwarder's own record that the author passed on the leg before: a claim, but of the party that the receiver
    // saw handing the message over.
    let border = case.trace.border_hop();
    let forwarder = border.and_then(|hop| hop.from.rdns.as_deref().or(hop.from.helo.as_deref()));
    for record in case
        .recorded
        .records
        .iter()
        .filter(|record| Some(record.field_index) > border.map(|hop| hop.field_index))
    {
        // Received-SPF may leave its writer out: then it is who wrote the Received field below it (RFC 7208 9.1).
        let below = case.trace.hops.iter().find(|hop| hop.field_index > record.field_index);
        let writer = record
            .authserv_id
            .as_deref()
            .or_else(|| below.and_then(|hop| hop.by.host.as_deref()));
        let (Some(by), Some(forwarder), Some(border)) = (writer, forwarder, border) else {
            continue;
        };
        let passed = record
            .methods
            .iter()
            .any(|result| result.method == "spf" && result.result == "pass");
        if passed && domain::same_organisation(by, forwarder) && !case.is_authors(by) {
            found.claimed.push(Evidence::field_at(case.message, record.field_index));
            found
                .bound
                .push(Evidence::field_at(case.message, border.field_index).written_by("receiver"));
            break;
        }
    }
    if case.recipient_not_addressed() {
        found.claimed.push(Evidence::derivation(
            "the envelope recipient is not the one to whom the message is addressed",
        ));
    }
    found
}

fn srs_forward(case: &Case<'_>) -> Found {
    let mut found = Found::default();
    let Some(mail_from) = case.envelope.mail_from.value.as_deref() else {
        return found;
    };
    let Some(decoded) = decode(mail_from).filter(|decoded| decoded.form.contains("srs")) else {
        return found;
    };
    let inner = decoded
        .inner
        .as_deref()
        .map(|inner| domain::of_address(inner).to_owned());
    if inner.is_some_and(|inner| !case.is_authors(&inner)) {
        return found;
    }
    found.claimed.push(Evidence::derivation(format!(
        "the return path {mail_from} is in SRS form{}",
        decoded
            .inner
            .map(|inner| format!(" and was made from {inner}"))
            .unwrap_or_default()
    )));
    let forwarder = domain::of_address(mail_from);
    found.bound = bound_to(case, forwarder);
    found.handler = Some(forwarder.to_owned());
    found
}

fn gmail_forward(case: &Case<'_>) -> Found {
    let mut found = Found::default();
    // Receivers that record the domain alone leave the full form to Return-Path.
    let candidates = case.envelope.mail_from.candidates.iter();
    let rewritten = candidates
        .map(|candidate| &candidate.value)
        .find(|value| decode(value).is_some_and(|decoded| decoded.form == "caf"));
    found.claimed.extend(rewritten.map(|value| {
        Evidence::derivation(format!(
            "the return path {value} is the one of Gmail's automatic forwarding"
        ))
    }));
    found.claimed.extend(
        ["X-Forwarded-For", "X-Forwarded-To"]
            .into_iter()
            .filter_map(|name| claim(case, name)),
    );
    let sender = case
        .envelope
        .mail_from
        .value
        .as_deref()
        .map(|value| domain::normalise(domain::of_address(value)));
    let gmail = sender.filter(|name| matches!(name.as_str(), "gmail.com" | "googlemail.com"));
    if let Some(gmail) = gmail.filter(|_| !found.claimed.is_empty()) {
        found.bound = bound_to(case, &gmail);
    }
    if found.claimed.is_empty() {
        Found::default()
    } else {
        found
    }
}

fn resent(case: &Case<'_>) -> Found {
    let Some(resender) = case.identities.of(Role::ResentFrom).next() else {
        return Found::default();
    };
    let names = ["Resent-From", "Resent-Date", "Resent-To", "Resent-Message-ID"];
    let addressed = case.message.field("Resent-To").is_some_and(|field| {
        let to = field.addresses();
        let recipients: Vec<_> = case
            .identities
            .of(Role::Recipient)
            .filter_map(|identity| identity.address.clone())
            .collect();
        to.mailboxes.iter().any(|mailbox| {
            mailbox
                .address
                .as_ref()
                .is_some_and(|address| recipients.contains(address))
        })
    });
    let mut bound = bound_to(case, &resender.domain);
    if addressed && !bound.is_empty() {
        bound.push(Evidence::derivation("Resent-To is the envelope recipient"));
    }
    Found {
        claimed: names.into_iter().filter_map(|name| claim(case, name)).collect(),
        bound,
        handler: Some(resender.domain.clone()),
    }
}
