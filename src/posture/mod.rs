//! Whether a domain can be spoofed: what it publishes, what that lets strangers do, and what its owner should publish.
//!
//! Like an examination of a message it reads a snapshot alone: [`missing`] names what is not answered yet. `gather` reads
//! the records, `judge` finds the holes, `advice` writes the records that close them.

mod advice;
mod gather;
mod judge;
mod model;

pub use model::*;

use crate::{
    dns::{Lookups, Question, RecordType, Snapshot},
    domain,
    time::Timestamp,
    verify::dmarc,
};

/// The value of `schema` in every posture.
pub const SCHEMA: &str = "spoofcheck/domain/1";
/// Selectors asked for one domain.
pub const MAX_SELECTORS: usize = 64;

/// Selectors that widely used services and manuals give to their customers. They are asked only on request: an absent one
/// proves nothing, and every question tells a name server what is looked for.
pub const COMMON_SELECTORS: &[&str] = &[
    "default",
    "dkim",
    "mail",
    "smtp",
    "google",
    "selector1",
    "selector2",
    "s1",
    "s2",
    "k1",
    "k2",
    "k3",
    "fm1",
    "fm2",
    "fm3",
    "protonmail",
    "zoho",
    "mandrill",
];

/// What is asked about one domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// In normal form.
    pub domain: String,
    /// DKIM selectors that the user names.
    pub selectors: Vec<String>,
    /// Whether [`COMMON_SELECTORS`] are asked too.
    pub common_selectors: bool,
    /// The time of judgement; only shown.
    pub as_of: Timestamp,
    /// How DNS is used: `live`, `offline` or `replay`; only shown.
    pub dns_mode: &'static str,
}

/// A domain as the user wrote it, in normal form; the error says in words why it is none.
pub fn read_name(text: &str) -> Result<String, String> {
    let name = Question::new(text, RecordType::Txt).name;
    if text.contains('@') {
        return Err("it is an address; give the part behind the @".to_owned());
    }
    if !dmarc::is_dns_name(&name) || !name.split('.').all(is_label) {
        return Err("it is no domain name".to_owned());
    }
    let top = name.rsplit('.').next().unwrap_or_default();
    if top.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it is an IP address, or no domain name".to_owned());
    }
    Ok(name.to_string())
}

/// A selector as the user wrote it (RFC 6376 3.1: labels with dots between them), in lower case.
pub fn read_selector(text: &str) -> Result<String, String> {
    let name = domain::normalise(text);
    let fits = name.len() <= 100 && name.split('.').all(|label| label.len() <= 63 && is_label(label));
    fits.then_some(name).ok_or_else(|| "it is no selector".to_owned())
}

/// Letters, digits, hyphens; and underscores, which names that are no hosts may hold.
fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// Judges a domain with the answers of a snapshot alone.
pub fn examine(request: &Request, snapshot: &Snapshot) -> Posture {
    let lookups = Lookups::new(snapshot, None);
    let published = gather::gather(request, snapshot, &lookups);
    let (verdict, holes) = judge::judge(&request.domain, &published);
    Posture {
        schema: SCHEMA,
        domain: request.domain.clone(),
        as_of: request.as_of.to_string(),
        verdict,
        advice: advice::advise(&request.domain, &published),
        holes,
        published,
        dns: gather::asked(request, lookups),
    }
}

/// The questions that the snapshot does not answer yet, as far as they are known before the answers are.
pub fn missing(request: &Request, snapshot: &Snapshot) -> Vec<Question> {
    let lookups = Lookups::new(snapshot, None);
    gather::gather(request, snapshot, &lookups);
    let mut missing = lookups.missing();
    missing.sort();
    missing.dedup();
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_selectors() {
        assert_eq!(read_name("Bank.Example."), Ok("bank.example".to_owned()));
        assert_eq!(read_name("bücher.example"), Ok("xn--bcher-kva.example".to_owned()));
        let long = format!("{}.example", "a".repeat(64));
        for bad in [
            "",
            ".",
            "a..b",
            "a b.example",
            "x@bank.example",
            "192.0.2.1",
            "\u{1b}[31m",
            &long,
        ] {
            assert!(read_name(bad).is_err(), "{bad:?}");
        }
        assert_eq!(read_selector("S1.Mail"), Ok("s1.mail".to_owned()));
        for bad in ["", "a..b", "a b", &"x".repeat(64)] {
            assert!(read_selector(bad).is_err(), "{bad:?}");
        }
        assert!(
            COMMON_SELECTORS
                .iter()
                .all(|name| read_selector(name).as_deref() == Ok(*name))
        );
    }
}
