//! Names that answers have shown to exist.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use super::StoredAnswer;
use crate::domain;

/// Names kept at most: what is forgotten is found again, or asked for.
const MAX_NAMES: usize = 20_000;

/// The owners of records, and the names above them.
#[derive(Default)]
pub(super) struct Existing(Mutex<HashSet<String>>);

impl Existing {
    /// Takes in what lines show: a name with records exists, and so do all above it (RFC 8020 section 2).
    pub(super) fn note(&self, lines: &[StoredAnswer]) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// Whether a name is known to exist.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dns::{Data, Question, RecordType, wire::line},
        time::Timestamp,
    };

    #[test]
    fn a_name_exists_where_it_or_one_below_it_has_records() {
        let existing = Existing::default();
        let answer = |name: &str, data: &[&str]| {
            let data = data.iter().map(|text| Data::Text((*text).to_owned())).collect();
            line(
                Question::new(name, RecordType::Txt),
                "NOERROR",
                data,
                Some(60),
                Timestamp(0),
            )
        };
        existing.note(&[
            answer("_dmarc.bank.example", &["v=DMARC1"]),
            answer("empty.example", &[]),
        ]);
        for name in ["_dmarc.bank.example", "bank.example", "example"] {
            assert!(existing.has(name), "{name}");
        }
        for name in ["empty.example", "mail.bank.example", ""] {
            assert!(!existing.has(name), "{name}");
        }
        (0..2 * MAX_NAMES).for_each(|number| existing.note(&[answer(&format!("n{number}.example"), &["text"])]));
        assert!(existing.0.lock().unwrap_or_else(PoisonError::into_inner).len() <= MAX_NAMES);
    }
}
