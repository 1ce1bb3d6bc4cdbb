//! Around every request: who it comes from, its id, its time limit, what is counted and logged of it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use greenroom_api::caller::ClientAddress;
use greenroom_api::error::{ApiError, Kind};
use greenroom_domain::Entropy;
use ipnet::IpNet;
use tracing::Instrument;

use super::metrics::{HttpMetrics, known};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Longest request id that is taken over from a client.
const REQUEST_ID_MAX_BYTES: usize = 64;

/// What observing requests takes.
#[derive(Clone)]
pub struct Observation(pub Arc<ObservationParts>);

/// See [`Observation`].
pub struct ObservationParts {
    /// What is counted.
    pub metrics: HttpMetrics,
    /// Where request ids come from.
    pub entropy: Arc<dyn Entropy>,
    /// How long a request may take.
    pub timeout: Duration,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether each request is logged.
    pub log_requests: bool,
}

/// The layer.
pub async fn observe(
    State(Observation(parts)): State<Observation>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = started();
    let request_id = request_id(request.headers(), &*parts.entropy);
    if !parts.trusted_proxies.is_empty() {
        believe_proxies(&mut request, &parts.trusted_proxies);
    }
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = tracing::info_span!("request", id = request_id.to_str().unwrap_or_default());

    let served = tokio::time::timeout(parts.timeout, next.run(request))
        .instrument(span.clone())
        .await;
    let mut response = served.unwrap_or_else(|_| {
        ApiError::Plain(Kind::RequestTimeout, "The request took too long.").into_response()
    });

    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let elapsed = started.elapsed();
    parts
        .metrics
        .record(&method, route, response.status(), elapsed);
    if parts.log_requests || response.status().is_server_error() {
        span.in_scope(|| log(&method, route, response.status(), elapsed));
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, request_id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    response
}

#[expect(
    clippy::disallowed_methods,
    reason = "an edge: how long requests take is measured here"
)]
fn started() -> Instant {
    Instant::now()
}

fn log(method: &Method, route: &str, status: StatusCode, elapsed: Duration) {
    let (status, elapsed_ms) = (status.as_u16(), elapsed.as_secs_f64() * 1e3);
    let method = known(method);
    tracing::info!(method, route, status, elapsed_ms, "request");
}

/// The client's own request id if it is a sane one, or a new one.
fn request_id(headers: &HeaderMap, entropy: &dyn Entropy) -> HeaderValue {
    let given = headers.get(&REQUEST_ID).filter(|id| {
        !id.is_empty()
            && id.len() <= REQUEST_ID_MAX_BYTES
            && id
                .as_bytes()
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    });
    given.cloned().unwrap_or_else(|| {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut random = [0; 12];
        entropy.fill(&mut random);
        let text: Vec<u8> = random
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| DIGITS.get(usize::from(digit)).copied())
            .collect();
        HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("none"))
    })
}

/// Takes the client's address from `X-Forwarded-For` as far as trusted proxies wrote it: the last
/// address that is not one of theirs.
fn believe_proxies(request: &mut Request, trusted: &[IpNet]) {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let Some(ClientAddress(peer)) = request.extensions().get().copied() else {
        return;
    };
    if !is_trusted(peer) {
        return;
    }
    // From the last hop back: each trusted proxy vouches for the one before it, and no further.
    let values: Vec<&str> = request
        .headers()
        .get_all(&FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let mut client = None;
    for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        let Ok(address) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        client = Some(address.to_canonical());
        if client.is_some_and(|address| !is_trusted(address)) {
            break;
        }
    }
    if let Some(client) = client {
        request.extensions_mut().insert(ClientAddress(client));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let mut request = Request::new(axum::body::Body::empty());
        request
            .extensions_mut()
            .insert(ClientAddress(peer.parse().unwrap()));
        for value in forwarded {
            request
                .headers_mut()
                .append(&FORWARDED_FOR, value.parse().unwrap());
        }
        believe_proxies(&mut request, &["10.0.0.0/8".parse().unwrap()]);
        request
            .extensions()
            .get::<ClientAddress>()
            .unwrap()
            .0
            .to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("192.0.2.1", &["198.51.100.9"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.9"]), "198.51.100.9");
        assert_eq!(
            client("10.0.0.1", &["203.0.113.5, 198.51.100.9, 10.0.0.2"]),
            "198.51.100.9"
        );
        assert_eq!(
            client("10.0.0.1", &["203.0.113.5", "198.51.100.9"]),
            "198.51.100.9"
        );
        assert_eq!(client("10.0.0.1", &["10.0.0.7, 10.0.0.2"]), "10.0.0.7");
        assert_eq!(client("10.0.0.1", &["nonsense"]), "10.0.0.1");
        assert_eq!(
            client("10.0.0.1", &["nonsense, 198.51.100.9"]),
            "198.51.100.9"
        );
        assert_eq!(client("10.0.0.1", &["nonsense, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_sane_request_id_is_kept() {
        let id = |given: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                &REQUEST_ID,
                HeaderValue::from_bytes(given.as_bytes()).unwrap(),
            );
            request_id(&headers, &crate::edges::SystemEntropy)
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(id("abc-123_x.y"), "abc-123_x.y");
        for wrong in ["", "with space", &"a".repeat(REQUEST_ID_MAX_BYTES + 1), "é"] {
            assert_eq!(id(wrong).len(), 24, "{wrong}");
        }
    }
}
