use super::{
    model::{Answer, Posture, Weight},
    *,
};

/// A domain in a world that holds these TXT records, and one exchanger.
fn posture(records: &[(&str, &str)]) -> Posture {
    let mut text = "{\"spoofcheck_dns\":1,\"absent\":\"nxdomain\"}\n".to_owned();
    for (name, data) in records {
        text += &format!("{{\"name\":\"{name}\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"data\":[\"{data}\"]}}\n");
    }
    text += "{\"name\":\"bank.example\",\"type\":\"MX\",\"rcode\":\"NOERROR\",\"data\":[\"10 mail.bank.example.\"]}\n";
    let snapshot = Snapshot::parse(&text, "test").unwrap();
    let subject = Subject::new("Bank.Example.", &["s1".to_owned()], true).unwrap();
    examine(&subject, &snapshot, Timestamp(0))
}

fn advised(posture: &Posture) -> Vec<(&str, &str)> {
    let all = posture.advice.iter();
    all.map(|advice| (advice.name.as_str(), advice.data.as_str())).collect()
}

#[test]
fn nothing_published() {
    let found = posture(&[]);
    assert_eq!(found.spoofable.exact, Answer::Yes);
    assert_eq!(
        advised(&found),
        [
            (
                "_dmarc.bank.example.",
                "v=DMARC1; p=none; rua=mailto:dmarc-reports@bank.example"
            ),
            ("bank.example.", "v=spf1 mx -all"),
        ]
    );
    assert_eq!(found.dkim.len(), 1, "guesses that find nothing are not told");
}

#[test]
fn a_policy_with_holes() {
    let found = posture(&[
        ("bank.example", "v=spf1 mx -all"),
        (
            "_dmarc.bank.example",
            "v=DMARC1; p=quarantine; sp=none; t=y; rua=mailto:d@bank.example",
        ),
    ]);
    // t=y makes none of quarantine.
    assert_eq!(found.spoofable.exact, Answer::Yes);
    assert_eq!(found.spoofable.subdomains, Answer::Yes);
    let record = "v=DMARC1; p=reject; sp=reject; rua=mailto:d@bank.example; np=reject";
    assert_eq!(advised(&found), [("_dmarc.bank.example.", record)]);
}

#[test]
fn a_strict_policy_over_an_open_record() {
    let strict = ("_dmarc.bank.example", "v=DMARC1; p=reject; rua=mailto:d@bank.example");
    let closed = posture(&[("bank.example", "v=spf1 mx -all"), strict]);
    assert_eq!(
        (closed.spoofable.exact, closed.spoofable.nonexistent),
        (Answer::No, Answer::No)
    );
    assert!(
        closed.advice.is_empty() && closed.problems.is_empty(),
        "{:?}",
        closed.problems
    );
    for record in ["v=spf1 +all", "v=spf1 ip4:0.0.0.0/0 -all", "v=spf1 exists:%{h} -all"] {
        let open = posture(&[("bank.example", record), strict]);
        assert_eq!(open.spoofable.exact, Answer::Yes, "{record}");
        assert!(
            open.problems.iter().any(|problem| problem.weight == Weight::High),
            "{record}"
        );
    }
    // A broken record lets nobody pass.
    let broken = posture(&[("bank.example", "v=spf1 foo +all"), strict]);
    assert_eq!(broken.spoofable.exact, Answer::No);
    assert!(broken.problems.iter().any(|problem| problem.text.contains("permerror")));
}

#[test]
fn what_nobody_asked_is_unknown() {
    let subject = Subject::new("bank.example", &[], false).unwrap();
    let snapshot = Snapshot::new();
    let found = examine(&subject, &snapshot, Timestamp(0));
    assert_eq!(found.spoofable.exact, Answer::Unknown);
    assert!(found.advice.is_empty() && found.problems.is_empty());
    let wanted = missing(&subject, &snapshot);
    let asks = |name: &str, rtype| wanted.contains(&Question::new(name, rtype));
    assert!(asks("_dmarc.bank.example", RecordType::Txt) && asks("bank.example", RecordType::Mx));
    assert!(asks("_mta-sts.bank.example", RecordType::Txt) && asks("bank.example", RecordType::Txt));
}

#[test]
fn names_that_are_none() {
    for name in ["", ".", "a..b", "a b.example", "[192.0.2.1]", &"x".repeat(64)] {
        assert!(Subject::new(name, &[], false).is_none(), "{name:?}");
    }
    assert_eq!(
        Subject::new("kim@Bank.example", &[], false).unwrap().name(),
        "bank.example"
    );
}

#[test]
fn a_parked_domain_is_told_to_say_so() {
    let text = "{\"spoofcheck_dns\":1,\"absent\":\"nxdomain\"}\n\
        {\"name\":\"parked.example\",\"type\":\"A\",\"rcode\":\"NOERROR\",\"data\":[\"192.0.2.1\"]}\n";
    let snapshot = Snapshot::parse(text, "test").unwrap();
    let found = examine(
        &Subject::new("parked.example", &[], false).unwrap(),
        &snapshot,
        Timestamp(0),
    );
    let all: Vec<&str> = found.advice.iter().map(|advice| advice.data.as_str()).collect();
    assert_eq!(all, ["v=DMARC1; p=reject; sp=reject; np=reject", "v=spf1 -all", "0 ."]);
}
