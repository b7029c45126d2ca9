//! Record types by name. Types that no evaluator asks for are kept by their number, so that a snapshot loses nothing.

use std::{borrow::Cow, fmt};

/// A record type: those that the evaluators ask for, and any other by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "DNS's own names")]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Soa,
    Txt,
    /// Any other type by its number; [`RecordType::parse`] never gives one that has a variant of its own.
    Other(u16),
}

/// IANA's names and numbers (registry "Resource Record (RR) TYPEs") of the types that have a variant.
const OWN: [(RecordType, &str, u16); 8] = [
    (RecordType::A, "A", 1),
    (RecordType::Aaaa, "AAAA", 28),
    (RecordType::Cname, "CNAME", 5),
    (RecordType::Mx, "MX", 15),
    (RecordType::Ns, "NS", 2),
    (RecordType::Ptr, "PTR", 12),
    (RecordType::Soa, "SOA", 6),
    (RecordType::Txt, "TXT", 16),
];

/// ... and of others that stand in recorded answers. The rest is written `TYPE123` (RFC 3597 section 5).
const OTHERS: [(&str, u16); 27] = [
    ("ANY", 255),
    ("CAA", 257),
    ("CDNSKEY", 60),
    ("CDS", 59),
    ("CERT", 37),
    ("DNAME", 39),
    ("DNSKEY", 48),
    ("DS", 43),
    ("HINFO", 13),
    ("HTTPS", 65),
    ("KEY", 25),
    ("LOC", 29),
    ("NAPTR", 35),
    ("NSEC", 47),
    ("NSEC3", 50),
    ("NSEC3PARAM", 51),
    ("OPENPGPKEY", 61),
    ("RP", 17),
    ("RRSIG", 46),
    ("SIG", 24),
    ("SMIMEA", 53),
    ("SPF", 99),
    ("SRV", 33),
    ("SSHFP", 44),
    ("SVCB", 64),
    ("TLSA", 52),
    ("URI", 256),
];

impl RecordType {
    /// Reads a type's name in any case, or `TYPE123`; `None` when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        if let Some((own, ..)) = OWN.iter().find(|(_, name, _)| *name == upper) {
            return Some(*own);
        }
        if let Some((_, code)) = OTHERS.iter().find(|(name, _)| *name == upper) {
            return Some(Self::Other(*code));
        }
        let digits = upper.strip_prefix("TYPE")?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok().map(Self::from_code)
    }

    /// The type of a number.
    pub fn from_code(code: u16) -> Self {
        OWN.iter()
            .find(|(.., own)| *own == code)
            .map_or(Self::Other(code), |(own, ..)| *own)
    }

    /// The type's number.
    pub fn code(self) -> u16 {
        match self {
            Self::Other(code) => code,
            own => OWN
                .iter()
                .find(|(rtype, ..)| *rtype == own)
                .map_or(0, |(.., code)| *code),
        }
    }

    /// The type's name: `TXT`, `TLSA`, `TYPE65280`.
    pub fn name(self) -> Cow<'static, str> {
        let own = OWN.iter().map(|(_, name, code)| (*name, *code));
        let code = self.code();
        own.chain(OTHERS)
            .find(|(_, number)| *number == code)
            .map_or_else(|| format!("TYPE{code}").into(), |(name, _)| name.into())
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl serde::Serialize for RecordType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

impl schemars::JsonSchema for RecordType {
    fn schema_name() -> Cow<'static, str> {
        "RecordType".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A DNS record type by its name, or TYPE and its number (RFC 3597 section 5)."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_survives_its_name() {
        for code in 0..=u16::MAX {
            let rtype = RecordType::from_code(code);
            assert_eq!(rtype.code(), code);
            assert_eq!(RecordType::parse(&rtype.name()), Some(rtype));
        }
    }

    #[test]
    fn names_in_any_case() {
        assert_eq!(RecordType::parse("txt"), Some(RecordType::Txt));
        assert_eq!(RecordType::parse("TYPE16"), Some(RecordType::Txt));
        assert_eq!(RecordType::parse("TLSA"), Some(RecordType::Other(52)));
        for wrong in ["", "TYPE", "TYPE+1", "TYPE65536", "TXTX", "16"] {
            assert_eq!(RecordType::parse(wrong), None, "{wrong}");
        }
    }
}
