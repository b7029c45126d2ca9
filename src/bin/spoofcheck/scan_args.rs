//! The flags of `scan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
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
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Whether a summary of the whole is printed at the end; json prints it alone, the records only where --output puts them
    #[arg(long, value_name = "FORM", default_value = "auto", env = "SPOOFCHECK_SUMMARY")]
    pub(crate) summary: SummaryForm,
    /// Go on where an earlier run stopped that printed its JSON Lines into this file; a torn last line is cut off it
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
}

/// Which messages are printed; all are analysed, and count for the summary.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is printed")]
pub(crate) struct Chosen {
    /// Messages with this verdict; several times: with one of them
    #[arg(long, value_name = "VERDICT", value_delimiter = ',')]
    pub(crate) verdict: Vec<Verdict>,
    /// Messages with this value, for example from.domain=bank.example, from.domain=*.bank.example, client_ip=192.0.2.0/24
    /// or finding!=AU-420; several times: with all of them
    #[arg(long = "where", value_name = "KEY=VALUE", value_parser = Where::parse)]
    pub(crate) wheres: Vec<Where>,
    /// Messages delivered (else dated) at or after this moment: RFC 3339, or a day
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<Timestamp>,
    /// ... before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<Timestamp>,
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
