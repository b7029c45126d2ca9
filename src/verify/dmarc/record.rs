//! A DMARC Policy Record (RFC 9989 4.7): tags, their defaults, and what is wrong with them.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use super::Policy;
use crate::memo::Memo;

/// What a TXT record is to DMARC.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    /// A DMARC Policy Record.
    Record(Arc<Record>),
    /// It means to be one and fails for its version: wrong case, not first, not exact.
    NearMiss,
    /// Something else.
    Other,
}

/// Readings by their text: a mailbox meets few records, and each of them often.
static READ: LazyLock<Memo<Reading>> = LazyLock::new(Memo::new);

/// Reads a TXT record.
pub(super) fn read(text: &str) -> Reading {
    READ.of(text.as_bytes(), || match Record::parse(text) {
        Some(record) => Reading::Record(Arc::new(record)),
        None if names_dmarc(text) => Reading::NearMiss,
        None => Reading::Other,
    })
}

/// A record that begins with `v=DMARC1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// As published.
    pub(super) text: String,
    /// Departures from the standard, in words.
    pub(super) defects: Vec<String>,
    /// adkim=s.
    pub(super) strict_dkim: bool,
    /// aspf=s.
    pub(super) strict_spf: bool,
    /// psd=.
    pub(super) psd: Psd,
    /// t=y.
    pub(super) testing: bool,
    p: Request,
    sp: Request,
    np: Request,
    /// rua= holds at least one URI that can be read.
    pub(super) has_report_address: bool,
}

/// psd= (RFC 9989 4.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Psd {
    /// `y`: the domain is a public suffix.
    Yes,
    /// `n`: it is an organisational domain.
    No,
    /// `u`, or no tag: the tree walk decides.
    #[default]
    Unknown,
}

/// What a policy tag asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Absent,
    Valid(Policy),
    Invalid,
}

/// Where the Author Domain stands to the domain of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The record is the Author Domain's own.
    Own,
    /// The Author Domain stands below it and exists.
    Below,
    /// The Author Domain stands below it and does not exist.
    BelowAndNonexistent,
}

impl Record {
    /// Reads a TXT record; `None` when it is not a DMARC Policy Record. The version must come first and its value
    /// is compared with case (RFC 9989 4.7, `v`).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let (name, version) = parts.next()?.split_once('=')?;
        if !trim(name).eq_ignore_ascii_case("v") || trim(version) != "DMARC1" {
            return None;
        }
        let mut tags = Tags::default();
        for part in parts {
            tags.add(part);
        }
        let mut record = Self {
            text: text.to_owned(),
            strict_dkim: tags.choice("adkim", &["r", "s"]) == Some("s"),
            strict_spf: tags.choice("aspf", &["r", "s"]) == Some("s"),
            psd: match tags.choice("psd", &["y", "n", "u"]) {
                Some("y") => Psd::Yes,
                Some("n") => Psd::No,
                _ => Psd::Unknown,
            },
            testing: tags.choice("t", &["y", "n"]) == Some("y"),
            p: tags.policy("p"),
            sp: tags.policy("sp"),
            np: tags.policy("np"),
            has_report_address: tags.has_report_address(),
            defects: Vec::new(),
        };
        tags.note_leftovers();
        record.defects = tags.defects;
        Some(record)
    }

    /// Whether anything may be done with the record: its policy tags are valid, or there is somebody to report to
    /// (RFC 9989 4.10.1, "act as if a record containing p=none was retrieved").
    pub(super) fn is_usable(&self) -> bool {
        self.has_valid_policies() || self.has_report_address
    }

    /// The policy as written for an Author Domain at `place`, and the tag that says it (RFC 9989 4.10.1: np before
    /// sp before p below the record's domain, p at it).
    pub(super) fn policy(&self, place: Place) -> (Policy, &'static str) {
        if !self.has_valid_policies() {
            return (Policy::None, "p");
        }
        let order: &[(Request, &'static str)] = match place {
            Place::Own => &[(self.p, "p")],
            Place::Below => &[(self.sp, "sp"), (self.p, "p")],
            Place::BelowAndNonexistent => &[(self.np, "np"), (self.sp, "sp"), (self.p, "p")],
        };
        order
            .iter()
            .find_map(|(request, tag)| match request {
                Request::Valid(policy) => Some((*policy, *tag)),
                _ => None,
            })
            .unwrap_or((Policy::None, "p"))
    }

    /// What t=y leaves of a policy (RFC 9989 4.7, `t`: one level less).
    pub(super) fn in_force(&self, policy: Policy) -> Policy {
        match policy {
            Policy::Reject if self.testing => Policy::Quarantine,
            Policy::Quarantine if self.testing => Policy::None,
            other => other,
        }
    }

    fn has_valid_policies(&self) -> bool {
        matches!(self.p, Request::Valid(_)) && self.sp != Request::Invalid && self.np != Request::Invalid
    }
}

/// Whether the version of DMARC is named at all.
fn names_dmarc(text: &str) -> bool {
    let start: String = text.chars().take(400).filter(|c| !c.is_whitespace()).collect();
    start.to_ascii_lowercase().contains("v=dmarc")
}

/// Tags by name, as far as they have the form `name=value`; the first of a name counts.
#[derive(Default)]
struct Tags {
    values: BTreeMap<String, String>,
    first: Option<String>,
    defects: Vec<String>,
}

impl Tags {
    fn add(&mut self, part: &str) {
        let part = trim(part);
        if part.is_empty() {
            return;
        }
        let Some((name, value)) = part.split_once('=') else {
            return self.note(format!("\"{}\" is no tag", shown(part)));
        };
        let name = trim(name).to_ascii_lowercase();
        if name.is_empty() {
            return self.note(format!("\"{}\" is no tag", shown(part)));
        }
        self.first.get_or_insert_with(|| name.clone());
        if self.values.contains_key(&name) {
            return self.note(format!("the tag {} stands several times", shown(&name)));
        }
        self.values.insert(name, trim(value).to_owned());
    }

    /// The value when it is one of `words` (compared without case, RFC 9989 4.7 and RFC 5234 2.3).
    fn choice(&mut self, tag: &str, words: &[&'static str]) -> Option<&'static str> {
        let value = self.values.get(tag)?;
        let word = words.iter().find(|word| value.eq_ignore_ascii_case(word)).copied();
        if word.is_none() {
            let defect = format!("{tag}={} is not one of {}", shown(value), words.join(", "));
            self.note(defect);
        }
        word
    }

    fn policy(&mut self, tag: &str) -> Request {
        if !self.values.contains_key(tag) {
            if tag == "p" {
                self.note("it has no p= tag".to_owned());
            }
            return Request::Absent;
        }
        match self.choice(tag, &["none", "quarantine", "reject"]) {
            Some("none") => Request::Valid(Policy::None),
            Some("quarantine") => Request::Valid(Policy::Quarantine),
            Some("reject") => Request::Valid(Policy::Reject),
            _ => Request::Invalid,
        }
    }

    /// rua= is a comma-separated list of URIs, each with an optional `!size` (RFC 9989 4.7, RFC 9990).
    fn has_report_address(&mut self) -> bool {
        let Some(value) = self.values.get("rua") else {
            return false;
        };
        let found = value.split(',').any(|uri| is_report_uri(trim(uri)));
        if !found {
            self.note("rua= holds no address that can be read".to_owned());
        }
        found
    }

    /// What RFC 9989 dropped, and what receivers of RFC 7489 stumble over.
    fn note_leftovers(&mut self) {
        for tag in ["pct", "rf", "ri"] {
            if self.values.contains_key(tag) {
                self.note(format!("{tag}= is historic (RFC 9989 9.4) and has no effect"));
            }
        }
        if self.values.contains_key("p") && self.first.as_deref() != Some("p") {
            self.note(
                "p= does not follow v= directly, as RFC 7489 6.3 wanted it: older receivers may ignore the record"
                    .to_owned(),
            );
        }
    }

    /// Notes a defect once; a hostile record of thousands of broken tags does not flood the report.
    fn note(&mut self, defect: String) {
        const MOST: usize = 20;
        if self.defects.len() < MOST && !self.defects.contains(&defect) {
            self.defects.push(defect);
        }
    }
}

fn is_report_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    let scheme_is_valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let mailbox = rest.rsplit_once('!').map_or(rest, |(mailbox, _)| mailbox);
    let rest_is_valid = if scheme.eq_ignore_ascii_case("mailto") {
        mailbox
            .rsplit_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
    } else {
        !rest.is_empty()
    };
    scheme_is_valid && rest_is_valid && !uri.contains(char::is_whitespace)
}

/// *WSP of the grammar, and the line ends that careless zone files bring.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// The beginning of a hostile text: enough to recognise it.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::expect_used, reason = "a test")]
    fn record(text: &str) -> Record {
        Record::parse(text).expect("a record")
    }

    #[test]
    fn version_is_first_and_exact() {
        for text in ["v=DMARC1", "v = DMARC1 ;p=none", "V=DMARC1; p=reject", "v=DMARC1;"] {
            assert!(Record::parse(text).is_some(), "{text}");
        }
        for text in [
            "v=dmarc1; p=none",
            "p=none; v=DMARC1",
            "v=DMARC1 p=none",
            "v=DMARC12; p=none",
            "",
            ";",
        ] {
            assert!(Record::parse(text).is_none(), "{text}");
        }
        for text in ["v=dmarc1; p=none", "p=none; v=DMARC1"] {
            assert!(matches!(read(text), Reading::NearMiss), "{text}");
        }
        assert!(matches!(read("v=DMARC1; p=none"), Reading::Record(_)));
        assert!(matches!(read("v=spf1 -all"), Reading::Other));
    }

    #[test]
    fn tags_and_defaults() {
        let full = record("v=DMARC1; p = Reject ; sp=none; np=quarantine; ADKIM=S; aspf=s; psd=n; t=y");
        assert_eq!(full.policy(Place::Own), (Policy::Reject, "p"));
        assert_eq!(full.policy(Place::Below), (Policy::None, "sp"));
        assert_eq!(full.policy(Place::BelowAndNonexistent), (Policy::Quarantine, "np"));
        assert!(full.strict_dkim && full.strict_spf && full.testing);
        assert_eq!(full.psd, Psd::No);
        assert_eq!(full.in_force(Policy::Reject), Policy::Quarantine);
        assert_eq!(full.in_force(Policy::Quarantine), Policy::None);
        assert!(full.defects.is_empty(), "{:?}", full.defects);

        let bare = record("v=DMARC1; p=quarantine");
        assert_eq!(bare.policy(Place::BelowAndNonexistent), (Policy::Quarantine, "p"));
        assert!(!bare.strict_dkim && !bare.strict_spf && !bare.testing);
        assert_eq!(bare.in_force(Policy::Quarantine), Policy::Quarantine);
    }

    #[test]
    fn np_falls_back_on_sp() {
        let record = record("v=DMARC1; p=reject; sp=quarantine");
        assert_eq!(record.policy(Place::BelowAndNonexistent), (Policy::Quarantine, "sp"));
    }

    #[test]
    fn unusable_without_policy_and_reports() {
        assert!(!record("v=DMARC1; adkim=s").is_usable());
        assert!(!record("v=DMARC1; p=rejct; rua=nobody").is_usable());
        let reported = record("v=DMARC1; p=reject; sp=sometimes; rua=mailto:d@a.example!10m, https://a.example/");
        assert!(reported.is_usable());
        assert_eq!(reported.policy(Place::Own), (Policy::None, "p"));
    }

    #[test]
    fn defects_are_named_and_few() {
        let record = record("v=DMARC1; rua=mailto:d@a.example; p=none; pct=50; p=reject; nonsense; t=maybe");
        assert_eq!(record.policy(Place::Own), (Policy::None, "p"));
        let all = record.defects.join("\n");
        for part in [
            "pct= is historic",
            "p stands several times",
            "\"nonsense\"",
            "t=maybe",
            "p= does not follow",
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
        let hostile = format!("v=DMARC1;{}", (0..50_000).map(|i| format!("x{i};")).collect::<String>());
        assert!(super::Record::parse(&hostile).is_some_and(|record| record.defects.len() <= 21));
    }
}
