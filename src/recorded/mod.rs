//! What others say they checked: Authentication-Results (RFC 8601), Received-SPF (RFC 7208 9.1), ARC sets (RFC 8617).

mod anchors;
mod arc_set;
mod authentication_results;
mod below_border;
mod injection;
mod party;
mod received_spf;
mod scanner;
mod standing;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use crate::message::{Message, Span, address_of};

pub use anchors::anchors;
pub use party::Party;
pub use standing::{judge_standing, same_operator};

/// One field of recorded results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What kind of field it is.
    pub kind: RecordKind,
    /// The field in [`Message::fields`].
    pub field_index: usize,
    /// The field.
    pub span: Span,
    /// Who says so: authserv-id, or receiver= of Received-SPF; `None` where it is missing (Microsoft).
    pub authserv_id: Option<String>,
    /// ARC instance, for ARC-Authentication-Results.
    pub instance: Option<u32>,
    /// Whether it may be believed.
    pub standing: Standing,
    /// Why.
    pub reason: String,
    /// Why a pass in it may be text of the sender, and is not believed.
    pub doubt: Option<String>,
    /// Whose word it is.
    pub party: Party,
    /// The hop (0 is the newest) of whose transfer it tells, where that can be said.
    pub hop: Option<usize>,
    /// The results in order.
    pub methods: Vec<MethodResult>,
    /// Departures from the grammar that were tolerated.
    pub defects: Vec<String>,
}

/// The kinds of field that carry results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields' own names")]
pub enum RecordKind {
    AuthenticationResults,
    ReceivedSpf,
    ArcAuthenticationResults,
    AuthenticationResultsOriginal,
}

/// Whether recorded results may be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Written by the receiving side.
    Trusted,
    /// Somebody's word.
    #[default]
    Untrusted,
    /// Claims the receiver's name, yet stands where the receiver cannot have written it.
    Forged,
}

impl Record {
    /// Its results; without a pass where that may be text of the sender ([`Self::doubt`]).
    pub fn believable(&self) -> impl Iterator<Item = &MethodResult> {
        let all = self.methods.iter();
        all.filter(|result| self.doubt.is_none() || result.result != "pass")
    }
}

/// One result (RFC 8601 2.2 `resinfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MethodResult {
    /// `spf`, `dkim`, `dmarc`, `arc`, `iprev`, `auth`, ... in lower case.
    pub method: String,
    /// The result word in lower case.
    pub result: String,
    /// `reason=`, or the comment behind the result.
    pub reason: Option<String>,
    /// `ptype.property` and value, in order (`smtp.mailfrom`, `header.d`, ...).
    pub properties: Vec<(String, String)>,
    /// All comments in order, without their outer brackets.
    pub comments: Vec<String>,
    /// Where the result stands.
    pub span: Option<Span>,
}

impl MethodResult {
    /// The first value of a property (`header.d`).
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The client's address, from whichever property or comment names it (envelope.md 4.4).
    pub fn client_ip(&self) -> Option<IpAddr> {
        const NAMES: [&str; 7] = [
            "client-ip",
            "remoteip",
            "smtp.remote-ip",
            "smtp.client-ip",
            "policy.iprev",
            "smtp.iprev",
            "policy.ip",
        ];
        NAMES
            .iter()
            .filter(|name| **name != "policy.ip" || self.method.starts_with("dnswl"))
            .filter_map(|name| self.property(name))
            .chain(
                (self.method == "iprev")
                    .then_some(self.comments.first())
                    .flatten()
                    .map(String::as_str),
            )
            .find_map(received_spf::parse_ip)
            .or_else(|| self.spf_comments().find_map(|comment| comment.client_ip))
    }

    /// MAIL FROM, or its domain alone, without angle brackets; the empty string is the null sender. A local part that holds white
    /// space gets the quotation marks back that the writer left out.
    pub fn mail_from(&self) -> Option<String> {
        const NAMES: [&str; 5] = [
            "smtp.mailfrom",
            "envelope-from",
            "smtp.envelope-from",
            "smtp.mail",
            "smtp.mfrom",
        ];
        // Courier's name for what it checked, be it MAIL FROM, HELO or the author.
        let of_mail_from = || {
            self.identity()
                .is_some_and(|named| named.eq_ignore_ascii_case("mailfrom"))
        };
        let checked = || self.property("sender").filter(|_| of_mail_from());
        let named = NAMES
            .iter()
            .find_map(|name| self.property(name))
            .or_else(checked)
            .map(str::to_owned);
        let sender = named.or_else(|| self.spf_comments().find_map(|comment| comment.sender))?;
        let sender = sender.trim();
        let bare = sender.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        let bare = bare.unwrap_or(sender);
        let unquoted = bare
            .rsplit_once('@')
            .filter(|(local, _)| local.contains(char::is_whitespace) && !local.contains(['"', '<']));
        let quoted = unquoted.and_then(|(local, domain)| address_of(local, domain));
        Some(quoted.unwrap_or_else(|| bare.to_owned()))
    }

    /// The HELO argument.
    pub fn helo(&self) -> Option<String> {
        let named = ["smtp.helo", "helo"].iter().find_map(|name| self.property(name));
        named
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .or_else(|| self.spf_comments().find_map(|comment| comment.helo))
    }

    /// The identity that an SPF result is of.
    pub fn spf_identity(&self) -> SpfIdentity {
        let is = |name: &str| self.identity().is_some_and(|named| named.eq_ignore_ascii_case(name));
        let helo_alone = || self.property("smtp.helo").is_some() && self.mail_from().is_none();
        if is("helo") || self.identity().is_none() && helo_alone() {
            SpfIdentity::Helo
        } else if is("from") || is("pra") {
            SpfIdentity::Header
        } else {
            SpfIdentity::MailFrom
        }
    }

    /// The identity as it is named: as `identity` (RFC 7208 9.1), by Courier as `SPF`.
    fn identity(&self) -> Option<&str> {
        self.property("identity").or_else(|| self.property("spf"))
    }

    /// What the comments of an SPF result say; those of other methods are not read so.
    fn spf_comments(&self) -> impl Iterator<Item = received_spf::SpfComment> + '_ {
        let comments = if self.method == "spf" { &self.comments[..] } else { &[] };
        comments.iter().map(|comment| received_spf::read_comment(comment))
    }
}

/// What SPF was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpfIdentity {
    /// The return path (RFC 7208 2.4).
    MailFrom,
    /// The name that the client gave (RFC 7208 2.3).
    Helo,
    /// An address in the header, which Courier and Sender ID (RFC 4406) checked, too.
    Header,
}

/// One ARC set (RFC 8617 4.2) as written; verified in the room `verify`. A sound set has one field of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArcSet {
    /// `i=`.
    pub instance: u32,
    /// `d=` of the seal.
    pub sealer: Option<String>,
    /// `cv=` of the seal, in lower case.
    pub cv: Option<String>,
    /// Its ARC-Seal fields, top first.
    pub seals: Vec<usize>,
    /// Its ARC-Message-Signature fields.
    pub message_signatures: Vec<usize>,
    /// Its ARC-Authentication-Results fields.
    pub results: Vec<usize>,
}

impl ArcSet {
    /// The field that stands for the set when one is to be shown.
    pub fn first_field(&self) -> Option<usize> {
        let all = [&self.seals, &self.results, &self.message_signatures];
        all.into_iter().find_map(|fields| fields.first().copied())
    }
}

/// Everything recorded.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Result fields, top first.
    pub records: Vec<Record>,
    /// ARC sets by instance, lowest first.
    pub arc_sets: Vec<ArcSet>,
    /// ARC fields that belong to no set: their instance is missing, or is no number.
    pub arc_strays: Vec<usize>,
}

impl Recorded {
    /// The trusted SPF results of the MAIL FROM identity, top first.
    pub fn trusted_spf_of_mail_from(&self) -> impl Iterator<Item = (&Record, &MethodResult)> {
        self.trusted("spf")
            .filter(|(_, result)| result.spf_identity() == SpfIdentity::MailFrom)
    }

    /// The trusted results of a method, top first ([`Record::believable`]).
    pub fn trusted<'a>(&'a self, method: &'a str) -> impl Iterator<Item = (&'a Record, &'a MethodResult)> {
        self.records
            .iter()
            .filter(|record| record.standing == Standing::Trusted)
            .flat_map(move |record| {
                record
                    .believable()
                    .filter(move |result| result.method == method)
                    .map(move |result| (record, result))
            })
    }
}

/// Reads all recorded results; their standing is judged when the border is known ([`judge_standing`]).
pub fn read(message: &Message<'_>) -> Recorded {
    let mut records = authentication_results::read(message);
    records.extend(received_spf::read(message));
    records.sort_by_key(|record| record.field_index);
    let (arc_sets, arc_strays) = arc_set::read(message);
    Recorded {
        records,
        arc_sets,
        arc_strays,
    }
}
