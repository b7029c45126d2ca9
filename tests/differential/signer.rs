//! A signer that does what it is told, right or wrong: any tags, any key, ARC sets. For messages on which verifiers differ.

use std::path::Path;

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use base64::{Engine, engine::general_purpose::STANDARD};
use rsa::{PrivateKey, pkcs1v15::Pkcs1v15Sign, pkcs8::DecodePrivateKey};

/// A private key of testdata/keys.
pub(crate) struct Key {
    private: PrivateKey,
    /// p= of its record.
    pub(crate) public: String,
}

impl Key {
    pub(crate) fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/keys");
        let read = |suffix: &str| std::fs::read_to_string(folder.join(format!("{name}.{suffix}"))).expect("a key");
        Self {
            private: PrivateKey::from_pkcs8_pem(&read("pem")).expect("an RSA key"),
            public: read("pub").lines().filter(|line| !line.starts_with('-')).collect(),
        }
    }

    pub(crate) fn record(&self) -> String {
        format!("v=DKIM1; k=rsa; p={}", self.public)
    }

    /// RSASSA-PKCS1-v1_5 with the DigestInfo written out, so that SHA-1 and short keys are no matter.
    fn sign(&self, sha1: bool, data: &[u8]) -> String {
        let info: &[u8] = match sha1 {
            true => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            false => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        };
        let encoded = [info, &hash(sha1, data)].concat();
        let signature = self.private.sign(Pkcs1v15Sign::new_unprefixed(), &encoded);
        STANDARD.encode(signature.expect("a signature"))
    }

    /// The message with a signature on top: `tags` in front of bh= and b=, relaxed/relaxed.
    pub(crate) fn dkim(&self, tags: &str, message: &str) -> String {
        format!("{}\r\n{message}", self.signature("DKIM-Signature", tags, message))
    }

    /// A field of a name that signs the message as its tags say.
    fn signature(&self, name: &str, tags: &str, message: &str) -> String {
        let (header, body) = message.split_once("\r\n\r\n").expect("a body");
        let sha1 = tags.contains("rsa-sha1");
        let body_hash = STANDARD.encode(hash(sha1, relaxed_body(body).as_bytes()));
        let unsigned = format!("{name}: {tags} bh={body_hash}; b=");
        let names = tags
            .split(';')
            .find_map(|tag| tag.trim().strip_prefix("h="))
            .unwrap_or_default();
        let mut data = String::new();
        for wanted in names.split(':') {
            let field = header.lines().rfind(|field| {
                field
                    .split(':')
                    .next()
                    .is_some_and(|name| name.trim_end().eq_ignore_ascii_case(wanted))
            });
            if let Some(field) = field {
                data += &format!("{}\r\n", relaxed(field));
            }
        }
        data += &relaxed(&unsigned);
        format!("{unsigned}{}", self.sign(sha1, data.as_bytes()))
    }

    /// The message with one ARC set on top, as the tags of its message signature and seal say (RFC 8617 5.1.1).
    pub(crate) fn arc(&self, signature_tags: &str, seal_tags: &str, message: &str) -> String {
        let results = "ARC-Authentication-Results: i=1; mx.list.example; dkim=none";
        let signature = self.signature("ARC-Message-Signature", signature_tags, message);
        let unsealed = format!("ARC-Seal: {seal_tags} b=");
        let data = [results, &signature, &unsealed].map(relaxed).join("\r\n");
        let seal = format!("{unsealed}{}", self.sign(false, data.as_bytes()));
        format!("{seal}\r\n{signature}\r\n{results}\r\n{message}")
    }
}

fn hash(sha1: bool, data: &[u8]) -> Vec<u8> {
    let algorithm = if sha1 { &SHA1_FOR_LEGACY_USE_ONLY } else { &SHA256 };
    digest::digest(algorithm, data).as_ref().to_vec()
}

/// RFC 6376 3.4.2 for a field on one line.
fn relaxed(field: &str) -> String {
    let (name, value) = field.split_once(':').expect("a field");
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    format!("{}:{}", name.trim_end().to_ascii_lowercase(), words.join(" "))
}

/// RFC 6376 3.4.4 for bodies without runs of white space.
fn relaxed_body(body: &str) -> String {
    let lines: Vec<&str> = body.split("\r\n").map(str::trim_end).collect();
    format!("{}\r\n", lines.join("\r\n").trim_end_matches("\r\n"))
}
