use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use greenroom_testkit::media::{Gateway, Identity};
use greenroom_testkit::{Client, Delivery, LIMIT, Receiver, TestProgram, eventually};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::history::{Guest, participants, present_in, session_with, sessions};

use super::{House, Kept, files, mode};

/// Rooms that must have been acknowledged between one backup and the next.
const ROOMS_BETWEEN: usize = 15;

/// What is written while backups are made.
struct Load {
    kept: Arc<Mutex<Vec<Kept>>>,
    stopping: CancellationToken,
    work: JoinSet<()>,
}

impl Load {
    /// Two clients make rooms and tokens; somebody comes to a meeting and goes, again and again.
    fn start(client: &Client, program: &TestProgram, meeting: &Meeting) -> Self {
        let mut load = Self {
            kept: Arc::default(),
            stopping: CancellationToken::new(),
            work: JoinSet::new(),
        };
        for _ in 0..2 {
            let (client, kept) = (client.clone(), Arc::clone(&load.kept));
            let stopping = load.stopping.clone();
            load.work.spawn(async move {
                while !stopping.is_cancelled() {
                    let made = Kept::make(&client).await;
                    kept.lock().unwrap().push(made);
                }
            });
        }
        let (gateway, stopping) = (meeting.gateway(program), load.stopping.clone());
        load.work.spawn(async move {
            let mut number = 100;
            while !stopping.is_cancelled() {
                number += 1;
                let guest = Guest::join(gateway.clone(), &Identity::numbered(number))
                    .await
                    .unwrap();
                guest.session.leave().await.unwrap();
            }
        });
        load
    }

    /// What was acknowledged so far, once that is so much more than `before`.
    async fn acknowledged(&self, before: usize) -> Vec<Kept> {
        let count = || self.kept.lock().unwrap().len();
        eventually(LIMIT, async || count() >= before + ROOMS_BETWEEN).await;
        self.kept.lock().unwrap().clone()
    }

    async fn stop(mut self) {
        self.stopping.cancel();
        while let Some(ended) = self.work.join_next().await {
            ended.unwrap();
        }
    }
}

/// A room whose events go to a receiver that does not answer.
struct Meeting {
    room: String,
    token: String,
}

impl Meeting {
    async fn open(client: &Client, receiver: &Receiver) -> Self {
        let settings = json!({"webhook_event_url": receiver.url("/")});
        let room = client.post("/v2/rooms", settings).await.data(201);
        let room = room["id"].as_str().unwrap().to_owned();
        let path = format!("/v2/rooms/{room}/actions/generate_join_client_token");
        let tokens = client.post(&path, json!({"token_ttl_secs": 3_600})).await;
        let token = tokens.data(201)["token"].as_str().unwrap().to_owned();
        Self { room, token }
    }

    fn gateway(&self, program: &TestProgram) -> Gateway {
        Gateway::Greenroom {
            server: program.http(),
            room_id: self.room.clone(),
            token: self.token.clone(),
        }
    }
}

/// A server with somebody in a meeting, of which events wait.
struct Begun {
    house: House,
    receiver: Receiver,
    program: TestProgram,
    client: Client,
    meeting: Meeting,
    guest: Guest,
}

async fn begin() -> Begun {
    let house = House::build().await;
    let receiver = Receiver::start().await;
    receiver.hang();
    let program = house.serve(&house.data()).await;
    let client = house.client(&program);
    let meeting = Meeting::open(&client, &receiver).await;
    let guest = Guest::join(meeting.gateway(&program), &Identity::numbered(1))
        .await
        .unwrap();
    session_with(&client, &meeting.room, 1).await;
    Begun {
        house,
        receiver,
        program,
        client,
        meeting,
        guest,
    }
}

/// Ids of all events that wait in a data directory.
async fn pending(house: &House, data: &Path) -> Vec<String> {
    let is_id = |word: &&str| word.len() == 36 && word.matches('-').count() == 4;
    let (mut all, mut page) = (Vec::new(), 1_u32);
    loop {
        let number = page.to_string();
        let list = [
            "webhooks", "list", "--state", "pending", "--limit", "250", "--page", &number,
        ];
        let list = house.on(data, &list).await.succeeded();
        let before = all.len();
        all.extend(
            list.lines()
                .filter_map(|line| line.split_whitespace().find(is_id))
                .map(str::to_owned),
        );
        if all.len() == before {
            return all;
        }
        page += 1;
    }
}

/// The record is whole: whoever is told of is there, and nobody left before coming.
fn is_consistent(sessions: &[Value]) {
    let mut seen = HashSet::new();
    for session in sessions {
        for one in participants(session) {
            assert_eq!(one["session_id"], session["id"]);
            assert!(seen.insert(one["id"].as_str().unwrap()), "{one} twice");
            if let (Some(joined), Some(left)) = (one["joined_at"].as_str(), one["left_at"].as_str())
            {
                assert!(left >= joined, "{one}");
            }
        }
    }
}

/// A backup, and what was known before it began.
struct Backup {
    file: PathBuf,
    /// Rooms and tokens that were acknowledged.
    kept: Vec<Kept>,
    /// Events that waited.
    waiting: Vec<String>,
}

/// Backs up three times under load; between two, other keys begin to sign.
async fn back_up_thrice(house: &House, load: &Load) -> Vec<Backup> {
    let folder = house.path("backups");
    fs::create_dir(&folder).unwrap();
    let mut made = Vec::new();
    let mut known = 0;
    for round in 0..3 {
        let kept = load.acknowledged(known).await;
        known = kept.len();
        let waiting = pending(house, &house.data()).await;
        let backup = ["backup", folder.to_str().unwrap(), "--force"];
        let finished = house.on(&house.data(), &backup).await;
        let written = finished.value("backup");
        finished.succeeded();
        let file = house.path(&format!("{round}.tar"));
        fs::rename(written, &file).unwrap();
        assert_eq!(mode(&file), 0o600);
        made.push(Backup {
            file,
            kept,
            waiting,
        });
        let rotate = ["signing-key", "rotate"];
        house.on(&house.data(), &rotate).await.succeeded();
    }
    let left = fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 0, "nothing else is left");
    made
}

/// The backup makes a data directory in which all that was known is there, and which can be served.
async fn restores(house: &House, meeting: &Meeting, backup: &Backup, data: &Path) {
    house.restore(&backup.file, data, &[]).await.succeeded();
    for file in files(data) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(mode(data), 0o700);
    assert_eq!(mode(&data.join("keys")), 0o700);
    let still: HashSet<String> = pending(house, data).await.into_iter().collect();
    for event in &backup.waiting {
        assert!(still.contains(event), "{event} waits no more");
    }

    let mut program = house.serve(data).await;
    let client = house.client(&program);
    client.get("/readyz").await.expect(200);
    for kept in &backup.kept {
        kept.is_good(&client).await;
    }
    let record = sessions(&client, &meeting.room).await;
    is_consistent(&record);
    assert!(!record.is_empty());
    // As after a crash: nobody is in who was in when the backup was made.
    let present = |record: &[Value]| record.iter().map(present_in).sum::<usize>();
    eventually(LIMIT, async || {
        present(&sessions(&client, &meeting.room).await) == 0
    })
    .await;
    assert_eq!(program.terminate().await, Some(0));
}

#[tokio::test]
async fn a_backup_under_load_restores_to_what_was_acknowledged() {
    let Begun {
        house,
        receiver: _receiver,
        mut program,
        client,
        meeting,
        guest,
    } = begin().await;
    let load = Load::start(&client, &program, &meeting);

    let made = back_up_thrice(&house, &load).await;
    load.stop().await;
    drop(guest);
    let public_key = house
        .on(&house.data(), &["webhooks", "public-key"])
        .await
        .succeeded();
    assert_eq!(program.terminate().await, Some(0));

    for (round, backup) in made.iter().enumerate() {
        let data = house.path(&format!("restored-{round}"));
        restores(&house, &meeting, backup, &data).await;
        let restored_key = house
            .on(&data, &["webhooks", "public-key"])
            .await
            .succeeded();
        assert_eq!(restored_key, public_key);
    }
}

#[tokio::test]
async fn what_waits_in_a_backup_is_delivered_after_its_restore() {
    let Begun {
        house,
        receiver,
        mut program,
        guest,
        ..
    } = begin().await;
    let waiting = pending(&house, &house.data()).await;
    assert!(!waiting.is_empty());
    let backup = house.back_up("backup.tar").await;
    program.kill().await;
    drop(guest);

    let data = house.path("restored");
    house.restore(&backup, &data, &[]).await.succeeded();
    let seen = receiver.deliveries().len();
    receiver.answer(200);
    let mut program = house.serve(&data).await;
    eventually(LIMIT, async || {
        let delivered = receiver.deliveries();
        let ids: HashSet<_> = delivered[seen..].iter().map(Delivery::event_id).collect();
        waiting.iter().all(|event| ids.contains(event))
    })
    .await;
    let key = house
        .on(&data, &["webhooks", "public-key"])
        .await
        .succeeded();
    assert!(
        receiver
            .deliveries()
            .iter()
            .all(|one| one.is_signed_by(key.trim()))
    );
    assert_eq!(program.terminate().await, Some(0));
}
