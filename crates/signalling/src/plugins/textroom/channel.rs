//! What is said on the data channel: JSON text in both directions, without a token. Who has the
//! channel has a session, and the session's token is watched.

use std::borrow::Cow;
use std::collections::BTreeMap;

use greenroom_domain::Timestamp;
use greenroom_domain::limits::{
    DISPLAY_MAX_BYTES, MESSAGE_MAX_BYTES, TEXT_MAX_BYTES, TRANSACTION_MAX_BYTES, USERNAME_MAX_BYTES,
};
use greenroom_domain::room::MaxParticipants;
use greenroom_rooms::call::Refusal;
use greenroom_rooms::call::text::{Event, Request};
use serde::Serialize;
use serde_json::Value;

use crate::wire::parse_json;

use super::super::body::{Body, invalid};
use super::super::fault::Fault;
use super::super::room::{self, Listing, Shown};
use super::super::{Room, Scene, Way};
use super::Names;
use super::event::{Person, number};

/// Longest verb that is looked at, in bytes.
const VERB_MAX_BYTES: usize = 32;

/// Most recipients that a message may name: everybody in the largest room.
const RECIPIENTS_MAX: usize = MaxParticipants::MAX as usize;

/// What a client said.
#[derive(Debug)]
pub(super) enum Said {
    /// The call has to be asked, under this transaction of the client.
    Asks(Way, String, Request),
    /// The answer is known.
    Answered(Box<Line<'static>>),
}

/// One text for the client.
#[derive(Debug, Default, Serialize)]
pub(super) struct Line<'a> {
    textroom: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<Vec<Person<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<[Listing; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exists: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<BTreeMap<&'a str, bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    whisper: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'static, str>>,
}

/// Reads a text of the client; a fault comes with the transaction, if there is one to repeat.
pub(super) fn read(text: &str, room: Room) -> Result<Said, (Fault, Option<String>)> {
    let nameless = |fault| (fault, None);
    if text.len() > TEXT_MAX_BYTES {
        return Err(nameless(invalid("text", "shorter")));
    }
    let json = parse_json(text).map_err(|fault| nameless(Fault::NotJson(fault.reason())))?;
    let Value::Object(members) = json else {
        return Err(nameless(Fault::NotJson("The text is not an object")));
    };
    let mut body = Body::new(members);
    let transaction = body
        .needed_text("transaction", TRANSACTION_MAX_BYTES)
        .map_err(nameless)?;
    match request(&mut body, room, &transaction) {
        Ok(Ok((way, request))) => Ok(Said::Asks(way, transaction, request)),
        Ok(Err(line)) => Ok(Said::Answered(Box::new(line))),
        Err(fault) => Err((fault, Some(transaction))),
    }
}

/// What to ask, or else the answer.
fn request(
    body: &mut Body,
    room: Room,
    transaction: &str,
) -> Result<Result<(Way, Request), Line<'static>>, Fault> {
    let verb = body.needed_text("textroom", VERB_MAX_BYTES)?;
    let verb = verb.to_ascii_lowercase();
    match verb.as_str() {
        "exists" => {
            let (room, exists) = room::exists(body, room)?;
            return Ok(Err(Line {
                textroom: "success",
                transaction: Some(Cow::Owned(transaction.to_owned())),
                room: Some(room),
                exists: Some(exists),
                ..Line::default()
            }));
        }
        "list" => return Ok(Ok((Way::ChannelRoomList, Request::ListParticipants))),
        "create" | "destroy" | "edit" | "allowed" | "kick" | "announcement" => {
            return Err(Fault::NotHere);
        }
        _ => body.check_room(room)?,
    }
    Ok(Ok(match verb.as_str() {
        "join" => (
            Way::Channel,
            Request::Join {
                username: body.needed_text("username", USERNAME_MAX_BYTES)?,
                display: body.text("display", DISPLAY_MAX_BYTES)?,
            },
        ),
        "message" => message(body)?,
        "leave" => (Way::Channel, Request::Leave),
        "listparticipants" => (Way::Channel, Request::ListParticipants),
        _ => return Err(Fault::UnknownRequest(verb)),
    }))
}

fn message(body: &mut Body) -> Result<(Way, Request), Fault> {
    let text = body.needed_text("text", MESSAGE_MAX_BYTES)?;
    let one = body.text("to", USERNAME_MAX_BYTES)?;
    let some = body.list("tos", RECIPIENTS_MAX)?;
    let quiet = body.flag("ack")? == Some(false);
    let way = match &one {
        _ if quiet => Way::ChannelQuiet,
        Some(_) => Way::ChannelToOne,
        None => Way::Channel,
    };
    let to = match (one, some) {
        (Some(one), _) => Some(vec![one]),
        (None, Some(some)) => Some(usernames(&some)?),
        (None, None) => None,
    };
    Ok((way, Request::Send { text, to }))
}

/// Each once: nobody gets a message twice.
fn usernames(items: &[Value]) -> Result<Vec<String>, Fault> {
    let mut names: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        let name = item
            .as_str()
            .filter(|name| name.len() <= USERNAME_MAX_BYTES);
        let name = name.ok_or(invalid("tos", "an array of usernames"))?;
        if !names.iter().any(|other| other == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// What to write of what the call told.
pub(super) fn lines<'a>(
    reply_to: Option<(Way, &'a str)>,
    event: &'a Event,
    names: &mut Names,
    scene: Scene,
) -> Vec<Line<'a>> {
    match event {
        Event::Joined(members) => {
            let reply = Line {
                participants: Some(members.iter().map(Person::from).collect()),
                ..done(reply_to)
            };
            // As in Janus, who joins hears of itself, too, and first.
            let own = names.0.as_deref().map(|(username, display)| Line {
                username: Some(username.clone().into()),
                display: display.clone().map(Cow::Owned),
                ..said("join", scene.room)
            });
            own.into_iter().chain([reply]).collect()
        }
        Event::MemberJoined(_) | Event::MemberLeft(_) | Event::Message { .. } => {
            vec![push(event, scene)]
        }
        Event::Sent(sent) => delivered(reply_to, sent).into_iter().collect(),
        Event::Left => {
            names.0 = None;
            vec![done(reply_to)]
        }
        Event::Members(members) => {
            let way = reply_to.map(|(way, _)| way);
            let number = Shown::Number(scene.room.number());
            let reply = done(reply_to);
            vec![if way == Some(Way::ChannelRoomList) {
                Line {
                    list: Some(Listing::only(number, scene.room, members.len())),
                    ..reply
                }
            } else {
                Line {
                    participants: Some(members.iter().map(Person::from).collect()),
                    room: Some(number),
                    ..reply
                }
            }]
        }
        // Told over the WebSocket.
        Event::Offered { .. } | Event::Answered | Event::Opened | Event::Received(_) => Vec::new(),
    }
}

fn done(reply_to: Option<(Way, &str)>) -> Line<'_> {
    Line {
        textroom: "success",
        transaction: reply_to.map(|(_, transaction)| transaction.into()),
        ..Line::default()
    }
}

fn said<'a>(textroom: &'static str, room: Room) -> Line<'a> {
    Line {
        textroom,
        room: Some(Shown::Number(room.number())),
        ..Line::default()
    }
}

fn push(event: &Event, scene: Scene) -> Line<'_> {
    let mut line = said("message", scene.room);
    if let Event::MemberJoined(member) = event {
        line.textroom = "join";
        line.username = Some((&*member.username).into());
        line.display = member.display.as_deref().map(Cow::Borrowed);
    } else if let Event::MemberLeft(username) = event {
        line.textroom = "leave";
        line.username = Some(username.into());
    } else if let Event::Message {
        from,
        text,
        whispered,
    } = event
    {
        line.from = Some(from);
        line.date = Some(date(scene.now));
        line.text = Some(text);
        line.whisper = whispered.then_some(true);
    }
    line
}

/// The reply to a message: whom of those who were named it reached.
fn delivered<'a>(reply_to: Option<(Way, &'a str)>, sent: &'a [(String, bool)]) -> Option<Line<'a>> {
    match (reply_to?, sent) {
        ((Way::ChannelQuiet, _), _) => None,
        ((Way::ChannelToOne, transaction), [(_, false)]) => {
            let gone = Fault::Refused(Refusal::NoSuchFeed);
            Some(error(&gone, Some(transaction)))
        }
        (_, []) => Some(done(reply_to)),
        (_, some) => Some(Line {
            sent: Some(some.iter().map(|(name, sent)| (&**name, *sent)).collect()),
            ..done(reply_to)
        }),
    }
}

/// What to write of a request that was not done.
pub(super) fn error<'a>(fault: &Fault, transaction: Option<&'a str>) -> Line<'a> {
    let reason = if *fault == Fault::Refused(Refusal::NoSuchFeed) {
        "No such user".into()
    } else {
        fault.reason()
    };
    Line {
        textroom: "error",
        transaction: transaction.map(Cow::Borrowed),
        error_code: Some(number(fault)),
        error: Some(reason),
        ..Line::default()
    }
}

/// A time as Janus writes it: `2026-11-23T03:48:58+0000`.
fn date(at: Timestamp) -> String {
    let mut date = at.to_rfc3339_secs();
    if date.ends_with('Z') {
        date.pop();
    }
    date.push_str("+0000");
    date
}
