//! Lines to a room's call, over a real store and through a real door.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use greenroom_domain::clock::Clock;
use greenroom_domain::rate_limit::ClientNetwork;
use greenroom_domain::room::{MaxParticipants, NewRoom, RoomPatch};
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{AccountId, JoinGrant, Room, Timestamp};
use greenroom_rooms::call::{Ask, HandleKey, Line, LineNews, News, Refusal, audio};
use greenroom_rooms::door::{Door, SessionTicket};
use greenroom_rooms::{Doorkeeper, Keys, RoomDirectory, Stats};
use greenroom_store::Store;
use greenroom_store_sqlite::SqliteStore;
use greenroom_token::mint_pair;
use tempfile::TempDir;

use crate::support::{Counting, account, fresh_keys, parts};

const START_SECS: i64 = 1_619_093_695;

/// A microsecond later each time it is asked.
#[derive(Debug, Default)]
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let ticks = self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_unix_secs(START_SECS).saturating_add_micros(ticks)
    }
}

struct World {
    _data: TempDir,
    clock: Arc<Ticking>,
    entropy: Arc<Counting>,
    keys: Arc<Keys>,
    directory: Arc<RoomDirectory>,
    keeper: Arc<Doorkeeper>,
    stats: Arc<Stats>,
    room: Room,
}

impl World {
    /// A room that holds two people.
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (clock, entropy) = (Arc::new(Ticking::default()), Arc::new(Counting::default()));
        let now = clock.now();
        let keys = fresh_keys(&entropy, now);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(data.path()).await.unwrap());
        let account_id = AccountId::random(&*entropy);
        let mut work = store.begin().await.unwrap();
        work.add_account(&account(account_id, now)).await.unwrap();
        work.commit().await.unwrap();
        let (shared_clock, shared_entropy) = (Arc::clone(&clock), Arc::clone(&entropy));
        let parts = parts(store, Arc::clone(&keys), shared_clock, shared_entropy).await;
        let (directory, stats) = (Arc::clone(&parts.directory), Arc::clone(&parts.stats));
        let new = NewRoom {
            max_participants: MaxParticipants::new(2).unwrap(),
            ..NewRoom::default()
        };
        let room = directory.create(account_id, new).await.unwrap();
        Self {
            _data: data,
            clock,
            entropy,
            keys,
            directory,
            keeper: Doorkeeper::new(parts),
            stats,
            room,
        }
    }

    async fn enter(&self) -> Guest {
        let network = ClientNetwork::from(IpAddr::from(Ipv4Addr::LOCALHOST));
        let (door, _) = self.keeper.approach(self.room.id, network).await.unwrap();
        let now = self.clock.now();
        let grant = JoinGrant::issue(self.room.account_id, Some(&self.room)).unwrap();
        let (ttl, refresh_ttl) = (ClientTokenTtl::default(), RefreshTokenTtl::default());
        let ring = self.keys.ring();
        let pair = mint_pair(&ring, grant, ttl, refresh_ttl, now, &*self.entropy).unwrap();
        let pass = door.admit(pair.client.jwt.expose(), now).unwrap();
        let ticket = door.open_session(&pass).unwrap();
        Guest {
            line: ticket.line(),
            _ticket: ticket,
            _door: door,
        }
    }

    async fn resize(&self, size: i64) {
        let patch = RoomPatch {
            max_participants: Some(MaxParticipants::new(size).unwrap()),
            ..RoomPatch::default()
        };
        let updated = self
            .directory
            .update(self.room.account_id, self.room.id, patch);
        assert!(updated.await.unwrap().is_some());
    }
}

struct Guest {
    line: Line,
    _ticket: SessionTicket,
    _door: Door,
}

impl Guest {
    /// Tries to join; tells why not.
    async fn join(&mut self) -> Result<(), Refusal> {
        let handle = HandleKey {
            session: 1,
            handle: 1,
        };
        let join = Ask::Audio(audio::Request::Join {
            id: None,
            display: None,
            muted: true,
            offer: None,
        });
        self.line.ask(handle, "t".to_owned(), join).await.unwrap();
        loop {
            let Some(LineNews::Told(told)) = self.line.next().await else {
                panic!("no reply");
            };
            match (told.reply_to, told.news) {
                (Some(_), News::Audio(audio::Event::Joined { .. })) => return Ok(()),
                (Some(_), News::Refused(refusal)) => return Err(refusal),
                (Some(_), other) => panic!("{other:?}"),
                (None, _) => {}
            }
        }
    }
}

#[tokio::test]
async fn a_room_holds_as_many_as_its_settings_say_now() {
    let world = World::new().await;
    let mut guests = Vec::new();
    for _ in 0..2 {
        let mut guest = world.enter().await;
        assert_eq!(guest.join().await, Ok(()));
        guests.push(guest);
    }
    let mut third = world.enter().await;
    assert_eq!(third.join().await, Err(Refusal::RoomFull));
    // The one who waits at the door gets in as well as who comes after the change.
    world.resize(4).await;
    assert_eq!(third.join().await, Ok(()));
    let mut fourth = world.enter().await;
    assert_eq!(fourth.join().await, Ok(()));
    world.resize(3).await;
    assert_eq!(world.enter().await.join().await, Err(Refusal::RoomFull));
    assert_eq!(world.stats.people.get(), 4);
    drop(guests.pop());
    assert_eq!(world.enter().await.join().await, Err(Refusal::RoomFull));
    drop(guests.pop());
    assert_eq!(world.enter().await.join().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_place_is_given_once() {
    let world = World::new().await;
    let mut first = world.enter().await;
    first.join().await.unwrap();
    let mut tries = Vec::new();
    for _ in 0..20 {
        let mut guest = world.enter().await;
        tries.push(tokio::spawn(async move {
            let joined = guest.join().await;
            (guest, joined)
        }));
    }
    let mut held = Vec::new();
    let mut joined = 0;
    for one in tries {
        let (guest, outcome) = one.await.unwrap();
        held.push(guest);
        joined += usize::from(outcome.is_ok());
    }
    assert_eq!(joined, 1);
    assert_eq!(world.stats.people.get(), 2);
}
