//! Address lists (RFC 5322 3.4, RFC 6854 groups, RFC 6532), read tolerantly and with spans.
//!
//! `lex` cuts the text into tokens, `list` into mailboxes and groups, `spec` reads one addr-spec. Where the text
//! departs from the grammar, what another reader could make of it is kept as an [`Alternative`].

mod lex;
mod list;
mod spec;
#[cfg(test)]
mod tests;

use super::{Span, Unfolded};

pub(crate) use spec::{address_of, resolve_pairs};

/// One mailbox of an address field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// `local@domain` with the domain in normal form; `None` for an empty angle address or text without `@`.
    /// A local part that is no dot-atom stands in quotes.
    pub address: Option<String>,
    /// The local part as meant (quotes and comments removed).
    pub local: String,
    /// The domain in normal form; empty when there is none.
    pub domain: String,
    /// The display name, encoded-words decoded, quotes removed; `None` when absent. A comment takes its place where
    /// there is no other (`a@b (Name)`, the form before RFC 822).
    pub display_name: Option<String>,
    /// The comments, without their parentheses, encoded-words decoded.
    pub comments: Vec<String>,
    /// The group that it stands in (RFC 6854).
    pub group: Option<String>,
    /// The whole mailbox as stored.
    pub span: Span,
    /// The addr-spec as stored (inside the angle brackets).
    pub address_span: Option<Span>,
    /// What is wrong with it.
    pub defects: Vec<AddressDefect>,
}

impl Mailbox {
    /// What stands for a name: the display name, else the local part.
    pub fn name_or_local(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.local)
    }
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
    /// `<>`: an angle address without content.
    EmptyAngle,
    /// An angle address inside another (`<<a@b>>`).
    NestedAngle,
    /// `<` without `>`.
    UnclosedAngle,
    /// `>` without `<`.
    StrayAngle,
    /// Two angle addresses without a comma between them (CVE-2024-49040).
    SeveralAngles,
    /// An unquoted `@` in the words before the angle address.
    AddressInPhrase,
    /// An address after the angle address.
    AddressAfterAngle,
    /// Words after the angle address.
    TextAfterAngle,
    /// Words after an address without angle brackets.
    TextAfterAddress,
    /// A name and an address without angle brackets around the address.
    MissingAngle,
    /// A comma inside the angle brackets, outside a source route.
    CommaInAngle,
    /// White space inside the local part or the domain.
    SpaceInAddress,
    /// A source route (`<@a,@b:c@d>`, obsolete by RFC 5322 4.4).
    SourceRoute,
    /// More than one unquoted `@`.
    SeveralAtSigns,
    /// A quoted local part that holds `@`, `<` or `>`: readers that ignore quotes see another address.
    AddressInLocalPart,
    /// A backslash outside quotes, comments and literals.
    QuotedPairOutsideQuotes,
    /// A comment within the local part or the domain (obsolete CFWS, RFC 5322 4.4).
    CommentInAddress,
    /// A domain that ends in a dot.
    TrailingDot,
    /// A domain with an empty label.
    EmptyLabel,
    /// A domain literal (`a@[192.0.2.1]`): valid grammar, but nobody's domain.
    DomainLiteral,
    /// `[` or `]` outside a domain literal ("semantic characters", Weak Links A6).
    BracketInAddress,
    /// A domain that other characters than ASCII letters map to ASCII (full-width letters, soft hyphens; UTS 46).
    MappedDomain,
    /// An encoded-word in the address (RFC 2047 5 forbids it).
    EncodedWordInAddress,
    /// A NUL in the address.
    NulInAddress,
    /// A NUL in the name.
    NulInName,
    /// Another control character in the address, a bare CR included.
    ControlInAddress,
    /// Another control character in the name.
    ControlInName,
    /// An invisible character (zero width, soft hyphen) in the address.
    InvisibleInAddress,
    /// An invisible character in the name; the joiners that scripts and emoji need do not count.
    InvisibleInName,
    /// A bidirectional control in the address.
    BidiInAddress,
    /// A bidirectional override, embedding or isolate in the name; plain right-to-left letters and marks do not count.
    BidiInName,
    /// A quoted string without its end.
    UnclosedQuote,
    /// A comment without its end, or nested deeper than 32.
    UnclosedComment,
    /// A group without its `;`.
    UnclosedGroup,
    /// A group whose name is an address (`<a@b>:<c@d>`, VU#517845).
    AddressAsGroupName,
    /// A colon that begins no group, or a group within a group.
    StrayColon,
    /// `;` between addresses outside a group.
    SemicolonSeparator,
}

impl AddressDefect {
    /// Whether it concerns only what is shown as the name: no two readers see two addresses for it.
    pub fn in_name_only(self) -> bool {
        matches!(
            self,
            Self::NulInName | Self::ControlInName | Self::InvisibleInName | Self::BidiInName
        )
    }
}

/// What another reader takes for the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alternative {
    pub(super) kind: AlternativeKind,
    pub(super) address: Option<String>,
    pub(super) domain: String,
    pub(super) span: Span,
}

/// How an [`Alternative`] is arrived at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AlternativeKind {
    /// Another angle address of the same mailbox.
    Angle,
    /// An address before the angle address.
    BeforeAngle,
    /// An address after the angle address.
    AfterAngle,
    /// The first domain of a source route.
    Route,
    /// The first of several `@` taken as the divider.
    FirstAt,
    /// The domain with its letters as written, not mapped.
    Unmapped,
    /// The address in place of a group's name.
    GroupName,
    /// The domain read on past a comment's parentheses.
    CommentKept,
    /// The address inside the quotes of a local part.
    InsideQuotes,
}

/// An address field's value, with what other readers could make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AddressReading {
    pub(super) list: AddressList,
    pub(super) alternatives: Vec<Alternative>,
}

impl AddressReading {
    /// Reads a value.
    pub(super) fn of(value: &Unfolded) -> Self {
        let (list, alternatives) = list::parse(value);
        Self { list, alternatives }
    }

    /// The mailbox that a reader of this value shows: the first with an address, else the first.
    pub(super) fn author(&self) -> Option<&Mailbox> {
        let complete = self.list.mailboxes.iter().find(|mailbox| mailbox.address.is_some());
        complete.or(self.list.mailboxes.first())
    }
}

/// Reads an address field's value.
pub fn parse_addresses(value: &Unfolded) -> AddressList {
    AddressReading::of(value).list
}
