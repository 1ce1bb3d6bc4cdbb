//! What a client asks of the streams.

use greenroom_domain::limits::DISPLAY_MAX_BYTES;
use greenroom_rooms::call::video::{FeedWanted, Flow, Publish, Request};
use greenroom_rooms::call::{Ask, LegId, Refusal};

use crate::wire::{Jsep, JsepKind};

use super::super::body::{Body, invalid};
use super::super::fault::Fault;
use super::super::{Room, Wanted, Way, room};
use super::event::Data;
use super::role::Role;
use super::streams;

/// Longest `ptype` that is looked at, in bytes.
const PTYPE_MAX_BYTES: usize = 16;

/// Whether the request is answered as a whole, without an `ack`.
pub(super) fn is_synchronous(request: &str) -> bool {
    !matches!(
        request,
        "join"
            | "joinandconfigure"
            | "configure"
            | "publish"
            | "unpublish"
            | "leave"
            | "start"
            | "pause"
            | "switch"
            | "subscribe"
            | "unsubscribe"
            | "update"
    )
}

/// Reads a request; `role` becomes what the handle asks to be.
pub(super) fn read(
    request: &str,
    body: &mut Body,
    jsep: Option<Jsep>,
    role: &mut Role,
    room: Room,
) -> Result<Wanted<Data<'static>>, Fault> {
    let (way, ask) = match request {
        "join" | "joinandconfigure" => {
            body.check_room(room)?;
            (Way::Join, join(request, body, jsep, role)?)
        }
        "leave" => leave(role)?,
        "configure" | "publish" | "unpublish" | "start" | "pause" | "switch" | "subscribe"
        | "unsubscribe" | "update" => (Way::Event, inside(request, body, jsep, role)?),
        "listparticipants" => {
            body.check_room(room)?;
            (Way::Success, Request::ListParticipants)
        }
        "list" => (Way::RoomList, Request::ListParticipants),
        "exists" => {
            let (room, exists) = room::exists(body, room)?;
            return Ok(Wanted::Answer(Data::exists(room, exists)));
        }
        "create"
        | "destroy"
        | "edit"
        | "allowed"
        | "kick"
        | "moderate"
        | "enable_recording"
        | "rtp_forward"
        | "stop_rtp_forward"
        | "listforwarders"
        | "add_remote_publisher"
        | "update_remote_publisher"
        | "remove_remote_publisher"
        | "publish_remotely"
        | "unpublish_remotely"
        | "list_remotes" => return Err(Fault::NotHere),
        _ => return Err(Fault::UnknownRequest(request.to_owned())),
    };
    Ok(Wanted::Ask(way, Ask::Video(ask)))
}

fn join(
    request: &str,
    body: &mut Body,
    jsep: Option<Jsep>,
    role: &mut Role,
) -> Result<Request, Fault> {
    if !matches!(role, Role::Nobody) {
        return Err(Refusal::AlreadyJoined.into());
    }
    let ptype = body.needed_text("ptype", PTYPE_MAX_BYTES)?;
    match ptype.to_ascii_lowercase().as_str() {
        "publisher" => {
            let publish = (request == "joinandconfigure").then(|| publish(body, jsep));
            let mut publish = publish.transpose()?;
            let display = match &mut publish {
                Some(publish) => publish.display.take(),
                None => body.text("display", DISPLAY_MAX_BYTES)?,
            };
            let id = body.id("id")?.map(LegId);
            *role = Role::Publisher;
            Ok(Request::JoinPublisher {
                id,
                display,
                // Without an offer there is nothing to publish yet.
                publish: publish.filter(|publish| publish.offer.is_some()),
            })
        }
        "subscriber" | "listener" => {
            let feeds = streams::wanted(body)?;
            let flow = flow(body)?;
            *role = Role::Subscriber { lines: Vec::new() };
            Ok(Request::JoinSubscriber { feeds, flow })
        }
        _ => Err(invalid("ptype", "publisher or subscriber")),
    }
}

fn leave(role: &mut Role) -> Result<(Way, Request), Fault> {
    let way = match role {
        Role::Nobody => return Err(Refusal::NotJoined.into()),
        Role::Publisher => Way::Event,
        Role::Subscriber { .. } => Way::SubscriberLeft,
    };
    *role = Role::Nobody;
    Ok((way, Request::Leave))
}

/// What takes a join before.
fn inside(
    request: &str,
    body: &mut Body,
    jsep: Option<Jsep>,
    role: &Role,
) -> Result<Request, Fault> {
    match (role, request) {
        (Role::Nobody, _) => Err(Refusal::NotJoined.into()),
        (Role::Publisher, "configure" | "publish") => Ok(Request::Publish(publish(body, jsep)?)),
        (Role::Publisher, "unpublish") => Ok(Request::Unpublish),
        (Role::Subscriber { .. }, "configure") => Ok(Request::ConfigureSubscriber(
            streams::flow(body, role)?.unwrap_or(flow(body)?),
        )),
        (Role::Subscriber { .. }, "start") => Ok(Request::Start {
            answer: sdp(jsep, JsepKind::Answer, "An answer is needed")?,
        }),
        (Role::Subscriber { .. }, "pause") => Ok(Request::Pause),
        (Role::Subscriber { .. }, "switch") => Ok(Request::Switch {
            feed: streams::only(body)?,
        }),
        (Role::Subscriber { .. }, "subscribe") => Ok(Request::Update {
            subscribe: streams::to_subscribe(body, "streams")?,
            unsubscribe: Vec::new(),
        }),
        (Role::Subscriber { .. }, "unsubscribe") => Ok(Request::Update {
            subscribe: Vec::new(),
            unsubscribe: streams::to_unsubscribe(body, "streams", role)?,
        }),
        (Role::Subscriber { .. }, "update") => update(body, role),
        (Role::Publisher | Role::Subscriber { .. }, _) => Err(Refusal::NotPossible.into()),
    }
}

fn update(body: &mut Body, role: &Role) -> Result<Request, Fault> {
    let subscribe: Vec<FeedWanted> = streams::to_subscribe(body, "subscribe")?;
    let unsubscribe = streams::to_unsubscribe(body, "unsubscribe", role)?;
    if subscribe.is_empty() && unsubscribe.is_empty() {
        return Err(Fault::Missing("subscribe"));
    }
    Ok(Request::Update {
        subscribe,
        unsubscribe,
    })
}

fn publish(body: &mut Body, jsep: Option<Jsep>) -> Result<Publish, Fault> {
    let bitrate_bps = body.number("bitrate")?;
    Ok(Publish {
        offer: sdp(jsep, JsepKind::Offer, "An offer is needed")?,
        audio: body.flag("audio")?,
        video: body.flag("video")?,
        // More than anybody can send is as good as no limit.
        bitrate_bps: bitrate_bps.map(|bps| u32::try_from(bps).unwrap_or(0)),
        display: body.text("display", DISPLAY_MAX_BYTES)?,
        keyframe: body.flag("keyframe")?.unwrap_or(false),
    })
}

fn flow(body: &mut Body) -> Result<Flow, Fault> {
    Ok(Flow {
        audio: body.flag("audio")?,
        video: body.flag("video")?,
        substream: body.layer("substream")?,
        temporal: body.layer("temporal")?,
    })
}

fn sdp(
    jsep: Option<Jsep>,
    needed: JsepKind,
    otherwise: &'static str,
) -> Result<Option<String>, Fault> {
    match jsep {
        None => Ok(None),
        Some(Jsep { kind, sdp }) if kind == needed => Ok(Some(sdp)),
        Some(_) => Err(Fault::WrongJsep(otherwise)),
    }
}
