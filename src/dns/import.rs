//! Other stores of DNS data as snapshots: mailauth's DNS cache, and zone files (RFC 1035 5).

use std::path::Path;

use hickory_resolver::proto::{rr::Name, serialize::txt::Parser};
use serde_json::Value;

use super::{Data, Question, RecordType, Snapshot, StoredAnswer, wire};
use crate::{error::Error, time::Timestamp};

/// What a zone is asked for beyond the records that it has: it is the last word on its names.
const ASKED_OF_ZONES: [RecordType; 5] = [
    RecordType::Txt,
    RecordType::A,
    RecordType::Aaaa,
    RecordType::Mx,
    RecordType::Cname,
];
/// A file of more bytes is none of the stores meant here.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Reads a file, whose form its content tells. `origin` completes relative names of a zone file without `$ORIGIN`;
/// `asked_at` is when the data was true.
///
/// Of names that the file does not hold nothing is known afterwards, nobody asked; of names that it holds it is known
/// which of the types that mail needs they lack.
///
/// # Errors
///
/// [`Error::Read`] where the file cannot be read, [`Error::Snapshot`] with the place where it is neither of the two.
pub fn import(path: impl AsRef<Path>, origin: Option<&str>, asked_at: Option<Timestamp>) -> Result<Snapshot, Error> {
    let path = path.as_ref();
    let unread = |cause| Error::Read {
        path: path.to_owned(),
        cause,
    };
    let too_large = std::fs::metadata(path).map_err(unread)?.len() > MAX_BYTES;
    let fail = |line: usize, what: String| Error::Snapshot {
        path: path.to_owned(),
        line,
        what,
    };
    if too_large {
        return Err(fail(1, format!("more than {} MiB", MAX_BYTES / 1024 / 1024)));
    }
    let text = String::from_utf8(std::fs::read(path).map_err(unread)?).map_err(|error| {
        fail(
            line_at(error.as_bytes(), error.utf8_error().valid_up_to()),
            "is not UTF-8".to_owned(),
        )
    })?;
    let mut snapshot = Snapshot::new();
    snapshot.declared = true;
    let add = |snapshot: &mut Snapshot, question, rcode: &str, data, ttl| {
        snapshot.insert(StoredAnswer {
            question,
            rcode: rcode.to_owned(),
            data,
            ttl,
            asked_at,
            valid_from: None,
            valid_to: None,
        });
    };
    let read = if text.trim_start().starts_with(['{', '[']) {
        read_cache(&text, &mut snapshot, add)
    } else {
        read_zone(&text, origin, &mut snapshot, add)
    };
    read.map(|()| snapshot).map_err(|(line, what)| fail(line, what))
}

/// A place and what is wrong there.
type Fault = (usize, String);

/// mailauth's cache: `{name: {TYPE: [record, ...]}}`. A TXT record is a list of strings, an MX record has `exchange` and
/// `priority`; `{"error": CODE}` in place of records is a failed lookup; a name without types exists.
fn read_cache(
    text: &str,
    snapshot: &mut Snapshot,
    mut add: impl FnMut(&mut Snapshot, Question, &str, Vec<Data>, Option<u32>),
) -> Result<(), Fault> {
    let value: Value = serde_json::from_str(text).map_err(|error| (error.line(), error.to_string()))?;
    let names = value.as_object().ok_or((1, "is no object of names".to_owned()))?;
    if names.contains_key("spoofcheck_dns") {
        return Err((1, "is a snapshot already: use it as --dns replay=FILE".to_owned()));
    }
    for (name, types) in names {
        let place = || line_of(text, name);
        let types = types
            .as_object()
            .ok_or_else(|| (place(), format!("{name} holds no object of types")))?;
        if let Some(code) = types.get("error") {
            for rtype in ASKED_OF_ZONES {
                add(snapshot, Question::new(name, rtype), rcode(code), Vec::new(), None);
            }
            continue;
        }
        // A name that is listed exists, whatever it holds.
        for rtype in ASKED_OF_ZONES
            .into_iter()
            .filter(|rtype| !types.contains_key(rtype.name().as_ref()))
        {
            add(snapshot, Question::new(name, rtype), "NOERROR", Vec::new(), None);
        }
        for (rtype, records) in types {
            let rtype =
                RecordType::parse(rtype).ok_or_else(|| (place(), format!("{name}: {rtype} is no record type")))?;
            if let Some(code) = records.get("error") {
                add(snapshot, Question::new(name, rtype), rcode(code), Vec::new(), None);
                continue;
            }
            let records = records
                .as_array()
                .ok_or_else(|| (place(), format!("{name}: its records are no list")))?;
            let data: Option<Vec<Data>> = records.iter().map(record).collect();
            let data = data.ok_or_else(|| (place(), format!("{name}: a record has no known form")))?;
            add(snapshot, Question::new(name, rtype), "NOERROR", data, None);
        }
    }
    Ok(())
}

fn record(value: &Value) -> Option<Data> {
    Some(Data::Text(match value {
        Value::String(text) => text.clone(),
        Value::Array(strings) => strings.iter().map(Value::as_str).collect::<Option<String>>()?,
        Value::Object(mx) => {
            let exchange = mx.get("exchange")?.as_str()?.trim_end_matches('.');
            format!("{} {exchange}.", mx.get("priority")?.as_u64()?)
        }
        _ => return None,
    }))
}

/// Node's names for failed lookups.
fn rcode(code: &Value) -> &'static str {
    match code.as_str().unwrap_or_default() {
        "ENOTFOUND" => "NXDOMAIN",
        "ENODATA" => "NOERROR",
        "ETIMEOUT" => "TIMEOUT",
        "EREFUSED" => "REFUSED",
        _ => "SERVFAIL",
    }
}

fn read_zone(
    text: &str,
    origin: Option<&str>,
    snapshot: &mut Snapshot,
    mut add: impl FnMut(&mut Snapshot, Question, &str, Vec<Data>, Option<u32>),
) -> Result<(), Fault> {
    // The evidence must be the file that was named, and nothing that it points to.
    let includes = |line: &&str| line.trim_start().to_ascii_uppercase().starts_with("$INCLUDE");
    if let Some(at) = text.lines().position(|line| includes(&line)) {
        return Err((
            at + 1,
            "$INCLUDE is not followed: name the included file, too".to_owned(),
        ));
    }
    let origin = match origin {
        Some(name) => {
            Some(wire::to_wire(&crate::domain::normalise(name)).ok_or((1, format!("{name}: no domain name")))?)
        }
        None => None,
    };
    let sets = parse_zone(text, origin.as_ref()).map_err(|what| (first_fault(text, origin.as_ref()), what))?;
    if sets.is_empty() {
        return Err((1, "holds no record".to_owned()));
    }
    for (name, _, _, _) in &sets {
        for rtype in ASKED_OF_ZONES {
            if !sets.iter().any(|(other, known, ..)| other == name && *known == rtype) {
                add(snapshot, Question::new(name, rtype), "NOERROR", Vec::new(), None);
            }
        }
    }
    for (name, rtype, data, ttl) in sets {
        add(snapshot, Question::new(&name, rtype), "NOERROR", data, Some(ttl));
    }
    Ok(())
}

/// Owner name, type, data and time to live of one record set.
type Set = (String, RecordType, Vec<Data>, u32);

fn parse_zone(text: &str, origin: Option<&Name>) -> Result<Vec<Set>, String> {
    // The library reads hostile text here; its panic is its failure, not this program's.
    let parsed = std::panic::catch_unwind(|| Parser::new(text, None, origin.cloned()).parse());
    let (_, sets) = parsed
        .map_err(|_| "cannot be read as a zone".to_owned())?
        .map_err(|error| format!("is no zone file: {error}"))?;
    let sets = sets.values().map(|set| {
        let data = set
            .records_without_rrsigs()
            .map(|record| wire::data_of(&record.data))
            .collect();
        let rtype = RecordType::from_code(set.record_type().into());
        (wire::name_text(set.name()), rtype, data, set.ttl())
    });
    Ok(sets.collect())
}

/// The line at which a zone that cannot be read goes wrong: the first up to which it cannot be read any more.
fn first_fault(text: &str, origin: Option<&Name>) -> usize {
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1).collect();
    let reads = |end: &usize| text.get(..*end).is_some_and(|start| parse_zone(start, origin).is_ok());
    ends.partition_point(reads) + 1
}

/// 1-based line of a byte.
fn line_at(bytes: &[u8], at: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or_default()).count()
}

/// 1-based line on which a name stands in quotes.
fn line_of(text: &str, name: &str) -> usize {
    text.find(&format!("\"{name}\""))
        .map_or(1, |at| line_at(text.as_bytes(), at))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
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
        assert!(read(&broken, None).unwrap_err().starts_with("line 7: is no zone file"));
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
            Answer::Records(vec![Data::Text("v=spf1 -all".to_owned())])
        );
        assert_eq!(
            found(&cache, "bank.example", RecordType::Mx),
            Answer::Records(vec![Data::Text("5 mx.bank.example.".to_owned())])
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
                .starts_with("line 2: a.example holds no object")
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
}
