//! What connections report.

use str0m::bwe::BweKind;
use str0m::media::Mid;
use str0m::{Event as RtcEvent, IceConnectionState};

use super::{Shard, Told};
use crate::output::{End, Event, FirstFrame, MixInput};
use crate::peer::{CHANNELS_MAX, Peer, Phase, Role};
use crate::publisher::tell_cap;
use crate::sdp::Kind;
use crate::slab::Key;

impl Shard {
    /// Handles all that connections have reported, and what comes of that in turn.
    pub(super) fn handle_events(&mut self) {
        while let Some((key, event)) = self.outbox.events.pop_front() {
            self.handle_event(key, event);
        }
    }

    fn handle_event(&mut self, key: Key, event: RtcEvent) {
        match event {
            RtcEvent::RtpPacket(packet) => match self.peers.get_mut(key).map(|peer| &peer.role) {
                Some(Role::Publisher(_)) => self.forward(key, &packet),
                Some(Role::MixLeg(leg)) if !leg.settings.muted => {
                    self.counters.mix_packets_in += 1;
                    self.give_to_mix(key, packet);
                }
                _ => {}
            },
            RtcEvent::Connected => self.handle_connected(key),
            RtcEvent::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                if self.peers.get(key).is_some_and(Peer::is_up) {
                    self.end(key, End::TimedOut);
                }
            }
            RtcEvent::Closed => self.end(key, End::ClosedByPeer),
            RtcEvent::KeyframeRequest(request) => self.handle_keyframe_request(key, request.mid),
            RtcEvent::EgressBitrateEstimate(BweKind::Twcc { estimate, .. }) => {
                self.handle_estimate(key, estimate.as_u64());
            }
            RtcEvent::ChannelOpen(..) if self.has_too_many_channels(key) => {
                self.end(key, End::Faulted);
            }
            RtcEvent::ChannelOpen(channel, label) => {
                let is_text = self.with_text(key, |text| text.open(channel, &label));
                if is_text == Some(true)
                    && let Some(peer) = self.peers.get(key)
                {
                    self.tell(Event::TextOpened(peer.id));
                    self.write_text(key);
                }
            }
            RtcEvent::ChannelClose(channel) => {
                self.with_text(key, |text| text.close(channel));
            }
            RtcEvent::ChannelData(data) => {
                let text = self.with_text(key, |text| text.read(data)).flatten();
                if let Some((text, peer)) = text.zip(self.peers.get(key)) {
                    self.tell(Event::Text(peer.id, text));
                }
            }
            RtcEvent::ChannelBufferedAmountLow(_) => self.write_text(key),
            RtcEvent::PeerStats(stats) => self.handle_peer_stats(key, &stats),
            RtcEvent::MediaIngressStats(stats) => {
                if let Some(peer) = self.peers.get_mut(key) {
                    self.counters.nacks_sent += peer.flows.note_incoming(&stats);
                }
            }
            RtcEvent::MediaEgressStats(stats) => {
                if let Some(peer) = self.peers.get_mut(key) {
                    self.counters.nacks_received += peer.flows.note_outgoing(&stats);
                }
            }
            RtcEvent::IceConnectionStateChange(_)
            | RtcEvent::EgressBitrateEstimate(_)
            | RtcEvent::MediaAdded(_)
            | RtcEvent::MediaData(_)
            | RtcEvent::MediaChanged(_)
            | RtcEvent::StreamPaused(_)
            | RtcEvent::SenderFeedback(_)
            | RtcEvent::AppSpecificFeedback(_)
            | RtcEvent::RawPacket(_)
            | _ => {}
        }
    }

    /// Counts one more data channel; whether that is one too many.
    fn has_too_many_channels(&mut self, key: Key) -> bool {
        self.peers.get_mut(key).is_some_and(|peer| {
            peer.channels = peer.channels.saturating_add(1);
            peer.channels > CHANNELS_MAX
        })
    }

    fn handle_connected(&mut self, key: Key) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        if peer.is_up() {
            return;
        }
        peer.phase = Phase::Up;
        let id = peer.id;
        let dropped = peer.link.drop_outdated(now);
        let has_queued = peer.link.has_queued();
        let begun = match &mut peer.role {
            Role::Publisher(publisher) => {
                publisher.start(now);
                Vec::new()
            }
            Role::Subscriber(subscriber) => {
                if dropped > 0 {
                    subscriber.interrupt();
                }
                subscriber.start(now);
                subscriber.begun()
            }
            Role::MixLeg(_) | Role::Text(_) => Vec::new(),
        };
        self.counters.packets_dropped += u64::try_from(dropped).unwrap_or(u64::MAX);
        self.tell(Event::Connected(id));
        if has_queued {
            self.dirty.push(key);
        }
        for (kind, publisher) in begun {
            self.tell_first(true, id, FirstFrame::Out(kind, publisher));
        }
        self.want_awaited(key);
    }

    /// A subscriber cannot go on without a key frame.
    fn handle_keyframe_request(&mut self, key: Key, mid: Mid) {
        self.counters.keyframe_requests += 1;
        let wanted = self.peers.get(key).and_then(|peer| {
            let downlink = peer.subscriber()?.by_mid(mid)?;
            let video = downlink.video_flow()?;
            Some((downlink.source?.key, video.shown().or(video.wanted())?))
        });
        if let Some((publisher, layer)) = wanted {
            self.want_keyframe(publisher, layer);
        }
    }

    pub(super) fn handle_role_timeout(&mut self, key: Key) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let id = peer.id;
        match &mut peer.role {
            Role::Publisher(publisher) => {
                let talking = publisher.talk.handle_timeout(now);
                let cap = publisher.repeat_cap(now);
                let has_changed = publisher.look(now);
                if let Some(talking) = talking {
                    self.tell(Event::Talking(id, talking));
                }
                if let Some((cap, mid, rids)) = cap {
                    let told = self.mutate(key, |rtc| tell_cap(rtc, cap, mid, &rids));
                    let peer = self.peers.get_mut(key);
                    if told == Some(false)
                        && let Some(publisher) = peer.and_then(Peer::publisher_mut)
                    {
                        publisher.cap_failed(now);
                    }
                }
                self.repeat_keyframe_requests(key);
                if has_changed {
                    self.decide_subscribers_of(key);
                }
            }
            Role::Subscriber(subscriber) => {
                if subscriber.decide_due.is_some_and(|due| due <= now) {
                    self.decide(key);
                }
            }
            Role::MixLeg(_) | Role::Text(_) => {}
        }
    }

    fn give_to_mix(&mut self, key: Key, packet: str0m::rtp::RtpPacket) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let id = peer.id;
        if let Role::MixLeg(leg) = &mut peer.role {
            let is_first = !std::mem::replace(&mut leg.has_begun, true);
            self.tell_first(is_first, id, FirstFrame::In(Kind::Audio));
        }
        self.told.push_back(Told::MixInput(MixInput {
            peer: id,
            arrival: self.now,
            sequence: *packet.seq_no,
            time: packet.header.timestamp,
            level_dbov: packet.header.ext_vals.audio_level,
            payload: packet.payload,
        }));
    }
}
