//! The flags of `scan`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use spoofcheck::{batch::Where, time::Timestamp};

use crate::args::{Common, FailOn, Verdict};

#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Mailboxes and folders; `-` is standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// The mildest verdict that makes the exit code tell it
    #[arg(long, value_name = "VERDICT", default_value = "never", env = "SPOOFCHECK_FAIL_ON")]
    pub(crate) fail_on: FailOn,
    /// Ask mail-auth for a second opinion on each message
    #[arg(long)]
    pub(crate) second_opinion: bool,
    /// Learn first what is usual in the mailbox, and say what breaks it; the input is read twice
    #[arg(long)]
    pub(crate) habits: bool,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Whether a summary of the whole is printed at the end; json prints it alone, the records only where --output puts them
    #[arg(long, value_name = "FORM", default_value = "auto", env = "SPOOFCHECK_SUMMARY")]
    pub(crate) summary: SummaryForm,
    /// Go on where an earlier run stopped that printed its JSON Lines into this file; a torn last line is cut off it
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
    /// Only the messages of one mbox that begin at byte A or later and before byte B; A- goes to the end
    #[arg(long, value_name = "A-B", value_parser = bytes)]
    pub(crate) byte_range: Option<ByteRange>,
}

/// Which messages are printed; all are analysed, and count for the summary.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is printed")]
pub(crate) struct Chosen {
    /// Messages with this verdict; several times: with one of them
    #[arg(long, value_name = "VERDICT", value_delimiter = ',')]
    pub(crate) verdict: Vec<Verdict>,
    /// Messages with this value, for example from.domain=bank.example, from.domain=*.bank.example, client_ip=192.0.2.0/24, dmarc=fail,
    /// subject=*invoice* or finding!=AU-420; several times: with all of them
    #[arg(long = "where", value_name = "KEY=VALUE", value_parser = Where::parse, long_help = where_help())]
    pub(crate) wheres: Vec<Where>,
    /// Messages delivered (else dated) at or after this moment: RFC 3339, or a day
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<Timestamp>,
    /// ... before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<Timestamp>,
}

fn where_help() -> String {
    format!(
        "Messages with this value; several times: with all of them. KEY=VALUE or KEY!=VALUE: *.bank.example is any name below, \
         192.0.2.0/24 any address in the network, * elsewhere any text, and letter case does not count; a check has its result, else \
         why there is none\n\nKeys: {}",
        Where::keys()
    )
}

/// Whether and how the whole is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryForm {
    /// At a terminal.
    Auto,
    Never,
    Human,
    Json,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text)
        .or_else(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")))
        .ok_or_else(|| "is neither a moment such as 2026-11-01T08:00:00Z nor a day such as 2026-11-01".to_owned())
}

/// A range of bytes; a type of its own, for clap takes a bare range apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByteRange(pub(crate) std::ops::Range<u64>);

fn bytes(text: &str) -> Result<ByteRange, String> {
    let parsed = text.split_once('-').and_then(|(begin, end)| {
        let end = if end.is_empty() { u64::MAX } else { end.parse().ok()? };
        Some(begin.parse().ok()?..end)
    });
    let range = parsed.filter(|range| range.start <= range.end);
    range
        .map(ByteRange)
        .ok_or_else(|| "is no range of bytes such as 0-65536 or 65536-".to_owned())
}

/// What is divided.
#[derive(Debug, Args)]
pub(crate) struct SplitArgs {
    #[command(subcommand)]
    pub(crate) command: SplitCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SplitCommand {
    /// The byte ranges of an mbox, one JSON object a line: each is for a `scan --byte-range` of its own
    Plan(SplitPlanArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SplitPlanArgs {
    /// The mbox
    #[arg(value_name = "MBOX")]
    pub(crate) mbox: PathBuf,
    /// About so many bytes each; K, M and G are powers of 1024
    #[arg(long, value_name = "N", default_value = "256M", value_parser = size)]
    pub(crate) target_size: u64,
}

fn size(text: &str) -> Result<u64, String> {
    let text = text.strip_suffix(['B', 'b']).unwrap_or(text);
    let text = text.strip_suffix(['i', 'I']).unwrap_or(text);
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1 << 10),
        Some((at, 'm' | 'M')) => (&text[..at], 1 << 20),
        Some((at, 'g' | 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    bytes
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "is no number of bytes such as 64M".to_owned())
}
