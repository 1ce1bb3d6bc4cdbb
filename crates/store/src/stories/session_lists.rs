//! Lists of sessions: order, pages, totals, filters.

use greenroom_domain::filter::{DayFilter, SessionFilter};
use greenroom_domain::session::{EndReason, Ended};
use greenroom_domain::{AccountId, PageRequest, Session, Timestamp};

use super::Story;
use super::meetings::{end, ended, session, session_id, start};
use super::support::{
    Result, account, add, around, at, by_day, on, page, room, room_id, since, up_to,
};
use crate::Store;

/// The newest session comes first; of those that began at the same time, the one of the lowest id.
pub async fn newest_first_then_by_id(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1).await?;
    for (number, micros) in [(3, 5), (1, 5), (2, 5), (9, 4), (4, 6), (5, -7)] {
        hold(store, acme, 1, number, at(0).saturating_add_micros(micros)).await?;
    }
    assert_eq!(listed(store, acme, &none()).await?, [4, 1, 2, 3, 9, 5]);
    assert_eq!(listed(store, acme, &of_room(1)).await?, [4, 1, 2, 3, 9, 5]);
    Ok(())
}

/// Pages follow on each other without gap or overlap; beyond the last there is nothing.
pub async fn three_pages_and_beyond(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1).await?;
    for number in 1..=55 {
        hold(store, acme, 1, number, at(-i64::try_from(number)?)).await?;
    }
    let expected: [Vec<u128>; 5] = [
        (1..=25).collect(),
        (26..=50).collect(),
        (51..=55).collect(),
        Vec::new(),
        Vec::new(),
    ];
    for filter in [none(), of_room(1), active(false)] {
        for (number, expected) in [1, 2, 3, 4, 10_000_000].into_iter().zip(&expected) {
            let found = store.sessions(acme, &filter, page(number, 25)?).await?;
            assert_eq!(numbers(&found.items), *expected, "page {number}");
            assert_eq!(found.total_results, 55, "page {number}");
        }
    }
    Ok(())
}

/// No filter reaches the sessions of another account, nor its rooms.
pub async fn a_list_shows_the_accounts_sessions_only(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1).await?;
    let other = account_with_rooms(store, 2).await?;
    start(store, &session(acme, 1, 1, at(0))).await?;
    hold(store, acme, 1, 2, at(1)).await?;
    start(store, &session(other, 21, 3, at(0))).await?;
    hold(store, other, 21, 4, at(1)).await?;

    let today = on("2021-04-25")?;
    for (filter, ours, theirs) in [
        (none(), vec![2, 1], vec![4, 3]),
        (of_room(1), vec![2, 1], vec![]),
        (of_room(21), vec![], vec![4, 3]),
        (active(true), vec![1], vec![3]),
        (active(false), vec![2], vec![4]),
        (created(today), vec![2, 1], vec![4, 3]),
        (changed(today), vec![2, 1], vec![4, 3]),
        (over(today), vec![2], vec![4]),
    ] {
        assert_eq!(listed(store, acme, &filter).await?, ours, "{filter:?}");
        assert_eq!(listed(store, other, &filter).await?, theirs, "{filter:?}");
    }
    let nobody = AccountId::from_uuid(uuid::Uuid::from_u128(9));
    assert_eq!(listed(store, nobody, &none()).await?, []);
    Ok(())
}

/// A session moves from the active ones to the others when it ends.
pub async fn active_ones_and_others(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1).await?;
    for number in 1..=3 {
        start(
            store,
            &session(acme, number, number, at(i64::try_from(number)?)),
        )
        .await?;
    }
    let both = async |expected: [&[u128]; 2]| -> Story {
        assert_eq!(listed(store, acme, &active(true)).await?, expected[0]);
        assert_eq!(listed(store, acme, &active(false)).await?, expected[1]);
        Ok(())
    };
    both([&[3, 2, 1], &[]]).await?;
    let how = Ended {
        at: at(9),
        reason: EndReason::Empty,
    };
    end(store, session_id(2), how).await?;
    both([&[3, 1], &[2]]).await?;
    let room_2 = |active| SessionFilter {
        active: Some(active),
        ..of_room(2)
    };
    assert_eq!(listed(store, acme, &room_2(true)).await?, []);
    assert_eq!(listed(store, acme, &room_2(false)).await?, [2]);

    let mut undone = store.begin().await?;
    undone.end_session(session_id(1), how).await?;
    drop(undone);
    both([&[3, 1], &[2]]).await
}

/// A day begins at its first microsecond and ends with its last, for each of the three times.
pub async fn days_have_sharp_edges(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1).await?;
    for (number, time) in around("2021-04-25")? {
        let long_before = time.saturating_add_secs(-365 * 86_400);
        start(store, &ended(session(acme, 1, number, long_before), time)).await?;
        let born = Session {
            ended: None,
            ..session(acme, number, 10 + number, time)
        };
        start(store, &born).await?;
    }
    for (days, expected) in by_day("2021-04-25")? {
        let began: Vec<u128> = expected.iter().map(|number| 10 + number).collect();
        let begun = with(active(true), &created(days));
        assert_eq!(listed(store, acme, &begun).await?, began, "{days:?}");
        assert_eq!(listed(store, acme, &over(days)).await?, expected);
        let both = [began, expected].concat();
        assert_eq!(listed(store, acme, &changed(days)).await?, both, "{days:?}");
    }
    Ok(())
}

/// Several conditions narrow each other; contradictions match nothing.
pub async fn filters_hold_together(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1).await?;
    let days = |number: i64| at(86_400 * number);
    for (number, room, born, over) in [(1, 1, 1, 1), (2, 1, 1, 2), (3, 2, 2, 2), (4, 2, 2, 3)] {
        let begun = session(acme, room, number, days(born));
        start(store, &ended(begun, days(over))).await?;
    }
    start(store, &session(acme, 1, 5, days(2))).await?;
    let cases = [
        (with(of_room(1), &created(on("2021-04-27")?)), vec![5]),
        (with(of_room(1), &over(on("2021-04-27")?)), vec![2]),
        (with(of_room(2), &changed(since("2021-04-28")?)), vec![4]),
        (with(active(true), &created(up_to("2021-04-27")?)), vec![5]),
        (with(active(true), &created(up_to("2021-04-26")?)), vec![]),
        (with(active(true), &over(since("2021-04-26")?)), vec![]),
        (
            with(active(false), &over(since("2021-04-27")?)),
            vec![3, 4, 2],
        ),
        (with(active(false), &changed(on("2021-04-27")?)), vec![3, 2]),
        (with(active(true), &changed(on("2021-04-27")?)), vec![5]),
        (
            with(created(on("2021-04-26")?), &over(on("2021-04-27")?)),
            vec![2],
        ),
        (
            with(created(on("2021-04-28")?), &over(on("2021-04-27")?)),
            vec![],
        ),
        (
            with(
                with(of_room(2), &active(false)),
                &with(changed(since("2021-04-27")?), &over(up_to("2021-04-27")?)),
            ),
            vec![3],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(listed(store, acme, &filter).await?, expected, "{filter:?}");
    }
    Ok(())
}

/// An account with the rooms 1 to 20, or 21 to 40, and so on.
async fn account_with_rooms(store: &dyn Store, number: u128) -> Result<AccountId> {
    let owner = account(store, number).await?;
    for room_number in 1..=20 {
        add(store, &room(owner, 20 * (number - 1) + room_number)).await?;
    }
    Ok(owner)
}

/// The session `number`, a minute long.
async fn hold(
    store: &dyn Store,
    account: AccountId,
    room: u128,
    number: u128,
    from: Timestamp,
) -> Result<()> {
    let begun = session(account, room, number, from);
    start(store, &ended(begun, from.saturating_add_secs(60))).await
}

/// The numbers of all sessions that match, in the order of the list.
async fn listed(
    store: &dyn Store,
    account: AccountId,
    filter: &SessionFilter,
) -> Result<Vec<u128>> {
    let page = page(1, PageRequest::MAX_SIZE.into())?;
    let found = store.sessions(account, filter, page).await?;
    assert_eq!(
        found.total_results,
        u64::try_from(found.items.len())?,
        "the total counts what is listed"
    );
    Ok(numbers(&found.items))
}

fn numbers(sessions: &[Session]) -> Vec<u128> {
    let number = |session: &Session| session.id.as_uuid().as_u128();
    sessions.iter().map(number).collect()
}

fn none() -> SessionFilter {
    SessionFilter::default()
}

fn of_room(number: u128) -> SessionFilter {
    SessionFilter {
        room_id: Some(room_id(number)),
        ..none()
    }
}

fn active(active: bool) -> SessionFilter {
    SessionFilter {
        active: Some(active),
        ..none()
    }
}

fn created(created: DayFilter) -> SessionFilter {
    SessionFilter { created, ..none() }
}

fn changed(updated: DayFilter) -> SessionFilter {
    SessionFilter { updated, ..none() }
}

fn over(ended: DayFilter) -> SessionFilter {
    SessionFilter { ended, ..none() }
}

/// Both filters together; what the second asks for is not asked for by the first.
fn with(one: SessionFilter, other: &SessionFilter) -> SessionFilter {
    let either = |one: DayFilter, other: DayFilter| {
        if one == DayFilter::default() {
            other
        } else {
            one
        }
    };
    SessionFilter {
        room_id: one.room_id.or(other.room_id),
        active: one.active.or(other.active),
        created: either(one.created, other.created),
        updated: either(one.updated, other.updated),
        ended: either(one.ended, other.ended),
    }
}
