use greenroom_domain::room::NewRoom;
use greenroom_domain::{Participant, ParticipantId, Room};
use greenroom_store::{Account, SessionReads, Store};
use sqlx::AssertSqlSafe;

use super::*;
use crate::SqliteStore;
use crate::plans::plan;

#[tokio::test]
async fn no_statement_scans_the_history() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    for (sql, index) in [
        (BY_ID, "sqlite_autoindex_sessions_1 (id=?)"),
        (ACTIVE_OF, "sessions_active (room_id=?)"),
        (NEWEST_OF, "sessions_of_room (room_id=?)"),
        (END, "sqlite_autoindex_sessions_1 (id=?)"),
        (TOUCH, "sqlite_autoindex_sessions_1 (id=?)"),
    ] {
        let plan = plan(&store, sql).await;
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN sessions"), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN one"), "{sql}\n{plan}");
    }
    // All active ones, and no other.
    let open = plan(&store, ACTIVE).await;
    assert_eq!(
        open,
        "SCAN sessions USING INDEX sessions_active_by_creation"
    );
}

#[test]
fn ids_are_one_parameter() {
    let [one, two] = [1, 2].map(Uuid::from_u128);
    assert_eq!(id_list([].into_iter()), "[]");
    assert_eq!(
        id_list([one, two].into_iter()),
        "[\"00000000000000000000000000000001\",\"00000000000000000000000000000002\"]"
    );
}

#[tokio::test]
async fn values_outside_the_rules_are_named_but_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let (meeting, guest) = a_meeting(&store).await;
    for (table, damage, damaged) in [
        (
            "sessions",
            "end_reason = 'secret', ended_at = 1",
            "end_reason",
        ),
        (
            "participants",
            "left_reason = 'secret', left_at = 1",
            "left_reason",
        ),
    ] {
        let mut transaction = store.writer.begin().await.unwrap();
        let sql = format!("UPDATE {table} SET {damage}");
        let done = sqlx::query(AssertSqlSafe(sql))
            .execute(transaction.connection().unwrap())
            .await;
        transaction.done(done).unwrap();
        transaction.commit().await.unwrap();
        let outcome = match table {
            "sessions" => store.session(meeting.account_id, meeting.id).await.err(),
            _ => store.participant(meeting.account_id, guest.id).await.err(),
        };
        let named = matches!(
            &outcome,
            Some(StoreError::Inconsistent { table: found, column, .. })
                if *found == table && *column == damaged
        );
        assert!(named, "{outcome:?}");
        assert!(!format!("{outcome:?}").contains("secret"));
    }
}

async fn a_meeting(store: &SqliteStore) -> (Session, Participant) {
    let account = Account {
        id: AccountId::from_uuid(Uuid::from_u128(1)),
        created_at: Timestamp::from_unix_secs(1),
    };
    let now = Timestamp::from_unix_secs(1);
    let room_id = RoomId::from_uuid(Uuid::from_u128(2));
    let room = Room::create(room_id, account.id, NewRoom::default(), now);
    let id = SessionId::from_uuid(Uuid::from_u128(3));
    let meeting = Session::start(id, room_id, account.id, now);
    let guest = Participant {
        id: ParticipantId::from_uuid(Uuid::from_u128(4)),
        session_id: id,
        room_id,
        account_id: account.id,
        context: None,
        joined_at: now,
        updated_at: now,
        left: None,
    };
    let mut work = store.begin().await.unwrap();
    work.add_account(&account).await.unwrap();
    work.add_room(&room).await.unwrap();
    work.add_session(&meeting).await.unwrap();
    work.add_participant(&guest).await.unwrap();
    work.commit().await.unwrap();
    (meeting, guest)
}
