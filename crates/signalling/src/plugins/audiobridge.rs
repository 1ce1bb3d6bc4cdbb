//! `janus.plugin.audiobridge`: the mixed audio, which is the roster of people as well.

mod event;
mod request;

use greenroom_rooms::call::Refusal;
use greenroom_rooms::call::audio::Event;

use crate::wire::{JsepKind, Message};

use super::fault::{Fault, ends_session};
use super::{Answers, Scene, Taken, Telling, Way, open, tell};

/// The plugin's name.
pub(super) const NAME: &str = "janus.plugin.audiobridge";

/// Takes a request.
pub(super) fn take(message: Message, answers: Answers<'_>) -> Taken {
    let (mut body, jsep, name) = open(message);
    let room = answers.scene.room;
    match name {
        Ok(name) => answers.settle(
            request::is_synchronous(&name),
            request::read(&name, &mut body, jsep, room),
            event::fault,
        ),
        Err(fault) => answers.answer(true, &event::fault(&fault)),
    }
}

/// The frame for what the call told.
pub(super) fn told(reply_to: Option<(Way, &str)>, event: &Event, scene: Scene) -> String {
    let way = reply_to.map(|(way, _)| way);
    let data = event::data(event, way, scene.room);
    let jsep = match event {
        Event::Configured {
            answer: Some(answer),
        }
        | Event::Joined {
            answer: Some(answer),
            ..
        } => Some((JsepKind::Answer, answer.as_str())),
        Event::Configured { answer: None }
        | Event::Joined { answer: None, .. }
        | Event::ParticipantJoined(_)
        | Event::ParticipantChanged(_)
        | Event::Left(_)
        | Event::Leaving(_)
        | Event::Kicked(_)
        | Event::Talking(..)
        | Event::Participants(_) => None,
    };
    tell(reply_to, &data, jsep, scene.sender)
}

/// An ask was not granted.
pub(super) fn refused(reply_to: Option<(Way, &str)>, refusal: Refusal, scene: Scene) -> Telling {
    let data = event::fault(&Fault::Refused(refusal));
    // Without a leg nobody is in a room, so there is nothing to stay for.
    let joins = matches!(reply_to, Some((Way::Join, _)));
    Telling {
        frame: reply_to.map(|_| tell(reply_to, &data, None, scene.sender)),
        ends: ends_session(refusal, joins),
        ..Telling::default()
    }
}
