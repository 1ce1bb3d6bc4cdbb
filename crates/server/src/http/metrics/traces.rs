//! What becomes of spans.

use std::fmt::Error;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::show_counter;
use crate::traces::TraceStats;

/// Shows what was counted.
#[derive(Debug)]
pub(super) struct TraceCollector(pub(super) Arc<TraceStats>);

impl Collector for TraceCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let stats = &self.0;
        show_counter(
            &mut encoder,
            "trace_spans_exported",
            "Spans that the trace collector has taken",
            stats.exported(),
        )?;
        show_counter(
            &mut encoder,
            "trace_spans_dropped",
            "Spans that it has not taken, or that found the queue full",
            stats.dropped(),
        )
    }
}
