//! `spoofcheck completions` and `man`: made from the one declaration of the command line.

use anyhow::Context;
use clap::CommandFactory;

use crate::{
    args::{Cli, CompletionsArgs, ManArgs},
    exit::Exit,
    output::{self, unwritable},
};

pub(crate) fn completions(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "spoofcheck", &mut script);
    output::print(&String::from_utf8(script).context("the completions are no text")?)?;
    Ok(Exit::Analysed)
}

pub(crate) fn man(args: &ManArgs) -> anyhow::Result<Exit> {
    match &args.dir {
        Some(dir) => {
            let failed = |cause| unwritable(dir, cause);
            std::fs::create_dir_all(dir).map_err(failed)?;
            clap_mangen::generate_to(Cli::command(), dir).map_err(failed)?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            output::print(&String::from_utf8(page).context("the page is no text")?)?;
        }
    }
    Ok(Exit::Analysed)
}
