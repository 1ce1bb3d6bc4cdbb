//! The rooms of a shard: whose connection is whose, and who is told what.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use greenroom_mixer::{Frame, LegId, MixId};
use greenroom_sfu::{Command, End, Event, MixInput, MixedFrame, PeerId, Shard};

use crate::control::{Control, Counted, MixSeat, RoomKey};
use crate::event::{MediaEvent, PeerEnd};
use crate::events::{RoomEvents, Told};
use crate::mix_lane::{MixChange, ToMixer, leg_of, peer_of};
use crate::room::RoomReport;

/// A connection.
struct PeerSeen {
    room: RoomKey,
    /// The mixer thread, if it is a leg.
    mixer: Option<usize>,
    _counted: Counted,
}

/// A room.
struct RoomSeen {
    events: RoomEvents,
    peers: HashSet<PeerId>,
    /// Its media is gone; nothing can be added any more.
    lost: bool,
}

/// All rooms of a shard, and the mixers that their legs are on.
pub(super) struct Rooms {
    shard_number: usize,
    by_key: HashMap<RoomKey, RoomSeen>,
    peers: HashMap<PeerId, PeerSeen>,
    /// Rooms with events that are kept.
    behind: Vec<RoomKey>,
    mixers: Vec<ToMixer>,
    text_overruns: u64,
}

impl Rooms {
    pub(super) fn new(shard_number: usize, mixers: Vec<ToMixer>) -> Self {
        Self {
            shard_number,
            by_key: HashMap::new(),
            peers: HashMap::new(),
            behind: Vec::new(),
            mixers,
            text_overruns: 0,
        }
    }

    pub(super) fn rooms(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn peers(&self) -> usize {
        self.peers.len()
    }

    pub(super) const fn text_overruns(&self) -> u64 {
        self.text_overruns
    }

    /// Does what a room wants.
    pub(super) fn handle(&mut self, control: Control, shard: &mut Shard, now: Instant) {
        match control {
            Control::Open { room, events } => {
                let seen = RoomSeen {
                    events: RoomEvents::new(events),
                    peers: HashSet::new(),
                    lost: false,
                };
                self.by_key.insert(room, seen);
            }
            Control::Add {
                room,
                peer,
                counted,
                mix,
            } => {
                let id = peer.id();
                let Some(seen) = self.by_key.get_mut(&room).filter(|seen| !seen.lost) else {
                    return;
                };
                seen.peers.insert(id);
                let peer_seen = PeerSeen {
                    room,
                    mixer: mix.map(|seat| seat.mixer),
                    _counted: counted,
                };
                self.peers.insert(id, peer_seen);
                if let Some(seat) = mix {
                    self.add_leg(room, id, seat);
                }
                shard.handle_command(now, Command::Add(peer));
            }
            Control::Command(command) => {
                if let Command::Remove(peer) = command {
                    self.forget(peer);
                }
                shard.handle_command(now, command);
            }
            Control::Report { room, reply } => {
                let report = self.report(room, shard, now);
                // Whoever has given up waiting does not miss it.
                let _ = reply.send(report);
            }
            Control::MuteLeg { peer, muted } => {
                let leg = leg_of(peer);
                if let Some(mixer) = self.mixer_of(peer) {
                    mixer.change(MixChange::Mute { leg, muted });
                }
            }
            Control::AskSilence {
                room,
                peers,
                question,
            } => {
                let silences = peers.iter().filter_map(|peer| shard.silence_of(*peer, now));
                let event = MediaEvent::Silence(question, silences.min());
                self.tell_room(Some(room), event);
            }
            #[cfg(test)]
            Control::Fail { mixer } => {
                let mixer = mixer.and_then(|mixer| self.mixers.get_mut(mixer));
                mixer
                    .expect("this thread is to fail")
                    .change(MixChange::Fail);
            }
        }
    }

    fn report(&self, room: RoomKey, shard: &Shard, now: Instant) -> RoomReport {
        let seen = self.by_key.get(&room);
        let peers = seen.into_iter().flat_map(|seen| seen.peers.iter());
        peers
            .filter_map(|peer| Some((*peer, shard.report(now, *peer)?)))
            .collect()
    }

    fn add_leg(&mut self, room: RoomKey, peer: PeerId, seat: MixSeat) {
        let change = MixChange::Add {
            mix: MixId(room.0),
            leg: leg_of(peer),
            muted: seat.muted,
            shard: self.shard_number,
        };
        if let Some(mixer) = self.mixers.get_mut(seat.mixer) {
            mixer.change(change);
        }
    }

    fn mixer_of(&mut self, peer: PeerId) -> Option<&mut ToMixer> {
        let mixer = self.peers.get(&peer)?.mixer?;
        self.mixers.get_mut(mixer)
    }

    /// A connection is no more; tells which room it was in.
    fn forget(&mut self, peer: PeerId) -> Option<RoomKey> {
        let seen = self.peers.remove(&peer)?;
        if let Some(mixer) = seen.mixer.and_then(|mixer| self.mixers.get_mut(mixer)) {
            mixer.change(MixChange::Remove { leg: leg_of(peer) });
        }
        if let Some(room) = self.by_key.get_mut(&seen.room) {
            room.peers.remove(&peer);
        }
        Some(seen.room)
    }

    /// A room is gone, with all that is in it.
    pub(super) fn close(&mut self, room: RoomKey, shard: &mut Shard, now: Instant) {
        let Some(seen) = self.by_key.remove(&room) else {
            return;
        };
        for peer in seen.peers {
            self.forget(peer);
            shard.handle_command(now, Command::Remove(peer));
        }
    }

    /// Tells a room what happened.
    pub(super) fn tell(&mut self, event: Event, shard: &mut Shard, now: Instant) {
        let (peer, event) = match event {
            Event::Connected(peer) => (peer, MediaEvent::Connected(peer)),
            Event::Ended(peer, end) => {
                let room = self.forget(peer);
                self.tell_room(room, MediaEvent::Ended(peer, peer_end(end)));
                return;
            }
            Event::Talking(peer, talks) => (peer, MediaEvent::Talking(peer, talks)),
            Event::TextOpened(peer) => (peer, MediaEvent::TextOpened(peer)),
            Event::Text(peer, text) => (peer, MediaEvent::Text(peer, text)),
            Event::Offer(peer, offer) => (peer, MediaEvent::Offer(peer, offer)),
            Event::FirstFrame(peer, frame) => (peer, MediaEvent::FirstFrame(peer, frame)),
        };
        let room = self.peers.get(&peer).map(|seen| seen.room);
        if self.tell_room(room, event) == Told::TextOverrun {
            self.text_overruns += 1;
            shard.handle_command(now, Command::Remove(peer));
            self.forget(peer);
            self.tell_room(room, MediaEvent::Ended(peer, PeerEnd::Overrun));
        }
    }

    fn tell_room(&mut self, room: Option<RoomKey>, event: MediaEvent) -> Told {
        let Some((key, room)) = room.and_then(|key| Some((key, self.by_key.get_mut(&key)?))) else {
            return Told::Yes;
        };
        let was_behind = room.events.is_behind();
        let told = room.events.tell(event);
        if room.events.is_behind() && !was_behind {
            self.behind.push(key);
        }
        told
    }

    /// A leg of the mix began or ceased to talk.
    pub(super) fn leg_talks(&mut self, leg: LegId, talks: bool) {
        let peer = peer_of(leg);
        let room = self.peers.get(&peer).map(|seen| seen.room);
        self.tell_room(room, MediaEvent::Talking(peer, talks));
    }

    /// Hands audio to the mixer; `false` if it was dropped.
    pub(super) fn mix(&mut self, packet: MixInput) -> bool {
        self.mixer_of(packet.peer)
            .is_some_and(|mixer| mixer.packet(packet))
    }

    /// Tries again what found no place; whether some of it still does not.
    pub(super) fn retry(&mut self) -> bool {
        for mixer in &mut self.mixers {
            mixer.retry();
        }
        let rooms = &mut self.by_key;
        self.behind.retain(|key| {
            rooms.get_mut(key).is_some_and(|room| {
                room.events.retry();
                room.events.is_behind()
            })
        });
        self.is_behind()
    }

    /// Whether something found no place.
    pub(super) fn is_behind(&self) -> bool {
        !self.behind.is_empty() || self.mixer_changes_kept() > 0
    }

    /// Changes that a mixer has not taken yet.
    pub(super) fn mixer_changes_kept(&self) -> usize {
        self.mixers.iter().map(ToMixer::behind).sum()
    }

    /// Rooms whose mixer has failed have lost their media.
    pub(super) fn look_after_mixers(&mut self, shard: &mut Shard, now: Instant) {
        if self.mixers.iter().all(ToMixer::is_alive) {
            return;
        }
        let dead = |mixer: usize| {
            self.mixers
                .get(mixer)
                .is_some_and(|mixer| !mixer.is_alive())
        };
        let lost: HashSet<RoomKey> = self
            .peers
            .values()
            .filter(|seen| seen.mixer.is_some_and(dead))
            .map(|seen| seen.room)
            .collect();
        for room in lost {
            let peers = self
                .by_key
                .get_mut(&room)
                .map(|seen| std::mem::take(&mut seen.peers));
            for peer in peers.into_iter().flatten() {
                self.forget(peer);
                shard.handle_command(now, Command::Remove(peer));
            }
            self.lose(room);
        }
    }

    fn lose(&mut self, room: RoomKey) {
        self.tell_room(Some(room), MediaEvent::Lost);
        if let Some(seen) = self.by_key.get_mut(&room) {
            seen.lost = true;
        }
    }

    /// The shard has failed: all rooms are told, and the mixers have nothing to do for them.
    pub(super) fn lose_all(&mut self) {
        let peers: Vec<PeerId> = self.peers.keys().copied().collect();
        for peer in peers {
            self.forget(peer);
        }
        let rooms: Vec<RoomKey> = self.by_key.keys().copied().collect();
        for room in rooms {
            self.lose(room);
        }
    }
}

/// Gives mixed audio to the legs that it is for.
pub(super) fn hand_out(frame: &Frame, shard: &mut Shard, now: Instant) {
    let mixed = MixedFrame {
        payload: std::sync::Arc::clone(&frame.payload),
        time: frame.rtp_time,
        marker: frame.marker,
    };
    for leg in frame.legs.iter() {
        shard.handle_mixed(now, peer_of(*leg), mixed.clone());
    }
}

const fn peer_end(end: End) -> PeerEnd {
    match end {
        End::ClosedByPeer => PeerEnd::ClosedByPeer,
        End::TimedOut => PeerEnd::TimedOut,
        End::NeverConnected => PeerEnd::NeverConnected,
        End::NotDraining => PeerEnd::NotDraining,
        End::Faulted => PeerEnd::Faulted,
    }
}
