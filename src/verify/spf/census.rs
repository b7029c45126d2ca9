//! Everything that a record lets pass, whoever the client is: each term of each included record, and what they cost.
//!
//! check_host() stops at the first match; its owner wants to know the worst case.

use super::breadth::{chosen_by_client, overbroad};
use super::macros::{DomainSpec, Letter};
use super::names::is_queryable;
use super::record::{DualCidr, Mechanism, Record, is_spf};
use super::{MAX_LOOKUPS, MAX_VOIDS, SpfResult};
use crate::dns::{Answer, Data, Lookups, Question, RecordType};
use crate::domain;

/// What the questions are asked for.
const PURPOSE: &str = "spf";
/// RFC 7208 4.6.4: MX records of one `mx`.
const MAX_MX: usize = 10;
/// Records read. Past ten lookups the record is broken already; more is only read to tell its owner how broken.
const MAX_RECORDS: usize = 60;
/// Terms read; a record of 64 kB times the records read would hold a million.
const MAX_TERMS: usize = 1_000;
/// Errors kept, and things unknown kept.
const MAX_NOTES: usize = 50;
/// Networks of this prefix or a shorter one hold so many strangers that they count as everyone.
const EVERYONE: u8 = 8;

/// The whole of an SPF record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// The domain, in normal form.
    pub domain: String,
    /// What the question for its TXT records gave.
    pub answer: Answer,
    /// Its SPF records as published: one is right, several are a permerror.
    pub records: Vec<String>,
    /// Every term in the order of evaluation, those of included records behind their include.
    pub terms: Vec<CensusTerm>,
    /// Terms that cost a lookup, were all of them tried.
    pub lookups: u32,
    /// Terms whose lookup gives nothing for any client.
    pub voids: u32,
    /// What makes check_host() end in permerror, in words.
    pub errors: Vec<String>,
    /// What could not be read because nobody asked or the lookup failed, in words.
    pub unknown: Vec<String>,
    /// The result for a client that no other term matches; `None` without a record or where it is not known.
    pub otherwise: Option<SpfResult>,
    /// The domain whose record says so.
    pub otherwise_at: Option<String>,
    /// The reading ended at its bound; more terms exist.
    pub limited: bool,
}

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusTerm {
    /// 0 for the domain's own record, one more for each include or redirect.
    pub depth: u32,
    /// The domain whose record holds it.
    pub domain: String,
    /// As written.
    pub term: String,
    /// Where it leads, if that does not depend on the client.
    pub target: Option<String>,
    /// Whether it counts against the ten.
    pub costs_lookup: bool,
    /// Whether its lookup gives nothing.
    pub void: bool,
    /// Whether a match lets the client pass for the domain itself.
    pub passes: bool,
    /// Why a pass by it says little; only where it lets pass.
    pub breadth: Option<Breadth>,
    /// What else is to be said: never reached, loops, not asked.
    pub remark: Option<String>,
}

/// How much a term lets pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breadth {
    /// Practically everyone; otherwise only many.
    pub everyone: bool,
    /// In words.
    pub what: String,
}

/// What a record's terms mean for the domain itself.
#[derive(Clone, Copy)]
struct Role {
    depth: u32,
    /// A pass of this record is a pass of the domain.
    passes: bool,
    /// The record's default is the domain's: it is its own, or the target of its redirect.
    decides: bool,
}

/// Reads the record of a domain and every record that it includes.
pub fn census(name: &str, lookups: &Lookups<'_>) -> Census {
    let name = domain::normalise(name);
    let mut reader = Reader {
        lookups,
        path: Vec::new(),
        read: 0,
        census: Census {
            domain: name.clone(),
            answer: lookups.ask(&Question::new(&name, RecordType::Txt), PURPOSE),
            records: Vec::new(),
            terms: Vec::new(),
            lookups: 0,
            voids: 0,
            errors: Vec::new(),
            unknown: Vec::new(),
            otherwise: None,
            otherwise_at: None,
            limited: false,
        },
    };
    let records = reader.census.answer.records().iter();
    let own = records.filter(|data| is_spf(data.as_bytes()));
    reader.census.records = own.map(|data| data.to_text().into_owned()).collect();
    let root = Role {
        depth: 0,
        passes: true,
        decides: true,
    };
    if !reader.census.records.is_empty() || !matches!(reader.census.answer, Answer::Records(_)) {
        reader.read_domain(&name, root);
    }
    let mut census = reader.census;
    if census.lookups > MAX_LOOKUPS {
        let lookups = census.lookups;
        census.error(format!("{lookups} terms need lookups, {MAX_LOOKUPS} are allowed"));
    }
    if census.voids > MAX_VOIDS {
        let voids = census.voids;
        census.error(format!("{voids} lookups give nothing, {MAX_VOIDS} are allowed"));
    }
    census
}

impl Census {
    fn error(&mut self, what: String) {
        note(&mut self.errors, what);
    }
}

/// Notes a sentence once, as long as there is room.
fn note(notes: &mut Vec<String>, what: String) {
    if notes.len() < MAX_NOTES && !notes.contains(&what) {
        notes.push(what);
    }
}

struct Reader<'a> {
    lookups: &'a Lookups<'a>,
    /// Domains from the first record to the current one.
    path: Vec<String>,
    read: usize,
    census: Census,
}

impl Reader<'_> {
    /// Reads the record of one domain (RFC 7208 4.4, 4.5). What is wrong with it is noted; returns a remark for the term
    /// that led here.
    fn read_domain(&mut self, name: &str, role: Role) -> Option<String> {
        if self.path.iter().any(|above| above == name) {
            self.census.error(format!("the record of {name} includes itself"));
            return Some("a loop".to_owned());
        }
        if self.read >= MAX_RECORDS {
            self.census.limited = true;
            return Some("not read: too many records".to_owned());
        }
        self.read += 1;
        let data = match self.ask(name, RecordType::Txt) {
            Ok(Answer::Records(data)) => data,
            Ok(answer) => {
                let what = nothing(name, RecordType::Txt, &answer);
                if role.depth > 0 {
                    self.census.voids += 1;
                    self.census.error(format!("{what}, but is included"));
                }
                return Some(what);
            }
            Err(remark) => return Some(remark),
        };
        let found: Vec<&Data> = data.iter().filter(|data| is_spf(data.as_bytes())).collect();
        let record = match found.as_slice() {
            [one] => one,
            [] => {
                self.census.error(format!("{name} has no SPF record, but is included"));
                return Some(format!("{name} has no SPF record"));
            }
            several => {
                let what = format!("{name} has {} SPF records", several.len());
                self.census.error(what.clone());
                return Some(what);
            }
        };
        match Record::parse(record.as_bytes()) {
            Ok(record) => {
                self.path.push(name.to_owned());
                self.read_record(&record, name, role);
                self.path.pop();
                None
            }
            Err(error) => {
                let place = match error.term.as_str() {
                    "" => String::new(),
                    term => format!(" (`{term}`)"),
                };
                let what = format!("syntax error in the record of {name}: {}{place}", error.what);
                self.census.error(what.clone());
                Some(what)
            }
        }
    }

    fn read_record(&mut self, record: &Record, name: &str, role: Role) {
        let mut all = None;
        for directive in &record.directives {
            if self.census.terms.len() >= MAX_TERMS {
                self.census.limited = true;
                return;
            }
            if all.is_some() {
                // RFC 7208 5.1: "Mechanisms after "all" will never be tested."
                self.remarked(name, role, &directive.text, "never reached: it stands behind `all`");
                continue;
            }
            let passes = role.passes && directive.qualifier == SpfResult::Pass;
            let term = CensusTerm {
                depth: role.depth,
                domain: name.to_owned(),
                term: directive.text.to_string(),
                target: None,
                costs_lookup: false,
                void: false,
                passes,
                breadth: breadth(&directive.mechanism).filter(|_| passes),
                remark: None,
            };
            if matches!(directive.mechanism, Mechanism::All) {
                all = Some(directive.qualifier);
            }
            self.term(term, &directive.mechanism, name, role);
        }
        match (&record.redirect, all) {
            (Some(redirect), Some(_)) => {
                // RFC 7208 6.1
                self.remarked(name, role, &redirect.text, "ignored: the record has `all`");
            }
            (Some(redirect), None) => {
                let term = CensusTerm {
                    passes: role.passes,
                    ..CensusTerm::plain(name, role, &redirect.text)
                };
                self.descend(term, &redirect.target, name, role);
                return;
            }
            (None, _) => {}
        }
        if role.decides {
            // RFC 7208 4.7: without a match the result is neutral.
            self.census.otherwise = Some(all.unwrap_or(SpfResult::Neutral));
            self.census.otherwise_at = Some(name.to_owned());
        }
    }

    /// Books one mechanism and asks for what it names.
    fn term(&mut self, mut term: CensusTerm, mechanism: &Mechanism, name: &str, role: Role) {
        let asks: &[RecordType] = match mechanism {
            Mechanism::All | Mechanism::Ip4(..) | Mechanism::Ip6(..) => return self.push(term),
            Mechanism::Include(target) => {
                let below = Role {
                    passes: term.passes,
                    decides: false,
                    ..role
                };
                return self.descend(term, target, name, below);
            }
            Mechanism::Ptr(_) => &[],
            Mechanism::A(..) => &[RecordType::A, RecordType::Aaaa],
            Mechanism::Mx(..) => &[RecordType::Mx],
            Mechanism::Exists(_) => &[RecordType::A],
        };
        self.census.lookups += 1;
        term.costs_lookup = true;
        let spec = match mechanism {
            Mechanism::A(target, _) | Mechanism::Mx(target, _) | Mechanism::Ptr(target) => target.as_ref(),
            Mechanism::Exists(target) => Some(target),
            _ => None,
        };
        term.target = self.fixed(spec, name);
        if let Some(target) = term.target.clone() {
            self.look(&mut term, &target, asks);
        } else {
            term.remark = Some("depends on the client".to_owned());
        }
        self.push(term);
    }

    /// Asks for the records of a term's target; notes a void lookup, and what is not known.
    fn look(&mut self, term: &mut CensusTerm, target: &str, types: &[RecordType]) {
        let mut empty = 0;
        for rtype in types {
            match self.ask(target, *rtype) {
                Ok(Answer::Records(data)) if *rtype == RecordType::Mx && data.len() > MAX_MX => {
                    self.census
                        .error(format!("{target} has {} MX records, more than {MAX_MX}", data.len()));
                }
                Ok(Answer::Records(_)) => {}
                Ok(answer) => {
                    empty += 1;
                    term.remark = Some(nothing(target, *rtype, &answer));
                }
                Err(remark) => term.remark = Some(remark),
            }
        }
        term.void = !types.is_empty() && empty == types.len();
        if term.void {
            self.census.voids += 1;
            // What names no address lets nobody pass.
            term.breadth = None;
        } else if empty > 0 {
            term.remark = None;
        }
    }

    /// Books an include or redirect and reads the record that it names.
    fn descend(&mut self, mut term: CensusTerm, target: &DomainSpec, name: &str, role: Role) {
        self.census.lookups += 1;
        term.costs_lookup = true;
        term.target = self.fixed(Some(target), name);
        if term.passes
            && let Some(what) = chosen_by_client(target)
        {
            term.breadth = Some(Breadth { everyone: true, what });
        }
        let place = self.census.terms.len();
        let fixed = term.target.clone();
        self.push(term);
        let remark = match fixed {
            None => {
                note(
                    &mut self.census.unknown,
                    format!("where a term of {name} leads depends on the client"),
                );
                Some("depends on the client".to_owned())
            }
            Some(target) => self.read_domain(
                &target,
                Role {
                    depth: role.depth + 1,
                    ..role
                },
            ),
        };
        if let Some(term) = self.census.terms.get_mut(place) {
            term.remark = remark;
        }
    }

    /// The name that a term leads to; `None` where the client's words decide, or DNS cannot carry it.
    fn fixed(&self, spec: Option<&DomainSpec>, name: &str) -> Option<String> {
        let Some(spec) = spec else { return Some(name.to_owned()) };
        let target = spec.expand(|letter| match letter {
            Letter::Domain => Ok(name.to_owned()),
            // The domain of MAIL FROM, which is the one that is read.
            Letter::SenderDomain => Ok(self.census.domain.clone()),
            _ => Err(()),
        });
        target
            .ok()
            .map(|name| domain::normalise(&name))
            .filter(|name| is_queryable(name))
    }

    /// Asks; the error says that the answer is not known, and is noted.
    fn ask(&mut self, name: &str, rtype: RecordType) -> Result<Answer, String> {
        let remark = match self.lookups.ask(&Question::new(name, rtype), PURPOSE) {
            Answer::NotAsked => format!("nobody asked for {} of {name}", rtype.name()),
            Answer::TimedOut => format!("the {} lookup of {name} timed out", rtype.name()),
            Answer::Failed(rcode) => format!("the {} lookup of {name} failed: {rcode}", rtype.name()),
            answer => return Ok(answer),
        };
        note(&mut self.census.unknown, remark.clone());
        Err(remark)
    }

    fn remarked(&mut self, name: &str, role: Role, text: &str, remark: &str) {
        self.push(CensusTerm {
            remark: Some(remark.to_owned()),
            ..CensusTerm::plain(name, role, text)
        });
    }

    fn push(&mut self, term: CensusTerm) {
        if self.census.terms.len() < MAX_TERMS {
            self.census.terms.push(term);
        } else {
            self.census.limited = true;
        }
    }
}

impl CensusTerm {
    fn plain(name: &str, role: Role, text: &str) -> Self {
        Self {
            depth: role.depth,
            domain: name.to_owned(),
            term: text.to_owned(),
            target: None,
            costs_lookup: false,
            void: false,
            passes: false,
            breadth: None,
            remark: None,
        }
    }
}

fn nothing(name: &str, rtype: RecordType, answer: &Answer) -> String {
    match answer {
        Answer::NxDomain => format!("{name} does not exist"),
        _ => format!("{name} has no {} record", rtype.name()),
    }
}

/// How much a mechanism lets pass; `None` where its pass says something.
fn breadth(mechanism: &Mechanism) -> Option<Breadth> {
    let what = overbroad(mechanism)?;
    let everyone = match mechanism {
        Mechanism::All | Mechanism::Exists(_) => true,
        Mechanism::Ip4(_, prefix) | Mechanism::Ip6(_, prefix) => *prefix <= EVERYONE,
        Mechanism::A(target, cidr) | Mechanism::Mx(target, cidr) => {
            let DualCidr { v4, v6 } = *cidr;
            target.as_ref().and_then(chosen_by_client).is_some() || v4 <= EVERYONE || v6 <= EVERYONE
        }
        Mechanism::Ptr(_) | Mechanism::Include(_) => false,
    };
    Some(Breadth { everyone, what })
}
