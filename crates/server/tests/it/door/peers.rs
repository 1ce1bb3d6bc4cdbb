//! Peers that do not do their part: that never read, never answer, or go without a word.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use greenroom_testkit::{LIMIT, TestServer, eventually};

use super::sdk::{Sdk, gauges, nudge, stays, with_room};

/// It is not listened to any more either, and 10 s later it is gone: long before its session or its
/// token would have ended.
#[tokio::test]
async fn a_peer_that_never_reads_is_dropped() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut reader = Sdk::initialize(server.address(), &room, &token).await;
    let mut never_reads = Sdk::initialize(server.address(), &room, &token).await;
    let sent = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sent);
    let flood = tokio::spawn(async move {
        let ping = format!(r#"{{"janus":"ping","transaction":"{}"}}"#, "t".repeat(128));
        while never_reads.door.try_send_text(&ping).await {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let (mut sent_before, mut secs_stuck) = (0, 0);
    while gauges(&server).await != (1, 1) {
        let sent_now = sent.load(Ordering::Relaxed);
        if sent_now == sent_before {
            assert!(
                secs_stuck < 30,
                "stuck for {secs_stuck} s after {sent_now} frames"
            );
            server.clock().advance(1);
            secs_stuck += 1;
        } else {
            // The kernels still take what is sent.
            (sent_before, secs_stuck) = (sent_now, 0);
        }
        reader.keepalive().await;
        nudge(&server, &acme, &room).await;
    }
    flood.abort();
    stays(&mut reader).await;
}

/// The other end is there, as far as TCP can tell, but nobody is behind it.
#[tokio::test]
async fn a_peer_that_does_not_answer_is_dropped() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut alive = Sdk::initialize(server.address(), &room, &token).await;
    // Nobody reads this socket, so nobody answers the server's pings.
    let half_open = Sdk::initialize(server.address(), &room, &token).await;
    for _ in 0..6 {
        server.clock().advance(9);
        alive.keepalive().await;
        nudge(&server, &acme, &room).await;
    }
    assert_eq!(gauges(&server).await, (2, 2));
    server.clock().advance(6);
    nudge(&server, &acme, &room).await;
    // Its place in the room is free at once, the socket once it had 3 s to answer the close frame.
    assert_eq!(gauges(&server).await.1, 1);
    server.clock().advance(3);
    eventually(LIMIT, async || gauges(&server).await == (1, 1)).await;
    stays(&mut alive).await;
    drop(half_open);
}

/// Answering pings is a sign of life of the connection, and none of a session.
#[tokio::test]
async fn a_peer_that_only_answers_pings_loses_its_session() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    server.clock().advance(59);
    // A pong, unasked.
    sdk.door.write_raw(&[0x8a, 0x80, 0, 0, 0, 0]).await;
    nudge(&server, &acme, &room).await;
    assert_eq!(gauges(&server).await, (1, 1));
    server.clock().advance(1);
    let timed_out = serde_json::json!({"janus": "timeout", "session_id": sdk.session});
    nudge(&server, &acme, &room).await;
    assert_eq!(sdk.door.rest().await, (vec![timed_out], 4000));
}

#[tokio::test]
async fn a_peer_that_goes_without_a_word_leaves_nothing_behind() {
    let server = TestServer::start().await;
    let (_acme, room, token) = with_room(&server).await;
    let sdk = Sdk::initialize(server.address(), &room, &token).await;
    let half_a_frame = {
        let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
        sdk.door.write_raw(&[0x81, 0xfe, 0x10]).await;
        sdk
    };
    drop((sdk, half_a_frame));
    eventually(LIMIT, async || gauges(&server).await == (0, 0)).await;
}

/// A peer that sends the head of a frame and no more is no burden beyond its socket.
#[tokio::test]
async fn an_unfinished_frame_does_not_hold_the_session() {
    let server = TestServer::start().await;
    let (acme, room, token) = with_room(&server).await;
    let mut sdk = Sdk::initialize(server.address(), &room, &token).await;
    sdk.door
        .write_raw(&[0x81, 0xfe, 0x10, 0x00, 0, 0, 0, 0, b'{'])
        .await;
    server.clock().advance(60);
    nudge(&server, &acme, &room).await;
    let timed_out = serde_json::json!({"janus": "timeout", "session_id": sdk.session});
    assert_eq!(sdk.door.rest().await, (vec![timed_out], 4000));
}
