//! The command line (report.md): every flag declared once; help, completions and the settings of a report come from here.

use std::{ffi::OsString, io::IsTerminal, net::IpAddr, path::PathBuf};

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, parser::ValueSource};
use clap_complete::Shell;

use crate::config;
pub(crate) use crate::dns_args::{DnsArgs, DnsCommand, DnsMessageArgs, DnsRecordArgs};
pub(crate) use crate::scan_args::{ScanArgs, SplitArgs};

/// Is this message from who it says it is, and how do we know?
#[derive(Debug, Parser)]
#[command(
    name = "spoofcheck",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Explain one message, or a few
    Inspect(Box<InspectArgs>),
    /// Judge whole mailboxes and folders, one JSON object a line
    Scan(Box<ScanArgs>),
    /// A large mbox in pieces, for several machines
    Split(SplitArgs),
    /// What a rule, verdict or flow means, and when it is innocent
    Explain(ExplainArgs),
    /// Whether mail in a domain's name can be forged, and what its owner should publish
    Domain(Box<DomainArgs>),
    /// The DNS questions of a message: list, ask, show
    Dns(DnsArgs),
    /// JSON Schema of what the program prints
    Schema(SchemaArgs),
    /// Completions for a shell
    Completions(CompletionsArgs),
    /// Manual pages
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Tell the delivery as the SMTP dialogue that the message implies, line by line
    #[arg(long, env = "SPOOFCHECK_STORY")]
    pub(crate) story: bool,
    /// Tell why it is not this verdict: what each way to it needs, and what of that is there
    #[arg(long, value_name = "VERDICT", env = "SPOOFCHECK_EXPLAIN_AGAINST")]
    pub(crate) explain_against: Option<Verdict>,
    /// Messages; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// The mildest verdict that makes the exit code tell it
    #[arg(
        long,
        value_name = "VERDICT",
        default_value = "inconclusive",
        env = "SPOOFCHECK_FAIL_ON"
    )]
    pub(crate) fail_on: FailOn,
}

/// Flags of inspect, scan and dns.
#[derive(Debug, Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) facts: Facts,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) dns: DnsFlags,
    /// What the input is
    #[arg(long, value_name = "FORMAT", default_value = "auto", env = "SPOOFCHECK_INPUT_FORMAT")]
    pub(crate) input_format: InputFormat,
    /// Whether attached messages get reports of their own, and whose verdict counts
    #[arg(long, value_name = "WHICH", default_value = "auto", env = "SPOOFCHECK_INNER")]
    pub(crate) inner: Inner,
    /// Run only this rule (id or name)
    #[arg(long, value_name = "RULE", action = ArgAction::Append, allow_hyphen_values = true, env = "SPOOFCHECK_ONLY", value_parser = rule_names())]
    pub(crate) only: Vec<String>,
    /// Leave this rule out (id or name)
    #[arg(long, value_name = "RULE", action = ArgAction::Append, allow_hyphen_values = true, env = "SPOOFCHECK_IGNORE", value_parser = rule_names())]
    pub(crate) ignore: Vec<String>,
    /// How hard to look for what broke a failing signature; default: thorough for inspect, quick for scan
    #[arg(long, value_name = "EFFORT", env = "SPOOFCHECK_DIAGNOSE")]
    pub(crate) diagnose: Option<Diagnose>,
    /// Say nothing on standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// How many messages at a time: as many as there are cores, and no more
    #[arg(short, long, value_name = "N", env = "SPOOFCHECK_JOBS")]
    pub(crate) jobs: Option<usize>,
    /// Where each setting came from; filled after parsing.
    #[arg(skip)]
    pub(crate) origins: Vec<(String, String, &'static str)>,
}

/// Where answers come from, and as of when.
#[derive(Clone, Debug, Args)]
pub(crate) struct DnsFlags {
    /// Where DNS answers come from; replay may be given several times
    #[arg(long = "dns", value_name = "live|offline|replay=FILE|record=FILE", action = ArgAction::Append, env = "SPOOFCHECK_DNS", value_delimiter = None)]
    pub(crate) modes: Vec<String>,
    /// Whom to ask: system, IP[:PORT], tls://HOST or https://HOST/PATH
    #[arg(long, value_name = "RESOLVER", default_value = "system", env = "SPOOFCHECK_RESOLVER")]
    pub(crate) resolver: String,
    /// The time of judgement, RFC 3339; default: the snapshot's, else the system's
    #[arg(long, value_name = "TIME", env = "SPOOFCHECK_NOW")]
    pub(crate) now: Option<String>,
}

/// What the user knows of the envelope, and whom he trusts.
#[derive(Debug, Args)]
#[command(next_help_heading = "What you know")]
pub(crate) struct Facts {
    /// Address of the client that handed the message over
    #[arg(long, value_name = "IP", env = "SPOOFCHECK_CLIENT_IP")]
    pub(crate) client_ip: Option<IpAddr>,
    /// Its HELO
    #[arg(long, value_name = "NAME", allow_hyphen_values = true, env = "SPOOFCHECK_HELO")]
    pub(crate) helo: Option<String>,
    /// MAIL FROM; '' is the null sender
    #[arg(
        long,
        value_name = "ADDRESS",
        allow_hyphen_values = true,
        env = "SPOOFCHECK_MAIL_FROM"
    )]
    pub(crate) mail_from: Option<String>,
    /// RCPT TO
    #[arg(long, value_name = "ADDRESS", action = ArgAction::Append, allow_hyphen_values = true, env = "SPOOFCHECK_RCPT")]
    pub(crate) rcpt: Vec<String>,
    /// authserv-id of your own server, whose results are believed
    #[arg(long, value_name = "ID", action = ArgAction::Append, allow_hyphen_values = true, env = "SPOOFCHECK_AUTHSERV_ID")]
    pub(crate) authserv_id: Vec<String>,
    /// Host or network that relays for you
    #[arg(long, value_name = "HOST|CIDR", action = ArgAction::Append, allow_hyphen_values = true, env = "SPOOFCHECK_TRUSTED_RELAY")]
    pub(crate) trusted_relay: Vec<String>,
    /// Domain whose ARC seals are believed
    #[arg(long, value_name = "DOMAIN", action = ArgAction::Append, allow_hyphen_values = true, env = "SPOOFCHECK_TRUSTED_SEALER")]
    pub(crate) trusted_sealer: Vec<String>,
    /// Own and protected domains and people (TOML), for look-alike checks
    #[arg(long, value_name = "FILE", env = "SPOOFCHECK_PROTECT")]
    pub(crate) protect: Option<PathBuf>,
}

/// How results are written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// The form of the result
    #[arg(short, long, value_name = "FORMAT", env = "SPOOFCHECK_FORMAT")]
    pub(crate) format: Option<Format>,
    /// Write here instead of standard output; `scan` writes a file for each record where this is a folder or ends in `/`
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// JSON with verdict, results, finding ids, identities and envelope alone
    #[arg(long, env = "SPOOFCHECK_BRIEF")]
    pub(crate) brief: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", env = "SPOOFCHECK_COLOR")]
    pub(crate) color: Color,
    /// Break links and addresses so that nobody opens them by accident
    #[arg(long, env = "SPOOFCHECK_DEFANG")]
    pub(crate) defang: bool,
    /// Columns of the human report; default: the terminal's, at most 120
    #[arg(long, value_name = "COLUMNS", env = "SPOOFCHECK_WIDTH")]
    pub(crate) width: Option<usize>,
    /// Progress on standard error
    #[arg(long, value_name = "WHEN", default_value = "auto", env = "SPOOFCHECK_PROGRESS")]
    pub(crate) progress: Progress,
    /// All facts; twice: every step of each check
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Rule, verdict or flow: id or name
    #[arg(value_name = "RULE|VERDICT|FLOW", required_unless_present = "list")]
    pub(crate) name: Option<String>,
    /// List everything that can be explained
    #[arg(long)]
    pub(crate) list: bool,
    /// human, json or markdown
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct DomainArgs {
    /// Domains
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<String>,
    /// A DKIM selector to look at; may be given several times. Those in a replayed snapshot are looked at anyway
    #[arg(short, long, value_name = "SELECTOR", action = ArgAction::Append, allow_hyphen_values = true, env = "SPOOFCHECK_SELECTOR")]
    pub(crate) selector: Vec<String>,
    /// Look at selectors that widely used services give to their customers, too
    #[arg(long, env = "SPOOFCHECK_COMMON_SELECTORS")]
    pub(crate) common_selectors: bool,
    #[command(flatten)]
    pub(crate) dns: DnsFlags,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Of what
    pub(crate) of: SchemaName,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Where to write a page for each command; without it the main page goes to standard output
    pub(crate) dir: Option<PathBuf>,
}

/// What a diagnosis may cost for one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Diagnose {
    /// Up to 512 MiB of hashing: about half a second
    Thorough,
    /// Up to 8 MiB of hashing
    Quick,
    /// None
    Off,
}

/// Forms of a result. Those that are only reserved say so when they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
    Jsonl,
    Markdown,
    Html,
    Csv,
    Ocsf,
    Ecs,
    AuthResults,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Never,
    Inconclusive,
    Deceptive,
    LikelySpoofed,
    Spoofed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verdict {
    NotSpoofed,
    Inconclusive,
    Deceptive,
    LikelySpoofed,
    Spoofed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    Auto,
    Never,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    Auto,
    Eml,
    Mbox,
    Maildir,
    Msg,
    Emlx,
    Headers,
    Jsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Inner {
    Auto,
    Outer,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    Report,
    Domain,
    Summary,
    Ocsf,
    Ecs,
    Dns,
}

/// Ids and names of the rules, so that a wrong one is a usage error and shells complete them.
fn rule_names() -> clap::builder::PossibleValuesParser {
    let values = spoofcheck::rules::catalogue().flat_map(|rule| {
        [clap::builder::PossibleValue::new(rule.id)
            .help(rule.title)
            .alias(rule.name)]
    });
    clap::builder::PossibleValuesParser::new(values.collect::<Vec<_>>())
}

/// Parses the command line over the environment over the configuration file over the defaults.
pub(crate) fn parse() -> anyhow::Result<Cli> {
    parse_from(std::env::args_os())
}

fn parse_from(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<Cli> {
    let configured = config::read()?;
    let command = config::apply(Cli::command(), &configured)?;
    let matches = command.get_matches_from(args);
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let (name, sub) = matches.subcommand().unwrap_or_default_matches();
    match &mut cli.command {
        Command::Inspect(args) => {
            args.common.origins = origins(&sub, &configured);
            standard_input(&mut args.files, name);
        }
        Command::Scan(args) => {
            args.common.origins = origins(&sub, &configured);
            standard_input(&mut args.paths, name);
        }
        Command::Dns(DnsArgs {
            command: DnsCommand::Plan(args),
        }) => {
            standard_input(&mut args.files, name);
        }
        Command::Dns(DnsArgs {
            command: DnsCommand::Record(args),
        }) if args.name.is_empty() => {
            standard_input(&mut args.messages.files, name);
        }
        _ => {}
    }
    Ok(cli)
}

/// No argument with a piped standard input is `-`; on a terminal it is a short help and exit 2.
fn standard_input(files: &mut Vec<PathBuf>, command: &str) {
    if !files.is_empty() {
        return;
    }
    if std::io::stdin().is_terminal() {
        let mut help = Cli::command();
        let found = help.find_subcommand_mut(command).map(|sub| sub.render_usage());
        crate::exit::complain(&format!(
            "no input; {}",
            found.map(|usage| usage.to_string()).unwrap_or_default()
        ));
        std::process::exit(2);
    }
    files.push(PathBuf::from("-"));
}

/// Flags that can change a judgement, each with its value and where it came from.
fn origins(matches: &clap::ArgMatches, configured: &config::Config) -> Vec<(String, String, &'static str)> {
    let judging = [
        "client_ip",
        "helo",
        "mail_from",
        "rcpt",
        "authserv_id",
        "trusted_relay",
        "trusted_sealer",
        "protect",
        "modes",
        "resolver",
        "now",
        "input_format",
        "inner",
        "only",
        "ignore",
    ];
    let mut all = Vec::new();
    for id in judging {
        let Ok(Some(values)) = matches.try_get_raw(id) else {
            continue;
        };
        let text: Vec<String> = values.map(|value| value.to_string_lossy().into_owned()).collect();
        let name = id.replace('_', "-");
        let origin = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "env",
            _ if configured.contains(&name) => "config",
            _ => "default",
        };
        all.push((name, text.join(", "), origin));
    }
    all
}

/// The matches of the subcommand that was given.
trait Chosen {
    fn unwrap_or_default_matches(self) -> (&'static str, clap::ArgMatches);
}

impl Chosen for Option<(&str, &clap::ArgMatches)> {
    fn unwrap_or_default_matches(self) -> (&'static str, clap::ArgMatches) {
        let (name, matches) = match self {
            Some((name, matches)) => (name, matches.clone()),
            None => ("", clap::ArgMatches::default()),
        };
        let known = ["inspect", "scan", "dns"];
        (
            known.into_iter().find(|known| *known == name).unwrap_or_default(),
            matches,
        )
    }
}
