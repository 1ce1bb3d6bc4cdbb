//! Points in time and calendar days, always UTC. The only file that names the calendar library.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;

const MICROS_PER_SEC: i64 = 1_000_000;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_unix_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the Unix epoch; saturates.
    pub const fn from_unix_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(MICROS_PER_SEC))
    }

    /// Microseconds since the Unix epoch.
    pub const fn unix_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn unix_secs(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SEC)
    }

    /// This time plus some microseconds; saturates.
    #[must_use]
    pub const fn saturating_add_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// This time plus some seconds; saturates.
    #[must_use]
    pub const fn saturating_add_secs(self, secs: i64) -> Self {
        self.saturating_add_micros(secs.saturating_mul(MICROS_PER_SEC))
    }

    /// Microseconds from `earlier` to this time; 0 if `earlier` is not earlier.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        let micros = self.0.saturating_sub(earlier.0);
        if micros < 0 { 0 } else { micros }
    }

    /// As stored resources show it: six fraction digits and `Z` (`2021-04-16T09:46:20.954863Z`).
    pub fn to_rfc3339_micros(self) -> String {
        format!("{:.6}", self.to_jiff())
    }

    /// As token expiries show it: whole seconds and `Z` (`2021-04-22T12:24:55Z`).
    pub fn to_rfc3339_secs(self) -> String {
        format!("{:.0}", Self::from_unix_secs(self.unix_secs()).to_jiff())
    }

    fn to_jiff(self) -> jiff::Timestamp {
        // Out of the calendar's range (years -9999 to 9999) only by construction in a test.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_rfc3339_micros())
    }
}

/// A calendar day in UTC, as date filters name it (`2021-04-25`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(Date);

/// Text that is no calendar day of the form `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the form YYYY-MM-DD")]
pub struct InvalidDay;

impl std::str::FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(InvalidDay);
        }
        text.parse().map(Self).map_err(|_| InvalidDay)
    }
}

impl Day {
    /// The first moment of this day.
    pub fn start(self) -> Timestamp {
        Self::start_of(self.0)
    }

    /// The first moment after this day.
    pub fn end(self) -> Timestamp {
        self.0
            .tomorrow()
            .map_or(Timestamp(i64::MAX), Self::start_of)
    }

    fn start_of(date: Date) -> Timestamp {
        date.to_zoned_datetime(TimeZone::UTC)
            .map_or(Timestamp(i64::MAX), |zoned| {
                Timestamp(zoned.timestamp().as_microsecond())
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_wire_forms() {
        let time = Timestamp::from_unix_micros(1_618_566_380_954_863);
        assert_eq!(time.to_rfc3339_micros(), "2021-04-16T09:46:20.954863Z");
        assert_eq!(time.to_rfc3339_secs(), "2021-04-16T09:46:20Z");
        let whole = Timestamp::from_unix_secs(1_619_094_295);
        assert_eq!(whole.to_rfc3339_micros(), "2021-04-22T12:24:55.000000Z");
        assert_eq!(whole.to_rfc3339_secs(), "2021-04-22T12:24:55Z");
    }

    #[test]
    fn a_day_has_its_bounds() {
        let day: Day = "2021-04-25".parse().unwrap();
        assert_eq!(
            day.start().to_rfc3339_micros(),
            "2021-04-25T00:00:00.000000Z"
        );
        assert_eq!(day.end().to_rfc3339_micros(), "2021-04-26T00:00:00.000000Z");
    }

    #[test]
    fn only_plain_days_are_read() {
        for wrong in [
            "",
            "2021-4-25",
            "2021-02-30",
            "2021-13-01",
            "20210425",
            "2021-04-25T00:00:00Z",
            "-021-04-25",
        ] {
            assert_eq!(wrong.parse::<Day>(), Err(InvalidDay), "{wrong}");
        }
    }
}
