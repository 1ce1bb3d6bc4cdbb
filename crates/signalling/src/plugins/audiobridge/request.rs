//! What a client asks of the mixed audio.

use greenroom_domain::limits::DISPLAY_MAX_BYTES;
use greenroom_rooms::call::audio::Request;
use greenroom_rooms::call::{Ask, LegId};

use crate::wire::{Jsep, JsepKind};

use super::super::body::Body;
use super::super::fault::Fault;
use super::super::{Room, Wanted, Way, room};
use super::event::Data;

/// Whether the request is answered as a whole, without an `ack`.
pub(super) fn is_synchronous(request: &str) -> bool {
    !matches!(request, "join" | "configure" | "changeroom" | "leave")
}

/// Reads a request.
pub(super) fn read(
    request: &str,
    body: &mut Body,
    jsep: Option<Jsep>,
    room: Room,
) -> Result<Wanted<Data<'static>>, Fault> {
    let (way, ask) = match request {
        "join" => {
            body.check_room(room)?;
            (Way::Join, join(body, jsep)?)
        }
        "configure" => (Way::Event, configure(body, jsep)?),
        "leave" => (Way::Event, Request::Leave),
        "listparticipants" => {
            body.check_room(room)?;
            (Way::Success, Request::ListParticipants)
        }
        "list" => (Way::RoomList, Request::ListParticipants),
        "exists" => {
            let (room, exists) = room::exists(body, room)?;
            return Ok(Wanted::Answer(Data::exists(room, exists)));
        }
        "changeroom" => return Err(Fault::NoSuchRoom),
        "create" | "destroy" | "edit" | "allowed" | "kick" | "kick_all" | "mute" | "unmute"
        | "mute_room" | "unmute_room" | "enable_recording" | "enable_mjrs" | "rtp_forward"
        | "stop_rtp_forward" | "listforwarders" | "play_file" | "is_playing" | "stop_file"
        | "stop_all_files" | "listannouncements" => return Err(Fault::NotHere),
        _ => return Err(Fault::UnknownRequest(request.to_owned())),
    };
    Ok(Wanted::Ask(way, Ask::Audio(ask)))
}

fn join(body: &mut Body, jsep: Option<Jsep>) -> Result<Request, Fault> {
    let offer = offer(jsep)?;
    Ok(Request::Join {
        id: body.id("id")?.map(LegId),
        display: body.text("display", DISPLAY_MAX_BYTES)?,
        muted: body.flag("muted")?.unwrap_or(false),
        offer,
    })
}

fn offer(jsep: Option<Jsep>) -> Result<Option<String>, Fault> {
    match jsep {
        None => Ok(None),
        Some(Jsep {
            kind: JsepKind::Offer,
            sdp,
        }) => Ok(Some(sdp)),
        Some(_) => Err(Fault::WrongJsep("Only offers are answered")),
    }
}

fn configure(body: &mut Body, jsep: Option<Jsep>) -> Result<Request, Fault> {
    let offer = offer(jsep)?;
    Ok(Request::Configure {
        display: body.text("display", DISPLAY_MAX_BYTES)?,
        muted: body.flag("muted")?,
        offer,
    })
}
