//! Revoked families.

use greenroom_domain::{FamilyId, Timestamp};

use super::Story;
use super::support::{Result, at, family};
use crate::Store;

/// A record stands to the microsecond of its end, and no longer matters after it.
pub async fn a_record_stands_until_its_end(store: &dyn Store) -> Story {
    assert_eq!(standing(store, at(0)).await?, []);
    revoke(store, family(1), at(10)).await?;
    revoke(store, family(2), at(20)).await?;
    let (one, two) = ((family(1), at(10)), (family(2), at(20)));
    assert_eq!(standing(store, at(0)).await?, [one, two]);
    assert_eq!(standing(store, at(10)).await?, [one, two]);
    let after = at(10).saturating_add_micros(1);
    assert_eq!(standing(store, after).await?, [two]);
    assert_eq!(standing(store, at(21)).await?, []);
    Ok(())
}

/// Revoked twice, a family stands until the later end.
pub async fn the_later_end_holds(store: &dyn Store) -> Story {
    for (end, expected) in [(10, 10), (20, 20), (15, 20)] {
        revoke(store, family(1), at(end)).await?;
        assert_eq!(standing(store, at(0)).await?, [(family(1), at(expected))]);
    }
    Ok(())
}

/// Only records that have ended are forgotten, and they are counted.
pub async fn ended_records_are_forgotten(store: &dyn Store) -> Story {
    for (number, end) in [(1, 10), (2, 10), (3, 11), (4, 30)] {
        revoke(store, family(number), at(end)).await?;
    }
    for (now, forgotten) in [(10, 0), (11, 2), (11, 0), (12, 1)] {
        let mut work = store.begin().await?;
        assert_eq!(
            work.forget_revoked_families(at(now)).await?,
            forgotten,
            "at {now}"
        );
        work.commit().await?;
    }
    assert_eq!(standing(store, at(0)).await?, [(family(4), at(30))]);
    Ok(())
}

async fn revoke(store: &dyn Store, family: FamilyId, until: Timestamp) -> Result<()> {
    let mut work = store.begin().await?;
    work.revoke_family(family, until).await?;
    Ok(work.commit().await?)
}

async fn standing(store: &dyn Store, now: Timestamp) -> Result<Vec<(FamilyId, Timestamp)>> {
    let mut families = store.revoked_families(now).await?;
    families.sort();
    Ok(families)
}
