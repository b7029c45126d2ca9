//! The Received chain (TR).

use super::rules;
use crate::{
    case::Case,
    domain,
    finding::{Evidence, Finding, Severity},
    identity::Role,
    trace::{Confidence, Continuity, Hop, HopClass, RdnsStatus, Support, Zone},
};

rules! {
    /// The message has no Received field: nobody testifies how it came in.
    ///
    /// # When this is innocent
    /// Copies from a Sent or Drafts folder, messages put into a mailbox by IMAP, some exports and list archives.
    NO_TRACE {
        id: "TR-101",
        name: "no-trace",
        title: "The message carries no trace",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| {
            if !case.trace.hops.is_empty() { return Vec::new() }
            vec![Finding::new(rule, "no Received field: how the message came in cannot be told", Evidence::absence("no Received field in the header"))]
        },
    }

    /// A Received field names neither a server nor a client; it is kept and counted.
    ///
    /// # When this is innocent
    /// Local submission, appliance logs, redaction.
    UNPARSED_HOP {
        id: "TR-102",
        name: "unparsed-hop",
        title: "A Received field that could not be read",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| case.trace.hops.iter().filter(|hop| hop.class == HopClass::Unparsed)
            .map(|hop| Finding::new(rule, format!("hop {} names neither server nor client", hop.index + 1), hop_field(case, hop))).collect(),
    }

    /// Two neighbouring hops share no name and no address: between them something is missing, or the lower one was made up.
    ///
    /// # When this is innocent
    /// Address translation, load balancers, content filters and the farms of service providers.
    EDGE_BREAK {
        id: "TR-103",
        name: "edge-break",
        title: "Two neighbouring hops do not connect",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| case.trace.hops.iter().zip(case.trace.hops.iter().skip(1)).filter(|(upper, _)| upper.continuity == Continuity::Break).map(|(upper, lower)| {
            // The first edge below the border, where the lower hops speak for the author: the seam of a made-up trace.
            let seam = upper.zone == Zone::Border && lower.by.host.as_deref().is_some_and(|host| case.is_authors(host));
            Finding::new(rule, format!("hop {} does not follow from hop {}", upper.index + 1, lower.index + 1), hop_field(case, upper)).and(hop_field(case, lower))
                .severity(if seam { Severity::Medium } else { Severity::Info })
        }).take(8).collect(),
    }

    /// The client that handed the message over calls itself by a name of the author's organisation, and is not authorised by it.
    ///
    /// # When this is innocent
    /// Split DNS and renamed relays; never where SPF or a signature passes for the author.
    BORDER_NAME_CONTRADICTED {
        id: "TR-104",
        name: "border-name-contradicted",
        title: "The client borrowed a name of the author's organisation",
        severity: High,
        effect: Accuses,
        references: ["RFC 5321 4.1.4", "RFC 8601 3"],
        check: |rule, case| {
            let Some(hop) = case.trace.border_hop() else { return Vec::new() };
            let refused = matches!(case.verification.spf_mail_from.result, Ok(crate::verify::spf::SpfResult::Fail | crate::verify::spf::SpfResult::Softfail));
            let unnamed = matches!(hop.from.rdns_status, RdnsStatus::None | RdnsStatus::Forged | RdnsStatus::Failed)
                || hop.from.rdns.as_deref().is_some_and(|rdns| !case.is_authors(rdns));
            let borrowed = hop.from.helo.as_deref().filter(|helo| case.is_authors(&domain::normalise(helo)) || first_word_is_authors(case, helo));
            let Some(helo) = borrowed.filter(|_| refused && unnamed && !case.spf_proves() && case.proving_signatures().next().is_none()) else { return Vec::new() };
            vec![Finding::new(rule, format!("the client says it is {helo}; its address does not belong to that name"), helo_quote(case, hop)).and(hop_field(case, hop).written_by("receiver"))]
        },
    }

    /// An untrusted hop contradicts itself or the provider that it names: its queue id, its address or its form cannot be true.
    ///
    /// # When this is innocent
    /// Providers that changed their format since, and clocks that were wrong.
    HOP_CONTRADICTED {
        id: "TR-105",
        name: "provider-profile-violation",
        title: "A hop below the border cannot be genuine",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 5321 4.4"],
        check: |rule, case| case.trace.hops.iter().filter(|hop| hop.zone == Zone::Untrusted && hop.support == Support::Contradicted)
            .map(|hop| Finding::new(rule, format!("hop {}: {}", hop.index + 1, if hop.violations.is_empty() { "contradicted".to_owned() } else { hop.violations.join("; ") }), hop_field(case, hop)).confidence(Confidence::Medium)).take(8).collect(),
    }

    /// The time inside a hop's queue id is not the time at which the hop says that it received the message.
    ///
    /// # When this is innocent
    /// A wrong clock, for Exim after a restart.
    QUEUE_ID_TIME {
        id: "TR-106",
        name: "queue-id-time",
        title: "A queue id tells another time than its hop",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 5321 4.4"],
        check: |rule, case| case.trace.hops.iter().filter_map(|hop| {
            let (id, date) = (hop.id.as_ref()?, hop.date.as_ref()?);
            let tolerance = match id.kind? { "postfix-long" => 5, "gmail" | "exim" | "courier" => 60, _ => return None };
            let off = date.at.since(id.time?);
            (off.abs() > tolerance && hop.zone == Zone::Untrusted).then(|| {
                Finding::new(rule, format!("the id {} was made {} away from the hop's own time", id.value, super::dkim::duration(off)), case.message.fields.get(hop.field_index)
                    .map_or_else(|| hop_field(case, hop), |field| Evidence::quote(case.message, field, id.span)))
            })
        }).collect(),
    }

    /// The client introduced itself with the receiver's own name, though it came from outside.
    ///
    /// # When this is innocent
    /// A badly set up appliance of the same organisation.
    HELO_IS_RECEIVER {
        id: "TR-111",
        name: "helo-is-receiver",
        title: "The client introduced itself as the receiver",
        severity: High,
        effect: Accuses,
        references: ["RFC 5321 4.1.1.1"],
        check: |rule, case| {
            let Some(hop) = case.trace.border_hop() else { return Vec::new() };
            let (Some(helo), Some(by)) = (hop.from.helo.as_deref(), hop.by.host.as_deref()) else { return Vec::new() };
            let name = domain::normalise(helo);
            let mine = name == domain::normalise(by) || case.identities.recipient_domains().contains(&name.as_str());
            let internal = hop.from.rdns.as_deref().is_some_and(|rdns| domain::same_organisation(rdns, by)) || case.spf_proves();
            if !mine || internal { return Vec::new() }
            vec![Finding::new(rule, format!("HELO {helo} is the receiver's own name"), helo_quote(case, hop))]
        },
    }

    /// Two hops could be the border, and the choice between them changes what SPF is asked about.
    ///
    /// # When this is innocent
    /// Gateways in front of cloud mailboxes.
    BORDER_AMBIGUOUS {
        id: "TR-125",
        name: "border-ambiguous",
        title: "The border is not certain",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8601 1.2"],
        check: |rule, case| {
            let Some(border) = case.trace.border.as_ref().filter(|border| border.confidence <= Confidence::Low) else { return Vec::new() };
            let reasons: Vec<&str> = border.reasons.iter().map(|reason| reason.text.as_str()).collect();
            vec![Finding::new(rule, format!("hop {} was taken for the border with low confidence: {}", border.hop + 1, reasons.join("; ")),
                case.trace.border_hop().map_or_else(|| Evidence::absence("no hop"), |hop| hop_field(case, hop)))]
        },
    }

    /// A hop shows who logged in to send the message, and it is not the author's organisation, while only SPF of a shared server
    /// speaks for the author.
    ///
    /// # When this is innocent
    /// People who send for several domains of their own through one account.
    SUBMITTER_DIFFERS {
        id: "ID-614",
        name: "authenticated-account-differs",
        title: "Somebody else's account sent the message",
        severity: High,
        effect: Accuses,
        references: ["RFC 4954 4", "RFC 6409 6.1"],
        check: |rule, case| {
            if case.proving_signatures().next().is_some() || case.author_domain().is_none() { return Vec::new() }
            let foreign = |user: &str| user.contains('@') && !case.is_authors(crate::envelope::split_address(user).1);
            let hop = case.trace.hops.iter().find(|hop| hop.from.auth_user.as_deref().is_some_and(foreign));
            let header = ["X-Authenticated-Sender", "X-Authenticated-User", "X-Source-Auth"].into_iter()
                .filter_map(|name| case.message.field(name)).find(|field| foreign(field.text().trim()));
            let mut evidence = hop.map(|hop| hop_field(case, hop)).into_iter().chain(header.map(|field| Evidence::field(case.message, field)));
            let Some(first) = evidence.next() else { return Vec::new() };
            let user = hop.and_then(|hop| hop.from.auth_user.clone()).or_else(|| header.map(|field| field.text())).unwrap_or_default();
            let sender = case.identities.of(Role::Sender).any(|identity| identity.address.as_deref() == Some(user.as_str()));
            let finding = Finding::new(rule, format!("the account {user} submitted the message"), first);
            let finding = evidence.fold(finding, Finding::and);
            vec![if sender { finding.severity(Severity::Low) } else { finding }]
        },
    }
}

/// The hop's field.
pub(super) fn hop_field(case: &Case<'_>, hop: &Hop) -> Evidence {
    Evidence::field_at(case.message, hop.field_index)
}

fn helo_quote(case: &Case<'_>, hop: &Hop) -> Evidence {
    match (hop.from.helo_span, case.message.fields.get(hop.field_index)) {
        (Some(span), Some(field)) => Evidence::quote(case.message, field, span),
        _ => hop_field(case, hop),
    }
}

/// A HELO with more text behind the name (`out.bank.example ([192.0.2.40])`) borrows the name all the same.
fn first_word_is_authors(case: &Case<'_>, helo: &str) -> bool {
    helo.split([' ', '('])
        .next()
        .is_some_and(|word| case.is_authors(&domain::normalise(word)))
}
