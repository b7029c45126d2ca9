//! The live path through the program: what `--dns record` prints is what `--dns replay` prints, and a server that fails
//! is stated, with a verdict from what is still known.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

#[path = "common/name_server.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with live_dns")]
mod name_server;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use assert_cmd::Command;
use name_server::NameServer;
use serde_json::Value;
use spoofcheck::dns::{Data, Snapshot};

/// The answers of testdata as lines of the test server.
fn zone() -> String {
    let snapshot = Snapshot::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/dns.jsonl")).unwrap();
    let answers = snapshot
        .answers()
        .into_iter()
        .filter(|answer| answer.rcode == "NOERROR");
    let lines = answers.flat_map(|answer| {
        let (name, rtype) = (answer.question.name.clone(), answer.question.rtype.name().into_owned());
        answer
            .data
            .iter()
            .map(Data::to_text)
            .map(move |data| {
                // A character-string holds 255 octets (RFC 1035 3.3).
                let strings = || data.as_bytes().chunks(255).map(String::from_utf8_lossy);
                let quoted: Vec<String> = strings().map(|part| format!("\"{part}\"")).collect();
                let data = if rtype == "TXT" {
                    quoted.join(" ")
                } else {
                    data.into_owned()
                };
                format!("{name} {rtype} {data}\n")
            })
            .collect::<Vec<_>>()
    });
    lines.collect()
}

fn inspect(arguments: &[&str]) -> (Option<i32>, String, String) {
    run(&[&["inspect"], arguments].concat())
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    command
        .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")))
        .env_clear()
        .env("HOME", "/nonexistent");
    let output = command.args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn replay_prints_what_record_printed() {
    let server = NameServer::start(&zone());
    let address = server.address().to_string();
    let folder = tempfile::tempdir().unwrap();
    for (number, file) in ["genuine-direct", "spoof-reject", "list-footer", "forward-srs"]
        .iter()
        .enumerate()
    {
        let path = folder.path().join(format!("{number}.jsonl")).display().to_string();
        let message = format!("testdata/{file}.eml");
        for format in ["human", "json"] {
            let (recorded_code, recorded, error) = inspect(&[
                "--dns",
                &format!("record={path}"),
                "--resolver",
                &address,
                "-f",
                format,
                &message,
            ]);
            assert_eq!(error, "", "{file}");
            let asked = server.asked().len();
            let (replayed_code, replayed, _) = inspect(&[
                "--dns",
                &format!("replay={path}"),
                "--resolver",
                &address,
                "-f",
                format,
                &message,
            ]);
            assert_eq!(recorded, replayed, "{file} {format}");
            assert_eq!(recorded_code, replayed_code);
            assert_eq!(server.asked().len(), asked, "a replay asks nothing");
            std::fs::remove_file(&path).unwrap();
        }
    }
    let asked = server.asked();
    assert!(
        asked.iter().any(|question| question.contains("_dmarc.bank.example")),
        "{asked:?}"
    );
}

#[test]
fn a_failing_server_is_stated_and_does_not_accuse() {
    for (behaviour, sentence) in [("SERVFAIL", "failed"), ("REFUSED", "failed")] {
        let names = [
            "bank.example",
            "_dmarc.bank.example",
            "s2026._domainkey.bank.example",
            "ed2026._domainkey.bank.example",
        ];
        let lines: String = names.iter().map(|name| format!("{name} {behaviour}\n")).collect();
        let server = NameServer::start(&lines);
        let (_, out, _) = inspect(&[
            "--dns",
            "live",
            "--resolver",
            &server.address().to_string(),
            "-f",
            "json",
            "testdata/spoof-reject.eml",
        ]);
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_ne!(report["verdict"]["label"], "not-spoofed", "{behaviour}");
        assert_ne!(
            report["verdict"]["label"], "spoofed",
            "{behaviour}: the receiver's record alone proves no forgery today"
        );
        let unknowns = report["verdict"]["unknowns"].to_string();
        assert!(unknowns.contains(sentence), "{behaviour}: {unknowns}");
    }
}

/// Two tries of five seconds, for the questions of three rounds.
#[test]
fn a_silent_server_ends_in_time() {
    let names = ["bank.example", "_dmarc.bank.example"];
    let lines: String = names.iter().map(|name| format!("{name} SILENT\n")).collect();
    let server = NameServer::start(&lines);
    let started = Instant::now();
    let (_, out, _) = inspect(&[
        "--dns",
        "live",
        "--resolver",
        &server.address().to_string(),
        "-f",
        "json",
        "testdata/spoof-reject.eml",
    ]);
    assert!(started.elapsed() < Duration::from_secs(60));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(
        report["verdict"]["unknowns"].to_string().contains("timed out"),
        "{}",
        report["verdict"]["unknowns"]
    );
}

/// An archive of keys: what was published once stays, and answers for its time.
#[test]
fn an_archive_keeps_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.jsonl");
    let archive = path.display().to_string();
    let name = "s2024._domainkey.bank.example";
    let record = |zone: &str, at: &str, more: &[&str]| {
        let server = NameServer::start(zone);
        let address = server.address().to_string();
        let fixed = [
            "dns",
            "record",
            "-o",
            &archive,
            "--resolver",
            &address,
            "--now",
            at,
            "--name",
            name,
        ];
        let (code, _, error) = run(&[&fixed, more].concat());
        assert_eq!((code, error.as_str()), (Some(0), ""));
        server.asked().len()
    };
    let first = format!("{name} TXT \"v=DKIM1; p=AAAA\"\n");
    assert!(record(&first, "2024-03-01T00:00:00Z", &[]) > 0);
    // Nothing is asked that the archive knows, if that is wanted; else everything is, and both answers stay.
    assert_eq!(record(&first, "2024-04-01T00:00:00Z", &["--reuse"]), 0);
    assert!(record(&first, "2024-05-01T00:00:00Z", &[]) > 0);
    assert!(record(&first, "2024-06-01T00:00:00Z", &[]) > 0);
    assert!(record("other.example TXT \"x\"\n", "2026-03-01T00:00:00Z", &[]) > 0);
    let snapshot = Snapshot::read(&path).unwrap();
    let history: Vec<(String, String)> = snapshot
        .answers()
        .iter()
        .map(|answer| (answer.rcode.clone(), answer.asked_at.unwrap().to_string()))
        .collect();
    let expected = [
        ("NOERROR", "2024-03-01T00:00:00Z"),
        ("NOERROR", "2024-06-01T00:00:00Z"),
        ("NXDOMAIN", "2026-03-01T00:00:00Z"),
    ];
    assert_eq!(history, expected.map(|(code, at)| (code.to_owned(), at.to_owned())));
    let (_, shown, _) = run(&["dns", "show", &archive, "--name", "bank.example"]);
    assert_eq!(
        shown.matches(name).count(),
        1,
        "a history names its question once: {shown}"
    );
    assert!(
        shown.contains("no such name") && shown.contains("2024-06-01"),
        "{shown}"
    );
    // A message of 2024 is judged by the key of its time.
    let question = spoofcheck::dns::Question::new(name, spoofcheck::dns::RecordType::Txt);
    let then = spoofcheck::time::Timestamp::parse_rfc3339("2024-05-20T00:00:00Z");
    assert!(matches!(
        snapshot.find(&question, then).answer,
        spoofcheck::dns::Answer::Records(_)
    ));
    assert_eq!(snapshot.find(&question, None).answer, spoofcheck::dns::Answer::NxDomain);
    // What cannot be written leaves the archive as it was.
    let before = std::fs::read(&path).unwrap();
    let (code, _, error) = run(&["dns", "import", "Cargo.toml", "-o", &archive]);
    assert_eq!(code, Some(2), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

/// Several snapshots answer together, also one that was made from a zone file.
#[test]
fn replays_merge() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(
        path("zone"),
        "$ORIGIN bank.example.\n$TTL 60\n_dmarc IN TXT \"v=DMARC1; p=reject; rua=mailto:d@bank.example\"\n",
    )
    .unwrap();
    std::fs::write(
        path("cache"),
        "{\"bank.example\": {\"TXT\": [[\"v=spf1 \", \"-all\"]]}}",
    )
    .unwrap();
    for name in ["zone", "cache"] {
        let (code, _, error) = run(&["dns", "import", &path(name), "-o", &path(&format!("{name}.jsonl"))]);
        assert_eq!((code, error.as_str()), (Some(0), ""));
    }
    let replays = ["zone.jsonl", "cache.jsonl"].map(|name| format!("--dns=replay={}", path(name)));
    let (code, out, _) = run(&["domain", "bank.example", "-f", "json", &replays[0], &replays[1]]);
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, Some(0));
    assert_eq!(found["verdict"]["spoofable"], "no");
    assert!(out.contains("v=spf1 -all"), "{out}");
}

/// A failed run, a resolver that is down and a closed world change no archive; a link to one stays a link.
#[test]
fn an_archive_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let name = "s1._domainkey.bank.example";
    let key = "{\"spoofcheck_dns\":1}\n{\"name\":\"s1._domainkey.bank.example\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\
        \"data\":[\"p=AAAA\"],\"asked_at\":\"2024-03-01T00:00:00Z\"}\n";
    std::fs::write(path("keys.jsonl"), key).unwrap();
    let archived = || Snapshot::read(path("keys.jsonl")).unwrap();
    let texts = |snapshot: &Snapshot| -> Vec<String> {
        let answers = snapshot.answers().into_iter();
        answers
            .map(|answer| answer.data.iter().map(Data::to_text).collect())
            .collect()
    };
    let server = NameServer::start(&format!("{name} SERVFAIL\n"));
    let address = server.address().to_string();
    let record = |output: &str| {
        run(&[
            "dns",
            "record",
            "-o",
            output,
            "--resolver",
            &address,
            "--now",
            "2024-04-01T00:00:00Z",
            "--name",
            name,
        ])
    };
    let (code, _, error) = record(&path("keys.jsonl"));
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert!(!server.asked().is_empty());
    assert_eq!(
        texts(&archived()),
        ["p=AAAA"],
        "a resolver that fails says nothing of the key"
    );

    // What could not be read again is not taken in.
    std::fs::write(path("bad.json"), "{\"a.example\": {\"A\": [\"nonsense\"]}}").unwrap();
    let (code, _, error) = run(&["dns", "import", &path("bad.json"), "-o", &path("keys.jsonl")]);
    assert!(code == Some(2) && error.contains("a.example"), "{error}");
    assert_eq!(texts(&archived()), ["p=AAAA"]);

    let closed = key.replace(":1}", ":1,\"absent\":\"nxdomain\"}");
    std::fs::write(path("closed.jsonl"), &closed).unwrap();
    let (code, _, error) = record(&path("closed.jsonl"));
    assert!(code == Some(2) && error.contains("nothing can be added"), "{error}");
    assert_eq!(std::fs::read_to_string(path("closed.jsonl")).unwrap(), closed);

    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        std::fs::set_permissions(path("keys.jsonl"), PermissionsExt::from_mode(0o640)).unwrap();
        symlink(path("keys.jsonl"), path("link")).unwrap();
        std::fs::write(path("zone"), "$ORIGIN a.example.\nx 60 TXT ( \"two \" \"parts\" )\n").unwrap();
        let (code, _, error) = run(&["dns", "import", &path("zone"), "-o", &path("link")]);
        assert_eq!((code, error.as_str()), (Some(0), ""));
        assert!(std::fs::symlink_metadata(path("link")).unwrap().is_symlink());
        assert_eq!(texts(&archived()), ["p=AAAA", "two parts"]);
        let mode = std::fs::metadata(path("keys.jsonl")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
}
