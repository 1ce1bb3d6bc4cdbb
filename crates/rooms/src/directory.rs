//! Rooms by id: writes go to the store, reads of one room come from a cache that is never stale.

use std::sync::Arc;

use greenroom_domain::filter::RoomFilter;
use greenroom_domain::room::{NewRoom, RoomName, RoomPatch};
use greenroom_domain::webhook::WebhookUrl;
use greenroom_domain::{AccountId, Clock, Entropy, Page, PageRequest, Room, RoomId};
use greenroom_store::{SaveRoomError, Store, StoreError};

use crate::fresh_cache::{Found, FreshCache, Turns};
use crate::live::LiveRooms;
use crate::{Calls, History};

/// Rooms kept in memory, in bytes: some 200,000 with a short name, 12,000 with all texts at their longest.
/// Looking a room up in the store costs more than signing two tokens for it.
const CACHED_ROOMS_MAX_BYTES: usize = 64 * 1024 * 1024;

/// What a kept room takes beside its texts, in bytes, its place in the cache included.
const CACHED_ROOM_BYTES: usize = 320;

/// The rooms of all accounts.
pub struct RoomDirectory {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    live: Arc<LiveRooms>,
    calls: Arc<Calls>,
    history: Arc<History>,
    /// `None` for a room deleted just now. Ids that were never a room's are not kept: strangers at
    /// the door could fill the cache with them.
    cache: FreshCache<RoomId, Option<Arc<Room>>>,
    turns: Turns,
}

impl RoomDirectory {
    /// A directory over `store`; deletions end the room's call, close its doors in `live`, and end its
    /// session in `history`.
    pub fn new(
        store: Arc<dyn Store>,
        live: Arc<LiveRooms>,
        calls: Arc<Calls>,
        history: Arc<History>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            store,
            clock,
            entropy,
            live,
            calls,
            history,
            cache: FreshCache::new(CACHED_ROOMS_MAX_BYTES, |room| weigh(room.as_deref())),
            turns: Turns::default(),
        }
    }

    /// Makes a room for `account_id`.
    pub async fn create(
        self: &Arc<Self>,
        account_id: AccountId,
        new: NewRoom,
    ) -> Result<Room, SaveRoomError> {
        let this = Arc::clone(self);
        to_its_end(async move {
            let id = RoomId::random(&*this.entropy);
            let room = Room::create(id, account_id, new, this.clock.now());
            let mut work = this.store.begin().await?;
            work.add_room(&room).await?;
            work.commit().await?;
            this.cache
                .written(room.id, Some(Some(Arc::new(room.clone()))));
            Ok(room)
        })
        .await
    }

    /// The room `id`, whoever owns it.
    pub async fn find(&self, id: RoomId) -> Result<Option<Arc<Room>>, StoreError> {
        self.find_as_of(id, self.store.foreign_changes()).await
    }

    /// The room `id`, whoever owns it, as fresh as `foreign_mark`: the store's mark of other processes'
    /// writes, asked for since whatever this look-up is for began.
    pub async fn find_as_of(
        &self,
        id: RoomId,
        foreign_mark: u64,
    ) -> Result<Option<Arc<Room>>, StoreError> {
        if let Found::Cached(room) = self.cache.get(&id, foreign_mark) {
            return Ok(room);
        }
        let _turn = self.turns.take(&id).await;
        match self.cache.get(&id, self.store.foreign_changes()) {
            Found::Cached(room) => Ok(room),
            Found::Missing(epoch) => {
                let room = self.store.room(id).await?.map(Arc::new);
                if room.is_some() {
                    self.cache.put(id, room.clone(), epoch);
                }
                Ok(room)
            }
        }
    }

    /// The room `id`, if `account_id` owns it.
    pub async fn find_of(
        &self,
        account_id: AccountId,
        id: RoomId,
    ) -> Result<Option<Arc<Room>>, StoreError> {
        let room = self.find(id).await?;
        Ok(room.filter(|room| room.account_id == account_id))
    }

    /// A page of the rooms of `account_id`.
    pub async fn list(
        &self,
        account_id: AccountId,
        filter: &RoomFilter,
        page: PageRequest,
    ) -> Result<Page<Room>, StoreError> {
        self.store.rooms(account_id, filter, page).await
    }

    /// Changes a room of `account_id`; `None` if there is none. A live room goes by its new size
    /// from now on, and sends nobody out for it.
    pub async fn update(
        self: &Arc<Self>,
        account_id: AccountId,
        id: RoomId,
        patch: RoomPatch,
    ) -> Result<Option<Room>, SaveRoomError> {
        let this = Arc::clone(self);
        to_its_end(async move {
            let mut work = this.store.begin().await?;
            let Some(room) = work.room_of(account_id, id).await? else {
                return Ok(None);
            };
            let room = room.updated(patch, this.clock.now());
            if !work.save_room(&room).await? {
                return Ok(None);
            }
            work.commit().await?;
            this.cache.written(id, Some(Some(Arc::new(room.clone()))));
            this.live.note(&room);
            Ok(Some(room))
        })
        .await
    }

    /// Deletes a room of `account_id`, sends everybody out of it and closes its door; `false` if there
    /// is none.
    ///
    /// When this returns, no token for the room opens anything any more.
    pub async fn delete(
        self: &Arc<Self>,
        account_id: AccountId,
        id: RoomId,
    ) -> Result<bool, StoreError> {
        let this = Arc::clone(self);
        to_its_end(async move {
            let mut work = this.store.begin().await?;
            if !work.delete_room(account_id, id, this.clock.now()).await? {
                return Ok(false);
            }
            work.commit().await?;
            this.cache.written(id, Some(None));
            this.empty(id).await;
            Ok(true)
        })
        .await
    }

    /// Looks at every live room again, since another process has written.
    pub async fn recheck_live(&self) -> Result<(), StoreError> {
        for id in self.live.ids() {
            match self.find(id).await? {
                Some(room) => self.live.note(&room),
                None => self.empty(id).await,
            }
        }
        Ok(())
    }

    /// Sends everybody out of a room that is deleted. They hear of it from the call first.
    async fn empty(&self, id: RoomId) {
        self.calls.end(id, true).await;
        self.live.close(id);
        self.history.end_room(id);
    }
}

/// About how many bytes a room takes in the cache.
fn weigh(room: Option<&Room>) -> usize {
    let Some(room) = room else {
        return CACHED_ROOM_BYTES;
    };
    let name = room.unique_name.as_ref().map(RoomName::as_str);
    let urls = [&room.webhook.event_url, &room.webhook.event_failover_url];
    let urls = urls.into_iter().flatten().map(WebhookUrl::as_str);
    CACHED_ROOM_BYTES + urls.chain(name).map(str::len).sum::<usize>()
}

/// Runs a write to its end even if whoever asked for it goes away: a commit that happened has to
/// reach the cache and the doors too.
pub(crate) async fn to_its_end<T: Send + 'static>(
    write: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(write).await {
        Ok(outcome) => outcome,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}
