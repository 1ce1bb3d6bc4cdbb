//! What is read of the outbox.

use greenroom_domain::webhook::{WebhookSettings, WebhookTimeout, WebhookUrl};
use greenroom_domain::{EventId, Page, PageRequest, RoomId, Timestamp};
use greenroom_store::StoreError;
use greenroom_store::outbox::{
    AttemptRecord, Backlog, FirstPending, OutboxEntry, OutboxFilter, StateFilter,
};
use sqlx::{QueryBuilder, Sqlite, SqlitePool};
use uuid::Uuid;

use super::columns::{attempt, entry};
use crate::error;
use crate::row::TableRow;

pub(super) const DUE: &str = "SELECT room_id FROM outbox_queues WHERE due_at <= ?1 \
     ORDER BY due_at, room_id LIMIT ?2";

pub(super) const NEXT_DUE: &str = "SELECT min(due_at) FROM outbox_queues WHERE due_at > ?1";

pub(super) const FIRST: &str = "SELECT outbox.*, webhook_event_url, webhook_event_failover_url, \
     webhook_timeout_secs FROM outbox INDEXED BY outbox_by_room JOIN rooms ON rooms.id = outbox.room_id \
     WHERE outbox.room_id = ?1 AND state = 'pending' ORDER BY seq LIMIT 1";

pub(super) const BACKLOG: &str = "SELECT (SELECT coalesce(sum(pending), 0) FROM outbox_queues) AS pending, \
     (SELECT min(state_at) FROM outbox WHERE state = 'pending') AS oldest_pending, \
     count(*) AS dead, coalesce(sum(dead_because = 'overflow'), 0) AS overflowed \
     FROM outbox INDEXED BY outbox_by_state WHERE state = 'dead'";

pub(super) const ATTEMPTS: &str = "SELECT outbox_attempts.* FROM outbox_attempts \
     WHERE seq = (SELECT seq FROM outbox WHERE event_id = ?1) ORDER BY attempt, failover";

pub(crate) async fn due_rooms(
    readers: &SqlitePool,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<RoomId>, StoreError> {
    let ids: Vec<Uuid> = sqlx::query_scalar(DUE)
        .bind(now.unix_micros())
        .bind(limit)
        .fetch_all(readers)
        .await
        .map_err(error::reading)?;
    Ok(ids.into_iter().map(RoomId::from_uuid).collect())
}

pub(crate) async fn next_due(
    readers: &SqlitePool,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let micros: Option<i64> = sqlx::query_scalar(NEXT_DUE)
        .bind(now.unix_micros())
        .fetch_one(readers)
        .await
        .map_err(error::reading)?;
    Ok(micros.map(Timestamp::from_unix_micros))
}

pub(crate) async fn first_pending(
    readers: &SqlitePool,
    room_id: RoomId,
) -> Result<Option<FirstPending>, StoreError> {
    let row = sqlx::query(FIRST)
        .bind(room_id.as_uuid())
        .fetch_optional(readers)
        .await
        .map_err(error::reading)?;
    let Some(row) = row else {
        return Ok(None);
    };
    let columns = TableRow::new("rooms", &row);
    let url = |column| columns.parse_optional(column, WebhookUrl::new);
    Ok(Some(FirstPending {
        entry: entry(&row)?,
        webhook: WebhookSettings {
            event_url: url("webhook_event_url")?,
            event_failover_url: url("webhook_event_failover_url")?,
            timeout: columns.parse_optional("webhook_timeout_secs", WebhookTimeout::new)?,
        },
    }))
}

pub(crate) async fn by_id(
    readers: &SqlitePool,
    id: EventId,
) -> Result<Option<OutboxEntry>, StoreError> {
    let row = sqlx::query("SELECT * FROM outbox WHERE event_id = ?1")
        .bind(id.as_uuid())
        .fetch_optional(readers)
        .await
        .map_err(error::reading)?;
    row.as_ref().map(entry).transpose()
}

pub(crate) async fn list(
    readers: &SqlitePool,
    filter: &OutboxFilter,
    page: PageRequest,
) -> Result<Page<OutboxEntry>, StoreError> {
    let total: i64 = narrowed("SELECT count(*) FROM outbox", filter)
        .build_query_scalar()
        .fetch_one(readers)
        .await
        .map_err(error::reading)?;
    let mut query = narrowed("SELECT * FROM outbox", filter);
    query.push(" ORDER BY seq DESC LIMIT ");
    query.push_bind(page.size());
    query.push(" OFFSET ");
    query.push_bind(i64::try_from(page.offset()).unwrap_or(i64::MAX));
    let rows = query
        .build()
        .fetch_all(readers)
        .await
        .map_err(error::reading)?;
    Ok(Page {
        items: rows.iter().map(entry).collect::<Result<_, _>>()?,
        total_results: u64::try_from(total).unwrap_or_default(),
    })
}

fn narrowed(select: &'static str, filter: &OutboxFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(select);
    query.push(" WHERE true");
    if let Some(room_id) = filter.room_id {
        query.push(" AND room_id = ").push_bind(room_id.as_uuid());
    }
    if let Some(state) = filter.state.map(StateFilter::as_str) {
        query.push(" AND state = ").push_bind(state);
    }
    if let Some(event_type) = &filter.event_type {
        query
            .push(" AND event_type = ")
            .push_bind(event_type.clone());
    }
    query
}

pub(crate) async fn attempts(
    readers: &SqlitePool,
    id: EventId,
) -> Result<Vec<AttemptRecord>, StoreError> {
    let rows = sqlx::query(ATTEMPTS)
        .bind(id.as_uuid())
        .fetch_all(readers)
        .await
        .map_err(error::reading)?;
    rows.iter().map(attempt).collect()
}

pub(crate) async fn backlog(readers: &SqlitePool) -> Result<Backlog, StoreError> {
    let row = sqlx::query(BACKLOG)
        .fetch_one(readers)
        .await
        .map_err(error::reading)?;
    let row = TableRow::new("outbox", &row);
    let count = |column| row.parse(column, |count: i64| u64::try_from(count));
    Ok(Backlog {
        pending: count("pending")?,
        oldest_pending: row.optional_time("oldest_pending")?,
        dead: count("dead")?,
        overflowed: count("overflowed")?,
    })
}
