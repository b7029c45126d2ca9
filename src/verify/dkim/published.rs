//! A key record on its own, without a signature that asks for it: what its owner has published.

use super::{KeyFacts, key::Key};

/// A key record that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// Size, kind and flags.
    pub facts: KeyFacts,
    /// Why p= is no key.
    pub problem: Option<String>,
    /// Remarks on the record.
    pub defects: Vec<&'static str>,
}

/// Reads the TXT record of a selector (RFC 6376 3.6.1); the error says in words why it is no key record.
pub fn read_key(record: &[u8]) -> Result<PublishedKey, String> {
    let key = Key::read(record)?;
    Ok(PublishedKey {
        facts: key.facts,
        problem: key.problem,
        defects: key.defects,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_signature() {
        let ed25519 = read_key(format!("v=DKIM1; k=ed25519; p={}=", "A".repeat(43)).as_bytes()).unwrap();
        assert_eq!(ed25519.facts.bits, Some(256));
        assert_eq!(ed25519.facts.weaknesses, [], "256 bits are many for Ed25519");
        assert!(read_key(b"v=DKIM1; p=").unwrap().facts.revoked);
        assert!(read_key(b"v=spf1 -all").is_err());
    }
}
