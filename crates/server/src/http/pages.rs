//! The pages that people use, `/` and `/console`, and the files they load. `make web` builds them from `web/`; they are
//! part of the program then, and nothing is loaded from elsewhere. A program that was built without them says so.

use std::future::ready;

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use greenroom_api::error::ApiError;
use rust_embed::{Embed, EmbeddedFile};
use serde::Serialize;

use crate::config::{IceServer, PageSettings};

#[derive(Embed)]
#[folder = "../../web/dist/pages"]
#[allow_missing = true]
struct Files;

/// What a page may load: its own files and requests to this server, WebSockets included. Camera, microphone and
/// peer connections are not a matter of this policy.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const PERMISSIONS: HeaderValue =
    HeaderValue::from_static("camera=(self), microphone=(self), display-capture=(self)");

/// What stands at `assets/` has its content's hash in its name.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The shim is loaded by pages of other sites, before anything of their own: it does not cost them a round trip each time.
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// Everything else is asked for again each time, and mostly answered with 304.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

const NOT_BUILT: &str = include_str!("pages/not_built.html");

/// What a page has to know of its server (`/pages.json`).
#[derive(Debug, Clone, Serialize)]
struct Facts {
    /// Whether `/visit` lets everybody in.
    visitors: bool,
    version: &'static str,
    ice_servers: Vec<IceServer>,
}

/// The routes.
pub fn routes(settings: &PageSettings) -> Router {
    let facts = Facts {
        visitors: settings.lets_visitors_in(),
        version: env!("CARGO_PKG_VERSION"),
        ice_servers: settings.ice_servers.clone(),
    };
    let facts = move || ready(([(CACHE_CONTROL, ASK_AGAIN)], Json(facts.clone())));
    let page = |name: &'static str| get(move |headers: HeaderMap| ready(page(name, &headers)));
    let file = |name: &'static str| get(move |headers: HeaderMap| ready(file(name, &headers)));
    let shim = |name: &'static str| get(move |headers: HeaderMap| ready(shim(name, &headers)));
    Router::new()
        .route("/", page("index.html"))
        .route("/console", page("console.html"))
        .route("/pages.json", get(facts))
        .route("/icon.svg", file("icon.svg"))
        .route("/licenses.md", file("licenses.md"))
        .route("/shim.js", shim("shim.js"))
        .route("/shim.mjs", shim("shim.mjs"))
        .route("/assets/{file}", get(asset))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("assets/{name}"), &headers)
}

/// A page, or how to get one.
fn page(name: &str, headers: &HeaderMap) -> Response {
    match Files::get(name) {
        Some(found) => send(name, &found, headers),
        None => (
            StatusCode::NOT_FOUND,
            [
                (CONTENT_TYPE, media_type(name)),
                (CONTENT_SECURITY_POLICY, POLICY),
            ],
            NOT_BUILT,
        )
            .into_response(),
    }
}

fn file(name: &str, headers: &HeaderMap) -> Response {
    match Files::get(name) {
        Some(found) if !is_copy(name) => send(name, &found, headers),
        Some(_) | None => ApiError::NOT_FOUND.into_response(),
    }
}

/// What sends the vendor's browser SDK to this server; pages of any site may load it, isolated ones too.
fn shim(name: &str, headers: &HeaderMap) -> Response {
    let mut response = file(name, headers);
    let open = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (
            CROSS_ORIGIN_RESOURCE_POLICY,
            HeaderValue::from_static("cross-origin"),
        ),
    ];
    response.headers_mut().extend(open);
    response
}

/// Whether this is the compressed copy that stands beside a file, which is no file of its own.
fn is_copy(name: &str) -> bool {
    std::path::Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "gz")
}

fn send(name: &str, found: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = etag(found);
    let caching = match name {
        "shim.js" | "shim.mjs" => FOR_AN_HOUR,
        name if name.starts_with("assets/") => FOR_GOOD,
        _ => ASK_AGAIN,
    };
    let compressed = accepts_gzip(headers)
        .then(|| Files::get(&format!("{name}.gz")))
        .flatten();
    // A 304 has all of them too: a browser puts its headers in the place of those it had kept, the policy included.
    let about = [
        (ETAG, etag.clone()),
        (CACHE_CONTROL, caching),
        (VARY, HeaderValue::from(ACCEPT_ENCODING)),
        (CONTENT_SECURITY_POLICY, POLICY),
        (PERMISSIONS_POLICY, PERMISSIONS),
    ];
    if headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| *known == etag)
    {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let mut response = (about, compressed.as_ref().unwrap_or(found).data.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type(name));
    if compressed.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Weak, since the compressed copy has the same.
fn etag(file: &EmbeddedFile) -> HeaderValue {
    let hash = file.metadata.sha256_hash();
    let half = hash.first_chunk().copied().map_or(0, u128::from_be_bytes);
    HeaderValue::try_from(format!("W/\"{half:032x}\""))
        .unwrap_or(HeaderValue::from_static("W/\"\""))
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let offers = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    let refused = |offer: &str| offer.replace(' ', "").contains(";q=0") && !offer.contains("0.");
    offers.is_some_and(|offers| {
        offers
            .split(',')
            .map(str::trim)
            .any(|offer| offer.starts_with("gzip") && !refused(offer))
    })
}

fn media_type(name: &str) -> HeaderValue {
    HeaderValue::from_static(match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("md" | "txt") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    })
}
