//! Tokens over the wire: what is issued, what a refresh gives and refuses, and the keys behind it.

mod api_keys;
mod browsers;
mod explaining;
mod issuing;
mod lives;
mod races;
mod refreshing;
mod refusals;
mod signing_keys;

use greenroom_testkit::{Account, TestServer, Tokens};

/// A server, an account, and tokens for a room of it.
struct Meeting {
    server: TestServer,
    acme: Account,
    room_id: String,
    tokens: Tokens,
}

impl Meeting {
    async fn set() -> Self {
        Self::on(TestServer::start().await).await
    }

    async fn on(server: TestServer) -> Self {
        let acme = server.account("acme").await;
        let room_id = acme.new_room().await;
        let tokens = acme.tokens(&room_id).await;
        Self {
            server,
            acme,
            room_id,
            tokens,
        }
    }

    /// The path of an action of the room.
    fn action(&self, name: &str) -> String {
        format!("/v2/rooms/{}/actions/{name}", self.room_id)
    }
}
