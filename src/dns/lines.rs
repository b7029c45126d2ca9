//! The recorded answers to one question, and those of one name.

use std::collections::BTreeSet;

use super::{RecordType, StoredAnswer};

/// The answers to one question, each once. Nearly always there is one, which then lies where its name lies: a scan asks for
/// thousands of names, and a set holds the room of eleven answers for one.
#[derive(Clone, Debug)]
pub(super) enum Lines {
    One(StoredAnswer),
    Several(BTreeSet<StoredAnswer>),
}

impl Lines {
    pub(super) fn insert(&mut self, line: StoredAnswer) {
        match self {
            Self::One(known) if *known == line => {}
            Self::One(known) => *self = Self::Several(BTreeSet::from([known.clone(), line])),
            Self::Several(lines) => {
                lines.insert(line);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &StoredAnswer> {
        let (one, several) = match self {
            Self::One(line) => (Some(line), None),
            Self::Several(lines) => (None, Some(lines)),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }
}

/// What is listed of a name: the answers by type, in the order of the types; of no type none.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed(Vec<(RecordType, Box<Lines>)>);

impl Listed {
    pub(super) fn insert(&mut self, line: StoredAnswer) {
        match self.place(line.question.rtype) {
            Ok(at) => self.0[at].1.insert(line),
            Err(at) => self.0.insert(at, (line.question.rtype, Box::new(Lines::One(line)))),
        }
    }

    pub(super) fn of(&self, rtype: RecordType) -> Option<&Lines> {
        let at = self.place(rtype).ok()?;
        Some(&self.0[at].1)
    }

    /// Every answer, by type.
    pub(super) fn lines(&self) -> impl Iterator<Item = &StoredAnswer> {
        self.0.iter().flat_map(|(_, lines)| lines.iter())
    }

    /// Whether there is but one answer, whatever the type and the time.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.0.as_slice(), [(_, lines)] if matches!(**lines, Lines::One(_)))
    }

    /// The answers by type as sets, to be changed; what is empty afterwards is dropped.
    pub(super) fn change(&mut self, mut change: impl FnMut(RecordType, &mut BTreeSet<StoredAnswer>)) {
        for (rtype, lines) in std::mem::take(&mut self.0) {
            let mut set: BTreeSet<StoredAnswer> = match *lines {
                Lines::One(line) => BTreeSet::from([line]),
                Lines::Several(lines) => lines,
            };
            change(rtype, &mut set);
            let lines = match set.len() {
                0 => continue,
                1 => set.pop_first().map(Lines::One),
                _ => None,
            };
            self.0.push((rtype, Box::new(lines.unwrap_or(Lines::Several(set)))));
        }
    }

    fn place(&self, rtype: RecordType) -> Result<usize, usize> {
        self.0.binary_search_by_key(&rtype, |(rtype, _)| *rtype)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{dns::Question, time::Timestamp};

    proptest! {
        #[test]
        fn each_answer_stands_once_by_type_and_changes_like_a_set(picks in prop::collection::vec((1..4_u16, 0..3_i64), 0..12)) {
            let mut listed = Listed::default();
            let mut expected: BTreeMap<RecordType, BTreeSet<StoredAnswer>> = BTreeMap::new();
            for (rtype, asked_at) in picks {
                let rtype = RecordType::Other(1_000 + rtype);
                let line = StoredAnswer {
                    question: Question::new("a.example", rtype),
                    rcode: "NOERROR".to_owned(),
                    data: [].into(),
                    ttl: None,
                    asked_at: Some(Timestamp(asked_at)),
                    valid_from: None,
                    valid_to: None,
                };
                listed.insert(line.clone());
                expected.entry(rtype).or_default().insert(line);
            }
            prop_assert!(listed.lines().eq(expected.values().flatten()));
            prop_assert_eq!(listed.is_single(), expected.values().flatten().count() == 1);
            for (rtype, lines) in &expected {
                prop_assert!(listed.of(*rtype).is_some_and(|found| found.iter().eq(lines)));
            }
            let late = |line: &StoredAnswer| line.asked_at > Some(Timestamp(0));
            listed.change(|_, lines| lines.retain(late));
            prop_assert!(listed.lines().eq(expected.values().flatten().filter(|line| late(line))));
            prop_assert!(listed.of(RecordType::A).is_none());
        }
    }
}
