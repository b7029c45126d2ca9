//! What both benchmarks use: the yardstick, and the message.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};

/// A parsed public key, and its signature of 400 bytes `0x5a`.
pub(crate) fn rsa_2048() -> (ParsedPublicKey, Vec<u8>) {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &[0x5a; 400], &mut signature)
        .expect("a signature");
    let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref()).expect("a public key");
    (public, signature)
}

/// The value in the middle; it sorts them.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A message of about 5 KB once it is signed.
pub(crate) fn message(number: usize, domain: &str) -> String {
    let mut text = format!(
        "From: Service <service@{domain}>\r\nTo: Kim <kim@corp.example>\r\nSubject: Your statement {number}\r\n\
         Date: Sun, 01 Nov 2026 11:00:00 +0000\r\nMessage-ID: <{number}@{domain}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n"
    );
    let mut line = 0;
    while text.len() < 4_400 {
        line += 1;
        text += &format!("Line {line} of the statement that you asked for, with some words to fill it up.\r\n");
    }
    text
}
