//! Vendors' own judgements (VN). They are opinions of products, named as such; only what the receiving side wrote counts.

use super::rules;
use crate::{
    case::Case,
    domain,
    finding::{Evidence, Finding, Severity},
    recorded::{MethodResult, Record},
    vendor::{Fact, VendorField},
};

rules! {
    /// Microsoft's composite check failed because the domain's own DMARC policy asks for it.
    ///
    /// # When this is innocent
    /// Where DMARC fails innocently: lists and forwarders.
    COMPAUTH_FAIL_EXPLICIT {
        id: "VN-801",
        name: "compauth-fail-explicit",
        title: "Microsoft: composite authentication failed by the domain's policy",
        severity: High,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers", "RFC 9989 5.3.5"],
        check: |rule, case| compauth(case, |result, reason| result == "fail" && reason == "000", rule, "Microsoft's composite check failed: the message fails DMARC, and the policy asks for refusal"),
    }

    /// Microsoft's composite check failed though the domain publishes nothing strong: nothing that Microsoft knows of the sender
    /// speaks for him.
    ///
    /// # When this is innocent
    /// Small senders without records.
    COMPAUTH_FAIL_IMPLICIT {
        id: "VN-802",
        name: "compauth-fail-implicit",
        title: "Microsoft: composite authentication failed",
        severity: Medium,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers"],
        check: |rule, case| compauth(case, |result, reason| result == "fail" && reason == "001", rule, "Microsoft's composite check failed: nothing that it knows speaks for the sender"),
    }

    /// Microsoft's composite check failed because the receiving organisation protects the domain, or the domain is its own.
    ///
    /// # When this is innocent
    /// Services that send in the organisation's name without being configured.
    COMPAUTH_FAIL_ADMIN {
        id: "VN-803",
        name: "compauth-fail-admin",
        title: "Microsoft: the receiver's own or protected domain was used",
        severity: High,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers"],
        check: |rule, case| compauth(case, |result, reason| result == "fail" && (matches!(reason, "002" | "010") || reason.starts_with('6')), rule, "Microsoft's composite check failed: the domain is the receiver's own, or protected by it"),
    }

    /// Microsoft's composite check neither passed nor failed, or was not made.
    ///
    /// # When this is innocent
    /// Always, by itself.
    COMPAUTH_SOFT {
        id: "VN-804",
        name: "compauth-softpass",
        title: "Microsoft: composite authentication is undecided",
        severity: Info,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers"],
        check: |rule, case| compauth(case, |result, reason| matches!(result, "softpass" | "none") || reason.starts_with(['2', '3', '4', '9']) && result != "fail", rule, "Microsoft's composite check is undecided"),
    }

    /// DMARC failed, and Microsoft accepted the message because of an ARC seal that it trusts.
    ///
    /// # When this is innocent
    /// Forwarders and lists whose seal the receiver trusts: it is what ARC is for.
    COMPAUTH_ARC {
        id: "VN-805",
        name: "compauth-pass-arc-override",
        title: "Microsoft: a seal overrode DMARC",
        severity: Medium,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers", "RFC 8617 7.2.1"],
        check: |rule, case| compauth(case, |result, reason| result == "pass" && reason == "130", rule, "DMARC failed, and an ARC seal overrode it"),
    }

    /// The message was delivered by an exception: filtering was skipped. Its delivery says nothing of its authenticity.
    ///
    /// # When this is innocent
    /// Allow lists are often set up with good reason.
    DELIVERED_BY_EXCEPTION {
        id: "VN-806",
        name: "delivered-by-exception",
        title: "Delivered by an exception from filtering",
        severity: Info,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers"],
        check: |rule, case| facts(case, "X-Forefront-Antispam-Report")
            .filter(|(_, fact)| matches!((fact.key.as_str(), fact.value.as_str()), ("SFV", "SKA" | "SKN" | "SFE" | "SKQ" | "SKI" | "DMS") | ("IPV", "CAL") | ("SCL", "-1")))
            .take(1).map(|(_, fact)| Finding::new(rule, format!("{}:{}: {}", fact.key, fact.value, fact.meaning.unwrap_or("an exception")), quote(case, fact))).collect(),
    }

    /// Microsoft's filter took the message for an imitation of somebody.
    ///
    /// # When this is innocent
    /// It is a filter's opinion, and filters err.
    CATEGORY_IMPERSONATION {
        id: "VN-807",
        name: "cat-impersonation",
        title: "Microsoft's filter saw an imitation",
        severity: High,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers"],
        check: |rule, case| facts(case, "X-Forefront-Antispam-Report")
            .filter(|(_, fact)| fact.key == "CAT" && matches!(fact.value.as_str(), "SPOOF" | "DIMP" | "UIMP" | "GIMP" | "BIMP" | "INTOS"))
            .take(1).map(|(_, fact)| Finding::new(rule, format!("CAT:{}: {}", fact.value, fact.meaning.unwrap_or("imitates a brand")), quote(case, fact))).collect(),
    }

    /// Microsoft showed the reader a safety tip.
    ///
    /// # When this is innocent
    /// A first contact is one for everybody.
    SAFETY_TIP {
        id: "VN-808",
        name: "sfty",
        title: "Microsoft warned the reader",
        severity: Info,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers"],
        check: |rule, case| facts(case, "X-Forefront-Antispam-Report").filter(|(_, fact)| fact.key == "SFTY" && fact.meaning.is_some()).take(1).map(|(_, fact)| {
            let weight = if fact.value == "9.25" { Severity::Info } else { Severity::Medium };
            Finding::new(rule, format!("SFTY:{}: {}", fact.value, fact.meaning.unwrap_or_default()), quote(case, fact)).severity(weight)
        }).collect(),
    }

    /// The client that Microsoft's filter judged is not the client of the border hop.
    ///
    /// # When this is innocent
    /// Gateways in front that are skipped on purpose.
    CLIENT_CONFLICT {
        id: "VN-809",
        name: "cip-conflict",
        title: "The filter judged another client",
        severity: Low,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers"],
        check: |rule, case| {
            let Some(client) = case.trace.border_hop().and_then(|hop| hop.from.ip) else { return Vec::new() };
            facts(case, "X-Forefront-Antispam-Report")
                .filter(|(_, fact)| fact.key == "CIP" && fact.value.parse().is_ok_and(|ip: std::net::IpAddr| ip != client && ip.to_string() != "255.255.255.255"))
                .take(1).map(|(_, fact)| Finding::new(rule, format!("the filter names {}, the border received from {client}", fact.value), quote(case, fact))).collect()
        },
    }

    /// The client's HELO or looked-up name, as Microsoft's filter has it, is not the one of the border hop.
    ///
    /// # When this is innocent
    /// Long names are cut; a gateway in front that is skipped on purpose.
    CLIENT_NAME_CONFLICT {
        id: "VN-810",
        name: "helo-ptr-conflict",
        title: "The filter has another name for the client",
        severity: Low,
        effect: Neutral,
        references: ["Microsoft: anti-spam message headers"],
        check: |rule, case| {
            let Some(hop) = case.trace.border_hop() else { return Vec::new() };
            let names = || -> Vec<String> { [&hop.from.helo, &hop.from.rdns, &hop.from.host].into_iter().flatten().map(|name| domain::normalise(name).trim_matches(['[', ']']).to_owned()).collect() };
            facts(case, "X-Forefront-Antispam-Report").filter(|(_, fact)| fact.key == "H").filter_map(|(_, fact)| {
                let names = Some(names()).filter(|names| !names.is_empty())?;
                let told = domain::normalise(&fact.value).trim_matches(['[', ']']).to_owned();
                // Either writer may have cut the name short.
                let same = told.is_empty() || names.iter().any(|name| name.starts_with(&told) || told.starts_with(name.as_str()));
                (!same).then(|| Finding::new(rule, format!("HELO was {} to the filter, {} to the border", fact.value, names.join(" and ")), quote(case, fact)))
            }).take(1).collect()
        },
    }

    /// The receiving organisation's own Exchange took the message for internal, though it came from outside.
    ///
    /// # When this is innocent
    /// Hybrid systems and connectors that are trusted as internal.
    ACCEPTED_AS_INTERNAL {
        id: "VN-811",
        name: "authas",
        title: "Outside mail was taken for internal",
        severity: High,
        effect: Neutral,
        references: ["Microsoft: header firewall"],
        check: |rule, case| {
            if case.trace.border_hop().is_none() { return Vec::new() }
            facts(case, "X-MS-Exchange-Organization-AuthAs").filter(|(_, fact)| fact.value.eq_ignore_ascii_case("internal")).take(1)
                .map(|(_, fact)| Finding::new(rule, "AuthAs says Internal, and the message came in from outside", quote(case, fact))).collect()
        },
    }

    /// Fields that only an Exchange organisation writes inside itself stand in a message that no Exchange server says it handled.
    ///
    /// # When this is innocent
    /// Journals, migrations and archives; servers that strip their own trace.
    EXCHANGE_WITHOUT_EXCHANGE {
        id: "VN-812",
        name: "exchange-headers-without-exchange",
        title: "Exchange's fields without Exchange",
        severity: Medium,
        effect: Neutral,
        references: ["Microsoft: header firewall"],
        check: |rule, case| {
            let exchange = case.trace.hops.iter().any(|hop| matches!(hop.by.product.as_deref(), Some("exchange" | "smtpsvc")) || hop.profile == Some("microsoft"));
            let first = case.vendor.iter().find(|field| field.vendor == "microsoft" && is_organisation_field(case, field));
            first.filter(|_| !exchange && !case.trace.hops.is_empty())
                .map(|field| Finding::new(rule, "no hop is Exchange's", Evidence::field_at(case.message, field.field_index))).into_iter().collect()
        },
    }

    /// What a tenant of Microsoft said of the message before it left, kept under other names by the receiver.
    ///
    /// # When this is innocent
    /// Always: it is how Microsoft keeps claims of others apart.
    UNTRUSTED_COPIES {
        id: "VN-813",
        name: "untrusted-copies",
        title: "Claims of the sending tenant were set aside",
        severity: Info,
        effect: Neutral,
        references: ["Microsoft: header firewall"],
        check: |rule, case| {
            let kept = |field: &&crate::message::Field<'_>| {
                field.begins("X-") && crate::vendor::is_kept_claim(&field.name().to_ascii_lowercase())
            };
            case.message.fields.iter().find(kept).map(|field| Finding::new(rule, format!("{} holds what the sending side claimed", field.name()), Evidence::field(field))).into_iter().collect()
        },
    }

    /// A tenant of Microsoft 365 names itself as the sender.
    ///
    /// # When this is innocent
    /// Always: it tells whose account to ask about. Tenants are cheap, and abused ones are many.
    SENT_BY_TENANT {
        id: "VN-814",
        name: "sent-by-tenant",
        title: "Sent by a tenant of Microsoft 365",
        severity: Info,
        effect: Neutral,
        references: ["Microsoft: header firewall"],
        check: |rule, case| case.message.field("X-OriginatorOrg").filter(|field| !field.text().trim().is_empty())
            .map(|field| Finding::new(rule, format!("the sending organisation calls itself {}", field.text().trim()), Evidence::field(field))).into_iter().collect(),
    }

    /// Gmail's internal fields stand in a message that no server of Google says it handled and that Google did not sign.
    ///
    /// # When this is innocent
    /// Lists and gateways that strip the trace and break the signature.
    GOOGLE_WITHOUT_GOOGLE {
        id: "VN-815",
        name: "google-state",
        title: "Gmail's fields without Gmail",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| {
            let Some(field) = case.vendor.iter().find(|field| field.vendor == "google") else { return Vec::new() };
            let is_google = |name: &str| ["google.com", "gmail.com", "googlemail.com", "1e100.net", "gappssmtp.com", "googlegroups.com"].iter().any(|domain| crate::domain::is_within(&crate::domain::normalise(name), domain));
            let handled = case.trace.hops.iter().flat_map(|hop| [&hop.by.host, &hop.from.helo, &hop.from.rdns]).flatten().any(|name| is_google(name))
                || case.trace.hops.iter().any(|hop| hop.profile == Some("google"));
            let signed = case.verification.dkim.iter().filter_map(|check| check.domain.as_deref()).any(is_google);
            if handled || signed || case.trace.hops.is_empty() { return Vec::new() }
            vec![Finding::new(rule, "no hop and no signature is Google's", Evidence::field_at(case.message, field.field_index))]
        },
    }

    /// A filtering gateway handled the message.
    ///
    /// # When this is innocent
    /// Always. Where it stands in front of the receiver, name it with `--trusted-relay`, so that SPF is asked about its client.
    GATEWAY_IN_FRONT {
        id: "VN-816",
        name: "gateway-in-front",
        title: "A gateway filtered the message",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5598 5"],
        check: |rule, case| {
            let gateways = ["proofpoint", "mimecast", "barracuda", "ironport"];
            case.vendor.iter().find(|field| gateways.contains(&field.vendor))
                .map(|field| Finding::new(rule, format!("{} filtered it{}", field.vendor, if field.by_receiver { ", on the receiving side" } else { ", before it came in" }), Evidence::field_at(case.message, field.field_index))).into_iter().collect()
        },
    }

    /// The receiver looks behind a gateway for the client.
    ///
    /// # When this is innocent
    /// Always: it is how such a receiver is set up, and it names the true client.
    SKIP_LISTING {
        id: "VN-817",
        name: "skip-listing",
        title: "The receiver looked behind its gateway",
        severity: Info,
        effect: Neutral,
        references: ["Microsoft: enhanced filtering for connectors"],
        check: |rule, case| named(case, rule, &["X-MS-Exchange-SkipListedInternetSender", "X-MS-Exchange-ExternalOriginalInternetSender"], "the client behind the gateway is"),
    }

    /// A field names the device at which the message was written.
    ///
    /// # When this is innocent
    /// Always. Unless a signature covers it, or a trusted server wrote it, anyone can have.
    ORIGINATING_ADDRESS {
        id: "VN-818",
        name: "originating-ip",
        title: "The author's device is named",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 7.6"],
        check: |rule, case| named(case, rule, &["X-Originating-IP", "X-AOL-IP", "X-Yahoo-Post-IP", "X-SenderIP"], "written at"),
    }

    /// The message bears the fields of a phishing simulation.
    ///
    /// # When this is innocent
    /// A training of the receiver's own. Attackers copy these fields: the message is analysed like any other.
    SIMULATION {
        id: "VN-819",
        name: "simulation",
        title: "Fields of a phishing simulation",
        severity: Info,
        effect: Neutral,
        references: ["RFC 6648 3"],
        check: |rule, case| case.vendor.iter().find(|field| field.vendor == "simulation")
            .map(|field| Finding::new(rule, format!("it bears {}", field.about), Evidence::field_at(case.message, field.field_index))).into_iter().collect(),
    }

    /// A script on a web server, or an account of its panel, sent the message.
    ///
    /// # When this is innocent
    /// Always: forms and shops send so. A broken-into site does, too.
    SCRIPT_ORIGIN {
        id: "VN-820",
        name: "script-origin",
        title: "A script or a panel's account sent it",
        severity: Info,
        effect: Neutral,
        references: ["RFC 6409 3"],
        check: |rule, case| case.vendor.iter().find(|field| matches!(field.vendor, "php" | "cpanel"))
            .map(|field| Finding::new(rule, format!("{}: {}", field.about, field.facts.first().map(|fact| fact.value.as_str()).unwrap_or_default()), Evidence::field_at(case.message, field.field_index))).into_iter().collect(),
    }
}

/// A finding for the first trusted composite result that fits.
fn compauth(case: &Case<'_>, fits: fn(&str, &str) -> bool, rule: &super::Rule, text: &str) -> Vec<Finding> {
    let found: Option<(&Record, &MethodResult)> = case
        .recorded
        .trusted("compauth")
        .find(|(_, result)| fits(&result.result, result.reason.as_deref().unwrap_or_default()));
    let finding = found.map(|(record, result)| {
        let evidence = match (result.span, case.message.fields.get(record.field_index)) {
            (Some(span), Some(field)) => Evidence::quote(field, span),
            _ => Evidence::field_at(case.message, record.field_index),
        };
        let reason = result
            .reason
            .as_deref()
            .map(|code| format!(" (reason {code})"))
            .unwrap_or_default();
        Finding::new(rule, format!("{text}{reason}"), evidence.written_by("receiver"))
    });
    finding.into_iter().collect()
}

/// What the receiving side wrote in a vendor's field of this name.
fn facts<'c>(case: &'c Case<'_>, name: &'c str) -> impl Iterator<Item = (&'c VendorField, &'c Fact)> {
    let named = move |field: &&VendorField| {
        case.message
            .fields
            .get(field.field_index)
            .is_some_and(|header| header.is(name))
    };
    let fields = case.vendor.iter().filter(|field| field.by_receiver).filter(named);
    fields.flat_map(|field| field.facts.iter().map(move |fact| (field, fact)))
}

fn quote(case: &Case<'_>, fact: &Fact) -> Evidence {
    Evidence::bytes(case.message, fact.span).written_by("receiver")
}

/// A finding for the first field of these names.
fn named(case: &Case<'_>, rule: &super::Rule, names: &[&str], text: &str) -> Vec<Finding> {
    let finding = case
        .message
        .fields_of(names)
        .next()
        .map(|field| Finding::new(rule, format!("{text} {}", field.text().trim()), Evidence::field(field)));
    finding.into_iter().collect()
}

/// Of the fields that Exchange removes at its border.
fn is_organisation_field(case: &Case<'_>, field: &VendorField) -> bool {
    let field = case.message.fields.get(field.field_index);
    field.is_some_and(|field| field.begins("X-MS-Exchange-Organization-"))
}
