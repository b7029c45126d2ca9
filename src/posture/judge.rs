//! What the published records mean: who can use the name, and what is wrong.

use super::model::{Answer, Posture, Problem, Stated, Weight};
use crate::verify::{dmarc::Policy, spf::SpfResult};

/// A TXT answer that grows beyond this is no longer sure to fit a UDP reply (RFC 7208 3.4).
const LONG_RECORD: usize = 450;
/// RFC 7208 4.6.4.
const MAX_LOOKUPS: u32 = 10;

/// Fills `spoofable` and `problems`.
pub(super) fn judge(posture: &mut Posture) {
    let mut problems = Vec::new();
    spf(posture, &mut problems);
    dmarc(posture, &mut problems);
    keys(posture, &mut problems);
    problems.sort_by_key(|problem| problem.weight);
    posture.problems = problems;
    spoofable(posture);
}

fn problem(
    all: &mut Vec<Problem>,
    weight: Weight,
    about: &'static str,
    reference: &'static str,
    text: impl Into<String>,
) {
    all.push(Problem {
        weight,
        about,
        text: text.into(),
        reference,
    });
}

fn spf(posture: &Posture, all: &mut Vec<Problem>) {
    let spf = &posture.spf;
    if !spf.known {
        return;
    }
    let mut say = |weight, reference, text: String| problem(all, weight, "spf", reference, text);
    if spf.records.is_empty() {
        say(
            Weight::Medium,
            "RFC 7208 3",
            "There is no SPF record: no server is named as the domain's own, and none is excluded.".to_owned(),
        );
        return;
    }
    for error in &spf.errors {
        say(
            Weight::High,
            "RFC 7208 4.6",
            format!("Every check of the SPF record can end in permerror, for honest mail too: {error}."),
        );
    }
    for term in spf.terms.iter().filter(|term| term.passes) {
        if let Some(what) = &term.overbroad {
            let weight = if term.everyone { Weight::High } else { Weight::Medium };
            say(
                weight,
                "RFC 7208 11.4",
                format!("`{}` in the record of {}: {what}.", term.term, term.domain),
            );
        }
    }
    let mut platforms: Vec<&str> = spf.terms.iter().filter_map(|term| term.shared_by).collect();
    platforms.dedup();
    for platform in platforms {
        say(
            Weight::Low,
            "RFC 7208 11.4",
            format!(
                "Every customer of {platform} sends from addresses that pass, if {platform} lets him use this MAIL FROM."
            ),
        );
    }
    match spf.otherwise {
        Some(SpfResult::Neutral) => say(
            Weight::Medium,
            "RFC 7208 8.2",
            "All other servers get neutral, which says no more than no record.".to_owned(),
        ),
        Some(SpfResult::Softfail) if posture.dmarc.in_force.is_none_or(|policy| policy == Policy::None) => say(
            Weight::Low,
            "RFC 7208 8.5",
            "All other servers get softfail, and no DMARC policy asks for more.".to_owned(),
        ),
        _ => {}
    }
    if (8..=MAX_LOOKUPS).contains(&spf.lookups) {
        say(
            Weight::Low,
            "RFC 7208 4.6.4",
            format!(
                "{} of {MAX_LOOKUPS} lookups are used: one more include may break it.",
                spf.lookups
            ),
        );
    }
    if let Some(length) = spf.length.filter(|length| *length > LONG_RECORD) {
        say(
            Weight::Low,
            "RFC 7208 3.4",
            format!("The record has {length} octets; beyond {LONG_RECORD} an answer may not fit one packet."),
        );
    }
}

fn dmarc(posture: &Posture, all: &mut Vec<Problem>) {
    let dmarc = &posture.dmarc;
    if !dmarc.known {
        return;
    }
    let mut say = |weight, reference, text: String| problem(all, weight, "dmarc", reference, text);
    for defect in &dmarc.defects {
        say(
            Weight::Medium,
            "RFC 9989 4.7",
            format!("The record has a defect: {defect}."),
        );
    }
    match dmarc.in_force {
        None => say(
            Weight::High,
            "RFC 9989 4.10.1",
            "No DMARC policy applies: no receiver is asked to refuse mail that fails.".to_owned(),
        ),
        Some(Policy::None) if dmarc.testing && dmarc.published != Some(Policy::None) => say(
            Weight::High,
            "RFC 9989 4.7",
            "t=y turns the policy into none: it is only tested.".to_owned(),
        ),
        Some(Policy::None) => say(
            Weight::High,
            "RFC 9989 4.7",
            "p=none asks receivers to deliver what fails.".to_owned(),
        ),
        Some(Policy::Quarantine) => say(
            Weight::Low,
            "RFC 9989 4.7",
            "What fails goes to the junk folder, where people still find it.".to_owned(),
        ),
        Some(Policy::Reject) => {}
    }
    for (stated, whom) in [
        (&dmarc.subdomains, "names below it that exist"),
        (&dmarc.nonexistent, "invented names below it"),
    ] {
        if let Some(stated) = stated.as_ref().filter(|stated| Some(stated.in_force) < dmarc.in_force) {
            let Stated { tag, record_domain, .. } = stated;
            let weight = if stated.in_force == Policy::None {
                Weight::High
            } else {
                Weight::Medium
            };
            say(
                weight,
                "RFC 9989 4.7",
                format!(
                    "{tag}= at {record_domain} protects {whom} less than the domain itself: {}.",
                    word(stated.in_force)
                ),
            );
        }
    }
    if dmarc.record.is_some() && !dmarc.reports {
        say(
            Weight::Low,
            "RFC 9990",
            "Nobody gets aggregate reports (no rua=): its owner will not see who uses the name.".to_owned(),
        );
    }
}

fn keys(posture: &Posture, all: &mut Vec<Problem>) {
    for key in &posture.dkim {
        for text in &key.problems {
            problem(
                all,
                if key.state == "key" {
                    Weight::Medium
                } else {
                    Weight::Low
                },
                "dkim",
                "RFC 6376 3.6.1, RFC 8301 3.2",
                format!("{}: {text}.", key.name),
            );
        }
        if key.testing {
            let text = format!(
                "{}: t=y tells receivers to treat its signatures as if there were none.",
                key.name
            );
            problem(all, Weight::Low, "dkim", "RFC 6376 3.6.1", text);
        }
    }
}

/// The judgement in three words and a sentence.
fn spoofable(posture: &mut Posture) {
    let dmarc = &posture.dmarc;
    let open_spf = everyone_passes(posture);
    let of = |known: bool, policy: Option<Policy>| match policy {
        _ if !known => Answer::Unknown,
        None | Some(Policy::None) => Answer::Yes,
        Some(_) => Answer::No,
    };
    let stated = |stated: &Option<Stated>| stated.as_ref().map(|stated| stated.in_force);
    let mut exact = of(dmarc.known, dmarc.in_force);
    let name = &posture.domain;
    let why = match (exact, open_spf) {
        (Answer::No, Some(term)) => {
            exact = Answer::Yes;
            format!(
                "its DMARC policy asks to refuse what fails, but nothing fails: {term} lets every server pass SPF for it"
            )
        }
        (Answer::No, None) => match dmarc.in_force {
            Some(policy) => format!(
                "its DMARC policy ({}) refuses whatever passes neither SPF nor DKIM in its name",
                word(policy)
            ),
            None => String::new(),
        },
        (Answer::Yes, _) if dmarc.in_force.is_none() => "no DMARC policy asks anyone to refuse it".to_owned(),
        (Answer::Yes, _) => "its DMARC policy asks for nothing".to_owned(),
        (Answer::Unknown, _) => "its DMARC record is not known: nobody asked, or the lookup failed".to_owned(),
    };
    let lead = match exact {
        Answer::Yes => "can be forged",
        Answer::No => "cannot be forged past a receiver that enforces DMARC",
        Answer::Unknown => "may or may not be forged",
    };
    let spoofable = super::model::Spoofable {
        exact,
        subdomains: of(dmarc.subdomains_known, stated(&dmarc.subdomains)),
        nonexistent: of(dmarc.subdomains_known, stated(&dmarc.nonexistent)),
        why: format!("Mail with {name} in From {lead}: {why}."),
    };
    posture.spoofable = spoofable;
}

/// The term by which every server on the Internet passes SPF for the domain.
fn everyone_passes(posture: &Posture) -> Option<String> {
    let spf = &posture.spf;
    if !spf.errors.is_empty() || spf.records.len() != 1 {
        return None;
    }
    let term = spf.terms.iter().find(|term| term.passes && term.everyone);
    match (term, spf.otherwise) {
        (Some(term), _) => Some(format!("`{}`", term.term)),
        (None, Some(SpfResult::Pass)) => Some("the end of its record".to_owned()),
        (None, _) => None,
    }
}

pub(super) fn word(policy: Policy) -> &'static str {
    match policy {
        Policy::None => "none",
        Policy::Quarantine => "quarantine",
        Policy::Reject => "reject",
    }
}
