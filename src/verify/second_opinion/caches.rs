//! The snapshot as the library's DNS caches.
//!
//! A cache is asked first, and these have an answer for every name, so the library's resolver is never reached. What
//! a cache of that library cannot express is noted by a [`Witness`].

use std::{
    borrow::Borrow,
    cell::Cell,
    hash::{Hash, Hasher},
    net::IpAddr,
    sync::Arc,
    time::Instant,
};

use mail_auth::{
    DnsError, DnssecStatus, Error, MX, RecordSet, ResolverCache, Txt,
    common::{parse::TxtRecordParser, verify::DomainKey},
    dkim::Atps,
    dmarc::Dmarc,
    hickory_resolver::proto::op::ResponseCode,
    spf::Spf,
};

use crate::{
    dns::{Answer, Data, Question, RecordType, Snapshot},
    time::Timestamp,
    verify::spf::reverse_name,
};

/// The text of a lookup error that stands for "nobody asked".
pub(super) const NOT_ASKED: &str = "not asked";

/// The snapshot as of the delivery.
#[derive(Clone, Copy)]
pub(super) struct View<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) at: Option<Timestamp>,
}

/// What a check ran into that the library's caches cannot express.
#[derive(Debug, Default)]
pub(super) struct Witness {
    /// A name that nobody asked for.
    pub(super) not_asked: Cell<bool>,
    /// A lookup of addresses or exchanges that failed.
    pub(super) failed: Cell<bool>,
    /// An SPF record with `exists:` was read ...
    pub(super) has_exists: Cell<bool>,
    /// ... and a name without addresses: the library takes any cached answer for existence.
    pub(super) empty_address: Cell<bool>,
}

/// A cache that holds the whole snapshot.
pub(super) struct Cache<'s, V> {
    pub(super) view: View<'s>,
    pub(super) witness: &'s Witness,
    pub(super) rtype: RecordType,
    /// Turns an answer into the library's form.
    pub(super) value: fn(&str, Answer, &Witness) -> V,
}

impl<V> ResolverCache<Box<str>, V> for Cache<'_, V> {
    fn get<Q>(&self, name: &Q) -> Option<V>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let name = KeyReader::read(name);
        let found = self.view.snapshot.find(&Question::new(&name, self.rtype), self.view.at);
        if found.answer == Answer::NotAsked {
            self.witness.not_asked.set(true);
        }
        Some((self.value)(&name, found.answer, self.witness))
    }

    fn remove<Q>(&self, _: &Q) -> Option<V>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: V, _: Instant) {}
}

/// Reads a cache key by hashing it: the trait promises of a key no more than that it can be hashed.
#[derive(Default)]
pub(super) struct KeyReader(Vec<u8>);

impl KeyReader {
    pub(super) fn read<Q: Hash + ?Sized>(key: &Q) -> String {
        let mut reader = Self::default();
        key.hash(&mut reader);
        String::from_utf8(reader.0).unwrap_or_default()
    }
}

impl Hasher for KeyReader {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The mark behind a string.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        0
    }
}

/// The reverse names of the one address that SPF asks for.
pub(super) struct Pointers<'s> {
    pub(super) view: View<'s>,
    pub(super) witness: &'s Witness,
    pub(super) ip: IpAddr,
}

impl ResolverCache<IpAddr, RecordSet<Box<str>>> for Pointers<'_> {
    fn get<Q>(&self, _: &Q) -> Option<RecordSet<Box<str>>>
    where
        IpAddr: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let question = Question::new(&reverse_name(self.ip), RecordType::Ptr);
        let found = self.view.snapshot.find(&question, self.view.at);
        if found.answer == Answer::NotAsked {
            self.witness.not_asked.set(true);
        }
        Some(record_set(&found.answer, |data| Some(absolute(&data.to_text()))))
    }

    fn remove<Q>(&self, _: &Q) -> Option<RecordSet<Box<str>>>
    where
        IpAddr: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: IpAddr, _: RecordSet<Box<str>>, _: Instant) {}
}

pub(super) fn spf_record(_: &str, answer: Answer, witness: &Witness) -> Txt {
    if let Answer::Records(records) = &answer
        && records
            .iter()
            .any(|data| data.to_text().to_ascii_lowercase().contains("exists:"))
    {
        witness.has_exists.set(true);
    }
    text_record::<Spf>(answer)
}

pub(super) fn key_record(name: &str, answer: Answer, _: &Witness) -> Txt {
    match name.contains("._atps.") {
        true => text_record::<Atps>(answer),
        false => text_record::<DomainKey>(answer),
    }
}

pub(super) fn dmarc_record(_: &str, answer: Answer, _: &Witness) -> Txt {
    text_record::<Dmarc>(answer)
}

/// The first record that can be read, as the library's own lookup takes it.
fn text_record<T: TxtRecordParser + Into<Txt>>(answer: Answer) -> Txt {
    let error = match answer {
        Answer::Records(records) => {
            let parsed = records.iter().find_map(|data| T::parse(data.as_bytes()).ok());
            return parsed.map_or_else(|| Txt::Error(Error::Dns(DnsError::InvalidRecordType)), Into::into);
        }
        Answer::NoData => DnsError::RecordNotFound(ResponseCode::NoError),
        Answer::NxDomain => DnsError::RecordNotFound(ResponseCode::NXDomain),
        Answer::Failed(rcode) => DnsError::Resolver(rcode),
        Answer::TimedOut => DnsError::Resolver("timed out".to_owned()),
        Answer::NotAsked => DnsError::Resolver(NOT_ASKED.to_owned()),
    };
    Txt::Error(Error::Dns(error))
}

pub(super) fn addresses<T: std::str::FromStr>(_: &str, answer: Answer, witness: &Witness) -> RecordSet<T> {
    note_failure(&answer, witness);
    let set = record_set(&answer, |data| data.to_text().parse().ok());
    if set.rrset.is_empty() {
        witness.empty_address.set(true);
    }
    set
}

pub(super) fn exchanges(_: &str, answer: Answer, witness: &Witness) -> RecordSet<MX> {
    note_failure(&answer, witness);
    record_set(&answer, |data| {
        let text = data.to_text();
        let (preference, exchange) = text.trim().split_once(' ')?;
        Some(MX {
            exchanges: [absolute(exchange.trim())].into(),
            preference: preference.parse().ok()?,
        })
    })
}

fn note_failure(answer: &Answer, witness: &Witness) {
    if matches!(answer, Answer::Failed(_) | Answer::TimedOut) {
        witness.failed.set(true);
    }
}

/// The records in the library's form; an empty set where there are none.
fn record_set<T>(answer: &Answer, read: impl Fn(&Data) -> Option<T>) -> RecordSet<T> {
    RecordSet {
        rrset: answer.records().iter().filter_map(read).collect::<Arc<[T]>>(),
        dnssec_status: DnssecStatus::Indeterminate,
    }
}

/// A name in lower case with its trailing dot.
fn absolute(name: &str) -> Box<str> {
    format!("{}.", name.trim_end_matches('.').to_ascii_lowercase()).into()
}
