//! Scans that ask the network: every question once in the whole run, many under way, and the output that a replay prints.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

#[allow(dead_code, reason = "shared with other tests")]
#[path = "common/name_server.rs"]
mod name_server;
use name_server::NameServer;

const DOMAINS: usize = 60;

/// Three messages of each domain, mixed, and the zones of all.
fn mailbox() -> (String, String) {
    let (mut mailbox, mut zone) = (String::new(), String::new());
    for number in 0..3 * DOMAINS {
        let domain = format!("sender{}.example", number * 7 % DOMAINS);
        let address = format!("198.51.100.{}", number * 7 % DOMAINS + 1);
        write!(
            mailbox,
            "From ann@{domain} Mon Jan  1 00:00:00 2024\n\
             Received: from mail.{domain} (mail.{domain} [{address}]) by mx.corp.example (Postfix) with ESMTPS id 284463055D \
             for <bob@corp.example>; Mon, 1 Jan 2024 00:00:00 +0000\n\
             Return-Path: <ann@{domain}>\nFrom: ann@{domain}\nTo: bob@corp.example\nSubject: {number}\n\
             Date: Mon, 1 Jan 2024 00:00:00 +0000\nMessage-ID: <{number}@{domain}>\n\nx\n\n"
        )
        .unwrap();
    }
    for number in 0..DOMAINS {
        let domain = format!("sender{number}.example");
        write!(
            zone,
            "{domain} TXT \"v=spf1 include:spf.{domain} -all\"\n\
             spf.{domain} TXT \"v=spf1 ip4:198.51.100.{} -all\"\n\
             _dmarc.{domain} TXT \"v=DMARC1; p=reject\"\n",
            number + 1
        )
        .unwrap();
    }
    (mailbox, zone)
}

/// The mailbox in a folder, and a server that answers late.
fn slow() -> (TempDir, PathBuf, NameServer) {
    let (text, zone) = mailbox();
    let folder = tempfile::tempdir().unwrap();
    let mailbox = folder.path().join("all.mbox");
    fs::write(&mailbox, text).unwrap();
    (
        folder,
        mailbox,
        NameServer::start_slow(&zone, Duration::from_millis(20)),
    )
}

/// The program, with nothing of the environment, and its resolver.
fn spoofcheck(server: &NameServer, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    command.env_clear().env("HOME", "/nonexistent").args(arguments);
    command.args(["--resolver", &server.address().to_string()]);
    command
}

fn scan(mailbox: &Path, dns: &str, server: &NameServer, jobs: &str) -> Output {
    let mut command = spoofcheck(server, &["scan", "--dns", dns, "-j", jobs]);
    if !dns.starts_with("replay") {
        command.args(["--now", "2024-01-02T00:00:00Z"]);
    }
    command.arg(mailbox).output().unwrap()
}

/// The records, without the hash of a snapshot that grows while they are printed.
fn records_of(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let record = |line: &str| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record["dns"]["snapshot_sha256"].take();
        record
    };
    text.lines().map(record).collect()
}

#[test]
fn questions_overlap_and_none_is_asked_twice() {
    let (folder, mailbox, server) = slow();
    let live = scan(&mailbox, "live", &server, "2");
    assert!(live.status.success(), "{}", String::from_utf8_lossy(&live.stderr));
    let records = records_of(&live);
    assert_eq!(records.len(), 3 * DOMAINS);
    for record in &records {
        assert_eq!(record["verdict"]["label"], "not-spoofed", "{record:#}");
    }
    // Two threads alone would have two questions on the way; a busy machine has fewer than a calm one.
    assert!(server.most_at_once() >= 8, "only {} at a time", server.most_at_once());
    let asked = server.asked();
    let different: BTreeSet<&String> = asked.iter().collect();
    let twice = |question: &&&String| asked.iter().filter(|other| other == *question).count() > 1;
    assert_eq!(different.iter().find(|question| twice(question)), None);

    let alone = scan(&mailbox, "live", &server, "1");
    assert!(alone.stdout == live.stdout, "one thread prints the same bytes");
    let kept = folder.path().join("dns.jsonl");
    let recorded = scan(&mailbox, &format!("record={}", kept.display()), &server, "2");
    let asked = server.asked().len();
    let replayed = scan(&mailbox, &format!("replay={}", kept.display()), &server, "2");
    assert!(recorded.status.success() && replayed.status.success());
    assert_eq!(server.asked().len(), asked, "a replay asks nothing");
    let verdicts = |output: &Output| {
        let labels = records_of(output).into_iter().map(|record| record["verdict"].clone());
        labels.collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&recorded), verdicts(&live));
    assert!(
        records_of(&recorded) == records_of(&replayed),
        "a replay prints the same"
    );
}

/// Where the system allows few open files, fewer questions are under way, and none is said to have found no server.
#[test]
#[cfg(unix)]
fn few_sockets_give_the_same_records() {
    let (_folder, mailbox, server) = slow();
    let plenty = scan(&mailbox, "live", &server, "2");
    let program = spoofcheck(&server, &["scan", "--dns", "live", "--now", "2024-01-02T00:00:00Z"]);
    let few = Command::new("sh")
        .args(["-c", "ulimit -n 40; exec \"$@\"", "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .arg(&mailbox)
        .output()
        .unwrap();
    assert!(few.status.success(), "{}", String::from_utf8_lossy(&few.stderr));
    assert!(few.stdout == plenty.stdout, "fewer sockets change no record");
}

#[test]
fn recording_asks_for_many_messages_at_a_time() {
    let (folder, mailbox, server) = slow();
    let kept = folder.path().join("dns.jsonl");
    let recorded = spoofcheck(&server, &["dns", "record", "--now", "2024-01-02T00:00:00Z", "-j", "2"])
        .arg("-o")
        .args([&kept, &mailbox])
        .output()
        .unwrap();
    assert!(
        recorded.status.success(),
        "{}",
        String::from_utf8_lossy(&recorded.stderr)
    );
    // Two threads alone would have two questions on the way; a busy machine has fewer than a calm one.
    assert!(server.most_at_once() >= 8, "only {} at a time", server.most_at_once());
    let replayed = scan(&mailbox, &format!("replay={}", kept.display()), &server, "2");
    for record in records_of(&replayed) {
        assert_eq!(record["verdict"]["label"], "not-spoofed", "{record:#}");
    }
}

/// Ctrl-C in the middle: what was answered is written, and the next run asks only the rest.
#[test]
fn an_interrupted_recording_keeps_what_was_answered() {
    let (text, zone) = mailbox();
    let folder = tempfile::tempdir().unwrap();
    let (mailbox, kept) = (folder.path().join("all.mbox"), folder.path().join("dns.jsonl"));
    fs::write(&mailbox, text).unwrap();
    let server = NameServer::start_slow(&zone, Duration::from_millis(400));
    let record = |flags: &[&str], into: &Path| {
        let mut command = spoofcheck(&server, &["dns", "record", "--now", "2024-01-02T00:00:00Z"]);
        command
            .args(flags)
            .arg("-o")
            .args([into, &mailbox])
            .stderr(Stdio::piped());
        command
    };
    let child = record(&[], &kept).spawn().unwrap();
    for _ in 0..500 {
        if !server.asked().is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    // The first answers will have come, and what follows from them not.
    thread::sleep(Duration::from_millis(500));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("stopped; what was answered is written"), "{said}");
    let answers = || fs::read_to_string(&kept).unwrap().lines().count() - 1;
    let (first, asked) = (answers(), server.asked().len());
    let again = record(&["--reuse"], &kept).output().unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let whole = folder.path().join("whole.jsonl");
    assert!(record(&[], &whole).status().unwrap().success());
    println!("{first} answers, then {}; {asked} questions before", answers());
    assert!(first < answers());
    assert!(
        fs::read(&kept).unwrap() == fs::read(&whole).unwrap(),
        "both runs know the same"
    );
}
