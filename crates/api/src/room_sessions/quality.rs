//! `GET /room_sessions/{room_session_id}/quality`

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use greenroom_domain::{PageRequest, SessionId};
use greenroom_rooms::Qualities;
use greenroom_rooms::call::quality::{
    LayerQuality, MixedQuality, PersonQuality, PublishedQuality, Quality, ReceivedQuality,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Authenticated;
use crate::error::ApiError;
use crate::path::IdInPath;
use crate::query::Query;
use crate::wire::List;

/// Tells how the participants of a session fare now, by their ids; nobody if it has ended. Rates and losses
/// are those of the last two seconds. To ask once a second is fine: within a second all get the same answer.
#[utoipa::path(
    get, path = "/room_sessions/{room_session_id}/quality", tag = "Room Sessions",
    operation_id = "ListParticipantQuality",
    summary = "List how the participants of a session fare now",
    params(
        crate::openapi::parameters::SessionId,
        crate::openapi::parameters::Page,
    ),
    responses(
        (status = 200, description = "A page of participants.", body = inline(List<QualityResource>)),
        crate::openapi::ResourceErrors,
    ),
    security(("bearerAuth" = [])),
)]
pub async fn handler(
    Authenticated(caller): Authenticated,
    IdInPath(session_id): IdInPath<SessionId>,
    State(qualities): State<Arc<Qualities>>,
    mut query: Query,
) -> Result<List<QualityResource>, ApiError> {
    let page = query.page();
    query.finish(&[])?;
    let people = qualities.of_session(caller, session_id).await?;
    let people = people.ok_or(ApiError::NOT_FOUND)?;
    Ok(shown(&people, page))
}

fn shown(people: &[PersonQuality], page: PageRequest) -> List<QualityResource> {
    let before = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let size = usize::try_from(page.size()).unwrap_or(usize::MAX);
    let on_page = people.iter().skip(before).take(size);
    let data = on_page.map(QualityResource::new).collect();
    List::new(data, page, people.len() as u64)
}

/// How a participant fares now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ParticipantQuality)]
pub struct QualityResource {
    /// Always `participant_quality`.
    #[schema(example = "participant_quality")]
    pub record_type: &'static str,
    /// The participant's id.
    #[schema(format = Uuid, example = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0")]
    pub participant_id: String,
    /// What the application said about the participant when it joined; null if nothing.
    #[schema(example = "Alice")]
    pub context: Option<String>,
    /// The worst of round trip, loss and layers: `good` (nothing to be noticed), `fair`, `poor`, or `unknown`
    /// (nothing measured).
    #[schema(example = "good")]
    pub quality: Grade,
    /// The latest round trip between server and participant, in milliseconds: the median of its connections.
    /// Null until one was measured.
    #[schema(example = 42.5, minimum = 0)]
    pub rtt_ms: Option<f64>,
    /// The streams that it publishes.
    pub published: Vec<PublishedStream>,
    /// What it is sent of the streams of others.
    pub received: Received,
    /// Its part of the mixed audio; all 0 if it takes no part.
    pub mixed_audio: MixedAudio,
}

/// How good it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = QualityGrade)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Nothing to be noticed.
    Good,
    /// It can be noticed.
    Fair,
    /// It is a nuisance.
    Poor,
    /// Nothing was measured.
    Unknown,
}

/// A stream that a participant publishes, as it comes in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublishedStreamQuality)]
pub struct PublishedStream {
    /// The application's name for it.
    #[schema(example = "self")]
    pub key: String,
    /// Whether there is sound in it.
    #[schema(example = true)]
    pub audio: bool,
    /// Whether there is a picture in it.
    #[schema(example = true)]
    pub video: bool,
    /// Whether its sound is kept from the others, by an operator or by the participant.
    #[schema(example = false)]
    pub muted: bool,
    /// The codec of the picture; of the sound, if there is no picture.
    #[schema(example = "vp8")]
    pub codec: &'static str,
    /// All that comes of it, in bit/s: payload with resends.
    #[schema(example = 812_000)]
    pub bitrate_bps: u64,
    /// How much of it is lost on the way to the server, before repair; 0 while nothing is sent.
    #[schema(example = 0.3, minimum = 0, maximum = 100)]
    pub packet_loss_percent: f64,
    /// The layers of its picture, the lowest first: one if it is not simulcast, none without a picture.
    pub layers: Vec<Layer>,
}

/// A simulcast layer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LayerQuality)]
pub struct Layer {
    /// Its name; null if the picture is not simulcast.
    #[schema(example = "h")]
    pub rid: Option<String>,
    /// What comes of it, in bit/s.
    #[schema(example = 650_000)]
    pub bitrate_bps: u64,
    /// Whether pictures come.
    #[schema(example = true)]
    pub active: bool,
}

/// What a participant is sent of the streams of others.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceivedStreamsQuality)]
pub struct Received {
    /// How many streams.
    #[schema(example = 3)]
    pub streams: u64,
    /// Of how many the picture is sent in a lower layer than there is, or not at all, since the path would not carry
    /// more.
    #[schema(example = 0)]
    pub reduced: u64,
    /// All of it, in bit/s: payload with resends.
    #[schema(example = 1_900_000)]
    pub bitrate_bps: u64,
    /// What the path is estimated to carry at least, in bit/s; null where that is not measured, as without simulcast.
    #[schema(example = 2_600_000)]
    pub available_bps: Option<u64>,
    /// How much of it is lost on the way, before repair; null until the participant reports.
    #[schema(example = 0.1, minimum = 0, maximum = 100)]
    pub packet_loss_percent: Option<f64>,
}

/// A participant's part of the mixed audio.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MixedAudioQuality)]
pub struct MixedAudio {
    /// What comes from the participant, in bit/s.
    #[schema(example = 31_000)]
    pub bitrate_in_bps: u64,
    /// What is sent to it, in bit/s.
    #[schema(example = 40_000)]
    pub bitrate_out_bps: u64,
    /// How much is lost, from it or to it, whichever is more.
    #[schema(example = 0.0, minimum = 0, maximum = 100)]
    pub packet_loss_percent: f64,
    /// Whether the others do not hear it: muted by an operator or by itself.
    #[schema(example = false)]
    pub muted: bool,
    /// Whether it talks.
    #[schema(example = true)]
    pub talking: bool,
}

impl QualityResource {
    fn new(person: &PersonQuality) -> Self {
        Self {
            record_type: "participant_quality",
            participant_id: person.participant.to_string(),
            context: person.context.clone(),
            quality: person.quality.into(),
            rtt_ms: person.rtt.map(millis),
            published: person.published.iter().map(PublishedStream::new).collect(),
            received: Received::new(&person.received),
            mixed_audio: MixedAudio::new(&person.mixed_audio),
        }
    }
}

impl From<Quality> for Grade {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Good => Self::Good,
            Quality::Fair => Self::Fair,
            Quality::Poor => Self::Poor,
            Quality::Unknown => Self::Unknown,
        }
    }
}

impl PublishedStream {
    fn new(stream: &PublishedQuality) -> Self {
        Self {
            key: stream.key.clone(),
            audio: stream.audio,
            video: stream.video,
            muted: stream.muted,
            codec: stream.codec,
            bitrate_bps: stream.bitrate_bps,
            packet_loss_percent: percent(stream.loss_permille),
            layers: stream.layers.iter().map(Layer::new).collect(),
        }
    }
}

impl Layer {
    fn new(layer: &LayerQuality) -> Self {
        Self {
            rid: layer.rid.clone(),
            bitrate_bps: layer.bitrate_bps,
            active: layer.is_active,
        }
    }
}

impl Received {
    fn new(received: &ReceivedQuality) -> Self {
        Self {
            streams: received.streams as u64,
            reduced: received.reduced as u64,
            bitrate_bps: received.bitrate_bps,
            available_bps: received.available_bps,
            packet_loss_percent: received.loss_permille.map(percent),
        }
    }
}

impl MixedAudio {
    fn new(mixed: &MixedQuality) -> Self {
        Self {
            bitrate_in_bps: mixed.bitrate_in_bps,
            bitrate_out_bps: mixed.bitrate_out_bps,
            packet_loss_percent: percent(mixed.loss_permille),
            muted: mixed.muted,
            talking: mixed.talking,
        }
    }
}

fn percent(permille: u32) -> f64 {
    f64::from(permille) / 10.0
}

/// To a tenth of a millisecond.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
