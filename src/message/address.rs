//! Address lists (RFC 5322 3.4, RFC 6854 groups, RFC 6532), read tolerantly and with spans.

use super::{Span, Unfolded};

/// One mailbox of an address field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// `local@domain` with the domain in normal form; `None` for an empty angle address or text without `@`.
    pub address: Option<String>,
    /// The local part as meant (quotes and comments removed).
    pub local: String,
    /// The domain in normal form; empty when there is none.
    pub domain: String,
    /// The display name, encoded-words decoded, quotes removed; `None` when absent.
    pub display_name: Option<String>,
    /// The group that it stands in (RFC 6854).
    pub group: Option<String>,
    /// The whole mailbox as stored.
    pub span: Span,
    /// The addr-spec as stored (inside the angle brackets).
    pub address_span: Option<Span>,
    /// What is wrong with it.
    pub defects: Vec<AddressDefect>,
}

/// What an address list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressList {
    /// The mailboxes in order; those of groups included.
    pub mailboxes: Vec<Mailbox>,
    /// Names of the groups in order, empty ones included.
    pub groups: Vec<String>,
}

/// Ways in which an address departs from the grammar that lets two readers see two authors (ID-620).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AddressDefect {
    /// No `@`, or nothing on one side of it.
    Incomplete,
}

/// Reads an address field's value.
pub fn parse_addresses(_value: &Unfolded) -> AddressList {
    AddressList::default()
}
