//! `greenroom completions` and `greenroom man`: what shells and `man` want to know of the command line.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command, ValueEnum};

use super::say;
use crate::cli::Failure;

/// A shell that completes commands.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Where the pages go.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder to write them into; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Prints what makes a shell complete the commands of `cli`.
pub(crate) fn completions(mut cli: Command, shell: Shell) -> Result<(), Failure> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli, "greenroom", &mut script);
    say(String::from_utf8(script)
        .context("the completions cannot be shown")?
        .trim_end());
    Ok(())
}

/// Writes a manual page for `cli` and each of its commands.
pub(crate) fn man(cli: Command, args: &ManArgs) -> Result<(), Failure> {
    let out = &args.out;
    fs::create_dir_all(out)
        .and_then(|()| clap_mangen::generate_to(cli.disable_help_subcommand(true), out))
        .with_context(|| format!("cannot write manual pages into {}", out.display()))?;
    Ok(())
}
