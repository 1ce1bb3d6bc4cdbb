//! Refresh tokens that rotate, over REST. What the door has to do with it: `crates/rooms/tests/rotations.rs`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::{AccountId, ApiKeyId, Clock, Entropy, FamilyId, Timestamp};
use greenroom_server::app::{App, Edges, open_store};
use greenroom_server::config::Settings;
use greenroom_server::data_dir;
use greenroom_server::edges::SystemEntropy;
use greenroom_store::{Account, Store};
use greenroom_token::api_key::{ApiKeySecret, sha256};
use greenroom_token::{TokenType, VerifiedToken, VerifyPolicy, verify};
use serde_json::{Value, json};
use tower::ServiceExt;

const START_SECS: i64 = 1_619_093_695;

struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_secs(self.0.load(Ordering::SeqCst))
    }
}

struct Server {
    router: Router,
    clock: Arc<Hands>,
    store: Arc<dyn Store>,
    ring: greenroom_token::KeyRing,
    api_key: String,
    data: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Best effort: the directory is one for temporary files.
        drop(std::fs::remove_dir_all(&self.data));
    }
}

impl Server {
    async fn new(name: &str) -> Self {
        let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("strict-{name}"));
        drop(std::fs::remove_dir_all(&data));
        let settings = Settings {
            data: data.clone(),
            // Free ports: tests run beside each other.
            listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
            ..Settings::default()
        };
        let clock = Arc::new(Hands(AtomicI64::new(START_SECS)));
        let edges = Edges {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
        };
        let _lock = data_dir::lock(&data).unwrap();
        let app = App::open(settings, edges).await.unwrap();
        let store = open_store(&data).await.unwrap();
        Self {
            router: app.routers(false).0,
            ring: greenroom_server::key_dir::KeyDir::new(&data)
                .load()
                .unwrap(),
            api_key: api_key(&*store, clock.now()).await,
            clock,
            store,
            data,
        }
    }

    async fn post(&self, path: &str, key: Option<&str>, body: Value) -> (u16, Value) {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 64 * 1024).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn room(&self) -> String {
        let (status, room) = self.post("/v2/rooms", Some(&self.api_key), json!({})).await;
        assert_eq!(status, 201, "{room}");
        text(&room["data"]["id"])
    }

    async fn generate(&self, room: &str, body: Value) -> (u16, Value) {
        let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
        self.post(&path, Some(&self.api_key), body).await
    }

    /// A pair whose refresh token rotates.
    async fn pair(&self, room: &str) -> Value {
        let (status, pair) = self
            .generate(room, json!({"rotate_refresh_token": true}))
            .await;
        assert_eq!(status, 201, "{pair}");
        pair["data"].clone()
    }

    async fn try_refresh(&self, room: &str, refresh_token: &Value) -> (u16, Value) {
        let path = format!("/v2/rooms/{room}/actions/refresh_client_token");
        let body = json!({"refresh_token": refresh_token, "token_ttl_secs": 60});
        self.post(&path, None, body).await
    }

    async fn refresh(&self, room: &str, from: &Value) -> Value {
        let (status, body) = self.try_refresh(room, &from["refresh_token"]).await;
        assert_eq!(status, 201, "{body}");
        body["data"].clone()
    }

    fn read(&self, token: &Value, kind: TokenType) -> VerifiedToken {
        let (policy, now) = (VerifyPolicy::default(), self.clock.now());
        verify(&self.ring, token.as_str().unwrap(), kind, &policy, now).unwrap()
    }

    async fn is_on_record(&self, family: FamilyId) -> bool {
        let mut work = self.store.begin().await.unwrap();
        work.rotation_of(family).await.unwrap().is_some()
    }
}

async fn api_key(store: &dyn Store, now: Timestamp) -> String {
    let entropy: &dyn Entropy = &SystemEntropy;
    let key = ApiKeySecret::generate(entropy).expose().to_owned();
    let account = Account {
        id: AccountId::random(entropy),
        created_at: now,
    };
    let record = ApiKey {
        id: ApiKeyId::random(entropy),
        account_id: account.id,
        label: String::new(),
        prefix: ApiKeyPrefix::of_key(&key).unwrap(),
        sha256: sha256(&key),
        created_at: now,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    };
    let mut work = store.begin().await.unwrap();
    work.add_account(&account).await.unwrap();
    work.add_api_key(&record).await.unwrap();
    work.commit().await.unwrap();
    key
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn compatible_clients_see_no_change() {
    let server = Server::new("compatible").await;
    let room = server.room().await;
    for body in [
        json!({}),
        json!({"rotate_refresh_token": false}),
        json!({"rotate_refresh_token": null}),
    ] {
        let (status, pair) = server.generate(&room, body).await;
        assert_eq!(status, 201, "{pair}");
        let refresh = server.read(&pair["data"]["refresh_token"], TokenType::Refresh);
        assert!(!refresh.rotates());
        for _ in 0..20 {
            let answer = server.refresh(&room, &pair["data"]).await;
            assert_eq!(names(&answer), ["token", "token_expires_at"]);
        }
        assert!(!server.is_on_record(refresh.family()).await);
    }
}

#[tokio::test]
async fn a_refresh_hands_out_a_successor_of_the_same_end() {
    let server = Server::new("successor").await;
    let room = server.room().await;
    let pair = server.pair(&room).await;
    let first = server.read(&pair["refresh_token"], TokenType::Refresh);
    assert!(
        !server.is_on_record(first.family()).await,
        "issuing writes nothing"
    );
    let mut latest = pair.clone();
    for _ in 0..5 {
        server.clock.0.fetch_add(30, Ordering::SeqCst);
        latest = server.refresh(&room, &latest).await;
        assert_eq!(
            names(&latest),
            [
                "refresh_token",
                "refresh_token_expires_at",
                "token",
                "token_expires_at"
            ]
        );
        assert_eq!(
            latest["refresh_token_expires_at"],
            pair["refresh_token_expires_at"]
        );
        let client = server.read(&latest["token"], TokenType::Access);
        let refresh = server.read(&latest["refresh_token"], TokenType::Refresh);
        assert_ne!(refresh.token_id(), first.token_id());
        assert_eq!(refresh.expires_at(), first.expires_at());
        assert_eq!(
            client.expires_at(),
            server.clock.now().saturating_add_secs(60)
        );
        for token in [client, refresh] {
            assert!(token.rotates());
            assert_eq!(
                (token.family(), token.grant()),
                (first.family(), first.grant())
            );
        }
    }
    assert!(server.is_on_record(first.family()).await);
}

#[tokio::test]
async fn reuse_is_the_uniform_refusal_and_ends_the_family() {
    let server = Server::new("reuse").await;
    let room = server.room().await;
    let (status, forged) = server.try_refresh(&room, &json!("no token")).await;
    assert_eq!((status, &forged["code"]), (403, &json!("10010")));
    let first = server.pair(&room).await;
    let second = server.refresh(&room, &first).await;
    let again = server.refresh(&room, &first).await;
    assert_eq!(
        server.try_refresh(&room, &second["refresh_token"]).await,
        (403, forged.clone())
    );
    for pair in [&first, &second, &again] {
        let refused = server.try_refresh(&room, &pair["refresh_token"]).await;
        assert_eq!(refused, (403, forged.clone()));
    }
    let family = server
        .read(&first["refresh_token"], TokenType::Refresh)
        .family();
    let revoked = server
        .store
        .revoked_families(server.clock.now())
        .await
        .unwrap();
    assert!(revoked.iter().any(|(revoked, _)| *revoked == family));
}

#[tokio::test]
async fn the_wish_is_read_like_any_boolean() {
    let server = Server::new("wish").await;
    let room = server.room().await;
    let (status, pair) = server
        .generate(&room, json!({"rotate_refresh_token": "true"}))
        .await;
    assert_eq!(status, 201, "{pair}");
    assert!(
        server
            .read(&pair["data"]["refresh_token"], TokenType::Refresh)
            .rotates()
    );
    for wrong in [json!("yes"), json!(1), json!([true])] {
        let (status, body) = server
            .generate(&room, json!({"rotate_refresh_token": wrong}))
            .await;
        assert_eq!(status, 422, "{body}");
        assert_eq!(body["source"]["pointer"], "/rotate_refresh_token");
    }
}
