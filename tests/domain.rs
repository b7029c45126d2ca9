//! `spoofcheck domain`: what is said of domains, in words and as JSON, and what happens when DNS does not answer.

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
use spoofcheck::{
    dns::{Data, RecordType, Snapshot},
    posture::{self, Request, Spoofable},
    report,
    time::Timestamp,
};

const REPLAY: &str = "replay=testdata/domains.jsonl";

struct Answer {
    code: i32,
    out: String,
    err: String,
}

fn run(arguments: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    command
        .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")))
        .env_clear()
        .env("HOME", "/nonexistent");
    let output = command.arg("domain").args(arguments).output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json(name: &str) -> Value {
    let answer = run(&[name, "--dns", REPLAY, "-f", "json"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    serde_json::from_str(&answer.out).unwrap()
}

fn texts(holes: &Value, grade: &str) -> String {
    let holes = holes.as_array().unwrap().iter().filter(|hole| hole["grade"] == grade);
    holes
        .map(|hole| hole["text"].as_str().unwrap().to_owned() + "\n")
        .collect()
}

#[test]
fn pages() {
    for name in [
        "strong.example",
        "open.example",
        "trial.example",
        "news.trial.example",
        "wide.example",
        "weak.example",
        "parked.example",
        "several.example",
        "hostile.example",
        "down.example",
    ] {
        insta::assert_snapshot!(format!("{name}-80"), run(&[name, "--dns", REPLAY, "--width", "80"]).out);
    }
    let offline = run(&[
        "strong.example",
        "--dns",
        "offline",
        "--now",
        "2026-11-01T00:00:00Z",
        "--width",
        "80",
    ]);
    insta::assert_snapshot!("offline-80", offline.out);
    let defanged = run(&["strong.example", "--dns", REPLAY, "--width", "80", "--defang"]);
    insta::assert_snapshot!("strong.example-defanged", defanged.out);
    insta::assert_snapshot!(
        "trial.example-json",
        run(&["trial.example", "--dns", REPLAY, "-f", "json"]).out
    );
}

#[test]
fn the_verdict_follows_from_what_is_published() {
    for (name, spoofable, reason) in [
        ("strong.example", "no", "p=reject at strong.example"),
        ("open.example", "yes", "there is no DMARC record"),
        // t=y leaves quarantine of reject: marked, not let through.
        ("trial.example", "no", "lowers to quarantine"),
        ("news.trial.example", "yes", "sp=none at trial.example"),
        ("wide.example", "partly", "ptr"),
        ("weak.example", "partly", "768 bits"),
        ("parked.example", "yes", "there is no DMARC record"),
        ("several.example", "yes", "there is no DMARC record"),
        ("down.example", "unknown", "timed out"),
        ("many.example", "no", "p=reject"),
    ] {
        let posture = json(name);
        assert_eq!(posture["verdict"]["spoofable"], spoofable, "{name}: {posture:#}");
        let sentence = posture["verdict"]["sentence"].as_str().unwrap();
        assert!(
            sentence.contains(reason) && sentence.contains(name),
            "{name}: {sentence}"
        );
    }
}

#[test]
fn holes_are_found() {
    let open = json("open.example");
    assert!(texts(&open["holes"], "opens").contains("`+all` in the SPF record of open.example"));
    assert!(
        !texts(&open["holes"], "opens").contains("exists"),
        "it names no address"
    );
    let trial = json("trial.example");
    assert!(texts(&trial["holes"], "below").contains("sp=none"));
    let remarks = texts(&trial["holes"], "remark");
    for part in ["pct= is historic", "rua=", "default is neutral"] {
        assert!(remarks.contains(part), "{part} in {remarks}");
    }
    let wide = json("wide.example");
    let remarks = texts(&wide["holes"], "remark");
    assert!(remarks.contains("includes itself"), "{remarks}");
    let terms = wide["published"]["spf"]["terms"].as_array().unwrap();
    let unreached = terms.iter().find(|term| term["term"] == "ip4:192.0.2.9").unwrap();
    assert!(unreached["remark"].as_str().unwrap().contains("never reached"));
    assert!(
        terms
            .iter()
            .any(|term| term["term"] == "a:gone.wide.example" && term["void"] == true)
    );
    let strong = json("strong.example");
    assert!(texts(&strong["holes"], "remark").contains("Google Workspace"));
    let many = json("many.example");
    assert_eq!(many["published"]["spf"]["lookups"], 12);
    assert!(texts(&many["holes"], "remark").contains("12 terms need lookups, 10 are allowed"));
    let several = json("several.example");
    let remarks = texts(&several["holes"], "remark");
    assert!(
        remarks.contains("2 DMARC records") && remarks.contains("2 SPF records"),
        "{remarks}"
    );
    assert_eq!(json("parked.example")["published"]["null_mx"], true);
}

#[test]
fn keys_that_the_snapshot_holds_are_read_and_others_on_request() {
    let weak = json("weak.example");
    let keys = weak["published"]["dkim"].as_array().unwrap();
    let key = |selector: &str| keys.iter().find(|key| key["selector"] == selector).unwrap();
    assert_eq!(
        (&key("short")["bits"], &key("short")["testing"]),
        (&768.into(), &true.into())
    );
    assert_eq!(key("short")["weaknesses"][0]["kind"], "short");
    assert_eq!(key("old")["revoked"], true);
    assert!(key("bad")["problem"].is_string());
    assert!(keys.iter().all(|key| key["origin"] == "snapshot"));

    let asked = run(&[
        "strong.example",
        "--dns",
        REPLAY,
        "-f",
        "jsonl",
        "--selector",
        "S1",
        "--common-selectors",
    ]);
    let strong: Value = serde_json::from_str(&asked.out).unwrap();
    let keys = strong["published"]["dkim"].as_array().unwrap();
    assert_eq!(
        (&keys[0]["selector"], &keys[0]["origin"]),
        (&"s1".into(), &"given".into())
    );
    assert_eq!(keys.len(), posture::COMMON_SELECTORS.len(), "s1 is one of them");
    assert_eq!(keys[1]["fact"]["state"], "no-such-name");
}

/// Whoever follows the advice is no longer open: each record is put in the place of those that it replaces.
#[test]
fn advice_closes_the_holes() {
    for name in ["open.example", "trial.example", "parked.example", "several.example"] {
        let posture = json(name);
        let mut lines: Vec<String> = std::fs::read_to_string("testdata/domains.jsonl")
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        let records = posture["advice"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|advice| advice["record"].as_object());
        for record in records {
            let owner = record["name"].as_str().unwrap();
            lines.retain(|line| !(line.contains(&format!("\"{owner}\"")) && line.contains("\"TXT\"")));
            lines.push(
                serde_json::json!({"name": owner, "type": "TXT", "rcode": "NOERROR", "data": [record["text"]]})
                    .to_string(),
            );
            let line = record["line"].as_str().unwrap();
            assert_eq!(line, format!("{owner} IN TXT \"{}\"", record["text"].as_str().unwrap()));
        }
        let snapshot = Snapshot::parse(&lines.join("\n"), "advice").unwrap();
        let after = posture::examine(&request(name), &snapshot);
        assert_eq!(after.verdict.spoofable, Spoofable::No, "{name}: {:#?}", after.verdict);
    }
}

fn request(name: &str) -> Request {
    Request {
        domain: name.to_owned(),
        selectors: Vec::new(),
        common_selectors: false,
        as_of: Timestamp(0),
        dns_mode: "replay",
    }
}

#[test]
fn json_keeps_to_its_schema() {
    let schema = Command::new(env!("CARGO_BIN_EXE_spoofcheck"))
        .args(["schema", "domain"])
        .output()
        .unwrap();
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert_eq!(schema, report::domain_schema());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let names = [
        "strong.example",
        "wide.example",
        "weak.example",
        "hostile.example",
        "down.example",
        "nothing.example",
    ];
    let all = run(&[&names[..], &["--dns", REPLAY, "-f", "json"]].concat());
    let all: Value = serde_json::from_str(&all.out).unwrap();
    assert_eq!(all.as_array().unwrap().len(), names.len());
    for posture in all.as_array().unwrap() {
        let errors: Vec<String> = validator.iter_errors(posture).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(posture["schema"], "spoofcheck/domain/1");
    }
    let brief = run(&["strong.example", "--dns", REPLAY, "-f", "json", "--brief"]);
    let brief: Value = serde_json::from_str(&brief.out).unwrap();
    assert_eq!(brief["verdict"], all[0]["verdict"]);
    assert!(brief.get("published").is_none());
}

#[test]
fn exit_codes() {
    for (arguments, code) in [
        (&["strong.example", "--dns", REPLAY][..], 0),
        (&["nothing.example", "--dns", REPLAY], 0),
        (&["strong.example", "--dns", "offline"], 1),
        (&["192.0.2.1", "--dns", REPLAY], 2),
        (&["strong.example", "not a name", "--dns", REPLAY], 2),
        (&["strong.example", "--selector", "..", "--dns", REPLAY], 2),
        (&["strong.example", "--dns", REPLAY, "-f", "csv"], 2),
    ] {
        let answer = run(arguments);
        assert_eq!(answer.code, code, "{arguments:?}: {}", answer.err);
        assert_eq!(answer.err.lines().count(), usize::from(code == 2), "{}", answer.err);
        assert_eq!(answer.out.is_empty(), code == 2, "{arguments:?}");
    }
}

#[test]
fn no_text_of_a_record_reaches_the_terminal_raw() {
    for format in ["human", "json"] {
        let out = run(&["hostile.example", "--dns", REPLAY, "-f", format, "-v"]).out;
        assert!(!out.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{out}");
        assert!(out.contains("hostile.example"));
    }
}

#[test]
fn no_line_is_wider_than_the_page() {
    for name in [
        "strong.example",
        "trial.example",
        "wide.example",
        "weak.example",
        "many.example",
    ] {
        for width in ["40", "72", "120"] {
            let out = run(&[name, "--dns", REPLAY, "--width", width]).out;
            for line in out.lines() {
                // The name of a record is not broken.
                if line.ends_with(" IN TXT (") {
                    continue;
                }
                assert!(line.chars().count() <= width.parse().unwrap(), "{name} {width}: {line}");
            }
        }
    }
}

/// A text as quoted character-strings (RFC 1035 3.3).
fn strings(text: &str) -> String {
    let pieces = text
        .as_bytes()
        .chunks(255)
        .map(|piece| format!("\"{}\"", String::from_utf8_lossy(piece)));
    pieces.collect::<Vec<_>>().join(" ")
}

#[test]
fn replay_prints_what_record_printed() {
    let snapshot = Snapshot::read("testdata/domains.jsonl").unwrap();
    let zone: String = snapshot
        .answers()
        .into_iter()
        .filter(|answer| answer.rcode == "NOERROR" && !answer.question.name.contains("hostile"))
        .flat_map(|answer| {
            let (name, rtype) = (answer.question.name.clone(), answer.question.rtype.name().into_owned());
            let quoted = |data: &Data| match answer.question.rtype {
                RecordType::Txt => strings(&data.to_text()),
                _ => data.to_text().into_owned(),
            };
            let lines = answer.data.iter().map(|data| {
                format!(
                    "{name} {rtype} {}
",
                    quoted(data)
                )
            });
            lines.collect::<Vec<_>>()
        })
        .collect();
    let server = NameServer::start(&zone);
    let resolver = server.address().to_string();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recorded.jsonl").display().to_string();
    let ask = |dns: String| {
        let names = ["strong.example", "news.trial.example", "many.example"];
        run(&[
            &names[..],
            &["--dns", &dns, "--resolver", &resolver, "-f", "json", "--selector", "s1"],
        ]
        .concat())
    };
    let recorded = ask(format!("record={path}"));
    assert_eq!((recorded.code, recorded.err.as_str()), (0, ""));
    let asked = server.asked().len();
    let replayed = ask(format!("replay={path}"));
    assert_eq!(recorded.out, replayed.out);
    assert_eq!(server.asked().len(), asked, "a replay asks nothing");
    let all: Value = serde_json::from_str(&recorded.out).unwrap();
    assert_eq!(all[0]["verdict"]["spoofable"], "no", "{all:#}");
    assert_eq!(all[2]["published"]["spf"]["lookups"], 12);
}

/// Records of thousands of terms, each with an include of another such record.
#[test]
fn a_hostile_record_ends_in_time() {
    let terms = |seed: usize| -> String {
        let includes = (0..2_000).map(|n| format!(" include:n{}.flood.example a:%{{d}}", seed * 7 % 50 + n));
        includes.collect()
    };
    let mut text = "{\"spoofcheck_dns\":1,\"absent\":\"nxdomain\"}\n".to_owned();
    let names = (0..60)
        .map(|n| format!("n{n}.flood.example"))
        .chain(["flood.example".to_owned()]);
    for (seed, name) in names.enumerate() {
        let record = format!("v=spf1{} +all", terms(seed));
        text += &serde_json::json!({"name": name, "type": "TXT", "rcode": "NOERROR", "data": [record]}).to_string();
        text += "\n";
    }
    let snapshot = Snapshot::parse(&text, "flood").unwrap();
    let started = Instant::now();
    let posture = posture::examine(&request("flood.example"), &snapshot);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(posture.published.spf.limited && posture.published.spf.terms.len() <= 1_000);
    assert_eq!(posture.verdict.spoofable, Spoofable::Yes, "it has no DMARC record");
}
