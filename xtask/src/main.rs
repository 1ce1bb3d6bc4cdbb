//! `cargo xtask`: the project's own automation.

mod borders;
mod codegen;
mod sizes;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use cargo_metadata::{Metadata, MetadataCommand};
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The project's own automation")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check who imports whom, and report files and functions that have grown too long.
    Tidy,
    /// Write the generated files: docs/openapi.json and docs/errors.md.
    Codegen {
        /// Change nothing; fail if a file is not what it should be.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let metadata = MetadataCommand::new()
        .exec()
        .context("cannot read the workspace")?;
    match cli.command {
        Command::Tidy => tidy(&metadata),
        Command::Codegen { check } => codegen::run(&root(&metadata), check),
    }
}

fn tidy(metadata: &Metadata) -> anyhow::Result<()> {
    let mut faults = borders::crate_faults(metadata);
    faults.extend(borders::file_faults(&root(metadata))?);
    for fault in &faults {
        say(&format!("border: {fault}"));
    }
    for finding in sizes::report(&root(metadata))? {
        say(&format!("size: {finding}"));
    }
    anyhow::ensure!(faults.is_empty(), "{} imports cross a border", faults.len());
    say("tidy: every crate keeps to its borders");
    Ok(())
}

fn root(metadata: &Metadata) -> PathBuf {
    metadata.workspace_root.clone().into_std_path_buf()
}

/// Prints a line; a reader that is gone is no fault.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
