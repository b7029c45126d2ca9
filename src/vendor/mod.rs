//! Fields in which products tell how they judged a message, and what they knew of its way. What is documented has its
//! meaning; what is not is shown as it stands, and never judged.

mod table;

use crate::{
    message::{Field, Message, Span},
    trace::Trace,
};
use table::{BEGINNING, Form, MEANINGS, ROWS};

/// One field of a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorField {
    /// Whose field it is (`microsoft`, `proofpoint`, ...).
    pub vendor: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// The field.
    pub field_index: usize,
    /// Whether the receiving side wrote it.
    pub by_receiver: bool,
    /// What it says, in order.
    pub facts: Vec<Fact>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The key; the field's name where it says one thing.
    pub key: String,
    /// The value as written.
    pub value: String,
    /// What the vendor's documentation says of it.
    pub meaning: Option<&'static str>,
    /// Where it stands.
    pub span: Span,
}

impl VendorField {
    /// The first value of a key.
    pub fn fact(&self, key: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.key.eq_ignore_ascii_case(key))
    }
}

/// More fields of vendors than this are not read.
const MAX_FIELDS: usize = 200;
/// More facts of one field than this are not read.
const MAX_FACTS: usize = 64;

/// Every field of a vendor, in the order of the header.
pub fn read(message: &Message<'_>, trace: &Trace) -> Vec<VendorField> {
    let zones = Zones::of(message, trace);
    let fields = message.fields.iter().filter_map(|field| {
        if !field.begins(BEGINNING) {
            return None;
        }
        let name = field.name_bytes();
        let row = ROWS.iter().find(|row| row.fits(name))?;
        Some(VendorField {
            vendor: row.vendor,
            about: row.about,
            field_index: field.index,
            by_receiver: zones.is_receivers(field, row.vendor),
            facts: facts(field, row.form),
        })
    });
    fields.take(MAX_FIELDS).collect()
}

fn facts(field: &Field<'_>, form: Form) -> Vec<Fact> {
    let value = field.unfolded();
    let text = value.text.as_str();
    match form {
        Form::Opaque => Vec::new(),
        Form::Whole => vec![Fact {
            key: field.name().into_owned(),
            value: text.trim().to_owned(),
            meaning: None,
            span: field.value_span,
        }],
        Form::Pairs => {
            let mut facts = Vec::new();
            let mut at = 0;
            for part in text.split(';').take(MAX_FACTS) {
                let range = at..at + part.len();
                at = range.end + 1;
                let Some((key, told)) = part.split_once(':') else {
                    continue;
                };
                let (key, told) = (key.trim(), told.trim());
                facts.push(Fact {
                    key: key.to_owned(),
                    value: told.to_owned(),
                    meaning: meaning(key, told),
                    span: value.span(range),
                });
            }
            facts
        }
    }
}

fn meaning(key: &str, value: &str) -> Option<&'static str> {
    let mut rows = MEANINGS.iter().filter(|(known, ..)| known.eq_ignore_ascii_case(key));
    rows.find(|(_, known, _)| known.is_empty() || known.eq_ignore_ascii_case(value))
        .map(|(.., meaning)| *meaning)
}

/// Whether a field's name (in lower case) is one under which a receiver keeps what the sending side claimed.
pub fn is_kept_claim(name: &str) -> bool {
    name.ends_with("-untrusted") || name.ends_with("-original")
}

/// Which fields the receiving side wrote.
struct Zones {
    border: Option<usize>,
    /// Microsoft's servers at the border remove, rename or replace what comes in under their own names, and write theirs below the trace.
    microsoft: bool,
    /// The block that Outlook.com marks as come from outside (trace.md 0.11).
    outside: Option<(usize, usize)>,
}

impl Zones {
    fn of(message: &Message<'_>, trace: &Trace) -> Self {
        let border = trace.border_hop();
        // A sender can bring markers along: the first top marker and the last count are Outlook's.
        let top = message.field("X-IncomingTopHeaderMarker").map(|field| field.index);
        let count = message
            .fields_named("X-IncomingHeaderCount")
            .map(|field| field.index)
            .last();
        Self {
            border: border.map(|hop| hop.field_index),
            microsoft: border.is_some_and(|hop| hop.profile == Some("microsoft")),
            outside: top.zip(count).filter(|(top, count)| top < count),
        }
    }

    fn is_receivers(&self, field: &Field<'_>, vendor: &str) -> bool {
        let Some(border) = self.border else { return false };
        if field.index < border {
            return true;
        }
        let claimed = field.name().to_ascii_lowercase();
        let kept = is_kept_claim(&claimed);
        let inside_block = self
            .outside
            .is_some_and(|(top, count)| (top..count).contains(&field.index));
        self.microsoft && vendor == "microsoft" && !kept && !inside_block && !claimed.starts_with("x-originatororg")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{known::Known, trace};

    fn fields(header: &str) -> Vec<(bool, String)> {
        let message = Message::read(header.as_bytes());
        let trace = trace::trace(&message, &[], &Known::default());
        let shown = |field: VendorField| {
            let facts: Vec<String> = field
                .facts
                .iter()
                .map(|fact| format!("{}={} {}", fact.key, fact.value, fact.meaning.unwrap_or("?")))
                .collect();
            (field.by_receiver, facts.join(", "))
        };
        read(&message, &trace).into_iter().map(shown).collect()
    }

    const BORDER: &str = "Received: from a.shop.example (203.0.113.7) by AM3PEPF0000A791.mail.protection.outlook.com (10.167.16.120) with \
        Microsoft SMTP Server id 15.20.9100.10 via Frontend Transport; Mon, 2 Nov 2026 09:15:08 +0000\n";

    #[test]
    fn documented_keys_have_a_meaning_and_others_none() {
        let header =
            format!("{BORDER}X-Forefront-Antispam-Report: CIP:203.0.113.7;CTRY:XX;SFV:SKN;NEW:1;CAT:SPOOF;\n\n");
        let expected = "CIP=203.0.113.7 the client's address, CTRY=XX the country of the client's address, SFV=SKN filtering \
            skipped by a rule before the filter, NEW=1 ?, CAT=SPOOF spoofing";
        assert_eq!(fields(&header), [(true, expected.to_owned())]);
    }

    #[test]
    fn what_came_from_outside_is_nobody_s_word() {
        let header = format!(
            "{BORDER}X-IncomingTopHeaderMarker: a\nX-MS-Exchange-Organization-AuthAs: Internal\nX-IncomingHeaderCount: 2\n\
             X-MS-Exchange-Organization-AuthAs: Anonymous\nX-Forefront-Antispam-Report-Untrusted: CAT:NONE\n\n"
        );
        let standing: Vec<bool> = fields(&header).into_iter().map(|(own, _)| own).collect();
        assert_eq!(standing, [false, true, false]);
        let elsewhere = BORDER
            .replace("AM3PEPF0000A791.mail.protection.outlook.com", "mx.corp.example")
            .replace("Microsoft SMTP Server", "ESMTP");
        let header = format!("{elsewhere}X-MS-Exchange-Organization-AuthAs: Internal\n\n");
        assert!(!fields(&header)[0].0);
    }
}
