//! How often values come, in memory that does not grow with them.

use std::collections::HashMap;

use crate::report::model::Named;

/// Different values that are counted one by one; what comes after is only counted in all.
const MAX_DIFFERENT: usize = 50_000;
/// Values that a summary names, the most frequent first.
const TOP: usize = 20;

/// How often each value came.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: HashMap<String, u64>,
    others: u64,
}

impl Tally {
    /// The value came once more.
    pub(super) fn add(&mut self, value: &str) {
        if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
        } else if self.counts.len() < MAX_DIFFERENT {
            self.counts.insert(value.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    /// How many different values are counted.
    pub(super) fn different(&self) -> u64 {
        self.counts.len() as u64
    }

    /// How often others came.
    pub(super) fn uncounted(&self) -> u64 {
        self.others
    }

    /// The most frequent.
    pub(super) fn top(&self) -> Vec<Named> {
        let counts = self.counts.iter().map(|(value, count)| (value.as_str(), *count));
        most_frequent(counts, TOP)
    }
}

/// The values that came most often, of equal ones the first by name.
pub(super) fn most_frequent<'v>(counts: impl Iterator<Item = (&'v str, u64)>, most: usize) -> Vec<Named> {
    let mut all: Vec<(&str, u64)> = counts.collect();
    all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    all.truncate(most);
    let named = all.into_iter().map(|(value, count)| Named {
        value: value.to_owned(),
        count,
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_first_and_never_more_than_the_limit() {
        let mut tally = Tally::default();
        for number in 0..MAX_DIFFERENT + 3 {
            tally.add(&number.to_string());
        }
        tally.add("7");
        let top = tally.top();
        assert_eq!((top.len(), top[0].value.as_str(), top[0].count), (TOP, "7", 2));
        assert_eq!((tally.different(), tally.uncounted()), (MAX_DIFFERENT as u64, 3));
    }
}
