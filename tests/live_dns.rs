//! The live path against a name server on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use std::{
    net::{TcpListener, UdpSocket},
    time::{Duration, Instant},
};

use spoofcheck::{
    dns::{Answer, Limits, Live, Question, RecordType, Resolver, Snapshot, StoredAnswer},
    time::Timestamp,
};

#[allow(dead_code, reason = "shared with other tests")]
#[path = "common/name_server.rs"]
mod name_server;
use name_server::NameServer;

const NOW: Timestamp = Timestamp(1_793_491_200);

const ZONE: &str = r#"
    bank.example MX 20 mx2.bank.example.
    bank.example MX 10 MX1.bank.example.
    bank.example TXT "v=spf1 ip4:192.0.2.0" "/24 -all"
    mx1.bank.example A 192.0.2.2
    mx1.bank.example A 192.0.2.1
    mx1.bank.example AAAA 2001:db8::1
    1.2.0.192.in-addr.arpa PTR mx1.bank.example.
    s1._domainkey.bank.example CNAME s1.esp.example.
    s1.esp.example CNAME key.esp.example.
    key.esp.example TXT "p=AAAA"
    dangling.bank.example CNAME nowhere.esp.example.
    short.bank.example CNAME s1.esp.example.
    short.bank.example SHORT
    loop.bank.example CNAME back.bank.example.
    back.bank.example CNAME loop.bank.example.
    compact.bank.example NXNAME
    broken.bank.example SERVFAIL
    secret.bank.example REFUSED
    silent.bank.example SILENT
"#;

/// Asks on a resolver with short limits, and reads the answers through a snapshot as an evaluator does.
fn ask(server: &NameServer, questions: &[(&str, RecordType)]) -> (Vec<StoredAnswer>, Snapshot) {
    let questions: Vec<Question> = questions
        .iter()
        .map(|(name, rtype)| Question::new(name, *rtype))
        .collect();
    let lines = live(&server.address().to_string()).ask_blocking(&questions, NOW);
    (lines.clone(), snapshot_of(lines))
}

fn live(resolver: &str) -> Live {
    let limits = Limits {
        each: Duration::from_millis(800),
        tries: 2,
        overall: Duration::from_secs(20),
    };
    Live::with_limits(&Resolver::parse(resolver).unwrap(), limits).unwrap()
}

fn snapshot_of(lines: Vec<StoredAnswer>) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for line in lines {
        snapshot.insert(line);
    }
    snapshot
}

fn found(snapshot: &Snapshot, name: &str, rtype: RecordType) -> Answer {
    snapshot.find(&Question::new(name, rtype), None).answer
}

fn texts(answer: &Answer) -> Vec<String> {
    answer
        .records()
        .iter()
        .map(|data| data.to_text().into_owned())
        .collect()
}

fn shown(lines: &[StoredAnswer]) -> Vec<String> {
    lines
        .iter()
        .map(|line| format!("{} {} {}", line.question.name, line.question.rtype, line.rcode))
        .collect()
}

#[test]
fn records_of_every_type() {
    let server = NameServer::start(ZONE);
    let questions = [
        ("Bank.Example.", RecordType::Mx),
        ("bank.example", RecordType::Txt),
        ("mx1.bank.example", RecordType::A),
        ("mx1.bank.example", RecordType::Aaaa),
        ("1.2.0.192.in-addr.arpa", RecordType::Ptr),
        ("s1.esp.example", RecordType::Cname),
    ];
    let expected: [&[&str]; 6] = [
        &["10 mx1.bank.example.", "20 mx2.bank.example."],
        &["v=spf1 ip4:192.0.2.0/24 -all"],
        &["192.0.2.1", "192.0.2.2"],
        &["2001:db8::1"],
        &["mx1.bank.example."],
        &["key.esp.example."],
    ];
    let (lines, snapshot) = ask(&server, &questions);
    for ((name, rtype), expected) in questions.iter().zip(expected) {
        assert_eq!(texts(&found(&snapshot, name, *rtype)), expected, "{name}");
    }
    assert!(
        lines
            .iter()
            .all(|line| line.ttl == Some(300) && line.asked_at == Some(NOW))
    );
    assert!(
        lines
            .iter()
            .map(|line| line.question.rtype)
            .eq(questions.map(|(_, rtype)| rtype)),
        "in the order asked"
    );
}

#[test]
fn nothing_there_in_its_three_forms() {
    let server = NameServer::start(ZONE);
    let (lines, snapshot) = ask(
        &server,
        &[
            ("gone.bank.example", RecordType::Txt),
            ("bank.example", RecordType::A),
            ("compact.bank.example", RecordType::Txt),
            ("compact.bank.example", RecordType::A),
        ],
    );
    assert_eq!(found(&snapshot, "gone.bank.example", RecordType::Txt), Answer::NxDomain);
    assert_eq!(found(&snapshot, "bank.example", RecordType::A), Answer::NoData);
    for rtype in [RecordType::Txt, RecordType::A] {
        let answer = found(&snapshot, "compact.bank.example", rtype);
        assert_eq!(answer, Answer::NxDomain, "RFC 9824, {rtype}");
    }
    assert_eq!(lines[0].ttl, Some(60), "the SOA's minimum");
}

/// The proof of RFC 9824 is asked for where no answer so far spoke against it.
#[test]
fn a_name_with_records_at_it_or_below_is_not_doubted() {
    let server = NameServer::start(ZONE);
    let live = live(&server.address().to_string());
    let asked = |name: &str, rtype: RecordType| {
        let before = server.asked().len();
        live.ask_blocking(&[Question::new(name, rtype)], NOW);
        server.asked().len() - before
    };
    assert_eq!(asked("bank.example", RecordType::A), 2, "nothing is known of it");
    assert_eq!(asked("mx1.bank.example", RecordType::A), 1);
    for name in ["mx1.bank.example", "bank.example", "example"] {
        assert_eq!(
            asked(name, RecordType::Ptr),
            1,
            "{name}: an address stands at it or below"
        );
    }
    assert_eq!(asked("compact.bank.example", RecordType::A), 2);
}

/// The proof is asked for at once where texts of a host are, which mostly has none.
#[test]
fn texts_of_a_host_are_one_question() {
    let server = NameServer::start(ZONE);
    let live = live(&server.address().to_string());
    for (name, rcode) in [("mx1.bank.example", "NOERROR"), ("compact.bank.example", "NXDOMAIN")] {
        let before = server.asked().len();
        let lines = live.ask_blocking(&[Question::new(name, RecordType::Txt)], NOW);
        assert_eq!(server.asked().len() - before, 1, "{name}");
        assert_eq!(lines[0].rcode, rcode, "{name}");
    }
}

/// A large mailbox does not wait for each question where nothing is ever answered.
#[test]
fn a_server_that_is_silent_is_given_one_try_until_it_answers() {
    let names: String = (0..100)
        .map(|number| format!("n{number}.silent.example SILENT\n"))
        .collect();
    let server = NameServer::start(&format!("{names}\nbank.example TXT \"v=spf1 -all\""));
    let limits = Limits {
        each: Duration::from_millis(300),
        tries: 2,
        overall: Duration::from_secs(20),
    };
    let resolver = Resolver::parse(&server.address().to_string()).unwrap();
    let live = Live::with_limits(&resolver, limits).unwrap();
    let asked = |names: &[String]| {
        let before = server.asked().len();
        let questions: Vec<Question> = names.iter().map(|name| Question::new(name, RecordType::Txt)).collect();
        let lines = live.ask_blocking(&questions, NOW);
        assert!(
            lines
                .iter()
                .all(|line| (line.rcode == "TIMEOUT") == line.question.name.contains("silent"))
        );
        server.asked().len() - before
    };
    let silent: Vec<String> = (0..100).map(|number| format!("n{number}.silent.example")).collect();
    assert_eq!(asked(&silent[..10]), 20);
    assert_eq!(asked(&silent[10..15]), 5, "nothing was ever heard of it");
    assert_eq!(asked(&["bank.example".to_owned()]), 1);
    assert_eq!(asked(&silent[15..20]), 10);
    asked(&silent[20..90]);
    assert_eq!(asked(&silent[90..95]), 5, "one try each");
    assert_eq!(asked(&["bank.example".to_owned()]), 1);
    assert_eq!(asked(&silent[95..]), 10, "it answered");
}

#[test]
fn aliases_are_lines_of_their_own() {
    let server = NameServer::start(ZONE);
    let (lines, snapshot) = ask(&server, &[("s1._domainkey.bank.example", RecordType::Txt)]);
    let chain = [
        "s1._domainkey.bank.example CNAME NOERROR",
        "s1.esp.example CNAME NOERROR",
        "key.esp.example TXT NOERROR",
    ];
    assert_eq!(shown(&lines), chain);
    assert_eq!(
        texts(&found(&snapshot, "s1._domainkey.bank.example", RecordType::Txt)),
        ["p=AAAA"]
    );

    let (_, snapshot) = ask(
        &server,
        &[
            ("dangling.bank.example", RecordType::A),
            ("loop.bank.example", RecordType::A),
        ],
    );
    assert_eq!(
        found(&snapshot, "dangling.bank.example", RecordType::A),
        Answer::NxDomain
    );
    assert_eq!(
        found(&snapshot, "loop.bank.example", RecordType::A),
        Answer::Failed("SERVFAIL".to_owned())
    );
}

#[test]
fn an_alias_that_the_server_does_not_follow_is_followed() {
    let server = NameServer::start(ZONE);
    let (lines, snapshot) = ask(&server, &[("short.bank.example", RecordType::Txt)]);
    let chain = [
        "short.bank.example CNAME NOERROR",
        "s1.esp.example CNAME NOERROR",
        "key.esp.example TXT NOERROR",
    ];
    assert_eq!(shown(&lines), chain);
    assert_eq!(
        texts(&found(&snapshot, "short.bank.example", RecordType::Txt)),
        ["p=AAAA"]
    );
}

#[test]
fn a_truncated_answer_is_asked_for_over_tcp() {
    let part = "x".repeat(250);
    let zone = format!("big.example TXT {}", format!("\"{part}\" ").repeat(20));
    let server = NameServer::start(&zone);
    let (_, snapshot) = ask(&server, &[("big.example", RecordType::Txt)]);
    assert_eq!(
        texts(&found(&snapshot, "big.example", RecordType::Txt)),
        [part.repeat(20)]
    );
    assert_eq!(server.asked(), ["big.example. TXT udp", "big.example. TXT tcp"]);
}

#[test]
fn a_server_that_fails_or_refuses() {
    let server = NameServer::start(ZONE);
    let (_, snapshot) = ask(
        &server,
        &[
            ("broken.bank.example", RecordType::Txt),
            ("secret.bank.example", RecordType::Txt),
        ],
    );
    let failed = |rcode: &str| Answer::Failed(rcode.to_owned());
    assert_eq!(
        found(&snapshot, "broken.bank.example", RecordType::Txt),
        failed("SERVFAIL")
    );
    assert_eq!(
        found(&snapshot, "secret.bank.example", RecordType::Txt),
        failed("REFUSED")
    );
    let asked = server.asked();
    let count = |name: &str| asked.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!((count("broken"), count("secret")), (2, 1), "only SERVFAIL may pass");
}

#[test]
fn a_server_that_never_answers_is_waited_for_no_longer_than_said() {
    let server = NameServer::start(ZONE);
    let start = Instant::now();
    let (_, snapshot) = ask(
        &server,
        &[
            ("silent.bank.example", RecordType::Txt),
            ("bank.example", RecordType::Txt),
        ],
    );
    let took = start.elapsed();
    assert_eq!(
        found(&snapshot, "silent.bank.example", RecordType::Txt),
        Answer::TimedOut
    );
    assert_eq!(
        texts(&found(&snapshot, "bank.example", RecordType::Txt)).len(),
        1,
        "the others are not kept waiting"
    );
    assert!(
        took >= Duration::from_millis(1600) && took < Duration::from_millis(3200),
        "{took:?}"
    );
}

#[test]
fn the_overall_limit_holds_for_any_number_of_questions() {
    // A socket that nobody reads from.
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let limits = Limits {
        each: Duration::from_secs(5),
        tries: 2,
        overall: Duration::from_secs(1),
    };
    let resolver = Resolver::parse(&socket.local_addr().unwrap().to_string()).unwrap();
    let live = Live::with_limits(&resolver, limits).unwrap();
    let questions: Vec<Question> = (0..200)
        .map(|number| Question::new(&format!("{number}.example"), RecordType::A))
        .collect();
    let start = Instant::now();
    let lines = live.ask_blocking(&questions, NOW);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(lines.len(), 200);
    assert!(lines.iter().all(|line| line.rcode == "TIMEOUT"));
}

#[test]
fn many_questions_at_a_time_keep_their_order() {
    let zone: String = (0..300)
        .map(|number| format!("n{number}.example A 192.0.2.{}\n", number % 256))
        .collect();
    let server = NameServer::start(&zone);
    let names: Vec<String> = (0..300).map(|number| format!("n{number}.example")).collect();
    let questions: Vec<(&str, RecordType)> = names.iter().map(|name| (name.as_str(), RecordType::A)).collect();
    let (lines, _) = ask(&server, &questions);
    assert!(
        lines
            .iter()
            .map(|line| &*line.question.name)
            .eq(names.iter().map(String::as_str))
    );
    assert!(lines.iter().all(|line| line.rcode == "NOERROR" && line.data.len() == 1));
}

#[test]
fn names_that_cannot_be_asked() {
    let server = NameServer::start(ZONE);
    let long = format!("{}.example", "a".repeat(64));
    let (lines, _) = ask(
        &server,
        &[(long.as_str(), RecordType::A), ("a..example", RecordType::A)],
    );
    assert!(lines.iter().all(|line| line.rcode == "FORMERR"));
    assert!(server.asked().is_empty());

    let (lines, _) = ask(&server, &[("a b\u{1}.bank.example", RecordType::A)]);
    assert_eq!(
        (&*lines[0].question.name, lines[0].rcode.as_str()),
        ("a b\u{1}.bank.example", "NXDOMAIN")
    );
}

#[test]
fn a_port_where_nothing_listens() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lines = live(&format!("tls://{free}")).ask_blocking(&[Question::new("bank.example", RecordType::A)], NOW);
    assert_eq!(shown(&lines), ["bank.example A UNREACHABLE"]);
}

#[test]
fn a_resolver_serves_several_threads_and_may_be_dropped_anywhere() {
    let server = NameServer::start(ZONE);
    let resolver = live(&server.address().to_string());
    let question = [Question::new("mx1.bank.example", RecordType::A)];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(resolver.ask_blocking(&question, NOW)[0].data.len(), 2));
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let other = live(&server.address().to_string());
        assert_eq!(other.ask(&question, NOW).await[0].data.len(), 2);
    });
}

#[test]
fn what_was_asked_live_is_what_a_file_replays() {
    let server = NameServer::start(ZONE);
    let (_, mut snapshot) = ask(
        &server,
        &[
            ("s1._domainkey.bank.example", RecordType::Txt),
            ("x.example", RecordType::Txt),
        ],
    );
    snapshot.now = Some(NOW);
    let mut file = Vec::new();
    snapshot.write(&mut file).unwrap();
    let replayed = Snapshot::parse(&String::from_utf8(file).unwrap(), "record.jsonl").unwrap();
    assert_eq!(replayed.sha256(), snapshot.sha256());
    assert_eq!(replayed.answers(), snapshot.answers());
    assert_eq!(replayed.now, Some(NOW));
}

/// Run by tests/nsd.sh, which serves testdata/nsd/test.zone and names the address in `NSD_ADDRESS`.
#[test]
#[ignore = "needs NSD: tests/nsd.sh"]
fn nsd() {
    let address = std::env::var("NSD_ADDRESS").unwrap();
    let questions = [
        ("bank.example", RecordType::Mx),
        ("bank.example", RecordType::Txt),
        ("bank.example", RecordType::A),
        ("gone.bank.example", RecordType::Txt),
        ("s1._domainkey.bank.example", RecordType::Txt),
        ("big.bank.example", RecordType::Txt),
        ("bytes.bank.example", RecordType::Txt),
        ("away.bank.example", RecordType::Txt),
        ("sub.bank.example", RecordType::Txt),
        ("other.test", RecordType::Txt),
    ];
    let asked: Vec<Question> = questions
        .iter()
        .map(|(name, rtype)| Question::new(name, *rtype))
        .collect();
    let lines = live(&address).ask_blocking(&asked, NOW);
    let snapshot = snapshot_of(lines);
    let find = |name: &str, rtype| found(&snapshot, name, rtype);
    assert_eq!(
        texts(&find("bank.example", RecordType::Mx)),
        ["10 mx1.bank.example.", "20 mx2.bank.example."]
    );
    assert_eq!(
        texts(&find("bank.example", RecordType::Txt)),
        ["v=spf1 ip4:192.0.2.0/24 -all"]
    );
    assert_eq!(find("bank.example", RecordType::A), Answer::NoData);
    assert_eq!(find("gone.bank.example", RecordType::Txt), Answer::NxDomain);
    assert_eq!(
        texts(&find("s1._domainkey.bank.example", RecordType::Txt)),
        ["v=DKIM1; p=AAAA"]
    );
    assert_eq!(
        texts(&find("big.bank.example", RecordType::Txt)).concat().len(),
        20 * 250,
        "over TCP"
    );
    let bytes = find("bytes.bank.example", RecordType::Txt);
    assert_eq!(
        bytes.records().iter().map(|data| data.as_bytes()).collect::<Vec<_>>(),
        [&b"\xff\x00;\""[..]]
    );
    // NSD follows no alias out of its zones, only refers for a delegation, and refuses what it does not serve.
    assert_eq!(
        find("away.bank.example", RecordType::Txt),
        Answer::Failed("REFUSED".to_owned())
    );
    assert_eq!(
        find("sub.bank.example", RecordType::Txt),
        Answer::Failed("NOTAUTH".to_owned())
    );
    assert_eq!(
        find("other.test", RecordType::Txt),
        Answer::Failed("REFUSED".to_owned())
    );
}
