//! DMARC, re-verified (AU-419 to AU-426), and what follows for the author (ID-601, ID-602).

use super::rules;
use crate::{
    case::Case,
    dns::{Question, RecordType},
    finding::{Evidence, Finding, Severity},
    trace::Confidence,
    verify::{
        dmarc::{DmarcCheck, DmarcResult, Policy},
        spf::SpfResult,
    },
};

rules! {
    /// An aligned SPF or DKIM pass stands behind the Author Domain.
    ///
    /// # When this is innocent
    /// It clears the domain, and says nothing on intent: a compromised account passes as well.
    DMARC_PASS {
        id: "AU-419",
        name: "dmarc-pass",
        title: "DMARC passes for the author's domain",
        severity: Info,
        effect: Clears,
        references: ["RFC 9989 5.3.5", "RFC 9989 5.4"],
        check: |rule, case| {
            let dmarc = &case.verification.dmarc;
            if dmarc.result != Ok(DmarcResult::Pass) { return Vec::new() }
            let by: Vec<String> = dmarc.aligned_by.iter().map(|passed| [&passed.mechanism.to_uppercase(), " for ", &passed.domain].concat()).collect();
            vec![Finding::new(rule, ["DMARC passes for ", &dmarc.domain, " by ", &by.join(" and ")].concat(), record(dmarc))]
        },
    }

    /// Neither SPF nor DKIM stands behind the author's domain, and its owner asks receivers to reject or quarantine such mail.
    ///
    /// # When this is innocent
    /// A mailing list or forwarder broke an honest message on the way; then the flow shows itself by its own evidence.
    ///
    /// # Check by hand
    /// `dig TXT _dmarc.DOMAIN`, then compare the domain in From with those for which SPF and DKIM pass.
    DMARC_FAIL_ENFORCING {
        id: "AU-420",
        name: "dmarc-fail-enforcing",
        title: "DMARC fails for the author's domain, whose policy is enforcing",
        severity: High,
        effect: Accuses,
        references: ["RFC 9989 5.3.5", "RFC 9989 4.7"],
        check: |rule, case| {
            if !case.fails_enforcing() { return Vec::new() }
            let dmarc = &case.verification.dmarc;
            let asks = match dmarc.policy { Some(Policy::Reject) => "rejected", _ => "quarantined" };
            vec![Finding::new(rule, format!("nothing proves {}, and its owner asks that such mail be {asks}", dmarc.domain), record(dmarc)).and(unaligned(case))]
        },
    }

    /// Neither SPF nor DKIM stands behind the author's domain; its owner asks for reports only.
    ///
    /// # When this is innocent
    /// Owners who are still setting up, and honest mail through lists and forwarders.
    DMARC_FAIL_NONE {
        id: "AU-421",
        name: "dmarc-fail-p-none",
        title: "DMARC fails for the author's domain, whose policy is none",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 9989 5.3.5"],
        check: |rule, case| {
            let dmarc = &case.verification.dmarc;
            if dmarc.result != Ok(DmarcResult::Fail) || case.fails_enforcing() { return Vec::new() }
            vec![Finding::new(rule, format!("nothing proves {}; its policy asks for reports only", dmarc.domain), record(dmarc)).and(unaligned(case))]
        },
    }

    /// The author's domain publishes no DMARC record that applies, so its owner does not say how to judge mail in its name.
    ///
    /// # When this is innocent
    /// Many small domains publish none.
    DMARC_NO_RECORD {
        id: "AU-422",
        name: "dmarc-no-record",
        title: "The author's domain publishes no DMARC policy",
        severity: Info,
        effect: Neutral,
        references: ["RFC 9989 4.10"],
        check: |rule, case| {
            let dmarc = &case.verification.dmarc;
            if dmarc.result != Ok(DmarcResult::None) || dmarc.domain.is_empty() { return Vec::new() }
            vec![Finding::new(rule, dmarc.cause.clone().unwrap_or_else(|| format!("no DMARC record applies to {}", dmarc.domain)), record(dmarc))]
        },
    }

    /// The author's domain does not exist in DNS: nobody can answer, and nobody can have authorised the message.
    ///
    /// # When this is innocent
    /// Internal names that never stand in public DNS, typing errors, domains given up since.
    AUTHOR_DOMAIN_MISSING {
        id: "AU-423",
        name: "dmarc-nonexistent-sub",
        title: "The author's domain does not exist",
        severity: High,
        effect: Accuses,
        references: ["RFC 9989 4.7", "RFC 5321 2.3.5"],
        check: |rule, case| {
            let dmarc = &case.verification.dmarc;
            if dmarc.domain_exists != Some(false) || case.proving_signatures().next().is_some() { return Vec::new() }
            vec![Finding::new(rule, format!("{} has neither address nor mail server", dmarc.domain), Evidence::record(Question::new(&dmarc.domain, RecordType::A), "does not exist")).confidence(if dmarc.stale { Confidence::Low } else { Confidence::High })]
        },
    }

    /// There is no single Author Domain to which DMARC could apply: none, or several.
    ///
    /// # When this is innocent
    /// Automatic mail with an empty group, and several authors who name a Sender.
    DMARC_NOT_APPLICABLE {
        id: "AU-424",
        name: "dmarc-not-applicable",
        title: "DMARC has no single author to judge",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 9989 5.3.1", "RFC 9989 11.5"],
        check: |rule, case| {
            if case.author_domain().is_some() { return Vec::new() }
            let evidence = case.message.field("From").map_or_else(|| Evidence::absence("no From field"), |field| Evidence::field(field));
            let count = case.authors.mailboxes.iter().filter(|author| !author.domain.is_empty()).count();
            let what = if count > 1 { format!("From names {count} mailboxes of different domains") } else { "From names no domain".to_owned() };
            vec![Finding::new(rule, what, evidence)]
        },
    }

    /// The author's DMARC record has defects: receivers may read it differently, or ignore it.
    ///
    /// # When this is innocent
    /// Records written for the older RFC 7489 keep tags that no longer count.
    DMARC_RECORD_DEFECT {
        id: "AU-425",
        name: "dmarc-record-defect",
        title: "The DMARC record has defects",
        severity: Info,
        effect: Neutral,
        references: ["RFC 9989 4.7", "RFC 9989 4.10"],
        check: |rule, case| {
            let dmarc = &case.verification.dmarc;
            if dmarc.defects.is_empty() { return Vec::new() }
            vec![Finding::new(rule, dmarc.defects.join("; "), record(dmarc))]
        },
    }

    /// The author shown was forged: the domain's owner asks that unproven mail be refused, nothing proves this one, and no list,
    /// forward or other innocent path explains it.
    ///
    /// # When this is innocent
    /// A forwarder that left no trace of itself, or a service that sends for the domain without being authorised.
    EXACT_DOMAIN_SPOOF {
        id: "ID-601",
        name: "exact-domain-spoof",
        title: "The author's domain was forged",
        severity: Critical,
        effect: Accuses,
        references: ["RFC 9989 5.3.5", "RFC 9989 5.4"],
        check: |rule, case| {
            if !case.fails_enforcing() || innocent_path(case) { return Vec::new() }
            let dmarc = &case.verification.dmarc;
            vec![Finding::new(rule, format!("the message says it is from {}, which did not send it by any server or key of its own", dmarc.domain), author(case)).and(record(dmarc))]
        },
    }

    /// Nothing authenticates the author: no aligned SPF, no aligned signature. His domain publishes no policy that would contradict.
    ///
    /// # When this is innocent
    /// Small senders without SPF, DKIM or DMARC.
    UNAUTHENTICATED {
        id: "ID-602",
        name: "unauthenticated-claim",
        title: "Nothing proves the author's domain",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 5321 7.1"],
        check: |rule, case| {
            let dmarc = &case.verification.dmarc;
            let proven = case.spf_proves() || case.proving_signatures().next().is_some() || case.signature_unknown();
            let judged = matches!(dmarc.result, Ok(DmarcResult::None)) && case.verification.spf_mail_from.result.is_ok();
            if proven || !judged { return Vec::new() }
            let refused = matches!(case.verification.spf_mail_from.result, Ok(SpfResult::Fail | SpfResult::Softfail));
            let severity = if refused && case.is_authors(&case.verification.spf_mail_from.domain) { Severity::Medium } else { Severity::Low };
            vec![Finding::new(rule, format!("neither SPF nor a signature stands behind {}", dmarc.domain), author(case)).and(unaligned(case)).severity(severity)]
        },
    }
}

/// Something else than a forgery may have broken the author's proof, and shows itself by evidence.
pub(super) fn innocent_path(case: &Case<'_>) -> bool {
    let broken_on_the_way = case
        .aligned_signatures()
        .any(|check| super::dkim::is_body_changed(check) || super::dkim::is_expired_valid(check));
    let broken_on_the_way = broken_on_the_way || case.restored_signatures().next().is_some();
    broken_on_the_way || case.flows.iter().any(|flow| flow.explains.contains(&"AU-420"))
}

fn author(case: &Case<'_>) -> Evidence {
    let from = case.message.field("From");
    match (case.author().and_then(|author| author.address_span), from) {
        (Some(span), Some(field)) => Evidence::quote(field, span).written_by("sender side"),
        (None, Some(field)) => Evidence::field(field),
        (_, None) => Evidence::absence("no From field"),
    }
}

/// The record that decided, or what the walk found instead.
pub(super) fn record(dmarc: &DmarcCheck) -> Evidence {
    let at = dmarc.record_domain.as_ref().unwrap_or(&dmarc.domain);
    let question = Question::new(&["_dmarc.", at].concat(), RecordType::Txt);
    Evidence::record(
        question,
        dmarc.record.clone().unwrap_or_else(|| "no DMARC record".to_owned()),
    )
}

/// Which domains SPF and DKIM do stand behind.
fn unaligned(case: &Case<'_>) -> Evidence {
    let spf = &case.verification.spf_mail_from;
    let spf = if spf.result == Ok(SpfResult::Pass) {
        format!("SPF passes for {}", spf.domain)
    } else {
        "SPF passes for no domain".to_owned()
    };
    let signers: Vec<&str> = case
        .verification
        .dkim
        .iter()
        .filter(|check| check.passes())
        .filter_map(|check| check.domain.as_deref())
        .collect();
    let dkim = if signers.is_empty() {
        "no signature verifies".to_owned()
    } else {
        format!("signatures verify for {}", signers.join(", "))
    };
    Evidence::derivation(format!("{spf}; {dkim}; none of them is the author's"))
}
