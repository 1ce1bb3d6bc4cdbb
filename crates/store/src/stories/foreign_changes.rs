//! The mark that moves when somebody else has written.

use super::support::{
    account, add, listed, name_taken, named, no_filter, room, room_id, starts_to_wait,
};
use super::{Backend, Story};

/// A store's own commits, failures and looks leave its mark where it is.
pub async fn own_commits_do_not_move_it(backend: &dyn Backend) -> Story {
    let store = backend.open().await;
    let before = store.foreign_changes();
    let acme = account(&*store, 1).await?;
    for number in 1..=10 {
        add(&*store, &room(acme, number)).await?;
        assert_eq!(store.foreign_changes(), before);
        store.look_for_foreign_changes().await?;
        store.check().await?;
        drop(store.begin().await?);
        assert_eq!(store.foreign_changes(), before);
    }
    add(&*store, &named(acme, 20, "taken")?).await?;
    assert!(name_taken(&add(&*store, &named(acme, 21, "taken")?).await));
    store.look_for_foreign_changes().await?;
    assert_eq!(store.foreign_changes(), before);
    Ok(())
}

/// A commit of another instance moves the mark before it is acknowledged, every time; the mark of the
/// other stays.
pub async fn a_commit_elsewhere_moves_it(backend: &dyn Backend) -> Story {
    let (here, there) = (backend.open().await, backend.open().await);
    let acme = account(&*here, 1).await?;
    let theirs = there.foreign_changes();
    for number in 1..=10 {
        let before = here.foreign_changes();
        add(&*there, &room(acme, number)).await?;
        assert_ne!(here.foreign_changes(), before, "commit {number}");
        assert_eq!(there.foreign_changes(), theirs);
    }
    here.look_for_foreign_changes().await?;
    let seen = here.foreign_changes();
    here.look_for_foreign_changes().await?;
    assert_eq!(here.foreign_changes(), seen, "nothing happened since");
    Ok(())
}

/// What another instance gave up is no change.
pub async fn what_was_rolled_back_elsewhere_does_not_move_it(backend: &dyn Backend) -> Story {
    let (here, there) = (backend.open().await, backend.open().await);
    let acme = account(&*here, 1).await?;
    let before = here.foreign_changes();
    let mut work = there.begin().await?;
    work.add_room(&room(acme, 1)).await?;
    drop(work);
    // Whoever writes next has to wait until the roll-back is done.
    add(&*here, &room(acme, 2)).await?;
    here.look_for_foreign_changes().await?;
    assert_eq!(here.foreign_changes(), before);
    Ok(())
}

/// Whoever sees the mark move, and reads then, reads what was committed.
pub async fn whoever_sees_it_move_sees_the_commit(backend: &dyn Backend) -> Story {
    let (here, there) = (backend.open().await, backend.open().await);
    let acme = account(&*here, 1).await?;
    for number in 1..=100 {
        let before = here.foreign_changes();
        let mut work = there.begin().await?;
        work.add_room(&room(acme, number)).await?;
        let mut commit = work.commit();
        let mut waiting = true;
        while here.foreign_changes() == before {
            waiting = waiting && starts_to_wait(&mut commit).await;
            assert!(
                waiting || here.foreign_changes() != before,
                "commit {number}"
            );
        }
        let seen = here.room(room_id(number)).await?;
        assert!(seen.is_some(), "commit {number}");
        if waiting {
            commit.await?;
        }
    }
    Ok(())
}

/// Writers of two instances wait for each other, and every commit of both counts.
pub async fn writers_elsewhere_queue_too(backend: &dyn Backend) -> Story {
    let (here, there) = (backend.open().await, backend.open().await);
    let acme = account(&*here, 1).await?;
    let mut first = here.begin().await?;
    first.add_room(&room(acme, 1)).await?;
    let mut second = there.begin();
    assert!(starts_to_wait(&mut second).await, "two writers at a time");
    let before = there.foreign_changes();
    first.commit().await?;
    assert_ne!(there.foreign_changes(), before);

    let before = here.foreign_changes();
    let mut second = second.await?;
    second.add_room(&room(acme, 2)).await?;
    second.commit().await?;
    assert_ne!(here.foreign_changes(), before);
    assert_eq!(listed(&*here, acme, &no_filter()).await?, [1, 2]);
    Ok(())
}
