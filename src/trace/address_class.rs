//! What kind of address it is (trace.md 3.6), and the forms in which mailers write addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::known::in_network;

/// The classes of trace.md 3.6. "Global" does not mean "outside".
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of trace.md 3.6")]
pub enum AddressClass {
    Global,
    Private,
    CarrierNat,
    Loopback,
    LinkLocal,
    UniqueLocal,
    Documentation,
    Benchmarking,
    Reserved,
    SixToFour,
    Teredo,
    Nat64,
}

/// Networks by class; the first that holds an address decides.
const NETWORKS: [(IpAddr, u8, AddressClass); 28] = [
    (v4(127, 0, 0, 0), 8, AddressClass::Loopback),
    (v4(10, 0, 0, 0), 8, AddressClass::Private), // RFC 1918
    (v4(172, 16, 0, 0), 12, AddressClass::Private),
    (v4(192, 168, 0, 0), 16, AddressClass::Private),
    (v4(100, 64, 0, 0), 10, AddressClass::CarrierNat),   // RFC 6598
    (v4(169, 254, 0, 0), 16, AddressClass::LinkLocal),   // RFC 3927
    (v4(192, 0, 2, 0), 24, AddressClass::Documentation), // RFC 5737
    (v4(198, 51, 100, 0), 24, AddressClass::Documentation),
    (v4(203, 0, 113, 0), 24, AddressClass::Documentation),
    (v4(198, 18, 0, 0), 15, AddressClass::Benchmarking), // RFC 2544
    (v4(0, 0, 0, 0), 8, AddressClass::Reserved),
    (v4(192, 0, 0, 0), 24, AddressClass::Reserved),   // RFC 6890
    (v4(192, 88, 99, 0), 24, AddressClass::Reserved), // RFC 7526
    (v4(224, 0, 0, 0), 4, AddressClass::Reserved),    // multicast
    (v4(240, 0, 0, 0), 4, AddressClass::Reserved),
    (v6([0, 0, 0, 0, 0, 0, 0, 1]), 128, AddressClass::Loopback),
    (v6([0; 8]), 128, AddressClass::Reserved),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0]), 10, AddressClass::LinkLocal),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0]), 7, AddressClass::UniqueLocal), // RFC 4193
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0]), 32, AddressClass::Documentation), // RFC 3849
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0]), 20, AddressClass::Documentation), // RFC 9637
    (v6([0x2001, 2, 0, 0, 0, 0, 0, 0]), 48, AddressClass::Benchmarking), // RFC 5180
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0]), 32, AddressClass::Teredo),     // RFC 4380
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0]), 16, AddressClass::SixToFour),  // RFC 3056
    (v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0]), 96, AddressClass::Nat64),   // RFC 6052
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0]), 48, AddressClass::Nat64),   // RFC 8215
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0]), 64, AddressClass::Reserved),    // RFC 6666
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0]), 8, AddressClass::Reserved),    // multicast
];

const fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

const fn v6(groups: [u16; 8]) -> IpAddr {
    let [a, b, c, d, e, f, g, h] = groups;
    IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h))
}

impl AddressClass {
    /// The class of an address. An IPv4-mapped address has the class of its IPv4 address.
    pub fn of(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        NETWORKS
            .iter()
            .find(|(network, prefix, _)| in_network(ip, *network, *prefix))
            .map_or(Self::Global, |(_, _, class)| *class)
    }

    /// Whether the address names nobody on the open Internet: private, shared, link-local, unique local or loopback.
    ///
    /// Documentation addresses are not among them: where they stand as a peer they count like any other (report.md).
    pub fn is_internal(self) -> bool {
        matches!(
            self,
            Self::Private | Self::CarrierNat | Self::Loopback | Self::LinkLocal | Self::UniqueLocal
        )
    }
}

/// Reads an address in the forms of trace.md 3.2: bare, `IPv6:`, with a port behind `:` or (old) `.`, with a zone id.
/// Brackets are the caller's. IPv4-mapped addresses become IPv4 (RFC 4291 2.5.5.2).
pub(super) fn read_ip(text: &str) -> Option<(IpAddr, Option<u16>)> {
    let text = text.trim();
    // RFC 5321 4.1.3: the tag of an IPv6 literal; `text` may be shorter than it or split a character there.
    let text = match text.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("ipv6:") => text.get(5..)?,
        _ => text,
    };
    // Most texts are names, and show it at once.
    if !text.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':') {
        return None;
    }
    let text = text.split_once('%').map_or(text, |(address, _zone)| address);
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some((ip.to_canonical(), None));
    }
    let dot = text.bytes().filter(|byte| *byte == b'.').count() == 4;
    let (address, port) = if dot {
        text.rsplit_once('.')
    } else {
        text.rsplit_once(':')
    }?;
    let ip: Ipv4Addr = address.parse().ok()?;
    Some((IpAddr::V4(ip), Some(port.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        let class = |text: &str| AddressClass::of(text.parse().unwrap());
        assert_eq!(class("8.8.8.8"), AddressClass::Global);
        assert_eq!(class("172.31.0.1"), AddressClass::Private);
        assert_eq!(class("172.32.0.1"), AddressClass::Global);
        assert_eq!(class("::ffff:127.0.0.1"), AddressClass::Loopback);
        assert_eq!(class("2001:db8::1"), AddressClass::Documentation);
        assert_eq!(class("2001:4860::1"), AddressClass::Global);
        assert_eq!(class("2002:a05::1"), AddressClass::SixToFour);
        assert_eq!(class("64:ff9b::c000:201"), AddressClass::Nat64);
        assert_eq!(class("fe80::1"), AddressClass::LinkLocal);
        assert!(!class("203.0.113.9").is_internal());
    }

    #[test]
    fn forms() {
        let read = |text| read_ip(text).map(|(ip, port)| (ip.to_string(), port));
        assert_eq!(read("192.0.2.1:25"), Some(("192.0.2.1".into(), Some(25))));
        assert_eq!(read("192.0.2.1.13219"), Some(("192.0.2.1".into(), Some(13219))));
        assert_eq!(read("IPv6:2001:db8::1"), Some(("2001:db8::1".into(), None)));
        assert_eq!(read("fe80::1%6"), Some(("fe80::1".into(), None)));
        assert_eq!(read("::ffff:192.0.2.7"), Some(("192.0.2.7".into(), None)));
        assert_eq!(read("256.0.2.1"), None);
        assert_eq!(read("mx.example"), None);
    }
}
