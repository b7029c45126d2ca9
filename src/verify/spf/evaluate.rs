//! check_host() (RFC 7208 4): records, include, redirect, limits and the explanation.

use std::net::IpAddr;

use super::macros::{DomainSpec, Letter, MacroString, Place};
use super::names::{dotted, is_queryable, malformed};
use super::record::{Directive, Mechanism, Record, Redirect, is_spf};
use super::{SpfCheck, SpfRequest, SpfResult, SpfStep, breadth};
use crate::dns::{Answer, Lookups, Question, RecordType};
use crate::domain;
use crate::verify::NotEvaluated;

/// RFC 7208 4.6.4: terms that cause DNS queries.
const MAX_LOOKUPS: u32 = 10;
/// RFC 7208 4.6.4: terms whose query gives nothing.
const MAX_VOIDS: u32 = 2;
/// Steps kept: a record of 64 kB may list thousands of networks, and nobody reads them.
const MAX_STEPS: usize = 1000;
/// A local-part or HELO beyond this never passed an SMTP server (RFC 5321 4.5.3.1), and macros may repeat it.
const MAX_IDENTITY: usize = 1024;

/// The client and what it said.
pub(super) struct Client<'a> {
    /// Address; an IPv4-mapped one is IPv4 (RFC 7208 5).
    pub(super) ip: IpAddr,
    helo: &'a str,
    local_part: &'a str,
    sender_domain: &'a str,
    receiver: &'a str,
    time: i64,
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
    trace: Vec<SpfStep>,
    /// The trace has its remark that it is not whole.
    cut: bool,
    /// Domains from the first record to the current one.
    path: Vec<String>,
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
    path: Vec<String>,
    overbroad: Option<String>,
    /// exp= of the record that decided, and its domain (RFC 7208 6.2: not that of an include).
    explanation: Option<(DomainSpec, String)>,
}

enum Policy {
    Record(Record),
    None(String),
}

pub(super) fn check_host(request: &SpfRequest, lookups: &Lookups<'_>) -> SpfCheck {
    let ip = request.ip.to_canonical();
    let domain = domain::normalise(&request.domain);
    let (local_part, sender_domain) = request.sender.rsplit_once('@').unwrap_or(("", &request.sender));
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
        trace: Vec::new(),
        cut: false,
        path: Vec::new(),
        record: None,
        validated_name: None,
    };
    // RFC 7208 4.3: initial processing.
    let outcome = match malformed(&request.domain, &domain).or_else(|| oversized(request)) {
        Some(why) => Ok(Verdict::none(why)),
        None => evaluation.check(&domain, 0),
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
    SpfCheck {
        result: Ok(result),
        cause: verdict.cause,
        domain,
        ip: Some(ip),
        matched: verdict.matched,
        path: verdict.path,
        trace: evaluation.trace,
        lookups: evaluation.terms,
        voids: evaluation.voids,
        record: evaluation.record,
        explanation,
        overbroad: verdict.overbroad.filter(|_| result == SpfResult::Pass),
    }
}

impl<'a> Evaluation<'a> {
    /// check_host() for one domain; `depth` counts includes and redirects, which the lookup limit bounds.
    fn check(&mut self, domain: &str, depth: u32) -> Result<Verdict, Halt> {
        self.path.push(domain.to_owned());
        let verdict = match self.policy(domain, depth)? {
            Policy::None(why) => Verdict::none(why),
            Policy::Record(record) => self.evaluate(&record, domain, depth)?,
        };
        // On a halt the path stays: it leads to the record that caused it.
        self.path.pop();
        Ok(verdict)
    }

    /// RFC 7208 4.4 and 4.5: the one record of a domain.
    fn policy(&mut self, domain: &str, depth: u32) -> Result<Policy, Halt> {
        if !is_queryable(domain) {
            return Ok(Policy::None(format!("`{domain}` is no valid domain name")));
        }
        let records = match self.ask(domain, RecordType::Txt)? {
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
        if depth == 0 && !found.is_empty() {
            let texts: Vec<_> = found.iter().map(|record| record.to_text()).collect();
            self.record = Some(texts.join("\n"));
        }
        match found.as_slice() {
            [] => Ok(Policy::None(format!("{domain} has no SPF record"))),
            [record] => Record::parse(record.as_bytes()).map(Policy::Record).map_err(|error| {
                let at = if error.term.is_empty() { domain } else { &error.term };
                let cause = format!("syntax error in the record of {domain}: {}", error.what);
                self.push(depth, domain, at, "error", Some(error.what.clone()));
                Halt::Permerror(cause)
            }),
            several => Err(Halt::Permerror(format!("{domain} has {} SPF records", several.len()))),
        }
    }

    /// RFC 7208 4.6: mechanisms from left to right, then redirect, then neutral.
    fn evaluate(&mut self, record: &Record, domain: &str, depth: u32) -> Result<Verdict, Halt> {
        let explanation = record.explanation.clone().map(|target| (target, domain.to_owned()));
        for directive in &record.directives {
            let Some(inner) = self.try_directive(directive, domain, depth)? else {
                continue;
            };
            return Ok(Verdict {
                result: Some(directive.qualifier),
                explanation,
                ..inner
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
    fn try_directive(&mut self, directive: &Directive, domain: &str, depth: u32) -> Result<Option<Verdict>, Halt> {
        if let Mechanism::Include(target) = &directive.mechanism {
            return self.include(target, directive, domain, depth);
        }
        let trial = self.try_mechanism(&directive.mechanism, domain);
        let (outcome, detail) = match &trial {
            Ok(trial) if trial.matches => ("match", trial.detail.clone()),
            Ok(trial) => ("no-match", trial.detail.clone()),
            Err(Halt::NotAsked(words)) => ("not-asked", Some(words.clone())),
            Err(Halt::Temperror(words) | Halt::Permerror(words)) => ("error", Some(words.clone())),
        };
        self.push(depth, domain, &directive.text, outcome, detail);
        Ok(trial?.matches.then(|| Verdict {
            matched: Some(directive.text.clone()),
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
        domain: &str,
        depth: u32,
    ) -> Result<Option<Verdict>, Halt> {
        let step = self.push(depth, domain, &directive.text, "error", None);
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
    fn redirect(&mut self, redirect: &Redirect, domain: &str, depth: u32) -> Result<Verdict, Halt> {
        let step = self.push(depth, domain, &redirect.text, "error", None);
        self.descend(&redirect.target, domain, depth, step)
    }

    /// Evaluates the record that an include or redirect names, and writes its result into the step.
    fn descend(&mut self, target: &DomainSpec, domain: &str, depth: u32, step: Option<usize>) -> Result<Verdict, Halt> {
        let verdict = self.count_lookup().and_then(|()| {
            let target = self.target(Some(target), domain)?;
            let verdict = self.check(&target, depth + 1)?;
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
        if let Some(step) = step.and_then(|step| self.trace.get_mut(step)) {
            outcome.clone_into(&mut step.outcome);
            step.detail = detail;
        }
        verdict
    }

    /// RFC 7208 6.2: any fault of the explanation is as if there were none.
    fn explanation(&mut self, target: &DomainSpec, domain: &str) -> Option<String> {
        let name = self.target(Some(target), domain).ok()?;
        if !is_queryable(&name) {
            return None;
        }
        let Ok(Answer::Records(records)) = self.ask(&name, RecordType::Txt) else {
            return None;
        };
        let [record] = records.as_slice() else { return None };
        let text = std::str::from_utf8(record.as_bytes()).ok()?;
        let text = MacroString::parse(text, Place::Explanation).ok()?;
        text.expand_text(&mut |letter| self.value(letter, domain))
            .ok()
            .flatten()
    }

    /// The value of a macro (RFC 7208 7.2) in the record of `domain`.
    fn value(&mut self, letter: Letter, domain: &str) -> Result<String, Halt> {
        let client = &self.client;
        Ok(match letter {
            Letter::Sender => format!("{}@{}", client.local_part, client.sender_domain),
            Letter::LocalPart => client.local_part.to_owned(),
            Letter::SenderDomain => client.sender_domain.to_owned(),
            Letter::Domain => domain.to_owned(),
            Letter::Ip => dotted(client.ip),
            Letter::ReverseZone => if client.ip.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
            Letter::Helo => client.helo.to_owned(),
            Letter::ReadableIp => client.ip.to_string(),
            Letter::Receiver => client.receiver.to_owned(),
            Letter::Time => client.time.to_string(),
            Letter::ValidatedName => self.validated_name(domain)?,
        })
    }

    /// The target-name of a term (RFC 7208 4.8) in normal form: the expanded domain-spec, else the current domain.
    pub(super) fn target(&mut self, spec: Option<&DomainSpec>, domain: &str) -> Result<String, Halt> {
        match spec {
            None => Ok(domain.to_owned()),
            Some(spec) => {
                let name = spec.expand(|letter| self.value(letter, domain))?;
                // Two dots at the end are an empty label, which the normal form would hide.
                if name.ends_with('.') {
                    Ok(name)
                } else {
                    Ok(domain::normalise(&name))
                }
            }
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
    pub(super) fn ask(&self, name: &str, rtype: RecordType) -> Result<Answer, Halt> {
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
    pub(super) fn ask_gently(&self, name: &str, rtype: RecordType) -> Answer {
        self.lookups.ask(&Question::new(name, rtype), "spf")
    }

    /// Adds a step and gives its place. Past the limit only a last remark stands for the terms that did not match.
    fn push(&mut self, depth: u32, domain: &str, term: &str, outcome: &str, detail: Option<String>) -> Option<usize> {
        let place = self.trace.len();
        let mut step = SpfStep {
            depth,
            domain: domain.to_owned(),
            term: term.to_owned(),
            outcome: outcome.to_owned(),
            detail,
        };
        if outcome == "no-match" && place >= MAX_STEPS {
            if self.cut {
                return None;
            }
            self.cut = true;
            "…".clone_into(&mut step.term);
            step.detail = Some("further terms that did not match are not listed".to_owned());
        }
        self.trace.push(step);
        Some(place)
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
            trace: self.trace,
            lookups: self.terms,
            voids: self.voids,
            record: self.record,
            explanation: None,
            overbroad: None,
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
