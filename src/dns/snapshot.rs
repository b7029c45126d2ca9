//! Recorded DNS: the one door through which answers enter (report.md, "DNS snapshot").

use std::{
    borrow::Cow,
    cmp::{Ordering, Reverse},
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use foldhash::fast::RandomState;

use super::{
    Answer, Data, Question, RecordType, StoredAnswer,
    lines::{Lines, Listed},
};
use crate::{domain, time::Timestamp};

/// Rounds of asking: SPF's ten lookups, DMARC's eight steps and a few CNAMEs follow one another; more is an attack.
const MAX_ROUNDS: usize = 40;
/// How many CNAMEs are followed; resolvers stop between 8 and 16. A longer chain, or a loop, is a failed lookup.
const MAX_ALIASES: usize = 16;

/// A later answer of more than this age is `stale`: 180 days in seconds (report.md, "Time").
const STALE_AFTER: i64 = 180 * 24 * 60 * 60;

/// What an unlisted name means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// It does not exist.
    NxDomain,
}

/// A set of recorded answers.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What an unlisted name means.
    pub absent: Absent,
    /// The clock of the run that recorded it.
    pub now: Option<Timestamp>,
    /// `absent` was said by a header line, not only assumed.
    pub(super) declared: bool,
    pub(super) names: HashMap<Arc<str>, Listed, RandomState>,
    /// The names above those that are listed.
    above: HashSet<String, RandomState>,
    /// The hash of the written form with the header's values that it holds for: every report of a batch names it.
    pub(super) digest: OnceLock<(Absent, Option<Timestamp>, String)>,
}

/// An answer and its age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The answer.
    pub answer: Answer,
    /// First recorded after the time asked for.
    pub later: bool,
    /// ... by more than 180 days.
    pub stale: bool,
    /// The names that the question's name is an alias of, in the order followed; empty without a CNAME.
    pub aliases: Vec<String>,
    /// A later answer to the same question is known, and is another one.
    pub changed: bool,
    /// When the answer (with aliases: its last line) was recorded, if that is known.
    pub asked_at: Option<Timestamp>,
    /// Time to live in seconds (with aliases: of the last line).
    pub ttl: Option<u32>,
}

impl Snapshot {
    /// An empty snapshot in which nothing was asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer. The same question may be answered several times, with other times; the same answer twice counts once.
    pub fn insert(&mut self, mut answer: StoredAnswer) {
        answer.question = Question::new(&answer.question.name, answer.question.rtype);
        self.digest = OnceLock::new();
        let name = &answer.question.name;
        if !self.names.contains_key(name) {
            for above in domain::ancestors(name).skip(1) {
                if !self.above.insert(above.to_owned()) {
                    // Then all above it are known, too.
                    break;
                }
            }
        }
        self.names.entry(Arc::clone(name)).or_default().insert(answer);
    }

    /// Adds what another snapshot holds. An unlisted name counts as not asked if it does so in either of them; the clock
    /// is the later one.
    pub fn merge(&mut self, other: Self) {
        self.digest = OnceLock::new();
        let blank = !self.declared && self.is_empty();
        if blank || (self.absent == Absent::NxDomain && (other.declared || !other.is_empty())) {
            self.absent = other.absent;
        }
        self.declared |= other.declared;
        self.now = self.now.max(other.now);
        self.above.extend(other.above);
        for (name, listed) in other.names {
            match self.names.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(listed);
                }
                Entry::Occupied(mut known) => listed.lines().for_each(|line| known.get_mut().insert(line.clone())),
            }
        }
    }

    /// The part about a name and what stands below it. Of what is left out it does not say that it does not exist.
    pub fn below(&self, name: &str) -> Self {
        let name = domain::normalise(name);
        let mut part = Self {
            absent: Absent::NotAsked,
            now: self.now,
            declared: self.declared,
            ..Self::default()
        };
        for answer in self.answers() {
            if domain::is_within(&answer.question.name, &name) {
                part.insert(answer.clone());
            }
        }
        part
    }

    /// The answer that was true at `at` (CNAMEs followed), or the latest without a time.
    ///
    /// An alias chain that loops or is too long is a failed lookup, `SERVFAIL`, as resolvers have it.
    pub fn find(&self, question: &Question, at: Option<Timestamp>) -> Found {
        let mut found = Found::not_asked();
        let mut current = Cow::Borrowed(question);
        loop {
            let listed = self.names.get(&current.name);
            let Some(line) = listed.and_then(|listed| listed.step(current.rtype, at)) else {
                found.answer = self.unlisted(&current.name);
                return found;
            };
            found.note(line, at);
            let newest = listed.filter(|listed| at.is_some() && !listed.is_single());
            let newest = newest.and_then(|listed| listed.step(current.rtype, None));
            found.changed |= newest.is_some_and(|newest| said(newest) != said(line));
            let followed = line.question.rtype != question.rtype;
            let Some(target) = line.data.first().filter(|_| followed) else {
                found.answer = answer_of(line);
                return found;
            };
            current = Cow::Owned(Question::new(&target.to_text(), question.rtype));
            let looped = current.name == question.name || found.aliases.iter().any(|alias| **alias == *current.name);
            if looped || found.aliases.len() >= MAX_ALIASES {
                found.answer = Answer::Failed("SERVFAIL".to_owned());
                return found;
            }
            found.aliases.push(current.name.to_string());
        }
    }

    /// Asks for what is missing, puts the answers in and looks again, until nothing is missing.
    pub fn complete(
        &mut self,
        missing: impl Fn(&Self) -> Vec<Question>,
        ask: impl FnMut(&[Question]) -> Vec<StoredAnswer>,
    ) {
        let shared = RwLock::new(std::mem::take(self));
        Self::complete_shared(&shared, missing, ask);
        *self = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    }

    /// The same for a snapshot that others read meanwhile. They wait only while answers are put in.
    pub fn complete_shared(
        shared: &RwLock<Self>,
        missing: impl Fn(&Self) -> Vec<Question>,
        mut ask: impl FnMut(&[Question]) -> Vec<StoredAnswer>,
    ) {
        for _ in 0..MAX_ROUNDS {
            let questions = missing(&shared.read().unwrap_or_else(PoisonError::into_inner));
            if questions.is_empty() {
                return;
            }
            let answers = ask(&questions);
            let mut snapshot = shared.write().unwrap_or_else(PoisonError::into_inner);
            for answer in answers {
                snapshot.insert(answer);
            }
        }
    }

    /// Whether it holds no answer.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// How many answers it holds.
    pub fn len(&self) -> usize {
        self.lines().count()
    }

    /// Every answer, ordered by name, type and time.
    pub fn answers(&self) -> Vec<&StoredAnswer> {
        let mut all: Vec<&StoredAnswer> = self.lines().collect();
        all.sort_by_cached_key(|line| {
            (
                format!("{}.", line.question.name),
                line.question.rtype.name(),
                line.asked_at,
                line.valid_from,
                *line,
            )
        });
        all
    }

    /// Every answer, in no order.
    fn lines(&self) -> impl Iterator<Item = &StoredAnswer> {
        self.names.values().flat_map(Listed::lines)
    }

    /// What it means that a question is not listed.
    fn unlisted(&self, name: &str) -> Answer {
        if self.absent == Absent::NotAsked {
            return Answer::NotAsked;
        }
        match self.names.get(name) {
            Some(listed) if listed.is_denied() => Answer::NxDomain,
            Some(_) => Answer::NoData,
            // A name with names below it exists, even where it has no records (RFC 4592 section 2.2.2).
            None if name.is_empty() || self.above.contains(name) => Answer::NoData,
            None => Answer::NxDomain,
        }
    }
}

impl Listed {
    /// The line that answers for a type at a time, or the CNAME line that leads on. Where a CNAME stands nothing else can
    /// (RFC 1034 section 3.6.2), so of the two the one holds that was true then; of equal age the one with records.
    fn step(&self, rtype: RecordType, at: Option<Timestamp>) -> Option<&StoredAnswer> {
        let (direct, alias) = match (self.line(rtype, at), self.alias(rtype, at)) {
            (Some(direct), Some(alias)) => (direct, alias),
            (direct, alias) => return alias.or(direct),
        };
        let timed = known_at(direct).is_some() && known_at(alias).is_some();
        let empty = direct.rcode == "NOERROR" && direct.data.is_empty();
        match rank(alias, at).cmp(&rank(direct, at)) {
            Ordering::Greater if timed => Some(alias),
            Ordering::Less if timed => Some(direct),
            _ if empty => Some(alias),
            _ => Some(direct),
        }
    }

    /// The line of a type at a time.
    fn line(&self, rtype: RecordType, at: Option<Timestamp>) -> Option<&StoredAnswer> {
        choose(self.of(rtype)?, at)
    }

    /// The CNAME line, if there is one to follow.
    fn alias(&self, rtype: RecordType, at: Option<Timestamp>) -> Option<&StoredAnswer> {
        let alias = (rtype != RecordType::Cname).then(|| self.line(RecordType::Cname, at))?;
        alias.filter(|line| line.rcode == "NOERROR" && !line.data.is_empty())
    }

    /// Whether one of its lines says that the name does not exist.
    fn is_denied(&self) -> bool {
        self.lines().any(|line| line.rcode == "NXDOMAIN")
    }
}

impl Found {
    /// What a question finds that nobody asked.
    pub(super) fn not_asked() -> Self {
        Self {
            answer: Answer::NotAsked,
            later: false,
            stale: false,
            changed: false,
            aliases: Vec::new(),
            asked_at: None,
            ttl: None,
        }
    }

    /// Takes over a line's times; a chain is as late as its latest line.
    fn note(&mut self, line: &StoredAnswer, at: Option<Timestamp>) {
        self.asked_at = line.asked_at;
        self.ttl = line.ttl;
        if let (Some(at), Some(known)) = (at, known_at(line))
            && known > at
            && !holds(line, at)
        {
            self.later = true;
            self.stale |= known.since(at) > STALE_AFTER;
        }
    }
}

/// How well an answer fits a time; the greatest fits best. Without a time the latest does.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Known only afterwards.
    After(Reverse<Timestamp>),
    /// Known before; an answer without any time is true whenever no other says more.
    Before(Option<Timestamp>),
    /// Said to be true then: from when, and when that was asked.
    Holding(Option<Timestamp>, Option<Timestamp>),
}

fn rank(line: &StoredAnswer, at: Option<Timestamp>) -> Rank {
    match (at, known_at(line)) {
        (Some(at), _) if holds(line, at) => Rank::Holding(line.valid_from, line.asked_at),
        (Some(at), Some(known)) if known > at => Rank::After(Reverse(known)),
        (_, known) => Rank::Before(known),
    }
}

/// Of several answers to one question the one that was true at `at`; else the latest before; else the earliest after
/// (report.md, "Time"). Ties fall the same way in whatever order the answers came.
fn choose(answers: &Lines, at: Option<Timestamp>) -> Option<&StoredAnswer> {
    answers.iter().max_by_key(|line| (rank(line, at), *line))
}

/// Whether an answer states a time of validity that covers `at`. One of its two ends may be open.
fn holds(line: &StoredAnswer, at: Timestamp) -> bool {
    (line.valid_from.is_some() || line.valid_to.is_some())
        && line.valid_from.is_none_or(|from| from <= at)
        && line.valid_to.is_none_or(|to| at < to)
}

/// When an answer was first known: when it was asked, or from when it is said to be true.
fn known_at(line: &StoredAnswer) -> Option<Timestamp> {
    line.asked_at.or(line.valid_from)
}

/// Type, rcode and records.
fn said(line: &StoredAnswer) -> (RecordType, &str, &[Data]) {
    (line.question.rtype, &line.rcode, &line.data)
}

/// What a line means.
fn answer_of(line: &StoredAnswer) -> Answer {
    match line.rcode.as_str() {
        "NOERROR" if line.data.is_empty() => Answer::NoData,
        "NOERROR" => Answer::Records(Arc::clone(&line.data)),
        "NXDOMAIN" => Answer::NxDomain,
        "TIMEOUT" => Answer::TimedOut,
        other => Answer::Failed(other.to_owned()),
    }
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
