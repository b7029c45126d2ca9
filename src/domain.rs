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

/// Cuts an envelope address at its last `@`, as hostile local parts may hold more (RFC 5321 4.1.2 Mailbox).
/// Text without `@` is a domain alone: RFC 7208 2.4 then takes `postmaster` for the local part.
pub fn split_address(address: &str) -> (&str, &str) {
    cut_at_last_at(address).unwrap_or(("", address))
}

/// The domain of an envelope address, which may stand alone; see [`split_address`].
pub fn of_address(address: &str) -> &str {
    split_address(address).1
}

/// What stands before the last `@` and behind it.
pub(crate) fn cut_at_last_at(address: &str) -> Option<(&str, &str)> {
    let at = memchr::memrchr(b'@', address.as_bytes())?;
    Some((address.get(..at)?, address.get(at + 1..)?))
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
pub(crate) fn registrable(name: &str) -> &str {
    let mut pairs = name.bytes().zip(name.bytes().skip(1));
    if name.starts_with('.') || name.ends_with('.') || pairs.any(|pair| pair == (b'.', b'.')) {
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
    if a == b {
        return true;
    }
    // Only what both names share can be the domain of both, and that is two labels at least: else the list need not be asked.
    let shared = shared_labels(&a, &b);
    if !shared.contains('.') {
        return false;
    }
    let (short, long) = if a.len() < b.len() { (&a, &b) } else { (&b, &a) };
    // The suffix of a name below the other one is the other's, unless it reaches below that.
    registrable(long).len() <= shared.len() && (short == shared || registrable(short).len() <= shared.len())
}

/// The last two labels of a name; the name itself where it has no more.
pub(crate) fn last_two_labels(name: &str) -> &str {
    let mut dots = name.bytes().enumerate().rev().filter(|(_, byte)| *byte == b'.');
    dots.nth(1).map_or(name, |(dot, _)| &name[dot + 1..])
}

/// The labels at the end that two different names have in common.
fn shared_labels<'n>(a: &'n str, b: &str) -> &'n str {
    let (mut shared, mut whole) = (0, 0);
    for (x, y) in a.bytes().rev().zip(b.bytes().rev()) {
        if x != y {
            return &a[a.len() - whole..];
        }
        if x == b'.' {
            whole = shared;
        }
        shared += 1;
    }
    let begins = |name: &str| name.len() == shared || name.as_bytes()[name.len() - shared - 1] == b'.';
    let labels = if begins(a) && begins(b) { shared } else { whole };
    &a[a.len() - labels..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn the_last_at_divides() {
        assert_eq!(split_address("a@b@c.example"), ("a@b", "c.example"));
        assert_eq!(split_address("c.example"), ("", "c.example"));
        assert_eq!(split_address(""), ("", ""));
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

    /// Suffixes of one to three labels, wildcards (`*.ck`) and exceptions (`!www.ck`), and labels that are none.
    fn name() -> impl Strategy<Value = String> {
        let labels = [
            "a", "b", "", "www", "ck", "com", "uk", "co", "jp", "city", "kobe", "github", "io", "ü",
        ];
        proptest::collection::vec(proptest::sample::select(labels.to_vec()), 1..5).prop_map(|labels| labels.join("."))
    }

    proptest! {
        #[test]
        fn one_organisation_is_one_registrable_domain(a in name(), b in name()) {
            let same = !a.is_empty() && !b.is_empty() && organisational(&a) == organisational(&b);
            prop_assert_eq!(same_organisation(&a, &b), same, "{} {}", a, b);
        }
    }
}
