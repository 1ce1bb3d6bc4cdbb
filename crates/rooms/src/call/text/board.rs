//! The data channels, and who gets messages over them.

use std::collections::BTreeMap;

use greenroom_domain::limits::{
    MESSAGE_MAX_BYTES, TEXT_CHANNELS_PER_SESSION_MAX, USERNAME_MAX_BYTES,
};
use greenroom_domain::room::MaxParticipants;
use greenroom_media::PeerId;

use super::{Event, Member, Request};
use crate::call::desk::{Desk, Seat, Seats, SessionKey, check_display};
use crate::call::media::Media;
use crate::call::{MediaDown, News, Refusal};

/// Most that a message is addressed to by name: everybody in the largest room.
const RECIPIENTS_MAX: usize = MaxParticipants::MAX as usize;

struct Channel {
    peer: PeerId,
    answered: bool,
    member: Option<Member>,
}

#[derive(Default)]
pub(in crate::call) struct TextBoard {
    channels: BTreeMap<Seat, Channel>,
}

impl TextBoard {
    pub(in crate::call) fn holds(&self, seat: Seat) -> bool {
        self.channels.contains_key(&seat)
    }

    pub(in crate::call) fn holds_any(&self, session: SessionKey) -> bool {
        self.channels.range(session.seats()).next().is_some()
    }

    pub(in crate::call) fn answer<M: Media>(
        &mut self,
        seat: Seat,
        request: Request,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        match request {
            Request::Setup => self.set_up(seat, desk),
            Request::Answer { answer } => {
                let channel = self.channel(seat)?;
                if channel.answered {
                    return Err(Refusal::InvalidSdp);
                }
                if let Err(error) = desk.media.accept_answer(channel.peer, &answer) {
                    self.vacate(seat, desk);
                    return Err(error.into());
                }
                channel.answered = true;
                Ok(Event::Answered)
            }
            Request::Join { username, display } => {
                self.join(seat, Member { username, display }, desk)
            }
            Request::Send { text, to } => self.send(seat, &text, to, desk),
            Request::Leave => {
                let member = self.channel(seat)?.member.take();
                let member = member.ok_or(Refusal::NotJoined)?;
                self.tell_members(&Event::MemberLeft(member.username), desk);
                Ok(Event::Left)
            }
            Request::ListParticipants => Ok(Event::Members(
                self.members().map(|(_, m)| m.clone()).collect(),
            )),
            // Not replied to, and so never asked for here.
            Request::Write(_) => Err(Refusal::NotPossible),
        }
    }

    fn set_up<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) -> Result<Event, Refusal> {
        if self.holds(seat) {
            return Err(Refusal::AlreadyJoined);
        }
        let own = self.channels.range(seat.session().seats()).count();
        if own >= TEXT_CHANNELS_PER_SESSION_MAX {
            return Err(Refusal::LimitReached);
        }
        let (peer, offer) = desk.media.open_text()?;
        desk.opened(peer, seat);
        let channel = Channel {
            peer,
            answered: false,
            member: None,
        };
        self.channels.insert(seat, channel);
        Ok(Event::Offered { offer })
    }

    fn join<M: Media>(
        &mut self,
        seat: Seat,
        member: Member,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        let names = &member.username;
        let taken = self.members().any(|(_, other)| other.username == *names);
        let others = self.members().map(|(_, other)| other.clone()).collect();
        let channel = self.channel(seat)?;
        if !channel.answered {
            return Err(Refusal::NotJoined);
        }
        if channel.member.is_some() {
            return Err(Refusal::AlreadyJoined);
        }
        check_display(member.display.as_ref())?;
        if names.len() > USERNAME_MAX_BYTES {
            return Err(Refusal::LimitReached);
        }
        if taken {
            return Err(Refusal::IdTaken);
        }
        let event = Event::MemberJoined(member.clone());
        self.tell_members(&event, desk);
        self.channel(seat)?.member = Some(member);
        Ok(Event::Joined(others))
    }

    fn send<M: Media>(
        &mut self,
        seat: Seat,
        text: &str,
        to: Option<Vec<String>>,
        desk: &mut Desk<M>,
    ) -> Result<Event, Refusal> {
        let sender = self.channel(seat)?.member.as_ref();
        let from = sender.ok_or(Refusal::NotJoined)?.username.clone();
        let too_many = to.as_ref().is_some_and(|to| to.len() > RECIPIENTS_MAX);
        if text.len() > MESSAGE_MAX_BYTES || too_many {
            return Err(Refusal::LimitReached);
        }
        let message = Event::Message {
            from,
            text: text.to_owned(),
            whispered: to.is_some(),
        };
        let Some(to) = to else {
            self.tell_members(&message, desk);
            return Ok(Event::Sent(Vec::new()));
        };
        let mut sent: Vec<(String, bool)> = Vec::new();
        for name in to {
            if sent.iter().any(|(other, _)| *other == name) {
                continue;
            }
            let there = self.members().find(|(_, member)| member.username == name);
            if let Some((recipient, _)) = there {
                desk.push(recipient, News::Text(message.clone()));
            }
            sent.push((name, there.is_some()));
        }
        Ok(Event::Sent(sent))
    }

    /// Writes to the seat's own data channel.
    pub(in crate::call) fn write<M: Media>(&self, seat: Seat, text: String, desk: &mut Desk<M>) {
        if let Some(channel) = self.channels.get(&seat) {
            desk.media.send_text(channel.peer, text);
        }
    }

    pub(in crate::call) fn vacate<M: Media>(&mut self, seat: Seat, desk: &mut Desk<M>) {
        if let Some(channel) = self.channels.remove(&seat) {
            desk.close(channel.peer);
            self.announce_gone(seat, channel.member, desk);
        }
    }

    pub(in crate::call) fn end<M: Media>(&mut self, seats: Seats, desk: &mut Desk<M>) {
        let gone: Vec<(Seat, Channel)> = self.channels.extract_if(seats, |_, _| true).collect();
        for (seat, channel) in gone {
            desk.close(channel.peer);
            self.announce_gone(seat, channel.member, desk);
        }
    }

    pub(in crate::call) fn media_ended<M: Media>(
        &mut self,
        seat: Seat,
        why: MediaDown,
        desk: &mut Desk<M>,
    ) {
        if let Some(channel) = self.channels.remove(&seat) {
            desk.tell_media_down(seat, why);
            self.announce_gone(seat, channel.member, desk);
        }
    }

    fn announce_gone<M: Media>(&self, seat: Seat, member: Option<Member>, desk: &mut Desk<M>) {
        desk.vacated(seat);
        if let Some(member) = member {
            self.tell_members(&Event::MemberLeft(member.username), desk);
        }
    }

    fn channel(&mut self, seat: Seat) -> Result<&mut Channel, Refusal> {
        self.channels.get_mut(&seat).ok_or(Refusal::NotJoined)
    }

    fn members(&self) -> impl Iterator<Item = (Seat, &Member)> {
        self.channels
            .iter()
            .filter_map(|(seat, channel)| Some((*seat, channel.member.as_ref()?)))
    }

    fn tell_members<M: Media>(&self, event: &Event, desk: &mut Desk<M>) {
        for (seat, _) in self.members() {
            desk.push(seat, News::Text(event.clone()));
        }
    }
}
