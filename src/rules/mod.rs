//! The catalogue: each rule declared once, whole, in the file of its family.
//!
//! A declaration holds the doc comment (the rule's page, with a section "When this is innocent"), id, name, title,
//! severity, effect, references and check. The report, JSON, `explain`, completions, `--only` and `--ignore` read it.

use crate::{
    case::Case,
    finding::{Effect, Finding, Severity},
};

/// One rule of the catalogue.
#[derive(Debug)]
pub struct Rule {
    /// Stable id, never reused (`AU-420`).
    pub id: &'static str,
    /// Stable name in kebab case.
    pub name: &'static str,
    /// The heading of its findings.
    pub title: &'static str,
    /// Its page: the doc comment, in Markdown.
    pub page: &'static str,
    /// Its weight when no flow explains it.
    pub severity: Severity,
    /// In which direction it points.
    pub effect: Effect,
    /// Standards, with sections.
    pub references: &'static [&'static str],
    /// What it looks for. Pure: it sees the case and nothing else.
    pub check: fn(&Rule, &Case<'_>) -> Vec<Finding>,
}

/// All rules, by id.
pub fn catalogue() -> impl Iterator<Item = &'static Rule> {
    [].into_iter()
}

/// The rule with an id or name, in any case.
pub fn find(name: &str) -> Option<&'static Rule> {
    catalogue().find(|rule| rule.id.eq_ignore_ascii_case(name) || rule.name.eq_ignore_ascii_case(name))
}
