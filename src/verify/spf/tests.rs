//! check_host() over small snapshots.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use proptest::prelude::*;

use super::*;
use crate::dns::{Absent, Data, Question, RecordType, Snapshot, StoredAnswer};

fn snapshot(absent: Absent, lines: &[(&str, RecordType, &[&str])]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.absent = absent;
    for (name, rtype, data) in lines {
        insert(&mut snapshot, name, *rtype, "NOERROR", data);
    }
    snapshot
}

fn insert(snapshot: &mut Snapshot, name: &str, rtype: RecordType, rcode: &str, data: &[&str]) {
    snapshot.insert(StoredAnswer {
        question: Question::new(name, rtype),
        rcode: rcode.to_owned(),
        data: data.iter().map(|text| Data::Text((*text).to_owned())).collect(),
        ttl: None,
        asked_at: None,
        valid_from: None,
        valid_to: None,
    });
}

fn request(ip: &str, sender: &str) -> SpfRequest {
    SpfRequest {
        ip: ip.parse().unwrap(),
        helo: "mail.example.org".to_owned(),
        sender: sender.to_owned(),
        domain: sender.rsplit_once('@').unwrap().1.to_owned(),
        receiver: "mx.example.net".to_owned(),
        time: 1_700_000_000,
    }
}

fn check(snapshot: &Snapshot, ip: &str) -> SpfCheck {
    check_host(&request(ip, "user@example.org"), &Lookups::new(snapshot, None))
}

use RecordType::{A, Aaaa, Mx, Ptr, Txt};

#[test]
fn a_pass_through_an_include_names_the_inner_term_and_the_way() {
    let zone = snapshot(
        Absent::NotAsked,
        &[
            (
                "example.org",
                Txt,
                &["other", "v=spf1 ip4:198.51.100.0/24 ?include:_spf.example.net -all"],
            ),
            ("_spf.example.net", Txt, &["v=spf1 ip4:192.0.0.0/16 ~all"]),
        ],
    );
    let found = check(&zone, "192.0.2.1");
    assert_eq!(found.result, Ok(SpfResult::Neutral));
    assert_eq!(found.matched.as_deref(), Some("ip4:192.0.0.0/16"));
    assert_eq!(found.path, ["example.org", "_spf.example.net"].map(Arc::from));
    assert_eq!(
        found.record.as_deref(),
        Some("v=spf1 ip4:198.51.100.0/24 ?include:_spf.example.net -all")
    );
    assert_eq!((found.lookups, found.voids), (1, 0));
    // A neutral result claims nothing, so a wide range takes nothing away.
    assert_eq!(found.overbroad, None);
    let steps: Vec<_> = found
        .trace
        .iter()
        .map(|step| (step.depth, &*step.term, step.outcome))
        .collect();
    assert_eq!(
        steps,
        [
            (0, "ip4:198.51.100.0/24", "no-match"),
            (0, "?include:_spf.example.net", "pass"),
            (1, "ip4:192.0.0.0/16", "match"),
            (1, "~all", "not-reached"),
            (0, "-all", "not-reached"),
        ]
    );
    let include = &found.trace[1];
    assert_eq!(include.record.as_deref(), Some("v=spf1 ip4:192.0.0.0/16 ~all"));
    assert_eq!(include.questions, [Question::new("_spf.example.net", Txt)]);
    assert_eq!((include.lookups, include.voids), (1, 0));
    let visited: Vec<_> = found.records_below().map(|visited| &*visited.question.name).collect();
    assert_eq!(visited, ["_spf.example.net"]);
}

#[test]
fn an_overbroad_pass_says_so() {
    let zone = snapshot(
        Absent::NotAsked,
        &[
            ("example.org", Txt, &["v=spf1 include:_spf.example.net -all"]),
            ("_spf.example.net", Txt, &["v=spf1 +all"]),
        ],
    );
    let found = check(&zone, "2001:db8::1");
    assert_eq!(found.result, Ok(SpfResult::Pass));
    assert!(found.overbroad.unwrap().contains("every address"));
}

#[test]
fn a_missing_answer_is_not_asked_and_is_noted() {
    let zone = snapshot(
        Absent::NotAsked,
        &[
            ("example.org", Txt, &["v=spf1 mx -all"]),
            (
                "example.org",
                Mx,
                &["10 a.example.org.", "20 b.example.org.", "30 c.example.org."],
            ),
            ("b.example.org", A, &["192.0.2.1"]),
        ],
    );
    let lookups = Lookups::new(&zone, None);
    let found = check_host(&request("192.0.2.1", "user@example.org"), &lookups);
    assert_eq!(found.result, Err(NotEvaluated::NotAsked));
    let outcomes: Vec<_> = found.trace.iter().map(|step| step.outcome).collect();
    assert_eq!(outcomes, ["not-asked", "not-reached"]);
    // One round of asking finds all hosts.
    assert_eq!(
        lookups.missing(),
        [Question::new("a.example.org", A), Question::new("c.example.org", A)]
    );
}

#[test]
fn a_fail_stands_while_its_explanation_is_missing() {
    let mut zone = snapshot(Absent::NotAsked, &[("example.org", Txt, &["v=spf1 -all exp=why.%{d}"])]);
    let lookups = Lookups::new(&zone, None);
    let found = check_host(&request("192.0.2.1", "user@example.org"), &lookups);
    assert_eq!((found.result, found.explanation), (Ok(SpfResult::Fail), None));
    assert_eq!(lookups.missing(), [Question::new("why.example.org", Txt)]);

    insert(
        &mut zone,
        "why.example.org",
        Txt,
        "NOERROR",
        &["%{c} may not send for %{o} at %{t}, says %{r}"],
    );
    let explanation = check(&zone, "192.0.2.1").explanation;
    assert_eq!(
        explanation.as_deref(),
        Some("192.0.2.1 may not send for example.org at 1700000000, says mx.example.net")
    );
}

#[test]
fn five_kinds_of_answer_are_five_results() {
    let cases: [(&str, &[&str], SpfResult, &str); 5] = [
        ("NXDOMAIN", &[], SpfResult::None, "does not exist"),
        ("NOERROR", &[], SpfResult::None, "no TXT record"),
        ("NOERROR", &["v=spf10 -all"], SpfResult::None, "no SPF record"),
        ("SERVFAIL", &[], SpfResult::Temperror, "SERVFAIL"),
        ("TIMEOUT", &[], SpfResult::Temperror, "timed out"),
    ];
    for (rcode, data, result, cause) in cases {
        let mut zone = Snapshot::new();
        insert(&mut zone, "example.org", Txt, rcode, data);
        let found = check(&zone, "192.0.2.1");
        assert_eq!(found.result, Ok(result), "{rcode}");
        assert!(found.cause.as_ref().unwrap().contains(cause), "{:?}", found.cause);
    }
    assert_eq!(check(&Snapshot::new(), "192.0.2.1").result, Err(NotEvaluated::NotAsked));
}

#[test]
fn several_records_and_syntax_errors_are_permanent() {
    for (records, cause) in [
        (["v=spf1 -all", "v=spf1 +all"].as_slice(), "2 SPF records"),
        (["v=spf1 +all ip4:192.0.2"].as_slice(), "no address"),
    ] {
        let zone = snapshot(Absent::NxDomain, &[("example.org", Txt, records)]);
        let found = check(&zone, "192.0.2.1");
        assert_eq!(found.result, Ok(SpfResult::Permerror));
        assert!(found.cause.as_ref().unwrap().contains(cause), "{:?}", found.cause);
        assert!(found.record.is_some());
    }
}

#[test]
fn the_tenth_lookup_counts_and_the_eleventh_is_an_error() {
    for (terms, result) in [(10, SpfResult::Fail), (11, SpfResult::Permerror)] {
        let record = format!("v=spf1 {} -all", "a:x.example.org ".repeat(terms));
        let zone = snapshot(
            Absent::NxDomain,
            &[("example.org", Txt, &[&record]), ("x.example.org", A, &["192.0.2.9"])],
        );
        assert_eq!(check(&zone, "192.0.2.1").result, Ok(result), "{terms}");
    }
    let looped = snapshot(
        Absent::NxDomain,
        &[("example.org", Txt, &["v=spf1 include:example.org -all"])],
    );
    let found = check(&looped, "192.0.2.1");
    assert_eq!(found.result, Ok(SpfResult::Permerror));
    assert!(found.cause.unwrap().contains("more than 10"));
}

#[test]
fn hosts_without_ipv6_break_no_record() {
    let zone = snapshot(
        Absent::NxDomain,
        &[
            ("example.org", Txt, &["v=spf1 mx ip6:2001:db8::/64 -all"]),
            (
                "example.org",
                Mx,
                &["10 a.example.org.", "10 b.example.org.", "10 c.example.org."],
            ),
        ],
    );
    let found = check(&zone, "2001:db8::1");
    assert_eq!((found.result, found.voids), (Ok(SpfResult::Pass), 0));
}

#[test]
fn each_step_tells_what_it_asked_expanded_and_cost() {
    let zone = snapshot(
        Absent::NxDomain,
        &[
            (
                "example.org",
                Txt,
                &["v=spf1 exists:%{ir}.%{l}.l.example.org include:%{d2}.example.net redirect=_r.example.org"],
            ),
            ("example.org.example.net", Txt, &["v=spf1 mx a:none.example.net -all"]),
            ("example.org.example.net", Mx, &["10 mx.example.net."]),
            ("mx.example.net", A, &["198.51.100.1"]),
            ("_r.example.org", Txt, &["v=spf1 ?all"]),
        ],
    );
    let found = check(&zone, "192.0.2.1");
    assert_eq!(found.result, Ok(SpfResult::Neutral));
    let steps: Vec<_> = found
        .trace
        .iter()
        .map(|step| (step.outcome, step.expanded.as_deref(), step.lookups, step.voids))
        .collect();
    assert_eq!(
        steps,
        [
            ("no-match", Some("1.2.0.192.user.l.example.org"), 1, 1),
            ("fail", Some("example.org.example.net"), 3, 1),
            ("no-match", None, 1, 0),
            ("no-match", None, 1, 1),
            ("match", None, 0, 0),
            ("neutral", None, 1, 0),
            ("match", None, 0, 0),
        ]
    );
    let asked: Vec<_> = found.trace.iter().map(|step| step.questions.len()).collect();
    assert_eq!(asked, [1, 1, 2, 1, 0, 1, 0]);
    assert_eq!((found.lookups, found.voids), (5, 2));
}

#[test]
fn a_halt_leaves_the_rest_not_reached_at_every_depth() {
    let zone = snapshot(
        Absent::NxDomain,
        &[
            ("example.org", Txt, &["v=spf1 include:a.example.org ip4:192.0.2.1 -all"]),
            ("a.example.org", Txt, &["v=spf1 include:gone.example.org ip4:192.0.2.1"]),
        ],
    );
    let found = check(&zone, "192.0.2.1");
    assert_eq!(found.result, Ok(SpfResult::Permerror));
    let steps: Vec<_> = found.trace.iter().map(|step| (step.depth, step.outcome)).collect();
    assert_eq!(
        steps,
        [
            (0, "permerror"),
            (1, "permerror"),
            (1, "not-reached"),
            (0, "not-reached"),
            (0, "not-reached"),
        ]
    );
}

#[test]
fn a_pass_through_a_shared_platform_names_it() {
    let zone = snapshot(
        Absent::NxDomain,
        &[
            ("example.org", Txt, &["v=spf1 include:example.net -all"]),
            ("example.net", Txt, &["v=spf1 redirect=_spf.google.com"]),
            ("_spf.google.com", Txt, &["v=spf1 ip4:192.0.2.0/24 ~all"]),
        ],
    );
    let found = check(&zone, "192.0.2.1");
    assert_eq!(
        found.shared_by.map(|platform| platform.name),
        Some("Google Workspace and Gmail")
    );
    // That many send from there is no fault of the record.
    assert_eq!(found.overbroad, None);
    assert_eq!(check(&zone, "198.51.100.1").shared_by, None);
}

#[test]
fn ptr_needs_a_name_that_leads_back() {
    let zone = snapshot(
        Absent::NxDomain,
        &[
            ("example.org", Txt, &["v=spf1 ptr -all"]),
            (
                "1.2.0.192.in-addr.arpa",
                Ptr,
                &["liar.example.org.", "mail.example.org."],
            ),
            ("liar.example.org", A, &["192.0.2.77"]),
            ("mail.example.org", A, &["192.0.2.1"]),
            ("2.2.0.192.in-addr.arpa", Ptr, &["liar.example.org."]),
        ],
    );
    let found = check(&zone, "192.0.2.1");
    assert_eq!(found.result, Ok(SpfResult::Pass));
    assert!(found.overbroad.unwrap().starts_with("ptr"));
    let tried = found.trace[0].detail.as_deref().unwrap();
    assert!(
        tried.contains("liar.example.org does not lead back; mail.example.org leads back"),
        "{tried}"
    );
    assert_eq!(check(&zone, "192.0.2.2").result, Ok(SpfResult::Fail));
    // A client without a name is no fault of the domain.
    assert_eq!(check(&zone, "192.0.2.3").result, Ok(SpfResult::Fail));
}

#[test]
fn mapped_addresses_are_ipv4_and_domains_need_no_lower_case() {
    let zone = snapshot(
        Absent::NxDomain,
        &[
            (
                "xn--bcher-kva.example",
                Txt,
                &["v=spf1 a:m.example.org//0 ip4:192.0.2.1 -all"],
            ),
            ("m.example.org", A, &["192.0.2.9"]),
            ("m.example.org", Aaaa, &["2001:db8::1"]),
        ],
    );
    let found = check_host(
        &request("::ffff:192.0.2.1", "user@B\u{fc}cher.Example."),
        &Lookups::new(&zone, None),
    );
    assert_eq!(found.result, Ok(SpfResult::Pass));
    assert_eq!(found.domain, "xn--bcher-kva.example");
    assert_eq!(found.ip, Some("192.0.2.1".parse().unwrap()));
}

#[test]
fn malformed_domains_and_giants_are_none_without_a_question() {
    let zone = Snapshot::new();
    let lookups = Lookups::new(&zone, None);
    for sender in [
        "user@localhost",
        "user@[192.0.2.1]",
        "user@192.0.2.1",
        "user@a..example",
        "user@",
    ] {
        assert_eq!(
            check_host(&request("192.0.2.1", sender), &lookups).result,
            Ok(SpfResult::None),
            "{sender}"
        );
    }
    let giant = format!("{}@example.org", "a".repeat(100_000));
    assert_eq!(
        check_host(&request("192.0.2.1", &giant), &lookups).result,
        Ok(SpfResult::None)
    );
    assert!(lookups.into_asked().is_empty());
}

#[test]
fn a_huge_record_leaves_a_short_trace() {
    let record = format!("v=spf1 {}-all", "ip4:198.51.100.1 ".repeat(4000));
    let zone = snapshot(Absent::NxDomain, &[("example.org", Txt, &[&record])]);
    let found = check(&zone, "192.0.2.1");
    assert_eq!(found.result, Ok(SpfResult::Fail));
    assert_eq!(found.trace.len(), 1002);
    assert_eq!(found.trace.last().unwrap().outcome, "match");
}

/// Text that is nearly a record.
fn terms() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("v=spf1".to_owned()),
        "[-+~?]?(all|a|mx|ptr|include|exists|ip4|ip6|redirect|exp)[:=/]{0,2}",
        "%\\{[slodipvhcrtxSL][0-9]{0,3}r?[-.+,/_=]{0,2}\\}?",
        "[%/:.=]{1,3}[a-z0-9.]{0,8}",
        "192\\.0\\.2\\.[0-9]{1,4}(/[0-9]{1,3})?",
        "\\PC{0,6}",
        Just(" ".to_owned()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_record_panics(terms in terms(), sender in "\\PC{0,30}", helo in "\\PC{0,20}", v6: bool) {
        let record = format!("v=spf1 {terms}");
        let zone = snapshot(Absent::NxDomain, &[("example.org", Txt, &[&record])]);
        let mut request = request(if v6 { "2001:db8::1" } else { "192.0.2.1" }, "user@example.org");
        request.sender = sender;
        request.helo = helo;
        let found = check_host(&request, &Lookups::new(&zone, None));
        prop_assert!(found.result.is_ok());
        prop_assert!(found.lookups <= 11 && found.voids <= 12);
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let mut zone = Snapshot::new();
        zone.absent = Absent::NxDomain;
        zone.insert(StoredAnswer {
            question: Question::new("example.org", Txt),
            rcode: "NOERROR".to_owned(),
            data: [Data::Bytes([b"v=spf1 ".as_slice(), &bytes].concat())].into(),
            ttl: None,
            asked_at: None,
            valid_from: None,
            valid_to: None,
        });
        prop_assert!(check(&zone, "192.0.2.1").result.is_ok());
    }
}
