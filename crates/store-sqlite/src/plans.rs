//! How SQLite goes about a statement.

use sqlx::{AssertSqlSafe, Row};

use crate::SqliteStore;

/// The steps of a statement, one a line.
pub(crate) async fn plan(store: &SqliteStore, sql: &str) -> String {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
        .fetch_all(&store.readers)
        .await
        .unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    steps.join("\n")
}
