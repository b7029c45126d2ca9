//! mailauth's DNS cache (its `--dns-cache`): `{name: {TYPE: [record, ...]}}`.
//!
//! A TXT record is a list of strings, an MX record has `exchange` and `priority`, others are strings. `{"error": CODE}` in
//! place of the records, or of the types, is a failed lookup with Node's code; a name without types exists.

use std::collections::btree_map::Entry;

use serde_json::Value;

use super::{ASKED_OF_NAMES, Answers, Data, Fault, Question, RecordType, Stored, are_readable, line_at};

/// Reads a cache.
pub(super) fn read(text: &str) -> Result<Answers, Fault> {
    let value: Value = serde_json::from_str(text).map_err(|error| (error.line(), error.to_string()))?;
    let names = value.as_object().ok_or((1, "is no object of names".to_owned()))?;
    if names.contains_key("spoofcheck_dns") {
        return Err((1, "is a snapshot already: use it as --dns replay=FILE".to_owned()));
    }
    let mut answers = Answers::new();
    for (name, types) in names {
        read_name(name, types, &mut answers).map_err(|what| (line_of(text, name), format!("{name}: {what}")))?;
    }
    Ok(answers)
}

/// What the cache holds of one name.
fn read_name(name: &str, types: &Value, answers: &mut Answers) -> Result<(), String> {
    let types = types.as_object().ok_or("holds no object of types")?;
    if let Some(code) = types.get("error") {
        let rcode = rcode(code)?;
        for rtype in ASKED_OF_NAMES {
            add(answers, name, rtype, Stored::empty(rcode))?;
        }
        return Ok(());
    }
    for (written, records) in types {
        let rtype = RecordType::parse(written).ok_or_else(|| format!("{written} is no record type"))?;
        let stored = match records.get("error") {
            Some(code) => Stored::empty(rcode(code)?),
            None => {
                let records = records
                    .as_array()
                    .ok_or_else(|| format!("its {rtype} records are no list"))?;
                let data: Option<Vec<Data>> = records.iter().map(record).collect();
                let data = data
                    .filter(|data| are_readable(rtype, data))
                    .ok_or_else(|| format!("one of its {rtype} records has no known form"))?;
                Stored {
                    data,
                    ..Stored::empty("NOERROR")
                }
            }
        };
        add(answers, name, rtype, stored)?;
    }
    // A name that is listed exists, whatever it holds.
    for rtype in ASKED_OF_NAMES {
        let unlisted = || Stored::empty("NOERROR");
        answers.entry(Question::new(name, rtype)).or_insert_with(unlisted);
    }
    Ok(())
}

/// Takes an answer in. Names that differ in case alone are one name, and one of two answers would be lost.
fn add(answers: &mut Answers, name: &str, rtype: RecordType, stored: Stored) -> Result<(), String> {
    match answers.entry(Question::new(name, rtype)) {
        Entry::Vacant(place) => {
            place.insert(stored);
            Ok(())
        }
        Entry::Occupied(_) => Err(format!("{rtype} is answered twice")),
    }
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

/// Node's codes of failed lookups (`dns` module, "Error codes").
fn rcode(code: &Value) -> Result<&'static str, String> {
    Ok(match code.as_str().unwrap_or_default() {
        "ENOTFOUND" => "NXDOMAIN",
        "ENODATA" => "NOERROR",
        "ESERVFAIL" => "SERVFAIL",
        "ETIMEOUT" => "TIMEOUT",
        "EREFUSED" => "REFUSED",
        "EFORMERR" => "FORMERR",
        "ENOTIMP" => "NOTIMP",
        "ECONNREFUSED" => "UNREACHABLE",
        _ => return Err(format!("{code} is no known error of a lookup")),
    })
}

/// 1-based line on which a name stands in quotes.
fn line_of(text: &str, name: &str) -> usize {
    text.find(&format!("\"{name}\""))
        .map_or(1, |at| line_at(text.as_bytes(), at))
}
