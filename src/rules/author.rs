//! Who the author is: From fields that several readers read differently (ID-610 to ID-620).

use super::rules;
use crate::{
    case::Case,
    domain,
    finding::{Effect, Evidence, Finding, Severity},
    identity::{Role, is_freemail},
    message::FromReading,
    verify::{
        dmarc::{DmarcResult, Policy},
        spf::SpfResult,
    },
};

rules! {
    /// The message comes from the address that it is sent to, and nothing proves it.
    ///
    /// # When this is innocent
    /// Tests, and people who write to themselves and to others in blind copy.
    SELF_ADDRESSED {
        id: "ID-610",
        name: "self-addressed",
        title: "The recipient is shown as the author",
        severity: High,
        effect: Accuses,
        references: ["RFC 5322 3.6.2"],
        check: |rule, case| {
            let Some(author) = case.author_identity().and_then(|author| author.address.clone()) else { return Vec::new() };
            let to_self = case.identities.of(Role::Recipient).chain(case.identities.of(Role::To)).any(|to| to.address.as_deref() == Some(author.as_str()));
            if !to_self || case.spf_proves() || case.proving_signatures().next().is_some() || case.trace.border.is_none() { return Vec::new() }
            let judged = matches!(case.verification.dmarc.result, Ok(DmarcResult::Fail | DmarcResult::None));
            if !judged { return Vec::new() }
            vec![Finding::new(rule, format!("{author} is shown as the author and is the recipient; the message came from outside"), author_field(case))]
        },
    }

    /// There is more than one From field, or several authors without a Sender to say who sent the message. Readers choose differently,
    /// so one may show an author whom nothing proves.
    ///
    /// # When this is innocent
    /// Two authors of one house; broken gateways that repeat the same From.
    SEVERAL_AUTHORS {
        id: "ID-611",
        name: "multiple-from",
        title: "The message names more than one author",
        severity: High,
        effect: Accuses,
        references: ["RFC 5322 3.6", "RFC 5322 3.6.2", "RFC 9989 11.5"],
        check: |rule, case| {
            if case.authors.mailboxes.len() < 2 { return Vec::new() }
            let fields: Vec<_> = case.message.fields_named("From").collect();
            let domains: std::collections::BTreeSet<&str> = case.authors.mailboxes.iter().map(|author| author.domain.as_str()).filter(|name| !name.is_empty()).collect();
            let Some((first, rest)) = fields.split_first() else { return Vec::new() };
            if domains.len() <= 1 {
                // Of one domain: DMARC tells them not apart, and without Sender nobody says which of them sent it.
                let addresses: std::collections::BTreeSet<String> = case.authors.mailboxes.iter().filter(|author| !author.domain.is_empty()).filter_map(|author| author.address.as_deref().map(str::to_lowercase)).collect();
                if addresses.len() < 2 || case.message.field("Sender").is_some() { return Vec::new() }
                let names: Vec<&str> = addresses.iter().take(4).map(String::as_str).collect();
                // Two fields, and the return path is one of the two authors: the other one is put there to be shown.
                let account = case.envelope.mail_from.value.as_deref().map(str::to_lowercase);
                let planted = fields.len() > 1 && account.is_some_and(|account| addresses.contains(&account));
                let weight = if planted { Severity::Critical } else { Severity::Medium };
                let finding = Finding::new(rule, format!("{} are named, and no Sender says who of them sent it", names.join(" and ")), Evidence::field(first)).severity(weight);
                return vec![rest.iter().take(4).fold(finding, |finding, field| finding.and(Evidence::field(field)))];
            }
            // RFC 9989 11.5: each author is judged, and one who is refused is one who did not write.
            let refused = domains.iter().find(|name| case.refusal_of(name).is_some_and(|policy| policy > Policy::None));
            let declared = fields.len() == 1 && case.message.field("Sender").is_some();
            let severity = match (refused, declared) {
                (Some(_), _) => Severity::Critical,
                (None, true) => Severity::Low,
                (None, false) => Severity::High,
            };
            let names: Vec<&str> = domains.iter().copied().filter(|name| !name.is_empty()).collect();
            let fails = refused.map(|name| format!("; DMARC fails for {name}, whose policy is enforcing")).unwrap_or_default();
            let finding = Finding::new(rule, format!("readers may show an author of {}{fails}", names.join(" or of ")), Evidence::field(first));
            vec![rest.iter().take(4).fold(finding, |finding, field| finding.and(Evidence::field(field))).severity(severity)]
        },
    }

    /// From names no address of a domain: an empty group, empty angle brackets, or a bare word that a server or reader may complete with
    /// a domain of its own.
    ///
    /// # When this is innocent
    /// Automatic systems that must not be answered, and delivery reports.
    FROM_WITHOUT_DOMAIN {
        id: "ID-612",
        name: "from-empty-or-group",
        title: "From names no domain",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 6854 4", "RFC 5322 3.4.1"],
        check: |rule, case| {
            let Some(field) = case.message.field("From") else { return Vec::new() };
            if case.authors.mailboxes.iter().any(|author| !author.domain.is_empty()) { return Vec::new() }
            let what = match case.authors.mailboxes.first() {
                Some(author) if !author.local.is_empty() => format!("From is the bare word {}: whoever shows it may add the reader's own domain", author.local),
                _ => "From names nobody".to_owned(),
            };
            vec![Finding::new(rule, what, Evidence::field(field))]
        },
    }

    /// Two readers of this From see two authors. Which one is checked and which one is shown is then a matter of chance, and the sender
    /// chose the form.
    ///
    /// # When this is innocent
    /// None is known for a form that hides a second domain.
    ///
    /// # Check by hand
    /// Open the message in two mail programs of different makers and compare.
    PARSER_DIFFERENTIAL {
        id: "ID-620",
        name: "parser-differential",
        title: "Different readers see different authors",
        severity: High,
        effect: Accuses,
        references: ["RFC 5322 3.4", "RFC 5322 3.6.2", "RFC 9989 11.5"],
        check: |rule, case| {
            let foreign = foreign_readings(case);
            if foreign.is_empty() { return Vec::new() }
            foreign.into_iter().take(4).map(|reading| {
                let domain = reading.domain.as_deref().unwrap_or_default();
                let evidence = reading.span.map_or_else(|| author_field(case), |span| Evidence::bytes(case.message, span));
                let refused = case.refusal_of(domain);
                let severity = if refused.is_some_and(|policy| policy > Policy::None) && !is_marginal(case, reading) { Severity::Critical } else { Severity::High };
                Finding::new(rule, format!("{} sees {} as the author", reading.reader, reading.address.as_deref().unwrap_or(domain)), evidence)
                    .and(Evidence::derivation(match refused {
                        Some(policy) => format!("DMARC fails for {domain}, whose policy is {}", format!("{policy:?}").to_lowercase()),
                        None => format!("nothing was found that proves {domain}"),
                    }))
                    .severity(severity)
            }).collect()
        },
    }

    /// The Sender field names an agent of another organisation than the author. Some readers show the agent first. It accuses where the
    /// agent is of the reader's own or of a protected organisation, and nothing proves that.
    ///
    /// # When this is innocent
    /// Calendars, lists, assistants and service providers: that is what the field is for.
    SENDER_DIFFERS {
        id: "ID-613",
        name: "sender-differs",
        title: "An agent of another organisation sent the message",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5322 3.6.2"],
        check: |rule, case| case.identities.of(Role::Sender).filter(|sender| case.author_domain().is_some() && !case.is_authors(&sender.domain)).take(1).map(|sender| {
            let mut finding = Finding::new(rule, format!("Sender is {}", sender.address.as_deref().unwrap_or(&sender.domain)), Evidence::field_at(case.message, sender.field_index.unwrap_or_default()));
            let own = case.identities.recipient_domains().into_iter().chain(case.known.protect.domains.iter().map(String::as_str));
            let poses = own.into_iter().any(|own| domain::same_organisation(own, &sender.domain)) && !is_freemail(&sender.domain);
            if poses && case.trace.border.is_some() && !is_proven(case, &sender.domain) && !case.is_handled() {
                finding = finding.severity(Severity::High);
                finding.effect = Effect::Accuses;
            }
            finding
        }).collect(),
    }
}

/// Where readers differ: the readings whose author is not of the organisation that is proven, one a domain.
pub(super) fn foreign_readings<'c>(case: &'c Case<'_>) -> Vec<&'c FromReading> {
    let named = |reading: &&FromReading| reading.domain.as_deref().is_some_and(|name| name.contains('.'));
    let readings: Vec<&FromReading> = case.readings.iter().filter(named).collect();
    let domain_of = |reading: &'c FromReading| reading.domain.as_deref().unwrap_or_default();
    let Some((first, others)) = readings.split_first() else {
        return Vec::new();
    };
    let mut domains = others.iter().map(|reading| domain_of(reading));
    if domains.all(|name| domain::same_organisation(name, domain_of(first))) {
        return Vec::new();
    }
    let proven = readings
        .iter()
        .map(|reading| domain_of(reading))
        .find(|name| is_proven(case, name));
    let mut seen: Vec<&str> = proven.into_iter().collect();
    readings
        .into_iter()
        .filter(|reading| {
            let name = domain_of(reading);
            let new = !seen.iter().any(|known| domain::same_organisation(known, name));
            seen.push(name);
            new
        })
        .collect()
}

/// Whether SPF or a signature passes for the organisation of a domain.
fn is_proven(case: &Case<'_>, name: &str) -> bool {
    let verification = &case.verification;
    let signed = verification
        .dkim
        .iter()
        .filter(|check| check.passes())
        .filter_map(|check| check.domain.as_deref());
    let spf = (verification.spf_mail_from.result == Ok(SpfResult::Pass))
        .then_some(verification.spf_mail_from.domain.as_str());
    signed.chain(spf).any(|passed| domain::same_organisation(passed, name))
}

/// Readings that only an unusual reader has: they mislead, and do not replace the author for most. An address in front of the
/// angle bracket is one where a comment or hidden characters stand between: only a person takes it for the address.
pub(super) fn is_marginal(case: &Case<'_>, reading: &FromReading) -> bool {
    if [
        "bare-cr",
        "comment-kept",
        "decoded-nul-cut",
        "first-at",
        "inside-quotes",
        "resent-from",
        "strict-name",
    ]
    .contains(&reading.reading)
    {
        return true;
    }
    let Some(span) = reading.span.filter(|_| reading.reading == "before-angle") else {
        return false;
    };
    let behind = case
        .message
        .bytes
        .get(span.end..)
        .unwrap_or_default()
        .trim_ascii_start();
    !matches!(
        behind.first(),
        Some(b'<' | b',' | b';' | b'>' | b':' | b'\\' | b'"' | 0)
    )
}

fn author_field(case: &Case<'_>) -> Evidence {
    case.message
        .field("From")
        .map_or_else(|| Evidence::absence("no From field"), |field| Evidence::field(field))
}
