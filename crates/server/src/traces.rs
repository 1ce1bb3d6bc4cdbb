//! People's ways from a token to the first frame, told to a collector by OTLP.
//!
//! Who takes a step tells of it and goes on: a span that finds no place in the queue is dropped and counted. One task
//! ([`export`]) sends what is in the queue.

pub mod export;
pub mod ids;
pub mod spans;
pub mod traceparent;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use greenroom_domain::{Clock, Entropy, FamilyId, Timestamp};
use greenroom_rooms::Tracer;
use greenroom_rooms::trace::Step;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::sync::mpsc;

use crate::app::Edges;
use crate::config::TraceSettings;
use export::Exporter;
use ids::{Sampler, TraceId};
use spans::TokenRequest;

/// Spans that wait to be sent; each takes less than a kilobyte. One way in makes about twenty.
const QUEUE_MAX: usize = 8_192;

/// What became of spans since the start.
#[derive(Debug, Default)]
pub struct TraceStats {
    exported: AtomicU64,
    dropped: AtomicU64,
}

impl TraceStats {
    /// Spans that the collector has taken.
    pub fn exported(&self) -> u64 {
        self.exported.load(Ordering::Relaxed)
    }

    /// Spans that found no place in the queue, or that the collector has not taken.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Traces as the program holds them, if the settings say where to.
pub struct Tracing {
    /// Where to tell of what happens.
    pub traces: Option<Arc<Traces>>,
    /// What became of it.
    pub stats: Arc<TraceStats>,
    /// What sends it, until it runs.
    pub exporter: Option<Exporter>,
}

impl Tracing {
    /// Makes them ready.
    pub fn open(settings: &TraceSettings, edges: &Edges) -> anyhow::Result<Self> {
        let stats = Arc::<TraceStats>::default();
        let Some(target) = settings.target() else {
            return Ok(Self {
                traces: None,
                stats,
                exporter: None,
            });
        };
        let (queue, queued) = mpsc::channel(QUEUE_MAX);
        let entropy = Arc::clone(&edges.entropy);
        let exporter = Exporter::new(settings, target, queued, &*entropy, Arc::clone(&stats))?;
        let traces = Traces {
            queue,
            sampler: Sampler::new(settings.sample_ratio),
            clock: Arc::clone(&edges.clock),
            entropy,
            stats: Arc::clone(&stats),
        };
        Ok(Self {
            traces: Some(Arc::new(traces)),
            stats,
            exporter: Some(exporter),
        })
    }

    /// The same as others know it.
    pub fn tracer(&self) -> Option<Arc<dyn Tracer>> {
        let traces = self.traces.clone()?;
        Some(traces)
    }
}

/// Takes steps, and queues spans of them.
pub struct Traces {
    queue: mpsc::Sender<Span>,
    sampler: Sampler,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    stats: Arc<TraceStats>,
}

impl Traces {
    /// The present.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells of a request for tokens.
    pub fn request(&self, request: &TokenRequest<'_>) {
        let span = || spans::of_request(request, &*self.entropy);
        self.tell(request.token.family, span);
    }

    fn tell(&self, family: FamilyId, span: impl FnOnce() -> Span) {
        if self.sampler.keeps(TraceId::of(family)) && self.queue.try_send(span()).is_err() {
            self.stats.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
impl Traces {
    /// With a queue of that many, and its other end.
    fn with_queue(max: usize, ratio: f64) -> (Self, mpsc::Receiver<Span>) {
        let (queue, queued) = mpsc::channel(max);
        let traces = Self {
            queue,
            sampler: Sampler::new(ratio.try_into().unwrap()),
            clock: Arc::new(crate::edges::SystemClock::start()),
            entropy: Arc::new(crate::edges::SystemEntropy),
            stats: Arc::default(),
        };
        (traces, queued)
    }
}

impl Tracer for Traces {
    fn step(&self, step: Step) {
        self.tell(step.family, || spans::of_step(&step, &*self.entropy));
    }
}

#[cfg(test)]
mod tests {
    use greenroom_domain::RoomId;
    use greenroom_rooms::trace::{Board, What};

    use super::*;
    use crate::edges::SystemEntropy;

    const THEN: Timestamp = Timestamp::from_unix_secs(1_700_000_000);

    fn step(what: What) -> Step {
        Step {
            family: FamilyId::random(&SystemEntropy),
            room: RoomId::random(&SystemEntropy),
            session: Some(7),
            participant: None,
            started: THEN.saturating_add_secs(1),
            ended: THEN,
            what,
            fault: Some("why".to_owned()),
        }
    }

    #[test]
    fn what_finds_no_place_is_counted_and_not_waited_for() {
        let (traces, mut queued) = Traces::with_queue(2, 1.0);
        for _ in 0..5 {
            traces.step(step(What::Opened));
        }
        assert_eq!((traces.stats.dropped(), traces.stats.exported()), (3, 0));
        assert!(queued.try_recv().is_ok());
        traces.step(step(What::Opened));
        assert_eq!(traces.stats.dropped(), 3);
    }

    #[test]
    fn what_is_not_sampled_is_not_there() {
        let (traces, mut queued) = Traces::with_queue(2, 0.0);
        for _ in 0..5 {
            traces.step(step(What::Opened));
        }
        assert!(queued.try_recv().is_err());
        assert_eq!(traces.stats.dropped(), 0);
    }

    #[test]
    fn a_span_hangs_on_its_session_and_never_ends_before_it_began() {
        let (traces, mut queued) = Traces::with_queue(9, 1.0);
        let connect = step(What::Connected(Board::Publisher));
        let trace = TraceId::of(connect.family);
        for what in [
            connect.what,
            What::Opened,
            What::TokenReplaced {
                former: connect.family,
            },
        ] {
            traces.step(Step {
                what,
                ..connect.clone()
            });
        }
        let [child, opened, replaced] = [(); 3].map(|()| queued.try_recv().unwrap());
        assert_eq!(child.name, "connect publisher");
        assert_eq!(child.trace_id, trace.0);
        assert_eq!(child.parent_span_id, 7_u64.to_be_bytes());
        assert_eq!(child.start_time_unix_nano, child.end_time_unix_nano);
        assert_eq!(child.status.unwrap().message, "why");
        assert_eq!(opened.span_id, 7_u64.to_be_bytes());
        for span in [&opened, &replaced] {
            assert_eq!(span.parent_span_id, trace.0[8..]);
        }
        assert_eq!(replaced.links[0].span_id, opened.span_id);
    }
}
