//! From a target to a connection, by addresses that may be dialled.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

use crate::network::{NetworkPolicy, RefusedAddress};
use crate::target::Target;

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 4;
/// How long one address may take to be connected to, unless it is the last one.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// Names that are looked up at a time. A look-up occupies a thread of the runtime until the system gives up, which may
/// be long after the delivery has.
const LOOKUPS_MAX: usize = 32;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The name has no address now.
    #[error("the name cannot be resolved: {0}")]
    Resolve(io::Error),
    /// The name has no address at all.
    #[error("the name has no address")]
    NoAddress,
    /// None of its addresses may be dialled.
    #[error(transparent)]
    Refused(#[from] RefusedAddress),
    /// None of its addresses can be connected to.
    #[error("no connection to {0}: {1}")]
    Connect(SocketAddr, io::Error),
    /// TLS failed, most often because of the certificate.
    #[error("no TLS: {0}")]
    Tls(io::Error),
    /// The name cannot stand in a certificate.
    #[error("a name that no certificate can have")]
    NoServerName,
}

/// Finds the addresses of names.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// The addresses of `name`.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
#[derive(Debug)]
pub struct SystemResolver(Arc<Semaphore>);

impl Default for SystemResolver {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOOKUPS_MAX)))
    }
}

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let place = Arc::clone(&self.0)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let name = name.to_owned();
        // In a task of its own, so that the place is held for as long as the look-up takes.
        let lookup = tokio::spawn(async move {
            let found = lookup_host((name, 0)).await;
            drop(place);
            found.map(|addresses| addresses.map(|address| address.ip()).collect())
        });
        lookup.await.map_err(io::Error::other)?
    }
}

/// Dials targets.
pub struct Dialer {
    policy: NetworkPolicy,
    resolver: Arc<dyn Resolve>,
    tls: TlsConnector,
}

impl Dialer {
    /// Dials what `policy` lets it; certificates are checked by the system's roots, or by Mozilla's where the system
    /// has none.
    pub fn new(policy: NetworkPolicy, resolver: Arc<dyn Resolve>) -> Result<Self, rustls::Error> {
        Self::trusting(policy, resolver, roots())
    }

    /// The same with these roots.
    pub fn trusting(
        policy: NetworkPolicy,
        resolver: Arc<dyn Resolve>,
        roots: RootCertStore,
    ) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            policy,
            resolver,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// A connection to `target`.
    pub(super) async fn dial(&self, target: &Target) -> Result<Stream, DialError> {
        let stream = self.connect(target).await?;
        // One small request and its answer: nothing to wait for. A socket that cannot be told works all the same.
        let _ = stream.set_nodelay(true);
        if !target.tls {
            return Ok(Stream::Plain(stream));
        }
        let name = match &target.host {
            Host::Domain(name) => {
                ServerName::try_from(name.clone()).map_err(|_| DialError::NoServerName)?
            }
            Host::Ipv4(address) => ServerName::from(IpAddr::V4(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::V6(*address)),
        };
        let stream = self.tls.connect(name, stream).await;
        stream
            .map(|stream| Stream::Tls(Box::new(stream)))
            .map_err(DialError::Tls)
    }

    async fn connect(&self, target: &Target) -> Result<TcpStream, DialError> {
        let addresses = self.addresses(&target.host).await?;
        let last = addresses.len() - 1;
        let mut failure = DialError::NoAddress;
        for (at, ip) in addresses.into_iter().enumerate() {
            let address = SocketAddr::new(ip, target.port);
            let connecting = TcpStream::connect(address);
            let connected = if at == last {
                connecting.await
            } else {
                timeout(CONNECT_LIMIT, connecting)
                    .await
                    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            };
            match connected {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = DialError::Connect(address, error),
            }
        }
        Err(failure)
    }

    /// The addresses of `host` that may be dialled: at least one.
    async fn addresses(&self, host: &Host<String>) -> Result<Vec<IpAddr>, DialError> {
        let found = match host {
            Host::Domain(name) => self
                .resolver
                .resolve(name)
                .await
                .map_err(DialError::Resolve)?,
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
        };
        let mut refused = None;
        let mut allowed = Vec::with_capacity(ADDRESSES_MAX);
        for address in found {
            match self.policy.check(address) {
                Ok(()) if allowed.len() < ADDRESSES_MAX => allowed.push(address),
                Ok(()) => break,
                Err(refusal) => refused = Some(refusal),
            }
        }
        match refused {
            _ if !allowed.is_empty() => Ok(allowed),
            Some(refusal) => Err(refusal.into()),
            None => Err(DialError::NoAddress),
        }
    }
}

fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::info!("the system has no root certificates; receivers are checked by Mozilla's");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

/// A connection with or without TLS.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}
