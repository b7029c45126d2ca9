//! Domain names: one normal form, comparison on label boundaries, the organisational domain of the Public Suffix List.
//!
//! RFC 9989 finds the organisational domain by a DNS tree walk (the room `verify` does it); the list answers where no DNS may be asked.

use std::borrow::Cow;

use crate::eights::{self, EACH};

/// Lower case, without trailing dot; U-labels become A-labels (UTS 46, non-transitional). What is no valid
/// name keeps its characters in lower case, so that hostile text stays comparable and visible.
pub fn normalise(name: &str) -> String {
    normal(name).into_owned()
}

/// Whether all bytes of a name are those of one in normal form: small letters, digits, `-`, `.` and `_`.
pub(crate) fn is_plain(name: &str) -> bool {
    eights::none(name.as_bytes(), foreign)
}

/// Not zero where one of eight bytes cannot stand in a name in normal form: none of its sums passes into the byte beside it.
fn foreign(eight: [u8; 8]) -> u64 {
    const HIGH: u64 = EACH * 0x80;
    let eight = u64::from_ne_bytes(eight);
    let low = eight & !HIGH;
    // The highest bit of a byte below 128 that lies between two others.
    let between = |first: u8, last: u8| (low + EACH * u64::from(0x80 - first)) & !(low + EACH * u64::from(0x7f - last));
    let plain = between(b'a', b'z') | between(b'0', b'9') | between(b'-', b'.') | between(b'_', b'_');
    (eight | !plain) & HIGH
}

/// As [`normalise`]; most names that are compared are in normal form already, and one look at each byte shows it.
pub(crate) fn normal(name: &str) -> Cow<'_, str> {
    if is_plain(name) && !name.ends_with('.') {
        return Cow::Borrowed(name);
    }
    let name = name.trim().trim_end_matches('.');
    if name.is_ascii() {
        return match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(name.to_ascii_lowercase()),
            false => Cow::Borrowed(name),
        };
    }
    let ascii = idna::domain_to_ascii(name).ok().filter(|ascii| !ascii.is_empty());
    Cow::Owned(ascii.unwrap_or_else(|| name.to_lowercase()))
}

/// Whether two names are the same one.
pub fn is_same(a: &str, b: &str) -> bool {
    a == b || normal(a) == normal(b)
}

/// A name and every name above it, label by label, without the root.
pub fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| {
        name.get(name.bytes().position(|byte| byte == b'.')? + 1..)
    })
}

/// Whether `name` is `parent` or stands below it, compared label by label. Both in normal form.
pub fn is_within(name: &str, parent: &str) -> bool {
    !parent.is_empty() && (name == parent || name.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')))
}

/// The registrable domain by the Public Suffix List; the name itself where the list gives none (a bare suffix, or
/// a name with an empty label, which is no domain name).
pub fn organisational(name: &str) -> String {
    registrable(&normal(name)).to_owned()
}

/// As [`organisational`], of a name in normal form.
fn registrable(name: &str) -> &str {
    let mut labels = memchr::memchr_iter(b'.', name.as_bytes()).map(|dot| name.as_bytes().get(dot + 1));
    if name.starts_with('.') || labels.any(|begin| matches!(begin, Some(b'.') | None)) {
        return name;
    }
    let registrable = psl::domain(name.as_bytes()).map(|domain| domain.as_bytes().len());
    registrable
        .and_then(|length| name.get(name.len() - length..))
        .unwrap_or(name)
}

/// Whether the name is itself a public suffix (`com`, `co.uk`), under which anyone can register.
pub fn is_public_suffix(name: &str) -> bool {
    let name = normal(name);
    psl::suffix_str(&name).is_some_and(|suffix| suffix == name)
}

/// Whether two names belong to one organisation by the Public Suffix List.
pub fn same_organisation(a: &str, b: &str) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    if a == b {
        return true;
    }
    let (a, b) = (normal(a), normal(b));
    a == b || (last_two_labels(&a) == last_two_labels(&b) && registrable(&a) == registrable(&b))
}

/// What is at least the same of two different names with one registrable domain: where it is not, the list need not be asked.
fn last_two_labels(name: &str) -> &str {
    let before = |end: usize| memchr::memrchr(b'.', &name.as_bytes()[..end]);
    let second = before(name.len()).and_then(before);
    second.and_then(|dot| name.get(dot + 1..)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisational_domains() {
        assert_eq!(organisational("Mail.Bank.Example."), "bank.example");
        assert_eq!(organisational("a.b.co.uk"), "b.co.uk");
        assert_eq!(organisational("co.uk"), "co.uk");
        assert!(is_within("a.bank.example", "bank.example"));
        assert!(!is_within("2yahoo.com", "yahoo.com"));
        assert_eq!(normalise("bücher.example"), "xn--bcher-kva.example");
        assert_eq!(normalise(" Bank.Example.. "), "bank.example");
    }

    #[test]
    fn every_byte_is_told_at_every_place() {
        for byte in 0..=u8::MAX {
            let plain = matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
            for length in 1..20 {
                for place in 0..length {
                    let mut name = vec![b'a'; length];
                    name[place] = byte;
                    let whole = String::from_utf8(name);
                    assert_eq!(
                        whole.is_ok_and(|name| is_plain(&name)),
                        plain,
                        "{byte} at {place} of {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn organisations() {
        for (a, b, same) in [
            ("bank.example", "mail.bank.example", true),
            ("a.mail.bank.example", "b.mail.bank.example", true),
            ("a.co.uk", "mail.a.co.uk", true),
            ("a.co.uk", "b.co.uk", false),
            ("a.co.uk", "co.uk", false),
            ("bank.example", "ank.example", false),
            ("bank.example", "example", false),
            ("bank.example", "bank.test", false),
            ("com", "com", true),
            ("", "", false),
        ] {
            assert_eq!(same_organisation(a, b), same, "{a} {b}");
            assert_eq!(same_organisation(b, a), same, "{b} {a}");
        }
    }
}
