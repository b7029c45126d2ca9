//! The records of a domain, read.

use super::model::{
    DkimKey, Dmarc, Dns, DnsQuestion, Fact, KeyWeakness, Published, SelectorOrigin, Spf, SpfTerm, State, StatedPolicy,
    TreeStep,
};
use super::{COMMON_SELECTORS, MAX_SELECTORS, Request};
use crate::{
    dns::{Answer, Data, Lookups, Question, RecordType, Snapshot},
    identity,
    verify::{
        dkim,
        dmarc::{self, Publication, Stated},
        spf::{self, census::Census},
    },
};

/// Records kept of one answer.
const MAX_RECORDS: usize = 50;

/// Reads everything that the domain publishes.
pub(super) fn gather(request: &Request, snapshot: &Snapshot, lookups: &Lookups<'_>) -> Published {
    let name = request.domain.as_str();
    let plain = |rtype, purpose| fact(name, rtype, purpose, lookups, |_| true);
    let txt = |label: &str, version: &str, purpose| {
        let begins = |data: &Data| data.to_text().trim_start().starts_with(version);
        fact(&format!("{label}.{name}"), RecordType::Txt, purpose, lookups, begins)
    };
    let mx = plain(RecordType::Mx, "mx");
    let publication = dmarc::publication(name, lookups);
    Published {
        a: plain(RecordType::A, "address"),
        aaaa: plain(RecordType::Aaaa, "address"),
        null_mx: mx.state == State::Found && mx.records.iter().all(|record| is_null_mx(record)),
        mx,
        spf: spf_of(spf::census::census(name, lookups)),
        exists: publication.check.domain_exists,
        dmarc: dmarc_of(publication),
        dkim: selectors(request, snapshot)
            .into_iter()
            .map(|(selector, origin)| key(&selector, origin, name, lookups))
            .collect(),
        mta_sts: txt("_mta-sts", "v=STSv1", "mta-sts"),
        tls_rpt: txt("_smtp._tls", "v=TLSRPTv1", "tls-rpt"),
        bimi: txt("default._bimi", "v=BIMI1", "bimi"),
    }
}

/// What was asked, in order.
pub(super) fn asked(request: &Request, lookups: Lookups<'_>) -> Dns {
    let asked = lookups.into_asked();
    Dns {
        mode: request.dns_mode,
        asked: asked.len(),
        answered: asked.iter().filter(|asked| State::of(&asked.answer).is_known()).count(),
        questions: asked
            .into_iter()
            .map(|asked| DnsQuestion {
                rcode: asked.answer.rcode().map(str::to_owned),
                name: asked.question.name.to_string(),
                rtype: asked.question.rtype,
                purpose: asked.purpose,
            })
            .collect(),
    }
}

fn fact(
    name: &str,
    rtype: RecordType,
    purpose: &'static str,
    lookups: &Lookups<'_>,
    wanted: impl Fn(&Data) -> bool,
) -> Fact {
    let question = Question::new(name, rtype);
    let answer = lookups.ask(&question, purpose);
    fact_of(question, &answer, wanted)
}

/// An answer as a fact; without a record of the wanted kind there is none.
fn fact_of(question: Question, answer: &Answer, wanted: impl Fn(&Data) -> bool) -> Fact {
    let records = answer.records().iter().filter(|data| wanted(data));
    let records: Vec<String> = records
        .take(MAX_RECORDS)
        .map(|data| data.to_text().into_owned())
        .collect();
    let state = match State::of(answer) {
        State::Found if records.is_empty() => State::Absent,
        state => state,
    };
    Fact {
        name: question.name.to_string(),
        rtype: question.rtype,
        state,
        rcode: match answer {
            Answer::Failed(rcode) => Some(rcode.clone()),
            _ => None,
        },
        records,
    }
}

/// RFC 7505 3: preference and the root.
fn is_null_mx(record: &str) -> bool {
    record.split_ascii_whitespace().nth(1) == Some(".")
}

fn spf_of(census: Census) -> Spf {
    let texts = census.answer.records().iter();
    let octets: usize = texts.map(|data| data.as_bytes().len()).sum();
    Spf {
        answer_octets: if octets == 0 { 0 } else { octets + census.domain.len() },
        fact: fact_of(Question::new(&census.domain, RecordType::Txt), &census.answer, |data| {
            spf::record::is_spf(data.as_bytes())
        }),
        lookups: census.lookups,
        max_lookups: spf::MAX_LOOKUPS,
        voids: census.voids,
        max_voids: spf::MAX_VOIDS,
        otherwise: census.otherwise,
        errors: census.errors,
        unknowns: census.unknown,
        limited: census.limited,
        terms: census
            .terms
            .into_iter()
            .map(|term| SpfTerm {
                depth: term.depth,
                // Only where a record begins: an `a:` of a platform's name reads no record of it.
                shared_by: term
                    .target
                    .as_deref()
                    .filter(|_| leads_to_record(&term.term))
                    .and_then(identity::platform_of_spf)
                    .map(|platform| platform.name),
                domain: term.domain,
                term: term.term,
                target: term.target,
                costs_lookup: term.costs_lookup,
                void: term.void,
                passes: term.passes,
                everyone: term.breadth.as_ref().is_some_and(|breadth| breadth.everyone),
                breadth: term.breadth.map(|breadth| breadth.what),
                remark: term.remark,
            })
            .collect(),
    }
}

fn leads_to_record(term: &str) -> bool {
    let term = term.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
    term.starts_with("include:") || term.starts_with("redirect=")
}

fn dmarc_of(publication: Publication) -> Dmarc {
    let stated = |stated: Stated| StatedPolicy {
        record_domain: stated.record_domain,
        tag: stated.tag,
        published: stated.published,
        in_force: stated.in_force,
    };
    let known = publication.is_known();
    let check = publication.check;
    let policy = match (
        check.record_domain,
        check.policy_tag,
        check.published_policy,
        check.policy,
    ) {
        (Some(record_domain), Some(tag), Some(published), Some(in_force)) => Some(StatedPolicy {
            record_domain,
            tag,
            published,
            in_force,
        }),
        _ => None,
    };
    // A record that applies without a policy is one whose tag is open: sp or np.
    let open = check.result == Ok(dmarc::DmarcResult::Fail) && policy.is_none();
    Dmarc {
        known: known && !open,
        cause: check.cause,
        org_domain: check.org_domain,
        policy,
        subdomains: publication.subdomains.map(stated),
        nonexistent: publication.nonexistent.map(stated),
        record: check.record,
        testing: check.testing,
        reports: publication.has_report_address,
        strict_spf: publication.strict_spf,
        strict_dkim: publication.strict_dkim,
        defects: check.defects,
        tree_walk: check
            .tree_walk
            .into_iter()
            .map(|step| TreeStep {
                name: step.name,
                outcome: step.outcome,
            })
            .collect(),
    }
}

/// Selectors given, those of which the snapshot holds a record, and the common ones where they are wanted; each once.
fn selectors(request: &Request, snapshot: &Snapshot) -> Vec<(String, SelectorOrigin)> {
    let mut all: Vec<(String, SelectorOrigin)> = Vec::new();
    let mut add = |selector: &str, origin| {
        if all.len() < MAX_SELECTORS && !all.iter().any(|(known, _)| known == selector) {
            all.push((selector.to_owned(), origin));
        }
    };
    for selector in &request.selectors {
        add(selector, SelectorOrigin::Given);
    }
    if request.common_selectors {
        for selector in COMMON_SELECTORS {
            add(selector, SelectorOrigin::Common);
        }
    }
    let zone = format!("._domainkey.{}", request.domain);
    for answer in snapshot.answers() {
        let holds = answer.question.rtype == RecordType::Txt && !answer.data.is_empty();
        if let Some(selector) = answer.question.name.strip_suffix(&zone).filter(|_| holds) {
            add(selector, SelectorOrigin::Snapshot);
        }
    }
    all
}

fn key(selector: &str, origin: SelectorOrigin, domain: &str, lookups: &Lookups<'_>) -> DkimKey {
    let question = Question::new(&dkim::key_name(selector, domain), RecordType::Txt);
    let answer = lookups.ask(&question, "dkim-key");
    let read = answer.records().first().map(|data| dkim::read_key(data.as_bytes()));
    let records = answer.records().len();
    let fact = fact_of(question, &answer, |_| true);
    let mut key = DkimKey {
        selector: selector.to_owned(),
        origin,
        fact,
        algorithm: None,
        bits: None,
        revoked: false,
        testing: false,
        for_mail: None,
        weaknesses: Vec::new(),
        problem: None,
        remarks: Vec::new(),
    };
    match read {
        None => return key,
        Some(Err(problem)) => key.problem = Some(problem),
        Some(Ok(read)) => {
            let facts = read.facts;
            key.problem = read.problem;
            // RFC 6376 3.6.1, s=
            key.for_mail = Some(facts.services.is_none_or(|services| {
                services
                    .iter()
                    .any(|service| service == "*" || service.eq_ignore_ascii_case("email"))
            }));
            key.weaknesses = facts
                .weaknesses
                .iter()
                .map(|weakness| KeyWeakness {
                    kind: weakness.kind(),
                    text: weakness.words(),
                })
                .collect();
            key.remarks = read
                .defects
                .iter()
                .chain(&facts.remarks)
                .map(|words| (*words).to_owned())
                .collect();
            key.algorithm = Some(facts.algorithm);
            key.bits = facts.bits;
            key.revoked = facts.revoked;
            key.testing = facts.testing;
        }
    }
    if records > 1 {
        key.remarks
            .push(format!("{records} TXT records stand at its name; the first is shown"));
    }
    key
}
