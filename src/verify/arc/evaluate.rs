//! The steps of RFC 8617 5.2: each signature of each set first, for every one is a fact of its own; then the chain.

use super::{ArcCheck, ArcResult, ArcSetCheck, ArcSignature, MAX_INSTANCE, chain};
use crate::{
    dns::Lookups,
    message::{Field, Message},
    recorded::{ArcSet, Recorded},
    verify::{
        Clock, NotEvaluated,
        diagnosis::{Failure, Searches, Work},
        dkim::{
            BodyHash, SignatureState,
            body::{Bodies, BodyJudgement},
            canonical::Canonicalization,
            crypto::{KeyType, MIN_STRONG_BITS},
            evaluate::try_keys,
            header::Header,
            key::{self, Key, Lookup},
            signature::{Kind, Signature},
        },
    },
};

/// See [`super::verify`].
pub(super) fn verify(
    message: &Message<'_>,
    recorded: &Recorded,
    clock: Clock,
    lookups: &Lookups<'_>,
    work: Option<&Work>,
) -> ArcCheck {
    let sets = &recorded.arc_sets;
    let defects = chain::defects(message, sets, &recorded.arc_strays);
    let mut evaluation = Evaluation {
        message,
        clock,
        lookups,
        bodies: Bodies::new(message),
        header: Header::new(message),
        work,
        searches: Searches::default(),
    };
    let sets = evaluation.sets(sets);
    let decision = decide(&sets, &defects);
    ArcCheck {
        result: decision.result,
        cause: decision.cause,
        oldest_pass: decision.oldest_pass,
        sets,
        defects,
    }
}

/// What all signatures of a chain share.
struct Evaluation<'a, 'm> {
    message: &'a Message<'m>,
    clock: Clock,
    lookups: &'a Lookups<'a>,
    bodies: Bodies<'m>,
    header: Header<'a, 'm>,
    /// What a diagnosis may cost; `None` where none is wanted.
    work: Option<&'a Work>,
    searches: Searches,
}

impl<'m> Evaluation<'_, 'm> {
    fn sets(&mut self, sets: &[ArcSet]) -> Vec<ArcSetCheck> {
        // What the seals so far cover, as long as every set below is whole (RFC 8617 5.1.1).
        let mut below = Some(Vec::new());
        let mut expected = 1;
        let evaluated = MAX_INSTANCE as usize;
        let judged = sets.iter().take(evaluated).map(|set| {
            if set.instance != expected {
                below = None;
            }
            expected = set.instance.saturating_add(1);
            self.set(set, &mut below)
        });
        let mut all: Vec<ArcSetCheck> = judged.collect();
        all.extend(sets.iter().skip(evaluated).map(|set| ArcSetCheck {
            set: set.clone(),
            seal: None,
            message_signature: None,
        }));
        all
    }

    /// Judges a set; `below` grows by it.
    fn set(&mut self, set: &ArcSet, below: &mut Option<Vec<u8>>) -> ArcSetCheck {
        let fields = &self.message.fields;
        let only = |indexes: &[usize]| match indexes {
            [index] => fields.get(*index),
            _ => None,
        };
        let (seal, signature, results) = (only(&set.seals), only(&set.message_signatures), only(&set.results));
        let message_signature = signature.map(|field| self.message_signature(field));
        let seal = seal.map(|field| {
            let own = (results.zip(signature)).map(|(results, signature)| {
                let mut own = Vec::new();
                self.append(&mut own, results);
                self.append(&mut own, signature);
                own
            });
            // RFC 8617 5.1.2: a seal over a broken chain covers its own set alone.
            let declares_failure = set.cv.as_deref() == Some("fail");
            let covered = match (own, declares_failure, &mut *below) {
                (Some(own), true, _) => Some(own),
                (Some(own), false, Some(below)) => {
                    below.extend_from_slice(&own);
                    Some(below.clone())
                }
                _ => None,
            };
            let judged = self.seal(field, covered);
            match below {
                Some(below) if !declares_failure => self.append(below, field),
                _ => *below = None,
            }
            judged
        });
        if seal.is_none() {
            *below = None;
        }
        ArcSetCheck {
            set: set.clone(),
            seal,
            message_signature,
        }
    }

    /// A field as seals cover it: relaxed (RFC 8617 4.1.3), with its line end.
    fn append(&self, covered: &mut Vec<u8>, field: &Field<'m>) {
        covered.extend(self.header.canonical(field, Canonicalization::Relaxed));
        covered.extend_from_slice(b"\r\n");
    }

    fn message_signature(&mut self, field: &Field<'m>) -> ArcSignature {
        let signature = Signature::read_as(Kind::ArcMessageSignature, field);
        let selection = self.header.select(&signature.signed_fields, field);
        let signed = self.header.signed_bytes(field, &signature, &selection);
        let body = self.bodies.judge(&signature);
        self.judge(field, signature, Some(signed), Some(body))
    }

    fn seal(&mut self, field: &Field<'m>, covered: Option<Vec<u8>>) -> ArcSignature {
        let signature = Signature::read_as(Kind::ArcSeal, field);
        let signed = covered.map(|mut covered| {
            covered.extend(self.header.own_bytes(field, &signature, Canonicalization::Relaxed));
            covered
        });
        self.judge(field, signature, signed, None)
    }

    /// Key and signature, whatever is wrong with the tags or the body; then the result. A seal has no body.
    fn judge(
        &mut self,
        field: &Field<'m>,
        signature: Signature,
        signed: Option<Vec<u8>>,
        body: Option<BodyJudgement>,
    ) -> ArcSignature {
        let (key, state, no_key) = match key::look_up(&signature, self.lookups, "arc-key") {
            Lookup::Keys(keys) => match try_keys(keys, &signature, signed.as_deref().unwrap_or_default()) {
                Some((key, state)) if signed.is_some() => (Some(key), state.of(self.message), None),
                found => (found.map(|(key, _)| key), SignatureState::NotEvaluable, None),
            },
            other => (None, SignatureState::NotEvaluable, Some(other)),
        };
        let (result, cause) = self.decide(&signature, state, signed.is_some(), body.as_ref(), key.as_ref(), no_key);
        let wanted = self.work.filter(|_| body.is_some());
        let diagnosis = wanted.and_then(|work| {
            let failure = Failure {
                message: self.message,
                header: &self.header,
                field,
                signature: &signature,
                body_hash: body.as_ref().map_or(BodyHash::NotEvaluable, |body| body.state),
                state,
                key: key.as_ref().and_then(|key| key.public.as_ref()),
            };
            self.searches.diagnose(failure, work)
        });
        ArcSignature {
            field_index: field.index,
            diagnosis,
            domain: signature.domain,
            selector: signature.selector,
            algorithm: signature.algorithm,
            result,
            cause,
            body_hash: body.as_ref().map_or(BodyHash::NotEvaluable, |body| body.state),
            signature: state,
            key: key.map(|key| key.facts),
            signed_at: signature.signed_at,
            signed_fields: signature.signed_fields,
            unsigned_bytes: body.map_or(0, |body| body.unsigned_bytes),
        }
    }

    /// The result that the facts add up to, and its cause. What is broken for certain fails, even where the key is gone.
    fn decide(
        &self,
        signature: &Signature,
        state: SignatureState,
        is_covered: bool,
        body: Option<&BodyJudgement>,
        key: Option<&Key>,
        no_key: Option<Lookup>,
    ) -> (Result<ArcResult, NotEvaluated>, Option<String>) {
        let fail = |cause: String| (Ok(ArcResult::Fail), Some(cause));
        let unknown = |why: NotEvaluated, cause: &str| (Err(why), Some(cause.to_owned()));
        if let Some(problem) = &signature.problem {
            return fail(problem.clone());
        }
        if body.is_some_and(|body| body.state == BodyHash::Mismatch) {
            return fail("body hash".to_owned());
        }
        if body.is_some_and(|body| body.length_exceeded) {
            return fail("l= is larger than the body".to_owned());
        }
        if let (Some(expires), Some(delivered)) = (signature.expires_at, self.clock.delivered_at)
            && delivered > expires
        {
            return fail("expired before delivery".to_owned());
        }
        let key = match (key, no_key) {
            (Some(key), _) => key,
            (None, Some(Lookup::NotAsked)) => return (Err(NotEvaluated::NotAsked), None),
            (None, Some(Lookup::Gone)) => return unknown(NotEvaluated::KeyGone, "selector gone"),
            (None, Some(Lookup::Failed(word))) => {
                return unknown(NotEvaluated::NotEvaluable, &format!("the key lookup failed: {word}"));
            }
            (None, Some(Lookup::TimedOut)) => {
                return unknown(NotEvaluated::NotEvaluable, "the key lookup timed out");
            }
            (None, Some(Lookup::Unusable(why))) => return fail(why),
            (None, _) => return fail("the key's name is longer than DNS allows".to_owned()),
        };
        if key.facts.revoked {
            return unknown(NotEvaluated::KeyGone, "key revoked");
        }
        if let Some(why) = key.problem.clone().or_else(|| key.forbids(signature)) {
            return fail(why);
        }
        if !is_covered {
            return unknown(NotEvaluated::NotEvaluable, "the sets that it covers are not whole");
        }
        if state == SignatureState::Invalid {
            return fail(
                if body.is_some() {
                    "header changed"
                } else {
                    "seal broken"
                }
                .to_owned(),
            );
        }
        // RFC 8301 3.2: verifiers must not consider signatures of smaller keys valid.
        if let Some(bits) = key.facts.bits
            && signature.key_type == Some(KeyType::Rsa)
            && bits < MIN_STRONG_BITS
        {
            return fail(format!("a key of {bits} bits"));
        }
        if self.message.rebuilt && state != SignatureState::Valid {
            return unknown(
                NotEvaluated::NotEvaluable,
                "the message was rebuilt, and not as it was sealed",
            );
        }
        if body.is_some_and(|body| body.state == BodyHash::NotEvaluable) {
            let cause = if self.message.body.is_none() {
                "no body is stored"
            } else {
                "the body was not hashed"
            };
            return unknown(NotEvaluated::NotEvaluable, cause);
        }
        if state == SignatureState::NotEvaluable {
            return fail("the key is too large to be tried".to_owned());
        }
        (Ok(ArcResult::Pass), None)
    }
}

/// What the chain as a whole is.
struct Decision {
    result: Result<ArcResult, NotEvaluated>,
    cause: Option<String>,
    oldest_pass: Option<u32>,
}

/// RFC 8617 5.2. A certain failure decides before something unknown does.
fn decide(sets: &[ArcSetCheck], defects: &[String]) -> Decision {
    let decision = |result, cause| Decision {
        result,
        cause,
        oldest_pass: None,
    };
    // Step 1, and steps 2 and 3.
    if let Some(defect) = defects.first() {
        return decision(Ok(ArcResult::Fail), Some(defect.clone()));
    }
    let Some(newest) = sets.last() else {
        return decision(Ok(ArcResult::None), None);
    };
    // Step 4, then step 6 from the newest seal down.
    let needed: Vec<(String, &ArcSignature)> = newest
        .message_signature
        .iter()
        .map(|signature| (format!("the message signature i={}", newest.set.instance), signature))
        .chain(sets.iter().rev().filter_map(|set| {
            let seal = set.seal.as_ref()?;
            Some((format!("the seal i={}", set.set.instance), seal))
        }))
        .collect();
    let told = |(name, signature): &(String, &ArcSignature)| match &signature.cause {
        Some(cause) => format!("{name}: {cause}"),
        None => format!("{name}: not asked for its key"),
    };
    let failing = needed
        .iter()
        .find(|(_, signature)| signature.result == Ok(ArcResult::Fail));
    let oldest_pass = oldest_pass(sets);
    if let Some(failing) = failing {
        return Decision {
            oldest_pass,
            ..decision(Ok(ArcResult::Fail), Some(told(failing)))
        };
    }
    let open = needed
        .iter()
        .find_map(|needed| Some((needed.1.result.err()?, told(needed))));
    match open {
        Some((why, cause)) => decision(Err(why), Some(cause)),
        None => Decision {
            oldest_pass,
            ..decision(Ok(ArcResult::Pass), None)
        },
    }
}

/// RFC 8617 5.2 step 5.
fn oldest_pass(sets: &[ArcSetCheck]) -> Option<u32> {
    let mut oldest = None;
    for set in sets.iter().rev() {
        match set.message_signature.as_ref()?.result {
            Ok(ArcResult::Pass) => oldest = Some(set.set.instance),
            Ok(_) => return oldest,
            Err(_) => return None,
        }
    }
    oldest.map(|_| 0)
}
