//! What an operator does to people.

use greenroom_domain::participant::LeftReason;
use greenroom_media::MediaEvent;

use super::fixture::{SESSION, Stage, audio_join, publish, refused, video_join};
use super::record::{person, sdk_join};
use super::requests::sdk_display;
use crate::call::{LegId, LineId, News, Refusal, Removal, audio, video};

fn audio(event: audio::Event) -> News {
    News::Audio(event)
}

fn video(event: video::Event) -> News {
    News::Video(event)
}

/// A person with a roster leg on both boards (handles 1 and 2), and a stream (handle 3).
fn browser(stage: &mut Stage, line: u64) -> [LegId; 3] {
    let display = sdk_display(line.into(), None);
    let News::Audio(audio::Event::Joined { id: roster, .. }) =
        stage.ask(line, 1, audio_join(&display))
    else {
        panic!("not joined");
    };
    let seat = stage.join_video(line, 2);
    let (feed, peer) = stage.publish(line, 3);
    stage.media(MediaEvent::Connected(peer));
    [roster, seat, feed]
}

fn silent(stage: &mut Stage) -> Vec<u64> {
    let silent = stage.call.media().silent.iter();
    silent.map(|peer| peer.0).collect()
}

fn mute(stage: &mut Stage, id: u128, muted: bool) {
    stage.call.handle_mute(&[person(id)], muted);
    stage.drain();
}

#[test]
fn a_kick_is_told_to_all_and_takes_everything_along() {
    let mut stage = Stage::with_lines(2);
    let [roster, seat, feed] = browser(&mut stage, 1);
    sdk_join(&mut stage, 2, 2, None);
    stage.join_video(2, 2);
    let shown = stage.subscribe(2, 3, feed);
    stage.media(MediaEvent::Connected(shown));
    stage.pushes();
    stage
        .call
        .handle_kick(&[person(9), person(1), person(1)], stage.now);
    stage.drain();
    let pushes = stage.pushes();
    let to = |line, handle| {
        let to_it = |push: &&super::fixture::Push| (push.0, push.1) == (line, handle);
        let pushes = pushes.iter().filter(to_it);
        pushes.map(|push| push.2.clone()).collect::<Vec<_>>()
    };
    let kicked = |id| video(video::Event::Kicked(id));
    // The one who is kicked is never told that it is leaving.
    assert_eq!(to(1, 1), [audio(audio::Event::Kicked(roster))]);
    assert_eq!(to(1, 2), [kicked(seat), kicked(feed)]);
    assert_eq!(to(1, 3), [kicked(seat), kicked(feed)]);
    let leaving = audio(audio::Event::Leaving(roster));
    assert_eq!(to(2, 1), [audio(audio::Event::Kicked(roster)), leaving]);
    let gone = [
        kicked(seat),
        kicked(feed),
        video(video::Event::Leaving(seat)),
        video(video::Event::Unpublished(feed)),
        video(video::Event::Leaving(feed)),
    ];
    assert_eq!(to(2, 2), gone);
    assert_eq!(stage.removed, [(1, SESSION, Removal::Kicked)]);
    assert!(stage.call.media().open.is_empty());
    assert_eq!(stage.call.people(), 1);
}

#[test]
fn whoever_was_kicked_is_not_listened_to_until_its_session_ends() {
    let mut stage = Stage::with_lines(2);
    browser(&mut stage, 1);
    stage.join_audio(2, 1);
    stage.call.handle_kick(&[person(1)], stage.now);
    stage.drain();
    stage.pushes();
    // Answered or told to others, this would be seen.
    stage.tell(1, 1, audio_join("x").into());
    stage.tell(1, 5, video_join("x").into());
    stage.tell(1, 5, audio::Request::ListParticipants.into());
    assert_eq!((stage.late_replies.len(), stage.pushes()), (0, vec![]));
    let (call, now) = (&mut stage.call, stage.now);
    call.handle_session_end(LineId(1), SESSION, LeftReason::Left, now);
    // Whether it may come again is for its tokens to say.
    stage.join_audio(1, 1);
    assert_eq!(stage.call.people(), 2);
}

#[test]
fn what_is_muted_is_silent_and_everybody_sees_it() {
    let mut stage = Stage::with_lines(2);
    let display = sdk_display(1, None);
    let (mixer, mix) = stage.join_mix(1, 1);
    let (feed, stream) = stage.publish(1, 2);
    stage.ask(2, 1, audio_join(&display));
    stage.join_video(2, 2);
    let who = stage.call.present()[0].participant;
    stage.pushes();
    stage.call.handle_mute(&[who], true);
    stage.drain();
    let changed = |muted| {
        audio(audio::Event::ParticipantChanged(audio::Participant {
            id: mixer,
            display: Some("1/1".to_owned()),
            muted,
            setup: true,
            talking: Some(false),
        }))
    };
    let moderated = |muted| {
        video(video::Event::AudioModerated {
            id: feed,
            mid: "0".to_owned(),
            muted,
        })
    };
    let told = |muted| {
        [
            (1, 1, changed(muted)),
            (2, 1, changed(muted)),
            (1, 2, moderated(muted)),
            (2, 2, moderated(muted)),
        ]
    };
    assert_eq!(stage.pushes(), told(true));
    assert_eq!(silent(&mut stage), [mix.0, stream.0]);
    // Again makes no difference.
    stage.call.handle_mute(&[who], true);
    stage.drain();
    assert_eq!(stage.pushes(), []);
}

#[test]
fn what_comes_later_of_whoever_is_muted_is_silent_too() {
    let mut stage = Stage::with_lines(2);
    let (_, mix) = stage.join_mix(1, 1);
    let (feed, stream) = stage.publish(1, 2);
    let who = stage.call.present()[0].participant;
    stage.call.handle_mute(&[who], true);
    stage.drain();
    // It asks to be heard, makes other connections and publishes more.
    let heard = |offer: Option<&str>| audio::Request::Configure {
        display: None,
        muted: Some(false),
        offer: offer.map(str::to_owned),
    };
    stage.ask(1, 1, heard(None));
    stage.ask(1, 1, heard(Some("sdp")));
    let again = stage.last_peer();
    stage.ask(
        1,
        2,
        video::Request::Publish(video::Publish {
            audio: Some(true),
            ..video::Publish::default()
        }),
    );
    let (late, peer) = stage.publish(1, 3);
    assert!(stage.call.media().silent.contains(&again));
    assert!(stage.call.media().silent.contains(&stream));
    assert!(stage.call.media().silent.contains(&peer));
    // Who comes now sees it at once.
    let joined = stage.ask(2, 3, video_join("x"));
    let News::Video(video::Event::Joined { publishers, .. }) = joined else {
        panic!("{joined:?}");
    };
    let seen: Vec<(LegId, bool)> = publishers
        .iter()
        .map(|one| (one.id, one.audio_moderated))
        .collect();
    assert_eq!(seen, [(feed, true), (late, true)]);

    stage.call.handle_mute(&[who], false);
    stage.drain();
    assert_eq!(silent(&mut stage), [mix.0], "of a connection that is gone");
}

#[test]
fn unmuting_restores_what_was_asked_for() {
    let mut stage = Stage::with_lines(1);
    sdk_join(&mut stage, 1, 1, None);
    let configure = |muted, offer: Option<&str>| audio::Request::Configure {
        display: None,
        muted: Some(muted),
        offer: offer.map(str::to_owned),
    };
    stage.ask(1, 1, configure(true, Some("sdp")));
    let peer = stage.last_peer();
    let is_silent = |stage: &mut Stage| stage.call.media().silent.contains(&peer);
    stage.pushes();
    // It was not heard before, so nothing changes that anybody sees.
    mute(&mut stage, 1, true);
    mute(&mut stage, 1, false);
    assert!(is_silent(&mut stage));
    mute(&mut stage, 1, true);
    stage.ask(1, 1, configure(false, None));
    assert!(is_silent(&mut stage));
    assert_eq!(stage.pushes(), []);
    mute(&mut stage, 1, false);
    assert!(!is_silent(&mut stage));
}

#[test]
fn mute_outlasts_leaving_and_coming_again() {
    let mut stage = Stage::with_lines(1);
    sdk_join(&mut stage, 1, 1, None);
    mute(&mut stage, 1, true);
    stage.ask(1, 1, audio::Request::Leave);
    stage.join_mix(1, 4);
    stage.join_video(1, 5);
    stage.ask(1, 5, publish("vp8"));
    assert_eq!(stage.call.media().silent.len(), 2);
    let (call, now) = (&mut stage.call, stage.now);
    call.handle_session_end(LineId(1), SESSION, LeftReason::Left, now);
    stage.join_mix(1, 6);
    assert_eq!(stage.call.media().silent.len(), 2);
}

#[test]
fn everybody_is_sent_out_and_nobody_told_of_another() {
    let mut stage = Stage::with_lines(3);
    browser(&mut stage, 1);
    browser(&mut stage, 2);
    stage.join_text(3, 1, "not on record yet");
    stage.pushes();
    stage.call.handle_end(false, stage.now);
    stage.drain();
    assert_eq!(stage.pushes(), []);
    let removed = |line| (line, SESSION, Removal::SessionEnded);
    assert_eq!(stage.removed, [removed(1), removed(2), removed(3)]);
    assert_eq!((stage.call.people(), stage.call.streams()), (0, 0));
    assert!(stage.call.media().open.is_empty());
    // Another session may begin at once, with others.
    stage.call.handle_line(LineId(4), stage.now);
    stage.join_audio(4, 1);
    assert_eq!(stage.call.people(), 1);
}

#[test]
fn nobody_gets_into_a_room_that_is_deleted() {
    let mut stage = Stage::with_lines(2);
    sdk_join(&mut stage, 1, 1, None);
    stage.call.handle_end(true, stage.now);
    stage.drain();
    assert_eq!(stage.removed, [(1, SESSION, Removal::RoomDeleted)]);
    assert_eq!(
        stage.ask(2, 1, audio_join("x")),
        refused(Refusal::NotPossible)
    );
    assert_eq!(stage.call.people(), 0);
}
