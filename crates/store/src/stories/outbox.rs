//! Events on their way to webhooks.

use greenroom_domain::limits::ATTEMPTS_KEPT_MAX;
use greenroom_domain::participant::LeftReason;
use greenroom_domain::session::EndReason;
use greenroom_domain::webhook::{WebhookSettings, WebhookTimeout, WebhookUrl};
use greenroom_domain::{
    AccountId, Event, EventId, EventKind, ParticipantId, Room, SessionId, Timestamp,
};
use uuid::Uuid;

use super::Story;
use super::support::{Result, account, add, at, delete, page, room, room_id, save};
use crate::Store;
use crate::outbox::{
    AttemptRecord, Backlog, DeadReason, EventState, OutboxFilter, Settlement, StateFilter, Verdict,
};

/// A room whose events go somewhere.
pub(super) fn telling(account_id: AccountId, number: u128) -> Result<Room> {
    Ok(Room {
        webhook: WebhookSettings {
            event_url: Some(url(number)?),
            ..WebhookSettings::default()
        },
        ..room(account_id, number)
    })
}

fn url(number: u128) -> Result<WebhookUrl> {
    Ok(WebhookUrl::new(format!(
        "https://example.com/hook/{number}"
    ))?)
}

pub(super) fn event_id(number: u32) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number.into()))
}

/// A session started in the room `room`, as the event `number`, at [`at`]`(number)`.
pub(super) fn event(account_id: AccountId, room: u128, number: u32) -> Event {
    Event {
        id: event_id(number),
        room_id: room_id(room),
        account_id,
        session_id: SessionId::from_uuid(Uuid::from_u128(room)),
        occurred_at: at(number.into()),
        kind: EventKind::SessionStarted,
    }
}

pub(super) async fn tell(store: &dyn Store, event: &Event) -> Result<bool> {
    let mut work = store.begin().await?;
    let kept = work.add_event(event).await?;
    work.commit().await?;
    Ok(kept)
}

/// An account with the rooms 1 and 2; the events 1, 2 and 4 of the one, 3 of the other.
pub(super) async fn two_rooms(store: &dyn Store) -> Result<AccountId> {
    let acme = account(store, 1).await?;
    for number in [1, 2] {
        add(store, &telling(acme, number)?).await?;
    }
    for (room, number) in [(1, 1), (1, 2), (2, 3), (1, 4)] {
        assert!(tell(store, &event(acme, room, number)).await?);
    }
    Ok(acme)
}

pub(super) async fn settle(
    store: &dyn Store,
    number: u32,
    now: i64,
    verdict: Verdict,
) -> Result<()> {
    let settlement = Settlement {
        event_id: event_id(number),
        verdict,
        at: at(now),
        log: Vec::new(),
    };
    let mut work = store.begin().await?;
    work.settle_events(&[settlement]).await?;
    Ok(work.commit().await?)
}

pub(super) fn expired(next: i64) -> Verdict {
    Verdict::Dead {
        reason: DeadReason::Expired,
        next_due_at: at(next),
    }
}

pub(super) fn retry(due: i64) -> Verdict {
    Verdict::Retry { due_at: at(due) }
}

/// The numbers of the rooms that are due.
pub(super) async fn due(store: &dyn Store, now: i64) -> Result<Vec<u128>> {
    let rooms = store.due_rooms(at(now), 100).await?;
    Ok(rooms.iter().map(|id| id.as_uuid().as_u128()).collect())
}

/// The number of a room's first pending event.
pub(super) async fn first(store: &dyn Store, room: u128) -> Result<Option<u128>> {
    let first = store.first_pending(room_id(room)).await?;
    Ok(first.map(|first| first.entry.event.id.as_uuid().as_u128()))
}

pub(super) async fn state(
    store: &dyn Store,
    number: u32,
) -> Result<Option<(EventState, Timestamp)>> {
    let entry = store.outbox_entry(event_id(number)).await?;
    Ok(entry.map(|entry| (entry.state, entry.state_at)))
}

/// The numbers of the events in a list of ten to the page.
async fn listed(store: &dyn Store, filter: &OutboxFilter, number: i64) -> Result<(Vec<u128>, u64)> {
    let found = store.outbox_entries(filter, page(number, 10)?).await?;
    let ids = found
        .items
        .iter()
        .map(|entry| entry.event.id.as_uuid().as_u128());
    Ok((ids.collect(), found.total_results))
}

/// An event is kept if its room, deleted or not, has a URL; and once only.
pub async fn an_event_needs_somewhere_to_go(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &telling(acme, 1)?).await?;
    add(store, &room(acme, 2)).await?;
    assert!(tell(store, &event(acme, 1, 1)).await?);
    assert!(tell(store, &event(acme, 1, 1)).await?, "there already");
    assert!(!tell(store, &event(acme, 2, 2)).await?, "no URL");
    assert!(!tell(store, &event(acme, 3, 3)).await?, "no room");
    delete(store, acme, room_id(1)).await?;
    assert!(tell(store, &event(acme, 1, 4)).await?);
    assert_eq!(store.backlog().await?.pending, 2);
    Ok(())
}

/// Every type, with all it can have.
pub async fn events_come_back_whole(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &telling(acme, 1)?).await?;
    let participant_id = ParticipantId::from_uuid(Uuid::from_u128(77));
    let mut kinds = vec![EventKind::SessionStarted];
    for reason in EndReason::ALL {
        kinds.push(EventKind::SessionEnded {
            duration_secs: 3_600,
            reason,
        });
    }
    for context in [None, Some(String::new()), Some("{\"né\": 1}".to_owned())] {
        kinds.push(EventKind::ParticipantJoined {
            participant_id,
            context,
        });
    }
    for reason in LeftReason::ALL {
        kinds.push(EventKind::ParticipantLeft {
            participant_id,
            context: Some("x".to_owned()),
            duration_secs: 0,
            reason,
        });
    }
    for (number, kind) in (1..).zip(kinds) {
        let event = Event {
            kind,
            ..event(acme, 1, number)
        };
        tell(store, &event).await?;
        let entry = store.outbox_entry(event.id).await?.ok_or("not there")?;
        assert_eq!(entry.event, event);
        assert_eq!(
            (entry.state, entry.state_at),
            (EventState::Pending, at(number.into()))
        );
        assert_eq!((entry.attempts, entry.failures), (0, 0));
    }
    Ok(())
}

/// What a unit of work that is dropped tells never happened.
pub async fn an_event_shares_the_fate_of_its_unit_of_work(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &telling(acme, 1)?).await?;
    let mut work = store.begin().await?;
    work.add_event(&event(acme, 1, 1)).await?;
    drop(work);
    assert_eq!(state(store, 1).await?, None);
    assert_eq!(store.backlog().await?, Backlog::default());
    Ok(())
}

/// A room delivers one event after the other, in the order in which they were added.
pub async fn a_room_keeps_its_order(store: &dyn Store) -> Story {
    two_rooms(store).await?;
    assert_eq!(due(store, 0).await?, [0; 0]);
    assert_eq!(store.next_due(at(0)).await?, Some(at(1)));
    assert_eq!(due(store, 1).await?, [1]);
    assert_eq!(due(store, 9).await?, [1, 2], "longest due first");
    for (number, next) in [(1, Some(2)), (2, Some(4)), (4, None)] {
        assert_eq!(first(store, 1).await?, Some(number.into()));
        settle(store, number, 10, Verdict::Delivered).await?;
        assert_eq!(first(store, 1).await?, next);
        assert_eq!(
            state(store, number).await?,
            Some((EventState::Delivered, at(10)))
        );
    }
    assert_eq!(due(store, 10).await?, [2]);
    assert_eq!(store.next_due(at(10)).await?, None);
    assert_eq!(store.due_rooms(at(10), 0).await?, []);
    Ok(())
}

/// An event that waits for its next attempt holds back its own room only.
pub async fn a_retry_holds_back_one_room(store: &dyn Store) -> Story {
    two_rooms(store).await?;
    settle(store, 1, 10, retry(15)).await?;
    assert_eq!(first(store, 1).await?, Some(1));
    assert_eq!(due(store, 14).await?, [2]);
    assert_eq!(store.next_due(at(14)).await?, Some(at(15)));
    assert_eq!(due(store, 15).await?, [2, 1]);
    let entry = store.outbox_entry(event_id(1)).await?.ok_or("not there")?;
    assert_eq!((entry.state, entry.state_at), (EventState::Pending, at(1)));
    assert_eq!(entry.failures, 1);
    Ok(())
}

/// Where events go is what the room says when they go.
pub async fn the_present_url_counts(store: &dyn Store) -> Story {
    let acme = two_rooms(store).await?;
    let mended = Room {
        webhook: WebhookSettings {
            event_url: Some(url(7)?),
            event_failover_url: Some(url(8)?),
            timeout: Some(WebhookTimeout::new(3)?),
        },
        ..room(acme, 1)
    };
    save(store, &mended).await?;
    let first = store.first_pending(room_id(1)).await?.ok_or("none")?;
    assert_eq!(first.webhook, mended.webhook);
    save(store, &room(acme, 1)).await?;
    let first = store.first_pending(room_id(1)).await?.ok_or("none")?;
    assert_eq!(first.webhook, WebhookSettings::default());
    Ok(())
}

/// Every URL that was tried is in the log, up to a bound.
pub async fn the_log_has_every_attempt(store: &dyn Store) -> Story {
    two_rooms(store).await?;
    let line = |attempt, failover| AttemptRecord {
        attempt,
        failover,
        at: at(attempt.into()),
        url: "https://example.com/hook".to_owned(),
        duration_millis: 12,
        status: failover.then_some(204),
        error: (!failover).then(|| "refused".to_owned()),
    };
    let mut settlement = Settlement {
        event_id: event_id(1),
        verdict: retry(20),
        at: at(10),
        log: vec![line(1, false), line(1, true)],
    };
    let mut work = store.begin().await?;
    work.settle_events(std::slice::from_ref(&settlement))
        .await?;
    work.commit().await?;
    assert_eq!(store.attempts(event_id(1)).await?, settlement.log);
    assert_eq!(store.attempts(event_id(2)).await?, []);
    assert_eq!(store.attempts(event_id(99)).await?, []);

    let last = ATTEMPTS_KEPT_MAX + 1;
    settlement.log = (2..=last).map(|attempt| line(attempt, false)).collect();
    let mut work = store.begin().await?;
    work.settle_events(std::slice::from_ref(&settlement))
        .await?;
    work.commit().await?;
    assert_eq!(store.attempts(event_id(1)).await?, settlement.log);
    let entry = store.outbox_entry(event_id(1)).await?.ok_or("not there")?;
    assert_eq!(entry.attempts, last);
    Ok(())
}

/// What there is, by what became of it.
pub async fn the_backlog_is_counted(store: &dyn Store) -> Story {
    assert_eq!(store.backlog().await?, Backlog::default());
    two_rooms(store).await?;
    let mut expected = Backlog {
        pending: 4,
        oldest_pending: Some(at(1)),
        ..Backlog::default()
    };
    assert_eq!(store.backlog().await?, expected);
    settle(store, 1, 10, Verdict::Delivered).await?;
    settle(store, 2, 10, expired(10)).await?;
    expected = Backlog {
        pending: 2,
        oldest_pending: Some(at(3)),
        dead: 1,
        overflowed: 0,
    };
    assert_eq!(store.backlog().await?, expected);
    Ok(())
}

/// Lists are narrowed by room, state and type, and have pages.
pub async fn lists_are_narrowed(store: &dyn Store) -> Story {
    let acme = two_rooms(store).await?;
    settle(store, 2, 10, Verdict::Delivered).await?;
    settle(store, 4, 10, expired(10)).await?;
    let none = OutboxFilter::default();
    assert_eq!(listed(store, &none, 1).await?, (vec![4, 3, 2, 1], 4));
    let of = |room| OutboxFilter {
        room_id: Some(room_id(room)),
        ..OutboxFilter::default()
    };
    assert_eq!(listed(store, &of(1), 1).await?, (vec![4, 2, 1], 3));
    let states = [
        (StateFilter::Pending, 1),
        (StateFilter::Delivered, 2),
        (StateFilter::Dead, 4),
    ];
    for (state, number) in states {
        let filter = OutboxFilter {
            state: Some(state),
            ..of(1)
        };
        assert_eq!(listed(store, &filter, 1).await?, (vec![number], 1));
    }
    let typed = |event_type: &str| OutboxFilter {
        event_type: Some(event_type.to_owned()),
        ..OutboxFilter::default()
    };
    let started = typed("video.room.session.started");
    assert_eq!(listed(store, &started, 1).await?.1, 4);
    assert_eq!(listed(store, &typed("started"), 1).await?.1, 0);

    for number in 5..=15 {
        tell(store, &event(acme, 1, number)).await?;
    }
    assert_eq!(listed(store, &none, 2).await?, (vec![5, 4, 3, 2, 1], 15));
    assert_eq!(listed(store, &none, 3).await?, (vec![], 15));
    Ok(())
}
