//! `[media]`: where media goes in and out, and on how many threads. See `docs/media.md`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use greenroom_media::{EngineConfig, MIXERS_MAX, PEERS_PER_SHARD_MAX, SHARDS_MAX, SILENCE_MAX};
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// The media port where none is set, for UDP and TCP.
const PORT: u16 = 7700;

/// Most addresses that clients can be told: each is one more for all of them to try.
const PUBLIC_IPS_MAX: usize = 16;

/// Media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaSettings {
    /// The address that media sockets are bound to. Where it is not set: the one of `listen`, if
    /// that is a single one and no public address is set; otherwise all of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<IpAddr>,
    /// The UDP port of the first media thread; each further one takes the next. Where it is not set:
    /// 7700, or a free one if `listen` has port 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udp_port: Option<u16>,
    /// Whether clients whose UDP is blocked may come by TCP.
    pub tcp: bool,
    /// The TCP port of the first media thread, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_port: Option<u16>,
    /// The addresses at which clients reach this machine, where these are not its own: behind NAT.
    pub public_ips: Vec<IpAddr>,
    /// Threads that forward; 0 for as many as the machine's cores suggest.
    pub shards: usize,
    /// Threads that mix audio, likewise.
    pub mixers: usize,
    /// Most media connections on one thread that forwards.
    pub connections_per_shard_max: usize,
    /// After how many seconds in which nothing is heard of a media connection it has ended; 7 to 120.
    /// Browsers check one every 2.5 to 6 s.
    pub silence_secs: u32,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            listen: None,
            udp_port: None,
            tcp: true,
            tcp_port: None,
            public_ips: Vec::new(),
            shards: 0,
            mixers: 0,
            connections_per_shard_max: PEERS_PER_SHARD_MAX,
            silence_secs: u32::try_from(SILENCE_MAX.as_secs()).unwrap_or_default(),
        }
    }
}

impl MediaSettings {
    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.shards > SHARDS_MAX || self.mixers > MIXERS_MAX {
            return Err(ConfigError::Contradiction(
                "`media.shards` must be 64 at most, and `media.mixers` 16",
            ));
        }
        if self.connections_per_shard_max == 0 {
            return Err(ConfigError::Contradiction(
                "`media.connections_per_shard_max` must be at least 1",
            ));
        }
        if !(7..=120).contains(&self.silence_secs) {
            return Err(ConfigError::Contradiction(
                "`media.silence_secs` must be 7 to 120: browsers check a connection every 2.5 to 6 s",
            ));
        }
        let told = |ip: &IpAddr| !ip.is_unspecified() && !ip.is_multicast();
        if self.public_ips.len() > PUBLIC_IPS_MAX || !self.public_ips.iter().all(told) {
            return Err(ConfigError::Contradiction(
                "`media.public_ips` must be addresses that clients can send to, 16 at most",
            ));
        }
        Ok(())
    }

    /// Fills in the ports that are not set.
    pub(super) fn settle(&mut self, http: SocketAddr) {
        let port = default_port(http);
        self.udp_port.get_or_insert(port);
        self.tcp_port.get_or_insert(port);
    }

    /// What the engine is to be like, for a server that listens for HTTP at `http` and `https`.
    pub fn engine(&self, http: SocketAddr, https: Option<SocketAddr>) -> EngineConfig {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        let port = default_port(http);
        EngineConfig {
            bind: self.bind(http, https),
            udp_port: self.udp_port.unwrap_or(port),
            tcp_port: self.tcp.then(|| self.tcp_port.unwrap_or(port)),
            public_ips: self.public_ips.clone(),
            shards: NonZeroUsize::new(self.shards)
                .unwrap_or_else(|| EngineConfig::shards_for(cores)),
            mixers: NonZeroUsize::new(self.mixers)
                .unwrap_or_else(|| EngineConfig::mixers_for(cores)),
            peers_per_shard_max: self.connections_per_shard_max,
            silence_max: Duration::from_secs(u64::from(self.silence_secs)),
            tells_first_frames: false,
        }
    }

    fn bind(&self, http: SocketAddr, https: Option<SocketAddr>) -> IpAddr {
        let everywhere = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        if let Some(listen) = self.listen {
            return listen;
        }
        let elsewhere = https.is_some_and(|https| https.ip() != http.ip());
        if http.ip().is_unspecified() || elsewhere || !self.public_ips.is_empty() {
            everywhere
        } else {
            http.ip()
        }
    }
}

/// Who takes any port for HTTP takes any for media.
const fn default_port(http: SocketAddr) -> u16 {
    if http.port() == 0 { 0 } else { PORT }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(media: &MediaSettings, http: &str, https: Option<&str>) -> String {
        let https = https.map(|https| https.parse().unwrap());
        media.engine(http.parse().unwrap(), https).bind.to_string()
    }

    #[test]
    fn media_is_where_http_is() {
        let media = MediaSettings::default();
        assert_eq!(bind(&media, "127.0.0.1:8080", None), "127.0.0.1");
        assert_eq!(bind(&media, "[::1]:8080", Some("[::1]:8443")), "::1");
        assert_eq!(bind(&media, "0.0.0.0:8080", None), "::");
        assert_eq!(bind(&media, "127.0.0.1:80", Some("0.0.0.0:443")), "::");
        let public = MediaSettings {
            public_ips: vec!["203.0.113.7".parse().unwrap()],
            ..MediaSettings::default()
        };
        assert_eq!(bind(&public, "127.0.0.1:8080", None), "::");
        let set = MediaSettings {
            listen: Some("10.0.0.5".parse().unwrap()),
            ..public
        };
        assert_eq!(bind(&set, "127.0.0.1:8080", None), "10.0.0.5");
    }

    #[test]
    fn free_ports_go_with_a_free_http_port() {
        let ports = |media: &MediaSettings, http: &str| {
            let config = media.engine(http.parse().unwrap(), None);
            (config.udp_port, config.tcp_port)
        };
        let media = MediaSettings::default();
        assert_eq!(ports(&media, "127.0.0.1:8080"), (PORT, Some(PORT)));
        assert_eq!(ports(&media, "127.0.0.1:0"), (0, Some(0)));
        let set = MediaSettings {
            udp_port: Some(9_000),
            tcp: false,
            ..MediaSettings::default()
        };
        assert_eq!(ports(&set, "127.0.0.1:0"), (9_000, None));
    }

    #[test]
    fn nonsense_is_refused() {
        let refused = [
            MediaSettings {
                shards: 65,
                ..MediaSettings::default()
            },
            MediaSettings {
                connections_per_shard_max: 0,
                ..MediaSettings::default()
            },
            MediaSettings {
                silence_secs: 6,
                ..MediaSettings::default()
            },
            MediaSettings {
                silence_secs: 121,
                ..MediaSettings::default()
            },
            MediaSettings {
                public_ips: vec!["0.0.0.0".parse().unwrap()],
                ..MediaSettings::default()
            },
            MediaSettings {
                public_ips: vec!["10.0.0.1".parse().unwrap(); 17],
                ..MediaSettings::default()
            },
        ];
        for media in refused {
            assert!(media.check().is_err(), "{media:?}");
        }
        assert!(MediaSettings::default().check().is_ok());
    }
}
