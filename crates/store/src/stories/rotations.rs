//! Families whose refresh token rotates, and single tokens that were revoked.

use greenroom_domain::rotation::{Generation, Rotation};
use greenroom_domain::{FamilyId, TokenId};
use uuid::Uuid;

use super::Story;
use super::support::{Result, at, family};
use crate::Store;

fn token(number: u128) -> TokenId {
    TokenId::from_uuid(Uuid::from_u128(number))
}

/// A rotation whose ids are all different, from `number` on.
fn rotation(number: u128) -> Rotation {
    Rotation {
        previous: token(number),
        latest: Generation {
            refresh: token(number + 1),
            client: token(number + 2),
            client_expires_at: at(600),
        },
        client_used: false,
        ended: false,
    }
}

/// Readers see what writers do.
async fn saved(store: &dyn Store, family: FamilyId) -> Result<Option<Rotation>> {
    let inside = store.begin().await?.rotation_of(family).await?;
    assert_eq!(store.rotation(family).await?, inside);
    Ok(inside)
}

async fn save(store: &dyn Store, family: FamilyId, rotation: &Rotation, end: i64) -> Result<()> {
    let mut work = store.begin().await?;
    work.save_rotation(family, rotation, at(end)).await?;
    Ok(work.commit().await?)
}

/// Every field, in all its values; families are kept apart.
pub async fn a_rotation_comes_back_whole(store: &dyn Store) -> Story {
    assert_eq!(saved(store, family(1)).await?, None);
    let all = [(false, false), (true, false), (false, true), (true, true)];
    for (number, (client_used, ended)) in (1..).zip(all) {
        let rotation = Rotation {
            client_used,
            ended,
            ..rotation(number * 10)
        };
        save(store, family(number), &rotation, 0).await?;
        assert_eq!(saved(store, family(number)).await?, Some(rotation));
    }
    assert_eq!(saved(store, family(1)).await?, Some(rotation(10)));
    Ok(())
}

/// Saved again, a rotation replaces the one before; a unit of work sees its own.
pub async fn a_rotation_is_what_was_saved_last(store: &dyn Store) -> Story {
    save(store, family(1), &rotation(1), 10).await?;
    let mut work = store.begin().await?;
    assert_eq!(work.rotation_of(family(1)).await?, Some(rotation(1)));
    work.save_rotation(family(1), &rotation(7), at(10)).await?;
    assert_eq!(work.rotation_of(family(1)).await?, Some(rotation(7)));
    work.commit().await?;
    assert_eq!(saved(store, family(1)).await?, Some(rotation(7)));
    Ok(())
}

/// What was not committed never was.
pub async fn what_is_dropped_moves_no_family(store: &dyn Store) -> Story {
    save(store, family(1), &rotation(1), 10).await?;
    let mut work = store.begin().await?;
    work.save_rotation(family(1), &rotation(7), at(10)).await?;
    work.save_rotation(family(2), &rotation(7), at(10)).await?;
    work.revoke_token(token(1), at(10)).await?;
    drop(work);
    assert_eq!(saved(store, family(1)).await?, Some(rotation(1)));
    assert_eq!(saved(store, family(2)).await?, None);
    assert_eq!(store.revoked_tokens(at(0)).await?, []);
    Ok(())
}

/// Only rotations whose record has ended are forgotten; an end never moves back.
pub async fn ended_rotations_are_forgotten(store: &dyn Store) -> Story {
    for (number, end) in [(1, 10), (2, 11), (3, 30), (3, 5)] {
        save(store, family(number), &rotation(number), end).await?;
    }
    for (now, forgotten) in [(10, 0), (11, 1), (11, 0), (12, 1), (30, 0)] {
        let mut work = store.begin().await?;
        assert_eq!(work.forget_rotations(at(now)).await?, forgotten, "at {now}");
        work.commit().await?;
    }
    assert_eq!(saved(store, family(2)).await?, None);
    assert_eq!(saved(store, family(3)).await?, Some(rotation(3)));
    Ok(())
}

/// A token's record stands to its end, the later one if it was revoked twice, and is then forgotten.
pub async fn a_revoked_token_stands_until_its_end(store: &dyn Store) -> Story {
    for (number, end) in [(1, 10), (2, 20), (2, 15)] {
        let mut work = store.begin().await?;
        work.revoke_token(token(number), at(end)).await?;
        work.commit().await?;
    }
    let (one, two) = ((token(1), at(10)), (token(2), at(20)));
    assert_eq!(store.revoked_tokens(at(10)).await?, [one, two]);
    assert_eq!(store.revoked_tokens(at(11)).await?, [two]);
    assert_eq!(store.revoked_families(at(0)).await?, []);
    let mut work = store.begin().await?;
    assert_eq!(work.forget_revoked_tokens(at(11)).await?, 1);
    work.commit().await?;
    assert_eq!(store.revoked_tokens(at(0)).await?, [two]);
    Ok(())
}
