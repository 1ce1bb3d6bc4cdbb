use super::*;
use crate::SqliteStore;
use crate::plans::plan;

#[tokio::test]
async fn no_statement_scans_the_history() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let whole = "participants_by_id (account_id=? AND id=? AND session_id=?)";
    for (sql, index) in [
        (BY_ID, "participants_by_id (account_id=? AND id=?)"),
        (NEWEST_OF, "participants_of_session (session_id=?)"),
        (PRESENT, "participants_of_session (session_id=?)"),
        (ACCOUNT_OF, "sqlite_autoindex_sessions_1 (id=?)"),
        (CHANGE, whole),
        (LEAVE, whole),
    ] {
        let plan = plan(&store, sql).await;
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN participants"), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN one"), "{sql}\n{plan}");
    }
}

#[test]
fn a_context_has_a_key_in_each_account() {
    let [one, two] = [1, 2].map(|number| AccountId::from_uuid(Uuid::from_u128(number)));
    assert_eq!(context_key(one, "x"), context_key(one, "x"));
    assert_ne!(context_key(one, "x"), context_key(two, "x"));
    assert_ne!(context_key(one, "x"), context_key(one, ""));
    // The first half of the SHA-256 of 16 bytes that are zero.
    let zero = AccountId::from_uuid(Uuid::nil());
    assert_eq!(
        context_key(zero, "").simple().to_string(),
        "374708fff7719dd5979ec875d56cd228"
    );
}
