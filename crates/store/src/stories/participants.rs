//! Participants: joining, changing, leaving, coming back.

use greenroom_domain::filter::ParticipantFilter;
use greenroom_domain::participant::{Left, LeftReason};
use greenroom_domain::{AccountId, PageRequest, Participant, Session, Timestamp};

use super::Story;
use super::meetings::{
    change, end, ended, join, leave, left, participant, participant_id, session, session_id, start,
};
use super::support::{Result, account, add, at, room};
use crate::{Store, StoreError};

/// An account with a room of its own number, and a session in it of the same number.
async fn account_with_session(store: &dyn Store, number: u128) -> Result<(AccountId, Session)> {
    let owner = account(store, number).await?;
    add(store, &room(owner, number)).await?;
    let begun = session(owner, number, number, at(0));
    start(store, &begun).await?;
    Ok((owner, begun))
}

/// What was stored is what comes back, for each reason to leave, and whatever the context.
pub async fn a_participant_comes_back_whole(store: &dyn Store) -> Story {
    let (acme, meeting) = account_with_session(store, 1).await?;
    let contexts = [
        None,
        Some(String::new()),
        Some("{\"é\":\u{1f600}}\n".repeat(400)),
    ];
    let contexts = contexts.into_iter().cycle();
    for ((number, reason), context) in (1..).zip(LeftReason::ALL).zip(contexts) {
        let joined = Participant {
            context,
            ..participant(&meeting, number, at(1).saturating_add_micros(7))
        };
        join(store, &joined).await?;
        assert_eq!(
            store.participant(acme, joined.id).await?.as_ref(),
            Some(&joined)
        );
        let how = Left {
            at: at(9).saturating_add_micros(1),
            reason,
        };
        assert!(leave(store, meeting.id, joined.id, how).await?);
        let gone = Participant {
            updated_at: how.at,
            left: Some(how),
            ..joined
        };
        assert_eq!(store.participant(acme, gone.id).await?, Some(gone));
    }
    Ok(())
}

/// Another account finds it neither by its id nor in a list, though it may have one of the same id.
pub async fn a_participant_belongs_to_its_account(store: &dyn Store) -> Story {
    let (acme, ours) = account_with_session(store, 1).await?;
    let (other, theirs) = account_with_session(store, 2).await?;
    let guest = participant(&ours, 1, at(1));
    join(store, &guest).await?;
    assert_eq!(store.participant(other, guest.id).await?, None);
    let same = participant(&theirs, 1, at(2));
    join(store, &same).await?;
    assert_eq!(
        store.participant(acme, guest.id).await?.as_ref(),
        Some(&guest)
    );
    assert_eq!(store.participant(other, guest.id).await?, Some(same));

    let of_session = ParticipantFilter {
        session_id: Some(ours.id),
        ..ParticipantFilter::default()
    };
    let of_context = ParticipantFilter {
        session_id: Some(ours.id),
        context: guest.context,
        ..ParticipantFilter::default()
    };
    for filter in [of_session, of_context] {
        for (owner, expected) in [(acme, 1), (other, 0)] {
            let found = store
                .participants(owner, &filter, PageRequest::default())
                .await?;
            let counted = u64::try_from(found.items.len())?;
            assert_eq!((counted, found.total_results), (expected, expected));
        }
    }
    Ok(())
}

/// If an id was in several sessions, the latest join is what it names.
pub async fn of_several_the_one_that_joined_last(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for (number, secs) in [(1, 20), (2, 30), (3, 10)] {
        add(store, &room(acme, number)).await?;
        let meeting = session(acme, number, number, at(0));
        start(store, &meeting).await?;
        join(store, &participant(&meeting, 7, at(secs))).await?;
    }
    let found = store.participant(acme, participant_id(7)).await?;
    assert_eq!(found.map(|one| one.session_id), Some(session_id(2)));
    assert_eq!(store.participant(acme, participant_id(8)).await?, None);
    Ok(())
}

/// Leaving again, or without having been there, changes nothing.
pub async fn a_participant_leaves_once(store: &dyn Store) -> Story {
    let (acme, meeting) = account_with_session(store, 1).await?;
    let guest = participant(&meeting, 1, at(1));
    join(store, &guest).await?;
    let gone = left(guest, at(5));
    assert!(leave(store, meeting.id, gone.id, gone.left.ok_or("there")?).await?);
    let again = Left {
        at: at(9),
        reason: LeftReason::Kicked,
    };
    assert!(!leave(store, meeting.id, gone.id, again).await?);
    assert!(!leave(store, meeting.id, participant_id(2), again).await?);
    assert!(!leave(store, session_id(2), gone.id, again).await?);
    assert!(!change(store, meeting.id, gone.id, Some("late"), at(9)).await?);
    assert_eq!(store.participant(acme, gone.id).await?, Some(gone));
    Ok(())
}

/// The same id in the same session is one participant, as it came back, and can leave again.
pub async fn whoever_comes_back_is_there_again(store: &dyn Store) -> Story {
    let (acme, meeting) = account_with_session(store, 1).await?;
    let first = participant(&meeting, 1, at(1));
    join(store, &first).await?;
    join(store, &participant(&meeting, 2, at(2))).await?;
    let gone = left(first.clone(), at(5));
    assert!(leave(store, meeting.id, first.id, gone.left.ok_or("there")?).await?);

    let back = Participant {
        context: Some("back".to_owned()),
        joined_at: at(7),
        updated_at: at(7),
        ..first
    };
    join(store, &back).await?;
    let everybody = ParticipantFilter::default();
    let found = store
        .participants(acme, &everybody, PageRequest::default())
        .await?;
    assert_eq!(found.total_results, 2);
    assert_eq!(found.items[0], back);
    assert_eq!(
        store.participant(acme, back.id).await?.as_ref(),
        Some(&back)
    );
    let gone = left(back, at(9));
    assert!(leave(store, meeting.id, gone.id, gone.left.ok_or("there")?).await?);
    assert_eq!(store.participant(acme, gone.id).await?, Some(gone));
    Ok(())
}

/// What the application says can be replaced and taken away; the session does not change by that.
pub async fn a_context_changes_while_one_is_there(store: &dyn Store) -> Story {
    let (acme, meeting) = account_with_session(store, 1).await?;
    let guest = participant(&meeting, 1, at(0));
    join(store, &guest).await?;
    for (secs, context) in [(2, Some("new")), (3, None), (4, Some("newest"))] {
        assert!(change(store, meeting.id, guest.id, context, at(secs)).await?);
        let changed = Participant {
            context: context.map(str::to_owned),
            updated_at: at(secs),
            ..guest.clone()
        };
        assert_eq!(store.participant(acme, guest.id).await?, Some(changed));
    }
    assert!(!change(store, meeting.id, participant_id(2), None, at(5)).await?);
    assert_eq!(store.session(acme, meeting.id).await?, Some(meeting));
    Ok(())
}

/// Nobody takes part in what is not there.
pub async fn a_participant_needs_a_session(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &room(acme, 1)).await?;
    let nowhere = session(acme, 1, 1, at(0));
    let mut work = store.begin().await?;
    let refused = work.add_participant(&participant(&nowhere, 1, at(0))).await;
    let named = matches!(
        refused,
        Err(StoreError::Inconsistent {
            table: "participants",
            column: "session_id",
            ..
        })
    );
    assert!(named, "{refused:?}");
    Ok(())
}

/// A join and a leave are changes of the session, in time only forwards, and not once it has ended.
pub async fn the_session_changes_with_who_is_in_it(store: &dyn Store) -> Story {
    let (acme, meeting) = account_with_session(store, 1).await?;
    let changed_at = async || -> Result<Option<Timestamp>> {
        let found = store.session(acme, meeting.id).await?;
        Ok(found.map(|session| session.updated_at))
    };
    let [one, two] = [(1, 10), (2, 20)].map(|(number, secs)| {
        let joined = participant(&meeting, number, at(secs));
        left(joined, at(secs + 15))
    });
    join(store, &participant(&meeting, 1, at(10))).await?;
    assert_eq!(changed_at().await?, Some(at(10)));
    join(store, &participant(&meeting, 2, at(20))).await?;
    assert_eq!(changed_at().await?, Some(at(20)));
    assert!(leave(store, meeting.id, one.id, one.left.ok_or("there")?).await?);
    assert_eq!(changed_at().await?, Some(at(25)));
    join(store, &participant(&meeting, 3, at(24))).await?;
    assert_eq!(changed_at().await?, Some(at(25)));

    let over = ended(meeting, at(30));
    assert!(end(store, meeting.id, over.ended.ok_or("not ended")?).await?);
    assert!(leave(store, meeting.id, two.id, two.left.ok_or("there")?).await?);
    join(store, &participant(&meeting, 4, at(50))).await?;
    assert_eq!(store.session(acme, meeting.id).await?, Some(over));
    Ok(())
}

/// So many of each session, who joined last first, then by id.
pub async fn the_last_to_join_each_session(store: &dyn Store) -> Story {
    let (_, small) = account_with_session(store, 1).await?;
    let (_, large) = account_with_session(store, 2).await?;
    let (_, empty) = account_with_session(store, 3).await?;
    for (meeting, number, secs) in [
        (&large, 4, 5),
        (&large, 2, 5),
        (&large, 3, 9),
        (&large, 1, 4),
        (&small, 5, 1),
    ] {
        join(store, &left(participant(meeting, number, at(secs)), at(60))).await?;
    }
    let sessions = [large.id, empty.id, small.id, session_id(9)];
    for (each_max, expected) in [(3, vec![3, 2, 4]), (1, vec![3]), (9, vec![3, 2, 4, 1])] {
        let found = store.participants_of(&sessions, each_max).await?;
        let of = |meeting: &Session| -> Vec<u128> {
            let of_session = found.iter().filter(|one| one.session_id == meeting.id);
            of_session.map(|one| one.id.as_uuid().as_u128()).collect()
        };
        assert_eq!(of(&large), expected);
        assert_eq!(of(&small), [5]);
        assert_eq!(found.len(), expected.len() + 1);
    }
    assert_eq!(store.participants_of(&[], 3).await?, []);
    Ok(())
}
