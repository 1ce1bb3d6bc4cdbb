//! The line between a connection and the call of its room.

use greenroom_domain::participant::LeftReason;
use greenroom_rooms::call::audio::Event;
use greenroom_rooms::call::{
    Ask, HandleKey, LegId, LineNews, LineSays, News, Refusal, Removal, Told, Transaction,
};
use greenroom_signalling::connection::SessionEnd;
use greenroom_signalling::websocket::Closed;
use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{self, Call, Server};

const KEY: HandleKey = HandleKey {
    session: 1,
    handle: 1,
};

/// A client with handle 1 on the mixed audio.
async fn attached(server: &Server) -> Client {
    let mut client = Client::inside(server).await;
    let attach = r#","session_id":1,"plugin":"janus.plugin.audiobridge""#;
    client.say("attach", attach).await;
    assert!(client.hear().await.contains(r#""data":{"id":1}"#));
    client
}

async fn asks(client: &mut Client, body: &str) {
    let members = format!(r#","session_id":1,"handle_id":1,"body":{body}"#);
    client.say("message", &members).await;
}

async fn hears(client: &mut Client) -> Value {
    serde_json::from_str(&client.hear().await).unwrap()
}

/// The next ask on the line.
async fn asked(call: &mut Call) -> (Transaction, Ask) {
    loop {
        let says = call.said.recv().await.unwrap();
        if let LineSays::Family(1, family) = says {
            assert_eq!(family, server::family());
            continue;
        }
        let asked = match says {
            LineSays::Ask(KEY, transaction, ask) => Some((transaction, ask)),
            LineSays::Ask(..) | LineSays::SessionEnded(..) | LineSays::Family(..) => None,
        };
        return asked.unwrap();
    }
}

/// A client that has asked to join, and the call that it asked.
async fn joining(server: &mut Server) -> (Client, Call) {
    let mut client = attached(server).await;
    asks(&mut client, r#"{"request":"join"}"#).await;
    assert_eq!(hears(&mut client).await["janus"], "ack");
    (client, server.line().await)
}

fn leaving(id: u64) -> LineNews {
    LineNews::Told(Told {
        handle: KEY,
        reply_to: None,
        news: News::Audio(Event::Leaving(LegId(id))),
    })
}

#[tokio::test]
async fn a_line_is_opened_with_the_first_ask_and_dropped_with_the_connection() {
    let mut server = Server::start();
    let mut client = attached(&server).await;
    assert!(server.has_no_line(), "nothing was asked yet");
    asks(&mut client, r#"{"request":"join"}"#).await;
    assert_eq!(hears(&mut client).await["janus"], "ack");

    let mut call = server.line().await;
    let (transaction, _) = asked(&mut call).await;
    let joined = Event::Joined {
        id: LegId(7),
        participants: Vec::new(),
        answer: None,
    };
    let told = Told {
        handle: KEY,
        reply_to: Some(transaction),
        news: News::Audio(joined),
    };
    call.news.send(LineNews::Told(told)).await.unwrap();
    let reply = hears(&mut client).await;
    assert_eq!(reply["transaction"], "t");
    assert_eq!(reply["plugindata"]["data"]["id"], 7);

    client.say("destroy", r#","session_id":1"#).await;
    assert!(client.hear().await.contains("success"));
    assert_eq!(
        call.said.recv().await,
        Some(LineSays::SessionEnded(1, LeftReason::Left))
    );
    client.close(1000).await;
    assert_eq!(call.said.recv().await, None);
    assert_eq!(call.why_dropped.get(), Some(&LeftReason::Left));
    assert_eq!(server.closed().await, Closed::ByPeer(1000));
}

#[tokio::test]
async fn a_line_is_dropped_at_once_when_the_session_is_ended() {
    let mut server = Server::start();
    let mut client = attached(&server).await;
    asks(&mut client, r#"{"request":"join"}"#).await;
    let mut call = server.line().await;
    asked(&mut call).await;
    server.delete_room();
    // The peer does not even answer the closing handshake.
    assert_eq!(call.said.recv().await, None);
    assert_eq!(call.why_dropped.get(), Some(&LeftReason::RoomDeleted));
    drop(client);
}

#[tokio::test]
async fn a_call_that_takes_no_asks_holds_the_peer_back_and_is_still_heard() {
    const ASKS: usize = 50;
    let mut server = Server::start();
    let mut client = attached(&server).await;
    for _ in 0..ASKS {
        asks(&mut client, r#"{"request":"leave"}"#).await;
    }
    let mut call = server.line().await;
    // The family and one ask have a place, and one waits in the connection: no further frame is read.
    for _ in 0..2 {
        assert_eq!(hears(&mut client).await["janus"], "ack");
    }
    for id in 1..=100 {
        call.news.send(leaving(id)).await.unwrap();
        let news = hears(&mut client).await;
        assert_eq!(news["plugindata"]["data"]["leaving"], id);
    }
    for _ in 0..ASKS {
        let (transaction, _) = asked(&mut call).await;
        assert!(transaction.ends_with('t'));
    }
    for _ in 2..ASKS {
        assert_eq!(hears(&mut client).await["janus"], "ack");
    }
}

#[tokio::test]
async fn news_for_a_peer_that_does_not_read_wait_in_their_lane() {
    const NEWS: u64 = 4_000;
    let mut server = Server::start();
    let mut client = attached(&server).await;
    asks(&mut client, r#"{"request":"leave"}"#).await;
    let mut call = server.line().await;
    asked(&mut call).await;
    for id in 1..=NEWS {
        call.news.send(leaving(id)).await.unwrap();
    }
    // Nothing of it is lost, and the connection has not given up.
    assert_eq!(hears(&mut client).await["janus"], "ack");
    for id in 1..=NEWS {
        let news = hears(&mut client).await;
        assert_eq!(news["plugindata"]["data"]["leaving"], id);
    }
    assert_eq!(server.has_closed(), None);
}

#[tokio::test]
async fn a_call_that_is_over_closes_the_connection() {
    let mut server = Server::start();
    let mut client = attached(&server).await;
    asks(&mut client, r#"{"request":"leave"}"#).await;
    assert_eq!(hears(&mut client).await["janus"], "ack");
    drop(server.line().await);
    assert_eq!(hears(&mut client).await["status_code"], 503);
    assert_eq!(client.close_code().await, 1013);
    assert_eq!(server.ends(), [SessionEnd::CallOver]);
    client.hung_up().await;
    assert_eq!(server.closed().await, Closed::ByServer(1013));
}

#[tokio::test]
async fn a_full_room_is_told_so_that_the_browser_sdk_understands_it() {
    let mut server = Server::start();
    let mut client = attached(&server).await;
    asks(&mut client, r#"{"request":"join"}"#).await;
    assert_eq!(hears(&mut client).await["janus"], "ack");
    let mut call = server.line().await;
    let (transaction, _) = asked(&mut call).await;
    let told = Told {
        handle: KEY,
        reply_to: Some(transaction),
        news: News::Refused(Refusal::RoomFull),
    };
    call.news.send(LineNews::Told(told)).await.unwrap();
    let reply = hears(&mut client).await;
    assert_eq!(reply["plugindata"]["data"]["error_code"], 489);
    let status = json!({"status_code": 403, "error_message": "Forbidden"});
    assert_eq!(hears(&mut client).await, status);
    assert_eq!(client.close_code().await, 4000);
    assert_eq!(server.ends(), [SessionEnd::NotTaken]);
}

#[tokio::test]
async fn a_vanished_session_is_closed() {
    let mut server = Server::start();
    let (mut client, call) = joining(&mut server).await;
    call.news.send(LineNews::Vanished(1)).await.unwrap();
    assert_eq!(client.hear().await, r#"{"janus":"timeout","session_id":1}"#);
    assert_eq!(client.close_code().await, 4000);
    assert_eq!(server.ends(), [SessionEnd::TimedOut]);
}

fn kicked(id: u64) -> LineNews {
    LineNews::Told(Told {
        handle: KEY,
        reply_to: None,
        news: News::Audio(Event::Kicked(LegId(id))),
    })
}

#[tokio::test]
async fn whoever_is_sent_out_is_told_everything_and_then_closed() {
    for (why, end) in [
        (Removal::Kicked, SessionEnd::Kicked),
        (Removal::SessionEnded, SessionEnd::Ended),
        (Removal::RoomDeleted, SessionEnd::RoomGone),
    ] {
        let mut server = Server::start();
        let (mut client, call) = joining(&mut server).await;
        call.news.send(kicked(7)).await.unwrap();
        call.news.send(LineNews::Removed(1, why)).await.unwrap();
        assert_eq!(hears(&mut client).await["plugindata"]["data"]["kicked"], 7);
        assert_eq!(client.close_code().await, 4000);
        assert_eq!(server.ends(), [end]);
    }
}

#[tokio::test]
async fn a_kick_is_seen_before_the_revocation_that_comes_with_it() {
    // More than is kept for a peer otherwise.
    const NEWS: u64 = 1_000;
    let mut server = Server::start();
    let (mut client, call) = joining(&mut server).await;
    for id in 1..=NEWS {
        call.news.send(kicked(id)).await.unwrap();
    }
    let removed = LineNews::Removed(1, Removal::Kicked);
    call.news.send(removed).await.unwrap();
    server.revoke();
    for id in 1..=NEWS {
        assert_eq!(hears(&mut client).await["plugindata"]["data"]["kicked"], id);
    }
    // Nothing of a refused token in between.
    assert_eq!(client.close_code().await, 4000);
    assert_eq!(server.ends(), [SessionEnd::Kicked]);
}

#[tokio::test]
async fn a_revocation_lets_out_what_was_told_before() {
    let mut server = Server::start();
    let (mut client, call) = joining(&mut server).await;
    call.news.send(kicked(7)).await.unwrap();
    server.revoke();
    assert_eq!(hears(&mut client).await["plugindata"]["data"]["kicked"], 7);
    assert_eq!(hears(&mut client).await["status_code"], 403);
    assert_eq!(client.close_code().await, 4000);
    assert_eq!(call.why_dropped.get(), Some(&LeftReason::Unauthorized));
}
