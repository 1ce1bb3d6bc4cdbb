//! Accounts and API keys.

use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::{AccountId, Timestamp};
use uuid::Uuid;

use super::Story;
use super::support::{account, add_key, at, key, key_id, prefix};
use crate::{Account, Store, StoreError};

/// A key with every field and one with few come back as they were saved.
pub async fn every_field_comes_back(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let bare = key(acme, 1, &prefix("KEY_bare")?);
    let full = ApiKey {
        label: "für das Büro 🏢".to_owned(),
        sha256: std::array::from_fn(|index| u8::try_from(255 - index).unwrap_or_default()),
        created_at: Timestamp::from_unix_micros(1_618_566_380_954_863),
        expires_at: Some(at(1)),
        revoked_at: Some(at(2)),
        last_used_at: Some(at(3)),
        ..key(acme, 2, &prefix("KEY_full")?)
    };
    add_key(store, &bare).await?;
    add_key(store, &full).await?;
    assert_eq!(store.api_keys_by_prefix(&bare.prefix).await?, [bare]);
    assert_eq!(store.api_keys_by_prefix(&full.prefix).await?, [full]);
    Ok(())
}

/// All keys of a prefix are found, whoever owns them, revoked and expired ones too.
pub async fn several_keys_share_a_prefix(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let other = account(store, 2).await?;
    let shared = prefix("KEY_shared")?;
    let keys = [
        key(acme, 1, &shared),
        key(other, 2, &shared),
        ApiKey {
            expires_at: Some(at(-1)),
            revoked_at: Some(at(-1)),
            ..key(acme, 3, &shared)
        },
    ];
    for key in &keys {
        add_key(store, key).await?;
    }
    add_key(store, &key(acme, 4, &prefix("KEY_other")?)).await?;

    let mut found = store.api_keys_by_prefix(&shared).await?;
    found.sort_by_key(|key| key.id);
    assert_eq!(found, keys);
    Ok(())
}

/// A prefix is no pattern, and its case matters.
pub async fn prefixes_compare_exactly(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add_key(store, &key(acme, 1, &prefix("KEY_abcd")?)).await?;
    for missing in ["KEY_ABCD", "key_abcd", "KEY_abc", "KEY_%", "%"] {
        let found = store.api_keys_by_prefix(&prefix(missing)?).await?;
        assert_eq!(found, [], "{missing}");
    }
    let shorter = ApiKeyPrefix::from_stored("KEY_abcd".to_owned());
    assert_eq!(store.api_keys_by_prefix(&shorter).await?, []);
    Ok(())
}

/// A key is revoked once; its time of revocation stays.
pub async fn a_key_is_revoked_once(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let kept = key(acme, 1, &prefix("KEY_kept")?);
    let lost = key(acme, 2, &prefix("KEY_lost")?);
    add_key(store, &kept).await?;
    add_key(store, &lost).await?;
    for (id, time, expected) in [
        (lost.id, 5, true),
        (lost.id, 6, false),
        (key_id(9), 7, false),
    ] {
        let mut work = store.begin().await?;
        assert_eq!(work.revoke_api_key(id, at(time)).await?, expected);
        work.commit().await?;
    }
    let revoked = ApiKey {
        revoked_at: Some(at(5)),
        ..lost
    };
    assert_eq!(store.api_keys(None).await?, [kept, revoked]);
    Ok(())
}

/// The last use moves forward only; unknown keys are passed over.
pub async fn last_use_never_moves_back(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let shared = prefix("KEY_used")?;
    let unused = key(acme, 2, &shared);
    add_key(store, &key(acme, 1, &shared)).await?;
    add_key(store, &unused).await?;
    let rounds = [
        (vec![(key_id(1), at(5))], 5),
        (vec![(key_id(1), at(4))], 5),
        (
            vec![(key_id(9), at(9)), (key_id(1), at(7)), (key_id(1), at(6))],
            7,
        ),
        (vec![], 7),
    ];
    for (uses, last) in rounds {
        let mut work = store.begin().await?;
        work.touch_api_keys(&uses).await?;
        work.commit().await?;
        let expected = ApiKey {
            last_used_at: Some(at(last)),
            ..key(acme, 1, &shared)
        };
        assert_eq!(store.api_keys(None).await?, [expected, unused.clone()]);
    }
    Ok(())
}

/// Keys are listed oldest first, then by id; of one account or of all.
pub async fn keys_are_listed_oldest_first(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let other = account(store, 2).await?;
    let shared = prefix("KEY_list")?;
    for (owner, number, time) in [(acme, 3, 5), (other, 2, 5), (acme, 1, 5), (acme, 4, 1)] {
        let made = ApiKey {
            created_at: at(time),
            ..key(owner, number, &shared)
        };
        add_key(store, &made).await?;
    }
    let nobody = AccountId::from_uuid(Uuid::from_u128(9));
    let cases = [
        (None, vec![4, 1, 2, 3]),
        (Some(acme), vec![4, 1, 3]),
        (Some(other), vec![2]),
        (Some(nobody), vec![]),
    ];
    for (owner, expected) in cases {
        let keys = store.api_keys(owner).await?;
        let ids: Vec<u128> = keys.iter().map(|key| key.id.as_uuid().as_u128()).collect();
        assert_eq!(ids, expected, "{owner:?}");
    }
    Ok(())
}

/// A key cannot be added to an account that is not there, nor an id or account twice.
pub async fn a_key_needs_an_account(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    let nobody = AccountId::from_uuid(Uuid::from_u128(9));
    let first = key(acme, 1, &prefix("KEY_one")?);
    add_key(store, &first).await?;
    for refused in [key(nobody, 2, &first.prefix), first.clone()] {
        let mut work = store.begin().await?;
        let added = work.add_api_key(&refused).await;
        assert!(is_inconsistent(&added), "{added:?}");
    }
    let mut work = store.begin().await?;
    let again = Account {
        id: acme,
        created_at: at(9),
    };
    let added = work.add_account(&again).await;
    assert!(is_inconsistent(&added), "{added:?}");
    drop(work);
    assert_eq!(store.api_keys(None).await?, [first]);
    Ok(())
}

/// The first account is the one made first, not the one saved first.
pub async fn the_first_account_is_the_oldest(store: &dyn Store) -> Story {
    assert_eq!(store.first_account().await?, None);
    let accounts = [(3, 5), (2, 4), (1, 4), (4, 9)].map(|(number, time)| Account {
        id: AccountId::from_uuid(Uuid::from_u128(number)),
        created_at: at(time),
    });
    for (saved, first) in [(0, 0), (1, 1), (2, 2), (3, 2)] {
        let mut work = store.begin().await?;
        work.add_account(&accounts[saved]).await?;
        work.commit().await?;
        assert_eq!(
            store.first_account().await?.as_ref(),
            Some(&accounts[first])
        );
    }
    Ok(())
}

fn is_inconsistent(outcome: &Result<(), StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Inconsistent { .. }))
}
