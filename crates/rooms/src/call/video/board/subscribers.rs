//! Subscribers, and which feeds they show.

use std::collections::BTreeMap;

use greenroom_domain::limits::{FEEDS_PER_SUBSCRIBER_MAX, SUBSCRIPTIONS_PER_SESSION_MAX};
use greenroom_media::{PeerId, PublisherTracks, SubscriberSettings, TrackCodec};

use super::publishers::Publishers;
use crate::call::desk::{Desk, Seat, Seats, SessionKey};
use crate::call::media::Media;
use crate::call::video::{Event, Flow, Publisher};
use crate::call::{LegId, MediaDown, News, Refusal, Transaction};

struct Subscriber {
    peer: PeerId,
    /// In the order of the offer's lines.
    feeds: Vec<LegId>,
    settings: SubscriberSettings,
    paused: bool,
    negotiation: Negotiation,
}

/// Where the exchange of session descriptions is.
enum Negotiation {
    /// An offer waits for its answer.
    Offered,
    /// All offers are answered.
    Settled,
    /// The media engine makes another offer, for this ask.
    Updating(Transaction),
}

/// Which feeds to show more, and which no more.
pub(super) struct Change<'a> {
    pub(super) subscribe: &'a [LegId],
    pub(super) unsubscribe: &'a [LegId],
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

    fn updated(&self, offer: Option<String>, publishers: &Publishers) -> Event {
        let shown = |feed: &LegId| Some(publishers.stream(*feed)?.0);
        Event::Updated {
            feeds: self.feeds.iter().filter_map(shown).collect(),
            offer,
        }
    }

    /// Replies to an update that will not be made any more.
    fn refuse_update<M: Media>(self, seat: Seat, desk: &mut Desk<M>) {
        if let Negotiation::Updating(transaction) = self.negotiation {
            let news = News::Refused(Refusal::NotPossible);
            desk.reply(desk.mark(), seat, transaction, news);
        }
    }

    /// Makes a change, and hands it on if it makes a difference. Tells which feeds have to send a
    /// key frame: all, if video flows only now.
    fn change<M: Media>(
        &mut self,
        desk: &mut Desk<M>,
        change: impl FnOnce(&mut Self),
    ) -> Vec<LegId> {
        let before = self.flowing();
        change(self);
        let after = self.flowing();
        if after != before {
            desk.media.configure_subscriber(self.peer, after);
        }
        if after.video && !before.video {
            self.feeds.clone()
        } else {
            Vec::new()
        }
    }
}

fn apply(flow: Flow, settings: SubscriberSettings) -> SubscriberSettings {
    let layer = |wanted: Option<u8>, now: u8| {
        wanted.map_or(now, |layer| layer.min(SubscriberSettings::LAYER_MAX))
    };
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

    pub(super) fn peers_of(&self, session: SessionKey) -> Vec<PeerId> {
        let held = self.0.range(session.seats());
        held.map(|(_, subscriber)| subscriber.peer).collect()
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
        if feeds.len() > FEEDS_PER_SUBSCRIBER_MAX {
            return Err(Refusal::LimitReached);
        }
        self.check_room_for(feeds.len(), seat)?;
        let (shown, sources) = look_up(&feeds, publishers)?;
        let settings = apply(flow, SubscriberSettings::ALL);
        let (peer, offer) = desk.media.subscribe(&sources, settings)?;
        desk.opened(peer, seat);
        let subscriber = Subscriber {
            peer,
            feeds,
            settings,
            paused: false,
            negotiation: Negotiation::Offered,
        };
        self.0.insert(seat, subscriber);
        Ok(Event::Attached {
            feeds: shown,
            offer,
        })
    }

    /// Lets it flow; tells which feeds have to send a key frame for it.
    pub(super) fn start<M: Media>(
        &mut self,
        seat: Seat,
        answer: Option<&str>,
        desk: &mut Desk<M>,
    ) -> Result<Vec<LegId>, Refusal> {
        let subscriber = self.subscriber(seat)?;
        if let Some(answer) = answer {
            if !matches!(subscriber.negotiation, Negotiation::Offered) {
                return Err(Refusal::InvalidSdp);
            }
            if let Err(error) = desk.media.accept_answer(subscriber.peer, answer) {
                self.vacate(seat, desk);
                return Err(error.into());
            }
            subscriber.negotiation = Negotiation::Settled;
        }
        Ok(subscriber.change(desk, |subscriber| subscriber.paused = false))
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
        Ok(subscriber.change(desk, |subscriber| subscriber.settings = settings))
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

    /// Changes which feeds are shown. Without an event the media engine has to make a new offer, and
    /// the reply comes with [`Self::offered`].
    pub(super) fn update<M: Media>(
        &mut self,
        seat: Seat,
        transaction: &Transaction,
        change: &Change<'_>,
        publishers: &Publishers,
        desk: &mut Desk<M>,
    ) -> Result<Option<Event>, Refusal> {
        let feeds = &self.subscriber(seat)?.feeds;
        let mut more = change.subscribe.to_vec();
        dedup(&mut more);
        more.retain(|feed| !feeds.contains(feed));
        let mut less = change.unsubscribe.to_vec();
        dedup(&mut less);
        less.retain(|feed| feeds.contains(feed));
        if feeds.len() + more.len() > FEEDS_PER_SUBSCRIBER_MAX + less.len() {
            return Err(Refusal::LimitReached);
        }
        self.check_room_for(more.len(), seat)?;
        let (_, add) = look_up(&more, publishers)?;
        let remove = less.iter().filter_map(|feed| publishers.peer_of(*feed));
        let subscriber = self.subscriber(seat)?;
        if more.is_empty() && less.is_empty() {
            return Ok(Some(subscriber.updated(None, publishers)));
        }
        if !matches!(subscriber.negotiation, Negotiation::Settled) {
            return Err(Refusal::NotPossible);
        }
        desk.media.update(subscriber.peer, add, remove.collect());
        subscriber.feeds.retain(|feed| !less.contains(feed));
        subscriber.feeds.extend(more);
        subscriber.negotiation = Negotiation::Updating(transaction.clone());
        Ok(None)
    }

    /// What came of an update.
    pub(super) fn offered<M: Media>(
        &mut self,
        seat: Seat,
        offer: Option<String>,
        publishers: &Publishers,
        desk: &mut Desk<M>,
    ) {
        let Some(subscriber) = self.0.get_mut(&seat) else {
            return;
        };
        let next = match offer {
            Some(_) => Negotiation::Offered,
            None => Negotiation::Settled,
        };
        let was = std::mem::replace(&mut subscriber.negotiation, next);
        if let Negotiation::Updating(transaction) = was {
            let updated = News::Video(subscriber.updated(offer, publishers));
            desk.reply(desk.mark(), seat, transaction, updated);
        }
    }

    /// Whether the session may subscribe to `more` feeds.
    fn check_room_for(&self, more: usize, seat: Seat) -> Result<(), Refusal> {
        let own = self.0.range(seat.session().seats());
        let own: usize = own.map(|(_, subscriber)| subscriber.feeds.len()).sum();
        if own + more > SUBSCRIPTIONS_PER_SESSION_MAX {
            return Err(Refusal::LimitReached);
        }
        Ok(())
    }

    pub(super) fn vacate<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) {
        if let Some(subscriber) = self.0.remove(&seat) {
            desk.close(subscriber.peer);
            desk.vacated(seat);
            subscriber.refuse_update(seat, desk);
        }
    }

    pub(super) fn end<M: Media>(&mut self, seats: Seats, desk: &mut Desk<M>) {
        let gone = self.0.extract_if(seats, |_, _| true);
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
            subscriber.refuse_update(seat, desk);
            desk.tell_media_down(seat, MediaDown::Gone);
        }
    }

    pub(super) fn media_ended<M: Media>(&mut self, seat: Seat, why: MediaDown, desk: &mut Desk<M>) {
        if let Some(subscriber) = self.0.remove(&seat) {
            desk.vacated(seat);
            subscriber.refuse_update(seat, desk);
            desk.tell_media_down(seat, why);
        }
    }

    fn subscriber(&mut self, seat: Seat) -> Result<&mut Subscriber, Refusal> {
        self.0.get_mut(&seat).ok_or(Refusal::NotJoined)
    }
}

/// Publishers as they are shown, and as the media engine knows them; all have to publish.
type Looked = (Vec<Publisher>, Vec<(PeerId, PublisherTracks)>);

fn look_up(feeds: &[LegId], publishers: &Publishers) -> Result<Looked, Refusal> {
    let mut looked = Looked::default();
    for feed in feeds {
        let (publisher, peer, tracks) = publishers.stream(*feed).ok_or(Refusal::NoSuchFeed)?;
        looked.0.push(publisher);
        looked.1.push((peer, tracks.clone()));
    }
    Ok(looked)
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
