//! Domain names: one normal form, comparison on label boundaries, the organisational domain of the Public Suffix List.
//!
//! RFC 9989 finds the organisational domain by a DNS tree walk (the room `verify` does it); the list answers where no DNS may be asked.

/// Lower case, without trailing dot; U-labels become A-labels (UTS 46, non-transitional). What is no valid
/// name keeps its characters in lower case, so that hostile text stays comparable and visible.
pub fn normalise(name: &str) -> String {
    let name = name.trim().trim_end_matches('.');
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    idna::domain_to_ascii(name)
        .ok()
        .filter(|ascii| !ascii.is_empty())
        .unwrap_or_else(|| name.to_lowercase())
}

/// Whether `name` is `parent` or stands below it, compared label by label. Both in normal form.
pub fn is_within(name: &str, parent: &str) -> bool {
    !parent.is_empty() && (name == parent || name.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')))
}

/// The registrable domain by the Public Suffix List; the name itself where the list gives none (a bare suffix, or
/// a name with an empty label, which is no domain name).
pub fn organisational(name: &str) -> String {
    let name = normalise(name);
    if name.split('.').any(str::is_empty) {
        return name;
    }
    match psl::domain_str(&name) {
        Some(domain) => domain.to_owned(),
        None => name,
    }
}

/// Whether the name is itself a public suffix (`com`, `co.uk`), under which anyone can register.
pub fn is_public_suffix(name: &str) -> bool {
    let name = normalise(name);
    psl::suffix_str(&name).is_some_and(|suffix| suffix == name)
}

/// Whether two names belong to one organisation by the Public Suffix List.
pub fn same_organisation(a: &str, b: &str) -> bool {
    !a.is_empty() && !b.is_empty() && organisational(a) == organisational(b)
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
    }
}
