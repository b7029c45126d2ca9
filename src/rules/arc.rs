//! ARC: what earlier handlers testify (AU-427 to AU-430, AU-436).

use super::rules;
use crate::{
    case::Case,
    domain,
    finding::{Evidence, Finding, Severity},
    recorded::{MethodResult, Record, RecordKind, SpfIdentity, Standing},
    trace::{AddressClass, Confidence},
    verify::{
        arc::{ArcResult, ArcSetCheck},
        dmarc::DmarcResult,
        spf::SpfResult,
    },
};

rules! {
    /// A chain of seals holds, every sealer that had to be believed was named as trusted (`--trusted-sealer`), and the first of them
    /// recorded that the author passed. A receiver may let that stand in for a DMARC pass that the way has broken.
    ///
    /// # When this is innocent
    /// It clears the domain as far as the sealers are trusted: a sealer can be deceived, or broken into.
    ARC_PASS_TRUSTED {
        id: "AU-427",
        name: "arc-pass-trusted",
        title: "A trusted sealer saw the author pass (ARC)",
        severity: Info,
        effect: Clears,
        references: ["RFC 8617 7.2", "RFC 9989 7.4"],
        check: |rule, case| trusted_pass(case).map(|(record, result)| {
            Finding::new(rule, format!("{} sealed that {}={} for the author, and the chain holds", sealers(case), result.method, result.result), quote(case, record, result))
                .and(newest_seal(case))
        }).into_iter().collect(),
    }

    /// Handlers on the way sealed what they saw, and the seals hold. Anyone can seal: it is their word, as good as their name.
    ///
    /// # When this is innocent
    /// Lists and large providers seal everything that they pass on.
    ARC_PASS_UNTRUSTED {
        id: "AU-428",
        name: "arc-pass-untrusted",
        title: "Earlier handlers sealed what they saw (ARC)",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8617 9.4"],
        check: |rule, case| {
            if case.verification.arc.result != Ok(ArcResult::Pass) || trusted_pass(case).is_some() { return Vec::new() }
            let why = if every_sealer_trusted(case) { "the first of them saw no pass of the author" } else { "not all of them were named as trusted" };
            vec![Finding::new(rule, format!("the chain of {} holds; {why}", sealers(case)), newest_seal(case))]
        },
    }

    /// The ARC chain does not hold: fields are missing or doubled, cv= cannot be true, or a signature does not fit. Such a chain
    /// counts as none; it is no sign of forgery.
    ///
    /// # When this is innocent
    /// Footers and tags added after the last seal, relays that drop or reorder fields, sealers with defects.
    ARC_BROKEN {
        id: "AU-429",
        name: "arc-broken",
        title: "The ARC chain does not hold",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8617 5.2"],
        check: |rule, case| {
            let arc = &case.verification.arc;
            if arc.result != Ok(ArcResult::Fail) { return Vec::new() }
            let mut why = if arc.defects.is_empty() { arc.cause.clone().unwrap_or_default() } else { arc.defects.join("; ") };
            let newest = arc.sets.last().and_then(|set| set.message_signature.as_ref());
            if let Some(found) = newest.and_then(|signature| signature.diagnosis.as_ref()).filter(|found| found.proven) {
                why = format!("{why}: {}", found.statement);
            }
            vec![Finding::new(rule, why, newest_seal(case))]
        },
    }

    /// The oldest set says that the author passed, and that cannot be: the address that it saw is refused by the author's own SPF
    /// record, or its sealer never handled the message. Whoever wrote it invented a history for the message.
    ///
    /// # When this is innocent
    /// An SPF record that changed since, or a sealer whose servers run under names of another company.
    ARC_FORGED_TESTIMONY {
        id: "AU-430",
        name: "arc-forged-testimony",
        title: "A sealed result claims a pass that cannot have been",
        severity: High,
        effect: Accuses,
        references: ["RFC 8617 9.4", "RFC 8617 9.5"],
        check: |rule, case| forged_testimony(case).into_iter().map(|(record, result, why)| {
            Finding::new(rule, format!("{}={} for the author is claimed; {why}", result.method, result.result), quote(case, record, result))
        }).collect(),
    }

    /// A server that handled the message earlier recorded that the author failed its checks, and passed it on all the same. What is
    /// known of the author afterwards comes from that server, not from him. Nobody forges a record against himself.
    ///
    /// # When this is innocent
    /// That server stood behind another forwarder, and saw the forwarder's address.
    ADVERSE_TESTIMONY {
        id: "AU-436",
        name: "arc-adverse-testimony",
        title: "An earlier handler saw the author fail",
        severity: High,
        effect: Accuses,
        references: ["RFC 8617 7.2", "RFC 9989 7.4"],
        check: |rule, case| {
            adverse(case).into_iter().filter(|(record, _, _)| case.proving_signatures().next().is_none_or(|check| signed_by_handler(record, check.domain.as_deref()) || signed_afterwards(case, record))).map(|(record, result, author)| {
                let who = record.authserv_id.as_deref().unwrap_or("an earlier server");
                Finding::new(rule, format!("{who} recorded {}={} for {author} before it passed the message on", result.method, result.result), quote(case, record, result))
                    .severity(if case.flows.iter().any(|flow| flow.id == "FL-1") { Severity::Medium } else { Severity::High })
            }).collect()
        },
    }
}

/// d= of each seal, oldest first, as a list in words.
fn sealers(case: &Case<'_>) -> String {
    let names: Vec<&str> = case.verification.arc.sets.iter().filter_map(sealer).collect();
    names.join(", then ")
}

fn sealer(set: &ArcSetCheck) -> Option<&str> {
    set.seal.as_ref().and_then(|seal| seal.domain.as_deref())
}

/// The seal that stands for the chain.
fn newest_seal(case: &Case<'_>) -> Evidence {
    let sets = &case.verification.arc.sets;
    let field = sets.iter().rev().find_map(|set| set.set.first_field());
    let stray = case.recorded.arc_strays.first().copied();
    match field.or(stray) {
        Some(index) => Evidence::field_at(case.message, index),
        None => Evidence::absence("no ARC set"),
    }
}

/// Whether every sealer that has to be believed for the first set to count was named by the user.
fn every_sealer_trusted(case: &Case<'_>) -> bool {
    let arc = &case.verification.arc;
    let Some(vouching) = arc.vouching_instances() else {
        return false;
    };
    let trusted = |name: &str| {
        let mut named = case.known.trusted_sealers.iter();
        named.any(|trusted| domain::is_within(name, &domain::normalise(trusted)))
    };
    let mut sets = arc.sets.iter().filter(|set| vouching.contains(&set.set.instance));
    sets.all(|set| sealer(set).is_some_and(trusted))
}

/// What the oldest set says of the author, where it may stand in for a DMARC pass (RFC 8617 7.2): the chain holds, its
/// sealers are trusted up to the one that last changed the message, and that one's signature covers the author and the body.
pub(super) fn trusted_pass<'c>(case: &'c Case<'_>) -> Option<(&'c Record, &'c MethodResult)> {
    let newest_vouching = *case.verification.arc.vouching_instances()?.end();
    let sets = &case.verification.arc.sets;
    let covering = sets.iter().find(|set| set.set.instance == newest_vouching)?;
    let signature = covering.message_signature.as_ref()?;
    let covers_author = signature
        .signed_fields
        .iter()
        .any(|name| name.eq_ignore_ascii_case("from"));
    if !every_sealer_trusted(case) || !covers_author || signature.unsigned_bytes > 0 {
        return None;
    }
    author_pass(case, first_results(case)?)
}

/// ARC-Authentication-Results of the first set.
fn first_results<'c>(case: &'c Case<'_>) -> Option<&'c Record> {
    let first = case.verification.arc.sets.first()?;
    let field = first.set.results.first()?;
    let mut records = case.recorded.records.iter();
    records.find(|record| record.kind == RecordKind::ArcAuthenticationResults && record.field_index == *field)
}

/// A result that would make the author pass DMARC: DMARC itself, or an aligned signature.
fn author_pass<'c>(case: &Case<'_>, record: &'c Record) -> Option<(&'c Record, &'c MethodResult)> {
    let named = |result: &MethodResult| match result.method.as_str() {
        "dmarc" => result.property("header.from").map(str::to_owned),
        "dkim" => result
            .property("header.d")
            .or_else(|| result.property("header.i"))
            .map(str::to_owned),
        _ => None,
    };
    let mut passes = record.believable().filter(|result| result.result == "pass");
    let of_author = passes.find(|result| named(result).is_some_and(|name| case.is_authors(domain::of_address(&name))));
    of_author.map(|result| (record, result))
}

/// A pass of the author in the oldest set that cannot have been, and why. Asked only where nothing else proves him.
fn forged_testimony<'c>(case: &'c Case<'_>) -> Option<(&'c Record, &'c MethodResult, String)> {
    let verification = &case.verification;
    let fails = verification.dmarc.result == Ok(DmarcResult::Fail) && !verification.dmarc.stale;
    if !fails || trusted_pass(case).is_some() || case.recorded_author_pass().is_some() {
        return None;
    }
    let (record, result) = author_pass(case, first_results(case)?)?;
    let refused = verification.arc_first_leg.as_ref().filter(|check| {
        let stale = verification
            .asked
            .iter()
            .any(|asked| asked.purpose == "spf" && asked.stale);
        matches!(check.result, Ok(SpfResult::Fail | SpfResult::Softfail)) && !stale
    });
    if let (Some(check), Some(ip)) = (refused, verification.arc_first_leg.as_ref().and_then(|check| check.ip)) {
        return Some((
            record,
            result,
            format!(
                "{} does not authorise {ip}, from where it is said to have come",
                check.domain
            ),
        ));
    }
    let first = verification.arc.sets.first()?;
    let name = sealer(first)?;
    // Where a flow shows a handler, the sealer may be one of its servers under another name.
    (!case.is_handled() && never_handled(case, name)).then(|| {
        (
            record,
            result,
            format!("{name}, which is said to have sealed that, handled nothing on the way"),
        )
    })
}

/// Whether no hop names a host of the sealer's organisation, though it is known where the message came in.
fn never_handled(case: &Case<'_>, sealer: &str) -> bool {
    let border_is_known = case
        .trace
        .border
        .as_ref()
        .is_some_and(|border| border.confidence >= Confidence::Medium);
    let hosts = case
        .trace
        .hops
        .iter()
        .flat_map(|hop| [&hop.by.host, &hop.from.helo, &hop.from.rdns])
        .flatten();
    border_is_known
        && !hosts
            .map(|host| domain::normalise(host))
            .any(|host| crate::recorded::same_operator(&host, sealer))
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
                    .filter(|result| result.spf_identity() == SpfIdentity::MailFrom)
                    .find(|result| result.method == method && words.contains(&result.result.as_str()))
            };
            let result = failed("dmarc", &["fail"])?;
            let author = result
                .property("header.from")
                .map(|from| domain::normalise(domain::of_address(from)));
            let author = author.or_else(|| case.author_domain().map(str::to_owned))?;
            // A DMARC failure alone is daily business of lists (unsigned mail of p=none domains). That the author's own
            // SPF record refused the client contradicts him.
            let refused = failed("spf", &["fail", "softfail", "hardfail"])?.mail_from()?;
            domain::same_organisation(domain::of_address(&refused), &author).then_some((record, result, author))
        })
        .take(1)
        .collect()
}

/// The signature is the handler's own, made after it accepted the message.
fn signed_by_handler(record: &Record, signer: Option<&str>) -> bool {
    let id = record.authserv_id.as_deref();
    signer
        .zip(id)
        .is_some_and(|(signer, id)| domain::same_organisation(id, signer))
}

/// Every signature that proves the author stands above a foreign handler's record, which found none: it was made later, for whoever
/// handed the message in there without logging in.
fn signed_afterwards(case: &Case<'_>, record: &Record) -> bool {
    let foreign = record.authserv_id.as_deref().is_some_and(|id| !case.is_authors(id));
    let unsigned = record
        .methods
        .iter()
        .any(|result| result.method == "dkim" && result.result == "none");
    let later = case
        .proving_signatures()
        .all(|check| check.field_index < record.field_index);
    let origin = case.trace.hops.iter().find(|hop| hop.field_index > record.field_index);
    let stranger = origin.is_some_and(|hop| {
        hop.from.auth_method.is_none()
            && hop.from.ip.is_some_and(|ip| !AddressClass::of(ip).is_internal())
            && !hop
                .from
                .rdns
                .as_deref()
                .or(hop.from.helo.as_deref())
                .is_some_and(|name| case.is_authors(name))
    });
    foreign && unsigned && later && stranger
}

fn quote(case: &Case<'_>, record: &Record, result: &MethodResult) -> Evidence {
    match (result.span, case.message.fields.get(record.field_index)) {
        (Some(span), Some(field)) => Evidence::quote(field, span),
        _ => Evidence::field_at(case.message, record.field_index),
    }
}
