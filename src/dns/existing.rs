//! Names that answers have shown to exist.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::StoredAnswer;
use crate::domain;

/// Names kept at most: what is forgotten is found again, or asked for.
const MAX_NAMES: usize = 20_000;

/// The owners of records, and the names above them.
#[derive(Default)]
pub(super) struct Existing {
    names: Mutex<HashSet<String>>,
    /// How many questions are under way about each name.
    under_way: Mutex<HashMap<Arc<str>, usize>>,
    answered: Notify,
}

/// A question about a name, until it is dropped.
pub(super) struct UnderWay<'e>(&'e Existing, Arc<str>);

impl Existing {
    /// Takes in what lines show: a name with records exists, and so do all above it (RFC 8020 section 2).
    pub(super) fn note(&self, lines: &[StoredAnswer]) {
        let mut names = locked(&self.names);
        for line in lines.iter().filter(|line| !line.data.is_empty()) {
            for name in domain::ancestors(&line.question.name) {
                if names.contains(name) {
                    break;
                }
                if names.len() >= MAX_NAMES {
                    names.clear();
                }
                names.insert(name.to_owned());
            }
        }
    }

    /// Notes that a question about a name is asked.
    pub(super) fn asking(&self, name: &Arc<str>) -> UnderWay<'_> {
        *locked(&self.under_way).entry(Arc::clone(name)).or_default() += 1;
        UnderWay(self, Arc::clone(name))
    }

    /// Whether a name is known to exist, once what is under way about it is answered.
    pub(super) async fn has(&self, name: &str) -> bool {
        loop {
            let answered = self.answered.notified();
            if locked(&self.names).contains(name) {
                return true;
            }
            if !locked(&self.under_way).contains_key(name) {
                return false;
            }
            answered.await;
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut under_way = locked(&self.0.under_way);
        if let Some(number) = under_way.get_mut(&self.1) {
            *number -= 1;
            if *number == 0 {
                under_way.remove(&self.1);
            }
        }
        drop(under_way);
        self.0.answered.notify_waiters();
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use std::thread;

    use super::*;
    use crate::{
        dns::{Data, Question, RecordType, wire::line},
        time::Timestamp,
    };

    fn answer(name: &str, data: &[&str]) -> StoredAnswer {
        let data = data.iter().map(|text| Data::Text((*text).to_owned())).collect();
        line(
            Question::new(name, RecordType::Txt),
            "NOERROR",
            data,
            Some(60),
            Timestamp(0),
        )
    }

    fn has(existing: &Existing, name: &str) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(existing.has(name))
    }

    #[test]
    fn a_name_exists_where_it_or_one_below_it_has_records() {
        let existing = Existing::default();
        existing.note(&[
            answer("_dmarc.bank.example", &["v=DMARC1"]),
            answer("empty.example", &[]),
        ]);
        for name in ["_dmarc.bank.example", "bank.example", "example"] {
            assert!(has(&existing, name), "{name}");
        }
        for name in ["empty.example", "mail.bank.example", ""] {
            assert!(!has(&existing, name), "{name}");
        }
        (0..2 * MAX_NAMES).for_each(|number| existing.note(&[answer(&format!("n{number}.example"), &["text"])]));
        assert!(locked(&existing.names).len() <= MAX_NAMES);
    }

    #[test]
    fn what_is_under_way_about_a_name_is_waited_for() {
        let existing = Arc::new(Existing::default());
        let name: Arc<str> = "bank.example".into();
        let (asking, other) = (existing.asking(&name), existing.asking(&name));
        let waiting = thread::spawn({
            let existing = Arc::clone(&existing);
            move || has(&existing, "bank.example")
        });
        drop(other);
        assert!(!has(&existing, "other.example"));
        existing.note(&[answer("bank.example", &["text"])]);
        drop(asking);
        assert!(waiting.join().unwrap());
        drop(existing.asking(&"gone.example".into()));
        assert!(!has(&existing, "gone.example") && locked(&existing.under_way).is_empty());
    }
}
