//! `$XDG_CONFIG_HOME/spoofcheck/config.toml`: defaults of the user, never read from a mail folder.

use std::path::PathBuf;

use anyhow::Context;
use clap::Command;

use crate::exit::UsageError;

/// The file's settings: flag names without hyphens in front, and their values.
#[derive(Debug, Default)]
pub(crate) struct Config {
    path: PathBuf,
    values: Vec<(String, Vec<String>)>,
}

impl Config {
    /// Whether the file sets a flag.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.values.iter().any(|(known, _)| known == name)
    }
}

/// Reads the file; a missing one is empty.
pub(crate) fn read() -> anyhow::Result<Config> {
    let home = std::env::var_os("XDG_CONFIG_HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    let Some(path) = home.map(|home| home.join("spoofcheck/config.toml")) else {
        return Ok(Config::default());
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Config::default()),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let table: toml::Table = toml::from_str(&text).map_err(|error| wrong(&path, error.message()))?;
    let values = table
        .into_iter()
        .map(|(name, value)| Ok((name.replace('_', "-"), texts(&path, &name, value)?)));
    Ok(Config {
        values: values.collect::<anyhow::Result<_>>()?,
        path,
    })
}

/// Puts the file's values in place of the defaults of every command that knows the flag.
pub(crate) fn apply(mut command: Command, config: &Config) -> anyhow::Result<Command> {
    for (name, values) in &config.values {
        let mut known = false;
        for sub in ["inspect", "scan", "domain"] {
            let id = command.find_subcommand(sub).and_then(|sub| {
                sub.get_arguments()
                    .find(|arg| arg.get_long() == Some(name))
                    .map(|arg| arg.get_id().clone())
            });
            let Some(id) = id else { continue };
            known = true;
            command = command.mut_subcommand(sub, |sub| sub.mut_arg(id, |arg| arg.default_values(values.clone())));
        }
        if !known {
            return Err(wrong(&config.path, &format!("unknown setting {name}")));
        }
    }
    Ok(command)
}

fn texts(path: &std::path::Path, name: &str, value: toml::Value) -> anyhow::Result<Vec<String>> {
    match value {
        toml::Value::String(text) => Ok(vec![text]),
        toml::Value::Integer(number) => Ok(vec![number.to_string()]),
        toml::Value::Boolean(flag) => Ok(vec![flag.to_string()]),
        toml::Value::Datetime(time) => Ok(vec![time.to_string()]),
        toml::Value::Array(items) => {
            let nested = items.into_iter().map(|item| texts(path, name, item));
            Ok(nested.collect::<anyhow::Result<Vec<_>>>()?.concat())
        }
        _ => Err(wrong(path, &format!("{name} has a value of the wrong kind"))),
    }
}

fn wrong(path: &std::path::Path, what: &str) -> anyhow::Error {
    UsageError(format!("{}: {}", path.display(), what.trim())).into()
}
