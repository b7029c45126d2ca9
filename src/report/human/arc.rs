//! The ARC chain: a row a set, with what its sealer saw.

use super::{page::word, who::reason};
use crate::{
    recorded::RecordKind,
    report::{Report, model},
    verify::arc::ArcResult,
};

/// Sets shown before the rest is left to JSON.
const MAX_SETS: usize = 6;

/// Rows for the table of checks: method, name, recorded, recomputed, how.
pub(super) fn rows(report: &Report) -> Vec<[String; 5]> {
    let arc = &report.authentication.arc;
    let newest = arc.sets.len().saturating_sub(1);
    let skipped = arc.sets.len().saturating_sub(MAX_SETS);
    let mut rows: Vec<[String; 5]> = Vec::new();
    for (index, set) in arc.sets.iter().enumerate().skip(skipped) {
        let line = (index == newest).then(|| report.comparison.iter().find(|line| line.method == "arc"));
        let recorded = line.flatten().and_then(|line| line.recorded.clone());
        let sealer = set.sealer.as_deref().unwrap_or("nobody");
        rows.push([
            "ARC".to_owned(),
            format!("i={} {sealer}", set.instance),
            recorded.unwrap_or_else(|| "-".to_owned()),
            outcome(set),
            saw(report, set.instance),
        ]);
    }
    if let Some(word) = chain(arc) {
        rows.push([
            "ARC".to_owned(),
            "the chain".to_owned(),
            String::new(),
            word,
            arc.cause.clone().unwrap_or_default(),
        ]);
    }
    rows
}

/// The chain's own row: where it does not simply pass.
fn chain(arc: &model::Arc) -> Option<String> {
    let plain = matches!(arc.result, Some(ArcResult::None | ArcResult::Pass));
    (!plain).then(|| arc.result.as_ref().map_or_else(|| reason(arc.reason.as_deref()), word))
}

/// `pass` where both signatures of a set hold; else what each is.
fn outcome(set: &model::ArcSet) -> String {
    let told = |result: Option<ArcResult>, check: &Option<model::ArcSignature>| match (result, check) {
        (Some(result), _) => result.word().to_owned(),
        (None, Some(check)) => reason(check.reason.as_deref()),
        (None, None) => "missing or doubled".to_owned(),
    };
    let seal = told(set.seal, &set.seal_check);
    let signature = told(set.message_signature, &set.message_signature_check);
    if seal == signature {
        seal
    } else {
        format!("seal {seal}, message {signature}")
    }
}

/// What the sealer says that it saw: of DMARC, DKIM and SPF, and for whom.
fn saw(report: &Report, instance: u32) -> String {
    let record = report
        .recorded
        .iter()
        .find(|record| record.kind == RecordKind::ArcAuthenticationResults && record.instance == Some(instance));
    let results = record.iter().flat_map(|record| &record.methods);
    let seen: Vec<String> = results
        .filter(|result| ["dmarc", "dkim", "spf"].contains(&result.method.as_str()))
        .take(3)
        .map(|result| {
            let named = ["header.from", "header.d", "header.i", "smtp.mailfrom"]
                .iter()
                .find_map(|name| result.properties.get(*name));
            match named {
                Some(name) => format!("{}={} for {name}", result.method, result.result),
                None => format!("{}={}", result.method, result.result),
            }
        })
        .collect();
    match seen.is_empty() {
        true => String::new(),
        false => format!("saw {}", seen.join(", ")),
    }
}
