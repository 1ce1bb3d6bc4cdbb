//! `/room_sessions/{room_session_id}/actions/...`
//!
//! The hosted service describes them as needing no API key; here they do, or whoever learns a session's
//! id could send everybody out.

pub mod end;
pub mod kick;
pub mod mute;
pub mod unmute;

use greenroom_domain::limits::PARTICIPANTS_PER_ACTION_MAX;
use greenroom_domain::participant::Selection;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type,
};

use crate::error::ApiError;
use crate::fields::{Fields, IdsOrAll};
use crate::wire::Data;

/// The answer of every action: it has taken effect.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionResult {
    /// Always `ok`.
    #[schema(example = "ok")]
    result: &'static str,
}

/// It has taken effect.
const OK: Data<ActionResult> = Data {
    data: ActionResult { result: "ok" },
};

/// Who is meant. At least one of the two has to be there.
#[derive(Debug, ToSchema)]
#[schema(as = ActionsParticipantsRequest, example = json!({"participants": "all"}))]
#[expect(
    dead_code,
    reason = "describes the body for the OpenAPI document; `selection` reads it"
)]
pub struct ActionsParticipantsRequest {
    /// The word `all`, or the ids of those who are meant. If it is missing, `exclude` says who of all
    /// is not meant.
    #[schema(required = false, schema_with = participants_schema)]
    participants: Vec<String>,
    /// The ids of those who are not meant after all.
    #[schema(required = false, schema_with = ids_schema)]
    exclude: Vec<String>,
}

fn ids_schema() -> Schema {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ArrayBuilder::new()
        .items(id)
        .max_items(Some(PARTICIPANTS_PER_ACTION_MAX))
        .into()
}

fn participants_schema() -> Schema {
    let all = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["all"]));
    OneOfBuilder::new().item(all).item(ids_schema()).into()
}

/// Reads who is meant.
///
/// A body that names nobody at all is a mistake: to take it for nobody would answer with success where
/// nothing was done, to take it for all would send a whole room out.
fn selection(mut fields: Fields) -> Result<Selection, ApiError> {
    let participants = fields.ids_or_all("participants", PARTICIPANTS_PER_ACTION_MAX);
    let exclude = fields.ids("exclude", PARTICIPANTS_PER_ACTION_MAX);
    if participants.is_none() && exclude.as_ref().is_none_or(Vec::is_empty) {
        fields.missing("participants", "is required: `all`, or a list of ids");
    }
    fields.finish()?;
    Ok(Selection {
        only: match participants {
            Some(IdsOrAll::Ids(ids)) => Some(ids),
            Some(IdsOrAll::All) | None => None,
        },
        exclude: exclude.unwrap_or_default(),
    })
}
