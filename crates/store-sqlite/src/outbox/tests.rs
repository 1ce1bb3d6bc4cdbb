use super::reads::{ATTEMPTS, BACKLOG, DUE, FIRST, NEXT_DUE};
use super::*;
use crate::SqliteStore;
use crate::plans::plan;

#[tokio::test]
async fn no_statement_walks_what_was_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    for (sql, index) in [
        (DUE, "INDEX outbox_queues_by_time (due_at<?)"),
        (NEXT_DUE, "INDEX outbox_queues_by_time (due_at>?)"),
        (FIRST, "INDEX outbox_by_room (room_id=? AND state=?)"),
        (BACKLOG, "INDEX outbox_by_state (state=?)"),
        (ATTEMPTS, "PRIMARY KEY (seq=?)"),
        (ADD, "sqlite_autoindex_rooms_1 (id=?)"),
        (REPLAY_DEAD, "INDEX outbox_by_room (room_id=? AND state=?)"),
        (CLOSE_ROOM, "INDEX outbox_by_room (room_id=? AND state=?)"),
        (FORGET, "INDEX outbox_by_state (state=? AND state_at<?)"),
    ] {
        let plan = plan(&store, sql).await;
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN outbox\n"), "{sql}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}
