//! What each check costs beside the arithmetic that no verifier can save: `cargo bench --bench checks`.
//!
//! The yardstick is one RSA-2048 verification (aws-lc, the key parsed once) and SHA-256 over the message. All are timed in
//! turn, many rounds of them, and the medians are compared: a machine that slows down slows them all. The message has 5 KB
//! and one RSA-2048 signature; records and keys stand in a snapshot.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    dead_code,
    reason = "a benchmark prints what it measured, and uses a part of the tests' signer"
)]

#[path = "parts.rs"]
mod parts;
#[path = "../make_testdata/sign.rs"]
mod sign;

use std::{hint::black_box, time::Instant};

use aws_lc_rs::digest::{SHA256, digest};
use sign::{Key, Signer};
use spoofcheck::{
    dns::{Absent, Data, Lookups, Question, RecordType, Snapshot, StoredAnswer},
    message::Message,
    recorded,
    time::Timestamp,
    verify::{
        Clock, arc, dkim,
        dmarc::{self, PassedDomain},
        spf::{self, SpfRequest},
    },
};

const ROUNDS: usize = 301;
/// Runs of one thing in a round: enough to be longer than the clock's grain.
const RUNS: u32 = 20;
const NOW: Timestamp = Timestamp(1_793_491_200);

fn main() {
    let key = Key::read("rsa-author");
    let signer = Signer {
        key: &key,
        domain: "bank.example",
        selector: "s1",
        at: NOW.0 - 60,
        lifetime: None,
        extra: String::new(),
        length: None,
        names: None,
    };
    let plain = parts::message(1, "bank.example");
    let signed = signer.dkim(&plain);
    let sealed = signer.arc(
        "mx.corp.example; dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example",
        &signed,
    );
    let snapshot = snapshot(&key.record);
    let clock = Clock {
        delivered_at: Some(NOW),
        as_of: NOW,
    };
    let read = Message::read(signed.as_bytes());
    let chain = Message::read(sealed.as_bytes());
    let chain_recorded = recorded::read(&chain);
    assert!(dkim::verify_all(&read, clock, &Lookups::new(&snapshot, None), None)[0].passes());
    let arc = arc::verify(&chain, &chain_recorded, clock, &Lookups::new(&snapshot, None), None);
    assert_eq!(arc.result, Ok(arc::ArcResult::Pass), "{:?}", arc.cause);

    let (rsa, rsa_signature) = parts::rsa_2048();
    let request = SpfRequest {
        ip: "192.0.2.25".parse().expect("an address"),
        helo: "mail.bank.example".to_owned(),
        sender: "service@bank.example".to_owned(),
        domain: "bank.example".to_owned(),
        receiver: "mx.corp.example".to_owned(),
        time: NOW.0,
    };
    let passed = [PassedDomain {
        domain: "bank.example".to_owned(),
        mechanism: "dkim",
    }];
    let lookups = || Lookups::new(&snapshot, Some(NOW));
    let mut things = vec![
        thing("RSA-2048 verification, parsed key", || {
            black_box(rsa.verify_sig(&[0x5a; 400], &rsa_signature).is_ok());
        }),
        thing("SHA-256 of the message", || {
            black_box(digest(&SHA256, signed.as_bytes()));
        }),
        thing("reading the message", || {
            black_box(Message::read(signed.as_bytes()).fields.len());
        }),
        thing("DKIM, one signature", || {
            black_box(dkim::verify_all(&read, clock, &lookups(), None).len());
        }),
        thing("ARC, one set", || {
            black_box(arc::verify(&chain, &chain_recorded, clock, &lookups(), None).sets.len());
        }),
        thing("SPF, include and ip4", || {
            black_box(spf::check_host(&request, &lookups()).lookups);
        }),
        thing("DMARC, walk of two names", || {
            black_box(dmarc::evaluate("bank.example", &passed, &lookups()).tree_walk.len());
        }),
    ];
    for round in 0..ROUNDS {
        for thing in &mut things {
            let started = Instant::now();
            for _ in 0..RUNS {
                (thing.run)();
            }
            let took = started.elapsed().as_secs_f64() * 1e6;
            // The first rounds fill caches.
            if round > ROUNDS / 10 {
                thing.times.push(took / f64::from(RUNS));
            }
        }
    }
    let medians: Vec<f64> = things.iter_mut().map(|thing| parts::median(&mut thing.times)).collect();
    let (rsa, floor) = (medians[0], medians[0] + medians[1]);
    println!("{:36} {:>9} {:>9} {:>14}", "", "µs", "× RSA", "× (RSA + SHA)");
    for (Thing { name, .. }, median) in things.iter().zip(&medians) {
        println!("{name:36} {median:9.2} {:9.2} {:14.2}", median / rsa, median / floor);
    }
}

/// What is timed.
struct Thing<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
    /// Of one run each, in microseconds.
    times: Vec<f64>,
}

fn thing<'a>(name: &'static str, run: impl FnMut() + 'a) -> Thing<'a> {
    Thing {
        name,
        run: Box::new(run),
        times: Vec::new(),
    }
}

fn snapshot(key: &str) -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.absent = Absent::NxDomain;
    for (name, text) in [
        ("s1._domainkey.bank.example", key),
        ("bank.example", "v=spf1 include:_spf.bank.example -all"),
        ("_spf.bank.example", "v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 ~all"),
        ("_dmarc.bank.example", "v=DMARC1; p=reject; rua=mailto:d@bank.example"),
    ] {
        snapshot.insert(StoredAnswer {
            question: Question::new(name, RecordType::Txt),
            rcode: "NOERROR".to_owned(),
            data: [Data::Text(text.to_owned())].into(),
            ttl: None,
            asked_at: None,
            valid_from: None,
            valid_to: None,
        });
    }
    snapshot
}
