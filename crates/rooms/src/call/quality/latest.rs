//! What was last found out of how a call's people fare.

use std::sync::Arc;

use greenroom_domain::Timestamp;
use greenroom_media::RoomReport;

use super::{Attendance, PersonQuality};

/// Whoever asks again within that time is told the same: what is measured changes every two seconds. So
/// however many ask, a media thread is asked once.
const KEPT_MICROS: i64 = 1_000_000;

/// While the media thread does not answer, what it said last stands for so long.
const STANDS_SECS: i64 = 10;

/// What was last found out. There is one for each call.
#[derive(Debug, Default)]
pub(in crate::call) struct Latest {
    asked_at: Option<Timestamp>,
    people: Arc<[PersonQuality]>,
    report: RoomReport,
    reported_at: Option<Timestamp>,
}

impl Latest {
    /// What was found out a moment ago, if anything was.
    pub(in crate::call) fn fresh(&self, now: Timestamp) -> Option<Arc<[PersonQuality]>> {
        let age = now.micros_since(self.asked_at?);
        (0..KEPT_MICROS)
            .contains(&age)
            .then(|| Arc::clone(&self.people))
    }

    /// It was asked who is there and, if the media thread has answered, how they fare.
    pub(in crate::call) fn renew(
        &mut self,
        attendance: &[Attendance],
        report: Option<RoomReport>,
        now: Timestamp,
    ) -> Arc<[PersonQuality]> {
        if let Some(report) = report {
            self.report = report;
            self.reported_at = Some(now);
        }
        let stands = |at: Timestamp| now <= at.saturating_add_secs(STANDS_SECS);
        if !self.reported_at.is_some_and(stands) {
            self.report.clear();
        }
        let people = attendance
            .iter()
            .map(|who| PersonQuality::new(who, &self.report));
        self.people = people.collect();
        self.asked_at = Some(now);
        Arc::clone(&self.people)
    }
}
