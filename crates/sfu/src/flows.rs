//! What the streams of one connection carry, and what is lost of it: kept from what str0m reports of
//! them now and then, so that it costs nothing for each packet.

use std::time::{Duration, Instant};

use str0m::media::{Mid, Rid};
use str0m::stats::{MediaEgressStats, MediaIngressStats, PeerStats};

/// How often a connection reports how its streams fare. Rates and losses are those of so long.
pub(crate) const REPORT_EVERY: Duration = Duration::from_secs(2);

/// A stream that was not reported for longer is gone.
const GONE_AFTER: Duration = Duration::from_secs(5);

/// What the other side tells of losses counts for so long: browsers report every 5 s on audio, and one
/// report or two may be lost.
const TOLD_COUNTS: Duration = Duration::from_secs(12);

/// The streams of one connection.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    incoming: Vec<Flow>,
    outgoing: Vec<Flow>,
    /// By the numbers that all packets of the connection share, where they have them (TWCC).
    path_loss_in: Option<Told>,
    path_loss_out: Option<Told>,
    path_rtt: Option<Duration>,
}

/// One stream. There are as many as the connection has lines and layers.
#[derive(Debug)]
struct Flow {
    mid: Mid,
    rid: Option<Rid>,
    bytes: u64,
    packets: u64,
    nacks: u64,
    /// Over the last window.
    bitrate_bps: u64,
    packets_new: u64,
    loss: Option<Told>,
    rtt: Option<Duration>,
    at: Instant,
}

/// A share of packets that were lost, and when it was told.
#[derive(Debug, Clone, Copy)]
struct Told {
    share: f32,
    at: Instant,
}

/// What a stream's totals stand at.
struct Totals {
    bytes: u64,
    packets: u64,
    nacks: u64,
    loss: Option<f32>,
    rtt: Option<Duration>,
    at: Instant,
}

impl Flows {
    /// A stream that comes in was reported; how many NACKs are new.
    pub(crate) fn note_incoming(&mut self, stats: &MediaIngressStats) -> u64 {
        let totals = Totals {
            bytes: stats.bytes,
            packets: stats.packets,
            nacks: stats.nacks,
            loss: stats.loss,
            rtt: stats.rtt,
            at: stats.timestamp,
        };
        note(&mut self.incoming, stats.mid, stats.rid, &totals)
    }

    /// The same of a stream that goes out.
    pub(crate) fn note_outgoing(&mut self, stats: &MediaEgressStats) -> u64 {
        let totals = Totals {
            bytes: stats.bytes,
            packets: stats.packets,
            nacks: stats.nacks,
            loss: stats.loss,
            rtt: stats.rtt,
            at: stats.timestamp,
        };
        note(&mut self.outgoing, stats.mid, stats.rid, &totals)
    }

    /// The connection as a whole was reported.
    pub(crate) fn note_path(&mut self, stats: &PeerStats) {
        let told = |share| Told {
            share,
            at: stats.timestamp,
        };
        self.path_loss_in = stats.ingress_loss_fraction.map(told).or(self.path_loss_in);
        self.path_loss_out = stats.egress_loss_fraction.map(told).or(self.path_loss_out);
        self.path_rtt = stats.rtt.or(self.path_rtt);
    }

    /// What comes in of one stream, in bit/s: payload, resends included.
    pub(crate) fn incoming_bps(&self, mid: Mid, rid: Option<Rid>, now: Instant) -> u64 {
        let mut flows = self.incoming.iter().filter(|flow| flow.is_there(now));
        flows
            .find(|flow| flow.mid == mid && flow.rid == rid)
            .map_or(0, |flow| flow.bitrate_bps)
    }

    /// What comes in of all streams, likewise.
    pub(crate) fn all_incoming_bps(&self, now: Instant) -> u64 {
        total_bps(&self.incoming, now)
    }

    /// What goes out, likewise.
    pub(crate) fn all_outgoing_bps(&self, now: Instant) -> u64 {
        total_bps(&self.outgoing, now)
    }

    /// How many thousandths of what the other side sends do not come, before repair; 0 while nothing is sent.
    pub(crate) fn loss_in_permille(&self, now: Instant) -> u32 {
        let path = self.path_loss_in.filter(|told| told.counts(now));
        let share = path.map(|told| told.share);
        permille(
            share
                .or_else(|| weighed_loss(&self.incoming, now))
                .unwrap_or_default(),
        )
    }

    /// How many thousandths of what is sent do not reach the other side, as it tells; `None` until it does.
    pub(crate) fn loss_out_permille(&self, now: Instant) -> Option<u32> {
        let path = self.path_loss_out.filter(|told| told.counts(now));
        let share = path.map(|told| told.share);
        share
            .or_else(|| weighed_loss(&self.outgoing, now))
            .map(permille)
    }

    /// The latest round trip that was measured, on the stream that carries the most.
    pub(crate) fn rtt(&self, now: Instant) -> Option<Duration> {
        let flows = self.outgoing.iter().chain(&self.incoming);
        let measured = flows.filter(|flow| flow.is_there(now) && flow.rtt.is_some());
        measured
            .max_by_key(|flow| flow.bitrate_bps)
            .and_then(|flow| flow.rtt)
            .or(self.path_rtt)
    }
}

impl Flow {
    fn is_there(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) < GONE_AFTER
    }
}

impl Told {
    fn counts(self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) < TOLD_COUNTS
    }
}

/// Takes note of where a stream stands; how many NACKs are new.
fn note(flows: &mut Vec<Flow>, mid: Mid, rid: Option<Rid>, totals: &Totals) -> u64 {
    let is_it = |flow: &Flow| flow.mid == mid && flow.rid == rid;
    let loss = totals.loss.map(|share| Told {
        share,
        at: totals.at,
    });
    let Some(flow) = flows.iter_mut().find(|flow| is_it(flow)) else {
        // It was not there at the last report, so that all came since.
        flows.push(Flow {
            mid,
            rid,
            bytes: totals.bytes,
            packets: totals.packets,
            nacks: totals.nacks,
            bitrate_bps: rate(totals.bytes, REPORT_EVERY),
            packets_new: totals.packets,
            loss,
            rtt: totals.rtt,
            at: totals.at,
        });
        return totals.nacks;
    };
    let elapsed = totals.at.saturating_duration_since(flow.at);
    flow.bitrate_bps = rate(totals.bytes.saturating_sub(flow.bytes), elapsed);
    flow.packets_new = totals.packets.saturating_sub(flow.packets);
    let nacks_new = totals.nacks.saturating_sub(flow.nacks);
    (flow.bytes, flow.packets, flow.nacks) = (totals.bytes, totals.packets, totals.nacks);
    (flow.loss, flow.rtt, flow.at) = (loss.or(flow.loss), totals.rtt, totals.at);
    nacks_new
}

fn rate(bytes: u64, elapsed: Duration) -> u64 {
    let millis = u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    bytes.saturating_mul(8_000) / millis
}

fn total_bps(flows: &[Flow], now: Instant) -> u64 {
    let there = flows.iter().filter(|flow| flow.is_there(now));
    there.map(|flow| flow.bitrate_bps).sum()
}

/// The losses of streams, each counted by its packets.
fn weighed_loss(flows: &[Flow], now: Instant) -> Option<f32> {
    let mut lost = 0.0;
    let mut weights = 0.0;
    for flow in flows.iter().filter(|flow| flow.is_there(now)) {
        if let Some(told) = flow.loss.filter(|told| told.counts(now)) {
            // Those that are silent count a little, so that there is an answer.
            let weight = f32::from(u16::try_from(flow.packets_new).unwrap_or(u16::MAX)) + 0.01;
            lost += told.share * weight;
            weights += weight;
        }
    }
    (weights > 0.0).then(|| lost / weights)
}

fn permille(share: f32) -> u32 {
    let permille = (share.clamp(0.0, 1.0) * 1_000.0).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was clamped; what is no number becomes 0"
    )]
    let permille = permille as u32;
    permille
}

#[cfg(test)]
mod tests;
