//! What a domain publishes, without a message: can mail in its name be forged, and what should its owner publish?
//!
//! [`examine`] asks a snapshot, [`model`] is what comes out, `judge` says what it means, `advice` which records would help,
//! `human` draws it.

mod advice;
mod human;
mod judge;
pub mod model;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests;

use crate::{
    dns::{Answer, Data, Lookups, Question, RecordType, Snapshot},
    domain,
    identity::platform_of_spf,
    time::Timestamp,
    verify::{dkim, dmarc, spf},
};
use model::{Asked, Fact, Mail, Policy, Posture, Selector, Spf, SpfTerm};

pub use human::render;

/// Selectors that widely used mail systems publish under. Asked only on demand: a guess that misses says nothing.
pub const COMMON_SELECTORS: &[&str] = &[
    "default",
    "dkim",
    "mail",
    "google",
    "selector1",
    "selector2",
    "s1",
    "s2",
    "k1",
    "k2",
    "k3",
    "mandrill",
    "pm",
    "smtp",
    "mx",
    "zoho",
    "protonmail",
    "protonmail2",
    "protonmail3",
    "fm1",
    "fm2",
    "fm3",
    "sig1",
    "amazonses",
    "everlytickey1",
    "20230601",
    "mxvault",
    "cm",
    "mte1",
    "mte2",
];
/// Selectors asked for one domain.
const MAX_SELECTORS: usize = 64;

/// What is examined.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The domain in normal form.
    name: String,
    /// Selectors to look at, as the user knows them.
    selectors: Vec<String>,
    /// ... and those of [`COMMON_SELECTORS`], of which only found ones are told.
    guessed: bool,
}

impl Subject {
    /// A domain to examine; `None` where the text is no domain name that DNS can carry (RFC 1035 2.3.4).
    pub fn new(name: &str, selectors: &[String], guess: bool) -> Option<Self> {
        let name = domain::normalise(name.trim().rsplit('@').next().unwrap_or_default());
        let labels = name.split('.').all(|label| (1..=63).contains(&label.len()));
        let plain = !name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '[' || c == '@');
        (labels && plain && name.len() <= 240).then(|| Self {
            name,
            selectors: selectors.iter().take(MAX_SELECTORS).cloned().collect(),
            guessed: guess,
        })
    }

    /// The domain.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Examines a domain with the answers of a snapshot alone.
pub fn examine(subject: &Subject, snapshot: &Snapshot, as_of: Timestamp) -> Posture {
    let lookups = Lookups::new(snapshot, None);
    let name = &subject.name;
    let publication = dmarc::publication(name, &lookups);
    let census = spf::census(name, &lookups);
    let mut posture = Posture {
        schema: model::SCHEMA,
        domain: name.clone(),
        as_of: as_of.to_string(),
        exists: publication.check.domain_exists,
        mail: mail(name, &lookups),
        spf: spf_of(census),
        dmarc: dmarc_of(&publication),
        dkim: selectors(subject, &lookups),
        facts: facts(name, &lookups),
        spoofable: model::Spoofable::default(),
        problems: Vec::new(),
        advice: Vec::new(),
        questions: Vec::new(),
    };
    judge::judge(&mut posture);
    posture.advice = advice::advise(&posture);
    posture.questions = lookups
        .asked()
        .into_iter()
        .map(|asked| Asked {
            name: asked.question.name.clone(),
            rtype: asked.question.rtype.name().into_owned(),
            rcode: asked.answer.rcode().map(str::to_owned),
        })
        .collect();
    posture
}

/// The questions that the examination lacks, as far as they are known before the answers are.
pub fn missing(subject: &Subject, snapshot: &Snapshot) -> Vec<Question> {
    let lookups = Lookups::new(snapshot, None);
    dmarc::publication(&subject.name, &lookups);
    spf::census(&subject.name, &lookups);
    mail(&subject.name, &lookups);
    selectors(subject, &lookups);
    facts(&subject.name, &lookups);
    lookups.missing()
}

fn mail(name: &str, lookups: &Lookups<'_>) -> Mail {
    let exchanges = match lookups.ask(&Question::new(name, RecordType::Mx), "mx") {
        Answer::Records(data) => Some(data.iter().map(|data| data.to_text().into_owned()).collect()),
        Answer::NoData | Answer::NxDomain => Some(Vec::new()),
        Answer::Failed(_) | Answer::TimedOut | Answer::NotAsked => None,
    };
    let is_null = |exchanges: &Vec<String>| {
        // RFC 7505 3: preference 0 and the root as exchange.
        exchanges.len() == 1 && exchanges.iter().all(|text| text.split_whitespace().nth(1) == Some("."))
    };
    Mail {
        null_mx: exchanges.as_ref().map(is_null),
        exchanges,
    }
}

fn spf_of(census: spf::Census) -> Spf {
    let known = !matches!(census.answer, Answer::Failed(_) | Answer::TimedOut | Answer::NotAsked);
    let terms: Vec<SpfTerm> = census
        .terms
        .into_iter()
        .map(|term| SpfTerm {
            depth: term.depth,
            domain: term.domain,
            term: term.term,
            shared_by: term
                .target
                .as_deref()
                .filter(|_| term.passes)
                .and_then(platform_of_spf)
                .map(|platform| platform.name),
            lookup: term.costs_lookup,
            void: term.void,
            passes: term.passes,
            everyone: term.breadth.as_ref().is_some_and(|breadth| breadth.everyone),
            overbroad: term.breadth.map(|breadth| breadth.what),
            remark: term.remark,
        })
        .collect();
    Spf {
        known,
        length: census.records.first().map(String::len),
        records: census.records,
        terms,
        lookups: census.lookups,
        voids: census.voids,
        otherwise: census.otherwise,
        errors: census.errors,
        unknown: census.unknown,
        limited: census.limited,
    }
}

fn dmarc_of(found: &dmarc::Publication) -> Policy {
    let stated = |stated: &Option<dmarc::Stated>| {
        stated.as_ref().map(|stated| model::Stated {
            record_domain: stated.record_domain.clone(),
            tag: stated.tag,
            published: stated.published,
            in_force: stated.in_force,
        })
    };
    let check = &found.check;
    Policy {
        known: found.is_known(),
        record: check.record.clone(),
        record_domain: check.record_domain.clone(),
        org_domain: check.org_domain.clone(),
        published: check.published_policy,
        in_force: check.policy,
        testing: check.testing,
        subdomains: stated(&found.subdomains),
        nonexistent: stated(&found.nonexistent),
        subdomains_known: found.complete,
        reports: found.has_report_address,
        strict_spf: found.strict_spf,
        strict_dkim: found.strict_dkim,
        defects: check.defects.clone(),
        queried: check.tree_walk.iter().map(|step| step.name.clone()).collect(),
    }
}

fn selectors(subject: &Subject, lookups: &Lookups<'_>) -> Vec<Selector> {
    let guessed = COMMON_SELECTORS.iter().filter(|_| subject.guessed);
    let guessed = guessed
        .map(|name| (*name).to_owned())
        .filter(|name| !subject.selectors.contains(name));
    let given = subject.selectors.iter().cloned().map(|name| (name, true));
    given
        .chain(guessed.map(|name| (name, false)))
        .filter_map(|(selector, given)| {
            let name = format!("{selector}._domainkey.{}", subject.name);
            let found = selector_of(&selector, &name, lookups);
            // A guess that finds nothing says nothing about the domain.
            (given || found.record.is_some()).then_some(found)
        })
        .collect()
}

fn selector_of(selector: &str, name: &str, lookups: &Lookups<'_>) -> Selector {
    let mut found = Selector {
        selector: selector.to_owned(),
        name: name.to_owned(),
        state: "not-found",
        record: None,
        algorithm: None,
        bits: None,
        testing: false,
        problems: Vec::new(),
    };
    let data = match lookups.ask(&Question::new(name, RecordType::Txt), "dkim-key") {
        Answer::Records(data) => data,
        Answer::NoData | Answer::NxDomain => return found,
        Answer::NotAsked => {
            found.state = "not-asked";
            return found;
        }
        Answer::Failed(_) | Answer::TimedOut => {
            found.state = "failed";
            return found;
        }
    };
    let Some(record) = data.first() else { return found };
    found.record = Some(record.to_text().into_owned());
    match dkim::read_key(record.as_bytes()) {
        Err(problem) => {
            found.state = "no-key";
            found.problems.push(problem);
        }
        Ok(key) => {
            found.state = match (key.facts.revoked, &key.problem) {
                (true, _) => "revoked",
                (_, Some(_)) => "no-key",
                _ => "key",
            };
            found.algorithm = Some(key.facts.algorithm.clone());
            found.bits = key.facts.bits;
            found.testing = key.facts.testing;
            found.problems.extend(key.problem);
            found
                .problems
                .extend(key.facts.weaknesses.iter().map(dkim::KeyWeakness::words));
            found
                .problems
                .extend(key.defects.iter().map(|defect| (*defect).to_owned()));
        }
    }
    if data.len() > 1 {
        found
            .problems
            .push("several TXT records stand at the key's name".to_owned());
    }
    found
}

/// Records that say how mail to the domain is protected; their presence is a fact, not a judgement.
fn facts(name: &str, lookups: &Lookups<'_>) -> Vec<Fact> {
    let known = [
        ("MTA-STS", "_mta-sts", "v=STSv1", "RFC 8461 3.1"),
        ("TLS-RPT", "_smtp._tls", "v=TLSRPTv1", "RFC 8460 3"),
        (
            "BIMI",
            "default._bimi",
            "v=BIMI1",
            "draft-brand-indicators-for-message-identification",
        ),
    ];
    known
        .into_iter()
        .map(|(what, prefix, version, reference)| {
            let place = format!("{prefix}.{name}");
            let of_version = |data: &&Data| data.to_text().trim_start().starts_with(version);
            let (state, record) = match lookups.ask(&Question::new(&place, RecordType::Txt), "posture") {
                Answer::Records(data) => match data.iter().find(of_version) {
                    Some(record) => ("present", Some(record.to_text().into_owned())),
                    None => ("absent", None),
                },
                Answer::NoData | Answer::NxDomain => ("absent", None),
                Answer::NotAsked => ("not-asked", None),
                Answer::Failed(_) | Answer::TimedOut => ("failed", None),
            };
            Fact {
                what,
                name: place,
                state,
                record,
                reference,
            }
        })
        .collect()
}
