//! Whether a term covers so much that its pass says little about the sender.

use super::macros::{DomainSpec, Letter};
use super::record::{DualCidr, Mechanism};

/// An IPv4 network of this prefix or a shorter one is wide: 65,536 addresses.
const WIDE_V4: u8 = 16;
/// An IPv6 network of this prefix or a shorter one is wide: what a provider gets, not a customer.
const WIDE_V6: u8 = 32;

/// Why a match of the mechanism says little, in words; `None` where it does say something.
pub(super) fn overbroad(mechanism: &Mechanism) -> Option<String> {
    match mechanism {
        Mechanism::All => Some("all: every address on the Internet passes".to_owned()),
        Mechanism::Ip4(_, prefix) if *prefix <= WIDE_V4 => Some(wide(1_u64 << (32 - prefix), *prefix)),
        Mechanism::Ip6(_, prefix) if *prefix <= WIDE_V6 => Some(format!("/{prefix}: a whole provider's IPv6 network")),
        Mechanism::Ip4(..) | Mechanism::Ip6(..) | Mechanism::Include(_) => None,
        Mechanism::A(target, cidr) | Mechanism::Mx(target, cidr) => {
            target.as_ref().and_then(chosen_by_client).or_else(|| wide_dual(*cidr))
        }
        Mechanism::Ptr(_) => {
            // RFC 7208 5.5: "This mechanism SHOULD NOT be published."
            Some("ptr: whoever controls the client's reverse zone and one name below the domain passes".to_owned())
        }
        Mechanism::Exists(target) => chosen_by_client(target).or_else(|| {
            let by_client = target.macros().uses(&[Letter::Ip, Letter::ValidatedName]);
            (!by_client).then(|| "exists without the client's address: every address on the Internet passes".to_owned())
        }),
    }
}

/// A target whose right-hand end is a macro of the client's words lies in a zone that the client chooses.
pub(super) fn chosen_by_client(target: &DomainSpec) -> Option<String> {
    let what = match target.macros().last_letter()? {
        Letter::Helo => "HELO",
        Letter::Sender | Letter::LocalPart => "sender address",
        Letter::ValidatedName => "reverse name",
        _ => return None,
    };
    Some(format!(
        "the client's own {what} says where to look: every client can pass"
    ))
}

fn wide(addresses: u64, prefix: u8) -> String {
    format!("/{prefix}: {addresses} addresses pass")
}

fn wide_dual(cidr: DualCidr) -> Option<String> {
    if cidr.v4 <= WIDE_V4 {
        Some(wide(1_u64 << (32 - cidr.v4), cidr.v4))
    } else if cidr.v6 <= WIDE_V6 {
        Some(format!("//{}: a whole provider's IPv6 network", cidr.v6))
    } else {
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use crate::verify::spf::record::Record;

    fn breadth(term: &str) -> Option<String> {
        let record = Record::parse(format!("v=spf1 {term}").as_bytes()).unwrap();
        overbroad(&record.directives.first().unwrap().mechanism)
    }

    #[test]
    fn which_terms_say_little() {
        for term in [
            "all",
            "ip4:0.0.0.0/0",
            "ip4:192.0.0.0/16",
            "ip6:2001:db8::/32",
            "ip6:::/0",
            "ptr",
            "ptr:example.org",
            "a/8",
            "mx//16",
            "a:%{h}",
            "a:%{p}",
            "exists:x.example.org",
            "exists:%{l}.example.org",
            "exists:%{i}.%{h}",
        ] {
            assert!(breadth(term).is_some(), "{term}");
        }
        for term in [
            "ip4:192.0.2.0/17",
            "ip4:192.0.2.1",
            "ip6:2001:db8::/33",
            "a",
            "mx/24",
            "exists:%{ir}.example.org",
            "exists:%{p}.example.org",
            "a:%{d}",
            "include:example.org",
        ] {
            assert_eq!(breadth(term), None, "{term}");
        }
    }
}
