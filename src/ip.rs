//! Addresses of hosts as text.

use std::net::IpAddr;

/// An address as [`IpAddr`] displays it. A report names one some fifteen times, and the standard library's way to write one,
/// which pads and aligns, takes as long as three terms of SPF.
pub(crate) fn text(ip: IpAddr) -> String {
    let mut text = String::with_capacity("255.255.255.255".len());
    push(ip, &mut text);
    text
}

/// Appends the text of an address.
pub(crate) fn push(ip: IpAddr, text: &mut String) {
    let IpAddr::V4(v4) = ip else {
        text.push_str(&ip.to_string());
        return;
    };
    let [first, rest @ ..] = v4.octets();
    let mut digits = itoa::Buffer::new();
    text.push_str(digits.format(first));
    for octet in rest {
        text.push('.');
        text.push_str(digits.format(octet));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_the_text_of_the_standard_library(ip in any::<IpAddr>()) {
            prop_assert_eq!(text(ip), ip.to_string());
        }
    }
}
