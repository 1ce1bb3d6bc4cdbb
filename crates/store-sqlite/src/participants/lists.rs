//! Lists of participants.

use greenroom_domain::filter::ParticipantFilter;
use greenroom_domain::{AccountId, Page, PageRequest, Participant, SessionId};
use greenroom_store::StoreError;
use sqlx::SqlitePool;

use super::{context_key, participant};
use crate::counted::{List, Narrowed, counted_list};
use crate::error;
use crate::span::{over, span};

macro_rules! page {
    ($index:literal, $owned:literal, $order:literal) => {
        // The index is named so that the plan cannot slip into sorting.
        select_participants!(
            "INDEXED BY ",
            $index,
            " WHERE ",
            $owned,
            " AND joined_at BETWEEN ?3 AND ?4 AND updated_at BETWEEN ?5 AND ?6 \
             AND ifnull(left_at, 9223372036854775807) BETWEEN ?7 AND ?8 ORDER BY ",
            $order,
            " LIMIT ?10 OFFSET ?11"
        )
    };
}

pub(crate) const OF_ACCOUNT: List = counted_list!(
    3,
    "?1",
    page!(
        "participants_by_joining",
        "account_id = ?1",
        "joined_at DESC, id"
    ),
    page!(
        "participants_by_joining",
        "account_id = ?1",
        "joined_at, id DESC"
    )
);

/// Those of one session, if the session is the account's.
pub(crate) const OF_SESSION: List = counted_list!(
    4,
    "(SELECT id FROM sessions WHERE id = ?2 AND account_id = ?1)",
    page!(
        "participants_of_session",
        "session_id = (SELECT id FROM sessions WHERE id = ?2 AND account_id = ?1)",
        "joined_at DESC, id"
    ),
    page!(
        "participants_of_session",
        "session_id = (SELECT id FROM sessions WHERE id = ?2 AND account_id = ?1)",
        "joined_at, id DESC"
    )
);

/// Those of one context.
pub(crate) const OF_CONTEXT: List = counted_list!(
    5,
    "?2",
    page!(
        "participants_of_context",
        "context_key = ?2",
        "joined_at DESC, id"
    ),
    page!(
        "participants_of_context",
        "context_key = ?2",
        "joined_at, id DESC"
    )
);

/// Those of one context in one session: the whole session is walked, in its index alone.
pub(crate) const OF_CONTEXT_IN_SESSION: List = List {
    count: "SELECT count(*) FROM participants INDEXED BY participants_of_session \
         WHERE session_id = (SELECT id FROM sessions WHERE id = ?2 AND account_id = ?1) \
         AND context_key = ?9 AND joined_at BETWEEN ?3 AND ?4 \
         AND updated_at BETWEEN ?5 AND ?6 AND ifnull(left_at, 9223372036854775807) BETWEEN ?7 AND ?8",
    blocks: None,
    from_newest: page!(
        "participants_of_session",
        "session_id = (SELECT id FROM sessions WHERE id = ?2 AND account_id = ?1) \
         AND context_key = ?9",
        "joined_at DESC, id"
    ),
    from_oldest: page!(
        "participants_of_session",
        "session_id = (SELECT id FROM sessions WHERE id = ?2 AND account_id = ?1) \
         AND context_key = ?9",
        "joined_at, id DESC"
    ),
};

/// A page of the participants of `account_id` that match `filter`.
pub(crate) async fn list(
    readers: &SqlitePool,
    account_id: AccountId,
    filter: &ParticipantFilter,
    page: PageRequest,
) -> Result<Page<Participant>, StoreError> {
    let session = filter.session_id.map(SessionId::as_uuid);
    let context = filter.context.as_deref();
    let context = context.map(|context| context_key(account_id, context));
    let list = match (session, context) {
        (None, None) => &OF_ACCOUNT,
        (Some(_), None) => &OF_SESSION,
        (None, Some(_)) => &OF_CONTEXT,
        (Some(_), Some(_)) => &OF_CONTEXT_IN_SESSION,
    };
    let narrowed = Narrowed {
        account_id,
        owner: session.or(context),
        began: span(filter.joined),
        updated: span(filter.updated),
        over: over(filter.left),
        context_key: context,
    };
    let (rows, total_results) = narrowed
        .page_and_total(list, readers, page)
        .await
        .map_err(error::reading)?;
    Ok(Page {
        items: rows.iter().map(participant).collect::<Result<_, _>>()?,
        total_results,
    })
}
