//! Whether one domain is made to be taken for another.

use std::borrow::Cow;

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

/// A domain, taken apart for comparison: of one that is compared with a hundred others this is done once.
#[derive(Clone, Debug)]
pub struct Look {
    /// The whole name in normal form.
    name: String,
    /// Its organisational domain.
    org: String,
    /// The registrable label, in Unicode.
    label: String,
    /// Characters of the label.
    length: usize,
    /// The label with ASCII letters that look alike brought to one form.
    folded: String,
    /// The name is itself a public suffix, or empty: nobody's.
    ownerless: bool,
}

impl Look {
    /// The look of a domain in any form.
    pub fn of(domain: &str) -> Self {
        let name = domain::normalise(domain);
        let org = domain::organisational(&name);
        let label = unicode(split_suffix(&org).0).into_owned();
        Self {
            folded: fold_ascii(&label),
            ownerless: org.is_empty() || domain::is_public_suffix(&org),
            length: label.chars().count(),
            name,
            org,
            label,
        }
    }

    /// The whole name in normal form.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this domain is made to be taken for `genuine`; `None` when they are the same organisation or simply differ.
    pub fn resembles(&self, genuine: &Self) -> Option<Resemblance> {
        // RFC 2606 3: `example` under three suffixes is nobody's name.
        if self.name.is_empty() || genuine.ownerless || self.org == genuine.org || genuine.label == "example" {
            return None;
        }
        let length = genuine.length;
        if self.label == genuine.label {
            // Names of a letter or two stand under many suffixes for unrelated owners.
            let other = split_suffix(&self.org).1 != split_suffix(&genuine.org).1;
            return (other && length >= MIN_TYPO_LENGTH).then_some(Resemblance::OtherSuffix);
        }
        let in_ascii = self.label.is_ascii() && genuine.label.is_ascii();
        if !in_ascii && skeleton(&self.label).eq(skeleton(&genuine.label)) {
            return Some(Resemblance::Confusable);
        }
        if self.folded == genuine.folded {
            return Some(Resemblance::AsciiConfusable);
        }
        if has_label_run(&self.name, &genuine.org) {
            return Some(Resemblance::SubLabel);
        }
        if length >= MIN_WORD_LENGTH && self.label.split('-').any(|word| word == genuine.label) {
            return Some(Resemblance::Hyphenated);
        }
        let near = length >= MIN_TYPO_LENGTH && self.length.abs_diff(length) <= 1;
        let typo = near && ends_alike(&self.label, &genuine.label) && osa_distance(&self.label, &genuine.label) == 1;
        typo.then_some(Resemblance::Typo)
    }
}

/// Whether `candidate` is made to be taken for `genuine`; see [`Look::resembles`].
pub fn resembles(candidate: &str, genuine: &str) -> Option<Resemblance> {
    Look::of(candidate).resembles(&Look::of(genuine))
}

/// The registrable label and the public suffix of an organisational domain.
fn split_suffix(org: &str) -> (&str, &str) {
    org.split_once('.').unwrap_or((org, ""))
}

fn unicode(label: &str) -> Cow<'_, str> {
    match label.is_ascii() && !label.starts_with("xn--") {
        true => Cow::Borrowed(label),
        false => Cow::Owned(idna::domain_to_unicode(label).0),
    }
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

/// Whether texts that differ by one letter, or by two that changed places, may be these: of all pairs few are, and to see that costs
/// little.
fn ends_alike(a: &str, b: &str) -> bool {
    let begin = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let end = a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).count();
    begin + end + 2 >= a.chars().count().max(b.chars().count())
}

/// Whether `inner`'s labels stand next to each other inside `outer`, not at its end.
fn has_label_run(outer: &str, inner: &str) -> bool {
    let begins = std::iter::once(0).chain(memchr::memchr_iter(b'.', outer.as_bytes()).map(|dot| dot + 1));
    let mut rests = begins.filter_map(|at| outer.get(at..)?.strip_prefix(inner));
    rests.any(|behind| behind.starts_with('.'))
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
        for typo in ["paypall", "papal", "paypla", "pwypal", "apypal", "paypale", "aypal"] {
            assert_eq!(
                resembles(&format!("{typo}.com"), "paypal.com"),
                Some(Resemblance::Typo),
                "{typo}"
            );
        }
        assert_eq!(resembles("pyapla.com", "paypal.com"), None);
        assert_eq!(resembles("a.notpaypal.com.evil.example", "paypal.com"), None);
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
