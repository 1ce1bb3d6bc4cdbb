//! Whether a request comes from the server's own page.
//!
//! A browser says from which page (`Origin`, `Sec-Fetch-Site`). That page must be of the host that was asked, and
//! that host must be one of the server's: a stranger's page whose name was made to point at this machine (DNS rebinding)
//! would be of its own host, too. Programs say nothing of a page, and can reach only what their network lets them.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName};

use crate::error::{ApiError, Kind};

use super::Entrance;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Names of the server beside `localhost` and plain addresses, which are always its own: no DNS can point them elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Takes host names without ports.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(
            names
                .into_iter()
                .map(|name| name.to_ascii_lowercase())
                .collect(),
        )
    }

    fn has(&self, host: &str) -> bool {
        let name = name_of(host).to_ascii_lowercase();
        let is_local = name == "localhost" || name.ends_with(".localhost");
        is_local || is_address(&name) || self.0.contains(&name)
    }
}

/// A request of the server's own page, or of no page at all.
pub(super) struct OwnPage;

impl<S: Send + Sync> FromRequestParts<S> for OwnPage
where
    Arc<Entrance>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let entrance = Arc::<Entrance>::from_ref(state);
        // HTTP/2 has the host in the request's target.
        let authority = parts.uri.authority().map(Authority::as_str);
        let host = authority.or_else(|| text(&parts.headers, &HOST));
        if is_own(&entrance.hosts, host, &parts.headers) {
            Ok(Self)
        } else {
            Err(ApiError::Plain(
                Kind::ForeignPage,
                "Only this server's own page may ask for this, under a name that the server knows (`pages.hosts`).",
            ))
        }
    }
}

fn is_own(hosts: &Hosts, host: Option<&str>, headers: &HeaderMap) -> bool {
    let Some(host) = host.filter(|host| hosts.has(host)) else {
        return false;
    };
    // A header that is no text names no page of ours.
    if headers.get_all(ORIGIN).iter().count() > 1 || is_garbled(headers, &ORIGIN) {
        return false;
    }
    let is_same_site = match text(headers, &SEC_FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => !is_garbled(headers, &SEC_FETCH_SITE),
    };
    let is_same_origin = text(headers, &ORIGIN).is_none_or(|origin| {
        // What is between may speak TLS, so the scheme says nothing.
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    });
    is_same_site && is_same_origin
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_garbled(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers
        .get(name)
        .is_some_and(|value| value.to_str().is_err())
}

/// The host without its port.
fn name_of(host: &str) -> &str {
    if host.starts_with('[') {
        return host.split_inclusive(']').next().unwrap_or_default();
    }
    host.split(':').next().unwrap_or_default()
}

fn is_address(name: &str) -> bool {
    let v6 = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match v6 {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<IpAddr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn comes(host: &str, origin: Option<&str>, site: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [(ORIGIN, origin), (SEC_FETCH_SITE, site)] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        }
        let hosts = Hosts::new(["Meet.Example.com".to_owned()]);
        is_own(&hosts, Some(host), &headers)
    }

    #[test]
    fn the_own_page_under_each_of_its_names() {
        for host in [
            "localhost:8080",
            "localhost",
            "room.localhost:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "192.168.1.5",
            "meet.example.com",
            "MEET.example.com:443",
        ] {
            let origin = format!("https://{host}");
            assert!(comes(host, Some(&origin), Some("same-origin")), "{host}");
            assert!(comes(host, None, None), "{host}");
        }
    }

    #[test]
    fn a_name_that_was_made_to_point_here() {
        for host in [
            "evil.example.org:8080",
            "localhost.evil.example.org",
            "127.0.0.1.evil.example.org",
            "xlocalhost",
            "meet.example.com.evil.org",
            "[evil]",
            "",
        ] {
            let origin = format!("http://{host}");
            assert!(!comes(host, Some(&origin), Some("same-origin")), "{host}");
            assert!(!comes(host, None, None), "{host}");
        }
        assert!(!is_own(&Hosts::default(), None, &HeaderMap::new()));
    }

    #[test]
    fn somebody_elses_page() {
        let host = "127.0.0.1:8080";
        for origin in [
            "http://evil.example.org",
            "http://127.0.0.1:9090",
            "http://127.0.0.1",
            "null",
            "",
        ] {
            assert!(!comes(host, Some(origin), None), "{origin}");
        }
        for site in ["cross-site", "same-site", "none", "SAME-ORIGIN", ""] {
            assert!(!comes(host, None, Some(site)), "{site}");
        }
    }

    #[test]
    fn headers_that_are_no_text() {
        for name in [ORIGIN, SEC_FETCH_SITE] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
            assert!(!is_own(&Hosts::default(), Some("localhost"), &headers));
        }
        let mut twice = HeaderMap::new();
        for origin in ["http://localhost", "http://evil.example.org"] {
            twice.append(ORIGIN, HeaderValue::from_static(origin));
        }
        assert!(!is_own(&Hosts::default(), Some("localhost"), &twice));
    }
}
