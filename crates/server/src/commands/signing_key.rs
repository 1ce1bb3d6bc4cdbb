//! `greenroom signing-key list|rotate|revoke`: in force on a running server within a second.

use clap::Subcommand;
use greenroom_token::{KeyEntry, KeyId, KeyRing, SigningKey};

use super::{edges, say};
use crate::cli::{ConfigArgs, Failure};
use crate::data_dir;
use crate::key_dir::KeyDir;

#[derive(Debug, Subcommand)]
pub(crate) enum SigningKeyCommand {
    /// List the keys and their states.
    List {
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Let the next key sign. The present one retires: its tokens stay good for as long as they live.
    Rotate {
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Drop a key at once, because it may be known to others: every token it signed dies.
    Revoke {
        #[command(flatten)]
        config: ConfigArgs,
        /// The key's id, as `list` shows it.
        kid: KeyId,
    },
}

pub(crate) fn run(command: &SigningKeyCommand) -> Result<(), Failure> {
    let edges = edges();
    let now = edges.clock.now();
    let (SigningKeyCommand::List { config }
    | SigningKeyCommand::Rotate { config }
    | SigningKeyCommand::Revoke { config, .. }) = command;
    let data = config.settings()?.data;
    let outcome: anyhow::Result<KeyRing> = (|| {
        data_dir::ensure(&data)?;
        let keys = KeyDir::new(&data);
        let ring = keys.open(&*edges.entropy, now)?;
        Ok(match command {
            SigningKeyCommand::List { .. } => ring,
            SigningKeyCommand::Rotate { .. } => {
                let fresh = SigningKey::generate(&*edges.entropy)?;
                keys.change(|ring| Ok(ring.rotate(fresh, now)?))?
            }
            SigningKeyCommand::Revoke { kid, .. } => {
                let fresh = SigningKey::generate(&*edges.entropy)?;
                keys.change(|ring| Ok(ring.revoke(*kid, fresh, now)?))?
            }
        })
    })();
    show(&outcome?);
    if !matches!(command, SigningKeyCommand::List { .. }) {
        say("A running server uses these keys within a second.");
    }
    Ok(())
}

fn show(ring: &KeyRing) {
    let state = |entry: &KeyEntry| format!("{}  {}", entry.kid(), entry.state());
    for line in ring.entries().iter().map(state) {
        say(line);
    }
}
