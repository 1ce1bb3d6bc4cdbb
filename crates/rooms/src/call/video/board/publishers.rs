//! Publishers, and what they publish.

use std::collections::{BTreeMap, HashMap};

use greenroom_domain::limits::PUBLISHERS_PER_SESSION_MAX;
use greenroom_media::{PeerId, PublisherSettings, PublisherTracks, TrackCodec};

use crate::call::desk::{Desk, Seat, Seats, SessionKey, check_display};
use crate::call::identity::Said;
use crate::call::media::Media;
use crate::call::quality::StreamSeen;
use crate::call::video::{Event, Participant, Publish, Published, Publisher, Track, TrackKind};
use crate::call::{LegId, MediaDown, News, Refusal};

struct Leg {
    id: LegId,
    private_id: u32,
    display: Option<String>,
    settings: PublisherSettings,
    stream: Option<Stream>,
}

struct Stream {
    peer: PeerId,
    tracks: PublisherTracks,
    talking: bool,
}

impl Leg {
    /// As others may subscribe to it, if it publishes.
    fn shown(&self) -> Option<Publisher> {
        let stream = self.stream.as_ref()?;
        Some(Publisher {
            id: self.id,
            display: self.display.clone(),
            tracks: shown_tracks(&stream.tracks),
            audio_moderated: self.settings.audio_censored && stream.tracks.audio.is_some(),
            video_moderated: false,
            talking: stream.talking,
        })
    }

    /// As operators see it, if it publishes.
    fn seen(&self) -> Option<StreamSeen> {
        let stream = self.stream.as_ref()?;
        let said = self
            .display
            .as_ref()
            .map(|display| Said::read(display).stream);
        let said = said.unwrap_or_default();
        let audio = stream
            .tracks
            .audio
            .as_ref()
            .filter(|_| said.audio != Some(false));
        let video = stream
            .tracks
            .video
            .as_ref()
            .filter(|_| said.video != Some(false));
        let any = [&stream.tracks.video, &stream.tracks.audio];
        let any = video.or(audio).or(any.into_iter().flatten().next());
        let is_heard = self.settings.audio && !self.settings.audio_censored;
        Some(StreamSeen {
            peer: stream.peer,
            key: said.key.unwrap_or_else(|| self.id.0.to_string()),
            audio: audio.is_some(),
            video: video.is_some(),
            muted: audio.is_some() && !is_heard,
            codec: any.map_or("", |track| track.codec),
        })
    }

    fn listed(&self) -> Participant {
        Participant {
            id: self.id,
            display: self.display.clone(),
            publishing: self.stream.is_some(),
            talking: self.stream.as_ref().map(|stream| stream.talking),
        }
    }

    /// What there would be after `change`.
    fn changed_settings(&self, change: &Publish) -> PublisherSettings {
        PublisherSettings {
            audio: change.audio.unwrap_or(self.settings.audio),
            video: change.video.unwrap_or(self.settings.video),
            bitrate_bps: change.bitrate_bps.unwrap_or(self.settings.bitrate_bps),
            audio_censored: self.settings.audio_censored,
        }
    }

    /// Brings up the stream that `offer` offers.
    fn start_stream<M: Media>(
        &mut self,
        seat: Seat,
        offer: &str,
        settings: PublisherSettings,
        desk: &mut Desk<M>,
    ) -> Result<Published, Refusal> {
        let (peer, answer, tracks) = desk.media.publish(offer, settings)?;
        desk.opened(peer, seat);
        let published = Published {
            answer,
            tracks: shown_tracks(&tracks),
        };
        self.stream = Some(Stream {
            peer,
            tracks,
            talking: false,
        });
        Ok(published)
    }
}

fn shown_tracks(tracks: &PublisherTracks) -> Vec<Track> {
    let shown = |kind, track: &TrackCodec| Track {
        kind,
        mid: track.mid.clone(),
        codec: track.codec.to_owned(),
        simulcast: track.simulcast,
    };
    let audio = tracks
        .audio
        .as_ref()
        .map(|track| shown(TrackKind::Audio, track));
    let video = tracks
        .video
        .as_ref()
        .map(|track| shown(TrackKind::Video, track));
    audio.into_iter().chain(video).collect()
}

#[derive(Default)]
pub(super) struct Publishers {
    legs: BTreeMap<Seat, Leg>,
    by_id: HashMap<LegId, Seat>,
}

impl Publishers {
    pub(super) fn holds(&self, seat: Seat) -> bool {
        self.legs.contains_key(&seat)
    }

    pub(super) fn holds_any(&self, session: SessionKey) -> bool {
        self.legs.range(session.seats()).next().is_some()
    }

    pub(super) fn seen_of(&self, session: SessionKey) -> Vec<StreamSeen> {
        let legs = self.legs.range(session.seats());
        legs.filter_map(|(_, leg)| leg.seen()).collect()
    }

    pub(super) fn streams(&self) -> usize {
        self.legs
            .values()
            .filter(|leg| leg.stream.is_some())
            .count()
    }

    pub(super) fn list(&self) -> Vec<Participant> {
        self.legs.values().map(Leg::listed).collect()
    }

    /// What is published under an id, as it is shown and as the engine knows it.
    pub(super) fn stream(&self, feed: LegId) -> Option<(Publisher, PeerId, &PublisherTracks)> {
        let leg = self.legs.get(self.by_id.get(&feed)?)?;
        let stream = leg.stream.as_ref()?;
        Some((leg.shown()?, stream.peer, &stream.tracks))
    }

    pub(super) fn peer_of(&self, feed: LegId) -> Option<PeerId> {
        let leg = self.legs.get(self.by_id.get(&feed)?)?;
        Some(leg.stream.as_ref()?.peer)
    }

    pub(super) fn join<M: Media>(
        &mut self,
        seat: Seat,
        id: Option<LegId>,
        display: Option<String>,
        publish: Option<Publish>,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        let publish = publish.unwrap_or_default();
        let display = publish.display.clone().or(display);
        check_display(display.as_ref())?;
        let own = self.legs.range(seat.session().seats()).count();
        if own >= PUBLISHERS_PER_SESSION_MAX {
            return Err(Refusal::LimitReached);
        }
        let mut leg = Leg {
            id: desk.draw_id(id)?,
            private_id: desk.private_number(),
            display,
            settings: PublisherSettings {
                audio_censored: desk.is_silenced(seat.session()),
                ..PublisherSettings::OPEN
            },
            stream: None,
        };
        leg.settings = leg.changed_settings(&publish);
        let published = match &publish.offer {
            None => None,
            Some(offer) => match leg.start_stream(seat, offer, leg.settings, desk) {
                Ok(published) => Some(published),
                Err(refusal) => {
                    desk.free_id(leg.id);
                    return Err(refusal);
                }
            },
        };
        let joined = Event::Joined {
            id: leg.id,
            private_id: leg.private_id,
            publishers: self.legs.values().filter_map(Leg::shown).collect(),
            published,
        };
        if let Some(shown) = leg.shown() {
            self.tell_others(seat, &Event::Publishing(shown), desk);
        }
        self.by_id.insert(leg.id, seat);
        self.legs.insert(seat, leg);
        Ok(joined)
    }

    pub(super) fn publish<M: Media>(
        &mut self,
        seat: Seat,
        change: Publish,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        let leg = self.legs.get_mut(&seat).ok_or(Refusal::NotJoined)?;
        check_display(change.display.as_ref())?;
        let settings = leg.changed_settings(&change);
        let mut published = None;
        match (&change.offer, &leg.stream) {
            (Some(_), Some(_)) => return Err(Refusal::AlreadyPublished),
            (Some(offer), None) => {
                published = Some(leg.start_stream(seat, offer, settings, desk)?);
            }
            (None, Some(stream)) => {
                if settings != leg.settings {
                    desk.media.configure_publisher(stream.peer, settings);
                }
                if change.keyframe {
                    desk.media.request_keyframe(stream.peer);
                }
            }
            (None, None) => {}
        }
        leg.settings = settings;
        let renamed = change.display.is_some() && change.display != leg.display;
        if renamed {
            leg.display = change.display;
        }
        let (id, display, shown) = (leg.id, leg.display.clone(), leg.shown());
        if renamed {
            self.tell_others(seat, &Event::DisplayChanged { id, display }, desk);
        }
        if let (Some(_), Some(shown)) = (&published, shown) {
            self.tell_others(seat, &Event::Publishing(shown), desk);
        }
        Ok(Event::Configured(published))
    }

    /// Ends what the seat publishes, and tells the others; tells which feed is gone.
    pub(super) fn unpublish<M: Media>(
        &mut self,
        seat: Seat,
        desk: &mut Desk<M>,
    ) -> Result<LegId, Refusal> {
        let leg = self.legs.get_mut(&seat).ok_or(Refusal::NotJoined)?;
        let stream = leg.stream.take().ok_or(Refusal::NotPublished)?;
        let id = leg.id;
        desk.close(stream.peer);
        self.tell_others(seat, &Event::Unpublished(id), desk);
        Ok(id)
    }

    pub(super) fn tell_kicked<M: Media>(&self, session: SessionKey, desk: &mut Desk<M>) {
        for (_, leg) in self.legs.range(session.seats()) {
            self.tell_all(&Event::Kicked(leg.id), desk);
        }
    }

    /// Silences what a session publishes or will publish, or no longer does, and tells everybody
    /// which audio that is.
    pub(super) fn silence<M: Media>(
        &mut self,
        session: SessionKey,
        silenced: bool,
        desk: &mut Desk<M>,
    ) {
        let mut changed = Vec::new();
        for (_, leg) in self.legs.range_mut(session.seats()) {
            leg.settings.audio_censored = silenced;
            let Some(stream) = &leg.stream else {
                continue;
            };
            desk.media.configure_publisher(stream.peer, leg.settings);
            if let Some(audio) = &stream.tracks.audio {
                changed.push(Event::AudioModerated {
                    id: leg.id,
                    mid: audio.mid.clone(),
                    muted: silenced,
                });
            }
        }
        for event in changed {
            self.tell_all(&event, desk);
        }
    }

    /// Frees the seat, and tells the others; tells which feed is gone, if it published.
    pub(super) fn vacate<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) -> Option<LegId> {
        let leg = self.legs.remove(&seat)?;
        self.announce_leaving(seat, &leg, desk)
    }

    /// Frees seats all at once, and tells the others; tells which feeds are gone.
    pub(super) fn end<M: Media>(&mut self, seats: Seats, desk: &mut Desk<M>) -> Vec<LegId> {
        let gone: Vec<(Seat, Leg)> = self.legs.extract_if(seats, |_, _| true).collect();
        gone.iter()
            .filter_map(|(seat, leg)| self.announce_leaving(*seat, leg, desk))
            .collect()
    }

    fn announce_leaving<M: Media>(
        &mut self,
        seat: Seat,
        leg: &Leg,
        desk: &mut Desk<M>,
    ) -> Option<LegId> {
        self.by_id.remove(&leg.id);
        desk.free_id(leg.id);
        desk.vacated(seat);
        if let Some(stream) = &leg.stream {
            desk.close(stream.peer);
            self.tell_all(&Event::Unpublished(leg.id), desk);
        }
        self.tell_all(&Event::Leaving(leg.id), desk);
        leg.stream.as_ref().map(|_| leg.id)
    }

    /// The stream's media connection has ended by itself: tells which feed is gone.
    pub(super) fn media_ended<M: Media>(
        &mut self,
        seat: Seat,
        peer: PeerId,
        why: MediaDown,
        desk: &mut Desk<M>,
    ) -> Option<LegId> {
        let leg = self.legs.get_mut(&seat)?;
        leg.stream.take_if(|stream| stream.peer == peer)?;
        let id = leg.id;
        desk.tell_media_down(seat, why);
        self.tell_others(seat, &Event::Unpublished(id), desk);
        Some(id)
    }

    pub(super) fn talking<M: Media>(&mut self, seat: Seat, talking: bool, desk: &mut Desk<M>) {
        let Some(leg) = self.legs.get_mut(&seat) else {
            return;
        };
        if let Some(stream) = &mut leg.stream
            && stream.talking != talking
        {
            stream.talking = talking;
            let event = Event::Talking(leg.id, talking);
            self.tell_all(&event, desk);
        }
    }

    fn tell_all<M: Media>(&self, event: &Event, desk: &mut Desk<M>) {
        for seat in self.legs.keys() {
            desk.push(*seat, News::Video(event.clone()));
        }
    }

    fn tell_others<M: Media>(&self, but: Seat, event: &Event, desk: &mut Desk<M>) {
        for seat in self.legs.keys().filter(|seat| **seat != but) {
            desk.push(*seat, News::Video(event.clone()));
        }
    }
}
