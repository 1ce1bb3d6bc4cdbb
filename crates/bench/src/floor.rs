//! The floor: the program's HTTP stack, the same libraries set up in the same way, answering constants.
//!
//! What it does for a request is what cannot be left out: the connection, the route with its parameter,
//! the body taken in, and an answer of the same size with the same headers.

use std::fs;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use axum::routing::post;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tower::ServiceExt;

use crate::cli::FloorServer;
use crate::signatures::Signatures;

/// As in the program's listener.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// As in the program's listener.
const HTTP1_BUFFER_BYTES: usize = 64 * 1024;

/// Headers that the HTTP library writes by itself.
const WRITTEN_BY_LIBRARY: [&str; 3] = ["content-length", "date", "connection"];

/// What is answered, again and again.
struct Constant {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    signatures: Signatures,
}

impl Constant {
    fn read(path: &Path, signatures: Signatures) -> anyhow::Result<Arc<Self>> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let (head, body) = text.split_once("\r\n\r\n").context("no HTTP answer")?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = StatusCode::from_bytes(status.context("no status")?.as_bytes())?;
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").context("no header")?;
            if !WRITTEN_BY_LIBRARY.contains(&name) {
                let name = HeaderName::from_bytes(name.as_bytes())?;
                headers.append(name, HeaderValue::from_str(value)?);
            }
        }
        Ok(Arc::new(Self {
            status,
            headers,
            body: Bytes::from(body.to_owned()),
            signatures,
        }))
    }
}

/// Serves until it is told to stop.
pub(crate) fn run(arguments: &FloorServer) -> anyhow::Result<()> {
    let client = &arguments.client_token_bytes[..];
    let refresh = &arguments.refresh_token_bytes[..];
    let generate = Signatures::new(&[client, refresh].concat(), &[])?;
    let refreshing = Signatures::new(client, refresh)?;
    let router = Router::new()
        .route(
            "/v2/rooms/{room_id}/actions/generate_join_client_token",
            post(answer).with_state(Constant::read(&arguments.generate, generate)?),
        )
        .route(
            "/v2/rooms/{room_id}/actions/refresh_client_token",
            post(answer).with_state(Constant::read(&arguments.refresh, refreshing)?),
        );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let socket = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = socket.local_addr()?;
        writeln!(std::io::stdout(), "listening on http://{address}")?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            never = serve(socket, router) => never,
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        }
    })
}

async fn serve(socket: TcpListener, router: Router) -> anyhow::Result<()> {
    loop {
        let (stream, peer) = socket.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection(stream, peer.ip(), router.clone()));
    }
}

/// As the program's listener does it.
async fn connection(stream: TcpStream, peer: IpAddr, router: Router) {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HTTP1_BUFFER_BYTES);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    // A client that goes away ends the connection; that is how each round ends.
    let _ = connection.await;
}

async fn answer(State(constant): State<Arc<Constant>>, _body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(constant.body.clone()));
    *response.status_mut() = if constant.signatures.all() {
        constant.status
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    response.headers_mut().clone_from(&constant.headers);
    response
}
