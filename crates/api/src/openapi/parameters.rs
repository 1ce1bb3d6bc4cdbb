//! Parameters that several endpoints share.

use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

fn parameter(
    place: ParameterIn,
    name: &str,
    description: &str,
    example: Value,
    schema: ObjectBuilder,
) -> Parameter {
    let required = if place == ParameterIn::Path {
        Required::True
    } else {
        Required::False
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(description))
        .example(Some(example))
        .schema(Some(schema.build()))
        .build()
}

fn text(format: Option<KnownFormat>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(format.map(SchemaFormat::KnownFormat))
}

fn id(place: ParameterIn, name: &str, description: &str, example: &str) -> Parameter {
    let schema = text(Some(KnownFormat::Uuid));
    parameter(place, name, description, json!(example), schema)
}

/// `<name>[eq]`, `[gte]` and `[lte]`; `what` says what happened on the day.
fn days(name: &str, what: &str) -> impl Iterator<Item = Parameter> {
    let operators = [
        ("eq", "on this day (UTC)"),
        ("gte", "on this day or later"),
        ("lte", "on this day or earlier"),
    ];
    operators
        .map(|(operator, when)| {
            let name = format!("{name}[{operator}]");
            let description = format!("{what} {when}.");
            let schema = text(Some(KnownFormat::Date));
            parameter(
                ParameterIn::Query,
                &name,
                &description,
                json!("2021-04-25"),
                schema,
            )
        })
        .into_iter()
}

fn flag(name: &str, description: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::Boolean);
    parameter(ParameterIn::Query, name, description, json!(true), schema)
}

fn integer(name: &str, description: &str, example: i64, maximum: i64) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1))
        .maximum(Some(maximum));
    parameter(
        ParameterIn::Query,
        name,
        description,
        json!(example),
        schema,
    )
}

/// Which page of a list.
pub struct Page;

impl IntoParams for Page {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = "The page's number, from 1 (default 1).";
        let size = "How many items a page holds (default 20).";
        vec![
            integer("page[number]", number, 1, 10_000_000),
            integer("page[size]", size, 20, 250),
        ]
    }
}

/// The room's id in the path.
pub struct RoomId;

impl IntoParams for RoomId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0";
        vec![id(ParameterIn::Path, "room_id", "The room's id.", example)]
    }
}

/// The session's id in the path.
pub struct SessionId;

impl IntoParams for SessionId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0";
        vec![id(
            ParameterIn::Path,
            "room_session_id",
            "The session's id.",
            example,
        )]
    }
}

/// The participant's id in the path.
pub struct ParticipantId;

impl IntoParams for ParticipantId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0";
        vec![id(
            ParameterIn::Path,
            "room_participant_id",
            "The participant's id.",
            example,
        )]
    }
}

/// The event's id in the path.
pub struct EventId;

impl IntoParams for EventId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let example = "e6ab1ae8-7e4c-4b1f-9a0f-1c6a1f4f9a01";
        vec![id(ParameterIn::Path, "id", "The event's id.", example)]
    }
}

/// The filters of webhook deliveries.
pub struct DeliveryFilters;

impl IntoParams for DeliveryFilters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let status = text(None).enum_values(Some(["pending", "delivered", "failed"]));
        vec![
            parameter(
                ParameterIn::Query,
                "filter[status][eq]",
                "Events of which this has become.",
                json!("failed"),
                status,
            ),
            parameter(
                ParameterIn::Query,
                "filter[event_type]",
                "Events of exactly this type; several with a comma between.",
                json!("video.room.session.started"),
                text(None),
            ),
            id(
                ParameterIn::Query,
                "filter[room_id]",
                "Events of this room.",
                "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
            ),
        ]
    }
}

/// The signing key's id in the path.
pub struct SigningKeyId;

impl IntoParams for SigningKeyId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter(
            ParameterIn::Path,
            "kid",
            "The key's id.",
            json!("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
            text(None),
        )]
    }
}

/// `filter[room_id]`.
pub struct InRoom;

impl IntoParams for InRoom {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0";
        let description = "Sessions in this room.";
        vec![id(
            ParameterIn::Query,
            "filter[room_id]",
            description,
            example,
        )]
    }
}

/// `filter[session_id]`.
pub struct InSession;

impl IntoParams for InSession {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0";
        let description = "Participants of this session.";
        vec![id(
            ParameterIn::Query,
            "filter[session_id]",
            description,
            example,
        )]
    }
}

/// The filters that all lists of sessions have.
pub struct SessionFilters;

impl IntoParams for SessionFilters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let active = "Sessions that go on (true) or have ended (false).";
        days("filter[date_created_at]", "Sessions that began")
            .chain(days(
                "filter[date_updated_at]",
                "Sessions that last changed",
            ))
            .chain(days("filter[date_ended_at]", "Sessions that ended"))
            .chain([flag("filter[active]", active)])
            .collect()
    }
}

/// `include_participants`.
pub struct IncludeParticipants;

impl IntoParams for IncludeParticipants {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "Whether each session shows its participants.";
        vec![flag("include_participants", description)]
    }
}

/// The filters that all lists of participants have.
pub struct ParticipantFilters;

impl IntoParams for ParticipantFilters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let context = parameter(
            ParameterIn::Query,
            "filter[context]",
            "Participants of exactly this context.",
            json!("Alice"),
            text(None),
        );
        days("filter[date_joined_at]", "Participants who joined")
            .chain(days(
                "filter[date_updated_at]",
                "Participants who last changed",
            ))
            .chain(days("filter[date_left_at]", "Participants who left"))
            .chain([context])
            .collect()
    }
}
