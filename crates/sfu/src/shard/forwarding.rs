//! A packet's way from its publisher to all who get it.

use str0m::rtp::{RtpPacket, Ssrc};

use super::Shard;
use crate::downlink::VideoFlow;
use crate::output::{Event, FirstFrame};
use crate::publisher::{DownlinkRef, ask_for_keyframe};
use crate::sdp::Kind;
use crate::slab::Key;

impl Shard {
    /// Hands a publisher's packet on.
    pub(super) fn forward(&mut self, key: Key, packet: &RtpPacket) {
        self.counters.packets_in += 1;
        let now = self.now;
        let Some((kind, layer)) = self.route(key, packet.header.ssrc) else {
            return;
        };
        let Some(publisher) = self.peers.get_mut(key).and_then(|peer| {
            let id = peer.id;
            peer.publisher_mut().map(|publisher| (id, publisher))
        }) else {
            return;
        };
        let (id, publisher) = publisher;
        let lets_through = publisher.lets_through(kind);
        let talking = match packet.header.ext_vals.audio_level {
            Some(level) if kind == Kind::Audio && lets_through => publisher.talk.hear(level, now),
            _ => None,
        };
        let Some(uplink) = publisher.uplink_mut(kind) else {
            return;
        };
        let Some((incoming, changes)) = uplink.take(layer, packet, now) else {
            return;
        };
        let is_first = !std::mem::replace(&mut uplink.has_begun, true);
        // Taken out and put back, so that subscribers can be changed while it is gone through.
        let downlinks = std::mem::take(&mut uplink.downlinks);
        if lets_through {
            for DownlinkRef { subscriber, index } in &downlinks {
                let Some(peer) = self.peers.get_mut(*subscriber) else {
                    continue;
                };
                let Some(downlink) = peer
                    .subscriber_mut()
                    .and_then(|subscriber| subscriber.downlinks.get_mut(*index))
                else {
                    continue;
                };
                let was_shown = downlink.video_flow().and_then(VideoFlow::shown);
                let Some(write) = downlink.forward(&incoming) else {
                    self.counters.packets_withheld += 1;
                    continue;
                };
                let is_switch = kind == Kind::Video && was_shown != Some(incoming.stream.layer);
                self.counters.layer_switches += u64::from(is_switch);
                let is_first = !std::mem::replace(&mut downlink.has_begun, true) && peer.is_up();
                let subscriber_id = peer.id;
                let queued = peer.link.queue(write);
                self.note(*subscriber, queued, |counters| {
                    &mut counters.packets_forwarded
                });
                self.tell_first(is_first, subscriber_id, FirstFrame::Out(kind, id));
            }
        }
        if let Some(uplink) = self
            .peers
            .get_mut(key)
            .and_then(|peer| peer.publisher_mut()?.uplink_mut(kind))
        {
            uplink.downlinks = downlinks;
        }
        self.tell_first(is_first, id, FirstFrame::In(kind));
        if let Some(talking) = talking {
            self.tell(Event::Talking(id, talking));
        }
        if changes.began && kind == Kind::Video {
            self.decide_subscribers_of(key);
        }
    }

    fn route(&mut self, key: Key, ssrc: Ssrc) -> Option<(Kind, usize)> {
        let publisher = self.peers.get(key)?.publisher()?;
        if let Some(known) = publisher.route(ssrc) {
            return known;
        }
        let named = self.mutate(key, |rtc| {
            let mut api = rtc.direct_api();
            let stream = api.stream_rx(&ssrc)?;
            Some((stream.mid(), stream.rid()))
        })?;
        self.peers.get_mut(key)?.publisher_mut()?.learn(ssrc, named)
    }

    /// Somebody needs a key frame of a publisher's layer.
    pub(super) fn want_keyframe(&mut self, key: Key, layer: usize) {
        let now = self.now;
        let asked = self.peers.get_mut(key).and_then(|peer| {
            let video = peer.publisher_mut()?.uplink_mut(Kind::Video)?;
            if layer >= video.count() {
                return None;
            }
            let ask = video.keyframes.want(layer, now);
            Some((ask, video.mid(), video.rid(layer)))
        });
        if let Some((true, mid, rid)) = asked {
            self.counters.keyframes_requested += 1;
            self.mutate(key, |rtc| ask_for_keyframe(rtc, mid, rid));
        }
        self.schedule(key);
    }

    pub(super) fn repeat_keyframe_requests(&mut self, key: Key) {
        let now = self.now;
        let Some(video) = self
            .peers
            .get_mut(key)
            .and_then(|peer| peer.publisher_mut()?.uplink_mut(Kind::Video))
        else {
            return;
        };
        let mid = video.mid();
        let layers: Vec<usize> = video.keyframes.repeat(now).collect();
        let rids: Vec<_> = layers.iter().map(|layer| video.rid(*layer)).collect();
        for rid in rids {
            self.counters.keyframes_requested += 1;
            self.mutate(key, |rtc| ask_for_keyframe(rtc, mid, rid));
        }
    }
}
