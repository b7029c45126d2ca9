//! Macros (RFC 7208 7): parsed once with the record, expanded when a term is tried.

use std::borrow::Cow;

/// Longest domain name in text form (RFC 7208 7.3).
pub(super) const MAX_NAME: usize = 253;

/// What is kept of an expanding domain name: only its last 253 octets can ever be used, so a record that repeats a
/// long local-part thousands of times may not fill the memory.
const KEPT: usize = 4 * MAX_NAME;

/// Longest explanation that is shown. RFC 7208 sets no limit; an SMTP reply of this size is already absurd.
const MAX_TEXT: usize = 4096;

/// What a macro stands for (RFC 7208 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// `s`: sender.
    Sender,
    /// `l`: local-part of the sender.
    LocalPart,
    /// `o`: domain of the sender.
    SenderDomain,
    /// `d`: the domain whose record is evaluated.
    Domain,
    /// `i`: the client's address, dotted.
    Ip,
    /// `p`: the client's validated name.
    ValidatedName,
    /// `v`: `in-addr` or `ip6`.
    ReverseZone,
    /// `h`: HELO.
    Helo,
    /// `c`: the client's address for readers; explanations only.
    ReadableIp,
    /// `r`: the checking host; explanations only.
    Receiver,
    /// `t`: the time; explanations only.
    Time,
}

impl Letter {
    fn parse(letter: char) -> Option<Self> {
        Some(match letter.to_ascii_lowercase() {
            's' => Self::Sender,
            'l' => Self::LocalPart,
            'o' => Self::SenderDomain,
            'd' => Self::Domain,
            'i' => Self::Ip,
            'p' => Self::ValidatedName,
            'v' => Self::ReverseZone,
            'h' => Self::Helo,
            'c' => Self::ReadableIp,
            'r' => Self::Receiver,
            't' => Self::Time,
            _ => return None,
        })
    }

    /// RFC 7208 7.2: `c`, `r` and `t` have a meaning in explanations only.
    fn explains_only(self) -> bool {
        matches!(self, Self::ReadableIp | Self::Receiver | Self::Time)
    }
}

/// Where a macro-string stands, which decides what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a domain-spec.
    Domain,
    /// In the value of a modifier that nobody knows: any macro of the grammar.
    UnknownModifier,
    /// In the text that `exp=` points to: spaces too (explain-string, RFC 7208 6.2).
    Explanation,
}

/// A macro-string (RFC 7208 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroString {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// `%%`, `%_`, `%-`: macro-expands of the grammar, each with one meaning.
    Fixed(&'static str),
    Expand(Expand),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Expand {
    letter: Letter,
    /// An upper-case letter: the value is URL-escaped (RFC 7208 7.3).
    escape: bool,
    /// How many right-hand parts are used.
    keep: Option<usize>,
    reverse: bool,
    /// Characters to split at; empty means the dot.
    delimiters: String,
}

impl MacroString {
    /// Reads a macro-string; the error says in words what is wrong.
    pub(super) fn parse(text: &str, place: Place) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            let (literal, macro_on) = rest.split_at(at);
            push_literal(&mut parts, literal, place)?;
            let (part, after) = parse_expand(macro_on, place)?;
            parts.push(part);
            rest = after;
        }
        push_literal(&mut parts, rest, place)?;
        Ok(Self { parts })
    }

    /// Whether it holds one of these macros.
    pub fn uses(&self, letters: &[Letter]) -> bool {
        self.letters().any(|letter| letters.contains(&letter))
    }

    /// Whether it stands for itself.
    pub(super) fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// The macro at its end, where it ends in one with a letter.
    pub(super) fn last_letter(&self) -> Option<Letter> {
        match self.parts.last() {
            Some(Part::Expand(expand)) => Some(expand.letter),
            _ => None,
        }
    }

    fn letters(&self) -> impl Iterator<Item = Letter> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Expand(expand) => Some(expand.letter),
            _ => None,
        })
    }

    /// RFC 7208 7.1: `domain-end = ( "." toplabel [ "." ] ) / macro-expand`.
    fn ends_as_domain(&self) -> bool {
        let literal = match self.parts.last() {
            None => return false,
            Some(Part::Fixed(_) | Part::Expand(_)) => return true,
            Some(Part::Literal(literal)) => literal,
        };
        let name = literal.strip_suffix('.').unwrap_or(literal);
        name.rsplit_once('.').is_some_and(|(_, label)| is_toplabel(label))
    }

    /// Expands to text; `None` when the text is longer than anybody would show.
    pub(super) fn expand_text<E>(
        &self,
        value: &mut impl FnMut(Letter) -> Result<String, E>,
    ) -> Result<Option<String>, E> {
        let mut text = String::new();
        for part in &self.parts {
            text.push_str(&part.expand(value)?);
            if text.len() > MAX_TEXT {
                return Ok(None);
            }
        }
        Ok(Some(text))
    }

    fn expand_tail<E>(&self, value: &mut impl FnMut(Letter) -> Result<String, E>) -> Result<String, E> {
        let mut name = String::new();
        for part in &self.parts {
            name.push_str(&part.expand(value)?);
            if name.len() > 2 * KEPT {
                let cut = name.ceil_char_boundary(name.len() - KEPT);
                name.drain(..cut);
            }
        }
        Ok(name)
    }
}

/// A domain-spec (RFC 7208 7.1): never empty, ends in a macro or a valid top label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSpec(MacroString);

impl DomainSpec {
    /// Reads a domain-spec; the error says in words what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the domain is empty".to_owned());
        }
        let string = MacroString::parse(text, Place::Domain)?;
        if !string.ends_as_domain() {
            return Err(format!("`{text}` does not end in a top-level domain or a macro"));
        }
        Ok(Self(string))
    }

    /// Its macros.
    pub fn macros(&self) -> &MacroString {
        &self.0
    }

    /// Expands to a name without trailing dot, cut to fit (RFC 7208 7.3). It may still be no valid domain name.
    pub(super) fn expand<E>(&self, mut value: impl FnMut(Letter) -> Result<String, E>) -> Result<String, E> {
        let name = self.0.expand_tail(&mut value)?;
        let mut name = name.strip_suffix('.').unwrap_or(&name);
        // "the left side is truncated to fit, by removing successive domain labels (and their following dots)"
        while name.len() > MAX_NAME {
            match name.split_once('.') {
                Some((_, rest)) => name = rest,
                None => break,
            }
        }
        Ok(name.to_owned())
    }
}

impl Part {
    fn expand<E>(&self, value: &mut impl FnMut(Letter) -> Result<String, E>) -> Result<Cow<'_, str>, E> {
        Ok(match self {
            Self::Literal(text) => Cow::Borrowed(text),
            Self::Fixed(text) => Cow::Borrowed(text),
            Self::Expand(expand) => Cow::Owned(expand.transform(&value(expand.letter)?)),
        })
    }
}

impl Expand {
    /// RFC 7208 7.3: split, reverse, keep the right-hand parts, join with dots, escape.
    fn transform(&self, value: &str) -> String {
        let delimiters = if self.delimiters.is_empty() {
            "."
        } else {
            &self.delimiters
        };
        let mut parts: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
        if self.reverse {
            parts.reverse();
        }
        if let Some(keep) = self.keep {
            parts.drain(..parts.len().saturating_sub(keep));
        }
        let joined = parts.join(".");
        if self.escape { url_escape(&joined) } else { joined }
    }
}

fn push_literal(parts: &mut Vec<Part>, literal: &str, place: Place) -> Result<(), String> {
    // macro-literal = %x21-24 / %x26-7E
    let allowed = |c: char| c.is_ascii_graphic() || (c == ' ' && place == Place::Explanation);
    if let Some(wrong) = literal.chars().find(|c| !allowed(*c)) {
        return Err(format!("U+{:04X} may not stand in a record", u32::from(wrong)));
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal.to_owned()));
    }
    Ok(())
}

/// Reads one macro-expand from a text that begins with `%`; gives what follows it.
fn parse_expand(text: &str, place: Place) -> Result<(Part, &str), String> {
    for (code, value) in [("%%", "%"), ("%_", " "), ("%-", "%20")] {
        if let Some(after) = text.strip_prefix(code) {
            return Ok((Part::Fixed(value), after));
        }
    }
    let inside = text
        .strip_prefix("%{")
        .ok_or("a `%` begins no macro (a plain one is written `%%`)")?;
    let (body, after) = inside.split_once('}').ok_or("a macro has no closing brace")?;
    let wrong = || format!("`%{{{body}}}` is no macro");

    let mut chars = body.chars();
    let written = chars.next().ok_or_else(wrong)?;
    let letter = Letter::parse(written).ok_or_else(wrong)?;
    if place == Place::Domain && letter.explains_only() {
        return Err(format!("the macro `%{{{body}}}` is for explanations only"));
    }
    // macro-expand = "%{" macro-letter transformers *delimiter "}", transformers = *DIGIT [ "r" ]
    let rest = chars.as_str();
    let after_digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = rest.strip_suffix(after_digits).unwrap_or_default();
    let keep = if digits.is_empty() {
        None
    } else {
        // More than a machine word means "all parts". Zero is a syntax error (RFC 7208 7.3).
        Some(digits.parse::<usize>().unwrap_or(usize::MAX)).filter(|keep| *keep != 0)
    };
    if keep.is_none() && !digits.is_empty() {
        return Err(format!("the macro `%{{{body}}}` keeps zero parts"));
    }
    let (reverse, delimiters) = match after_digits.strip_prefix(['r', 'R']) {
        Some(delimiters) => (true, delimiters),
        None => (false, after_digits),
    };
    if !delimiters.chars().all(|c| ".-+,/_=".contains(c)) {
        return Err(wrong());
    }
    let expand = Expand {
        letter,
        escape: written.is_ascii_uppercase(),
        keep,
        reverse,
        delimiters: delimiters.to_owned(),
    };
    Ok((Part::Expand(expand), after))
}

/// RFC 7208 7.1: letters, digits and inner hyphens, not all digits.
pub(super) fn is_toplabel(label: &str) -> bool {
    !label.is_empty()
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.bytes().all(|b| b.is_ascii_digit())
}

/// RFC 7208 7.3: everything outside the unreserved set of RFC 3986 is escaped.
fn url_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    /// The values of RFC 7208 7.4.
    fn value(letter: Letter) -> Result<String, ()> {
        Ok(match letter {
            Letter::Sender => "strong-bad@email.example.com",
            Letter::LocalPart => "strong-bad",
            Letter::SenderDomain | Letter::Domain => "email.example.com",
            Letter::Ip => "192.0.2.3",
            Letter::ValidatedName => "mx.example.org",
            Letter::ReverseZone => "in-addr",
            _ => "unknown",
        }
        .to_owned())
    }

    fn domain(spec: &str) -> String {
        DomainSpec::parse(spec).unwrap().expand(value).unwrap()
    }

    #[test]
    fn expansions_of_the_rfc() {
        for (spec, name) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l-}", "strong.bad"),
            ("%{lr}", "strong-bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            (
                "%{d2}.trusted-domains.example.net",
                "example.com.trusted-domains.example.net",
            ),
        ] {
            assert_eq!(domain(spec), name, "{spec}");
        }
        assert_eq!(domain("%{S}"), "strong-bad%40email.example.com");
        assert_eq!(domain("a%%b%_c%-d.example.com."), "a%b c%20d.example.com");
    }

    #[test]
    fn what_is_no_domain_spec() {
        for spec in [
            "",
            "foo",
            "foo.123",
            "foo.-com",
            "foo.com-",
            "foo.com:25",
            "%{d0}",
            "%{x}",
            "%{d",
            "%",
            "%a",
            "%{}",
            "%{c}",
            "%{r}",
            "%{t}",
            "%{d!}",
            "a b.com",
            "%{d}com",
            "foo.com/24",
            "é.com",
            "a\0.com",
        ] {
            assert!(DomainSpec::parse(spec).is_err(), "{spec:?}");
        }
    }

    #[test]
    fn long_names_lose_labels_on_the_left_and_memory_stays_small() {
        let name = domain(&"%{s}.".repeat(20_000).replace("%{s}.", "%{s}.x."));
        assert!(name.len() <= MAX_NAME && name.ends_with("example.com.x"));
        let text = MacroString::parse(&"%{s}".repeat(20_000), Place::Explanation).unwrap();
        assert_eq!(text.expand_text(&mut value), Ok(None));
    }
}
