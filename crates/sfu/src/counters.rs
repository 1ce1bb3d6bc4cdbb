//! What a shard counts.

/// Totals since the shard began, and how many connections there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    /// NACKs from subscribers, up to the last report of each connection (every 10 s).
    pub nacks_received: u64,
    /// NACKs to publishers, as far as reported likewise.
    pub nacks_sent: u64,
    /// Layers switched.
    pub layer_switches: u64,
    /// Connections that ended by a fault.
    pub faults: u64,
}
