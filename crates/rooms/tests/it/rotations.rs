//! Families whose refresh token rotates, over a real store and at a real door.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use greenroom_domain::clock::Clock;
use greenroom_domain::rate_limit::ClientNetwork;
use greenroom_domain::room::NewRoom;
use greenroom_domain::rotation::Generation;
use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_domain::{AccountId, JoinGrant, Room, RoomId, Timestamp, TokenId};
use greenroom_rooms::door::{Door, Refused};
use greenroom_rooms::rotations::Presented;
use greenroom_rooms::{Doorkeeper, Keys, Revocations, Rotations};
use greenroom_store::{Store, StoreError};
use greenroom_store_sqlite::SqliteStore;
use greenroom_token::{
    IssuedPair, TokenType, VerifiedToken, VerifyPolicy, mint_rotating_pair, mint_successor,
    token_fingerprint, verify,
};
use tempfile::TempDir;

use crate::support::{Counting, account, fresh_keys, parts};

const NOW: Timestamp = Timestamp::from_unix_secs(1_619_093_695);

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// A server's parts, as far as tokens are concerned.
struct World {
    data: Arc<TempDir>,
    entropy: Arc<Counting>,
    keys: Arc<Keys>,
    store: Arc<dyn Store>,
    revocations: Arc<Revocations>,
    rotations: Arc<Rotations>,
    keeper: Arc<Doorkeeper>,
    room: Room,
}

impl World {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let entropy = Arc::new(Counting::default());
        let keys = fresh_keys(&entropy, NOW);
        let account_id = AccountId::random(&*entropy);
        let room = Room::create(
            RoomId::random(&*entropy),
            account_id,
            NewRoom::default(),
            NOW,
        );
        let store = SqliteStore::open(data.path()).await.unwrap();
        let mut work = store.begin().await.unwrap();
        work.add_account(&account(account_id, NOW)).await.unwrap();
        work.add_room(&room).await.unwrap();
        work.commit().await.unwrap();
        Self::open(Arc::new(data), entropy, keys, store, room).await
    }

    async fn open(
        data: Arc<TempDir>,
        entropy: Arc<Counting>,
        keys: Arc<Keys>,
        store: SqliteStore,
        room: Room,
    ) -> Self {
        let store: Arc<dyn Store> = Arc::new(store);
        let standing = Arc::new(Standing);
        let (shared_keys, shared_entropy) = (Arc::clone(&keys), Arc::clone(&entropy));
        let parts = parts(Arc::clone(&store), shared_keys, standing, shared_entropy).await;
        Self {
            data,
            entropy,
            keys,
            store,
            revocations: Arc::clone(&parts.revocations),
            rotations: Arc::clone(&parts.rotations),
            keeper: Doorkeeper::new(parts),
            room,
        }
    }

    /// What is there after the program was stopped in whatever way, and started again.
    async fn restarted(self) -> Self {
        self.store.close().await;
        let store = SqliteStore::open(self.data.path()).await.unwrap();
        Self::open(self.data, self.entropy, self.keys, store, self.room).await
    }

    fn pair(&self) -> IssuedPair {
        let grant = JoinGrant::issue(self.room.account_id, Some(&self.room)).unwrap();
        mint_rotating_pair(
            &self.keys.ring(),
            grant,
            ClientTokenTtl::default(),
            RefreshTokenTtl::default(),
            NOW,
            &*self.entropy,
        )
        .unwrap()
    }

    fn refresh_token(&self, pair: &IssuedPair) -> VerifiedToken {
        let raw = pair.refresh.jwt.expose();
        let policy = VerifyPolicy::default();
        verify(&self.keys.ring(), raw, TokenType::Refresh, &policy, NOW).unwrap()
    }

    /// Presents the refresh token of a pair, as the endpoint does; the outcome, and what was minted.
    async fn try_refresh(&self, pair: &IssuedPair) -> (Result<Presented, StoreError>, IssuedPair) {
        let refresh = self.refresh_token(pair);
        let ids = (
            TokenId::random(&*self.entropy),
            TokenId::random(&*self.entropy),
        );
        let ttl = ClientTokenTtl::default();
        let minted = mint_successor(&self.keys.ring(), &refresh, ttl, ids, NOW).unwrap();
        let next = Generation {
            client: ids.0,
            refresh: ids.1,
            client_expires_at: minted.client.expires_at,
        };
        let fingerprint = token_fingerprint(pair.refresh.jwt.expose());
        let presented = self.rotations.present(&refresh, fingerprint, next, NOW);
        (presented.await, minted)
    }

    async fn refresh(&self, pair: &IssuedPair) -> IssuedPair {
        let (outcome, minted) = self.try_refresh(pair).await;
        assert_eq!(outcome.unwrap(), Presented::Good);
        minted
    }

    async fn refused(&self, pair: &IssuedPair) -> Presented {
        let (outcome, _) = self.try_refresh(pair).await;
        outcome.unwrap()
    }

    async fn door(&self) -> Door {
        let network = ClientNetwork::from(IpAddr::from(Ipv4Addr::LOCALHOST));
        self.keeper.approach(self.room.id, network).await.unwrap().0
    }

    async fn enter(&self, pair: &IssuedPair) -> Result<VerifiedToken, Refused> {
        self.door().await.admit(pair.client.jwt.expose(), NOW)
    }

    async fn assert_dead(&self, pairs: &[&IssuedPair]) {
        for pair in pairs {
            assert_eq!(self.refused(pair).await, Presented::Revoked);
            assert_eq!(self.enter(pair).await, Err(Refused::Room));
        }
    }
}

#[tokio::test]
async fn each_refresh_token_is_good_for_one_refresh() {
    let world = World::new().await;
    let first = world.pair();
    let second = world.refresh(&first).await;
    let third = world.refresh(&second).await;
    for pair in [&first, &second, &third] {
        world.enter(pair).await.unwrap();
    }
    let fourth = world.refresh(&third).await;
    world.enter(&fourth).await.unwrap();
    assert_eq!(world.refused(&third).await, Presented::Reused);
    world.assert_dead(&[&first, &second, &third, &fourth]).await;
}

#[tokio::test]
async fn a_lost_answer_is_given_again_and_what_was_lost_opens_nothing() {
    let world = World::new().await;
    let first = world.pair();
    let mut lost = Vec::new();
    for _ in 0..3 {
        lost.push(world.refresh(&first).await);
    }
    let received = world.refresh(&first).await;
    for pair in &lost {
        assert_eq!(world.enter(pair).await, Err(Refused::Room));
    }
    world.enter(&first).await.unwrap();
    world.enter(&received).await.unwrap();

    let world = world.restarted().await;
    for pair in &lost {
        assert_eq!(world.enter(pair).await, Err(Refused::Room));
    }
    let next = world.refresh(&received).await;
    world.enter(&next).await.unwrap();
    assert_eq!(world.refused(&lost[0]).await, Presented::Reused);
    world.assert_dead(&[&first, &received, &next]).await;
}

#[tokio::test]
async fn an_answer_that_was_used_was_not_lost() {
    let world = World::new().await;
    let first = world.pair();
    let second = world.refresh(&first).await;
    let door = world.door().await;
    let pass = door.admit(second.client.jwt.expose(), NOW).unwrap();
    // At once: nothing waited for the use to be written down.
    assert_eq!(world.refused(&first).await, Presented::Reused);
    assert_eq!(door.recheck(&pass, NOW), Err(Refused::Room));
    world.assert_dead(&[&first, &second]).await;
    let world = world.restarted().await;
    world.assert_dead(&[&first, &second]).await;
}

#[tokio::test]
async fn a_use_is_remembered_after_a_restart() {
    let world = World::new().await;
    let first = world.pair();
    let second = world.refresh(&first).await;
    world.enter(&second).await.unwrap();
    world.rotations.save_uses().await;
    let world = world.restarted().await;
    assert_eq!(world.refused(&first).await, Presented::Reused);
}

#[tokio::test]
async fn only_the_latest_client_token_takes_grace_away() {
    let world = World::new().await;
    let first = world.pair();
    world.enter(&first).await.unwrap();
    let second = world.refresh(&first).await;
    world.enter(&first).await.unwrap();
    let again = world.refresh(&first).await;
    assert_eq!(world.enter(&second).await, Err(Refused::Room));
    world.enter(&again).await.unwrap();
}

#[tokio::test]
async fn families_are_apart() {
    let world = World::new().await;
    let (one, two) = (world.pair(), world.pair());
    let next = world.refresh(&one).await;
    world.refresh(&next).await;
    assert_eq!(world.refused(&one).await, Presented::Reused);
    let next = world.refresh(&two).await;
    world.enter(&next).await.unwrap();
}

#[tokio::test]
async fn a_family_revoked_otherwise_refreshes_nothing() {
    let world = World::new().await;
    let first = world.pair();
    let second = world.refresh(&first).await;
    world.revocations.revoke(first.family, NOW).await.unwrap();
    world.assert_dead(&[&first, &second]).await;
}

#[tokio::test]
async fn what_cannot_be_written_is_not_handed_out() {
    let world = World::new().await;
    let first = world.pair();
    world.store.close().await;
    assert!(world.try_refresh(&first).await.0.is_err());
    let world = world.restarted().await;
    world.refresh(&first).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_the_last_one_decided_lives() {
    let world = Arc::new(World::new().await);
    let first = Arc::new(world.pair());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (world, first) = (Arc::clone(&world), Arc::clone(&first));
            tokio::spawn(async move { world.refresh(&first).await })
        })
        .collect();
    let mut pairs = Vec::new();
    for task in tasks {
        pairs.push(task.await.unwrap());
    }
    let mut alive = Vec::new();
    let mut void = Vec::new();
    for pair in pairs {
        match world.enter(&pair).await {
            Ok(_) => alive.push(pair),
            Err(refused) => {
                assert_eq!(refused, Refused::Room);
                void.push(pair);
            }
        }
    }
    assert_eq!((alive.len(), void.len()), (1, 7));
    let next = world.refresh(&alive[0]).await;
    assert_eq!(world.refused(&void[0]).await, Presented::Reused);
    world.assert_dead(&[&first, &next]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_use_and_a_second_refresh_never_both_succeed() {
    let world = Arc::new(World::new().await);
    let mut outcomes = [0, 0];
    for round in 0..60_u64 {
        let first = world.pair();
        let second = world.refresh(&first).await;
        let door = world.door().await;
        let refresher = {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.refused(&first).await })
        };
        // Meets the transaction at many points, and now and then its end.
        for _ in 0..(round % 30) * 6_000 {
            std::hint::spin_loop();
        }
        while round % 10 == 9 && !refresher.is_finished() {
            tokio::task::yield_now().await;
        }
        let used = door.admit(second.client.jwt.expose(), NOW);
        let presented = refresher.await.unwrap();
        match (&used, presented) {
            (Ok(pass), Presented::Reused) => {
                outcomes[0] += 1;
                assert_eq!(door.recheck(pass, NOW), Err(Refused::Room));
            }
            (Err(Refused::Room), Presented::Good) => outcomes[1] += 1,
            _ => panic!("{used:?} and {presented:?}"),
        }
    }
    assert!(outcomes[1] >= 6, "{outcomes:?}");
}

#[tokio::test]
async fn what_has_expired_is_forgotten() {
    let world = World::new().await;
    let first = world.pair();
    world.refresh(&first).await;
    let second = world.refresh(&first).await;
    world.enter(&second).await.unwrap();
    world.rotations.save_uses().await;
    let standing = async || {
        let mut work = world.store.begin().await.unwrap();
        let rotation = work.rotation_of(first.family).await.unwrap();
        (
            rotation.is_some_and(|rotation| rotation.client_used),
            world.store.revoked_tokens(NOW).await.unwrap().len(),
        )
    };
    let forget = async |secs| {
        let now = NOW.saturating_add_secs(secs);
        world.rotations.forget_expired(now).await.unwrap();
        world.revocations.forget_expired(now).await.unwrap();
    };
    forget(599).await;
    assert_eq!(standing().await, (true, 1));
    forget(601).await;
    assert_eq!(standing().await, (true, 0));
    // The refresh tokens, and the longest client token minted at their end.
    forget(3_600 + 3_600).await;
    assert_eq!(standing().await, (true, 0));
    forget(3_600 + 3_600 + 600).await;
    assert_eq!(standing().await, (false, 0));
}
