//! Sessions: from the first join to the end, and what a start finds of the run before.

use std::collections::HashMap;

use greenroom_domain::filter::{ParticipantFilter, SessionFilter};
use greenroom_domain::participant::{Left, LeftReason};
use greenroom_domain::session::{EndReason, Ended};
use greenroom_domain::{AccountId, PageRequest, Session};

use super::Story;
use super::meetings::{
    end, ended, join, leave, left, participant, participant_id, session, session_id, start,
};
use super::support::{account, add, at, delete, room, room_id};
use crate::{Store, StoreError};

/// An account with the rooms 1 to `rooms`.
async fn account_with_rooms(
    store: &dyn Store,
    number: u128,
    rooms: std::ops::RangeInclusive<u128>,
) -> super::support::Result<AccountId> {
    let acme = account(store, number).await?;
    for number in rooms {
        add(store, &room(acme, number)).await?;
    }
    Ok(acme)
}

/// What was stored is what comes back, also from before 1970, and for each reason to end.
pub async fn a_session_comes_back_whole(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1, 1..=1).await?;
    for (number, reason) in (1..).zip(EndReason::ALL) {
        let begun = session(acme, 1, number, at(-3_000_000_000).saturating_add_micros(7));
        start(store, &begun).await?;
        assert_eq!(store.session(acme, begun.id).await?, Some(begun));
        let end_at = at(5).saturating_add_micros(123_456);
        let how = Ended { at: end_at, reason };
        assert!(end(store, begun.id, how).await?);
        let over = Session {
            updated_at: end_at,
            ended: Some(how),
            ..begun
        };
        assert_eq!(store.session(acme, begun.id).await?, Some(over));
    }
    Ok(())
}

/// Another account finds it neither by its id nor in a list.
pub async fn a_session_belongs_to_its_account(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1, 1..=1).await?;
    let other = account_with_rooms(store, 2, 2..=2).await?;
    start(store, &session(acme, 1, 1, at(0))).await?;
    assert_eq!(store.session(other, session_id(1)).await?, None);
    assert_eq!(store.session(acme, session_id(2)).await?, None);
    let of_room = SessionFilter {
        room_id: Some(room_id(1)),
        ..SessionFilter::default()
    };
    for filter in [SessionFilter::default(), of_room] {
        let found = store
            .sessions(other, &filter, PageRequest::default())
            .await?;
        assert_eq!((found.items.len(), found.total_results), (0, 0));
    }
    Ok(())
}

/// Ending what has ended, or never was, changes nothing.
pub async fn a_session_ends_once(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1, 1..=1).await?;
    let begun = session(acme, 1, 1, at(0));
    start(store, &begun).await?;
    let over = ended(begun, at(60));
    assert!(end(store, begun.id, over.ended.ok_or("not ended")?).await?);
    let again = Ended {
        at: at(90),
        reason: EndReason::Api,
    };
    assert!(!end(store, begun.id, again).await?);
    assert!(!end(store, session_id(2), again).await?);
    assert_eq!(store.session(acme, begun.id).await?, Some(over));
    Ok(())
}

/// A second one is refused until the first has ended; an id is never used again.
pub async fn a_room_has_one_active_session(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1, 1..=2).await?;
    let first = session(acme, 1, 1, at(0));
    start(store, &first).await?;
    start(store, &session(acme, 2, 2, at(0))).await?;

    let second = session(acme, 1, 3, at(60));
    assert!(is_inconsistent(&refused(store, &second).await?, "room_id"));
    let over = ended(first, at(50));
    assert!(end(store, first.id, over.ended.ok_or("not ended")?).await?);
    start(store, &second).await?;

    let used = ended(session(acme, 1, 1, at(90)), at(91));
    assert!(is_inconsistent(&refused(store, &used).await?, "id"));
    assert_eq!(store.session(acme, first.id).await?, Some(over));
    Ok(())
}

/// A session takes place in a room that is, or was, there.
pub async fn a_session_needs_its_room(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let nowhere = session(acme, 1, 1, at(0));
    assert!(is_inconsistent(&refused(store, &nowhere).await?, "room_id"));
    Ok(())
}

/// Deleting the room takes nothing of its history away, and its session can end afterwards.
pub async fn sessions_outlive_their_room(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1, 1..=1).await?;
    let begun = session(acme, 1, 1, at(0));
    let guest = participant(&begun, 1, at(0));
    start(store, &begun).await?;
    join(store, &guest).await?;
    delete(store, acme, room_id(1)).await?;
    assert_eq!(store.session(acme, begun.id).await?, Some(begun));

    let how = Left {
        at: at(9),
        reason: LeftReason::RoomDeleted,
    };
    assert!(leave(store, begun.id, guest.id, how).await?);
    let over = Ended {
        at: at(9),
        reason: EndReason::RoomDeleted,
    };
    assert!(end(store, begun.id, over).await?);
    let of_room = SessionFilter {
        room_id: Some(room_id(1)),
        ..SessionFilter::default()
    };
    let page = PageRequest::default();
    assert_eq!(store.sessions(acme, &of_room, page).await?.total_results, 1);
    assert_eq!(store.sessions_of(&[room_id(1)], 5).await?.len(), 1);
    let of_session = ParticipantFilter {
        session_id: Some(begun.id),
        ..ParticipantFilter::default()
    };
    let found = store.participants(acme, &of_session, page).await?;
    assert_eq!(found.items[0].left, Some(how));
    assert!(store.participant(acme, guest.id).await?.is_some());
    Ok(())
}

/// Rooms without one, and unknown ones, are left out.
pub async fn the_active_session_of_each_room(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1, 1..=3).await?;
    let other = account_with_rooms(store, 2, 4..=4).await?;
    start(store, &ended(session(acme, 1, 1, at(0)), at(1))).await?;
    start(store, &session(acme, 1, 2, at(2))).await?;
    start(store, &ended(session(acme, 2, 3, at(0)), at(1))).await?;
    start(store, &session(other, 4, 4, at(0))).await?;

    let rooms = [1, 2, 3, 4, 5, 1].map(room_id);
    let expected = HashMap::from([(room_id(1), session_id(2)), (room_id(4), session_id(4))]);
    assert_eq!(store.active_sessions(&rooms).await?, expected);
    assert!(store.active_sessions(&[]).await?.is_empty());
    Ok(())
}

/// So many of each room, newest first, then by id; what one room has takes nothing from another.
pub async fn the_newest_sessions_of_each_room(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1, 1..=3).await?;
    for (room, number, secs) in [
        (1, 4, 5),
        (1, 2, 5),
        (1, 3, 9),
        (1, 1, 4),
        (2, 5, 1),
        (2, 6, 2),
    ] {
        start(store, &ended(session(acme, room, number, at(secs)), at(60))).await?;
    }
    let of = async |rooms: &[u128], each_max| {
        let rooms: Vec<_> = rooms.iter().copied().map(room_id).collect();
        let found = store.sessions_of(&rooms, each_max).await?;
        let mut numbers: HashMap<u128, Vec<u128>> = HashMap::new();
        for session in found {
            let of_room = numbers.entry(session.room_id.as_uuid().as_u128());
            of_room.or_default().push(session.id.as_uuid().as_u128());
        }
        Ok::<_, StoreError>(numbers)
    };
    let three = HashMap::from([(1, vec![3, 2, 4]), (2, vec![6, 5])]);
    assert_eq!(of(&[1, 2, 3, 9], 3).await?, three);
    assert_eq!(of(&[2], 1).await?, HashMap::from([(2, vec![6])]));
    assert_eq!(of(&[1, 2], 0).await?, HashMap::new());
    assert_eq!(of(&[], 3).await?, HashMap::new());
    Ok(())
}

/// All that are active, of all accounts, with those who have not left.
pub async fn open_sessions_show_who_is_there(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1, 1..=2).await?;
    let other = account_with_rooms(store, 2, 3..=3).await?;
    assert_eq!(store.open_sessions().await?, []);

    let past = session(acme, 1, 1, at(0));
    start(store, &past).await?;
    join(store, &participant(&past, 1, at(1))).await?;
    let over = ended(past, at(5)).ended.ok_or("not ended")?;
    end(store, past.id, over).await?;
    let [full, empty] = [session(acme, 1, 2, at(10)), session(other, 3, 3, at(20))];
    start(store, &full).await?;
    start(store, &empty).await?;
    for number in [2, 3, 1] {
        join(store, &participant(&full, number, at(30))).await?;
    }
    join(store, &left(participant(&full, 4, at(30)), at(31))).await?;
    join(store, &left(participant(&empty, 1, at(30)), at(31))).await?;

    let mut found = store.open_sessions().await?;
    found.sort_by_key(|(session, _)| session.id);
    let ids = |place: usize| -> Vec<_> { found[place].1.iter().map(|one| one.id).collect() };
    assert_eq!(ids(0), [1, 2, 3].map(participant_id));
    assert_eq!(found[0].1[1], participant(&full, 2, at(30)));
    assert!(ids(1).is_empty());
    let changed = |session, secs| Session {
        updated_at: at(secs),
        ..session
    };
    let sessions: Vec<_> = found.iter().map(|(session, _)| *session).collect();
    assert_eq!(sessions, [changed(full, 31), changed(empty, 31)]);
    Ok(())
}

/// The mark is what was noted last; before the first there is none.
pub async fn the_last_sign_of_life_is_kept(store: &dyn Store) -> Story {
    assert_eq!(store.last_alive().await?, None);
    for secs in [10, 20, 15] {
        let mut work = store.begin().await?;
        work.note_alive(at(secs)).await?;
        work.commit().await?;
        assert_eq!(store.last_alive().await?, Some(at(secs)));
    }
    Ok(())
}

/// What was not committed never was.
pub async fn what_is_dropped_leaves_nothing(store: &dyn Store) -> Story {
    let acme = account_with_rooms(store, 1, 1..=2).await?;
    let kept = session(acme, 1, 1, at(0));
    let guest = participant(&kept, 1, at(0));
    start(store, &kept).await?;
    join(store, &guest).await?;

    let mut work = store.begin().await?;
    let gone = session(acme, 2, 2, at(1));
    work.add_session(&gone).await?;
    work.add_participant(&participant(&gone, 2, at(1))).await?;
    work.change_participant(kept.id, guest.id, None, at(2))
        .await?;
    let how = Left {
        at: at(3),
        reason: LeftReason::Kicked,
    };
    work.end_participation(kept.id, guest.id, how).await?;
    let over = ended(kept, at(4)).ended.ok_or("not ended")?;
    work.end_session(kept.id, over).await?;
    work.note_alive(at(5)).await?;
    drop(work);

    assert_eq!(store.open_sessions().await?, [(kept, vec![guest.clone()])]);
    assert_eq!(store.session(acme, gone.id).await?, None);
    assert_eq!(store.participant(acme, participant_id(2)).await?, None);
    assert_eq!(store.last_alive().await?, None);
    let page = PageRequest::default();
    let sessions = store
        .sessions(acme, &SessionFilter::default(), page)
        .await?;
    assert_eq!((sessions.total_results, sessions.items), (1, vec![kept]));
    let participants = store
        .participants(acme, &ParticipantFilter::default(), page)
        .await?;
    assert_eq!(
        (participants.total_results, participants.items),
        (1, vec![guest])
    );
    Ok(())
}

async fn refused(
    store: &dyn Store,
    session: &Session,
) -> super::support::Result<Result<(), StoreError>> {
    let mut work = store.begin().await?;
    Ok(work.add_session(session).await)
}

fn is_inconsistent(outcome: &Result<(), StoreError>, broken: &str) -> bool {
    matches!(
        outcome,
        Err(StoreError::Inconsistent { table: "sessions", column, .. }) if *column == broken
    )
}
