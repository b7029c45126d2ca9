//! The envelope (EN).

use super::rules;
use crate::{
    case::Case,
    dns::{Answer, Question, RecordType},
    domain,
    envelope::{Candidate, TrustClass},
    finding::{Evidence, Finding, Severity},
    identity::Role,
    verify::spf::SpfCheck,
};

rules! {
    /// Several fields name different return paths. Where both may be trusted, SPF was asked for each, and the finding tells whether it
    /// makes a difference.
    ///
    /// # When this is innocent
    /// Each leg of a forward has its own.
    MAIL_FROM_CONFLICT {
        id: "EN-303",
        name: "mailfrom-conflict",
        title: "The return path is named differently",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.4"],
        check: |rule, case| {
            let Some(value) = case.envelope.mail_from.value.as_deref().filter(|value| !value.is_empty()) else { return Vec::new() };
            let same_domain = |a: &str, b: &str| domain::is_same(domain::of_address(a), domain::of_address(b));
            let is_return_path = |candidate: &Candidate| candidate.field_index.is_some_and(|index| case.message.fields.get(index).is_some_and(|field| field.is("Return-Path")));
            let lost = case.envelope.mail_from.candidates.iter().filter(|candidate| {
                let counts = is_return_path(candidate) || candidate.trusted && candidate.trust_class() <= TrustClass::T2;
                // A list or forwarder of the receiver's own rewrites the sender behind the border.
                let rewritten = candidate.transfers(&case.trace) > 0 && case.trace.received_by(domain::of_address(&candidate.value));
                counts && !rewritten && !candidate.value.is_empty() && !same_domain(&candidate.value, value) && candidate.field_index.is_some()
            });
            lost.take(2).map(|candidate| {
                let other = domain::normalise(domain::of_address(&candidate.value));
                let alternative = case.verification.spf_alternatives.iter().find(|check| check.domain == other);
                let word = |check: &SpfCheck| check.result.map_or_else(|why| why.word(), |result| result.word());
                let asked = alternative.map(|check| match (word(check), word(&case.verification.spf_mail_from)) {
                    (other, same) if other == same => format!("; SPF gives {same} for both"),
                    (other, chosen) => format!("; SPF gives {other} for it, {chosen} for the other"),
                });
                Finding::new(rule, format!("{} stands against {value}, which was recorded at delivery{}", candidate.value, asked.unwrap_or_default()), Evidence::field_at(case.message, candidate.field_index.unwrap_or_default()))
            }).collect()
        },
    }

    /// The return path belongs to another organisation than the author.
    ///
    /// # When this is innocent
    /// Service providers, lists, forwarders and calendars: about a quarter of all mail.
    MAIL_FROM_DIFFERS {
        id: "EN-304",
        name: "mailfrom-org-differs",
        title: "The return path is another organisation's",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 2.3.1"],
        check: |rule, case| {
            let Some(mail_from) = case.envelope.mail_from.value.as_deref().filter(|value| value.contains('@')) else { return Vec::new() };
            if case.author_domain().is_none() || case.is_authors(domain::of_address(mail_from)) { return Vec::new() }
            vec![Finding::new(rule, format!("bounces go to {mail_from}, not to the author"), mail_from_evidence(case))]
        },
    }

    /// The message uses the null sender, as delivery reports do, and is none.
    ///
    /// # When this is innocent
    /// Bounces of old programs, read receipts, answers of calendars.
    NULL_SENDER_NO_REPORT {
        id: "EN-305",
        name: "null-sender-not-dsn",
        title: "The null sender on a message that is no report",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.5.5", "RFC 3464 2"],
        check: |rule, case| {
            if case.envelope.mail_from.value.as_deref() != Some("") || case.has_flow("FL-11") { return Vec::new() }
            vec![Finding::new(rule, "MAIL FROM is empty, and nothing shows a delivery report or automatic reply", mail_from_evidence(case))]
        },
    }

    /// The envelope recipient stands in neither To nor Cc.
    ///
    /// # When this is innocent
    /// Blind copies, lists, aliases.
    RECIPIENT_NOT_VISIBLE {
        id: "EN-313",
        name: "rcpt-not-visible",
        title: "The recipient is not among those addressed",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5321 7.2"],
        check: |rule, case| {
            if !case.recipient_not_addressed() { return Vec::new() }
            let recipient = case.identities.of(Role::Recipient).find_map(|identity| identity.address.clone()).unwrap_or_default();
            vec![Finding::new(rule, format!("{recipient} is not in To or Cc"), case.message.field("To").map_or_else(|| Evidence::absence("no To field"), |field| Evidence::field(field)))]
        },
    }

    /// The domain of the return path does not exist: bounces cannot reach anybody, and nobody can have let a client send for it.
    ///
    /// # When this is innocent
    /// Host names of machines that only send; a domain that was given up since, in old mail.
    MAIL_FROM_DEAD {
        id: "EN-315",
        name: "mailfrom-domain-dead",
        title: "The return path's domain does not exist",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 3.6.2", "RFC 7208 4.3"],
        check: |rule, case| {
            let Some(mail_from) = case.envelope.mail_from.value.as_deref().filter(|value| value.contains('@')) else { return Vec::new() };
            let name = domain::normalise(domain::of_address(mail_from));
            let asked = case.verification.asked.iter().find(|asked| asked.purpose == "spf" && asked.answer == Answer::NxDomain && asked.question == Question::new(&name, RecordType::Txt));
            asked.map(|asked| {
                let weight = if asked.later { Severity::Low } else { Severity::Medium };
                Finding::new(rule, format!("{name} does not exist"), mail_from_evidence(case)).and(Evidence::record(asked.question.clone(), "NXDOMAIN")).severity(weight)
            }).into_iter().collect()
        },
    }

    /// MAIL FROM is not one address: readers of different strictness find different domains in it.
    ///
    /// # When this is innocent
    /// None is known.
    MAIL_FROM_MALFORMED {
        id: "EN-317",
        name: "mailfrom-malformed",
        title: "The return path is not one address",
        severity: High,
        effect: Accuses,
        references: ["RFC 5321 4.1.2"],
        check: |rule, case| {
            let Some(mail_from) = case.envelope.mail_from.value.as_deref().filter(|value| !value.is_empty()) else { return Vec::new() };
            let (local, domain) = domain::split_address(mail_from);
            let odd = |c: char| matches!(c, '(' | ')' | '<' | '>' | ',' | ';' | ':' | '\\' | '"') || c.is_control() || c.is_whitespace();
            let quoted = local.starts_with('"') && local.ends_with('"') && local.len() > 1;
            let several = !quoted && local.contains('@');
            let bad_domain = !domain.starts_with('[') && domain.chars().any(|c| odd(c) || c == '\'');
            if !(several || bad_domain || (!quoted && local.chars().any(odd))) { return Vec::new() }
            vec![Finding::new(rule, format!("{mail_from} can be read as an address of more than one domain"), mail_from_evidence(case))]
        },
    }
}

/// Where MAIL FROM was read.
fn mail_from_evidence(case: &Case<'_>) -> Evidence {
    let seen = case.envelope.mail_from.candidates.first();
    match seen.and_then(|candidate| Some((candidate.field_index?, candidate.span))) {
        Some((index, Some(span))) if index < case.message.fields.len() => {
            Evidence::quote(&case.message.fields[index], span)
        }
        Some((index, _)) => Evidence::field_at(case.message, index),
        None => Evidence::derivation("MAIL FROM as given by the user, or read from the mbox line"),
    }
}
