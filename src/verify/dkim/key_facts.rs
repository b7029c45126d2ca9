//! What a published key is, and why others than its owner may hold the private half.

use super::{
    crypto::{MIN_STRONG_BITS, PublicKey},
    published_keys,
};

/// Keys of this size and more are what RFC 8301 3.2 asks signers for.
const RECOMMENDED_BITS: u32 = 2048;
/// Factors of a modulus are looked for below this. Of random numbers, which is what a damaged modulus is, nine in ten have one.
const SMALL_FACTORS_BELOW: u32 = 2048;
/// The fingerprint of CVE-2017-15361 looks at the odd primes up to this one.
const ROCA_LAST_PRIME: u32 = 167;
/// An exponent of more bits is refused by the verifiers in use: it only serves to make verifying slow.
const MAX_EXPONENT_BITS: usize = 33;

/// Facts of a published key (RFC 6376 3.6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFacts {
    /// Size in bits (RSA modulus; 256 for Ed25519); `None` when the key cannot be read.
    pub bits: Option<u32>,
    /// `rsa` or `ed25519`, as k= says.
    pub algorithm: String,
    /// The record as published.
    pub record: String,
    /// RSA public exponent in decimal; `None` for another kind of key, or for one of more than 64 bits.
    pub exponent: Option<u64>,
    /// t=y.
    pub testing: bool,
    /// t=s: i= must be exactly d=.
    pub strict: bool,
    /// h=: names of the hashes allowed; `None` allows all.
    pub hashes: Option<Vec<String>>,
    /// s=: services; `None` allows all.
    pub services: Option<Vec<String>>,
    /// g=, which RFC 6376 dropped.
    pub granularity: Option<String>,
    /// n=: what the owner notes for people.
    pub notes: Option<String>,
    /// TXT records at the key's name; more than one is against RFC 6376 3.6.2.2.
    pub records: usize,
    /// p= is empty.
    pub revoked: bool,
    /// The answer was recorded more than 180 days after delivery.
    pub stale: bool,
    /// Why others than the owner may sign with it.
    pub weaknesses: Vec<KeyWeakness>,
    /// What else the reader should know, in words.
    pub remarks: Vec<&'static str>,
}

/// Why others than the owner of a key may be able to sign with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyWeakness {
    /// An RSA modulus of fewer than 1024 bits, which can be factored (RFC 8301 3.2).
    Short(u32),
    /// An exponent that RSA does not work with, in words.
    Exponent(&'static str),
    /// The modulus is divisible by a small number: it is no product of two large primes.
    SmallFactor(u32),
    /// The modulus has the fingerprint of CVE-2017-15361 (ROCA). By chance one key in 240 million has it too.
    Roca,
    /// The private key is printed in this standard.
    Published(&'static str),
}

impl KeyWeakness {
    /// A stable word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Short(_) => "short",
            Self::Exponent(_) => "exponent",
            Self::SmallFactor(_) => "small-factor",
            Self::Roca => "roca",
            Self::Published(_) => "published",
        }
    }

    /// What it is, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Short(bits) => format!("a key of {bits} bits"),
            Self::Exponent(words) => (*words).to_owned(),
            Self::SmallFactor(factor) => format!("a modulus that {factor} divides"),
            Self::Roca => "a key that can be factored (CVE-2017-15361)".to_owned(),
            Self::Published(source) => format!("a key whose private half is printed in {source}"),
        }
    }

    /// Anyone can sign with the key at no cost worth the name.
    pub fn is_open_to_all(&self) -> bool {
        !matches!(self, Self::Roca)
    }
}

impl KeyFacts {
    /// Notes what is to be seen of a key that could be read.
    pub(super) fn judge(&mut self, key: &PublicKey) {
        self.bits = Some(key.bits());
        self.weaknesses
            .extend(published_keys::printed_in(key).map(KeyWeakness::Published));
        let PublicKey::Rsa { n, e, .. } = key else { return };
        self.exponent = number(e);
        self.weaknesses.extend(exponent_fault(e).map(KeyWeakness::Exponent));
        if key.bits() < MIN_STRONG_BITS {
            self.weaknesses.push(KeyWeakness::Short(key.bits()));
        } else if key.bits() < RECOMMENDED_BITS {
            self.remarks.push("fewer bits than the 2048 that RFC 8301 asks for");
        }
        match small_factor(n) {
            Some(factor) => self.weaknesses.push(KeyWeakness::SmallFactor(factor)),
            None if has_roca_fingerprint(n) => self.weaknesses.push(KeyWeakness::Roca),
            None => {}
        }
        if self.exponent == Some(3) {
            // Bleichenbacher, 2006: not our verifier, which compares the whole encoded message.
            self.remarks
                .push("exponent 3: verifiers that read the padding carelessly accept forged signatures");
        }
    }

    /// Why the key can verify nothing; `None` for a usable one.
    pub(super) fn unusable(&self) -> Option<String> {
        self.weaknesses.iter().find_map(|weakness| match weakness {
            KeyWeakness::Exponent(words) => Some((*words).to_owned()),
            KeyWeakness::SmallFactor(2) => Some("the key's modulus is even".to_owned()),
            _ => None,
        })
    }
}

/// A big-endian number, where it fits.
fn number(bytes: &[u8]) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn exponent_fault(e: &[u8]) -> Option<&'static str> {
    let bits = e.len() * 8 - e.first().map_or(0, |top| top.leading_zeros() as usize);
    match number(e) {
        // A signature is then its own encoded message.
        Some(1) => Some("the key's exponent is 1: a signature can be made without the private key"),
        Some(0) => Some("the key's exponent is 0"),
        _ if e.last().is_some_and(|last| last % 2 == 0) => Some("the key's exponent is even"),
        _ if bits > MAX_EXPONENT_BITS => Some("the key's exponent is too large to be tried"),
        _ => None,
    }
}

/// The smallest prime that divides a big-endian number, as far as small ones are tried.
fn small_factor(n: &[u8]) -> Option<u32> {
    primes(SMALL_FACTORS_BELOW).find(|prime| remainder(n, *prime) == 0)
}

/// Nemec and others, "The Return of Coppersmith's Attack", 2017, section 3: every prime of the flawed library is a power
/// of 65537 modulo each small prime, and so is their product.
fn has_roca_fingerprint(n: &[u8]) -> bool {
    primes(ROCA_LAST_PRIME + 1).skip(1).all(|prime| {
        let wanted = remainder(n, prime);
        let mut power = 1;
        // The powers come round to 1 after at most prime - 1 steps.
        (1..prime).any(|_| {
            let found = power == wanted;
            power = power * (65_537 % prime) % prime;
            found
        })
    })
}

/// The primes below a bound, in order.
fn primes(below: u32) -> impl Iterator<Item = u32> {
    let divides = |candidate: u32, divisor: u32| candidate.is_multiple_of(divisor);
    (2..below).filter(move |candidate| {
        !(2..)
            .take_while(|d| d * d <= *candidate)
            .any(|d| divides(*candidate, d))
    })
}

/// A big-endian number modulo a small one.
fn remainder(n: &[u8], modulus: u32) -> u32 {
    let modulus = u64::from(modulus);
    // Four octets at a time; a shorter piece can only be the first.
    let (head, rest) = n.split_at(n.len() % 4);
    let head = head.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)) % modulus;
    let left = rest.chunks_exact(4).fold(head, |left, piece| {
        let piece = piece.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        (left << 32 | piece) % modulus
    });
    u32::try_from(left).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    fn rsa(n: &[u8], e: &[u8]) -> KeyFacts {
        let mut facts = KeyFacts::default();
        facts.judge(&PublicKey::rsa(n, e));
        facts
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn remainders_of_any_length() {
        for length in 1..12_usize {
            let bytes: Vec<u8> = (1..=length as u8).collect();
            let slow = bytes
                .iter()
                .fold(0u32, |value, byte| (value * 256 + u32::from(*byte)) % 65_521);
            assert_eq!(remainder(&bytes, 65_521), slow, "{length}");
        }
        assert_eq!(primes(30).collect::<Vec<_>>(), [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
    }

    #[test]
    fn exponents() {
        for (e, fault) in [
            (&[1][..], Some("without the private key")),
            (&[0], Some("is 0")),
            (&[2], Some("even")),
            (&[1, 0, 0], Some("even")),
            (&[2, 0, 0, 0, 1], Some("too large")),
            (&[1; 40], Some("too large")),
            (&[1, 0, 1], None),
            (&[3], None),
        ] {
            let found = exponent_fault(e);
            assert_eq!(found.is_some(), fault.is_some(), "{e:?}: {found:?}");
            assert!(
                found.unwrap_or_default().contains(fault.unwrap_or_default()),
                "{e:?}: {found:?}"
            );
        }
        assert_eq!(rsa(&hex(MODULUS), &[1, 0, 1]).exponent, Some(65_537));
        assert!(
            rsa(&hex(MODULUS), &[3])
                .remarks
                .iter()
                .any(|remark| remark.contains("padding"))
        );
        assert!(rsa(&hex(MODULUS), &[1]).unusable().is_some());
    }

    #[test]
    fn moduli() {
        assert_eq!(rsa(&hex(MODULUS), &[1, 0, 1]).weaknesses, []);
        let mut divisible = hex(MODULUS);
        *divisible.last_mut().unwrap() -= 1;
        assert_eq!(rsa(&divisible, &[1, 0, 1]).weaknesses, [KeyWeakness::SmallFactor(2)]);
        assert!(rsa(&divisible, &[1, 0, 1]).unusable().is_some());
        let short = rsa(&hex(ROCA), &[1, 0, 1]);
        assert_eq!(short.weaknesses, [KeyWeakness::Short(512), KeyWeakness::Roca]);
        assert!(KeyWeakness::Short(512).is_open_to_all() && !KeyWeakness::Roca.is_open_to_all());
    }

    #[test]
    fn keys_of_standards() {
        let ed25519 = |base64: &str| {
            use base64::Engine as _;
            let bytes = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
            let mut facts = KeyFacts::default();
            facts.judge(&PublicKey::Ed25519(bytes));
            facts.weaknesses
        };
        let found = ed25519("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        assert_eq!(found, [KeyWeakness::Published("RFC 8463 A.2 and RFC 8032 7.1")]);
        assert_eq!(ed25519("21qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), []);
    }

    /// A modulus of 1024 bits, made for this test.
    const MODULUS: &str = "9a1a6c2112d083bbe7a5e30ba3b6a9437cb810151a22bf41b249e36a1842deeb4af2fe5edb5736a1494e2f741faf46d1d049\
        15f02086a448409072a87b9f9718dbc558eb9a9b21f7cccd57cb106a556d9e2125439596aec0c17083b9d0808b6290633068\
        e2a10b3cd55a465a0eb0a89ee43db671f9c6e3b21544ac41f7ea88f7";
    /// A modulus of two primes of the flawed form k * M + (65537 ^ a mod M), made for this test.
    const ROCA: &str = "9de7bea87f1ccabde4e081f7fd7ac5914906bef84842077480364e3aa19ee49472f97c62b1175bc6a382c4bb9b9bc0b8d95b\
        46617710da5c6236ab52270e1253";
}
