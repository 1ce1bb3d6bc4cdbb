//! `POST /rooms/{room_id}/actions/generate_join_client_token`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{Clock, JoinGrant};
use greenroom_rooms::{RoomDirectory, Stats, audit};
use greenroom_token::{IssuedPair, mint_pair, mint_rotating_pair};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::Authenticated;
use crate::error::{ApiError, Kind};
use crate::examples;
use crate::fields::Fields;
use crate::rooms::RoomPath;
use crate::state::TokenDesk;
use crate::trace::{Issued, TokenOutcome, TokenTrace};
use crate::wire::{Data, plain_texts};

/// How long the tokens are to live.
#[derive(Debug, ToSchema)]
#[schema(as = CreateRoomClientTokenRequest)]
#[expect(
    dead_code,
    reason = "describes the body for the OpenAPI document; `Request` reads it"
)]
pub struct CreateRoomClientTokenRequest {
    /// How many seconds the client token can be used to join the room.
    #[schema(
        required = false,
        minimum = 10,
        maximum = 3600,
        default = 600,
        example = 600
    )]
    token_ttl_secs: i64,
    /// How many seconds the refresh token can be used to get further client tokens.
    #[schema(
        required = false,
        minimum = 60,
        maximum = 86_400,
        default = 3600,
        example = 3600
    )]
    refresh_token_ttl_secs: i64,
}

/// A client token and the refresh token of its family.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "token": examples::CLIENT_TOKEN,
    "token_expires_at": "2021-04-22T12:24:55Z",
    "refresh_token": examples::REFRESH_TOKEN,
    "refresh_token_expires_at": "2021-04-22T12:15:05Z",
}))]
pub struct TokenPair {
    /// The client token, a JWT: opens the room.
    #[schema(example = json!(examples::OPAQUE_TOKEN))]
    token: String,
    /// When the client token expires: ISO 8601, whole seconds.
    #[schema(format = DateTime, example = "2021-03-26T17:51:59Z")]
    token_expires_at: String,
    /// The refresh token, a JWT: gets further client tokens, without an API key.
    #[schema(example = json!(examples::OPAQUE_TOKEN))]
    refresh_token: String,
    /// When the refresh token expires: ISO 8601, whole seconds.
    #[schema(format = DateTime, example = "2021-03-26T17:51:59Z")]
    refresh_token_expires_at: String,
    /// Always `client_token`; the hosted service spells the field so.
    #[schema(example = "client_token")]
    recort_type: &'static str,
}

impl From<IssuedPair> for TokenPair {
    fn from(pair: IssuedPair) -> Self {
        Self {
            token: pair.client.jwt.into_exposed(),
            token_expires_at: pair.client.expires_at.to_rfc3339_secs(),
            refresh_token: pair.refresh.jwt.into_exposed(),
            refresh_token_expires_at: pair.refresh.expires_at.to_rfc3339_secs(),
            recort_type: "client_token",
        }
    }
}

impl IntoResponse for TokenPair {
    fn into_response(self) -> Response {
        let members = [
            ("token", self.token.as_str()),
            ("token_expires_at", &self.token_expires_at),
            ("refresh_token", &self.refresh_token),
            ("refresh_token_expires_at", &self.refresh_token_expires_at),
            ("recort_type", self.recort_type),
        ];
        plain_texts(members.into_iter())
    }
}

struct Request {
    token_ttl: ClientTokenTtl,
    refresh_token_ttl: RefreshTokenTtl,
    rotate_refresh_token: bool,
}

impl Request {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let token_ttl = super::client_token_ttl(&mut fields);
        let refresh_token_ttl = fields.integer("refresh_token_ttl_secs").and_then(|secs| {
            fields.checked(
                "refresh_token_ttl_secs",
                Kind::OutOfRange,
                RefreshTokenTtl::new(secs),
            )
        });
        let rotate_refresh_token = fields.boolean("rotate_refresh_token");
        fields.finish()?;
        Ok(Self {
            token_ttl,
            refresh_token_ttl: refresh_token_ttl.unwrap_or_default(),
            rotate_refresh_token: rotate_refresh_token.unwrap_or_default(),
        })
    }
}

/// Issues a token pair for a room of the caller.
#[utoipa::path(
    post, path = "/rooms/{room_id}/actions/generate_join_client_token",
    tag = "Rooms Client Tokens", operation_id = "CreateRoomClientToken",
    summary = "Get a client token that opens a room",
    // The addition is no part of the schema, so that clients generated from it stay the vendor's.
    description = "Issues a client token that opens the room, and a refresh token that gets further ones. An addition of this \
                   server: with `\"rotate_refresh_token\": true` in the body each refresh token is good for one refresh only, \
                   which then answers with the next one.",
    params(crate::openapi::parameters::RoomId),
    request_body(content = CreateRoomClientTokenRequest, description = "How long the tokens are to live."),
    responses(
        (status = 201, description = "The tokens.", body = inline(Data<TokenPair>)),
        crate::openapi::GenerateErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    path: RoomPath,
    State(directory): State<Arc<RoomDirectory>>,
    State(desk): State<Arc<TokenDesk>>,
    State(stats): State<Arc<Stats>>,
    State(clock): State<Arc<dyn Clock>>,
    JsonBody(fields): JsonBody,
) -> Result<Issued<TokenPair>, ApiError> {
    let request = Request::read(fields)?;
    let room = match path.id() {
        Some(id) => directory.find_as_of(id, caller.foreign_mark).await?,
        None => None,
    };
    let grant = JoinGrant::issue(caller.account_id, room.as_deref()).map_err(|_| {
        stats.issue_refused_room.increment();
        ApiError::NO_SUCH_ROOM_FOR_TOKEN
    })?;
    let (token_ttl, refresh_ttl) = (request.token_ttl, request.refresh_token_ttl);
    let mint = if request.rotate_refresh_token {
        mint_rotating_pair
    } else {
        mint_pair
    };
    let pair = mint(
        &desk.keys.ring(),
        grant,
        token_ttl,
        refresh_ttl,
        clock.now(),
        &*desk.entropy,
    )
    .map_err(super::mint_failed)?;
    stats.tokens_issued.increment();
    audit::token_issued(
        caller,
        grant.room_id(),
        pair.family,
        pair.client.jwt.expose(),
        pair.refresh.jwt.expose(),
    );
    Ok((
        StatusCode::CREATED,
        Extension(TokenTrace::issued(
            pair.family,
            grant.room_id(),
            TokenOutcome::Begun,
        )),
        [(CACHE_CONTROL, "no-store")],
        pair.into(),
    ))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn the_reply_is_what_its_schema_says() {
        let pair = || TokenPair {
            token: examples::CLIENT_TOKEN.to_owned(),
            token_expires_at: "2021-04-22T12:24:55Z".to_owned(),
            refresh_token: examples::REFRESH_TOKEN.to_owned(),
            refresh_token_expires_at: "2021-04-22T12:15:05Z".to_owned(),
            recort_type: "client_token",
        };
        let body = pair().into_response().into_body().collect();
        let body = body.now_or_never().unwrap().unwrap().to_bytes();
        assert_eq!(body, serde_json::to_vec(&Data { data: pair() }).unwrap());
    }
}
