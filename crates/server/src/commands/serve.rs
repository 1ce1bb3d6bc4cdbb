//! `greenroom dev` and `greenroom serve`.

use std::fs;
use std::path::Path;

use anyhow::Context;
use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::limits::API_KEY_MAX_BYTES;
use greenroom_domain::{ApiKeyId, Timestamp};
use greenroom_rooms::audit;
use greenroom_token::api_key::{ApiKeySecret, sha256};
use secrecy::{ExposeSecret, SecretString};
use tokio::signal::unix::{SignalKind, signal};

use super::{edges, say};
use crate::app::{App, url};
use crate::cli::{Failure, ServeArgs};
use crate::config::Settings;
use crate::data_dir;
use crate::lifecycle::{Addresses, Server};
use crate::logging;
use crate::service_manager;
use crate::tls::Source;

/// The label of the key that comes from the environment.
const ENVIRONMENT_LABEL: &str = "GREENROOM_API_KEY";
/// The label of the key that `dev` makes.
const DEV_LABEL: &str = "greenroom dev";

/// Runs in production.
pub(crate) fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let settings = args.settings()?;
    if settings.tls_listen.is_some() && settings.tls_cert.is_none() {
        return Err(Failure::Usage(anyhow::anyhow!(
            "`tls_listen` needs `tls_cert` and `tls_key` (only `greenroom dev` makes a certificate by itself)"
        )));
    }
    run(settings, Mode::Production)
}

/// Runs for development.
pub(crate) fn dev(args: &ServeArgs) -> Result<(), Failure> {
    run(args.settings()?, Mode::Development)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Production,
    Development,
}

fn run(mut settings: Settings, mode: Mode) -> Result<(), Failure> {
    let allow_private = &mut settings.webhooks.allow_private;
    allow_private.get_or_insert(mode == Mode::Development);
    let visitors = &mut settings.pages.visitors;
    let lets_visitors_in = *visitors.get_or_insert(mode == Mode::Development);
    logging::start(&settings.log).map_err(|error| Failure::Usage(error.into()))?;
    let environment_key = environment_key()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    runtime.block_on(async {
        let _lock = data_dir::lock(&settings.data).map_err(anyhow::Error::from)?;
        let tls = tls_source(&settings, mode);
        let data = settings.data.clone();
        let app = App::open(settings, edges()).await?;
        if let Some(key) = &environment_key {
            replace_key(&app, ENVIRONMENT_LABEL, key.expose_secret()).await?;
        }
        let dev_key = match (mode, &environment_key) {
            (Mode::Development, None) => Some(ensure_dev_key(&app, &data).await?),
            (Mode::Development, Some(_)) | (Mode::Production, _) => None,
        };
        let mut stop = StopSignals::listen()?;
        let server = Server::start(app, tls).await?;
        announce(server.addresses());
        if mode == Mode::Development {
            welcome(server.addresses(), dev_key.as_ref(), lets_visitors_in);
        }
        let reports = tokio::spawn(service_manager::report(server.health()));
        stop.first().await;
        tracing::info!("stopping");
        reports.abort();
        service_manager::stopping(server.stop_limit());
        tokio::select! {
            () = server.stop() => {}
            () = stop.first() => tracing::warn!("stopped at once by a second signal"),
        }
        Ok(())
    })
}

fn tls_source(settings: &Settings, mode: Mode) -> Option<Source> {
    settings.tls_listen?;
    match (&settings.tls_cert, &settings.tls_key) {
        (Some(cert), Some(key)) => Some(Source::Files {
            cert: cert.clone(),
            key: key.clone(),
        }),
        (None, _) | (_, None) => (mode == Mode::Development).then_some(Source::SelfSigned),
    }
}

/// The ready API key for the first account, from the environment.
fn environment_key() -> Result<Option<SecretString>, Failure> {
    let Ok(key) = std::env::var(ENVIRONMENT_LABEL) else {
        return Ok(None);
    };
    let key = SecretString::from(key);
    if is_api_key(key.expose_secret()) {
        return Ok(Some(key));
    }
    Err(Failure::Usage(anyhow::anyhow!(
        "GREENROOM_API_KEY must begin with KEY and have 20 to {API_KEY_MAX_BYTES} visible ASCII characters"
    )))
}

/// Whether a text can be an API key.
fn is_api_key(text: &str) -> bool {
    (20..=API_KEY_MAX_BYTES).contains(&text.len())
        && text.starts_with("KEY")
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Makes `text` the one key of `label`: an earlier one of that label is revoked.
async fn replace_key(app: &App, label: &str, text: &str) -> anyhow::Result<()> {
    let now = app.edges.clock.now();
    let account = super::api_key::ensure_first_account(&*app.store, &app.edges).await?;
    let digest = sha256(text);
    let same_label = app.store.api_keys(Some(account)).await?;
    let same_label = same_label
        .into_iter()
        .filter(|key| key.label == label && key.revoked_at.is_none());
    let (current, earlier): (Vec<_>, Vec<_>) = same_label.partition(|key| key.sha256 == digest);
    if !current.is_empty() && earlier.is_empty() {
        return Ok(());
    }
    let mut work = app.store.begin().await?;
    for key in &earlier {
        work.revoke_api_key(key.id, now).await?;
    }
    let mut created = None;
    if current.is_empty() {
        let prefix = ApiKeyPrefix::of_key(text).context("the API key is too short")?;
        let id = ApiKeyId::random(&*app.edges.entropy);
        work.add_api_key(&new_key(id, account, label, prefix, digest, now))
            .await?;
        created = Some(id);
    }
    work.commit().await?;
    for key in earlier {
        audit::api_key_revoked(key.id);
    }
    if let Some(id) = created {
        audit::api_key_created(id, account);
    }
    Ok(())
}

fn new_key(
    id: ApiKeyId,
    account_id: greenroom_domain::AccountId,
    label: &str,
    prefix: ApiKeyPrefix,
    sha256: [u8; 32],
    created_at: Timestamp,
) -> ApiKey {
    ApiKey {
        id,
        account_id,
        label: label.to_owned(),
        prefix,
        sha256,
        created_at,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}

/// The key that `dev` shows: kept in a private file, so that it stays the same from start to start.
async fn ensure_dev_key(app: &App, data: &Path) -> anyhow::Result<SecretString> {
    let path = data.join("dev-api-key");
    let kept = match fs::read_to_string(&path) {
        Ok(text) => Some(text.trim().to_owned()).filter(|text| is_api_key(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let key = if let Some(key) = kept {
        SecretString::from(key)
    } else {
        let key = ApiKeySecret::generate(&*app.edges.entropy);
        data_dir::replace(&path, key.expose().as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
        SecretString::from(key.expose().to_owned())
    };
    replace_key(app, DEV_LABEL, key.expose_secret()).await?;
    Ok(key)
}

/// Says where it listens, for people and for scripts.
fn announce(addresses: Addresses) {
    say(format!("listening on {}", url("http", addresses.http)));
    if let Some(https) = addresses.https {
        say(format!("listening on {}", url("https", https)));
    }
    if let Some(metrics) = addresses.metrics {
        say(format!("metrics on {}/metrics", url("http", metrics)));
    }
}

fn welcome(addresses: Addresses, key: Option<&SecretString>, lets_visitors_in: bool) {
    let base = url("http", addresses.http);
    // What stands behind the `#` stays in the browser; it reaches neither the server nor its log.
    let fragment = key.map_or_else(String::new, |key| format!("#key={}", key.expose_secret()));
    let key = key.map_or("$GREENROOM_API_KEY", ExposeSecret::expose_secret);
    // Without visitors the page needs the key as well.
    let to_meet = if lets_visitors_in { "" } else { &fragment };
    say(format!(
        "
Greenroom is running. Everything is kept in the data directory; stop with Ctrl-C.

Join a call, and open it in a second tab or send somebody the link:

  open {base}/{to_meet}

See what goes on:

  open {base}/console{fragment}

For programs:

  export TELNYX_BASE_URL={base}/v2
  export TELNYX_API_KEY={key}

Make a room and get a token for it:

  curl -s -X POST $TELNYX_BASE_URL/rooms -H \"Authorization: Bearer $TELNYX_API_KEY\" \\
       -H 'Content-Type: application/json' -d '{{\"unique_name\": \"standup\"}}'
  curl -s -X POST $TELNYX_BASE_URL/rooms/ROOM_ID/actions/generate_join_client_token \\
       -H \"Authorization: Bearer $TELNYX_API_KEY\"

The API to browse: {base}/docs
"
    ));
}

/// SIGINT and SIGTERM.
struct StopSignals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl StopSignals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn first(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
