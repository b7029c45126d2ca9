//! English for reports.

use std::fmt::Display;

/// A number with what it counts: `1 question`, `2 questions`.
pub(crate) fn counted<N: Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    format!("{number} {what}{}", if number == N::from(1) { "" } else { "s" })
}

/// Whether two texts are the same but for upper and lower case.
pub(crate) fn same_text(a: &str, b: &str) -> bool {
    match a.is_ascii() && b.is_ascii() {
        true => a.eq_ignore_ascii_case(b),
        false => a.to_lowercase() == b.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn case_is_no_difference() {
        for (a, b, same) in [
            ("Kim@A.example", "kim@a.example", true),
            ("ÄNNE", "änne", true),
            ("K", "k", true),
            ("a", "b", false),
        ] {
            assert_eq!(super::same_text(a, b), same, "{a} {b}");
        }
    }

    #[test]
    fn one_is_no_plural() {
        let told = [0_u64, 1, 2].map(|number| super::counted(number, "question"));
        assert_eq!(told, ["0 questions", "1 question", "2 questions"]);
    }
}
