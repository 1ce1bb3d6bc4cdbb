//! Ending sessions and putting people out, over a real store and at a real door.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use greenroom_domain::clock::Clock;
use greenroom_domain::participant::{LeftReason, Selection};
use greenroom_domain::rate_limit::ClientNetwork;
use greenroom_domain::room::NewRoom;
use greenroom_domain::session::EndReason;
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{
    AccountId, ApiKeyId, FamilyId, JoinGrant, ParticipantId, Room, SessionId, Timestamp,
};
use greenroom_rooms::call::{Ask, HandleKey, Line, audio};
use greenroom_rooms::door::{Door, Refused, SessionTicket};
use greenroom_rooms::history::Recorder;
use greenroom_rooms::moderation::{ModerationError, ModerationPolicy, ModeratorParts};
use greenroom_rooms::{
    Caller, Doorkeeper, History, Keys, Moderator, Revocations, RoomDirectory, Stats,
};
use greenroom_store::Store;
use greenroom_store_sqlite::SqliteStore;
use greenroom_token::{IssuedPair, mint_pair};
use tempfile::TempDir;

use crate::support::{Counting, account, fresh_keys, parts_and_history};

const NOW: Timestamp = Timestamp::from_unix_secs(1_800_000_000);

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        NOW
    }
}

struct World {
    data: TempDir,
    entropy: Arc<Counting>,
    keys: Arc<Keys>,
    store: Arc<dyn Store>,
    directory: Arc<RoomDirectory>,
    keeper: Arc<Doorkeeper>,
    history: Arc<History>,
    stats: Arc<Stats>,
    moderator: Arc<Moderator>,
    caller: Caller,
    room: Room,
}

impl World {
    async fn with(policy: ModerationPolicy) -> Self {
        let data = tempfile::tempdir().unwrap();
        let entropy = Arc::new(Counting::default());
        let keys = fresh_keys(&entropy, NOW);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(data.path()).await.unwrap());
        let account_id = AccountId::random(&*entropy);
        let mut work = store.begin().await.unwrap();
        work.add_account(&account(account_id, NOW)).await.unwrap();
        work.commit().await.unwrap();
        let (shared_store, shared_keys) = (Arc::clone(&store), Arc::clone(&keys));
        let standing = Arc::new(Standing);
        let shared_entropy = Arc::clone(&entropy);
        let (parts, history) =
            parts_and_history(shared_store, shared_keys, standing, shared_entropy).await;
        let recorder = Recorder::new(Arc::clone(&history), Arc::clone(&store), Arc::default());
        tokio::spawn(recorder.run());
        let moderator = Moderator::new(ModeratorParts {
            store: Arc::clone(&store),
            history: Arc::clone(&history),
            calls: Arc::clone(&parts.calls),
            revocations: Arc::clone(&parts.revocations),
            clock: Arc::new(Standing),
            stats: Arc::clone(&parts.stats),
            policy,
        });
        let directory = Arc::clone(&parts.directory);
        let room = directory.create(account_id, NewRoom::default()).await;
        let caller = Caller {
            account_id,
            api_key_id: ApiKeyId::random(&*entropy),
            foreign_mark: 0,
        };
        Self {
            data,
            entropy,
            keys,
            store,
            directory,
            stats: Arc::clone(&parts.stats),
            keeper: Doorkeeper::new(parts),
            history,
            moderator,
            caller,
            room: room.unwrap(),
        }
    }

    fn tokens(&self) -> IssuedPair {
        let grant = JoinGrant::issue(self.room.account_id, Some(&self.room)).unwrap();
        let (ttl, refresh_ttl) = (ClientTokenTtl::default(), RefreshTokenTtl::default());
        mint_pair(
            &self.keys.ring(),
            grant,
            ttl,
            refresh_ttl,
            NOW,
            &*self.entropy,
        )
        .unwrap()
    }

    async fn door(&self) -> Door {
        let network = ClientNetwork::from(IpAddr::from(Ipv4Addr::LOCALHOST));
        let (door, _) = self.keeper.approach(self.room.id, network).await.unwrap();
        door
    }

    /// Somebody comes in, and is on record.
    async fn enter(&self) -> Guest {
        let tokens = self.tokens();
        let door = self.door().await;
        let pass = door.admit(tokens.client.jwt.expose(), NOW).unwrap();
        let ticket = door.open_session(&pass).unwrap();
        let id = ParticipantId::random(&*self.entropy);
        let said = format!(r#"{{"participantId":"{id}","external":"ann"}}"#);
        let mut line = ticket.line();
        line.add_family(1, tokens.family).await.unwrap();
        let join = Ask::Audio(audio::Request::Join {
            id: None,
            display: Some(BASE64.encode(said)),
            muted: true,
            offer: None,
        });
        let handle = HandleKey {
            session: 1,
            handle: 1,
        };
        line.ask(handle, "t".to_owned(), join).await.unwrap();
        assert!(line.next().await.is_some());
        self.history.flushed().await;
        Guest {
            id,
            tokens,
            door,
            _line: line,
            _ticket: ticket,
        }
    }

    fn session(&self) -> SessionId {
        self.history.session(self.room.id).unwrap()
    }

    async fn how_left(&self, id: ParticipantId) -> Option<LeftReason> {
        let account_id = self.caller.account_id;
        let found = self.store.participant(account_id, id).await.unwrap();
        found.unwrap().left.map(|left| left.reason)
    }

    async fn is_revoked_on_disk(&self, family: FamilyId) -> bool {
        let after: Arc<dyn Store> = Arc::new(SqliteStore::open(self.data.path()).await.unwrap());
        let revoked = Revocations::load(after, NOW).await.unwrap();
        revoked.is_revoked(family)
    }
}

struct Guest {
    id: ParticipantId,
    tokens: IssuedPair,
    door: Door,
    _line: Line,
    _ticket: SessionTicket,
}

impl Guest {
    /// Whether its token would open the door that it came in by.
    fn may_come_back(&self) -> bool {
        let back = self.door.admit(self.tokens.client.jwt.expose(), NOW);
        back != Err(Refused::Room)
    }
}

fn only(ids: &[ParticipantId]) -> Selection {
    Selection {
        only: Some(ids.to_vec()),
        exclude: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kick_means_out() {
    let world = World::with(ModerationPolicy::default()).await;
    let [ann, ben] = [world.enter().await, world.enter().await];
    let session = world.session();
    let kick = world.moderator.kick(world.caller, session, only(&[ann.id]));
    kick.await.unwrap();
    assert!(!ann.may_come_back());
    assert!(world.is_revoked_on_disk(ann.tokens.family).await);
    assert_eq!(world.how_left(ann.id).await, Some(LeftReason::Kicked));
    assert!(ben.may_come_back());
    assert_eq!(world.how_left(ben.id).await, None);
    assert_eq!(world.stats.kicked.get(), 1);

    // With new tokens it comes back, into the same session.
    let _again = world.enter().await;
    assert_eq!(world.session(), session);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_but_some_are_kicked() {
    let world = World::with(ModerationPolicy::default()).await;
    let guests = [
        world.enter().await,
        world.enter().await,
        world.enter().await,
    ];
    let gone = ParticipantId::random(&*world.entropy);
    let selection = Selection {
        only: None,
        exclude: vec![guests[1].id, gone],
    };
    let kick = world
        .moderator
        .kick(world.caller, world.session(), selection);
    kick.await.unwrap();
    let stays = guests.each_ref().map(Guest::may_come_back);
    assert_eq!(stays, [false, true, false]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_named_has_to_be_there() {
    let world = World::with(ModerationPolicy::default()).await;
    let ann = world.enter().await;
    let stranger = ParticipantId::random(&*world.entropy);
    let named = only(&[ann.id, stranger]);
    let session = world.session();
    let kick = world.moderator.kick(world.caller, session, named.clone());
    let refused = kick.await.unwrap_err();
    assert!(
        matches!(&refused, ModerationError::NotPresent(missing) if *missing == [stranger]),
        "{refused:?}"
    );
    let mute = world
        .moderator
        .set_muted(world.caller, session, named, true);
    assert!(matches!(
        mute.await,
        Err(ModerationError::NotPresent(missing)) if missing == [stranger]
    ));
    assert!(ann.may_come_back());
    assert_eq!(world.how_left(ann.id).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_ones_own_active_session_can_be_moderated() {
    let world = World::with(ModerationPolicy::default()).await;
    let _ann = world.enter().await;
    let session = world.session();
    let stranger = Caller {
        account_id: AccountId::random(&*world.entropy),
        ..world.caller
    };
    let everybody = || Selection {
        only: None,
        exclude: Vec::new(),
    };
    let foreign = world.moderator.kick(stranger, session, everybody()).await;
    assert!(matches!(foreign, Err(ModerationError::NotFound)));
    let foreign = world.moderator.end(stranger, session).await;
    assert!(matches!(foreign, Err(ModerationError::NotFound)));

    world.moderator.end(world.caller, session).await.unwrap();
    let again = world.moderator.end(world.caller, session).await;
    assert!(matches!(again, Err(ModerationError::Ended)));
    let kick = world.moderator.kick(world.caller, session, everybody());
    assert!(matches!(kick.await, Err(ModerationError::Ended)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_session_puts_everybody_out() {
    let world = World::with(ModerationPolicy::default()).await;
    let [ann, ben] = [world.enter().await, world.enter().await];
    let session = world.session();
    world.moderator.end(world.caller, session).await.unwrap();
    for guest in [&ann, &ben] {
        let left = world.how_left(guest.id).await;
        assert_eq!(left, Some(LeftReason::SessionEnded));
        assert!(guest.may_come_back());
    }
    let account_id = world.caller.account_id;
    let ended = world.store.session(account_id, session).await.unwrap();
    assert_eq!(ended.unwrap().ended.unwrap().reason, EndReason::Api);
    // Whoever comes next begins another one.
    let _next = world.enter().await;
    assert_ne!(world.session(), session);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_becomes_of_tokens_is_a_setting() {
    let world = World::with(ModerationPolicy {
        kick_revokes: false,
        end_revokes: true,
    })
    .await;
    let [ann, ben] = [world.enter().await, world.enter().await];
    let session = world.session();
    let kick = world.moderator.kick(world.caller, session, only(&[ann.id]));
    kick.await.unwrap();
    assert!(ann.may_come_back());
    assert_eq!(world.how_left(ann.id).await, Some(LeftReason::Kicked));
    world.moderator.end(world.caller, session).await.unwrap();
    assert!(!ben.may_come_back());
    assert!(world.is_revoked_on_disk(ben.tokens.family).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_room_has_nobody_in_it() {
    let world = World::with(ModerationPolicy::default()).await;
    let ann = world.enter().await;
    let session = world.session();
    let (account_id, room_id) = (world.room.account_id, world.room.id);
    assert!(world.directory.delete(account_id, room_id).await.unwrap());
    assert!(!ann.may_come_back());
    assert_eq!(world.history.session(room_id), None);
    world.history.flushed().await;
    let ended = world.store.session(account_id, session).await.unwrap();
    assert_eq!(ended.unwrap().ended.unwrap().reason, EndReason::RoomDeleted);
    assert_eq!(world.how_left(ann.id).await, Some(LeftReason::RoomDeleted));
    let end = world.moderator.end(world.caller, session).await;
    assert!(matches!(end, Err(ModerationError::Ended)));
}

/// Whoever joins and leaves meanwhile, every end hits one session, and at last nobody is on record.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_and_joins_at_once_leave_the_record_right() {
    let world = Arc::new(World::with(ModerationPolicy::default()).await);
    for _ in 0..20 {
        let joins: Vec<_> = (0..5)
            .map(|_| {
                let world = Arc::clone(&world);
                tokio::spawn(async move { drop(world.enter().await) })
            })
            .collect();
        if let Some(session) = world.history.session(world.room.id) {
            world.history.flushed().await;
            match world.moderator.end(world.caller, session).await {
                Ok(()) | Err(ModerationError::Ended) => {}
                Err(error) => panic!("{error}"),
            }
        }
        for join in joins {
            join.await.unwrap();
        }
    }
    // The calls end with their lines; then everybody has left.
    let empty = async {
        while world.stats.history.present.get() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), empty)
        .await
        .unwrap();
    world.history.flushed().await;
    let open = world.store.open_sessions().await.unwrap();
    assert!(open.len() <= 1, "{open:?}");
    assert!(open.iter().all(|(_, present)| present.is_empty()));
    assert_eq!(world.stats.history.lost.get(), 0);
}
