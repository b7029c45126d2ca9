//! The grammar of a record (RFC 7208 4.6.1, 12). The whole record is read before anything is evaluated.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::{Arc, LazyLock},
};

use super::SpfResult;
use super::macros::{DomainSpec, MacroString, Place};
use crate::memo::Memo;

/// Records by their text: a mailbox meets few, and each of them often.
static READ: LazyLock<Memo<Result<Arc<Record>, SyntaxError>>> = LazyLock::new(Memo::new);

/// As [`Record::parse`]; a record is read once.
pub(super) fn read(txt: &[u8]) -> Result<Arc<Record>, SyntaxError> {
    READ.of(txt, || Record::parse(txt).map(Arc::new))
}

/// The version section.
const VERSION: &str = "v=spf1";

/// A record that is syntactically right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Mechanisms with their qualifiers, in order.
    pub directives: Vec<Directive>,
    /// `redirect=`.
    pub redirect: Option<Redirect>,
    /// `exp=`.
    pub explanation: Option<DomainSpec>,
}

/// A qualifier and a mechanism.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The term as written.
    pub text: Arc<str>,
    /// What a match means: pass, fail, softfail or neutral.
    pub qualifier: SpfResult,
    /// The mechanism.
    pub mechanism: Mechanism,
}

/// `redirect=` (RFC 7208 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The modifier as written.
    pub text: Arc<str>,
    /// Where it points.
    pub target: DomainSpec,
}

/// The mechanisms of RFC 7208 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// `all`.
    All,
    /// `include:`.
    Include(DomainSpec),
    /// `a`; without a domain the current one.
    A(Option<DomainSpec>, DualCidr),
    /// `mx`; without a domain the current one.
    Mx(Option<DomainSpec>, DualCidr),
    /// `ptr`; without a domain the current one.
    Ptr(Option<DomainSpec>),
    /// `ip4:` with the prefix length.
    Ip4(Ipv4Addr, u8),
    /// `ip6:` with the prefix length.
    Ip6(Ipv6Addr, u8),
    /// `exists:`.
    Exists(DomainSpec),
}

/// Prefix lengths for the two families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DualCidr {
    /// For IPv4 addresses, 0 to 32.
    pub v4: u8,
    /// For IPv6 addresses, 0 to 128.
    pub v6: u8,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The term at fault as written; empty when it is the record as a whole.
    pub term: String,
    /// The fault in words.
    pub what: String,
}

/// RFC 7208 4.5: whether a TXT record is an SPF record: the version, then a space or the end.
pub fn is_spf(txt: &[u8]) -> bool {
    txt.split_at_checked(VERSION.len()).is_some_and(|(version, rest)| {
        version.eq_ignore_ascii_case(VERSION.as_bytes()) && matches!(rest.first(), None | Some(b' '))
    })
}

impl Record {
    /// Reads a TXT record for which [`is_spf`] holds. A fault anywhere is a fault of the record (RFC 7208 4.6).
    pub fn parse(txt: &[u8]) -> Result<Self, SyntaxError> {
        // RFC 7208 3.1: records are US-ASCII.
        let text = std::str::from_utf8(txt)
            .ok()
            .filter(|text| text.is_ascii())
            .ok_or_else(|| SyntaxError::new("", "the record holds bytes that are not ASCII"))?;
        let terms = text.get(VERSION.len()..).unwrap_or_default();

        let mut record = Self::default();
        for term in terms.split(' ').filter(|term| !term.is_empty()) {
            record.add(term).map_err(|what| SyntaxError::new(term, what))?;
        }
        Ok(record)
    }

    /// RFC 7208 4.6.1: a modifier has its `=` before any `:` or `/`.
    fn add(&mut self, term: &str) -> Result<(), String> {
        let Some((name, value)) = term.split_once('=').filter(|(name, _)| !name.contains([':', '/'])) else {
            self.directives.push(parse_directive(term)?);
            return Ok(());
        };
        if name.eq_ignore_ascii_case("redirect") {
            let target = DomainSpec::parse(value)?;
            let redirect = Redirect {
                text: Arc::from(term),
                target,
            };
            once(&mut self.redirect, redirect, "redirect=")
        } else if name.eq_ignore_ascii_case("exp") {
            once(&mut self.explanation, DomainSpec::parse(value)?, "exp=")
        } else if is_modifier_name(name) {
            // RFC 7208 6: unknown modifiers are ignored, but their syntax counts.
            MacroString::parse(value, Place::UnknownModifier).map(drop)
        } else {
            Err("no valid name stands before the `=`".to_owned())
        }
    }
}

impl SyntaxError {
    fn new(term: &str, what: impl Into<String>) -> Self {
        Self {
            term: term.to_owned(),
            what: what.into(),
        }
    }
}

/// RFC 7208 6: `redirect` and `exp` must not appear twice.
fn once<T>(slot: &mut Option<T>, value: T, name: &str) -> Result<(), String> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("`{name}` stands twice")),
    }
}

/// `name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )`
fn is_modifier_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn parse_directive(term: &str) -> Result<Directive, String> {
    let (qualifier, rest) = match term.as_bytes().first() {
        Some(b'+') => (SpfResult::Pass, term.strip_prefix('+')),
        Some(b'-') => (SpfResult::Fail, term.strip_prefix('-')),
        Some(b'~') => (SpfResult::Softfail, term.strip_prefix('~')),
        Some(b'?') => (SpfResult::Neutral, term.strip_prefix('?')),
        _ => (SpfResult::Pass, Some(term)),
    };
    let rest = rest.unwrap_or(term);
    let (name, argument) = rest.split_at(rest.find([':', '/']).unwrap_or(rest.len()));
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if argument.is_empty() => Mechanism::All,
        "all" => return Err("`all` takes no argument".to_owned()),
        "include" => Mechanism::Include(required_domain(name, argument)?),
        "exists" => Mechanism::Exists(required_domain(name, argument)?),
        "ptr" => Mechanism::Ptr(optional_domain(argument)?),
        "a" => {
            let (domain, cidr) = domain_and_cidr(argument)?;
            Mechanism::A(domain, cidr)
        }
        "mx" => {
            let (domain, cidr) = domain_and_cidr(argument)?;
            Mechanism::Mx(domain, cidr)
        }
        "ip4" => {
            let (network, prefix) = network(argument, 32)?;
            Mechanism::Ip4(network, prefix)
        }
        "ip6" => {
            let (network, prefix) = network(argument, 128)?;
            Mechanism::Ip6(network, prefix)
        }
        _ => return Err(format!("`{name}` is no mechanism")),
    };
    Ok(Directive {
        text: Arc::from(term),
        qualifier,
        mechanism,
    })
}

fn required_domain(name: &str, argument: &str) -> Result<DomainSpec, String> {
    match argument.strip_prefix(':') {
        Some(domain) => DomainSpec::parse(domain),
        None => Err(format!("`{name}` needs a domain")),
    }
}

fn optional_domain(argument: &str) -> Result<Option<DomainSpec>, String> {
    match argument.strip_prefix(':') {
        Some(domain) => DomainSpec::parse(domain).map(Some),
        None if argument.is_empty() => Ok(None),
        None => Err(format!("`{argument}` may not follow the mechanism")),
    }
}

/// `[ ":" domain-spec ] [ dual-cidr-length ]`. A domain-spec never ends in a slash and digits, so the lengths are
/// read from the right.
fn domain_and_cidr(argument: &str) -> Result<(Option<DomainSpec>, DualCidr), String> {
    let mut cidr = DualCidr { v4: 32, v6: 128 };
    let mut rest = argument;
    if let Some((head, digits)) = split_length(rest)
        && let Some(head) = head.strip_suffix('/')
    {
        cidr.v6 = prefix_length(digits, 128)?;
        rest = head;
    }
    if let Some((head, digits)) = split_length(rest) {
        cidr.v4 = prefix_length(digits, 32)?;
        rest = head;
    }
    Ok((optional_domain(rest)?, cidr))
}

/// Splits `…/DIGITS`.
fn split_length(text: &str) -> Option<(&str, &str)> {
    let (head, digits) = text.rsplit_once('/')?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some((head, digits))
}

/// RFC 7208 12: `"0" / %x31-39 0*1DIGIT` and the like: no leading zero, and no more than the address has bits.
fn prefix_length(digits: &str, bits: u8) -> Result<u8, String> {
    let plain = digits == "0" || !digits.starts_with('0');
    let length = digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse::<u8>().ok())
        .flatten();
    length
        .filter(|length| plain && *length <= bits)
        .ok_or_else(|| format!("`/{digits}` is no prefix length"))
}

/// `":" network [ "/" length ]`
fn network<A: std::str::FromStr>(argument: &str, bits: u8) -> Result<(A, u8), String> {
    let given = argument.strip_prefix(':').ok_or("a network is missing")?;
    let (address, length) = match given.split_once('/') {
        Some((address, digits)) => (address, prefix_length(digits, bits)?),
        None => (given, bits),
    };
    let address = address.parse().map_err(|_| format!("`{address}` is no address"))?;
    Ok((address, length))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Record, SyntaxError> {
        Record::parse(text.as_bytes())
    }

    #[test]
    fn selects_by_version() {
        assert!(is_spf(b"v=spf1") && is_spf(b"V=SPF1 -all"));
        assert!(!is_spf(b"v=spf10") && !is_spf(b"v=spf1\t-all") && !is_spf(b"v=spf") && !is_spf(b" v=spf1"));
    }

    #[test]
    fn reads_every_mechanism() {
        let record = parse(
            "v=spf1 A MX/24//64 a:%{d}/0 ptr PTR:example.org ip4:192.0.2.0/24 ip6:2001:db8::/32 \
             exists:%{ir}.x.example.org ?include:example.net x-note=%{c} EXP=why.example.org  ~ALL ",
        )
        .unwrap();
        assert_eq!(record.directives.len(), 10);
        assert!(record.explanation.is_some() && record.redirect.is_none());
        assert_eq!(
            record.directives.get(1).map(|directive| &directive.mechanism),
            Some(&Mechanism::Mx(None, DualCidr { v4: 24, v6: 64 }))
        );
        assert_eq!(
            record
                .directives
                .last()
                .map(|directive| (directive.qualifier, &*directive.text)),
            Some((SpfResult::Softfail, "~ALL"))
        );
    }

    #[test]
    fn a_fault_anywhere_is_a_fault_of_the_record() {
        for terms in [
            "-all moo",
            "all.",
            "all/8",
            "a:",
            "a/",
            "a//",
            "a/33",
            "a//129",
            "a/024",
            "a/24/24",
            "mx:",
            "ip4",
            "ip4:",
            "ip4:192.0.2",
            "ip4:192.0.2.1/33",
            "ip4:192.0.2.1/+1",
            "ip4:192.0.2.1//32",
            "ip4:192.0.2.01",
            "ip6",
            "ip6:2001:db8::/129",
            "ip6::2001:db8::",
            "include",
            "include:",
            "include:example.org/24",
            "exists",
            "exists:a.example.org/24",
            "ptr/0",
            "ptr:",
            "redirect:example.org",
            "redirect=",
            "redirect=-all",
            "exp=",
            "exp=%{r}.example.org",
            "1up=x",
            "=x",
            "-x=y",
            "x=%a",
            "redirect=a.org redirect=a.org",
            "exp=a.org exp=a.org",
            "a:example.org\rptr",
            "a\t-all",
            "+",
            "-",
            "++all",
        ] {
            assert!(parse(&format!("v=spf1 {terms}")).is_err(), "{terms:?}");
        }
        assert_eq!(parse("v=spf1 a moo -all").unwrap_err().term, "moo");
        assert!(Record::parse(b"v=spf1 a:\xEF\xBB\xBFx.example.org -all").is_err());
    }
}
