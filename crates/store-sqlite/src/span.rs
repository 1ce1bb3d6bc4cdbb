//! The bounds of filters by days, in microseconds.

use greenroom_domain::Timestamp;
use greenroom_domain::filter::{DayFilter, ParticipantFilter, SessionFilter};
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;

/// Both ends included. Open ends reach to the last integer, so that one statement serves every
/// combination.
pub(crate) type Span = (i64, i64);

/// Any time.
pub(crate) const ALWAYS: Span = (i64::MIN, i64::MAX);

/// When what has not come to its end is over.
const NEVER: i64 = i64::MAX;

pub(crate) fn span(days: DayFilter) -> Span {
    let from = days.from().map_or(i64::MIN, Timestamp::unix_micros);
    let last = days
        .until()
        .map_or(i64::MAX, |until| until.unix_micros().saturating_sub(1));
    (from, last)
}

/// When what matches a filter of sessions or participants began, changed and was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spans {
    pub(crate) began: Span,
    pub(crate) updated: Span,
    pub(crate) over: Span,
}

impl Spans {
    pub(crate) fn of_sessions(filter: &SessionFilter) -> Self {
        let days = over(filter.ended);
        let over = match filter.active {
            None => days,
            Some(true) => (NEVER, days.1),
            Some(false) => (days.0, days.1.min(NEVER - 1)),
        };
        Self {
            began: span(filter.created),
            updated: span(filter.updated),
            over,
        }
    }

    pub(crate) fn of_participants(filter: &ParticipantFilter) -> Self {
        Self {
            began: span(filter.joined),
            updated: span(filter.updated),
            over: over(filter.left),
        }
    }

    pub(crate) fn bind<'q>(
        &self,
        query: Query<'q, Sqlite, SqliteArguments>,
    ) -> Query<'q, Sqlite, SqliteArguments> {
        query
            .bind(self.began.0)
            .bind(self.began.1)
            .bind(self.updated.0)
            .bind(self.updated.1)
            .bind(self.over.0)
            .bind(self.over.1)
    }
}

/// What is not over matches no condition on its end.
fn over(days: DayFilter) -> Span {
    if days == DayFilter::default() {
        return ALWAYS;
    }
    let (from, last) = span(days);
    (from, last.min(NEVER - 1))
}
