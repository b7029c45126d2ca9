//! The border on real and on made mail: phishing that reached Outlook.com mailboxes, list mail, the labelled cases.
//! `cargo test --test borders -- --nocapture` prints the figures. Data: ../shared/conformance.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test reports by panicking and prints its figures"
)]

mod common;

use std::{
    collections::BTreeMap,
    net::IpAddr,
    path::{Path, PathBuf},
};

use common::{shared, unpacked};
use serde_json::Value;
use spoofcheck::{
    known::Known,
    message::Message,
    recorded,
    trace::{AddressClass, Confidence, Trace, Zone, trace},
};

/// The trace as the examiner reads it: with the anchors that the recorded results give.
fn read(bytes: &[u8]) -> Trace {
    let message = Message::read(bytes);
    let anchors = recorded::anchors(&message, &recorded::read(&message));
    trace(&message, &anchors, &Known::default())
}

fn client(trace: &Trace) -> Option<IpAddr> {
    trace.border_hop().and_then(|hop| hop.from.ip)
}

/// The message without the fields whose name the test picks.
fn without(bytes: &[u8], picks: impl Fn(&str) -> bool) -> Vec<u8> {
    let message = Message::read(bytes);
    let mut kept = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for field in message.fields.iter().filter(|field| picks(&field.name())) {
        kept.extend_from_slice(&bytes[at..field.span.start]);
        at = field.span.end;
        // The line end may stand outside the span.
        while bytes.get(at).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) && bytes.get(at - 1) != Some(&b'\n') {
            at += 1;
        }
    }
    kept.extend_from_slice(&bytes[at..]);
    kept
}

/// The files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

/// `envelope.client_ip` of the labels is the peer of the border; a null envelope means that there is none.
#[test]
fn spoofcases() {
    let Some(folder) = shared("spoofcases") else { return };
    let labels = std::fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    let mut total = 0;
    for label in labels.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        if label["message_index"].as_u64() != Some(0) {
            continue;
        }
        total += 1;
        let trace = read(&std::fs::read(folder.join(label["file"].as_str().unwrap())).unwrap());
        let want = label["envelope"]["client_ip"].as_str().and_then(|ip| ip.parse().ok());
        assert_eq!(
            client(&trace),
            want,
            "{}: {:?} {:?}",
            label["id"],
            trace.border,
            trace.border_note
        );
    }
    println!("spoofcases: border of {total} of {total}");
    assert!(total >= 60);
}

const WITNESSES: [&str; 4] = [
    "X-Sender-IP",
    "X-Forefront-Antispam-Report",
    "Received-SPF",
    "Authentication-Results",
];

/// X-Sender-IP, which Outlook.com writes from its own connection, is the reference. The border is found with all that the receiver
/// recorded, without each single witness, and from the Received fields alone.
#[test]
fn phishing_without_witnesses() {
    let Some(folder) = shared("phishing-pot/phish.tar.gz") else {
        return;
    };
    let folder = unpacked(&folder);
    let named = |name: &str, names: &[&str]| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    let vendor = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("x-ms-")
            || name.starts_with("x-incoming")
            || name.starts_with("x-microsoft")
            || name.starts_with("x-eop")
    };
    let mut agreed: BTreeMap<String, usize> = BTreeMap::new();
    let mut confidence: BTreeMap<Confidence, usize> = BTreeMap::new();
    let (mut messages, mut total) = (0, 0);
    for file in files(folder.path()) {
        messages += 1;
        let bytes = std::fs::read(&file).unwrap();
        let Some(want) = Message::read(&bytes)
            .field("X-Sender-IP")
            .and_then(|field| field.text().parse::<IpAddr>().ok())
        else {
            continue;
        };
        total += 1;
        let mut check = |how: &str, bytes: &[u8]| {
            let trace = read(bytes);
            let same = client(&trace) == Some(want);
            *agreed.entry(how.to_owned()).or_default() += usize::from(same);
            if !same {
                println!("{how}: {}: {:?}, expected {want}", file.display(), client(&trace));
            }
            trace
        };
        let trace = check("all", &bytes);
        *confidence
            .entry(trace.border.map_or(Confidence::None, |border| border.confidence))
            .or_default() += 1;
        for witness in WITNESSES {
            check(witness, &without(&bytes, |name| named(name, &[witness])));
        }
        check("no witness", &without(&bytes, |name| named(name, &WITNESSES)));
        check(
            "no witness, no vendor field",
            &without(&bytes, |name| named(name, &WITNESSES) || vendor(name)),
        );
    }
    println!(
        "phishing-pot: {total} of {messages} messages name their client; confidence {confidence:?}; agreed {agreed:?}"
    );
    assert_eq!(messages, 750);
    assert_eq!(agreed["all"], total);
    assert!(
        agreed.values().all(|agreed| agreed * 100 >= total * 99),
        "{agreed:?} of {total}"
    );
}

/// A list message has a border wherever some hop has a peer outside.
#[test]
fn list_mail() {
    let Some(folder) = shared("legit-lists/mail.tar.gz") else {
        return;
    };
    let folder = unpacked(&folder);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut messages = 0;
    for file in files(folder.path()) {
        messages += 1;
        let trace = read(&std::fs::read(&file).unwrap());
        let how = match (&trace.border, &trace.border_note) {
            (Some(border), _) => {
                let kinds: Vec<&str> = border.reasons.iter().map(|reason| reason.kind).collect();
                format!("{:?} {}", border.confidence, kinds.join("+"))
            }
            (None, note) => {
                let outside = trace
                    .hops
                    .iter()
                    .filter_map(|hop| hop.from.ip)
                    .any(|ip| AddressClass::of(ip) == AddressClass::Global);
                println!("no border: {} {note:?} outside: {outside}", file.display());
                "none".to_owned()
            }
        };
        *found.entry(how).or_default() += 1;
    }
    println!("legit-lists: {messages} messages: {found:#?}");
    assert!(!found.contains_key("none"), "each of these came in from outside");
    assert_eq!(messages, 593);
}

/// Messages of every list whose raw headers a person read and marked the border in.
#[test]
fn list_mail_by_eye() {
    let Some(archive) = shared("legit-lists/mail.tar.gz") else {
        return;
    };
    let folder = unpacked(&archive);
    let mut read_by_eye = 0;
    for row in include_str!("borders_by_eye.tsv")
        .lines()
        .filter(|row| !row.starts_with('#'))
    {
        let [file, receiver, peer, address] = row.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let trace = read(&std::fs::read(folder.path().join("mail").join(file)).unwrap());
        let border = trace.border_hop().unwrap();
        let found = (border.by.host.as_deref(), border.from.helo.as_deref(), border.from.ip);
        assert_eq!(found, (Some(receiver), Some(peer), address.parse().ok()), "{file}");
        read_by_eye += 1;
    }
    println!("legit-lists, read by eye: border of {read_by_eye} of {read_by_eye}");
    assert_eq!(read_by_eye, 40);
}

/// The time in a queue id is the time of its hop, on the hops that the receiving side wrote and on all of list mail.
#[test]
fn queue_id_clocks() {
    let archives = ["phishing-pot/phish.tar.gz", "legit-lists/mail.tar.gz"];
    let mut counted: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
    let mut trusted: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
    let archives: Vec<PathBuf> = archives.into_iter().filter_map(shared).collect();
    if archives.is_empty() {
        return;
    }
    for archive in &archives {
        let folder = unpacked(archive);
        for file in files(folder.path()) {
            for hop in read(&std::fs::read(&file).unwrap()).hops {
                let Some((kind, drift)) = hop.id.as_ref().and_then(|id| id.kind).zip(hop.id_drift_seconds()) else {
                    continue;
                };
                let in_time = usize::from(drift <= 60);
                for table in [
                    Some(&mut counted),
                    (hop.zone != Zone::Untrusted).then_some(&mut trusted),
                ]
                .into_iter()
                .flatten()
                {
                    let (good, all) = table.entry(kind).or_default();
                    *good += in_time;
                    *all += 1;
                }
                if in_time == 0 {
                    println!("{kind} {drift}: {} hop {} {:?}", file.display(), hop.index, hop.zone);
                }
            }
        }
    }
    println!("queue ids in time: trusted {trusted:?}, all {counted:?}");
    for (kind, (good, all)) in trusted {
        assert_eq!(good, all, "{kind} on trusted hops");
    }
    // These may accuse (TR-106), so they must be right on the honest hops of others too.
    for kind in ["postfix-long", "exim", "gmail"] {
        let (good, all) = counted[kind];
        assert!(good * 100 >= all * 99, "{kind}: {good} of {all}");
    }
}
