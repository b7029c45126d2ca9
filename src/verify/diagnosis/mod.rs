//! Why a signature fails, proven: a search over edits that software makes on the way, until a hash matches that was signed.
//!
//! A body hash needs no key: what stands in bh= either is the hash of the body with the edits undone, or it is not. The
//! header needs the key. Nothing here guesses at content: an edit takes away what was added, or writes the same words in
//! another form. Words that were altered cannot be restored, so altered mail never has a proof.

mod body;
mod charset;
mod hasher;
mod header;
mod html;
mod recode;
#[cfg(test)]
mod tests;
mod text;
mod views;
mod words;
mod work;

use super::dkim::{BodyHash, SignatureState, crypto::PublicKey, header::Header, signature::Signature};
use crate::message::{Field, Message, Span};

pub use work::Work;

/// Bytes that a search may hash for one message where somebody waits for the answer: half a second or so.
pub const THOROUGH: u64 = 512 << 20;
/// The same in a batch.
pub const QUICK: u64 = 8 << 20;

/// What a search found out about one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// A hash that did not match does so once the edits are undone.
    pub proven: bool,
    /// The body hash once the edits are undone.
    pub body_hash: BodyHash,
    /// The signature once the edits are undone.
    pub signature: SignatureState,
    /// The edits, in the order in which they are to be undone.
    pub edits: Vec<Edit>,
    /// What it means, in a sentence.
    pub statement: String,
    /// The search ended at its limit, not at its end.
    pub limited: bool,
}

impl Diagnosis {
    /// Whether body and header both verify once the edits are undone, and what was added is no more than lists and gateways
    /// add: then the rest is what was signed.
    pub fn restores(&self) -> bool {
        self.body_hash == BodyHash::Match
            && self.signature == SignatureState::Valid
            && !self.edits.iter().any(|edit| edit.kind.adds_much())
    }

    /// Whether text was put before the reader that was not signed.
    pub fn adds_text(&self) -> bool {
        self.edits.iter().any(|edit| edit.kind.adds_text())
    }
}

/// One change that software made after signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What was done.
    pub kind: EditKind,
    /// Where, in words.
    pub place: String,
    /// The text that was added; where a field was rewritten, what it was.
    pub text: String,
    /// The stored bytes concerned.
    pub span: Option<Span>,
}

/// The kinds of edit that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the words say it")]
pub enum EditKind {
    FooterAppended,
    BannerPrepended,
    /// More than a footer's length was appended.
    TextAppended,
    /// More than a banner's length was prepended.
    TextPrepended,
    HtmlFooter,
    HtmlBanner,
    PartAdded,
    WrappedInMultipart,
    TransferEncodingChanged,
    CharsetChanged,
    FromQuoting,
    DotStuffing,
    TrailingWhiteSpace,
    EmptyLines,
    LineEndings,
    SubjectTagAdded,
    SubjectTagMoved,
    EncodedWordChanged,
    FromRewritten,
    AddressRequoted,
    RecipientsReordered,
    RecipientRemoved,
    RecipientAdded,
    FieldAdded,
    FieldsReordered,
    FieldRefolded,
    ContentTypeChanged,
}

impl EditKind {
    /// The name in the JSON report.
    pub fn word(self) -> &'static str {
        match self {
            Self::FooterAppended => "footer-appended",
            Self::BannerPrepended => "banner-prepended",
            Self::TextAppended => "text-appended",
            Self::TextPrepended => "text-prepended",
            Self::HtmlFooter => "html-footer",
            Self::HtmlBanner => "html-banner",
            Self::PartAdded => "part-added",
            Self::WrappedInMultipart => "wrapped-in-multipart",
            Self::TransferEncodingChanged => "transfer-encoding-changed",
            Self::CharsetChanged => "charset-changed",
            Self::FromQuoting => "from-quoting",
            Self::DotStuffing => "dot-stuffing",
            Self::TrailingWhiteSpace => "trailing-white-space",
            Self::EmptyLines => "empty-lines",
            Self::LineEndings => "line-endings",
            Self::SubjectTagAdded => "subject-tag-added",
            Self::SubjectTagMoved => "subject-tag-moved",
            Self::EncodedWordChanged => "encoded-word-changed",
            Self::FromRewritten => "from-rewritten",
            Self::AddressRequoted => "address-requoted",
            Self::RecipientsReordered => "recipients-reordered",
            Self::RecipientRemoved => "recipient-removed",
            Self::RecipientAdded => "recipient-added",
            Self::FieldAdded => "field-added",
            Self::FieldsReordered => "fields-reordered",
            Self::FieldRefolded => "field-refolded",
            Self::ContentTypeChanged => "content-type-changed",
        }
    }

    /// What was done, as a noun.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::FooterAppended | Self::HtmlFooter => "an added footer",
            Self::BannerPrepended | Self::HtmlBanner => "an added banner",
            Self::TextAppended => "appended text",
            Self::TextPrepended => "prepended text",
            Self::PartAdded => "an added part",
            Self::WrappedInMultipart => "a part added around the message",
            Self::TransferEncodingChanged => "a changed encoding",
            Self::CharsetChanged => "a changed character set",
            Self::FromQuoting => "quoting of From lines",
            Self::DotStuffing => "doubled dots",
            Self::TrailingWhiteSpace | Self::EmptyLines => "changed white space",
            Self::LineEndings => "doubled line ends",
            Self::SubjectTagAdded => "a tag in the subject",
            Self::SubjectTagMoved => "a moved tag in the subject",
            Self::EncodedWordChanged => "an encoding of the subject",
            Self::FromRewritten => "a rewritten From",
            Self::AddressRequoted => "addresses written anew",
            Self::RecipientsReordered => "addresses in another order",
            Self::RecipientRemoved => "a recipient left out",
            Self::RecipientAdded => "a recipient put in",
            Self::FieldAdded => "an added field",
            Self::FieldsReordered => "fields in another order",
            Self::FieldRefolded => "folded fields",
            Self::ContentTypeChanged => "a rewritten Content-Type",
        }
    }

    /// Whether it put more text before the reader than lists and gateways add: such an addition can say anything.
    pub fn adds_much(self) -> bool {
        matches!(self, Self::TextAppended | Self::TextPrepended)
    }

    /// Whether it put text before the reader at all.
    pub fn adds_text(self) -> bool {
        self.adds_much()
            || matches!(
                self,
                Self::FooterAppended
                    | Self::BannerPrepended
                    | Self::HtmlFooter
                    | Self::HtmlBanner
                    | Self::PartAdded
                    | Self::WrappedInMultipart
            )
    }

    fn is_at_start(self) -> bool {
        matches!(self, Self::BannerPrepended | Self::TextPrepended | Self::HtmlBanner)
    }
}

/// A larger body is not searched.
const MAX_BODY: usize = 32 * 1024 * 1024;
/// More of an added text is not quoted.
const MAX_QUOTE: usize = 2_000;

impl Edit {
    fn new(kind: EditKind, place: &str, text: &str, span: Option<Span>) -> Self {
        let kept = text.get(..text.floor_char_boundary(MAX_QUOTE)).unwrap_or_default();
        Self {
            kind,
            place: place.to_owned(),
            text: kept.to_owned(),
            span,
        }
    }

    fn of_field(kind: EditKind, _message: &Message<'_>, field: &Field<'_>, text: &str) -> Self {
        let place = format!("{}, line {}", field.name(), field.line);
        Self::new(kind, &place, text, Some(field.value_span))
    }
}

/// A signature that failed, and what is known of it.
#[derive(Clone, Copy)]
pub(in crate::verify) struct Failure<'a, 'm> {
    pub(in crate::verify) message: &'a Message<'m>,
    pub(in crate::verify) header: &'a Header<'a, 'm>,
    pub(in crate::verify) field: &'a Field<'m>,
    pub(in crate::verify) signature: &'a Signature,
    pub(in crate::verify) body_hash: BodyHash,
    pub(in crate::verify) state: SignatureState,
    pub(in crate::verify) key: Option<&'a PublicKey>,
}

/// Body searches of one message, remembered: several signatures often hold the same body hash.
#[derive(Debug, Default)]
pub(in crate::verify) struct Searches {
    bodies: Vec<(Vec<u8>, Option<Vec<Edit>>)>,
}

impl Searches {
    /// Looks for the edits that made a signature fail. `None` where nothing failed.
    pub(in crate::verify) fn diagnose(&mut self, failure: Failure<'_, '_>, work: &Work) -> Option<Diagnosis> {
        let body_failed = failure.body_hash == BodyHash::Mismatch;
        let header_failed = failure.state == SignatureState::Invalid;
        if !body_failed && !header_failed {
            return None;
        }
        let body = if body_failed {
            self.body_edits(failure, work)
        } else {
            None
        };
        let foreign = header_failed && is_foreign(failure);
        let header = if header_failed && !foreign {
            header_edits(failure, work)
        } else {
            None
        };
        let body_hash = match (body_failed, &body) {
            (true, Some(_)) => BodyHash::Match,
            _ => failure.body_hash,
        };
        let signature = match (header_failed, &header) {
            (true, Some(_)) => SignatureState::Valid,
            _ => failure.state,
        };
        // An altered body is not proven by a header that verifies, nor an altered header by a body that was never changed.
        let proven = if body_failed { body.is_some() } else { header.is_some() };
        let limited = work.exhausted();
        let statement = words::statement(&words::Outcome {
            failure,
            body: body.as_deref(),
            header: header.as_deref(),
            foreign,
            limited,
        });
        let edits = body.into_iter().chain(header).flatten().collect();
        Some(Diagnosis {
            proven,
            body_hash,
            signature,
            edits,
            statement,
            limited,
        })
    }

    fn body_edits(&mut self, failure: Failure<'_, '_>, work: &Work) -> Option<Vec<Edit>> {
        let signature = failure.signature;
        let expected = signature.body_hash.as_ref()?;
        if let Some((_, edits)) = self.bodies.iter().find(|(known, _)| known == expected) {
            return edits.clone();
        }
        let target = hasher::Target {
            hash: signature.hash?,
            expected,
            form: signature.body_form?,
            limit: signature.length,
        };
        let share = work.share(2);
        let length = failure.message.body.map_or(0, |body| body.end - body.start);
        // What cannot be hashed once is not taken apart either: that takes several times its memory.
        let edits = if length <= MAX_BODY && share.allows(length) {
            body::search(failure.message, target, &share)
        } else {
            share.give_up();
            None
        };
        work.settle(&share);
        self.bodies.push((expected.clone(), edits.clone()));
        edits
    }
}

/// Whether the signature was not made with this key at all: what it holds is no hash. Then a key was changed, or b= was.
fn is_foreign(failure: Failure<'_, '_>) -> bool {
    match (failure.key, failure.signature.hash, &failure.signature.value) {
        (Some(key @ PublicKey::Rsa { .. }), Some(hash), Some(value)) => key.recover(hash, value).is_none(),
        _ => false,
    }
}

fn header_edits(failure: Failure<'_, '_>, work: &Work) -> Option<Vec<Edit>> {
    let (key, signature) = (failure.key?, failure.signature);
    let value = signature.value.as_ref()?;
    let target = match key {
        PublicKey::Rsa { .. } => header::Target::Digest(key.recover(signature.hash?, value)?),
        PublicKey::Ed25519(_) => header::Target::Verify { key, signature: value },
    };
    header::search(failure.header, failure.message, failure.field, signature, &target, work)
}
