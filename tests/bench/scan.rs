//! What a message costs beside the one thing that cannot be saved: `cargo bench`.
//!
//! Compare the lines of one run with each other; absolute times are the machine's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

use std::path::PathBuf;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use divan::Bencher;
use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    report::json,
    source::{self, Stored},
    time::Timestamp,
};

fn main() {
    divan::main();
}

fn testdata(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn settings() -> Settings {
    Settings {
        second_opinion: false,
        ..Settings::new(Timestamp(1_793_491_200))
    }
}

fn scan(bencher: Bencher<'_, '_>, file: &str, brief: bool) {
    let snapshot = Snapshot::read(testdata("dns.jsonl")).expect("the snapshot");
    let stored: Stored = source::open_eml(&testdata(file)).expect("the message");
    let settings = settings();
    bencher.bench(|| json::to_string(&examiner::examine(&stored, &settings, &snapshot), brief, false).len());
}

/// The yardstick: one RSA-2048 verification, the key parsed anew by the library.
#[divan::bench]
fn rsa_2048_verification(bencher: Bencher<'_, '_>) {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let message = [0x5a_u8; 400];
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature)
        .expect("a signature");
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref().to_vec());
    bencher.bench(|| public.verify(&message, &signature));
}

/// A genuine message with an RSA and an Ed25519 signature, whole report.
#[divan::bench]
fn scan_signed_message(bencher: Bencher<'_, '_>) {
    scan(bencher, "genuine-direct.eml", false);
}

/// The same with the brief report.
#[divan::bench]
fn scan_signed_message_brief(bencher: Bencher<'_, '_>) {
    scan(bencher, "genuine-direct.eml", true);
}

/// An unsigned, forged message.
#[divan::bench]
fn scan_unsigned_message(bencher: Bencher<'_, '_>) {
    scan(bencher, "spoof-reject.eml", false);
}
