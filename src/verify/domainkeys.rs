//! DomainKeys (RFC 4870), which DKIM replaced in 2007. Old mail carries it, and to an archive it is the same kind of
//! evidence; with SHA-1 as its only hash a good signature is `policy` today and clears nothing.

use super::{
    NotEvaluated,
    dkim::{
        DkimResult, KeyFacts, SignatureState,
        canonical::{self, Canonicalization},
        crypto::{Hash, KeyType},
        evaluate::try_keys,
        key::{self, Key, Lookup},
        signature::{Signature, is_domain_name},
        tags::{Tag, TagList},
    },
};
use crate::{
    dns::Lookups,
    domain,
    message::{Field, Message},
};

/// Signatures that are evaluated: each hashes the whole message.
const MAX_SIGNATURES: usize = 8;

/// One DomainKey-Signature, evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainKeysCheck {
    /// The field in [`Message::fields`].
    pub field_index: usize,
    /// d=, in normal form.
    pub domain: Option<String>,
    /// s=.
    pub selector: Option<String>,
    /// The result, or why there is none; never a pass.
    pub result: Result<DkimResult, NotEvaluated>,
    /// The cause in words.
    pub cause: Option<String>,
    /// Whether b= verifies.
    pub signature: SignatureState,
    /// The key record.
    pub key: Option<KeyFacts>,
}

/// How lines are prepared for signing (RFC 4870 3.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As they are.
    Simple,
    /// Without any white space.
    NoFws,
}

/// A signature as written.
struct Written {
    signature: Signature,
    form: Form,
    /// h=; `None` means every field below the signature.
    names: Option<Vec<String>>,
    problem: Option<String>,
}

/// Evaluates every DomainKey-Signature, top first.
pub fn verify_all(message: &Message<'_>, lookups: &Lookups<'_>) -> Vec<DomainKeysCheck> {
    let fields = message.fields_named("DomainKey-Signature").take(MAX_SIGNATURES);
    fields.map(|field| verify(message, field, lookups)).collect()
}

fn verify(message: &Message<'_>, field: &Field<'_>, lookups: &Lookups<'_>) -> DomainKeysCheck {
    let mut written = Written::read(field);
    let signed = written.signed(message.fields.get(field.index + 1..).unwrap_or_default());
    let sender = match sender(&signed) {
        Ok(sender) => sender,
        Err(why) => {
            written.problem.get_or_insert(why.to_owned());
            (String::new(), String::new())
        }
    };
    if written.problem.is_none()
        && let Some(signer) = &written.signature.domain
        // RFC 4870 3.2.3: d= is the domain of the sending address or a parent of it.
        && !domain::is_within(&sender.1, signer)
    {
        written.problem = Some("d= is not the domain of Sender or From".to_owned());
    }
    let mut check = DomainKeysCheck {
        field_index: field.index,
        domain: written.signature.domain.clone(),
        selector: written.signature.selector.clone(),
        result: Ok(DkimResult::Permerror),
        cause: written.problem.clone(),
        signature: SignatureState::NotEvaluable,
        key: None,
    };
    if check.cause.is_some() {
        return check;
    }
    let Some(body) = message.body_bytes() else {
        check.result = Err(NotEvaluated::NotEvaluable);
        check.cause = Some("no body is stored".to_owned());
        return check;
    };
    let keys = match key::look_up(&written.signature, lookups, "domainkeys-key") {
        Lookup::Keys(keys) => keys,
        other => {
            (check.result, check.cause) = without_key(other);
            return check;
        }
    };
    let signed = signed_bytes(message, &signed, written.form, body);
    if let Some((key, state)) = try_keys(keys, &written.signature, &signed) {
        (check.result, check.cause) = decide(&key, state, &sender.0);
        check.signature = state;
        check.key = Some(key.facts);
    }
    check
}

fn without_key(lookup: Lookup) -> (Result<DkimResult, NotEvaluated>, Option<String>) {
    match lookup {
        Lookup::NotAsked => (Err(NotEvaluated::NotAsked), None),
        Lookup::Gone => (Err(NotEvaluated::KeyGone), Some("selector gone".to_owned())),
        Lookup::Failed(word) => (
            Ok(DkimResult::Temperror),
            Some(format!("the key lookup failed: {word}")),
        ),
        Lookup::TimedOut => (Ok(DkimResult::Temperror), Some("the key lookup timed out".to_owned())),
        Lookup::Unusable(why) => (Ok(DkimResult::Permerror), Some(why)),
        Lookup::Keys(_) | Lookup::NoQuestion => (
            Ok(DkimResult::Permerror),
            Some("the key's name is longer than DNS allows".to_owned()),
        ),
    }
}

fn decide(key: &Key, state: SignatureState, local_part: &str) -> (Result<DkimResult, NotEvaluated>, Option<String>) {
    if key.facts.revoked {
        return (Err(NotEvaluated::KeyGone), Some("key revoked".to_owned()));
    }
    if let Some(why) = &key.problem {
        return (Ok(DkimResult::Permerror), Some(why.clone()));
    }
    // RFC 4870 3.2.3: an empty g= binds no local part.
    if let Some(granularity) = key.facts.granularity.as_deref().filter(|g| !g.is_empty())
        && !matches_granularity(granularity, local_part)
    {
        return (
            Ok(DkimResult::Permerror),
            Some(format!("the key's g={granularity} does not allow this sender")),
        );
    }
    match state {
        SignatureState::Valid => (
            Ok(DkimResult::Policy),
            Some("DomainKeys, which DKIM replaced: SHA-1, and nobody counts it today".to_owned()),
        ),
        SignatureState::Invalid => (Ok(DkimResult::Fail), Some("header or body changed".to_owned())),
        SignatureState::NotEvaluable => (
            Ok(DkimResult::Permerror),
            Some("the key cannot be tried with rsa-sha1".to_owned()),
        ),
    }
}

/// One `*` stands for any text (RFC 4871 3.6.1 took this over).
fn matches_granularity(granularity: &str, local_part: &str) -> bool {
    match granularity.split_once('*') {
        None => granularity == local_part,
        Some((before, after)) => {
            local_part.len() >= before.len() + after.len()
                && local_part.starts_with(before)
                && local_part.ends_with(after)
        }
    }
}

impl Written {
    /// Reads the tags (RFC 4870 3.3.1); the first break of their rules is the problem.
    fn read(field: &Field<'_>) -> Self {
        let list = TagList::parse(field.raw_value());
        let mut problem = list
            .problem
            .as_ref()
            .map(|why| format!("the tag-list is not valid: {why}"));
        let mut reject = |why: &str| {
            problem.get_or_insert(why.to_owned());
        };
        let text = |name: &str| list.get(name).map(Tag::text);
        if text("a").is_some_and(|a| !a.eq_ignore_ascii_case("rsa-sha1")) {
            reject("a= is not rsa-sha1");
        }
        // RFC 4870 3.3.1 asks for it; signers of the time often left it out, and there is no other method.
        if text("q").is_some_and(|q| !q.eq_ignore_ascii_case("dns")) {
            reject("q= is not dns");
        }
        let form = match text("c").unwrap_or_default().to_ascii_lowercase().as_str() {
            "simple" => Form::Simple,
            "nofws" => Form::NoFws,
            _ => {
                reject("c= is neither simple nor nofws");
                Form::Simple
            }
        };
        let domain = text("d").map(|d| domain::normalise(&d));
        if !domain.as_deref().is_some_and(is_domain_name) {
            reject("d= is not a domain name");
        }
        let selector = text("s").filter(|s| is_domain_name(s));
        if selector.is_none() {
            reject("s= is not a selector");
        }
        let value = list.get("b").and_then(Tag::base64).filter(|value| !value.is_empty());
        if value.is_none() {
            reject("b= is not base64");
        }
        Self {
            signature: Signature {
                domain,
                selector,
                key_type: Some(KeyType::Rsa),
                hash: Some(Hash::Sha1),
                header_form: Some(Canonicalization::Simple),
                value,
                ..Signature::default()
            },
            form,
            names: list.get("h").map(Tag::items),
            problem,
        }
    }

    /// The signed fields of those below the signature: all of them, or those that h= names, in its order.
    fn signed<'a, 'm>(&self, below: &'a [Field<'m>]) -> Vec<&'a Field<'m>> {
        let Some(names) = &self.names else {
            return below.iter().collect();
        };
        let mut signed: Vec<&Field<'m>> = Vec::new();
        for name in names {
            // One name stands for all fields that have it; twice in h= they still count once.
            if !signed.iter().any(|field| field.is(name)) {
                signed.extend(below.iter().filter(|field| field.is(name)));
            }
        }
        signed
    }
}

/// Local part and domain of the sending address: of Sender, else of From (RFC 4870 3.2.3), as far as they are signed.
fn sender(signed: &[&Field<'_>]) -> Result<(String, String), &'static str> {
    let named = |name: &str| signed.iter().find(|field| field.is(name));
    let field = named("Sender").or_else(|| named("From"));
    let field = field.ok_or("neither Sender nor From is signed")?;
    let mailbox = field.addresses().mailboxes.first();
    let mailbox = mailbox.ok_or("the sending address cannot be read")?;
    Ok((mailbox.local.clone(), domain::normalise(&mailbox.domain)))
}

/// The signed fields, the empty line and the body (RFC 4870 3.4.2).
fn signed_bytes(message: &Message<'_>, fields: &[&Field<'_>], form: Form, body: &[u8]) -> Vec<u8> {
    let mut signed = Vec::with_capacity(message.bytes.len());
    for field in fields {
        let raw = canonical::with_crlf(field.raw(), message.cr_only());
        match form {
            Form::Simple => signed.extend_from_slice(raw.trim_ascii_end()),
            Form::NoFws => signed.extend(without_white_space(&raw)),
        }
        signed.extend_from_slice(b"\r\n");
    }
    let header = signed.len();
    signed.extend_from_slice(b"\r\n");
    let mut kept = header;
    let body = canonical::with_crlf(body, message.cr_only());
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let before = signed.len();
        match form {
            Form::Simple => signed.extend_from_slice(line.strip_suffix(b"\r\n").unwrap_or(line)),
            Form::NoFws => signed.extend(without_white_space(line)),
        }
        let empty = signed.len() == before;
        signed.extend_from_slice(b"\r\n");
        if !empty {
            kept = signed.len();
        }
    }
    // Trailing empty lines do not count, nor does the line that ends the header when nothing else is left.
    signed.truncate(kept);
    signed
}

fn without_white_space(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    bytes.iter().copied().filter(move |byte| !white(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Snapshot;

    const HEAD: &str = "DomainKey-Signature: a=rsa-sha1; q=dns; c=nofws; s=s; d=bank.example; b=AAAA\r\n\
        From: a@bank.example\r\nSubject: x\r\n y\r\n\r\n";

    fn check(text: &str) -> DomainKeysCheck {
        let snapshot = Snapshot::new();
        let mut all = verify_all(&Message::read(text.as_bytes()), &Lookups::new(&snapshot, None));
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    #[test]
    fn what_is_signed() {
        let text = format!("{HEAD}a b\r\n\r\n \r\n");
        let message = Message::read(text.as_bytes());
        let field = message.field("DomainKey-Signature").expect("the signature");
        let below = message.fields.get(field.index + 1..).expect("fields");
        let body = message.body_bytes().expect("a body");
        let all: Vec<_> = below.iter().collect();
        let bytes = |body: &[u8]| signed_bytes(&message, &all, Form::NoFws, body);
        assert_eq!(bytes(body), b"From:a@bank.example\r\nSubject:xy\r\n\r\nab\r\n");
        assert_eq!(bytes(b"\r\n"), b"From:a@bank.example\r\nSubject:xy\r\n");
        let mut written = Written::read(field);
        written.names = Some(["subject", "x-none", "FROM", "subject"].map(str::to_owned).to_vec());
        assert_eq!(
            signed_bytes(&message, &written.signed(below), Form::Simple, body),
            b"Subject: x\r\n y\r\nFrom: a@bank.example\r\n\r\na b\r\n\r\n \r\n"
        );
    }

    #[test]
    fn faults() {
        assert_eq!(check(HEAD).result, Err(NotEvaluated::NotAsked));
        for (from, to, cause) in [
            ("q=dns", "q=http", "q= is not dns"),
            ("c=nofws", "c=relaxed", "c= is neither simple nor nofws"),
            (
                "d=bank.example",
                "d=other.example",
                "d= is not the domain of Sender or From",
            ),
            ("b=AAAA", "b=*", "b= is not base64"),
            ("From: a@bank.example\r\n", "", "neither Sender nor From is signed"),
            ("b=AAAA", "b=AAAA; h=subject", "neither Sender nor From is signed"),
        ] {
            let found = check(&HEAD.replacen(from, to, 1));
            assert_eq!(
                (found.result, found.cause.as_deref()),
                (Ok(DkimResult::Permerror), Some(cause))
            );
        }
        let added = check(&HEAD.replacen("From:", "Sender: b@other.example\r\nFrom:", 1));
        assert_eq!(added.cause.as_deref(), Some("d= is not the domain of Sender or From"));
    }

    #[test]
    fn granularity() {
        assert!(matches_granularity("news", "news") && matches_granularity("n*s", "news"));
        assert!(!matches_granularity("news", "new") && !matches_granularity("ne*ws", "nes"));
    }
}
