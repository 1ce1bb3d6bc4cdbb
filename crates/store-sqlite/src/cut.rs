//! Where a page lies in its list.

#[cfg(test)]
mod tests;

use greenroom_domain::PageRequest;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// Up to so many entries are passed over one by one: looking up where they end costs as much.
pub(crate) const PASSED_OVER: u64 = 250;

/// Where a page lies, counted from the nearer end of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) end: End,
    /// Entries between that end and the page.
    pub(crate) passed_over: u64,
    /// Entries on the page.
    pub(crate) taken: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Newest,
    Oldest,
}

impl Cut {
    /// `None` if the page lies beyond a list of `total` entries.
    pub(crate) fn of(page: PageRequest, total: u64) -> Option<Self> {
        let before = page.offset();
        let taken = u64::from(page.size()).min(total.checked_sub(before)?);
        let after = total - before - taken;
        let (end, passed_over) = if after < before {
            (End::Oldest, after)
        } else {
            (End::Newest, before)
        };
        (taken > 0).then_some(Self {
            end,
            passed_over,
            taken,
        })
    }
}

pub(crate) fn count_in(row: &SqliteRow, column: usize) -> sqlx::Result<u64> {
    let count: i64 = row.try_get(column)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

pub(crate) fn to_sql(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
