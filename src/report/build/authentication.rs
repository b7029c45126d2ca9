//! Section `authentication`.

use super::{Detail, each, moment, present, question};
use crate::{
    message::Message,
    report::model::{
        AlignedBy, Arc, ArcSet, ArcSignature, Authentication, Diagnosis, Disagreement, DisagreementCause, Dkim,
        DkimKey, Dmarc, DmarcCheck, DomainKeys, Edit, EndToEnd, ExtraField, Iprev, KeyWeakness, SecondDkim,
        SecondOpinion, Spf, SpfCheck, SpfStep, TreeStep,
    },
    verify::{
        Clock, NotEvaluated, Verification, arc, diagnosis, dkim,
        dmarc::{self, Alignment, DmarcResult, Policy},
        domainkeys, iprev, second_opinion, spf,
    },
};

/// The standard that DMARC follows.
const DMARC_EDITION: &str = "RFC 9989";

/// All checks.
pub(super) fn build(
    message: &Message<'_>,
    verification: Verification,
    end_to_end: Vec<EndToEnd>,
    clock: Clock,
    detail: Detail,
) -> Authentication {
    let signatures = verification.dkim.into_iter().zip(verification.dkim_alignment);
    Authentication {
        as_of: moment(Some(clock.as_of)),
        delivered_at: moment(clock.delivered_at),
        spf: Spf {
            mail_from: spf_check(verification.spf_mail_from, detail),
            helo: spf_check(verification.spf_helo, detail),
        },
        dkim: signatures
            .map(|(check, alignment)| dkim_check(check, alignment))
            .collect(),
        domainkeys: each(verification.domainkeys, domainkeys_check),
        dmarc: Dmarc {
            check: dmarc_check(verification.dmarc),
            edition: DMARC_EDITION,
            per_author: each(verification.per_author, dmarc_check),
        },
        arc: arc_check(message, verification.arc),
        end_to_end,
        iprev: iprev(verification.iprev),
        second_opinion: second_opinion(verification.second_opinion, verification.disagreements),
    }
}

/// `reason` of the contract: the word for what was not evaluated, else the cause in words.
fn reason<T>(result: &Result<T, NotEvaluated>, cause: Option<&String>) -> Option<String> {
    match result {
        Ok(_) => cause.cloned(),
        Err(why) => Some(why.word().to_owned()),
    }
}

fn spf_check(check: spf::SpfCheck, detail: Detail) -> SpfCheck {
    SpfCheck {
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        domain: present(&check.domain),
        ip: check.ip,
        matched: check.matched,
        path: check.path,
        trace: detail.section(|| each(check.trace, spf_step)),
        lookups: check.lookups,
        voids: check.voids,
        record: check.record,
        explanation: check.explanation,
        cause: check.cause,
        overbroad: check.overbroad,
        shared_by: check.shared_by.map(|platform| platform.name),
    }
}

fn spf_step(step: spf::SpfStep) -> SpfStep {
    SpfStep {
        depth: step.depth,
        domain: step.domain,
        term: step.term,
        outcome: step.outcome,
        detail: step.detail,
        expanded: step.expanded,
        questions: each(step.questions, question),
        lookups: step.lookups,
        voids: step.voids,
        record: step.record,
        shared_by: step.shared_by.map(|platform| platform.name),
    }
}

fn dkim_check(check: dkim::DkimCheck, aligned: Option<Alignment>) -> Dkim {
    Dkim {
        domain: check.domain,
        selector: check.selector,
        identity: check.identity,
        algorithm: check.algorithm,
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        body_hash: check.body_hash,
        signature: check.signature,
        key: check.key.map(dkim_key),
        expired_at_delivery: check.expired_at_delivery,
        expired_now: check.expired_now,
        unsigned_bytes: check.unsigned_bytes,
        signed_fields: check.signed_fields,
        aligned,
        diagnosis: check.diagnosis.map(diagnosis),
        cause: check.cause,
        field_index: check.field_index,
        canonicalization: check.canonicalization,
        signed_at: moment(check.signed_at),
        expires_at: moment(check.expires_at),
        extra_fields: each(check.extra_fields, |(name, field_index)| ExtraField {
            name,
            field_index,
        }),
        normalised: check.normalised,
    }
}

fn iprev(check: iprev::IprevCheck) -> Iprev {
    Iprev {
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        ip: check.ip,
        names: check.names,
        confirmed: check.confirmed,
    }
}

fn domainkeys_check(check: domainkeys::DomainKeysCheck) -> DomainKeys {
    DomainKeys {
        domain: check.domain,
        selector: check.selector,
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        signature: check.signature,
        key: check.key.map(dkim_key),
        field_index: check.field_index,
    }
}

fn dkim_key(key: dkim::KeyFacts) -> DkimKey {
    DkimKey {
        bits: key.bits,
        record: key.record,
        testing: key.testing,
        algorithm: key.algorithm,
        revoked: key.revoked,
        stale: key.stale,
        exponent: key.exponent,
        strict: key.strict,
        hashes: key.hashes,
        services: key.services,
        granularity: key.granularity,
        notes: key.notes,
        records: key.records,
        weaknesses: key.weaknesses.iter().map(key_weakness).collect(),
        remarks: key.remarks,
    }
}

fn key_weakness(weakness: &dkim::KeyWeakness) -> KeyWeakness {
    KeyWeakness {
        kind: weakness.kind(),
        text: weakness.words(),
        open_to_all: weakness.is_open_to_all(),
    }
}

fn dmarc_check(check: dmarc::DmarcCheck) -> DmarcCheck {
    DmarcCheck {
        disposition: disposition(&check),
        result: check.result.ok(),
        reason: reason(&check.result, check.cause.as_ref()),
        domain: present(&check.domain),
        org_domain: check.org_domain,
        record_domain: check.record_domain,
        policy: check.policy,
        published_policy: check.published_policy,
        record: check.record,
        aligned_by: each(check.aligned_by, |passed| AlignedBy {
            mechanism: passed.mechanism,
            domain: passed.domain,
        }),
        tree_walk: each(check.tree_walk, |step| TreeStep {
            name: step.name,
            record: step.record,
            outcome: step.outcome,
        }),
        policy_tag: check.policy_tag,
        testing: check.testing,
        defects: check.defects,
        domain_exists: check.domain_exists,
        stale: check.stale,
        cause: check.cause,
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

fn arc_check(message: &Message<'_>, check: arc::ArcCheck) -> Arc {
    let written = |indexes: &[usize]| {
        let field = indexes.first().and_then(|index| message.fields.get(*index));
        field.map(|field| field.text().to_owned())
    };
    let set = |set: arc::ArcSetCheck| ArcSet {
        instance: set.set.instance,
        sealer: set.set.sealer,
        seal: set.seal.as_ref().and_then(|seal| seal.result.ok()),
        message_signature: set
            .message_signature
            .as_ref()
            .and_then(|signature| signature.result.ok()),
        cv: set.set.cv,
        authentication_results: written(&set.set.results),
        seal_check: set.seal.map(arc_signature),
        message_signature_check: set.message_signature.map(arc_signature),
    };
    Arc {
        result: check.result.ok(),
        oldest_pass: check.oldest_pass,
        sets: each(check.sets, set),
        reason: reason(&check.result, check.cause.as_ref()),
        cause: check.cause,
        defects: check.defects,
    }
}

fn arc_signature(check: arc::ArcSignature) -> ArcSignature {
    ArcSignature {
        domain: check.domain,
        selector: check.selector,
        algorithm: check.algorithm,
        reason: reason(&check.result, check.cause.as_ref()),
        cause: check.cause,
        body_hash: check.body_hash,
        signature: check.signature,
        key: check.key.map(dkim_key),
        signed_at: moment(check.signed_at),
        signed_fields: check.signed_fields,
        unsigned_bytes: check.unsigned_bytes,
        diagnosis: check.diagnosis.map(diagnosis),
        field_index: check.field_index,
    }
}

fn diagnosis(found: diagnosis::Diagnosis) -> Diagnosis {
    Diagnosis {
        proven: found.proven,
        edits: each(found.edits, |edit| Edit {
            kind: edit.kind.word(),
            where_: edit.place,
            text: edit.text,
            span: edit.span,
        }),
        statement: found.statement,
        body_hash: found.body_hash,
        signature: found.signature,
        limited: found.limited,
    }
}

fn second_opinion(
    opinion: Option<second_opinion::SecondOpinion>,
    disagreements: Vec<second_opinion::Difference>,
) -> SecondOpinion {
    let Some(opinion) = opinion else {
        return SecondOpinion::default();
    };
    SecondOpinion {
        verifier: present(opinion.verifier),
        spf: opinion.spf,
        dkim: each(opinion.dkim, |one| SecondDkim {
            domain: one.domain,
            selector: one.selector,
            result: one.result,
            reason: one.cause,
        }),
        dmarc: opinion.dmarc,
        arc: opinion.arc,
        dkim2: opinion.dkim2,
        disagreements: each(disagreements, disagreement),
        failure: opinion.failure,
    }
}

fn disagreement(difference: second_opinion::Difference) -> Disagreement {
    Disagreement {
        method: difference.method,
        identifier: difference.identifier,
        ours: difference.ours,
        theirs: difference.theirs,
        their_reason: difference.their_cause,
        cause: difference.cause.map(|known| DisagreementCause {
            id: known.id,
            text: known.text,
            reference: known.reference,
        }),
    }
}
