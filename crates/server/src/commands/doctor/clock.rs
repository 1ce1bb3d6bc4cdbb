//! The clock: tokens and sessions are only as right as it is.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use greenroom_domain::Timestamp;

use super::finding::Finding;

/// How far the wall clock may run from the monotonic one while the doctor works, in milliseconds.
const STEP_MS: i64 = 200;
/// How far records may be ahead of the clock: other processes write too.
const AHEAD_SECS: i64 = 5;
/// File times are whole seconds on some systems, and zones are mistaken when media are copied.
const PROGRAM_SLACK_SECS: i64 = 86_400;

/// What is known of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) now: Timestamp,
    /// By how many milliseconds the wall clock went further than the monotonic one.
    pub(super) stepped_ms: i64,
    /// When the newest record in the store was written.
    pub(super) newest_record: Option<Timestamp>,
    /// When the program's file was written.
    pub(super) program_written: Option<Timestamp>,
    /// Whether the system keeps it right by the network, if it tells.
    pub(super) is_synchronised: Option<bool>,
}

/// When this program's file was written.
pub(super) fn program_written() -> Option<Timestamp> {
    let file = fs::metadata(std::env::current_exe().ok()?).ok()?;
    let since = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_unix_secs(
        i64::try_from(since.as_secs()).ok()?,
    ))
}

/// Asks systemd. Nothing goes to the network.
pub(super) fn is_synchronised() -> Option<bool> {
    let output = Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    match String::from_utf8_lossy(&output.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// How much further the wall clock went than the monotonic one, in milliseconds.
pub(super) fn stepped_ms(wall_micros: i64, monotonic: Duration) -> i64 {
    let monotonic = i64::try_from(monotonic.as_micros()).unwrap_or(i64::MAX);
    wall_micros.saturating_sub(monotonic) / 1_000
}

/// What to make of it.
pub(super) fn judge(clock: &Clock) -> Vec<Finding> {
    const REMEDY: &str = "Set the clock, and let chrony or systemd-timesyncd keep it";
    let mut findings = Vec::new();
    let shown = clock.now.to_rfc3339_secs();
    if let Some(newest) = clock.newest_record
        && newest > clock.now.saturating_add_secs(AHEAD_SECS)
    {
        let newest = newest.to_rfc3339_secs();
        findings.push(Finding::problem(
            "clock_before_records",
            format!("the clock says {shown}, but the newest record is of {newest}"),
            REMEDY,
        ));
    }
    if let Some(written) = clock.program_written
        && written > clock.now.saturating_add_secs(PROGRAM_SLACK_SECS)
    {
        let written = written.to_rfc3339_secs();
        findings.push(Finding::problem(
            "clock_before_program",
            format!("the clock says {shown}, but this program is of {written}"),
            REMEDY,
        ));
    }
    if clock.stepped_ms.abs() > STEP_MS {
        findings.push(Finding::warning(
            "clock_steps",
            format!(
                "the clock was moved by {} ms while the doctor looked",
                clock.stepped_ms
            ),
            "Let one program only keep it, and slew rather than step",
        ));
    }
    if clock.is_synchronised == Some(false) {
        findings.push(Finding::warning(
            "clock_not_synchronised",
            "the clock is not kept right by the network",
            "timedatectl set-ntp true, or chrony",
        ));
    }
    if findings.is_empty() {
        let by = if clock.is_synchronised == Some(true) {
            ", and is kept right by the network"
        } else {
            ""
        };
        findings.push(Finding::ok("clock", format!("the clock says {shown}{by}")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_secs(1_700_000_000);

    fn ids(clock: &Clock) -> Vec<&'static str> {
        judge(clock).iter().map(|finding| finding.id).collect()
    }

    #[test]
    fn a_clock_is_judged() {
        let fine = Clock {
            now: NOW,
            stepped_ms: 3,
            newest_record: Some(NOW.saturating_add_secs(2)),
            program_written: Some(NOW.saturating_add_secs(3_600)),
            is_synchronised: None,
        };
        assert_eq!(ids(&fine), ["clock"]);
        let wrong = Clock {
            now: NOW,
            stepped_ms: -5_000,
            newest_record: Some(NOW.saturating_add_secs(60)),
            program_written: Some(NOW.saturating_add_secs(172_800)),
            is_synchronised: Some(false),
        };
        assert_eq!(
            ids(&wrong),
            [
                "clock_before_records",
                "clock_before_program",
                "clock_steps",
                "clock_not_synchronised"
            ]
        );
    }

    #[test]
    fn steps_are_what_one_clock_went_further() {
        assert_eq!(stepped_ms(1_500_000, Duration::from_secs(1)), 500);
        assert_eq!(stepped_ms(-9_000_000, Duration::from_secs(1)), -10_000);
    }
}
