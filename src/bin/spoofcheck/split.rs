//! `spoofcheck split`: a large mbox in pieces for several machines.

use spoofcheck::source;

use crate::{
    exit::Exit,
    output,
    scan_args::{SplitArgs, SplitCommand},
};

pub(crate) fn run(args: &SplitArgs) -> anyhow::Result<Exit> {
    let SplitCommand::Plan(args) = &args.command;
    let shards = source::plan(&args.mbox, args.target_size)?;
    output::print(&shards.iter().map(output::encoded).collect::<String>())?;
    Ok(Exit::Analysed)
}
