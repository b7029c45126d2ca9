//! Between the snapshot's text and the records of the wire.

use std::collections::{BTreeMap, HashSet};

use hickory_resolver::proto::{
    op::{Message, ResponseCode},
    rr::{Name, RData, Record, RecordType as WireType},
    serialize::binary::BinEncodable,
};

use super::{Data, Question, RecordType, StoredAnswer};
use crate::time::Timestamp;

/// The pseudo-type NXNAME of a name that does not exist (RFC 9824 section 3.3).
const NXNAME: u16 = 128;

/// NSEC (RFC 4034 section 4).
const NSEC: u16 = 47;

/// A name as labels on the wire; `None` where it cannot go there: a label of more than 63 octets or none, a name of
/// more than 255 (RFC 1035 section 2.3.4). Labels may hold any octets.
pub(super) fn to_wire(name: &str) -> Option<Name> {
    if name.is_empty() {
        return Some(Name::root());
    }
    // Before anything is copied: a hostile name can be as long as its message.
    if name.len() > 255 || name.split('.').any(|label| label.is_empty() || label.len() > 63) {
        return None;
    }
    Name::from_labels(name.split('.').map(str::as_bytes)).ok()
}

/// A name as text in lower case, without the trailing dot. An octet that would read as something else, a dot within a
/// label before all, is written `\DDD` (RFC 1035 section 5.1), so that no owner of a zone can pass a name off as another.
pub(super) fn name_text(name: &Name) -> String {
    let mut text = String::new();
    for label in name.iter() {
        if !text.is_empty() {
            text.push('.');
        }
        for byte in label {
            if byte.is_ascii_graphic() && *byte != b'.' {
                text.push(char::from(byte.to_ascii_lowercase()));
            } else {
                text.push_str(&format!("\\{byte:03}"));
            }
        }
    }
    text
}

/// A response code by its name in the registry.
pub(super) fn rcode_name(code: ResponseCode) -> String {
    match code {
        // 16 has two names; BADSIG belongs to signed transactions (RFC 8945), which are not used here.
        ResponseCode::BADSIG => "BADVERS".to_owned(),
        ResponseCode::Unknown(code) => format!("RCODE{code}"),
        named => format!("{named:?}").to_ascii_uppercase(),
    }
}

/// The lines that a response gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// CNAMEs as lines of their own, then the line of the name at their end.
    pub(super) lines: Vec<StoredAnswer>,
    /// The name at the end of the CNAMEs, where the server left it to the asker to go on.
    pub(super) unfollowed: Option<String>,
}

/// Reads a response to a question. Only records that the chain of CNAMEs from the question leads to are taken.
pub(super) fn read_response(question: &Question, response: &Message, now: Timestamp) -> Reading {
    let mut owners: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
    for record in &response.answers {
        owners.entry(name_text(&record.name)).or_default().push(record);
    }
    let records_of = |owner: &str, rtype: RecordType| -> Vec<&Record> {
        let records = owners.get(owner).into_iter().flatten();
        records
            .copied()
            .filter(|record| u16::from(record.record_type()) == rtype.code())
            .collect()
    };
    // The question's own text may spell the name otherwise than the wire does (octets beyond ASCII).
    let mut owner = to_wire(&question.name).map_or_else(|| question.name.to_string(), |name| name_text(&name));
    let mut asked = question.name.to_string();
    let mut lines = Vec::new();
    let mut seen = HashSet::new();
    let records = loop {
        let records = records_of(&owner, question.rtype);
        let alias = records_of(&owner, RecordType::Cname)
            .into_iter()
            .find_map(|record| match &record.data {
                RData::CNAME(target) => Some((name_text(target), record.ttl)),
                _ => None,
            });
        // A loop ends where it began; the snapshot finds it again from the lines.
        let Some((target, ttl)) = alias.filter(|_| records.is_empty() && seen.insert(owner.clone())) else {
            break records;
        };
        let alias = std::mem::replace(&mut asked, target.clone());
        let cname = Question {
            name: alias.into(),
            rtype: RecordType::Cname,
        };
        lines.push(line(
            cname,
            "NOERROR",
            vec![Data::Text(format!("{target}."))],
            Some(ttl),
            now,
        ));
        owner = target;
    };
    let looped = seen.contains(&owner);
    let soa = response.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(record.ttl.min(soa.minimum)),
        _ => None,
    });
    let negative = response.metadata.response_code == ResponseCode::NoError && records.is_empty();
    if looped || (negative && !lines.is_empty() && soa.is_none()) {
        let unfollowed = (!looped).then_some(asked);
        return Reading { lines, unfollowed };
    }
    let referral = negative
        && soa.is_none()
        && response
            .authorities
            .iter()
            .any(|record| record.record_type() == WireType::NS);
    let rcode = if !records.is_empty() {
        // The code of a response is that of the last name in the chain (RFC 6604 section 3).
        "NOERROR".to_owned()
    } else if referral {
        // A server that only points elsewhere has not said that there is nothing.
        "NOTAUTH".to_owned()
    } else {
        rcode_name(response.metadata.response_code)
    };
    let ttl = records.iter().map(|record| record.ttl).min().or(soa);
    let mut data: Vec<Data> = records.iter().map(|record| data_of(&record.data)).collect();
    // A set has no order (RFC 2181 section 5), and servers rotate it: the same set is the same line.
    data.sort();
    data.dedup();
    let question = Question {
        name: asked.into(),
        rtype: question.rtype,
    };
    lines.push(line(question, &rcode, data, ttl, now));
    Reading {
        lines,
        unfollowed: None,
    }
}

/// A line of a snapshot.
pub(super) fn line(question: Question, rcode: &str, data: Vec<Data>, ttl: Option<u32>, now: Timestamp) -> StoredAnswer {
    StoredAnswer {
        question,
        rcode: rcode.to_owned(),
        data: data.into(),
        ttl,
        asked_at: Some(now),
        valid_from: None,
        valid_to: None,
    }
}

/// A record's data as the snapshot writes it.
fn data_of(data: &RData) -> Data {
    Data::Text(match data {
        RData::A(ip) => ip.to_string(),
        RData::AAAA(ip) => ip.to_string(),
        RData::CNAME(name) => format!("{}.", name_text(name)),
        RData::NS(name) => format!("{}.", name_text(name)),
        RData::PTR(name) => format!("{}.", name_text(name)),
        RData::MX(mx) => format!("{} {}.", mx.preference, name_text(&mx.exchange)),
        RData::SOA(soa) => format!(
            "{}. {}. {} {} {} {} {}",
            name_text(&soa.mname),
            name_text(&soa.rname),
            soa.serial,
            soa.refresh,
            soa.retry,
            soa.expire,
            soa.minimum
        ),
        // The character-strings belong together without anything between them (RFC 7208 section 3.3, RFC 6376 3.6.2.2).
        RData::TXT(txt) => return Data::from_bytes(txt.txt_data.concat()),
        // Types without a text form of their own (RFC 3597 section 5).
        RData::Unknown { rdata, .. } => {
            format!("\\# {} {}", rdata.anything.len(), hex::encode(&rdata.anything))
        }
        other => other.to_string(),
    })
}

/// Whether the authority section says by NXNAME that a name does not exist although the code is NOERROR (RFC 9824).
pub(super) fn is_nxname(name: &Name, authorities: &[Record]) -> bool {
    let name = name_text(name);
    authorities.iter().any(|record| {
        // With or without DNSSEC compiled in, the data on the wire is the same.
        let denies = || record.data.to_bytes().is_ok_and(|data| bitmap_has(&data, NXNAME));
        u16::from(record.record_type()) == NSEC && name_text(&record.name) == name && denies()
    })
}

/// Whether the type bit map of an NSEC record's data has a type (RFC 4034 section 4.1.2).
fn bitmap_has(data: &[u8], rtype: u16) -> bool {
    let [window, position] = rtype.to_be_bytes();
    let mut rest = data;
    // The next domain name comes first, never compressed.
    loop {
        match rest.split_first() {
            Some((0, after)) => {
                rest = after;
                break;
            }
            Some((length, after)) => match after.get(usize::from(*length)..) {
                Some(after) => rest = after,
                None => return false,
            },
            None => return false,
        }
    }
    while let [number, length, after @ ..] = rest {
        let Some((block, after)) = after.split_at_checked(usize::from(*length)) else {
            return false;
        };
        if *number == window {
            let octet = block.get(usize::from(position / 8)).copied().unwrap_or_default();
            return octet & (0x80 >> (position % 8)) != 0;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
