//! A receiver of webhooks: a real HTTP server that does what a test wants.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt, Collected, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::wait::{LIMIT, eventually};

/// One delivery as it came in.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The path it was sent to.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, byte for byte.
    pub body: Bytes,
}

impl Delivery {
    /// The body.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The event's id.
    pub fn event_id(&self) -> String {
        self.json()["data"]["id"].as_str().unwrap().to_owned()
    }

    /// The time it was signed for, in Unix seconds.
    pub fn timestamp(&self) -> i64 {
        self.header("telnyx-timestamp").parse().unwrap()
    }

    /// Whether the signature is good, as the SDKs verify it, but for the time.
    pub fn is_signed_by(&self, public_key: &str) -> bool {
        let key = STANDARD.decode(public_key).unwrap();
        let signature = STANDARD
            .decode(self.header("telnyx-signature-ed25519"))
            .unwrap();
        let mut message = format!("{}|", self.header("telnyx-timestamp")).into_bytes();
        message.extend_from_slice(&self.body);
        UnparsedPublicKey::new(&ED25519, key)
            .verify(&message, &signature)
            .is_ok()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// How a receiver behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Answers(StatusCode),
    Hangs,
}

/// A receiver of webhooks on loopback. It answers 200 unless told otherwise.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    server: JoinHandle<()>,
}

impl Receiver {
    /// Starts it on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, seen) = watch::channel(Mood::Answers(StatusCode::OK));
        let deliveries = Arc::default();
        let server = tokio::spawn(serve(listener, seen, Arc::clone(&deliveries)));
        Self {
            address,
            mood,
            deliveries,
            server,
        }
    }

    /// Its URL with that path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on it answers with that status.
    pub fn answer(&self, status: u16) {
        let status = StatusCode::from_u16(status).unwrap();
        self.mood.send_replace(Mood::Answers(status));
    }

    /// From now on it takes requests and does not answer, until it is told to answer again.
    pub fn hang(&self) {
        self.mood.send_replace(Mood::Hangs);
    }

    /// All that has come in so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        let deliveries = self
            .deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        deliveries.clone()
    }

    /// All that has come in, once it is `count` at least.
    #[track_caller]
    pub fn received(&self, count: usize) -> impl Future<Output = Vec<Delivery>> {
        let waited = eventually(LIMIT, async move || self.deliveries().len() >= count);
        async move {
            waited.await;
            self.deliveries()
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(
    listener: TcpListener,
    mood: watch::Receiver<Mood>,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (mood, deliveries) = (mood.clone(), Arc::clone(&deliveries));
        let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let (mut mood, deliveries) = (mood.clone(), Arc::clone(&deliveries));
            async move {
                let (parts, body) = request.into_parts();
                let body = body
                    .collect()
                    .await
                    .map(Collected::to_bytes)
                    .unwrap_or_default();
                deliveries
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(Delivery {
                        path: parts.uri.path().to_owned(),
                        headers: parts.headers,
                        body,
                    });
                // A receiver that is gone lets whoever waits for it hang as well.
                let answers = mood.wait_for(|mood| *mood != Mood::Hangs).await;
                let status = match answers.map(|mood| *mood) {
                    Ok(Mood::Answers(status)) => status,
                    Ok(Mood::Hangs) | Err(_) => StatusCode::SERVICE_UNAVAILABLE,
                };
                let mut response = Response::new(Full::<Bytes>::default());
                *response.status_mut() = status;
                Ok::<_, Infallible>(response)
            }
        });
        tokio::spawn(async move {
            // Whoever breaks off has its reasons; the test sees what came in.
            let connection = hyper::server::conn::http1::Builder::new();
            let _ = connection
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
