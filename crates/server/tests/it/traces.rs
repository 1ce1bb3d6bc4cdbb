//! Traces at a collector of the test's own, which is a real OTLP receiver.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::panic::Location;
use std::time::Duration;

use greenroom_testkit::{
    Client, Delivery, Greenroom, LIMIT, Receiver, TestProgram, TestServer, eventually, tokens,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;
use tokio::net::TcpSocket;
use tokio::time::{interval, timeout};

use crate::door::sdk::{metric, with_room};

/// How often it is looked what has come in.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A collector.
pub(crate) struct Collector(pub(crate) Receiver);

/// A span as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) span: Span,
    /// All attributes as text, those of the resource under `resource.`.
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Seen {
    /// Why it is a failure; empty if it is none.
    pub(crate) fn fault(&self) -> &str {
        let status = self.span.status.as_ref();
        let failed = status.filter(|status| status.code == 2);
        failed.map_or("", |status| status.message.as_str())
    }
}

impl Collector {
    pub(crate) async fn start() -> Self {
        Self(Receiver::start().await)
    }

    /// What the setting has to be.
    pub(crate) fn endpoint(&self) -> String {
        self.0.url("")
    }

    pub(crate) fn spans(&self) -> Vec<Seen> {
        self.0.deliveries().iter().flat_map(spans_of).collect()
    }

    /// All spans, once `enough` of them have come.
    #[track_caller]
    pub(crate) fn until(
        &self,
        enough: impl Fn(&[Seen]) -> bool,
    ) -> impl Future<Output = Vec<Seen>> {
        let caller = Location::caller();
        async move {
            let mut ticks = interval(LOOK_EVERY);
            let looked = timeout(LIMIT, async {
                while !enough(&self.spans()) {
                    ticks.tick().await;
                }
            });
            let looked = looked.await;
            let spans = self.spans();
            let names: Vec<&str> = spans.iter().map(|it| it.span.name.as_str()).collect();
            assert!(
                looked.is_ok(),
                "what {caller} waits for is not in {names:#?}"
            );
            spans
        }
    }
}

fn spans_of(delivery: &Delivery) -> Vec<Seen> {
    let request = ExportTraceServiceRequest::decode(delivery.body.clone()).unwrap();
    let mut seen = Vec::new();
    for of_resource in request.resource_spans {
        let resource = of_resource.resource.unwrap().attributes;
        for of_scope in of_resource.scope_spans {
            for span in of_scope.spans {
                let mut attributes = BTreeMap::new();
                attributes.extend(texts("", &span.attributes));
                attributes.extend(texts("resource.", &resource));
                seen.push(Seen { span, attributes });
            }
        }
    }
    seen
}

fn texts(prefix: &str, attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |attribute: &KeyValue| {
        let value = match attribute.value.as_ref().unwrap().value.as_ref().unwrap() {
            Value::StringValue(text) => text.clone(),
            Value::IntValue(number) => number.to_string(),
            Value::BoolValue(_)
            | Value::DoubleValue(_)
            | Value::ArrayValue(_)
            | Value::KvlistValue(_)
            | Value::BytesValue(_)
            | Value::StringValueStrindex(_) => panic!("{} is of no kind of ours", attribute.key),
        };
        (format!("{prefix}{}", attribute.key), value)
    };
    attributes.iter().map(text).collect()
}

/// The trace that a token's way is in.
pub(crate) fn trace_of(token: &str) -> Vec<u8> {
    let family = tokens::claims_of(token)["sid"].as_str().unwrap().to_owned();
    family.parse::<uuid::Uuid>().unwrap().as_bytes().to_vec()
}

async fn traced(collector: &Collector) -> TestServer {
    let endpoint = collector.endpoint();
    TestServer::with(|settings| settings.traces.otlp_endpoint = Some(endpoint)).await
}

#[tokio::test]
async fn who_is_not_let_in_is_there_with_the_reason() {
    let collector = Collector::start().await;
    let mut server = traced(&collector).await;
    let (acme, room, token) = with_room(&server).await;
    let pair = acme.tokens(&room).await;
    let other = acme.new_room().await;

    // Refused at another room's door, after its time, and as a refresh of the other room.
    let frame = |token: &str| json!({"janus": "create", "transaction": "t", "client_token": token});
    let try_door = async |room: &str, token: &str| {
        let mut door = server.door(room).await;
        door.send(frame(token)).await;
        door.rest().await
    };
    assert_eq!(try_door(&other, &token).await.1, 4000);
    let refused = server.anyone().refresh(&other, &pair.refresh_token).await;
    refused.expect(403);
    server.clock().advance(601);
    assert_eq!(try_door(&room, &token).await.1, 4000);
    // What is no token of this server's has no trace that anybody could find.
    let forged = tokens::with_claims(&token, |claims| claims["exp"] = json!(1_900_000_000));
    assert_eq!(try_door(&room, &forged).await.1, 4000);
    server.stop().await;

    let seen = collector.spans();
    let of = |token: &str, name: &str| -> Vec<Seen> {
        let trace = trace_of(token);
        let mut found = seen.clone();
        found.retain(|it| it.span.trace_id == trace && it.span.name == name);
        found
    };
    let opened = of(&token, "open session");
    let faults: Vec<&str> = opened.iter().map(Seen::fault).collect();
    assert_eq!(
        faults,
        [
            "the room is gone, or not the token's",
            "the token has expired"
        ]
    );
    for refused in &opened {
        assert_eq!(refused.span.parent_span_id, refused.span.trace_id[8..]);
        assert!(!refused.attributes.contains_key("greenroom.session.id"));
    }
    let refresh = "POST /v2/rooms/{room_id}/actions/refresh_client_token";
    let refreshed = of(&pair.token, refresh);
    assert_eq!(refreshed.len(), 1);
    assert_eq!(refreshed[0].fault(), "the room is gone, or not the token's");
    assert_eq!(refreshed[0].attributes["http.response.status_code"], "403");
    assert_eq!(
        seen.len(),
        5,
        "two pairs made, and three refusals: {seen:#?}"
    );
}

/// The real program, with one variable set.
struct Started {
    program: TestProgram,
    client: Client,
    /// Where tokens for a room of its are made.
    path: String,
    _folder: tempfile::TempDir,
}

async fn start_with(variable: &str, value: String) -> Started {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").to_str().unwrap().to_owned();
    let mut program = Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))
        .env(variable, value)
        .start(["dev", "--listen", "127.0.0.1:0", "--data", &data])
        .await;
    let client = program.anyone().with_key(&program.api_key().await);
    let room = client.post("/v2/rooms", json!({})).await.data(201);
    let path = format!(
        "/v2/rooms/{}/actions/generate_join_client_token",
        room["id"].as_str().unwrap()
    );
    Started {
        program,
        client,
        path,
        _folder: folder,
    }
}

#[tokio::test]
async fn nothing_is_sent_unless_it_is_set() {
    let collector = Collector::start().await;
    let mut started = start_with("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()).await;
    let client = &started.client;
    client.post(&started.path, json!({})).await.expect(201);
    let dropped = metric(client, "greenroom_trace_spans_dropped_total").await;
    assert_eq!(dropped, 0);
    assert_eq!(started.program.terminate().await, Some(0));
    assert_eq!(collector.0.deliveries().len(), 0);
}

#[tokio::test]
async fn a_collector_that_is_away_holds_nothing_up() {
    // Bound, so that nobody else is there, and not listening.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let endpoint = format!("http://{}", nobody.local_addr().unwrap());
    let mut started = start_with("GREENROOM_TRACES__OTLP_ENDPOINT", endpoint).await;
    let client = &started.client;
    eventually(LIMIT, async || {
        client.post(&started.path, json!({})).await.expect(201);
        metric(client, "greenroom_trace_spans_dropped_total").await > 0
    })
    .await;
    let exported = metric(client, "greenroom_trace_spans_exported_total").await;
    assert_eq!(exported, 0);
    assert_eq!(started.program.terminate().await, Some(0));
    let log = started.program.stderr();
    let said = log.matches("spans cannot be sent").count();
    assert_eq!(said, 1, "{log}");
}

#[tokio::test]
async fn a_collector_that_hangs_does_not_keep_the_server_from_its_end() {
    let collector = Collector::start().await;
    collector.0.hang();
    let mut server = traced(&collector).await;
    with_room(&server).await;
    collector.0.received(1).await;
    server.stop().await;
    assert!(!collector.spans().is_empty());
}
