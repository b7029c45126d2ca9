//! Keys whose private half is printed in a standard: whoever copies one into DNS lets everybody sign.
//!
//! Found by the SHA-256 of the key itself: of the RSA modulus, big-endian without leading zeros, or of the 32 octets of an
//! Ed25519 key. So it makes no difference how p= wraps the key. A further key is a further row.

use super::crypto::{Hash, PublicKey};

/// Fingerprint and where the private key is printed.
const PUBLISHED: &[(&str, &str)] = &[
    (
        "1be2c2e898b8cb93583845439eb7b8df9d47527f9b77751cfcd96d91851f4efd",
        "RFC 6376 C",
    ),
    (
        "faa7f1558c0345a1166a022f3c50feabe8105966d5d8010d3c8d29a462986a42",
        "RFC 8463 A.2",
    ),
    (
        "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9",
        "RFC 8463 A.2 and RFC 8032 7.1",
    ),
    (
        "39f713d0a644253f04529421b9f51b9b08979d08295959c4f3990ee617f5139f",
        "RFC 8032 7.1",
    ),
    (
        "dac073e0123bdea59dd9b3bda9cf6037f63aca82627d7abcd5c4ac29dd74003e",
        "RFC 8032 7.1",
    ),
    (
        "91384c411e5af29648f17f922b402655b11ecaec1b33fc45796241963f95f202",
        "RFC 8032 7.1",
    ),
    (
        "5f9b247e2a654719f198e4f241d6b0df9a1a937a13ef5ef899f64d9285fce224",
        "RFC 8032 7.1",
    ),
    (
        "c07ba992eeb1a8b7e3a1d2e894d3e1896cd3aefe428804a70ce9fcf92bd6ea4b",
        "RFC 8032 7.2",
    ),
    (
        "8c3c1745342e2b8bd3c045292149acaccf55ebf3374d0c63d454f42e79d0b05a",
        "RFC 8032 7.2",
    ),
    (
        "e744c0791320c3285460eddb523f14c88d857ada46b97a5690d88cf978b9191f",
        "RFC 8410 10.3",
    ),
    (
        "33d5b04ff73a985edb0f91900a927b90d7e22764ef4977dc42c1531799460fc5",
        "RFC 9500 2.1",
    ),
    (
        "d5246bc377541fb76508de53d527eb973a81b755144ab531a6a0b7b4af0e7088",
        "RFC 9500 2.1",
    ),
    (
        "718d4d86179831caf9ff705a08a587e33797bd534b8cbb112c641b1a9964a052",
        "RFC 9500 2.1",
    ),
];

/// Where the private half of a key is printed, if it is one of them.
pub(super) fn printed_in(key: &PublicKey) -> Option<&'static str> {
    let bytes = match key {
        PublicKey::Rsa { n, .. } => n,
        PublicKey::Ed25519(key) => key,
    };
    let fingerprint = hex::encode(Hash::Sha256.of(bytes));
    let row = PUBLISHED.iter().find(|(known, _)| *known == fingerprint)?;
    Some(row.1)
}
