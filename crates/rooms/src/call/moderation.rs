//! What an operator does to the people of a call.

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{FamilyId, ParticipantId, Timestamp};

use super::desk::{ALL_SEATS, SessionKey};
use super::media::Media;
use super::quality::Attendance;
use super::{Call, LineId, Present, Removal};

impl Removal {
    /// What the history is told.
    const fn left_reason(self) -> LeftReason {
        match self {
            Self::Kicked => LeftReason::Kicked,
            Self::SessionEnded => LeftReason::SessionEnded,
            Self::RoomDeleted => LeftReason::RoomDeleted,
        }
    }
}

impl<M: Media> Call<M> {
    /// A session has a token of that family, beside those that it has had.
    pub fn handle_family(&mut self, line: LineId, session: u64, family: FamilyId) {
        let session = SessionKey { line, session };
        self.people.add_family(session, family);
    }

    /// Who is in it, as far as it is on record.
    pub fn present(&self) -> Vec<Present> {
        self.people.present()
    }

    /// Who is in it, as far as it is on record, and which media connections they have; by their ids.
    pub fn attendance(&self) -> Vec<Attendance> {
        let here = self.people.here();
        let mut all: Vec<Attendance> = here
            .map(|(session, participant, context)| Attendance {
                participant,
                context: context.map(ToOwned::to_owned),
                legs: self.audio.seen_of(session),
                streams: self.video.streams_of(session),
                subscriptions: self.video.subscriptions_of(session),
            })
            .collect();
        all.sort_unstable_by_key(|who| who.participant);
        all
    }

    /// Who is in it; whoever has not said who it is yet is put on record now, under an id of ours.
    pub fn handle_roll_call(&mut self, now: Timestamp) -> Vec<Present> {
        let entropy = self.desk.entropy();
        self.people.record_all(now, &*entropy);
        self.people.present()
    }

    /// Throws people out. Everybody is told, they too; whoever is not there is passed over.
    pub fn handle_kick(&mut self, who: &[ParticipantId], now: Timestamp) {
        for id in who {
            let Some(session) = self.people.find(*id) else {
                continue;
            };
            // Everything about the mixed audio first: the browser SDK takes the reason from there.
            self.audio.tell_kicked(session, &mut self.desk);
            self.video.tell_kicked(session, &mut self.desk);
            self.end(session.seats());
            self.remove(session, Removal::Kicked, now);
        }
        self.settle(now);
    }

    /// Silences people, or no longer does. Whoever is not there is passed over.
    pub fn handle_mute(&mut self, who: &[ParticipantId], muted: bool) {
        for id in who {
            let Some(session) = self.people.find(*id) else {
                continue;
            };
            if self.desk.set_silenced(session, muted) {
                self.audio.silence(session, muted, &mut self.desk);
                self.video.silence(session, muted, &mut self.desk);
            }
        }
    }

    /// Sends everybody out. `for_good`: nobody gets in any more, since the room is deleted.
    pub fn handle_end(&mut self, for_good: bool, now: Timestamp) {
        let why = if for_good {
            self.people.close();
            Removal::RoomDeleted
        } else {
            Removal::SessionEnded
        };
        // All at once, so that nobody is told of another.
        self.end(ALL_SEATS);
        for session in self.people.all() {
            self.remove(session, why, now);
        }
        self.settle(now);
    }

    fn remove(&mut self, session: SessionKey, why: Removal, now: Timestamp) {
        self.people.remove(session, why.left_reason(), now);
        self.desk.set_silenced(session, false);
        self.desk.tell_removed(session, why);
    }
}
