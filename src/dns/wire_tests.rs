#![allow(clippy::unwrap_used, reason = "a test may stop")]

use hickory_resolver::proto::{
    op::{MessageType, OpCode},
    rr::rdata::{A, CNAME, NULL, SOA, TXT},
};

use super::*;

const NOW: Timestamp = Timestamp(1_793_491_200);

fn name(text: &str) -> Name {
    to_wire(text).unwrap()
}

fn response(code: ResponseCode, answers: Vec<Record>, authorities: Vec<Record>) -> Message {
    let mut message = Message::new(1, MessageType::Response, OpCode::Query);
    message.metadata.response_code = code;
    message.answers = answers;
    message.authorities = authorities;
    message
}

fn record(owner: &str, data: RData) -> Record {
    Record::from_rdata(name(owner), 300, data)
}

fn cname(owner: &str, target: &str) -> Record {
    record(owner, RData::CNAME(CNAME(name(target))))
}

fn soa() -> Record {
    record(
        "example",
        RData::SOA(SOA::new(name("ns.example"), name("host.example"), 1, 2, 3, 4, 60)),
    )
}

/// The lines as `name type rcode data`.
fn lines(reading: &Reading) -> Vec<String> {
    let texts = |line: &StoredAnswer| {
        line.data
            .iter()
            .map(|data| data.to_text().into_owned())
            .collect::<Vec<_>>()
    };
    let show = |line: &StoredAnswer| {
        format!(
            "{} {} {} {}",
            line.question.name,
            line.question.rtype,
            line.rcode,
            texts(line).join("|")
        )
    };
    reading.lines.iter().map(show).collect()
}

#[test]
fn names_that_cannot_go_on_the_wire() {
    let long_label = "a".repeat(64);
    let long_name = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(63)].join(".");
    for wrong in ["a..b", ".a", long_label.as_str(), long_name.as_str()] {
        assert_eq!(to_wire(wrong), None, "{wrong}");
    }
    assert_eq!(name_text(&name("sp ace.bank.example")), "sp\\032ace.bank.example");
    assert!(name("").is_root());
}

#[test]
fn a_dot_within_a_label_is_no_boundary() {
    let hostile = Name::from_labels([&b"_dmarc.bank"[..], b"example"]).unwrap();
    assert_eq!(name_text(&hostile), "_dmarc\\046bank.example");
}

#[test]
fn aliases_are_lines_of_their_own() {
    let question = Question::new("www.bank.example", RecordType::A);
    let a = |owner: &str, ip: &str| record(owner, RData::A(A(ip.parse().unwrap())));
    let answers = vec![
        a("host.esp.example", "192.0.2.2"),
        a("host.esp.example", "192.0.2.1"),
        a("other.example", "192.0.2.66"),
        cname("WWW.Bank.Example", "Host.ESP.example"),
    ];
    let reading = read_response(&question, &response(ResponseCode::NoError, answers, vec![]), NOW);
    let expected = [
        "www.bank.example CNAME NOERROR host.esp.example.",
        "host.esp.example A NOERROR 192.0.2.1|192.0.2.2",
    ];
    assert_eq!(lines(&reading), expected);
    assert_eq!(reading.unfollowed, None);
}

#[test]
fn the_code_belongs_to_the_end_of_the_chain() {
    let question = Question::new("www.bank.example", RecordType::A);
    let answers = vec![cname("www.bank.example", "gone.example")];
    let reading = read_response(
        &question,
        &response(ResponseCode::NXDomain, answers.clone(), vec![]),
        NOW,
    );
    assert_eq!(
        lines(&reading),
        [
            "www.bank.example CNAME NOERROR gone.example.",
            "gone.example A NXDOMAIN "
        ]
    );

    let reading = read_response(
        &question,
        &response(ResponseCode::NoError, answers.clone(), vec![soa()]),
        NOW,
    );
    assert_eq!(
        lines(&reading),
        [
            "www.bank.example CNAME NOERROR gone.example.",
            "gone.example A NOERROR "
        ]
    );
    assert_eq!(reading.lines[1].ttl, Some(60));

    let reading = read_response(&question, &response(ResponseCode::NoError, answers, vec![]), NOW);
    assert_eq!(lines(&reading), ["www.bank.example CNAME NOERROR gone.example."]);
    assert_eq!(reading.unfollowed.as_deref(), Some("gone.example"));
}

#[test]
fn a_loop_of_aliases_ends() {
    let question = Question::new("a.example", RecordType::A);
    let answers = vec![cname("a.example", "b.example"), cname("b.example", "a.example")];
    let reading = read_response(&question, &response(ResponseCode::NoError, answers, vec![]), NOW);
    assert_eq!(
        lines(&reading),
        [
            "a.example CNAME NOERROR b.example.",
            "b.example CNAME NOERROR a.example."
        ]
    );
    assert_eq!(reading.unfollowed, None);
}

#[test]
fn character_strings_are_joined_as_bytes() {
    let txt = |strings: Vec<&[u8]>| data_of(&RData::TXT(TXT::from_bytes(strings)));
    assert_eq!(
        txt(vec![b"v=spf1 ip4:192.0.2.0", b"/24 -all"]),
        Data::Text("v=spf1 ip4:192.0.2.0/24 -all".to_owned())
    );
    // The two halves of one character.
    assert_eq!(txt(vec![b"\xc3", b"\xbc"]), Data::Text("ü".to_owned()));
    assert_eq!(txt(vec![b"\xff"]), Data::Bytes(vec![0xff]));
}

#[test]
fn nxname_in_the_bit_map() {
    // Next name `\000.gone.example`, then window 0 of 17 octets: RRSIG, NSEC, NXNAME (RFC 9824 section 3.1).
    let mut data = b"\x01\x00\x04gone\x07example\x00\x00\x11".to_vec();
    let mut map = [0u8; 17];
    map[5] = 0x03;
    map[16] = 0x80;
    data.extend(map);
    let nsec = |owner: &str, data: &[u8]| {
        let rdata = NULL::with(data.to_vec());
        record(
            owner,
            RData::Unknown {
                code: WireType::from(NSEC),
                rdata,
            },
        )
    };
    assert!(is_nxname(&name("gone.example"), &[soa(), nsec("Gone.Example", &data)]));
    assert!(!is_nxname(&name("other.example"), &[nsec("gone.example", &data)]));
    let end = data.len() - 1;
    data[end] = 0;
    assert!(!is_nxname(&name("gone.example"), &[nsec("gone.example", &data)]));
    for cut in 1..data.len() {
        assert!(
            !is_nxname(&name("gone.example"), &[nsec("gone.example", &data[..cut])]),
            "{cut}"
        );
    }
}

#[test]
fn codes_by_name() {
    assert_eq!(rcode_name(ResponseCode::NXDomain), "NXDOMAIN");
    assert_eq!(rcode_name(ResponseCode::ServFail), "SERVFAIL");
    assert_eq!(rcode_name(ResponseCode::NotImp), "NOTIMP");
    assert_eq!(rcode_name(ResponseCode::Unknown(3841)), "RCODE3841");
}
