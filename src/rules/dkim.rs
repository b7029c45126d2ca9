//! DKIM, re-verified (AU-401 to AU-412, AU-435, AU-440).

use super::rules;
use crate::{
    case::Case,
    dns::{Question, RecordType},
    domain,
    finding::{Evidence, Finding, Severity},
    recorded::Recorded,
    trace::{Confidence, Zone},
    verify::{
        NotEvaluated,
        diagnosis::{Diagnosis, Edit},
        dkim::{BodyHash, DkimCheck, DkimResult, KeyWeakness, SignatureState, key_name},
    },
    words::counted,
};

rules! {
    /// A signature of the author's own organisation verifies: who holds its private key signed this header and body.
    ///
    /// # When this is innocent
    /// It clears the domain, not the sender: a compromised account, or a replayed message, passes as well.
    ///
    /// # Check by hand
    /// `opendkim-testmsg < message.eml`, or `dkimverify < message.eml` with the key of the time.
    DKIM_PASS_ALIGNED {
        id: "AU-401",
        name: "dkim-pass-aligned",
        title: "A signature of the author's domain verifies",
        severity: Info,
        effect: Clears,
        references: ["RFC 6376 6.1", "RFC 9989 4.4.1"],
        check: |rule, case| case.proving_signatures().filter(|check| check.unsigned_bytes == 0).map(|check| {
            Finding::new(rule, ["the signature of ", &name(check), " verifies, body and header"].concat(), quote(case, check)).and(key_record(check))
        }).collect(),
    }

    /// A signature verifies, but of another organisation than the author's: it names who is responsible for sending, and
    /// says nothing of the author.
    ///
    /// # When this is innocent
    /// Mailing lists, service providers and forwarders sign what they send.
    DKIM_PASS_UNALIGNED {
        id: "AU-402",
        name: "dkim-pass-unaligned",
        title: "A signature of another domain verifies",
        severity: Info,
        effect: Neutral,
        references: ["RFC 6376 1.2", "RFC 9989 4.4.1"],
        check: |rule, case| {
            let pairs = case.verification.dkim.iter().zip(&case.verification.dkim_alignment);
            pairs.filter(|(check, alignment)| check.passes() && !crate::case::is_aligned(**alignment)).map(|(check, _)| {
                Finding::new(rule, format!("the signature of {} verifies; it is not the author's domain", name(check)), quote(case, check))
            }).collect()
        },
    }

    /// The signature over the header verifies, and the body is not the one that was signed: header fields such as From,
    /// Subject and Date are authentic as far as they are signed, the body was changed.
    ///
    /// # When this is innocent
    /// Mailing lists add footers, gateways add banners and disclaimers, exports re-encode the body.
    DKIM_BODY_CHANGED {
        id: "AU-404",
        name: "dkim-body-changed",
        title: "The body was changed after the author's domain signed it",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 6376 6.1.3"],
        check: |rule, case| case.aligned_signatures().filter(|check| is_body_changed(check)).map(|check| {
            let found = Finding::new(rule, format!("the signature of {} covers this header and another body{}", name(check), searched(check)),
                span(case, check, check.body_hash_span)).and(key_record(check));
            if is_restored(check) { found.severity(Severity::Low) } else { found }
        }).collect(),
    }

    /// The signature over the header does not verify: a signed field was changed, added or lost since the author's domain signed.
    ///
    /// # When this is innocent
    /// Lists tag the subject or rewrite From; relays fold fields anew or change the encoding of an address.
    DKIM_HEADER_CHANGED {
        id: "AU-405",
        name: "dkim-header-changed",
        title: "A signed header field was changed",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 6376 6.1.3"],
        check: |rule, case| case.aligned_signatures().filter(|check| check.signature == SignatureState::Invalid).map(|check| {
            let body = match check.body_hash {
                BodyHash::Match => "the body is the one that was signed",
                BodyHash::Mismatch => "nor is the body the one that was signed",
                BodyHash::NotEvaluable => "the body is not at hand",
            };
            let found = Finding::new(rule, format!("the signature of {} does not fit the header; {body}{}", name(check), searched(check)), quote(case, check)).and(key_record(check));
            if is_restored(check) { found.severity(Severity::Info) } else { found }
        }).collect(),
    }

    /// The key that would verify the signature is no longer published, was revoked, or another one stands in its place by now.
    /// Nothing can be said of the signature today: that is neither a failure nor a forgery.
    /// A key that did not stand there about the time of delivery is no such key: then the signature had none (RFC 6376 6.1.2).
    ///
    /// # When this is innocent
    /// Keys are rotated after some months: the usual reason in old mail.
    DKIM_KEY_GONE {
        id: "AU-406",
        name: "dkim-key-gone",
        title: "The signature's key is gone",
        severity: Info,
        effect: Neutral,
        references: ["RFC 6376 3.6.1"],
        check: |rule, case| case.verification.dkim.iter().filter(|check| check.result == Err(NotEvaluated::KeyGone)).map(|check| {
            let question = Question::new(&name(check), RecordType::Txt);
            Finding::new(rule, format!("{}: {}", name(check), check.cause.as_deref().unwrap_or("no key is published")),
                Evidence::record(question, check.key.as_ref().map_or("no key", |key| &key.record))).and(quote(case, check)).confidence(Confidence::Low)
        }).collect(),
    }

    /// The signature verifies with a key or an algorithm so weak that others could have made it: SHA-1 and RSA keys under 1024 bits,
    /// which RFC 8301 forbids; a key whose private half is printed in a standard; a modulus or exponent that gives the
    /// private key away.
    ///
    /// # When this is innocent
    /// Old signers that nobody has touched for years, and set-ups for trial that copied the example of a standard.
    DKIM_KEY_WEAK {
        id: "AU-407",
        name: "dkim-key-weak",
        title: "The signature is too weak to prove anything",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 8301 3"],
        check: |rule, case| case.verification.dkim.iter().filter(|check| is_weak(check)).map(|check| {
            let weaknesses = check.key.iter().flat_map(|key| &key.weaknesses);
            let open_to_all = weaknesses.clone().any(KeyWeakness::is_open_to_all);
            let severity = match weaknesses.count() {
                _ if open_to_all => Severity::High,
                0 => Severity::Low,
                _ => Severity::Medium,
            };
            let meaning = if open_to_all { ": anyone could have made this signature" } else { "" };
            Finding::new(rule, format!("{}: {}{meaning}", name(check), check.cause.as_deref().unwrap_or("weak key")), quote(case, check))
                .and(key_record(check)).severity(severity)
        }).collect(),
    }

    /// The signature covers only the first part of the body (l=): what follows could be added by anyone without breaking it.
    ///
    /// # When this is innocent
    /// Old signers set l= so that lists can add a footer.
    DKIM_LENGTH_LIMIT {
        id: "AU-408",
        name: "dkim-l-tag",
        title: "Part of the body is not covered by the signature",
        severity: High,
        effect: Accuses,
        references: ["RFC 6376 8.2"],
        check: |rule, case| case.proving_signatures().filter(|check| check.unsigned_bytes > 0).map(|check| {
            Finding::new(rule, format!("the signature of {} does not cover {} at the end of the body", name(check), counted(check.unsigned_bytes, "byte")),
                quote(case, check))
        }).collect(),
    }

    /// A field that the signature names stands more often in the message than the signature covers, so that a reader may show one
    /// that was never signed.
    ///
    /// # When this is innocent
    /// Broken relays that repeat a field.
    DKIM_EXTRA_FIELD {
        id: "AU-410",
        name: "dkim-extra-header",
        title: "An unsigned copy of a signed header field was added",
        severity: High,
        effect: Accuses,
        references: ["RFC 6376 8.15"],
        check: |rule, case| case.proving_signatures().flat_map(|check| check.extra_fields.iter().map(move |extra| (check, extra)))
            .filter(|(_, (field, _))| ["from", "subject", "to", "date", "reply-to"].contains(&field.to_lowercase().as_str()))
            .map(|(check, (field, index))| {
                Finding::new(rule, format!("a {field} field stands beside the one that {} signed", name(check)), Evidence::field_at(case.message, *index))
            }).collect(),
    }

    /// The signature verifies, and had already expired when the message was delivered. Its domain did not want it to count any more:
    /// that is how a captured message is sent again.
    ///
    /// # When this is innocent
    /// A queue that held the message for longer than the signer allowed.
    DKIM_EXPIRED {
        id: "AU-411",
        name: "dkim-expired-or-test",
        title: "The signature had expired before delivery",
        severity: High,
        effect: Accuses,
        references: ["RFC 6376 3.5"],
        check: |rule, case| case.verification.dkim.iter().filter(|check| is_expired_valid(check)).map(|check| {
            let late = match (case.clock.delivered_at, check.expires_at) {
                (Some(delivered), Some(expires)) => format!("{} after it expired", duration(delivered.since(expires))),
                _ => "after it expired".to_owned(),
            };
            Finding::new(rule, format!("the message came in {late}; the signature of {} is otherwise valid", name(check)), quote(case, check))
        }).collect(),
    }

    /// The signature of the author's domain fails as the message is stored, and verifies once named edits are undone: a hash that was
    /// signed proves it. What was signed is the author's; what was added stands outside of it and is quoted.
    ///
    /// # When this is innocent
    /// It is the usual trace of mailing lists, gateways and forwarders. Text that was added may still be a lie: read it as not signed.
    ///
    /// # Check by hand
    /// Undo the edits in a copy of the message and verify that copy: `dkimverify < copy.eml` with the key of the time.
    DKIM_RESTORED {
        id: "AU-440",
        name: "dkim-restored",
        title: "The author's signature verifies once the edits of the way are undone",
        severity: Info,
        effect: Clears,
        references: ["RFC 6376 3.7", "RFC 6376 6.1.3"],
        check: |rule, case| case.restored_signatures().map(|(check, found)| {
            let mut edits = found.edits.iter().take(8).map(|edit| edit_evidence(case, edit));
            let first = edits.next().unwrap_or_else(|| quote(case, check));
            let start = Finding::new(rule, format!("{}: {}", name(check), found.statement), first);
            edits.fold(start, Finding::and).and(quote(case, check)).and(key_record(check))
        }).collect(),
    }

    /// The signature claims to be made for an identity (i=) that does not belong to the domain that signs (d=).
    ///
    /// # When this is innocent
    /// A signer that was set up wrongly; such a signature is void either way.
    DKIM_IDENTITY_OUTSIDE {
        id: "AU-412",
        name: "dkim-i-outside-d",
        title: "The signature names an identity of another domain",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 6376 6.1.1"],
        check: |rule, case| case.verification.dkim.iter().filter(|check| identity_outside(check)).map(|check| {
            Finding::new(rule, format!("i={} is not within d={}", check.identity.as_deref().unwrap_or_default(), check.domain.as_deref().unwrap_or_default()), quote(case, check))
        }).collect(),
    }

    /// A trusted receiver saw the author's signature verify, and the stored body no longer fits it, though nobody on the receiving
    /// side is known to have touched it: the stored copy was changed after delivery.
    ///
    /// # When this is innocent
    /// A gateway that adds a banner behind the server that checked, or an export that re-encodes bodies.
    BODY_CHANGED_AFTER_DELIVERY {
        id: "AU-435",
        name: "body-changed-after-delivery",
        title: "The stored body is not the one that was delivered",
        severity: High,
        effect: Accuses,
        references: ["RFC 6376 6.1.3", "RFC 8601 2.7.1"],
        check: |rule, case| {
            let above = case.trace.hops.iter().any(|hop| hop.zone == Zone::Trusted);
            if above || case.is_handled() {
                return Vec::new();
            }
            case.aligned_signatures().filter(|check| is_body_changed(check) && !is_restored(check)).filter_map(|check| {
                let record = recorded_pass(&case.recorded, check)?;
                Some(Finding::new(rule, format!("the receiver recorded dkim=pass for {}; its body hash does not fit the stored body", name(check)),
                    Evidence::field_at(case.message, record).written_by("receiver")).and(span(case, check, check.body_hash_span)))
            }).collect()
        },
    }
}

/// What the search for edits gave, to be added to a sentence; empty where it explains everything, or was not made.
fn searched(check: &DkimCheck) -> String {
    match &check.diagnosis {
        Some(found) if !found.restores() => format!(": {}", found.statement),
        _ => String::new(),
    }
}

/// The signature verifies once the edits of the way are undone.
fn is_restored(check: &DkimCheck) -> bool {
    check.diagnosis.as_ref().is_some_and(Diagnosis::restores)
}

/// What was added or rewritten: quoted where it stands.
fn edit_evidence(case: &Case<'_>, edit: &Edit) -> Evidence {
    match edit.span {
        Some(span) if edit.kind.adds_text() => Evidence::bytes(case.message, span).written_by("handler on the way"),
        _ => Evidence::derivation(format!(
            "{}, {}: {}",
            edit.kind.word(),
            edit.place,
            edit.text.replace('\n', " ")
        )),
    }
}

/// `selector._domainkey.domain`, as far as the signature tells it.
pub(super) fn name(check: &DkimCheck) -> String {
    let domain = check.domain.as_deref().unwrap_or("(no d=)");
    match &check.selector {
        Some(selector) => key_name(selector, domain),
        None => domain.to_owned(),
    }
}

/// The signature's d=, or the whole field.
pub(super) fn quote(case: &Case<'_>, check: &DkimCheck) -> Evidence {
    span(case, check, check.domain_span)
}

fn span(case: &Case<'_>, check: &DkimCheck, span: Option<crate::message::Span>) -> Evidence {
    match (span, case.message.fields.get(check.field_index)) {
        (Some(span), Some(field)) => Evidence::quote(field, span),
        _ => Evidence::field_at(case.message, check.field_index),
    }
}

fn key_record(check: &DkimCheck) -> Evidence {
    let question = Question::new(&name(check), RecordType::Txt);
    match &check.key {
        Some(key) => Evidence::record(question, key.record.clone()),
        None => Evidence::record(question, "no key was read"),
    }
}

/// The header is authentic, the body is not the signed one.
pub(super) fn is_body_changed(check: &DkimCheck) -> bool {
    check.body_hash == BodyHash::Mismatch && check.signature == SignatureState::Valid
}

/// Cryptographically good, and past x= at delivery.
pub(super) fn is_expired_valid(check: &DkimCheck) -> bool {
    check.expired_at_delivery == Some(true)
        && check.signature == SignatureState::Valid
        && check.body_hash == BodyHash::Match
}

fn is_weak(check: &DkimCheck) -> bool {
    let broken_exponent = |weakness: &KeyWeakness| matches!(weakness, KeyWeakness::Exponent(_));
    if check.key.iter().any(|key| key.weaknesses.iter().any(broken_exponent)) {
        return true;
    }
    check.result == Ok(DkimResult::Policy)
        && check.expired_at_delivery != Some(true)
        && check.signature == SignatureState::Valid
}

fn identity_outside(check: &DkimCheck) -> bool {
    let (Some(identity), Some(domain)) = (&check.identity, &check.domain) else {
        return false;
    };
    let inside = domain::of_address(identity);
    !domain::is_within(&domain::normalise(inside), domain)
}

/// A trusted record that this very signature passed.
fn recorded_pass(recorded: &Recorded, check: &DkimCheck) -> Option<usize> {
    recorded.trusted("dkim").find_map(|(record, result)| {
        let signer = result.property("header.d").or_else(|| result.property("header.i"))?;
        let domain = domain::normalise(domain::of_address(signer));
        (result.result == "pass" && Some(&domain) == check.domain.as_ref()).then_some(record.field_index)
    })
}

/// A length of time in words.
pub(super) fn duration(seconds: i64) -> String {
    match seconds.abs() {
        s if s < 120 => format!("{s} seconds"),
        s if s < 7_200 => format!("{} minutes", s / 60),
        s if s < 172_800 => format!("{} hours", s / 3_600),
        s => format!("{} days", s / 86_400),
    }
}
