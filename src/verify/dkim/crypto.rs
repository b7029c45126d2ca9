//! Hashes and public keys (RFC 6376 3.3, RFC 8301, RFC 8463).

use std::sync::Arc;

use aws_lc_rs::{
    digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256},
    signature::{
        ED25519, ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RsaPublicKeyComponents, UnparsedPublicKey,
    },
};
use rsa::{BoxedUint, pkcs1, pkcs8, traits::PublicKeyParts};

/// Keys below this size are weak (RFC 8301 3.2), and unknown to aws-lc.
pub(in crate::verify) const MIN_STRONG_BITS: u32 = 1024;
/// Keys above this size are not tried: their cost is an attack (RFC 8301 asks for 4096).
const MAX_BITS: u32 = 8192;

/// What a signature or body is hashed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) enum Hash {
    /// Must not be used (RFC 8301 3.1).
    Sha1,
    Sha256,
}

impl Hash {
    /// The name in h= of a key record.
    pub(in crate::verify) fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The hash of bytes.
    pub(in crate::verify) fn of(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }

    /// A hash that grows.
    pub(in crate::verify) fn context(self) -> digest::Context {
        digest::Context::new(match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
        })
    }

    /// DigestInfo of RFC 8017 9.2, without the hash.
    fn digest_info(self) -> &'static [u8] {
        match self {
            Self::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            Self::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        }
    }
}

/// The kinds of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) enum KeyType {
    Rsa,
    Ed25519,
}

impl KeyType {
    /// The name in k= of a key record and in a= of a signature.
    pub(in crate::verify) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }

    /// Reads a name; ABNF literals have no case.
    pub(in crate::verify) fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "rsa" => Some(Self::Rsa),
            "ed25519" => Some(Self::Ed25519),
            _ => None,
        }
    }
}

/// A public key.
#[derive(Clone, Debug)]
pub(in crate::verify) enum PublicKey {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
        /// The same as aws-lc holds it for rsa-sha256, which is dear to make; `None` where it refuses the key.
        ready: Option<Arc<ParsedPublicKey>>,
    },
    /// The 32 octets of RFC 8032.
    Ed25519(Vec<u8>),
}

impl PublicKey {
    /// Reads p= of a key record.
    pub(in crate::verify) fn parse(key_type: KeyType, bytes: &[u8]) -> Option<Self> {
        match key_type {
            KeyType::Rsa => Self::parse_rsa(bytes),
            // RFC 8463 4.2: the bare key.
            KeyType::Ed25519 => (bytes.len() == 32).then(|| Self::Ed25519(bytes.to_vec())),
        }
    }

    /// RFC 6376 3.6.1 names RSAPublicKey, erratum 3017 and practice SubjectPublicKeyInfo: both are in use.
    fn parse_rsa(bytes: &[u8]) -> Option<Self> {
        use pkcs8::der::{Decode, oid::ObjectIdentifier};
        const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
        let wrapped = pkcs8::SubjectPublicKeyInfoRef::from_der(bytes).ok();
        let inner = match &wrapped {
            Some(info) if info.algorithm.oid == RSA_ENCRYPTION => info.subject_public_key.as_bytes()?,
            Some(_) => return None,
            None => bytes,
        };
        let key = pkcs1::RsaPublicKeyRef::from_der(inner).ok()?;
        Some(Self::rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes()))
    }

    /// An RSA key of its numbers, big-endian without leading zeros.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Self {
        let tried = (MIN_STRONG_BITS..=MAX_BITS).contains(&bits(n));
        Self::Rsa {
            n: n.to_vec(),
            e: e.to_vec(),
            ready: tried.then(|| parsed(n, e)).flatten().map(Arc::new),
        }
    }

    /// Which kind it is.
    pub(in crate::verify) fn key_type(&self) -> KeyType {
        match self {
            Self::Rsa { .. } => KeyType::Rsa,
            Self::Ed25519(_) => KeyType::Ed25519,
        }
    }

    /// Size in bits: of the modulus; 256 for Ed25519.
    pub(in crate::verify) fn bits(&self) -> u32 {
        match self {
            Self::Rsa { n, .. } => bits(n),
            Self::Ed25519(_) => 256,
        }
    }

    /// Whether `signature` is one of `signed` by this key; `None` where the key is too large to try.
    pub(in crate::verify) fn verifies(&self, hash: Hash, signed: &[u8], signature: &[u8]) -> Option<bool> {
        match self {
            Self::Rsa { .. } if self.bits() > MAX_BITS => None,
            Self::Rsa { n, e, .. } if self.bits() < MIN_STRONG_BITS => {
                Some(verifies_weak(n, e, hash, signed, signature))
            }
            Self::Rsa { n, e, ready } => Some(match (hash, ready) {
                (Hash::Sha256, Some(ready)) => ready.verify_sig(signed, signature).is_ok(),
                (Hash::Sha256, None) => false,
                (Hash::Sha1, _) => RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, signed, signature)
                    .is_ok(),
            }),
            // RFC 8463 3: Ed25519 signs the SHA-256 of the data.
            Self::Ed25519(key) => {
                let digest = hash.of(signed);
                Some(UnparsedPublicKey::new(&ED25519, key).verify(&digest, signature).is_ok())
            }
        }
    }
}

impl PublicKey {
    /// The hash that an RSA signature was made over; `None` where it was not made with this key, or for other kinds of key.
    pub(in crate::verify) fn recover(&self, hash: Hash, signature: &[u8]) -> Option<Vec<u8>> {
        let Self::Rsa { n, e, .. } = self else { return None };
        if self.bits() > MAX_BITS || signature.len() > n.len() {
            return None;
        }
        let size = hash.of(b"").len();
        let opened = rsa_open(n, e, signature)?;
        let opened = opened.as_slice();
        let (before, digest) = opened.split_at_checked(opened.len().checked_sub(size)?)?;
        (before == padding(n.len(), hash, size)?).then(|| digest.to_vec())
    }

    /// Whether an Ed25519 signature is one of this digest (RFC 8463 3); RSA keys give back what they signed instead.
    pub(in crate::verify) fn verifies_digest(&self, digest: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(digest, signature).is_ok(),
            Self::Rsa { .. } => false,
        }
    }
}

/// A key as aws-lc holds it. It is written anew, so that no second reader of DER has a say in what the record means.
fn parsed(n: &[u8], e: &[u8]) -> Option<ParsedPublicKey> {
    use pkcs8::der::{Encode, asn1::UintRef};
    let key = pkcs1::RsaPublicKeyRef {
        modulus: UintRef::new(n).ok()?,
        public_exponent: UintRef::new(e).ok()?,
    };
    ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key.to_der().ok()?).ok()
}

/// The size of a big-endian number.
fn bits(number: &[u8]) -> u32 {
    let bits = number.len() * 8 - number.first().map_or(0, |top| top.leading_zeros() as usize);
    u32::try_from(bits).unwrap_or(u32::MAX)
}

/// What stands before the hash in an encoded message of RFC 8017 9.2: 00 01 FF.. 00 DigestInfo, with at least eight FF.
fn padding(length: usize, hash: Hash, hash_size: usize) -> Option<Vec<u8>> {
    let info = hash.digest_info();
    let filling = length
        .checked_sub(info.len() + hash_size + 3)
        .filter(|filling| *filling >= 8)?;
    Some([&[0, 1], vec![0xff; filling].as_slice(), &[0], info].concat())
}

/// RSASSA-PKCS1-v1_5 (RFC 8017 8.2.2) for keys that aws-lc refuses: the encoded message is built and compared, never parsed.
fn verifies_weak(n: &[u8], e: &[u8], hash: Hash, signed: &[u8], signature: &[u8]) -> bool {
    let digest = hash.of(signed);
    let Some(padding) = padding(n.len(), hash, digest.len()) else {
        return false;
    };
    rsa_open(n, e, signature).is_some_and(|opened| opened == [padding, digest].concat())
}

/// RSAVP1 (RFC 8017 5.2.2): what a signature holds, as long as the modulus.
fn rsa_open(n: &[u8], e: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let number = BoxedUint::from_be_slice_vartime;
    let key = rsa::PublicKey::new_with_size_limits(number(n), number(e), 0..=MAX_BITS as usize).ok()?;
    let signature_number = number(signature);
    if signature.len() != n.len() || signature_number >= number(n) {
        return None;
    }
    // All of it is public, so square-and-multiply need not hide anything; the crate has bounded e to 33 bits.
    let mut power = signature_number.clone();
    let exponent = e.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    for bit in (0..exponent.checked_ilog2().unwrap_or(0)).rev() {
        power = power.square_mod_vartime(key.n());
        if exponent >> bit & 1 == 1 {
            power = power.mul_mod(&signature_number, key.n());
        }
    }
    let opened = power.to_be_bytes();
    // The number's size is a multiple of its limbs, the modulus need not be.
    opened.get(opened.len().checked_sub(n.len())?..).map(<[u8]>::to_vec)
}
