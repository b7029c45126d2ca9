//! The grounds of a verdict, strongest first.

use std::net::IpAddr;

use super::{
    Label,
    bench::Bench,
    unproven::{failing_without_policy, internal, recorded_fail},
};
use crate::{
    case::Case,
    finding::{Effect, Finding, Severity},
    trace::{Confidence, Continuity},
    verify::{
        dkim::{BodyHash, DkimCheck, SignatureState},
        dmarc::DmarcResult,
    },
};

/// What was decided, and on which findings and flows.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    /// The label.
    pub(super) label: Label,
    /// How sure.
    pub(super) confidence: Confidence,
    /// The name of the ground, for the summary.
    pub(super) ground: Ground,
    /// Ids, strongest first.
    pub(super) because: Vec<&'static str>,
}

/// Why a label was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    ForgedDomain,
    AmbiguousAuthor,
    SiblingUnderStrictPolicy,
    ExpiredSignature,
    AlteredAfterDelivery,
    AlteredOnTheWay,
    HollowProof,
    SharedProof,
    Misleading,
    TrustedSealer,
    Proven,
    RecordedPass,
    RecordedFail,
    AuthorIntactThroughFlow,
    Restored,
    AddedByUnknown,
    VouchedByFlow,
    FlowWithoutProof,
    UnsignedInFlow,
    RewrittenInFlow,
    TestimonyAgainst,
    FailsWithoutPolicy,
    MissingDomain,
    Unauthorised,
    NoDomain,
    Internal,
    NoTrace,
    Undecidable,
}

/// Findings that mislead the reader about who writes, though the domain itself may be proven.
pub(super) const MISLEADING: &[&str] = &[
    "ID-609", "ID-603", "ID-604", "ID-605", "ID-606", "ID-607", "ID-611", "ID-620", "ID-621", "ID-631", "ID-632",
    "ID-633", "ID-613", "ID-614", "ID-626", "ID-635", "ST-707", "AU-437", "AU-438", "AU-408", "AU-410", "AU-418",
    "AU-434", "AU-435", "ST-716", "ST-717", "TM-207",
];

/// Decides: the first ground that holds.
pub(super) fn decide(case: &Case<'_>, findings: &[Finding]) -> Decision {
    let bench = Bench { case, findings };
    let grounds: [fn(&Bench<'_, '_>) -> Option<Decision>; 14] = [
        sibling_under_strict_policy,
        ambiguous_author,
        trusted_sealer,
        altered_or_expired,
        forged_domain,
        hollow_proof,
        misleading,
        proven,
        recorded_pass,
        restored,
        explained_by_flow,
        failing_without_policy,
        recorded_fail,
        internal,
    ];
    let decision = grounds.iter().find_map(|ground| ground(&bench));
    decision.unwrap_or_else(|| bench.undecidable())
}

/// DMARC fails only because the policy is strict: the name that passes is of the same organisation.
fn sibling_under_strict_policy(bench: &Bench<'_, '_>) -> Option<Decision> {
    let case = bench.case;
    let sibling = case.fails_enforcing() && (case.proving_signatures().next().is_some() || case.spf_proves());
    sibling.then(|| {
        bench.decision(
            Label::LikelySpoofed,
            Confidence::Medium,
            Ground::SiblingUnderStrictPolicy,
            &["AU-420", "AU-401", "AU-413"],
        )
    })
}

/// Readers see different authors, and one of those seen is refused by his own domain.
fn ambiguous_author(bench: &Bench<'_, '_>) -> Option<Decision> {
    let worst = bench.all(&["ID-620", "ID-611"]).map(|finding| finding.severity).max()?;
    let because = &["ID-620", "ID-611", "ST-701", "ST-705", "AU-420", "ID-601"];
    match worst {
        Severity::Critical => Some(bench.decision(Label::Spoofed, Confidence::High, Ground::AmbiguousAuthor, because)),
        _ => None,
    }
}

/// A trusted sealer saw the author pass, and sealed what is here: a receiver's local policy may prefer that to a broken DMARC.
/// What misleads the reader, or was sent after its time, does so all the same.
fn trusted_sealer(bench: &Bench<'_, '_>) -> Option<Decision> {
    if !bench.has("AU-427") || bench.is_proven() || bench.has("AU-411") || bench.has("AU-435") {
        return None;
    }
    misleading(bench).or_else(|| {
        Some(bench.decision(
            Label::NotSpoofed,
            Confidence::Medium,
            Ground::TrustedSealer,
            &["AU-427", "AU-404", "AU-405"],
        ))
    })
}

/// The author's signature is genuine and something about the copy is not: expired before delivery, or another body.
fn altered_or_expired(bench: &Bench<'_, '_>) -> Option<Decision> {
    let case = bench.case;
    if bench.has("AU-435") {
        return Some(bench.decision(
            Label::Deceptive,
            Confidence::Medium,
            Ground::AlteredAfterDelivery,
            &["AU-435", "AU-404"],
        ));
    }
    if case.verification.dmarc.result == Ok(DmarcResult::Pass) {
        return None;
    }
    let expired = bench.has("AU-411")
        && case
            .aligned_signatures()
            .any(|check| check.expired_at_delivery == Some(true));
    if expired {
        return Some(bench.decision(
            Label::Deceptive,
            Confidence::Medium,
            Ground::ExpiredSignature,
            &["AU-411", "AU-418", "AU-420"],
        ));
    }
    let altered = bench.has("AU-404") && !bench.has("AU-440") && !case.is_handled() && bench.sure_of_envelope();
    let failed = case.verification.dmarc.result == Ok(DmarcResult::Fail);
    (altered && failed && case.recorded_author_pass().is_none()).then(|| {
        bench.decision(
            Label::LikelySpoofed,
            Confidence::Medium,
            Ground::AlteredOnTheWay,
            &["AU-404", "AU-420", "AU-421", "AU-414"],
        )
    })
}

/// The owner asks that unproven mail be refused, and nothing explains why this one is unproven.
fn forged_domain(bench: &Bench<'_, '_>) -> Option<Decision> {
    if !bench.has("ID-601") || !bench.sure_of_envelope() || bench.case.verification.dmarc.stale {
        return None;
    }
    let because = &[
        "ID-601", "AU-420", "ID-619", "ID-610", "RC-502", "TR-111", "TR-131", "TR-104", "AU-423", "EN-317", "AU-436",
        "TR-105",
    ];
    let confidence = match unknown_handler(bench.case) {
        Some(_) => Confidence::Medium,
        None => Confidence::High,
    };
    Some(bench.decision(Label::Spoofed, confidence, Ground::ForgedDomain, because))
}

/// DMARC passes, and the pass proves nothing: everyone is let in, somebody else logged in, or an earlier server saw the author fail.
fn hollow_proof(bench: &Bench<'_, '_>) -> Option<Decision> {
    let case = bench.case;
    if !bench.is_proven() {
        return None;
    }
    // A key on trial proves as much as no signature (RFC 6376 3.6.1).
    let signed = case
        .proving_signatures()
        .any(|check| !check.key.as_ref().is_some_and(|key| key.testing));
    let on_trial = !signed && !case.spf_proves() && !case.is_handled();
    let by_wide_term = !signed
        && bench
            .all(&["AU-416"])
            .any(|finding| finding.severity == Severity::Medium);
    if on_trial || by_wide_term || bench.has("AU-439") {
        return misleading(bench).or_else(|| {
            Some(bench.decision(
                Label::Inconclusive,
                Confidence::Medium,
                Ground::SharedProof,
                &["AU-439", "AU-416", "AU-411", "AU-401"],
            ))
        });
    }
    let foreign_testimony = bench.all(&["AU-436"]).next().is_some() && bench.testimony_is_of_the_author();
    let everyone = bench.all(&["AU-416"]).any(|finding| finding.severity >= Severity::High);
    let hollow = foreign_testimony
        || !signed && bench.accuses("AU-441")
        || bench.accuses("AU-437")
        || (!signed
            && (everyone
                || bench.all(&["ID-614"]).any(|finding| finding.severity >= Severity::High)
                || bench
                    .all(&["ST-716"])
                    .any(|finding| finding.severity == Severity::Medium)));
    hollow.then(|| {
        bench.decision(
            Label::LikelySpoofed,
            Confidence::Medium,
            Ground::HollowProof,
            &["AU-436", "AU-437", "AU-441", "ID-614", "AU-416", "ST-716", "AU-415"],
        )
    })
}

/// The domain is proven, or the sender's own, and something misleads.
fn misleading(bench: &Bench<'_, '_>) -> Option<Decision> {
    let case = bench.case;
    let vouched = bench.is_proven() || bench.witnessed_pass() || bench.has("AU-427") || bench.has("AU-440");
    let testimony = bench.has("AU-436") && vouched;
    let heavy = |finding: &Finding| finding.severity >= Severity::Medium && finding.effect == Effect::Accuses;
    let found = bench
        .findings
        .iter()
        .any(|finding| MISLEADING.contains(&finding.id) && heavy(finding));
    // Without proof of the domain the forgery is the stronger statement, unless the trick itself is the forgery.
    let own_trick = bench
        .all(&["ID-620", "ID-611", "ST-717", "ST-716", "ID-604", "ID-603", "ID-609"])
        .any(heavy);
    // Where the receiver saw the author fail, that he was forged is the stronger statement too.
    let refused = bench.accuses("RC-516") && !vouched;
    let decides = (found && (vouched || own_trick && !refused)) || testimony;
    let because: Vec<&str> = MISLEADING.iter().copied().chain(["AU-436", "ID-608"]).collect();
    let confidence = if case.verification.dmarc.result == Ok(DmarcResult::Pass) {
        Confidence::High
    } else {
        Confidence::Medium
    };
    decides.then(|| bench.decision(Label::Deceptive, confidence, Ground::Misleading, &because))
}

/// A signature or SPF of the author's own domain.
fn proven(bench: &Bench<'_, '_>) -> Option<Decision> {
    if !bench.is_proven() {
        return None;
    }
    let case = bench.case;
    let signed = case.proving_signatures().next().is_some() || case.restored_signatures().next().is_some();
    let confidence = if signed { Confidence::High } else { Confidence::Medium };
    Some(bench.decision(
        Label::NotSpoofed,
        confidence,
        Ground::Proven,
        &["AU-419", "AU-401", "AU-440", "AU-413"],
    ))
}

/// The check cannot be made again, and a trusted receiver saw the author pass: then that is the better witness.
fn recorded_pass(bench: &Bench<'_, '_>) -> Option<Decision> {
    bench.witnessed_pass().then(|| {
        bench.decision(
            Label::NotSpoofed,
            Confidence::Medium,
            Ground::RecordedPass,
            &["RC-517", "AU-406"],
        )
    })
}

/// The author's signature verifies once the edits of the way are undone. Whose text was added must be known for the whole to count.
fn restored(bench: &Bench<'_, '_>) -> Option<Decision> {
    let case = bench.case;
    let (_, found) = case.restored_signatures().next()?;
    let flows = explaining_flows(case);
    let because = &["AU-440", "AU-404", "AU-405"];
    let (label, ground) = match flows.is_empty() && found.adds_text() {
        true => (Label::Inconclusive, Ground::AddedByUnknown),
        false => (Label::NotSpoofed, Ground::Restored),
    };
    let confidence = if flows.is_empty() {
        Confidence::Medium
    } else {
        Confidence::High
    };
    let mut decision = bench.decision(label, confidence, ground, because);
    decision.because.extend(flows);
    Some(decision)
}

/// Flows that explain why the author's proof no longer shows.
pub(super) fn explaining_flows(case: &Case<'_>) -> Vec<&'static str> {
    let explaining =
        case.flows.iter().filter(|flow| flow.hides_author).filter(|flow| {
            ["FL-1", "FL-2", "FL-3", "FL-4", "FL-5", "FL-6", "FL-7", "FL-8", "FL-12"].contains(&flow.id)
        });
    explaining.map(|flow| flow.id).collect()
}

/// A handler that left its trail and whose word is a stranger's, and the client from which it says that it had the message: were it
/// one of the recipient's own, that client would be the one to judge.
pub(super) fn unknown_handler(case: &Case<'_>) -> Option<(IpAddr, IpAddr)> {
    let border = case.trace.border_hop()?;
    let continued = matches!(
        border.continuity,
        Continuity::ExactHost | Continuity::ExactIp | Continuity::SameHostStem | Continuity::SameOrg
    );
    let (handler, client) = (border.from.ip?, case.trace.below_border().first()?.from.ip?);
    let handled = continued && handler != client && !explaining_flows(case).is_empty();
    handled.then_some((handler, client))
}

/// A list or forward explains why the author's proof is broken. Whether it also vouches for him depends on what is left of it.
fn explained_by_flow(bench: &Bench<'_, '_>) -> Option<Decision> {
    let case = bench.case;
    let explaining = explaining_flows(case);
    if explaining.is_empty() || matches!(case.verification.dmarc.result, Ok(DmarcResult::Pass)) {
        return None;
    }
    let with_flows = |mut decision: Decision| {
        decision.because.extend(explaining.iter().copied());
        decision
    };
    if bench.has("AU-436") && bench.testimony_is_of_the_author() || bench.accuses("AU-441") {
        let because = &["AU-436", "AU-441", "AU-420", "AU-421", "ID-602"];
        return Some(bench.decision(
            Label::LikelySpoofed,
            Confidence::Medium,
            Ground::TestimonyAgainst,
            because,
        ));
    }
    // What no handler does to a body was looked for in vain: whoever changed it may have written it anew.
    let rewritten = |check: &DkimCheck| {
        let found = check.diagnosis.as_ref();
        check.body_hash == BodyHash::Mismatch && found.is_some_and(|found| !found.proven && !found.limited)
    };
    if case.breakable_signatures().any(rewritten) {
        return Some(with_flows(bench.decision(
            Label::Inconclusive,
            Confidence::Medium,
            Ground::RewrittenInFlow,
            &["AU-404", "AU-420", "AU-421", "AU-428"],
        )));
    }
    let header_intact = case
        .aligned_signatures()
        .any(|check| check.signature == SignatureState::Valid && check.body_hash != BodyHash::NotEvaluable);
    if header_intact {
        return Some(with_flows(bench.decision(
            Label::NotSpoofed,
            Confidence::Medium,
            Ground::AuthorIntactThroughFlow,
            &["AU-404", "AU-401"],
        )));
    }
    let signed_once = case
        .aligned_signatures()
        .any(|check| check.body_hash == BodyHash::Match || check.key.is_some());
    if signed_once && bench.handler_saw_pass() {
        return Some(with_flows(bench.decision(
            Label::NotSpoofed,
            Confidence::Low,
            Ground::VouchedByFlow,
            &["AU-405", "AU-404", "AU-428"],
        )));
    }
    // A forwarder breaks SPF alone: who asks for refusal and signed nothing was refused for a reason.
    let refused = bench.lacks_answers() && bench.recorded_refusal();
    if refused && bench.accuses("RC-516") && case.breakable_signatures().next().is_none() {
        return None;
    }
    let because = &["AU-420", "AU-421", "AU-422", "AU-414"];
    let (label, ground) = match bench.unsigned_through_list() {
        true => (Label::LikelySpoofed, Ground::UnsignedInFlow),
        false => (Label::Inconclusive, Ground::FlowWithoutProof),
    };
    Some(with_flows(bench.decision(label, Confidence::Medium, ground, because)))
}
