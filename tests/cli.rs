//! Conversations with the program: what is printed where, and with which exit code (report.md).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test fails by panicking, and prints what it measured"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use serde_json::Value;

fn testdata(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(name)
        .display()
        .to_string()
}

/// The program in an environment of its own: no configuration, no colour, no settings from outside.
fn spoofcheck() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn replay() -> String {
    format!("replay={}", testdata("dns.jsonl"))
}

struct Answer {
    code: i32,
    out: String,
    err: String,
}

fn run(arguments: &[&str]) -> Answer {
    answer(spoofcheck().args(arguments))
}

fn answer(command: &mut Command) -> Answer {
    let output = command.output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_exit_code_is_the_verdict() {
    for (file, code) in [
        ("genuine-direct.eml", 0),
        ("esp-unaligned.eml", 10),
        ("display-name-address.eml", 11),
        ("spoof-none.eml", 12),
        ("spoof-reject.eml", 13),
    ] {
        let answer = run(&["inspect", "--dns", &replay(), &testdata(file)]);
        assert_eq!(answer.code, code, "{file}: {}", answer.out);
        assert_eq!(answer.err, "", "{file}");
    }
    let mild = run(&[
        "inspect",
        "--dns",
        &replay(),
        "--fail-on",
        "spoofed",
        &testdata("spoof-none.eml"),
    ]);
    assert_eq!(mild.code, 0);
    let never = run(&[
        "inspect",
        "--dns",
        &replay(),
        "--fail-on",
        "never",
        &testdata("spoof-reject.eml"),
    ]);
    assert_eq!(never.code, 0);
}

/// One line on standard error that names the thing, the right code, and the other inputs still analysed.
#[test]
fn bad_input_is_named_and_the_rest_is_analysed() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let good = testdata("genuine-direct.eml");
    let cases = [
        (file("empty.eml", b""), 3),
        (file("prose.txt", b"just some text\nwithout any header\n"), 3),
        (file("binary.eml", &[0, 159, 146, 150, 0, 1, 2, 3]), 3),
        (folder.path().display().to_string(), 1),
        (folder.path().join("missing.eml").display().to_string(), 1),
    ];
    for (path, code) in &cases {
        let alone = run(&["inspect", "--dns", "offline", path]);
        assert_eq!(alone.code, *code, "{path}: {}", alone.err);
        assert_eq!(alone.err.lines().count(), 1, "{}", alone.err);
        assert!(alone.err.contains(path.as_str()), "{}", alone.err);
        assert_eq!(alone.out, "");
        let beside = run(&["inspect", "--dns", &replay(), "-f", "json", path, &good]);
        assert_eq!(beside.code, 4, "{path}");
        let array: Value = serde_json::from_str(&beside.out).unwrap();
        assert_eq!(array[0]["schema"], "spoofcheck/error/1");
        assert_eq!(array[1]["verdict"]["label"], "not-spoofed");
    }
}

#[test]
fn a_broken_snapshot_is_a_configuration_error_that_names_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.jsonl");
    fs::write(&path, "{\"spoofcheck_dns\": 1}\n{\"name\": \"a.example.\", \"type\":\n").unwrap();
    let answer = run(&[
        "inspect",
        "--dns",
        &format!("replay={}", path.display()),
        &testdata("genuine-direct.eml"),
    ]);
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert!(
        answer.err.contains("broken.jsonl") && answer.err.contains("line 2"),
        "{}",
        answer.err
    );
    assert_eq!(answer.err.lines().count(), 1);
}

#[test]
fn wrong_use_is_a_usage_error() {
    for arguments in [
        &["inspect", "--only", "XX-999", "x.eml"][..],
        &["inspect", "--dns", "sometimes", "x.eml"],
        &["inspect", "--now", "yesterday", "x.eml"],
        &["inspect", "--format", "ocsf", "x.eml"],
        &["explain", "no-such-rule"],
        &["frobnicate"],
        &["domain", "bank example"],
    ] {
        let answer = run(arguments);
        assert_eq!(answer.code, 2, "{arguments:?}: {}", answer.err);
        assert!(!answer.err.is_empty());
        assert_eq!(answer.out, "");
    }
}

#[test]
fn standard_input_is_read_without_being_named() {
    let message = fs::read(testdata("spoof-reject.eml")).unwrap();
    let piped = answer(
        spoofcheck()
            .args(["inspect", "--dns", &replay(), "-f", "json"])
            .write_stdin(message.clone()),
    );
    assert_eq!(piped.code, 13, "{}", piped.err);
    let report: Value = serde_json::from_str(&piped.out).unwrap();
    assert_eq!(report["source"]["path"], "-");
    let named = answer(
        spoofcheck()
            .args(["inspect", "--dns", &replay(), "-f", "json", "-"])
            .write_stdin(message),
    );
    assert_eq!(named.out, piped.out);
}

#[test]
fn scan_prints_a_line_a_message_in_order() {
    let answer = run(&[
        "scan",
        "--dns",
        &replay(),
        &testdata("mailbox.mbox"),
        &testdata("missing.mbox"),
    ]);
    assert_eq!(answer.code, 4, "{}", answer.err);
    let lines: Vec<Value> = answer
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let labels: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["verdict"]["label"].as_str())
        .collect();
    assert_eq!(labels, ["not-spoofed", "spoofed", "not-spoofed", "not-spoofed"]);
    assert_eq!(lines[4]["schema"], "spoofcheck/error/1");
    let indexes: Vec<u64> = lines[..4]
        .iter()
        .map(|line| line["source"]["index"].as_u64().unwrap())
        .collect();
    assert_eq!(indexes, [0, 1, 2, 3]);
}

#[test]
fn facts_of_the_user_beat_inference() {
    let report = |arguments: &[&str]| -> Value {
        let mut all = vec!["inspect", "--dns"];
        let replay = replay();
        let file = testdata("spoof-reject.eml");
        all.push(&replay);
        all.extend(["-f", "json"]);
        all.extend(arguments);
        all.push(&file);
        serde_json::from_str(&run(&all).out).unwrap()
    };
    let told = report(&["--client-ip", "192.0.2.77", "--mail-from", "", "--helo", "x.example"]);
    assert_eq!(told["envelope"]["client_ip"]["value"], "192.0.2.77");
    assert_eq!(told["envelope"]["client_ip"]["origin"], "user");
    assert_eq!(told["envelope"]["mail_from"]["value"], "");
    assert_eq!(told["authentication"]["spf"]["mail_from"]["domain"], "x.example");
    let setting = |name: &str| {
        told["settings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|setting| setting["name"] == name)
            .cloned()
            .unwrap()
    };
    assert_eq!(setting("client-ip")["origin"], "flag");
    assert_eq!(setting("inner")["origin"], "default");
}

#[test]
fn settings_come_from_flag_environment_and_file() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("spoofcheck")).unwrap();
    let file = home.path().join("spoofcheck/config.toml");
    fs::write(&file, "authserv-id = [\"mx.corp.example\"]\n").unwrap();
    let arguments = [
        "inspect",
        "--dns",
        &replay(),
        "-f",
        "json",
        &testdata("genuine-direct.eml"),
    ];
    let mut command = spoofcheck();
    command
        .env("XDG_CONFIG_HOME", home.path())
        .env("SPOOFCHECK_HELO", "env.example")
        .args(arguments);
    let report: Value = serde_json::from_str(&answer(&mut command).out).unwrap();
    let origin = |name: &str| {
        let settings = report["settings"].as_array().unwrap();
        settings
            .iter()
            .find(|setting| setting["name"] == name)
            .map(|setting| setting["origin"].clone())
            .unwrap()
    };
    assert_eq!(origin("authserv-id"), "config");
    assert_eq!(origin("helo"), "env");
    fs::write(&file, "frobnicate = 1\n").unwrap();
    let mut command = spoofcheck();
    let wrong = answer(command.env("XDG_CONFIG_HOME", home.path()).args(["explain", "--list"]));
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.err.contains("config.toml") && wrong.err.contains("frobnicate"),
        "{}",
        wrong.err
    );
}

#[test]
fn explain_knows_every_rule_flow_and_verdict() {
    let list = run(&["explain", "--list", "-f", "json"]);
    let topics: Value = serde_json::from_str(&list.out).unwrap();
    let topics = topics.as_array().unwrap();
    assert!(topics.len() > 40, "{}", topics.len());
    for topic in topics {
        let id = topic["id"].as_str().unwrap();
        let page = run(&["explain", id]);
        assert_eq!(page.code, 0);
        assert!(page.out.starts_with(id), "{}", page.out);
        let by_name = run(&["explain", topic["name"].as_str().unwrap()]);
        assert_eq!(by_name.out, page.out);
    }
}

#[test]
fn dns_plan_asks_nothing_and_lists_the_questions() {
    let plan = run(&["dns", "plan", &testdata("genuine-direct.eml")]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    assert!(
        plan.out.lines().any(|line| line == "_dmarc.bank.example. TXT"),
        "{}",
        plan.out
    );
    assert!(plan.out.lines().any(|line| line == "bank.example. TXT"), "{}", plan.out);
    let answered = run(&["dns", "plan", "--dns", &replay(), &testdata("genuine-direct.eml")]);
    assert_eq!(answered.out, "");
    let shown = run(&["dns", "show", &testdata("dns.jsonl")]);
    assert!(shown.out.contains("_dmarc.bank.example"), "{}", shown.out);
}

#[test]
fn completions_are_those_checked_in() {
    for (shell, file) in [
        ("bash", "spoofcheck.bash"),
        ("zsh", "_spoofcheck"),
        ("fish", "spoofcheck.fish"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
        let made = run(&["completions", shell]).out;
        let checked_in = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            made == checked_in,
            "completions/{file} is old: spoofcheck completions {shell} > completions/{file}"
        );
    }
}

#[test]
fn colour_and_width_change_no_word() {
    let plain = run(&[
        "inspect",
        "--dns",
        &replay(),
        "--width",
        "80",
        "--color",
        "never",
        &testdata("spoof-reject.eml"),
    ])
    .out;
    let coloured = run(&[
        "inspect",
        "--dns",
        &replay(),
        "--width",
        "80",
        "--color",
        "always",
        &testdata("spoof-reject.eml"),
    ])
    .out;
    assert!(coloured.contains("\u{1b}["));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        stripped.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
    assert!(plain.lines().all(|line| line.chars().count() <= 80), "{plain}");
    assert!(plain.lines().all(|line| !line.ends_with(' ')), "{plain}");
}

/// Why it is not another verdict: each way to it, with what it needs.
#[test]
fn another_verdict_is_argued_with() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
    let run = |format: &str| {
        let output = assert_cmd::Command::cargo_bin("spoofcheck")
            .unwrap()
            .args(["inspect", "--explain-against", "spoofed", "-f", format, "--dns"])
            .arg(format!("replay={folder}/dns.jsonl"))
            .arg(format!("{folder}/genuine-direct.eml"))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let human = run("human");
    assert!(human.contains("WHY NOT SPOOFED"), "{human}");
    assert!(human.contains("NO   DMARC fails for the author"), "{human}");
    let report: serde_json::Value = serde_json::from_str(&run("json")).unwrap();
    let against = &report["verdict"]["against"];
    assert_eq!(against["label"], "spoofed");
    assert_eq!(against["ways"][0]["holds"], false);
}

/// The table of findings in the repository is what the program prints.
#[test]
fn the_table_of_findings_is_current() {
    let output = assert_cmd::Command::cargo_bin("spoofcheck")
        .unwrap()
        .args(["explain", "--list", "-f", "markdown"])
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let stored = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/FINDINGS.md")).unwrap();
    let (_, table) = stored.split_once("\n\n").unwrap();
    assert_eq!(table, printed, "write it anew: see the head of FINDINGS.md");
}

/// The same bytes come out however many threads work, errors in their place.
#[test]
fn any_number_of_jobs_prints_the_same() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
    let run = |jobs: &str| {
        assert_cmd::Command::cargo_bin("spoofcheck")
            .unwrap()
            .args(["scan", "-j", jobs, "--dns"])
            .arg(format!("replay={folder}/techniques/dns.jsonl"))
            .arg(folder)
            .output()
            .unwrap()
            .stdout
    };
    let one = run("1");
    assert!(one.iter().filter(|byte| **byte == b'\n').count() > 200);
    for jobs in ["2", "5"] {
        assert!(run(jobs) == one, "-j {jobs} differs");
    }
}
