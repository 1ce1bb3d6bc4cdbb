//! Lists of sessions and participants. What is counted and what is passed over comes from the counts that the
//! database keeps (`migrations/0004_sessions.sql`), so that a page costs about the same wherever it is.

#[cfg(test)]
mod tests;

use greenroom_domain::{AccountId, PageRequest};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool};
use uuid::Uuid;

use crate::cut::{Cut, End, PASSED_OVER, count_in, to_sql};
use crate::span::{ALWAYS, Span};

/// The statements of one list. Parameters 1 to 9 are those of [`Narrowed`], whether they are asked for or not.
#[derive(Debug)]
pub(crate) struct List {
    /// How many match.
    pub(crate) count: &'static str,
    /// The blocks that the list is counted in; without them everything is walked.
    pub(crate) blocks: Option<Blocks>,
    pub(crate) from_newest: &'static str,
    pub(crate) from_oldest: &'static str,
}

/// The block in which the matching entry at place `?10` (from 0) lies: where it starts, how many matching
/// entries come before it and how many up to its end, and where the next newer block starts.
#[derive(Debug)]
pub(crate) struct Blocks {
    pub(crate) from_newest: &'static str,
    pub(crate) from_oldest: &'static str,
}

/// A list that is counted in blocks: its number in `list_entries`, its owner, and its pages.
macro_rules! counted_list {
    ($list:literal, $owner:literal, $from_newest:expr, $from_oldest:expr) => {
        $crate::counted::List {
            count: concat!(
                "SELECT coalesce(sum(entries), 0) FROM list_counts ",
                $crate::counted::counted_list!(matching $list, $owner),
            ),
            blocks: Some($crate::counted::Blocks {
                from_newest: $crate::counted::counted_list!(block $list, $owner, "DESC"),
                from_oldest: $crate::counted::counted_list!(block $list, $owner, "ASC"),
            }),
            from_newest: $from_newest,
            from_oldest: $from_oldest,
        }
    };
    (matching $list:literal, $owner:literal) => {
        concat!(
            "WHERE list = ", $list, " AND owner = ", $owner,
            " AND starts_at BETWEEN ?3 AND ?4 AND updated_day BETWEEN ?5 AND ?6 ",
            "AND over_day BETWEEN ?7 AND ?8 ",
        )
    };
    (block $list:literal, $owner:literal, $order:literal) => {
        concat!(
            "SELECT starts_at, counted - (SELECT sum(entries) FROM list_counts ",
            $crate::counted::counted_list!(matching $list, $owner),
            "AND starts_at = counting.starts_at), counted, ",
            "(SELECT min(starts_at) FROM list_counts WHERE list = ", $list, " AND owner = ", $owner,
            " AND starts_at > counting.starts_at) ",
            "FROM (SELECT starts_at, sum(entries) OVER (ORDER BY starts_at ", $order,
            ") AS counted FROM list_counts ",
            $crate::counted::counted_list!(matching $list, $owner),
            ") AS counting WHERE counted > ?10 LIMIT 1"
        )
    };
}
pub(crate) use counted_list;

/// What of a list matches a filter.
#[derive(Debug, Clone)]
pub(crate) struct Narrowed {
    pub(crate) account_id: AccountId,
    /// Whose list it is, if not the account's: a room, a session, a context.
    pub(crate) owner: Option<Uuid>,
    pub(crate) began: Span,
    pub(crate) updated: Span,
    pub(crate) over: Span,
    /// The context, if that is not whose list it is.
    pub(crate) context_key: Option<Uuid>,
}

/// A matching block.
struct Block {
    span: Span,
    before: u64,
    counted: u64,
}

impl Narrowed {
    /// A page of what matches, and how much that is.
    pub(crate) async fn page_and_total(
        &self,
        list: &List,
        readers: &SqlitePool,
        page: PageRequest,
    ) -> sqlx::Result<(Vec<SqliteRow>, u64)> {
        // One transaction, so that the page and the total are of the same moment.
        let mut snapshot = readers.begin().await?;
        let counted = self.query(list.count).fetch_one(&mut *snapshot).await?;
        let total = count_in(&counted, 0)?;
        let rows = match Cut::of(page, total) {
            Some(cut) => self.page(list, &mut snapshot, cut).await?,
            None => Vec::new(),
        };
        snapshot.commit().await?;
        Ok((rows, total))
    }

    async fn page(
        &self,
        list: &List,
        connection: &mut SqliteConnection,
        cut: Cut,
    ) -> sqlx::Result<Vec<SqliteRow>> {
        let mut rest = self.clone();
        let mut passed_over = cut.passed_over;
        // What matches days of change or end lies anywhere, with any number of others in between.
        let scattered = self.updated != ALWAYS || self.over != ALWAYS;
        if let Some(blocks) = &list.blocks
            && (scattered || passed_over > PASSED_OVER)
        {
            passed_over = rest.skip_blocks(blocks, connection, cut).await?;
        }
        let sql = match cut.end {
            End::Newest => list.from_newest,
            End::Oldest => list.from_oldest,
        };
        let query = rest.query(sql).bind(to_sql(cut.taken));
        let mut rows = query
            .bind(to_sql(passed_over))
            .fetch_all(connection)
            .await?;
        if cut.end == End::Oldest {
            rows.reverse();
        }
        Ok(rows)
    }

    /// Leaves out the blocks before the one in which the page begins and after the one in which it ends; how
    /// much of what is left comes before the page.
    async fn skip_blocks(
        &mut self,
        blocks: &Blocks,
        connection: &mut SqliteConnection,
        cut: Cut,
    ) -> sqlx::Result<u64> {
        let sql = match cut.end {
            End::Newest => blocks.from_newest,
            End::Oldest => blocks.from_oldest,
        };
        let Some(first) = self.block(sql, connection, cut.passed_over).await? else {
            return Ok(cut.passed_over);
        };
        let page_end = cut.passed_over + cut.taken;
        let last = if first.counted < page_end {
            self.block(sql, connection, page_end - 1).await?
        } else {
            None
        };
        let last = last.map_or(first.span, |block| block.span);
        self.began.0 = self.began.0.max(first.span.0.min(last.0));
        self.began.1 = self.began.1.min(first.span.1.max(last.1));
        Ok(cut.passed_over.saturating_sub(first.before))
    }

    async fn block(
        &self,
        sql: &'static str,
        connection: &mut SqliteConnection,
        place: u64,
    ) -> sqlx::Result<Option<Block>> {
        let query = self.query(sql).bind(to_sql(place));
        let Some(row) = query.fetch_optional(connection).await? else {
            return Ok(None);
        };
        let ends_at: Option<i64> = row.try_get(3)?;
        Ok(Some(Block {
            span: (row.try_get(0)?, ends_at.map_or(i64::MAX, |end| end - 1)),
            before: count_in(&row, 1)?,
            counted: count_in(&row, 2)?,
        }))
    }

    /// The statement with its first nine parameters.
    fn query(&self, sql: &'static str) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
        sqlx::query(sql)
            .bind(self.account_id.as_uuid())
            .bind(self.owner)
            .bind(self.began.0)
            .bind(self.began.1)
            .bind(self.updated.0)
            .bind(self.updated.1)
            .bind(self.over.0)
            .bind(self.over.1)
            .bind(self.context_key)
    }
}
