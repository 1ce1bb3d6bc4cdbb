//! A stop: nothing new begins, what is under way ends well, and nobody can hold it up.

use greenroom_testkit::{Client, LIMIT, RawConnection, Signal, TestProgram, eventually};
use serde_json::json;
use tokio::net::TcpStream;

use crate::door::sdk::Sdk;

use super::{House, client, new_room, tokens};

const BODY: &str = r#"{"unique_name": "under way"}"#;

/// A request whose handler waits for the rest of the body.
async fn half_a_request(program: &TestProgram, key: &str) -> RawConnection {
    let mut raw = RawConnection::open(program.http()).await;
    let head = format!(
        "POST /v2/rooms HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        BODY.len()
    );
    raw.send(head).await;
    // The server says so when it begins to read the body.
    raw.reply().await.expect(100);
    raw.send(&BODY[..10]).await;
    raw
}

/// Waits until the program has heard a signal.
async fn is_stopping(program: &TestProgram) {
    let said = r#""message":"stopping""#;
    eventually(LIMIT, async || program.stderr().contains(said)).await;
}

async fn takes_nobody_new(program: &TestProgram) {
    let address = program.http();
    eventually(LIMIT, async || TcpStream::connect(address).await.is_err()).await;
}

/// A house in which only the end of what is under way can end a stop.
fn patient_house() -> House {
    House::new()
        .env("GREENROOM_SHUTDOWN_TIMEOUT_SECS", "600")
        .env("GREENROOM_REQUEST_TIMEOUT_SECS", "600")
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_takes_nothing_new() {
    for signal in [Signal::TERM, Signal::INT] {
        let house = patient_house();
        let mut program = house.dev().await;
        let key = program.api_key().await;
        let anyone = program.anyone();
        let client = anyone.with_key(&key);
        let room = new_room(&client).await;
        let (token, _) = tokens(&client, &room).await;
        let mut inside = Sdk::initialize(program.http(), &room, &token).await;
        let mut request = half_a_request(&program, &key).await;
        let mut idle = RawConnection::open(program.http()).await;
        idle.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
        idle.reply().await.expect(200);
        let silent = RawConnection::open(program.http()).await;

        program.signal(signal);
        is_stopping(&program).await;
        assert_eq!(inside.door.rest().await, (vec![], 1001));
        inside.door.hung_up().await;
        assert_eq!(
            idle.closed().await,
            b"",
            "a connection with nothing under way"
        );
        assert_eq!(
            silent.closed().await,
            b"",
            "a connection that has said nothing"
        );
        takes_nobody_new(&program).await;

        request.send(&BODY[10..]).await;
        let made = request.reply().await.data(201);
        assert_eq!(request.closed().await, b"");
        assert_eq!(program.wait().await, Some(0));

        let mut again = house.dev().await;
        let client = super::client(&mut again).await;
        let path = format!("/v2/rooms/{}", made["id"].as_str().unwrap());
        assert_eq!(client.get(&path).await.data(200), made);
    }
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let house = patient_house();
    let mut program = house.dev().await;
    let key = program.api_key().await;
    let stuck = half_a_request(&program, &key).await;
    program.signal(Signal::TERM);
    is_stopping(&program).await;
    takes_nobody_new(&program).await;
    program.signal(Signal::TERM);
    // Long before the request, the stop, or the header of anything would have timed out.
    program.wait().await;
    assert!(
        program.stderr().contains("second signal"),
        "{}",
        program.stderr()
    );
    drop(stuck);
}

#[tokio::test]
async fn a_stuck_client_does_not_hold_the_stop_beyond_its_limit() {
    let house = House::new()
        .env("GREENROOM_SHUTDOWN_TIMEOUT_SECS", "1")
        .env("GREENROOM_REQUEST_TIMEOUT_SECS", "600");
    let mut program = house.dev().await;
    let key = program.api_key().await;
    let client = program.anyone().with_key(&key);
    let room = new_room(&client).await;
    let (token, _) = tokens(&client, &room).await;
    // Neither of them will ever say another word, or answer a close frame.
    let stuck = half_a_request(&program, &key).await;
    let inside = Sdk::initialize(program.http(), &room, &token).await;
    assert_eq!(program.terminate().await, Some(0));
    assert!(
        program.stderr().contains("connections still open"),
        "{}",
        program.stderr()
    );
    drop((stuck, inside));

    let mut again = house.dev().await;
    let client = super::client(&mut again).await;
    client.get(&format!("/v2/rooms/{room}")).await.expect(200);
}

/// The sessions of a hundred people are closed properly, not dropped.
#[tokio::test]
async fn a_full_house_is_told_before_the_lights_go_out() {
    let house = patient_house();
    let mut program = house.dev().await;
    let client = client(&mut program).await;
    let room = new_room(&client).await;
    let mut inside = Vec::new();
    for _ in 0..100 {
        let (token, _) = tokens(&client, &room).await;
        inside.push(Sdk::initialize(program.http(), &room, &token).await);
    }
    program.signal(Signal::TERM);
    for sdk in &mut inside {
        assert_eq!(sdk.door.rest().await, (vec![], 1001));
        sdk.door.hung_up().await;
    }
    assert_eq!(program.wait().await, Some(0));
}

/// An acknowledged write is never undone by a stop, however the two meet.
#[tokio::test]
async fn writes_that_meet_a_stop_are_done_or_refused() {
    let house = patient_house();
    let mut program = house.dev().await;
    let key = program.api_key().await;
    let writers: Vec<_> = (0..4)
        .map(|_| tokio::spawn(write(program.anyone().with_key(&key))))
        .collect();
    let rooms = client(&mut program).await;
    eventually(LIMIT, async || {
        let list = rooms.get("/v2/rooms").await.expect(200).json();
        list["meta"]["total_results"].as_u64() > Some(20)
    })
    .await;
    assert_eq!(program.terminate().await, Some(0));
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    let mut again = house.dev().await;
    let client = client(&mut again).await;
    for id in acknowledged {
        client.get(&format!("/v2/rooms/{id}")).await.expect(200);
    }
}

/// Makes rooms until the server is gone; those that it acknowledged.
async fn write(client: Client) -> Vec<String> {
    let mut made = Vec::new();
    loop {
        let create = client.call("POST", "/v2/rooms").json(&json!({}));
        let Some(reply) = create.try_send().await else {
            return made;
        };
        made.push(reply.data(201)["id"].as_str().unwrap().to_owned());
    }
}
