//! Puts the parts together: store, keys, caches, door and routes over one data directory.

mod facts;
mod live;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::HeaderValue;
use greenroom_api::visit::Entrance;
use greenroom_api::{ApiState, CorsOrigins, TokenDesk};
use greenroom_domain::{AccountId, Clock, Entropy, Timestamp};
use greenroom_media::Engine;
use greenroom_rooms::{
    ApiKeys, Deliveries, Doorkeeper, History, KeyKeeper, Keys, Limiters, Moderator, Qualities,
    Revocations, RoomDirectory, Rotations, Stats,
};
use greenroom_signalling::Config as DoorConfig;
use greenroom_store::Store;
use greenroom_store_sqlite::SqliteStore;
use greenroom_token::VerifyPolicy;
use greenroom_webhooks::sender::{Dialer, SystemResolver};
use greenroom_webhooks::slots::Bounds;
use greenroom_webhooks::{Dispatcher, DispatcherParts, Sender, WebhookKey, WebhookStats};
use prometheus_client::registry::Registry;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::live::{Ground, Live};
use crate::commands::api_key::ensure_first_account;
use crate::config::{Settings, TokenExpiry};
use crate::health::Health;
use crate::http::door::DoorState;
use crate::http::metrics::HttpMetrics;
use crate::http::observe::ObservationParts;
use crate::http::{self, Observation};
use crate::key_dir::{KeyDir, RingVersion};
use crate::traces::Tracing;
use crate::traces::export::Exporter;
use crate::webhook_key;

/// The clocks and random numbers a server runs on.
#[derive(Clone)]
pub struct Edges {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Random numbers.
    pub entropy: Arc<dyn Entropy>,
}

/// The parts of a running server.
pub struct App {
    pub(crate) edges: Edges,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) key_dir: KeyDir,
    /// What there was before anything was read: a change since then is one to look at.
    pub(crate) opened: Opened,
    pub(crate) keys: Arc<Keys>,
    pub(crate) key_keeper: Arc<KeyKeeper>,
    pub(crate) api_keys: Arc<ApiKeys>,
    pub(crate) directory: Arc<RoomDirectory>,
    pub(crate) revocations: Arc<Revocations>,
    pub(crate) rotations: Arc<Rotations>,
    pub(crate) history: Arc<History>,
    /// Rung when there are new events to deliver.
    pub(crate) new_events: Arc<Notify>,
    /// Set when the program is to stop.
    pub(crate) stopping: CancellationToken,
    /// Every connection's task.
    pub(crate) tasks: TaskTracker,
    pub(crate) engine: Arc<Engine>,
    webhook_key: Arc<WebhookKey>,
    webhook_stats: Arc<WebhookStats>,
    tracing: Tracing,
    doorkeeper: Arc<Doorkeeper>,
    moderator: Arc<Moderator>,
    qualities: Arc<Qualities>,
    limiters: Arc<Limiters>,
    stats: Arc<Stats>,
    verify_policy: VerifyPolicy,
    cors: CorsOrigins,
    started_at: Timestamp,
    /// Whose rooms visitors meet in, if they are let in.
    visitors: Option<AccountId>,
    settings: Settings,
}

/// Versions of what other processes may change, from before it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opened {
    pub(crate) ring: Option<RingVersion>,
    pub(crate) foreign_changes: u64,
}

/// Opens the store in the data directory.
pub async fn open_store(data: &Path) -> anyhow::Result<Arc<dyn Store>> {
    Ok(Arc::new(SqliteStore::open(data).await?))
}

impl App {
    /// Opens everything in the data directory, and starts the media threads.
    pub async fn open(settings: Settings, edges: Edges) -> anyhow::Result<Self> {
        let cors = cors_origins(&settings.cors_origins)?;
        let verify_policy = VerifyPolicy::new(settings.tokens.leeway_secs)?;
        let key_dir = KeyDir::new(&settings.data);
        let now = edges.clock.now();
        let ring = key_dir.version();
        let keys = Arc::new(Keys::new(key_dir.open(&*edges.entropy, now)?));
        let webhook_key = Arc::new(webhook_key::open(&settings.data, &*edges.entropy)?);
        let store = open_store(&settings.data).await?;
        let opened = Opened {
            ring,
            foreign_changes: store.foreign_changes(),
        };

        let visitors = if settings.pages.lets_visitors_in() {
            Some(ensure_first_account(&*store, &edges).await?)
        } else {
            None
        };
        let limiters = Arc::new(Limiters::new(settings.limits.quotas()));
        let stats = Arc::new(Stats::default());
        let revocations = Arc::new(Revocations::load(Arc::clone(&store), now).await?);
        let rotations = Rotations::new(Arc::clone(&store), Arc::clone(&revocations));
        let tracing = Tracing::open(&settings.traces, &edges)?;
        let live = Live::start(&Ground {
            settings: &settings,
            edges: &edges,
            store: &store,
            keys: &keys,
            revocations: &revocations,
            rotations: &rotations,
            limiters: &limiters,
            stats: &stats,
            verify_policy,
            tracer: tracing.tracer(),
        })?;
        let key_keeper = key_keeper(&keys, &key_dir, &edges);
        Ok(Self {
            api_keys: Arc::new(ApiKeys::new(Arc::clone(&store))),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            new_events: Arc::default(),
            history: live.history,
            engine: live.engine,
            webhook_key,
            webhook_stats: Arc::new(WebhookStats::default()),
            tracing,
            edges,
            store,
            key_dir,
            opened,
            keys,
            key_keeper,
            directory: live.directory,
            revocations,
            rotations,
            doorkeeper: live.doorkeeper,
            moderator: live.moderator,
            qualities: live.qualities,
            limiters,
            stats,
            verify_policy,
            cors,
            started_at: now,
            visitors,
            settings,
        })
    }

    /// The routes of the public port, and those of the metrics port if it has one of its own.
    pub fn routers(&self, metrics_apart: bool) -> (Router, Option<Router>) {
        let mut registry = http::metrics::registry(
            Arc::clone(&self.stats),
            Arc::clone(&self.engine),
            Arc::clone(&self.webhook_stats),
            Arc::clone(&self.tracing.stats),
        );
        let observation = self.observation(&mut registry);
        let health = http::health::routes(self.health());
        let metrics = http::metrics::routes(Arc::new(registry));
        let mut public = greenroom_api::router(self.api_state(), &self.cors)
            .merge(greenroom_api::well_known(Arc::clone(&self.keys)))
            .merge(http::webhook_key::routes(&self.webhook_key.public_key()))
            .merge(http::door::routes(self.door_state()))
            .merge(http::docs::routes())
            .merge(http::pages::routes(&self.settings.pages))
            .merge(health.clone());
        if let Some(account) = self.visitors {
            let hosts = self.settings.pages.known_hosts();
            let entrance = Entrance { account, hosts };
            public = public.merge(greenroom_api::visit::routes(self.api_state(), entrance));
        }
        let mut apart = None;
        if metrics_apart {
            apart = Some(http::surround(health.merge(metrics), observation.clone()));
        } else {
            public = public.merge(metrics);
        }
        (http::surround(public, observation), apart)
    }

    /// What its health is judged by.
    pub(crate) fn health(&self) -> Health {
        Health {
            store: Arc::clone(&self.store),
            engine: Arc::clone(&self.engine),
            stats: Arc::clone(&self.stats),
            stopping: self.stopping.clone(),
        }
    }

    fn observation(&self, registry: &mut Registry) -> Observation {
        Observation(Arc::new(ObservationParts {
            metrics: HttpMetrics::register(registry),
            entropy: Arc::clone(&self.edges.entropy),
            timeout: Duration::from_secs(self.settings.request_timeout_secs),
            trusted_proxies: self.settings.trusted_proxies.clone(),
            cors: self.cors.clone(),
            log_requests: self.settings.log.requests,
            traces: self.tracing.traces.clone(),
        }))
    }

    fn api_state(&self) -> ApiState {
        ApiState {
            directory: Arc::clone(&self.directory),
            moderator: Arc::clone(&self.moderator),
            qualities: Arc::clone(&self.qualities),
            store: Arc::clone(&self.store),
            api_keys: Arc::clone(&self.api_keys),
            desk: Arc::new(TokenDesk {
                keys: Arc::clone(&self.keys),
                revocations: Arc::clone(&self.revocations),
                rotations: Arc::clone(&self.rotations),
                verify_policy: self.verify_policy,
                entropy: Arc::clone(&self.edges.entropy),
            }),
            key_keeper: Arc::clone(&self.key_keeper),
            deliveries: Deliveries::new(
                Arc::clone(&self.store),
                Arc::clone(&self.new_events),
                Arc::clone(&self.edges.clock),
            ),
            limiters: Arc::clone(&self.limiters),
            facts: Arc::new(facts::facts(&self.settings, self.started_at)),
            stats: Arc::clone(&self.stats),
            clock: Arc::clone(&self.edges.clock),
        }
    }

    fn door_state(&self) -> DoorState {
        let token_expiry = match self.settings.tokens.expiry {
            TokenExpiry::Close => greenroom_signalling::TokenExpiry::Close,
            TokenExpiry::Keep => greenroom_signalling::TokenExpiry::Keep,
        };
        DoorState {
            keeper: Arc::clone(&self.doorkeeper),
            config: DoorConfig {
                token_expiry,
                session_timeout_secs: i64::from(self.settings.sessions.timeout_secs),
            },
            clock: Arc::clone(&self.edges.clock),
            entropy: Arc::clone(&self.edges.entropy),
            stopping: self.stopping.clone(),
            tasks: self.tasks.clone(),
            tracer: self.tracing.tracer(),
        }
    }

    /// What sends traces, the first time it is asked for.
    pub(crate) const fn take_exporter(&mut self) -> Option<Exporter> {
        self.tracing.exporter.take()
    }

    /// What delivers webhooks.
    pub(crate) fn dispatcher(&self) -> anyhow::Result<Dispatcher> {
        let webhooks = &self.settings.webhooks;
        let resolver = Arc::new(SystemResolver::default());
        let sender = Sender::new(
            Dialer::new(webhooks.network_policy(), resolver)?,
            Arc::clone(&self.webhook_key),
            Arc::clone(&self.edges.clock),
            Arc::clone(&self.webhook_stats),
        );
        Ok(Dispatcher::new(DispatcherParts {
            store: Arc::clone(&self.store),
            sender: Arc::new(sender),
            retry: webhooks.retry_policy(),
            bounds: Bounds::default(),
            clock: Arc::clone(&self.edges.clock),
            entropy: Arc::clone(&self.edges.entropy),
            doorbell: Arc::clone(&self.new_events),
            stats: Arc::clone(&self.webhook_stats),
            stopping: self.stopping.clone(),
        }))
    }

    /// The settings it runs with.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
}

fn key_keeper(keys: &Arc<Keys>, cabinet: &KeyDir, edges: &Edges) -> Arc<KeyKeeper> {
    let (clock, entropy) = (Arc::clone(&edges.clock), Arc::clone(&edges.entropy));
    KeyKeeper::new(Arc::clone(keys), Arc::new(cabinet.clone()), clock, entropy)
}

fn cors_origins(origins: &[String]) -> anyhow::Result<CorsOrigins> {
    let values = origins.iter().map(|origin| {
        HeaderValue::from_str(origin)
            .with_context(|| format!("`cors_origins`: {origin:?} is no origin"))
    });
    Ok(CorsOrigins(values.collect::<anyhow::Result<_>>()?))
}

/// The URL of a listener on `address`, as a browser on this machine would write it.
pub fn url(scheme: &str, address: SocketAddr) -> String {
    format!("{scheme}://{address}")
}
