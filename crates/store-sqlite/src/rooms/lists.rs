//! Lists of rooms. What is counted and what is passed over comes from the counts that the database
//! keeps (`migrations/0003_room_counts.sql`), so that a page costs about the same wherever it is.

#[cfg(test)]
mod tests;

use greenroom_domain::filter::{DayFilter, RoomFilter};
use greenroom_domain::{AccountId, Page, PageRequest, Room};
use greenroom_store::StoreError;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool};

use super::room;
use crate::cut::{Cut, End, PASSED_OVER, count_in, to_sql};
use crate::error;
use crate::span::{Span, span};

/// Parameters 1 to 5 are the account and the bounds of [`Bounds`], here and in all that follow.
const BY_NAME: &str = select_rooms!(
    "WHERE account_id = ?1 AND created_at BETWEEN ?2 AND ?3 AND updated_at BETWEEN ?4 AND ?5 \
     AND deleted_at IS NULL AND unique_name = ?6"
);

// The index is named so that the plan cannot slip into sorting all rooms of the account.
const FROM_NEWEST: &str = select_rooms!(
    "INDEXED BY rooms_by_creation \
     WHERE account_id = ?1 AND created_at BETWEEN ?2 AND ?3 AND updated_at BETWEEN ?4 AND ?5 \
     AND deleted_at IS NULL \
     ORDER BY created_at DESC, id LIMIT ?6 OFFSET ?7"
);

const FROM_OLDEST: &str = select_rooms!(
    "INDEXED BY rooms_by_creation \
     WHERE account_id = ?1 AND created_at BETWEEN ?2 AND ?3 AND updated_at BETWEEN ?4 AND ?5 \
     AND deleted_at IS NULL \
     ORDER BY created_at, id DESC LIMIT ?6 OFFSET ?7"
);

// For a few that were changed in a span of time: found at once, then sorted.
const OF_FEW: &str = select_rooms!(
    "INDEXED BY rooms_by_change \
     WHERE account_id = ?1 AND created_at BETWEEN ?2 AND ?3 AND updated_at BETWEEN ?4 AND ?5 \
     AND deleted_at IS NULL \
     ORDER BY created_at DESC, id LIMIT ?6 OFFSET ?7"
);

/// Up to so many rooms are sorted rather than looked for among all rooms of the account.
const FEW: i64 = 1_000;

// Gives up counting one after few.
const COUNT_FEW: &str = "SELECT count(*), coalesce(sum(created_at BETWEEN ?2 AND ?3), 0) FROM ( \
     SELECT created_at FROM rooms INDEXED BY rooms_by_change \
     WHERE account_id = ?1 AND updated_at BETWEEN ?4 AND ?5 AND deleted_at IS NULL LIMIT ?6)";

const COUNT_ALL: &str = "SELECT room_count FROM accounts WHERE id = ?1";

const COUNT_BY_CREATION: &str = "SELECT coalesce(sum(room_count), 0) FROM room_blocks \
     WHERE account_id = ?1 AND starts_at BETWEEN ?2 AND ?3";

const COUNT_BY_CHANGE: &str = "SELECT coalesce(sum(room_count), 0) FROM room_block_days \
     WHERE account_id = ?1 AND starts_at BETWEEN ?2 AND ?3 AND updated_day BETWEEN ?4 AND ?5";

/// The block in which the room at place `?6` (from 0) lies, how many matching rooms come before the
/// block, and where the next newer block starts.
macro_rules! select_block {
    ($blocks:literal, $narrowed:literal, $order:literal) => {
        concat!(
            "SELECT starts_at, counted - (SELECT sum(room_count) FROM ",
            $blocks,
            " WHERE account_id = ?1 AND starts_at = counting.starts_at ",
            $narrowed,
            "), (SELECT min(starts_at) FROM room_blocks ",
            "WHERE account_id = ?1 AND starts_at > counting.starts_at) ",
            "FROM (SELECT starts_at, sum(room_count) OVER (ORDER BY starts_at ",
            $order,
            ") AS counted FROM ",
            $blocks,
            " WHERE account_id = ?1 AND starts_at BETWEEN ?2 AND ?3 ",
            $narrowed,
            ") AS counting WHERE counted > ?6 LIMIT 1"
        )
    };
    (any, $order:literal) => {
        select_block!("room_blocks", "", $order)
    };
    (changed, $order:literal) => {
        select_block!(
            "room_block_days",
            "AND updated_day BETWEEN ?4 AND ?5",
            $order
        )
    };
}

const BLOCK_FROM_NEWEST: &str = select_block!(any, "DESC");
const BLOCK_FROM_OLDEST: &str = select_block!(any, "ASC");
const CHANGED_BLOCK_FROM_NEWEST: &str = select_block!(changed, "DESC");
const CHANGED_BLOCK_FROM_OLDEST: &str = select_block!(changed, "ASC");

/// A page of the rooms of `account_id` that match `filter`.
pub(crate) async fn list(
    readers: &SqlitePool,
    account_id: AccountId,
    filter: &RoomFilter,
    page: PageRequest,
) -> Result<Page<Room>, StoreError> {
    let narrowed = Narrowed::new(account_id, filter);
    let (rows, total_results) = match &filter.unique_name {
        Some(name) => named(readers, &narrowed, name, page).await,
        None => page_and_total(readers, &narrowed, page).await,
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
    narrowed: &Narrowed,
    name: &str,
    page: PageRequest,
) -> sqlx::Result<(Vec<SqliteRow>, u64)> {
    let row = narrowed
        .query(BY_NAME)
        .bind(name)
        .fetch_optional(readers)
        .await?;
    let total = u64::from(row.is_some());
    let rows = row.into_iter().filter(|_| page.offset() == 0).collect();
    Ok((rows, total))
}

async fn page_and_total(
    readers: &SqlitePool,
    narrowed: &Narrowed,
    page: PageRequest,
) -> sqlx::Result<(Vec<SqliteRow>, u64)> {
    // One transaction, so that the page and the total are of the same moment.
    let mut snapshot = readers.begin().await?;
    let few = if narrowed.by_change {
        narrowed.count_few(&mut snapshot).await?
    } else {
        None
    };
    let total = match few {
        Some(total) => total,
        None => narrowed.count(&mut snapshot).await?,
    };
    let rows = match Cut::of(page, total) {
        Some(_) if few.is_some() => narrowed.page_of_few(&mut snapshot, page).await?,
        Some(cut) => narrowed.page_of_many(&mut snapshot, cut).await?,
        None => Vec::new(),
    };
    snapshot.commit().await?;
    Ok((rows, total))
}

/// An account's rooms as a filter by days narrows them.
#[derive(Debug, Clone)]
struct Narrowed {
    account_id: AccountId,
    bounds: Bounds,
    by_creation: bool,
    by_change: bool,
}

impl Narrowed {
    fn new(account_id: AccountId, filter: &RoomFilter) -> Self {
        Self {
            account_id,
            bounds: Bounds::of(filter),
            by_creation: filter.created != DayFilter::default(),
            by_change: filter.updated != DayFilter::default(),
        }
    }

    /// The statement with its first five parameters.
    fn query(&self, sql: &'static str) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
        let Bounds { created, updated } = self.bounds;
        sqlx::query(sql)
            .bind(self.account_id.as_uuid())
            .bind(created.0)
            .bind(created.1)
            .bind(updated.0)
            .bind(updated.1)
    }

    /// How many match, if only few of all rooms were changed in the time that is asked for.
    async fn count_few(&self, connection: &mut SqliteConnection) -> sqlx::Result<Option<u64>> {
        let query = self.query(COUNT_FEW).bind(FEW + 1);
        let row = query.fetch_one(connection).await?;
        let changed: i64 = row.try_get(0)?;
        let matching = count_in(&row, 1)?;
        Ok((changed <= FEW).then_some(matching))
    }

    async fn count(&self, connection: &mut SqliteConnection) -> sqlx::Result<u64> {
        let sql = match (self.by_creation, self.by_change) {
            (false, false) => COUNT_ALL,
            (true, false) => COUNT_BY_CREATION,
            (_, true) => COUNT_BY_CHANGE,
        };
        let row = self.query(sql).fetch_optional(connection).await?;
        row.map_or(Ok(0), |row| count_in(&row, 0))
    }

    async fn page_of_few(
        &self,
        connection: &mut SqliteConnection,
        page: PageRequest,
    ) -> sqlx::Result<Vec<SqliteRow>> {
        self.query(OF_FEW)
            .bind(page.size())
            .bind(to_sql(page.offset()))
            .fetch_all(connection)
            .await
    }

    async fn page_of_many(
        &self,
        connection: &mut SqliteConnection,
        cut: Cut,
    ) -> sqlx::Result<Vec<SqliteRow>> {
        let mut rest = self.clone();
        let mut passed_over = cut.passed_over;
        // What was not changed in the time that is asked for is walked as well, and nobody knows how many that are.
        if self.by_change || passed_over > PASSED_OVER {
            passed_over = rest.skip_blocks(connection, cut).await?;
        }
        let page = match cut.end {
            End::Newest => FROM_NEWEST,
            End::Oldest => FROM_OLDEST,
        };
        let query = rest.query(page).bind(to_sql(cut.taken));
        let query = query.bind(to_sql(passed_over));
        let mut rows = query.fetch_all(connection).await?;
        if cut.end == End::Oldest {
            rows.reverse();
        }
        Ok(rows)
    }

    /// Leaves out the blocks before the one in which the page begins; how many rooms of that block come before
    /// the page.
    async fn skip_blocks(
        &mut self,
        connection: &mut SqliteConnection,
        cut: Cut,
    ) -> sqlx::Result<u64> {
        let sql = match (self.by_change, cut.end) {
            (false, End::Newest) => BLOCK_FROM_NEWEST,
            (false, End::Oldest) => BLOCK_FROM_OLDEST,
            (true, End::Newest) => CHANGED_BLOCK_FROM_NEWEST,
            (true, End::Oldest) => CHANGED_BLOCK_FROM_OLDEST,
        };
        let query = self.query(sql).bind(to_sql(cut.passed_over));
        let Some(block) = query.fetch_optional(connection).await? else {
            return Ok(cut.passed_over);
        };
        let created = &mut self.bounds.created;
        match cut.end {
            End::Oldest => created.0 = created.0.max(block.try_get(0)?),
            End::Newest => {
                let ends_at: Option<i64> = block.try_get(2)?;
                created.1 = created.1.min(ends_at.map_or(i64::MAX, |end| end - 1));
            }
        }
        Ok(cut.passed_over.saturating_sub(count_in(&block, 1)?))
    }
}

/// The bounds of a filter.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    created: Span,
    updated: Span,
}

impl Bounds {
    fn of(filter: &RoomFilter) -> Self {
        Self {
            created: span(filter.created),
            updated: span(filter.updated),
        }
    }
}
