//! The command line of `spoofcheck dns`.

use std::path::PathBuf;

use clap::{ArgAction, Args, Subcommand};

use crate::args::{Common, Format};

#[derive(Debug, Args)]
pub(crate) struct DnsArgs {
    #[command(subcommand)]
    pub(crate) command: DnsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DnsCommand {
    /// List the questions that would be asked; asks none
    Plan(Box<DnsMessageArgs>),
    /// Ask and write a snapshot (-o FILE, else standard output); into an existing file the answers are merged, its history stays
    Record(Box<DnsRecordArgs>),
    /// Turn other stores of DNS data into a snapshot: mailauth's DNS cache (JSON), zone files (RFC 1035)
    Import {
        /// Caches and zone files, told apart by content
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// The origin of relative names in zone files that do not say $ORIGIN
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
        /// When the data was true, RFC 3339; without it the answers have no time
        #[arg(long, value_name = "TIME")]
        asked_at: Option<String>,
        /// Write here, merged with what is there, instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Show snapshots, merged, with their history
    Show {
        /// Snapshot files
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Only this name and what stands below it
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// human or jsonl
        #[arg(short, long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DnsRecordArgs {
    #[command(flatten)]
    pub(crate) messages: DnsMessageArgs,
    /// Ask for this name too; without a message it is all that is asked
    #[arg(long, value_name = "NAME", action = ArgAction::Append)]
    pub(crate) name: Vec<String>,
    /// The type to ask for with --name
    #[arg(long = "type", value_name = "TYPE", default_value = "TXT", requires = "name")]
    pub(crate) rtype: String,
    /// Ask only what the file does not hold yet; otherwise everything is asked anew, which is what makes history
    #[arg(long)]
    pub(crate) reuse: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DnsMessageArgs {
    /// Messages or mailboxes; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}
