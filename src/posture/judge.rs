//! From records to holes, and from holes to the verdict.
//!
//! Somebody else's mail with the domain in From gets past a receiver that enforces DMARC in two ways: DMARC asks for nothing,
//! or the stranger passes SPF or DKIM for the domain itself.

use super::model::{About, DkimKey, Dmarc, Grade, Hole, Published, Spf, Spoofable, State, StatedPolicy, Verdict};
use crate::{
    verify::{dmarc::Policy, spf::SpfResult},
    words::counted,
};

/// RFC 7208 3.4: name and TXT records together, so that answers fit into a UDP packet.
const MAX_ANSWER_OCTETS: usize = 450;
/// Reasons that a sentence names.
const MAX_REASONS: usize = 3;

/// The verdict on a domain, and its holes, the gravest first.
pub(super) fn judge(domain: &str, published: &Published) -> (Verdict, Vec<Hole>) {
    let mut holes = Vec::new();
    dmarc(&published.dmarc, &mut holes);
    spf(&published.spf, &mut holes);
    for selector in &published.dkim {
        key(selector, &mut holes);
    }
    holes.sort_by_key(|hole| hole.grade);
    (verdict(domain, published, &holes), holes)
}

fn add(holes: &mut Vec<Hole>, grade: Grade, about: About, text: impl Into<String>) {
    let text = text.into();
    holes.push(Hole { grade, about, text });
}

fn dmarc(dmarc: &Dmarc, holes: &mut Vec<Hole>) {
    let mut hole = |grade, text: String| add(holes, grade, About::Dmarc, text);
    match &dmarc.policy {
        Some(policy) if policy.in_force == Policy::None => {
            hole(Grade::Opens, format!("{} asks receivers for nothing", stated(policy)))
        }
        Some(policy) if policy.in_force == Policy::Quarantine => hole(
            Grade::Remark,
            format!("{} has forged mail marked, not refused", stated(policy)),
        ),
        Some(_) => {}
        None if dmarc.known => hole(
            Grade::Opens,
            match (&dmarc.record, &dmarc.cause) {
                (Some(_), Some(cause)) => cause.clone(),
                _ => "there is no DMARC record that counts".to_owned(),
            },
        ),
        None => {}
    }
    if let Some(policy) = &dmarc.policy {
        for (who, below) in [("exist", &dmarc.subdomains), ("do not exist", &dmarc.nonexistent)] {
            if let Some(below) = below.as_ref().filter(|below| below.in_force < policy.in_force) {
                hole(
                    Grade::Below,
                    format!(
                        "names below the domain that {who} are worse protected: {}",
                        stated(below)
                    ),
                );
            }
        }
        if !dmarc.reports {
            hole(
                Grade::Remark,
                "nobody gets aggregate reports: there is no rua=".to_owned(),
            );
        }
    }
    for defect in &dmarc.defects {
        hole(Grade::Remark, defect.clone());
    }
}

/// `p=reject at bank.example`; with t=y what is left of it.
fn stated(policy: &StatedPolicy) -> String {
    let (tag, at) = (policy.tag, &policy.record_domain);
    let published = word(policy.published);
    if policy.published == policy.in_force {
        format!("{tag}={published} at {at}")
    } else {
        format!(
            "{tag}={published} at {at}, which t=y lowers to {},",
            word(policy.in_force)
        )
    }
}

pub(super) fn word(policy: Policy) -> &'static str {
    match policy {
        Policy::None => "none",
        Policy::Quarantine => "quarantine",
        Policy::Reject => "reject",
    }
}

fn spf(spf: &Spf, holes: &mut Vec<Hole>) {
    let mut hole = |grade, text: String| add(holes, grade, About::Spf, text);
    if matches!(spf.fact.state, State::Absent | State::NoSuchName) {
        hole(
            Grade::Remark,
            "no SPF record: only DKIM can vouch for the domain's own mail".to_owned(),
        );
    }
    for error in &spf.errors {
        hole(Grade::Remark, format!("SPF ends in permerror: {error}"));
    }
    let broken = !spf.errors.is_empty();
    let mut shared = Vec::new();
    for term in &spf.terms {
        if let Some(breadth) = term.breadth.as_ref().filter(|_| term.passes) {
            let grade = match term.everyone && !broken {
                true => Grade::Opens,
                // Whether a permerror comes before the term depends on the client.
                false => Grade::Weakens,
            };
            hole(
                grade,
                format!("`{}` in the SPF record of {}: {breadth}", term.term, term.domain),
            );
        }
        let platform = term.shared_by.filter(|_| term.passes);
        if let Some(platform) = platform.filter(|platform| !shared.contains(platform)) {
            shared.push(platform);
        }
    }
    if !shared.is_empty() {
        hole(
            Grade::Remark,
            format!(
                "every customer of {} sends from addresses that pass SPF",
                shared.join(", of ")
            ),
        );
    }
    if spf.otherwise == Some(SpfResult::Neutral) {
        hole(
            Grade::Remark,
            "SPF says nothing about other addresses: the default is neutral".to_owned(),
        );
    }
    if spf.answer_octets > MAX_ANSWER_OCTETS {
        hole(
            Grade::Remark,
            format!(
                "the TXT records are {} octets: answers may not fit into a UDP packet",
                spf.answer_octets
            ),
        );
    }
    if spf.limited {
        hole(
            Grade::Remark,
            "the SPF records are too many to be read to the end".to_owned(),
        );
    }
}

fn key(key: &DkimKey, holes: &mut Vec<Hole>) {
    let mut hole = |grade, text: String| add(holes, grade, About::Dkim, format!("{}: {text}", key.fact.name));
    if let Some(problem) = &key.problem {
        return hole(Grade::Remark, format!("verifies nothing: {problem}"));
    }
    for weakness in &key.weaknesses {
        let grade = match weakness.kind {
            _ if key.for_mail == Some(false) => Grade::Remark,
            // Their private half is known, or is found at once.
            "published" | "small-factor" => Grade::Opens,
            // To factor the modulus takes effort; and receivers that follow RFC 8301 do not accept a short one.
            _ => Grade::Weakens,
        };
        hole(grade, weakness.text.clone());
    }
    let flags = [
        (key.revoked, "revoked (p= is empty)"),
        (
            key.testing,
            "on trial (t=y): some receivers treat its signatures as absent",
        ),
        (key.for_mail == Some(false), "not for mail (s=)"),
    ];
    for (_, words) in flags.iter().filter(|(holds, _)| *holds) {
        hole(Grade::Remark, (*words).to_owned());
    }
    for remark in &key.remarks {
        hole(Grade::Remark, remark.clone());
    }
}

fn verdict(domain: &str, published: &Published, holes: &[Hole]) -> Verdict {
    let reasons = |grade| -> Vec<&str> {
        let of_grade = holes.iter().filter(|hole| hole.grade == grade);
        of_grade.map(|hole| hole.text.as_str()).collect()
    };
    let (opens, weakens) = (reasons(Grade::Opens), reasons(Grade::Weakens));
    let decisive = decisive_unknowns(published);
    let spoofable = match (opens.is_empty(), decisive.is_empty(), weakens.is_empty()) {
        (false, _, _) => Spoofable::Yes,
        (true, false, _) => Spoofable::Unknown,
        (true, true, false) => Spoofable::Partly,
        (true, true, true) => Spoofable::No,
    };
    let mail = format!("mail with exactly {domain} in From");
    let past = "past a receiver that enforces DMARC";
    let sentence = match spoofable {
        Spoofable::Yes => format!("Anyone can get {mail} {past}, because {}.", joined(&opens)),
        Spoofable::Partly => format!("Some strangers can get {mail} {past}, because {}.", joined(&weakens)),
        Spoofable::Unknown => {
            let decisive: Vec<&str> = decisive.iter().map(String::as_str).collect();
            format!(
                "Whether a stranger can get {mail} {past} is unknown, because {}.",
                joined(&decisive)
            )
        }
        Spoofable::No => {
            let policy = published.dmarc.policy.as_ref().map(stated).unwrap_or_default();
            format!(
                "A stranger cannot get {mail} {past}, because {policy} is in force and nothing that was found lets a \
                 stranger pass SPF or DKIM for the domain."
            )
        }
    };
    let mut unknowns = decisive;
    unknowns.extend(other_unknowns(published));
    Verdict {
        spoofable,
        sentence,
        unknowns,
        limits: limits(published),
    }
}

/// What decides, where it is not known. Where DMARC is known to ask for nothing, SPF changes nothing any more.
fn decisive_unknowns(published: &Published) -> Vec<String> {
    let mut unknowns = Vec::new();
    if !published.dmarc.known {
        let cause = published
            .dmarc
            .cause
            .as_deref()
            .unwrap_or("the DMARC record is not known");
        unknowns.push(cause.to_owned());
    }
    unknowns.extend(published.spf.unknowns.iter().cloned());
    if published.spf.limited {
        unknowns.push("the SPF records were not read to the end".to_owned());
    }
    unknowns
}

/// Selectors whose keys are not known.
fn other_unknowns(published: &Published) -> Vec<String> {
    let keys = published.dkim.iter().filter(|key| !key.fact.state.is_known());
    keys.map(|key| format!("the key at {}: {}", key.fact.name, key.fact.state.words()))
        .collect()
}

fn limits(published: &Published) -> Vec<String> {
    let mut limits = vec![match published.dkim.len() {
        0 => "No DKIM key was looked at: DNS does not list selectors; name them with --selector.".to_owned(),
        _ => "Selectors other than those listed may hold keys: DNS does not list them.".to_owned(),
    }];
    let dmarc = &published.dmarc;
    if dmarc.policy.is_some() && !(dmarc.strict_spf && dmarc.strict_dkim) {
        limits.push(
            "Alignment is relaxed: a name of the same organisation that lets strangers pass SPF or DKIM lets them pass \
             here too; such names were not looked at."
                .to_owned(),
        );
    }
    limits
        .push("Receivers that do not enforce DMARC, look-alike names and display names are another matter.".to_owned());
    limits
}

fn joined(reasons: &[&str]) -> String {
    let mut text = reasons
        .iter()
        .take(MAX_REASONS)
        .copied()
        .collect::<Vec<_>>()
        .join("; and ");
    if reasons.len() > MAX_REASONS {
        text.push_str(&format!(
            "; and {}",
            counted(reasons.len() - MAX_REASONS, "more reason")
        ));
    }
    text
}
