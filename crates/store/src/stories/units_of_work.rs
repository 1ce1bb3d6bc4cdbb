//! Units of work: all or nothing, one after the other, in nobody's way.

use super::Story;
use super::support::{
    account, add, add_key, at, family, key, listed, name_taken, named, no_filter, prefix, room,
    room_id, starts_to_wait,
};
use crate::Store;

/// What was not committed never was.
pub async fn what_is_dropped_leaves_nothing(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let shared = prefix("KEY_drop")?;
    let kept = room(acme, 1);
    add(store, &kept).await?;
    add_key(store, &key(acme, 1, &shared)).await?;

    let mut work = store.begin().await?;
    work.add_room(&named(acme, 2, "gone")?).await?;
    work.save_room(&named(acme, 1, "renamed")?).await?;
    work.add_api_key(&key(acme, 2, &shared)).await?;
    work.revoke_api_key(key(acme, 1, &shared).id, at(1)).await?;
    work.revoke_family(family(1), at(1)).await?;
    work.delete_room(acme, room_id(1), at(1)).await?;
    drop(work);

    assert_eq!(store.room(kept.id).await?, Some(kept));
    assert_eq!(store.room(room_id(2)).await?, None);
    assert_eq!(store.api_keys(None).await?, [key(acme, 1, &shared)]);
    assert_eq!(store.revoked_families(at(0)).await?, []);
    add(store, &named(acme, 3, "gone")?).await?;
    Ok(())
}

/// Readers see all writes of a unit of work from its commit on, and none before.
pub async fn a_commit_shows_everything_at_once(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &named(acme, 1, "old")?).await?;

    let mut work = store.begin().await?;
    work.delete_room(acme, room_id(1), at(1)).await?;
    work.add_room(&named(acme, 2, "old")?).await?;
    work.revoke_family(family(1), at(1)).await?;
    assert_eq!(listed(store, acme, &no_filter()).await?, [1]);
    assert_eq!(store.revoked_families(at(0)).await?, []);
    work.commit().await?;
    assert_eq!(listed(store, acme, &no_filter()).await?, [2]);
    assert_eq!(store.revoked_families(at(0)).await?.len(), 1);
    Ok(())
}

/// Every read answers while a unit of work is open.
pub async fn a_reader_is_not_blocked_by_a_writer(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let shared = prefix("KEY_read")?;
    add(store, &room(acme, 1)).await?;
    add_key(store, &key(acme, 1, &shared)).await?;

    let mut work = store.begin().await?;
    work.add_room(&room(acme, 2)).await?;
    // More rounds than any pool of readers has connections.
    for _ in 0..50 {
        assert!(store.room(room_id(1)).await?.is_some());
        assert_eq!(listed(store, acme, &no_filter()).await?, [1]);
        assert_eq!(store.api_keys_by_prefix(&shared).await?.len(), 1);
        assert!(store.first_account().await?.is_some());
        assert_eq!(store.revoked_families(at(0)).await?, []);
    }
    work.commit().await?;
    Ok(())
}

/// A second writer waits for the first, then both have written.
pub async fn writers_queue(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let mut first = store.begin().await?;
    first.add_room(&named(acme, 1, "taken")?).await?;
    let mut second = store.begin();
    assert!(starts_to_wait(&mut second).await, "two writers at a time");
    first.commit().await?;

    let mut second = second.await?;
    assert!(second.room_of(acme, room_id(1)).await?.is_some());
    second.add_room(&room(acme, 2)).await?;
    second.commit().await?;
    assert_eq!(listed(store, acme, &no_filter()).await?, [1, 2]);
    Ok(())
}

/// A writer that gives up, also while it still waits for its turn, stands in nobody's way.
pub async fn a_dropped_writer_lets_the_next_one_in(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for number in 1..=20 {
        let mut dropped = store.begin().await?;
        dropped.add_room(&room(acme, 1_000)).await?;
        let mut impatient = store.begin();
        assert!(starts_to_wait(&mut impatient).await);
        drop(impatient);
        drop(dropped);
        add(store, &room(acme, number)).await?;
    }
    assert_eq!(listed(store, acme, &no_filter()).await?.len(), 20);
    Ok(())
}

/// After an error a unit of work takes no more writes and no commit, and leaves nothing.
pub async fn after_an_error_nothing_is_kept(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &named(acme, 1, "taken")?).await?;

    let mut work = store.begin().await?;
    work.add_room(&room(acme, 2)).await?;
    let refused = work.add_room(&named(acme, 3, "taken")?).await;
    assert!(name_taken(&refused), "{refused:?}");
    assert!(work.add_room(&room(acme, 4)).await.is_err());
    assert!(work.commit().await.is_err());

    assert_eq!(listed(store, acme, &no_filter()).await?, [1]);
    add(store, &room(acme, 5)).await?;
    Ok(())
}

/// A store that can be read and written says so, again and again, also while somebody writes.
pub async fn a_store_that_is_well_says_so(store: &dyn Store) -> Story {
    for _ in 0..3 {
        store.check().await?;
    }
    let work = store.begin().await?;
    store.check().await?;
    work.commit().await?;
    Ok(())
}
