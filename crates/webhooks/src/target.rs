//! A webhook URL, taken apart for one delivery.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use greenroom_domain::webhook::WebhookUrl;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Where a delivery goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whether by TLS.
    pub tls: bool,
    /// The host, as DNS or the certificate names it.
    pub host: Host<String>,
    /// The port.
    pub port: u16,
    /// Path and query, as the request line has them.
    pub path_and_query: String,
    /// The `Host` header: without the port if it is the scheme's own.
    pub host_header: String,
    /// The `Authorization` header, if the URL has user information (RFC 7617).
    pub authorization: Option<String>,
    /// The URL as the receiver is told: without user information.
    pub told: String,
    /// The URL as it is logged: without user information, query and fragment, which may hold secrets.
    pub logged: String,
}

impl Target {
    /// Takes a URL apart; `None` for one that no room can have.
    pub fn of(url: &WebhookUrl) -> Option<Self> {
        Self::parse(url.as_str())
    }

    /// The same of any text; `None` if it is no absolute `http` or `https` URL with a host.
    pub fn parse(url: &str) -> Option<Self> {
        let mut url = Url::parse(url).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = url.host()?.to_owned();
        let port = url.port_or_known_default()?;
        let authorization = basic(&url);
        // Cannot fail for a URL with a host.
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        url.set_fragment(None);
        let told = url.to_string();
        let path_and_query = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let host_header = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        url.set_query(None);
        Some(Self {
            tls: url.scheme() == "https",
            host,
            port,
            path_and_query,
            host_header,
            authorization,
            told,
            logged: url.to_string(),
        })
    }

    /// The receiver, as deliveries to it are counted and logged: host and port.
    pub fn receiver(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn basic(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut pair: Vec<u8> = percent_decode_str(url.username()).collect();
    pair.push(b':');
    pair.extend(percent_decode_str(url.password().unwrap_or_default()));
    Some(format!("Basic {}", STANDARD.encode(pair)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::of(&WebhookUrl::new(url.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn a_url_is_taken_apart() {
        let target = target("https://us%40er:p%3Aw@Example.com:8443/a%20b?token=x&y#part");
        assert!(target.tls);
        assert_eq!(target.receiver(), "example.com:8443");
        assert_eq!(target.path_and_query, "/a%20b?token=x&y");
        assert_eq!(target.host_header, "example.com:8443");
        assert_eq!(
            target.authorization.as_deref(),
            Some("Basic dXNAZXI6cDp3"),
            "us@er:p:w"
        );
        assert_eq!(target.told, "https://example.com:8443/a%20b?token=x&y");
        assert_eq!(target.logged, "https://example.com:8443/a%20b");
    }

    #[test]
    fn a_plain_url_needs_nothing() {
        let target = target("http://example.com");
        assert!(!target.tls);
        assert_eq!((target.port, target.path_and_query.as_str()), (80, "/"));
        assert_eq!(target.host_header, "example.com");
        assert_eq!(target.authorization, None);
        assert_eq!(target.told, "http://example.com/");
    }

    #[test]
    fn addresses_in_disguise_are_addresses() {
        for (url, host) in [
            ("http://2130706433/", "127.0.0.1"),
            ("http://0x7f.1/", "127.0.0.1"),
            ("http://017700000001/", "127.0.0.1"),
            ("http://[::ffff:10.0.0.1]:81/", "[::ffff:a00:1]"),
        ] {
            let target = target(url);
            assert!(!matches!(target.host, Host::Domain(_)), "{url}");
            assert_eq!(target.host.to_string(), host);
        }
    }
}
