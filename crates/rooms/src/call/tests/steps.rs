//! What a call tells of people's way into it.

use greenroom_domain::FamilyId;
use greenroom_media::{FirstFrame, Kind, MediaEvent, PeerEnd};

use super::fixture::{BAD, SESSION, Stage, audio_join, publish};
use crate::call::{CallStep, LineId, Refusal};
use crate::trace::{Board, Description, What};

/// A call that is watched, with lines that came with tokens of the families 1 and on.
fn watched(lines: u64) -> Stage {
    let mut stage = Stage::with_lines(lines);
    stage.call = stage.call.watched();
    for line in 1..=lines {
        stage
            .call
            .handle_family(LineId(line), SESSION, family(line));
    }
    stage
}

fn family(line: u64) -> FamilyId {
    format!("00000000-0000-4000-8000-{line:012}")
        .parse()
        .unwrap()
}

fn steps(stage: &mut Stage) -> Vec<CallStep> {
    std::iter::from_fn(|| stage.call.poll_step()).collect()
}

fn whats(stage: &mut Stage) -> Vec<What> {
    steps(stage).into_iter().map(|step| step.what).collect()
}

fn asked(board: Board, joins: bool, description: Option<Description>) -> What {
    What::Asked {
        board,
        joins,
        description,
    }
}

#[test]
fn from_the_seat_to_the_first_frame() {
    let mut stage = watched(2);
    let (feed, publisher) = stage.publish(1, 1);
    stage.wait(1);
    stage.media(MediaEvent::Connected(publisher));
    stage.media(MediaEvent::Connected(publisher));
    stage.wait(2);
    stage.media(MediaEvent::FirstFrame(
        publisher,
        FirstFrame::In(Kind::Video),
    ));
    let told = steps(&mut stage);
    let told_whats: Vec<What> = told.iter().map(|step| step.what).collect();
    let answered = Some(Description::OfferAnswered);
    assert_eq!(
        told_whats,
        [
            asked(Board::Publisher, true, None),
            asked(Board::Publisher, false, answered),
            What::Connected(Board::Publisher),
            What::FirstFrameIn(Board::Publisher, Kind::Video),
        ]
    );
    let began: Vec<i64> = told
        .iter()
        .map(|step| step.started.micros_since(super::fixture::NOW) / 1_000_000)
        .collect();
    assert_eq!(
        began,
        [0, 0, 0, 1],
        "each begins where the one before ended"
    );
    assert!(
        told.iter()
            .all(|it| (it.family, it.session) == (family(1), SESSION))
    );
    assert!(told.iter().all(|it| it.fault.is_none()));
    let who = told[3].participant;
    assert!(who.is_some());

    let subscriber = stage.subscribe(2, 1, feed);
    stage.media(MediaEvent::Connected(subscriber));
    let frame = FirstFrame::Out(Kind::Video, publisher);
    stage.media(MediaEvent::FirstFrame(subscriber, frame));
    assert_eq!(
        whats(&mut stage),
        [
            asked(Board::Subscriber, true, Some(Description::OfferMade)),
            asked(Board::Subscriber, false, Some(Description::AnswerTaken)),
            What::Connected(Board::Subscriber),
            What::FirstFrameOut(Board::Subscriber, Kind::Video, who),
        ]
    );
}

#[test]
fn what_comes_to_nothing_says_why() {
    let mut stage = watched(2);
    stage.call.handle_room_change(1);
    stage.join_audio(1, 1);
    stage.ask(2, 1, audio_join("x"));
    let told = steps(&mut stage);
    assert_eq!(told[0].fault, None);
    assert_eq!(told[1].fault, Some(Refusal::RoomFull.to_string()));
    assert_eq!(told[1].family, family(2));

    stage.join_video(1, 2);
    stage.ask(1, 2, publish(BAD));
    stage.ask(1, 2, publish("vp8"));
    let peer = stage.last_peer();
    stage.wait(5);
    stage.media(MediaEvent::Ended(peer, PeerEnd::NeverConnected));
    let told = steps(&mut stage);
    assert_eq!(told[1].fault, Some(Refusal::InvalidSdp.to_string()));
    assert_eq!(told[1].what, asked(Board::Publisher, false, None));
    assert_eq!(told[3].what, What::Connected(Board::Publisher));
    assert_eq!(told[3].fault.as_deref(), Some("it never came up"));
    assert_eq!(told[3].started, super::fixture::NOW);

    let (_, mix) = stage.join_mix(1, 3);
    stage.media(MediaEvent::Ended(mix, PeerEnd::TimedOut));
    stage.media(MediaEvent::FirstFrame(mix, FirstFrame::Mixed));
    let told = steps(&mut stage);
    assert_eq!(told.last().unwrap().what, What::MediaLost(Board::Audio));
}

#[test]
fn who_came_with_no_token_and_who_is_not_watched_is_not_followed() {
    let mut stage = Stage::with_lines(1);
    stage.call = stage.call.watched();
    stage.join_mix(1, 1);
    assert_eq!(steps(&mut stage), []);

    let mut stage = Stage::with_lines(1);
    stage.call.handle_family(LineId(1), SESSION, family(1));
    let (_, mix) = stage.join_mix(1, 1);
    stage.media(MediaEvent::FirstFrame(mix, FirstFrame::Mixed));
    assert_eq!(steps(&mut stage), []);
}
