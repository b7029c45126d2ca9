//! Rewritten envelope senders and what they hide (envelope.md 4.5).

/// What a rewritten address says of the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// `srs0`, `srs1`, `exchange-srs`, `batv`, `verp`, `caf`, `ses`, `sendgrid`, ...
    pub form: &'static str,
    /// The address, or the domain alone, that it was made from.
    pub inner: Option<String>,
    /// The recipient that it encodes (VERP, caf).
    pub recipient: Option<String>,
}

/// Decodes a MAIL FROM; `None` for a plain address.
pub fn decode(_address: &str) -> Option<Decoded> {
    None
}
