//! What a step looks like as a span. No token, no name and nothing that an application said of somebody is in it.

use axum::http::StatusCode;
use greenroom_api::trace::{TokenOutcome, TokenTrace};
use greenroom_domain::{Entropy, Timestamp};
use greenroom_media::Kind;
use greenroom_rooms::trace::{Board, Description, Step, What};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

use super::ids::{SpanId, TraceId};
use super::traceparent::Remote;

/// Sampled; and it is known that the parent is of this program.
const FLAGS: u32 = 0x101;
/// It is known that what is linked to is of another program.
const FLAGS_REMOTE: u32 = 0x300;

/// A request that tokens were issued or refused by.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    /// Whose.
    pub token: TokenTrace,
    /// In which span of its own the application made it.
    pub caller: Option<Remote>,
    /// By which method.
    pub method: &'static str,
    /// The route's pattern.
    pub route: &'a str,
    /// How it was answered.
    pub status: StatusCode,
    /// When it began.
    pub started: Timestamp,
    /// When it was over.
    pub ended: Timestamp,
}

/// The span of a request.
pub fn of_request(request: &TokenRequest<'_>, entropy: &dyn Entropy) -> Span {
    let trace = TraceId::of(request.token.family);
    let root = SpanId::root(trace);
    let (id, parent) = match request.token.outcome {
        TokenOutcome::Begun => (root, None),
        TokenOutcome::Refreshed | TokenOutcome::Refused(_) => (SpanId::random(entropy), Some(root)),
    };
    let mut span = bare(trace, id, parent, request.started, request.ended);
    span.name = format!("{} {}", request.method, request.route);
    span.kind = SpanKind::Server.into();
    span.attributes = vec![
        text("http.request.method", request.method),
        text("http.route", request.route),
        number("http.response.status_code", request.status.as_u16().into()),
    ];
    let room = request.token.room.map(|room| room.to_string());
    span.attributes
        .extend(room.map(|room| text("greenroom.room.id", room)));
    if let TokenOutcome::Refused(why) = request.token.outcome {
        span.status = Some(failed(why));
    }
    span.links = request
        .caller
        .iter()
        .map(|caller| Link {
            trace_id: caller.trace_id.to_vec(),
            span_id: caller.span_id.to_vec(),
            flags: FLAGS_REMOTE | u32::from(caller.flags),
            ..Link::default()
        })
        .collect();
    span
}

/// The span of a step.
pub fn of_step(step: &Step, entropy: &dyn Entropy) -> Span {
    let trace = TraceId::of(step.family);
    let root = SpanId::root(trace);
    let (id, parent) = match (step.what, step.session) {
        (What::Opened, Some(session)) => (SpanId::of_session(session), root),
        (What::Opened | What::TokenReplaced { .. }, _) | (_, None) => {
            (SpanId::random(entropy), root)
        }
        (_, Some(session)) => (SpanId::random(entropy), SpanId::of_session(session)),
    };
    let mut span = bare(trace, id, Some(parent), step.started, step.ended);
    span.name = name(step.what);
    span.kind = kind(step.what).into();
    span.attributes = vec![text("greenroom.room.id", step.room.to_string())];
    let session = step.session.and_then(|session| i64::try_from(session).ok());
    span.attributes
        .extend(session.map(|session| number("greenroom.session.id", session)));
    let participant = step.participant.map(|participant| participant.to_string());
    span.attributes
        .extend(participant.map(|participant| text("greenroom.participant.id", participant)));
    describe(step.what, &mut span.attributes);
    span.status = step.fault.as_deref().map(failed);
    if let (What::TokenReplaced { former }, Some(session)) = (step.what, step.session) {
        span.links.push(Link {
            trace_id: TraceId::of(former).0.to_vec(),
            span_id: SpanId::of_session(session).bytes().to_vec(),
            flags: FLAGS,
            ..Link::default()
        });
    }
    span
}

fn bare(
    trace: TraceId,
    id: SpanId,
    parent: Option<SpanId>,
    started: Timestamp,
    ended: Timestamp,
) -> Span {
    Span {
        trace_id: trace.0.to_vec(),
        span_id: id.bytes().to_vec(),
        parent_span_id: parent
            .map(|parent| parent.bytes().to_vec())
            .unwrap_or_default(),
        flags: FLAGS,
        start_time_unix_nano: nanos(started),
        end_time_unix_nano: nanos(ended.max(started)),
        ..Span::default()
    }
}

fn name(what: What) -> String {
    match what {
        What::Opened => "open session".to_owned(),
        What::Asked { board, joins, .. } => {
            format!(
                "{} {}",
                if joins { "join" } else { "negotiate" },
                place(board)
            )
        }
        What::Connected(board) => format!("connect {}", place(board)),
        What::FirstFrameIn(_, kind) => format!("first {} in", sense(kind)),
        What::FirstFrameOut(_, kind, _) => format!("first {} out", sense(kind)),
        What::MediaLost(board) => format!("lose {}", place(board)),
        What::TokenReplaced { .. } => "replace token".to_owned(),
        What::Closed(_) => "session".to_owned(),
    }
}

/// Answering a client is a server's work; what becomes of media is asked for by nobody.
fn kind(what: What) -> SpanKind {
    match what {
        What::Opened | What::Asked { .. } => SpanKind::Server,
        What::Connected(_)
        | What::FirstFrameIn(..)
        | What::FirstFrameOut(..)
        | What::MediaLost(_)
        | What::TokenReplaced { .. }
        | What::Closed(_) => SpanKind::Internal,
    }
}

fn describe(what: What, attributes: &mut Vec<KeyValue>) {
    let board = match what {
        What::Opened => {
            attributes.push(text("http.route", "/{room_id}/janus"));
            None
        }
        What::Asked {
            board, description, ..
        } => {
            let description = description.map(|description| match description {
                Description::OfferAnswered => "offer_answered",
                Description::OfferMade => "offer_made",
                Description::AnswerTaken => "answer_taken",
            });
            attributes.extend(description.map(|it| text("greenroom.sdp", it)));
            Some(board)
        }
        What::FirstFrameIn(board, kind) => {
            attributes.push(text("greenroom.media.kind", sense(kind)));
            Some(board)
        }
        What::FirstFrameOut(board, kind, publisher) => {
            attributes.push(text("greenroom.media.kind", sense(kind)));
            let publisher = publisher.map(|publisher| publisher.to_string());
            attributes.extend(publisher.map(|it| text("greenroom.publisher.participant.id", it)));
            Some(board)
        }
        What::Connected(board) | What::MediaLost(board) => Some(board),
        What::TokenReplaced { .. } => None,
        What::Closed(reason) => {
            attributes.push(text("greenroom.session.end", reason));
            None
        }
    };
    attributes.extend(board.map(|board| text("greenroom.board", place(board))));
}

const fn place(board: Board) -> &'static str {
    match board {
        Board::Audio => "audiobridge",
        Board::Publisher => "publisher",
        Board::Subscriber => "subscriber",
        Board::Text => "textroom",
    }
}

const fn sense(kind: Kind) -> &'static str {
    match kind {
        Kind::Audio => "audio",
        Kind::Video => "video",
    }
}

fn failed(why: &str) -> Status {
    Status {
        message: why.to_owned(),
        code: SpanStatus::Error.into(),
    }
}

/// An attribute that is text.
pub fn text(key: &str, value: impl Into<String>) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

fn number(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// Times before 1970 are none.
fn nanos(time: Timestamp) -> u64 {
    u64::try_from(time.unix_micros())
        .unwrap_or_default()
        .saturating_mul(1_000)
}
