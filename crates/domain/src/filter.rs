//! What a list is narrowed down to. Several conditions hold together.

use crate::time::Day;
use crate::{RoomId, SessionId, Timestamp};

/// A range of days, from `filter[date_*][eq|gte|lte]`; all given conditions hold together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayFilter {
    /// On that day.
    pub eq: Option<Day>,
    /// On that day or later.
    pub gte: Option<Day>,
    /// On that day or earlier.
    pub lte: Option<Day>,
}

impl DayFilter {
    /// The earliest moment that matches, if there is a lower bound.
    pub fn from(self) -> Option<Timestamp> {
        self.eq.map(Day::start).max(self.gte.map(Day::start))
    }

    /// The first moment that no longer matches, if there is an upper bound.
    pub fn until(self) -> Option<Timestamp> {
        match (self.eq.map(Day::end), self.lte.map(Day::end)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }
}

/// Which rooms a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomFilter {
    /// Rooms of exactly this name.
    pub unique_name: Option<String>,
    /// By the day of creation.
    pub created: DayFilter,
    /// By the day of the last change.
    pub updated: DayFilter,
}

/// Which sessions a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Sessions of this room.
    pub room_id: Option<RoomId>,
    /// Active ones, or those that have ended.
    pub active: Option<bool>,
    /// By the day they began.
    pub created: DayFilter,
    /// By the day of the last change.
    pub updated: DayFilter,
    /// By the day they ended; one that has not ended matches no condition.
    pub ended: DayFilter,
}

/// Which participants a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParticipantFilter {
    /// Participants of this session.
    pub session_id: Option<SessionId>,
    /// Participants of exactly this context.
    pub context: Option<String>,
    /// By the day they joined.
    pub joined: DayFilter,
    /// By the day of the last change.
    pub updated: DayFilter,
    /// By the day they left; one that has not left matches no condition.
    pub left: DayFilter,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<Day> {
        text.parse().ok()
    }

    #[test]
    fn conditions_narrow_each_other() {
        let filter = DayFilter {
            eq: day("2021-04-25"),
            gte: day("2021-04-01"),
            lte: day("2021-04-30"),
        };
        assert_eq!(filter.from(), day("2021-04-25").map(Day::start));
        assert_eq!(filter.until(), day("2021-04-25").map(Day::end));
        let open = DayFilter {
            gte: day("2021-04-01"),
            ..DayFilter::default()
        };
        assert_eq!(
            (open.from(), open.until()),
            (day("2021-04-01").map(Day::start), None)
        );
        assert_eq!(DayFilter::default().until(), None);
    }
}
