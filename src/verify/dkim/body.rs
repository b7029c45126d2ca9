//! Body hashes: each reading of the body is made and hashed once, however many signatures ask for it.

use std::{borrow::Cow, cell::OnceCell};

use super::{
    BodyHash,
    canonical::{self, Canonicalization, Lines},
    crypto::Hash,
    signature::Signature,
};
use crate::message::{LineEndings, Message};

/// Hashes made of one message at most, and of a large body. Honest mail needs two; hundreds of signatures, each with another l=
/// over a large body, would be an attack on the verifier.
const MAX_HASHES: usize = 64;
const MAX_LARGE_HASHES: usize = 8;
/// Bytes that may be hashed for all of them, where the body is small enough for more than [`MAX_LARGE_HASHES`].
const MAX_HASHED: usize = 128 * 1024 * 1024;

/// A larger body is canonicalised anew for each hash, so that it lies in memory once.
const LARGE: usize = 64 * 1024;
/// Canonical bytes of it that are hashed at once.
const PIECE: usize = 16 * 1024;

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

    /// What it makes of the lines of a body with such line ends.
    fn lines(self, ends: LineEndings) -> Lines {
        Lines {
            cr_ends_lines: ends.cr_only() || self == Self::CrEndsLines,
            lf_is_text: self == Self::LfIsText,
            unquoted: match self {
                Self::Unquoted => Some(false),
                Self::UnquotedByOne => Some(true),
                Self::Stored | Self::CrEndsLines | Self::LfIsText => None,
            },
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
    /// `None` of a large body.
    bytes: Option<Cow<'m, [u8]>>,
    hashes: Vec<Hashed>,
}

/// A hash of a canonical body.
#[derive(Debug)]
struct Hashed {
    hash: Hash,
    /// l=.
    limit: Option<usize>,
    digest: Vec<u8>,
    /// Canonical bytes in all.
    length: usize,
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
            let matches = found == &**expected;
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
    ) -> Option<(&[u8], usize)> {
        let place = self.form(body, reading, canonicalization);
        let most = (MAX_HASHED / body.len().max(1)).clamp(MAX_LARGE_HASHES, MAX_HASHES);
        let form = self.forms.get_mut(place)?;
        let known = form
            .hashes
            .iter()
            .position(|known| known.hash == hash && known.limit == limit);
        let known = match known {
            Some(known) => known,
            None if self.hashes >= most => return None,
            None => {
                self.hashes += 1;
                let (digest, length) = match &form.bytes {
                    Some(bytes) => {
                        let covered = limit.unwrap_or(usize::MAX).min(bytes.len());
                        (hash.of(bytes.get(..covered)?), bytes.len())
                    }
                    None => hash_in_pieces(body, reading.lines(self.ends), canonicalization, hash, limit),
                };
                form.hashes.push(Hashed {
                    hash,
                    limit,
                    digest,
                    length,
                });
                form.hashes.len() - 1
            }
        };
        form.hashes.get(known).map(|known| (&*known.digest, known.length))
    }

    /// The place among the forms of one that may be new.
    fn form(&mut self, body: &'m [u8], reading: Reading, canonicalization: Canonicalization) -> usize {
        let is_it = |form: &Form<'_>| form.reading == reading && form.canonicalization == canonicalization;
        self.forms.iter().position(is_it).unwrap_or_else(|| {
            self.forms.push(Form {
                reading,
                canonicalization,
                bytes: (body.len() <= LARGE).then(|| canonical(body, reading, self.ends, canonicalization)),
                hashes: Vec::new(),
            });
            self.forms.len() - 1
        })
    }
}

/// A body as it is to be hashed.
fn canonical(body: &[u8], reading: Reading, ends: LineEndings, canonicalization: Canonicalization) -> Cow<'_, [u8]> {
    let stored = match reading {
        Reading::LfIsText => Cow::Borrowed(body),
        _ if ends.crlf_only() => Cow::Borrowed(body),
        _ => canonical::with_crlf(body, reading.lines(ends).cr_ends_lines),
    };
    let canonical = |bytes: &[u8]| Cow::Owned(canonical::body(bytes, canonicalization).into_owned());
    match (reading.lines(ends).unquoted, stored) {
        (None, Cow::Borrowed(stored)) => canonical::body(stored, canonicalization),
        (None, Cow::Owned(stored)) => canonical(&stored),
        (Some(all_levels), stored) => canonical(&canonical::without_from_quotes(&stored, all_levels)),
    }
}

/// The same of a large body, of which no form is kept: the hash of its first `limit` bytes, and how many there are.
fn hash_in_pieces(
    body: &[u8],
    lines: Lines,
    canonicalization: Canonicalization,
    hash: Hash,
    limit: Option<usize>,
) -> (Vec<u8>, usize) {
    let (mut context, mut length, mut pending) = (hash.context(), 0_usize, Vec::with_capacity(2 * PIECE));
    let mut left = limit.unwrap_or(usize::MAX);
    canonical::body_in_pieces(body, lines, canonicalization, |piece| {
        length += piece.len();
        let covered = piece.get(..piece.len().min(left)).unwrap_or_default();
        left -= covered.len();
        pending.extend_from_slice(covered);
        if pending.len() >= PIECE {
            context.update(&pending);
            pending.clear();
        }
    });
    context.update(&pending);
    (context.finish().as_ref().to_vec(), length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const READINGS: [Reading; 5] = [
        Reading::Stored,
        Reading::CrEndsLines,
        Reading::LfIsText,
        Reading::Unquoted,
        Reading::UnquotedByOne,
    ];

    proptest! {
        #[test]
        fn a_large_body_hashes_as_a_small_one(
            parts in prop::collection::vec(
                prop::sample::select(&["word", " ", "\t", "\r\n", "\n", "\r", "\n>From x", "\n>>From y", "."][..]),
                0..60,
            ),
            times in 1..400_usize,
            limit in prop::option::of(0..20_000_usize),
            reading in prop::sample::select(&READINGS[..]),
            form in prop::sample::select(&[Canonicalization::Simple, Canonicalization::Relaxed][..]),
        ) {
            let text = format!("A: b\n\n{}", parts.concat().repeat(times));
            let message = Message::read(text.as_bytes());
            let (body, ends) = (message.body_bytes().unwrap_or_default(), message.line_endings);
            let whole = canonical(body, reading, ends, form);
            let covered = whole.len().min(limit.unwrap_or(usize::MAX));
            prop_assert_eq!(
                hash_in_pieces(body, reading.lines(ends), form, Hash::Sha256, limit),
                (Hash::Sha256.of(&whole[..covered]), whole.len())
            );
        }
    }
}
