//! Keys and tokens are told to whom they are for, and appear nowhere else.

use std::fs;

use greenroom_testkit::tokens::{claims_of, signed, with_claims};
use greenroom_testkit::{Door, Reply, SeededEntropy, TestProgram};
use greenroom_token::SigningKey;
use serde_json::{Value, json};

use super::Workshop;

/// An API key that opens nothing.
const WRONG_KEY: &str = "KEY_wrong-key-0123456789";

/// Everything is logged that can be, while all sorts of requests succeed and fail.
#[tokio::test]
async fn no_log_line_metric_or_error_holds_a_secret() {
    let shop = Workshop::open();
    let made = shop.run(&["api-key", "create"]).await;
    let key = made.value("key");
    let greenroom = shop
        .greenroom
        .clone()
        .env("GREENROOM_LOG__LEVEL", "trace")
        .env("GREENROOM_LOG__REQUESTS", "true");
    let mut program = greenroom.start(shop.serving(&[])).await;
    let secrets = Secrets::made_by(&program, key).await;

    let mut errors = refused_requests(&program, &secrets).await;
    let frames = refused_frames(&program, &secrets).await;
    let mut private_keys = private_keys(&shop);
    shop.run(&["signing-key", "rotate"]).await.succeeded();
    private_keys.extend(self::private_keys(&shop));
    let anyone = program.anyone();
    let caller = anyone.with_key(&secrets.key);
    let room = format!("/v2/rooms/{}", secrets.room_id);
    caller.delete(&room).await.expect(204);
    errors.push(
        anyone
            .refresh(&secrets.room_id, &secrets.refresh_token)
            .await,
    );
    let metrics = anyone.get("/metrics").await.expect(200);
    program.terminate().await;

    let logged = program.stderr();
    for action in ["token.issue", "token.refresh", "room.delete"] {
        assert!(logged.contains(action), "{action} is not audited: {logged}");
    }
    assert!(logged.contains("refresh refused"), "{logged}");
    let mut places = vec![
        ("the log", logged),
        ("the log of a command", made.stderr.clone()),
        ("standard output", program.stdout()),
        ("the metrics", metrics.text().to_owned()),
    ];
    for error in &errors {
        assert!(error.status >= 400, "{error:?}");
        places.push(("an error", error.text().to_owned()));
        places.push(("an error's head", format!("{:?}", error.headers)));
    }
    let frames = frames.iter().map(|frame| ("a frame", frame.to_string()));
    places.extend(frames);
    for secret in secrets.worth_hiding().into_iter().chain(private_keys) {
        for (place, text) in &places {
            assert!(!text.contains(&secret), "{secret} in {place}: {text}");
        }
    }
}

struct Secrets {
    key: String,
    room_id: String,
    token: String,
    refresh_token: String,
    refreshed: String,
    /// Claims of a good token under the signature of another.
    forged: String,
    /// Claims of a good token, signed with another key.
    foreign: String,
}

impl Secrets {
    async fn made_by(program: &TestProgram, key: String) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let caller = program.anyone().with_key(&key);
        let room = caller.post("/v2/rooms", json!({})).await.data(201);
        let room_id = text(&room["id"]);
        let generate = format!("/v2/rooms/{room_id}/actions/generate_join_client_token");
        let tokens = caller.post(&generate, json!({})).await.data(201);
        let token = text(&tokens["token"]);
        let refresh_token = text(&tokens["refresh_token"]);
        let refreshed = program.anyone().refresh(&room_id, &refresh_token).await;
        let stranger = SigningKey::generate(&SeededEntropy::new(9)).unwrap();
        Self {
            refreshed: text(&refreshed.data(201)["token"]),
            forged: with_claims(&refresh_token, |claims| claims["exp"] = json!(1)),
            foreign: signed(&stranger, &claims_of(&token)),
            key,
            room_id,
            token,
            refresh_token,
        }
    }

    /// What must not show. Of tokens that is the signature, without which they are worth nothing.
    fn worth_hiding(&self) -> Vec<String> {
        let tokens = [
            &self.token,
            &self.refresh_token,
            &self.refreshed,
            &self.foreign,
        ];
        let signatures = tokens.map(|token| token.rsplit_once('.').unwrap().1);
        let keys = [self.key.as_str(), WRONG_KEY];
        signatures
            .into_iter()
            .chain(keys)
            .map(ToOwned::to_owned)
            .collect()
    }
}

async fn refused_requests(program: &TestProgram, secrets: &Secrets) -> Vec<Reply> {
    let anyone = program.anyone();
    let caller = anyone.with_key(&secrets.key);
    let Secrets {
        key,
        room_id: room,
        token,
        refresh_token,
        forged,
        foreign,
        ..
    } = secrets;
    let generate = format!("/v2/rooms/{room}/actions/generate_join_client_token");
    let wrong_type = json!({"token_ttl_secs": refresh_token});
    vec![
        anyone.with_key(WRONG_KEY).get("/v2/rooms").await,
        anyone.refresh(room, token).await,
        anyone.refresh(room, forged).await,
        anyone.refresh(room, foreign).await,
        anyone.refresh(refresh_token, refresh_token).await,
        anyone.refresh(room, key).await,
        caller.post(&generate, wrong_type).await,
        caller.post("/v2/rooms", json!(refresh_token)).await,
        caller.get(&format!("/v2/rooms/{refresh_token}")).await,
        caller
            .get(&format!("/v2/rooms?include_sessions={token}"))
            .await,
        caller
            .get(&format!("/v2/rooms?client_token={token}&page[size]=0"))
            .await,
        anyone.get(&format!("/{token}/janus")).await,
        anyone.get(&format!("/{room}/janus?token={token}")).await,
    ]
}

async fn refused_frames(program: &TestProgram, secrets: &Secrets) -> Vec<Value> {
    let mut frames = Vec::new();
    for presented in [
        &secrets.token,
        &secrets.refresh_token,
        &secrets.forged,
        &secrets.foreign,
        &secrets.key,
    ] {
        for verb in ["create", presented] {
            let frame = json!({"janus": verb, "transaction": "t", "client_token": presented});
            let mut door = Door::open(program.http(), &secrets.room_id).await;
            frames.push(door.ask(frame).await);
        }
    }
    frames
}

/// The private keys on disk, in base64.
fn private_keys(shop: &Workshop) -> Vec<String> {
    let files = fs::read_dir(shop.folder().join("data/keys")).unwrap();
    let keys: Vec<String> = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pem"))
        .map(|path| fs::read_to_string(path).unwrap())
        .map(|pem| pem.lines().nth(1).unwrap().to_owned())
        .collect();
    assert!(keys.len() >= 2);
    keys
}
