//! SPF, re-verified (AU-413 to AU-417).

use super::rules;
use crate::{
    case::Case,
    dns::{Question, RecordType},
    finding::{Evidence, Finding, Severity},
    trace::Confidence,
    verify::spf::{SpfCheck, SpfResult},
};

rules! {
    /// The client that handed the message over is authorised by the author's own organisation: MAIL FROM passes SPF and is aligned.
    ///
    /// # When this is innocent
    /// It clears the domain where the record is narrow: on a shared host every other customer passes as well.
    ///
    /// # Check by hand
    /// `spfquery --ip CLIENT --sender MAIL-FROM --helo HELO`.
    SPF_PASS_ALIGNED {
        id: "AU-413",
        name: "spf-pass-aligned",
        title: "SPF authorises the client for the author's domain",
        severity: Info,
        effect: Clears,
        references: ["RFC 7208 8.3", "RFC 9989 4.4.2"],
        check: |rule, case| {
            let spf = &case.verification.spf_mail_from;
            if !case.spf_proves() || spf.overbroad.is_some() { return Vec::new() }
            vec![Finding::new(rule, format!("{} authorises {} through {}", spf.domain, client(spf), spf.matched.as_deref().unwrap_or("its record")), record(spf)).and(envelope(case))]
        },
    }

    /// The domain of MAIL FROM does not authorise the client that handed the message over.
    ///
    /// # When this is innocent
    /// Forwarders keep the return path, and gateways stand in front of the server that checks.
    SPF_FAIL {
        id: "AU-414",
        name: "spf-fail",
        title: "SPF does not authorise the client",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 7208 8.4", "RFC 7208 8.5"],
        check: |rule, case| {
            let spf = &case.verification.spf_mail_from;
            let Ok(result @ (SpfResult::Fail | SpfResult::Softfail)) = spf.result else { return Vec::new() };
            let (word, severity) = if result == SpfResult::Fail { ("fail", Severity::Medium) } else { ("softfail", Severity::Low) };
            vec![Finding::new(rule, format!("{} does not authorise {} ({word})", spf.domain, client(spf)), record(spf)).and(envelope(case)).severity(severity)]
        },
    }

    /// SPF gives no answer for the domain of MAIL FROM: no record, a neutral one, one that cannot be used, or a lookup that failed.
    ///
    /// # When this is innocent
    /// Many small domains publish nothing, or records that outgrew the limit of ten lookups.
    SPF_NO_ANSWER {
        id: "AU-415",
        name: "spf-no-answer",
        title: "SPF says nothing about the client",
        severity: Low,
        effect: Neutral,
        references: ["RFC 7208 2.6"],
        check: |rule, case| {
            let spf = &case.verification.spf_mail_from;
            let Ok(result @ (SpfResult::None | SpfResult::Neutral | SpfResult::Permerror | SpfResult::Temperror)) = spf.result else { return Vec::new() };
            let word = match result {
                SpfResult::None => "publishes no SPF record",
                SpfResult::Neutral => "takes no position on the client (neutral)",
                SpfResult::Permerror => "has an SPF record that cannot be used (permerror)",
                _ => "could not be asked: its lookup failed (temperror)",
            };
            let cause = spf.cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default();
            let name = if spf.domain.is_empty() { "the sender" } else { &spf.domain };
            vec![Finding::new(rule, format!("{name} {word}{cause}"), record(spf))]
        },
    }

    /// SPF passes only because the record lets in nearly everyone: the pass is worth nothing as proof.
    ///
    /// # When this is innocent
    /// Small domains on shared hosts, and owners who wanted to end trouble with forwarding.
    SPF_OVERBROAD {
        id: "AU-416",
        name: "spf-overbroad",
        title: "SPF passes through a term that lets in nearly everyone",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 7208 11.4"],
        check: |rule, case| {
            let spf = &case.verification.spf_mail_from;
            let Some(overbroad) = spf.overbroad.as_ref().filter(|_| spf.result == Ok(SpfResult::Pass)) else { return Vec::new() };
            let severity = if lets_everyone_in(spf) { Severity::High } else { Severity::Medium };
            vec![Finding::new(rule, format!("{} authorises {} only through {overbroad}", spf.domain, client(spf)), record(spf)).severity(severity)]
        },
    }

    /// SPF was judged with an address or a return path of which the program is not sure, so its result must not accuse.
    ///
    /// # When this is innocent
    /// Exports that lost trace fields, and mail through unknown gateways.
    SPF_UNCERTAIN {
        id: "AU-417",
        name: "spf-ip-uncertain",
        title: "SPF rests on an uncertain envelope",
        severity: Info,
        effect: Neutral,
        references: ["RFC 7208 2.4"],
        check: |rule, case| {
            let envelope = &case.envelope;
            let lowest = envelope.client_ip.confidence.min(envelope.mail_from.confidence);
            if case.verification.spf_mail_from.result.is_err() || lowest > Confidence::Low { return Vec::new() }
            vec![Finding::new(rule, "the client address or MAIL FROM is only inferred: a failing SPF does not accuse", self::envelope(case))]
        },
    }
}

/// Whether the matching term is `+all`: no client anywhere would fail.
pub(super) fn lets_everyone_in(spf: &SpfCheck) -> bool {
    spf.matched
        .as_deref()
        .is_some_and(|term| term.trim_start_matches('+').eq_ignore_ascii_case("all"))
}

fn client(spf: &SpfCheck) -> String {
    spf.ip.map_or_else(|| "the client".to_owned(), |ip| ip.to_string())
}

fn record(spf: &SpfCheck) -> Evidence {
    let question = Question::new(&spf.domain, RecordType::Txt);
    Evidence::record(
        question,
        spf.record
            .clone()
            .unwrap_or_else(|| spf.cause.clone().unwrap_or_else(|| "no SPF record".to_owned())),
    )
}

/// Where the client's address was seen.
fn envelope(case: &Case<'_>) -> Evidence {
    let seen = case
        .envelope
        .client_ip
        .candidates
        .iter()
        .find_map(|candidate| Some((candidate.field_index?, candidate.span)));
    match seen {
        Some((index, Some(span))) if index < case.message.fields.len() => {
            Evidence::quote(case.message, &case.message.fields[index], span)
        }
        Some((index, _)) => Evidence::field_at(case.message, index),
        None => Evidence::derivation("the envelope as given or inferred"),
    }
}
