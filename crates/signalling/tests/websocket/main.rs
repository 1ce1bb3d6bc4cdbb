//! The WebSocket layer over a loopback socket: closing handshakes, bounds, and peers that misbehave.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod calls;
mod client;
mod server;

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use futures_util::{SinkExt, StreamExt};
use greenroom_domain::limits::FRAME_MAX_BYTES;
use greenroom_signalling::Config;
use greenroom_signalling::connection::SessionEnd;
use greenroom_signalling::websocket::{Closed, offers_subprotocol};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use client::Client;
use server::Server;

const KEEPALIVE: &str = r#","session_id":1"#;
const ACK: &str = r#"{"janus":"ack","session_id":1,"transaction":"t"}"#;

/// Sessions that outlast every peer.
const PATIENT: Config = Config {
    token_expiry: greenroom_signalling::TokenExpiry::Keep,
    session_timeout_secs: 86_400,
};

#[tokio::test]
async fn a_session_over_a_socket() {
    let mut server = Server::start();
    let mut client = Client::inside(&server).await;
    assert_eq!(client.subprotocol, "janus-protocol");
    client.say("keepalive", KEEPALIVE).await;
    assert_eq!(client.hear().await, ACK);
    assert_eq!(server.inside(), 1);
    client.say("destroy", KEEPALIVE).await;
    client.close(1000).await;
    assert!(client.hear().await.contains("success"));
    assert_eq!(client.close_code().await, 1000);
    assert_eq!(server.closed().await, Closed::ByPeer(1000));
    assert_eq!(server.ends(), [SessionEnd::Destroyed]);
}

#[tokio::test]
async fn requests_in_one_go_are_answered_in_order() {
    let server = Server::start();
    let mut client = Client::inside(&server).await;
    for at in 0..1_000 {
        let request = format!(r#"{{"janus":"ping","transaction":"{at}"}}"#);
        client.socket.feed(Message::text(request)).await.unwrap();
        if at % 50 == 49 {
            client.socket.flush().await.unwrap();
            for at in at - 49..=at {
                let reply = format!(r#"{{"janus":"pong","transaction":"{at}"}}"#);
                assert_eq!(client.hear().await, reply);
            }
        }
    }
}

#[tokio::test]
async fn the_close_code_of_the_peer_is_echoed() {
    let mut server = Server::start();
    for (sent, echoed) in [(1000, 1000), (3999, 3999), (1005, 1005), (4999, 4999)] {
        let mut client = Client::connect(&server).await;
        client.close(sent).await;
        assert_eq!(client.close_code().await, echoed);
        client.hung_up().await;
        assert_eq!(server.closed().await, Closed::ByPeer(sent));
    }
}

#[tokio::test]
async fn a_close_code_that_may_not_be_sent_is_answered_with_1002() {
    let mut server = Server::start();
    for code in [0_u16, 1005, 1006, 2000, 65_535] {
        let mut client = Client::connect(&server).await;
        let [high, low] = code.to_be_bytes();
        client.write_raw(&[0x88, 0x82, 0, 0, 0, 0, high, low]).await;
        assert_eq!(client.close_code().await, 1002, "{code}");
        client.hung_up().await;
        assert_eq!(server.closed().await, Closed::ByPeer(1002));
    }
}

#[tokio::test]
async fn a_refused_token_gets_a_status_frame_and_close_4000() {
    let mut server = Server::start();
    let mut client = Client::connect(&server).await;
    client
        .send(Message::text(r#"{"janus":"create","transaction":"t"}"#))
        .await;
    assert_eq!(
        client.hear().await,
        r#"{"status_code":401,"error_message":"Unauthorized"}"#
    );
    // The browser SDK closes without a code on a status frame; what counts is the server's code.
    client.socket.close(None).await.unwrap();
    assert_eq!(client.close_code().await, 4000);
    assert_eq!(server.closed().await, Closed::ByServer(4000));
}

#[tokio::test]
async fn frames_that_are_too_large_close_with_1009() {
    let mut server = Server::start();
    for size in [FRAME_MAX_BYTES + 1, 10_000_000] {
        let client = Client::inside(&server).await;
        let (mut sink, mut stream) = client.socket.split();
        let sending = tokio::spawn(async move {
            sink.send(Message::text("x".repeat(size))).await.ok();
            sink
        });
        let code = loop {
            match stream.next().await {
                Some(Ok(Message::Close(Some(frame)))) => break u16::from(frame.code),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(code, 1009, "{size} bytes");
        server.pass(1);
        assert_eq!(server.closed().await, Closed::ByServer(1009));
        drop((sending.await, stream));
    }
    assert_eq!(server.ends(), [SessionEnd::Violation; 2]);
    assert_eq!(server.inside(), 0);
}

#[tokio::test]
async fn a_frame_of_the_largest_size_is_taken() {
    let server = Server::start();
    let mut client = Client::connect(&server).await;
    let bare = r#"{"janus":"ping","transaction":"t"}"#;
    let padded = format!("{bare}{}", " ".repeat(FRAME_MAX_BYTES - bare.len()));
    client.send(Message::text(padded)).await;
    assert!(client.hear().await.contains("pong"));
}

#[tokio::test]
async fn a_message_in_many_fragments_is_bounded_too() {
    let mut server = Server::start();
    let mut client = Client::connect(&server).await;
    let mut opcode = 0x01;
    for _ in 0..=FRAME_MAX_BYTES / 0x64 {
        let mut fragment = vec![opcode, 0x80 | 0x64, 0, 0, 0, 0];
        fragment.extend([b' '; 0x64]);
        client.write_raw(&fragment).await;
        opcode = 0x00;
    }
    assert_eq!(client.close_code().await, 1009);
    server.pass(1);
    assert_eq!(server.closed().await, Closed::ByServer(1009));
}

#[tokio::test]
async fn what_is_no_text_frame_closes_with_its_code() {
    let mut server = Server::start();
    let mut closed = Vec::new();
    for (bytes, code) in [
        // A binary frame, empty.
        (&[0x82, 0x80, 0, 0, 0, 0][..], 1003),
        // A text frame with a lone 0xff.
        (&[0x81, 0x81, 0, 0, 0, 0, 0xff][..], 1007),
        // A reserved opcode.
        (&[0x83, 0x80, 0, 0, 0, 0][..], 1002),
        // An unmasked frame.
        (&[0x81, 0x01, b'x'][..], 1002),
        // A ping of more than 125 bytes.
        (&[&[0x89, 0xfe, 0, 126][..], &[0; 130]].concat(), 1002),
        // A reserved bit.
        (&[0xc1, 0x80, 0, 0, 0, 0][..], 1002),
        // A fragment of nothing.
        (&[0x80, 0x80, 0, 0, 0, 0][..], 1002),
    ] {
        let mut client = Client::connect(&server).await;
        client.write_raw(bytes).await;
        assert_eq!(client.close_code().await, code, "{bytes:?}");
        closed.push((client, Closed::ByServer(code)));
    }
    server.pass(3);
    for (client, closed) in closed {
        drop(client);
        assert_eq!(server.closed().await, closed);
    }
}

#[tokio::test]
async fn a_deleted_room_closes_its_sessions_at_once() {
    let mut server = Server::start();
    let mut client = Client::inside(&server).await;
    server.delete_room();
    assert_eq!(client.close_code().await, 4000);
    assert_eq!(server.inside(), 0);
    client.hung_up().await;
    assert_eq!(server.closed().await, Closed::ByServer(4000));
    assert_eq!(server.ends(), [SessionEnd::RoomGone]);
}

#[tokio::test]
async fn a_stopping_server_closes_with_1001() {
    let mut server = Server::start();
    let mut client = Client::inside(&server).await;
    server.stop();
    assert_eq!(client.close_code().await, 1001);
    client.hung_up().await;
    assert_eq!(server.closed().await, Closed::ByServer(1001));
}

#[tokio::test]
async fn an_expired_token_closes_without_a_frame_of_the_client() {
    let mut server = Server::start();
    let mut client = Client::inside(&server).await;
    for _ in 0..11 {
        server.pass(50);
        client.say("keepalive", KEEPALIVE).await;
        assert_eq!(client.hear().await, ACK);
    }
    server.pass(50);
    assert!(client.hear().await.contains("401"));
    assert_eq!(client.close_code().await, 4000);
    client.hung_up().await;
    assert_eq!(server.closed().await, Closed::ByServer(4000));
    assert_eq!(server.ends(), [SessionEnd::TokenExpired]);
}

#[tokio::test]
async fn what_is_due_is_not_put_off_by_a_flood() {
    let mut server = Server::start();
    let client = Client::inside(&server).await;
    let (mut sink, mut stream) = client.socket.split();
    let flood = tokio::spawn(async move { while sink.send(Message::text("[]")).await.is_ok() {} });
    let reading = tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Close(Some(frame)) = message {
                return u16::from(frame.code);
            }
        }
        1006
    });
    server.pass(600);
    assert_eq!(reading.await.unwrap(), 4000);
    // The flood fills the socket in front of the client's close frame.
    server.closed().await;
    flood.abort();
    assert_eq!(server.ends(), [SessionEnd::TokenExpired]);
}

#[tokio::test]
async fn a_silent_peer_is_pinged_and_stays_if_it_answers() {
    let mut server = Server::with(PATIENT);
    let mut client = Client::inside(&server).await;
    for _ in 0..4 {
        server.pass(5);
        client.hear_ping().await;
        // Reading on sends the pong; the reply shows that the server has seen it.
        client.socket.flush().await.unwrap();
        client
            .send(Message::text(r#"{"janus":"ping","transaction":"t"}"#))
            .await;
        assert!(client.hear().await.contains("pong"));
    }
    assert_eq!(server.has_closed(), None);
    assert_eq!(server.inside(), 1);
}

#[tokio::test]
async fn a_peer_that_does_not_answer_pings_goes_with_its_session() {
    let mut server = Server::start();
    let mut client = Client::inside(&server).await;
    server.pass(59);
    client.hear_ping().await;
    // It does not read on, so it does not answer.
    assert_eq!(server.has_closed(), None);
    assert_eq!(server.inside(), 1);
    server.pass(1);
    // Which the server looks at before it looks for what comes from the peer.
    drop(client);
    assert_eq!(server.closed().await, Closed::ByServer(4000));
    assert_eq!(server.ends(), [SessionEnd::TimedOut]);
}

#[tokio::test]
async fn a_silent_session_is_told_so_and_closed() {
    let mut server = Server::start();
    let mut client = Client::inside(&server).await;
    server.pass(60);
    assert_eq!(client.hear().await, r#"{"janus":"timeout","session_id":1}"#);
    assert_eq!(client.close_code().await, 4000);
    client.hung_up().await;
    assert_eq!(server.closed().await, Closed::ByServer(4000));
}

#[tokio::test]
async fn a_peer_that_goes_without_a_word_is_noticed() {
    let mut server = Server::start();
    let client = Client::inside(&server).await;
    drop(client);
    assert_eq!(server.closed().await, Closed::Lost);
    assert_eq!(server.ends(), [SessionEnd::Disconnected]);
    assert_eq!(server.inside(), 0);
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_not_read_and_then_dropped() {
    let mut server = Server::with(PATIENT);
    let mut client = Client::inside(&server).await;
    let frame = format!(r#"{{"janus":"ping","transaction":"{}"}}"#, "t".repeat(128));
    let flood = tokio::spawn(async move {
        let mut sent: u64 = 0;
        while client
            .socket
            .send(Message::text(frame.clone()))
            .await
            .is_ok()
        {
            sent += 1;
        }
        sent
    });
    // Each step waits for the server to be stuck (which cannot be seen from here) for a while.
    for _ in 0..5 {
        let stuck = timeout(Duration::from_millis(300), server.closed()).await;
        if let Ok(closed) = stuck {
            assert_eq!(closed, Closed::Lost);
            break;
        }
        server.pass(11);
    }
    assert_eq!(server.inside(), 0);
    let sent = flood.await.unwrap();
    // Twice the frame, and what the two kernels hold for a connection at most.
    assert!(sent < 100_000, "{sent} frames were taken");
}

#[tokio::test]
async fn a_peer_that_does_not_finish_the_closing_handshake_is_dropped() {
    let mut server = Server::start();
    let mut client = Client::inside(&server).await;
    server.delete_room();
    // Any frame makes the server look at its clock again.
    server.pass(3);
    while server.inside() > 0 {
        tokio::task::yield_now().await;
    }
    client.write_raw(&[0x8a, 0x80, 0, 0, 0, 0]).await;
    server.pass(3);
    client.write_raw(&[0x8a, 0x80, 0, 0, 0, 0]).await;
    assert_eq!(server.closed().await, Closed::ByServer(4000));
}

#[tokio::test]
async fn a_peer_that_pings_gets_pongs() {
    let server = Server::start();
    let mut client = Client::connect(&server).await;
    client.send(Message::Ping(Bytes::from_static(b"hi"))).await;
    let pong = client.socket.next().await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong(Bytes::from_static(b"hi")));
}

#[test]
fn the_subprotocol_has_to_be_offered() {
    let offered = |values: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("sec-websocket-protocol", HeaderValue::from_static(value));
        }
        offers_subprotocol(&headers)
    };
    assert!(offered(&["janus-protocol"]));
    assert!(offered(&["chat, janus-protocol"]));
    assert!(offered(&["chat", " janus-protocol "]));
    assert!(!offered(&[]));
    assert!(!offered(&["janus-protocol2"]));
    assert!(!offered(&["Janus-Protocol"]));
    assert!(!offered(&["janus-admin-protocol,"]));
}
