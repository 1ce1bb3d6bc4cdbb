//! How connections fare.

use std::collections::HashSet;
use std::time::Instant;

use str0m::stats::PeerStats;

use super::Shard;
use crate::allocation::Allocation;
use crate::peer::{Peer, Role};
use crate::publisher::{Publisher, Uplink};
use crate::report::{LayerReport, MediaReport, PeerReport};
use crate::sdp::Kind;
use crate::settings::PeerId;
use crate::slab::Key;

impl Shard {
    /// How a connection fares at `now`; `None` if it is not up.
    pub fn report(&self, now: Instant, peer: PeerId) -> Option<PeerReport> {
        let key = self.ids.get(&peer).copied()?;
        let peer = self.peers.get(key)?;
        if !peer.is_up() {
            return None;
        }
        let flows = &peer.flows;
        let media = match &peer.role {
            Role::Publisher(publisher) => MediaReport::Publisher {
                bitrate_bps: flows.all_incoming_bps(now),
                loss_permille: flows.loss_in_permille(now),
                layers: layers(peer, publisher, now),
            },
            Role::Subscriber(subscriber) => {
                let sources = subscriber.downlinks.iter();
                let sources = sources.filter_map(|downlink| downlink.source);
                let publishers: HashSet<PeerId> = sources.map(|source| source.publisher).collect();
                let allocation = subscriber.allocation.as_ref();
                MediaReport::Subscriber {
                    streams: publishers.len(),
                    bitrate_bps: flows.all_outgoing_bps(now),
                    available_bps: allocation.and_then(Allocation::measured_bps),
                    loss_permille: flows.loss_out_permille(now),
                    reduced: allocation.map_or(0, |_| self.reduced(key)),
                }
            }
            Role::MixLeg(_) => MediaReport::MixLeg {
                bitrate_in_bps: flows.all_incoming_bps(now),
                bitrate_out_bps: flows.all_outgoing_bps(now),
                loss_in_permille: flows.loss_in_permille(now),
                loss_out_permille: flows.loss_out_permille(now),
            },
            Role::Text(_) => MediaReport::Text,
        };
        Some(PeerReport {
            rtt: flows.rtt(now),
            media,
        })
    }

    fn reduced(&self, key: Key) -> usize {
        let tracks = self.tracks(key);
        tracks.iter().filter(|track| track.is_reduced()).count()
    }

    /// A connection reports on its path; its streams follow.
    pub(super) fn handle_peer_stats(&mut self, key: Key, stats: &PeerStats) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        peer.flows.note_path(stats);
        let flows = &peer.flows;
        if let Some(rtt) = flows.rtt(now) {
            let millis = u32::try_from(rtt.as_millis()).unwrap_or(u32::MAX);
            self.counters.round_trips_ms.count(millis);
        }
        let (comes, goes) = match &peer.role {
            Role::Publisher(_) => (true, false),
            Role::Subscriber(_) => (false, true),
            Role::MixLeg(_) => (true, true),
            Role::Text(_) => (false, false),
        };
        if comes && flows.all_incoming_bps(now) > 0 {
            let lost = flows.loss_in_permille(now);
            self.counters.losses_in_permille.count(lost);
        }
        if goes
            && flows.all_outgoing_bps(now) > 0
            && let Some(lost) = flows.loss_out_permille(now)
        {
            self.counters.losses_out_permille.count(lost);
        }
    }
}

fn layers(peer: &Peer, publisher: &Publisher, now: Instant) -> Vec<LayerReport> {
    let Some(video) = publisher.uplink(Kind::Video) else {
        return Vec::new();
    };
    let report = |layer| layer_report(peer, video, layer, now);
    (0..video.count()).map(report).collect()
}

fn layer_report(peer: &Peer, video: &Uplink, layer: usize, now: Instant) -> LayerReport {
    let rid = video.rid(layer);
    LayerReport {
        rid: rid.map(|rid| rid.to_string()),
        bitrate_bps: peer.flows.incoming_bps(video.mid(), rid, now),
        is_active: video.is_active(layer, now),
    }
}
