#![allow(clippy::unwrap_used, reason = "a test may stop")]

use proptest::prelude::*;

use super::*;
use crate::dns::Answer;

fn read(text: &str, origin: Option<&str>) -> Result<Snapshot, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let prefix = format!("{}: ", file.path().display());
    import(file.path(), origin, Timestamp::parse_rfc3339("2024-03-01T00:00:00Z"))
        .map_err(|error| error.to_string().replace(&prefix, ""))
}

fn found(snapshot: &Snapshot, name: &str, rtype: RecordType) -> Answer {
    snapshot.find(&Question::new(name, rtype), None).answer
}

const ZONE: &str = "$ORIGIN bank.example.\n$TTL 3600\n@ IN SOA ns hostmaster ( 1 7200 3600\n 1209600 300 ) ; folded\n\
    @ IN TXT \"v=spf1 mx \" \"-all\"\n  IN MX 10 mail\nmail 60 IN A 192.0.2.1\n\
    s1._domainkey IN TXT \"v=DKIM1; p=\\\"x\\\"\"\n";

#[test]
fn a_zone() {
    let zone = read(ZONE, None).unwrap();
    let text = |name: &str, rtype| match found(&zone, name, rtype) {
        Answer::Records(data) => data[0].to_text().into_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!(text("bank.example", RecordType::Txt), "v=spf1 mx -all");
    assert_eq!(text("bank.example", RecordType::Mx), "10 mail.bank.example.");
    assert_eq!(text("mail.bank.example", RecordType::A), "192.0.2.1");
    assert_eq!(text("s1._domainkey.bank.example", RecordType::Txt), "v=DKIM1; p=\"x\"");
    // Known to lack, and nothing known.
    assert_eq!(found(&zone, "mail.bank.example", RecordType::Txt), Answer::NoData);
    assert_eq!(found(&zone, "other.example", RecordType::Txt), Answer::NotAsked);
    let relative = read("mail 60 IN A 192.0.2.1\n", Some("shop.example")).unwrap();
    assert!(matches!(
        found(&relative, "mail.shop.example", RecordType::A),
        Answer::Records(_)
    ));
}

#[test]
fn faults_of_zones_name_their_line() {
    assert_eq!(
        read("$ORIGIN a.example.\n$INCLUDE /etc/passwd\n", None).unwrap_err(),
        "line 2: $INCLUDE is not followed: name the included file, too"
    );
    let broken = ZONE.replace("192.0.2.1", "192.0.2");
    assert!(
        read(&broken, None)
            .unwrap_err()
            .starts_with("line 7: `192.0.2` is no A record")
    );
    for text in ["", "; nothing\n", "\u{0}\u{1}(", "@ IN TXT \"open"] {
        assert!(read(text, None).is_err(), "{text:?}");
    }
}

#[test]
fn a_cache() {
    let text = r#"{
        "bank.example": {"TXT": [["v=spf1 ", "-all"]], "MX": [{"exchange": "mx.bank.example", "priority": 5}]},
        "gone.example": {"error": "ENOTFOUND"},
        "slow.example": {"TXT": {"error": "ETIMEOUT"}},
        "bare.example": {}
    }"#;
    let cache = read(text, None).unwrap();
    let txt = |name: &str| found(&cache, name, RecordType::Txt);
    assert_eq!(
        txt("bank.example"),
        Answer::Records([Data::Text("v=spf1 -all".to_owned())].into())
    );
    assert_eq!(
        found(&cache, "bank.example", RecordType::Mx),
        Answer::Records([Data::Text("5 mx.bank.example.".to_owned())].into())
    );
    assert_eq!(txt("gone.example"), Answer::NxDomain);
    assert_eq!(txt("slow.example"), Answer::TimedOut);
    assert_eq!(txt("bare.example"), Answer::NoData);
    assert_eq!(txt("other.example"), Answer::NotAsked);
    let asked = cache
        .find(&Question::new("bank.example", RecordType::Txt), None)
        .asked_at;
    assert_eq!(asked.unwrap().to_string(), "2024-03-01T00:00:00Z");
}

#[test]
fn faults_of_caches_name_their_line() {
    assert!(
        read("{\n\"a.example\": 1}", None)
            .unwrap_err()
            .starts_with("line 2: a.example: holds no object")
    );
    assert!(read("{\n\"a.example\":\n", None).unwrap_err().starts_with("line 3"));
    assert!(
        read("{\"spoofcheck_dns\":1}", None)
            .unwrap_err()
            .contains("is a snapshot already")
    );
    assert!(
        read("{\"a.example\":{\"BOGUS\":[]}}", None)
            .unwrap_err()
            .contains("no record type")
    );
}

/// The form in which signers hand out their keys.
#[test]
fn strings_in_parentheses_are_one_text() {
    let key = "$ORIGIN a.example.\nmail._domainkey\tIN\tTXT\t( \"v=DKIM1; k=rsa; \"\n\t  \"p=AAAA\" ) ; ----- key\n\
        e 1h30m IN TXT \\195\\188\\; \"\\252\"\nf TXT \"\\195\\188\"\n";
    let zone = read(key, None).unwrap();
    let data = |name: &str| found(&zone, name, RecordType::Txt).records().to_vec();
    assert_eq!(
        data("mail._domainkey.a.example"),
        [Data::Text("v=DKIM1; k=rsa; p=AAAA".to_owned())]
    );
    assert_eq!(data("e.a.example"), [Data::Bytes(b"\xc3\xbc;\xfc".to_vec())]);
    assert_eq!(data("f.a.example"), [Data::Text("\u{fc}".to_owned())]);
    let ttl = zone.find(&Question::new("e.a.example", RecordType::Txt), None).ttl;
    assert_eq!(ttl, Some(5_400));
}

#[test]
fn a_zone_speaks_only_for_its_own_names() {
    let whole = "$ORIGIN a.example.\n@ 60 IN SOA ns h 1 1d 1h 1w 5m\n@ NS ns\nsub NS ns.sub\nns.sub A 192.0.2.1\n\
        loc LOC 51 30 0 N 0 0 0 E 0m\n*.wild A 192.0.2.2\nwww.b.example. A 192.0.2.3\n";
    let zone = read(whole, None).unwrap();
    let txt = |name: &str| found(&zone, name, RecordType::Txt);
    assert_eq!(txt("a.example"), Answer::NoData);
    assert_eq!(
        txt("loc.a.example"),
        Answer::NoData,
        "a type passed over leaves its owner"
    );
    for other in ["sub.a.example", "ns.sub.a.example", "x.wild.a.example", "www.b.example"] {
        assert_eq!(txt(other), Answer::NotAsked, "{other}");
    }
    assert!(matches!(
        found(&zone, "sub.a.example", RecordType::Ns),
        Answer::Records(_)
    ));
    let soa = found(&zone, "a.example", RecordType::Soa);
    let expected = "ns.a.example. h.a.example. 1 86400 3600 604800 300";
    assert_eq!(soa.records(), [Data::Text(expected.to_owned())]);
    // Part of a zone says only what it says.
    let part = read("$ORIGIN a.example.\nx A 192.0.2.1\n", None).unwrap();
    assert_eq!(found(&part, "x.a.example", RecordType::Txt), Answer::NotAsked);
}

#[test]
fn each_fault_of_a_zone_is_named() {
    let folded = "$ORIGIN a.example.\n@ 60 SOA ns h (\n1 ; serial\n2 3 4\n5 )\n";
    for (record, what) in [
        ("y A 192.0.2", "`192.0.2` is no A record"),
        ("y CH TXT x", "class CH"),
        ("y A", "the data of a A record cannot be read"),
        ("y BOGUS 1", "`BOGUS` is no record type"),
        ("y 60", "a record has no type"),
        ("y 60 1h A 192.0.2.1", "`1h` is no record type"),
        ("y MX mx", "cannot be read"),
        ("y MX 70000 mx", "is no MX record"),
        ("y TXT \"open", "a quoted string has no end"),
        ("y TXT ( \"open\"", "`(` is not closed"),
        ("y TXT x )", "`)` without `(`"),
        ("y TXT \\300", "is no octet"),
        ("y TXT \\1", "broken escape"),
        ("y TXT \\# 2 0161", "cannot be read"),
        ("y..z A 192.0.2.1", "is no domain name"),
        ("$GENERATE 1-9 x A 192.0.2.$", "$GENERATE is not known"),
        ("$TTL 1y", "`1y` is no time"),
        ("$TTL 99999999999", "is no time"),
    ] {
        let said = read(&format!("{folded}{record}\nz A 192.0.2.1"), None).unwrap_err();
        assert!(said.starts_with("line 6: ") && said.contains(what), "{record}: {said}");
    }
    let long = format!("$ORIGIN a.example.\ny TXT {}\n", "x".repeat(256));
    assert!(read(&long, None).unwrap_err().contains("256 octets"));
    assert!(read("y A 192.0.2.1", None).unwrap_err().contains("`y` has no origin"));
    assert!(read("  A 192.0.2.1", None).unwrap_err().contains("no owner"));
}

#[test]
fn a_cache_that_could_not_be_read_again_is_refused() {
    for (types, what) in [
        (r#"{"A": ["nonsense"]}"#, "A records has no known form"),
        (r#"{"MX": ["mx.a.example"]}"#, "MX records has no known form"),
        (r#"{"MX": [{"exchange": "mx", "priority": 70000}]}"#, "no known form"),
        (r#"{"TXT": {"error": "EWHATEVER"}}"#, "no known error"),
        (r#"{"TXT": [], "txt": []}"#, "TXT is answered twice"),
    ] {
        let said = read(&format!("{{\n\"a.example\": {types}}}"), None).unwrap_err();
        assert!(said.starts_with("line 2: a.example: ") && said.contains(what), "{said}");
    }
}

#[test]
fn many_names_take_no_longer_than_they_must() {
    let mut zone = "$ORIGIN a.example.\n$TTL 60\n@ SOA ns h 1 2 3 4 5\n".to_owned();
    for number in 0..50_000 {
        zone += &format!("n{number} A 192.0.2.1\n");
    }
    let started = std::time::Instant::now();
    assert_eq!(read(&zone, None).unwrap().len(), 50_000 * 5 + 6);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn what_is_imported_is_read_again(text in "(\\$ORIGIN a\\.\n)?([a@ \t\n();\"\\\\.0-9$*ü]|TXT|IN|MX|CNAME| A 192\\.0\\.2\\.1\n|\\\\255){0,60}") {
        if let Ok(snapshot) = read(&text, Some("o.example")) {
            let mut written = Vec::new();
            snapshot.write(&mut written).unwrap();
            let again = Snapshot::parse(&String::from_utf8(written).unwrap(), "again").unwrap();
            prop_assert_eq!(again.answers(), snapshot.answers());
        }
    }
}
