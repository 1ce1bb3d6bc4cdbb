//! What a shard counts.

use crate::distribution::{Distribution, LOSS_BOUNDS_PERMILLE, ROUND_TRIP_BOUNDS_MS};

/// Totals since the shard began, and how many connections there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Connections now.
    pub peers: u64,
    /// Datagrams that came in.
    pub datagrams_in: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Of those, datagrams of nobody that is known here.
    pub datagrams_unknown: u64,
    /// Of those, datagrams that made no sense to their connection, or were of one stream too many.
    pub datagrams_malformed: u64,
    /// Datagrams that went out.
    pub datagrams_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// RTP packets of publishers.
    pub packets_in: u64,
    /// RTP packets to subscribers, resends not counted.
    pub packets_forwarded: u64,
    /// RTP packets that a subscriber had no use for: another layer, muted, before its key frame.
    pub packets_withheld: u64,
    /// RTP packets that were due to a subscriber but had to be dropped.
    pub packets_dropped: u64,
    /// Audio packets of legs of the mix.
    pub mix_packets_in: u64,
    /// Audio packets to legs of the mix.
    pub mix_packets_out: u64,
    /// Key frames asked of publishers.
    pub keyframes_requested: u64,
    /// Key frames asked for by subscribers.
    pub keyframe_requests: u64,
    /// NACKs from subscribers, up to the last report of each connection (every 2 s).
    pub nacks_received: u64,
    /// NACKs to publishers, as far as reported likewise.
    pub nacks_sent: u64,
    /// Layers switched.
    pub layer_switches: u64,
    /// Connections that ended by a fault.
    pub faults: u64,
    /// Round trips to clients in milliseconds, of each connection at each of its reports.
    pub round_trips_ms: Distribution,
    /// What was lost on the way from clients that sent something, in thousandths, likewise.
    pub losses_in_permille: Distribution,
    /// What was lost on the way to clients that were sent something, in thousandths, likewise.
    pub losses_out_permille: Distribution,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            peers: 0,
            datagrams_in: 0,
            bytes_in: 0,
            datagrams_unknown: 0,
            datagrams_malformed: 0,
            datagrams_out: 0,
            bytes_out: 0,
            packets_in: 0,
            packets_forwarded: 0,
            packets_withheld: 0,
            packets_dropped: 0,
            mix_packets_in: 0,
            mix_packets_out: 0,
            keyframes_requested: 0,
            keyframe_requests: 0,
            nacks_received: 0,
            nacks_sent: 0,
            layer_switches: 0,
            faults: 0,
            round_trips_ms: Distribution::new(ROUND_TRIP_BOUNDS_MS),
            losses_in_permille: Distribution::new(LOSS_BOUNDS_PERMILLE),
            losses_out_permille: Distribution::new(LOSS_BOUNDS_PERMILLE),
        }
    }
}
