//! Rooms.

#[cfg(test)]
mod tests;

use greenroom_domain::filter::{DayFilter, RoomFilter};
use greenroom_domain::room::{MaxParticipants, RoomName};
use greenroom_domain::webhook::{WebhookSettings, WebhookTimeout, WebhookUrl};
use greenroom_domain::{AccountId, Page, PageRequest, Room, RoomId, Timestamp};
use greenroom_store::{SaveRoomError, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};

use crate::error;
use crate::row::TableRow;

macro_rules! select_rooms {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, unique_name, max_participants, enable_recording, ",
            "webhook_event_url, webhook_event_failover_url, webhook_timeout_secs, ",
            "created_at, updated_at FROM rooms ",
            $rest
        )
    };
}

const BY_ID: &str = select_rooms!("WHERE id = ?1 AND deleted_at IS NULL");

const OF_ACCOUNT: &str = select_rooms!("WHERE id = ?1 AND account_id = ?2 AND deleted_at IS NULL");

/// Parameters 1 to 5 are the account and the bounds of [`Bounds`].
const BY_NAME: &str = select_rooms!(
    "WHERE account_id = ?1 AND created_at BETWEEN ?2 AND ?3 AND updated_at BETWEEN ?4 AND ?5 \
     AND deleted_at IS NULL AND unique_name = ?6"
);

// The index is named so that the plan cannot slip into sorting all rooms of the account.
const PAGE: &str = select_rooms!(
    "INDEXED BY rooms_by_creation \
     WHERE account_id = ?1 AND created_at BETWEEN ?2 AND ?3 AND updated_at BETWEEN ?4 AND ?5 \
     AND deleted_at IS NULL \
     ORDER BY created_at DESC, id LIMIT ?6 OFFSET ?7"
);

// For a few that were changed in a span of time: found at once, then sorted.
const PAGE_OF_FEW: &str = select_rooms!(
    "INDEXED BY rooms_by_change \
     WHERE account_id = ?1 AND created_at BETWEEN ?2 AND ?3 AND updated_at BETWEEN ?4 AND ?5 \
     AND deleted_at IS NULL \
     ORDER BY created_at DESC, id LIMIT ?6 OFFSET ?7"
);

/// Up to so many rooms, sorting is cheaper than looking for them among all rooms of a large account.
const FEW: u64 = 1_000;

const COUNT_ALL: &str = "SELECT room_count FROM accounts WHERE id = ?1";

const COUNT_BY_CREATION: &str = "SELECT count(*) FROM rooms INDEXED BY rooms_by_creation \
     WHERE account_id = ?1 AND created_at BETWEEN ?2 AND ?3 AND deleted_at IS NULL";

const COUNT_BY_CHANGE: &str = "SELECT count(*) FROM rooms INDEXED BY rooms_by_change \
     WHERE account_id = ?1 AND created_at BETWEEN ?2 AND ?3 AND updated_at BETWEEN ?4 AND ?5 \
     AND deleted_at IS NULL";

const INSERT: &str = "INSERT INTO rooms (id, account_id, unique_name, max_participants, \
     enable_recording, webhook_event_url, webhook_event_failover_url, webhook_timeout_secs, \
     created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

const UPDATE: &str = "UPDATE rooms SET unique_name = ?3, max_participants = ?4, \
     enable_recording = ?5, webhook_event_url = ?6, webhook_event_failover_url = ?7, \
     webhook_timeout_secs = ?8, updated_at = ?9 \
     WHERE id = ?1 AND account_id = ?2 AND deleted_at IS NULL";

const DELETE: &str = "UPDATE rooms SET deleted_at = ?3 \
     WHERE id = ?1 AND account_id = ?2 AND deleted_at IS NULL";

pub(crate) async fn by_id(readers: &SqlitePool, id: RoomId) -> Result<Option<Room>, StoreError> {
    let row = sqlx::query(BY_ID)
        .bind(id.as_uuid())
        .fetch_optional(readers)
        .await
        .map_err(error::reading)?;
    row.as_ref().map(room).transpose()
}

pub(crate) async fn list(
    readers: &SqlitePool,
    account_id: AccountId,
    filter: &RoomFilter,
    page: PageRequest,
) -> Result<Page<Room>, StoreError> {
    let (rows, total_results) = match &filter.unique_name {
        Some(name) => named(readers, account_id, filter, name, page).await,
        None => page_and_total(readers, account_id, filter, page).await,
    }
    .map_err(error::reading)?;
    Ok(Page {
        items: rows.iter().map(room).collect::<Result<_, _>>()?,
        total_results,
    })
}

/// The one room of that name, if it is on the page.
async fn named(
    readers: &SqlitePool,
    account_id: AccountId,
    filter: &RoomFilter,
    name: &str,
    page: PageRequest,
) -> sqlx::Result<(Vec<SqliteRow>, u64)> {
    let bounds = Bounds::of(filter);
    let row = sqlx::query(BY_NAME)
        .bind(account_id.as_uuid())
        .bind(bounds.created.0)
        .bind(bounds.created.1)
        .bind(bounds.updated.0)
        .bind(bounds.updated.1)
        .bind(name)
        .fetch_optional(readers)
        .await?;
    let total = u64::from(row.is_some());
    let rows = row.into_iter().filter(|_| page.offset() == 0).collect();
    Ok((rows, total))
}

async fn page_and_total(
    readers: &SqlitePool,
    account_id: AccountId,
    filter: &RoomFilter,
    page: PageRequest,
) -> sqlx::Result<(Vec<SqliteRow>, u64)> {
    // One transaction, so that the page and the total are of the same moment.
    let mut snapshot = readers.begin().await?;
    let total = count(&mut snapshot, account_id, filter).await?;
    let by_change = filter.updated != DayFilter::default() && total <= FEW;
    let statement = if by_change { PAGE_OF_FEW } else { PAGE };
    let rows = if page.offset() < total {
        rows_of_page(&mut snapshot, statement, account_id, filter, page).await?
    } else {
        Vec::new()
    };
    snapshot.commit().await?;
    Ok((rows, total))
}

async fn rows_of_page(
    connection: &mut SqliteConnection,
    statement: &'static str,
    account_id: AccountId,
    filter: &RoomFilter,
    page: PageRequest,
) -> sqlx::Result<Vec<SqliteRow>> {
    let bounds = Bounds::of(filter);
    sqlx::query(statement)
        .bind(account_id.as_uuid())
        .bind(bounds.created.0)
        .bind(bounds.created.1)
        .bind(bounds.updated.0)
        .bind(bounds.updated.1)
        .bind(page.size())
        .bind(i64::try_from(page.offset()).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await
}

async fn count(
    connection: &mut SqliteConnection,
    account_id: AccountId,
    filter: &RoomFilter,
) -> sqlx::Result<u64> {
    let bounds = Bounds::of(filter);
    let account = account_id.as_uuid();
    let query = if filter.updated != DayFilter::default() {
        sqlx::query(COUNT_BY_CHANGE)
            .bind(account)
            .bind(bounds.created.0)
            .bind(bounds.created.1)
            .bind(bounds.updated.0)
            .bind(bounds.updated.1)
    } else if filter.created != DayFilter::default() {
        sqlx::query(COUNT_BY_CREATION)
            .bind(account)
            .bind(bounds.created.0)
            .bind(bounds.created.1)
    } else {
        sqlx::query(COUNT_ALL).bind(account)
    };
    let row = query.fetch_optional(connection).await?;
    let total: i64 = row.map_or(Ok(0), |row| row.try_get(0))?;
    Ok(u64::try_from(total).unwrap_or_default())
}

pub(crate) async fn of_account(
    connection: &mut SqliteConnection,
    account_id: AccountId,
    id: RoomId,
) -> sqlx::Result<Option<SqliteRow>> {
    sqlx::query(OF_ACCOUNT)
        .bind(id.as_uuid())
        .bind(account_id.as_uuid())
        .fetch_optional(connection)
        .await
}

pub(crate) async fn insert(connection: &mut SqliteConnection, room: &Room) -> sqlx::Result<()> {
    sqlx::query(INSERT)
        .bind(room.id.as_uuid())
        .bind(room.account_id.as_uuid())
        .bind(room.unique_name.as_ref().map(RoomName::as_str))
        .bind(room.max_participants.get())
        .bind(room.enable_recording)
        .bind(room.webhook.event_url.as_ref().map(WebhookUrl::as_str))
        .bind(
            room.webhook
                .event_failover_url
                .as_ref()
                .map(WebhookUrl::as_str),
        )
        .bind(room.webhook.timeout.map(WebhookTimeout::secs))
        .bind(room.created_at.unix_micros())
        .bind(room.updated_at.unix_micros())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn update(connection: &mut SqliteConnection, room: &Room) -> sqlx::Result<bool> {
    let done = sqlx::query(UPDATE)
        .bind(room.id.as_uuid())
        .bind(room.account_id.as_uuid())
        .bind(room.unique_name.as_ref().map(RoomName::as_str))
        .bind(room.max_participants.get())
        .bind(room.enable_recording)
        .bind(room.webhook.event_url.as_ref().map(WebhookUrl::as_str))
        .bind(
            room.webhook
                .event_failover_url
                .as_ref()
                .map(WebhookUrl::as_str),
        )
        .bind(room.webhook.timeout.map(WebhookTimeout::secs))
        .bind(room.updated_at.unix_micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn delete(
    connection: &mut SqliteConnection,
    account_id: AccountId,
    id: RoomId,
    at: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(DELETE)
        .bind(id.as_uuid())
        .bind(account_id.as_uuid())
        .bind(at.unix_micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// What a failed insert or update of a room means.
pub(crate) fn save_error(error: sqlx::Error) -> SaveRoomError {
    if error::is_unique_violation(&error) {
        return SaveRoomError::NameTaken;
    }
    let inconsistent = |column, detail: &str| StoreError::Inconsistent {
        table: "rooms",
        column,
        detail: detail.to_owned(),
    };
    SaveRoomError::Store(if error::is_primary_key_violation(&error) {
        inconsistent("id", "was used before")
    } else if error::is_foreign_key_violation(&error) {
        inconsistent("account_id", "names no account")
    } else {
        error::writing(error)
    })
}

/// Restores a room through the rules that it was made by.
pub(crate) fn room(row: &SqliteRow) -> Result<Room, StoreError> {
    let row = TableRow::new("rooms", row);
    Ok(Room {
        id: RoomId::from_uuid(row.get("id")?),
        account_id: AccountId::from_uuid(row.get("account_id")?),
        unique_name: row.parse_optional("unique_name", RoomName::new)?,
        max_participants: row.parse("max_participants", MaxParticipants::new)?,
        enable_recording: row.get("enable_recording")?,
        webhook: WebhookSettings {
            event_url: row.parse_optional("webhook_event_url", WebhookUrl::new)?,
            event_failover_url: row
                .parse_optional("webhook_event_failover_url", WebhookUrl::new)?,
            timeout: row.parse_optional("webhook_timeout_secs", WebhookTimeout::new)?,
        },
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// The bounds of a filter in microseconds, both ends included; open ends reach to the last integer,
/// so that one statement serves every combination.
struct Bounds {
    created: (i64, i64),
    updated: (i64, i64),
}

impl Bounds {
    fn of(filter: &RoomFilter) -> Self {
        let included = |days: DayFilter| {
            let from = days.from().map_or(i64::MIN, Timestamp::unix_micros);
            let last = days
                .until()
                .map_or(i64::MAX, |until| until.unix_micros().saturating_sub(1));
            (from, last)
        };
        Self {
            created: included(filter.created),
            updated: included(filter.updated),
        }
    }
}
