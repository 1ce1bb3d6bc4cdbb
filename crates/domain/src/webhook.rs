//! Where a room's events are to be sent.

use url::Url;

use crate::limits::URL_MAX_CHARS;

/// What is wrong with a webhook setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebhook {
    /// Not an absolute `http` or `https` URL with a host.
    #[error("must be an absolute http or https URL")]
    NotHttp,
    /// Longer than [`URL_MAX_CHARS`].
    #[error("must have at most {URL_MAX_CHARS} characters")]
    TooLong,
    /// A timeout outside 0 to [`WebhookTimeout::MAX_SECS`].
    #[error("must be between 0 and {} seconds", WebhookTimeout::MAX_SECS)]
    TimeoutOutOfRange,
}

/// An absolute `http` or `https` URL, kept as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// Takes a URL; it must carry a scheme and a host.
    pub fn new(text: String) -> Result<Self, InvalidWebhook> {
        if text.chars().count() > URL_MAX_CHARS {
            return Err(InvalidWebhook::TooLong);
        }
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Self(text)),
            Ok(_) | Err(_) => Err(InvalidWebhook::NotHttp),
        }
    }

    /// The URL as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long one delivery may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookTimeout(u8);

impl WebhookTimeout {
    /// The longest timeout, in seconds.
    pub const MAX_SECS: u8 = 30;

    /// Takes a timeout of 0 to 30 seconds.
    pub fn new(secs: i64) -> Result<Self, InvalidWebhook> {
        u8::try_from(secs)
            .ok()
            .filter(|secs| *secs <= Self::MAX_SECS)
            .map(Self)
            .ok_or(InvalidWebhook::TimeoutOutOfRange)
    }

    /// The timeout in seconds.
    pub const fn secs(self) -> u8 {
        self.0
    }
}

/// A room's webhook settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Where events go.
    pub event_url: Option<WebhookUrl>,
    /// Where they go when that fails.
    pub event_failover_url: Option<WebhookUrl>,
    /// How long one delivery may take; the server's default when absent.
    pub timeout: Option<WebhookTimeout>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_needs_a_scheme_and_a_host() {
        for good in [
            "https://example.com/hook?x=1",
            "http://127.0.0.1:9/",
            "HTTP://example.com",
        ] {
            assert_eq!(WebhookUrl::new(good.into()).unwrap().as_str(), good);
        }
        for wrong in [
            "",
            "example.com",
            "//example.com",
            "ftp://example.com",
            "https://",
            "javascript:1",
        ] {
            assert_eq!(
                WebhookUrl::new(wrong.into()),
                Err(InvalidWebhook::NotHttp),
                "{wrong}"
            );
        }
        let long = format!("https://example.com/{}", "x".repeat(URL_MAX_CHARS));
        assert_eq!(WebhookUrl::new(long), Err(InvalidWebhook::TooLong));
    }

    #[test]
    fn the_timeout_has_bounds() {
        assert!(WebhookTimeout::new(0).is_ok());
        assert!(WebhookTimeout::new(30).is_ok());
        assert!(WebhookTimeout::new(31).is_err());
        assert!(WebhookTimeout::new(-1).is_err());
    }
}
