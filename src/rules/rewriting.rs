//! The envelope (EN), second part: what forms the return path has, and whether its witnesses agree.

use super::rules;
use crate::{
    case::Case,
    domain,
    envelope::{Candidate, Decoded, Origin, decode},
    finding::{Evidence, Finding, Severity},
    identity::Role,
    trace::{AddressClass, Zone},
};

/// For how many days a forwarder takes bounces to a rewritten address (envelope.md 4.5).
const SRS_LIFE: i64 = 21;

rules! {
    /// The message was delivered, and has no Return-Path.
    ///
    /// # When this is innocent
    /// Exports, copies from a Sent folder, stores that keep the return path elsewhere.
    RETURN_PATH_MISSING {
        id: "EN-301",
        name: "return-path-missing",
        title: "No Return-Path",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| {
            let delivered = case.trace.border.is_some() && case.message.field("Return-Path").is_none();
            if delivered { vec![Finding::new(rule, "final delivery writes a Return-Path, and there is none", Evidence::absence("no Return-Path field in the header"))] } else { Vec::new() }
        },
    }

    /// There are several Return-Path fields. Only the one that the last delivery wrote counts.
    ///
    /// # When this is innocent
    /// Messages that were delivered, and sent on again: forwarders and lists keep the old one.
    RETURN_PATH_MULTIPLE {
        id: "EN-302",
        name: "return-path-multiple",
        title: "Several Return-Path fields",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| {
            let fields: Vec<_> = case.message.fields_named("Return-Path").collect();
            let [first, second, ..] = fields.as_slice() else { return Vec::new() };
            vec![Finding::new(rule, format!("{} Return-Path fields; each delivery replaces the one before", fields.len()), Evidence::field(first)).and(Evidence::field(second))]
        },
    }

    /// The message has the empty return path, and is a report or an automatic reply, as it should be.
    ///
    /// # When this is innocent
    /// Always. The message that a report returns may itself be a forgery (backscatter).
    NULL_SENDER_REPORT {
        id: "EN-306",
        name: "null-sender-dsn",
        title: "A report or automatic reply, with the empty return path",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.5.5", "RFC 3834 2"],
        check: |rule, case| {
            if case.envelope.mail_from.value.as_deref() != Some("") || !case.has_flow("FL-11") { return Vec::new() }
            vec![Finding::new(rule, "the empty return path of reports, so that no report is answered by another", witness(case, case.envelope.mail_from.candidates.first()))]
        },
    }

    /// The return path holds the recipient in itself, so that a bounce tells whom it is about.
    ///
    /// # When this is innocent
    /// Lists and service providers: always.
    VERP {
        id: "EN-307",
        name: "verp",
        title: "The return path names the recipient (VERP)",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.5.5"],
        check: |rule, case| rewritten(case, |decoded| decoded.recipient.is_some() && !decoded.form.contains("srs") && decoded.form != "caf").map(|(address, decoded)| {
            let recipient = decoded.recipient.unwrap_or_default();
            let account = decoded.account.map(|account| format!(", by account {account} of {}", decoded.form)).unwrap_or_default();
            Finding::new(rule, format!("{address} was made for {recipient}{account}"), witness(case, case.envelope.mail_from.candidates.first()))
        }).into_iter().collect(),
    }

    /// A forwarder rewrote the return path, and keeps the one before in it. Its check code is the forwarder's, and cannot be
    /// verified by anybody else.
    ///
    /// # When this is innocent
    /// Forwarders: always. Anybody can write an address of this form in a domain of his own. A day far from delivery is the sign of
    /// an address that was kept and used again; forwarders accept bounces for about three weeks.
    SRS {
        id: "EN-308",
        name: "srs",
        title: "The return path was rewritten by a forwarder (SRS)",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 3.9", "RFC 7208 D.2"],
        check: |rule, case| rewritten(case, |decoded| decoded.form.contains("srs")).map(|(address, decoded)| {
            let inner = decoded.inner.map_or_else(|| "the one before is hidden".to_owned(), |inner| format!("the one before was {inner}"));
            let days = decoded.day.map(|day| day.days_before(case.clock.delivery_or_now()));
            let (age, weight) = match days {
                Some(days) if (-1..=SRS_LIFE).contains(&days) => (format!("; it was made {days} days before delivery"), Severity::Info),
                Some(days) if case.clock.delivered_at.is_some() => (format!("; its day is {} days {} delivery", days.abs(), if days < 0 { "after" } else { "before" }), Severity::Medium),
                _ => (String::new(), Severity::Info),
            };
            Finding::new(rule, format!("{address} has the form of {}; {inner}{age}; its check code cannot be verified here", decoded.form), witness(case, case.envelope.mail_from.candidates.first())).severity(weight)
        }).into_iter().collect(),
    }

    /// The return path carries a tag by which its owner knows his own bounces.
    ///
    /// # When this is innocent
    /// Always.
    BATV {
        id: "EN-309",
        name: "batv",
        title: "The return path carries a tag (BATV)",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 4.5.5"],
        check: |rule, case| rewritten(case, |decoded| decoded.form == "batv").map(|(address, decoded)| {
            let inner = decoded.inner.unwrap_or_default();
            let end = decoded.day.map(|day| match day.days_before(case.clock.delivery_or_now()) { days if days > 0 => format!(" that ended {days} days before delivery"), days => format!(" that is good for {} days after delivery", -days) });
            Finding::new(rule, format!("{address} is {inner} with a tag{}", end.unwrap_or_default()), witness(case, case.envelope.mail_from.candidates.first()))
        }).into_iter().collect(),
    }

    /// The return path is that of Gmail's automatic forwarding: it names the mailbox that forwards, and where to.
    ///
    /// # When this is innocent
    /// Always. Whoever owns a Gmail mailbox can let it forward what he likes.
    CAF {
        id: "EN-310",
        name: "caf",
        title: "Forwarded automatically by a Gmail mailbox",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 3.9"],
        check: |rule, case| rewritten(case, |decoded| decoded.form == "caf").map(|(_, decoded)| {
            let (inner, recipient) = (decoded.inner.unwrap_or_default(), decoded.recipient.unwrap_or_else(|| "somebody".to_owned()));
            Finding::new(rule, format!("{inner} forwards to {recipient}"), witness(case, case.envelope.mail_from.candidates.first()))
        }).into_iter().collect(),
    }

    /// Trusted witnesses name the client's HELO differently.
    ///
    /// # When this is innocent
    /// Receivers that cut long names, or print the looked-up name instead.
    HELO_CONFLICT {
        id: "EN-311",
        name: "helo-conflict",
        title: "The client's HELO is told differently",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5321 4.1.1.1"],
        check: |rule, case| {
            let helo = &case.envelope.helo;
            if helo.candidates.len() < 2 { return Vec::new() }
            let Some(value) = helo.value.as_deref().map(str::to_lowercase) else { return Vec::new() };
            let hop = case.trace.border_hop();
            let differs = |candidate: &&Candidate| {
                let other = candidate.value.to_lowercase();
                let looked_up = hop.and_then(|hop| hop.from.rdns.as_deref()).is_some_and(|rdns| rdns.eq_ignore_ascii_case(&other));
                candidate.trusted && !looked_up && !value.starts_with(&other) && !other.starts_with(&value)
                    && domain::normalise(&value).trim_matches(['[', ']']) != domain::normalise(&other).trim_matches(['[', ']'])
            };
            helo.candidates.iter().skip(1).find(differs).map(|candidate| {
                Finding::new(rule, format!("{} here, {value} there", candidate.value), witness(case, Some(candidate))).and(witness(case, helo.candidates.first()))
            }).into_iter().collect()
        },
    }

    /// Trusted witnesses of one transfer name the client's address differently.
    ///
    /// # When this is innocent
    /// A gateway in between: each names the client that it saw.
    CLIENT_CONFLICT {
        id: "EN-312",
        name: "client-ip-conflict",
        title: "The client's address is told differently",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 7208 9.1", "RFC 8601 2.7.3"],
        check: |rule, case| {
            let client = &case.envelope.client_ip;
            let Some(value) = client.value else { return Vec::new() };
            // An address of another trusted hop is that hop's own client: another transfer.
            let elsewhere = |address: &str| case.trace.hops.iter().any(|hop| hop.zone == Zone::Trusted && hop.from.ip.is_some_and(|ip| ip.to_string() == address));
            let differs = |candidate: &&Candidate| {
                let other: Option<std::net::IpAddr> = candidate.value.parse().ok();
                candidate.trusted && !elsewhere(&candidate.value) && other.is_some_and(|other| other != value && !AddressClass::of(other).is_internal())
            };
            client.candidates.iter().skip(1).find(differs).map(|candidate| {
                Finding::new(rule, format!("{} here, {value} there", candidate.value), witness(case, Some(candidate))).and(witness(case, client.candidates.first()))
            }).into_iter().collect()
        },
    }

    /// The mbox line names another sender than the return path.
    ///
    /// # When this is innocent
    /// Stores write the owner, a hyphen, or MAILER-DAEMON there: always.
    MBOX_SENDER {
        id: "EN-314",
        name: "mbox-from-conflict",
        title: "The mbox line names another sender",
        severity: Info,
        effect: Neutral,
        references: ["RFC 4155"],
        check: |rule, case| {
            let mail_from = &case.envelope.mail_from;
            let Some(value) = mail_from.value.as_deref().filter(|value| !value.is_empty()) else { return Vec::new() };
            let differs = |candidate: &&Candidate| candidate.origin == Origin::MboxLine && !candidate.value.eq_ignore_ascii_case(value)
                && !domain::normalise(domain::of_address(&candidate.value)).eq(&domain::normalise(value));
            mail_from.candidates.iter().find(differs).map(|candidate| Finding::new(rule, format!("the mbox line has {}, the envelope {value}", candidate.value), witness(case, Some(candidate)))).into_iter().collect()
        },
    }

    /// The return path is the recipient's own address, and the message came from outside without proof of him.
    ///
    /// # When this is innocent
    /// Forwarders that rewrite, web forms, services that send a copy to oneself.
    SELF_SENT {
        id: "EN-316",
        name: "mailfrom-equals-rcpt",
        title: "The return path is the recipient's own address",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.1.1.2"],
        check: |rule, case| {
            let Some(sender) = case.envelope.mail_from.value.as_deref().filter(|value| value.contains('@')) else { return Vec::new() };
            let recipient = case.identities.of(Role::Recipient).any(|identity| identity.address.as_deref().is_some_and(|address| address.eq_ignore_ascii_case(sender)));
            let outside = case.trace.border_hop().is_some_and(|hop| hop.from.ip.is_some_and(|ip| !AddressClass::of(ip).is_internal()));
            let proven = case.verification.spf_mail_from.result == Ok(crate::verify::spf::SpfResult::Pass) || case.proving_signatures().next().is_some();
            if !recipient || !outside || proven { return Vec::new() }
            let weight = if !case.is_handled() { Severity::Medium } else { Severity::Info };
            vec![Finding::new(rule, format!("{sender} is said to send to himself, from outside"), witness(case, case.envelope.mail_from.candidates.first())).severity(weight)]
        },
    }
}

/// The return path where its form is one of those, wherever it stands in full.
fn rewritten(case: &Case<'_>, fits: fn(&Decoded) -> bool) -> Option<(String, Decoded)> {
    let mail_from = &case.envelope.mail_from;
    let value = mail_from.value.as_deref()?;
    // A receiver that records the domain alone leaves the full form to Return-Path.
    let same = |candidate: &Candidate| {
        domain::split_address(&candidate.value)
            .1
            .eq_ignore_ascii_case(domain::of_address(value))
    };
    let fitting = |address: &str| {
        decode(address)
            .filter(fits)
            .map(|decoded| (address.to_owned(), decoded))
    };
    let elsewhere = || {
        let others = mail_from.candidates.iter().filter(|candidate| candidate.value != value);
        let fitting = others.filter_map(|candidate| Some((candidate, fitting(&candidate.value)?)));
        fitting
            .filter(|(candidate, _)| same(candidate))
            .map(|(_, found)| found)
            .next()
    };
    fitting(value).or_else(elsewhere)
}

/// Where a value was read.
fn witness(case: &Case<'_>, candidate: Option<&Candidate>) -> Evidence {
    match candidate.and_then(|candidate| Some((candidate.field_index?, candidate.span))) {
        Some((index, Some(span))) if index < case.message.fields.len() => {
            Evidence::quote(&case.message.fields[index], span)
        }
        Some((index, _)) => Evidence::field_at(case.message, index),
        None => Evidence::derivation("given by the user, or read from the mbox line"),
    }
}
