//! English for reports.

use std::fmt::Display;

/// A number with what it counts: `1 question`, `2 questions`.
pub(crate) fn counted<N: Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    format!("{number} {what}{}", if number == N::from(1) { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_is_no_plural() {
        let told = [0_u64, 1, 2].map(|number| super::counted(number, "question"));
        assert_eq!(told, ["0 questions", "1 question", "2 questions"]);
    }
}
