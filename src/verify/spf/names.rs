//! Names that SPF asks for: which ones DNS can carry, and how an address becomes one.

use std::net::IpAddr;

use super::macros::{MAX_NAME, is_toplabel};
use crate::domain::is_plain;

/// Whether DNS can carry the name: labels of 1 to 63 octets, 253 in all (RFC 1035 2.3.4). Any character will do.
pub(super) fn is_queryable(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name
            .as_bytes()
            .split(|byte| *byte == b'.')
            .all(|label| (1..=63).contains(&label.len()))
}

/// RFC 7208 4.3: why a domain is malformed; `None` for a multi-label domain name. `normal` is its normal form.
pub(super) fn malformed(domain: &str, normal: &str) -> Option<String> {
    let what = if normal.is_empty() {
        "there is no domain".to_owned()
    } else if domain.trim_end().ends_with("..") || !is_queryable(normal) || !is_plain(normal) {
        format!("`{}` is no valid domain name", normal.escape_debug())
    } else {
        match normal.rsplit_once('.') {
            None => format!("`{normal}` is no fully qualified domain name"),
            Some((_, top)) if !is_toplabel(top) => format!("`{normal}` has no valid top-level domain"),
            Some(_) => return None,
        }
    };
    Some(what)
}

/// RFC 7208 7.3: the `i` macro: dotted quad, or the 32 nibbles of an IPv6 address with dots.
pub(super) fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(_) => crate::ip::text(ip),
        IpAddr::V6(ip) => {
            let nibbles: Vec<String> = ip
                .octets()
                .iter()
                .flat_map(|b| [b >> 4, b & 15])
                .map(|n| format!("{n:X}"))
                .collect();
            nibbles.join(".")
        }
    }
}

/// The name under which an address has its PTR records (RFC 1035 3.5, RFC 3596 2.5).
pub(in crate::verify) fn reverse_name(ip: IpAddr) -> String {
    let text = dotted(ip);
    let parts: Vec<&str> = text.rsplit('.').collect();
    let zone = if ip.is_ipv4() { ".in-addr.arpa" } else { ".ip6.arpa" };
    parts.join(".") + zone
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    #[test]
    fn malformed_domains() {
        let long = format!("{}.example", "a".repeat(64));
        for domain in [
            "",
            "localhost",
            "[192.0.2.1]",
            "192.0.2.1",
            "a..example",
            "a.example..",
            "a\0.example",
            &long,
        ] {
            assert!(
                malformed(domain, &crate::domain::normalise(domain)).is_some(),
                "{domain:?}"
            );
        }
        for domain in ["a.example", "A.Example.", "_x.a.example", "bücher.example"] {
            assert_eq!(malformed(domain, &crate::domain::normalise(domain)), None, "{domain:?}");
        }
    }

    #[test]
    fn reverse_names() {
        assert_eq!(reverse_name("192.0.2.3".parse().unwrap()), "3.2.0.192.in-addr.arpa");
        let v6 = reverse_name("2001:db8::cb01".parse().unwrap());
        assert_eq!(
            v6,
            "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6.arpa"
        );
    }
}
