//! check_host() (RFC 7208 4): records, include, redirect, limits and the explanation.

use std::{net::IpAddr, sync::Arc};

use super::macros::DomainSpec;
use super::names::{is_queryable, malformed};
use super::record::{self, Directive, Mechanism, Record, Redirect, is_spf};
use super::steps::{Place as At, Steps};
use super::{SpfCheck, SpfRequest, SpfResult, breadth};
use crate::dns::{Answer, Lookups, Question, RecordType};
use crate::domain;
use crate::identity::platform_of_spf;
use crate::verify::NotEvaluated;

/// RFC 7208 4.6.4: terms that cause DNS queries.
pub const MAX_LOOKUPS: u32 = 10;
/// RFC 7208 4.6.4: terms whose query gives nothing.
pub const MAX_VOIDS: u32 = 2;
/// A local-part or HELO beyond this never passed an SMTP server (RFC 5321 4.5.3.1), and macros may repeat it.
const MAX_IDENTITY: usize = 1024;

/// The client and what it said.
pub(super) struct Client<'a> {
    /// Address; an IPv4-mapped one is IPv4 (RFC 7208 5).
    pub(super) ip: IpAddr,
    pub(super) helo: &'a str,
    pub(super) local_part: &'a str,
    pub(super) sender_domain: &'a str,
    pub(super) receiver: &'a str,
    pub(super) time: i64,
}

/// What ends an evaluation at once, at any depth.
pub(super) enum Halt {
    /// A needed answer was never asked for; in words.
    NotAsked(String),
    /// temperror and why.
    Temperror(String),
    /// permerror and why.
    Permerror(String),
}

/// A running evaluation.
pub(super) struct Evaluation<'a> {
    pub(super) client: Client<'a>,
    lookups: &'a Lookups<'a>,
    terms: u32,
    voids: u32,
    pub(super) steps: Steps,
    /// Domains from the first record to the current one.
    path: Vec<Arc<str>>,
    /// The first domain's record.
    record: Option<String>,
    /// What `%{p}` is for a domain: a record may use it a thousand times.
    pub(super) validated_name: Option<(String, String)>,
}

/// What one record says.
#[derive(Default)]
pub(super) struct Verdict {
    result: Option<SpfResult>,
    cause: Option<String>,
    matched: Option<String>,
    path: Vec<Arc<str>>,
    overbroad: Option<String>,
    /// exp= of the record that decided, and its domain (RFC 7208 6.2: not that of an include).
    explanation: Option<(DomainSpec, Arc<str>)>,
}

enum Policy {
    Record(Arc<Record>),
    None(String),
}

pub(super) fn check_host(request: &SpfRequest, lookups: &Lookups<'_>) -> SpfCheck {
    let ip = request.ip.to_canonical();
    let domain = domain::normalise(&request.domain);
    let (local_part, sender_domain) = domain::split_address(&request.sender);
    let mut evaluation = Evaluation {
        client: Client {
            ip,
            helo: &request.helo,
            // RFC 7208 4.3: a sender without local-part is postmaster.
            local_part: if local_part.is_empty() {
                "postmaster"
            } else {
                local_part
            },
            sender_domain: if sender_domain.is_empty() {
                &request.domain
            } else {
                sender_domain
            },
            receiver: if request.receiver.is_empty() {
                "unknown"
            } else {
                &request.receiver
            },
            time: request.time,
        },
        lookups,
        terms: 0,
        voids: 0,
        steps: Steps::default(),
        path: Vec::new(),
        record: None,
        validated_name: None,
    };
    // RFC 7208 4.3: initial processing.
    let outcome = match malformed(&request.domain, &domain).or_else(|| oversized(request)) {
        Some(why) => Ok(Verdict::none(why)),
        None => evaluation.check(&Arc::from(domain.as_str()), 0, None),
    };
    let verdict = match outcome {
        Ok(verdict) => verdict,
        Err(halt) => return evaluation.halted(&domain, halt),
    };
    let result = verdict.result.unwrap_or(SpfResult::Neutral);
    let explanation = match &verdict.explanation {
        Some((target, holder)) if result == SpfResult::Fail => evaluation.explanation(target, holder),
        _ => None,
    };
    let passes = result == SpfResult::Pass;
    let shared_by = verdict.path.iter().skip(1).find_map(|name| platform_of_spf(name));
    SpfCheck {
        result: Ok(result),
        cause: verdict.cause,
        domain,
        ip: Some(ip),
        matched: verdict.matched,
        path: verdict.path,
        trace: evaluation.steps.finish(),
        lookups: evaluation.terms,
        voids: evaluation.voids,
        record: evaluation.record,
        explanation,
        overbroad: verdict.overbroad.filter(|_| passes),
        shared_by: shared_by.filter(|_| passes),
    }
}

impl<'a> Evaluation<'a> {
    /// check_host() for one domain; `depth` counts includes and redirects, which the lookup limit bounds, and `step` is the
    /// one that leads here.
    fn check(&mut self, domain: &Arc<str>, depth: u32, step: Option<usize>) -> Result<Verdict, Halt> {
        self.path.push(Arc::clone(domain));
        let verdict = match self.policy(domain, depth, step)? {
            Policy::None(why) => Verdict::none(why),
            Policy::Record(record) => self.evaluate(&record, domain, depth)?,
        };
        // On a halt the path stays: it leads to the record that caused it.
        self.path.pop();
        Ok(verdict)
    }

    /// RFC 7208 4.4 and 4.5: the one record of a domain.
    fn policy(&mut self, domain: &Arc<str>, depth: u32, step: Option<usize>) -> Result<Policy, Halt> {
        if !is_queryable(domain) {
            return Ok(Policy::None(format!("`{domain}` is no valid domain name")));
        }
        let answer = self.ask(domain, RecordType::Txt);
        self.steps.settle(step);
        let records = match answer? {
            Answer::Records(records) => records,
            answer => {
                if depth > 0 {
                    // include and redirect make a permerror of this; counted for the reader.
                    self.voids += 1;
                }
                let what = if answer == Answer::NxDomain {
                    "does not exist"
                } else {
                    "has no TXT record"
                };
                return Ok(Policy::None(format!("{domain} {what}")));
            }
        };
        let found: Vec<_> = records.iter().filter(|record| is_spf(record.as_bytes())).collect();
        let text = match found.as_slice() {
            [] => None,
            [record] => Some(record.to_text().into_owned()),
            several => Some(
                several
                    .iter()
                    .map(|record| record.to_text())
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
        };
        if text.is_some() {
            match self.steps.get_mut(step) {
                Some(step) => step.record = text,
                None => self.record = text,
            }
        }
        match found.as_slice() {
            [] => Ok(Policy::None(format!("{domain} has no SPF record"))),
            [record] => record::read(record.as_bytes()).map(Policy::Record).map_err(|error| {
                let at = match error.term.as_str() {
                    "" => Arc::clone(domain),
                    term => Arc::from(term),
                };
                let cause = format!("syntax error in the record of {domain}: {}", error.what);
                self.steps
                    .push(At { depth, domain }, &at, "error", Some(error.what.clone()));
                Halt::Permerror(cause)
            }),
            several => Err(Halt::Permerror(format!("{domain} has {} SPF records", several.len()))),
        }
    }

    /// RFC 7208 4.6: mechanisms from left to right, then redirect, then neutral.
    fn evaluate(&mut self, record: &Record, domain: &Arc<str>, depth: u32) -> Result<Verdict, Halt> {
        let explanation = record.explanation.clone().map(|target| (target, Arc::clone(domain)));
        for (number, directive) in record.directives.iter().enumerate() {
            let outcome = self.try_directive(directive, domain, depth);
            if matches!(outcome, Ok(None)) {
                continue;
            }
            let rest = record
                .directives
                .iter()
                .skip(number + 1)
                .map(|directive| &directive.text);
            for term in rest.chain(record.redirect.as_ref().map(|redirect| &redirect.text)) {
                self.steps.push(At { depth, domain }, term, "not-reached", None);
            }
            return outcome.map(|inner| Verdict {
                result: Some(directive.qualifier),
                explanation,
                ..inner.unwrap_or_default()
            });
        }
        if let Some(redirect) = &record.redirect {
            return self.redirect(redirect, domain, depth);
        }
        Ok(Verdict {
            result: Some(SpfResult::Neutral),
            // RFC 7208 4.7
            cause: Some(format!("no term of the record of {domain} matched")),
            path: self.path.clone(),
            ..Verdict::default()
        })
    }

    /// `Some` when the directive matches: the term that did (for an include the one inside) and the way to it.
    fn try_directive(&mut self, directive: &Directive, domain: &Arc<str>, depth: u32) -> Result<Option<Verdict>, Halt> {
        if let Mechanism::Include(target) = &directive.mechanism {
            return self.include(target, directive, domain, depth);
        }
        let (lookups, voids) = (self.terms, self.voids);
        let trial = self.try_mechanism(&directive.mechanism, domain);
        let (outcome, detail) = match &trial {
            Ok(trial) if trial.matches => ("match", trial.detail.clone()),
            Ok(trial) => ("no-match", trial.detail.clone()),
            Err(Halt::NotAsked(words)) => ("not-asked", Some(words.clone())),
            Err(Halt::Temperror(words) | Halt::Permerror(words)) => ("error", Some(words.clone())),
        };
        let step = self.steps.push(At { depth, domain }, &directive.text, outcome, detail);
        self.charge(step, lookups, voids);
        Ok(trial?.matches.then(|| Verdict {
            matched: Some(directive.text.to_string()),
            path: self.path.clone(),
            overbroad: breadth::overbroad(&directive.mechanism),
            ..Verdict::default()
        }))
    }

    /// RFC 7208 5.2: an include matches when check_host() of its target passes.
    fn include(
        &mut self,
        target: &DomainSpec,
        directive: &Directive,
        domain: &Arc<str>,
        depth: u32,
    ) -> Result<Option<Verdict>, Halt> {
        let step = self.steps.push(At { depth, domain }, &directive.text, "error", None);
        let inner = self.descend(target, domain, depth, step)?;
        if inner.result != Some(SpfResult::Pass) {
            return Ok(None);
        }
        let overbroad = breadth::chosen_by_client(target).or(inner.overbroad);
        Ok(Some(Verdict {
            matched: inner.matched,
            path: inner.path,
            overbroad,
            ..Verdict::default()
        }))
    }

    /// RFC 7208 6.1: the target's result stands for the record's, with the target's exp=.
    fn redirect(&mut self, redirect: &Redirect, domain: &Arc<str>, depth: u32) -> Result<Verdict, Halt> {
        let step = self.steps.push(At { depth, domain }, &redirect.text, "error", None);
        self.descend(&redirect.target, domain, depth, step)
    }

    /// Evaluates the record that an include or redirect names, and writes its result into the step.
    fn descend(
        &mut self,
        target: &DomainSpec,
        domain: &Arc<str>,
        depth: u32,
        step: Option<usize>,
    ) -> Result<Verdict, Halt> {
        let (lookups, voids) = (self.terms, self.voids);
        let verdict = self.count_lookup().and_then(|()| {
            let target = self.target(Some(target), domain)?;
            self.steps.leads_to(step, &target);
            let verdict = self.check(&Arc::from(target), depth + 1, step)?;
            match (verdict.result, verdict.cause) {
                // RFC 7208 5.2 and 6.1: a target without record is a permanent error.
                (Some(SpfResult::None), cause) => Err(Halt::Permerror(cause.unwrap_or_default())),
                (_, cause) => Ok(Verdict { cause, ..verdict }),
            }
        });
        let (outcome, detail) = match &verdict {
            Ok(verdict) => (
                verdict.result.unwrap_or(SpfResult::Neutral).word(),
                verdict.cause.clone(),
            ),
            Err(Halt::NotAsked(words)) => ("not-asked", Some(words.clone())),
            Err(Halt::Temperror(words)) => (SpfResult::Temperror.word(), Some(words.clone())),
            Err(Halt::Permerror(words)) => (SpfResult::Permerror.word(), Some(words.clone())),
        };
        self.steps.settle(step);
        self.charge(step, lookups, voids);
        if let Some(step) = self.steps.get_mut(step) {
            step.outcome = outcome;
            step.detail = detail;
        }
        verdict
    }

    /// Writes into a step what was counted since the counts were `lookups` and `voids`.
    fn charge(&mut self, step: Option<usize>, lookups: u32, voids: u32) {
        if let Some(step) = self.steps.get_mut(step) {
            step.lookups = self.terms - lookups;
            step.voids = self.voids - voids;
        }
    }

    /// RFC 7208 4.6.4: counts a term that causes queries, before it does.
    pub(super) fn count_lookup(&mut self) -> Result<(), Halt> {
        self.terms += 1;
        if self.terms > MAX_LOOKUPS {
            return Err(Halt::Permerror(format!(
                "more than {MAX_LOOKUPS} terms that need DNS lookups"
            )));
        }
        Ok(())
    }

    /// RFC 7208 4.6.4: counts a term whose target gave no answer. A term counts once: the address lookups of each
    /// MX host do not count beside it, or a client with IPv6 would break every domain whose hosts have IPv4 alone.
    pub(super) fn count_void(&mut self) -> Result<(), Halt> {
        self.voids += 1;
        if self.voids > MAX_VOIDS {
            return Err(Halt::Permerror(format!(
                "more than {MAX_VOIDS} lookups without an answer"
            )));
        }
        Ok(())
    }

    /// Asks; an answer nobody asked for and a failed lookup end the evaluation.
    pub(super) fn ask(&mut self, name: &str, rtype: RecordType) -> Result<Answer, Halt> {
        match self.ask_gently(name, rtype) {
            Answer::NotAsked => Err(not_asked(name, rtype)),
            Answer::Failed(rcode) => Err(Halt::Temperror(format!(
                "{} lookup of {name} failed: {rcode}",
                rtype.name()
            ))),
            Answer::TimedOut => Err(Halt::Temperror(format!("{} lookup of {name} timed out", rtype.name()))),
            answer => Ok(answer),
        }
    }

    /// Asks, and leaves it to the caller what a failure means.
    pub(super) fn ask_gently(&mut self, name: &str, rtype: RecordType) -> Answer {
        let question = Question::new(name, rtype);
        self.steps.asks(&question);
        self.lookups.ask(&question, "spf")
    }

    fn halted(self, domain: &str, halt: Halt) -> SpfCheck {
        let (result, cause) = match halt {
            Halt::NotAsked(words) => (Err(NotEvaluated::NotAsked), words),
            Halt::Temperror(words) => (Ok(SpfResult::Temperror), words),
            Halt::Permerror(words) => (Ok(SpfResult::Permerror), words),
        };
        SpfCheck {
            result,
            cause: Some(cause),
            domain: domain.to_owned(),
            ip: Some(self.client.ip),
            matched: None,
            path: self.path,
            trace: self.steps.finish(),
            lookups: self.terms,
            voids: self.voids,
            record: self.record,
            explanation: None,
            overbroad: None,
            shared_by: None,
        }
    }
}

impl Verdict {
    fn none(why: String) -> Self {
        Self {
            result: Some(SpfResult::None),
            cause: Some(why),
            ..Self::default()
        }
    }
}

/// The halt for an answer that nobody asked for.
pub(super) fn not_asked(name: &str, rtype: RecordType) -> Halt {
    Halt::NotAsked(format!("nobody asked for {} of {name}", rtype.name()))
}

fn oversized(request: &SpfRequest) -> Option<String> {
    (request.sender.len() > MAX_IDENTITY || request.helo.len() > MAX_IDENTITY)
        .then(|| format!("the sender or HELO has more than {MAX_IDENTITY} octets"))
}
