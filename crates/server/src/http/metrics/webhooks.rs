//! What becomes of webhooks.

use std::fmt::Error;
use std::sync::Arc;

use greenroom_webhooks::WebhookStats;
use greenroom_webhooks::stats::Outcome;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::show_counter;

/// Shows what was counted, and how much there was in the outbox some seconds ago at most.
#[derive(Debug)]
pub(super) struct WebhookCollector(pub(super) Arc<WebhookStats>);

impl Collector for WebhookCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let stats = &self.0;
        let mut attempts = encoder.encode_descriptor(
            "webhook_attempts",
            "URLs tried with webhooks, by what came of it",
            None,
            MetricType::Counter,
        )?;
        for outcome in Outcome::ALL {
            let labels = [("outcome", outcome.as_str())];
            ConstCounter::new(stats.attempts(outcome)).encode(attempts.encode_family(&labels)?)?;
        }
        show_counter(
            &mut encoder,
            "webhooks_expired",
            "Webhooks that became dead letters after waiting",
            stats.expired(),
        )?;
        let seen = stats.seen();
        let gauges = [
            (
                "webhooks_pending",
                "Webhooks that wait to be delivered",
                seen.backlog.pending,
            ),
            (
                "webhooks_oldest_pending_seconds",
                "How long the longest waiting webhook has waited",
                seen.oldest_age_secs,
            ),
            ("webhooks_dead", "Dead letters", seen.backlog.dead),
            (
                "webhooks_overflowed",
                "Dead letters that found their room's queue full",
                seen.backlog.overflowed,
            ),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
