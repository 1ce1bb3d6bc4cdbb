//! The OpenAPI document, generated from the endpoints.

pub mod parameters;

use std::collections::BTreeMap;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi};

use crate::error::Kind;
use crate::{
    client_tokens, room_participants, room_sessions, rooms, server, signing_keys,
    webhook_deliveries,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Greenroom API",
        description = "Rooms, join tokens, sessions and participants of a self-hosted video-room server. Compatible with the Telnyx Video API: \
                       point an official SDK's base URL at `/v2` of this server.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/v2", description = "This server")),
    paths(
        rooms::list::handler,
        rooms::create::handler,
        rooms::get::handler,
        rooms::update::handler,
        rooms::delete::handler,
        rooms::actions::generate_join_client_token::handler,
        rooms::actions::refresh_client_token::handler,
        rooms::sessions::handler,
        room_sessions::list::handler,
        room_sessions::get::handler,
        room_sessions::participants::handler,
        room_sessions::quality::handler,
        room_sessions::actions::end::handler,
        room_sessions::actions::kick::handler,
        room_sessions::actions::mute::handler,
        room_sessions::actions::unmute::handler,
        room_participants::list::handler,
        room_participants::get::handler,
        webhook_deliveries::list::handler,
        webhook_deliveries::get::handler,
        webhook_deliveries::actions::replay::handler,
        client_tokens::actions::explain::handler,
        server::get::handler,
        signing_keys::list::handler,
        signing_keys::actions::rotate::handler,
        signing_keys::actions::revoke::handler,
    ),
    components(schemas(crate::error::ErrorDocument, crate::error::ErrorBody)),
    tags(
        (name = "Rooms", description = "Long-lived places to meet in."),
        (name = "Rooms Client Tokens", description = "What opens a room: short-lived client tokens, and the refresh tokens that renew them."),
        (name = "Room Sessions", description = "What took place in rooms, each from the first join to the last leave."),
        (name = "Room Participants", description = "Who took part."),
        (name = "Webhook Deliveries", description = "What rooms had to tell, and what became of it."),
        (name = "Signing Keys", description = "What signs tokens. For the operator's account, which is the one that was made first."),
        (name = "Server", description = "This server."),
    ),
    security(("bearerAuth" = [])),
    modifiers(&BearerAuth, &NoAuthOnRefresh),
)]
struct Document;

struct BearerAuth;

impl Modify for BearerAuth {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key, as `greenroom api-key create` prints it."))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearerAuth", SecurityScheme::Http(scheme));
    }
}

/// A refresh needs no API key: an empty list, which is not the same as no list.
struct NoAuthOnRefresh;

impl Modify for NoAuthOnRefresh {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let refresh = "/rooms/{room_id}/actions/refresh_client_token";
        let item = document.paths.paths.get_mut(refresh);
        if let Some(operation) = item.and_then(|item| item.post.as_mut()) {
            operation.security = Some(Vec::new());
        }
    }
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// One response for each status among `kinds`.
fn responses(kinds: &[Kind]) -> BTreeMap<String, RefOr<Response>> {
    let mut responses = BTreeMap::new();
    for entry in kinds.iter().map(|kind| kind.entry()) {
        let description = entry.status.canonical_reason().unwrap_or(entry.title);
        let body = Content::new(Some(Ref::from_schema_name("video_Errors")));
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/json", body);
        responses.insert(
            entry.status.as_u16().to_string(),
            RefOr::T(response.build()),
        );
    }
    responses
}

/// What can go wrong with any request.
const ALWAYS: &[Kind] = &[
    Kind::AuthenticationFailed,
    Kind::TooManyRequests,
    Kind::Unexpected,
    Kind::Unavailable,
];
/// What can go wrong with a body.
const BODY: &[Kind] = &[
    Kind::RequestTimeout,
    Kind::TooLarge,
    Kind::UnsupportedMediaType,
    Kind::InvalidJson,
];

macro_rules! error_responses {
    ($($(#[$doc:meta])* $name:ident = $($kinds:expr),+;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                responses(&[$($kinds),+].concat())
            }
        }
    )*};
}

error_responses! {
    /// Errors of a request that has nothing to go wrong about itself.
    PlainErrors = ALWAYS, &[];
    /// Errors of a list.
    ListErrors = ALWAYS, &[Kind::ValidationFailed];
    /// Errors of a request with a body.
    BodyErrors = ALWAYS, BODY;
    /// Errors of a request for one resource.
    ResourceErrors = ALWAYS, &[Kind::NotFound, Kind::ValidationFailed];
    /// Errors of a request for one resource that has no parameters.
    FoundErrors = ALWAYS, &[Kind::NotFound];
    /// Errors of a change to one resource.
    ResourceBodyErrors = ALWAYS, BODY, &[Kind::NotFound];
    /// Errors of a list for the operator.
    OperatorListErrors = ALWAYS, &[Kind::OperatorOnly, Kind::ValidationFailed];
    /// Errors of an action on one resource for the operator.
    OperatorErrors = ALWAYS, &[Kind::OperatorOnly, Kind::NotFound];
    /// Errors of a rotation of signing keys.
    RotateErrors = ALWAYS, &[Kind::OperatorOnly, Kind::KeyRingFull];
    /// Errors of an action that does not look at its body.
    ActionErrors = ALWAYS, &[Kind::NotFound, Kind::SessionEnded];
    /// Errors of `generate_join_client_token`.
    GenerateErrors = ALWAYS, BODY, &[Kind::InvalidRoomId];
    /// Errors of `refresh_client_token`, which knows no API key.
    RefreshErrors =
        &[Kind::NotAuthorized, Kind::TooManyRequests, Kind::Unexpected, Kind::Unavailable], BODY;
}
