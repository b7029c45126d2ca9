//! Domain names: one normal form, comparison on label boundaries, the organisational domain of the Public Suffix List.
//!
//! RFC 9989 finds the organisational domain by a DNS tree walk (the room `verify` does it); the list answers where no DNS may be asked.

use std::borrow::Cow;

/// Lower case, without trailing dot; U-labels become A-labels (UTS 46, non-transitional). What is no valid
/// name keeps its characters in lower case, so that hostile text stays comparable and visible.
pub fn normalise(name: &str) -> String {
    normal(name).into_owned()
}

/// The bytes that stand in a name in normal form.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = matches!(byte as u8, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
        byte += 1;
    }
    plain
};

/// As [`normalise`]; most names that are compared are in normal form already, and one look at each byte shows it.
pub(crate) fn normal(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| PLAIN[usize::from(byte)]) && !name.ends_with('.') {
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
    let empty_label = name.as_bytes().windows(2).any(|pair| pair == b"..");
    match empty_label || name.starts_with('.') || name.ends_with('.') {
        true => name,
        false => psl::domain_str(name).unwrap_or(name),
    }
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
    a == b || (share_two_labels(&a, &b) && registrable(&a) == registrable(&b))
}

/// Whether the last two labels of two different names are the same. Other names cannot have the same registrable domain, and the
/// list need not be asked.
fn share_two_labels(a: &str, b: &str) -> bool {
    let shared = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b);
    let (length, dots) = shared.fold((0, 0), |(length, dots), (byte, _)| {
        (length + 1, dots + usize::from(byte == b'.'))
    });
    dots > 1 || (dots == 1 && length == a.len().min(b.len()))
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
