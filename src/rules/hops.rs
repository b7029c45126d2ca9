//! What a single hop says that cannot be, or that its product does not write (TR).

use super::{
    rules,
    trace::{below, hop_field},
};
use crate::{
    finding::{Effect, Evidence, Finding, Severity},
    message::DateDefect,
    trace::{AddressClass, Confidence, Hop, NotAnAddress, Support, Zone, read_hop},
};

/// Clocks that differ by less say nothing (trace.md 0.8).
const SKEW: i64 = 300;

rules! {
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
            .map(|hop| Finding::new(rule, format!("hop {}: {}", hop.index + 1, hop.support_reasons.join("; ")), hop_field(case, hop)).confidence(Confidence::Medium)).take(8).collect(),
    }

    /// The time inside a hop's queue id is not the time at which the hop says that it received the message.
    ///
    /// # When this is innocent
    /// A relay whose clock was set between accepting the connection and writing the line.
    QUEUE_ID_TIME {
        id: "TR-106",
        name: "queue-id-time",
        title: "A queue id tells another time than its hop",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 5321 4.4"],
        check: |rule, case| below(case).filter(|hop| hop.zone == Zone::Untrusted && hop.id_contradicts()).filter_map(|hop| {
            let (id, date) = (hop.id.as_ref()?, hop.date.as_ref()?);
            let off = date.at.since(id.time?);
            Some(Finding::new(rule, format!("the id {} was made {} away from the hop's own time", id.value, super::dkim::duration(off)), case.message.fields.get(hop.field_index)
                .map_or_else(|| hop_field(case, hop), |field| Evidence::quote(field, id.span))))
        }).collect(),
    }

    /// Where a server writes the address of its client, this hop holds a date or other words: no server wrote it.
    ///
    /// # When this is innocent
    /// No mail program is known that writes a date there. Other words may be the habit of a product that this program does not know.
    TCP_INFO_NOT_ADDRESS {
        id: "TR-107",
        name: "tcp-info-not-address",
        title: "A hop holds no address where one belongs",
        severity: High,
        effect: Accuses,
        references: ["RFC 5321 4.4"],
        check: |rule, case| below(case).filter_map(|hop| match hop.from.not_an_address? {
            NotAnAddress::Date => Some(Finding::new(rule, format!("hop {} holds a date where the client's address belongs", hop.index + 1), hop_field(case, hop))),
            NotAnAddress::Prose => Some(neutral(Finding::new(rule, format!("hop {} holds other words where the client's address belongs", hop.index + 1), hop_field(case, hop)).severity(Severity::Low))),
            NotAnAddress::ImpossibleAddress => None,
        }).take(8).collect(),
    }

    /// The client's address cannot be one: a number above 255, or a network that no client can use. Addresses for documentation
    /// are named too; they never decide.
    ///
    /// # When this is innocent
    /// Published samples, and tools that hide addresses before mail is shown to others.
    IMPOSSIBLE_ADDRESS {
        id: "TR-108",
        name: "impossible-address",
        title: "A client's address that nobody can have",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 6890", "RFC 5737", "RFC 3849"],
        check: |rule, case| {
            let reserved = |hop: &Hop| hop.from.ip.is_some_and(|ip| AddressClass::of(ip) == AddressClass::Reserved);
            let mut found: Vec<Finding> = case.trace.hops.iter().filter(|hop| reserved(hop) || hop.from.not_an_address == Some(NotAnAddress::ImpossibleAddress))
                .map(|hop| Finding::new(rule, format!("the address of hop {}'s client belongs to nobody", hop.index + 1), hop_field(case, hop))).take(8).collect();
            let documentation = |hop: &&Hop| hop.from.ip.is_some_and(|ip| AddressClass::of(ip) == AddressClass::Documentation);
            let samples: Vec<&Hop> = case.trace.hops.iter().filter(documentation).collect();
            if let [first, ..] = samples.as_slice() {
                let hops: Vec<String> = samples.iter().map(|hop| (hop.index + 1).to_string()).collect();
                found.push(Finding::new(rule, format!("addresses that are reserved for documentation stand in hop {}: this looks like a sample", hops.join(", ")), hop_field(case, first)).severity(Severity::Info));
            }
            found
        },
    }

    /// A hop names a protocol that is not registered. Many products do so for their own channels.
    ///
    /// # When this is innocent
    /// Yahoo's NNFMP, Gmail's HTTPREST, Exchange's mapi, qmail's QMQP, ecelerity's ECSTREAM: the habit is old and wide.
    WITH_UNREGISTERED {
        id: "TR-115",
        name: "with-unregistered",
        title: "A protocol name that is not registered",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.4", "RFC 3848", "RFC 6531 4.3"],
        check: |rule, case| {
            let odd: Vec<&Hop> = below(case).filter(|hop| hop.with.is_some() && hop.protocol().is_none()).collect();
            let [first, ..] = odd.as_slice() else { return Vec::new() };
            let mut names: Vec<&str> = odd.iter().filter_map(|hop| hop.with.as_deref()).collect();
            names.dedup();
            vec![Finding::new(rule, format!("protocol names outside of the registry: {}", names.join(", ")), hop_field(case, first))]
        },
    }

    /// The protocol name of a hop says that TLS was used, or that it was not, and the comment that this product always writes says otherwise.
    ///
    /// # When this is innocent
    /// Administrators who changed the format of the line.
    PROTOCOL_COMMENT_CONFLICT {
        id: "TR-116",
        name: "protocol-comment-conflict",
        title: "Protocol and comment of a hop disagree",
        severity: Low,
        effect: Neutral,
        references: ["RFC 3848"],
        check: |rule, case| below(case).filter_map(|hop| {
            // These write version and cipher of every TLS connection, whatever the settings.
            let documents = matches!(hop.by.product.as_deref()?, "gmail" | "sendmail" | "opensmtpd" | "haraka");
            let protocol = hop.protocol()?.to_ascii_uppercase();
            let claimed = protocol.trim_end_matches('A').ends_with("PS");
            let shown = hop.tls_version.is_some() || hop.tls_cipher.is_some();
            // Sendmail and old Exim say ESMTP for both.
            let denied = shown && !claimed && matches!(hop.by.product.as_deref(), Some("gmail" | "opensmtpd"));
            let how = if documents && claimed && !shown { "names TLS, and the comment that tells its cipher is missing" }
                else if denied { "names no TLS, and a comment tells its cipher" } else { return None };
            Some(Finding::new(rule, format!("the protocol {protocol} of hop {} {how}", hop.index + 1), hop_field(case, hop)))
        }).take(8).collect(),
    }

    /// An X-Received field, which Google's servers write between their own, does not fit the hops around it.
    ///
    /// # When this is innocent
    /// Mail that was forwarded between two organisations at Google, and clocks.
    X_RECEIVED_CONFLICT {
        id: "TR-124",
        name: "x-received-conflict",
        title: "An X-Received field does not fit its neighbours",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| case.message.fields_named("X-Received").filter_map(|field| {
            let hop = read_hop(0, field);
            let violation = hop.violations.iter().find_map(|violation| violation.strip_prefix("profile: "));
            let date = hop.date.as_ref().map(|date| date.at);
            let below = case.trace.hops.iter().find(|lower| lower.field_index > field.index).and_then(|lower| Some((lower, lower.date.as_ref()?.at)));
            let early = date.zip(below).is_some_and(|(date, (_, lower))| date.since(lower) < -SKEW);
            let how = match (violation, early) {
                (Some(violation), _) => format!("cannot be genuine: {violation}"),
                (_, true) => "is dated before the hop below it".to_owned(),
                _ if hop.id_contradicts() => "has an id of another time".to_owned(),
                _ => return None,
            };
            let finding = Finding::new(rule, format!("X-Received {how}"), Evidence::field(field));
            Some(match below.filter(|_| early) { Some((lower, _)) => finding.and(hop_field(case, lower)), None => finding })
        }).take(8).collect(),
    }

    /// A hop has the marks of a product and writes what that product never writes.
    ///
    /// # When this is innocent
    /// Header fields that some program took apart and built again.
    LEXICAL_ANOMALY {
        id: "TR-128",
        name: "product-lexical-anomaly",
        title: "A hop is written otherwise than its product writes",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5321 4.4", "RFC 5322 3.3"],
        check: |rule, case| below(case).filter_map(|hop| {
            let how = lexical_anomaly(hop)?;
            Some(Finding::new(rule, format!("hop {}: {how}", hop.index + 1), hop_field(case, hop)))
        }).take(8).collect(),
    }
}

fn neutral(mut finding: Finding) -> Finding {
    finding.effect = Effect::Neutral;
    finding
}

/// What a product that writes RFC 5321 lines by itself never writes.
fn lexical_anomaly(hop: &Hop) -> Option<String> {
    let product = hop.by.product.as_deref()?;
    let careful = matches!(
        product,
        "postfix" | "exim" | "sendmail" | "exchange" | "gmail" | "opensmtpd" | "haraka"
    );
    if !careful {
        return None;
    }
    let protocol = hop.with.as_deref().unwrap_or_default();
    let lower = protocol.starts_with(|c: char| c.is_ascii_lowercase());
    match product {
        "postfix" | "gmail" | "sendmail" if lower && hop.protocol().is_some() => {
            return Some(format!("{product} writes the protocol in capitals, not {protocol}"));
        }
        "exim" if !lower && hop.protocol().is_some() => {
            return Some(format!("exim writes the protocol in small letters, not {protocol}"));
        }
        _ => {}
    }
    let date = hop.date.as_ref()?;
    let comment = date.zone_comment.as_deref().map(str::to_ascii_uppercase);
    if let (Some(comment), Some(offset)) = (&comment, date.offset_minutes)
        && let Some((_, hours)) = ZONES.iter().find(|(name, _)| name == comment)
        && offset != hours * 60
    {
        return Some(format!("the zone {comment} is not {offset} minutes from UTC"));
    }
    let half_day = date
        .text
        .split_whitespace()
        .any(|word| word.eq_ignore_ascii_case("AM") || word.eq_ignore_ascii_case("PM"));
    if half_day && date.defects.contains(&DateDefect::OtherForm) {
        return Some(format!("{product} writes no AM or PM"));
    }
    None
}

/// Zone names that mean one offset wherever mail servers write them (RFC 5322 4.3), in hours from UTC.
///
/// CST is missing: it is China's too.
const ZONES: [(&str, i32); 8] = [
    ("UTC", 0),
    ("GMT", 0),
    ("EDT", -4),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
];
