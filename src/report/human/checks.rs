//! What was recorded at delivery beside what comes out now.

use super::{
    keys,
    page::{Page, Tone, word},
    spf,
    who::reason,
};
use crate::{
    recorded::Standing,
    report::{Report, model},
    verify::{
        comparison::Relation,
        dkim::{BodyHash, SignatureState, key_name},
    },
};

pub(super) fn draw(page: &mut Page, report: &Report) {
    page.heading("CHECKED AGAIN", "");
    let cells = page.safe_cells(rows(report));
    page.table(Some(["", "", "recorded", "recomputed", ""]), cells, Some(1));
    let (mail_from, helo) = (&report.authentication.spf.mail_from, &report.authentication.spf.helo);
    spf::way(page, mail_from);
    not_believed(page, report);
    if page.options.verbose > 0 {
        if let Some(statement) = &report.envelope.statement {
            page.blank();
            page.wrapped("  ", &format!("{statement}."));
        }
        let all = page.options.verbose > 1;
        spf::tree(page, "MAIL FROM", mail_from, all);
        if helo.domain != mail_from.domain {
            spf::tree(page, "HELO", helo, all);
        }
        keys::draw(page, &report.authentication.dkim);
        tree_walk(page, &report.authentication.dmarc.check);
    }
}

fn rows(report: &Report) -> Vec<[String; 5]> {
    let auth = &report.authentication;
    let mut rows = Vec::new();
    let (mail_from, helo) = (&auth.spf.mail_from, &auth.spf.helo);
    let of_spf = |check: &model::SpfCheck| {
        let how = check.matched.as_ref().or(check.cause.as_ref());
        let result = check.result.as_ref().map(word);
        row(
            report,
            "spf",
            check.domain.clone(),
            result,
            check.reason.as_deref(),
            how.cloned(),
        )
    };
    rows.push(of_spf(mail_from));
    let recorded_of_helo = |line: &model::Comparison| line.method == "spf" && line.identifier == helo.domain;
    if helo.domain != mail_from.domain && report.comparison.iter().any(recorded_of_helo) {
        let mut line = of_spf(helo);
        line[4].insert_str(0, "of HELO: ");
        rows.push(line);
    }
    for check in auth.dkim.iter().take(8) {
        let mut line = row(
            report,
            "dkim",
            name_of(check),
            check.result.as_ref().map(word),
            check.reason.as_deref(),
            undone(check)
                .or_else(|| check.cause.clone())
                .or_else(|| check.algorithm.clone()),
        );
        line[1] = check.domain.clone().unwrap_or_default();
        rows.push(line);
    }
    for check in auth.domainkeys.iter().take(2) {
        rows.push(row(
            report,
            "domainkeys",
            check.domain.clone(),
            check.result.as_ref().map(word),
            check.reason.as_deref(),
            check.result.and(check.reason.clone()),
        ));
    }
    let dmarc = &auth.dmarc.check;
    let policy = dmarc.policy.map(|policy| {
        let effective = word(&policy);
        match (dmarc.published_policy, dmarc.policy_tag) {
            (Some(published), Some(tag)) if word(&published) != effective => {
                format!("{tag}={}, in force: {effective}", word(&published))
            }
            (_, tag) => format!("{}={effective}", tag.unwrap_or("p")),
        }
    });
    rows.push(row(
        report,
        "dmarc",
        dmarc.domain.clone(),
        dmarc.result.as_ref().map(word),
        dmarc.reason.as_deref(),
        policy.or_else(|| dmarc.cause.clone()),
    ));
    for check in &auth.dmarc.per_author {
        let policy = check.policy.map(|policy| format!("p={}", word(&policy)));
        rows.push(row(
            report,
            "dmarc",
            check.domain.clone(),
            check.result.as_ref().map(word),
            check.reason.as_deref(),
            policy.or_else(|| check.cause.clone()),
        ));
    }
    rows.extend(super::arc::rows(report));
    let unchecked = report
        .comparison
        .iter()
        .filter(|line| line.recomputed.is_none() && line.relation == Relation::NotChecked && !has_a_row(report, line));
    rows.extend(unchecked.take(4).map(|line| {
        [
            line.method.to_uppercase(),
            line.identifier.clone().unwrap_or_default(),
            line.recorded.clone().unwrap_or_default(),
            "not checked".to_owned(),
            line.cause.clone().unwrap_or_default(),
        ]
    }));
    rows
}

/// Whether what was recorded stands beside a check of our own.
fn has_a_row(report: &Report, line: &model::Comparison) -> bool {
    match line.method.as_str() {
        "spf" | "dmarc" | "arc" => true,
        "dkim" => {
            let mut names = report.authentication.dkim.iter().map(name_of);
            names.any(|name| name.is_some() && name == line.identifier)
        }
        _ => false,
    }
}

/// What tells a signature from others: the name of its key.
fn name_of(check: &model::Dkim) -> Option<String> {
    match (&check.selector, &check.domain) {
        (Some(selector), Some(domain)) => Some(key_name(selector, domain)),
        (_, domain) => domain.clone(),
    }
}

/// What has to be undone for a failing signature to verify.
fn undone(check: &model::Dkim) -> Option<String> {
    let found = check.diagnosis.as_ref()?;
    let whole = found.body_hash == BodyHash::Match && found.signature == SignatureState::Valid;
    let kinds: Vec<&str> = found.edits.iter().map(|edit| edit.kind).collect();
    whole.then(|| format!("VALID without {}", kinds.join(", ")))
}

fn row(
    report: &Report,
    method: &str,
    identifier: Option<String>,
    result: Option<String>,
    why: Option<&str>,
    how: Option<String>,
) -> [String; 5] {
    let line = report
        .comparison
        .iter()
        .find(|line| line.method == method && (line.identifier == identifier || identifier.is_none()));
    let recorded = line
        .and_then(|line| line.recorded.clone())
        .unwrap_or_else(|| "-".to_owned());
    let relation = match line.map(|line| line.relation) {
        Some(Relation::Contradicted) => "CONTRADICTED; ",
        Some(Relation::ChangedSince) => "changed since; ",
        _ => "",
    };
    let recomputed = result.unwrap_or_else(|| reason(why));
    [
        method.to_uppercase(),
        identifier.unwrap_or_default(),
        recorded,
        recomputed,
        format!("{relation}{}", how.unwrap_or_default()),
    ]
}

/// Results that stand in the header and are not believed, each with the reason.
fn not_believed(page: &mut Page, report: &Report) {
    for finding in report.findings.iter().filter(|finding| finding.id == "RC-518") {
        if let Some(line) = finding.evidence.first().and_then(|evidence| evidence.line) {
            let text = format!("line {line}: {}", finding.message);
            page.hanging("  ", "    ", &text, Tone::Doubtful);
        }
    }
    let doubtful = report
        .recorded
        .iter()
        .filter(|record| record.standing != Standing::Trusted);
    let (forged, others): (Vec<&model::Record>, Vec<_>) =
        doubtful.partition(|record| record.standing == Standing::Forged);
    for record in forged.iter().chain(others.iter().take(3)) {
        let results: Vec<String> = record
            .methods
            .iter()
            .take(4)
            .map(|result| format!("{}={}", result.method, result.result))
            .collect();
        let lead = if record.standing == Standing::Forged {
            "FORGED"
        } else {
            "not believed"
        };
        let tone = if record.standing == Standing::Forged {
            Tone::Bad
        } else {
            Tone::Faint
        };
        let text = format!("{lead}: line {}, {}. {}", record.line, results.join(" "), record.reason);
        page.hanging("  ", "    ", &text, tone);
    }
    if others.len() > 3 {
        page.wrapped(
            "  ",
            &format!(
                "and {} more results that nothing binds to the receiver",
                others.len() - 3
            ),
        );
    }
}

fn tree_walk(page: &mut Page, dmarc: &model::DmarcCheck) {
    for step in &dmarc.tree_walk {
        let found = step.record.clone().unwrap_or_else(|| step.outcome.to_owned());
        page.hanging("  ", "    ", &format!("{}  {found}", step.name), Tone::Faint);
    }
}
