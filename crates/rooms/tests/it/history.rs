//! The recorder over a real store: what is told is on record, whatever the store does meanwhile.

mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use greenroom_domain::clock::Clock;
use greenroom_domain::filter::ParticipantFilter;
use greenroom_domain::participant::LeftReason;
use greenroom_domain::room::NewRoom;
use greenroom_domain::session::EndReason;
use greenroom_domain::webhook::WebhookUrl;
use greenroom_domain::{
    AccountId, PageRequest, Participant, ParticipantId, Room, RoomId, Session, Timestamp,
};
use greenroom_rooms::history::{Note, Recorder, RoomRef};
use greenroom_rooms::{History, Stats};
use greenroom_store::Store;
use greenroom_store_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::support::{Counting, account};

const GRACE_SECS: u32 = 15;

/// As long as a test waits for what should happen.
const LIMIT: Duration = Duration::from_mins(1);

/// Stands until it is moved.
struct Hands(AtomicI64);

impl Hands {
    fn advance(&self, secs: i64) {
        self.0.fetch_add(secs * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::Relaxed))
    }
}

/// A data directory with some rooms.
struct Archive {
    data: TempDir,
    entropy: Arc<Counting>,
    clock: Arc<Hands>,
    account_id: AccountId,
    rooms: Vec<RoomRef>,
}

impl Archive {
    async fn with_rooms(count: usize) -> Self {
        let data = tempfile::tempdir().unwrap();
        let entropy = Arc::new(Counting::default());
        let clock = Arc::new(Hands(AtomicI64::new(1_800_000_000_000_000)));
        let account_id = AccountId::random(&*entropy);
        let store = SqliteStore::open(data.path()).await.unwrap();
        let mut work = store.begin().await.unwrap();
        work.add_account(&account(account_id, clock.now()))
            .await
            .unwrap();
        let mut rooms = Vec::new();
        for _ in 0..count {
            let new = NewRoom::default();
            let room = Room::create(RoomId::random(&*entropy), account_id, new, clock.now());
            work.add_room(&room).await.unwrap();
            rooms.push(RoomRef {
                room_id: room.id,
                account_id,
            });
        }
        work.commit().await.unwrap();
        store.close().await;
        Self {
            data,
            entropy,
            clock,
            account_id,
            rooms,
        }
    }

    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(self.data.path()).await.unwrap())
    }

    /// Starts what writes the history, as a server does.
    async fn start(&self) -> Writer {
        let store = self.open().await;
        let stats = Arc::new(Stats::default());
        let history = History::new(
            GRACE_SECS,
            Arc::clone(&self.clock) as Arc<dyn Clock>,
            Arc::clone(&self.entropy) as _,
            Arc::clone(&stats),
        );
        let doorbell = Arc::new(Notify::new());
        let recorder = Recorder::new(
            Arc::clone(&history),
            Arc::clone(&store),
            Arc::clone(&doorbell),
        );
        recorder.resume().await.unwrap();
        Writer {
            store,
            stats,
            history,
            doorbell,
            task: tokio::spawn(recorder.run()),
        }
    }

    fn who(&self) -> ParticipantId {
        ParticipantId::random(&*self.entropy)
    }

    fn joined(&self, participant: ParticipantId, context: &str) -> Note {
        Note::Joined {
            participant,
            context: Some(context.to_owned()),
            at: self.clock.now(),
        }
    }

    fn left(&self, participant: ParticipantId) -> Note {
        Note::Left {
            participant,
            reason: LeftReason::Left,
            at: self.clock.now(),
        }
    }
}

struct Writer {
    store: Arc<dyn Store>,
    stats: Arc<Stats>,
    history: Arc<History>,
    doorbell: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Writer {
    async fn flushed(&self) {
        tokio::time::timeout(LIMIT, self.history.flushed())
            .await
            .unwrap();
    }

    /// The one active session of a room, and who is in it.
    async fn open_session(&self, room: RoomRef) -> Option<(Session, Vec<Participant>)> {
        let open = self.store.open_sessions().await.unwrap();
        let mut open = open
            .into_iter()
            .filter(|(session, _)| session.room_id == room.room_id);
        let first = open.next();
        assert!(open.next().is_none());
        first
    }

    async fn participants(&self, account_id: AccountId) -> Vec<Participant> {
        let filter = ParticipantFilter::default();
        let page = PageRequest::default();
        self.store
            .participants(account_id, &filter, page)
            .await
            .unwrap()
            .items
    }

    /// Stops as a server does.
    async fn stop(self) {
        self.history.close();
        tokio::time::timeout(LIMIT, self.task)
            .await
            .unwrap()
            .unwrap();
        self.store.close().await;
    }

    /// Is gone at once, as a killed process is.
    fn kill(self) {
        self.task.abort();
    }
}

fn ids(participants: &[Participant]) -> Vec<ParticipantId> {
    let mut ids: Vec<_> = participants.iter().map(|one| one.id).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_is_on_record() {
    let archive = Archive::with_rooms(1).await;
    let room = archive.rooms[0];
    let writer = archive.start().await;
    let [ann, ben] = [archive.who(), archive.who()];
    writer.history.note(room, archive.joined(ann, "ann"));
    writer.history.note(room, archive.joined(ben, "ben"));
    writer.flushed().await;
    let (session, present) = writer.open_session(room).await.unwrap();
    assert_eq!(Some(session.id), writer.history.session(room.room_id));
    assert_eq!(present.len(), 2);
    archive.clock.advance(3);
    writer.history.note(room, archive.left(ann));
    writer.flushed().await;
    let (session, present) = writer.open_session(room).await.unwrap();
    assert_eq!(session.updated_at, archive.clock.now());
    assert_eq!(ids(&present), [ben]);
    let left = writer.participants(archive.account_id).await;
    let left = left.iter().find(|one| one.id == ann).unwrap();
    assert_eq!(left.left.unwrap().at, archive.clock.now());
    assert!(writer.history.end(room.room_id, session.id, EndReason::Api));
    writer.flushed().await;
    let ended = writer
        .store
        .session(archive.account_id, session.id)
        .await
        .unwrap();
    assert_eq!(ended.unwrap().ended.unwrap().reason, EndReason::Api);
    writer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_by_itself_after_the_grace() {
    let archive = Archive::with_rooms(1).await;
    let room = archive.rooms[0];
    let writer = archive.start().await;
    let ann = archive.who();
    writer.history.note(room, archive.joined(ann, "ann"));
    archive.clock.advance(60);
    let left_at = archive.clock.now();
    writer.history.note(room, archive.left(ann));
    writer.flushed().await;
    let (session, _) = writer.open_session(room).await.unwrap();
    archive.clock.advance(i64::from(GRACE_SECS));
    let ended = async {
        while writer.history.session(room.room_id).is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, ended).await.unwrap();
    writer.flushed().await;
    let session = writer.store.session(archive.account_id, session.id).await;
    let ended = session.unwrap().unwrap().ended.unwrap();
    assert_eq!((ended.at, ended.reason), (left_at, EndReason::Empty));
    assert_eq!(writer.stats.history.active.get(), 0);
    writer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_people_have_left_and_the_session_ends() {
    let archive = Archive::with_rooms(2).await;
    let [kept, lost] = [archive.rooms[0], archive.rooms[1]];
    let writer = archive.start().await;
    let [ann, ben] = [archive.who(), archive.who()];
    writer.history.note(kept, archive.joined(ann, "ann"));
    writer.history.note(lost, archive.joined(ben, "ben"));
    writer.flushed().await;
    let (session, _) = writer.open_session(kept).await.unwrap();
    let (ending, _) = writer.open_session(lost).await.unwrap();
    writer.kill();
    let killed_at = archive.clock.now();

    archive.clock.advance(30);
    let writer = archive.start().await;
    writer.flushed().await;
    for one in writer.participants(archive.account_id).await {
        let left = one.left.unwrap();
        assert_eq!((left.at, left.reason), (killed_at, LeftReason::Stale));
    }
    writer.history.note(kept, archive.joined(ann, "ann"));
    archive.clock.advance(i64::from(GRACE_SECS));
    let ended = async {
        while writer.history.session(lost.room_id).is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, ended).await.unwrap();
    writer.flushed().await;
    let ended = writer.store.session(archive.account_id, ending.id).await;
    let ended = ended.unwrap().unwrap().ended.unwrap();
    assert_eq!((ended.at, ended.reason), (killed_at, EndReason::Stale));
    let (still, present) = writer.open_session(kept).await.unwrap();
    assert_eq!((still.id, ids(&present)), (session.id, vec![ann]));
    // Once more, after a stop in good order.
    writer.stop().await;
    let writer = archive.start().await;
    writer.history.note(kept, archive.joined(ann, "ann"));
    writer.flushed().await;
    let (still, _) = writer.open_session(kept).await.unwrap();
    assert_eq!(still.id, session.id);
    writer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_session_of_a_room_that_was_deleted_does_not_go_on() {
    let archive = Archive::with_rooms(1).await;
    let room = archive.rooms[0];
    let writer = archive.start().await;
    writer
        .history
        .note(room, archive.joined(archive.who(), "ann"));
    writer.flushed().await;
    let (session, _) = writer.open_session(room).await.unwrap();
    let mut work = writer.store.begin().await.unwrap();
    let deleted = work.delete_room(room.account_id, room.room_id, archive.clock.now());
    assert!(deleted.await.unwrap());
    work.commit().await.unwrap();
    writer.kill();

    let writer = archive.start().await;
    writer.flushed().await;
    let ended = writer.store.session(archive.account_id, session.id).await;
    let ended = ended.unwrap().unwrap().ended.unwrap();
    assert_eq!(ended.reason, EndReason::RoomDeleted);
    writer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bell_rings_for_events_that_are_kept() {
    let archive = Archive::with_rooms(1).await;
    let room = archive.rooms[0];
    let writer = archive.start().await;
    let ann = archive.who();
    writer.history.note(room, archive.joined(ann, "ann"));
    writer.flushed().await;
    assert!(!is_rung(&writer.doorbell), "the room has no webhook");

    let mut work = writer.store.begin().await.unwrap();
    let found = work.room_of(room.account_id, room.room_id).await.unwrap();
    let mut found = found.unwrap();
    found.webhook.event_url = Some(WebhookUrl::new("https://example.com/hook".to_owned()).unwrap());
    assert!(work.save_room(&found).await.unwrap());
    work.commit().await.unwrap();
    writer.history.note(room, archive.left(ann));
    writer.flushed().await;
    let rings = tokio::time::timeout(LIMIT, writer.doorbell.notified());
    assert!(rings.await.is_ok());
    writer.stop().await;
}

/// Whether a bell was rung and nobody has heard it yet.
fn is_rung(bell: &Notify) -> bool {
    let notified = std::pin::pin!(bell.notified());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    notified.poll(&mut context).is_ready()
}
