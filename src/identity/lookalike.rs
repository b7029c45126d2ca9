//! Whether one domain is made to be taken for another.

use strsim::osa_distance;
use unicode_security::skeleton;

use crate::domain;

/// In what way a domain resembles another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resemblance {
    /// UTS 39: the skeletons are equal: the two look the same.
    Confusable,
    /// Groups of ASCII letters that look alike: `rn` for `m`, `vv` for `w`, `1` for `l`, `0` for `o`.
    AsciiConfusable,
    /// One letter added, lost, changed or swapped.
    Typo,
    /// The same name under another public suffix.
    OtherSuffix,
    /// The name with a word and a hyphen added (`bank-secure.example`).
    Hyphenated,
    /// The whole name as a sub-domain of somebody else (`bank.example.evil.example`).
    SubLabel,
}

impl Resemblance {
    /// The sentence that a reader sees, between the two names.
    pub fn words(self) -> &'static str {
        match self {
            Self::Confusable => "looks the same as",
            Self::AsciiConfusable => "reads almost the same as",
            Self::Typo => "differs by one letter from",
            Self::OtherSuffix => "is the same name under another suffix as",
            Self::Hyphenated => "adds a word to",
            Self::SubLabel => "carries as a sub-domain the name",
        }
    }
}

/// Names shorter than this are one letter away from too many others.
const MIN_TYPO_LENGTH: usize = 5;
/// Names shorter than this are words of other names.
const MIN_WORD_LENGTH: usize = 4;

/// Whether `candidate` is made to be taken for `genuine`; `None` when they are the same organisation or simply differ.
pub fn resembles(candidate: &str, genuine: &str) -> Option<Resemblance> {
    let (candidate, genuine) = (domain::normalise(candidate), domain::normalise(genuine));
    let (org, real) = (domain::organisational(&candidate), domain::organisational(&genuine));
    if candidate.is_empty() || real.is_empty() || org == real || domain::is_public_suffix(&real) {
        return None;
    }
    let (name, suffix) = split_suffix(&org);
    let (real_name, real_suffix) = split_suffix(&real);
    let (name, real_name) = (unicode(name), unicode(real_name));
    // RFC 2606 3: `example` under three suffixes is nobody's name.
    if real_name == "example" {
        return None;
    }
    if name == real_name {
        // Names of a letter or two stand under many suffixes for unrelated owners.
        return (suffix != real_suffix && name.chars().count() >= MIN_TYPO_LENGTH).then_some(Resemblance::OtherSuffix);
    }
    if !(name.is_ascii() && real_name.is_ascii()) && skeleton(&name).eq(skeleton(&real_name)) {
        return Some(Resemblance::Confusable);
    }
    if fold_ascii(&name) == fold_ascii(&real_name) {
        return Some(Resemblance::AsciiConfusable);
    }
    if has_label_run(&candidate, &real) {
        return Some(Resemblance::SubLabel);
    }
    let length = real_name.chars().count();
    if length >= MIN_WORD_LENGTH && name.split('-').any(|word| word == real_name) {
        return Some(Resemblance::Hyphenated);
    }
    (length >= MIN_TYPO_LENGTH && osa_distance(&name, &real_name) == 1).then_some(Resemblance::Typo)
}

/// The registrable label and the public suffix of an organisational domain.
fn split_suffix(org: &str) -> (&str, &str) {
    org.split_once('.').unwrap_or((org, ""))
}

fn unicode(label: &str) -> String {
    idna::domain_to_unicode(label).0
}

/// ASCII text with letter groups that look alike brought to one form.
fn fold_ascii(name: &str) -> String {
    let folded: String = name
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '5' => 's',
            '-' => '\0',
            other => other,
        })
        .filter(|c| *c != '\0')
        .collect();
    folded.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// Whether `inner`'s labels stand next to each other inside `outer`, not at its end.
fn has_label_run(outer: &str, inner: &str) -> bool {
    outer.starts_with(&format!("{inner}.")) || outer.contains(&format!(".{inner}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resemblances() {
        assert_eq!(
            resembles("xn--bnk-6cd.example", "bank.example"),
            Some(Resemblance::Confusable)
        );
        assert_eq!(
            resembles("modem.example", "modern.example"),
            Some(Resemblance::AsciiConfusable)
        );
        assert_eq!(
            resembles("bigbank-secure.example", "bigbank.example"),
            Some(Resemblance::Hyphenated)
        );
        assert_eq!(
            resembles("paypal.com.evil.example", "paypal.com"),
            Some(Resemblance::SubLabel)
        );
        assert_eq!(resembles("paypall.com", "paypal.com"), Some(Resemblance::Typo));
        assert_eq!(resembles("paypal.net", "paypal.com"), Some(Resemblance::OtherSuffix));
        assert_eq!(resembles("mail.paypal.com", "paypal.com"), None);
        assert_eq!(resembles("cat.example", "car.example"), None);
        assert_eq!(resembles("example.org", "example.co.jp"), None);
        assert_eq!(
            resembles("bank-support.example", "bank.example"),
            Some(Resemblance::Hyphenated)
        );
    }
}
