//! What the control side wants.

use super::{PEERS_MAX, Shard, discard};
use crate::command::Command;
use crate::demux::Addresses;
use crate::downlink::Source;
use crate::flows::Flows;
use crate::link::Link;
use crate::negotiator::{AnsweredFeed, NewPeer, NewRole};
use crate::output::{End, Event};
use crate::peer::{CONNECT_MAX, MixLeg, Peer, Phase, Role};
use crate::publisher::{DownlinkRef, Publisher};
use crate::sdp::{Kind, LAYERS_MAX};
use crate::settings::{PeerId, PublisherSettings, SubscriberSettings};
use crate::slab::Key;
use crate::sources::Sources;
use crate::subscriber::{Subscriber, bound_resends};
use crate::text::Text;

impl Shard {
    /// Does what it is told.
    pub fn handle_command(&mut self, now: std::time::Instant, command: Command) {
        self.advance(now);
        match command {
            Command::Add(new) => self.add(*new),
            Command::Remove(peer) => self.remove(peer),
            Command::ConfigurePublisher(peer, settings) => {
                self.configure_publisher(peer, settings);
            }
            Command::ConfigureSubscriber(peer, settings) => {
                self.configure_subscriber(peer, settings);
            }
            Command::ConfigureMixLeg(peer, settings) => {
                if let Some(Role::MixLeg(leg)) = self.role_mut(peer) {
                    leg.settings = settings;
                }
            }
            Command::Switch {
                subscriber,
                publisher,
            } => self.switch(subscriber, publisher),
            Command::RequestKeyframe(peer) => {
                if let Some(key) = self.ids.get(&peer).copied() {
                    for layer in 0..LAYERS_MAX {
                        self.want_keyframe(key, layer);
                    }
                }
            }
            Command::SendText(peer, text) => self.send_text(peer, text),
            Command::Update {
                subscriber,
                add,
                remove,
            } => self.update(subscriber, &add, &remove),
            Command::AcceptAnswer(peer, answer) => self.accept_answer(peer, &answer),
        }
        self.handle_events();
    }

    fn role_mut(&mut self, peer: PeerId) -> Option<&mut Role> {
        let key = self.ids.get(&peer)?;
        self.peers.get_mut(*key).map(|peer| &mut peer.role)
    }

    fn add(&mut self, new: NewPeer) {
        let now = self.now;
        let NewPeer {
            id,
            ufrag,
            rtc,
            role,
        } = new;
        if self.ids.contains_key(&id) || self.peers.len() >= PEERS_MAX {
            tracing::warn!(peer = id.0, "no place for a media connection");
            self.tell(Event::Ended(id, End::Faulted));
            return;
        }
        let (role, feeds) = match role {
            NewRole::Publisher {
                settings,
                audio,
                video,
            } => {
                let publisher = Publisher::new(settings, audio, video);
                (Role::Publisher(Box::new(publisher)), Vec::new())
            }
            NewRole::Subscriber {
                settings,
                feeds,
                adapts,
                tracks,
            } => {
                let subscriber = Subscriber::new(settings, adapts, feeds.len(), tracks);
                (Role::Subscriber(Box::new(subscriber)), feeds)
            }
            NewRole::MixLeg { settings, line } => {
                (Role::MixLeg(MixLeg::new(settings, line)), Vec::new())
            }
            NewRole::Text => (Role::Text(Text::default()), Vec::new()),
        };
        let peer = Peer {
            id,
            link: Link::new(rtc, now),
            role,
            ufrag,
            addresses: Addresses::new(),
            phase: Phase::Connecting(now + CONNECT_MAX),
            flows: Flows::default(),
            sources: Sources::default(),
            channels: 0,
            heard_at: now,
            silence_max: self.silence_max,
            scheduled: None,
        };
        let Some(key) = self.peers.insert(peer) else {
            return;
        };
        if !self.demux.introduce(ufrag, key) {
            self.peers.remove(key);
            self.tell(Event::Ended(id, End::Faulted));
            return;
        }
        self.ids.insert(id, key);
        self.add_feeds(key, feeds);
        // Its first outputs, and its first deadline.
        self.mutate(key, |_| ());
        self.handle_events();
        self.schedule(key);
        for check in self.early.take(now, &ufrag) {
            self.take_in(&check.received());
        }
    }

    fn remove(&mut self, peer: PeerId) {
        let Some(key) = self.ids.get(&peer).copied() else {
            return;
        };
        // Tells the browser, which otherwise would wait until its checks fail.
        self.mutate(key, |rtc| rtc.close().is_ok());
        if let Some(peer) = self.forget(key) {
            discard(peer);
        }
    }

    fn configure_publisher(&mut self, peer: PeerId, settings: PublisherSettings) {
        let now = self.now;
        let Some(Role::Publisher(publisher)) = self.role_mut(peer) else {
            return;
        };
        let old = publisher.settings;
        publisher.settings = settings;
        if old.bitrate_bps != settings.bitrate_bps {
            publisher.recap(now);
        }
        let hears = publisher.lets_through(Kind::Audio);
        let quiet = if hears {
            None
        } else {
            publisher.talk.silence()
        };
        if quiet.is_some() {
            self.tell(Event::Talking(peer, false));
        }
        let Some(key) = self.ids.get(&peer).copied() else {
            return;
        };
        let was_heard = old.audio && !old.audio_censored;
        self.reopen(key, was_heard != hears, old.video != settings.video);
        self.schedule(key);
    }

    /// What a publisher's downlinks were sent before does not go on: it was shut, or opens again.
    fn reopen(&mut self, key: Key, audio: bool, video: bool) {
        for (kind, changed) in [(Kind::Audio, audio), (Kind::Video, video)] {
            if !changed {
                continue;
            }
            for place in self.downlinks_of(key, kind) {
                let downlink = self
                    .peers
                    .get_mut(place.subscriber)
                    .and_then(|peer| peer.subscriber_mut()?.downlinks.get_mut(place.index));
                if let Some(downlink) = downlink {
                    downlink.set_source(downlink.source);
                }
                self.want_awaited(place.subscriber);
            }
        }
    }

    fn downlinks_of(&self, key: Key, kind: Kind) -> Vec<DownlinkRef> {
        self.peers
            .get(key)
            .and_then(|peer| peer.publisher()?.uplink(kind))
            .map(|uplink| uplink.downlinks.clone())
            .unwrap_or_default()
    }

    fn configure_subscriber(&mut self, peer: PeerId, settings: SubscriberSettings) {
        let Some(Role::Subscriber(subscriber)) = self.role_mut(peer) else {
            return;
        };
        subscriber.settings = settings;
        subscriber.apply();
        if let Some(key) = self.ids.get(&peer).copied() {
            self.decide(key);
        }
    }

    fn switch(&mut self, subscriber: PeerId, publisher: PeerId) {
        let Some(key) = self.ids.get(&subscriber).copied() else {
            return;
        };
        let source = self.source(publisher);
        let Some(peer) = self.peers.get(key).and_then(|peer| peer.subscriber()) else {
            return;
        };
        let first = |video: bool| {
            peer.downlinks
                .iter()
                .position(|downlink| downlink.video_flow().is_some() == video)
        };
        let places = [first(false), first(true)];
        for index in places.into_iter().flatten() {
            self.connect(key, index, source);
        }
        self.decide(key);
    }

    pub(super) fn source(&self, publisher: PeerId) -> Option<Source> {
        let key = self.ids.get(&publisher).copied()?;
        self.peers.get(key)?.publisher()?;
        Some(Source { key, publisher })
    }

    /// Gives a subscriber lines of publishers.
    pub(super) fn add_feeds(&mut self, key: Key, feeds: Vec<AnsweredFeed>) {
        for feed in feeds {
            self.mutate(key, |rtc| bound_resends(rtc, &feed));
            let source = self.source(feed.publisher);
            let Some(subscriber) = self
                .peers
                .get_mut(key)
                .and_then(|peer| peer.subscriber_mut())
            else {
                return;
            };
            let places = subscriber.add(&feed, None);
            for index in places {
                self.connect(key, index, source);
            }
        }
        if let Some(subscriber) = self
            .peers
            .get_mut(key)
            .and_then(|peer| peer.subscriber_mut())
        {
            subscriber.apply();
            self.decide(key);
        }
    }

    /// Lets a downlink be fed from a publisher, or from nobody.
    pub(super) fn connect(&mut self, subscriber: Key, index: usize, source: Option<Source>) {
        let place = DownlinkRef { subscriber, index };
        let Some(downlink) = self
            .peers
            .get_mut(subscriber)
            .and_then(|peer| peer.subscriber_mut()?.downlinks.get_mut(index))
        else {
            return;
        };
        let kind = match downlink.video_flow() {
            Some(_) => Kind::Video,
            None => Kind::Audio,
        };
        let old = downlink.source;
        downlink.set_source(source);
        for (publisher, is_new) in [(old, false), (source, true)] {
            let Some(uplink) = publisher
                .and_then(|source| self.peers.get_mut(source.key))
                .and_then(|peer| peer.publisher_mut()?.uplink_mut(kind))
            else {
                continue;
            };
            uplink.downlinks.retain(|other| *other != place);
            if is_new {
                uplink.downlinks.push(place);
            }
        }
    }

    /// Takes a connection out of all that others are sent or send.
    pub(super) fn unlink(&mut self, key: Key) {
        for kind in [Kind::Audio, Kind::Video] {
            for place in self.downlinks_of(key, kind) {
                let downlink = self
                    .peers
                    .get_mut(place.subscriber)
                    .and_then(|peer| peer.subscriber_mut()?.downlinks.get_mut(place.index));
                if let Some(downlink) = downlink {
                    downlink.set_source(None);
                }
            }
        }
        let count = self
            .peers
            .get(key)
            .and_then(|peer| peer.subscriber())
            .map_or(0, |subscriber| subscriber.downlinks.len());
        for index in 0..count {
            self.connect(key, index, None);
        }
    }

    pub(super) fn with_text<R>(&mut self, key: Key, run: impl FnOnce(&mut Text) -> R) -> Option<R> {
        match &mut self.peers.get_mut(key)?.role {
            Role::Text(text) => Some(run(text)),
            Role::Publisher(_) | Role::Subscriber(_) | Role::MixLeg(_) => None,
        }
    }

    fn send_text(&mut self, peer: PeerId, text: String) {
        let Some(key) = self.ids.get(&peer).copied() else {
            return;
        };
        let queued = self.with_text(key, |waiting| waiting.queue(text));
        self.write_text(key);
        if let Some(Err(_)) = queued {
            self.end(key, End::NotDraining);
        }
    }

    pub(super) fn write_text(&mut self, key: Key) {
        let Some(mut text) = self.with_text(key, std::mem::take) else {
            return;
        };
        self.mutate(key, |rtc| text.write(rtc));
        self.with_text(key, |place| *place = text);
        self.schedule(key);
    }
}
