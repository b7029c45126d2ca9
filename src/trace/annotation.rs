//! Comments that tell of authentication, TLS and the envelope sender, wherever they stand in the field.

use crate::message::resolve_pairs;

/// What one comment says beside the connection's addresses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Annotation {
    /// How the client authenticated, as written: `LOGIN`, `authenticated`, ...
    pub(super) auth_method: Option<String>,
    /// As whom.
    pub(super) auth_user: Option<String>,
    /// Version and cipher as written.
    pub(super) tls: Option<String>,
    /// Some products write it; the empty string is the null sender.
    pub(super) envelope_from: Option<String>,
    /// The comment is of this kind even where it says nothing more (`No client certificate requested`).
    pub(super) recognised: bool,
}

/// Beginnings of comments that are no TCP-info, compared without case.
const BEGINNINGS: [&str; 26] = [
    "using tls",
    "using ssl",
    "no client cert",
    "client cn",
    "client did not",
    "authenticated",
    "user authenticated",
    // Alibaba
    "mailfrom:",
    "auth:",
    "tls:",
    "tls1",
    "tls-1",
    "tlsv",
    "sslv",
    "version=",
    "cipher",
    "tls_cipher",
    "envelope-",
    "squirrelmail",
    "nasmail",
    "imp",
    "uid ",
    "google transport",
    "peer crosscheck",
    "using h",
    "webmailui",
];

/// Reads a comment without its parentheses.
pub(super) fn read(comment: &str) -> Annotation {
    let text = comment.trim();
    let lower = text.to_ascii_lowercase();
    // ASCII lower case keeps the length, so that places in one are places in the other.
    let find = |mark: &str| memchr::memmem::find(lower.as_bytes(), mark.as_bytes());
    let after = |mark: &str| find(mark).and_then(|at| text.get(at + mark.len()..));
    let mut annotation = Annotation {
        recognised: BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning)) || lower.ends_with(" encrypted"),
        ..Annotation::default()
    };
    annotation.tls = tls(text, &lower);
    // Exim's TCP-info ends in what the client said: `[192.0.2.1] helo=a (authenticated user b)`.
    if ["[", "port=", "helo=", "ident="]
        .iter()
        .any(|beginning| lower.starts_with(beginning))
    {
        return annotation;
    }
    // Each of the words holds one of these, and most comments none.
    if memchr::memchr3(b'-', b':', b'"', lower.as_bytes()).is_some() {
        for mark in ["envelope-from ", "envelope-sender ", "envelope-from:", "mailfrom:"] {
            if let Some(rest) = after(mark) {
                annotation.envelope_from = Some(path(rest));
            }
        }
        if let Some(rest) = after("envelope from \"") {
            annotation.envelope_from = quoted(rest);
        }
    }
    if let Some(rest) = lower.starts_with("auth:").then(|| after("auth:")).flatten() {
        // Courier: `AUTH: LOGIN user, TLS: ...`
        let clause = rest.split(',').next().unwrap_or_default();
        let mut words = clause.split_whitespace();
        annotation.auth_method = words.next().map(str::to_owned);
        annotation.auth_user = words.next().map(str::to_owned);
    } else if lower.starts_with("authenticated") || lower.starts_with("user authenticated") {
        annotation.auth_method = Some("authenticated".into());
        let user = ["sender:", "as ", "user "].iter().find_map(|mark| after(mark));
        annotation.auth_user = user.and_then(first_word);
    } else if let Some((program, user)) = find(" authenticated user ").map(|at| text.split_at(at))
        && !program.contains([' ', '\t', '"', '[', '(', '<', '='])
    {
        // `SquirrelMail authenticated user u`: behind more than one word it may be text of the client.
        annotation.auth_method = Some(program.to_owned());
        annotation.auth_user = first_word(user.get(" authenticated user ".len()..).unwrap_or_default());
    } else if let Some(rest) = lower.starts_with("account ").then(|| after("account ")).flatten() {
        annotation.auth_method = Some("account".into());
        annotation.auth_user = first_word(rest);
    }
    annotation
}

/// `using TLSv1.3 with cipher X (..)`, `version=TLS1_3 cipher=X`, `TLS1.2`, `TLSv1:X:256`, `TLS: TLS1.3, 128bits, X`, `X encrypted`.
fn tls(text: &str, lower: &str) -> Option<String> {
    if let Some(rest) = lower.starts_with("using ").then(|| text.get(6..)).flatten() {
        return Some(rest.split(" (").next().unwrap_or(rest).to_owned());
    }
    if let Some(cipher) = lower
        .strip_suffix(" encrypted")
        .and_then(|cipher| text.get(..cipher.len()))
    {
        return Some(cipher.to_owned());
    }
    let after_colon = |mark: &&str| memchr::memmem::find(lower.as_bytes(), mark.as_bytes());
    if let Some(at) = ["tls: ", "ssl: "].iter().find_map(after_colon) {
        return text.get(at + 5..).map(str::to_owned);
    }
    ["version=", "tls1", "tls-1", "tlsv", "sslv", "cipher ", "tls_cipher "]
        .iter()
        .any(|beginning| lower.starts_with(beginning))
        .then(|| text.to_owned())
}

/// A longer path is not read: RFC 5321 4.5.3.1.3 has 256 octets.
const LONGEST_PATH: usize = 512;

/// The first word without the punctuation around it.
fn first_word(text: &str) -> Option<String> {
    text.split_whitespace()
        .next()
        .map(|word| word.trim_matches([',', ';', '<', '>']).to_owned())
        .filter(|word| !word.is_empty())
}

/// A path behind its opening quotation mark (chasquid: `envelope from "\"a b\"@c.example"`), up to the closing one; empty for the
/// null sender, `<>`.
fn quoted(text: &str) -> Option<String> {
    let path = resolve_pairs(text.get(..quoted_length(text.as_bytes())?)?);
    Some(if path == "<>" { String::new() } else { path })
}

/// How long a quoted string is behind its opening quotation mark: up to the closing one.
pub(super) fn quoted_length(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().take(LONGEST_PATH).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })
}

/// How long a path is behind its `<`: up to `>`, which inside a quoted local part does not end it. `None` where another `<` comes first.
pub(super) fn path_length(text: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.iter().enumerate().take(LONGEST_PATH) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(at),
            b'<' if !quoted => return None,
            _ => {}
        }
    }
    None
}

/// A path with or without angle brackets, up to the next comma or blank; empty for the null sender.
fn path(text: &str) -> String {
    let text = text.trim_start();
    let path = match text.strip_prefix('<') {
        Some(rest) => path_length(rest.as_bytes()).map_or_else(|| rest.split('>').next(), |length| rest.get(..length)),
        None => text.split([' ', ',', ')']).next(),
    };
    path.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authentication() {
        let auth = |text| {
            let annotation = read(text);
            (
                annotation.auth_method.unwrap_or_default(),
                annotation.auth_user.unwrap_or_default(),
            )
        };
        let pair = |method: &str, user: &str| (method.to_owned(), user.to_owned());
        assert_eq!(
            auth("Authenticated sender: ann@mail.example"),
            pair("authenticated", "ann@mail.example")
        );
        assert_eq!(
            auth("AUTH: LOGIN gork@mail.example, SSL: TLSv1/SSLv3,128bits,RC4-MD5"),
            pair("LOGIN", "gork@mail.example")
        );
        assert_eq!(auth("authenticated bits=0"), pair("authenticated", ""));
        assert_eq!(
            auth("authenticated as r.dickenson"),
            pair("authenticated", "r.dickenson")
        );
        assert_eq!(
            auth("account ann@mail.example HELO [10.0.0.1]"),
            pair("account", "ann@mail.example")
        );
        assert_eq!(
            auth("SquirrelMail authenticated user admin"),
            pair("SquirrelMail", "admin")
        );
        assert_eq!(auth("unknown [192.0.2.1]"), pair("", ""));
    }

    #[test]
    fn tls_and_sender() {
        let tls = |text| read(text).tls.unwrap_or_default();
        assert_eq!(
            tls("using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"),
            "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384"
        );
        assert_eq!(tls("version=TLS1_2, cipher=X"), "version=TLS1_2, cipher=X");
        assert_eq!(tls("DHE-RSA-AES256-SHA encrypted"), "DHE-RSA-AES256-SHA");
        assert_eq!(
            read("envelope-from <a@b.example>, uid 502").envelope_from.as_deref(),
            Some("a@b.example")
        );
        assert_eq!(read("envelope-from <>").envelope_from.as_deref(), Some(""));
        let chasquid = |path: &str| read(&format!("over SMTP, TLS-1.3, envelope from {path}")).envelope_from;
        assert_eq!(chasquid("\"a@b.example\"").as_deref(), Some("a@b.example"));
        assert_eq!(chasquid(r#""\"a b\"@c.example""#).as_deref(), Some("\"a b\"@c.example"));
        assert_eq!(chasquid("\"<>\"").as_deref(), Some(""));
        assert_eq!(chasquid("\"cut"), None);
    }
}
