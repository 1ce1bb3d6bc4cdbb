//! Lists of rooms: order, pages, totals, filters.

use greenroom_domain::filter::{DayFilter, RoomFilter};
use greenroom_domain::{AccountId, Room, Timestamp};

use super::Story;
use super::support::{
    account, add, all, around, at, by_day, day, delete, listed, named, no_filter, numbers, on,
    page, room, room_id, save, since, up_to,
};
use crate::Store;

/// The newest room comes first; of rooms made at the same time, the one of the lowest id.
pub async fn newest_first_then_by_id(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for (number, micros) in [(3, 5), (1, 5), (2, 5), (9, 4), (4, 6), (5, -7)] {
        add(
            store,
            &made(acme, number, at(0).saturating_add_micros(micros)),
        )
        .await?;
    }
    assert_eq!(listed(store, acme, &no_filter()).await?, [4, 1, 2, 3, 9, 5]);
    Ok(())
}

/// Pages follow on each other without gap or overlap; beyond the last there is nothing.
pub async fn three_pages_and_beyond(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for number in 1..=55 {
        add(store, &made(acme, number, at(-i64::try_from(number)?))).await?;
    }
    let expected: [Vec<u128>; 5] = [
        (1..=25).collect(),
        (26..=50).collect(),
        (51..=55).collect(),
        Vec::new(),
        Vec::new(),
    ];
    for (number, expected) in [1, 2, 3, 4, 10_000_000].into_iter().zip(expected) {
        let found = store.rooms(acme, &no_filter(), page(number, 25)?).await?;
        assert_eq!(numbers(&found), expected, "page {number}");
        assert_eq!(found.total_results, 55, "page {number}");
    }
    let one = store.rooms(acme, &no_filter(), page(55, 1)?).await?;
    assert_eq!(numbers(&one), [55]);
    Ok(())
}

/// An account without rooms, and one that is not there, list nothing.
pub async fn an_empty_account_lists_nothing(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let nobody = AccountId::from_uuid(uuid::Uuid::from_u128(9));
    for owner in [acme, nobody] {
        assert_eq!(listed(store, owner, &no_filter()).await?, []);
        let second = store.rooms(owner, &no_filter(), page(2, 20)?).await?;
        assert_eq!((second.items.len(), second.total_results), (0, 0));
    }
    Ok(())
}

/// No filter reaches the rooms of another account.
pub async fn a_list_shows_the_accounts_rooms_only(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let other = account(store, 2).await?;
    add(store, &named(acme, 1, "ours")?).await?;
    add(store, &named(other, 2, "theirs")?).await?;
    add(store, &named(other, 3, "ours")?).await?;

    assert_eq!(listed(store, acme, &no_filter()).await?, [1]);
    assert_eq!(listed(store, other, &no_filter()).await?, [2, 3]);
    assert_eq!(listed(store, acme, &of_name("theirs")).await?, []);
    assert_eq!(listed(store, acme, &of_name("ours")).await?, [1]);
    assert_eq!(listed(store, acme, &created(on("2021-04-25")?)).await?, [1]);
    assert_eq!(listed(store, acme, &changed(on("2021-04-25")?)).await?, [1]);
    Ok(())
}

/// A deleted room is in no list and in no total, whatever the filter.
pub async fn deleted_rooms_are_not_listed(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for number in 1..=3 {
        add(store, &named(acme, number, &format!("room {number}"))?).await?;
    }
    delete(store, acme, room_id(2)).await?;

    assert_eq!(listed(store, acme, &no_filter()).await?, [1, 3]);
    assert_eq!(listed(store, acme, &of_name("room 2")).await?, []);
    let today = on("2021-04-25")?;
    assert_eq!(listed(store, acme, &created(today)).await?, [1, 3]);
    assert_eq!(listed(store, acme, &changed(today)).await?, [1, 3]);
    Ok(())
}

/// The total is right after every kind of write, done or undone.
pub async fn totals_follow_every_write(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for number in 1..=4 {
        add(store, &room(acme, number)).await?;
    }
    assert_eq!(total(store, acme).await?, 4);
    save(store, &named(acme, 1, "renamed")?).await?;
    assert_eq!(total(store, acme).await?, 4);
    delete(store, acme, room_id(1)).await?;
    delete(store, acme, room_id(1)).await?;
    assert_eq!(total(store, acme).await?, 3);

    let mut undone = store.begin().await?;
    undone.add_room(&room(acme, 5)).await?;
    undone.delete_room(acme, room_id(2), at(1)).await?;
    undone.delete_room(acme, room_id(3), at(1)).await?;
    drop(undone);
    assert_eq!(total(store, acme).await?, 3);
    Ok(())
}

/// A name is found exactly as it is, and only on the first page.
pub async fn a_name_narrows_exactly(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for (number, name) in (1..).zip(["café", "Café", "cafe\u{301}", "café ", "caf%", "caf_"]) {
        add(store, &named(acme, number, name)?).await?;
        assert_eq!(
            listed(store, acme, &of_name(name)).await?,
            [number],
            "{name}"
        );
    }
    add(store, &room(acme, 7)).await?;
    for missing in ["caf", "CAFÉ", "", "null"] {
        assert_eq!(
            listed(store, acme, &of_name(missing)).await?,
            [],
            "{missing}"
        );
    }
    let second = store.rooms(acme, &of_name("café"), page(2, 1)?).await?;
    assert_eq!((second.items.len(), second.total_results), (0, 1));
    Ok(())
}

/// A day begins at its first microsecond and ends with its last.
pub async fn days_of_creation_have_sharp_edges(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for (number, time) in around("2021-04-25")? {
        add(store, &made(acme, number, time)).await?;
    }
    for (days, expected) in by_day("2021-04-25")? {
        assert_eq!(
            listed(store, acme, &created(days)).await?,
            expected,
            "{days:?}"
        );
    }
    Ok(())
}

/// The same holds for the day of the last change, which is not the day of creation.
pub async fn days_of_change_have_sharp_edges(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for (number, time) in around("2021-04-25")? {
        let year_before = time.saturating_add_secs(-365 * 86_400);
        add(store, &made(acme, number, year_before)).await?;
        let changed = Room {
            updated_at: time,
            ..made(acme, number, year_before)
        };
        save(store, &changed).await?;
    }
    for (days, expected) in by_day("2021-04-25")? {
        assert_eq!(
            listed(store, acme, &changed(days)).await?,
            expected,
            "{days:?}"
        );
    }
    Ok(())
}

/// Several conditions narrow each other; contradictions match nothing.
pub async fn filters_hold_together(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for (number, born, touched) in [(1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 2, 3), (5, 3, 3)] {
        let new = Room {
            created_at: at(86_400 * born),
            updated_at: at(86_400 * touched),
            ..named(acme, number, &format!("room {number}"))?
        };
        add(store, &new).await?;
    }
    let both = |created, updated| RoomFilter {
        created,
        updated,
        ..no_filter()
    };
    let born_26 = on("2021-04-26")?;
    let cases = [
        (both(born_26, on("2021-04-27")?), vec![2]),
        (both(since("2021-04-27")?, up_to("2021-04-27")?), vec![3]),
        (both(born_26, on("2021-04-28")?), vec![]),
        (created(between("2021-04-27", "2021-04-28")?), vec![5, 3, 4]),
        (created(between("2021-04-28", "2021-04-27")?), vec![]),
        (changed(between("2021-04-26", "2021-04-27")?), vec![3, 1, 2]),
        (
            RoomFilter {
                unique_name: Some("room 2".to_owned()),
                ..both(born_26, on("2021-04-27")?)
            },
            vec![2],
        ),
        (
            RoomFilter {
                unique_name: Some("room 1".to_owned()),
                ..both(born_26, on("2021-04-27")?)
            },
            vec![],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(listed(store, acme, &filter).await?, expected, "{filter:?}");
    }
    Ok(())
}

/// A filtered list has pages and a total of its own.
pub async fn filtered_lists_have_pages_too(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for number in 1..=30 {
        let days = if number % 2 == 0 { 1 } else { 2 };
        let new = Room {
            updated_at: at(86_400 * days),
            ..made(acme, number, at(-i64::try_from(number)?))
        };
        add(store, &new).await?;
    }
    let even = changed(on("2021-04-26")?);
    for (number, expected) in [
        (1, (2..=20).step_by(2).collect()),
        (2, vec![22, 24, 26, 28, 30]),
        (3, vec![]),
    ] {
        let found = store.rooms(acme, &even, page(number, 10)?).await?;
        assert_eq!(numbers(&found), expected, "page {number}");
        assert_eq!(found.total_results, 15, "page {number}");
    }
    Ok(())
}

fn made(account_id: AccountId, number: u128, time: Timestamp) -> Room {
    Room {
        created_at: time,
        updated_at: time,
        ..room(account_id, number)
    }
}

async fn total(store: &dyn Store, account: AccountId) -> super::support::Result<u64> {
    Ok(all(store, account, &no_filter()).await?.total_results)
}

fn of_name(name: &str) -> RoomFilter {
    RoomFilter {
        unique_name: Some(name.to_owned()),
        ..no_filter()
    }
}

fn created(created: DayFilter) -> RoomFilter {
    RoomFilter {
        created,
        ..no_filter()
    }
}

fn changed(updated: DayFilter) -> RoomFilter {
    RoomFilter {
        updated,
        ..no_filter()
    }
}

fn between(first: &str, last: &str) -> super::support::Result<DayFilter> {
    Ok(DayFilter {
        gte: Some(day(first)?),
        lte: Some(day(last)?),
        ..DayFilter::default()
    })
}
