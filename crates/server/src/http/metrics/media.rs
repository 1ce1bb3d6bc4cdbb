//! The media threads' figures, each with the number of its thread.

use std::fmt::Error;
use std::sync::Arc;

use greenroom_media::{Engine, MixerStats, ShardStats};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Shows what the media threads have left, a second ago at most.
#[derive(Debug)]
pub(super) struct MediaCollector(pub(super) Arc<Engine>);

/// One figure of a thread: its name, what it means, what it is.
type Figure = (&'static str, &'static str, Value);

#[derive(Clone, Copy)]
enum Value {
    /// Only ever grows.
    Count(u64),
    /// As it is now.
    Level(u64),
    /// A share, in thousandths.
    Permille(u32),
}

fn of_shard(shard: &ShardStats) -> [Figure; 25] {
    use Value::{Count, Level, Permille};
    let media = &shard.forwarding;
    [
        ("media_connections", "Media connections", Level(media.peers)),
        ("media_rooms", "Rooms with media", Level(shard.rooms)),
        (
            "media_busy_ratio",
            "Share of the last second in which a media thread worked",
            Permille(shard.busy_permille),
        ),
        (
            "media_datagrams_in",
            "Datagrams received",
            Count(media.datagrams_in),
        ),
        (
            "media_bytes_in",
            "Bytes of datagrams received",
            Count(media.bytes_in),
        ),
        (
            "media_datagrams_unknown",
            "Datagrams received of nobody known",
            Count(media.datagrams_unknown),
        ),
        (
            "media_datagrams_malformed",
            "Datagrams received that made no sense",
            Count(media.datagrams_malformed),
        ),
        (
            "media_datagrams_out",
            "Datagrams to be sent",
            Count(media.datagrams_out),
        ),
        (
            "media_bytes_out",
            "Bytes of datagrams to be sent",
            Count(media.bytes_out),
        ),
        (
            "media_datagrams_dropped",
            "Datagrams to be sent that the system did not take",
            Count(shard.datagrams_dropped),
        ),
        (
            "media_packets_in",
            "RTP packets of publishers",
            Count(media.packets_in),
        ),
        (
            "media_packets_forwarded",
            "RTP packets to subscribers",
            Count(media.packets_forwarded),
        ),
        (
            "media_packets_dropped",
            "RTP packets due to subscribers that were dropped",
            Count(media.packets_dropped),
        ),
        (
            "media_nacks_received",
            "RTP packets that subscribers reported lost",
            Count(media.nacks_received),
        ),
        (
            "media_nacks_sent",
            "RTP packets of publishers that were reported lost",
            Count(media.nacks_sent),
        ),
        (
            "media_keyframes_requested",
            "Key frames asked of publishers",
            Count(media.keyframes_requested),
        ),
        (
            "media_layer_switches",
            "Simulcast layers switched",
            Count(media.layer_switches),
        ),
        (
            "media_faults",
            "Media connections ended by a fault",
            Count(media.faults),
        ),
        (
            "media_mix_packets_dropped",
            "Audio packets that the mixer did not take",
            Count(shard.mix_packets_dropped),
        ),
        (
            "media_text_overruns",
            "Data channels closed since their room took no more",
            Count(shard.text_overruns),
        ),
        (
            "media_tcp_connections",
            "TCP connections of media",
            Level(shard.tcp_connections),
        ),
        (
            "media_tcp_accepted",
            "TCP connections of media accepted",
            Count(shard.tcp_accepted),
        ),
        (
            "media_tcp_closed",
            "TCP connections of media closed as idle, stuck or unknown",
            Count(shard.tcp_closed),
        ),
        (
            "media_tcp_dropped",
            "Datagrams dropped for TCP connections that were too slow",
            Count(shard.tcp_dropped),
        ),
        (
            "media_mix_packets",
            "Audio packets of legs of mixed audio",
            Count(media.mix_packets_in),
        ),
    ]
}

fn of_mixer(mixer: &MixerStats) -> [Figure; 9] {
    use Value::{Count, Level, Permille};
    let mixing = &mixer.mixing;
    [
        ("mixer_legs", "Legs of mixed audio", Level(mixer.legs)),
        (
            "mixer_busy_ratio",
            "Share of the last second in which a mixer thread worked",
            Permille(mixer.busy_permille),
        ),
        ("mixer_ticks", "Mixes of 20 ms", Count(mixing.ticks)),
        (
            "mixer_ticks_skipped",
            "Mixes of 20 ms left out, the thread being too late",
            Count(mixing.ticks_skipped),
        ),
        (
            "mixer_ticks_late",
            "Times that mixing began more than 5 ms late",
            Count(mixer.late_runs),
        ),
        ("mixer_decodes", "Packets decoded", Count(mixing.decodes)),
        ("mixer_encodes", "Packets encoded", Count(mixing.encodes)),
        (
            "mixer_concealments",
            "Losses concealed, of 20 ms or less each",
            Count(mixing.concealments),
        ),
        (
            "mixer_frames_dropped",
            "Mixed packets that the shard did not take",
            Count(mixer.frames_dropped),
        ),
    ]
}

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
fn show<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    label: &str,
    threads: &[[Figure; N]],
) -> Result<(), Error> {
    for at in 0..N {
        let figures = threads.iter().filter_map(|figures| figures.get(at));
        let Some((name, help, value)) = figures.clone().next() else {
            return Ok(());
        };
        let mut family = encoder.encode_descriptor(name, help, None, value.kind())?;
        for (number, (_, _, value)) in figures.enumerate() {
            let labels = [(label, number.to_string())];
            value.encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

impl Collector for MediaCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let stats = self.0.stats();
        let shards: Vec<_> = stats.shards.iter().map(of_shard).collect();
        let mixers: Vec<_> = stats.mixers.iter().map(of_mixer).collect();
        show(&mut encoder, "shard", &shards)?;
        show(&mut encoder, "mixer", &mixers)?;
        let failed = Value::Level(stats.threads_failed);
        failed.encode(encoder.encode_descriptor(
            "media_threads_failed",
            "Media threads that have failed",
            None,
            failed.kind(),
        )?)
    }
}
