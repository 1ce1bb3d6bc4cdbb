//! `greenroom token explain JWT`: which check fails. Clients only ever see the uniform 403.

use std::io::Read;

use anyhow::Context;
use clap::Subcommand;
use greenroom_domain::limits::TOKEN_MAX_BYTES;
use greenroom_rooms::token_report::{Finding, Outcome, Records, TokenReport};
use greenroom_token::{VerifyPolicy, explain};

use super::{block_on, edges, say};
use crate::app::open_store;
use crate::cli::{ConfigArgs, Failure};
use crate::key_dir::KeyDir;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Say which check a token fails, and what stands in it.
    Explain {
        #[command(flatten)]
        config: ConfigArgs,
        /// The token; `-` reads it from standard input, which keeps it out of the shell's history.
        jwt: String,
    },
}

pub(crate) fn run(command: TokenCommand) -> Result<(), Failure> {
    let TokenCommand::Explain { config, jwt } = command;
    let settings = config.settings()?;
    let now = edges().clock.now();
    let jwt = if jwt == "-" { read_token()? } else { jwt };
    let policy = VerifyPolicy::new(settings.tokens.leeway_secs).map_err(anyhow::Error::from)?;
    block_on(async {
        let ring = KeyDir::new(&settings.data)
            .load()
            .with_context(|| format!("no server has run on {}", settings.data.display()))?;
        let explanation = explain(&ring, jwt.trim(), &policy, now);
        say(explanation.to_string().trim_end());
        if let Ok(token) = explanation.result().copied() {
            let store = open_store(&settings.data).await?;
            let records = Records::in_store(&*store, &token, now).await;
            store.close().await;
            let records = records.map_err(anyhow::Error::from)?;
            let report = TokenReport::new(explanation, Some(&records), None);
            report.findings().iter().for_each(show);
        }
        Ok(())
    })
}

fn show(finding: &Finding) {
    match finding.outcome {
        Outcome::Passed => say(format!("passed       {}", finding.text)),
        Outcome::Failed => say(format!("FAILED       {}", finding.text)),
        Outcome::Skipped => {}
    }
}

fn read_token() -> anyhow::Result<String> {
    let mut text = String::new();
    let most = u64::try_from(TOKEN_MAX_BYTES * 2).unwrap_or(u64::MAX);
    std::io::stdin()
        .take(most)
        .read_to_string(&mut text)
        .context("cannot read standard input")?;
    Ok(text)
}
