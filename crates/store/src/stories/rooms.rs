//! Single rooms: made, read, changed, deleted.

use greenroom_domain::limits::ROOM_NAME_MAX_CHARS;
use greenroom_domain::room::{MaxParticipants, NewRoom, RoomName};
use greenroom_domain::webhook::{WebhookSettings, WebhookTimeout, WebhookUrl};
use greenroom_domain::{AccountId, Room, Timestamp};
use uuid::Uuid;

use super::Story;
use super::support::{account, add, all, at, delete, name_taken, no_filter, room, room_id, save};
use crate::{SaveRoomError, Store, StoreError};

/// A room with every setting and one with none come back as they were saved.
pub async fn every_field_comes_back(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let full = full_room(acme)?;
    let bare = room(acme, 2);
    add(store, &full).await?;
    add(store, &bare).await?;

    assert_eq!(store.room(full.id).await?, Some(full.clone()));
    assert_eq!(store.room(bare.id).await?, Some(bare.clone()));
    let mut listed = all(store, acme, &no_filter()).await?.items;
    listed.sort_by_key(|room| room.id);
    assert_eq!(listed, [full, bare]);
    Ok(())
}

/// The longest texts, the smallest and largest numbers, far times and every script come back.
pub async fn bounds_and_unicode_come_back(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let url =
        |length: usize| WebhookUrl::new(format!("https://example.com/{}", "é".repeat(length)));
    let settings = [
        (
            "🎭".repeat(ROOM_NAME_MAX_CHARS),
            2,
            0,
            i64::from(i32::MIN) * 1_000_000_000,
        ),
        (" ' \" % _ \\ \u{202e} \n ".to_owned(), 50, 30, -1),
        (
            "Ελληνικά 日本語 हिन्दी עברית".to_owned(),
            17,
            1,
            253_402_300_799_999_999,
        ),
    ];
    for (number, (name, seats, timeout, micros)) in (1..).zip(settings) {
        let saved = Room {
            id: room_id(number),
            account_id: acme,
            unique_name: Some(RoomName::new(name)?),
            max_participants: MaxParticipants::new(seats)?,
            enable_recording: number % 2 == 0,
            webhook: WebhookSettings {
                event_url: Some(url(1_980)?),
                event_failover_url: Some(url(0)?),
                timeout: Some(WebhookTimeout::new(timeout)?),
            },
            created_at: Timestamp::from_unix_micros(micros),
            updated_at: Timestamp::from_unix_micros(micros + 1),
        };
        add(store, &saved).await?;
        assert_eq!(store.room(saved.id).await?, Some(saved));
    }
    Ok(())
}

/// A look-up of what is not there is no error.
pub async fn what_was_never_there_is_none(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    assert_eq!(store.room(room_id(1)).await?, None);
    let mut work = store.begin().await?;
    assert_eq!(work.room_of(acme, room_id(1)).await?, None);
    Ok(())
}

/// A room cannot be added to an account that is not there.
pub async fn a_room_needs_an_account(store: &dyn Store) -> Story {
    let nobody = AccountId::from_uuid(Uuid::from_u128(9));
    let added = add(store, &room(nobody, 1)).await;
    assert!(is_inconsistent(&added), "{added:?}");
    assert_eq!(store.room(room_id(1)).await?, None);
    Ok(())
}

/// An update replaces the settings and the time of change; owner and time of creation stay.
pub async fn an_update_replaces_settings_only(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let before = room(acme, 1);
    add(store, &before).await?;
    let after = Room {
        id: before.id,
        created_at: at(77),
        updated_at: at(99),
        ..full_room(acme)?
    };

    assert!(save(store, &after).await?);
    let expected = Room {
        created_at: before.created_at,
        ..after
    };
    assert_eq!(store.room(before.id).await?, Some(expected));
    Ok(())
}

/// An update clears every setting that is none now.
pub async fn an_update_clears_what_is_none(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let full = full_room(acme)?;
    add(store, &full).await?;
    let cleared = Room {
        unique_name: None,
        webhook: WebhookSettings::default(),
        enable_recording: false,
        ..full
    };

    assert!(save(store, &cleared).await?);
    assert_eq!(store.room(cleared.id).await?, Some(cleared));
    Ok(())
}

/// An update of a room that is unknown, another account's or deleted changes nothing.
pub async fn an_update_needs_the_room(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let other = account(store, 2).await?;
    let kept = room(acme, 1);
    add(store, &kept).await?;
    add(store, &room(acme, 2)).await?;
    delete(store, acme, room_id(2)).await?;

    let foreign = Room {
        enable_recording: true,
        ..room(other, 1)
    };
    assert!(!save(store, &foreign).await?, "another account's room");
    assert!(!save(store, &room(acme, 2)).await?, "a deleted room");
    assert!(!save(store, &room(acme, 3)).await?, "an unknown room");
    assert_eq!(store.room(kept.id).await?, Some(kept));
    assert_eq!(store.room(room_id(2)).await?, None);
    assert_eq!(store.room(room_id(3)).await?, None);
    Ok(())
}

/// A deleted room is gone for every read; its neighbour is not.
pub async fn a_deleted_room_is_gone(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let neighbour = room(acme, 2);
    add(store, &room(acme, 1)).await?;
    add(store, &neighbour).await?;

    assert!(delete(store, acme, room_id(1)).await?);
    assert_eq!(store.room(room_id(1)).await?, None);
    let listed = all(store, acme, &no_filter()).await?.items;
    assert_eq!(listed, std::slice::from_ref(&neighbour));
    let mut work = store.begin().await?;
    assert_eq!(work.room_of(acme, room_id(1)).await?, None);
    assert_eq!(work.room_of(acme, neighbour.id).await?, Some(neighbour));
    Ok(())
}

/// A delete of a room that is unknown, another account's or deleted before is told apart.
pub async fn a_delete_needs_the_room(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let other = account(store, 2).await?;
    add(store, &room(acme, 1)).await?;

    assert!(!delete(store, acme, room_id(2)).await?, "an unknown room");
    assert!(!delete(store, other, room_id(1)).await?, "another's room");
    assert!(store.room(room_id(1)).await?.is_some());
    assert!(delete(store, acme, room_id(1)).await?);
    assert!(!delete(store, acme, room_id(1)).await?, "twice");
    Ok(())
}

/// An id is taken for good: while its room is there, and after it was deleted; for every account.
pub async fn an_id_is_never_used_again(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let other = account(store, 2).await?;
    add(store, &room(acme, 1)).await?;
    for deleted in [false, true] {
        if deleted {
            delete(store, acme, room_id(1)).await?;
        }
        for owner in [acme, other] {
            let again = add(store, &room(owner, 1)).await;
            assert!(is_inconsistent(&again), "{again:?}, deleted: {deleted}");
            assert!(!name_taken(&again));
        }
    }
    assert_eq!(store.room(room_id(1)).await?, None);
    Ok(())
}

/// A unit of work sees the account's room as it left it; others do not yet.
pub async fn a_unit_of_work_sees_its_own_room(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let other = account(store, 2).await?;
    let before = room(acme, 1);
    add(store, &before).await?;
    let after = Room {
        id: before.id,
        created_at: before.created_at,
        ..full_room(acme)?
    };

    let mut work = store.begin().await?;
    assert_eq!(work.room_of(acme, before.id).await?, Some(before.clone()));
    assert_eq!(work.room_of(other, before.id).await?, None);
    assert!(work.save_room(&after).await?);
    assert_eq!(work.room_of(acme, before.id).await?, Some(after.clone()));
    assert_eq!(store.room(before.id).await?, Some(before));
    work.commit().await?;
    assert_eq!(store.room(after.id).await?, Some(after));
    Ok(())
}

fn full_room(account_id: AccountId) -> super::support::Result<Room> {
    let new = NewRoom {
        unique_name: Some(RoomName::new("My room".to_owned())?),
        max_participants: MaxParticipants::new(33)?,
        enable_recording: true,
        webhook: WebhookSettings {
            event_url: Some(WebhookUrl::new("https://example.com/hook?x=1".to_owned())?),
            event_failover_url: Some(WebhookUrl::new("http://127.0.0.1:9/".to_owned())?),
            timeout: Some(WebhookTimeout::new(7)?),
        },
    };
    let created_at = Timestamp::from_unix_micros(1_618_566_380_954_863);
    Ok(Room {
        updated_at: created_at.saturating_add_micros(1),
        ..Room::create(room_id(1), account_id, new, created_at)
    })
}

fn is_inconsistent(outcome: &Result<(), SaveRoomError>) -> bool {
    matches!(
        outcome,
        Err(SaveRoomError::Store(StoreError::Inconsistent { .. }))
    )
}
