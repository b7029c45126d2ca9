//! DKIM replay (AU-418): genuine mail that is sent on to somebody else.

use super::{
    dkim::{name, quote},
    rules,
};
use crate::{
    case::Case,
    domain,
    envelope::decode,
    finding::{Evidence, Finding},
    identity::Role,
    trace::{Confidence, RdnsStatus},
    verify::dkim::DkimCheck,
};

rules! {
    /// A genuine signature travels with a message that was not addressed to this recipient and came from elsewhere than the author's
    /// servers: a message captured once, or made to order, and sent to many.
    ///
    /// # When this is innocent
    /// Blind copies, lists and forwarded mail look alike: a forward comes from the server of the mailbox that is addressed.
    DKIM_REPLAY {
        id: "AU-418",
        name: "dkim-replay-suspected",
        title: "A genuine message that was sent on to somebody else",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 6376 8.6"],
        check: |rule, case| replay(case).map(|(check, message)| {
            let mut finding = Finding::new(rule, message, quote(case, check)).confidence(Confidence::Medium);
            for identity in case.identities.of(Role::To) {
                if let Some(index) = identity.field_index {
                    finding = finding.and(Evidence::field_at(case.message, index));
                    break;
                }
            }
            finding
        }).into_iter().collect(),
    }
}

/// The signature that seems replayed, and why.
fn replay<'c>(case: &'c Case<'_>) -> Option<(&'c DkimCheck, String)> {
    let check = case.proving_signatures().next()?;
    // An aligned return path that passes SPF is the author's own server at work, not a replay.
    if case.spf_proves() || !case.recipient_not_addressed() || case.has_flow("FL-1") {
        return None;
    }
    let recipient = case.identities.of(Role::Recipient).next()?;
    let visible = case.identities.visible();
    let addressed: Vec<&str> = visible
        .map(|identity| identity.domain.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    let first = addressed.first()?;
    if addressed
        .iter()
        .any(|name| domain::same_organisation(name, &recipient.domain))
    {
        return None;
    }
    // A list or mailbox that is addressed, and whose own server hands the message over, is the usual case.
    let hop = case.trace.border_hop();
    let looked_up = hop.filter(|hop| hop.from.rdns_status == RdnsStatus::Ok);
    let client = looked_up.and_then(|hop| hop.from.rdns.as_deref());
    let signer = check.domain.as_deref().unwrap_or_default();
    // Replays come from elsewhere than the author's servers.
    if client.is_some_and(|client| domain::same_organisation(client, signer)) {
        return None;
    }
    let names = [
        hop.and_then(|hop| hop.from.rdns.as_deref()),
        hop.and_then(|hop| hop.from.helo.as_deref()),
    ];
    let mail_from = case
        .identities
        .of(Role::MailFrom)
        .map(|identity| identity.domain.as_str());
    let handed_over_by: Vec<&str> = mail_from.chain(names.into_iter().flatten()).collect();
    let addressee = addressed
        .iter()
        .find(|name| handed_over_by.iter().any(|by| domain::same_organisation(name, by)));
    // A name below a provider's domain (a tenant's default name) is what anyone gets in minutes, and a list under it is
    // how one request reaches thousands.
    let default_tenant = |name: &str| {
        let org = domain::organisational(name);
        name != org
            && case
                .verification
                .arc
                .sets
                .iter()
                .any(|set| set.set.sealer.as_deref() == Some(org.as_str()))
    };
    let forwards = addressee.is_some_and(|name| !default_tenant(name)) && keeps_to_the_form_of_a_forward(case);
    if forwards || forwarded_by_addressee(case) {
        return None;
    }
    let party = handed_over_by.first().copied().unwrap_or("an unknown party");
    let name = name(check);
    Some((
        check,
        format!(
            "what {name} signed is addressed to {first}, not to {}, and {party} handed it over",
            recipient.domain
        ),
    ))
}

/// The rewritten return path names the very mailbox that the message is addressed to: its owner forwards his mail.
fn forwarded_by_addressee(case: &Case<'_>) -> bool {
    let Some(mail_from) = case.envelope.mail_from.value.as_deref() else {
        return false;
    };
    let (local, name) = domain::split_address(mail_from);
    let forwarder = match decode(mail_from) {
        Some(decoded) if decoded.form == "exchange-srs" => local
            .to_lowercase()
            .find("+srs=")
            .map(|at| format!("{}@{name}", &local[..at])),
        Some(decoded) if decoded.form == "caf" => decoded.inner,
        _ => None,
    };
    let mut visible = case.identities.visible();
    forwarder.is_some_and(|forwarder| {
        visible.any(|identity| {
            identity
                .address
                .as_deref()
                .is_some_and(|address| address.eq_ignore_ascii_case(&forwarder))
        })
    })
}

/// Servers that pass mail on keep the return path, empty it, rewrite it in a known form, put a list's or the forwarding mailbox there.
/// Some other address of theirs is a new message's.
fn keeps_to_the_form_of_a_forward(case: &Case<'_>) -> bool {
    const LISTS: [&str; 6] = ["bounce", "owner", "return", "request", "admin", "errors"];
    let Some(mail_from) = case
        .envelope
        .mail_from
        .value
        .as_deref()
        .filter(|value| value.contains('@'))
    else {
        return true;
    };
    let (local, name) = domain::split_address(mail_from);
    let visible = case.identities.visible().any(|identity| {
        identity
            .address
            .as_deref()
            .is_some_and(|address| address.eq_ignore_ascii_case(mail_from))
    });
    let list = LISTS.iter().any(|word| local.to_lowercase().contains(word));
    visible || list || decode(mail_from).is_some() || case.is_authors(name)
}
