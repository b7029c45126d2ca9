//! Fields of vendors.

use serde::Serialize;

use crate::message::Span;

/// One field in which a product tells how it judged the message, or what it knew of its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct VendorField {
    /// Whose field it is.
    pub vendor: &'static str,
    /// The field's name as written.
    pub name: String,
    /// What it is about.
    pub about: &'static str,
    /// Whether the receiving side wrote it; else it is the sending side's word.
    pub by_receiver: bool,
    /// What it says.
    pub facts: Vec<VendorFact>,
    /// The field in the header.
    pub field_index: usize,
    /// 1-based stored line.
    pub line: usize,
}

/// One statement of a vendor's field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct VendorFact {
    /// The key.
    pub key: String,
    /// The value as written.
    pub value: String,
    /// What the vendor's documentation says of it; null for what is not documented.
    pub meaning: Option<&'static str>,
    /// Where it stands.
    pub span: Span,
}
