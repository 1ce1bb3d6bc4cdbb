//! TLS as a client sees it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::reply::Reply;
use crate::wait::within;

/// Where a certificate and its key are kept, both PEM.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// The certificate chain.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// A client that trusts whatever certificate it is shown, and tells which one it was.
#[derive(Debug)]
pub struct TlsClient {
    stream: TlsStream<TcpStream>,
    server: SocketAddr,
}

impl TlsClient {
    /// Connects, offering `protocols` (ALPN).
    pub async fn connect(server: SocketAddr, protocols: &[&str]) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(TrustAnything(provider)))
            .with_no_client_auth();
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().into())
            .collect();
        let stream = TcpStream::connect(server).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
        Self {
            stream: within(handshake).await.unwrap(),
            server,
        }
    }

    /// The protocol that the server chose.
    pub fn protocol(&self) -> Option<&str> {
        let (_, session) = self.stream.get_ref();
        session
            .alpn_protocol()
            .map(|name| std::str::from_utf8(name).unwrap())
    }

    /// The certificate that the server showed, DER.
    pub fn certificate(&self) -> Vec<u8> {
        let (_, session) = self.stream.get_ref();
        session.peer_certificates().unwrap()[0].to_vec()
    }

    /// `GET`, in the protocol that was chosen.
    pub async fn get(self, path: &str) -> Reply {
        let uri: Uri = format!("https://localhost:{}{path}", self.server.port())
            .parse()
            .unwrap();
        let is_http2 = self.protocol() == Some("h2");
        let mut request = Request::new(Empty::<Bytes>::new());
        if !is_http2 {
            request
                .headers_mut()
                .insert("host", "localhost".parse().unwrap());
        }
        *request.uri_mut() = if is_http2 { uri } else { path.parse().unwrap() };
        let io = TokioIo::new(self.stream);
        // Boxed, since the whole TLS stream moves into it.
        within(Box::pin(async move {
            let response = if is_http2 {
                let (mut sender, connection) =
                    hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
                        .await
                        .unwrap();
                tokio::spawn(connection);
                sender.send_request(request).await.unwrap()
            } else {
                let (mut sender, connection) =
                    hyper::client::conn::http1::handshake(io).await.unwrap();
                tokio::spawn(connection);
                sender.send_request(request).await.unwrap()
            };
            let (parts, body) = response.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Reply::new(parts.status, parts.headers, body)
        }))
        .await
    }
}

#[derive(Debug)]
struct TrustAnything(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAnything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
