//! The steps of RFC 6376 6.1: tags, key, body hash, signature; each fact on its own, then the result.

use super::{
    BodyHash, Clock, DkimCheck, DkimResult, KeyWeakness, Lookups, Message, NotEvaluated, SignatureState, Signed,
    body::{Bodies, BodyJudgement},
    crypto::Hash,
    header::Header,
    key::{self, Key, Lookup},
    signature::Signature,
};
use crate::{
    message::Field,
    verify::diagnosis::{Failure, Searches, Work},
};

/// Signatures that are evaluated. RFC 6376 8.4 warns of messages with many; honest ones have fewer than ten.
const MAX_SIGNATURES: usize = 64;

/// See [`super::verify_each`].
pub(super) fn verify_each<'a>(all: impl IntoIterator<Item = Signed<'a>>) -> Vec<Vec<DkimCheck>> {
    let mut evaluations: Vec<Evaluation<'_>> = all.into_iter().map(Evaluation::new).collect();
    // Of each message one at a time: what is hashed for a signature may be as large as the header.
    loop {
        let drafts = evaluations.iter_mut().filter_map(Draft::next);
        let mut drafts: Vec<Draft<'_, '_>> = drafts.collect();
        if drafts.is_empty() {
            break;
        }
        for step in STEPS {
            drafts.iter_mut().for_each(step);
        }
        drafts.into_iter().for_each(Draft::finish);
    }
    evaluations.into_iter().map(|evaluation| evaluation.checks).collect()
}

/// What all signatures of a message share.
struct Evaluation<'a> {
    message: &'a Message<'a>,
    clock: Clock,
    lookups: &'a Lookups<'a>,
    bodies: Bodies<'a>,
    header: Header<'a, 'a>,
    work: Option<&'a Work>,
    searches: Searches,
    /// The signatures to come.
    fields: std::vec::IntoIter<&'a Field<'a>>,
    /// What came of those before.
    checks: Vec<DkimCheck>,
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

/// A signature under evaluation.
struct Draft<'e, 'a> {
    evaluation: &'e mut Evaluation<'a>,
    field: &'a Field<'a>,
    /// Whether it is one of the first [`MAX_SIGNATURES`].
    evaluated: bool,
    signature: Signature,
    /// What the signature is over.
    signed: Vec<u8>,
    /// Fields that it names, yet too rarely to cover.
    extra_fields: Vec<(String, usize)>,
    /// The keys that are published for it.
    keys: Vec<Key>,
    facts: Facts,
}

/// What is done for a signature, step by step: body hash and signature, each on its own, whatever the other says and whatever is wrong
/// with the tags. Each step is taken for the signatures of all messages at hand before the next one, as together they are more code
/// than a processor keeps at hand.
const STEPS: [fn(&mut Draft<'_, '_>); 5] = [
    |draft| draft.signature = Signature::read(draft.field),
    |draft| draft.when_evaluated(|draft| draft.select_fields()),
    |draft| draft.when_evaluated(|draft| draft.facts.body = draft.evaluation.bodies.judge(&draft.signature)),
    |draft| draft.when_evaluated(|draft| draft.look_up_keys()),
    |draft| draft.when_evaluated(|draft| draft.try_keys()),
];

impl<'e, 'a> Draft<'e, 'a> {
    /// The next signature of a message.
    fn next(evaluation: &'e mut Evaluation<'a>) -> Option<Self> {
        Some(Self {
            field: evaluation.fields.next()?,
            evaluated: evaluation.checks.len() < MAX_SIGNATURES,
            evaluation,
            signature: Signature::default(),
            signed: Vec::new(),
            extra_fields: Vec::new(),
            keys: Vec::new(),
            facts: Facts::none(),
        })
    }

    /// Adds what the facts come to.
    fn finish(self) {
        let Self {
            evaluation,
            field,
            evaluated,
            mut signature,
            extra_fields,
            facts,
            ..
        } = self;
        let (result, cause) = if evaluated {
            evaluation.decide(&signature, &facts)
        } else {
            signature
                .defects
                .push(format!("only {MAX_SIGNATURES} signatures of a message are evaluated"));
            (Err(NotEvaluated::NotEvaluable), Some("too many signatures".to_owned()))
        };
        let diagnosis = evaluation.work.filter(|_| evaluated).and_then(|work| {
            let failure = Failure {
                message: evaluation.message,
                header: &evaluation.header,
                field,
                signature: &signature,
                body_hash: facts.body.state,
                state: facts.signature,
                key: facts.key.as_ref().and_then(|key| key.public.as_ref()),
            };
            evaluation.searches.diagnose(failure, work)
        });
        let mut defects = std::mem::take(&mut signature.defects);
        defects.extend(facts.body.defect.map(str::to_owned));
        if let Some(key) = &facts.key {
            defects.extend(key.defects.iter().map(|&defect| defect.to_owned()));
        }
        let check = DkimCheck {
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
                .zip(evaluation.clock.delivered_at)
                .map(|(expires, delivered)| delivered > expires),
            expired_now: signature
                .expires_at
                .is_some_and(|expires| evaluation.clock.as_of > expires),
            unsigned_bytes: facts.body.unsigned_bytes,
            has_length_limit: signature.length.is_some(),
            signed_fields: signature.signed_fields,
            extra_fields,
            domain_span: signature.domain_span,
            body_hash_span: signature.body_hash_span,
            normalised: evaluation.normalised(facts.body.note),
            diagnosis,
            defects,
        };
        evaluation.checks.push(check);
    }
}

impl Draft<'_, '_> {
    fn when_evaluated(&mut self, step: impl FnOnce(&mut Self)) {
        if self.evaluated {
            step(self);
        }
    }

    fn select_fields(&mut self) {
        let header = &self.evaluation.header;
        let selection = header.select(&self.signature.signed_fields, self.field);
        self.signed = header.signed_bytes(self.field, &self.signature, &selection);
        self.extra_fields = header.named(&selection.left_over);
    }

    fn look_up_keys(&mut self) {
        match key::look_up(&self.signature, self.evaluation.lookups, "dkim-key") {
            Lookup::Keys(keys) => self.keys = keys,
            other => self.facts.no_key = Some(other),
        }
    }

    fn try_keys(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        if let Some((key, state)) = try_keys(keys, &self.signature, &self.signed) {
            self.facts.signature = state.of(self.evaluation.message);
            self.facts.key = Some(key);
        }
    }
}

impl<'a> Evaluation<'a> {
    fn new(signed: Signed<'a>) -> Self {
        let Signed {
            message,
            clock,
            lookups,
            work,
        } = signed;
        let fields: Vec<&Field<'_>> = message.fields_named("DKIM-Signature").collect();
        Self {
            message,
            clock,
            lookups,
            bodies: Bodies::new(message),
            header: Header::new(message),
            work,
            searches: Searches::default(),
            fields: fields.into_iter(),
            checks: Vec::new(),
        }
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
            // An answer of long after delivery never accuses alone: its owner may have changed the key since.
            if key.facts.stale && !key.made(signature) {
                return (Err(NotEvaluated::KeyGone), Some("key changed since".to_owned()));
            }
            return (Ok(DkimResult::Fail), Some("header changed".to_owned()));
        }
        if facts.body.state == BodyHash::NotEvaluable {
            let cause = match self.message.rebuilt {
                true => "the message was rebuilt, and not as it was signed",
                false => "the body was not hashed",
            };
            return (Err(NotEvaluated::NotEvaluable), Some(cause.to_owned()));
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
        let bare_cr = self.message.cr_only().then_some("bare CR read as CR LF");
        [bare_lf, bare_cr, note]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect()
    }
}

/// The key among several that counts, and what it says of the signature over `signed`; `None` without a key.
pub(in crate::verify) fn try_keys(
    keys: Vec<Key>,
    signature: &Signature,
    signed: &[u8],
) -> Option<(Key, SignatureState)> {
    let mut best: Option<(Key, SignatureState)> = None;
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
        let better = match &best {
            None => true,
            Some((_, known)) if state != *known => {
                state == SignatureState::Valid || *known == SignatureState::NotEvaluable
            }
            Some((known, _)) => key.forbids(signature).is_none() && known.forbids(signature).is_some(),
        };
        if better {
            best = Some((key, state));
        }
    }
    best
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
