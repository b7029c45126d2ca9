//! A message as a row: for `--format csv`, and for the live table.

use std::borrow::Cow;

use crate::report::{Report, escape};

/// The columns of [`row`].
pub const HEADINGS: [&str; 14] = [
    "path",
    "index",
    "byte_offset",
    "sha256",
    "verdict",
    "confidence",
    "from",
    "display_name",
    "mail_from",
    "client_ip",
    "delivered_at",
    "because",
    "flows",
    "message_id",
];

/// The values of a report in the order of [`HEADINGS`], as text of one line each.
pub fn row(report: &Report) -> [String; 14] {
    let author = report.message.author();
    // An unquoted comma makes a mailbox of a name; it is what the reader sees all the same.
    let mut names = report.message.from.iter().filter_map(|from| from.display_name.clone());
    let join = |ids: Vec<&str>| ids.join(" ");
    let values = [
        report.source.path.clone(),
        report.source.index.to_string(),
        report.source.byte_offset.to_string(),
        report.source.sha256.clone(),
        report.verdict.label.word().to_owned(),
        report.verdict.confidence.word().to_owned(),
        author.and_then(|author| author.address.clone()).unwrap_or_default(),
        names.next().unwrap_or_default(),
        report.envelope.mail_from.value.clone().unwrap_or_default(),
        report.envelope.client_ip.value.clone().unwrap_or_default(),
        report
            .authentication
            .delivered_at
            .map(|at| at.timestamp().to_string())
            .unwrap_or_default(),
        join(report.verdict.because.clone()),
        join(report.flows.iter().map(|flow| flow.id).collect()),
        report.message.message_id.clone().unwrap_or_default(),
    ];
    values.map(|value| escape::visible(&value).into_owned())
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
    fn quotes_and_formulas() {
        assert_eq!(csv(&["a", "b,c", "say \"x\"", ""]), "a,\"b,c\",\"say \"\"x\"\"\",\r\n");
        assert_eq!(
            csv(&["=1+1", "@SUM(1,2)", "-", "a=b"]),
            "'=1+1,\"'@SUM(1,2)\",'-,a=b\r\n"
        );
    }
}
