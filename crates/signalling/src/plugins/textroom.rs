//! `janus.plugin.textroom`: messages. What has to do with the connection goes over the WebSocket;
//! joining and the messages themselves go over the data channel.

mod channel;
mod event;
mod request;

use greenroom_rooms::call::text::{Event, Request};
use greenroom_rooms::call::{Ask, Refusal};

use crate::wire::{JsepKind, Message, to_text};

use super::fault::{Fault, ends_session};
use super::{Answers, Scene, Taken, Telling, Way, open, tell};

use channel::Said;

/// The plugin's name.
pub(super) const NAME: &str = "janus.plugin.textroom";

/// What a handle called itself when it asked to join: it is told that it has joined as all others
/// are.
#[derive(Debug, Default)]
pub(super) struct Names(Option<Box<(String, Option<String>)>>);

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

/// What comes of what the call told.
pub(super) fn told(
    reply_to: Option<(Way, &str)>,
    event: Event,
    names: &mut Names,
    scene: Scene,
) -> Telling {
    match event {
        Event::Received(text) => received(&text, names, scene),
        Event::Opened => Telling::default(),
        Event::Offered { offer } => {
            let data = event::offered(scene.room);
            let jsep = Some((JsepKind::Offer, offer.as_str()));
            Telling::frame(tell(reply_to, &data, jsep, scene.sender))
        }
        Event::Answered => {
            let data = event::done();
            Telling::frame(tell(reply_to, &data, None, scene.sender))
        }
        Event::Members(members) if on_socket(reply_to) => {
            let way = reply_to.map(|(way, _)| way);
            let data = event::members(&members, way, scene.room);
            Telling::frame(tell(reply_to, &data, None, scene.sender))
        }
        Event::Joined(_)
        | Event::MemberJoined(_)
        | Event::Sent(_)
        | Event::Message { .. }
        | Event::Left
        | Event::MemberLeft(_)
        | Event::Members(_) => {
            let lines = channel::lines(reply_to, &event, names, scene);
            write(lines)
        }
    }
}

/// An ask was not granted.
pub(super) fn refused(
    reply_to: Option<(Way, &str)>,
    refusal: Refusal,
    names: &mut Names,
    scene: Scene,
) -> Telling {
    let fault = Fault::Refused(refusal);
    let mut telling = match reply_to {
        Some((Way::Event | Way::Join | Way::SubscriberLeft | Way::Success | Way::RoomList, _)) => {
            Telling::frame(tell(reply_to, &event::fault(&fault), None, scene.sender))
        }
        Some((
            Way::Channel | Way::ChannelRoomList | Way::ChannelToOne | Way::ChannelQuiet,
            transaction,
        )) => {
            if refusal != Refusal::AlreadyJoined {
                names.0 = None;
            }
            write([channel::error(&fault, Some(transaction))])
        }
        Some((Way::Silent, _)) | None => Telling::default(),
    };
    // The application waits for its data channel before it joins anything else.
    let sets_up = matches!(reply_to, Some((Way::Event, _)));
    telling.ends = ends_session(refusal, sets_up);
    telling
}

fn on_socket(reply_to: Option<(Way, &str)>) -> bool {
    reply_to.is_some_and(|(way, _)| way.is_synchronous())
}

fn received(text: &str, names: &mut Names, scene: Scene) -> Telling {
    match channel::read(text, scene.room) {
        Ok(Said::Asks(way, transaction, request)) => {
            if let Request::Join { username, display } = &request {
                names
                    .0
                    .get_or_insert_with(|| Box::new((username.clone(), display.clone())));
            }
            Telling {
                asks: vec![(way, transaction, Ask::Text(request))],
                ..Telling::default()
            }
        }
        Ok(Said::Answered(line)) => write([*line]),
        Err((fault, transaction)) => write([channel::error(&fault, transaction.as_deref())]),
    }
}

/// Writes lines to the handle's own data channel.
fn write<'a>(lines: impl IntoIterator<Item = channel::Line<'a>>) -> Telling {
    let ask = |line: channel::Line<'a>| {
        let write = Ask::Text(Request::Write(to_text(&line)));
        (Way::Silent, String::new(), write)
    };
    Telling {
        asks: lines.into_iter().map(ask).collect(),
        ..Telling::default()
    }
}
