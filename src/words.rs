//! English for reports.

use std::{cell::OnceCell, fmt::Display};

/// A number with what it counts: `1 question`, `2 questions`.
pub(crate) fn counted<N: Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    format!("{number} {what}{}", if number == N::from(1) { "" } else { "s" })
}

/// Texts among which others are looked for, whatever their case. Most are found as they are written; only where one is not, all are
/// brought into small letters, once.
pub(crate) struct AnyCase<I> {
    all: I,
    lower: OnceCell<Vec<String>>,
}

impl<'t, I: Iterator<Item = &'t str> + Clone> AnyCase<I> {
    /// `None` where there are no texts.
    pub(crate) fn of(all: I) -> Option<Self> {
        all.clone().next()?;
        Some(Self {
            all,
            lower: OnceCell::new(),
        })
    }

    pub(crate) fn holds(&self, text: &str) -> bool {
        let all = || self.all.clone();
        let lower = || self.lower.get_or_init(|| all().map(str::to_lowercase).collect());
        all().any(|one| one == text) || lower().contains(&text.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn is_found_in_any_case() {
        let all = super::AnyCase::of(["a@b.example", "ÄNNE@b.example"].into_iter());
        let holds = |text| all.as_ref().is_some_and(|all| all.holds(text));
        assert!(holds("a@b.example") && holds("A@B.example") && holds("änne@b.example"));
        assert!(!holds("b@b.example"));
        assert!(super::AnyCase::of(std::iter::empty()).is_none());
    }

    #[test]
    fn case_is_no_difference() {
        for (a, b, same) in [
            ("Kim@A.example", "kim@a.example", true),
            ("ÄNNE", "änne", true),
            ("K", "k", true),
            ("a", "b", false),
        ] {
            let all = super::AnyCase::of(std::iter::once(a));
            assert_eq!(all.is_some_and(|all| all.holds(b)), same, "{a} {b}");
        }
    }

    #[test]
    fn one_is_no_plural() {
        let told = [0_u64, 1, 2].map(|number| super::counted(number, "question"));
        assert_eq!(told, ["0 questions", "1 question", "2 questions"]);
    }
}
