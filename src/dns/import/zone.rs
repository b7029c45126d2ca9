//! Zone files: master files with `$ORIGIN` and `$TTL` (RFC 1035 section 5, RFC 2308 section 4), times also in BIND's units.
//!
//! Types that no check asks for are passed over; that their owner exists is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hickory_resolver::proto::rr::Name;

use super::{
    ASKED_OF_NAMES, Answers, Data, Fault, Question, RecordType, Stored, are_readable,
    master_file::{Entries, Entry, Token, unescape},
};
use crate::{dns::wire, domain};

/// SPF's own record type, obsolete since RFC 7208 section 3.1; its data is like TXT's.
const SPF: RecordType = RecordType::Other(99);

/// The octets of a character-string (RFC 1035 section 3.3).
const MAX_STRING: usize = 255;

/// Reads a zone file; `origin` completes relative names until `$ORIGIN` says another.
pub(super) fn read(text: &str, origin: Option<&str>) -> Result<Answers, Fault> {
    let mut zone = Zone::default();
    if let Some(name) = origin {
        let wire = wire::to_wire(&domain::normalise(name)).ok_or((1, format!("{name}: no domain name")))?;
        zone.origin = Some(wire);
    }
    let mut entries = Entries::new(text);
    while let Some(entry) = entries.next()? {
        zone.read_entry(&entry).map_err(|what| (entry.line, what))?;
    }
    if zone.owners.is_empty() {
        return Err((1, "holds no record".to_owned()));
    }
    Ok(zone.answers())
}

/// What was read so far.
#[derive(Default)]
struct Zone {
    origin: Option<Name>,
    /// The owner of the last record.
    owner: Option<Name>,
    /// `$TTL`.
    default_ttl: Option<u32>,
    last_ttl: Option<u32>,
    /// Names as the snapshot writes them.
    owners: BTreeSet<String>,
    sets: BTreeMap<Question, Stored>,
}

impl Zone {
    fn read_entry(&mut self, entry: &Entry) -> Result<(), String> {
        let mut tokens = entry.tokens.as_slice();
        if let [directive, values @ ..] = tokens
            && directive.text.starts_with('$')
            && !directive.quoted
        {
            return self.read_directive(directive.text, values);
        }
        if !entry.indented
            && let [owner, rest @ ..] = tokens
        {
            self.owner = Some(self.name(owner)?);
            tokens = rest;
        }
        let owner = self.owner.clone().ok_or("the first record has no owner")?;
        let mut ttl = None;
        // Class and time to live stand before the type in either order, or not at all.
        let rtype = loop {
            let [token, rest @ ..] = tokens else {
                return Err("a record has no type".to_owned());
            };
            tokens = rest;
            match token.text.to_ascii_uppercase().as_str() {
                "IN" => {}
                class @ ("CH" | "HS" | "CS") => return Err(format!("class {class} is not that of the Internet")),
                word if ttl.is_none() && word.starts_with(|c: char| c.is_ascii_digit()) => ttl = Some(seconds(token)?),
                word => break RecordType::parse(word).ok_or_else(|| format!("`{}` is no record type", token.text))?,
            }
        };
        self.last_ttl = ttl.or(self.last_ttl);
        let ttl = ttl.or(self.default_ttl).or(self.last_ttl);
        let owner = wire::name_text(&owner);
        self.owners.insert(owner.clone());
        if let Some(data) = self.data(rtype, tokens)? {
            // Without normalising: the name stands as it does on the wire.
            let set = self
                .sets
                .entry(Question {
                    name: owner.into(),
                    rtype,
                })
                .or_insert(Stored {
                    ttl,
                    ..Stored::empty("NOERROR")
                });
            set.data.push(data);
            // The records of a set live equally long (RFC 2181 section 5.2): as long as the shortest.
            set.ttl = set.ttl.into_iter().chain(ttl).min();
        }
        Ok(())
    }

    fn read_directive(&mut self, directive: &str, values: &[Token]) -> Result<(), String> {
        match (directive.to_ascii_uppercase().as_str(), values) {
            ("$ORIGIN", [name]) => self.origin = Some(self.name(name)?),
            ("$TTL", [ttl]) => self.default_ttl = Some(seconds(ttl)?),
            // The evidence must be the file that was named, and nothing that it points to.
            ("$INCLUDE", _) => return Err("$INCLUDE is not followed: name the included file, too".to_owned()),
            ("$ORIGIN" | "$TTL", _) => return Err(format!("{directive} takes one value")),
            _ => return Err(format!("{directive} is not known")),
        }
        Ok(())
    }

    /// A record's data as the snapshot writes it; `None` for a type that no check asks for.
    fn data(&self, rtype: RecordType, tokens: &[Token]) -> Result<Option<Data>, String> {
        let absolute = |token| Ok::<_, String>(format!("{}.", wire::name_text(&self.name(token)?)));
        let text = match (rtype, tokens) {
            (RecordType::Txt | SPF, [_, ..]) if !is_generic(tokens) => return strings(tokens).map(Some),
            (RecordType::A | RecordType::Aaaa, [address]) => address.text.to_owned(),
            (RecordType::Cname | RecordType::Ns | RecordType::Ptr, [name]) => absolute(name)?,
            (RecordType::Mx, [preference, exchange]) => format!("{} {}", preference.text, absolute(exchange)?),
            (RecordType::Soa, [server, mailbox, serial, times @ ..]) if times.len() == 4 => {
                let times: Vec<String> = times
                    .iter()
                    .map(|time| Ok(seconds(time)?.to_string()))
                    .collect::<Result<_, String>>()?;
                let (server, mailbox) = (absolute(server)?, absolute(mailbox)?);
                format!("{server} {mailbox} {} {}", serial.text, times.join(" "))
            }
            (RecordType::Other(_), _) if rtype != SPF => return Ok(None),
            _ => return Err(format!("the data of a {rtype} record cannot be read")),
        };
        let data = Data::Text(text);
        if are_readable(rtype, std::slice::from_ref(&data)) {
            Ok(Some(data))
        } else {
            Err(format!("`{}` is no {rtype} record", data.to_text()))
        }
    }

    /// A name, completed by the origin where it is relative.
    fn name(&self, token: &Token) -> Result<Name, String> {
        let wrong = || format!("`{}` is no domain name", token.text);
        let origin = || {
            self.origin
                .clone()
                .ok_or_else(|| format!("`{}` has no origin", token.text))
        };
        match token.text {
            "@" => return origin(),
            "." => return Ok(Name::root()),
            _ => {}
        }
        let octets = unescape(token.text)?;
        let mut labels: Vec<Vec<u8>> = octets
            .split(|octet| *octet == (b'.', false))
            .map(|label| label.iter().map(|(octet, _)| *octet).collect())
            .collect();
        let is_absolute = labels.pop_if(|last| last.is_empty()).is_some();
        if labels.iter().any(Vec::is_empty) {
            return Err(wrong());
        }
        let name = Name::from_labels(labels.iter().map(Vec::as_slice)).map_err(|_| wrong())?;
        let mut name = if is_absolute {
            name
        } else {
            name.append_domain(&origin()?).map_err(|_| wrong())?
        };
        name.set_fqdn(true);
        Ok(name)
    }

    /// The answers: the record sets, and what the zone is the last word on that it does not have.
    fn answers(mut self) -> Answers {
        let names_with = |rtype| {
            let questions = self.sets.keys().filter(move |question| question.rtype == rtype);
            questions.map(|question| question.name.clone())
        };
        // Without its SOA record a file is only part of a zone.
        let apex = names_with(RecordType::Soa).next();
        let cuts: BTreeSet<Arc<str>> = names_with(RecordType::Ns)
            .filter(|name| Some(name) != apex.as_ref())
            .collect();
        for stored in self.sets.values_mut() {
            // A set has no order (RFC 2181 section 5).
            stored.data.sort();
            stored.data.dedup();
        }
        let is_own = |name: &&String| {
            apex.as_ref().is_some_and(|apex| domain::is_within(name, apex))
                && !domain::ancestors(name).any(|name| cuts.contains(name))
        };
        for name in self.owners.iter().filter(is_own) {
            for rtype in ASKED_OF_NAMES {
                let name = Arc::from(name.as_str());
                let lacking = || Stored::empty("NOERROR");
                self.sets.entry(Question { name, rtype }).or_insert_with(lacking);
            }
        }
        self.sets
    }
}

/// Whether data is in the form of types unknown (RFC 3597 section 5).
fn is_generic(tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|first| first.text == "\\#" && !first.quoted)
}

/// Character-strings, joined without anything between them (RFC 7208 section 3.3, RFC 6376 section 3.6.2.2).
fn strings(tokens: &[Token]) -> Result<Data, String> {
    let mut joined = Vec::new();
    for token in tokens {
        let octets = unescape(token.text)?;
        if octets.len() > MAX_STRING {
            return Err(format!("a string has {} octets, more than {MAX_STRING}", octets.len()));
        }
        joined.extend(octets.into_iter().map(|(octet, _)| octet));
    }
    Ok(Data::from_bytes(joined))
}

/// A time in seconds, or with BIND's units: `1h30m`.
fn seconds(token: &Token) -> Result<u32, String> {
    let wrong = || format!("`{}` is no time in seconds", token.text);
    let (mut total, mut number) = (0u32, None::<u32>);
    for byte in token.text.bytes() {
        if byte.is_ascii_digit() {
            let grown = number.unwrap_or(0).checked_mul(10);
            number = Some(
                grown
                    .and_then(|grown| grown.checked_add(u32::from(byte - b'0')))
                    .ok_or_else(wrong)?,
            );
            continue;
        }
        let unit = match byte.to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return Err(wrong()),
        };
        let part = number.take().and_then(|number| number.checked_mul(unit));
        total = part.and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
    }
    match (number, token.text.is_empty()) {
        (_, true) => Err(wrong()),
        (rest, false) => total.checked_add(rest.unwrap_or(0)).ok_or_else(wrong),
    }
}
