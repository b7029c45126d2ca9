//! Fields of vendors that carry trust data: a row each. A new field is a new row.

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `KEY:value;KEY:value`.
    Pairs,
    /// The value as a whole.
    Whole,
    /// Only that it is there; its content is the vendor's secret.
    Opaque,
}

/// A field, or all whose names begin so.
pub(super) struct Row {
    name: &'static str,
    begins: bool,
    pub(super) vendor: &'static str,
    pub(super) about: &'static str,
    pub(super) form: Form,
}

impl Row {
    /// Whether a field of this name is meant.
    pub(super) fn fits(&self, name: &[u8]) -> bool {
        let head = match self.begins {
            true => name.get(..self.name.len()),
            false => Some(name),
        };
        head.is_some_and(|head| head.eq_ignore_ascii_case(self.name.as_bytes()))
    }
}

/// What the names of all rows begin with: most fields are seen to be no vendor's at once.
pub(super) const BEGINNING: &str = "X-";

/// A row; a `*` at the end of the name stands for any rest.
const fn row(name: &'static str, vendor: &'static str, form: Form, about: &'static str) -> Row {
    let length = name.len();
    let begins = length > 0 && name.as_bytes()[length - 1] == b'*';
    assert!(name.split_at(BEGINNING.len()).0.eq_ignore_ascii_case(BEGINNING));
    Row {
        name: if begins { name.split_at(length - 1).0 } else { name },
        begins,
        vendor,
        about,
        form,
    }
}

use Form::{Opaque, Pairs, Whole};

/// Tried in order: the first row that fits is the field's.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row("X-Forefront-Antispam-Report-Untrusted", "microsoft", Pairs, "the sending tenant's filter result, kept as untrusted"),
    row("X-Forefront-Antispam-Report", "microsoft", Pairs, "the filter's result"),
    row("X-Microsoft-Antispam-Untrusted", "microsoft", Pairs, "the sending tenant's filter result, kept as untrusted"),
    row("X-Microsoft-Antispam-Mailbox-Delivery", "microsoft", Pairs, "where the mailbox put it"),
    row("X-Microsoft-Antispam-Message-Info*", "microsoft", Opaque, "undocumented"),
    row("X-Microsoft-Antispam", "microsoft", Pairs, "the bulk mail result"),
    row("X-MS-Exchange-Organization-AuthAs", "microsoft", Whole, "how the message was accepted: Anonymous, Internal, External, Partner"),
    row("X-MS-Exchange-Organization-AuthSource", "microsoft", Whole, "the server that judged how it was accepted"),
    row("X-MS-Exchange-Organization-SCL", "microsoft", Whole, "spam confidence level, -1 is exempt from filtering"),
    row("X-MS-Exchange-Organization-MessageDirectionality", "microsoft", Whole, "Incoming or Originating"),
    row("X-MS-Exchange-Organization-*", "microsoft", Whole, "inside one organisation of Exchange; removed at its border"),
    row("X-MS-Exchange-CrossTenant-Id", "microsoft", Whole, "the tenant that stamped the message"),
    row("X-MS-Exchange-CrossTenant-AuthAs", "microsoft", Whole, "how the stamping tenant accepted it"),
    row("X-MS-Exchange-CrossTenant-FromEntityHeader", "microsoft", Whole, "HybridOnPrem, Hosted or Internet"),
    row("X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp", "microsoft", Whole, "tenant and client of the connection"),
    row("X-MS-Exchange-CrossTenant-*", "microsoft", Whole, "stamped between tenants"),
    row("X-MS-Exchange-SkipListedInternetSender", "microsoft", Whole, "the client behind a gateway that is skipped"),
    row("X-MS-Exchange-ExternalOriginalInternetSender", "microsoft", Whole, "the client behind a gateway that is skipped"),
    row("X-OriginatorOrg", "microsoft", Whole, "the sending organisation by its domain"),
    row("X-EOPTenantAttributedMessage", "microsoft", Whole, "the receiving tenant"),
    row("X-Gm-Message-State", "google", Opaque, "undocumented"),
    row("X-Google-Smtp-Source", "google", Opaque, "undocumented"),
    row("X-Google-DKIM-Signature", "google", Opaque, "Google's own signature"),
    row("X-Google-Original-From", "google", Whole, "the From that Gmail replaced"),
    row("X-Google-Sender-Auth", "google", Opaque, "undocumented"),
    row("X-Proofpoint-*", "proofpoint", Whole, "Proofpoint's gateway"),
    row("X-PPE-*", "proofpoint", Whole, "Proofpoint Essentials"),
    row("X-Mimecast-Spam-Score", "mimecast", Whole, "the spam score"),
    row("X-Mimecast-Impersonation-Protect", "mimecast", Whole, "the policy and what it found"),
    row("X-Mimecast-Originator", "mimecast", Whole, "the sender's domain"),
    row("X-Mimecast-*", "mimecast", Whole, "Mimecast's gateway"),
    row("X-Barracuda-Connect", "barracuda", Whole, "the client"),
    row("X-Barracuda-Effective-Source-IP", "barracuda", Whole, "the client that was judged"),
    row("X-Barracuda-*", "barracuda", Whole, "Barracuda's gateway"),
    row("X-ASG-*", "barracuda", Whole, "Barracuda's gateway"),
    row("X-IronPort-RemoteIP", "ironport", Whole, "the client"),
    row("X-IronPort-SenderGroup", "ironport", Whole, "the group of senders that the client fell into"),
    row("X-IronPort-MailFlowPolicy", "ironport", Whole, "the policy that was used"),
    row("X-IronPort-*", "ironport", Whole, "Cisco's gateway"),
    row("X-SES-Outgoing", "amazon-ses", Whole, "day and outgoing address, by the sending side"),
    row("X-SG-EID", "sendgrid", Opaque, "SendGrid's event id"),
    row("X-SG-ID", "sendgrid", Opaque, "SendGrid's id"),
    row("X-Mailgun-*", "mailgun", Whole, "Mailgun's delivery"),
    row("X-MC-User", "mailchimp", Whole, "Mailchimp's account"),
    row("X-Mandrill-User", "mailchimp", Whole, "Mandrill's account"),
    row("X-Get-Message-Sender-Via", "cpanel", Whole, "how the panel knows the sender"),
    row("X-Authenticated-Sender", "cpanel", Whole, "the account that logged in"),
    row("X-AntiAbuse", "cpanel", Whole, "host and caller ids for abuse reports"),
    row("X-Source*", "cpanel", Whole, "the program or script that wrote it"),
    row("X-PHP-Originating-Script", "php", Whole, "user id and script"),
    row("X-PHP-Script", "php", Whole, "script and the client that called it"),
    row("X-Originating-IP", "client-address", Whole, "the author's device, by the sending side"),
    row("X-AOL-IP", "client-address", Whole, "the author's device, by the sending side"),
    row("X-Yahoo-Post-IP", "client-address", Whole, "the author's device, by the sending side"),
    row("X-ClientProxiedBy", "client-address", Whole, "Exchange's own proxy"),
    row("X-PHISHTEST*", "simulation", Whole, "KnowBe4's simulated phishing"),
    row("X-KnowBe4*", "simulation", Whole, "KnowBe4's simulated phishing"),
    row("X-Cofense*", "simulation", Whole, "Cofense's simulated phishing"),
    row("X-PhishMe*", "simulation", Whole, "Cofense's simulated phishing"),
    row("X-Hoxhunt*", "simulation", Whole, "Hoxhunt's simulated phishing"),
    row("X-SoSafe*", "simulation", Whole, "SoSafe's simulated phishing"),
    row("X-Phriendly*", "simulation", Whole, "Phriendly Phishing's simulation"),
];

/// What documented keys mean: field, key, value (empty for any), meaning. By Microsoft's page on anti-spam headers.
#[rustfmt::skip]
pub(super) const MEANINGS: &[(&str, &str, &str)] = &[
    ("CIP", "", "the client's address"),
    ("CTRY", "", "the country of the client's address"),
    ("LANG", "", "the language of the text"),
    ("SCL", "-1", "exempt from filtering"),
    ("SCL", "", "spam confidence level"),
    ("IPV", "CAL", "filtering skipped: the client is on the allow list of addresses"),
    ("IPV", "NLI", "the client is on no list of addresses"),
    ("SFV", "BLK", "blocked: the sender is on the user's block list"),
    ("SFV", "NSPM", "not spam"),
    ("SFV", "SFE", "filtering skipped: the sender is on the user's safe list"),
    ("SFV", "SKA", "filtering skipped: an allowed sender or domain"),
    ("SFV", "SKB", "marked as spam: a blocked sender or domain"),
    ("SFV", "SKI", "filtering skipped: mail inside the organisation"),
    ("SFV", "SKN", "filtering skipped by a rule before the filter"),
    ("SFV", "SKQ", "released from quarantine"),
    ("SFV", "SKS", "marked as spam by a rule before the filter"),
    ("SFV", "SPM", "spam"),
    ("H", "", "the client's HELO"),
    ("PTR", "", "the reverse name of the client's address"),
    ("CAT", "BULK", "bulk mail"),
    ("CAT", "DIMP", "imitates a domain"),
    ("CAT", "GIMP", "imitates, by the intelligence of mailboxes"),
    ("CAT", "HPHSH", "phishing, high confidence"),
    ("CAT", "HPHISH", "phishing, high confidence"),
    ("CAT", "HSPM", "spam, high confidence"),
    ("CAT", "INTOS", "spoofing inside the organisation"),
    ("CAT", "MALW", "malware"),
    ("CAT", "PHSH", "phishing"),
    ("CAT", "SPM", "spam"),
    ("CAT", "SPOOF", "spoofing"),
    ("CAT", "UIMP", "imitates a person"),
    ("CAT", "NONE", "no category"),
    ("SFTY", "9.19", "imitates a domain"),
    ("SFTY", "9.20", "imitates a person"),
    ("SFTY", "9.25", "first contact"),
    ("DIR", "INB", "inbound"),
    ("DIR", "OUT", "outbound"),
    ("DIR", "INT", "internal"),
    ("BCL", "", "bulk complaint level"),
    ("dest", "I", "delivered to the inbox"),
    ("dest", "J", "delivered to the junk folder"),
];
