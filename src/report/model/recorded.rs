//! What others recorded, and how it compares.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    message::Span,
    recorded::{Party, RecordKind, Standing},
    verify::comparison::Relation,
};

/// One field of recorded results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Record {
    /// What kind of field it is.
    pub kind: RecordKind,
    /// Who says so; null where the field does not say.
    pub authserv_id: Option<String>,
    /// Whether it may be believed.
    pub standing: Standing,
    /// Why.
    pub reason: String,
    /// Whose word it is.
    pub party: Party,
    /// The hop of whose transfer it tells; null where that cannot be said.
    pub hop: Option<usize>,
    /// The field in the header.
    pub field_index: usize,
    /// The results in order.
    pub methods: Vec<MethodResult>,
    /// Departures from the grammar that were tolerated.
    pub defects: Vec<String>,
    /// ARC instance.
    pub instance: Option<u32>,
    /// 1-based stored line.
    pub line: usize,
    /// The field.
    pub span: Span,
}

/// One result (RFC 8601 2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct MethodResult {
    /// The method, in lower case.
    pub method: String,
    /// The result word, in lower case.
    pub result: String,
    /// `reason=` or the comment behind the result.
    pub reason: Option<String>,
    /// `ptype.property` and its first value.
    pub properties: BTreeMap<String, String>,
    /// Further values of properties that stand more than once, in order.
    pub repeated_properties: Vec<Property>,
}

/// One property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Property {
    /// `ptype.property`.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A recorded result beside the recomputed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Comparison {
    /// `spf`, `dkim`, `dmarc`, `arc`.
    pub method: String,
    /// What was checked: a domain, for DKIM `domain/selector`.
    pub identifier: Option<String>,
    /// What a trusted receiver recorded.
    pub recorded: Option<String>,
    /// What comes out now.
    pub recomputed: Option<String>,
    /// How they relate.
    pub relation: Relation,
    /// Why, in words.
    pub cause: Option<String>,
}
