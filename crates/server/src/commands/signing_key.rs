//! `greenroom signing-key list|rotate|revoke`: in force on a running server within a second.

use clap::Subcommand;
use greenroom_rooms::audit;
use greenroom_rooms::key_keeper::KeyChange;
use greenroom_token::{KeyEntry, KeyId, KeyRing, SigningKey};

use super::{edges, say};
use crate::cli::{ConfigArgs, Failure};
use crate::key_dir::KeyDir;
use crate::{data_dir, logging};

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
        // One id in 64 begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: KeyId,
    },
}

pub(crate) fn run(command: &SigningKeyCommand) -> Result<(), Failure> {
    let edges = edges();
    let now = edges.clock.now();
    let (SigningKeyCommand::List { config }
    | SigningKeyCommand::Rotate { config }
    | SigningKeyCommand::Revoke { config, .. }) = command;
    let settings = config.settings()?;
    logging::start_in_command(&settings.log).map_err(|error| Failure::Usage(error.into()))?;
    let data = settings.data;
    let change = match command {
        SigningKeyCommand::List { .. } => None,
        SigningKeyCommand::Rotate { .. } => Some(KeyChange::Rotate),
        SigningKeyCommand::Revoke { kid, .. } => Some(KeyChange::Revoke(*kid)),
    };
    let outcome: anyhow::Result<KeyRing> = (|| {
        data_dir::ensure(&data)?;
        let keys = KeyDir::new(&data);
        let ring = keys.open(&*edges.entropy, now)?;
        let Some(change) = change else {
            return Ok(ring);
        };
        let fresh = SigningKey::generate(&*edges.entropy)?;
        Ok(keys.change(|ring| Ok(change.apply(&ring, fresh, now)?))?)
    })();
    let ring = outcome?;
    match change {
        None => {}
        Some(KeyChange::Rotate) => audit::signing_key_rotated(None, ring.active().kid()),
        Some(KeyChange::Revoke(kid)) => audit::signing_key_revoked(None, kid),
    }
    show(&ring);
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
