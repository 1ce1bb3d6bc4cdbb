//! Names of rooms: unique within an account, compared exactly.

use greenroom_domain::Room;

use super::Story;
use super::support::{
    account, add, delete, listed, name_taken, named, no_filter, room, room_id, save,
};
use crate::Store;

/// A second room of the same name is refused, and nothing of it is kept.
pub async fn a_name_is_taken_once(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &named(acme, 1, "standup")?).await?;
    let second = add(store, &named(acme, 2, "standup")?).await;
    assert!(name_taken(&second), "{second:?}");
    assert_eq!(store.room(room_id(2)).await?, None);
    assert_eq!(listed(store, acme, &no_filter()).await?, [1]);
    Ok(())
}

/// Two accounts may give the same name.
pub async fn a_name_belongs_to_its_account(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let other = account(store, 2).await?;
    add(store, &named(acme, 1, "standup")?).await?;
    add(store, &named(other, 2, "standup")?).await?;
    Ok(())
}

/// Case, spaces, Unicode forms and look-alikes make different names.
pub async fn names_compare_exactly(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let names = [
        "café",
        "cafe\u{301}",
        "Café",
        "CAFÉ",
        "café ",
        " café",
        "caf\u{0435}\u{301}",
        "cafe",
        "caf",
        "straße",
        "strasse",
        "1",
        "1.0",
        "01",
    ];
    for (number, name) in (1..).zip(names) {
        add(store, &named(acme, number, name)?).await?;
        let again = add(store, &named(acme, 100 + number, name)?).await;
        assert!(name_taken(&again), "{name:?}: {again:?}");
    }
    Ok(())
}

/// Having no name is not a name.
pub async fn any_number_of_rooms_has_no_name(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for number in 1..=3 {
        add(store, &room(acme, number)).await?;
    }
    assert_eq!(listed(store, acme, &no_filter()).await?, [1, 2, 3]);
    Ok(())
}

/// A deleted room gives its name back, every time.
pub async fn a_name_is_free_after_a_delete(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    for number in 1..=3 {
        add(store, &named(acme, number, "standup")?).await?;
        delete(store, acme, room_id(number)).await?;
    }
    add(store, &named(acme, 4, "standup")?).await?;
    Ok(())
}

/// A renamed room gives its old name back, and may keep its own.
pub async fn a_name_is_free_after_a_rename(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &named(acme, 1, "standup")?).await?;
    assert!(save(store, &named(acme, 1, "standup")?).await?);
    assert!(save(store, &named(acme, 1, "retro")?).await?);
    add(store, &named(acme, 2, "standup")?).await?;
    assert!(save(store, &room(acme, 1)).await?);
    add(store, &named(acme, 3, "retro")?).await?;
    Ok(())
}

/// A room cannot take over the name of another by an update, and stays as it was.
pub async fn a_rename_to_a_taken_name_is_refused(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let retro = named(acme, 2, "retro")?;
    add(store, &named(acme, 1, "standup")?).await?;
    add(store, &retro).await?;
    let renamed = Room {
        enable_recording: true,
        ..named(acme, 2, "standup")?
    };
    let saved = save(store, &renamed).await;
    assert!(name_taken(&saved), "{saved:?}");
    assert_eq!(store.room(retro.id).await?, Some(retro));
    Ok(())
}
