//! The Received chain (TR).

use std::collections::HashMap;

use super::rules;
use crate::{
    case::Case,
    domain,
    finding::{Evidence, Finding, Severity},
    identity::Role,
    trace::{Continuity, Hop, HopClass, Zone},
    words::AnyCase,
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

    /// The same hop stands in the trace twice.
    ///
    /// # When this is innocent
    /// Filters that hand a message back to the server with its header copied, and mail fetched from one mailbox into another.
    DUPLICATE_HOP {
        id: "TR-117",
        name: "duplicate-hop",
        title: "A hop stands in the trace twice",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| {
            let hops = &case.trace.hops;
            if hops.len() < 2 { return Vec::new() }
            let text = |hop: &Hop| case.message.fields.get(hop.field_index).map(|field| field.text());
            let mut seen: HashMap<String, &Hop> = HashMap::new();
            let mut found = Vec::new();
            for hop in hops {
                let whole = text(hop).map(|text| format!("={text}"));
                // Exchange's ids are numbers of a build; short ids come again.
                let id = hop.id.as_ref().filter(|id| id.kind != Some("exchange") && id.value.len() >= 8);
                let named = hop.by.host.as_deref().zip(id).map(|(by, id)| format!("{by} {}", id.value));
                let keys: Vec<String> = [whole, named].into_iter().flatten().collect();
                if let Some(first) = keys.iter().find_map(|key| seen.get(key)) {
                    found.push(Finding::new(rule, format!("hops {} and {} are one", first.index + 1, hop.index + 1), hop_field(case, first)).and(hop_field(case, hop)));
                }
                for key in keys { seen.entry(key).or_insert(hop); }
            }
            found.truncate(8);
            found
        },
    }

    /// One server received the message for one recipient again and again.
    ///
    /// # When this is innocent
    /// Two mailboxes that forward to each other: a fault, and no attack.
    LOOP {
        id: "TR-118",
        name: "loop",
        title: "The message went round in a circle",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 6.3"],
        check: |rule, case| {
            let hops = &case.trace.hops;
            if hops.len() < 3 { return Vec::new() }
            let mut counted: HashMap<(String, String), Vec<&Hop>> = HashMap::new();
            for hop in hops {
                if let Some((by, to)) = hop.by.host.as_deref().zip(hop.for_.first()) {
                    counted.entry((domain::normalise(by), to.to_lowercase())).or_default().push(hop);
                }
            }
            let mut circles: Vec<&Vec<&Hop>> = counted.values().filter(|hops| hops.len() >= 3).collect();
            circles.sort_by_key(|hops| hops.first().map(|hop| hop.index));
            match (circles.as_slice(), hops.as_slice()) {
                ([circle, ..], _) => {
                    let mut evidence = circle.iter().map(|hop| hop_field(case, hop));
                    let Some(first) = evidence.next() else { return Vec::new() };
                    let finding = Finding::new(rule, format!("one server took the message {} times for one recipient", circle.len()), first);
                    vec![evidence.take(4).fold(finding, Finding::and)]
                }
                ([], [first, ..]) if hops.len() > 100 => vec![Finding::new(rule, format!("{} Received fields: the message went round", hops.len()), hop_field(case, first))],
                _ => Vec::new(),
            }
        },
    }

    /// A Received field stands below fields of the author, though every server writes its own on top.
    ///
    /// # When this is innocent
    /// Gmail and several service providers write the first hop there when a message is submitted.
    TRACE_BELOW_AUTHOR_FIELDS {
        id: "TR-119",
        name: "trace-below-author-fields",
        title: "A hop stands below the author's fields",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.4", "RFC 5322 3.6"],
        check: |rule, case| {
            let fields = &case.message.fields;
            let Some(author) = fields.iter().find(|field| ["From", "Subject", "MIME-Version"].iter().any(|name| field.is(name))) else { return Vec::new() };
            let Some(hop) = case.trace.hops.iter().find(|hop| hop.field_index > author.index) else { return Vec::new() };
            vec![Finding::new(rule, format!("hop {} stands below {}", hop.index + 1, author.name()), hop_field(case, hop)).and(Evidence::field(author))]
        },
    }

    /// A hop of the receiving side delivered to an address that the message does not name.
    ///
    /// # When this is innocent
    /// Blind copies, mailing lists, aliases. A message that was signed for others and sent again looks the same.
    FOR_NOT_ADDRESSED {
        id: "TR-120",
        name: "for-not-addressed",
        title: "Delivered to an address that the message does not name",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.4", "RFC 5321 7.2"],
        check: |rule, case| {
            const NAMES: [&str; 5] = ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To"];
            let recorded = NAMES.iter().flat_map(|name| case.message.fields_named(name)).map(|field| field.text().trim().trim_matches(['<', '>']));
            let Some(named) = AnyCase::of(case.visible_recipients().chain(recorded)) else { return Vec::new() };
            let Some((hop, to)) = ours(case).find_map(|hop| hop.for_.iter().find(|to| to.contains('@') && !named.holds(to)).map(|to| (hop, to))) else { return Vec::new() };
            vec![Finding::new(rule, format!("hop {} delivered to {to}, which stands in no recipient field", hop.index + 1), hop_field(case, hop))]
        },
    }

    /// Two hops of the receiving side delivered to two addresses: somebody forwarded, or an alias was expanded.
    ///
    /// # When this is innocent
    /// Always: it tells the way of the message.
    FOR_CHANGES {
        id: "TR-121",
        name: "for-changes",
        title: "The recipient changed on the way",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 3.9"],
        check: |rule, case| {
            let named: Vec<(&Hop, &String)> = ours(case).filter_map(|hop| Some((hop, hop.for_.first().filter(|to| to.contains('@'))?))).collect();
            let Some([(upper, new), (lower, old)]) = named.windows(2).find(|pair| pair[0].1.to_lowercase() != pair[1].1.to_lowercase()) else { return Vec::new() };
            let text = format!("hop {} delivered to {}, hop {} to {}", lower.index + 1, old.to_lowercase(), upper.index + 1, new.to_lowercase());
            vec![Finding::new(rule, text, hop_field(case, upper)).and(hop_field(case, lower))]
        },
    }

    /// The message began at a web page, at a programming interface, or with a program on the server itself.
    ///
    /// # When this is innocent
    /// This is how much of today's mail begins. The hop may name the account, the user's address, or the script.
    WEB_ORIGIN {
        id: "TR-123",
        name: "webmail-or-api-origin",
        title: "The message began at a web page, an interface or a local program",
        severity: Info,
        effect: Neutral,
        references: ["RFC 6409 3"],
        check: |rule, case| {
            let begins = |hop: &&Hop| matches!(hop.class, HopClass::WebmailHttp | HopClass::Api | HopClass::Local);
            let Some(hop) = below(case).rfind(begins) else { return Vec::new() };
            let what = match hop.class {
                HopClass::WebmailHttp => "a web page",
                HopClass::Api => "a programming interface",
                _ => "a program on the server itself",
            };
            let who = hop.from.auth_user.as_deref().or(hop.from.host.as_deref()).map(|who| format!(", by {who}")).unwrap_or_default();
            vec![Finding::new(rule, format!("hop {} took the message from {what}{who}", hop.index + 1), hop_field(case, hop))]
        },
    }

    /// A program fetched the message out of another mailbox: the hops above tell of the fetching, and the border lies below.
    ///
    /// # When this is innocent
    /// Always: people collect their mail so.
    POP_REFETCH {
        id: "TR-126",
        name: "pop-refetch",
        title: "The message was fetched from another mailbox",
        severity: Info,
        effect: Neutral,
        references: ["RFC 1939", "RFC 9051"],
        check: |rule, case| case.trace.hops.iter().filter(|hop| hop.class == HopClass::PopFetch).map(|hop| {
            let trusted = if hop.zone == Zone::Trusted { "the border lies below" } else { "it is no hop of the receiving side, and says so only itself" };
            Finding::new(rule, format!("hop {} fetched the message; {trusted}", hop.index + 1), hop_field(case, hop))
        }).take(4).collect(),
    }

    /// A hop says that the client logged in, and perhaps as whom.
    ///
    /// # When this is innocent
    /// This is how mail is submitted. The account is compared with the author in ID-614.
    AUTH_SUBMISSION {
        id: "TR-127",
        name: "auth-submission",
        title: "The client logged in",
        severity: Info,
        effect: Neutral,
        references: ["RFC 4954 4", "RFC 6409 4.3"],
        check: |rule, case| {
            let Some(hop) = case.trace.hops.iter().rev().find(|hop| hop.from.auth_method.is_some()) else { return Vec::new() };
            let who = hop.from.auth_user.as_deref().map(|user| format!(" as {user}")).unwrap_or_default();
            let claim = if hop.zone == Zone::Untrusted { "; the sending side says so" } else { "" };
            vec![Finding::new(rule, format!("at hop {} the client logged in{who}{claim}", hop.index + 1), hop_field(case, hop))]
        },
    }

    /// A server of the receiving organisation stands below the border: the message went out and came back, or the hop was made up.
    ///
    /// # When this is innocent
    /// Gateways and cloud filters through which an organisation sends mail to itself.
    INTERNAL_HOP_OUTSIDE {
        id: "TR-129",
        name: "internal-hop-outside",
        title: "A hop of the receiving organisation below the border",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| {
            let Some((border, home)) = case.trace.border_hop().and_then(|hop| Some((hop, hop.by.host.as_deref()?))) else { return Vec::new() };
            // Providers carry mail between their customers.
            if !home.contains('.') || border.is_provider_host() { return Vec::new() }
            let inner = case.trace.hops.iter().skip(border.index + 1)
                .find(|hop| hop.by.host.as_deref().is_some_and(|by| by.contains('.') && domain::same_organisation(by, home)) && matches!(hop.class, HopClass::SmtpInternal | HopClass::InternalNoip));
            let Some(hop) = inner.filter(|_| !case.author_domain().is_some_and(|author| domain::same_organisation(author, home))) else { return Vec::new() };
            vec![Finding::new(rule, format!("hop {} names a server of {home}'s organisation, and stands below its border", hop.index + 1), hop_field(case, hop)).and(hop_field(case, border))]
        },
    }

    /// A hop shows who logged in to send the message, and it is not the author's organisation, while only SPF of a shared server
    /// speaks for the author; or it is another account of the same provider, and the author is one of those who run it.
    ///
    /// # When this is innocent
    /// People who send for several domains of their own through one account; administrators who write under both names.
    SUBMITTER_DIFFERS {
        id: "ID-614",
        name: "authenticated-account-differs",
        title: "Somebody else's account sent the message",
        severity: High,
        effect: Accuses,
        references: ["RFC 4954 4", "RFC 6409 6.1", "RFC 2142 4"],
        check: |rule, case| {
            if case.author_domain().is_none() { return Vec::new() }
            let signed = case.proving_signatures().next().is_some();
            let foreign = |user: &str| if signed { poses_as_staff(case, user) } else { user.contains('@') && !case.is_authors(domain::of_address(user)) || poses_as_staff(case, user) };
            let hop = case.trace.hops.iter().find(|hop| hop.from.auth_user.as_deref().is_some_and(foreign));
            let header = ["X-Authenticated-Sender", "X-Authenticated-User", "X-Source-Auth"].into_iter()
                .filter_map(|name| case.message.field(name)).find(|field| foreign(field.text().trim()));
            let mut evidence = hop.map(|hop| hop_field(case, hop)).into_iter().chain(header.map(|field| Evidence::field(field)));
            let Some(first) = evidence.next() else { return Vec::new() };
            let user = hop.and_then(|hop| hop.from.auth_user.clone()).or_else(|| header.map(|field| field.text().to_owned())).unwrap_or_default();
            let sender = case.identities.of(Role::Sender).any(|identity| identity.address.as_deref() == Some(user.as_str()));
            let finding = Finding::new(rule, format!("the account {user} submitted the message"), first);
            let finding = evidence.fold(finding, Finding::and);
            let weight = if sender { Severity::Low } else if poses_as_staff(case, user.trim()) { Severity::Medium } else { Severity::High };
            vec![finding.severity(weight)]
        },
    }
}

/// Mailboxes of those who run a mail system (RFC 2142 4 and 5, and custom).
const STAFF: [&str; 10] = [
    "admin",
    "administrator",
    "postmaster",
    "hostmaster",
    "mailer-daemon",
    "root",
    "security",
    "abuse",
    "noc",
    "no-reply-admin",
];

/// An ordinary account of the author's own domain sent what bears the name of those who run the domain's mail.
fn poses_as_staff(case: &Case<'_>, user: &str) -> bool {
    let (local, name) = domain::split_address(user);
    let staff = |local: &str| STAFF.contains(&local.to_lowercase().as_str());
    let author = case.author().map(|author| author.local.as_str()).unwrap_or_default();
    user.contains('@') && case.is_authors(name) && staff(author) && !staff(local)
}

/// The hop's field.
pub(super) fn hop_field(case: &Case<'_>, hop: &Hop) -> Evidence {
    Evidence::field_at(case.message, hop.field_index)
}

/// The hops of the receiving side: above the border, and the border itself.
fn ours<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c Hop> {
    case.trace.hops.iter().filter(|hop| hop.zone != Zone::Untrusted)
}

/// The border and what stands below it. Hops above are the receiver's own business.
pub(super) fn below<'c>(case: &'c Case<'_>) -> impl DoubleEndedIterator<Item = &'c Hop> {
    case.trace.hops.iter().filter(|hop| hop.zone != Zone::Trusted)
}
