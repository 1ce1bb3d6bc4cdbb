//! People who come back by another connection while their old one is still there.

use std::time::Duration;

use greenroom_domain::FamilyId;
use greenroom_domain::limits::{ASKS_HELD_MAX, RETURN_CHECK_SECS, SILENCE_MAX_SECS};
use greenroom_domain::participant::LeftReason;
use greenroom_media::{MediaEvent, PeerId};
use uuid::Uuid;

use super::fixture::{SESSION, Stage, audio_join};
use super::record::person;
use super::requests::sdk_display;
use crate::call::{Ask, LineId, News, Refusal, audio, text};
use crate::history::Note;

/// Moments at which it is looked whether somebody has answered.
const LOOKS_MICROS: i64 = 50_000;

fn family(stage: &mut Stage, line: u64, number: u128) {
    let family = FamilyId::from_uuid(Uuid::from_u128(number));
    stage.call.handle_family(LineId(line), SESSION, family);
}

fn ask_join(id: u128, context: Option<&str>) -> Ask {
    Ask::Audio(audio_join(&sdk_display(id, context)))
}

/// Ann (line 1, family 1) with media, and Ben (line 2, family 2), in a room of so many.
struct Room {
    stage: Stage,
    mix: PeerId,
}

impl Room {
    fn of(size: usize) -> Self {
        let mut stage = Stage::new(size);
        for line in 1..=2 {
            stage.call.handle_line(LineId(line), stage.now);
            family(&mut stage, line, u128::from(line));
        }
        stage.ask(1, 1, ask_join(1, Some("ann")));
        let (_, mix) = stage.join_mix(1, 2);
        stage.ask(2, 1, ask_join(2, Some("ben")));
        stage.wait(1);
        stage.pushes();
        stage.notes();
        Self { stage, mix }
    }

    /// Somebody comes by another line with a token of Ann's family.
    fn comes(&mut self, line: u64) {
        self.stage.call.handle_line(LineId(line), self.stage.now);
        family(&mut self.stage, line, 1);
    }

    fn joins(&mut self, line: u64, id: u128, context: Option<&str>) {
        self.stage.tell(line, 1, ask_join(id, context));
    }

    fn looks(&mut self) {
        let now = self.stage.now.saturating_add_micros(LOOKS_MICROS);
        assert_eq!(self.stage.call.deadline(), Some(now));
        self.stage.now = now;
        self.stage.wait(0);
    }

    /// The media thread's answer to the one question that it was asked.
    fn media_says(&mut self, silence: Option<Duration>) {
        let asked = std::mem::take(&mut self.stage.call.media().questions);
        let [(peers, number)] = &asked[..] else {
            panic!("{asked:?}");
        };
        assert_eq!(peers[..], [self.mix]);
        self.stage.media(MediaEvent::Silence(*number, silence));
    }

    fn is_in(&mut self) -> bool {
        let replies = std::mem::take(&mut self.stage.late_replies);
        match &replies[..] {
            [] => false,
            [News::Audio(audio::Event::Joined { .. })] => true,
            other => panic!("{other:?}"),
        }
    }

    fn left_before_joined(&mut self) {
        let notes = self.stage.notes();
        let [
            Note::Left {
                participant,
                reason,
                ..
            },
            Note::Joined {
                participant: newcomer,
                ..
            },
        ] = &notes[..]
        else {
            panic!("{notes:?}");
        };
        assert_eq!((participant, reason), (&person(1), &LeftReason::TimedOut));
        assert_eq!(newcomer, &person(11));
    }
}

#[test]
fn who_does_not_answer_is_out_before_its_return_is_in() {
    let mut room = Room::of(10);
    room.comes(3);
    room.joins(3, 11, Some("ann"));
    assert_eq!(room.stage.pinged, [1]);
    assert!(!room.is_in());
    room.looks();
    room.stage.wait(RETURN_CHECK_SECS);
    assert!(!room.is_in(), "its media may be there");
    room.media_says(Some(Duration::from_secs(3)));
    assert!(room.is_in());
    room.left_before_joined();
    assert_eq!(room.stage.vanished, [(1, SESSION)]);
    assert_eq!(room.stage.call.people(), 2);
    let told: Vec<_> = room.stage.pushes_to(2, 1);
    let leaving = |news: &News| matches!(news, News::Audio(audio::Event::Leaving(_)));
    let joined = |news: &News| matches!(news, News::Audio(audio::Event::ParticipantJoined(_)));
    let at = |is_it: &dyn Fn(&News) -> bool| told.iter().position(is_it);
    assert!(at(&leaving).unwrap() < at(&joined).unwrap(), "{told:?}");
    assert_eq!(room.stage.call.deadline(), None);
}

#[test]
fn who_was_silent_for_long_is_asked_no_more_than_the_media() {
    let mut room = Room::of(10);
    room.stage.wait(SILENCE_MAX_SECS);
    room.comes(3);
    room.joins(3, 11, Some("ann"));
    room.media_says(Some(Duration::from_secs(20)));
    assert!(room.is_in());
    room.left_before_joined();
}

#[test]
fn a_second_tab_that_answers_stays() {
    let mut room = Room::of(10);
    room.comes(3);
    room.joins(3, 11, Some("ann"));
    room.looks();
    assert!(!room.is_in());
    room.stage.call.handle_heard(LineId(1), room.stage.now);
    room.looks();
    assert!(room.is_in());
    assert_eq!(room.stage.call.people(), 3);
    assert!(room.stage.vanished.is_empty());
    assert_eq!(room.stage.call.deadline(), None);
    // Nor is it asked again for what the same one does next.
    room.stage.ask(3, 2, audio_join("x"));
}

#[test]
fn who_is_heard_by_its_media_stays() {
    for silence in [Duration::ZERO, Duration::from_millis(2_999)] {
        let mut room = Room::of(10);
        room.comes(3);
        room.joins(3, 11, Some("ann"));
        room.stage.wait(RETURN_CHECK_SECS);
        room.media_says(Some(silence));
        assert!(room.is_in());
        assert!(room.stage.vanished.is_empty());
        assert_eq!(room.stage.call.people(), 3);
    }
}

#[test]
fn a_media_thread_that_does_not_answer_puts_nobody_out() {
    let mut room = Room::of(10);
    room.comes(3);
    room.joins(3, 11, Some("ann"));
    room.stage.wait(RETURN_CHECK_SECS);
    room.stage.wait(1);
    assert!(!room.is_in());
    room.stage.wait(1);
    assert!(room.is_in());
    assert!(room.stage.vanished.is_empty());
    // The answer comes all the same.
    room.media_says(None);
    assert_eq!(room.stage.call.people(), 3);
}

#[test]
fn who_has_no_media_is_a_ghost_when_its_line_is_silent() {
    let mut room = Room::of(10);
    room.stage.call.handle_line(LineId(3), room.stage.now);
    family(&mut room.stage, 3, 2);
    room.stage.wait(1);
    room.joins(3, 12, Some("ben"));
    assert_eq!(room.stage.pinged, [2]);
    room.stage.wait(RETURN_CHECK_SECS);
    assert!(room.is_in());
    assert_eq!(room.stage.vanished, [(2, SESSION)]);
}

#[test]
fn others_are_nobodys_return() {
    // Another context, another family, or heard of since.
    let mut room = Room::of(10);
    room.comes(3);
    room.stage.ask(3, 1, ask_join(11, Some("cid")));
    room.stage.call.handle_line(LineId(4), room.stage.now);
    family(&mut room.stage, 4, 4);
    room.stage.ask(4, 1, ask_join(12, Some("ann")));
    room.comes(5);
    for line in 1..=5 {
        let later = room.stage.now.saturating_add_micros(1);
        room.stage.call.handle_heard(LineId(line), later);
    }
    room.stage.ask(5, 1, ask_join(13, Some("ann")));
    assert!(room.stage.pinged.is_empty());
}

#[test]
fn who_says_nothing_of_itself_may_be_anybody_of_the_family() {
    let mut room = Room::of(10);
    room.comes(3);
    room.joins(3, 11, None);
    assert_eq!(room.stage.pinged, [1]);
}

#[test]
fn a_full_room_has_a_place_for_who_comes_back() {
    let mut room = Room::of(2);
    room.comes(3);
    room.joins(3, 11, Some("ann"));
    room.stage.wait(RETURN_CHECK_SECS);
    room.media_says(None);
    assert!(room.is_in());
    assert_eq!(room.stage.call.people(), 2);
}

#[test]
fn a_full_room_stays_full_for_a_second_tab() {
    let mut room = Room::of(2);
    room.comes(3);
    room.joins(3, 11, Some("ann"));
    assert_eq!(room.stage.call.take_refused_joins(), []);
    room.looks();
    room.stage.call.handle_heard(LineId(1), room.stage.now);
    room.looks();
    let replies = std::mem::take(&mut room.stage.late_replies);
    assert_eq!(replies, [News::Refused(Refusal::RoomFull)]);
    assert_eq!(room.stage.call.take_refused_joins(), [Refusal::RoomFull]);
}

#[test]
fn a_data_channel_comes_first_and_waits_only_where_the_room_is_full() {
    // With messages the SDK opens its channel before it says who it is.
    let mut room = Room::of(10);
    room.comes(3);
    room.stage.ask(3, 9, text::Request::Setup);
    room.joins(3, 11, Some("ann"));
    room.stage.wait(RETURN_CHECK_SECS);
    room.media_says(None);
    assert!(room.is_in());
    room.left_before_joined();
    assert_eq!(room.stage.call.people(), 2);

    let mut room = Room::of(2);
    room.comes(3);
    room.stage.tell(3, 9, Ask::Text(text::Request::Setup));
    assert_eq!(room.stage.pinged, [1]);
    room.stage.wait(RETURN_CHECK_SECS);
    room.media_says(None);
    let replies = std::mem::take(&mut room.stage.late_replies);
    assert!(matches!(
        &replies[..],
        [News::Text(text::Event::Offered { .. })]
    ));
    room.stage.ask(3, 1, ask_join(11, Some("ann")));
    assert_eq!(room.stage.call.people(), 2);
}

#[test]
fn what_is_asked_meanwhile_waits_in_order_and_not_without_end() {
    let mut room = Room::of(10);
    room.comes(3);
    room.joins(3, 11, Some("ann"));
    for _ in 1..ASKS_HELD_MAX {
        let list = Ask::Audio(audio::Request::ListParticipants);
        room.stage.tell(3, 1, list);
    }
    assert!(room.stage.late_replies.is_empty());
    let list = Ask::Audio(audio::Request::ListParticipants);
    room.stage.tell(3, 1, list);
    let replies = std::mem::take(&mut room.stage.late_replies);
    assert_eq!(replies.len(), ASKS_HELD_MAX + 1);
    assert!(matches!(
        replies[0],
        News::Audio(audio::Event::Joined { .. })
    ));
    // Nobody waits for the answer any more.
    assert_eq!(room.stage.call.deadline(), None);
    assert_eq!(room.stage.call.people(), 3);
}

#[test]
fn who_goes_again_leaves_nothing_behind() {
    for ends_line in [true, false] {
        let mut room = Room::of(10);
        room.comes(3);
        room.joins(3, 11, Some("ann"));
        if ends_line {
            room.stage.end_line(3);
        } else {
            let (line, now) = (LineId(3), room.stage.now);
            let why = LeftReason::Left;
            room.stage.call.handle_session_end(line, SESSION, why, now);
        }
        assert_eq!(room.stage.call.deadline(), None);
        room.stage.wait(60);
        assert!(room.stage.vanished.is_empty());
        assert!(room.stage.late_replies.is_empty());
    }
}

#[test]
fn who_leaves_while_it_is_doubted_holds_nobody_up() {
    let mut room = Room::of(10);
    room.comes(3);
    room.joins(3, 11, Some("ann"));
    room.stage.end_line(1);
    assert!(room.is_in());
    assert_eq!(room.stage.call.people(), 2);
}
