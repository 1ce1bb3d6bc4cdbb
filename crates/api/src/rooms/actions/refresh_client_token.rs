//! `POST /rooms/{room_id}/actions/refresh_client_token`
//!
//! Needs no API key, and ignores one that comes along: the refresh token says all (`docs/tokens.md`).
//! Whatever is wrong with the token or the room, the answer is one and the same 403. Compatible
//! tokens can be used again and again, and nothing is written; one that rotates is used up.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use greenroom_domain::rotation::Generation;
use greenroom_domain::ttl::ClientTokenTtl;
use greenroom_domain::{Clock, FamilyId, Timestamp, TokenId};
use greenroom_rooms::rotations::Presented;
use greenroom_rooms::{Limiters, RoomDirectory, Stats, audit};
use greenroom_token::{
    IssuedPair, IssuedToken, TokenError, TokenType, VerifiedToken, expired_family, mint_client,
    mint_successor, token_fingerprint, verify,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::JsonBody;
use crate::caller::ClientAddress;
use crate::error::ApiError;
use crate::examples;
use crate::fields::Fields;
use crate::rooms::RoomPath;
use crate::state::TokenDesk;
use crate::trace::{Issued, TokenOutcome, TokenTrace};
use crate::wire::{Data, plain_texts};

/// The refresh token, and how long the new client token is to live.
#[derive(ToSchema)]
#[schema(as = RefreshRoomClientTokenRequest)]
#[expect(
    dead_code,
    reason = "describes the body for the OpenAPI document; `Request` reads it"
)]
pub struct RefreshRoomClientTokenRequest {
    /// How many seconds the new client token can be used to join the room.
    #[schema(
        required = false,
        minimum = 10,
        maximum = 3600,
        default = 600,
        example = 600
    )]
    token_ttl_secs: i64,
    /// The refresh token that came with the first client token, or the latest one if they rotate.
    #[schema(example = json!(examples::OPAQUE_TOKEN))]
    refresh_token: String,
}

/// A further client token.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "token": examples::CLIENT_TOKEN,
    "token_expires_at": "2021-04-22T12:24:55Z",
}))]
pub struct RefreshedToken {
    /// The client token, a JWT: opens the room.
    #[schema(example = json!(examples::OPAQUE_TOKEN))]
    token: String,
    /// When it expires: ISO 8601, whole seconds.
    #[schema(format = DateTime, example = "2021-03-26T17:51:59Z")]
    token_expires_at: String,
    /// The next refresh token, a JWT; only if refresh tokens rotate. The one that was sent is used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, example = json!(examples::OPAQUE_TOKEN))]
    refresh_token: Option<String>,
    /// When it expires, which is when the first one would have: ISO 8601, whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, format = DateTime, example = "2021-03-26T17:51:59Z")]
    refresh_token_expires_at: Option<String>,
}

impl From<IssuedToken> for RefreshedToken {
    fn from(token: IssuedToken) -> Self {
        Self {
            token: token.jwt.into_exposed(),
            token_expires_at: token.expires_at.to_rfc3339_secs(),
            refresh_token: None,
            refresh_token_expires_at: None,
        }
    }
}

impl From<IssuedPair> for RefreshedToken {
    fn from(pair: IssuedPair) -> Self {
        Self {
            refresh_token: Some(pair.refresh.jwt.into_exposed()),
            refresh_token_expires_at: Some(pair.refresh.expires_at.to_rfc3339_secs()),
            ..pair.client.into()
        }
    }
}

impl IntoResponse for RefreshedToken {
    fn into_response(self) -> Response {
        let members = [
            ("token", Some(self.token.as_str())),
            ("token_expires_at", Some(&self.token_expires_at)),
            ("refresh_token", self.refresh_token.as_deref()),
            (
                "refresh_token_expires_at",
                self.refresh_token_expires_at.as_deref(),
            ),
        ];
        let members = members.into_iter();
        plain_texts(members.filter_map(|(name, text)| Some((name, text?))))
    }
}

struct Request {
    token_ttl: ClientTokenTtl,
    refresh_token: String,
}

impl Request {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let token_ttl = super::client_token_ttl(&mut fields);
        let refresh_token = fields.required_text("refresh_token");
        fields.finish()?;
        let refresh_token = refresh_token.ok_or(ApiError::UNEXPECTED)?;
        Ok(Self {
            token_ttl,
            refresh_token,
        })
    }
}

/// What was wrong; told to operators only.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Token(TokenError),
    #[error("the room is gone, or not the token's")]
    Room(FamilyId),
    #[error("the family is revoked")]
    Revoked(FamilyId),
    #[error("the token was used up before, so the family is revoked now")]
    Reused(FamilyId),
}

impl Refused {
    /// What there is to tell of it to whoever follows the token's way.
    fn trace(
        &self,
        token: &str,
        path: RoomPath,
        desk: &TokenDesk,
        now: Timestamp,
    ) -> Option<TokenTrace> {
        let (family, refused) = match self {
            Self::Token(TokenError::Expired) => {
                let (ring, policy) = (desk.keys.ring(), &desk.verify_policy);
                let family = expired_family(&ring, token, TokenType::Refresh, policy, now)?;
                (family, "the refresh token has expired")
            }
            Self::Token(_) => return None,
            Self::Room(family) => (*family, "the room is gone, or not the token's"),
            Self::Revoked(family) => (*family, "the family is revoked"),
            Self::Reused(family) => (*family, "the refresh token was used up before"),
        };
        Some(TokenTrace {
            family,
            room: path.id(),
            outcome: TokenOutcome::Refused(refused),
        })
    }
}

/// A refused refresh, and whose it was.
type NotRefreshed = (Option<Extension<TokenTrace>>, ApiError);

/// Issues a further client token of a family.
#[utoipa::path(
    post, path = "/rooms/{room_id}/actions/refresh_client_token",
    tag = "Rooms Client Tokens", operation_id = "RefreshRoomClientToken",
    summary = "Get a further client token for a refresh token",
    params(crate::openapi::parameters::RoomId),
    request_body(content = RefreshRoomClientTokenRequest, description = "The refresh token, and how long the new client token is to live."),
    responses(
        (status = 201, description = "The new client token.", body = inline(Data<RefreshedToken>)),
        crate::openapi::RefreshErrors,
    ),
)]
#[expect(
    clippy::too_many_arguments,
    reason = "each is one thing the endpoint needs"
)]
pub async fn handler(
    address: ClientAddress,
    path: RoomPath,
    State(directory): State<Arc<RoomDirectory>>,
    State(desk): State<Arc<TokenDesk>>,
    State(limiters): State<Arc<Limiters>>,
    State(stats): State<Arc<Stats>>,
    State(clock): State<Arc<dyn Clock>>,
    JsonBody(fields): JsonBody,
) -> Result<Result<Issued<RefreshedToken>, NotRefreshed>, ApiError> {
    let now = clock.now();
    let limited = |_: &_| stats.rate_limited.increment();
    limiters
        .refresh_per_address
        .take(address.network(), now)
        .inspect_err(limited)?;
    let request = Request::read(fields)?;

    let outcome = match admit(&request.refresh_token, path, &directory, &desk, now).await? {
        Ok(refresh) => {
            limiters
                .refresh_per_family
                .take(refresh.family(), now)
                .inspect_err(limited)?;
            let outcome = issue(&request, &refresh, &desk, now).await?;
            if let Ok(issued) = &outcome {
                audit_refresh(&request, &refresh, issued);
            }
            let (family, room) = (refresh.family(), refresh.grant().room_id());
            outcome.map(|issued| {
                (
                    TokenTrace::issued(family, room, TokenOutcome::Refreshed),
                    issued,
                )
            })
        }
        Err(refused) => Err(refused),
    };
    let (trace, data) = match outcome {
        Ok(issued) => issued,
        Err(refused) => {
            count(&stats, &refused);
            let token = token_fingerprint(&request.refresh_token);
            tracing::info!(%token, %refused, "refresh refused");
            limiters
                .failed_auth
                .take(address.network(), now)
                .inspect_err(limited)?;
            let trace = refused.trace(&request.refresh_token, path, &desk, now);
            return Ok(Err((trace.map(Extension), ApiError::REFRESH_REFUSED)));
        }
    };
    stats.tokens_refreshed.increment();
    Ok(Ok((
        StatusCode::CREATED,
        Extension(trace),
        [(CACHE_CONTROL, "no-store")],
        data,
    )))
}

fn audit_refresh(request: &Request, refresh: &VerifiedToken, issued: &RefreshedToken) {
    audit::token_refreshed(
        refresh.grant().room_id(),
        refresh.family(),
        &request.refresh_token,
        &issued.token,
    );
}

/// Issues what follows an admitted refresh token.
async fn issue(
    request: &Request,
    refresh: &VerifiedToken,
    desk: &TokenDesk,
    now: Timestamp,
) -> Result<Result<RefreshedToken, Refused>, ApiError> {
    let ttl = request.token_ttl;
    if !refresh.rotates() {
        let token = mint_client(&desk.keys.ring(), refresh, ttl, now, &*desk.entropy)
            .map_err(super::mint_failed)?;
        return Ok(Ok(token.into()));
    }
    // Signed first, so that a fault there uses nothing up; handed out once all is on disk.
    let ids = (
        TokenId::random(&*desk.entropy),
        TokenId::random(&*desk.entropy),
    );
    let pair =
        mint_successor(&desk.keys.ring(), refresh, ttl, ids, now).map_err(super::mint_failed)?;
    let next = Generation {
        client: ids.0,
        refresh: ids.1,
        client_expires_at: pair.client.expires_at,
    };
    let fingerprint = token_fingerprint(&request.refresh_token);
    let presented = desk.rotations.present(refresh, fingerprint, next, now);
    Ok(match presented.await? {
        Presented::Good => Ok(pair.into()),
        Presented::Revoked => Err(Refused::Revoked(refresh.family())),
        Presented::Reused => Err(Refused::Reused(refresh.family())),
    })
}

/// Whether `token` may be refreshed for the room in the path.
async fn admit(
    token: &str,
    path: RoomPath,
    directory: &RoomDirectory,
    desk: &TokenDesk,
    now: Timestamp,
) -> Result<Result<VerifiedToken, Refused>, ApiError> {
    let refresh = match verify(
        &desk.keys.ring(),
        token,
        TokenType::Refresh,
        &desk.verify_policy,
        now,
    ) {
        Ok(refresh) => refresh,
        Err(error) => return Ok(Err(Refused::Token(error))),
    };
    let grant = refresh.grant();
    let for_this_room = match path {
        RoomPath::Id(id) => id == grant.room_id(),
        RoomPath::Undefined => true,
        RoomPath::Other => false,
    };
    let room = directory.find(grant.room_id()).await?;
    if !for_this_room || !room.is_some_and(|room| grant.opens(&room)) {
        return Ok(Err(Refused::Room(refresh.family())));
    }
    if desk.revocations.is_revoked(refresh.family()) {
        return Ok(Err(Refused::Revoked(refresh.family())));
    }
    Ok(Ok(refresh))
}

fn count(stats: &Stats, refused: &Refused) {
    match refused {
        Refused::Token(_) => stats.refresh_refused_token.increment(),
        Refused::Room(_) => stats.refresh_refused_room.increment(),
        Refused::Revoked(_) | Refused::Reused(_) => stats.refresh_refused_revoked.increment(),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn the_reply_is_what_its_schema_says() {
        for rotates in [false, true] {
            let next = |text: &str| rotates.then(|| text.to_owned());
            let data = || RefreshedToken {
                token: examples::CLIENT_TOKEN.to_owned(),
                token_expires_at: "2021-04-22T12:24:55Z".to_owned(),
                refresh_token: next(examples::REFRESH_TOKEN),
                refresh_token_expires_at: next("2021-04-22T12:15:05Z"),
            };
            let body = data().into_response().into_body().collect();
            let body = body.now_or_never().unwrap().unwrap().to_bytes();
            assert_eq!(body, serde_json::to_vec(&Data { data: data() }).unwrap());
        }
    }
}
