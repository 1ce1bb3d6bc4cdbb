//! Subscribers, and which feeds they show.

use std::collections::BTreeMap;

use greenroom_domain::limits::{FEEDS_PER_SUBSCRIBER_MAX, SUBSCRIPTIONS_PER_SESSION_MAX};
use greenroom_media::{PeerId, PublisherTracks, SubscriberSettings, TrackCodec};

use super::publishers::Publishers;
use crate::call::desk::{Desk, Seat, SessionKey};
use crate::call::media::Media;
use crate::call::video::{Event, Flow, Publisher};
use crate::call::{LegId, MediaDown, Refusal};

/// What a subscriber starts with: all flows, in the best quality.
const AT_FIRST: SubscriberSettings = SubscriberSettings {
    audio: true,
    video: true,
    substream_max: LAYER_MAX,
    temporal_max: LAYER_MAX,
};

/// The highest layer there is.
const LAYER_MAX: u8 = 2;

struct Subscriber {
    peer: PeerId,
    /// In the order of the offer's lines.
    feeds: Vec<LegId>,
    settings: SubscriberSettings,
    paused: bool,
}

impl Subscriber {
    /// What is to flow now.
    fn flowing(&self) -> SubscriberSettings {
        SubscriberSettings {
            audio: self.settings.audio && !self.paused,
            video: self.settings.video && !self.paused,
            ..self.settings
        }
    }

    /// Makes a change, and hands it on if it makes a difference; whether video flows only now.
    fn change<M: Media>(&mut self, desk: &mut Desk<M>, change: impl FnOnce(&mut Self)) -> bool {
        let before = self.flowing();
        change(self);
        let after = self.flowing();
        if after != before {
            desk.media.configure_subscriber(self.peer, after);
        }
        after.video && !before.video
    }
}

fn apply(flow: Flow, settings: SubscriberSettings) -> SubscriberSettings {
    let layer = |wanted: Option<u8>, now: u8| wanted.map_or(now, |layer| layer.min(LAYER_MAX));
    SubscriberSettings {
        audio: flow.audio.unwrap_or(settings.audio),
        video: flow.video.unwrap_or(settings.video),
        substream_max: layer(flow.substream, settings.substream_max),
        temporal_max: layer(flow.temporal, settings.temporal_max),
    }
}

#[derive(Default)]
pub(super) struct Subscribers(BTreeMap<Seat, Subscriber>);

impl Subscribers {
    pub(super) fn holds(&self, seat: Seat) -> bool {
        self.0.contains_key(&seat)
    }

    pub(super) fn holds_any(&self, session: SessionKey) -> bool {
        self.0.range(session.seats()).next().is_some()
    }

    pub(super) fn join<M: Media>(
        &mut self,
        seat: Seat,
        mut feeds: Vec<LegId>,
        flow: Flow,
        publishers: &Publishers,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        dedup(&mut feeds);
        if feeds.is_empty() {
            return Err(Refusal::NoSuchFeed);
        }
        let own = self.0.range(seat.session().seats());
        let own: usize = own.map(|(_, subscriber)| subscriber.feeds.len()).sum();
        if feeds.len() > FEEDS_PER_SUBSCRIBER_MAX
            || own + feeds.len() > SUBSCRIPTIONS_PER_SESSION_MAX
        {
            return Err(Refusal::LimitReached);
        }
        let mut shown = Vec::new();
        let mut sources = Vec::new();
        for feed in &feeds {
            let (publisher, peer, tracks) = publishers.stream(*feed).ok_or(Refusal::NoSuchFeed)?;
            shown.push(publisher);
            sources.push((peer, tracks.clone()));
        }
        let settings = apply(flow, AT_FIRST);
        let (peer, offer) = desk.media.subscribe(&sources, settings)?;
        desk.opened(peer, seat);
        let subscriber = Subscriber {
            peer,
            feeds,
            settings,
            paused: false,
        };
        self.0.insert(seat, subscriber);
        Ok(Event::Attached {
            feeds: shown,
            offer,
        })
    }

    pub(super) fn start<M: Media>(
        &mut self,
        seat: Seat,
        answer: Option<&str>,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        let subscriber = self.subscriber(seat)?;
        if let Some(answer) = answer {
            desk.media.accept_answer(subscriber.peer, answer)?;
        }
        subscriber.change(desk, |subscriber| subscriber.paused = false);
        Ok(Event::Started)
    }

    pub(super) fn pause<M: Media>(
        &mut self,
        seat: Seat,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        self.subscriber(seat)?
            .change(desk, |subscriber| subscriber.paused = true);
        Ok(Event::Paused)
    }

    /// Changes what flows; tells which feeds have to send a key frame for it.
    pub(super) fn configure<M: Media>(
        &mut self,
        seat: Seat,
        flow: Flow,
        desk: &mut Desk<M>,
    ) -> Result<Vec<LegId>, Refusal> {
        let subscriber = self.subscriber(seat)?;
        let settings = apply(flow, subscriber.settings);
        let unfrozen = subscriber.change(desk, |subscriber| subscriber.settings = settings);
        Ok(if unfrozen {
            subscriber.feeds.clone()
        } else {
            Vec::new()
        })
    }

    pub(super) fn switch<M: Media>(
        &mut self,
        seat: Seat,
        feed: LegId,
        publishers: &Publishers,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        let subscriber = self.subscriber(seat)?;
        let [shown] = subscriber.feeds.as_mut_slice() else {
            return Err(Refusal::NotPossible);
        };
        let (_, _, tracks) = publishers.stream(*shown).ok_or(Refusal::NoSuchFeed)?;
        let (publisher, peer, others) = publishers.stream(feed).ok_or(Refusal::NoSuchFeed)?;
        if !is_compatible(tracks, others) {
            return Err(Refusal::NotPossible);
        }
        if *shown != feed {
            *shown = feed;
            desk.media.switch(subscriber.peer, peer);
        }
        Ok(Event::Switched(publisher))
    }

    /// Changes which feeds are shown. Only what leaves them as they are can be granted: an offer
    /// that was answered is not made anew.
    pub(super) fn update(
        &mut self,
        seat: Seat,
        subscribe: &[LegId],
        unsubscribe: &[LegId],
        publishers: &Publishers,
    ) -> Result<Event, Refusal> {
        let feeds = &self.subscriber(seat)?.feeds;
        let adds = subscribe.iter().any(|feed| !feeds.contains(feed));
        let drops = unsubscribe.iter().any(|feed| feeds.contains(feed));
        if adds || drops {
            return Err(Refusal::NotPossible);
        }
        Ok(Event::Updated {
            feeds: feeds
                .iter()
                .filter_map(|feed| shown(*feed, publishers))
                .collect(),
            offer: None,
        })
    }

    pub(super) fn vacate<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) {
        if let Some(subscriber) = self.0.remove(&seat) {
            desk.close(subscriber.peer);
            desk.vacated(seat);
        }
    }

    pub(super) fn end_session<M: Media>(&mut self, session: SessionKey, desk: &mut Desk<M>) {
        let gone = self.0.extract_if(session.seats(), |_, _| true);
        for (seat, subscriber) in gone {
            desk.close(subscriber.peer);
            desk.vacated(seat);
        }
    }

    /// A feed is gone. Whoever shows nothing else is told that its media is down.
    pub(super) fn drop_feed<M: Media>(&mut self, feed: LegId, desk: &mut Desk<M>) {
        let empty = self.0.extract_if(.., |_, subscriber| {
            let shown = subscriber.feeds.len();
            subscriber.feeds.retain(|other| *other != feed);
            subscriber.feeds.is_empty() && shown > 0
        });
        for (seat, subscriber) in empty {
            desk.close(subscriber.peer);
            desk.vacated(seat);
            desk.tell_media_down(seat, MediaDown::Gone);
        }
    }

    pub(super) fn media_ended<M: Media>(&mut self, seat: Seat, why: MediaDown, desk: &mut Desk<M>) {
        if self.0.remove(&seat).is_some() {
            desk.vacated(seat);
            desk.tell_media_down(seat, why);
        }
    }

    fn subscriber(&mut self, seat: Seat) -> Result<&mut Subscriber, Refusal> {
        self.0.get_mut(&seat).ok_or(Refusal::NotJoined)
    }
}

fn shown(feed: LegId, publishers: &Publishers) -> Option<Publisher> {
    Some(publishers.stream(feed)?.0)
}

/// Keeps the first of each.
fn dedup(feeds: &mut Vec<LegId>) {
    let mut seen = std::collections::HashSet::new();
    feeds.retain(|feed| seen.insert(*feed));
}

/// Whether one can be shown where the other was offered.
fn is_compatible(offered: &PublisherTracks, other: &PublisherTracks) -> bool {
    let same = |one: &Option<TrackCodec>, other: &Option<TrackCodec>| match (one, other) {
        (Some(one), Some(other)) => one.codec == other.codec && one.format == other.format,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    same(&offered.audio, &other.audio) && same(&offered.video, &other.video)
}
