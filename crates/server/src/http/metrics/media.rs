//! The media threads' figures, each with the number of its thread.

use std::fmt::Error;
use std::sync::Arc;

use greenroom_media::{Distribution, Engine, MixerStats, ShardStats};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use Value::{Count, Level, Permille};

/// Shows what the media threads have left, a second ago at most.
#[derive(Debug)]
pub(super) struct MediaCollector(pub(super) Arc<Engine>);

/// One figure of a thread: its name, what it means, and where it stands.
type Figure<T> = (&'static str, &'static str, fn(&T) -> Value);

#[derive(Clone, Copy)]
enum Value {
    /// Only ever grows.
    Count(u64),
    /// As it is now.
    Level(u64),
    /// A share, in thousandths.
    Permille(u32),
}

/// What there is to show of a forwarding thread.
const SHARD: [Figure<ShardStats>; 25] = [
    ("media_connections", "Media connections", |shard| {
        Level(shard.forwarding.peers)
    }),
    ("media_rooms", "Rooms with media", |shard| {
        Level(shard.rooms)
    }),
    (
        "media_busy_ratio",
        "Share of the last second in which a media thread worked",
        |shard| Permille(shard.busy_permille),
    ),
    ("media_datagrams_in", "Datagrams received", |shard| {
        Count(shard.forwarding.datagrams_in)
    }),
    ("media_bytes_in", "Bytes of datagrams received", |shard| {
        Count(shard.forwarding.bytes_in)
    }),
    (
        "media_datagrams_unknown",
        "Datagrams received of nobody known",
        |shard| Count(shard.forwarding.datagrams_unknown),
    ),
    (
        "media_datagrams_malformed",
        "Datagrams received that made no sense",
        |shard| Count(shard.forwarding.datagrams_malformed),
    ),
    ("media_datagrams_out", "Datagrams to be sent", |shard| {
        Count(shard.forwarding.datagrams_out)
    }),
    (
        "media_bytes_out",
        "Bytes of datagrams to be sent",
        |shard| Count(shard.forwarding.bytes_out),
    ),
    (
        "media_datagrams_dropped",
        "Datagrams to be sent that the system did not take",
        |shard| Count(shard.datagrams_dropped),
    ),
    ("media_packets_in", "RTP packets of publishers", |shard| {
        Count(shard.forwarding.packets_in)
    }),
    (
        "media_packets_forwarded",
        "RTP packets to subscribers",
        |shard| Count(shard.forwarding.packets_forwarded),
    ),
    (
        "media_packets_dropped",
        "RTP packets due to subscribers that were dropped",
        |shard| Count(shard.forwarding.packets_dropped),
    ),
    (
        "media_nacks_received",
        "RTP packets that subscribers reported lost",
        |shard| Count(shard.forwarding.nacks_received),
    ),
    (
        "media_nacks_sent",
        "RTP packets of publishers that were reported lost",
        |shard| Count(shard.forwarding.nacks_sent),
    ),
    (
        "media_keyframes_requested",
        "Key frames asked of publishers",
        |shard| Count(shard.forwarding.keyframes_requested),
    ),
    (
        "media_layer_switches",
        "Simulcast layers switched",
        |shard| Count(shard.forwarding.layer_switches),
    ),
    (
        "media_faults",
        "Media connections ended by a fault",
        |shard| Count(shard.forwarding.faults),
    ),
    (
        "media_mix_packets_dropped",
        "Audio packets that the mixer did not take",
        |shard| Count(shard.mix_packets_dropped),
    ),
    (
        "media_text_overruns",
        "Data channels closed since their room took no more",
        |shard| Count(shard.text_overruns),
    ),
    (
        "media_tcp_connections",
        "TCP connections of media",
        |shard| Level(shard.tcp_connections),
    ),
    (
        "media_tcp_accepted",
        "TCP connections of media accepted",
        |shard| Count(shard.tcp_accepted),
    ),
    (
        "media_tcp_closed",
        "TCP connections of media closed as idle, stuck or unknown",
        |shard| Count(shard.tcp_closed),
    ),
    (
        "media_tcp_dropped",
        "Datagrams dropped for TCP connections that were too slow",
        |shard| Count(shard.tcp_dropped),
    ),
    (
        "media_mix_packets",
        "Audio packets of legs of mixed audio",
        |shard| Count(shard.forwarding.mix_packets_in),
    ),
];

/// What there is to show of a mixer thread.
const MIXER: [Figure<MixerStats>; 9] = [
    ("mixer_legs", "Legs of mixed audio", |mixer| {
        Level(mixer.legs)
    }),
    (
        "mixer_busy_ratio",
        "Share of the last second in which a mixer thread worked",
        |mixer| Permille(mixer.busy_permille),
    ),
    ("mixer_ticks", "Mixes of 20 ms", |mixer| {
        Count(mixer.mixing.ticks)
    }),
    (
        "mixer_ticks_skipped",
        "Mixes of 20 ms left out, the thread being too late",
        |mixer| Count(mixer.mixing.ticks_skipped),
    ),
    (
        "mixer_ticks_late",
        "Times that mixing began more than 5 ms late",
        |mixer| Count(mixer.late_runs),
    ),
    ("mixer_decodes", "Packets decoded", |mixer| {
        Count(mixer.mixing.decodes)
    }),
    ("mixer_encodes", "Packets encoded", |mixer| {
        Count(mixer.mixing.encodes)
    }),
    (
        "mixer_concealments",
        "Losses concealed, of 20 ms or less each",
        |mixer| Count(mixer.mixing.concealments),
    ),
    (
        "mixer_frames_dropped",
        "Mixed packets that the shard did not take",
        |mixer| Count(mixer.frames_dropped),
    ),
];

/// What forwarding threads measure again and again.
type Measured = (&'static str, &'static str, fn(&ShardStats) -> Distribution);

/// Of each connection, every two seconds. They are told in thousandths, of a second or of all packets.
const MEASURED: [Measured; 3] = [
    (
        "media_round_trip_seconds",
        "Round trips to clients, of each media connection every two seconds",
        |shard| shard.forwarding.round_trips_ms,
    ),
    (
        "media_loss_in_ratio",
        "Share of packets lost on the way from a client, likewise while it sends",
        |shard| shard.forwarding.losses_in_permille,
    ),
    (
        "media_loss_out_ratio",
        "Share of packets lost on the way to a client, likewise while it is sent something",
        |shard| shard.forwarding.losses_out_permille,
    ),
];

impl Value {
    fn kind(self) -> MetricType {
        match self {
            Self::Count(_) => MetricType::Counter,
            Self::Level(_) | Self::Permille(_) => MetricType::Gauge,
        }
    }

    fn encode(self, encoder: MetricEncoder<'_>) -> Result<(), Error> {
        match self {
            Self::Count(count) => ConstCounter::new(count).encode(encoder),
            Self::Level(level) => {
                ConstGauge::new(i64::try_from(level).unwrap_or(i64::MAX)).encode(encoder)
            }
            Self::Permille(share) => ConstGauge::new(f64::from(share) / 1_000.0).encode(encoder),
        }
    }
}

/// Shows each figure for every thread.
fn show<T>(
    encoder: &mut DescriptorEncoder<'_>,
    label: &str,
    figures: &[Figure<T>],
    threads: &[T],
) -> Result<(), Error> {
    for (name, help, value) in figures {
        let Some(kind) = threads.first().map(|first| value(first).kind()) else {
            return Ok(());
        };
        let mut family = encoder.encode_descriptor(name, help, None, kind)?;
        for (number, thread) in threads.iter().enumerate() {
            let labels = [(label, number.to_string())];
            value(thread).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

fn show_measured(encoder: &mut DescriptorEncoder<'_>, threads: &[ShardStats]) -> Result<(), Error> {
    for (name, help, measured) in MEASURED {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (number, thread) in threads.iter().enumerate() {
            let figures = measured(thread);
            let ranges = figures
                .ranges()
                .map(|(bound, count)| (f64::from(bound), count));
            let buckets: Vec<(f64, u64)> = ranges
                .map(|(bound, count)| (bound / 1_000.0, count))
                .chain([(f64::INFINITY, figures.above())])
                .collect();
            #[expect(clippy::cast_precision_loss, reason = "a sum need not be exact")]
            let sum = figures.sum() as f64 / 1_000.0;
            let labels = [("shard", number.to_string())];
            let mut encoder = family.encode_family(&labels)?;
            encoder.encode_histogram::<NoLabelSet>(sum, figures.total(), &buckets, None)?;
        }
    }
    Ok(())
}

impl Collector for MediaCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let stats = self.0.stats();
        show(&mut encoder, "shard", &SHARD, &stats.shards)?;
        show_measured(&mut encoder, &stats.shards)?;
        show(&mut encoder, "mixer", &MIXER, &stats.mixers)?;
        let failed = Level(stats.threads_failed);
        failed.encode(encoder.encode_descriptor(
            "media_threads_failed",
            "Media threads that have failed",
            None,
            failed.kind(),
        )?)
    }
}
