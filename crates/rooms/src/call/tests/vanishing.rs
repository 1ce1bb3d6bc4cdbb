//! People whose network is gone without a word.

use greenroom_domain::limits::SILENCE_MAX_SECS;
use greenroom_domain::participant::LeftReason;
use greenroom_media::{MediaEvent, PeerEnd};

use super::fixture::{SESSION, Stage, audio_join, refused};
use crate::call::{LineId, MediaDown, News, Refusal, audio, video};

fn left(news: &[News]) -> bool {
    news.iter()
        .any(|news| matches!(news, News::Audio(audio::Event::Leaving(_))))
}

fn audio_offer() -> audio::Request {
    audio::Request::Configure {
        display: None,
        muted: None,
        offer: Some("offer".to_owned()),
    }
}

#[test]
fn media_and_connection_gone_is_gone() {
    let mut stage = Stage::with_lines(2);
    let roster = stage.join_audio(1, 1);
    let (_, mix) = stage.join_mix(1, 2);
    let (feed, stream) = stage.publish(1, 3);
    stage.media(MediaEvent::Connected(stream));
    stage.join_audio(2, 1);
    stage.join_video(2, 2);
    stage.pushes();
    assert_eq!(stage.call.deadline(), None);
    stage.wait(6);
    stage.media(MediaEvent::Ended(stream, PeerEnd::TimedOut));
    assert_eq!(stage.call.deadline(), None);
    stage.media(MediaEvent::Ended(mix, PeerEnd::TimedOut));
    let due = super::fixture::NOW.saturating_add_secs(SILENCE_MAX_SECS);
    assert_eq!(stage.call.deadline(), Some(due));
    assert!(!left(&stage.pushes_to(2, 1)));
    stage.wait(SILENCE_MAX_SECS - 6);

    assert_eq!(stage.vanished, [(1, SESSION)]);
    let pushes = stage.pushes();
    assert!(pushes.contains(&(2, 1, News::Audio(audio::Event::Leaving(roster)))));
    assert!(pushes.contains(&(2, 2, News::Video(video::Event::Leaving(feed)))));
    assert!(pushes.iter().all(|(line, _, _)| *line == 2), "{pushes:?}");
    assert_eq!(stage.call.people(), 1);
    assert_eq!(stage.call.deadline(), None);
    // It cannot come back by a frame that was on its way, and is not told twice.
    assert_eq!(
        stage.ask(1, 1, audio_join("x")),
        refused(Refusal::NotPossible)
    );
    stage.wait(60);
    assert_eq!(stage.vanished.len(), 1);
    stage
        .call
        .handle_session_end(LineId(1), SESSION, LeftReason::Left, stage.now);
    stage.join_audio(1, 1);
}

#[test]
fn a_connection_that_is_heard_of_stays() {
    let mut stage = Stage::with_lines(2);
    let (_, mix) = stage.join_mix(1, 1);
    stage.join_audio(2, 1);
    stage.pushes();
    stage.media(MediaEvent::Ended(mix, PeerEnd::TimedOut));
    for _ in 0..20 {
        stage.call.handle_heard(LineId(1), stage.now);
        stage.wait(5);
    }
    assert_eq!((stage.vanished.len(), stage.call.people()), (0, 2));
    assert!(!left(&stage.pushes_to(2, 1)));
    // From then on nothing is heard.
    stage.wait(SILENCE_MAX_SECS);
    assert_eq!(stage.vanished, [(1, SESSION)]);
}

#[test]
fn media_that_comes_back_clears_all_suspicion() {
    let mut stage = Stage::with_lines(1);
    let (_, mix) = stage.join_mix(1, 1);
    stage.media(MediaEvent::Ended(mix, PeerEnd::TimedOut));
    assert!(stage.call.deadline().is_some());
    let _offered = stage.ask(1, 1, audio_offer());
    let again = stage.last_peer();
    stage.media(MediaEvent::Connected(again));
    assert_eq!(stage.call.deadline(), None);
}

#[test]
fn other_media_ends_are_no_reason() {
    for end in [PeerEnd::ClosedByPeer, PeerEnd::Faulted, PeerEnd::Overrun] {
        let mut stage = Stage::with_lines(1);
        let (_, mix) = stage.join_mix(1, 1);
        stage.media(MediaEvent::Ended(mix, end));
        assert_eq!(stage.call.deadline(), None, "{end:?}");
    }
    // Nor is a stream that times out while other media is up, nor silence alone.
    let mut stage = Stage::with_lines(1);
    stage.join_mix(1, 1);
    let (feed, stream) = stage.publish(1, 2);
    stage.media(MediaEvent::Connected(stream));
    let own = stage.subscribe(1, 3, feed);
    stage.pushes();
    stage.media(MediaEvent::Ended(stream, PeerEnd::TimedOut));
    assert!(!stage.call.media().open.contains_key(&own));
    assert_eq!(
        stage.pushes_to(1, 2),
        [News::MediaDown(MediaDown::TimedOut)]
    );
    stage.wait(3_600);
    assert_eq!((stage.vanished.len(), stage.call.people()), (0, 1));
}

#[test]
fn a_subscription_that_never_came_up_does_not_keep_anybody() {
    let mut stage = Stage::with_lines(2);
    let (feed, stream) = stage.publish(2, 1);
    stage.media(MediaEvent::Connected(stream));
    let (_, mix) = stage.join_mix(1, 1);
    stage.subscribe(1, 2, feed);
    stage.media(MediaEvent::Ended(mix, PeerEnd::TimedOut));
    stage.wait(SILENCE_MAX_SECS);
    assert_eq!(stage.vanished, [(1, SESSION)]);
}

#[test]
fn who_is_silent_before_any_media_came_up_is_gone() {
    let mut stage = Stage::with_lines(2);
    stage.join_audio(2, 1);
    let roster = stage.join_audio(1, 1);
    assert_eq!(stage.call.deadline(), None);
    let _offered = stage.ask(1, 1, audio_offer());
    let until = super::fixture::NOW.saturating_add_secs(SILENCE_MAX_SECS);
    assert_eq!(stage.call.deadline(), Some(until));
    stage.pushes();
    stage.wait(SILENCE_MAX_SECS);
    assert_eq!(stage.vanished, [(1, SESSION)]);
    let leaving = News::Audio(audio::Event::Leaving(roster));
    assert!(stage.pushes_to(2, 1).contains(&leaving));
    assert_eq!(stage.call.people(), 1);
}

#[test]
fn who_never_gets_media_stays_as_long_as_the_connection_lives() {
    let mut stage = Stage::with_lines(1);
    stage.join_audio(1, 1);
    let _offered = stage.ask(1, 1, audio_offer());
    let mix = stage.last_peer();
    for second in 0..20 {
        if second == 6 {
            stage.media(MediaEvent::Ended(mix, PeerEnd::NeverConnected));
        }
        stage.wait(5);
        stage.call.handle_heard(LineId(1), stage.now);
    }
    assert_eq!((stage.vanished.len(), stage.call.people()), (0, 1));
    // Here its network goes.
    stage.wait(SILENCE_MAX_SECS);
    assert_eq!(stage.vanished, [(1, SESSION)]);
}
