//! Subscribers, and what flows to them.

use greenroom_media::{MediaEvent, PeerEnd};

use super::fixture::{Stage, publish, refused, start, subscribe};
use super::streams::{publisher, video};
use crate::call::video::{Event, Flow, Request};
use crate::call::{Ask, LegId, MediaDown, News, Refusal};

/// What the media engine is told of what flows to a subscriber.
fn flows(audio: bool, video: bool) -> String {
    format!(
        "SubscriberSettings {{ audio: {audio}, video: {video}, substream_max: 2, temporal_max: 2 }}"
    )
}

#[test]
fn one_may_subscribe_to_oneself() {
    let mut stage = Stage::with_lines(1);
    let (feed, source) = stage.publish(1, 1);
    let attached = stage.ask(1, 2, subscribe(&[feed], Flow::default()));
    let expected = Event::Attached {
        feeds: vec![publisher(feed, "1/1")],
        offer: format!("offer of [{}]", source.0),
    };
    assert_eq!(attached, video(expected));
}

#[test]
fn flow_is_held_from_the_start_and_changed_later() {
    let mut stage = Stage::with_lines(1);
    let (feed, source) = stage.publish(1, 1);
    stage.take_told();
    let silent = Flow {
        audio: Some(false),
        ..Flow::default()
    };
    stage.ask(1, 2, subscribe(&[feed], silent));
    let peer = stage.last_peer().0;
    assert_eq!(
        stage.take_told(),
        [format!("{peer}: {}", flows(false, true))]
    );
    stage.ask(1, 2, start("answer"));
    assert_eq!(stage.take_told(), [format!("{peer}: \"answer\"")]);

    let frozen = Flow {
        audio: Some(true),
        video: Some(false),
        ..Flow::default()
    };
    let configured = video(Event::SubscriberConfigured);
    assert_eq!(
        stage.ask(1, 2, Request::ConfigureSubscriber(frozen)),
        configured
    );
    assert_eq!(
        stage.take_told(),
        [format!("{peer}: {}", flows(true, false))]
    );
    // Video that flows again wants a key frame.
    let both = Flow {
        video: Some(true),
        ..Flow::default()
    };
    stage.ask(1, 2, Request::ConfigureSubscriber(both));
    assert_eq!(
        stage.take_told(),
        [
            format!("{peer}: {}", flows(true, true)),
            format!("{}: \"key frame\"", source.0)
        ]
    );
}

#[test]
fn a_pause_holds_everything_until_the_start() {
    let mut stage = Stage::with_lines(1);
    let (feed, source) = stage.publish(1, 1);
    let peer = stage.subscribe(1, 2, feed).0;
    stage.take_told();
    assert_eq!(stage.ask(1, 2, Request::Pause), video(Event::Paused));
    assert_eq!(
        stage.take_told(),
        [format!("{peer}: {}", flows(false, false))]
    );
    let silent = Flow {
        audio: Some(false),
        ..Flow::default()
    };
    stage.ask(1, 2, Request::ConfigureSubscriber(silent));
    assert_eq!(stage.take_told(), [""; 0]);
    assert_eq!(
        stage.ask(1, 2, Request::Start { answer: None }),
        video(Event::Started)
    );
    assert_eq!(
        stage.take_told(),
        [
            format!("{peer}: {}", flows(false, true)),
            format!("{}: \"key frame\"", source.0)
        ]
    );
}

#[test]
fn one_feed_may_take_the_place_of_another_of_the_same_codecs() {
    let mut stage = Stage::with_lines(1);
    let (feed, _) = stage.publish(1, 1);
    let (other, other_peer) = stage.publish(1, 2);
    let different = stage.join_video(1, 3);
    stage.ask(1, 3, publish("h264"));
    let peer = stage.subscribe(1, 4, feed);
    stage.take_told();
    let switch = |feed| Request::Switch { feed };
    let switched = video(Event::Switched(publisher(other, "1/2")));
    assert_eq!(stage.ask(1, 4, switch(other)), switched);
    assert_eq!(stage.ask(1, 4, switch(other)), switched);
    let told = format!("{}: \"switch to {}\"", peer.0, other_peer.0);
    assert_eq!(stage.take_told(), [told]);
    assert_eq!(
        stage.ask(1, 4, switch(different)),
        refused(Refusal::NotPossible)
    );
    assert_eq!(
        stage.ask(1, 4, switch(LegId(999))),
        refused(Refusal::NoSuchFeed)
    );
    // What was shown first may go now.
    stage.tell(1, 1, Ask::Detach);
    stage.pushes();
    stage.tell(1, 2, Ask::Detach);
    assert_eq!(stage.pushes_to(1, 4), [News::MediaDown(MediaDown::Gone)]);
}

#[test]
fn a_subscriber_of_several_lasts_as_long_as_one_of_them() {
    let mut stage = Stage::with_lines(2);
    let (first, _) = stage.publish(1, 1);
    let (second, _) = stage.publish(1, 2);
    let both = [first, second, first];
    let attached = stage.ask(2, 1, subscribe(&both, Flow::default()));
    let News::Video(Event::Attached { feeds, .. }) = attached else {
        panic!("{attached:?}");
    };
    let feeds: Vec<LegId> = feeds.iter().map(|feed| feed.id).collect();
    assert_eq!(feeds, [first, second]);
    stage.pushes();
    stage.ask(1, 1, Request::Unpublish);
    assert_eq!(stage.pushes_to(2, 1), []);
    stage.ask(1, 2, Request::Unpublish);
    assert_eq!(stage.pushes_to(2, 1), [News::MediaDown(MediaDown::Gone)]);
    assert_eq!(
        stage.ask(2, 1, start("answer")),
        refused(Refusal::NotJoined)
    );
}

#[test]
fn a_subscriber_whose_media_ends_is_told_and_nobody_else() {
    let mut stage = Stage::with_lines(2);
    let (feed, _) = stage.publish(1, 1);
    stage.join_video(2, 1);
    let peer = stage.subscribe(2, 2, feed);
    stage.pushes();
    stage.media(MediaEvent::Connected(peer));
    assert_eq!(stage.pushes(), [(2, 2, News::MediaUp)]);
    stage.media(MediaEvent::Ended(peer, PeerEnd::NeverConnected));
    assert_eq!(
        stage.pushes(),
        [(2, 2, News::MediaDown(MediaDown::TimedOut))]
    );
}
