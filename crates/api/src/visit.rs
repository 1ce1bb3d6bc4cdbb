//! `POST /visit`: a room by its name, and tokens for it, without an API key. For the pages of a server that lets visitors
//! in, which `greenroom dev` does and others only if they are told to (`docs/pages.md`).
//!
//! What stands for a key here is where the request comes from: the server's own page, and nothing else in a browser.

mod own_page;

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::routing::post;
use axum::{Extension, Router};
use greenroom_domain::filter::RoomFilter;
use greenroom_domain::room::{MaxParticipants, NewRoom, RoomName};
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{AccountId, Clock, JoinGrant, PageRequest, Room, RoomId};
use greenroom_rooms::{Limiters, RoomDirectory, Stats, audit};
use greenroom_store::SaveRoomError;
use greenroom_token::mint_pair;
use serde::Serialize;

use crate::body::JsonBody;
use crate::caller::ClientAddress;
use crate::error::{ApiError, Kind};
use crate::fields::Fields;
use crate::rooms::actions::generate_join_client_token::TokenPair;
use crate::rooms::actions::mint_failed;
use crate::rooms::method_not_allowed;
use crate::state::{ApiState, TokenDesk};
use crate::trace::{Issued, TokenOutcome, TokenTrace};
use crate::wire::Data;

pub use own_page::Hosts;
use own_page::OwnPage;

/// How long a visitor can stay without coming in anew, in seconds: a day, the longest there is.
const REFRESH_TTL_SECS: i64 = 86_400;

/// Where visitors come in.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// Whose rooms they meet in.
    pub account: AccountId,
    /// The names under which the server's page is known.
    pub hosts: Hosts,
}

#[derive(Clone, FromRef)]
struct VisitState {
    entrance: Arc<Entrance>,
    directory: Arc<RoomDirectory>,
    desk: Arc<TokenDesk>,
    limiters: Arc<Limiters>,
    stats: Arc<Stats>,
    clock: Arc<dyn Clock>,
}

/// `/visit`. No other page may call it: it has no CORS headers.
pub fn routes(state: ApiState, entrance: Entrance) -> Router {
    Router::new()
        .route("/visit", post(handler))
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(VisitState {
            entrance: Arc::new(entrance),
            directory: state.directory,
            desk: state.desk,
            limiters: state.limiters,
            stats: state.stats,
            clock: state.clock,
        })
}

/// A visitor's room, and what opens it.
#[derive(Serialize)]
struct Visit {
    record_type: &'static str,
    room: VisitedRoom,
    #[serde(flatten)]
    tokens: TokenPair,
}

#[derive(Serialize)]
struct VisitedRoom {
    id: String,
    unique_name: Option<String>,
}

/// The room a visitor names: by its id, or by a name that any text can be.
#[derive(Debug)]
enum Wanted {
    Id(RoomId),
    Name(RoomName),
}

impl Wanted {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let text = fields.required_text("room");
        let wanted = text.and_then(|text| match text.trim().parse() {
            Ok(id) => Some(Self::Id(id)),
            Err(_) => fields
                .checked(
                    "room",
                    Kind::StringLength,
                    RoomName::new(text.trim().to_owned()),
                )
                .map(Self::Name),
        });
        fields.finish()?;
        wanted.ok_or(ApiError::UNEXPECTED)
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "each is one thing the endpoint needs"
)]
async fn handler(
    _: OwnPage,
    address: ClientAddress,
    State(entrance): State<Arc<Entrance>>,
    State(limiters): State<Arc<Limiters>>,
    State(stats): State<Arc<Stats>>,
    State(directory): State<Arc<RoomDirectory>>,
    State(desk): State<Arc<TokenDesk>>,
    State(clock): State<Arc<dyn Clock>>,
    JsonBody(fields): JsonBody,
) -> Result<Issued<Data<Visit>>, ApiError> {
    limiters
        .visits_per_address
        .take(address.network(), clock.now())
        .inspect_err(|_| stats.rate_limited.increment())?;
    let wanted = Wanted::read(fields)?;
    let room = room(&directory, entrance.account, wanted).await?;
    let grant = JoinGrant::issue(entrance.account, room.as_ref()).map_err(|_| {
        stats.issue_refused_room.increment();
        ApiError::NO_SUCH_ROOM_FOR_TOKEN
    })?;
    let refresh_ttl = RefreshTokenTtl::new(REFRESH_TTL_SECS).unwrap_or_default();
    let pair = mint_pair(
        &desk.keys.ring(),
        grant,
        ClientTokenTtl::default(),
        refresh_ttl,
        clock.now(),
        &*desk.entropy,
    )
    .map_err(mint_failed)?;
    stats.tokens_issued.increment();
    audit::visited(
        entrance.account,
        grant.room_id(),
        pair.family,
        pair.client.jwt.expose(),
        pair.refresh.jwt.expose(),
    );
    let trace = TokenTrace::issued(pair.family, grant.room_id(), TokenOutcome::Begun);
    let name = room.and_then(|room| room.unique_name);
    let data = Visit {
        record_type: "visit",
        room: VisitedRoom {
            id: grant.room_id().to_string(),
            unique_name: name.map(|name| name.as_str().to_owned()),
        },
        tokens: pair.into(),
    };
    Ok((
        StatusCode::CREATED,
        Extension(trace),
        [(CACHE_CONTROL, "no-store")],
        Data { data },
    ))
}

/// The room, which is made if there is none of that name.
async fn room(
    directory: &Arc<RoomDirectory>,
    account: AccountId,
    wanted: Wanted,
) -> Result<Option<Room>, ApiError> {
    let name = match wanted {
        Wanted::Id(id) => {
            let room = directory.find_of(account, id).await?;
            return Ok(room.map(Arc::unwrap_or_clone));
        }
        Wanted::Name(name) => name,
    };
    if let Some(room) = named(directory, account, &name).await? {
        return Ok(Some(room));
    }
    let new = NewRoom {
        unique_name: Some(name.clone()),
        max_participants: MaxParticipants::new(MaxParticipants::MAX.into()).unwrap_or_default(),
        ..NewRoom::default()
    };
    match directory.create(account, new).await {
        Ok(room) => Ok(Some(room)),
        // Somebody else has just made it.
        Err(SaveRoomError::NameTaken) => named(directory, account, &name).await,
        Err(error @ SaveRoomError::Store(_)) => Err(error.into()),
    }
}

async fn named(
    directory: &RoomDirectory,
    account: AccountId,
    name: &RoomName,
) -> Result<Option<Room>, ApiError> {
    let filter = RoomFilter {
        unique_name: Some(name.as_str().to_owned()),
        ..RoomFilter::default()
    };
    let found = directory
        .list(account, &filter, PageRequest::default())
        .await?;
    Ok(found.items.into_iter().next())
}
