//! The report: one owned value, version 1 of the JSON contract, and one file for each form that it is shown in.
//!
//! Nothing here prints. Text from a message leaves the program only through [`escape`].

mod brief;
mod build;
pub mod escape;
pub mod human;
pub mod json;
pub mod model;
mod schema;

pub use build::{Context, Detail, Judged, Overview};
pub use model::{ErrorRecord, ErrorSource, Report, Setting};
pub use schema::{domain_schema, error_schema, schema, summary_schema};

/// The value of `schema` in every report.
pub const SCHEMA: &str = "spoofcheck/report/1";
/// The value of `schema` in every summary of a scan.
pub const SUMMARY_SCHEMA: &str = "spoofcheck/summary/1";
/// The value of `schema` in every error record.
pub const ERROR_SCHEMA: &str = "spoofcheck/error/1";
