//! The steps of RFC 6376 6.1: tags, key, body hash, signature; each fact on its own, then the result.

use std::collections::HashMap;

use super::{
    BodyHash, Clock, DkimCheck, DkimResult, KeyWeakness, Lookups, Message, NotEvaluated, SignatureState,
    body::{self, Bodies, BodyJudgement},
    canonical,
    crypto::Hash,
    key::{self, Key, Lookup},
    signature::Signature,
};
use crate::message::Field;

/// Signatures that are evaluated. RFC 6376 8.4 warns of messages with many; honest ones have fewer than ten.
const MAX_SIGNATURES: usize = 64;

/// See [`super::verify_all`].
pub(super) fn verify_all(message: &Message<'_>, clock: Clock, lookups: &Lookups<'_>) -> Vec<DkimCheck> {
    let mut evaluation = Evaluation {
        message,
        clock,
        lookups,
        bodies: Bodies::new(message),
        cr_only: body::cr_only(message),
        places: places(message),
    };
    message
        .fields_named("DKIM-Signature")
        .enumerate()
        .map(|(rank, field)| evaluation.verify(field, rank < MAX_SIGNATURES))
        .collect()
}

/// What all signatures of a message share.
struct Evaluation<'a, 'm> {
    message: &'a Message<'m>,
    clock: Clock,
    lookups: &'a Lookups<'a>,
    bodies: Bodies<'m>,
    cr_only: bool,
    /// Indexes of the fields of each name (in lower case), top first.
    places: HashMap<String, Vec<usize>>,
}

/// What one signature was found to be.
struct Facts {
    body: BodyJudgement,
    signature: SignatureState,
    /// The key used: the first that verifies, else the first that can be read.
    key: Option<Key>,
    /// Why there is no key.
    no_key: Option<Lookup>,
}

fn places(message: &Message<'_>) -> HashMap<String, Vec<usize>> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for field in &message.fields {
        places
            .entry(field.name().to_ascii_lowercase())
            .or_default()
            .push(field.index);
    }
    places
}

impl Evaluation<'_, '_> {
    fn verify(&mut self, field: &Field<'_>, evaluated: bool) -> DkimCheck {
        let mut signature = Signature::read(field);
        let (facts, extra_fields) = if evaluated {
            let (signed, extra) = self.signed_header(field, &signature);
            (self.facts(&signature, &signed), extra)
        } else {
            signature
                .defects
                .push(format!("only {MAX_SIGNATURES} signatures of a message are evaluated"));
            (Facts::none(), Vec::new())
        };
        let (result, cause) = if evaluated {
            self.decide(&signature, &facts)
        } else {
            (Err(NotEvaluated::NotEvaluable), Some("too many signatures".to_owned()))
        };
        let mut defects = std::mem::take(&mut signature.defects);
        defects.extend(facts.body.defect.map(str::to_owned));
        if let Some(key) = &facts.key {
            defects.extend(key.defects.iter().map(|&defect| defect.to_owned()));
        }
        DkimCheck {
            field_index: field.index,
            domain: signature.domain,
            selector: signature.selector,
            identity: signature.identity,
            algorithm: signature.algorithm,
            canonicalization: signature.canonicalization,
            result,
            cause,
            body_hash: facts.body.state,
            signature: facts.signature,
            key: facts.key.map(|key| key.facts),
            signed_at: signature.signed_at,
            expires_at: signature.expires_at,
            // RFC 6376 3.5: "not valid after" x=.
            expired_at_delivery: signature
                .expires_at
                .zip(self.clock.delivered_at)
                .map(|(expires, delivered)| delivered > expires),
            expired_now: signature.expires_at.is_some_and(|expires| self.clock.as_of > expires),
            unsigned_bytes: facts.body.unsigned_bytes,
            has_length_limit: signature.length.is_some(),
            signed_fields: signature.signed_fields,
            extra_fields,
            domain_span: signature.domain_span,
            body_hash_span: signature.body_hash_span,
            normalised: self.normalised(facts.body.note),
            defects,
        }
    }

    /// The bytes under the signature (RFC 6376 3.7), and the fields that h= names too rarely.
    fn signed_header(&self, field: &Field<'_>, signature: &Signature) -> (Vec<u8>, Vec<(String, usize)>) {
        let form = signature.header_form.unwrap_or(canonical::Canonicalization::Simple);
        let mut signed = Vec::new();
        // RFC 6376 5.4.2: fields of one name are taken from the bottom up; a name beyond the last one stands for nothing.
        let mut left: HashMap<String, Vec<usize>> = HashMap::new();
        for name in &signature.signed_fields {
            let name = name.to_ascii_lowercase();
            let left = left.entry(name).or_insert_with_key(|name| {
                let mut all = self.places.get(name).cloned().unwrap_or_default();
                // RFC 6376 3.5: h= never means the field that holds it.
                all.retain(|index| *index != field.index);
                all
            });
            if let Some(other) = left.pop().and_then(|index| self.message.fields.get(index)) {
                signed.extend(self.canonical_field(other, other.raw_value(), form));
                signed.extend_from_slice(b"\r\n");
            }
        }
        // The signature itself comes last, its b= taken as empty, without a line end.
        let value = field.raw_value();
        let cut = &signature.value_range;
        let before = value.get(..cut.start).unwrap_or_default();
        let after = value.get(cut.end..).unwrap_or_default();
        signed.extend(self.canonical_field(field, &[before, after].concat(), form));

        let mut extra: Vec<_> = left
            .into_values()
            .flatten()
            .filter_map(|index| Some((self.message.fields.get(index)?.name().into_owned(), index)))
            .collect();
        extra.sort_by_key(|(_, index)| *index);
        (signed, extra)
    }

    fn canonical_field(&self, field: &Field<'_>, value: &[u8], form: canonical::Canonicalization) -> Vec<u8> {
        let head_length = field.value_span.start.saturating_sub(field.span.start);
        let head = field.raw().get(..head_length).unwrap_or_default();
        canonical::header_field(
            &canonical::with_crlf(head, self.cr_only),
            &canonical::with_crlf(value, self.cr_only),
            form,
        )
    }

    /// Body hash and signature, each on its own, whatever the other says and whatever is wrong with the tags.
    fn facts(&mut self, signature: &Signature, signed: &[u8]) -> Facts {
        let mut facts = Facts {
            body: self.bodies.judge(signature),
            ..Facts::none()
        };
        let keys = match key::look_up(signature, self.lookups) {
            Lookup::Keys(keys) => keys,
            other => {
                facts.no_key = Some(other);
                return facts;
            }
        };
        // RFC 6376 6.1.2 leaves it open which of several records counts: one that verifies, if any does.
        for key in keys {
            let verified = match (&key.public, signature.hash, &signature.value, signature.header_form) {
                (Some(public), Some(hash), Some(value), Some(_)) if signature.key_type == Some(public.key_type()) => {
                    public.verifies(hash, signed, value)
                }
                _ => None,
            };
            let state = match verified {
                Some(true) => SignatureState::Valid,
                Some(false) => SignatureState::Invalid,
                None => SignatureState::NotEvaluable,
            };
            let allowed = key.forbids(signature).is_none();
            let better = |now: &Facts| match &now.key {
                None => true,
                Some(_) if state != now.signature => {
                    state == SignatureState::Valid || now.signature == SignatureState::NotEvaluable
                }
                Some(known) => allowed && known.forbids(signature).is_some(),
            };
            if better(&facts) {
                facts.signature = state;
                facts.key = Some(key);
            }
        }
        facts
    }

    /// The result that the facts add up to, and its cause.
    fn decide(&self, signature: &Signature, facts: &Facts) -> (Result<DkimResult, NotEvaluated>, Option<String>) {
        let permerror = |cause: String| (Ok(DkimResult::Permerror), Some(cause));
        if let Some(problem) = &signature.problem {
            return permerror(problem.clone());
        }
        if self.message.body.is_none() && facts.body.state == BodyHash::NotEvaluable {
            return (Err(NotEvaluated::NotEvaluable), Some("no body is stored".to_owned()));
        }
        let key = match (&facts.key, &facts.no_key) {
            (Some(key), _) => key,
            (None, Some(Lookup::NotAsked)) => return (Err(NotEvaluated::NotAsked), None),
            (None, Some(Lookup::Gone)) => return (Err(NotEvaluated::KeyGone), Some("selector gone".to_owned())),
            (None, Some(Lookup::Failed(word))) => {
                return (
                    Ok(DkimResult::Temperror),
                    Some(format!("the key lookup failed: {word}")),
                );
            }
            (None, Some(Lookup::TimedOut)) => {
                return (Ok(DkimResult::Temperror), Some("the key lookup timed out".to_owned()));
            }
            (None, Some(Lookup::Unusable(why))) => return permerror(why.clone()),
            (None, _) => return permerror("the key's name is longer than DNS allows".to_owned()),
        };
        if key.facts.revoked {
            return (Err(NotEvaluated::KeyGone), Some("key revoked".to_owned()));
        }
        if let Some(why) = key.problem.clone().or_else(|| key.forbids(signature)) {
            return permerror(why);
        }
        if facts.body.state == BodyHash::Mismatch {
            return (Ok(DkimResult::Fail), Some("body hash".to_owned()));
        }
        if facts.signature == SignatureState::Invalid {
            return (Ok(DkimResult::Fail), Some("header changed".to_owned()));
        }
        if facts.body.state == BodyHash::NotEvaluable {
            return (
                Err(NotEvaluated::NotEvaluable),
                Some("the body was not hashed".to_owned()),
            );
        }
        if facts.signature == SignatureState::NotEvaluable {
            return permerror("the key is too large to be tried".to_owned());
        }
        // RFC 6376 3.5: l= must not be larger than the body.
        if facts.body.length_exceeded {
            return permerror("l= is larger than the body".to_owned());
        }
        match self.weakness(signature, key) {
            Some(why) => (Ok(DkimResult::Policy), Some(why)),
            None => (Ok(DkimResult::Pass), None),
        }
    }

    /// Why a good signature does not count all the same (RFC 8301; RFC 6376 3.5 for x=).
    fn weakness(&self, signature: &Signature, key: &Key) -> Option<String> {
        let mut why = Vec::new();
        if signature.hash == Some(Hash::Sha1) {
            why.push("rsa-sha1".to_owned());
        }
        why.extend(key.facts.weaknesses.iter().map(KeyWeakness::words));
        if let (Some(expires), Some(delivered)) = (signature.expires_at, self.clock.delivered_at)
            && delivered > expires
        {
            why.push("expired before delivery".to_owned());
        }
        (!why.is_empty()).then(|| why.join(", "))
    }

    /// What was done to the stored bytes before hashing.
    fn normalised(&self, note: Option<&'static str>) -> Vec<String> {
        let bare_lf = (self.message.line_endings.lf > 0).then_some("bare LF read as CR LF");
        let bare_cr = self.cr_only.then_some("bare CR read as CR LF");
        [bare_lf, bare_cr, note]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect()
    }
}

impl Facts {
    /// Nothing known.
    fn none() -> Self {
        Self {
            body: BodyJudgement {
                state: BodyHash::NotEvaluable,
                unsigned_bytes: 0,
                length_exceeded: false,
                note: None,
                defect: None,
            },
            signature: SignatureState::NotEvaluable,
            key: None,
            no_key: None,
        }
    }
}
