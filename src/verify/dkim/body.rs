//! Body hashes: each reading of the body is made and hashed once, however many signatures ask for it.

use std::{borrow::Cow, cell::OnceCell};

use super::{
    BodyHash,
    canonical::{self, Canonicalization, Lines},
    crypto::Hash,
    signature::Signature,
};
use crate::message::{LineEndings, Message};

/// Hashes made of one message at most. Honest mail needs two; hundreds of signatures, each with another l= over a large body,
/// would be an attack on the verifier.
const MAX_HASHES: usize = 64;

/// A larger body is canonicalised anew for each hash, so that it lies in memory once.
const LARGE: usize = 16 * 1024 * 1024;
/// Hashes made of such a body at most.
const MAX_LARGE_HASHES: usize = 8;

/// Ways to read the stored body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// As stored, line ends as the message has them.
    Stored,
    /// With bare CRs as line ends, though other line ends are there.
    CrEndsLines,
    /// With CR LF alone as line end: a bare LF is text, as RFC 5322 2.3 has it and as it was when it was signed.
    LfIsText,
    /// `>From ` unquoted (mboxo).
    Unquoted,
    /// `>From `, `>>From ` ... unquoted by one level (mboxrd).
    UnquotedByOne,
}

impl Reading {
    /// What is said of a match that needed this reading.
    fn note(self) -> Option<&'static str> {
        match self {
            Self::Stored => None,
            Self::CrEndsLines => Some("bare CR read as CR LF"),
            Self::LfIsText => Some("bare LF left as text"),
            Self::Unquoted | Self::UnquotedByOne => Some(">From unquoted"),
        }
    }
}

/// What a body says to a signature.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::verify) struct BodyJudgement {
    pub(in crate::verify) state: BodyHash,
    /// Canonical bytes beyond l=.
    pub(in crate::verify) unsigned_bytes: usize,
    /// l= is larger than the body.
    pub(in crate::verify) length_exceeded: bool,
    /// What had to be normalised for the match.
    pub(in crate::verify) note: Option<&'static str>,
    /// Why nothing was hashed, or how a missing body could match.
    pub(in crate::verify) defect: Option<&'static str>,
}

/// A canonical body.
#[derive(Debug)]
struct Form<'m> {
    reading: Reading,
    canonicalization: Canonicalization,
    bytes: Cow<'m, [u8]>,
    /// Hash algorithm, bytes hashed, hash.
    hashes: Vec<(Hash, usize, Vec<u8>)>,
}

/// The body of a message in all forms asked for so far.
#[derive(Debug)]
pub(in crate::verify) struct Bodies<'m> {
    body: Option<&'m [u8]>,
    ends: LineEndings,
    /// Readings beside the stored one that this body allows; looked for once that one does not match.
    others: OnceCell<Vec<Reading>>,
    forms: Vec<Form<'m>>,
    hashes: usize,
}

impl<'m> Bodies<'m> {
    pub(in crate::verify) fn new(message: &Message<'m>) -> Self {
        Self {
            body: message.body_bytes(),
            ends: message.line_endings,
            others: OnceCell::new(),
            forms: Vec::new(),
            hashes: 0,
        }
    }

    /// The readings to try, one after the other.
    fn reading(&self, rank: usize) -> Option<Reading> {
        match rank.checked_sub(1) {
            None => Some(Reading::Stored),
            Some(rank) => self.others.get_or_init(|| self.find_others()).get(rank).copied(),
        }
    }

    fn find_others(&self) -> Vec<Reading> {
        let bytes = self.body.unwrap_or_default();
        let mut readings = Vec::new();
        if self.ends.cr > 0 && self.ends.lf + self.ends.crlf > 0 {
            readings.push(Reading::CrEndsLines);
        }
        let bare = memchr::memchr_iter(b'\n', bytes).any(|at| at == 0 || bytes.get(at - 1) != Some(&b'\r'));
        if bare && memchr::memmem::find(bytes, b"\r\n").is_some() {
            readings.push(Reading::LfIsText);
        }
        if memchr::memmem::find(bytes, b">From ").is_some() {
            readings.push(Reading::Unquoted);
            if memchr::memmem::find(bytes, b">>From ").is_some() {
                readings.push(Reading::UnquotedByOne);
            }
        }
        readings
    }

    /// Compares bh= with the body.
    pub(in crate::verify) fn judge(&mut self, signature: &Signature) -> BodyJudgement {
        let mut judgement = BodyJudgement {
            state: BodyHash::NotEvaluable,
            unsigned_bytes: 0,
            length_exceeded: false,
            note: None,
            defect: None,
        };
        let (Some(form), Some(hash), Some(expected)) = (signature.body_form, signature.hash, &signature.body_hash)
        else {
            return judgement;
        };
        let Some(body) = self.body else {
            // Without a body there is nothing to contradict bh=; but the hash of an empty one proves that none was signed.
            if hash.of(&canonical::body(b"", form)) == *expected || hash.of(b"") == *expected {
                judgement.state = BodyHash::Match;
                judgement.defect = Some("no body is stored; bh= is the hash of an empty one");
            }
            return judgement;
        };
        let mut rank = 0;
        while let Some(reading) = self.reading(rank) {
            rank += 1;
            let Some((found, length)) = self.hash(body, reading, form, hash, signature.length) else {
                judgement.defect = Some("not all readings of the body were hashed: too many different l=");
                return judgement;
            };
            let matches = found == *expected;
            // The first reading stands where none matches.
            if matches || reading == Reading::Stored {
                judgement.state = if matches { BodyHash::Match } else { BodyHash::Mismatch };
                judgement.unsigned_bytes = signature.length.map_or(0, |limit| length.saturating_sub(limit));
                judgement.length_exceeded = signature.length.is_some_and(|limit| limit > length);
            }
            if matches {
                judgement.note = reading.note();
                break;
            }
        }
        judgement
    }

    /// The hash of the first `limit` canonical bytes, and how many there are in all; `None` when too much was asked.
    fn hash(
        &mut self,
        body: &'m [u8],
        reading: Reading,
        canonicalization: Canonicalization,
        hash: Hash,
        limit: Option<usize>,
    ) -> Option<(Vec<u8>, usize)> {
        if body.len() > LARGE {
            return self.hash_in_pieces(body, reading, canonicalization, hash, limit);
        }
        let place =
            self.forms
                .iter()
                .position(|form| form.reading == reading && form.canonicalization == canonicalization)
                .unwrap_or_else(|| {
                    let stored = match reading {
                        Reading::LfIsText => Cow::Borrowed(body),
                        _ if self.ends.crlf_only() => Cow::Borrowed(body),
                        _ => canonical::with_crlf(body, self.ends.cr_only() || reading == Reading::CrEndsLines),
                    };
                    let canonical = |bytes: &[u8]| Cow::Owned(canonical::body(bytes, canonicalization).into_owned());
                    let bytes = match (reading, stored) {
                        (Reading::Stored | Reading::CrEndsLines | Reading::LfIsText, Cow::Borrowed(stored)) => {
                            canonical::body(stored, canonicalization)
                        }
                        (Reading::Stored | Reading::CrEndsLines | Reading::LfIsText, Cow::Owned(stored)) => {
                            canonical(&stored)
                        }
                        (Reading::Unquoted | Reading::UnquotedByOne, stored) => canonical(
                            &canonical::without_from_quotes(&stored, reading == Reading::UnquotedByOne),
                        ),
                    };
                    self.forms.push(Form {
                        reading,
                        canonicalization,
                        bytes,
                        hashes: Vec::new(),
                    });
                    self.forms.len() - 1
                });
        let form = self.forms.get_mut(place)?;
        let length = limit.unwrap_or(usize::MAX).min(form.bytes.len());
        let known = form.hashes.iter().find(|known| known.0 == hash && known.1 == length);
        if let Some((_, _, digest)) = known {
            return Some((digest.clone(), form.bytes.len()));
        }
        if self.hashes == MAX_HASHES {
            return None;
        }
        self.hashes += 1;
        let digest = hash.of(form.bytes.get(..length)?);
        form.hashes.push((hash, length, digest.clone()));
        Some((digest, form.bytes.len()))
    }

    /// The same of a large body, of which no form is kept.
    fn hash_in_pieces(
        &mut self,
        body: &[u8],
        reading: Reading,
        canonicalization: Canonicalization,
        hash: Hash,
        limit: Option<usize>,
    ) -> Option<(Vec<u8>, usize)> {
        if self.hashes >= MAX_LARGE_HASHES {
            return None;
        }
        self.hashes += 1;
        let lines = Lines {
            cr_ends_lines: self.ends.cr_only() || reading == Reading::CrEndsLines,
            lf_is_text: reading == Reading::LfIsText,
            unquoted: match reading {
                Reading::Unquoted => Some(false),
                Reading::UnquotedByOne => Some(true),
                Reading::Stored | Reading::CrEndsLines | Reading::LfIsText => None,
            },
        };
        let (mut context, mut length) = (hash.context(), 0_usize);
        canonical::body_in_pieces(body, lines, canonicalization, |piece| {
            let room = limit.unwrap_or(usize::MAX).saturating_sub(length).min(piece.len());
            context.update(piece.get(..room).unwrap_or_default());
            length += piece.len();
        });
        Some((context.finish().as_ref().to_vec(), length))
    }
}
