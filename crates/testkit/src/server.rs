//! The real server inside the test's process.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use greenroom_domain::{AccountId, Clock, FamilyId, Timestamp};
use greenroom_server::app::{App, Edges, open_store};
use greenroom_server::config::Settings;
use greenroom_server::data_dir::{self, DataDirLock};
use greenroom_server::key_dir::KeyDir;
use greenroom_server::lifecycle::{Addresses, Server};
use greenroom_store::Store;
use greenroom_token::{KeyRing, SigningKey};
use tempfile::TempDir;

use crate::account::Account;
use crate::client::Client;
use crate::clock::FakeClock;
use crate::door::Door;
use crate::entropy::SeededEntropy;
use crate::raw::RawConnection;

/// A server over real loopback ports, with its own data directory. It goes away with the test's runtime.
pub struct TestServer {
    clock: Arc<FakeClock>,
    settings: Settings,
    _folder: TempDir,
    running: Option<Running>,
    addresses: Addresses,
    /// A second instance of the store, as another process on the same data directory has one.
    other_process: Arc<dyn Store>,
    starts: u64,
}

struct Running {
    server: Server,
    _lock: DataDirLock,
}

/// How a [`TestServer`] is to be.
pub struct TestServerBuilder {
    clock: FakeClock,
    settings: Settings,
}

impl TestServerBuilder {
    /// Runs on this clock.
    #[must_use]
    pub fn clock(mut self, clock: FakeClock) -> Self {
        self.clock = clock;
        self
    }

    /// Changes settings.
    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Starts the server.
    pub async fn start(self) -> TestServer {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            data: folder.path().join("data"),
            ..self.settings
        };
        let clock = Arc::new(self.clock);
        let (running, addresses) = run(&settings, &clock, 0).await.unwrap();
        TestServer {
            other_process: open_store(&settings.data).await.unwrap(),
            clock,
            settings,
            _folder: folder,
            running: Some(running),
            addresses,
            starts: 1,
        }
    }
}

async fn run(
    settings: &Settings,
    clock: &Arc<FakeClock>,
    starts: u64,
) -> anyhow::Result<(Running, Addresses)> {
    let lock = data_dir::lock(&settings.data)?;
    let edges = Edges {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        entropy: Arc::new(SeededEntropy::new(starts)),
    };
    // On the heap: they would make every test that starts a server large.
    let app = Box::pin(App::open(settings.clone(), edges)).await?;
    let server = Box::pin(Server::start(app, None)).await?;
    let addresses = server.addresses();
    let running = Running {
        server,
        _lock: lock,
    };
    Ok((running, addresses))
}

impl TestServer {
    /// Starts a server with the default settings and a clock that stands at [`FakeClock::START`].
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// The same with other settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::builder().settings(change).start().await
    }

    /// Says how a server is to be.
    pub fn builder() -> TestServerBuilder {
        TestServerBuilder {
            clock: FakeClock::default(),
            settings: Settings {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                ..Settings::default()
            },
        }
    }

    /// Its clock.
    pub fn clock(&self) -> &FakeClock {
        &self.clock
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.settings.data
    }

    /// Where it listens for HTTP.
    pub const fn address(&self) -> SocketAddr {
        self.addresses.http
    }

    /// Where its metrics are, if they have a listener of their own.
    pub const fn metrics_address(&self) -> Option<SocketAddr> {
        self.addresses.metrics
    }

    /// A client without API key.
    pub fn anyone(&self) -> Client {
        Client::anonymous(self.address())
    }

    /// Makes an account of that name, with an API key.
    pub async fn account(&self, name: &str) -> Account {
        Account::create(self.store(), name, &self.anyone(), self.clock.now()).await
    }

    /// Gives an account a further API key of any text.
    pub async fn add_key(
        &self,
        account: AccountId,
        key: &str,
        expires_at: Option<Timestamp>,
    ) -> Account {
        let (client, now) = (self.anyone(), self.clock.now());
        let entropy = SeededEntropy::named(key);
        Account::add_key(
            self.store(),
            account,
            key,
            expires_at,
            &client,
            now,
            &entropy,
        )
        .await
    }

    /// Opens the WebSocket of a room's door.
    pub async fn door(&self, room_id: &str) -> Door {
        Door::open(self.address(), room_id).await
    }

    /// Opens a raw connection.
    pub async fn raw(&self) -> RawConnection {
        RawConnection::open(self.address()).await
    }

    /// The store as another process on the same data directory has it.
    pub fn store(&self) -> &dyn Store {
        &*self.other_process
    }

    /// Puts a family on record as revoked, as another process would; the server notices within its
    /// watch interval.
    pub async fn revoke_family(&self, family: FamilyId) {
        let until = self.clock.now().saturating_add_secs(90_000);
        let mut work = self.store().begin().await.unwrap();
        work.revoke_family(family, until).await.unwrap();
        work.commit().await.unwrap();
    }

    /// The signing keys on disk.
    pub fn key_dir(&self) -> KeyDir {
        KeyDir::new(self.data())
    }

    /// The key ring on disk.
    pub fn key_ring(&self) -> KeyRing {
        self.key_dir().load().unwrap()
    }

    /// Changes the key ring on disk as the command line does; `fresh` names the new key. The server
    /// notices within its watch interval.
    pub fn change_keys(
        &self,
        fresh: &str,
        change: impl FnOnce(&KeyRing, SigningKey) -> KeyRing,
    ) -> KeyRing {
        let fresh = SigningKey::generate(&SeededEntropy::named(fresh)).unwrap();
        self.key_dir()
            .change(|ring| Ok(change(&ring, fresh)))
            .unwrap()
    }

    /// Stops it gracefully.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.server.stop().await;
        }
        self.other_process.close().await;
    }

    /// Starts it again after [`Self::stop`], on the same data directory. The port is another one.
    pub async fn start_again(&mut self) {
        let started = run(&self.settings, &self.clock, self.starts).await;
        let (running, addresses) = started.unwrap();
        self.starts += 1;
        self.running = Some(running);
        self.addresses = addresses;
        self.other_process = open_store(&self.settings.data).await.unwrap();
    }

    /// Tries to start another server on the same data directory.
    pub async fn try_start_beside(&self) -> anyhow::Result<()> {
        run(&self.settings, &self.clock, self.starts).await?;
        Ok(())
    }
}
