//! Section `authentication`.

use super::{Detail, moment, present, question};
use crate::{
    case::Case,
    dns::{Lookups, Snapshot},
    report::model::{
        AlignedBy, Arc, ArcSet, ArcSignature, Authentication, Diagnosis, Disagreement, DisagreementCause, Dkim,
        DkimKey, Dmarc, DmarcCheck, DomainKeys, Edit, ExtraField, Iprev, KeyWeakness, SecondDkim, SecondOpinion, Spf,
        SpfCheck, SpfStep, TreeStep,
    },
    verify::{
        NotEvaluated, arc, diagnosis, dkim,
        dmarc::{self, DmarcResult, Policy},
        domainkeys, iprev, second_opinion, spf,
    },
};

/// The standard that DMARC follows.
const DMARC_EDITION: &str = "RFC 9989";

/// All checks.
pub(super) fn build(case: &Case<'_>, snapshot: &Snapshot, detail: Detail) -> Authentication {
    let verification = &case.verification;
    let lookups = Lookups::new(snapshot, case.clock.delivered_at);
    Authentication {
        as_of: moment(Some(case.clock.as_of)),
        delivered_at: moment(case.clock.delivered_at),
        spf: Spf {
            mail_from: spf_check(&verification.spf_mail_from, detail),
            helo: spf_check(&verification.spf_helo, detail),
        },
        dkim: verification
            .dkim
            .iter()
            .map(|check| dkim_check(check, case.author_domain(), &lookups))
            .collect(),
        domainkeys: verification.domainkeys.iter().map(domainkeys_check).collect(),
        dmarc: Dmarc {
            check: dmarc_check(&verification.dmarc),
            edition: DMARC_EDITION,
            per_author: verification.per_author.iter().map(dmarc_check).collect(),
        },
        arc: arc_check(case, &verification.arc),
        end_to_end: super::end_to_end::build(case),
        iprev: iprev(&verification.iprev),
        second_opinion: second_opinion(case),
    }
}

/// `reason` of the contract: the word for what was not evaluated, else the cause in words.
fn reason<T>(result: &Result<T, NotEvaluated>, cause: Option<&String>) -> Option<String> {
    match result {
        Ok(_) => cause.cloned(),
        Err(why) => Some(why.word().to_owned()),
    }
}

fn spf_check(check: &spf::SpfCheck, detail: Detail) -> SpfCheck {
    SpfCheck {
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        domain: present(&check.domain),
        ip: check.ip,
        matched: check.matched.clone(),
        path: check.path.clone(),
        trace: detail.list(|| check.trace.iter().map(spf_step).collect()),
        lookups: check.lookups,
        voids: check.voids,
        record: check.record.clone(),
        explanation: check.explanation.clone(),
        cause: check.cause.clone(),
        overbroad: check.overbroad.clone(),
        shared_by: check.shared_by.map(|platform| platform.name),
    }
}

fn spf_step(step: &spf::SpfStep) -> SpfStep {
    SpfStep {
        depth: step.depth,
        domain: step.domain.clone(),
        term: step.term.clone(),
        outcome: step.outcome,
        detail: step.detail.clone(),
        expanded: step.expanded.clone(),
        questions: step.questions.iter().map(question).collect(),
        lookups: step.lookups,
        voids: step.voids,
        record: step.record.clone(),
        shared_by: step.shared_by.map(|platform| platform.name),
    }
}

fn dkim_check(check: &dkim::DkimCheck, author: Option<&str>, lookups: &Lookups<'_>) -> Dkim {
    let aligned = match (check.domain.as_deref(), author) {
        (Some(domain), Some(author)) => Some(dmarc::alignment(domain, author, lookups)),
        _ => None,
    };
    Dkim {
        domain: check.domain.clone(),
        selector: check.selector.clone(),
        identity: check.identity.clone(),
        algorithm: check.algorithm.clone(),
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        body_hash: check.body_hash,
        signature: check.signature,
        key: check.key.as_ref().map(dkim_key),
        expired_at_delivery: check.expired_at_delivery,
        expired_now: check.expired_now,
        unsigned_bytes: check.unsigned_bytes,
        signed_fields: check.signed_fields.clone(),
        aligned,
        diagnosis: check.diagnosis.as_ref().map(diagnosis),
        cause: check.cause.clone(),
        field_index: check.field_index,
        canonicalization: check.canonicalization.clone(),
        signed_at: moment(check.signed_at),
        expires_at: moment(check.expires_at),
        extra_fields: check
            .extra_fields
            .iter()
            .map(|(name, field_index)| ExtraField {
                name: name.clone(),
                field_index: *field_index,
            })
            .collect(),
        normalised: check.normalised.clone(),
    }
}

fn iprev(check: &iprev::IprevCheck) -> Iprev {
    Iprev {
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        ip: check.ip,
        names: check.names.clone(),
        confirmed: check.confirmed.clone(),
    }
}

fn domainkeys_check(check: &domainkeys::DomainKeysCheck) -> DomainKeys {
    DomainKeys {
        domain: check.domain.clone(),
        selector: check.selector.clone(),
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        signature: check.signature,
        key: check.key.as_ref().map(dkim_key),
        field_index: check.field_index,
    }
}

fn dkim_key(key: &dkim::KeyFacts) -> DkimKey {
    DkimKey {
        bits: key.bits,
        record: key.record.clone(),
        testing: key.testing,
        algorithm: key.algorithm.clone(),
        revoked: key.revoked,
        stale: key.stale,
        exponent: key.exponent,
        strict: key.strict,
        hashes: key.hashes.clone(),
        services: key.services.clone(),
        granularity: key.granularity.clone(),
        notes: key.notes.clone(),
        records: key.records,
        weaknesses: key.weaknesses.iter().map(key_weakness).collect(),
        remarks: key.remarks.clone(),
    }
}

fn key_weakness(weakness: &dkim::KeyWeakness) -> KeyWeakness {
    KeyWeakness {
        kind: weakness.kind(),
        text: weakness.words(),
        open_to_all: weakness.is_open_to_all(),
    }
}

fn dmarc_check(check: &dmarc::DmarcCheck) -> DmarcCheck {
    DmarcCheck {
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        domain: present(&check.domain),
        org_domain: check.org_domain.clone(),
        record_domain: check.record_domain.clone(),
        policy: check.policy,
        published_policy: check.published_policy,
        disposition: disposition(check),
        record: check.record.clone(),
        aligned_by: check
            .aligned_by
            .iter()
            .map(|passed| AlignedBy {
                mechanism: passed.mechanism,
                domain: passed.domain.clone(),
            })
            .collect(),
        tree_walk: check
            .tree_walk
            .iter()
            .map(|step| TreeStep {
                name: step.name.clone(),
                record: step.record.clone(),
                outcome: step.outcome,
            })
            .collect(),
        policy_tag: check.policy_tag,
        testing: check.testing,
        defects: check.defects.clone(),
        domain_exists: check.domain_exists,
        stale: check.stale,
        cause: check.cause.clone(),
    }
}

/// What the policy asks of a receiver: nothing for a message that passes (RFC 9989), the policy for one that fails.
fn disposition(check: &dmarc::DmarcCheck) -> Option<Policy> {
    match check.result {
        Ok(DmarcResult::Pass) => Some(Policy::None),
        Ok(DmarcResult::Fail) => check.policy,
        _ => None,
    }
}

fn arc_check(case: &Case<'_>, check: &arc::ArcCheck) -> Arc {
    let written = |indexes: &[usize]| {
        let field = indexes.first().and_then(|index| case.message.fields.get(*index));
        field.map(|field| field.text())
    };
    let set = |set: &arc::ArcSetCheck| ArcSet {
        instance: set.set.instance,
        sealer: set.set.sealer.clone(),
        seal: set.seal.as_ref().and_then(|seal| seal.result.ok()),
        message_signature: set
            .message_signature
            .as_ref()
            .and_then(|signature| signature.result.ok()),
        cv: set.set.cv.clone(),
        authentication_results: written(&set.set.results).map(str::to_owned),
        seal_check: set.seal.as_ref().map(arc_signature),
        message_signature_check: set.message_signature.as_ref().map(arc_signature),
    };
    Arc {
        result: check.result.ok(),
        oldest_pass: check.oldest_pass,
        sets: check.sets.iter().map(set).collect(),
        reason: reason(&check.result, check.cause.as_ref()),
        cause: check.cause.clone(),
        defects: check.defects.clone(),
    }
}

fn arc_signature(check: &arc::ArcSignature) -> ArcSignature {
    ArcSignature {
        domain: check.domain.clone(),
        selector: check.selector.clone(),
        algorithm: check.algorithm.clone(),
        reason: reason(&check.result, check.cause.as_ref()),
        cause: check.cause.clone(),
        body_hash: check.body_hash,
        signature: check.signature,
        key: check.key.as_ref().map(dkim_key),
        signed_at: moment(check.signed_at),
        signed_fields: check.signed_fields.clone(),
        unsigned_bytes: check.unsigned_bytes,
        diagnosis: check.diagnosis.as_ref().map(diagnosis),
        field_index: check.field_index,
    }
}

fn diagnosis(found: &diagnosis::Diagnosis) -> Diagnosis {
    let edits = found.edits.iter().map(|edit| Edit {
        kind: edit.kind.word(),
        where_: edit.place.clone(),
        text: edit.text.clone(),
        span: edit.span,
    });
    Diagnosis {
        proven: found.proven,
        edits: edits.collect(),
        statement: found.statement.clone(),
        body_hash: found.body_hash,
        signature: found.signature,
        limited: found.limited,
    }
}

fn second_opinion(case: &Case<'_>) -> SecondOpinion {
    let Some(opinion) = &case.verification.second_opinion else {
        return SecondOpinion::default();
    };
    let signature = |one: &second_opinion::SignatureOpinion| SecondDkim {
        domain: one.domain.clone(),
        selector: one.selector.clone(),
        result: one.result.clone(),
        reason: one.cause.clone(),
    };
    SecondOpinion {
        verifier: present(opinion.verifier),
        spf: opinion.spf.clone(),
        dkim: opinion.dkim.iter().map(signature).collect(),
        dmarc: opinion.dmarc.clone(),
        arc: opinion.arc.clone(),
        dkim2: opinion.dkim2.clone(),
        disagreements: case.verification.disagreements.iter().map(disagreement).collect(),
        failure: opinion.failure,
    }
}

fn disagreement(difference: &second_opinion::Difference) -> Disagreement {
    Disagreement {
        method: difference.method,
        identifier: difference.identifier.clone(),
        ours: difference.ours.clone(),
        theirs: difference.theirs.clone(),
        their_reason: difference.their_cause.clone(),
        cause: difference.cause.map(|known| DisagreementCause {
            id: known.id,
            text: known.text,
            reference: known.reference,
        }),
    }
}
