//! `janus.plugin.videoroom`: publishers, and subscribers to what they publish. Both generations of
//! the plugin's API are spoken: one stream per publisher (`feed`, `audio`, `video`), as the browser
//! SDK does, and lists of streams.

mod event;
mod request;
mod role;
mod streams;

use greenroom_rooms::call::Refusal;
use greenroom_rooms::call::video::Event;

use crate::wire::{JsepKind, Message};

use super::fault::{Fault, ends_session};
use super::{Answers, Scene, Taken, Telling, Way, open, tell};

pub(super) use role::Role;

/// The plugin's name.
pub(super) const NAME: &str = "janus.plugin.videoroom";

/// Takes a request.
pub(super) fn take(message: Message, role: &mut Role, answers: Answers<'_>) -> Taken {
    let (mut body, jsep, name) = open(message);
    let room = answers.scene.room;
    match name {
        Ok(name) => answers.settle(
            request::is_synchronous(&name),
            request::read(&name, &mut body, jsep, role, room),
            event::fault,
        ),
        Err(fault) => answers.answer(true, &event::fault(&fault)),
    }
}

/// The frame for what the call told.
pub(super) fn told(
    reply_to: Option<(Way, &str)>,
    event: &Event,
    role: &mut Role,
    scene: Scene,
) -> String {
    let way = reply_to.map(|(way, _)| way);
    let jsep = jsep(event);
    if let (Event::Attached { feeds, .. } | Event::Updated { feeds, .. }, Some((_, offer))) =
        (event, jsep)
    {
        role.learn_lines(feeds, offer);
    }
    let data = event::data(event, way, role, scene.room);
    tell(reply_to, &data, jsep, scene.sender)
}

/// An ask was not granted.
pub(super) fn refused(
    reply_to: Option<(Way, &str)>,
    refusal: Refusal,
    role: &mut Role,
    scene: Scene,
) -> Telling {
    if matches!(reply_to, Some((Way::Join, _))) && refusal != Refusal::AlreadyJoined {
        *role = Role::Nobody;
    }
    // An answer that cannot be used takes the subscriber's connection along.
    if refusal == Refusal::InvalidSdp {
        role.lose_media();
    }
    let data = event::fault(&Fault::Refused(refusal));
    Telling {
        frame: reply_to.map(|_| tell(reply_to, &data, None, scene.sender)),
        ends: ends_session(refusal, false),
        ..Telling::default()
    }
}

/// The session description that belongs to it.
fn jsep(event: &Event) -> Option<(JsepKind, &str)> {
    match event {
        Event::Joined {
            published: Some(published),
            ..
        }
        | Event::Configured(Some(published)) => Some((JsepKind::Answer, &published.answer)),
        Event::Attached { offer, .. }
        | Event::Updated {
            offer: Some(offer), ..
        } => Some((JsepKind::Offer, offer)),
        Event::Joined {
            published: None, ..
        }
        | Event::Configured(None)
        | Event::Updated { offer: None, .. }
        | Event::Publishing(_)
        | Event::DisplayChanged { .. }
        | Event::Unpublished(_)
        | Event::UnpublishedOwn
        | Event::Leaving(_)
        | Event::Left
        | Event::Kicked(_)
        | Event::AudioModerated { .. }
        | Event::Talking(..)
        | Event::Started
        | Event::Paused
        | Event::SubscriberConfigured
        | Event::Switched(_)
        | Event::Participants(_) => None,
    }
}
