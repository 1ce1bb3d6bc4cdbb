//! What a client asks of the messages over the WebSocket.

use greenroom_rooms::call::Ask;
use greenroom_rooms::call::text::Request;

use crate::wire::{Jsep, JsepKind};

use super::super::body::Body;
use super::super::fault::Fault;
use super::super::{Room, Wanted, Way, room};
use super::event::{self, Data};

/// Whether the request is answered as a whole, without an `ack`.
pub(super) fn is_synchronous(request: &str) -> bool {
    !matches!(request, "setup" | "ack" | "restart")
}

/// Reads a request.
pub(super) fn read(
    request: &str,
    body: &mut Body,
    jsep: Option<Jsep>,
    room: Room,
) -> Result<Wanted<Data<'static>>, Fault> {
    let (way, ask) = match request {
        "setup" => {
            body.check_room(room)?;
            (Way::Event, Request::Setup)
        }
        "ack" => match jsep {
            Some(Jsep {
                kind: JsepKind::Answer,
                sdp: answer,
            }) => (Way::Event, Request::Answer { answer }),
            Some(_) => return Err(Fault::WrongJsep("An answer is needed")),
            None => return Ok(Wanted::Answer(event::done())),
        },
        "listparticipants" => {
            body.check_room(room)?;
            (Way::Success, Request::ListParticipants)
        }
        "list" => (Way::RoomList, Request::ListParticipants),
        "exists" => {
            let (room, exists) = room::exists(body, room)?;
            return Ok(Wanted::Answer(event::exists(room, exists)));
        }
        "create" | "destroy" | "edit" | "allowed" | "kick" | "announcement" => {
            return Err(Fault::NotHere);
        }
        _ => return Err(Fault::UnknownRequest(request.to_owned())),
    };
    Ok(Wanted::Ask(way, Ask::Text(ask)))
}
