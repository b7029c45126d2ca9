//! A message as a row: for `--format csv`, and for the live table.

use std::borrow::Cow;

use super::values;
use crate::report::{ErrorRecord, Report, escape};

/// The columns: their headings, and the values that they hold.
const COLUMNS: [(&str, &str); 25] = [
    ("path", "path"),
    ("index", "index"),
    ("byte_offset", "byte_offset"),
    ("sha256", "sha256"),
    ("verdict", "verdict"),
    ("confidence", "confidence"),
    ("from", "author.address"),
    ("display_name", "author.display_name"),
    ("mail_from", "mail_from"),
    ("client_ip", "client_ip"),
    ("delivered_at", "delivered_at"),
    ("because", "because"),
    ("flows", "flow.id"),
    ("message_id", "message_id"),
    ("date", "date"),
    ("subject", "subject"),
    ("to", "to.address"),
    ("reply_to", "reply_to.address"),
    ("helo", "helo"),
    ("spf", "spf"),
    ("dkim", "dkim"),
    ("dmarc", "dmarc"),
    ("arc", "arc"),
    ("findings", "finding.id"),
    ("container", "container"),
];
/// The last column: why an input could not be analysed.
const ERROR: &str = "error";

/// The headings of the columns.
pub fn headings() -> Vec<&'static str> {
    COLUMNS.iter().map(|(heading, _)| *heading).chain([ERROR]).collect()
}

/// A report in the order of [`headings`], as text of one line each; several values stand with a space between them.
pub fn row(report: &Report) -> Vec<String> {
    let values = COLUMNS
        .iter()
        .map(|(_, name)| values::named(name).map_or_else(Vec::new, |value| (value.of)(report)));
    let cells = values.map(|values| escape::visible(&values.join(" ")).into_owned());
    cells.chain([String::new()]).collect()
}

/// An input that could not be analysed, in the same order.
pub fn error_row(record: &ErrorRecord) -> Vec<String> {
    let cells = headings().into_iter().map(|heading| match heading {
        "path" => record.source.path.clone(),
        "container" => record.source.container.clone().unwrap_or_default(),
        "index" => record.source.index.map(|index| index.to_string()).unwrap_or_default(),
        ERROR => record.error.clone(),
        _ => String::new(),
    });
    cells.map(|cell| escape::visible(&cell).into_owned()).collect()
}

/// Values as a line of CSV (RFC 4180). A value that a spreadsheet would take for a formula gets an apostrophe in front.
pub fn csv<S: AsRef<str>>(values: &[S]) -> String {
    let cells: Vec<Cow<'_, str>> = values.iter().map(|value| cell(value.as_ref())).collect();
    cells.join(",") + "\r\n"
}

fn cell(value: &str) -> Cow<'_, str> {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if formula { "'" } else { "" };
    if value.contains(['"', ',', '\n', '\r', ';']) {
        Cow::Owned(format!("\"{apostrophe}{}\"", value.replace('"', "\"\"")))
    } else if formula {
        Cow::Owned(format!("'{value}"))
    } else {
        Cow::Borrowed(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_has_its_value() {
        for (heading, name) in COLUMNS {
            assert!(values::named(name).is_some(), "{heading}");
        }
    }

    #[test]
    fn quotes_and_formulas() {
        assert_eq!(csv(&["a", "b,c", "say \"x\"", ""]), "a,\"b,c\",\"say \"\"x\"\"\",\r\n");
        assert_eq!(
            csv(&["=1+1", "@SUM(1,2)", "-", "a=b"]),
            "'=1+1,\"'@SUM(1,2)\",'-,a=b\r\n"
        );
    }
}
