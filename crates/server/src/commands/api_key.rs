//! `greenroom api-key create|list|revoke`: in force on a running server at once.

use clap::Subcommand;
use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::limits::API_KEY_LABEL_MAX_CHARS;
use greenroom_domain::{AccountId, ApiKeyId, Timestamp};
use greenroom_rooms::audit;
use greenroom_store::{Account, Store};
use greenroom_token::api_key::ApiKeySecret;

use super::{block_on, edges, say};
use crate::app::{Edges, open_store};
use crate::cli::{ConfigArgs, Failure};
use crate::{data_dir, logging};

const SECS_PER_DAY: i64 = 86_400;

#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeyCommand {
    /// Make a key. It is shown this once and kept nowhere.
    Create {
        #[command(flatten)]
        config: ConfigArgs,
        /// What the key is for.
        #[arg(long, default_value = "")]
        label: String,
        /// The account it is for [default: the first one]
        #[arg(long, value_name = "ID", conflicts_with = "new_account")]
        account: Option<AccountId>,
        /// Make a new account for it, whose rooms other accounts do not see.
        #[arg(long)]
        new_account: bool,
        /// Let it expire by itself.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
        expires_in_days: Option<u16>,
    },
    /// List the keys.
    List {
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Revoke a key.
    Revoke {
        #[command(flatten)]
        config: ConfigArgs,
        /// The key's id, as `list` shows it.
        id: ApiKeyId,
    },
}

pub(crate) fn run(command: ApiKeyCommand) -> Result<(), Failure> {
    let edges = edges();
    match command {
        ApiKeyCommand::Create {
            config,
            label,
            account,
            new_account,
            expires_in_days,
        } => {
            if label.chars().count() > API_KEY_LABEL_MAX_CHARS {
                return Err(Failure::Usage(anyhow::anyhow!(
                    "the label must have at most {API_KEY_LABEL_MAX_CHARS} characters"
                )));
            }
            with_store(&config, async |store| {
                let account = match account {
                    Some(account) => account,
                    None if new_account => add_account(store, &edges).await?,
                    None => ensure_first_account(store, &edges).await?,
                };
                create(store, &edges, account, label, expires_in_days).await
            })
        }
        ApiKeyCommand::List { config } => with_store(&config, list),
        ApiKeyCommand::Revoke { config, id } => {
            with_store(&config, async |store| revoke(store, &edges, id).await)
        }
    }
}

pub(crate) fn with_store(
    config: &ConfigArgs,
    work: impl AsyncFnOnce(&dyn Store) -> anyhow::Result<()>,
) -> Result<(), Failure> {
    let settings = config.settings()?;
    logging::start_in_command(&settings.log).map_err(|error| Failure::Usage(error.into()))?;
    block_on(async {
        data_dir::ensure(&settings.data).map_err(anyhow::Error::from)?;
        let store = open_store(&settings.data).await?;
        let outcome = work(&*store).await;
        store.close().await;
        Ok(outcome?)
    })
}

async fn create(
    store: &dyn Store,
    edges: &Edges,
    account_id: AccountId,
    label: String,
    expires_in_days: Option<u16>,
) -> anyhow::Result<()> {
    let known = store.api_keys(Some(account_id)).await?;
    let secret = ApiKeySecret::generate(&*edges.entropy);
    let prefix = ApiKeyPrefix::of_key(secret.expose())
        .ok_or_else(|| anyhow::anyhow!("the new key has no prefix"))?;
    let now = edges.clock.now();
    let lifetime_secs = expires_in_days.map(|days| i64::from(days) * SECS_PER_DAY);
    let key = ApiKey {
        id: ApiKeyId::random(&*edges.entropy),
        account_id,
        label,
        prefix,
        sha256: secret.sha256(),
        created_at: now,
        expires_at: lifetime_secs.map(|secs| now.saturating_add_secs(secs)),
        revoked_at: None,
        last_used_at: None,
    };
    let mut work = store.begin().await?;
    work.add_api_key(&key).await?;
    work.commit().await?;
    audit::api_key_created(key.id, key.account_id);
    say(format!("id       {}", key.id));
    say(format!("account  {}", key.account_id));
    say(format!("key      {}", secret.expose()));
    if known.is_empty() {
        say("The first key of this account. Keep it safe: it is not shown again.");
    } else {
        say("Keep it safe: it is not shown again.");
    }
    Ok(())
}

async fn list(store: &dyn Store) -> anyhow::Result<()> {
    let keys = store.api_keys(None).await?;
    if keys.is_empty() {
        say("There are no keys. Make one with: greenroom api-key create");
        return Ok(());
    }
    say(format!(
        "{:36}  {:36}  {:12}  {:20}  {:20}  {:9}  label",
        "id", "account", "prefix", "created", "last used", "state"
    ));
    for key in keys {
        let state = match (key.revoked_at, key.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(_)) => "expiring",
            (None, None) => "usable",
        };
        let last_used = key
            .last_used_at
            .map_or_else(|| "never".to_owned(), Timestamp::to_rfc3339_secs);
        say(format!(
            "{}  {}  {:12}  {}  {last_used:20}  {state:9}  {}",
            key.id,
            key.account_id,
            key.prefix.as_str(),
            key.created_at.to_rfc3339_secs(),
            key.label,
        ));
    }
    Ok(())
}

async fn revoke(store: &dyn Store, edges: &Edges, id: ApiKeyId) -> anyhow::Result<()> {
    let mut work = store.begin().await?;
    if !work.revoke_api_key(id, edges.clock.now()).await? {
        anyhow::bail!("there is no key {id} that is not revoked yet");
    }
    work.commit().await?;
    audit::api_key_revoked(id);
    say(format!(
        "revoked {id}; a running server refuses it from now on"
    ));
    Ok(())
}

/// The first account; made if there is none.
pub(crate) async fn ensure_first_account(
    store: &dyn Store,
    edges: &Edges,
) -> anyhow::Result<AccountId> {
    match store.first_account().await? {
        Some(account) => Ok(account.id),
        None => add_account(store, edges).await,
    }
}

async fn add_account(store: &dyn Store, edges: &Edges) -> anyhow::Result<AccountId> {
    let account = Account {
        id: AccountId::random(&*edges.entropy),
        created_at: edges.clock.now(),
    };
    let mut work = store.begin().await?;
    work.add_account(&account).await?;
    work.commit().await?;
    Ok(account.id)
}
