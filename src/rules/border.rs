//! What the border hop says of the client that handed the message over (TR).

use super::{
    rules,
    trace::{below, hop_field},
};
use crate::{
    case::Case,
    domain,
    finding::{Evidence, Finding, Severity},
    identity::Role,
    trace::{AddressClass, Confidence, Hop, HopClass, RdnsStatus, WORDS_IN_HELO, Zone, delimits_parts},
};

rules! {
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
            if !refused || case.spf_proves() || case.proving_signatures().next().is_some() { return Vec::new() }
            let unnamed = matches!(hop.from.rdns_status, RdnsStatus::None | RdnsStatus::Forged | RdnsStatus::Failed)
                || hop.from.rdns.as_deref().is_some_and(|rdns| !case.is_authors(rdns));
            let borrowed = hop.from.helo.as_deref().filter(|helo| case.is_authors(&domain::normalise(helo)) || first_word_is_authors(case, helo));
            let Some(helo) = borrowed.filter(|_| unnamed) else { return Vec::new() };
            vec![Finding::new(rule, format!("the client says it is {helo}; its address does not belong to that name"), helo_quote(case, hop)).and(hop_field(case, hop).written_by("receiver"))]
        },
    }

    /// A server that receives mail from the Internet names a private address as its client, and a name of another organisation.
    ///
    /// # When this is innocent
    /// Proxies and appliances in front of the server, private networks between two organisations, a name that differs inside.
    PRIVATE_PEER {
        id: "TR-109",
        name: "private-peer-of-public-mx",
        title: "A private address where an outside client belongs",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 1918 5", "RFC 6598 4"],
        check: |rule, case| case.trace.hops.iter().filter(|hop| hop.zone == Zone::Border || hop.zone == Zone::Untrusted && hop.is_provider_border()).filter_map(|hop| {
            let ip = hop.from.ip.filter(|ip| AddressClass::of(*ip).is_internal() && AddressClass::of(*ip) != AddressClass::Loopback)?;
            let (peer, by) = (hop.from.rdns.as_deref().or(hop.from.helo.as_deref())?, hop.by.host.as_deref()?);
            let foreign = peer.contains('.') && !peer.starts_with('[') && by.contains('.') && !domain::same_organisation(peer, by);
            foreign.then(|| Finding::new(rule, format!("{by} received from {peer} at the private address {ip}"), hop_field(case, hop)))
        }).take(4).collect(),
    }

    /// The client introduced itself with an address that is not its own.
    ///
    /// # When this is innocent
    /// Several addresses behind one network address translator: a difference within one /24, or /48 of IPv6, is not mentioned.
    HELO_IP_MISMATCH {
        id: "TR-110",
        name: "helo-ip-mismatch",
        title: "The client introduced itself by another address",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.1.3", "RFC 5321 4.1.4"],
        check: |rule, case| below(case).filter_map(|hop| {
            let (helo, ip) = (hop.from.helo.as_deref()?, hop.from.ip?);
            let said = hop.helo_address()?;
            let prefix = if ip.is_ipv4() { 24 } else { 48 };
            let public = |ip| matches!(AddressClass::of(ip), AddressClass::Global | AddressClass::Documentation);
            let differs = public(said) && said.is_ipv4() == ip.is_ipv4() && !crate::known::in_network(said, ip, prefix);
            differs.then(|| Finding::new(rule, format!("HELO {helo}, and the address is {ip}"), helo_quote(case, hop))
                .severity(if hop.zone == Zone::Border { Severity::Medium } else { Severity::Info }))
        }).take(8).collect(),
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
            // To and Cc are the sender's word: who writes to himself with blind copies names his own domain there.
            let mine = name == domain::normalise(by) || case.identities.of(Role::Recipient).any(|recipient| recipient.domain == name);
            if !mine { return Vec::new() }
            let passed_then = case.recorded.trusted_spf_of_mail_from().any(|(_, result)| {
                let sender = result.mail_from().unwrap_or_default();
                result.result == "pass" && domain::same_organisation(domain::of_address(&sender), &name)
            });
            let internal = hop.from.rdns.as_deref().is_some_and(|rdns| domain::same_organisation(rdns, by)) || case.spf_proves() || passed_then;
            if internal { return Vec::new() }
            vec![Finding::new(rule, format!("HELO {helo} is the receiver's own name"), helo_quote(case, hop))]
        },
    }

    /// The client introduced itself with a name without a domain, or with an address without brackets.
    ///
    /// # When this is innocent
    /// Printers, scripts, small offices: one border in thirty of a corpus.
    HELO_NOT_FQDN {
        id: "TR-112",
        name: "helo-not-fqdn",
        title: "The client introduced itself with no full name",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5321 4.1.1.1", "RFC 5321 4.1.4"],
        check: |rule, case| {
            let Some(hop) = smtp_border(case) else { return Vec::new() };
            let Some(helo) = hop.from.helo.as_deref() else { return Vec::new() };
            let bare = hop.helo_address().is_some() && !helo.starts_with('[');
            if (helo.contains('.') || helo.starts_with('[')) && !bare { return Vec::new() }
            vec![Finding::new(rule, format!("HELO {helo} is no fully qualified name"), helo_quote(case, hop))]
        },
    }

    /// The receiver found no name for the client's address, or one that does not lead back to it.
    ///
    /// # When this is innocent
    /// Young IPv6 hosts, failing name servers, small networks.
    RDNS_ABSENT {
        id: "TR-113",
        name: "rdns-absent-or-forged",
        title: "The client's address has no name that leads back to it",
        severity: Low,
        effect: Neutral,
        references: ["RFC 1912 2.1", "RFC 8601 2.7.3"],
        check: |rule, case| {
            let Some(hop) = smtp_border(case) else { return Vec::new() };
            let how = match hop.from.rdns_status {
                RdnsStatus::None => "found no name",
                RdnsStatus::Forged => "found a name that does not lead back",
                RdnsStatus::Failed => "could not look up the name",
                RdnsStatus::Ok | RdnsStatus::Unknown => return Vec::new(),
            };
            let borrowed = !(BORDER_NAME_CONTRADICTED.check)(&BORDER_NAME_CONTRADICTED, case).is_empty();
            vec![Finding::new(rule, format!("the receiver {how} for the client's address"), hop_field(case, hop).written_by("receiver"))
                .severity(if borrowed { Severity::Medium } else { Severity::Low })]
        },
    }

    /// The client's name is of the kind that access providers give to the lines of their customers.
    ///
    /// # When this is innocent
    /// Small offices that run a mail server on such a line.
    RDNS_DYNAMIC {
        id: "TR-114",
        name: "rdns-dynamic",
        title: "The client's name is that of an access line",
        severity: Low,
        effect: Neutral,
        references: ["RFC 1912 2.1"],
        check: |rule, case| {
            let Some(hop) = smtp_border(case) else { return Vec::new() };
            let Some((rdns, ip)) = hop.from.rdns.as_deref().zip(hop.from.ip) else { return Vec::new() };
            let Some(how) = access_line(rdns, ip) else { return Vec::new() };
            vec![Finding::new(rule, format!("the client's name {rdns} {how}"), hop_field(case, hop).written_by("receiver"))]
        },
    }

    /// The client handed the message straight to the receiver, no other server stands below, and the author's domain does not
    /// authorise it.
    ///
    /// # When this is innocent
    /// Webmail and applications that deliver by themselves, mail programs of a server's own users.
    DIRECT_TO_MX {
        id: "TR-122",
        name: "direct-to-mx",
        title: "The message came straight from an unauthorised client",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5321 3.6", "RFC 6409 3"],
        check: |rule, case| {
            use crate::verify::spf::SpfResult;
            let Some(hop) = smtp_border(case) else { return Vec::new() };
            let below = case.trace.hops.iter().skip(hop.index + 1).any(|hop| hop.class != HopClass::Annotation);
            let spf = &case.verification.spf_mail_from.result;
            let refused = matches!(spf, Ok(SpfResult::Fail | SpfResult::Softfail | SpfResult::Neutral));
            if below || !refused || case.proving_signatures().next().is_some() { return Vec::new() }
            let heavy = case.fails_enforcing() && *spf == Ok(SpfResult::Fail);
            vec![Finding::new(rule, "no hop stands below the border, and SPF does not authorise the client", hop_field(case, hop))
                .severity(if heavy { Severity::High } else { Severity::Low })]
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
            let Some(border) = case.trace.border.as_ref().filter(|border| border.confidence <= Confidence::Low || border.runner_up.is_some()) else { return Vec::new() };
            if let Some(other) = border.runner_up.filter(|_| border.confidence > Confidence::Low) {
                return vec![Finding::new(rule, format!("hop {} is the border; results of the receiver stand at hop {} and name another client", border.hop + 1, other + 1),
                    case.trace.border_hop().map_or_else(|| Evidence::absence("no hop"), |hop| hop_field(case, hop)))];
            }
            let reasons: Vec<&str> = border.reasons.iter().map(|reason| reason.text.as_str()).collect();
            vec![Finding::new(rule, format!("hop {} was taken for the border with low confidence: {}", border.hop + 1, reasons.join("; ")),
                case.trace.border_hop().map_or_else(|| Evidence::absence("no hop"), |hop| hop_field(case, hop)))]
        },
    }

    /// The client spoke without TLS to a border server whose own hops all use it.
    ///
    /// # When this is innocent
    /// Old senders, and those that never turned encryption on.
    TLS_ABSENT {
        id: "TR-130",
        name: "tls-absent-at-border",
        title: "The message came in without encryption",
        severity: Info,
        effect: Neutral,
        references: ["RFC 3207", "RFC 8314 4.3"],
        check: |rule, case| {
            let Some(hop) = smtp_border(case) else { return Vec::new() };
            let mut above = case.trace.hops.iter().take(hop.index).filter(|hop| hop.from.ip.is_some() && hop.class == HopClass::SmtpInternal).peekable();
            let shows = above.peek().is_some() && above.all(|hop| hop.tls.is_some());
            if hop.tls.is_some() || !hop.is_provider_border() || !shows { return Vec::new() }
            vec![Finding::new(rule, "the border server names no TLS, and every hop above it does", hop_field(case, hop))]
        },
    }

    /// The client introduced itself with text that reads like clauses of the Received field that the receiver was about to write: to
    /// make its readers see another server, another client or local mail.
    ///
    /// # When this is innocent
    /// None is known.
    HELO_IMITATES_FIELD {
        id: "TR-131",
        name: "helo-imitates-field",
        title: "The client's name imitates the receiver's line",
        severity: High,
        effect: Accuses,
        references: ["RFC 5321 4.1.1.1", "RFC 5321 4.4"],
        check: |rule, case| {
            let Some(hop) = case.trace.border_hop() else { return Vec::new() };
            let helo = hop.from.helo.as_deref().unwrap_or_default();
            let moves_clauses = hop.violations.iter().any(|violation| violation == WORDS_IN_HELO);
            if !moves_clauses && !delimits_parts(helo) { return Vec::new() }
            vec![Finding::new(rule, format!("the client introduced itself as {helo}, and the server wrote that down as it was"), helo_quote(case, hop))]
        },
    }
}

/// The border, where it took the message by SMTP.
fn smtp_border<'c>(case: &'c Case<'_>) -> Option<&'c Hop> {
    case.trace
        .border_hop()
        .filter(|hop| hop.class == HopClass::SmtpExternal && hop.from.ip.is_some())
}

/// What makes a name one of an access line: its own address in it, or a word for such lines; never one marked static.
fn access_line(name: &str, ip: std::net::IpAddr) -> Option<&'static str> {
    let name = domain::normal(name);
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    let mut of_access = false;
    for word in words() {
        match word.trim_matches(|c: char| c.is_ascii_digit()) {
            "static" => return None,
            "dsl" | "adsl" | "vdsl" | "dhcp" | "dyn" | "dynamic" | "dialup" | "dial" | "ppp" | "pppoe" | "pool"
            | "cable" | "broadband" | "dip" => of_access = true,
            _ => {}
        }
    }
    if of_access {
        return Some("bears a word for access lines");
    }
    let std::net::IpAddr::V4(v4) = ip else { return None };
    // A number with a zero in front of it is no octet.
    let octets: Vec<Option<u8>> = words()
        .map(|word| word.parse().ok().filter(|_| word.len() == 1 || !word.starts_with('0')))
        .collect();
    let (forward, mut reversed) = (v4.octets().map(Some), v4.octets().map(Some));
    reversed.reverse();
    let inside = octets.windows(4).any(|window| window == forward || window == reversed);
    inside.then_some("holds its own address")
}

fn helo_quote(case: &Case<'_>, hop: &Hop) -> Evidence {
    match (hop.from.helo_span, case.message.fields.get(hop.field_index)) {
        (Some(span), Some(field)) => Evidence::quote(field, span),
        _ => hop_field(case, hop),
    }
}

/// A HELO with more text behind the name (`out.bank.example ([192.0.2.40])`) borrows the name all the same.
fn first_word_is_authors(case: &Case<'_>, helo: &str) -> bool {
    helo.split([' ', '('])
        .next()
        .is_some_and(|word| case.is_authors(&domain::normalise(word)))
}
