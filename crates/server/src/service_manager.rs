//! What a service manager (systemd) is told: ready, alive, stopping, and a line for people. Nothing at all where there
//! is none, which is where `NOTIFY_SOCKET` is not set.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::MissedTickBehavior;

use crate::health::{Condition, Health};

/// How often the line for people is renewed where nobody wants signs of life.
const STATUS_INTERVAL: Duration = Duration::from_secs(30);
/// Signs of life in the time after which the server counts as dead: one may be late, and one lost.
const SIGNS_OF_LIFE: u32 = 3;

/// Tells the service manager that the server is ready once it is, and from then on how it is, until it stops.
pub(crate) async fn report(health: Health) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    let watchdog = sd_notify::watchdog_enabled();
    let mut ticks = tokio::time::interval(interval(watchdog));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reported = Reported::default();
    loop {
        tokio::select! {
            () = health.stopping.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let condition = health.condition().await;
        if health.is_stopping() {
            return;
        }
        let status = status(condition, health.people_and_calls());
        let states = reported.next(condition, watchdog.is_some(), &status);
        if let Condition::Dead(reason) = condition {
            tracing::error!(
                reason,
                "not fit to go on; the service manager may restart it"
            );
        }
        tell(&states);
    }
}

/// Tells the service manager that a stop has begun which may take this long.
pub(crate) fn stopping(limit: Duration) {
    let micros = u32::try_from(limit.as_micros()).unwrap_or(u32::MAX);
    tell(&[
        NotifyState::Stopping,
        NotifyState::ExtendTimeoutUsec(micros),
        NotifyState::Status("Stopping: finishing what is under way"),
    ]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

fn interval(watchdog: Option<Duration>) -> Duration {
    // Never zero, which would be no interval.
    watchdog.map_or(STATUS_INTERVAL, |limit| {
        (limit / SIGNS_OF_LIFE).max(Duration::from_millis(1))
    })
}

/// What was reported before.
#[derive(Debug, Default)]
struct Reported {
    ready: bool,
}

impl Reported {
    /// What is to be told now. The dead give no sign of life, and do not become ready.
    fn next<'a>(
        &mut self,
        condition: Condition,
        is_watched: bool,
        status: &'a str,
    ) -> Vec<NotifyState<'a>> {
        let mut states = Vec::with_capacity(3);
        if !matches!(condition, Condition::Dead(_)) {
            if !self.ready {
                self.ready = true;
                states.push(NotifyState::Ready);
            }
            if is_watched {
                states.push(NotifyState::Watchdog);
            }
        }
        states.push(NotifyState::Status(status));
        states
    }
}

fn status(condition: Condition, (people, calls): (u64, u64)) -> String {
    let serving = match (people, calls) {
        (0, 0) => "Serving, no calls".to_owned(),
        (people, calls) => format!(
            "Serving, {people} {} in {calls} {}",
            if people == 1 { "person" } else { "people" },
            if calls == 1 { "call" } else { "calls" },
        ),
    };
    match condition {
        Condition::Fit => serving,
        Condition::Ailing(reason) => format!("{serving}; {reason}"),
        Condition::Dead(reason) => format!("Not fit to serve: {reason}"),
    }
}

#[cfg(test)]
mod tests;
