//! Starts a server and stops it: binds, serves, keeps house, and on a signal finishes what is under way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use greenroom_domain::Timestamp;
use greenroom_rooms::history::Recorder;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::health::Health;
use crate::listener::{Listener, Serving};
use crate::tls::{Source, Tls};

/// How often the key ring and other processes' writes are looked at. Revoking a signing key is in
/// force within this time.
const WATCH_INTERVAL: Duration = Duration::from_millis(200);
/// How often certificates are looked at.
const TLS_INTERVAL: Duration = Duration::from_secs(2);
/// How often uses of API keys are written down and expired revocations forgotten.
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(60);

/// How long the last of the history may take to be written.
const HISTORY_LIMIT: Duration = Duration::from_secs(5);

/// How long the last spans may take to be sent.
const TRACES_LIMIT: Duration = Duration::from_secs(5);

/// How long the media threads may take to end. Each looks at least every second whether it should.
const MEDIA_STOP_LIMIT: Duration = Duration::from_secs(3);

/// A server that listens and serves.
pub struct Server {
    app: Arc<App>,
    addresses: Addresses,
    work: JoinSet<()>,
    /// Writes the history down until it is closed.
    recorder: JoinHandle<()>,
    /// Sends traces, if there are any, until it is told that there are no more.
    exporter: Option<(CancellationToken, JoinHandle<()>)>,
    shutdown_timeout: Duration,
}

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// HTTP.
    pub http: SocketAddr,
    /// HTTPS, if there is such a listener.
    pub https: Option<SocketAddr>,
    /// Metrics, if they have a listener of their own.
    pub metrics: Option<SocketAddr>,
}

impl Server {
    /// Binds all listeners and starts serving. `tls` says where the certificate comes from, if there is a
    /// TLS listener.
    pub async fn start(mut app: App, tls: Option<Source>) -> anyhow::Result<Self> {
        let exporter = app.take_exporter();
        let app = Arc::new(app);
        let settings = app.settings();
        let serving = Serving {
            connections: Arc::new(Semaphore::new(settings.connections_max)),
            connections_max: settings.connections_max,
            stopping: app.stopping.clone(),
            tasks: app.tasks.clone(),
        };
        let tls = tls.map(Tls::open).transpose()?.map(Arc::new);
        let http = bind("listen", settings.listen, None).await?;
        let https = match (settings.tls_listen, &tls) {
            (Some(address), Some(tls)) => {
                Some(bind("tls_listen", address, Some(Arc::clone(tls))).await?)
            }
            (_, None) | (None, _) => None,
        };
        let metrics = match settings.metrics_listen {
            Some(address) => Some(bind("metrics_listen", address, None).await?),
            None => None,
        };
        let addresses = Addresses {
            http: http.address()?,
            https: https.as_ref().map(Listener::address).transpose()?,
            metrics: metrics.as_ref().map(Listener::address).transpose()?,
        };
        app.engine.log_addresses();
        let recorder = Recorder::new(
            Arc::clone(&app.history),
            Arc::clone(&app.store),
            Arc::clone(&app.new_events),
        );
        recorder.resume().await?;
        let shutdown_timeout = Duration::from_secs(settings.shutdown_timeout_secs);
        let dispatcher = app.dispatcher()?;
        let (public, apart) = app.routers(metrics.is_some());
        let mut work = JoinSet::new();
        work.spawn(http.serve(public.clone(), serving.clone()));
        if let Some(https) = https {
            work.spawn(https.serve(public, serving.clone()));
        }
        if let (Some(metrics), Some(router)) = (metrics, apart) {
            work.spawn(metrics.serve(router, serving));
        }
        work.spawn(dispatcher.run(shutdown_timeout));
        work.spawn(watch(Arc::clone(&app)));
        work.spawn(keep_house(Arc::clone(&app)));
        if let Some(tls) = tls {
            work.spawn(watch_certificate(tls, app.stopping.clone()));
        }
        Ok(Self {
            app,
            addresses,
            work,
            recorder: tokio::spawn(recorder.run()),
            exporter: exporter.map(|exporter| {
                let no_more = CancellationToken::new();
                let running = tokio::spawn(exporter.run(no_more.clone()));
                (no_more, running)
            }),
            shutdown_timeout,
        })
    }

    /// Where it listens.
    pub const fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// What its health is judged by.
    pub(crate) fn health(&self) -> Health {
        self.app.health()
    }

    /// How long a graceful stop may take at most.
    pub(crate) fn stop_limit(&self) -> Duration {
        // The store's own end is quick; the rest is to spare.
        self.shutdown_timeout.saturating_mul(2).saturating_add(
            HISTORY_LIMIT + MEDIA_STOP_LIMIT + TRACES_LIMIT + Duration::from_secs(10),
        )
    }

    /// Stops gracefully: takes no new connection, finishes requests, closes WebSockets with 1001; after
    /// the deadline the rest is dropped.
    pub async fn stop(mut self) {
        self.app.stopping.cancel();
        // Before their connections end, so that the record says why people left.
        self.app.history.close();
        self.app.tasks.close();
        let drained = tokio::time::timeout(self.shutdown_timeout, self.app.tasks.wait()).await;
        if drained.is_err() {
            tracing::warn!(
                left = self.app.tasks.len(),
                "stopping with connections still open"
            );
        }
        while self.work.join_next().await.is_some() {}
        let written = tokio::time::timeout(HISTORY_LIMIT, &mut self.recorder).await;
        if written.is_err() {
            self.recorder.abort();
            tracing::error!("the end of the history could not be written in time");
        }
        if let Err(error) = self.app.api_keys.flush_uses().await {
            tracing::warn!(%error, "the last uses of API keys could not be written");
        }
        self.app.rotations.save_uses().await;
        self.app.store.close().await;
        self.stop_media().await;
        if let Some((no_more, mut running)) = self.exporter.take() {
            no_more.cancel();
            if tokio::time::timeout(TRACES_LIMIT, &mut running)
                .await
                .is_err()
            {
                running.abort();
                tracing::warn!("the last spans could not be sent in time");
            }
        }
    }

    /// Ends the media threads. By now all rooms are closed, and their connections with them.
    async fn stop_media(&self) {
        let engine = Arc::clone(&self.app.engine);
        let stopped = tokio::task::spawn_blocking(move || engine.stop(MEDIA_STOP_LIMIT)).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(%error, "stopping all the same");
        }
    }
}

async fn bind(
    setting: &str,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
) -> anyhow::Result<Listener> {
    Listener::bind(address, tls)
        .await
        .with_context(|| format!("cannot listen on {address} (`{setting}`)"))
}

/// Puts in force what other processes changed: signing keys, API keys, revocations, rooms.
async fn watch(app: Arc<App>) {
    let mut ring_version = app.opened.ring;
    let mut foreign_changes = app.opened.foreign_changes;
    every(WATCH_INTERVAL, &app.stopping.clone(), async move || {
        let version = app.key_dir.version();
        if version != ring_version {
            ring_version = version;
            if let Err(error) = app.key_keeper.reload().await {
                tracing::error!(%error, "the changed signing keys cannot be used; the old ones stay");
            }
        }
        if let Err(error) = app.store.look_for_foreign_changes().await {
            tracing::warn!(%error, "cannot see whether another process has written");
        }
        let changes = app.store.foreign_changes();
        if changes != foreign_changes {
            foreign_changes = changes;
            if let Err(error) = app.revocations.reload(app.edges.clock.now()).await {
                tracing::error!(%error, "revocations could not be read again");
            }
            if let Err(error) = app.directory.recheck_live().await {
                tracing::error!(%error, "live rooms could not be looked at again");
            }
        }
    })
    .await;
}

async fn keep_house(app: Arc<App>) {
    every(
        HOUSEKEEPING_INTERVAL,
        &app.stopping.clone(),
        async move || {
            if let Err(error) = app.api_keys.flush_uses().await {
                tracing::warn!(%error, "uses of API keys could not be written");
            }
            let now = app.edges.clock.now();
            if let Err(error) = app.revocations.forget_expired(now).await {
                tracing::warn!(%error, "expired revocations could not be forgotten");
            }
            app.rotations.save_uses().await;
            if let Err(error) = app.rotations.forget_expired(now).await {
                tracing::warn!(%error, "expired rotations could not be forgotten");
            }
            forget_webhooks(&app, now).await;
            let expired = app.keys.ring().expire(now);
            if expired.is_some() {
                // Also removes the files of keys that are gone; the watch then puts the new ring in force.
                let changed = app
                    .key_dir
                    .change(|ring| Ok(ring.expire(now).unwrap_or(ring)));
                if let Err(error) = changed {
                    tracing::warn!(%error, "a retired signing key could not be removed");
                }
            }
        },
    )
    .await;
}

async fn forget_webhooks(app: &App, now: Timestamp) {
    let settings = &app.settings().webhooks;
    let (keep, keep_dead) = (settings.keep_days, settings.keep_dead_days());
    let forgotten =
        greenroom_webhooks::dispatcher::forget_old(&*app.store, now, keep, keep_dead).await;
    if let Err(error) = forgotten {
        tracing::warn!(%error, "old webhooks could not be forgotten");
    }
}

async fn watch_certificate(tls: Arc<Tls>, stopping: CancellationToken) {
    let mut version = tls.opened_version();
    every(TLS_INTERVAL, &stopping, async move || {
        let now = tls.version();
        if now == version {
            return;
        }
        version = now;
        match tls.reload() {
            Ok(()) => tracing::info!("the certificate changed; new connections use it"),
            Err(error) => {
                tracing::error!(%error, "the changed certificate cannot be used; the old one stays");
            }
        }
    })
    .await;
}

/// Does `work` again and again until the program is to stop.
async fn every(interval: Duration, stopping: &CancellationToken, mut work: impl AsyncFnMut()) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = ticks.tick() => work().await,
        }
    }
}
