//! SPF, re-verified (AU-413 to AU-417).

use super::rules;
use crate::{
    case::Case,
    dns::{Question, RecordType},
    finding::{Effect, Evidence, Finding, Severity},
    ip,
    trace::Confidence,
    verify::spf::{SpfCheck, SpfResult, VisitedRecord},
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
            let message = [&spf.domain, " authorises ", &client(spf), " through ", spf.matched.as_deref().unwrap_or("its record")].concat();
            vec![with_way(Finding::new(rule, message, record(spf)).and(envelope(case)), spf)]
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
            let message = format!("{} does not authorise {} ({word})", spf.domain, client(spf));
            vec![with_records(Finding::new(rule, message, record(spf)).and(envelope(case)), spf).severity(severity)]
        },
    }

    /// SPF gives no answer for the domain of MAIL FROM: no record, a neutral one, one that cannot be used, or a lookup that failed.
    ///
    /// # When this is innocent
    /// Many small domains publish nothing, or records that outgrew the limit of ten lookups; a name server may be out of reach
    /// for a while.
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
            vec![with_records(Finding::new(rule, format!("{name} {word}{cause}"), record(spf)), spf)]
        },
    }

    /// SPF passes only because the record lets in nearly everyone (`+all`, `ptr`, a wide range): the pass is worth nothing as proof.
    ///
    /// Where the pass comes through the record of a platform that many organisations share, and nothing else proves the
    /// author, that is remarked as a fact and accuses nobody: it then depends on the platform alone whether one customer can send
    /// in another's name.
    ///
    /// # When this is innocent
    /// Small domains on shared hosts, and owners who wanted to end trouble with forwarding. Platforms are shared by millions of
    /// honest domains, and most of them check whose name a customer uses.
    SPF_OVERBROAD {
        id: "AU-416",
        name: "spf-overbroad",
        title: "SPF passes through a term that lets in more than the sender",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 7208 11.4"],
        check: |rule, case| {
            let spf = &case.verification.spf_mail_from;
            if spf.result != Ok(SpfResult::Pass) { return Vec::new() }
            if let Some(overbroad) = &spf.overbroad {
                let severity = if lets_everyone_in(spf) { Severity::High } else { Severity::Medium };
                let message = format!("{} authorises {} only through {overbroad}", spf.domain, client(spf));
                return vec![with_way(Finding::new(rule, message, record(spf)), spf).severity(severity)];
            }
            let alone = case.spf_proves() && case.proving_signatures().next().is_none();
            let Some(platform) = spf.shared_by.filter(|_| alone) else { return Vec::new() };
            let message = format!(
                "SPF alone proves {}, and its pass comes through {}: every customer of that platform sends from there", spf.domain, platform.name
            );
            let mut finding = with_way(Finding::new(rule, message, record(spf)), spf).severity(Severity::Low);
            finding.effect = Effect::Neutral;
            vec![finding]
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
    spf.ip.map_or_else(|| "the client".to_owned(), ip::text)
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

/// Adds the records on the way to the matching term.
fn with_way(finding: Finding, spf: &SpfCheck) -> Finding {
    let on_the_way = |name: &str| spf.path.iter().skip(1).any(|domain| **domain == *name);
    quoted(
        finding,
        spf.records_below().filter(|visited| on_the_way(&visited.question.name)),
    )
}

/// Adds every record that was read.
fn with_records(finding: Finding, spf: &SpfCheck) -> Finding {
    quoted(finding, spf.records_below())
}

fn quoted<'a>(finding: Finding, records: impl Iterator<Item = VisitedRecord<'a>>) -> Finding {
    records.fold(finding, |finding, visited| {
        finding.and(Evidence::record(visited.question.clone(), visited.text))
    })
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
            Evidence::quote(&case.message.fields[index], span)
        }
        Some((index, _)) => Evidence::field_at(case.message, index),
        None => Evidence::derivation("the envelope as given or inferred"),
    }
}
