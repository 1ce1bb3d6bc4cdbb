//! `greenroom config check|print`.

use anyhow::Context;
use clap::Subcommand;

use super::say;
use crate::cli::{Failure, ServeArgs};

/// Every setting, as it is packaged.
const EXAMPLE: &str = include_str!("../../../../packaging/greenroom.toml");

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether the configuration can be used.
    Check(ServeArgs),
    /// Print the configuration as it is in force, as a TOML file.
    Print(ServeArgs),
    /// Print a file with every setting, its default and what it is for.
    Example,
}

pub(crate) fn run(command: ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check(args) => {
            args.settings()?;
            say("The configuration can be used.");
        }
        ConfigCommand::Print(args) => {
            let settings = args.settings()?;
            say(toml::to_string(&settings)
                .context("the configuration cannot be shown")?
                .trim_end());
        }
        ConfigCommand::Example => say(EXAMPLE.trim_end()),
    }
    Ok(())
}
