//! What outlives the store that wrote it.

use super::support::{
    account, add, add_key, at, delete, family, key, listed, named, no_filter, prefix, room, room_id,
};
use super::{Backend, Story};
use crate::StoreError;

/// Everything that was committed is there when the database is opened again.
pub async fn a_commit_outlives_the_store(backend: &dyn Backend) -> Story {
    let store = backend.open().await;
    let acme = account(&*store, 1).await?;
    let kept = named(acme, 1, "kept")?;
    let kept_key = key(acme, 1, &prefix("KEY_kept")?);
    add(&*store, &kept).await?;
    add(&*store, &room(acme, 2)).await?;
    delete(&*store, acme, room_id(2)).await?;
    add_key(&*store, &kept_key).await?;
    let mut work = store.begin().await?;
    work.revoke_family(family(1), at(1)).await?;
    work.commit().await?;
    store.close().await;

    let store = backend.open().await;
    assert_eq!(store.room(kept.id).await?, Some(kept));
    assert_eq!(listed(&*store, acme, &no_filter()).await?, [1]);
    assert_eq!(store.api_keys(None).await?, [kept_key]);
    assert_eq!(store.revoked_families(at(0)).await?, [(family(1), at(1))]);
    assert_eq!(
        store.first_account().await?.map(|first| first.id),
        Some(acme)
    );
    store.close().await;
    Ok(())
}

/// What was not committed is not there when the database is opened again.
pub async fn a_drop_leaves_nothing_after_reopening(backend: &dyn Backend) -> Story {
    let store = backend.open().await;
    let acme = account(&*store, 1).await?;
    let mut work = store.begin().await?;
    work.add_room(&room(acme, 1)).await?;
    drop(work);
    store.close().await;

    let store = backend.open().await;
    assert_eq!(store.room(room_id(1)).await?, None);
    store.close().await;
    Ok(())
}

/// A closed store refuses work; it does not hang, and closing it again does no harm.
pub async fn a_closed_store_takes_no_writes(backend: &dyn Backend) -> Story {
    let store = backend.open().await;
    store.close().await;
    store.close().await;
    assert!(matches!(
        store.begin().await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        store.check().await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        store.room(room_id(1)).await,
        Err(StoreError::Unavailable(_))
    ));
    Ok(())
}
