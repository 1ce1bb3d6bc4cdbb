//! Each list and filter, at two sizes.

use std::time::Duration;

use At::{First, Last, Middle};
use greenroom_domain::PageRequest;
use greenroom_domain::filter::{DayFilter, ParticipantFilter, SessionFilter};
use greenroom_domain::paging::{PageNumber, PageSize};
use greenroom_store::SessionReads;
use greenroom_store_sqlite::SqliteStore;

use super::Held;
use crate::timing::{micros, timed_by_turns};

/// Which page is asked for.
#[derive(Debug, Clone, Copy)]
enum At {
    First,
    Middle,
    Last,
}

const ALL_PAGES: &[At] = &[First, Middle, Last];

/// A day with some of what there is.
fn one_day() -> DayFilter {
    DayFilter {
        eq: Some("2021-01-03".parse().unwrap()),
        ..DayFilter::default()
    }
}

/// Days with all of it.
fn since() -> DayFilter {
    DayFilter {
        gte: Some("2021-01-01".parse().unwrap()),
        ..DayFilter::default()
    }
}

fn active(active: bool) -> SessionFilter {
    SessionFilter {
        active: Some(active),
        ..SessionFilter::default()
    }
}

fn by_days(created: DayFilter, updated: DayFilter, ended: DayFilter) -> SessionFilter {
    SessionFilter {
        created,
        updated,
        ended,
        ..SessionFilter::default()
    }
}

pub(super) async fn sessions(store: &SqliteStore, accounts: &[Held; 2]) {
    let any = DayFilter::default();
    let cases: [(&str, SessionFilter, &[At]); 11] = [
        ("all", SessionFilter::default(), ALL_PAGES),
        ("active", active(true), &[First, Last]),
        ("not active", active(false), ALL_PAGES),
        ("begun on a day", by_days(one_day(), any, any), &[First]),
        ("begun since", by_days(since(), any, any), ALL_PAGES),
        ("changed on a day", by_days(any, one_day(), any), &[First]),
        ("changed since", by_days(any, since(), any), ALL_PAGES),
        ("ended on a day", by_days(any, any, one_day()), &[First]),
        ("ended since", by_days(any, any, since()), ALL_PAGES),
        (
            "begun and ended on a day",
            by_days(one_day(), any, one_day()),
            &[First],
        ),
        (
            "begun since, changed since",
            by_days(since(), since(), any),
            &[First, Last],
        ),
    ];
    for (name, filter, pages) in cases {
        for of_room in [false, true] {
            for at in pages {
                let [few, many] = accounts.each_ref().map(|held| {
                    let room = of_room.then_some(held.busy_room);
                    let filter = SessionFilter {
                        room_id: room,
                        ..filter
                    };
                    async move |page| {
                        let found = store.sessions(held.account, &filter, page).await;
                        found.unwrap().total_results
                    }
                });
                let times = time_lists([&few, &many], *at).await;
                let of = if of_room { " of a room" } else { "" };
                print_ratio(&format!("sessions{of}, {name}, {at:?}"), times);
            }
        }
    }
}

fn of(context: &str, joined: DayFilter, updated: DayFilter, left: DayFilter) -> ParticipantFilter {
    ParticipantFilter {
        session_id: None,
        context: (!context.is_empty()).then(|| context.to_owned()),
        joined,
        updated,
        left,
    }
}

pub(super) async fn participants(store: &SqliteStore, accounts: &[Held; 2]) {
    let any = DayFilter::default();
    let cases: [(&str, ParticipantFilter, &[At]); 10] = [
        ("all", of("", any, any, any), ALL_PAGES),
        ("joined on a day", of("", one_day(), any, any), &[First]),
        ("joined since", of("", since(), any, any), ALL_PAGES),
        ("changed on a day", of("", any, one_day(), any), &[First]),
        ("changed since", of("", any, since(), any), ALL_PAGES),
        ("left on a day", of("", any, any, one_day()), &[First]),
        ("left since", of("", any, any, since()), ALL_PAGES),
        (
            "nearly all's context",
            of("guest", any, any, any),
            ALL_PAGES,
        ),
        ("a rare context", of("guest 20", any, any, any), &[First]),
        (
            "nearly all's context, left on a day",
            of("guest", any, any, one_day()),
            &[First],
        ),
    ];
    for (name, filter, pages) in cases {
        for at in pages {
            for (of, session) in [
                ("", None),
                (" of a small session", Some(false)),
                (" of a large session", Some(true)),
            ] {
                let [few, many] = accounts.each_ref().map(|held| {
                    let session = session.map(|large| if large { held.large } else { held.small });
                    let filter = ParticipantFilter {
                        session_id: session,
                        ..filter.clone()
                    };
                    async move |page| {
                        let found = store.participants(held.account, &filter, page).await;
                        found.unwrap().total_results
                    }
                });
                let times = time_lists([&few, &many], *at).await;
                print_ratio(&format!("participants{of}, {name}, {at:?}"), times);
            }
        }
    }
}

/// What a page of each of two lists costs, and how many match.
async fn time_lists<L: AsyncFn(PageRequest) -> u64>(
    lists: [&L; 2],
    at: At,
) -> [(Duration, u64); 2] {
    let [few, many] = lists;
    let totals = [
        few(PageRequest::default()).await,
        many(PageRequest::default()).await,
    ];
    let pages = totals.map(|total| {
        let last = total.div_ceil(u64::from(PageRequest::DEFAULT_SIZE)).max(1);
        let number = match at {
            First => 1,
            Middle => last.div_ceil(2),
            Last => last,
        };
        let number = PageNumber::new(i64::try_from(number).unwrap()).unwrap();
        PageRequest::new(number, PageSize::default())
    });
    let times = timed_by_turns(
        async || {
            std::hint::black_box(few(pages[0]).await);
        },
        async || {
            std::hint::black_box(many(pages[1]).await);
        },
    )
    .await;
    [(times[0], totals[0]), (times[1], totals[1])]
}

pub(super) fn print_ratio(what: &str, times: [(Duration, u64); 2]) {
    let [(few, of_few), (many, of_many)] = times;
    println!(
        "{what}: {:.0} µs of {of_few}, {:.0} µs of {of_many}, ratio {:.2}",
        micros(few),
        micros(many),
        many.as_secs_f64() / few.as_secs_f64()
    );
}
