//! `/openapi.json`, `/docs` (browsable) and `/docs/errors`. Nothing is loaded from elsewhere.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use greenroom_api::error::{ApiError, Entry, Kind};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The documentation's own scripts and styles, and requests to this server.
const POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/// The routes.
pub fn routes() -> Router {
    let config = Config::from("/openapi.json")
        .validator_url("none")
        .try_it_out_enabled(true);
    let browsable: Router = SwaggerUi::new("/docs").config(config).into();
    Router::new()
        .route("/openapi.json", get(openapi))
        .route("/docs/errors", get(errors))
        .merge(browsable.layer(axum::middleware::map_response(with_policy)))
}

/// The documentation may load its own scripts; where it has no such file, the answer is the usual one.
async fn with_policy(response: Response) -> Response {
    if response.status() == StatusCode::NOT_FOUND {
        return ApiError::NOT_FOUND.into_response();
    }
    ([(CONTENT_SECURITY_POLICY, POLICY)], response).into_response()
}

async fn openapi() -> Response {
    match greenroom_api::document().to_json() {
        Ok(document) => ([(CONTENT_TYPE, "application/json")], document).into_response(),
        Err(error) => {
            tracing::error!(%error, "the OpenAPI document could not be written");
            ApiError::UNEXPECTED.into_response()
        }
    }
}

async fn errors() -> impl IntoResponse {
    let mut seen = Vec::new();
    let rows: String = Kind::ALL
        .iter()
        .map(|kind| kind.entry())
        .map(|entry| {
            // Some codes stand in several rows, but an anchor can only be in one place.
            let is_first = !seen.contains(&entry.code);
            seen.push(entry.code);
            row(entry, is_first)
        })
        .collect();
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Greenroom: errors</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style><h1>Errors</h1><table>\
         <thead><tr><th>status</th><th>code</th><th>title</th><th>when</th></tr></thead><tbody>{rows}</tbody></table></html>"
    );
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page))
}

fn row(entry: Entry, with_anchor: bool) -> String {
    let Entry { code, title, .. } = entry;
    let status = entry.status.as_u16();
    let when = entry.when.replace('&', "&amp;").replace('<', "&lt;");
    let anchor = if with_anchor {
        format!(" id=\"{code}\"")
    } else {
        String::new()
    };
    format!("<tr{anchor}><td>{status}</td><td>{code}</td><td>{title}</td><td>{when}</td></tr>")
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
                     color-scheme:light dark}td,th{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;\
                     border-bottom:1px solid #8884}tr:target{background:#fc06}";
