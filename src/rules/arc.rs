//! ARC: what earlier handlers testify (AU-428 to AU-430).

use super::rules;
use crate::{
    case::Case,
    domain,
    envelope::split_address,
    finding::{Evidence, Finding, Severity},
    recorded::{MethodResult, Record, RecordKind, Standing},
};

rules! {
    /// Handlers on the way sealed what they saw. Anyone can seal: it is their word, as good as their name.
    ///
    /// # When this is innocent
    /// Lists and large providers seal everything that they pass on.
    ARC_PRESENT {
        id: "AU-428",
        name: "arc-pass-untrusted",
        title: "Earlier handlers sealed what they saw (ARC)",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8617 9.4"],
        check: |rule, case| {
            let Some(first) = case.verification.arc.sets.first() else { return Vec::new() };
            let sealers: Vec<&str> = case.verification.arc.sets.iter().filter_map(|set| set.set.sealer.as_deref()).collect();
            let field = first.set.first_field();
            vec![Finding::new(rule, format!("sealed by {}; the seals are shown, not verified", sealers.join(", then ")),
                field.map_or_else(|| Evidence::absence("no ARC-Seal"), |index| Evidence::field_at(case.message, index)))]
        },
    }

    /// The ARC sets do not form a chain: instances are missing or doubled, or cv= cannot be true. Such a chain counts as none.
    ///
    /// # When this is innocent
    /// Relays that drop or reorder fields.
    ARC_BROKEN {
        id: "AU-429",
        name: "arc-broken",
        title: "The ARC chain is not one",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8617 5.2"],
        check: |rule, case| {
            let arc = &case.verification.arc;
            if arc.defects.is_empty() { return Vec::new() }
            let field = arc.sets.iter().find_map(|set| set.set.first_field());
            vec![Finding::new(rule, arc.defects.join("; "), field.map_or_else(|| Evidence::absence("no complete ARC set"), |index| Evidence::field_at(case.message, index)))]
        },
    }

    /// A server that handled the message earlier recorded that the author failed its checks, and passed it on all the same. What is
    /// known of the author afterwards comes from that server, not from him. Nobody forges a record against himself.
    ///
    /// # When this is innocent
    /// That server stood behind another forwarder, and saw the forwarder's address.
    ADVERSE_TESTIMONY {
        id: "AU-430",
        name: "arc-adverse-testimony",
        title: "An earlier handler saw the author fail",
        severity: High,
        effect: Accuses,
        references: ["RFC 8617 7.2", "RFC 9989 7.4"],
        check: |rule, case| {
            if case.proving_signatures().next().is_some_and(|check| !signed_by_handler(case, check.domain.as_deref())) {
                return Vec::new();
            }
            adverse(case).into_iter().map(|(record, result, author)| {
                let who = record.authserv_id.as_deref().unwrap_or("an earlier server");
                Finding::new(rule, format!("{who} recorded {}={} for {author} before it passed the message on", result.method, result.result), quote(case, record, result))
                    .severity(if case.flows.iter().any(|flow| flow.id == "FL-1") { Severity::Medium } else { Severity::High })
            }).collect()
        },
    }
}

/// The first untrusted record of another party than the receiver in which the author (or the one whom a list hides) fails
/// DMARC, and his own SPF record refused the client.
pub(super) fn adverse<'c>(case: &'c Case<'_>) -> Vec<(&'c Record, &'c MethodResult, String)> {
    let border = case.trace.border_hop().map(|hop| hop.field_index);
    case.recorded
        .records
        .iter()
        .filter(|record| record.standing == Standing::Untrusted && Some(record.field_index) > border)
        .filter(|record| record.kind != RecordKind::AuthenticationResultsOriginal)
        // Where the author passed one check, the failing other one says nothing.
        .filter(|record| {
            !record
                .methods
                .iter()
                .any(|result| matches!(result.method.as_str(), "dkim" | "dmarc") && result.result == "pass")
        })
        .filter_map(|record| {
            let failed = |method: &str, words: &[&str]| {
                record
                    .methods
                    .iter()
                    .find(|result| result.method == method && words.contains(&result.result.as_str()))
            };
            let result = failed("dmarc", &["fail"])?;
            let author = result
                .property("header.from")
                .map(|from| domain::normalise(split_address(from).1));
            let author = author.or_else(|| case.author_domain().map(str::to_owned))?;
            // A DMARC failure alone is daily business of lists (unsigned mail of p=none domains). That the author's own
            // SPF record refused the client contradicts him.
            let refused = failed("spf", &["fail", "softfail", "hardfail"])?.mail_from()?;
            domain::same_organisation(split_address(&refused).1, &author).then_some((record, result, author))
        })
        .take(1)
        .collect()
}

/// The signature is the handler's own, made after it accepted the message.
fn signed_by_handler(case: &Case<'_>, signer: Option<&str>) -> bool {
    let Some(signer) = signer else { return false };
    adverse(case).iter().any(|(record, _, _)| {
        record
            .authserv_id
            .as_deref()
            .is_some_and(|id| domain::same_organisation(id, signer))
    })
}

fn quote(case: &Case<'_>, record: &Record, result: &MethodResult) -> Evidence {
    match (result.span, case.message.fields.get(record.field_index)) {
        (Some(span), Some(field)) => Evidence::quote(case.message, field, span),
        _ => Evidence::field_at(case.message, record.field_index),
    }
}
