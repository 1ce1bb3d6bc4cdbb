//! `[traces]`: whether and where people's ways into rooms are told, by OTLP. See `docs/operating.md`.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::{HeaderName, HeaderValue};
use greenroom_webhooks::target::Target;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::ConfigError;

/// Longest that one export may take, in seconds.
const TIMEOUT_MAX_SECS: u32 = 60;
/// Headers that can be set.
const HEADERS_MAX: usize = 16;
/// What OTLP says comes after the endpoint's own path.
const TRACES_PATH: &str = "/v1/traces";
/// What stands in the place of a header's value where settings are shown.
const REDACTED: &str = "[redacted]";

/// Traces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TraceSettings {
    /// The collector, such as `http://127.0.0.1:4318`; `/v1/traces` is added to it. Without it nothing is traced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp_endpoint: Option<String>,
    /// Headers of each request to the collector, such as its `authorization`.
    pub headers: Headers,
    /// Which part of all ways is traced.
    pub sample_ratio: SampleRatio,
    /// How many seconds one export may take.
    pub timeout_secs: u32,
    /// The attribute `service.name`.
    pub service_name: String,
}

impl Default for TraceSettings {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            headers: Headers::default(),
            sample_ratio: SampleRatio(1.0),
            timeout_secs: 10,
            service_name: "greenroom".to_owned(),
        }
    }
}

impl TraceSettings {
    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.otlp_endpoint.is_some() && self.target().is_none() {
            return Err(ConfigError::Contradiction(
                "`traces.otlp_endpoint` must be an http or https URL without user, query and fragment; \
                 what the collector wants to see belongs in `traces.headers`",
            ));
        }
        if self.timeout_secs == 0 || self.timeout_secs > TIMEOUT_MAX_SECS {
            return Err(ConfigError::Contradiction(
                "`traces.timeout_secs` must be 1 to 60",
            ));
        }
        if self.service_name.is_empty() || self.service_name.len() > 255 {
            return Err(ConfigError::Contradiction(
                "`traces.service_name` must have 1 to 255 bytes",
            ));
        }
        if self.headers.0.len() > HEADERS_MAX || self.headers.parsed().is_none() {
            return Err(ConfigError::Contradiction(
                "`traces.headers` must be 16 HTTP headers at most, by their names",
            ));
        }
        Ok(())
    }

    /// Where spans are sent; `None` if they are not.
    pub fn target(&self) -> Option<Target> {
        let base = self.otlp_endpoint.as_deref()?;
        if base.contains(['?', '#']) {
            return None;
        }
        let url = format!("{}{TRACES_PATH}", base.trim_end_matches('/'));
        Target::parse(&url).filter(|target| target.authorization.is_none())
    }
}

/// Headers whose values are nobody's business: where settings are shown, they are left out.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Headers(BTreeMap<String, SecretString>);

impl Headers {
    /// As HTTP has them; `None` if one cannot be such a header, or is one that belongs to the request itself.
    pub fn parsed(&self) -> Option<Vec<(HeaderName, HeaderValue)>> {
        let parsed = self.0.iter().map(|(name, value)| {
            let name: HeaderName = name.parse().ok()?;
            let is_own = ["host", "connection", "transfer-encoding", "expect"];
            let is_own = is_own.contains(&name.as_str()) || name.as_str().starts_with("content-");
            let mut value = HeaderValue::from_str(value.expose_secret()).ok()?;
            value.set_sensitive(true);
            (!is_own).then_some((name, value))
        });
        parsed.collect()
    }

    fn shown(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.0.keys().map(|name| (name.as_str(), REDACTED))
    }
}

impl FromIterator<(String, String)> for Headers {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(headers: T) -> Self {
        let headers = headers.into_iter();
        Self(headers.map(|(name, value)| (name, value.into())).collect())
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        let exposed = |(name, value): (&String, &SecretString)| {
            (name.clone(), value.expose_secret().to_owned())
        };
        self.0.iter().map(exposed).eq(other.0.iter().map(exposed))
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.shown()).finish()
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.shown())
    }
}

/// A part of all: from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct SampleRatio(f64);

/// Not from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be from 0 to 1")]
pub struct NoRatio;

// No ratio is NaN.
impl Eq for SampleRatio {}

impl TryFrom<f64> for SampleRatio {
    type Error = NoRatio;

    fn try_from(ratio: f64) -> Result<Self, NoRatio> {
        if (0.0..=1.0).contains(&ratio) {
            Ok(Self(ratio))
        } else {
            Err(NoRatio)
        }
    }
}

impl From<SampleRatio> for f64 {
    fn from(ratio: SampleRatio) -> Self {
        ratio.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(endpoint: &str) -> TraceSettings {
        TraceSettings {
            otlp_endpoint: Some(endpoint.to_owned()),
            ..TraceSettings::default()
        }
    }

    #[test]
    fn the_path_is_added_to_the_endpoint() {
        for (endpoint, url) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            (
                "https://example.com/otlp",
                "https://example.com/otlp/v1/traces",
            ),
        ] {
            assert_eq!(settings(endpoint).target().unwrap().told, url);
            assert!(settings(endpoint).check().is_ok());
        }
        for wrong in [
            "",
            "127.0.0.1:4318",
            "grpc://example.com",
            "http://u:p@example.com",
            "http://example.com?key=1",
            "http://example.com#x",
        ] {
            assert!(settings(wrong).check().is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_of_headers_are_not_shown() {
        let parsed: TraceSettings =
            toml::from_str("headers = { authorization = \"Bearer s3cret\" }").unwrap();
        assert!(parsed.check().is_ok());
        let [(name, value)] = &parsed.headers.parsed().unwrap()[..] else {
            panic!("one header")
        };
        assert_eq!(
            (name.as_str(), value.as_bytes()),
            ("authorization", &b"Bearer s3cret"[..])
        );
        for shown in [format!("{parsed:?}"), toml::to_string(&parsed).unwrap()] {
            assert!(
                shown.contains("authorization") && !shown.contains("s3cret"),
                "{shown}"
            );
        }
        for wrong in [
            "host = \"x\"",
            "\"a b\" = \"x\"",
            "x = \"a\\nb\"",
            "content-type = \"x\"",
        ] {
            let wrong: TraceSettings = toml::from_str(&format!("headers = {{ {wrong} }}")).unwrap();
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_ratio_is_a_part_of_all() {
        for right in ["0", "1", "0.25", "1.0"] {
            let text = format!("sample_ratio = {right}");
            assert!(toml::from_str::<TraceSettings>(&text).is_ok(), "{right}");
        }
        for wrong in ["-0.1", "1.1", "nan", "inf"] {
            let text = format!("sample_ratio = {wrong}");
            assert!(toml::from_str::<TraceSettings>(&text).is_err(), "{wrong}");
        }
    }
}
