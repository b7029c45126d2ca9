//! DKIM signatures (RFC 6376) and ARC sets (RFC 8617), relaxed/relaxed, with a given time: the signer of mail-auth takes
//! the system's clock, and these files must come out the same on every day.

use std::path::Path;

use aws_lc_rs::{
    digest, rand,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rsa::pkcs8::DecodePrivateKey;

/// A test key.
pub(crate) struct Key {
    pair: Pair,
    /// The key record that publishes it.
    pub(crate) record: String,
}

enum Pair {
    Rsa(RsaKeyPair),
    /// A key that aws-lc-rs takes for too short.
    Short(Box<rsa::PrivateKey>),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// Reads `testdata/keys/NAME.pem` and `.pub`.
    pub(crate) fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/keys");
        let der = |suffix: &str| {
            let text = std::fs::read_to_string(folder.join(format!("{name}.{suffix}"))).expect("a key of the tests");
            let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
            STANDARD.decode(base64).expect("base64")
        };
        let (private, public) = (der("pem"), der("pub"));
        if name == "rsa-short" {
            Self {
                pair: Pair::Short(Box::new(
                    rsa::PrivateKey::from_pkcs8_der(&private).expect("a short RSA key"),
                )),
                record: format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public)),
            }
        } else if name.starts_with("rsa") {
            Self {
                pair: Pair::Rsa(RsaKeyPair::from_pkcs8(&private).expect("an RSA key")),
                record: format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public)),
            }
        } else {
            // The key proper is the last 32 bytes of the SubjectPublicKeyInfo (RFC 8410 4).
            let raw = &public[public.len() - 32..];
            Self {
                pair: Pair::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(&private).expect("an Ed25519 key")),
                record: format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(raw)),
            }
        }
    }

    fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) | Pair::Short(_) => "rsa-sha256",
            Pair::Ed25519(_) => "ed25519-sha256",
        }
    }

    fn sign(&self, data: &[u8]) -> String {
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &rand::SystemRandom::new(), data, &mut signature)
                    .expect("a signature");
                signature
            }
            Pair::Short(key) => key
                .sign(
                    rsa::Pkcs1v15Sign::new::<rsa::sha2::Sha256>(),
                    digest::digest(&digest::SHA256, data).as_ref(),
                )
                .expect("a signature"),
            // RFC 8463 3: the hash is what is signed.
            Pair::Ed25519(pair) => pair
                .sign(digest::digest(&digest::SHA256, data).as_ref())
                .as_ref()
                .to_vec(),
        };
        let text = STANDARD.encode(signature);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(72)
            .filter_map(|line| std::str::from_utf8(line).ok())
            .collect();
        lines.join("\r\n\t ")
    }
}

/// Who signs, and when.
pub(crate) struct Signer<'k> {
    pub(crate) key: &'k Key,
    pub(crate) domain: &'k str,
    pub(crate) selector: &'k str,
    /// t=, seconds since 1970.
    pub(crate) at: i64,
    /// x=, seconds after `at`.
    pub(crate) lifetime: Option<i64>,
    /// Further tags as they stand behind x=, with a space in front.
    pub(crate) extra: String,
    /// How many bytes of the canonical body are hashed (l=); all where it is not given.
    pub(crate) length: Option<usize>,
    /// What h= names; the usual fields where it is not given.
    pub(crate) names: Option<Vec<&'k str>>,
}

const SIGNED: [&str; 7] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
];

impl Signer<'_> {
    /// The message with a DKIM-Signature on top.
    pub(crate) fn dkim(&self, message: &str) -> String {
        format!(
            "{}{message}",
            self.signature("DKIM-Signature", "v=1; ", &SIGNED, message)
        )
    }

    /// The message with a further ARC set on top, which records `results` (RFC 8617 5.1).
    pub(crate) fn arc(&self, results: &str, message: &str) -> String {
        let (header, _) = message.split_once("\r\n\r\n").expect("a body");
        let below = fields(header);
        let instance = 1 + below.iter().filter(|field| is(field, "ARC-Seal")).count();
        let cv = if instance == 1 { "none" } else { "pass" };
        let results = format!("ARC-Authentication-Results: i={instance}; {results}\r\n");
        let mut names = SIGNED.to_vec();
        names.push("dkim-signature");
        let signature = self.signature("ARC-Message-Signature", &format!("i={instance}; "), &names, message);
        let seal = format!(
            "ARC-Seal: i={instance}; a={}; d={}; s={}; t={}; cv={cv}; b=",
            self.key.algorithm(),
            self.domain,
            self.selector,
            self.at
        );
        // Every set from the first to this one (RFC 8617 5.1.1); the newest stand on top.
        let mut data = String::new();
        for earlier in 1..instance {
            for name in ["ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"] {
                let of_set = |field: &&String| is(field, name) && field.contains(&format!(" i={earlier};"));
                data += &relaxed_field(below.iter().find(of_set).expect("a whole set"));
                data += "\r\n";
            }
        }
        data += &[results.as_str(), &signature, &seal].map(relaxed_field).join("\r\n");
        format!(
            "{seal}{}\r\n{signature}{results}{message}",
            self.key.sign(data.as_bytes())
        )
    }

    fn signature(&self, field: &str, start: &str, names: &[&str], message: &str) -> String {
        let names = self.names.as_deref().unwrap_or(names);
        let (header, body) = message.split_once("\r\n\r\n").expect("a body");
        let body = relaxed_body(body);
        let hashed = &body.as_bytes()[..self.length.unwrap_or(body.len())];
        let fields = fields(header);
        let present: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| fields.iter().any(|f| is(f, name)))
            .collect();
        let expiry = self
            .lifetime
            .map_or(String::new(), |seconds| format!(" x={};", self.at + seconds));
        let unsigned = format!(
            "{field}: {start}a={}; c=relaxed/relaxed; d={}; s={};\r\n\tt={};{expiry}{} h={};\r\n\tbh={}; b=",
            self.key.algorithm(),
            self.domain,
            self.selector,
            self.at,
            self.extra,
            present.join(":"),
            STANDARD.encode(digest::digest(&digest::SHA256, hashed)),
        );
        let mut data = String::new();
        for name in &present {
            let value = fields.iter().rev().find(|f| is(f, name)).expect("a present field");
            data += &relaxed_field(value);
            data += "\r\n";
        }
        data += &relaxed_field(&unsigned);
        format!("{unsigned}{}\r\n", self.key.sign(data.as_bytes()))
    }
}

/// The fields of a header, folds included.
fn fields(header: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for line in header.split("\r\n") {
        match fields.last_mut() {
            Some(field) if line.starts_with([' ', '\t']) => *field += &format!("\r\n{line}"),
            _ => fields.push(line.to_owned()),
        }
    }
    fields
}

fn is(field: &str, name: &str) -> bool {
    field
        .split(':')
        .next()
        .is_some_and(|found| found.eq_ignore_ascii_case(name))
}

/// RFC 6376 3.4.2, without the line end.
fn relaxed_field(field: &str) -> String {
    let (name, value) = field.split_once(':').expect("a field");
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    format!("{}:{}", name.to_ascii_lowercase(), words.join(" "))
}

/// RFC 6376 3.4.4. The messages made here hold no run of blanks inside a line.
fn relaxed_body(body: &str) -> String {
    let lines: Vec<&str> = body
        .split("\r\n")
        .map(|line| line.trim_end_matches([' ', '\t']))
        .collect();
    let text = lines.join("\r\n");
    match text.trim_end_matches("\r\n") {
        "" => String::new(),
        text => format!("{text}\r\n"),
    }
}
