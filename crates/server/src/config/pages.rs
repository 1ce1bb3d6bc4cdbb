//! `[pages]`: what the pages at `/` and `/console` may do.

use greenroom_api::visit::Hosts;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// ICE servers that a page is told of; more make browsers slow to connect.
const ICE_SERVERS_MAX: usize = 8;

/// The pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageSettings {
    /// Whether everybody who reaches the page at `/` may meet in rooms of the first account, without a key.
    /// Absent: `greenroom dev` lets them, `greenroom serve` does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visitors: Option<bool>,
    /// Names under which visitors' browsers know this server, such as `meet.example.com`; addresses and
    /// `localhost` need not be named.
    pub hosts: Vec<String>,
    /// ICE servers for browsers that reach this server only through a relay (TURN).
    pub ice_servers: Vec<IceServer>,
}

/// A STUN or TURN server, as browsers take it (`RTCIceServer`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IceServer {
    /// Where it is: `turn:turn.example.com:3478` and the like.
    pub urls: Vec<String>,
    /// Who asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What goes with that name. Everybody who opens the page gets to know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

impl PageSettings {
    /// Whether visitors are let in.
    pub fn lets_visitors_in(&self) -> bool {
        self.visitors.unwrap_or(false)
    }

    /// The names under which the pages are known.
    pub fn known_hosts(&self) -> Hosts {
        Hosts::new(self.hosts.iter().cloned())
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_host = |host: &String| !host.is_empty() && !host.contains(['/', ':', ' ', '*']);
        if !self.hosts.iter().all(is_host) {
            return Err(ConfigError::Contradiction(
                "`pages.hosts` takes names alone, such as `meet.example.com`: no scheme, port or path",
            ));
        }
        if self.ice_servers.len() > ICE_SERVERS_MAX {
            return Err(ConfigError::Contradiction(
                "`pages.ice_servers` takes 8 servers at most",
            ));
        }
        let is_ice = |url: &String| {
            ["stun:", "stuns:", "turn:", "turns:"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
        };
        let is_good =
            |server: &IceServer| !server.urls.is_empty() && server.urls.iter().all(is_ice);
        if !self.ice_servers.iter().all(is_good) {
            return Err(ConfigError::Contradiction(
                "`pages.ice_servers` needs `urls` that begin with `stun:`, `stuns:`, `turn:` or `turns:`",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(toml: &str) -> Result<(), String> {
        use figment::providers::{Format, Toml};
        let settings: PageSettings = figment::Figment::from(Toml::string(toml))
            .extract()
            .map_err(|error| error.to_string())?;
        settings.check().map_err(|error| error.to_string())
    }

    #[test]
    fn what_can_be_said_of_pages() {
        check("").unwrap();
        check("visitors = true\nhosts = [\"meet.example.com\"]").unwrap();
        check("ice_servers = [{ urls = [\"turn:t.example.com\"], username = \"a\", credential = \"b\" }]").unwrap();
        for wrong in [
            "hosts = [\"https://meet.example.com\"]",
            "hosts = [\"meet.example.com:443\"]",
            "hosts = [\"*\"]",
            "hosts = [\"\"]",
            "ice_servers = [{ urls = [] }]",
            "ice_servers = [{ urls = [\"http://t.example.com\"] }]",
            "ice_servers = [{ urls = [\"turn:t\"], password = \"x\" }]",
        ] {
            check(wrong).unwrap_err();
        }
        let many = "{ urls = [\"turn:t\"] }, ".repeat(9);
        check(&format!("ice_servers = [{many}]")).unwrap_err();
    }

    #[test]
    fn nobody_is_let_in_unless_told() {
        assert!(!PageSettings::default().lets_visitors_in());
    }

    #[test]
    fn a_credential_is_not_shown() {
        let server = IceServer {
            urls: vec!["turn:t".to_owned()],
            username: Some("ann".to_owned()),
            credential: Some("hush".to_owned()),
        };
        assert!(!format!("{server:?}").contains("hush"));
    }
}
