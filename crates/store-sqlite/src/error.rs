//! What SQLite's failures mean to the store.

use greenroom_store::StoreError;

/// The primary result codes that are told apart, from SQLite's `rescode.html`.
mod code {
    pub(super) const PERM: i32 = 3;
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const NOTADB: i32 = 26;

    pub(super) const CONSTRAINT_FOREIGNKEY: i32 = 787;
    pub(super) const CONSTRAINT_PRIMARYKEY: i32 = 1555;
    pub(super) const CONSTRAINT_UNIQUE: i32 = 2067;
}

/// Maps a failed read.
#[expect(
    clippy::needless_pass_by_value,
    reason = "fits `map_err`, which hands the error over"
)]
pub(crate) fn reading(error: sqlx::Error) -> StoreError {
    StoreError::Unavailable(text(&error))
}

/// Maps a failed write.
#[expect(
    clippy::needless_pass_by_value,
    reason = "fits `map_err`, which hands the error over"
)]
pub(crate) fn writing(error: sqlx::Error) -> StoreError {
    if is_disk_trouble(&error) || is_locked(&error) {
        StoreError::NotWritable(text(&error))
    } else {
        StoreError::Unavailable(text(&error))
    }
}

/// Whether a write failed for want of a disk that takes it.
pub(crate) fn is_disk_trouble(error: &sqlx::Error) -> bool {
    matches!(
        primary_code(error),
        Some(code::PERM | code::READONLY | code::IOERR | code::FULL | code::CANTOPEN)
    )
}

/// Whether others held the database for longer than one waits.
pub(crate) fn is_locked(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(code::BUSY | code::LOCKED))
}

/// Whether a failure says that the file is no SQLite database or a damaged one.
pub(crate) fn is_not_a_database(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(code::NOTADB | code::CORRUPT))
}

/// Whether a write failed on a unique index (not the primary key).
pub(crate) fn is_unique_violation(error: &sqlx::Error) -> bool {
    extended_code(error) == Some(code::CONSTRAINT_UNIQUE)
}

/// Whether a write failed because the primary key is there already.
pub(crate) fn is_primary_key_violation(error: &sqlx::Error) -> bool {
    extended_code(error) == Some(code::CONSTRAINT_PRIMARYKEY)
}

/// Whether a write failed because it refers to something that is not there.
pub(crate) fn is_foreign_key_violation(error: &sqlx::Error) -> bool {
    extended_code(error) == Some(code::CONSTRAINT_FOREIGNKEY)
}

fn extended_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    extended_code(error).map(|code| code & 0xff)
}

/// The failure in words; SQLite's messages name tables and columns, never values.
pub(crate) fn text(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .map_or_else(|| error.to_string(), ToString::to_string)
}
