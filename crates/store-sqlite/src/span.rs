//! The bounds of filters by days, in microseconds.

use greenroom_domain::Timestamp;
use greenroom_domain::filter::DayFilter;

/// Both ends included. Open ends reach to the last integer, so that one statement serves every
/// combination.
pub(crate) type Span = (i64, i64);

/// Any time, and never.
pub(crate) const ALWAYS: Span = (i64::MIN, i64::MAX);

/// When what goes on is over, as the database keeps it.
pub(crate) const NEVER: i64 = i64::MAX;

pub(crate) fn span(days: DayFilter) -> Span {
    let from = days.from().map_or(i64::MIN, Timestamp::unix_micros);
    let last = days
        .until()
        .map_or(i64::MAX, |until| until.unix_micros().saturating_sub(1));
    (from, last)
}

/// The same for the end of things: what goes on matches no condition.
pub(crate) fn over(days: DayFilter) -> Span {
    if days == DayFilter::default() {
        return ALWAYS;
    }
    let (from, last) = span(days);
    (from, last.min(NEVER - 1))
}
