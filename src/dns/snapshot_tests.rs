#![allow(clippy::unwrap_used, reason = "a test may stop")]

use proptest::prelude::*;

use super::*;
use crate::{dns::Data, error::Error};

fn parse(text: &str) -> Snapshot {
    Snapshot::parse(text, "test.jsonl").unwrap()
}

fn under(header: &str, lines: &[&str]) -> Snapshot {
    parse(&format!("{header}\n{}\n", lines.join("\n")))
}

fn written(snapshot: &Snapshot) -> String {
    let mut out = Vec::new();
    snapshot.write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn at(text: &str) -> Option<Timestamp> {
    Some(Timestamp::parse_rfc3339(text).unwrap())
}

fn ask(snapshot: &Snapshot, name: &str, rtype: RecordType) -> Answer {
    snapshot.find(&Question::new(name, rtype), None).answer
}

fn texts(answer: &Answer) -> Vec<String> {
    answer
        .records()
        .iter()
        .map(|data| data.to_text().into_owned())
        .collect()
}

const NOT_ASKED: &str = r#"{"spoofcheck_dns": 1}"#;
const NXDOMAIN: &str = r#"{"spoofcheck_dns": 1, "absent": "nxdomain", "now": null}"#;
const DMARC: &str = r#"{"name":"_DMARC.Bank.Example.","type":"TXT","rcode":"NOERROR","data":["v=DMARC1; p=reject"]}"#;

#[test]
fn five_different_answers() {
    let snapshot = under(
        NOT_ASKED,
        &[
            DMARC,
            r#"{"name":"bank.example","type":"MX","rcode":"NOERROR"}"#,
            r#"{"name":"gone.example","type":"TXT","rcode":"NXDOMAIN"}"#,
            r#"{"name":"broken.example","type":"TXT","rcode":"ServFail"}"#,
            r#"{"name":"slow.example","type":"TXT","rcode":"TIMEOUT"}"#,
        ],
    );
    assert_eq!(
        texts(&ask(&snapshot, "_dmarc.bank.example", RecordType::Txt)),
        ["v=DMARC1; p=reject"]
    );
    assert_eq!(ask(&snapshot, "bank.example", RecordType::Mx), Answer::NoData);
    assert_eq!(ask(&snapshot, "gone.example", RecordType::Txt), Answer::NxDomain);
    assert_eq!(
        ask(&snapshot, "broken.example", RecordType::Txt),
        Answer::Failed("SERVFAIL".to_owned())
    );
    assert_eq!(ask(&snapshot, "slow.example", RecordType::Txt), Answer::TimedOut);
    for (name, rtype) in [
        ("bank.example", RecordType::A),
        ("gone.example", RecordType::A),
        ("x.example", RecordType::A),
    ] {
        assert_eq!(ask(&snapshot, name, rtype), Answer::NotAsked, "{name}");
    }
}

#[test]
fn under_nxdomain_a_listed_name_and_its_ancestors_exist() {
    let snapshot = under(
        NXDOMAIN,
        &[
            DMARC,
            r#"{"name":"gone.example","type":"TXT","rcode":"NXDOMAIN"}"#,
            r#"{"name":"a.gone.example","type":"A","rcode":"NOERROR"}"#,
        ],
    );
    for existing in ["_dmarc.bank.example", "bank.example", "example", ""] {
        assert_eq!(ask(&snapshot, existing, RecordType::A), Answer::NoData, "{existing}");
    }
    for missing in ["gone.example", "ank.example", "x.bank.example", "mple", "_dmarc"] {
        assert_eq!(ask(&snapshot, missing, RecordType::A), Answer::NxDomain, "{missing}");
    }
}

#[test]
fn not_asked_wins_when_files_are_put_together() {
    let line = r#"{"name":"b.example","type":"A","rcode":"NOERROR","data":["192.0.2.1"]}"#;
    for text in [
        format!("{NXDOMAIN}\n{DMARC}\n{NOT_ASKED}\n{line}"),
        format!("{NOT_ASKED}\n{DMARC}\n{NXDOMAIN}\n{line}"),
    ] {
        let snapshot = parse(&text);
        assert_eq!(snapshot.absent, Absent::NotAsked);
        assert_eq!(ask(&snapshot, "bank.example", RecordType::A), Answer::NotAsked);
        assert_eq!(texts(&ask(&snapshot, "b.example", RecordType::A)), ["192.0.2.1"]);
    }

    let (strict, loose) = (under(NXDOMAIN, &[DMARC]), under(NOT_ASKED, &[line]));
    let mut merged = Snapshot::new();
    merged.merge(strict.clone());
    assert_eq!(merged.absent, Absent::NxDomain, "the first file says what is absent");
    merged.merge(strict.clone());
    assert_eq!((merged.absent, merged.len()), (Absent::NxDomain, 1));
    merged.merge(loose.clone());
    assert_eq!((merged.absent, merged.len()), (Absent::NotAsked, 2));
    let mut other_way = loose;
    other_way.merge(strict);
    assert_eq!(written(&other_way), written(&merged));
}

#[test]
fn the_clock_is_the_latest_one() {
    let text = "{\"spoofcheck_dns\":1,\"now\":\"2026-11-01T00:00:00Z\"}\n{\"spoofcheck_dns\":1,\"now\":\"2025-11-01T00:00:00Z\"}";
    assert_eq!(parse(text).now, at("2026-11-01T00:00:00Z"));
}

#[test]
fn aliases_are_followed_and_loops_end() {
    let snapshot = under(
        NOT_ASKED,
        &[
            r#"{"name":"s1._domainkey.bank.example","type":"CNAME","rcode":"NOERROR","data":["s1.ESP.example."],"ttl":5}"#,
            r#"{"name":"s1.esp.example","type":"CNAME","rcode":"NOERROR","data":["key.esp.example"]}"#,
            r#"{"name":"key.esp.example","type":"TXT","rcode":"NOERROR","data":["p=AAAA"],"ttl":60}"#,
            r#"{"name":"a.example","type":"CNAME","rcode":"NOERROR","data":["b.example."]}"#,
            r#"{"name":"b.example","type":"CNAME","rcode":"NOERROR","data":["a.example."]}"#,
            r#"{"name":"c.example","type":"CNAME","rcode":"NOERROR","data":["unasked.example."]}"#,
            r#"{"name":"self.example","type":"CNAME","rcode":"NOERROR","data":["self.example."]}"#,
        ],
    );
    let question = Question::new("s1._domainkey.bank.example", RecordType::Txt);
    let found = snapshot.find(&question, None);
    assert_eq!(texts(&found.answer), ["p=AAAA"]);
    assert_eq!(found.aliases, ["s1.esp.example", "key.esp.example"]);
    assert_eq!(found.ttl, Some(60));
    let servfail = Answer::Failed("SERVFAIL".to_owned());
    assert_eq!(ask(&snapshot, "a.example", RecordType::A), servfail);
    assert_eq!(ask(&snapshot, "self.example", RecordType::A), servfail);
    assert_eq!(ask(&snapshot, "c.example", RecordType::A), Answer::NotAsked);
    assert_eq!(texts(&ask(&snapshot, "a.example", RecordType::Cname)), ["b.example."]);
}

#[test]
fn a_chain_without_end_is_given_up() {
    let mut lines: Vec<String> = (0..1000)
        .map(|n| {
            format!(
                r#"{{"name":"{n}.example","type":"CNAME","rcode":"NOERROR","data":["{}.example."]}}"#,
                n + 1
            )
        })
        .collect();
    lines.insert(0, NOT_ASKED.to_owned());
    let found = parse(&lines.join("\n")).find(&Question::new("0.example", RecordType::A), None);
    assert_eq!(found.answer, Answer::Failed("SERVFAIL".to_owned()));
    assert_eq!(found.aliases.len(), MAX_ALIASES);
}

#[test]
fn the_answer_of_the_time_of_delivery() {
    let line = |data: &str, times: &str| {
        format!(r#"{{"name":"k.example","type":"TXT","rcode":"NOERROR","data":["{data}"],{times}}}"#)
    };
    let lines = [
        line("early", r#""asked_at":"2020-01-01T00:00:00Z""#),
        line("late", r#""asked_at":"2024-01-01T00:00:00Z""#),
        line(
            "valid",
            r#""asked_at":"2025-01-01T00:00:00Z","valid_from":"2021-01-01T00:00:00Z","valid_to":"2022-01-01T00:00:00Z""#,
        ),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let snapshot = under(NOT_ASKED, &lines);
    let question = Question::new("k.example", RecordType::Txt);
    let found = |time: &str| {
        let found = snapshot.find(&question, at(time));
        (texts(&found.answer).concat(), found.later, found.stale)
    };
    assert_eq!(found("2021-01-01T00:00:00Z"), ("valid".to_owned(), false, false));
    assert_eq!(found("2021-12-31T23:59:59Z"), ("valid".to_owned(), false, false));
    assert_eq!(
        found("2022-01-01T00:00:00Z"),
        ("early".to_owned(), false, false),
        "valid_to is exclusive"
    );
    assert_eq!(found("2024-06-01T00:00:00Z"), ("late".to_owned(), false, false));
    assert_eq!(found("2019-12-31T00:00:00Z"), ("early".to_owned(), true, false));
    assert_eq!(
        found("2019-07-05T00:00:00Z"),
        ("early".to_owned(), true, false),
        "180 days to the second"
    );
    assert_eq!(found("2019-07-04T23:59:59Z"), ("early".to_owned(), true, true));
    assert_eq!(
        texts(&snapshot.find(&question, None).answer),
        ["valid"],
        "the latest, without a time"
    );
}

#[test]
fn an_answer_without_a_time_is_never_later() {
    let snapshot = under(NOT_ASKED, &[DMARC]);
    let found = snapshot.find(
        &Question::new("_dmarc.bank.example", RecordType::Txt),
        at("1999-01-01T00:00:00Z"),
    );
    assert!(!found.later && !found.stale);
}

#[test]
fn a_broken_line_is_named() {
    let header = "a snapshot begins with its header";
    let wrong = [
        ("", 1, header),
        (DMARC, 1, header),
        ("{\"spoofcheck_dns\":2}", 1, "version 2"),
        ("{\"spoofcheck_dns\":1,\"absent\":\"maybe\"}", 1, "`maybe`"),
        ("{\"spoofcheck_dns\":1,\"now\":\"today\"}", 1, "`today`"),
    ];
    for (text, line, what) in wrong {
        assert_error(text, line, what);
    }
    let lines = [
        (r#"{"name":"a","type":"TXT"}"#, "`rcode` is missing"),
        (r#"{"name":"a","rcode":"NOERROR"}"#, "`type` is missing"),
        (r#"{"type":"A","rcode":"NOERROR"}"#, "`name` is missing"),
        (
            r#"{"name":"a","type":"NONSENSE","rcode":"NOERROR"}"#,
            "`NONSENSE` is no record type",
        ),
        (
            r#"{"name":"a","type":"A","rcode":"NOERROR","data":["192.0.2"]}"#,
            "`192.0.2` is no A record",
        ),
        (
            r#"{"name":"a","type":"MX","rcode":"NOERROR","data":["mx.example."]}"#,
            "no MX record",
        ),
        (
            r#"{"name":"a","type":"TXT","rcode":"NXDOMAIN","data":["x"]}"#,
            "NXDOMAIN with data",
        ),
        (r#"{"name":"a","type":"TXT","rcode":"","data":[]}"#, "no response code"),
        (
            r#"{"name":"a","type":"TXT","rcode":"NOERROR","data":"x"}"#,
            "is not a snapshot line",
        ),
        (
            r#"{"name":"a","type":"TXT","rcode":"NOERROR","data":[{"base64":"*"}]}"#,
            "no base64",
        ),
        (
            r#"{"name":"a","type":"TXT","rcode":"NOERROR","asked_at":"2026"}"#,
            "`asked_at` is `2026`",
        ),
        ("{", "is not a snapshot line"),
    ];
    for (line, what) in lines {
        assert_error(&format!("{NOT_ASKED}\n\n{DMARC}\n{line}\n{DMARC}"), 4, what);
    }
}

fn assert_error(text: &str, line: usize, what: &str) {
    match Snapshot::parse(text, "test.jsonl") {
        Err(Error::Snapshot {
            path,
            line: at,
            what: said,
        }) => {
            assert_eq!((path.to_str(), at), (Some("test.jsonl"), line), "{text}");
            assert!(said.contains(what), "{said}");
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn files_are_read_and_bytes_that_are_no_text_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dns.jsonl");
    assert!(matches!(Snapshot::read(&path), Err(Error::Read { .. })));
    std::fs::write(&path, format!("\u{feff}{NOT_ASKED}\r\n{DMARC}\r\n")).unwrap();
    assert_eq!(Snapshot::read(&path).unwrap().len(), 1);
    std::fs::write(&path, [NOT_ASKED.as_bytes(), b"\n\xff\n"].concat()).unwrap();
    assert!(matches!(Snapshot::read(&path), Err(Error::Snapshot { line: 2, .. })));
}

#[test]
fn the_canonical_form_is_sorted_and_its_hash_is_stable() {
    let lines = [
        r#"{"name":"b.example","type":"TLSA","rcode":"NOERROR","data":["3 1 1 00"]}"#,
        r#"{"name":"a-b.example","type":"TYPE65280","rcode":"NOERROR","data":["\\# 0 "]}"#,
        r#"{"name":"a.example","type":"TXT","rcode":"NOERROR","ttl":300,"data":[{"base64":"/w=="},"x"],"asked_at":"2026-11-01T01:00:00+01:00"}"#,
        r#"{"name":"a.example","type":"A","rcode":"REFUSED","unknown":{"kept":false}}"#,
    ];
    let expected = concat!(
        "{\"spoofcheck_dns\":1,\"absent\":\"not-asked\",\"now\":null}\n",
        "{\"name\":\"a-b.example.\",\"type\":\"TYPE65280\",\"rcode\":\"NOERROR\",\"data\":[\"\\\\# 0 \"]}\n",
        "{\"name\":\"a.example.\",\"type\":\"A\",\"rcode\":\"REFUSED\",\"data\":[]}\n",
        "{\"name\":\"a.example.\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":300,\"data\":[{\"base64\":\"/w==\"},\"x\"],\"asked_at\":\"2026-11-01T00:00:00Z\"}\n",
        "{\"name\":\"b.example.\",\"type\":\"TLSA\",\"rcode\":\"NOERROR\",\"data\":[\"3 1 1 00\"]}\n",
    );
    let snapshot = under(NOT_ASKED, &lines);
    assert_eq!(written(&snapshot), expected);
    let reordered = under(NOT_ASKED, &[lines[3], lines[1], lines[0], lines[2], lines[2]]);
    assert_eq!(reordered.sha256(), snapshot.sha256());
    assert_eq!(snapshot.sha256().len(), 64);
    assert_ne!(snapshot.sha256(), Snapshot::new().sha256());
}

#[test]
fn a_name_is_the_same_question_however_often_it_is_read() {
    for name in ["ü。", "　ü", "a ..", "\u{ad} ü", "Ü.", "..", " . "] {
        let once = Question::new(name, RecordType::A);
        assert_eq!(
            Question::new(&format!("{}.", once.name), RecordType::A),
            once,
            "{name:?}"
        );
    }
}

/// Any line that can stand in a snapshot.
fn line() -> impl Strategy<Value = StoredAnswer> {
    let time = || proptest::option::of((0i64..4_000_000_000).prop_map(Timestamp));
    let text = ".{0,12}".prop_map(Data::Text);
    let bytes = proptest::collection::vec(any::<u8>(), 0..8).prop_map(Data::from_bytes);
    let data = proptest::collection::vec(prop_oneof![text, bytes], 0..3);
    let rtype = prop_oneof![
        Just(RecordType::Txt),
        Just(RecordType::Cname),
        any::<u16>().prop_map(RecordType::from_code)
    ];
    let rcode = prop_oneof!["NOERROR", "NXDOMAIN", "TIMEOUT", "RCODE[0-9]{4}"];
    let times = (time(), time(), time());
    (".{0,20}", rtype, rcode, data, any::<Option<u32>>(), times).prop_map(|(name, rtype, rcode, data, ttl, times)| {
        let typed = [RecordType::A, RecordType::Aaaa, RecordType::Mx].contains(&rtype);
        StoredAnswer {
            question: Question::new(&name, rtype),
            data: if rcode == "NOERROR" && !typed { data } else { Vec::new() }.into(),
            rcode,
            ttl,
            asked_at: times.0,
            valid_from: times.1,
            valid_to: times.2,
        }
    })
}

proptest! {
    #[test]
    fn reading_never_panics(text in "(\\{\"spoofcheck_dns\":1\\}\n)?[\\x00-\\x7fü\u{2028}{}\":,]{0,80}") {
        let _ = Snapshot::parse(&text, "test.jsonl");
    }

    #[test]
    fn what_is_written_is_read_again(lines in proptest::collection::vec(line(), 0..12), now in proptest::option::of(0i64..4_000_000_000)) {
        let mut snapshot = Snapshot::new();
        snapshot.now = now.map(Timestamp);
        for line in &lines {
            snapshot.insert(line.clone());
        }
        let text = written(&snapshot);
        let read = parse(&text);
        prop_assert_eq!(written(&read), text);
        prop_assert_eq!(read.answers(), snapshot.answers());
        for line in &lines {
            let time = line.asked_at;
            prop_assert_eq!(read.find(&line.question, time), snapshot.find(&line.question, time));
        }
    }
}
