//! Calls with the real program: headless participants over real sockets, as the browser SDK acts.

mod meeting;
mod moderated;
mod quality;
mod returning;
mod soak;
mod traced;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use greenroom_headless::{Audio, AudioPacket, Event};
use greenroom_testkit::media::{Driver, Gateway, Peer};
use greenroom_testkit::{Client, Greenroom, LIMIT, TestProgram, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program with its media, and an API key.
struct Venue {
    _folder: TempDir,
    program: TestProgram,
    client: Client,
}

/// The longest there is: nobody here renews a token.
const TOKEN_TTL_SECS: u64 = 3_600;

impl Venue {
    async fn open() -> Self {
        Self::of(Greenroom::at(env!("CARGO_BIN_EXE_greenroom"))).await
    }

    /// The same of a program with an environment.
    async fn of(greenroom: Greenroom) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").to_str().unwrap().to_owned();
        let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", &data];
        let mut program = greenroom.start(arguments).await;
        let key = program.api_key().await;
        let client = program.anyone().with_key(&key);
        Self {
            _folder: folder,
            program,
            client,
        }
    }

    async fn room(&self, people: u32) -> String {
        let body = json!({"max_participants": people});
        let room = self.client.post("/v2/rooms", body).await.data(201);
        room["id"].as_str().unwrap().to_owned()
    }

    /// The session that goes on in a room, as soon as it is on record.
    async fn session(&self, room_id: &str) -> String {
        let path = format!("/v2/rooms/{room_id}");
        let mut session = None;
        eventually(LIMIT, async || {
            let room = self.client.get(&path).await.data(200);
            session = room["active_session_id"].as_str().map(ToOwned::to_owned);
            session.is_some()
        })
        .await;
        session.unwrap()
    }

    async fn act(&self, session_id: &str, action: &str, body: &Value) {
        let path = format!("/v2/room_sessions/{session_id}/actions/{action}");
        self.client.post(&path, body.clone()).await.data(200);
    }

    async fn gateway(&self, room_id: &str) -> Gateway {
        let path = format!("/v2/rooms/{room_id}/actions/generate_join_client_token");
        let body = json!({"token_ttl_secs": TOKEN_TTL_SECS});
        let tokens = self.client.post(&path, body).await.data(201);
        Gateway::Greenroom {
            server: self.program.http(),
            room_id: room_id.to_owned(),
            token: tokens["token"].as_str().unwrap().to_owned(),
        }
    }
}

fn driver(seed: u64) -> Driver {
    Driver::start_with_seed(IpAddr::V4(Ipv4Addr::LOCALHOST), seed).unwrap()
}

/// A second of a tone of that many hertz as Opus.
fn tone(hertz: f64) -> Audio {
    let mut encoder =
        opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Audio).unwrap();
    let packets = (0..50).map(|frame| {
        let samples: Vec<f32> = (0..960)
            .map(|sample| {
                let at = f64::from(frame * 960 + sample) / 48_000.0;
                #[expect(clippy::cast_possible_truncation, reason = "a sample")]
                let sample = (0.3 * (std::f64::consts::TAU * hertz * at).sin()) as f32;
                sample
            })
            .collect();
        let packet = encoder.encode_vec_float(&samples, 1_275).unwrap();
        Arc::from(packet)
    });
    Audio {
        packets: packets.collect(),
        level: 20,
        on: true,
    }
}

/// What a leg hears, a stretch of so many samples after the other.
struct Hearing<'a> {
    leg: &'a mut Peer,
    decoder: opus::Decoder,
}

impl<'a> Hearing<'a> {
    fn of(leg: &'a mut Peer) -> Self {
        let decoder = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
        Self { leg, decoder }
    }

    async fn next(&mut self, samples: usize) -> Vec<f32> {
        let mut heard = Vec::new();
        while heard.len() < samples {
            let Event::Audio(AudioPacket { payload, .. }) = self.leg.next_event().await.unwrap()
            else {
                continue;
            };
            let mut frame = vec![0.0_f32; 5_760];
            let count = self.decoder.decode_float(&payload, &mut frame, false);
            heard.extend_from_slice(&frame[..count.unwrap()]);
        }
        heard
    }
}

/// Amplitude of that frequency (Goertzel's sum, straight).
fn strength(samples: &[f32], hertz: f64) -> f64 {
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (number, sample) in (0_u32..).zip(samples) {
        let angle = std::f64::consts::TAU * hertz * f64::from(number) / 48_000.0;
        real += f64::from(*sample) * angle.cos();
        imaginary += f64::from(*sample) * angle.sin();
    }
    let count = f64::from(u32::try_from(samples.len()).unwrap());
    2.0 * f64::hypot(real, imaginary) / count
}
