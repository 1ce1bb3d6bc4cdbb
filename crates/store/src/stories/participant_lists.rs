//! Lists of participants: order, pages, totals, filters.

use greenroom_domain::filter::{DayFilter, ParticipantFilter};
use greenroom_domain::{AccountId, PageRequest, Participant, Session, Timestamp};

use super::Story;
use super::meetings::{change, join, leave, left, participant, session, session_id, start};
use super::support::{Result, account, add, around, at, by_day, on, page, room, since, up_to};
use crate::Store;

/// Who joined last comes first; of those who joined at the same time, the one of the lowest id.
pub async fn last_to_join_first_then_by_id(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let [one, two] = [
        meeting(store, acme, 1).await?,
        meeting(store, acme, 2).await?,
    ];
    for (meeting, number, micros) in [
        (&one, 3, 5),
        (&two, 1, 5),
        (&one, 2, 5),
        (&one, 9, 4),
        (&two, 4, 6),
        (&one, 5, -7),
    ] {
        let from = at(0).saturating_add_micros(micros);
        join(store, &participant(meeting, number, from)).await?;
    }
    assert_eq!(listed(store, acme, &none()).await?, [4, 1, 2, 3, 9, 5]);
    assert_eq!(listed(store, acme, &of_session(1)).await?, [2, 3, 9, 5]);
    Ok(())
}

/// Pages follow on each other without gap or overlap; beyond the last there is nothing.
pub async fn three_pages_and_beyond(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let all = meeting(store, acme, 1).await?;
    for number in 1..=55 {
        let from = at(-i64::try_from(number)?);
        let guest = Participant {
            context: Some("same".to_owned()),
            ..participant(&all, number, from)
        };
        join(store, &guest).await?;
    }
    let expected: [Vec<u128>; 5] = [
        (1..=25).collect(),
        (26..=50).collect(),
        (51..=55).collect(),
        Vec::new(),
        Vec::new(),
    ];
    let both = ParticipantFilter {
        context: Some("same".to_owned()),
        ..of_session(1)
    };
    for filter in [none(), of_session(1), of_context("same"), both] {
        for (number, expected) in [1, 2, 3, 4, 10_000_000].into_iter().zip(&expected) {
            let found = store.participants(acme, &filter, page(number, 25)?).await?;
            assert_eq!(numbers(&found.items), *expected, "page {number}");
            assert_eq!(found.total_results, 55, "page {number}");
        }
    }
    Ok(())
}

/// No filter reaches the participants of another account, nor its sessions.
pub async fn a_list_shows_the_accounts_participants_only(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let other = account(store, 2).await?;
    for (owner, number) in [(acme, 1), (other, 2)] {
        let all = meeting(store, owner, number).await?;
        let guest = participant(&all, number, at(0));
        join(store, &left(guest, at(5))).await?;
        join(store, &participant(&all, 7, at(9))).await?;
    }
    let today = on("2021-04-25")?;
    let shared = of_context("{\"name\":\"guest 7\"}");
    for (filter, ours, theirs) in [
        (none(), vec![7, 1], vec![7, 2]),
        (of_session(1), vec![7, 1], vec![]),
        (of_session(2), vec![], vec![7, 2]),
        (shared, vec![7], vec![7]),
        (of_context("{\"name\":\"guest 1\"}"), vec![1], vec![]),
        (joined(today), vec![7, 1], vec![7, 2]),
        (changed(today), vec![7, 1], vec![7, 2]),
        (gone(today), vec![1], vec![2]),
    ] {
        assert_eq!(listed(store, acme, &filter).await?, ours, "{filter:?}");
        assert_eq!(listed(store, other, &filter).await?, theirs, "{filter:?}");
    }
    Ok(())
}

/// A context is found exactly as it is, as it is now.
pub async fn a_context_narrows_exactly(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let all = meeting(store, acme, 1).await?;
    let contexts = ["Alice", "alice", "Alice ", "Al%", "A_ice", "", "caf\u{e9}"];
    for (number, context) in (1..).zip(contexts) {
        let guest = Participant {
            context: Some(context.to_owned()),
            ..participant(&all, number, at(0))
        };
        join(store, &guest).await?;
    }
    let without = Participant {
        context: None,
        ..participant(&all, 8, at(0))
    };
    join(store, &without).await?;
    for (number, context) in (1..).zip(contexts) {
        let in_session = ParticipantFilter {
            context: Some(context.to_owned()),
            ..of_session(1)
        };
        for filter in [of_context(context), in_session] {
            assert_eq!(listed(store, acme, &filter).await?, [number], "{filter:?}");
        }
    }
    for missing in ["Ali", "ALICE", "cafe\u{301}", "null"] {
        assert_eq!(listed(store, acme, &of_context(missing)).await?, []);
    }
    let one = participant(&all, 1, at(0)).id;
    change(store, all.id, one, Some("alice"), at(1)).await?;
    assert_eq!(listed(store, acme, &of_context("Alice")).await?, []);
    assert_eq!(listed(store, acme, &of_context("alice")).await?, [1, 2]);
    change(store, all.id, one, None, at(2)).await?;
    assert_eq!(listed(store, acme, &of_context("alice")).await?, [2]);
    Ok(())
}

/// A day begins at its first microsecond and ends with its last, for each of the three times.
pub async fn days_have_sharp_edges(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let [one, two] = [
        meeting(store, acme, 1).await?,
        meeting(store, acme, 2).await?,
    ];
    for (number, time) in around("2021-04-25")? {
        let long_before = time.saturating_add_secs(-365 * 86_400);
        let guest = participant(&one, number, long_before);
        join(store, &left(guest, time)).await?;
        join(store, &participant(&two, 10 + number, time)).await?;
    }
    for (days, expected) in by_day("2021-04-25")? {
        let came: Vec<u128> = expected.iter().map(|number| 10 + number).collect();
        let in_second = ParticipantFilter {
            joined: days,
            ..of_session(2)
        };
        assert_eq!(listed(store, acme, &in_second).await?, came, "{days:?}");
        assert_eq!(listed(store, acme, &gone(days)).await?, expected);
        let both = [came, expected].concat();
        assert_eq!(listed(store, acme, &changed(days)).await?, both, "{days:?}");
    }
    Ok(())
}

/// Several conditions narrow each other; contradictions match nothing.
pub async fn filters_hold_together(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let [one, two] = [
        meeting(store, acme, 1).await?,
        meeting(store, acme, 2).await?,
    ];
    let days = |number: i64| at(86_400 * number);
    let named = |meeting, number, name: &str, from| Participant {
        context: Some(name.to_owned()),
        ..participant(meeting, number, from)
    };
    for (meeting, number, name, from, to) in [
        (&one, 1, "a", 1, 1),
        (&one, 2, "b", 1, 2),
        (&two, 3, "a", 2, 2),
        (&two, 4, "b", 2, 3),
    ] {
        let guest = named(meeting, number, name, days(from));
        join(store, &left(guest, days(to))).await?;
    }
    join(store, &named(&one, 5, "a", days(2))).await?;
    let with = |session: Option<u128>, context: Option<&str>, days: &ParticipantFilter| {
        ParticipantFilter {
            session_id: session.map(session_id),
            context: context.map(str::to_owned),
            ..days.clone()
        }
    };
    let (second, third) = (on("2021-04-27")?, on("2021-04-28")?);
    let spans = ParticipantFilter {
        left: up_to("2021-04-27")?,
        ..joined(since("2021-04-27")?)
    };
    let cases = [
        (with(Some(1), Some("a"), &none()), vec![5, 1]),
        (with(Some(2), Some("a"), &gone(second)), vec![3]),
        (with(Some(2), Some("b"), &gone(second)), vec![]),
        (with(Some(1), None, &joined(second)), vec![5]),
        (with(Some(1), None, &changed(second)), vec![5, 2]),
        (with(None, Some("a"), &changed(second)), vec![3, 5]),
        (with(None, Some("b"), &gone(third)), vec![4]),
        (with(None, None, &spans), vec![3]),
        (with(None, Some("b"), &spans), vec![]),
    ];
    for (filter, expected) in cases {
        assert_eq!(listed(store, acme, &filter).await?, expected, "{filter:?}");
    }
    Ok(())
}

/// The total is right after every kind of write, done or undone.
pub async fn totals_follow_every_write(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let all = meeting(store, acme, 1).await?;
    let total = async |expected: [u64; 3]| -> Story {
        let today = on("2021-04-25")?;
        let lists = [of_session(1), gone(today), of_context("new")];
        for (filter, expected) in lists.into_iter().zip(expected) {
            let found = store.participants(acme, &filter, page(1, 1)?).await?;
            assert_eq!(found.total_results, expected, "{filter:?}");
        }
        Ok(())
    };
    let guests = [1, 2, 3].map(|number| participant(&all, number, at(0)));
    for guest in &guests {
        join(store, guest).await?;
    }
    total([3, 0, 0]).await?;
    let away = left(guests[0].clone(), at(5)).left.ok_or("there")?;
    leave(store, all.id, guests[0].id, away).await?;
    change(store, all.id, guests[1].id, Some("new"), at(5)).await?;
    total([3, 1, 1]).await?;
    join(store, &participant(&all, 1, at(9))).await?;
    total([3, 0, 1]).await?;

    let mut undone = store.begin().await?;
    undone.add_participant(&participant(&all, 4, at(9))).await?;
    undone
        .change_participant(all.id, guests[2].id, Some("new"), at(9))
        .await?;
    undone.end_participation(all.id, guests[2].id, away).await?;
    drop(undone);
    total([3, 0, 1]).await
}

/// A session of its own room, both of that number.
async fn meeting(store: &dyn Store, account: AccountId, number: u128) -> Result<Session> {
    add(store, &room(account, number)).await?;
    let begun = session(account, number, number, Timestamp::from_unix_secs(0));
    start(store, &begun).await?;
    Ok(begun)
}

/// The numbers of all participants who match, in the order of the list.
async fn listed(
    store: &dyn Store,
    account: AccountId,
    filter: &ParticipantFilter,
) -> Result<Vec<u128>> {
    let page = page(1, PageRequest::MAX_SIZE.into())?;
    let found = store.participants(account, filter, page).await?;
    assert_eq!(
        found.total_results,
        u64::try_from(found.items.len())?,
        "the total counts what is listed"
    );
    Ok(numbers(&found.items))
}

fn numbers(participants: &[Participant]) -> Vec<u128> {
    let number = |one: &Participant| one.id.as_uuid().as_u128();
    participants.iter().map(number).collect()
}

fn none() -> ParticipantFilter {
    ParticipantFilter::default()
}

fn of_session(number: u128) -> ParticipantFilter {
    ParticipantFilter {
        session_id: Some(session_id(number)),
        ..none()
    }
}

fn of_context(context: &str) -> ParticipantFilter {
    ParticipantFilter {
        context: Some(context.to_owned()),
        ..none()
    }
}

fn joined(joined: DayFilter) -> ParticipantFilter {
    ParticipantFilter { joined, ..none() }
}

fn changed(updated: DayFilter) -> ParticipantFilter {
    ParticipantFilter { updated, ..none() }
}

fn gone(left: DayFilter) -> ParticipantFilter {
    ParticipantFilter { left, ..none() }
}
