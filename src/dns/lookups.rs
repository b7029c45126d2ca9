//! The evaluators' view of a snapshot: answers as of a time, each question noted with its purpose.

use std::{cell::RefCell, sync::Arc};

use super::{Answer, Found, Question, Snapshot};
use crate::time::Timestamp;

/// How many different questions one message may raise. A message with a thousand signatures would otherwise make its
/// reader a tool against other people's name servers; SPF with DKIM, ARC and DMARC in honest use stay under a hundred.
const MAX_QUESTIONS: usize = 2_000;

/// A snapshot in use for one message. Notes what is asked and what is missing.
#[derive(Debug)]
pub struct Lookups<'s> {
    snapshot: &'s Snapshot,
    delivered_at: Option<Timestamp>,
    notes: RefCell<Notes>,
}

/// What was asked, in order.
#[derive(Debug, Default)]
struct Notes {
    asked: Vec<Asked>,
    refused: usize,
}

/// A question that an evaluator asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// What for: `spf`, `dkim-key`, `dmarc`, `mx`, `iprev`, ...
    pub purpose: &'static str,
    /// What the snapshot said.
    pub answer: Answer,
    /// The answer was first recorded after delivery (report.md, "Time").
    pub later: bool,
    /// ... and by more than 180 days: it may support a pass, and alone never accuses.
    pub stale: bool,
    /// A later answer is known, and is another one.
    pub changed: bool,
    /// The names that the question's name is an alias of, in the order followed.
    pub aliases: Vec<String>,
    /// When the answer was recorded, if that is known.
    pub asked_at: Option<Timestamp>,
    /// Time to live in seconds.
    pub ttl: Option<u32>,
}

impl<'s> Lookups<'s> {
    /// A view as of the time of delivery; without one the latest answer counts.
    pub fn new(snapshot: &'s Snapshot, delivered_at: Option<Timestamp>) -> Self {
        Self {
            snapshot,
            delivered_at,
            notes: RefCell::default(),
        }
    }

    /// Asks the snapshot. The same question twice is noted once, with its first purpose. Past 2,000 different questions
    /// the answer is [`Answer::NotAsked`], and [`Lookups::refused`] counts it.
    pub fn ask(&self, question: &Question, purpose: &'static str) -> Answer {
        self.noted(question, purpose, |asked| asked.answer.clone())
            .unwrap_or(Answer::NotAsked)
    }

    /// Asks like [`Lookups::ask`], and says how old the answer is.
    pub fn ask_full(&self, question: &Question, purpose: &'static str) -> Found {
        self.noted(question, purpose, Asked::found)
            .unwrap_or_else(Found::not_asked)
    }

    /// Asks where that was not done yet, and reads the note of it; `None` where there are too many.
    fn noted<T>(&self, question: &Question, purpose: &'static str, read: impl FnOnce(&Asked) -> T) -> Option<T> {
        let mut notes = self.notes.borrow_mut();
        if let Some(earlier) = notes.earlier(question) {
            return Some(read(earlier));
        }
        if notes.asked.len() >= MAX_QUESTIONS {
            notes.refused += 1;
            return None;
        }
        let found = self.snapshot.find(question, self.delivered_at);
        Some(read(notes.note(question, purpose, found)))
    }

    /// Whether the answer to a question was recorded more than 180 days after delivery, so that it alone never accuses.
    pub fn stale_answer(&self, question: &Question) -> bool {
        match self.notes.borrow().earlier(question) {
            Some(earlier) => earlier.stale,
            None => self.snapshot.find(question, self.delivered_at).stale,
        }
    }

    /// Whether the snapshot answers a question; it is not asked by this.
    pub fn knows(&self, question: &Question) -> bool {
        self.snapshot.find(question, self.delivered_at).answer != Answer::NotAsked
    }

    /// Everything that was asked, in order.
    pub fn into_asked(self) -> Vec<Asked> {
        self.notes.into_inner().asked
    }

    /// Whether some answer that was asked for this purpose was recorded more than 180 days after delivery.
    pub fn used_stale(&self, purpose: &str) -> bool {
        let notes = self.notes.borrow();
        notes.asked.iter().any(|asked| asked.stale && asked.purpose == purpose)
    }

    /// How often a question was turned away because the message had raised too many.
    pub fn refused(&self) -> usize {
        self.notes.borrow().refused
    }

    /// The questions that the snapshot cannot answer, in order; see [`Asked::missing`].
    pub fn missing(&self) -> Vec<Question> {
        let notes = self.notes.borrow();
        notes.asked.iter().filter_map(Asked::missing).collect()
    }
}

impl Notes {
    /// The earlier note of a question. A message raises a dozen: an index would take longer to make than it
    /// saves, and to look through [`MAX_QUESTIONS`] takes microseconds.
    fn earlier(&self, question: &Question) -> Option<&Asked> {
        self.asked.iter().find(|asked| asked.question == *question)
    }

    /// Notes a question for the first time.
    fn note(&mut self, question: &Question, purpose: &'static str, found: Found) -> &Asked {
        self.asked.push_mut(Asked {
            question: question.clone(),
            purpose,
            answer: found.answer,
            later: found.later,
            stale: found.stale,
            changed: found.changed,
            aliases: found.aliases,
            asked_at: found.asked_at,
            ttl: found.ttl,
        })
    }
}

impl Asked {
    /// The question that nobody has answered. Where the alias is known and its target is not, the target is what is missing.
    pub fn missing(&self) -> Option<Question> {
        if self.answer != Answer::NotAsked {
            return None;
        }
        let mut question = self.question.clone();
        if let Some(target) = self.aliases.last() {
            question.name = Arc::from(target.as_str());
        }
        Some(question)
    }

    /// The note as the snapshot gave it.
    fn found(&self) -> Found {
        Found {
            answer: self.answer.clone(),
            later: self.later,
            stale: self.stale,
            changed: self.changed,
            aliases: self.aliases.clone(),
            asked_at: self.asked_at,
            ttl: self.ttl,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use crate::dns::RecordType;

    #[test]
    fn a_question_is_noted_once_with_its_first_purpose() {
        let snapshot = Snapshot::new();
        let lookups = Lookups::new(&snapshot, None);
        let question = Question::new("Bank.Example.", RecordType::Txt);
        assert_eq!(lookups.ask(&question, "spf"), Answer::NotAsked);
        assert_eq!(lookups.ask(&question, "dmarc"), Answer::NotAsked);
        assert_eq!(lookups.missing(), [question]);
        let asked = lookups.into_asked();
        assert_eq!((asked.len(), asked[0].purpose), (1, "spf"));
    }

    #[test]
    fn the_target_of_an_alias_is_what_is_missing() {
        let text = "{\"spoofcheck_dns\":1}\n\
            {\"name\":\"s1._domainkey.bank.example\",\"type\":\"CNAME\",\"rcode\":\"NOERROR\",\"data\":[\"key.esp.example.\"]}\n";
        let snapshot = Snapshot::parse(text, "test").unwrap();
        let lookups = Lookups::new(&snapshot, None);
        lookups.ask(
            &Question::new("s1._domainkey.bank.example", RecordType::Txt),
            "dkim-key",
        );
        assert_eq!(lookups.missing(), [Question::new("key.esp.example", RecordType::Txt)]);
    }

    #[test]
    fn a_message_cannot_raise_questions_without_end() {
        let snapshot = Snapshot::new();
        let lookups = Lookups::new(&snapshot, None);
        for number in 0..MAX_QUESTIONS + 5 {
            lookups.ask(&Question::new(&format!("{number}.example"), RecordType::A), "spf");
        }
        assert_eq!(lookups.refused(), 5);
        assert_eq!(lookups.into_asked().len(), MAX_QUESTIONS);
    }
}
