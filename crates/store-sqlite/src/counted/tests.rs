mod model;

use std::collections::BTreeMap;

use model::{DAY_MICROS, Model};
use sqlx::Row;

use crate::plans::plan;
use crate::{SqliteStore, participants, sessions};

#[tokio::test]
async fn every_list_has_its_index_and_no_count_reads_an_entry() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    for (list, index) in [
        (
            sessions::OF_ACCOUNT,
            "sessions_by_creation (account_id=? AND created_at>? AND created_at<?)",
        ),
        (
            sessions::OF_ROOM,
            "sessions_of_room (room_id=? AND created_at>? AND created_at<?)",
        ),
        (
            sessions::ACTIVE_LIST,
            "sessions_active_by_creation (account_id=? AND created_at>? AND created_at<?)",
        ),
        (
            participants::OF_ACCOUNT,
            "participants_by_joining (account_id=? AND joined_at>? AND joined_at<?)",
        ),
        (
            participants::OF_SESSION,
            "participants_of_session (session_id=? AND joined_at>? AND joined_at<?)",
        ),
        (
            participants::OF_CONTEXT,
            "participants_of_context (context_key=? AND joined_at>? AND joined_at<?)",
        ),
        (
            participants::OF_CONTEXT_IN_SESSION,
            "participants_of_session (session_id=? AND joined_at>? AND joined_at<?)",
        ),
    ] {
        let mut steps = vec![
            (list.from_newest, index.to_owned()),
            (list.from_oldest, index.to_owned()),
        ];
        let counts = "SEARCH list_counts USING PRIMARY KEY (list=? AND owner=? AND starts_at>? AND";
        if let Some(blocks) = list.blocks {
            steps.push((list.count, counts.to_owned()));
            steps.push((blocks.from_newest, counts.to_owned()));
            steps.push((blocks.from_oldest, counts.to_owned()));
        } else {
            steps.push((list.count, format!("COVERING INDEX {index}")));
        }
        for (sql, step) in steps {
            let plan = plan(&store, sql).await;
            assert!(plan.contains(&step), "{sql}\n{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
            for table in ["sessions", "participants", "list_counts"] {
                assert!(!plan.contains(&format!("SCAN {table}")), "{sql}\n{plan}");
            }
        }
    }
}

#[tokio::test]
async fn a_block_is_cut_within_its_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    for sql in [
        "SELECT at FROM list_entries WHERE list = ?1 AND owner = ?2 AND at >= ?3 \
         ORDER BY at LIMIT 1 OFFSET 500",
        "SELECT at, updated_day, over_day, count(*) FROM list_entries \
         WHERE list = ?1 AND owner = ?2 AND at >= ?3 AND at < ?4 GROUP BY 1, 2, 3",
    ] {
        let plan = plan(&store, sql).await;
        let searches = plan.matches("=? AND ").count();
        assert_eq!(searches, 5, "{plan}");
        assert!(
            !plan.contains("SCAN sessions") && !plan.contains("SCAN participants"),
            "{plan}"
        );
    }
}

/// What the counts have to be, by what stands in the lists. No block is empty or spans two days, and
/// none is long, whatever began at its first moment aside.
async fn check_counts(store: &SqliteStore) {
    type Owner = (i64, Vec<u8>);
    let rows = sqlx::query(
        "SELECT list, owner, starts_at, updated_day, over_day, entries FROM list_counts",
    )
    .fetch_all(&store.readers)
    .await
    .unwrap();
    let mut kept: BTreeMap<(Owner, [i64; 3]), i64> = BTreeMap::new();
    let mut starts: BTreeMap<Owner, Vec<i64>> = BTreeMap::new();
    for row in rows {
        let owner: Owner = (row.get(0), row.get(1));
        starts.entry(owner.clone()).or_default().push(row.get(2));
        let place = [row.get(2), row.get(3), row.get(4)];
        kept.insert((owner, place), row.get(5));
    }
    let rows = sqlx::query("SELECT list, owner, at, updated_day, over_day FROM list_entries")
        .fetch_all(&store.readers)
        .await
        .unwrap();
    let mut counted: BTreeMap<(Owner, [i64; 3]), i64> = BTreeMap::new();
    let mut blocks: BTreeMap<(Owner, i64), Vec<i64>> = BTreeMap::new();
    for row in rows {
        let owner: Owner = (row.get(0), row.get(1));
        let at: i64 = row.get(2);
        let starts = &starts[&owner];
        let start = starts[starts.partition_point(|start| *start <= at) - 1];
        assert_eq!(start.div_euclid(DAY_MICROS), at.div_euclid(DAY_MICROS));
        let place = [start, row.get(3), row.get(4)];
        *counted.entry((owner.clone(), place)).or_default() += 1;
        blocks.entry((owner, start)).or_default().push(at);
    }
    assert!(kept == counted, "counts are not what stands in the lists");
    for (block, entries) in blocks {
        let first = entries.iter().min();
        let later = entries.iter().filter(|at| Some(*at) != first);
        assert!(later.count() <= 1_200, "{block:?}");
    }
}

#[tokio::test]
async fn lists_and_counts_follow_every_write() {
    let mut model = Model::new(20).await;
    // One after the other on one day, then at one time, then anywhere, before 1970 as well.
    model.hold((0..1_700).map(|number| number * 1_000)).await;
    model
        .hold(std::iter::repeat_n(2 * DAY_MICROS + 5, 1_200))
        .await;
    model.hold_anywhere(400).await;
    check_counts(&model.store).await;
    model.check_sessions().await;
    model.end_active(10).await;
    check_counts(&model.store).await;
    model.check_sessions().await;

    model.join((0..1_500).map(|number| number * 2_000)).await;
    model
        .join(std::iter::repeat_n(2 * DAY_MICROS + 5, 1_200))
        .await;
    model.join_anywhere(500).await;
    check_counts(&model.store).await;
    model.check_participants().await;
    model.leave(2_000).await;
    model.change(300).await;
    check_counts(&model.store).await;
    model.check_participants().await;
    model.come_back(600).await;
    model.leave(100).await;
    check_counts(&model.store).await;
    model.check_participants().await;
    model.check_sessions().await;
}
