//! Version and cipher suite out of the many ways in which products write TLS into a Received field.

use super::{
    annotation::Annotation,
    clauses::{ClauseKind, Scan},
    hop::phrase,
};

/// What a hop says of TLS.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tls {
    /// As written; `None` when the hop says nothing of TLS.
    pub(super) text: Option<String>,
    pub(super) version: Option<String>,
    pub(super) cipher: Option<String>,
}

/// TLS as some comment, the `tls` clause (RFC 8314 4.3) or the protocol token (RFC 3848) tells.
pub(super) fn read(text: &str, scan: &Scan, annotations: &[Annotation], with: Option<&str>) -> Tls {
    let clause = scan.clause(ClauseKind::Tls).map(|clause| phrase(text, clause));
    let comment = annotations.iter().find_map(|annotation| annotation.tls.clone());
    let token = with.filter(|with| is_tls_protocol(with)).map(str::to_owned);
    let said = match (comment, clause) {
        (Some(comment), Some(clause)) => Some(format!("{comment} {clause}")),
        (comment, clause) => comment.or(clause).or(token),
    };
    let words = || {
        let separator = |c: char| c.is_whitespace() || ",:;/=()".contains(c);
        said.as_deref().unwrap_or_default().split(separator)
    };
    let find = |is: fn(&str) -> bool| words().find(|word| is(word)).map(str::to_owned);
    Tls {
        version: find(is_version),
        cipher: find(is_cipher),
        text: said,
    }
}

/// `ESMTPS`, `ESMTPSA`, `ESMTP/TLS/...`, `HTTPS`.
pub(super) fn is_tls_protocol(with: &str) -> bool {
    let token = with.to_ascii_uppercase();
    let plain = token.split(' ').next().unwrap_or_default().trim_end_matches('A');
    token.contains("TLS") || matches!(plain, "ESMTPS" | "LMTPS" | "UTF8SMTPS" | "UTF8LMTPS" | "HTTPS")
}

/// `TLSv1.3`, `TLS1_2`, `TLS-1.2`, `SSLv3`.
fn is_version(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let number = lower.strip_prefix("tls").or_else(|| lower.strip_prefix("ssl"));
    number.is_some_and(|number| {
        let number = number.trim_start_matches(['v', '-']);
        number.starts_with(|c: char| c.is_ascii_digit())
            && number.len() <= 3
            && number
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'))
    })
}

/// `TLS_AES_256_GCM_SHA384`, `DHE-RSA-AES256-SHA`.
fn is_cipher(word: &str) -> bool {
    let parts = word.split(['-', '_']).count();
    parts >= 2
        && word.len() >= 7
        && !is_version(word)
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use crate::{message::Message, trace::read_trace};

    #[test]
    fn version_and_cipher() {
        let line = |inner: &str| {
            format!("Received: from a.example (a.example [192.0.2.1]) {inner}; Mon, 1 Jan 2024 00:00:00 +0000\n\n")
        };
        let read = |inner: &str| {
            let hop = read_trace(&Message::read(line(inner).as_bytes())).remove(0);
            (hop.tls_version.unwrap_or_default(), hop.tls_cipher.unwrap_or_default())
        };
        let pair = |version: &str, cipher: &str| (version.to_owned(), cipher.to_owned());
        assert_eq!(
            read(
                "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) by b.example (Postfix) with ESMTPS id 1"
            ),
            pair("TLSv1.3", "TLS_AES_256_GCM_SHA384")
        );
        assert_eq!(
            read(
                "by b.example with esmtps (TLS1.2) tls TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (Exim 4.96) id 1q8fjD-001aWO-0V"
            ),
            pair("TLS1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        );
        assert_eq!(
            read(
                "by mx.google.com with ESMTPS id m16sm345129qck.28 (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128)"
            ),
            pair("TLS1_3", "TLS_AES_128_GCM_SHA256")
        );
        assert_eq!(
            read("by b.example with ESMTP/TLS/DHE-RSA-AES256-SHA"),
            pair("", "DHE-RSA-AES256-SHA")
        );
        assert_eq!(read("by b.example with ESMTPS id 1"), pair("", ""));
        assert_eq!(read("by b.example with ESMTP id 1"), pair("", ""));
    }
}
