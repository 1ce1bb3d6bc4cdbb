//! Who is on record, as whom, and why they left.

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{FamilyId, ParticipantId, Timestamp};
use greenroom_media::{MediaEvent, PeerEnd};
use uuid::Uuid;

use super::fixture::{
    NOW, SESSION, Stage, audio_join, publish, refused, rename, subscribe, video_join,
};
use super::requests::sdk_display;
use crate::call::video::Flow;
use crate::call::{Ask, LineId, Present, Refusal, audio, text};
use crate::history::Note;

pub(super) fn person(id: u128) -> ParticipantId {
    ParticipantId::from_uuid(Uuid::from_u128(id))
}

fn family(id: u128) -> FamilyId {
    FamilyId::from_uuid(Uuid::from_u128(id))
}

/// The one that is drawn as such by the tests' entropy.
fn drawn(number: u128) -> ParticipantId {
    const VERSION_AND_VARIANT: u128 = 0x4000_8000_0000_0000_0000;
    person(number | VERSION_AND_VARIANT)
}

fn joined_at(id: ParticipantId, context: Option<&str>, at: Timestamp) -> Note {
    Note::Joined {
        participant: id,
        context: context.map(str::to_owned),
        at,
    }
}

fn joined(id: u128, context: Option<&str>) -> Note {
    joined_at(person(id), context, NOW)
}

fn left(id: ParticipantId, reason: LeftReason, at: Timestamp) -> Note {
    Note::Left {
        participant: id,
        reason,
        at,
    }
}

/// Joins the mixed audio as the browser SDK does.
pub(super) fn sdk_join(stage: &mut Stage, line: u64, id: u128, context: Option<&str>) {
    stage.ask(line, 1, audio_join(&sdk_display(id, context)));
}

#[test]
fn a_browser_is_on_record_from_the_join_that_says_who_it_is() {
    let mut stage = Stage::with_lines(1);
    stage.join_text(1, 9, "x");
    assert_eq!(stage.notes(), []);
    sdk_join(&mut stage, 1, 7, Some("{\"username\":\"Zoë\"}"));
    assert_eq!(stage.notes(), [joined(7, Some("{\"username\":\"Zoë\"}"))]);
    // All its other legs are the same person.
    stage.ask(1, 2, video_join(&sdk_display(7, None)));
    stage.ask(1, 3, audio_join(&sdk_display(7, None)));
    stage.ask(1, 4, video_join(&sdk_display(7, None)));
    stage.ask(1, 4, publish("vp8"));
    stage.wait(3_600);
    assert_eq!(stage.notes(), []);
    stage.end_line(1);
    assert_eq!(
        stage.notes(),
        [left(person(7), LeftReason::Left, stage.now)]
    );
}

#[test]
fn an_id_that_somebody_has_is_not_given_twice() {
    let mut stage = Stage::with_lines(3);
    sdk_join(&mut stage, 1, 7, Some("first"));
    sdk_join(&mut stage, 2, 7, Some("second"));
    let second = joined_at(drawn(1), Some("second"), NOW);
    assert_eq!(stage.notes(), [joined(7, Some("first")), second]);
    stage.end_line(1);
    stage.notes();
    sdk_join(&mut stage, 3, 7, None);
    assert_eq!(stage.notes(), [joined(7, None)]);
}

#[test]
fn another_context_is_noted_if_it_is_ones_own() {
    let mut stage = Stage::with_lines(2);
    sdk_join(&mut stage, 1, 7, Some("old"));
    sdk_join(&mut stage, 2, 8, None);
    stage.notes();
    let configure = |id, context| audio::Request::Configure {
        display: Some(sdk_display(id, context)),
        muted: None,
        offer: None,
    };
    stage.ask(1, 1, configure(7, Some("new")));
    let changed = Note::Changed {
        participant: person(7),
        context: Some("new".to_owned()),
        at: NOW,
    };
    assert_eq!(stage.notes(), [changed]);
    stage.ask(1, 1, configure(7, Some("new")));
    stage.ask(1, 1, configure(7, None));
    stage.ask(1, 1, configure(8, Some("somebody else's")));
    stage.ask(1, 2, video_join("a name"));
    stage.ask(1, 2, rename("another name"));
    assert_eq!(stage.notes(), []);
}

#[test]
fn a_general_client_is_known_by_its_name() {
    let mut stage = Stage::with_lines(3);
    stage.ask(1, 1, video_join("Ann"));
    stage.ask(2, 1, audio_join(&"x".repeat(256)));
    let nameless = audio::Request::Join {
        id: None,
        display: None,
        muted: false,
        offer: None,
    };
    stage.ask(3, 1, nameless);
    let context = [Some("Ann"), None, None];
    let noted: Vec<Note> = (1..)
        .zip(context)
        .map(|(number, context)| joined_at(drawn(number), context, NOW))
        .collect();
    assert_eq!(stage.notes(), noted);
}

#[test]
fn whoever_does_not_say_who_it_is_is_on_record_after_30_seconds() {
    let mut stage = Stage::with_lines(3);
    let (feed, stream) = stage.publish(1, 1);
    stage.media(MediaEvent::Connected(stream));
    stage.notes();
    stage.join_text(2, 1, "x");
    stage.subscribe(3, 1, feed);
    let seen = stage.last_peer();
    stage.media(MediaEvent::Connected(seen));
    stage.wait(29);
    assert_eq!(stage.notes(), []);
    // Going out and coming in again does not begin anew.
    stage.tell(3, 1, Ask::Detach);
    stage.ask(3, 2, subscribe(&[feed], Flow::default()));
    let again = stage.last_peer();
    stage.media(MediaEvent::Connected(again));
    let at = NOW.saturating_add_secs(30);
    assert_eq!(stage.call.deadline(), Some(at));
    stage.wait(1);
    let noted = [2, 3].map(|number| joined_at(drawn(number), None, at));
    assert_eq!(stage.notes(), noted);
    assert_eq!(stage.call.deadline(), None);
    assert_eq!(stage.call.present().len(), 3);
}

#[test]
fn a_roll_call_misses_nobody() {
    let mut stage = Stage::with_lines(2);
    sdk_join(&mut stage, 1, 7, None);
    stage.join_text(2, 1, "x");
    stage.notes();
    assert_eq!(stage.call.present().len(), 1);
    let present = stage.call.handle_roll_call(stage.now);
    let who = |number: usize| present[number].participant;
    assert_eq!((who(0), who(1)), (person(7), drawn(1)));
    stage.drain();
    assert_eq!(stage.notes(), [joined_at(drawn(1), None, NOW)]);
    assert_eq!(stage.call.deadline(), None);
    stage.call.handle_kick(&[who(1)], stage.now);
    assert_eq!(stage.call.people(), 1);
}

#[test]
fn whoever_comes_again_is_the_same() {
    let mut stage = Stage::with_lines(1);
    sdk_join(&mut stage, 1, 7, Some("x"));
    stage.notes();
    stage.ask(1, 1, audio::Request::Leave);
    assert_eq!(stage.notes(), [left(person(7), LeftReason::Left, NOW)]);
    assert_eq!(stage.call.present(), []);
    stage.ask(1, 5, text::Request::Setup);
    assert_eq!(stage.notes(), [joined(7, Some("x"))]);
    // A refused join leaves no trace.
    let mut stage = Stage::new(0);
    stage.call.handle_line(LineId(1), NOW);
    sdk_join(&mut stage, 1, 7, None);
    assert_eq!((stage.notes(), stage.call.deadline()), (vec![], None));
}

#[test]
fn why_somebody_left_is_noted() {
    let mut stage = Stage::with_lines(5);
    for line in 1..=5 {
        sdk_join(&mut stage, line, line.into(), None);
    }
    let offer = audio::Request::Configure {
        display: None,
        muted: None,
        offer: Some("offer".to_owned()),
    };
    stage.ask(4, 1, offer);
    let mix = stage.last_peer();
    stage.media(MediaEvent::Connected(mix));
    stage.notes();
    let (call, now) = (&mut stage.call, stage.now);
    call.handle_session_end(LineId(1), SESSION, LeftReason::TimedOut, now);
    call.handle_line_end(LineId(2), LeftReason::Unauthorized, now);
    call.handle_kick(&[person(3)], now);
    // What the connection says afterwards makes no difference.
    call.handle_session_end(LineId(3), SESSION, LeftReason::Left, now);
    call.handle_line_end(LineId(3), LeftReason::Left, now);
    stage.media(MediaEvent::Ended(mix, PeerEnd::TimedOut));
    stage.wait(60);
    stage.call.handle_end(false, stage.now);
    stage.drain();
    let noted = [
        left(person(1), LeftReason::TimedOut, now),
        left(person(2), LeftReason::Unauthorized, now),
        left(person(3), LeftReason::Kicked, now),
        left(person(4), LeftReason::TimedOut, stage.now),
        left(person(5), LeftReason::SessionEnded, stage.now),
    ];
    assert_eq!(stage.notes(), noted);
    assert_eq!(stage.call.people(), 0);
}

#[test]
fn the_families_of_everybody_are_known() {
    let mut stage = Stage::with_lines(2);
    let line = LineId(1);
    stage.call.handle_family(line, SESSION, family(1));
    assert_eq!(stage.call.present(), []);
    sdk_join(&mut stage, 1, 7, None);
    stage.call.handle_family(line, SESSION, family(2));
    stage.call.handle_family(line, SESSION, family(1));
    sdk_join(&mut stage, 2, 8, None);
    let present = |id, families| Present {
        participant: person(id),
        families,
    };
    let with = [family(2), family(1)].to_vec();
    assert_eq!(
        stage.call.present(),
        [present(7, with), present(8, Vec::new())]
    );
    // Whatever a client does, this stays small.
    for number in 0..1_000 {
        stage.call.handle_family(line, SESSION, family(number));
        let session = u64::try_from(number).unwrap();
        stage.call.handle_family(LineId(2), session, family(1));
    }
    let families = stage.call.present()[0].families.clone();
    assert_eq!((families.len(), families[31]), (32, family(999)));
    let beyond = stage.ask_in(2, 999, 1, audio_join("x"));
    assert_eq!(beyond, refused(Refusal::LimitReached));
}
