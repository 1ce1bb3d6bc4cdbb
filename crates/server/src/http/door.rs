//! `GET /{room_id}/janus`: the door, where a WebSocket meets the room that its tokens are for.

mod follow;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use greenroom_api::caller::ClientAddress;
use greenroom_api::error::{ApiError, Kind};
use greenroom_domain::{Clock, Entropy, FamilyId, RoomId, Timestamp};
use greenroom_rooms::call::Line;
use greenroom_rooms::door::{Door, DoorChanges, Refused, SessionTicket};
use greenroom_rooms::{Doorkeeper, Tracer};
use greenroom_signalling::websocket::{self, Calls, GateChanges, World};
use greenroom_signalling::{Config, Connection, Gate, Refusal, Room};
use greenroom_token::VerifiedToken;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use follow::Follower;

/// What every door connection needs.
#[derive(Clone)]
pub struct DoorState {
    /// Knows who may come in.
    pub keeper: Arc<Doorkeeper>,
    /// How connections behave.
    pub config: Config,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where session ids come from.
    pub entropy: Arc<dyn Entropy>,
    /// Set when the program is to stop.
    pub stopping: CancellationToken,
    /// Every connection's task.
    pub tasks: TaskTracker,
    /// Who wants to know how people come in.
    pub tracer: Option<Arc<dyn Tracer>>,
}

/// The route.
pub fn routes(state: DoorState) -> Router {
    Router::new()
        .route("/{room_id}/janus", any(open))
        .with_state(state)
}

async fn open(
    State(state): State<DoorState>,
    room_id: Result<Path<String>, PathRejection>,
    address: ClientAddress,
    request: Request,
) -> Result<Response, ApiError> {
    let room_id: RoomId = room_id
        .ok()
        .and_then(|Path(text)| text.parse().ok())
        .ok_or(ApiError::NOT_FOUND)?;
    let (mut parts, _) = request.into_parts();
    if !websocket::offers_subprotocol(&parts.headers) {
        return Err(ApiError::Plain(
            Kind::UpgradeNeeded,
            "Open a WebSocket here, with the subprotocol `janus-protocol`.",
        ));
    }
    let upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection> =
        WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let Ok(upgrade) = upgrade else {
        return Err(ApiError::Plain(
            Kind::UpgradeNeeded,
            "Open a WebSocket here.",
        ));
    };
    let came_at = state.clock.now();
    let (door, changes) = state.keeper.approach(room_id, address.network()).await?;
    let response = websocket::configure(upgrade).on_upgrade(move |socket| {
        let tasks = state.tasks.clone();
        tasks.track_future(async move {
            let room = Room::new(room_id);
            let connection = Connection::new(state.config, room, state.clock.now());
            let follower = Follower::new(state.tracer, room_id, came_at);
            let world = World {
                gate: &RoomGate {
                    door,
                    follower: &follower,
                },
                changes: RoomChanges(changes),
                clock: &*state.clock,
                entropy: &*state.entropy,
                shutdown: state.stopping,
                observer: &follower,
            };
            let closed = websocket::run(socket, connection, world).await;
            tracing::debug!(room = %room_id, ?closed, "door connection ended");
        })
    });
    Ok(response.into_response())
}

/// The room's door, as signalling asks it.
struct RoomGate<'a> {
    door: Door,
    follower: &'a Follower,
}

impl RoomGate<'_> {
    fn refusal(&self, refused: Refused) -> Refusal {
        match refused {
            Refused::Token => Refusal::Unauthorized,
            Refused::Room if self.door.is_room_closed() => Refusal::RoomGone,
            Refused::Room => Refusal::Forbidden,
            Refused::TooMany => Refusal::TooMany,
        }
    }
}

impl Gate for RoomGate<'_> {
    type Pass = VerifiedToken;
    type Ticket = SessionTicket;

    fn admit(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, Refusal> {
        self.door.admit(token, now).map_err(|refused| {
            // Who has failed too often is told nothing more about, either.
            if refused != Refused::TooMany {
                let explain = || self.door.explain_refusal(token, now);
                self.follower.refused(now, explain);
            }
            self.refusal(refused)
        })
    }

    fn recheck(&self, pass: &VerifiedToken, now: Timestamp) -> Result<(), Refusal> {
        self.door
            .recheck(pass, now)
            .map_err(|refused| self.refusal(refused))
    }

    fn expires_at(&self, pass: &VerifiedToken) -> Timestamp {
        pass.expires_at()
    }

    fn family(&self, pass: &VerifiedToken) -> FamilyId {
        pass.family()
    }

    fn same_bearer(&self, old: &VerifiedToken, new: &VerifiedToken) -> bool {
        old.grant() == new.grant()
    }

    fn open_session(&self, pass: &VerifiedToken, now: Timestamp) -> Result<SessionTicket, Refusal> {
        self.door.open_session(pass).map_err(|refused| {
            let explain = || self.door.explain_shut(pass);
            self.follower.refused(now, explain);
            self.refusal(refused)
        })
    }
}

impl Calls for RoomGate<'_> {
    type Line = Line;

    fn open_line(&self, ticket: &SessionTicket) -> Line {
        ticket.line()
    }
}

struct RoomChanges(DoorChanges);

impl GateChanges for RoomChanges {
    async fn changed(&mut self) {
        self.0.changed().await;
    }
}
