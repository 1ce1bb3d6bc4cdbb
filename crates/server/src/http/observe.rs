//! Around every request: who it comes from, its id, its time limit, what is counted and logged of it.
//!
//! All of it is one service and not a stack of layers: a layer around a route costs each request a
//! copy of the route and a few allocations.

mod request_id;

use std::any::Any;
use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use greenroom_api::CorsOrigins;
use greenroom_api::caller::ClientAddress;
use greenroom_api::error::{ApiError, Kind};
use greenroom_api::trace::TokenTrace;
use greenroom_domain::Entropy;
use ipnet::IpNet;
use tower::{Layer, Service};
use tracing::{Instrument, Span};

use super::metrics::{HttpMetrics, known};
use crate::traces::Traces;
use crate::traces::spans::TokenRequest;
use crate::traces::traceparent::{Remote, caller};
use request_id::request_id;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What observing requests takes; as a layer, it does so around any number of routes.
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
    /// Pages that may read the answers that are made here.
    pub cors: CorsOrigins,
    /// Whether each request is logged.
    pub log_requests: bool,
    /// Who is told of requests for tokens.
    pub traces: Option<Arc<Traces>>,
}

impl<S> Layer<S> for Observation {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed {
            inner,
            observation: Arc::clone(&self.0),
        }
    }
}

/// A service whose requests are observed.
#[derive(Clone)]
pub struct Observed<S> {
    inner: S,
    observation: Arc<ObservationParts>,
}

impl<S> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let observation = Arc::clone(&self.observation);
        let (asked, span) = observation.asked(&mut request);
        let called = std::panic::catch_unwind(AssertUnwindSafe(|| self.inner.call(request)));
        Box::pin(async move {
            let mut serving = pin!(serve(called, observation.timeout).instrument(span));
            let outcome = serving.as_mut().await;
            Ok(observation.answered(asked, outcome, serving.span()))
        })
    }
}

/// What is remembered of a request until it is answered.
struct Asked {
    started: Instant,
    id: HeaderValue,
    method: Method,
    route: Option<MatchedPath>,
    /// The page that asks, if it is one.
    origin: Option<HeaderValue>,
    /// The span of the caller's, if somebody wants to know.
    caller: Option<Remote>,
}

impl ObservationParts {
    fn asked(&self, request: &mut Request) -> (Asked, Span) {
        let started = started();
        let id = request_id(request.headers(), &*self.entropy);
        if !self.trusted_proxies.is_empty() {
            believe_proxies(request, &self.trusted_proxies);
        }
        let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
        let asked = Asked {
            started,
            id,
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            origin: request.headers().get(ORIGIN).cloned(),
            caller: self.traces.as_ref().and_then(|_| caller(request.headers())),
        };
        (asked, span)
    }

    fn answered(&self, asked: Asked, outcome: Result<Response, ApiError>, span: &Span) -> Response {
        let route = asked.route.as_ref().map_or("none", MatchedPath::as_str);
        let mut response = outcome.unwrap_or_else(|error| {
            let mut response = error.into_response();
            if let Some(origin) = &asked.origin {
                self.cors.let_read(route, origin, response.headers_mut());
            }
            response
        });
        let (method, status) = (&asked.method, response.status());
        let elapsed = asked.started.elapsed();
        self.metrics.record(method, route, status, elapsed);
        self.trace(&asked, route, &response, elapsed);
        if self.log_requests || status.is_server_error() {
            span.in_scope(|| log(method, route, status, elapsed));
        }
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, asked.id);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers
            .entry(CONTENT_SECURITY_POLICY)
            .or_insert(HeaderValue::from_static(
                "default-src 'none'; frame-ancestors 'none'",
            ));
        response
    }
}

impl ObservationParts {
    fn trace(&self, asked: &Asked, route: &str, response: &Response, elapsed: Duration) {
        let Some(traces) = &self.traces else {
            return;
        };
        let Some(token) = response.extensions().get::<TokenTrace>() else {
            return;
        };
        let ended = traces.now();
        let took_micros = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX);
        traces.request(&TokenRequest {
            token: *token,
            caller: asked.caller,
            method: known(&asked.method),
            route,
            status: response.status(),
            started: ended.saturating_add_micros(-took_micros),
            ended,
        });
    }
}

/// Serves a request in time and without a panic that shows; an error is one of ours, not of the route.
async fn serve(
    called: Result<impl Future<Output = Result<Response, Infallible>>, Box<dyn Any + Send>>,
    timeout: Duration,
) -> Result<Response, ApiError> {
    let serving = match called {
        Ok(serving) => AssertUnwindSafe(serving).catch_unwind(),
        Err(panic) => return Err(panicked(&*panic)),
    };
    match tokio::time::timeout(timeout, serving).await {
        Ok(Ok(Ok(response))) => Ok(response),
        Ok(Err(panic)) => Err(panicked(&*panic)),
        Err(_) => Err(ApiError::Plain(
            Kind::RequestTimeout,
            "The request took too long.",
        )),
    }
}

/// A panic in a handler is a fault of ours; its text may hold anything, so it is not repeated.
fn panicked(_: &(dyn Any + Send)) -> ApiError {
    tracing::error!("a handler panicked");
    ApiError::UNEXPECTED
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
    use axum::Router;
    use axum::body::Body;
    use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, VARY};
    use axum::routing::get;
    use prometheus_client::registry::Registry;
    use tower::{ServiceExt, service_fn};

    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let mut request = Request::new(Body::empty());
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

    /// A service that does as it is told by the path.
    async fn play(request: Request) -> Result<Response, Infallible> {
        match request.uri().path() {
            "/panic" => panic!("a fault"),
            "/never" => std::future::pending().await,
            _ => Ok(Response::default()),
        }
    }

    const REFRESH: &str = "/v2/rooms/{room_id}/actions/refresh_client_token";
    const PAGE: &str = "https://app.example.com";

    fn observation() -> Observation {
        Observation(Arc::new(ObservationParts {
            metrics: HttpMetrics::register(&mut Registry::default()),
            entropy: Arc::new(crate::edges::SystemEntropy),
            timeout: Duration::from_millis(5),
            trusted_proxies: Vec::new(),
            cors: CorsOrigins(vec![HeaderValue::from_static(PAGE)]),
            log_requests: false,
            traces: None,
        }))
    }

    #[tokio::test]
    async fn every_request_has_an_answer() {
        for (path, status) in [
            ("/", StatusCode::OK),
            ("/panic", StatusCode::INTERNAL_SERVER_ERROR),
            ("/never", StatusCode::REQUEST_TIMEOUT),
        ] {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let mut service = observation().layer(service_fn(play));
            let response = service.call(request).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(response.headers()[REQUEST_ID].len(), 24, "{path}");
        }
    }

    #[tokio::test]
    async fn pages_may_read_the_answers_made_here() {
        let panics = async || -> Response { panic!("a fault") };
        let router = Router::new()
            .route("/v2/rooms", get(std::future::pending::<Response>))
            .route(REFRESH, get(panics))
            .route("/metrics", get(panics))
            .layer(observation());
        let refresh = "/v2/rooms/1/actions/refresh_client_token";
        for (path, origin, allowed) in [
            ("/v2/rooms", PAGE, Some(PAGE)),
            ("/v2/rooms", "https://evil.example", None),
            (refresh, PAGE, Some("*")),
            (refresh, "https://evil.example", Some("*")),
            ("/metrics", PAGE, None),
        ] {
            let request = Request::builder().uri(path).header(ORIGIN, origin);
            let request = request.body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let headers = response.headers();
            let given = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(
                given.map(|value| value.to_str().unwrap()),
                allowed,
                "{path}"
            );
            let readable = headers.get_all(ACCESS_CONTROL_EXPOSE_HEADERS).iter();
            let readable: Vec<_> = readable.map(|value| value.to_str().unwrap()).collect();
            let expected: &[&str] = match allowed {
                Some(_) => &["retry-after", "x-request-id"],
                None => &[],
            };
            assert_eq!(readable, expected, "{path}");
            assert_eq!(headers.contains_key(VARY), path != "/metrics");
        }
    }

    #[tokio::test]
    async fn a_panic_before_anything_is_awaited_is_caught() {
        let called = Err::<std::future::Pending<_>, _>(Box::new("a fault") as Box<_>);
        let outcome = serve(called, Duration::from_secs(1)).await;
        assert!(matches!(outcome, Err(ApiError::Plain(Kind::Unexpected, _))));
    }
}
