//! `spoofcheck schema`: JSON Schema of what the program prints.

use anyhow::Context;
use spoofcheck::report;

use crate::{
    args::{SchemaArgs, SchemaName},
    exit::{self, Exit},
    output,
};

pub(crate) fn run(args: &SchemaArgs) -> anyhow::Result<Exit> {
    let schema = match args.of {
        SchemaName::Report => report::schema(),
        SchemaName::Domain => report::domain_schema(),
        SchemaName::Summary => report::summary_schema(),
        SchemaName::Ocsf => return Err(exit::not_yet("schema ocsf")),
        SchemaName::Ecs => return Err(exit::not_yet("schema ecs")),
        SchemaName::Dns => return Err(exit::not_yet("schema dns")),
    };
    let text = serde_json::to_string_pretty(&schema).context("the schema cannot be written")?;
    output::print(&format!("{text}\n"))?;
    Ok(Exit::Analysed)
}
