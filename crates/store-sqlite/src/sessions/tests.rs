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
