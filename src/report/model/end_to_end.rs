//! End-to-end signatures and encryption: presence and identity.

use serde::Serialize;

use super::Moment;
use crate::{
    message::Span,
    verify::end_to_end::{MarkKind, SignerIs},
};

/// A signature, encryption or key field. None of it is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct EndToEnd {
    /// What it is.
    pub kind: MarkKind,
    /// It stands around the whole body.
    pub covers_body: bool,
    /// Where it stands.
    pub span: Span,
    /// The field in the header, for one that stands there.
    pub field_index: Option<usize>,
    /// Whom it names.
    pub signers: Vec<Signer>,
    /// Why it could not be read.
    pub defect: Option<&'static str>,
    /// Always false: the signature itself is not verified.
    pub verified: bool,
}

/// Whom a signature names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Signer {
    /// The addresses of its certificate or user id.
    pub addresses: Vec<String>,
    /// How they stand to From and Sender.
    pub signer_is: SignerIs,
    /// Serial number of the certificate, or OpenPGP fingerprint or key id, in hex.
    pub key: Option<String>,
    /// The OpenPGP user id named.
    pub user_id: Option<String>,
    /// The time of signing that the signature claims.
    pub signed_at: Option<Moment>,
    /// The signer's certificate; null where the signature does not bring it.
    pub certificate: Option<Certificate>,
}

/// Facts of a certificate, not validated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Certificate {
    /// The subject (RFC 4514).
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// Start of its validity.
    pub not_before: Option<Moment>,
    /// End of its validity.
    pub not_after: Option<Moment>,
    /// Subject and issuer are one: nobody else vouches for the names.
    pub self_issued: bool,
}
