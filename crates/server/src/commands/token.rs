//! `greenroom token explain JWT`: which check fails. Clients only ever see the uniform 403.

use std::io::Read;

use anyhow::Context;
use clap::Subcommand;
use greenroom_domain::Timestamp;
use greenroom_domain::limits::TOKEN_MAX_BYTES;
use greenroom_domain::rotation::{Decision, Generation, Rotation};
use greenroom_store::Store;
use greenroom_token::{TokenType, VerifiedToken, VerifyPolicy, explain};

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
        if let Ok(token) = explanation.result() {
            let store = open_store(&settings.data).await?;
            let outcome = check_records(&*store, token, now).await;
            store.close().await;
            outcome?;
        }
        Ok(())
    })
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

/// What a valid token can still be refused for: its room, its family, and its turn if refresh tokens rotate.
async fn check_records(
    store: &dyn Store,
    token: &VerifiedToken,
    now: Timestamp,
) -> anyhow::Result<()> {
    let grant = token.grant();
    let room = store.room(grant.room_id()).await?;
    say(match room {
        Some(room) if grant.opens(&room) => "passed       the room is there",
        Some(_) => "FAILED       the room belongs to another account",
        None => "FAILED       the room does not exist (any more)",
    });
    let revoked = store.revoked_families(now).await?;
    let is_revoked = revoked.iter().any(|(family, _)| *family == token.family());
    say(if is_revoked {
        "FAILED       the token's family is revoked"
    } else {
        "passed       the token's family is not revoked"
    });
    if token.rotates() {
        say(match token.token_type() {
            TokenType::Access => client_turn(store, token, now).await?,
            TokenType::Refresh => refresh_turn(store, token, now).await?,
        });
    }
    Ok(())
}

async fn client_turn(
    store: &dyn Store,
    token: &VerifiedToken,
    now: Timestamp,
) -> anyhow::Result<&'static str> {
    let revoked = store.revoked_tokens(now).await?;
    Ok(if revoked.iter().any(|(id, _)| *id == token.token_id()) {
        "FAILED       the client token was replaced: the answer it came in counted as lost"
    } else {
        "passed       the client token was not replaced"
    })
}

async fn refresh_turn(
    store: &dyn Store,
    token: &VerifiedToken,
    now: Timestamp,
) -> anyhow::Result<&'static str> {
    let standing = store.begin().await?.rotation_of(token.family()).await?;
    // What would be issued for it plays no part in the judgement.
    let next = Generation {
        refresh: token.token_id(),
        client: token.token_id(),
        client_expires_at: now,
    };
    let (decision, _) = Rotation::present(standing.as_ref(), token.token_id(), next);
    Ok(match decision {
        Decision::Rotate => "passed       the refresh token is its family's latest",
        Decision::Replace(_) => {
            "passed       the refresh token was used up, but nothing issued for it was used yet: \
             it is good once more"
        }
        Decision::Reuse => {
            "FAILED       the refresh token was used up; to present it again revokes its family"
        }
        Decision::Ended => "FAILED       a refresh token of the family was used twice",
    })
}
