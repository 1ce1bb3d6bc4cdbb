//! The TLS listener's certificate: read from files and read again when they change, or made on the spot
//! for development.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why there is no usable certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or holds something else.
    #[error("the {what} in {path} cannot be used: {reason}")]
    File {
        /// Certificate chain or private key.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Certificate and key do not fit together, or cannot be used for TLS.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// A self-signed certificate could not be made.
    #[error("a self-signed certificate could not be made: {0}")]
    SelfSigned(#[from] rcgen::Error),
}

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// PEM files.
    Files {
        /// The certificate chain.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Made at the start, for the loopback names only.
    SelfSigned,
}

/// When the files were last changed, as far as the system tells.
type Version = [Option<SystemTime>; 2];

/// The certificate in force.
#[derive(Debug)]
pub struct Tls {
    source: Source,
    config: ArcSwap<ServerConfig>,
    /// From before the files were read.
    opened_version: Option<Version>,
}

impl Tls {
    /// Reads or makes the certificate.
    pub fn open(source: Source) -> Result<Self, TlsError> {
        let opened_version = version(&source);
        let config = ArcSwap::from_pointee(load(&source)?);
        Ok(Self {
            source,
            config,
            opened_version,
        })
    }

    /// What new connections are to use.
    pub fn config(&self) -> Arc<ServerConfig> {
        self.config.load_full()
    }

    /// Which version of the files there was when they were first read.
    pub fn opened_version(&self) -> Option<Version> {
        self.opened_version
    }

    /// Which version of the files there is now; `None` if there are none to watch.
    pub fn version(&self) -> Option<Version> {
        version(&self.source)
    }

    /// Reads the files again; what is in force stays so if they cannot be used.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.config.store(Arc::new(load(&self.source)?));
        Ok(())
    }
}

fn version(source: &Source) -> Option<Version> {
    let changed = |path: &Path| {
        fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    match source {
        Source::Files { cert, key } => Some([changed(cert), changed(key)]),
        Source::SelfSigned => None,
    }
}

fn load(source: &Source) -> Result<ServerConfig, TlsError> {
    let (chain, key) = match source {
        Source::Files { cert, key } => (read_chain(cert)?, read_key(key)?),
        Source::SelfSigned => make_self_signed()?,
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Whether a server could use the two files.
pub(crate) fn check(cert: &Path, key: &Path) -> Result<(), TlsError> {
    let source = Source::Files {
        cert: cert.to_owned(),
        key: key.to_owned(),
    };
    load(&source).map(drop)
}

/// The certificates in a PEM file; at least one.
pub(crate) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let fault = |reason: String| TlsError::File {
        what: "certificate chain",
        path: path.to_owned(),
        reason,
    };
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| fault(error.to_string()))?;
    if chain.is_empty() {
        return Err(fault("there is no certificate in it".to_owned()));
    }
    Ok(chain)
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| TlsError::File {
        what: "private key",
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

fn make_self_signed() -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names)?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    Ok((vec![made.cert.der().clone()], key))
}
