//! Lists of an account's events. What is counted and what is passed over comes from the counts that the database keeps
//! (`migrations/0006_deliveries.sql`), so that a page costs about the same wherever it is.

#[cfg(test)]
mod tests;

use greenroom_domain::{AccountId, EventId, Page, PageRequest, RoomId};
use greenroom_store::StoreError;
use greenroom_store::outbox::{Delivery, DeliveryFilter, EVENT_TYPES, StateFilter};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};

use super::columns::entry;
use crate::cut::{Cut, End, PASSED_OVER, count_in, to_sql};
use crate::error;
use crate::row::TableRow;

/// A block of a list is as many places of the whole outbox.
const BLOCK_BITS: u32 = 10;

/// An event, the time of its attempts, and when it is tried (again) if it is the next one of its room.
const COLUMNS: &str = "outbox.*, \
     (SELECT at FROM outbox_attempts WHERE seq = outbox.seq ORDER BY attempt, failover LIMIT 1) \
         AS first_tried_at, \
     (SELECT at + duration_millis * 1000 FROM outbox_attempts WHERE seq = outbox.seq \
         ORDER BY attempt DESC, failover DESC LIMIT 1) AS last_tried_at, \
     iif(state = 'pending', (SELECT due_at FROM outbox_queues WHERE room_id = outbox.room_id \
         AND outbox.seq = (SELECT min(waiting.seq) FROM outbox AS waiting INDEXED BY outbox_by_room \
             WHERE waiting.room_id = outbox.room_id AND waiting.state = 'pending')), NULL) AS due_at";

const OWN_ROOM: &str = "(SELECT id FROM rooms WHERE id = ";

/// What of an account's events matches a filter.
#[derive(Debug, Clone)]
struct Wanted {
    account_id: AccountId,
    room_id: Option<RoomId>,
    states: &'static [StateFilter],
    /// All types there are, or some of them.
    types: Vec<&'static str>,
    /// The places of the outbox that are looked at, both ends included.
    places: (i64, i64),
}

/// A page of the events of `account_id` that match `filter`.
pub(crate) async fn list(
    readers: &SqlitePool,
    account_id: AccountId,
    filter: &DeliveryFilter,
    page: PageRequest,
) -> Result<Page<Delivery>, StoreError> {
    let wanted = Wanted::new(account_id, filter);
    let (rows, total_results) = wanted
        .page_and_total(readers, page)
        .await
        .map_err(error::reading)?;
    Ok(Page {
        items: rows.iter().map(delivery).collect::<Result<_, _>>()?,
        total_results,
    })
}

/// The event `id` of `account_id`.
pub(crate) async fn by_id(
    readers: &SqlitePool,
    account_id: AccountId,
    id: EventId,
) -> Result<Option<Delivery>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
    query.push(COLUMNS).push(" FROM outbox WHERE event_id = ");
    query.push_bind(id.as_uuid()).push(" AND account_id = ");
    query.push_bind(account_id.as_uuid());
    let row = query.build().fetch_optional(readers).await;
    let row = row.map_err(error::reading)?;
    row.as_ref().map(delivery).transpose()
}

fn delivery(row: &SqliteRow) -> Result<Delivery, StoreError> {
    let columns = TableRow::new("outbox", row);
    Ok(Delivery {
        entry: entry(row)?,
        first_tried_at: columns.optional_time("first_tried_at")?,
        last_tried_at: columns.optional_time("last_tried_at")?,
        due_at: columns.optional_time("due_at")?,
    })
}

impl Wanted {
    fn new(account_id: AccountId, filter: &DeliveryFilter) -> Self {
        let is_wanted = |known: &&'static str| {
            let wanted = filter.event_types.as_ref();
            wanted.is_none_or(|wanted| wanted.iter().any(|wanted| wanted == known))
        };
        Self {
            account_id,
            room_id: filter.room_id,
            states: match filter.state {
                None => &StateFilter::ALL,
                Some(StateFilter::Pending) => &[StateFilter::Pending],
                Some(StateFilter::Delivered) => &[StateFilter::Delivered],
                Some(StateFilter::Dead) => &[StateFilter::Dead],
            },
            types: EVENT_TYPES.into_iter().filter(is_wanted).collect(),
            places: (0, i64::MAX),
        }
    }

    async fn page_and_total(
        &self,
        readers: &SqlitePool,
        page: PageRequest,
    ) -> sqlx::Result<(Vec<SqliteRow>, u64)> {
        if self.types.is_empty() {
            return Ok((Vec::new(), 0));
        }
        // One transaction, so that the page and the total are of the same moment.
        let mut snapshot = readers.begin().await?;
        let total = self.total().build().fetch_one(&mut *snapshot).await?;
        let total = count_in(&total, 0)?;
        let rows = match Cut::of(page, total) {
            Some(cut) => self.page(&mut snapshot, cut).await?,
            None => Vec::new(),
        };
        snapshot.commit().await?;
        Ok((rows, total))
    }

    async fn page(
        &self,
        connection: &mut SqliteConnection,
        cut: Cut,
    ) -> sqlx::Result<Vec<SqliteRow>> {
        let mut rest = self.clone();
        let mut passed_over = cut.passed_over;
        if passed_over > PASSED_OVER {
            let mut block = self.block(cut.end, passed_over);
            if let Some(row) = block.build().fetch_optional(&mut *connection).await? {
                let starts_at = row.try_get::<i64, _>(0)? << BLOCK_BITS;
                match cut.end {
                    End::Newest => rest.places.1 = starts_at | ((1 << BLOCK_BITS) - 1),
                    End::Oldest => rest.places.0 = starts_at,
                }
                passed_over = passed_over.saturating_sub(count_in(&row, 1)?);
            }
        }
        let mut query = rest.rows(cut.end, cut.taken, passed_over);
        query.build().fetch_all(connection).await
    }

    /// How many match.
    fn total(&self) -> QueryBuilder<Sqlite> {
        let mut query = QueryBuilder::new("SELECT coalesce(sum(events), 0) FROM outbox_counts ");
        self.push_counts(&mut query);
        query
    }

    /// The block in which the matching event at that place (from 0) lies, and how many come before the block.
    fn block(&self, end: End, place: u64) -> QueryBuilder<Sqlite> {
        let mut query = QueryBuilder::new(
            "SELECT block, counted - here FROM (SELECT block, here, sum(here) OVER (ORDER BY block",
        );
        query.push(direction(end));
        query.push(") AS counted FROM (SELECT block, sum(events) AS here FROM outbox_counts ");
        self.push_counts(&mut query);
        query.push(" GROUP BY block)) WHERE counted > ");
        query.push_bind(to_sql(place)).push(" ORDER BY block");
        query.push(direction(end)).push(" LIMIT 1");
        query
    }

    /// Narrows the counts down.
    fn push_counts(&self, query: &mut QueryBuilder<Sqlite>) {
        match self.room_id {
            None => {
                query.push("WHERE list = 1 AND owner = ");
                query.push_bind(self.account_id.as_uuid());
            }
            Some(room_id) => {
                query.push("WHERE list = 2 AND owner = ");
                self.push_own_room(query, room_id);
            }
        }
        if let [state] = self.states {
            query.push(" AND state = ").push_bind(state.as_str());
        }
        self.push_types(query);
    }

    /// The matching events from that end, without those that are passed over; the latest first.
    fn rows(&self, end: End, taken: u64, passed_over: u64) -> QueryBuilder<Sqlite> {
        let mut query = QueryBuilder::new("SELECT ");
        query.push(COLUMNS).push(" FROM (");
        self.push_places(&mut query, end, taken, passed_over);
        query.push(") AS page CROSS JOIN outbox ON outbox.seq = page.seq ORDER BY page.seq DESC");
        query
    }

    /// Where they are. What is in order for each state and type is merged, and nothing else is walked.
    fn push_places(
        &self,
        query: &mut QueryBuilder<Sqlite>,
        end: End,
        taken: u64,
        passed_over: u64,
    ) {
        let mut between = "";
        for state in self.states {
            match self.room_id {
                None => {
                    for event_type in &self.types {
                        query.push(between);
                        query.push(
                            "SELECT seq FROM outbox INDEXED BY outbox_of_account WHERE account_id = ",
                        );
                        query.push_bind(self.account_id.as_uuid());
                        query.push(" AND event_type = ").push_bind(*event_type);
                        self.push_state_and_places(query, *state);
                        between = " UNION ALL ";
                    }
                }
                Some(room_id) => {
                    query.push(between);
                    query.push("SELECT seq FROM outbox INDEXED BY outbox_by_room WHERE room_id = ");
                    self.push_own_room(query, room_id);
                    self.push_state_and_places(query, *state);
                    self.push_types(query);
                    between = " UNION ALL ";
                }
            }
        }
        query.push(" ORDER BY seq").push(direction(end));
        query.push(" LIMIT ").push_bind(to_sql(taken));
        query.push(" OFFSET ").push_bind(to_sql(passed_over));
    }

    fn push_state_and_places(&self, query: &mut QueryBuilder<Sqlite>, state: StateFilter) {
        query.push(" AND state = ").push_bind(state.as_str());
        query.push(" AND seq BETWEEN ").push_bind(self.places.0);
        query.push(" AND ").push_bind(self.places.1);
    }

    /// The room, if it is the account's.
    fn push_own_room(&self, query: &mut QueryBuilder<Sqlite>, room_id: RoomId) {
        query.push(OWN_ROOM).push_bind(room_id.as_uuid());
        query
            .push(" AND account_id = ")
            .push_bind(self.account_id.as_uuid());
        query.push(")");
    }

    fn push_types(&self, query: &mut QueryBuilder<Sqlite>) {
        if self.types.len() == EVENT_TYPES.len() {
            return;
        }
        let mut types = query.push(" AND event_type IN (").separated(", ");
        for event_type in &self.types {
            types.push_bind(*event_type);
        }
        query.push(")");
    }
}

const fn direction(end: End) -> &'static str {
    match end {
        End::Newest => " DESC",
        End::Oldest => "",
    }
}
