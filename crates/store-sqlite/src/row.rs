//! From columns to domain values, with an error that names table and column but never the value.

use greenroom_domain::Timestamp;
use greenroom_store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

/// A row of one table.
pub(crate) struct TableRow<'r> {
    table: &'static str,
    row: &'r SqliteRow,
}

impl<'r> TableRow<'r> {
    pub(crate) fn new(table: &'static str, row: &'r SqliteRow) -> Self {
        Self { table, row }
    }

    /// A column's value as it is stored.
    pub(crate) fn get<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.row
            .try_get(column)
            .map_err(|_| self.inconsistent(column, "not of the expected type"))
    }

    /// A column's value, taken through a domain rule.
    pub(crate) fn parse<S, T, E>(
        &self,
        column: &'static str,
        rule: impl FnOnce(S) -> Result<T, E>,
    ) -> Result<T, StoreError>
    where
        S: Decode<'r, Sqlite> + Type<Sqlite>,
        E: std::fmt::Display,
    {
        rule(self.get(column)?).map_err(|error| self.inconsistent(column, error))
    }

    /// The same for a column that can be null.
    pub(crate) fn parse_optional<S, T, E>(
        &self,
        column: &'static str,
        rule: impl FnOnce(S) -> Result<T, E>,
    ) -> Result<Option<T>, StoreError>
    where
        S: Decode<'r, Sqlite> + Type<Sqlite>,
        E: std::fmt::Display,
    {
        self.get::<Option<S>>(column)?
            .map(rule)
            .transpose()
            .map_err(|error| self.inconsistent(column, error))
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.get(column).map(Timestamp::from_unix_micros)
    }

    pub(crate) fn optional_time(
        &self,
        column: &'static str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let micros: Option<i64> = self.get(column)?;
        Ok(micros.map(Timestamp::from_unix_micros))
    }

    fn inconsistent(&self, column: &'static str, detail: impl std::fmt::Display) -> StoreError {
        StoreError::Inconsistent {
            table: self.table,
            column,
            detail: detail.to_string(),
        }
    }
}
