//! The page at `/`, where people meet in a call, and its assets. All of it is in the program; nothing is
//! loaded from elsewhere, and nothing runs that is not one of these files.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::routing::get;

/// What the page may load: its own files and requests to this server, WebSockets included. Camera, microphone and
/// peer connections are not a matter of this policy.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self)";

/// Path, media type, content.
const FILES: [(&str, &str, &str); 7] = [
    ("/", HTML, include_str!("../../../../web/index.html")),
    (
        "/assets/page.css",
        "text/css; charset=utf-8",
        include_str!("../../../../web/page.css"),
    ),
    (
        "/assets/icon.svg",
        "image/svg+xml",
        include_str!("../../../../web/icon.svg"),
    ),
    (
        "/assets/page.js",
        SCRIPT,
        include_str!("../../../../web/page.js"),
    ),
    (
        "/assets/call.js",
        SCRIPT,
        include_str!("../../../../web/call.js"),
    ),
    (
        "/assets/janus.js",
        SCRIPT,
        include_str!("../../../../web/janus.js"),
    ),
    (
        "/assets/tokens.js",
        SCRIPT,
        include_str!("../../../../web/tokens.js"),
    ),
];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The routes.
pub fn routes() -> Router {
    let add =
        |routes: Router,
         (path, media_type, content): (&'static str, &'static str, &'static str)| {
            let headers = [
                (CONTENT_TYPE, media_type),
                (CONTENT_SECURITY_POLICY, POLICY),
                (PERMISSIONS_POLICY, PERMISSIONS),
                // The files belong together: after an upgrade none of them may be an older one.
                (CACHE_CONTROL, "no-store"),
            ];
            routes.route(path, get(move || std::future::ready((headers, content))))
        };
    FILES.into_iter().fold(Router::new(), add)
}
