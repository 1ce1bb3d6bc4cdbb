//! `[sessions]`: when somebody is missed, and when a meeting is over.

use greenroom_domain::limits::{RETURN_CHECK_SECS, SESSION_TIMEOUT_SECS, SILENCE_MAX_SECS};
use greenroom_rooms::call::Patience;
use greenroom_rooms::history::GRACE_SECS;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// The longest grace, in seconds: an hour.
const GRACE_MAX_SECS: u32 = 3_600;

/// When somebody is missed, and when a meeting is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSettings {
    /// How many seconds a session goes on after the last one left, so that a reload or a restart of
    /// the server does not split a meeting; 3600 at most.
    pub grace_secs: u32,
    /// After how many seconds of silence of its WebSocket, pongs included, somebody is given up whose
    /// media is down as well; 7 to 120. A browser is heard every 5 s.
    pub silence_secs: u32,
    /// How many seconds somebody has to show that it is there, when the same person comes by another
    /// connection; 1 to 10, or 0 to ask nobody.
    pub return_check_secs: u32,
    /// After how many seconds without a frame a Janus session ends, and after how many without a session
    /// a WebSocket; 15 to 600, and not less than `silence_secs`. The browser SDK sends a frame every 5 s.
    pub timeout_secs: u32,
}

impl SessionSettings {
    /// Refuses what is out of its range.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let refusal = if self.grace_secs > GRACE_MAX_SECS {
            "`sessions.grace_secs` must be 3600 at most"
        } else if !(7..=120).contains(&self.silence_secs) {
            "`sessions.silence_secs` must be 7 to 120: browsers are heard every 5 s"
        } else if self.return_check_secs > 10 {
            "`sessions.return_check_secs` must be 10 at most"
        } else if !(15..=600).contains(&self.timeout_secs) {
            "`sessions.timeout_secs` must be 15 to 600"
        } else if self.timeout_secs < self.silence_secs {
            "`sessions.timeout_secs` must not be less than `sessions.silence_secs`"
        } else {
            return Ok(());
        };
        Err(ConfigError::Contradiction(refusal))
    }

    /// How long silence is borne.
    pub fn patience(&self) -> Patience {
        Patience {
            silence_secs: i64::from(self.silence_secs),
            return_check_secs: i64::from(self.return_check_secs),
        }
    }
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            grace_secs: GRACE_SECS,
            silence_secs: secs(SILENCE_MAX_SECS),
            return_check_secs: secs(RETURN_CHECK_SECS),
            timeout_secs: secs(SESSION_TIMEOUT_SECS),
        }
    }
}

/// A bound as a setting; all are small and positive.
fn secs(bound: i64) -> u32 {
    u32::try_from(bound).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut SessionSettings)) -> SessionSettings {
        let mut settings = SessionSettings::default();
        change(&mut settings);
        settings
    }

    #[test]
    fn each_has_its_range() {
        let good = [
            SessionSettings::default(),
            with(|it| it.grace_secs = 3_600),
            with(|it| it.silence_secs = 7),
            with(|it| it.return_check_secs = 0),
            with(|it| it.return_check_secs = 10),
            with(|it| (it.silence_secs, it.timeout_secs) = (120, 600)),
            with(|it| it.timeout_secs = 15),
        ];
        for settings in good {
            assert!(settings.check().is_ok(), "{settings:?}");
        }
        let bad = [
            with(|it| it.grace_secs = 3_601),
            with(|it| it.silence_secs = 6),
            with(|it| (it.silence_secs, it.timeout_secs) = (121, 600)),
            with(|it| it.return_check_secs = 11),
            with(|it| it.timeout_secs = 14),
            with(|it| it.timeout_secs = 601),
            with(|it| (it.silence_secs, it.timeout_secs) = (61, 60)),
        ];
        for settings in bad {
            assert!(settings.check().is_err(), "{settings:?}");
        }
    }
}
