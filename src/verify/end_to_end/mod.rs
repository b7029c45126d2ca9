//! End-to-end protection: S/MIME (RFC 8551), OpenPGP (RFC 3156, RFC 9580), and the fields that announce keys.
//!
//! Presence and identity only: whom a signature names, and whether that is the author shown. **The signatures themselves are
//! not verified**: that takes trust anchors, or the author's key, which no message brings.

mod ber;
mod pgp;
mod smime;
#[cfg(test)]
mod tests;

use crate::{
    domain,
    message::{Field, Message, Mime, Part, Span},
    time::Timestamp,
};

/// Marks kept of one message.
const MAX_MARKS: usize = 16;
/// Stored octets of a signature that are decoded: an opaque one holds the whole message before its certificates.
const MAX_SIGNATURE: usize = 32 * 1024 * 1024;
/// Stored octets of a text part in which inline blocks are looked for.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// A trace of end-to-end protection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// It stands around the whole body; what stands beside a smaller one is unprotected.
    pub covers_body: bool,
    /// Where the signature, the encrypted part or the field stands.
    pub span: Span,
    /// The field, for one in the header.
    pub field_index: Option<usize>,
    /// Whom it names, a signer each.
    pub signers: Vec<Signer>,
    /// Why it could not be read.
    pub defect: Option<&'static str>,
}

/// Kinds of end-to-end protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// multipart/signed, or application/pkcs7-mime that holds SignedData (RFC 8551 3.5).
    SmimeSigned,
    /// application/pkcs7-mime that holds encrypted data (RFC 8551 3.3).
    SmimeEncrypted,
    /// multipart/signed with application/pgp-signature (RFC 3156 5).
    PgpMimeSigned,
    /// multipart/encrypted (RFC 3156 4).
    PgpMimeEncrypted,
    /// A signed block inside a text part: it covers what stands between its own lines.
    PgpInlineSigned,
    /// An encrypted block inside a text part.
    PgpInlineEncrypted,
    /// An Autocrypt field: the key that its writer wants to be encrypted to.
    Autocrypt,
    /// An OpenPGP field: where a key is to be found.
    OpenpgpField,
}

impl MarkKind {
    /// Whether somebody signs by it.
    pub fn is_signature(self) -> bool {
        matches!(self, Self::SmimeSigned | Self::PgpMimeSigned | Self::PgpInlineSigned)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::SmimeSigned => "S/MIME signature",
            Self::SmimeEncrypted => "S/MIME encryption",
            Self::PgpMimeSigned => "OpenPGP signature",
            Self::PgpMimeEncrypted => "OpenPGP encryption",
            Self::PgpInlineSigned => "OpenPGP signature in the text",
            Self::PgpInlineEncrypted => "OpenPGP encryption in the text",
            Self::Autocrypt => "Autocrypt key",
            Self::OpenpgpField => "OpenPGP field",
        }
    }
}

/// Whom a signature names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signer {
    /// The addresses of the certificate or user id, domains in normal form. Empty where it names none.
    pub addresses: Vec<String>,
    /// The certificate's serial number, or the OpenPGP fingerprint or key id, in hex.
    pub key: Option<String>,
    /// The OpenPGP user id that the signer chose to name.
    pub user_id: Option<String>,
    /// The time of signing that the signature claims.
    pub signed_at: Option<Timestamp>,
    /// The signer's certificate, where the signature brings it.
    pub certificate: Option<Certificate>,
}

/// Facts of an X.509 certificate (RFC 5280), read and not validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The subject's distinguished name (RFC 4514).
    pub subject: String,
    /// The issuer's.
    pub issuer: String,
    /// Start of its validity.
    pub not_before: Timestamp,
    /// End of its validity.
    pub not_after: Timestamp,
    /// Subject and issuer are one: nobody else vouches for the names.
    pub self_issued: bool,
}

/// How the named signer stands to the author shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignerIs {
    /// An address of From.
    Author,
    /// The address of Sender (RFC 8550 3 accepts either).
    Sender,
    /// Another address in the author's organisation.
    SameOrganisation,
    /// Somebody else.
    Other,
    /// The signature names no address.
    Unnamed,
}

/// Whom the addresses of a signer stand for. `authors` and `sender` are addresses in any case.
pub fn signer_is(addresses: &[String], authors: &[&str], sender: Option<&str>) -> SignerIs {
    let named = |address: &str| {
        addresses
            .iter()
            .any(|named| named.eq_ignore_ascii_case(&normal_address(address)))
    };
    let organisation = |author: &str| {
        let own = domain::of_address(author);
        addresses
            .iter()
            .any(|named| domain::same_organisation(domain::of_address(named), own))
    };
    if addresses.is_empty() {
        SignerIs::Unnamed
    } else if authors.iter().any(|author| named(author)) {
        SignerIs::Author
    } else if sender.is_some_and(named) {
        SignerIs::Sender
    } else if authors.iter().any(|author| organisation(author)) {
        SignerIs::SameOrganisation
    } else {
        SignerIs::Other
    }
}

/// Every mark of a message: its parts from the outside in, then its fields. Attached messages have marks of their own.
pub fn find(message: &Message<'_>, mime: &Mime) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut attached_until = 0;
    for (place, part) in mime.parts.iter().enumerate() {
        if part.span.start < attached_until {
            continue;
        }
        if part.is_message {
            attached_until = part.span.end;
            continue;
        }
        let inner = mime.parts.get(place + 1..).unwrap_or_default();
        marks.extend(mark_of_part(message, part, inner));
    }
    marks.extend(message.fields.iter().filter_map(|field| mark_of_field(field)));
    marks.truncate(MAX_MARKS);
    marks
}

fn mark_of_part(message: &Message<'_>, part: &Part, following: &[Part]) -> Option<Mark> {
    let mark = |kind, span, signers, defect| {
        Some(Mark {
            kind,
            covers_body: part.depth == 0,
            span,
            field_index: None,
            signers,
            defect,
        })
    };
    match part.content_type.as_str() {
        "multipart/signed" => {
            let signature = following
                .iter()
                .take_while(|inner| inner.span.start < part.span.end)
                .find(|inner| inner.depth == part.depth + 1 && is_signature(inner))?;
            let content = signature.decoded(message, MAX_SIGNATURE);
            if signature.content_type == "application/pgp-signature" {
                let signers = content.and_then(|text| pgp::signers(&text));
                let defect = signers.is_none().then_some("the OpenPGP signature cannot be read");
                return mark(
                    MarkKind::PgpMimeSigned,
                    signature.content,
                    signers.unwrap_or_default(),
                    defect,
                );
            }
            match content.map(|bytes| smime::read(&bytes)) {
                Some(smime::Cms::Signed(signers)) => mark(MarkKind::SmimeSigned, signature.content, signers, None),
                _ => mark(
                    MarkKind::SmimeSigned,
                    signature.content,
                    Vec::new(),
                    Some("the S/MIME signature cannot be read"),
                ),
            }
        }
        "multipart/encrypted" => mark(MarkKind::PgpMimeEncrypted, part.content, Vec::new(), None),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
            match smime::read(&part.decoded(message, MAX_SIGNATURE)?) {
                smime::Cms::Signed(signers) => mark(MarkKind::SmimeSigned, part.content, signers, None),
                smime::Cms::Encrypted => mark(MarkKind::SmimeEncrypted, part.content, Vec::new(), None),
                smime::Cms::Other => None,
            }
        }
        "text/plain" => {
            let text = part.decoded(message, MAX_TEXT)?;
            let (block, at) = pgp::inline_block(&text)?;
            let (kind, signers) = match block {
                pgp::Block::SignedMessage => (
                    MarkKind::PgpInlineSigned,
                    text.get(at..).and_then(pgp::signers).unwrap_or_default(),
                ),
                pgp::Block::Message => (MarkKind::PgpInlineEncrypted, Vec::new()),
            };
            // Other text may stand around the block, and other parts beside it.
            Some(Mark {
                kind,
                covers_body: false,
                span: part.content,
                field_index: None,
                signers,
                defect: None,
            })
        }
        _ => None,
    }
}

fn is_signature(part: &Part) -> bool {
    [
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    ]
    .contains(&part.content_type.as_str())
}

/// Autocrypt (`addr=...; keydata=...`, Autocrypt 1.1 2.1) and OpenPGP (draft-josefsson-openpgp-mailnews-header: `id=...; url=...`).
fn mark_of_field(field: &Field<'_>) -> Option<Mark> {
    let (kind, address_name, key_name) = if field.is("Autocrypt") {
        (MarkKind::Autocrypt, "addr", "")
    } else if field.is("OpenPGP") {
        (MarkKind::OpenpgpField, "", "id")
    } else {
        return None;
    };
    let text = field.text();
    let value = |wanted: &str| {
        let attributes = text.split(';').filter_map(|attribute| attribute.split_once('='));
        let mut named = attributes.filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        named.next().map(|(_, value)| value.trim().to_owned())
    };
    let signer = Signer {
        addresses: value(address_name)
            .map(|address| normal_address(&address))
            .into_iter()
            .collect(),
        key: value(key_name),
        ..Signer::default()
    };
    Some(Mark {
        kind,
        covers_body: false,
        span: field.span,
        field_index: Some(field.index),
        signers: vec![signer],
        defect: None,
    })
}

/// An address with its domain in normal form.
fn normal_address(address: &str) -> String {
    match domain::split_address(address.trim()) {
        ("", _) => address.trim().to_lowercase(),
        (local, host) => format!("{local}@{}", domain::normalise(host)),
    }
}
