//! Who counts, and how many there may be.

use greenroom_domain::limits::SESSIONS_PER_CONNECTION_MAX;
use greenroom_domain::participant::LeftReason;
use greenroom_media::MediaEvent;

use super::fixture::{SESSION, Stage, audio_join, refused, subscribe, video_join};
use crate::call::video::Flow;
use crate::call::{Ask, LineId, MediaDown, News, Refusal, audio, text, video};

fn full(lines: u64, max: usize) -> Stage {
    let mut stage = Stage::new(max);
    for line in 1..=lines {
        stage.call.handle_line(LineId(line), stage.now);
    }
    stage
}

#[test]
fn people_count_and_legs_do_not() {
    let mut stage = full(3, 2);
    for line in 1..=2 {
        stage.join_audio(line, 1);
        stage.join_video(line, 2);
        stage.join_mix(line, 3);
        stage.publish(line, 4);
        stage.join_text(line, 5, &line.to_string());
    }
    assert_eq!(stage.call.people(), 2);
    let feed = stage.join_video(1, 6);
    stage.pushes();
    let joins: [Ask; 4] = [
        audio_join("x").into(),
        video_join("x").into(),
        subscribe(&[feed], Flow::default()).into(),
        text::Request::Setup.into(),
    ];
    for join in joins {
        assert_eq!(stage.ask(3, 1, join), refused(Refusal::RoomFull));
    }
    assert_eq!(stage.pushes(), []);
    // To look who is there needs no place.
    let looked = stage.ask(3, 1, audio::Request::ListParticipants);
    assert!(matches!(looked, News::Audio(audio::Event::Participants(_))));
}

#[test]
fn there_is_a_place_again_when_somebody_leaves() {
    let mut stage = full(3, 2);
    stage.join_audio(1, 1);
    stage.join_video(1, 2);
    stage.join_audio(2, 1);
    stage.ask(1, 1, audio::Request::Leave);
    assert_eq!(stage.ask(3, 1, audio_join("x")), refused(Refusal::RoomFull));
    stage.tell(1, 2, Ask::Detach);
    stage.join_audio(3, 1);
    assert_eq!(stage.ask(1, 1, audio_join("x")), refused(Refusal::RoomFull));
    stage
        .call
        .handle_session_end(LineId(2), SESSION, LeftReason::Left, stage.now);
    stage.join_audio(1, 1);
    assert_eq!(stage.ask(2, 1, audio_join("x")), refused(Refusal::RoomFull));
    stage.end_line(3);
    stage.join_audio(2, 1);
    assert_eq!(stage.call.people(), 2);
}

#[test]
fn a_subscriber_that_lost_its_only_feed_is_no_person_any_more() {
    let mut stage = full(3, 2);
    let (feed, _) = stage.publish(1, 1);
    stage.subscribe(2, 1, feed);
    assert_eq!(stage.call.people(), 2);
    stage.ask(1, 1, video::Request::Unpublish);
    assert_eq!(stage.pushes_to(2, 1), [News::MediaDown(MediaDown::Gone)]);
    assert_eq!(stage.call.people(), 1);
    stage.join_audio(3, 1);
}

#[test]
fn each_session_of_a_connection_is_somebody() {
    let mut stage = full(2, 3);
    for session in 1..=2 {
        stage.ask_in(1, session, 1, audio_join("x"));
    }
    assert_eq!(stage.call.people(), 2);
    stage
        .call
        .handle_session_end(LineId(1), 1, LeftReason::Left, stage.now);
    assert_eq!(stage.call.people(), 1);
    stage.end_line(1);
    assert_eq!(stage.call.people(), 0);

    let mut stage = full(1, 50);
    for session in 1..=SESSIONS_PER_CONNECTION_MAX as u64 {
        stage.ask_in(1, session, 1, audio_join("x"));
    }
    assert_eq!(
        stage.ask_in(1, 99, 1, audio_join("x")),
        refused(Refusal::LimitReached)
    );
}

#[test]
fn a_new_size_goes_for_newcomers() {
    let mut stage = full(4, 2);
    stage.join_audio(1, 1);
    stage.join_audio(2, 1);
    stage.call.handle_room_change(3);
    stage.join_audio(3, 1);
    stage.call.handle_room_change(2);
    assert_eq!(stage.call.people(), 3);
    stage.join_video(1, 2);
    stage.end_line(3);
    assert_eq!(stage.ask(4, 1, audio_join("x")), refused(Refusal::RoomFull));
    stage.end_line(2);
    stage.join_audio(4, 1);
}

#[test]
fn a_line_that_is_gone_says_nothing() {
    let mut stage = full(1, 2);
    stage.join_audio(1, 1);
    stage.end_line(1);
    stage.tell(1, 1, audio_join("x").into());
    assert_eq!((stage.call.people(), stage.pushes()), (0, vec![]));
}

#[test]
fn lost_media_is_told_to_all_who_had_some() {
    let mut stage = full(2, 2);
    stage.join_mix(1, 1);
    let (feed, _) = stage.publish(1, 2);
    stage.subscribe(2, 1, feed);
    stage.join_text(2, 2, "ben");
    stage.pushes();
    stage.media(MediaEvent::Lost);
    let mut down: Vec<(u64, u64)> = stage
        .pushes()
        .into_iter()
        .filter(|(_, _, news)| matches!(news, News::MediaDown(_)))
        .map(|(line, handle, _)| (line, handle))
        .collect();
    down.sort_unstable();
    assert_eq!(down, [(1, 1), (1, 2), (2, 1), (2, 2)]);
}
