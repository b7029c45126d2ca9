//! Key records (RFC 6376 3.6) and how they are found (6.1.2).

use std::sync::{Arc, LazyLock};

use super::{
    KeyFacts,
    crypto::{KeyType, PublicKey},
    signature::{Signature, fits_dns},
    tags::{Tag, TagList},
};
use crate::{
    dns::{Answer, Lookups, Question, RecordType},
    memo::Memo,
};

/// Records at one name that are tried. More than one is against RFC 6376 3.6.2.2 already.
const MAX_RECORDS: usize = 8;

/// What a key lookup gives.
#[derive(Debug)]
pub(in crate::verify) enum Lookup {
    /// Records that are keys, in the order of the answer. Never empty.
    Keys(Vec<Key>),
    /// Records, none of which is a key: why.
    Unusable(String),
    /// No record, or no such name.
    Gone,
    /// The server failed: its word.
    Failed(String),
    TimedOut,
    NotAsked,
    /// d= or s= cannot be asked for.
    NoQuestion,
}

/// Key records by their text. To read and judge one costs more than to verify with it, and a mailbox meets few.
static READ: LazyLock<Memo<Arc<Result<Key, String>>>> = LazyLock::new(Memo::new);

/// A key record that can be read.
#[derive(Clone, Debug)]
pub(in crate::verify) struct Key {
    pub(in crate::verify) facts: KeyFacts,
    /// `None` when it is revoked, or what p= holds is no usable key.
    pub(in crate::verify) public: Option<PublicKey>,
    /// Why p= is no usable key.
    pub(in crate::verify) problem: Option<String>,
    /// Remarks on the record.
    pub(in crate::verify) defects: Vec<&'static str>,
}

/// Asks for the key of a signature; `purpose` says for which protocol.
pub(in crate::verify) fn look_up(signature: &Signature, lookups: &Lookups<'_>, purpose: &'static str) -> Lookup {
    let (Some(selector), Some(domain)) = (&signature.selector, &signature.domain) else {
        return Lookup::NoQuestion;
    };
    let question = Question::new(&super::key_name(selector, domain), RecordType::Txt);
    if !fits_dns(&question.name) {
        return Lookup::NoQuestion;
    }
    let found = lookups.ask_full(&question, purpose);
    let records = match found.answer {
        Answer::Records(records) => records,
        Answer::NoData | Answer::NxDomain => return Lookup::Gone,
        Answer::Failed(word) => return Lookup::Failed(word),
        Answer::TimedOut => return Lookup::TimedOut,
        Answer::NotAsked => return Lookup::NotAsked,
    };
    let mut keys = Vec::new();
    let mut why = None;
    for record in records.iter().take(MAX_RECORDS) {
        match &*READ.of(record.as_bytes(), || Arc::new(Key::read(record.as_bytes()))) {
            Ok(key) => keys.push(key.clone()),
            Err(problem) => why = why.or_else(|| Some(problem.clone())),
        }
    }
    if keys.is_empty() {
        return Lookup::Unusable(why.unwrap_or_else(|| "the key record is empty".to_owned()));
    }
    for key in &mut keys {
        key.facts.stale = found.stale;
        key.facts.records = records.len();
        if records.len() > 1 {
            key.defects.push("several TXT records stand at the key's name");
        }
    }
    Lookup::Keys(keys)
}

impl Key {
    /// Reads a record; what is no key record says why.
    pub(super) fn read(record: &[u8]) -> Result<Self, String> {
        let list = TagList::parse(record);
        if let Some(problem) = &list.problem {
            return Err(format!("the key record is not valid: {problem}"));
        }
        let mut defects = Vec::new();
        if let Some(version) = list.get("v") {
            // RFC 6376 3.6.1: another version must be discarded.
            if version.value != b"DKIM1" {
                return Err(format!("the key record is of version {}", version.text()));
            }
            if !list.begins_with("v") {
                defects.push("v= is not the first tag of the key record");
            }
        }
        if list.get("g").is_some() {
            defects.push("the key record has g=, which RFC 6376 dropped");
        }
        let Some(key) = list.get("p") else {
            return Err("the key record has no p=".to_owned());
        };
        let algorithm = list.get("k").map_or_else(|| "rsa".to_owned(), Tag::text);
        let revoked = key.value.is_empty();
        let (public, problem) = match KeyType::parse(&algorithm) {
            _ if revoked => (None, None),
            None => (None, Some(format!("k={algorithm} is no known kind of key"))),
            Some(kind) => match key.base64().map(|bytes| PublicKey::parse(kind, &bytes)) {
                None => (None, Some("p= is not base64".to_owned())),
                Some(None) => (None, Some(format!("p= is no {} key", kind.name()))),
                Some(public) => (public, None),
            },
        };
        let flags = list.get("t").map(Tag::items).unwrap_or_default();
        let has_flag = |wanted: &str| flags.iter().any(|flag| flag.eq_ignore_ascii_case(wanted));
        let mut facts = KeyFacts {
            algorithm,
            record: String::from_utf8_lossy(record).into_owned(),
            testing: has_flag("y"),
            strict: has_flag("s"),
            hashes: list.get("h").map(Tag::items),
            services: list.get("s").map(Tag::items),
            granularity: list.get("g").map(Tag::text),
            notes: list.get("n").map(Tag::text).filter(|notes| !notes.is_empty()),
            records: 1,
            revoked,
            ..KeyFacts::default()
        };
        if let Some(public) = &public {
            facts.judge(public);
        }
        let problem = problem.or_else(|| facts.unusable());
        Ok(Self {
            public: public.filter(|_| problem.is_none()),
            facts,
            problem,
            defects,
        })
    }

    /// Whether it is sure that b= was made with this key, whatever it was made over: only RSA tells.
    pub(in crate::verify) fn made(&self, signature: &Signature) -> bool {
        match (&self.public, signature.hash, &signature.value) {
            (Some(public), Some(hash), Some(value)) => public.recover(hash, value).is_some(),
            _ => false,
        }
    }

    /// Why this key may not be used for the signature (RFC 6376 3.6.1, 6.1.2).
    pub(in crate::verify) fn forbids(&self, signature: &Signature) -> Option<String> {
        let named = |list: &Option<Vec<String>>, wanted: &[&str]| {
            list.as_ref().is_none_or(|items| {
                items
                    .iter()
                    .any(|item| wanted.iter().any(|w| item.eq_ignore_ascii_case(w)))
            })
        };
        if let (Some(public), Some(wanted)) = (&self.public, signature.key_type)
            && public.key_type() != wanted
        {
            return Some(format!(
                "the key is of kind {}, the signature of kind {}",
                public.key_type().name(),
                wanted.name()
            ));
        }
        if let Some(hash) = signature.hash
            && !named(&self.facts.hashes, &[hash.name()])
        {
            return Some(format!("the key's h= does not allow {}", hash.name()));
        }
        if !named(&self.facts.services, &["*", "email"]) {
            return Some("the key's s= does not allow e-mail".to_owned());
        }
        if self.facts.strict && signature.identity_domain.is_some() && signature.identity_domain != signature.domain {
            return Some("the key's t=s asks for i= to be exactly d=".to_owned());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(record: &str) -> Option<String> {
        match Key::read(record.as_bytes()) {
            Ok(key) => key.problem,
            Err(problem) => Some(problem),
        }
    }

    #[test]
    fn records_that_are_no_keys() {
        for (record, cause) in [
            ("v=DKIM2; p=AAAA", "the key record is of version DKIM2"),
            ("v=spf1 -all", "the key record is of version spf1 -all"),
            ("k=rsa", "the key record has no p="),
            ("k=rsa; p=AAAA; p=BBBB", "the key record is not valid: p= stands twice"),
            ("p=AAAA", "p= is no rsa key"),
            ("p=***", "p= is not base64"),
            ("k=ed25519; p=AAAA", "p= is no ed25519 key"),
            ("k=dsa; p=AAAA", "k=dsa is no known kind of key"),
        ] {
            assert_eq!(why(record).as_deref(), Some(cause), "{record}");
        }
    }

    #[test]
    fn facts_of_a_record() {
        let record = format!("v=DKIM1; n=; k=ed25519; t=y:s; p={}=", "A".repeat(43));
        let key = Key::read(record.as_bytes()).expect("a key record");
        assert_eq!(key.facts.bits, Some(256));
        assert!(key.facts.testing && key.facts.strict && !key.facts.revoked);
        assert_eq!((key.facts.records, key.facts.notes), (1, None));
        let record = format!(
            "g=u*; n=since 2019; h=sha256; s=email; k=ed25519; p={}=",
            "A".repeat(43)
        );
        let facts = Key::read(record.as_bytes()).expect("a key record").facts;
        assert_eq!(
            (facts.notes.as_deref(), facts.granularity.as_deref()),
            (Some("since 2019"), Some("u*"))
        );
        assert_eq!(
            (facts.hashes, facts.services),
            (Some(vec!["sha256".to_owned()]), Some(vec!["email".to_owned()]))
        );
        let revoked = Key::read(b"v=DKIM1; p=").expect("a key record");
        assert!(revoked.facts.revoked && revoked.public.is_none() && revoked.problem.is_none());
    }
}
