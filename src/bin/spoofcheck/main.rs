//! The command line: reads arguments, hands the work to the library, writes what comes back.

mod answers;
mod args;
mod completions;
mod config;
mod deciding;
mod desk;
mod dns;
mod dns_args;
mod domain;
mod exit;
mod explain;
mod inspect;
mod interruption;
mod item;
mod learning;
mod ledger;
mod output;
mod progress;
mod records;
mod scan;
mod scan_args;
mod schema;
mod setup;
mod split;

use std::process::ExitCode;

use args::{Cli, Command};
use exit::Exit;

/// A report is thousands of small strings, each made by one thread and soon let go.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outcome = args::parse().and_then(run);
    ExitCode::from(exit::report(outcome))
}

/// One arm a command.
fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Inspect(args) => inspect::run(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Split(args) => split::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Domain(args) => domain::run(&args),
        Command::Dns(args) => dns::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => completions::man(&args),
    }
}
