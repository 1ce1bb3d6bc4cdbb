//! Sessions and participants of the past, put straight into the store, so that the moments are the test's.

use greenroom_domain::participant::{Left, LeftReason};
use greenroom_domain::session::{EndReason, Ended};
use greenroom_domain::{Participant, ParticipantId, Session, SessionId, Timestamp};
use greenroom_testkit::{Account, FakeClock, TestServer};
use serde_json::Value;

/// So many seconds after the 22nd of April 2021, 12:14:55.954863 UTC.
pub fn at(secs: i64) -> Timestamp {
    FakeClock::START.saturating_add_secs(secs)
}

/// What all ids of tests begin with.
const OURS: &str = "00000000-0000-4000-8000-";

/// The canonical text of the id of that number.
pub fn id(number: u64) -> String {
    format!("{OURS}{number:012x}")
}

/// Whether [`id`] has made an id.
pub fn is_ours(id: &str) -> bool {
    id.starts_with(OURS)
}

/// The number in an id that [`id`] has made.
pub fn number(id: &Value) -> u64 {
    let digits = id.as_str().unwrap().rsplit('-').next().unwrap();
    u64::from_str_radix(digits, 16).unwrap()
}

/// Puts sessions of one room into the store.
pub struct Past<'a> {
    pub server: &'a TestServer,
    pub account: &'a Account,
    pub room: &'a str,
}

impl Past<'_> {
    /// A session that began at these seconds.
    pub async fn session(&self, id: u64, began: i64) -> Session {
        let id: SessionId = self::id(id).parse().unwrap();
        let room_id = self.room.parse().unwrap();
        let session = Session::start(id, room_id, self.account.id, at(began));
        let mut work = self.server.store().begin().await.unwrap();
        work.add_session(&session).await.unwrap();
        work.commit().await.unwrap();
        session
    }

    /// Ends a session at these seconds.
    pub async fn end(&self, session: Session, ended: i64) {
        let ended = Ended {
            at: at(ended),
            reason: EndReason::Empty,
        };
        let mut work = self.server.store().begin().await.unwrap();
        assert!(work.end_session(session.id, ended).await.unwrap());
        work.commit().await.unwrap();
    }

    /// A participant of a session who joined and, if so, left at these seconds.
    pub async fn participant(
        &self,
        session: Session,
        id: u64,
        context: Option<&str>,
        joined: i64,
        left: Option<i64>,
    ) {
        let id: ParticipantId = self::id(id).parse().unwrap();
        let participant = Participant {
            id,
            session_id: session.id,
            room_id: session.room_id,
            account_id: session.account_id,
            context: context.map(ToOwned::to_owned),
            joined_at: at(joined),
            updated_at: at(joined),
            left: None,
        };
        let mut work = self.server.store().begin().await.unwrap();
        work.add_participant(&participant).await.unwrap();
        if let Some(left) = left {
            let left = Left {
                at: at(left),
                reason: LeftReason::Left,
            };
            assert!(work.end_participation(session.id, id, left).await.unwrap());
        }
        work.commit().await.unwrap();
    }
}

/// An account with two rooms and three sessions in them, and another account with one of each.
///
/// | session | room | began on | ended on | participants (joined, left) |
/// |---|---|---|---|---|
/// | 1 | red | the 22nd | the 22nd | 11 `Alice` (22, 22) |
/// | 2 | red | the 23rd | the 24th | 11 `Alice` (23, 23), 12 `Bob B.` (23, 24) |
/// | 3 | blue | the 24th | | 13, without a context (24), 14 `Alice` (24, 24) |
/// | 9 | that of globex | the 23rd | | 19 `Alice` (23) |
pub struct ThreeDays {
    pub server: TestServer,
    pub acme: Account,
    pub globex: Account,
    pub red: String,
    pub blue: String,
}

impl ThreeDays {
    pub async fn set() -> Self {
        const DAY: i64 = 86_400;
        let server = TestServer::start().await;
        let acme = server.account("acme").await;
        let globex = server.account("globex").await;
        let (red, blue) = (acme.new_room().await, acme.new_room().await);
        let foreign = globex.new_room().await;
        let past = |account, room| Past {
            server: &server,
            account,
            room,
        };

        let in_red = past(&acme, &red);
        let first = in_red.session(1, 0).await;
        in_red
            .participant(first, 11, Some("Alice"), 0, Some(60))
            .await;
        in_red.end(first, 75).await;
        let second = in_red.session(2, DAY).await;
        in_red
            .participant(second, 11, Some("Alice"), DAY, Some(DAY + 60))
            .await;
        in_red
            .participant(second, 12, Some("Bob B."), DAY + 30, Some(2 * DAY))
            .await;
        in_red.end(second, 2 * DAY + 15).await;

        let in_blue = past(&acme, &blue);
        let third = in_blue.session(3, 2 * DAY).await;
        in_blue.participant(third, 13, None, 2 * DAY, None).await;
        in_blue
            .participant(third, 14, Some("Alice"), 2 * DAY + 30, Some(2 * DAY + 60))
            .await;

        let elsewhere = past(&globex, &foreign);
        let other = elsewhere.session(9, DAY).await;
        elsewhere
            .participant(other, 19, Some("Alice"), DAY, None)
            .await;
        Self {
            server,
            acme,
            globex,
            red,
            blue,
        }
    }
}
