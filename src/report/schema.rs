//! JSON Schema of the contract, generated from the types.

use schemars::{JsonSchema, generate::SchemaSettings};

use super::model::{ErrorRecord, Report, Summary};
use crate::posture::Posture;

/// The schema of a report (JSON Schema 2020-12).
pub fn schema() -> serde_json::Value {
    of::<Report>()
}

/// The schema of an error record.
pub fn error_schema() -> serde_json::Value {
    of::<ErrorRecord>()
}

/// The schema of the summary of a scan.
pub fn summary_schema() -> serde_json::Value {
    of::<Summary>()
}

/// The schema of the posture of a domain.
pub fn domain_schema() -> serde_json::Value {
    of::<Posture>()
}

/// As written, not as read: every name is required, for every name is always there.
fn of<T: JsonSchema>() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}
