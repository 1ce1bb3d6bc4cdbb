//! What the store has to show, kept in plain collections.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use greenroom_domain::filter::{DayFilter, ParticipantFilter, SessionFilter};
use greenroom_domain::paging::{PageNumber, PageSize};
use greenroom_domain::participant::{Left, LeftReason};
use greenroom_domain::room::NewRoom;
use greenroom_domain::session::{EndReason, Ended};
use greenroom_domain::time::Day;
use greenroom_domain::{
    AccountId, PageRequest, Participant, ParticipantId, Room, RoomId, Session, SessionId, Timestamp,
};
use greenroom_store::{Account, SessionReads, Store};
use tempfile::TempDir;
use uuid::Uuid;

use crate::SqliteStore;

pub(super) const DAY_MICROS: i64 = 86_400_000_000;

const CONTEXTS: [Option<&str>; 8] = [
    Some("many"),
    Some("many"),
    Some("many"),
    Some("many"),
    Some("some"),
    Some("some"),
    Some(""),
    None,
];

pub(super) struct Model {
    _dir: TempDir,
    pub(super) store: SqliteStore,
    account: AccountId,
    rooms: u128,
    sessions: Vec<Session>,
    participants: Vec<Participant>,
    random: u64,
}

fn uuid(number: usize) -> Uuid {
    Uuid::from_u128(u128::try_from(number).unwrap())
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros)
}

impl Model {
    /// One account with some rooms; in each a session is active.
    pub(super) async fn new(rooms: u128) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path()).await.unwrap();
        let account = Account {
            id: AccountId::from_uuid(Uuid::from_u128(1)),
            created_at: time(0),
        };
        let mut work = store.begin().await.unwrap();
        work.add_account(&account).await.unwrap();
        for number in 0..rooms {
            let id = RoomId::from_uuid(Uuid::from_u128(number));
            let room = Room::create(id, account.id, NewRoom::default(), time(0));
            work.add_room(&room).await.unwrap();
        }
        work.commit().await.unwrap();
        let mut model = Self {
            _dir: dir,
            store,
            account: account.id,
            rooms,
            sessions: Vec::new(),
            participants: Vec::new(),
            random: 7,
        };
        let active = (0..rooms).map(|room| {
            let number = usize::try_from(room).unwrap();
            let begun = time(i64::try_from(room).unwrap() * DAY_MICROS / 7);
            let room = RoomId::from_uuid(Uuid::from_u128(room));
            Session::start(SessionId::from_uuid(uuid(number)), room, account.id, begun)
        });
        model.add_sessions(active.collect()).await;
        model
    }

    fn random(&mut self, below: i64) -> i64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.random >> 20).unwrap() % below
    }

    fn index(&mut self, below: usize) -> usize {
        usize::try_from(self.random(i64::try_from(below).unwrap())).unwrap()
    }

    async fn add_sessions(&mut self, sessions: Vec<Session>) {
        let mut work = self.store.begin().await.unwrap();
        for session in &sessions {
            work.add_session(session).await.unwrap();
        }
        work.commit().await.unwrap();
        self.sessions.extend(sessions);
    }

    /// Sessions that began at these times and have ended, most of them in the first room.
    pub(super) async fn hold(&mut self, times: impl IntoIterator<Item = i64>) {
        let mut held = Vec::new();
        for begun in times {
            let number = self.sessions.len() + held.len();
            let room = u128::try_from(self.index(40)).unwrap();
            let room = if room < self.rooms { room } else { 0 };
            let over = time(begun + self.random(DAY_MICROS / 4));
            let room = RoomId::from_uuid(Uuid::from_u128(room));
            let id = SessionId::from_uuid(uuid(number));
            held.push(Session {
                updated_at: over,
                ended: Some(Ended {
                    at: over,
                    reason: EndReason::Empty,
                }),
                ..Session::start(id, room, self.account, time(begun))
            });
        }
        self.add_sessions(held).await;
    }

    fn anywhere(&mut self, count: usize) -> Vec<i64> {
        (0..count)
            .map(|_| self.random(4 * DAY_MICROS) - DAY_MICROS)
            .collect()
    }

    pub(super) async fn hold_anywhere(&mut self, count: usize) {
        let times = self.anywhere(count);
        self.hold(times).await;
    }

    pub(super) async fn end_active(&mut self, count: usize) {
        let mut work = self.store.begin().await.unwrap();
        for session in self.sessions.iter_mut().take(count) {
            let ended = Ended {
                at: session.created_at.saturating_add_secs(100_000),
                reason: EndReason::Api,
            };
            assert!(work.end_session(session.id, ended).await.unwrap());
            (session.ended, session.updated_at) = (Some(ended), ended.at);
        }
        work.commit().await.unwrap();
    }

    /// Participants who joined at these times, most of them in one session that has ended.
    pub(super) async fn join(&mut self, times: impl IntoIterator<Item = i64>) {
        let mut work = self.store.begin().await.unwrap();
        for joined in times {
            let number = self.participants.len();
            let session = if self.index(4) == 0 {
                30 + self.index(20)
            } else {
                25
            };
            let session = self.sessions[session];
            let context = CONTEXTS[self.index(CONTEXTS.len())];
            let participant = Participant {
                id: ParticipantId::from_uuid(uuid(number)),
                session_id: session.id,
                room_id: session.room_id,
                account_id: self.account,
                context: context.map(str::to_owned),
                joined_at: time(joined),
                updated_at: time(joined),
                left: None,
            };
            work.add_participant(&participant).await.unwrap();
            self.participants.push(participant);
        }
        work.commit().await.unwrap();
    }

    pub(super) async fn join_anywhere(&mut self, count: usize) {
        let times = self.anywhere(count);
        self.join(times).await;
    }

    pub(super) async fn leave(&mut self, count: usize) {
        let mut work = self.store.begin().await.unwrap();
        for _ in 0..count {
            let index = self.index(self.participants.len());
            let after = self.random(DAY_MICROS);
            let one = &mut self.participants[index];
            let left = Left {
                at: one.joined_at.saturating_add_micros(after),
                reason: LeftReason::Left,
            };
            let gone = work.end_participation(one.session_id, one.id, left).await;
            assert_eq!(gone.unwrap(), one.left.is_none());
            if one.left.is_none() {
                (one.left, one.updated_at) = (Some(left), left.at);
            }
        }
        work.commit().await.unwrap();
    }

    pub(super) async fn change(&mut self, count: usize) {
        let mut work = self.store.begin().await.unwrap();
        for _ in 0..count {
            let index = self.index(self.participants.len());
            let context = CONTEXTS[self.index(CONTEXTS.len())];
            let after = self.random(DAY_MICROS);
            let one = &mut self.participants[index];
            let at = one.updated_at.saturating_add_micros(after);
            let changed = work
                .change_participant(one.session_id, one.id, context, at)
                .await;
            assert_eq!(changed.unwrap(), one.left.is_none());
            if one.left.is_none() {
                (one.context, one.updated_at) = (context.map(str::to_owned), at);
            }
        }
        work.commit().await.unwrap();
    }

    /// Those who left join again, at another time and with another context.
    pub(super) async fn come_back(&mut self, count: usize) {
        let times = self.anywhere(count);
        let mut work = self.store.begin().await.unwrap();
        for joined in times {
            let index = self.index(self.participants.len());
            let context = CONTEXTS[self.index(CONTEXTS.len())];
            let one = &mut self.participants[index];
            if one.left.is_some() {
                one.context = context.map(str::to_owned);
                (one.joined_at, one.updated_at) = (time(joined), time(joined));
                one.left = None;
                work.add_participant(one).await.unwrap();
            }
        }
        work.commit().await.unwrap();
    }

    /// What each filter of sessions shows, on pages near and far.
    pub(super) async fn check_sessions(&self) {
        for room in [None, Some(0), Some(3)] {
            for active in [None, Some(true), Some(false)] {
                for [created, updated, ended] in spans() {
                    let filter = SessionFilter {
                        room_id: room.map(|room| RoomId::from_uuid(Uuid::from_u128(room))),
                        active,
                        created,
                        updated,
                        ended,
                    };
                    self.check_list_of_sessions(&filter).await;
                }
            }
        }
    }

    async fn check_list_of_sessions(&self, filter: &SessionFilter) {
        let matches = |one: &&Session| {
            filter.room_id.is_none_or(|room| one.room_id == room)
                && filter.active.is_none_or(|active| one.is_active() == active)
                && within(filter.created, Some(one.created_at))
                && within(filter.updated, Some(one.updated_at))
                && within(filter.ended, one.ended.map(|ended| ended.at))
        };
        let mut expected: Vec<&Session> = self.sessions.iter().filter(matches).collect();
        expected.sort_by_key(|one| (Reverse(one.created_at), one.id));
        let total = u64::try_from(expected.len()).unwrap();
        for (page, shown) in pages(&expected) {
            let found = self.store.sessions(self.account, filter, page).await;
            let found = found.unwrap();
            assert_eq!(found.total_results, total, "{filter:?}");
            let items: Vec<&Session> = found.items.iter().collect();
            assert_eq!(items, shown, "{page:?} of {filter:?}");
        }
    }

    /// The same for participants.
    pub(super) async fn check_participants(&self) {
        let lists = [
            (None, None),
            (Some(25), None),
            (None, Some("many")),
            (Some(25), Some("some")),
            (Some(31), None),
            (None, Some("")),
            (Some(31), Some("nobody's")),
        ];
        for (session, context) in lists {
            for [joined, updated, left] in spans() {
                let filter = ParticipantFilter {
                    session_id: session.map(|number| SessionId::from_uuid(uuid(number))),
                    context: context.map(str::to_owned),
                    joined,
                    updated,
                    left,
                };
                self.check_list_of_participants(&filter).await;
            }
        }
    }

    async fn check_list_of_participants(&self, filter: &ParticipantFilter) {
        let matches = |one: &&Participant| {
            filter.session_id.is_none_or(|id| one.session_id == id)
                && (filter.context.is_none() || one.context == filter.context)
                && within(filter.joined, Some(one.joined_at))
                && within(filter.updated, Some(one.updated_at))
                && within(filter.left, one.left.map(|left| left.at))
        };
        let mut expected: Vec<&Participant> = self.participants.iter().filter(matches).collect();
        expected.sort_by_key(|one| (Reverse(one.joined_at), one.id));
        let total = u64::try_from(expected.len()).unwrap();
        for (page, shown) in pages(&expected) {
            let found = self.store.participants(self.account, filter, page).await;
            let found = found.unwrap();
            assert_eq!(found.total_results, total, "{filter:?}");
            let items: Vec<&Participant> = found.items.iter().collect();
            assert_eq!(items, shown, "{page:?} of {filter:?}");
        }
    }
}

fn within(days: DayFilter, at: Option<Timestamp>) -> bool {
    days == DayFilter::default()
        || at.is_some_and(|at| {
            days.from().is_none_or(|from| at >= from) && days.until().is_none_or(|until| at < until)
        })
}

/// Days of beginning, change and end: alone, and some together.
fn spans() -> Vec<[DayFilter; 3]> {
    let day = |text: Option<&str>| text.map(|text| text.parse::<Day>().unwrap());
    let days = |gte, lte| DayFilter {
        eq: None,
        gte: day(gte),
        lte: day(lte),
    };
    let any = DayFilter::default();
    let second = days(Some("1970-01-02"), Some("1970-01-02"));
    let since = days(Some("1970-01-02"), None);
    let until = days(None, Some("1970-01-02"));
    let mut spans = vec![[any; 3], [second; 3], [until, since, until]];
    for some in [second, since, until] {
        spans.extend([[some, any, any], [any, some, any], [any, any, some]]);
    }
    spans
}

/// The first pages of a list, one in the middle, the last one and the one beyond, with what they show.
fn pages<T: Clone>(expected: &[T]) -> Vec<(PageRequest, Vec<T>)> {
    let mut pages = BTreeMap::new();
    for size in [20, 250] {
        let last = expected.len().div_ceil(size).max(1);
        for number in [1, 2, last.div_ceil(2), last, last + 1] {
            let page = PageRequest::new(
                PageNumber::new(i64::try_from(number).unwrap()).unwrap(),
                PageSize::new(i64::try_from(size).unwrap()).unwrap(),
            );
            let shown = expected.chunks(size).nth(number - 1).unwrap_or_default();
            pages.insert((size, number), (page, shown.to_vec()));
        }
    }
    pages.into_values().collect()
}
