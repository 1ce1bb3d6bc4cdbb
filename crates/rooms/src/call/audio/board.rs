//! The legs of the mixed audio.

use std::collections::BTreeMap;

use greenroom_domain::limits::AUDIO_LEGS_PER_SESSION_MAX;
use greenroom_media::{MixLegSettings, PeerId};

use super::{Event, Participant, Request};
use crate::call::desk::{Desk, Seat, Seats, SessionKey, check_display};
use crate::call::media::Media;
use crate::call::quality::LegSeen;
use crate::call::{LegId, MediaDown, News, Refusal};

struct Leg {
    id: LegId,
    display: Option<String>,
    /// Whether it asked not to be heard.
    muted: bool,
    /// Whether an operator silences it.
    silenced: bool,
    media: Option<LegMedia>,
}

struct LegMedia {
    peer: PeerId,
    up: bool,
    talking: bool,
}

impl Leg {
    const fn settings(&self) -> MixLegSettings {
        MixLegSettings {
            muted: self.muted || self.silenced,
        }
    }

    fn shown(&self) -> Participant {
        let up = self.media.as_ref().filter(|media| media.up);
        Participant {
            id: self.id,
            display: self.display.clone(),
            muted: self.settings().muted,
            setup: up.is_some(),
            talking: up.map(|media| media.talking),
        }
    }
}

impl Leg {
    /// Brings up the media connection that `offer` offers, in the place of the one there is.
    fn bring_up<M: Media>(
        &mut self,
        seat: Seat,
        offer: &str,
        settings: MixLegSettings,
        desk: &mut Desk<M>,
    ) -> Result<String, Refusal> {
        let (peer, answer) = desk.media.join_mix(offer, settings)?;
        desk.opened(peer, seat);
        let fresh = LegMedia {
            peer,
            up: false,
            talking: false,
        };
        if let Some(old) = self.media.replace(fresh) {
            desk.close(old.peer);
        }
        Ok(answer)
    }
}

/// What a join asks for.
struct Join {
    id: Option<LegId>,
    display: Option<String>,
    muted: bool,
    offer: Option<String>,
}

/// What a configure asks for.
struct Change {
    display: Option<String>,
    muted: Option<bool>,
    offer: Option<String>,
}

#[derive(Default)]
pub(in crate::call) struct AudioBoard {
    legs: BTreeMap<Seat, Leg>,
}

impl AudioBoard {
    pub(in crate::call) fn holds(&self, seat: Seat) -> bool {
        self.legs.contains_key(&seat)
    }

    pub(in crate::call) fn holds_any(&self, session: SessionKey) -> bool {
        self.legs.range(session.seats()).next().is_some()
    }

    pub(in crate::call) fn answer<M: Media>(
        &mut self,
        seat: Seat,
        request: Request,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        match request {
            Request::Join {
                id,
                display,
                muted,
                offer,
            } => {
                let join = Join {
                    id,
                    display,
                    muted,
                    offer,
                };
                self.join(seat, join, desk)
            }
            Request::Configure {
                display,
                muted,
                offer,
            } => {
                let change = Change {
                    display,
                    muted,
                    offer,
                };
                self.configure(seat, change, desk)
            }
            Request::Leave => match self.vacate(seat, desk) {
                Some(id) => Ok(Event::Left(id)),
                None => Err(Refusal::NotJoined),
            },
            Request::ListParticipants => Ok(Event::Participants(
                self.legs.values().map(Leg::shown).collect(),
            )),
        }
    }

    fn join<M: Media>(
        &mut self,
        seat: Seat,
        join: Join,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        if self.holds(seat) {
            return Err(Refusal::AlreadyJoined);
        }
        check_display(join.display.as_ref())?;
        let own = self.legs.range(seat.session().seats()).count();
        if own >= AUDIO_LEGS_PER_SESSION_MAX {
            return Err(Refusal::LimitReached);
        }
        let mut leg = Leg {
            id: desk.draw_id(join.id)?,
            display: join.display,
            muted: join.muted,
            silenced: desk.is_silenced(seat.session()),
            media: None,
        };
        let answer = match join.offer {
            None => None,
            Some(offer) => match leg.bring_up(seat, &offer, leg.settings(), desk) {
                Ok(answer) => Some(answer),
                Err(refusal) => {
                    desk.free_id(leg.id);
                    return Err(refusal);
                }
            },
        };
        let joined = Event::Joined {
            id: leg.id,
            participants: self.legs.values().map(Leg::shown).collect(),
            answer,
        };
        self.tell_all(&Event::ParticipantJoined(leg.shown()), desk);
        self.legs.insert(seat, leg);
        Ok(joined)
    }

    fn configure<M: Media>(
        &mut self,
        seat: Seat,
        change: Change,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        let leg = self.legs.get_mut(&seat).ok_or(Refusal::NotJoined)?;
        check_display(change.display.as_ref())?;
        let before = leg.shown();
        let muted = change.muted.unwrap_or(leg.muted);
        let settings = MixLegSettings {
            muted: muted || leg.silenced,
        };
        let mut answer = None;
        if let Some(offer) = change.offer {
            answer = Some(leg.bring_up(seat, &offer, settings, desk)?);
        } else if let Some(media) = &leg.media
            && settings != leg.settings()
        {
            desk.media.configure_mix_leg(media.peer, settings);
        }
        leg.muted = muted;
        if change.display.is_some() {
            leg.display = change.display;
        }
        let after = leg.shown();
        if after != before {
            self.tell_others(seat, &Event::ParticipantChanged(after), desk);
        }
        Ok(Event::Configured { answer })
    }

    /// The legs of a session that have media.
    pub(in crate::call) fn seen_of(&self, session: SessionKey) -> Vec<LegSeen> {
        let legs = self.legs.range(session.seats());
        legs.filter_map(|(_, leg)| {
            let media = leg.media.as_ref()?;
            Some(LegSeen {
                peer: media.peer,
                muted: leg.settings().muted,
                talking: media.talking,
            })
        })
        .collect()
    }

    /// Tells everybody, itself too, that a session is thrown out.
    pub(in crate::call) fn tell_kicked<M: Media>(&self, session: SessionKey, desk: &mut Desk<M>) {
        for (_, leg) in self.legs.range(session.seats()) {
            self.tell_all(&Event::Kicked(leg.id), desk);
        }
    }

    /// Silences a session, or no longer does; what it asked for itself is not forgotten.
    pub(in crate::call) fn silence<M: Media>(
        &mut self,
        session: SessionKey,
        silenced: bool,
        desk: &mut Desk<M>,
    ) {
        let mut changed = Vec::new();
        for (_, leg) in self.legs.range_mut(session.seats()) {
            let before = leg.settings();
            leg.silenced = silenced;
            if leg.settings() == before {
                continue;
            }
            if let Some(media) = &leg.media {
                desk.media.configure_mix_leg(media.peer, leg.settings());
            }
            changed.push(Event::ParticipantChanged(leg.shown()));
        }
        for event in changed {
            self.tell_all(&event, desk);
        }
    }

    /// Frees the seat, and tells the others.
    pub(in crate::call) fn vacate<M: Media>(
        &mut self,
        seat: Seat,
        desk: &mut Desk<M>,
    ) -> Option<LegId> {
        let leg = self.legs.remove(&seat)?;
        let id = leg.id;
        self.announce_leaving(seat, leg, desk);
        Some(id)
    }

    /// Frees seats all at once, and tells the others.
    pub(in crate::call) fn end<M: Media>(&mut self, seats: Seats, desk: &mut Desk<M>) {
        let gone: Vec<(Seat, Leg)> = self.legs.extract_if(seats, |_, _| true).collect();
        for (seat, leg) in gone {
            self.announce_leaving(seat, leg, desk);
        }
    }

    fn announce_leaving<M: Media>(&self, seat: Seat, leg: Leg, desk: &mut Desk<M>) {
        if let Some(media) = leg.media {
            desk.close(media.peer);
        }
        desk.free_id(leg.id);
        desk.vacated(seat);
        self.tell_all(&Event::Leaving(leg.id), desk);
    }

    /// Ends the leg's media; the leg stays.
    pub(in crate::call) fn hang_up<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) {
        let Some(media) = self.legs.get_mut(&seat).and_then(|leg| leg.media.take()) else {
            return;
        };
        desk.close(media.peer);
        self.announce_change(seat, desk);
    }

    pub(in crate::call) fn media_up<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) {
        if let Some(media) = self.media_of(seat) {
            media.up = true;
            self.announce_change(seat, desk);
        }
    }

    pub(in crate::call) fn media_ended<M: Media>(
        &mut self,
        seat: Seat,
        why: MediaDown,
        desk: &mut Desk<M>,
    ) {
        let ended = self.legs.get_mut(&seat).and_then(|leg| leg.media.take());
        if ended.is_some() {
            desk.tell_media_down(seat, why);
            self.announce_change(seat, desk);
        }
    }

    pub(in crate::call) fn talking<M: Media>(
        &mut self,
        seat: Seat,
        talking: bool,
        desk: &mut Desk<M>,
    ) {
        let Some(leg) = self.legs.get_mut(&seat) else {
            return;
        };
        if let Some(media) = &mut leg.media
            && media.talking != talking
        {
            media.talking = talking;
            let event = Event::Talking(leg.id, talking);
            self.tell_all(&event, desk);
        }
    }

    fn media_of(&mut self, seat: Seat) -> Option<&mut LegMedia> {
        self.legs.get_mut(&seat)?.media.as_mut()
    }

    fn announce_change<M: Media>(&self, seat: Seat, desk: &mut Desk<M>) {
        if let Some(leg) = self.legs.get(&seat) {
            self.tell_others(seat, &Event::ParticipantChanged(leg.shown()), desk);
        }
    }

    fn tell_all<M: Media>(&self, event: &Event, desk: &mut Desk<M>) {
        for seat in self.legs.keys() {
            desk.push(*seat, News::Audio(event.clone()));
        }
    }

    fn tell_others<M: Media>(&self, but: Seat, event: &Event, desk: &mut Desk<M>) {
        for seat in self.legs.keys().filter(|seat| **seat != but) {
            desk.push(*seat, News::Audio(event.clone()));
        }
    }
}
