//! Events that could not be delivered, and those that are delivered again.

use greenroom_domain::RoomId;
use greenroom_domain::limits::EVENTS_PENDING_PER_ROOM_MAX;

use super::Story;
use super::outbox::{
    due, event, event_id, expired, first, retry, settle, state, tell, telling, two_rooms,
};
use super::support::{Result, account, add, at, room, room_id, save};
use crate::Store;
use crate::outbox::{DeadReason, EventState, Verdict};

async fn replay(store: &dyn Store, number: u32, now: i64) -> Result<bool> {
    let mut work = store.begin().await?;
    let there = work.replay_event(event_id(number), at(now)).await?;
    work.commit().await?;
    Ok(there)
}

async fn replay_dead(store: &dyn Store, room: Option<RoomId>, now: i64) -> Result<u64> {
    let mut work = store.begin().await?;
    let replayed = work.replay_dead(room, at(now)).await?;
    work.commit().await?;
    Ok(replayed)
}

async fn forget(store: &dyn Store, delivered: i64, dead: i64, limit: u32) -> Result<u64> {
    let mut work = store.begin().await?;
    let forgotten = work.forget_events(at(delivered), at(dead), limit).await?;
    work.commit().await?;
    Ok(forgotten)
}

/// A dead letter lets the next one of its room go, and when.
pub async fn a_dead_letter_makes_way(store: &dyn Store) -> Story {
    two_rooms(store).await?;
    settle(store, 1, 10, expired(20)).await?;
    let dead = EventState::Dead(DeadReason::Expired);
    assert_eq!(state(store, 1).await?, Some((dead, at(10))));
    assert_eq!(first(store, 1).await?, Some(2));
    assert_eq!(due(store, 19).await?, [2]);
    assert_eq!(due(store, 20).await?, [2, 1]);
    settle(store, 1, 30, Verdict::Delivered).await?;
    assert_eq!(state(store, 1).await?, Some((dead, at(10))), "not pending");
    assert_eq!(store.backlog().await?.pending, 3);
    Ok(())
}

/// Where there is no URL any more, all that waits in the room is dead; not if there is one again.
pub async fn nowhere_to_go_is_for_all_of_a_room(store: &dyn Store) -> Story {
    let acme = two_rooms(store).await?;
    let nowhere = Verdict::Dead {
        reason: DeadReason::NoUrl,
        next_due_at: at(10),
    };
    settle(store, 1, 10, nowhere).await?;
    assert_eq!(first(store, 1).await?, Some(1), "there is a URL");
    assert_eq!(due(store, 10).await?, [1, 2]);
    save(store, &room(acme, 1)).await?;
    settle(store, 1, 11, nowhere).await?;
    let dead = EventState::Dead(DeadReason::NoUrl);
    for number in [1, 2, 4] {
        assert_eq!(state(store, number).await?, Some((dead, at(11))));
    }
    assert_eq!(due(store, 11).await?, [2]);
    let backlog = store.backlog().await?;
    assert_eq!((backlog.pending, backlog.dead), (1, 3));
    Ok(())
}

/// A replayed event takes its old place, and is due at once.
pub async fn a_replayed_event_takes_its_old_place(store: &dyn Store) -> Story {
    two_rooms(store).await?;
    settle(store, 1, 10, expired(10)).await?;
    settle(store, 2, 11, retry(500)).await?;
    assert!(replay(store, 1, 20).await?);
    assert_eq!(state(store, 1).await?, Some((EventState::Pending, at(20))));
    assert_eq!(first(store, 1).await?, Some(1));
    assert_eq!(due(store, 20).await?, [2, 1]);
    settle(store, 1, 21, Verdict::Delivered).await?;
    assert_eq!(first(store, 1).await?, Some(2));

    settle(store, 2, 22, retry(500)).await?;
    assert!(
        replay(store, 2, 30).await?,
        "one that is pending comes sooner"
    );
    assert_eq!(due(store, 30).await?, [2, 1]);
    let entry = store.outbox_entry(event_id(2)).await?.ok_or("not there")?;
    assert_eq!(entry.failures, 0);

    settle(store, 3, 40, Verdict::Delivered).await?;
    assert_eq!(first(store, 2).await?, None);
    assert!(replay(store, 3, 41).await?, "one that was delivered");
    assert_eq!(first(store, 2).await?, Some(3));
    assert!(!replay(store, 99, 41).await?, "one that never was");
    assert_eq!(store.backlog().await?.pending, 3);
    Ok(())
}

/// All dead letters are replayed, or those of one room.
pub async fn dead_letters_are_replayed_together(store: &dyn Store) -> Story {
    two_rooms(store).await?;
    for number in [1, 2, 3] {
        settle(store, number, 10, expired(10)).await?;
    }
    assert_eq!(first(store, 1).await?, Some(4));
    assert_eq!(replay_dead(store, Some(room_id(1)), 20).await?, 2);
    assert_eq!(first(store, 1).await?, Some(1));
    assert_eq!(first(store, 2).await?, None);
    assert_eq!(replay_dead(store, None, 21).await?, 1);
    assert_eq!(first(store, 2).await?, Some(3));
    assert_eq!(replay_dead(store, None, 22).await?, 0);
    let backlog = store.backlog().await?;
    assert_eq!((backlog.pending, backlog.dead), (4, 0));
    Ok(())
}

/// Beyond the bound of a room, the newest are dead letters; what is delivered makes room for replaying them.
pub async fn a_full_queue_takes_no_more(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for number in [1, 2] {
        add(store, &telling(acme, number)?).await?;
    }
    let mut work = store.begin().await?;
    for number in 1..=EVENTS_PENDING_PER_ROOM_MAX + 2 {
        assert!(work.add_event(&event(acme, 1, number)).await?);
    }
    work.commit().await?;
    tell(store, &event(acme, 2, 500_000)).await?;
    let last = EVENTS_PENDING_PER_ROOM_MAX + 1;
    let dead = EventState::Dead(DeadReason::Overflow);
    assert_eq!(state(store, last).await?, Some((dead, at(last.into()))));
    let backlog = store.backlog().await?;
    assert_eq!(backlog.pending, u64::from(EVENTS_PENDING_PER_ROOM_MAX) + 1);
    assert_eq!((backlog.dead, backlog.overflowed), (2, 2));

    assert_eq!(replay_dead(store, None, 900_000).await?, 0, "no room");
    settle(store, 1, 900_000, Verdict::Delivered).await?;
    assert_eq!(replay_dead(store, None, 900_000).await?, 1);
    assert_eq!(
        state(store, last).await?,
        Some((EventState::Pending, at(900_000)))
    );
    Ok(())
}

/// Old events are forgotten with their logs, a few at a time; pending ones never are.
pub async fn old_events_are_forgotten(store: &dyn Store) -> Story {
    two_rooms(store).await?;
    for number in [1, 2] {
        settle(store, number, 10 + i64::from(number), Verdict::Delivered).await?;
    }
    settle(store, 3, 13, expired(13)).await?;
    assert_eq!(forget(store, 11, 13, 10).await?, 0, "edges stay");
    assert_eq!(forget(store, 99, 13, 1).await?, 1, "the oldest first");
    assert_eq!(state(store, 1).await?, None);
    assert_eq!(forget(store, 99, 99, 10).await?, 2);
    assert_eq!(state(store, 3).await?, None);
    assert_eq!(first(store, 1).await?, Some(4));
    assert_eq!(forget(store, 99, 99, 10).await?, 0);
    Ok(())
}
