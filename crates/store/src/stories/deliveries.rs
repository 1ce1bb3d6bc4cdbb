//! Events as their account sees them.

use greenroom_domain::participant::LeftReason;
use greenroom_domain::session::EndReason;
use greenroom_domain::{AccountId, Event, EventKind, ParticipantId, Timestamp};
use uuid::Uuid;

use super::Story;
use super::outbox::{event, event_id, expired, retry, settle, tell, telling, two_rooms};
use super::support::{Result, account, add, at, delete, page, room, room_id, save};
use crate::Store;
use crate::outbox::{
    AttemptRecord, DeadReason, Delivery, DeliveryFilter, EVENT_TYPES, Settlement, StateFilter,
    Verdict,
};

const ENDED: &str = "video.room.session.ended";

fn ended(account_id: AccountId, room: u128, number: u32) -> Event {
    Event {
        kind: EventKind::SessionEnded {
            duration_secs: 7,
            reason: EndReason::Empty,
        },
        ..event(account_id, room, number)
    }
}

fn typed(types: &[&str]) -> DeliveryFilter {
    let types = types.iter().map(|event_type| (*event_type).to_owned());
    DeliveryFilter {
        event_types: Some(types.collect()),
        ..DeliveryFilter::default()
    }
}

fn of_room(room: u128) -> DeliveryFilter {
    DeliveryFilter {
        room_id: Some(room_id(room)),
        ..DeliveryFilter::default()
    }
}

fn in_state(state: StateFilter) -> DeliveryFilter {
    DeliveryFilter {
        state: Some(state),
        ..DeliveryFilter::default()
    }
}

/// The numbers of the events in a list of ten to the page.
async fn listed(
    store: &dyn Store,
    account_id: AccountId,
    filter: &DeliveryFilter,
    number: i64,
) -> Result<(Vec<u128>, u64)> {
    let page = page(number, 10)?;
    let found = store.deliveries(account_id, filter, page).await?;
    let numbers = found
        .items
        .iter()
        .map(|delivery| delivery.entry.event.id.as_uuid().as_u128());
    Ok((numbers.collect(), found.total_results))
}

async fn delivery(store: &dyn Store, account_id: AccountId, number: u32) -> Result<Delivery> {
    let found = store.delivery(account_id, event_id(number)).await?;
    Ok(found.ok_or("it is there")?)
}

/// What one account is told is not there for another, by whatever way it asks.
pub async fn an_account_sees_its_own(store: &dyn Store) -> Story {
    let acme = two_rooms(store).await?;
    let globex = account(store, 2).await?;
    add(store, &telling(globex, 3)?).await?;
    tell(store, &event(globex, 3, 5)).await?;
    let any = DeliveryFilter::default();
    assert_eq!(listed(store, acme, &any, 1).await?, (vec![4, 3, 2, 1], 4));
    assert_eq!(listed(store, globex, &any, 1).await?, (vec![5], 1));
    let nothing = (vec![], 0);
    for room in [1, 2, 9] {
        assert_eq!(listed(store, globex, &of_room(room), 1).await?, nothing);
    }
    assert_eq!(listed(store, acme, &of_room(3), 1).await?, nothing);
    assert!(store.delivery(globex, event_id(1)).await?.is_none());
    assert!(store.delivery(acme, event_id(5)).await?.is_none());
    assert!(store.delivery(acme, event_id(6)).await?.is_none());
    let entry = store.outbox_entry(event_id(1)).await?;
    assert_eq!(Some(delivery(store, acme, 1).await?.entry), entry);
    let nobody = account(store, 3).await?;
    assert_eq!(listed(store, nobody, &any, 1).await?, nothing);
    Ok(())
}

/// A deleted room's events stay the account's.
pub async fn deleted_rooms_have_told_what_they_told(store: &dyn Store) -> Story {
    let acme = two_rooms(store).await?;
    delete(store, acme, room_id(2)).await?;
    assert_eq!(listed(store, acme, &of_room(2), 1).await?, (vec![3], 1));
    let any = DeliveryFilter::default();
    assert_eq!(listed(store, acme, &any, 1).await?.1, 4);
    Ok(())
}

/// Every filter alone and with others, over all writes that move an event.
pub async fn filters_follow_every_write(store: &dyn Store) -> Story {
    let acme = two_rooms(store).await?;
    tell(store, &ended(acme, 1, 5)).await?;
    tell(store, &ended(acme, 2, 6)).await?;
    settle(store, 1, 10, Verdict::Delivered).await?;
    settle(store, 2, 10, expired(10)).await?;
    settle(store, 3, 10, Verdict::Delivered).await?;
    let list = async |filter: DeliveryFilter| listed(store, acme, &filter, 1).await;
    let (pending, delivered, dead) = (
        StateFilter::Pending,
        StateFilter::Delivered,
        StateFilter::Dead,
    );
    assert_eq!(list(in_state(pending)).await?, (vec![6, 5, 4], 3));
    assert_eq!(list(in_state(delivered)).await?, (vec![3, 1], 2));
    assert_eq!(list(in_state(dead)).await?, (vec![2], 1));
    assert_eq!(list(of_room(1)).await?, (vec![5, 4, 2, 1], 4));
    assert_eq!(list(typed(&[ENDED])).await?, (vec![6, 5], 2));
    let started = "video.room.session.started";
    assert_eq!(list(typed(&[started, ENDED])).await?.1, 6);
    for types in [&["session.ended"][..], &[]] {
        assert_eq!(list(typed(types)).await?, (vec![], 0));
    }
    let both = DeliveryFilter {
        state: Some(pending),
        room_id: Some(room_id(1)),
        ..typed(&[ENDED])
    };
    assert_eq!(list(both.clone()).await?, (vec![5], 1));
    let of_account = DeliveryFilter {
        room_id: None,
        ..both
    };
    assert_eq!(list(of_account).await?, (vec![6, 5], 2));

    let mut work = store.begin().await?;
    assert!(work.replay_event(event_id(2), at(20)).await?);
    assert!(work.replay_event(event_id(5), at(20)).await?, "pending");
    work.commit().await?;
    assert_eq!(list(in_state(pending)).await?, (vec![6, 5, 4, 2], 4));
    assert_eq!(list(in_state(dead)).await?, (vec![], 0));

    save(store, &room(acme, 1)).await?;
    let nowhere = Verdict::Dead {
        reason: DeadReason::NoUrl,
        next_due_at: at(30),
    };
    settle(store, 2, 30, nowhere).await?;
    assert_eq!(list(in_state(dead)).await?, (vec![5, 4, 2], 3));
    assert_eq!(list(in_state(pending)).await?, (vec![6], 1));

    let mut work = store.begin().await?;
    assert_eq!(work.replay_dead(Some(room_id(1)), at(40)).await?, 3);
    assert_eq!(work.forget_events(at(11), at(0), 10).await?, 2);
    work.commit().await?;
    assert_eq!(list(in_state(pending)).await?, (vec![6, 5, 4, 2], 4));
    let any = DeliveryFilter::default();
    assert_eq!(list(any).await?, (vec![6, 5, 4, 2], 4));
    assert_eq!(list(of_room(2)).await?, (vec![6], 1));
    Ok(())
}

/// No type is missing from the list of them.
pub async fn events_of_every_type_are_listed(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &telling(acme, 1)?).await?;
    let participant_id = ParticipantId::from_uuid(Uuid::from_u128(1));
    let kinds = [
        EventKind::SessionStarted,
        EventKind::SessionEnded {
            duration_secs: 1,
            reason: EndReason::Empty,
        },
        EventKind::ParticipantJoined {
            participant_id,
            context: None,
        },
        EventKind::ParticipantLeft {
            participant_id,
            context: None,
            duration_secs: 1,
            reason: LeftReason::Left,
        },
    ];
    for (number, kind) in (1..).zip(kinds) {
        let told = Event {
            kind,
            ..event(acme, 1, number)
        };
        tell(store, &told).await?;
    }
    let any = DeliveryFilter::default();
    assert_eq!(listed(store, acme, &any, 1).await?, (vec![4, 3, 2, 1], 4));
    for (event_type, number) in EVENT_TYPES.into_iter().zip(1..) {
        let filter = typed(&[event_type]);
        assert_eq!(listed(store, acme, &filter, 1).await?, (vec![number], 1));
    }
    Ok(())
}

/// What was not committed moves nothing.
pub async fn what_is_dropped_is_not_listed(store: &dyn Store) -> Story {
    let acme = two_rooms(store).await?;
    let mut work = store.begin().await?;
    work.add_event(&event(acme, 1, 5)).await?;
    work.forget_events(at(100), at(100), 10).await?;
    drop(work);
    let any = DeliveryFilter::default();
    assert_eq!(listed(store, acme, &any, 1).await?, (vec![4, 3, 2, 1], 4));
    Ok(())
}

/// Pages from both ends, of all and of some, far from either end.
pub async fn long_lists_have_pages(store: &dyn Store) -> Story {
    const EVENTS: u32 = 3_000;
    let acme = account(store, 1).await?;
    for number in [1, 2] {
        add(store, &telling(acme, number)?).await?;
    }
    let mut work = store.begin().await?;
    for number in 1..=EVENTS {
        let room = u128::from(number % 2) + 1;
        let event = if number % 10 == 0 {
            ended(acme, room, number)
        } else {
            event(acme, room, number)
        };
        assert!(work.add_event(&event).await?);
    }
    work.commit().await?;
    let is_ended = |number: &u128| number.is_multiple_of(10);
    let is_in_room_1 = |number: &u128| number.is_multiple_of(2);
    let all: Vec<u128> = (1..=u128::from(EVENTS)).rev().collect();
    let narrowed = |keep: &dyn Fn(&u128) -> bool| all.iter().copied().filter(keep).collect();
    let in_both = DeliveryFilter {
        room_id: Some(room_id(1)),
        ..typed(&[ENDED])
    };
    let lists: [(DeliveryFilter, Vec<u128>); 5] = [
        (DeliveryFilter::default(), all.clone()),
        (in_state(StateFilter::Pending), all.clone()),
        (typed(&[ENDED]), narrowed(&is_ended)),
        (of_room(1), narrowed(&is_in_room_1)),
        (
            in_both,
            narrowed(&|number| is_ended(number) && is_in_room_1(number)),
        ),
    ];
    for (filter, matching) in lists {
        let pages = i64::try_from(matching.len().div_ceil(10))?;
        let places = [1, 2, 27, 60, 130, 149, 150, 151, 240, 299, 300, 301];
        for number in places
            .into_iter()
            .chain([pages - 30, pages - 26, pages, pages + 1])
        {
            let before = usize::try_from(number.max(1) - 1)? * 10;
            let wanted = matching.iter().skip(before).take(10).copied().collect();
            let found = listed(store, acme, &filter, number.max(1)).await?;
            let total = u64::try_from(matching.len())?;
            assert_eq!(found, (wanted, total), "page {number} of {filter:?}");
        }
    }
    Ok(())
}

/// Who asks is told when it was tried, and when it will be if it is its turn.
pub async fn attempts_and_turns_are_told(store: &dyn Store) -> Story {
    let acme = two_rooms(store).await?;
    let fresh = delivery(store, acme, 1).await?;
    assert_eq!((fresh.first_tried_at, fresh.last_tried_at), (None, None));
    assert_eq!(fresh.due_at, Some(at(1)));
    assert_eq!(delivery(store, acme, 2).await?.due_at, None, "not its turn");
    let tried = |attempt, failover, began, duration_millis| AttemptRecord {
        attempt,
        failover,
        at: at(began),
        url: "https://example.com/".to_owned(),
        duration_millis,
        status: Some(500),
        error: None,
    };
    for (verdict, log) in [
        (
            retry(30),
            vec![tried(1, false, 10, 5), tried(1, true, 11, 2_000)],
        ),
        (retry(90), vec![tried(2, false, 30, 250)]),
    ] {
        let settlement = Settlement {
            event_id: event_id(1),
            verdict,
            at: at(20),
            log,
        };
        let mut work = store.begin().await?;
        work.settle_events(&[settlement]).await?;
        work.commit().await?;
    }
    let tried = delivery(store, acme, 1).await?;
    assert_eq!(tried.first_tried_at, Some(at(10)));
    let last = at(30).unix_micros() + 250_000;
    assert_eq!(tried.last_tried_at.map(Timestamp::unix_micros), Some(last));
    assert_eq!(tried.due_at, Some(at(90)));
    let page = store
        .deliveries(acme, &DeliveryFilter::default(), page(1, 10)?)
        .await?;
    assert!(page.items.contains(&tried), "the list says the same");
    settle(store, 1, 40, Verdict::Delivered).await?;
    assert_eq!(delivery(store, acme, 1).await?.due_at, None);
    assert_eq!(delivery(store, acme, 2).await?.due_at, Some(at(40)));
    Ok(())
}
