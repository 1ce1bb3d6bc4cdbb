//! `POST /client_tokens/actions/explain`
//!
//! What clients are never told: which check a token fails. The account is told of its own rooms only.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use greenroom_domain::Clock;
use greenroom_rooms::token_report::{Line, Outcome, Records};
use greenroom_rooms::{RoomDirectory, TokenReport};
use greenroom_token::explain;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};

use crate::body::JsonBody;
use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::examples;
use crate::state::TokenDesk;
use crate::wire::Data;

/// The token to look into.
#[derive(ToSchema)]
#[schema(as = ExplainTokenRequest)]
#[expect(
    dead_code,
    reason = "describes the body for the OpenAPI document; `handler` reads it"
)]
pub struct ExplainTokenRequest {
    /// A client token or a refresh token; white space around it is ignored.
    #[schema(example = json!(examples::OPAQUE_TOKEN))]
    token: String,
}

/// How one check went.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TokenCheckOutcome)]
pub enum CheckOutcome {
    /// It was passed.
    Passed,
    /// It was not.
    Failed,
    /// It was not made: an earlier one failed, or it does not concern this token.
    Skipped,
}

impl From<Outcome> for CheckOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => Self::Passed,
            Outcome::Failed => Self::Failed,
            Outcome::Skipped => Self::Skipped,
        }
    }
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenCheck {
    /// The check's name, which never changes.
    #[schema(example = "times")]
    name: &'static str,
    /// What passing it means, for people.
    #[schema(example = "valid at this time")]
    title: &'static str,
    /// How it went.
    #[schema(example = "failed")]
    outcome: CheckOutcome,
    /// Why it failed, or what else there is to say.
    #[schema(example = "it has expired")]
    detail: Option<String>,
}

impl From<Line> for TokenCheck {
    fn from(line: Line) -> Self {
        Self {
            name: line.name,
            title: line.title,
            outcome: line.outcome.into(),
            detail: line.detail.map(Into::into),
        }
    }
}

/// What became of a token, check by check.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenExplanation {
    /// Always `token_explanation`.
    #[schema(example = "token_explanation")]
    record_type: &'static str,
    /// Whether it passed every check, and so opens its room or can be refreshed now.
    valid: bool,
    /// `access` (a client token) or `refresh`; null if the token itself is refused.
    #[schema(schema_with = token_type_schema)]
    token_type: Option<&'static str>,
    /// Every check that the door or a refresh makes, in their order.
    checks: Vec<TokenCheck>,
    /// The header; null if it cannot be decoded. Not to be trusted unless the token is valid.
    #[schema(schema_with = members_schema, example = json!({"alg": "Ed25519", "typ": "JWT"}))]
    header: Option<Map<String, Value>>,
    /// The claims; null if they cannot be decoded, or if they are about another account's room. Not to be trusted unless
    /// the token is valid.
    #[schema(schema_with = members_schema, example = json!({"sub": "null", "typ": "access"}))]
    claims: Option<Map<String, Value>>,
}

fn token_type_schema() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some([json!("access"), json!("refresh"), Value::Null]))
        .into()
}

fn members_schema() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .into()
}

impl From<TokenReport> for TokenExplanation {
    fn from(report: TokenReport) -> Self {
        let explanation = report.explanation();
        let token = explanation.result().ok();
        Self {
            record_type: "token_explanation",
            valid: report.is_good(),
            token_type: token.map(|token| token.token_type().as_str()),
            checks: report.lines().map(TokenCheck::from).collect(),
            header: explanation.raw_header().and_then(members),
            claims: report.raw_claims().and_then(members),
        }
    }
}

/// The members of a JSON object; anybody may have written it.
fn members(bytes: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(bytes).ok()
}

/// Says which check a token fails, and what stands in it.
#[utoipa::path(
    post, path = "/client_tokens/actions/explain", tag = "Client Tokens", operation_id = "ExplainClientToken",
    summary = "Explain a client token or a refresh token",
    request_body(content = ExplainTokenRequest, description = "The token. It is kept nowhere."),
    responses(
        (status = 200, description = "Every check, and how it went.", body = inline(Data<TokenExplanation>)),
        crate::openapi::BodyErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    State(directory): State<Arc<RoomDirectory>>,
    State(desk): State<Arc<TokenDesk>>,
    State(clock): State<Arc<dyn Clock>>,
    JsonBody(mut fields): JsonBody,
) -> Result<([(HeaderName, &'static str); 1], Data<TokenExplanation>), ApiError> {
    let token = fields.required_text("token");
    fields.finish()?;
    let token = token.ok_or(ApiError::UNEXPECTED)?;

    let now = clock.now();
    let explanation = explain(&desk.keys.ring(), token.trim(), &desk.verify_policy, now);
    let records = match explanation.result() {
        Ok(token) => {
            let (revocations, rotations) = (&desk.revocations, &desk.rotations);
            Some(Records::in_force(&directory, revocations, rotations, token).await?)
        }
        Err(_) => None,
    };
    let report = TokenReport::new(explanation, records.as_ref(), Some(caller.account_id));
    let data = report.into();
    Ok(([(CACHE_CONTROL, "no-store")], Data { data }))
}
