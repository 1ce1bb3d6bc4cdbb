//! Lists of sessions.

use greenroom_domain::filter::SessionFilter;
use greenroom_domain::{AccountId, Page, PageRequest, RoomId, Session};
use greenroom_store::StoreError;
use sqlx::SqlitePool;

use super::session;
use crate::counted::{List, Narrowed, counted_list};
use crate::error;
use crate::span::{NEVER, over, span};

macro_rules! page {
    ($index:literal, $owned:literal, $order:literal) => {
        // The index is named so that the plan cannot slip into sorting.
        select_sessions!(
            "INDEXED BY ",
            $index,
            " WHERE ",
            $owned,
            " AND created_at BETWEEN ?3 AND ?4 AND updated_at BETWEEN ?5 AND ?6 \
             AND ifnull(ended_at, 9223372036854775807) BETWEEN ?7 AND ?8 ORDER BY ",
            $order,
            " LIMIT ?10 OFFSET ?11"
        )
    };
}

pub(crate) const OF_ACCOUNT: List = counted_list!(
    1,
    "?1",
    page!(
        "sessions_by_creation",
        "account_id = ?1",
        "created_at DESC, id"
    ),
    page!(
        "sessions_by_creation",
        "account_id = ?1",
        "created_at, id DESC"
    )
);

/// The active ones of an account. There are never more than the server can hold at once.
pub(crate) const ACTIVE: List = List {
    count: "SELECT count(*) FROM sessions INDEXED BY sessions_active_by_creation \
         WHERE account_id = ?1 AND ended_at IS NULL \
         AND created_at BETWEEN ?3 AND ?4 AND updated_at BETWEEN ?5 AND ?6",
    blocks: None,
    from_newest: select_sessions!(
        "INDEXED BY sessions_active_by_creation WHERE account_id = ?1 AND ended_at IS NULL \
         AND created_at BETWEEN ?3 AND ?4 AND updated_at BETWEEN ?5 AND ?6 \
         ORDER BY created_at DESC, id LIMIT ?10 OFFSET ?11"
    ),
    from_oldest: select_sessions!(
        "INDEXED BY sessions_active_by_creation WHERE account_id = ?1 AND ended_at IS NULL \
         AND created_at BETWEEN ?3 AND ?4 AND updated_at BETWEEN ?5 AND ?6 \
         ORDER BY created_at, id DESC LIMIT ?10 OFFSET ?11"
    ),
};

/// Those of one room, if the room is the account's.
pub(crate) const OF_ROOM: List = counted_list!(
    2,
    "(SELECT id FROM rooms WHERE id = ?2 AND account_id = ?1)",
    page!(
        "sessions_of_room",
        "room_id = (SELECT id FROM rooms WHERE id = ?2 AND account_id = ?1)",
        "created_at DESC, id"
    ),
    page!(
        "sessions_of_room",
        "room_id = (SELECT id FROM rooms WHERE id = ?2 AND account_id = ?1)",
        "created_at, id DESC"
    )
);

/// A page of the sessions of `account_id` that match `filter`.
pub(crate) async fn list(
    readers: &SqlitePool,
    account_id: AccountId,
    filter: &SessionFilter,
    page: PageRequest,
) -> Result<Page<Session>, StoreError> {
    let ended = over(filter.ended);
    let narrowed = Narrowed {
        account_id,
        owner: filter.room_id.map(RoomId::as_uuid),
        began: span(filter.created),
        updated: span(filter.updated),
        over: match filter.active {
            None => ended,
            Some(true) => (NEVER, ended.1),
            Some(false) => (ended.0, ended.1.min(NEVER - 1)),
        },
        context_key: None,
    };
    let list = match (filter.room_id, narrowed.over) {
        (Some(_), _) => &OF_ROOM,
        (None, (NEVER, NEVER)) => &ACTIVE,
        (None, _) => &OF_ACCOUNT,
    };
    let (rows, total_results) = narrowed
        .page_and_total(list, readers, page)
        .await
        .map_err(error::reading)?;
    Ok(Page {
        items: rows.iter().map(session).collect::<Result<_, _>>()?,
        total_results,
    })
}
