//! Figures of sessions and participants, and of the way to their record.

use std::fmt::Error;
use std::sync::Arc;
use std::time::Duration;

use greenroom_domain::participant::LeftReason;
use greenroom_domain::session::EndReason;
use greenroom_rooms::Stats;
use greenroom_rooms::history::HistoryStats;
use greenroom_rooms::stats::Counter;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::show_counter;

type Shown<'a> = (&'static str, &'static str, &'a Counter);

/// Shows what is counted of the history.
#[derive(Debug)]
pub(super) struct HistoryCollector(pub(super) Arc<Stats>);

/// What is counted as it is now.
fn gauges(stats: &HistoryStats) -> [Shown<'_>; 3] {
    [
        ("sessions_active", "Sessions going on", &stats.active),
        (
            "participants_present",
            "Participants in sessions",
            &stats.present,
        ),
        (
            "history_waiting",
            "Changes of sessions and participants that wait to be written",
            &stats.waiting,
        ),
    ]
}

/// What only ever grows.
fn counters(all: &Stats) -> [Shown<'_>; 8] {
    let stats = &all.history;
    [
        (
            "participants_kicked",
            "Participants put out by the API",
            &all.kicked,
        ),
        (
            "participants_muted",
            "Participants silenced by the API",
            &all.muted,
        ),
        (
            "participants_unmuted",
            "Participants let be heard again by the API",
            &all.unmuted,
        ),
        ("sessions_started", "Sessions begun", &stats.started),
        ("participants_joined", "Joins of sessions", &stats.joined),
        (
            "history_lost",
            "Changes of sessions and participants that could not be written",
            &stats.lost,
        ),
        (
            "history_writes",
            "Writes of sessions and participants",
            &stats.writes,
        ),
        (
            "history_retries",
            "Writes of sessions and participants that failed and were tried again",
            &stats.retries,
        ),
    ]
}

/// A reason as a label: the texts of webhooks, in lower case and without spaces.
const fn end_label(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Api => "api",
        EndReason::Empty | EndReason::RoomDeleted | EndReason::Stale => reason.as_str(),
    }
}

impl Collector for HistoryCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let stats = &self.0.history;
        for (name, help, gauge) in gauges(stats) {
            let gauge = ConstGauge::new(i64::try_from(gauge.get()).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        for (name, help, counter) in counters(&self.0) {
            show_counter(&mut encoder, name, help, counter.get())?;
        }
        let secs = Duration::from_micros(stats.write_micros.get()).as_secs_f64();
        let secs = ConstCounter::new(secs);
        let (name, help) = (
            "history_write_seconds",
            "Time that writes of sessions and participants took",
        );
        let kind = secs.metric_type();
        secs.encode(encoder.encode_descriptor(name, help, None, kind)?)?;
        let ended = EndReason::ALL.map(end_label).into_iter().zip(&stats.ended);
        by_reason(&mut encoder, "sessions_ended", "Sessions ended", ended)?;
        let left = LeftReason::ALL.map(LeftReason::as_str);
        let left = left.into_iter().zip(&stats.left);
        by_reason(&mut encoder, "participants_left", "Participants gone", left)
    }
}

fn by_reason<'a>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    reasons: impl Iterator<Item = (&'static str, &'a Counter)>,
) -> Result<(), Error> {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (reason, counter) in reasons {
        let counter = ConstCounter::new(counter.get());
        counter.encode(family.encode_family(&[("reason", reason)])?)?;
    }
    Ok(())
}
