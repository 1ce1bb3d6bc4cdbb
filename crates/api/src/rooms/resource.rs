//! What a room looks like on the wire.

use std::collections::HashMap;

use greenroom_domain::limits::SESSIONS_SHOWN_PER_ROOM_MAX;
use greenroom_domain::webhook::{WebhookTimeout, WebhookUrl};
use greenroom_domain::{Room, RoomId, SessionId};
use greenroom_store::Store;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::room_sessions::SessionResource;
use crate::wire::shown_of_each;

/// A room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Room)]
pub struct RoomResource {
    /// The room's id.
    #[schema(format = Uuid, example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")]
    pub id: String,
    /// Always `room`.
    #[schema(example = "room")]
    pub record_type: &'static str,
    /// The room's name, unique within the account; null if it has none.
    #[schema(example = "My room")]
    pub unique_name: Option<String>,
    /// How many people the room holds at once.
    #[schema(minimum = 2, maximum = 50, example = 10)]
    pub max_participants: u8,
    /// Whether sessions in the room are to be recorded.
    #[schema(example = false)]
    pub enable_recording: bool,
    /// The session that is going on; null if there is none.
    #[schema(format = Uuid)]
    pub active_session_id: Option<String>,
    /// Where the room's events are sent.
    #[schema(format = Uri, example = "https://example.com/events")]
    pub webhook_event_url: Option<String>,
    /// Where they are sent when that fails; empty if nowhere.
    #[schema(example = "https://failover.example.com/events")]
    pub webhook_event_failover_url: String,
    /// How many seconds one delivery may take; null for the server's default.
    #[schema(minimum = 0, maximum = 30, example = 25)]
    pub webhook_timeout_secs: Option<u8>,
    /// The video codecs that can be published.
    #[schema(value_type = Vec<String>, example = json!(["h264", "vp8"]))]
    pub video_codecs: [&'static str; 2],
    /// When the room was made: ISO 8601, microseconds.
    #[schema(format = DateTime, example = "2021-04-16T09:46:20.954863Z")]
    pub created_at: String,
    /// When the room was last changed: ISO 8601, microseconds.
    #[schema(format = DateTime, example = "2021-04-16T09:46:20.954863Z")]
    pub updated_at: String,
    /// The room's newest sessions, newest first; only with `include_sessions=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sessions: Option<Vec<SessionResource>>,
}

impl RoomResource {
    /// Shows a room, with its active session if it has one.
    pub fn new(room: &Room, active: Option<SessionId>) -> Self {
        let url = |url: &Option<WebhookUrl>| url.as_ref().map(|url| url.as_str().to_owned());
        Self {
            id: room.id.to_string(),
            record_type: "room",
            unique_name: room
                .unique_name
                .as_ref()
                .map(|name| name.as_str().to_owned()),
            max_participants: room.max_participants.get(),
            enable_recording: room.enable_recording,
            active_session_id: active.map(|id| id.to_string()),
            webhook_event_url: url(&room.webhook.event_url),
            webhook_event_failover_url: url(&room.webhook.event_failover_url).unwrap_or_default(),
            webhook_timeout_secs: room.webhook.timeout.map(WebhookTimeout::secs),
            video_codecs: ["h264", "vp8"],
            created_at: room.created_at.to_rfc3339_micros(),
            updated_at: room.updated_at.to_rfc3339_micros(),
            sessions: None,
        }
    }

    /// Shows rooms, with their sessions if they are asked for.
    pub async fn all(
        rooms: &[Room],
        include_sessions: bool,
        store: &dyn Store,
    ) -> Result<Vec<Self>, ApiError> {
        let ids: Vec<_> = rooms.iter().map(|room| room.id).collect();
        let active = store.active_sessions(&ids).await?;
        let mut sessions = if include_sessions {
            Some(sessions_of(&ids, store).await?)
        } else {
            None
        };
        let shown = rooms.iter().map(|room| Self {
            sessions: sessions
                .as_mut()
                .map(|of_rooms| of_rooms.remove(&room.id).unwrap_or_default()),
            ..Self::new(room, active.get(&room.id).copied())
        });
        Ok(shown.collect())
    }

    /// Shows one room.
    pub async fn one(
        room: &Room,
        include_sessions: bool,
        store: &dyn Store,
    ) -> Result<Self, ApiError> {
        let mut shown = Self::all(std::slice::from_ref(room), include_sessions, store).await?;
        shown.pop().ok_or(ApiError::UNEXPECTED)
    }
}

/// The newest sessions of each room.
async fn sessions_of(
    rooms: &[RoomId],
    store: &dyn Store,
) -> Result<HashMap<RoomId, Vec<SessionResource>>, ApiError> {
    let each_max = shown_of_each(SESSIONS_SHOWN_PER_ROOM_MAX, rooms.len());
    let mut of_rooms: HashMap<_, Vec<_>> = HashMap::new();
    for session in store.sessions_of(rooms, each_max).await? {
        let of_room = of_rooms.entry(session.room_id).or_default();
        of_room.push(SessionResource::new(&session));
    }
    Ok(of_rooms)
}
