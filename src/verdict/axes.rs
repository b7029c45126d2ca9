//! The four axes of report.md, each for itself.

use super::{AuthorDomainAxis, Axes, IdentityAxis, RecordsAxis, TraceAxis};
use crate::{
    case::Case,
    finding::{Effect, Finding, Severity},
    trace::Support,
    verify::{comparison::Relation, dmarc::DmarcResult},
};

pub(super) fn axes(case: &Case<'_>, findings: &[Finding]) -> Axes {
    Axes {
        author_domain: author_domain(case, findings),
        identity: identity(findings),
        trace: trace(case, findings),
        records: records(case),
    }
}

fn has(findings: &[Finding], ids: &[&str]) -> bool {
    findings.iter().any(|finding| {
        ids.contains(&finding.id) && finding.effect == Effect::Accuses && finding.severity >= Severity::Medium
    })
}

fn author_domain(case: &Case<'_>, findings: &[Finding]) -> AuthorDomainAxis {
    let proven = case.spf_proves() || case.proving_signatures().next().is_some();
    match case.verification.dmarc.result {
        Ok(DmarcResult::Pass) => AuthorDomainAxis::Authenticated,
        _ if has(findings, &["ID-601"]) => AuthorDomainAxis::Forged,
        Ok(DmarcResult::None) if proven => AuthorDomainAxis::Authenticated,
        Ok(DmarcResult::Fail | DmarcResult::None) => AuthorDomainAxis::Unauthenticated,
        _ if case.recorded_author_pass().is_some() => AuthorDomainAxis::Authenticated,
        _ => AuthorDomainAxis::Unknown,
    }
}

fn identity(findings: &[Finding]) -> IdentityAxis {
    if has(findings, &["ID-611", "ID-620", "ST-717"]) {
        IdentityAxis::Ambiguous
    } else if has(
        findings,
        &[
            "ID-603", "ID-604", "ID-605", "ID-606", "ID-607", "ID-609", "ID-621", "ID-631", "ID-632", "ID-633",
        ],
    ) {
        IdentityAxis::Deceptive
    } else {
        IdentityAxis::Plain
    }
}

fn trace(case: &Case<'_>, findings: &[Finding]) -> TraceAxis {
    let contradicted = case.trace.hops.iter().any(|hop| hop.support == Support::Contradicted);
    if case.trace.hops.is_empty() {
        TraceAxis::Absent
    } else if contradicted || has(findings, &["TR-104", "TR-105", "TR-106", "TR-111", "TR-131", "RC-502"]) {
        TraceAxis::Contradicted
    } else if case.trace.border.is_none() {
        TraceAxis::Unknown
    } else {
        TraceAxis::Consistent
    }
}

fn records(case: &Case<'_>) -> RecordsAxis {
    let relations: Vec<Relation> = case.verification.comparison.iter().map(|line| line.relation).collect();
    let any = |wanted: Relation| relations.contains(&wanted);
    if any(Relation::Contradicted) {
        RecordsAxis::Contradicted
    } else if any(Relation::ChangedSince) {
        RecordsAxis::Changed
    } else if any(Relation::Agree) {
        RecordsAxis::Agree
    } else if any(Relation::NotChecked) {
        RecordsAxis::Unknown
    } else {
        RecordsAxis::Absent
    }
}
