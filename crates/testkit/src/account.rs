//! An account that can act: a client with one of its API keys.

use std::ops::Deref;

use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::{AccountId, ApiKeyId, Entropy, Timestamp};
use greenroom_store::Store;
use greenroom_token::api_key::{ApiKeySecret, sha256};
use serde_json::{Value, json};

use crate::client::Client;
use crate::entropy::SeededEntropy;

/// An account with an API key. Whatever a [`Client`] can do, it can do with that key.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// The id of the API key.
    pub key_id: ApiKeyId,
    /// The API key.
    pub key: String,
    client: Client,
}

/// What `generate_join_client_token` answers.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The client token.
    pub token: String,
    /// The refresh token of its family.
    pub refresh_token: String,
    /// The whole `data`.
    pub data: Value,
}

impl Deref for Account {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Account {
    /// Makes an account of that name in `store`; ids and key are the same in every run.
    pub(crate) async fn create(
        store: &dyn Store,
        name: &str,
        client: &Client,
        now: Timestamp,
    ) -> Self {
        let entropy = SeededEntropy::named(name);
        let id = AccountId::random(&entropy);
        let mut work = store.begin().await.unwrap();
        let account = greenroom_store::Account {
            id,
            created_at: now,
        };
        work.add_account(&account).await.unwrap();
        work.commit().await.unwrap();
        let key = ApiKeySecret::generate(&entropy).expose().to_owned();
        Self::add_key(store, id, &key, None, client, now, &entropy).await
    }

    /// Adds `key` to the account `id`, and acts with it.
    pub(crate) async fn add_key(
        store: &dyn Store,
        id: AccountId,
        key: &str,
        expires_at: Option<Timestamp>,
        client: &Client,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Self {
        let record = ApiKey {
            id: ApiKeyId::random(entropy),
            account_id: id,
            label: String::new(),
            prefix: ApiKeyPrefix::of_key(key).unwrap(),
            sha256: sha256(key),
            created_at: now,
            expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        let mut work = store.begin().await.unwrap();
        work.add_api_key(&record).await.unwrap();
        work.commit().await.unwrap();
        Self {
            id,
            key_id: record.id,
            key: key.to_owned(),
            client: client.with_key(key),
        }
    }

    /// The client with the account's key.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Makes a room; the `data` of the answer.
    pub async fn create_room(&self, settings: Value) -> Value {
        self.post("/v2/rooms", settings).await.data(201)
    }

    /// Makes a room of no particular kind; its id.
    pub async fn new_room(&self) -> String {
        let room = self.create_room(json!({})).await;
        room["id"].as_str().unwrap().to_owned()
    }

    /// Deletes a room.
    pub async fn delete_room(&self, room_id: &str) {
        self.delete(&format!("/v2/rooms/{room_id}"))
            .await
            .expect(204);
    }

    /// Gets tokens of the usual lives for a room.
    pub async fn tokens(&self, room_id: &str) -> Tokens {
        self.tokens_living(room_id, json!({})).await
    }

    /// Gets tokens for a room, with what `body` says of their lives.
    pub async fn tokens_living(&self, room_id: &str, body: Value) -> Tokens {
        let path = format!("/v2/rooms/{room_id}/actions/generate_join_client_token");
        let data = self.post(&path, body).await.data(201);
        let text = |name: &str| data[name].as_str().unwrap().to_owned();
        Tokens {
            token: text("token"),
            refresh_token: text("refresh_token"),
            data,
        }
    }
}
