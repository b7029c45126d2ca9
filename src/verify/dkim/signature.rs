//! The tags of a DKIM-Signature (RFC 6376 3.5) and of its kin in ARC (RFC 8617 4.1.2, 4.1.3), read for judgement: what is
//! wrong is noted, what is there is used.

use std::ops::Range;

use super::{
    canonical::Canonicalization,
    crypto::{Hash, KeyType},
    tags::{Tag, TagList},
};
use crate::{
    domain,
    message::{Field, Span, lossy},
    time::Timestamp,
};

/// 9999-12-31T23:59:59Z. RFC 6376 3.5 lets later times count as infinite.
const LAST_TIME: i64 = 253_402_300_799;

/// The fields that hold such a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) enum Kind {
    /// DKIM-Signature.
    Dkim,
    /// ARC-Message-Signature (RFC 8617 4.1.2): without v=, and i= is the instance.
    ArcMessageSignature,
    /// ARC-Seal (RFC 8617 4.1.3): no body, no h=, always relaxed.
    ArcSeal,
}

/// A signature as written, with its syntax judged (RFC 6376 6.1.1).
#[derive(Debug, Default)]
pub(in crate::verify) struct Signature {
    /// d= in normal form.
    pub(in crate::verify) domain: Option<String>,
    pub(in crate::verify) domain_span: Option<Span>,
    pub(in crate::verify) selector: Option<String>,
    /// i= as written.
    pub(in crate::verify) identity: Option<String>,
    /// The domain of i= in normal form.
    pub(in crate::verify) identity_domain: Option<String>,
    /// a= as written.
    pub(in crate::verify) algorithm: Option<String>,
    /// a= as understood.
    pub(in crate::verify) key_type: Option<KeyType>,
    pub(in crate::verify) hash: Option<Hash>,
    /// c= completed, as written.
    pub(in crate::verify) canonicalization: String,
    pub(in crate::verify) header_form: Option<Canonicalization>,
    pub(in crate::verify) body_form: Option<Canonicalization>,
    pub(in crate::verify) body_hash: Option<Vec<u8>>,
    pub(in crate::verify) body_hash_span: Option<Span>,
    /// b= decoded.
    pub(in crate::verify) value: Option<Vec<u8>>,
    /// b= in the field's value, with its white space; empty where there is none.
    pub(in crate::verify) value_range: Range<usize>,
    /// l=.
    pub(in crate::verify) length: Option<usize>,
    pub(in crate::verify) signed_at: Option<Timestamp>,
    pub(in crate::verify) expires_at: Option<Timestamp>,
    /// h= as written.
    pub(in crate::verify) signed_fields: Vec<String>,
    /// The first reason for a permerror.
    pub(in crate::verify) problem: Option<String>,
    /// Further remarks.
    pub(in crate::verify) defects: Vec<String>,
}

impl Signature {
    /// Reads a DKIM-Signature.
    pub(in crate::verify) fn read(field: &Field<'_>) -> Self {
        Self::read_as(Kind::Dkim, field)
    }

    /// Reads a field of a kind.
    pub(in crate::verify) fn read_as(kind: Kind, field: &Field<'_>) -> Self {
        let list = TagList::parse(field.raw_value());
        let base = field.value_span.start;
        let mut signature = Self::default();
        if let Some(problem) = &list.problem {
            signature.reject(format!("the tag-list is not valid: {problem}"));
        }
        if kind == Kind::Dkim {
            signature.read_version(&list);
        }
        signature.read_names(&list, base);
        signature.read_algorithm(kind, &list);
        signature.read_value(&list);
        if kind == Kind::ArcSeal {
            signature.header_form = Some(Canonicalization::Relaxed);
        } else {
            signature.read_forms(&list);
            signature.read_body_hash(&list, base);
        }
        signature.read_signed_fields(kind, &list);
        if kind == Kind::Dkim {
            signature.read_identity(&list);
        }
        signature.read_times(&list);
        signature
    }

    /// Notes a reason for a permerror; the first one is the cause.
    fn reject(&mut self, why: String) {
        if self.problem.is_none() {
            self.problem = Some(why);
        } else {
            self.defects.push(why);
        }
    }

    /// A tag that must be there (RFC 6376 6.1.1: "signature missing required tag").
    fn required<'l, 'a>(&mut self, list: &'l TagList<'a>, name: &str) -> Option<&'l Tag<'a>> {
        let tag = list.get(name);
        if tag.is_none() {
            self.reject(format!("{name}= is missing"));
        }
        tag.filter(|tag| {
            let filled = !tag.value.is_empty();
            if !filled {
                self.reject(format!("{name}= is empty"));
            }
            filled
        })
    }

    fn read_version(&mut self, list: &TagList<'_>) {
        if let Some(tag) = self.required(list, "v")
            && tag.value != b"1"
        {
            self.reject(format!("v={} is no known version", tag.text()));
        }
    }

    fn read_names(&mut self, list: &TagList<'_>, base: usize) {
        if let Some(tag) = self.required(list, "d") {
            let name = domain::normalise(&tag.text());
            if !is_domain_name(&name) {
                self.reject("d= is not a domain name".to_owned());
            } else if domain::is_public_suffix(&name) {
                self.defects
                    .push("d= is a public suffix: anyone may register under it".to_owned());
            }
            self.domain = Some(name);
            self.domain_span = Some(span(base, tag));
        }
        if let Some(tag) = self.required(list, "s") {
            let selector = tag.text();
            if selector.contains('\0') {
                self.reject("s= holds a NUL".to_owned());
            } else if !is_domain_name(&selector) {
                self.reject("s= is not a selector".to_owned());
            }
            self.selector = Some(selector);
        }
    }

    fn read_algorithm(&mut self, kind: Kind, list: &TagList<'_>) {
        if let Some(tag) = self.required(list, "a") {
            let text = tag.text();
            (self.key_type, self.hash) = match text.to_ascii_lowercase().as_str() {
                "rsa-sha256" => (Some(KeyType::Rsa), Some(Hash::Sha256)),
                "rsa-sha1" => {
                    // RFC 8301 3.1 came before ARC: no chain was ever sealed rightly with SHA-1.
                    if kind != Kind::Dkim {
                        self.reject("a=rsa-sha1 is too weak for ARC".to_owned());
                    }
                    (Some(KeyType::Rsa), Some(Hash::Sha1))
                }
                "ed25519-sha256" => (Some(KeyType::Ed25519), Some(Hash::Sha256)),
                _ => {
                    self.reject(format!("a={text} is no known algorithm"));
                    (None, None)
                }
            };
            self.algorithm = Some(text);
        }
    }

    fn read_forms(&mut self, list: &TagList<'_>) {
        // RFC 6376 3.5: c= defaults to simple/simple; a lone name is the header's, and the body is simple.
        let text = list.get("c").map_or_else(|| "simple/simple".to_owned(), Tag::text);
        let (header, body) = text.split_once('/').unwrap_or((&text, "simple"));
        self.header_form = Canonicalization::parse(header.trim());
        self.body_form = Canonicalization::parse(body.trim());
        if self.header_form.is_none() || self.body_form.is_none() {
            self.reject(format!("c={text} is no known canonicalization"));
        }
        self.canonicalization = [header.trim(), "/", body.trim()].concat();
        // RFC 6376 3.5: of the methods in q= unknown ones are ignored; "dns" is RFC 4870's spelling.
        if let Some(tag) = list.get("q")
            && !tag
                .items()
                .iter()
                .any(|method| method.eq_ignore_ascii_case("dns/txt") || method.eq_ignore_ascii_case("dns"))
        {
            self.reject(format!("q={} is no known query method", tag.text()));
        }
    }

    fn read_body_hash(&mut self, list: &TagList<'_>, base: usize) {
        if let Some(tag) = self.required(list, "bh") {
            self.body_hash = tag.base64();
            self.body_hash_span = Some(span(base, tag));
            if self.body_hash.is_none() {
                self.reject("bh= is not base64".to_owned());
            }
        }
        if let Some(tag) = list.get("l") {
            match digits(tag) {
                Some(count) => self.length = Some(usize::try_from(count).unwrap_or(usize::MAX)),
                None => self.reject(format!("l={} is no number", tag.text())),
            }
        }
    }

    fn read_value(&mut self, list: &TagList<'_>) {
        self.value_range = list.get("b").map_or(0..0, |tag| tag.with_white_space.clone());
        if let Some(tag) = self.required(list, "b") {
            self.value = tag.base64();
            if self.value.is_none() {
                self.reject("b= is not base64".to_owned());
            }
        }
    }

    fn read_signed_fields(&mut self, kind: Kind, list: &TagList<'_>) {
        let tag = match kind {
            Kind::Dkim => self.required(list, "h"),
            _ => list.get("h"),
        };
        let names = tag.map(Tag::items).unwrap_or_default();
        let signs = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
        match kind {
            // RFC 6376 6.1.1: "h= tag does not include From" is a permerror.
            Kind::Dkim if tag.is_some() && !signs("from") => self.reject("From is not signed".to_owned()),
            Kind::Dkim => {}
            Kind::ArcMessageSignature if tag.is_none() => self.reject("h= is missing".to_owned()),
            // RFC 8617 4.1.2: ARC-Seal fields are never part of it.
            Kind::ArcMessageSignature if signs("arc-seal") => {
                self.reject("an ARC-Message-Signature signs ARC-Seal".to_owned());
            }
            // Validators let it pass; it vouches for no author all the same.
            Kind::ArcMessageSignature if !signs("from") => self.defects.push("From is not signed".to_owned()),
            Kind::ArcMessageSignature => {}
            // RFC 8617 4.1.3: h= "MUST result in a cv status of fail".
            Kind::ArcSeal if tag.is_some() => self.reject("an ARC-Seal has h=".to_owned()),
            Kind::ArcSeal => {}
        }
        self.signed_fields = names;
    }

    /// RFC 6376 6.1.1: i= must be d= or a name below it.
    fn read_identity(&mut self, list: &TagList<'_>) {
        let Some(tag) = list.get("i") else { return };
        self.identity = Some(tag.text());
        let decoded = quoted_printable(&tag.compact());
        let Some((_, name)) = decoded.rsplit_once('@') else {
            return self.reject("i= has no @".to_owned());
        };
        let name = domain::normalise(name);
        if self
            .domain
            .as_ref()
            .is_some_and(|parent| !domain::is_within(&name, parent))
        {
            self.reject("i= is not within d=".to_owned());
        }
        self.identity_domain = Some(name);
    }

    fn read_times(&mut self, list: &TagList<'_>) {
        self.signed_at = self.read_time(list, "t");
        self.expires_at = self.read_time(list, "x");
        // RFC 6376 3.5: x= must be greater than t=.
        if let (Some(signed), Some(expires)) = (self.signed_at, self.expires_at)
            && expires <= signed
        {
            self.reject("x= is not after t=".to_owned());
        }
    }

    fn read_time(&mut self, list: &TagList<'_>, name: &str) -> Option<Timestamp> {
        let tag = list.get(name)?;
        match digits(tag).map(i64::try_from) {
            Some(Ok(seconds)) if seconds <= LAST_TIME => Some(Timestamp(seconds)),
            Some(_) => {
                self.defects.push(format!("{name}= lies beyond the year 9999"));
                None
            }
            None => {
                self.reject(format!("{name}={} is no time", tag.text()));
                None
            }
        }
    }
}

fn span(base: usize, tag: &Tag<'_>) -> Span {
    Span {
        start: base + tag.at.start,
        end: base + tag.at.end,
    }
}

/// 1*76DIGIT; what does not fit is the largest number.
fn digits(tag: &Tag<'_>) -> Option<u64> {
    let value = tag.value;
    if value.is_empty() || value.len() > 76 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = value.iter().fold(0u64, |number, digit| {
        number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    });
    Some(number)
}

/// dkim-quoted-printable (RFC 6376 2.11) without its white space; a `=` that begins no octet stays.
fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let octet = (*byte == b'=')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .filter(|pair| pair.iter().all(u8::is_ascii_hexdigit))
            .and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        out.push(octet.unwrap_or(*byte));
        at += if octet.is_some() { 3 } else { 1 };
    }
    lossy(&out).into_owned()
}

/// Whether a name can be one: labels of letters, digits, hyphens, in practice underscores, and U-labels (RFC 8616).
/// Anything else lets two readers see two names: USENIX Security 2020, "Composition Kills", A3 and A4.
pub(in crate::verify) fn is_domain_name(name: &str) -> bool {
    fits_dns(name)
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || (!c.is_ascii() && c != '\u{fffd}'))
}

/// Whether a name can be asked for at all (RFC 1035 2.3.4).
pub(in crate::verify) fn fits_dns(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    fn read(value: &str) -> Signature {
        let text = format!("DKIM-Signature: {value}\r\n\r\n");
        let message = Message::read(text.as_bytes());
        Signature::read(message.fields.first().expect("one field"))
    }

    const REST: &str = "a=rsa-sha256; d=bank.example; s=s1; h=From : To; bh=AAAA; b=BBBB";

    #[test]
    fn a_plain_signature() {
        let signature = read(&format!(
            "v=1; c=relaxed; l=12; t=1; x=2; i=a=40b@mail.bank.example; {REST}"
        ));
        assert_eq!(signature.problem, None);
        assert_eq!(signature.canonicalization, "relaxed/simple");
        assert_eq!(signature.signed_fields, ["From", "To"]);
        assert_eq!(signature.length, Some(12));
        assert_eq!(signature.identity_domain.as_deref(), Some("mail.bank.example"));
        assert_eq!(signature.domain.as_deref(), Some("bank.example"));
    }

    #[test]
    fn problems_have_their_cause() {
        let with = |tag: &str| format!("v=1; {tag}; {REST}");
        let without_from = "v=1; a=rsa-sha256; d=bank.example; s=s; h=To; bh=AAAA; b=BBBB".to_owned();
        for (value, cause) in [
            (REST.to_owned(), "v= is missing"),
            (format!("v=2; {REST}"), "v=2 is no known version"),
            (without_from, "From is not signed"),
            (with("i=@other.example"), "i= is not within d="),
            (with("i=@notbank.example"), "i= is not within d="),
            (with("c=future"), "c=future is no known canonicalization"),
            (with("q=http"), "q=http is no known query method"),
            (with("t=5; x=5"), "x= is not after t="),
            (with("x=-1"), "x=-1 is no time"),
            (with("l=1k"), "l=1k is no number"),
            (with("d=b.example"), "the tag-list is not valid: d= stands twice"),
            (
                REST.replace("bank.example", "bank.example'a.evil.example") + "; v=1",
                "d= is not a domain name",
            ),
            (REST.replace("s=s1", "s=s1\0.evil") + "; v=1", "s= holds a NUL"),
            (
                REST.replace("sha256", "md5") + "; v=1",
                "a=rsa-md5 is no known algorithm",
            ),
        ] {
            assert_eq!(read(&value).problem.as_deref(), Some(cause), "{value}");
        }
    }

    #[test]
    fn times_without_end() {
        let signature = read(&format!("v=1; x=99999999999999999999999; {REST}"));
        assert_eq!((signature.problem, signature.expires_at), (None, None));
    }

    #[test]
    fn suffixes_are_remarked() {
        let signature = read(&format!("v=1; {}", REST.replace("bank.example", "co.uk")));
        assert_eq!(signature.problem, None);
        assert_eq!(signature.defects.len(), 1);
    }
}
