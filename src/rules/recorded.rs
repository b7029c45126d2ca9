//! Recorded results (RC).

use super::rules;
use crate::{
    case::Case,
    domain,
    finding::{Evidence, Finding, Severity},
    recorded::{MethodResult, Record, RecordKind, Standing},
    verify::comparison::Relation,
};

rules! {
    /// A line claims to be the receiver's own results, and stands where the receiver cannot have written it: below the line at which
    /// the message came in. It was sent along to be believed.
    ///
    /// # When this is innocent
    /// The receiver itself let the message out and in again (hybrid systems, journaling), or fails to strip such lines from its own mail.
    ///
    /// # Check by hand
    /// Compare the line with the receiver's own one above it, and with a message that is known to be good.
    AR_FORGED {
        id: "RC-502",
        name: "ar-forged",
        title: "Results in the receiver's name were sent along",
        severity: Critical,
        effect: Accuses,
        references: ["RFC 8601 5", "RFC 8601 7.1"],
        check: |rule, case| case.recorded.records.iter().filter(|record| record.standing == Standing::Forged).map(|record| {
            let severity = if claims_pass(record) { Severity::Critical } else { Severity::Low };
            Finding::new(rule, format!("a line claims to be from {}: {}", record.authserv_id.as_deref().unwrap_or("the receiver"), clause(&record.reason)),
                Evidence::field_at(case.message, record.field_index).written_by("sender side")).severity(severity)
        }).collect(),
    }

    /// Results of other servers stand in the header. They are shown, and decide nothing.
    ///
    /// # When this is innocent
    /// Always, by itself: every relay may write its own.
    AR_UNTRUSTED {
        id: "RC-501",
        name: "ar-untrusted-id",
        title: "Results of unknown standing",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8601 4.1"],
        check: |rule, case| case.recorded.records.iter()
            .filter(|record| record.standing == Standing::Untrusted && record.kind == RecordKind::AuthenticationResults)
            .map(|record| Finding::new(rule, format!("not believed: {}", clause(&record.reason)), Evidence::field_at(case.message, record.field_index))).collect(),
    }

    /// The receiver's record departs from RFC 8601; it was read all the same.
    ///
    /// # When this is innocent
    /// Microsoft leaves out the authserv-id in nearly all of its mail.
    AR_NONCONFORMING {
        id: "RC-503",
        name: "ar-nonconforming",
        title: "Results that do not keep to the standard's grammar",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8601 2.2"],
        check: |rule, case| case.recorded.records.iter().filter(|record| record.standing == Standing::Trusted && !record.defects.is_empty())
            .map(|record| Finding::new(rule, record.defects.join("; "), Evidence::field_at(case.message, record.field_index))).collect(),
    }

    /// What a trusted receiver recorded and what comes out now contradict each other, without a key or record that changed since.
    ///
    /// # When this is innocent
    /// Receivers with defects of their own (that is how some forgeries get in), and bodies that were changed after the check.
    RECORDED_CONTRADICTED {
        id: "RC-504",
        name: "recorded-vs-recomputed",
        title: "The recorded result does not come out again",
        severity: Low,
        effect: Neutral,
        references: ["RFC 8601 7.1"],
        check: |rule, case| case.verification.comparison.iter().filter(|line| line.relation == Relation::Contradicted).map(|line| {
            let identifier = line.identifier.as_deref().unwrap_or("the message");
            let (recorded, now) = (line.recorded.as_deref().unwrap_or("none"), line.recomputed.as_deref().unwrap_or("none"));
            let better = recorded == "pass" && now != "pass";
            let evidence = line.field_index.map_or_else(|| Evidence::derivation("recorded by a trusted receiver"), |index| Evidence::field_at(case.message, index).written_by("receiver"));
            Finding::new(rule, format!("{} for {identifier}: recorded {recorded}, recomputed {now}", line.method.to_uppercase()), evidence)
                .severity(if better { Severity::Medium } else { Severity::Low })
        }).collect(),
    }

    /// The receiver recorded spf=pass or dkim=pass, but for another domain than the author's: the pass says who sent the message,
    /// not who wrote it.
    ///
    /// # When this is innocent
    /// Service providers, lists and forwarders: it is the most frequent misreading of a header by people.
    PASS_WITHOUT_ALIGNMENT {
        id: "RC-514",
        name: "pass-without-alignment",
        title: "A recorded pass is for another domain than the author's",
        severity: Info,
        effect: Neutral,
        references: ["RFC 9989 4.4", "RFC 8601 7.2"],
        check: |rule, case| {
            if case.author_domain().is_none() { return Vec::new() }
            let passes = [("spf", "smtp.mailfrom"), ("dkim", "header.d")].into_iter().flat_map(|(method, property)| {
                case.recorded.trusted(method).filter_map(move |(record, result)| {
                    let named = result.property(property)?;
                    (result.result == "pass").then(|| (record, method, crate::domain::normalise(domain::of_address(named))))
                })
            });
            passes.filter(|(_, _, named)| !named.is_empty() && !case.is_authors(named)).take(4).map(|(record, method, named)| {
                Finding::new(rule, format!("{method}=pass is for {named}, which is not the author's domain"), Evidence::field_at(case.message, record.field_index).written_by("receiver"))
            }).collect()
        },
    }

    /// A trusted receiver recorded that DMARC, or its own composite check, failed for the author; or, of a domain without DMARC
    /// policy and a message without a signature that passed, that the domain's own SPF refuses the client.
    ///
    /// # When this is innocent
    /// Lists and forwarders; the flow then shows itself by its own evidence.
    RECORDED_FAIL {
        id: "RC-516",
        name: "recorded-author-fail",
        title: "The receiver saw the author fail",
        severity: High,
        effect: Accuses,
        references: ["RFC 8601 2.7", "RFC 9989 5.3.5"],
        check: |rule, case| {
            let fails = ["dmarc", "compauth"].into_iter().flat_map(|method| case.recorded.trusted(method))
                .filter(|(record, result)| result.result == "fail" && record.kind == RecordKind::AuthenticationResults);
            fails.chain(refused_by_spf_alone(case)).take(1).map(|(record, result)| {
                let evidence = match (result.span, case.message.fields.get(record.field_index)) {
                    (Some(span), Some(field)) => Evidence::quote(field, span),
                    _ => Evidence::field_at(case.message, record.field_index),
                };
                Finding::new(rule, format!("{}=fail was recorded at delivery", result.method), evidence.written_by("receiver"))
            }).collect()
        },
    }

    /// A trusted receiver recorded at delivery that the author passed, and the check cannot be made again today.
    ///
    /// # When this is innocent
    /// It clears the domain as far as the receiver is trusted.
    RECORDED_PASS {
        id: "RC-517",
        name: "recorded-author-pass",
        title: "The receiver saw the author pass",
        severity: Info,
        effect: Clears,
        references: ["RFC 8601 2.7", "RFC 9989 5.3.5"],
        check: |rule, case| case.recorded_author_pass().map(|(record, result)| {
            let evidence = match (result.span, case.message.fields.get(record.field_index)) {
                (Some(span), Some(field)) => Evidence::quote(field, span),
                _ => Evidence::field_at(case.message, record.field_index),
            };
            Finding::new(rule, format!("{}=pass for the author was recorded at delivery", result.method), evidence.written_by("receiver"))
        }).into_iter().collect(),
    }

    /// A receiver that can be trusted wrote down a pass in a field in which text of the sender can stand as a result: two results
    /// contradict each other, or a value that needs quotation marks has none. Or it wrote that the author passed, and nothing in the
    /// message could have: no signature and no return path is of the author's organisation. No such pass is believed; a failure is.
    ///
    /// # When this is innocent
    /// A return path with odd characters, and a receiver that does not quote it. A handler behind the receiver that took the author's
    /// signature away.
    RESULT_INJECTED {
        id: "RC-518",
        name: "result-injected",
        title: "A recorded pass may be text of the sender",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 8601 2.2", "RFC 8601 7.2"],
        check: |rule, case| {
            let trusted = case.recorded.records.iter().filter(|record| record.standing == Standing::Trusted && claims_pass(record));
            let doubted = trusted.filter_map(|record| Some((record, record.doubt.as_deref()?)));
            let impossible = case.claimed_author_pass().filter(|_| !case.author_can_pass());
            let impossible = impossible.map(|(record, _)| (record, "neither a signature nor the return path is of the author's organisation"));
            doubted.chain(impossible).map(|(record, doubt)| {
                Finding::new(rule, format!("no pass is believed here: {doubt}"), Evidence::field_at(case.message, record.field_index).written_by("receiver"))
            }).collect()
        },
    }
}

/// spf=fail for the author's own domain, where the same receivers found no DMARC policy and no signature that passes, and the
/// client delivered as the first: with a hop below the border it may have forwarded what the domain's own host sent to it.
fn refused_by_spf_alone<'a>(case: &'a Case<'_>) -> impl Iterator<Item = (&'a Record, &'a MethodResult)> {
    let mut policies = case.recorded.trusted("dmarc");
    let first = case.trace.border.is_some() && case.trace.below_border().is_empty();
    let alone = first
        && policies.any(|(_, result)| result.result == "none")
        && !case.recorded.trusted("dkim").any(|(_, result)| result.result == "pass");
    let spf = case.recorded.trusted_spf_of_mail_from();
    let fails = spf.filter(|(_, result)| result.result == "fail");
    let of_author = |result: &MethodResult| {
        let sender = result.mail_from().unwrap_or_default();
        case.is_authors(&crate::domain::normalise(domain::of_address(&sender)))
    };
    fails.filter(move |(_, result)| alone && of_author(result))
}

/// Whether a record says that anything passed.
fn claims_pass(record: &Record) -> bool {
    record.methods.iter().any(|result| result.result == "pass")
}

/// A reason, which is a sentence of its own, as the end of another one.
fn clause(reason: &str) -> String {
    let reason = reason.trim_end_matches('.');
    match reason.split_once(' ') {
        Some((first @ ("It" | "No"), rest)) => format!("{} {rest}", first.to_ascii_lowercase()),
        _ => reason.to_owned(),
    }
}
