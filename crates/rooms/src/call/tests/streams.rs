//! The board of streams.

use greenroom_domain::limits::{FEEDS_PER_SUBSCRIBER_MAX, PUBLISHERS_PER_SESSION_MAX};
use greenroom_media::{MediaEvent, PeerEnd};

use super::fixture::{BAD, Stage, publish, refused, rename, start, subscribe, video_join};
use crate::call::video::{
    Event, Flow, Participant, Publish, Published, Publisher, Request, Track, TrackKind,
};
use crate::call::{Ask, LegId, MediaDown, News, Refusal};

fn tracks(video: &str) -> Vec<Track> {
    let track = |kind, mid: &str, codec: &str| Track {
        kind,
        mid: mid.to_owned(),
        codec: codec.to_owned(),
        simulcast: false,
    };
    vec![
        track(TrackKind::Audio, "0", "opus"),
        track(TrackKind::Video, "1", video),
    ]
}

pub(super) fn publisher(id: LegId, display: &str) -> Publisher {
    Publisher {
        id,
        display: Some(display.to_owned()),
        tracks: tracks("vp8"),
        audio_moderated: false,
        video_moderated: false,
        talking: false,
    }
}

pub(super) fn video(event: Event) -> News {
    News::Video(event)
}

fn change(change: Publish) -> Request {
    Request::Publish(change)
}

#[test]
fn a_stream_is_told_to_all_once_it_can_be_subscribed_to() {
    let mut stage = Stage::with_lines(2);
    stage.join_video(1, 1);
    let roster = stage.join_video(2, 1);
    let feed = stage.join_video(1, 2);
    assert_eq!(stage.pushes(), []);
    let published = Published {
        answer: "answer to vp8".to_owned(),
        tracks: tracks("vp8"),
    };
    assert_eq!(
        stage.ask(1, 2, publish("vp8")),
        video(Event::Configured(Some(published)))
    );
    let told = video(Event::Publishing(publisher(feed, "1/2")));
    assert_eq!(stage.pushes(), [(1, 1, told.clone()), (2, 1, told)]);
    // Its ICE is not up, and it can be subscribed to all the same.
    stage.subscribe(2, 2, feed);
    assert_eq!(stage.call.streams(), 1);

    let joined = stage.ask(2, 3, video_join("2/3"));
    let News::Video(Event::Joined { publishers, .. }) = joined else {
        panic!("{joined:?}");
    };
    assert_eq!(publishers, [publisher(feed, "1/2")]);
    let listed = stage.ask(2, 9, Request::ListParticipants);
    let News::Video(Event::Participants(listed)) = listed else {
        panic!("{listed:?}");
    };
    let who = |one: &Participant| (one.id, one.publishing, one.talking);
    let listed: Vec<_> = listed.iter().map(who).collect();
    assert!(listed.contains(&(feed, true, Some(false))), "{listed:?}");
    assert!(listed.contains(&(roster, false, None)), "{listed:?}");
}

#[test]
fn joining_and_publishing_go_in_one() {
    let mut stage = Stage::with_lines(2);
    stage.join_video(2, 1);
    let both = |offer: &str| Request::JoinPublisher {
        id: Some(LegId(77)),
        display: Some("x".to_owned()),
        publish: Some(Publish {
            offer: Some(offer.to_owned()),
            ..Publish::default()
        }),
    };
    assert_eq!(stage.ask(1, 1, both(BAD)), refused(Refusal::InvalidSdp));
    assert_eq!(stage.pushes(), []);
    assert_eq!(stage.call.people(), 1);
    let joined = stage.ask(1, 1, both("vp8"));
    let News::Video(Event::Joined { id, published, .. }) = joined else {
        panic!("{joined:?}");
    };
    assert_eq!((id, published.is_some()), (LegId(77), true));
    let told = video(Event::Publishing(publisher(LegId(77), "x")));
    assert_eq!(stage.pushes(), [(2, 1, told)]);
}

#[test]
fn a_new_display_is_told_to_the_others_and_the_same_one_is_not() {
    let mut stage = Stage::with_lines(2);
    stage.join_video(1, 1);
    let (feed, _) = stage.publish(1, 2);
    stage.join_video(2, 1);
    stage.pushes();
    let configured = video(Event::Configured(None));
    assert_eq!(stage.ask(1, 2, rename("1/2")), configured);
    assert_eq!(stage.pushes(), []);
    assert_eq!(stage.ask(1, 2, rename("camera off")), configured);
    let told = video(Event::DisplayChanged {
        id: feed,
        display: Some("camera off".to_owned()),
    });
    assert_eq!(stage.pushes(), [(1, 1, told.clone()), (2, 1, told)]);
}

#[test]
fn settings_reach_the_media() {
    let mut stage = Stage::with_lines(1);
    let (_, peer) = stage.publish(1, 1);
    stage.take_told();
    let capped = Publish {
        audio: Some(true),
        video: Some(false),
        bitrate_bps: Some(500_000),
        keyframe: true,
        ..Publish::default()
    };
    stage.ask(1, 1, change(capped.clone()));
    let told = "PublisherSettings { audio: true, video: false, audio_censored: false, \
                bitrate_bps: 500000 }";
    assert_eq!(
        stage.take_told(),
        [
            format!("{}: {told}", peer.0),
            format!("{}: \"key frame\"", peer.0)
        ]
    );
    // The same again makes no difference.
    stage.ask(
        1,
        1,
        change(Publish {
            keyframe: false,
            ..capped
        }),
    );
    assert_eq!(stage.take_told(), [""; 0]);
}

#[test]
fn what_is_unpublished_is_told_and_may_be_published_again() {
    let mut stage = Stage::with_lines(2);
    stage.join_video(1, 1);
    let (feed, _) = stage.publish(1, 2);
    stage.join_video(2, 1);
    stage.subscribe(2, 2, feed);
    stage.pushes();
    assert_eq!(
        stage.ask(1, 2, publish("vp8")),
        refused(Refusal::AlreadyPublished)
    );
    assert_eq!(
        stage.ask(1, 2, Request::Unpublish),
        video(Event::UnpublishedOwn)
    );
    let gone = video(Event::Unpublished(feed));
    assert_eq!(
        stage.pushes(),
        [
            (1, 1, gone.clone()),
            (2, 1, gone),
            (2, 2, News::MediaDown(MediaDown::Gone)),
            (1, 2, News::MediaDown(MediaDown::Gone)),
        ]
    );
    assert!(stage.call.media().open.is_empty());
    assert_eq!(
        stage.ask(2, 3, subscribe(&[feed], Flow::default())),
        refused(Refusal::NoSuchFeed)
    );
    assert_eq!(
        stage.ask(1, 2, Request::Unpublish),
        refused(Refusal::NotPublished)
    );
    stage.ask(1, 2, publish("vp8"));
    let again = video(Event::Publishing(publisher(feed, "1/2")));
    assert_eq!(stage.pushes(), [(1, 1, again.clone()), (2, 1, again)]);
    // The subscriber's handle is free for it.
    stage.subscribe(2, 2, feed);
}

#[test]
fn a_stream_whose_media_ends_is_unpublished() {
    let mut stage = Stage::with_lines(2);
    stage.join_video(1, 1);
    let (feed, peer) = stage.publish(1, 2);
    stage.join_video(2, 1);
    stage.subscribe(2, 2, feed);
    stage.pushes();
    stage.media(MediaEvent::Ended(peer, PeerEnd::ClosedByPeer));
    let gone = video(Event::Unpublished(feed));
    assert_eq!(
        stage.pushes(),
        [
            (1, 2, News::MediaDown(MediaDown::ClosedByPeer)),
            (1, 1, gone.clone()),
            (2, 1, gone),
            (2, 2, News::MediaDown(MediaDown::Gone))
        ]
    );
    // The alert came first; the detach finds only the seat.
    stage.tell(1, 2, Ask::Detach);
    let left = video(Event::Leaving(feed));
    assert_eq!(stage.pushes(), [(1, 1, left.clone()), (2, 1, left)]);
    stage.tell(1, 2, Ask::Detach);
    assert_eq!(stage.pushes(), []);
}

#[test]
fn a_publisher_that_leaves_is_unpublished_first() {
    for ask in [None, Some(Ask::Detach)] {
        let mut stage = Stage::with_lines(2);
        let (feed, _) = stage.publish(1, 1);
        stage.join_video(2, 1);
        stage.pushes();
        match ask {
            Some(ask) => stage.tell(1, 1, ask),
            None => assert_eq!(stage.ask(1, 1, Request::Leave), video(Event::Left)),
        }
        assert_eq!(
            stage.pushes(),
            [
                (2, 1, video(Event::Unpublished(feed))),
                (2, 1, video(Event::Leaving(feed)))
            ]
        );
    }
}

#[test]
fn who_talks_on_a_stream_is_told_to_all() {
    let mut stage = Stage::with_lines(2);
    let (feed, peer) = stage.publish(1, 1);
    stage.join_video(2, 1);
    stage.pushes();
    stage.media(MediaEvent::Talking(peer, true));
    let talking = video(Event::Talking(feed, true));
    assert_eq!(stage.pushes(), [(1, 1, talking.clone()), (2, 1, talking)]);
    stage.media(MediaEvent::Talking(peer, true));
    assert_eq!(stage.pushes(), []);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut stage = Stage::with_lines(1);
    for ask in [
        publish("vp8"),
        Request::Unpublish,
        Request::Leave,
        start("answer"),
        Request::Pause,
        Request::ConfigureSubscriber(Flow::default()),
        Request::Switch { feed: LegId(1) },
    ] {
        assert_eq!(stage.ask(1, 1, ask), refused(Refusal::NotJoined));
    }
    let nothing = subscribe(&[], Flow::default());
    assert_eq!(stage.ask(1, 1, nothing), refused(Refusal::NoSuchFeed));
    assert_eq!(stage.call.people(), 0);

    let silent = stage.join_video(1, 1);
    assert_eq!(
        stage.ask(1, 2, subscribe(&[silent], Flow::default())),
        refused(Refusal::NoSuchFeed)
    );
    assert_eq!(
        stage.ask(1, 1, video_join("x")),
        refused(Refusal::AlreadyJoined)
    );
    assert_eq!(stage.ask(1, 1, publish(BAD)), refused(Refusal::InvalidSdp));
    stage.ask(1, 1, publish("vp8"));
    assert_eq!(
        stage.ask(1, 1, subscribe(&[silent], Flow::default())),
        refused(Refusal::AlreadyJoined)
    );
    stage.subscribe(1, 2, silent);
    // Its offer was answered.
    for sdp in [BAD, "answer"] {
        assert_eq!(stage.ask(1, 2, start(sdp)), refused(Refusal::InvalidSdp));
    }
    stage.ask(1, 3, subscribe(&[silent], Flow::default()));
    assert_eq!(stage.ask(1, 3, start(BAD)), refused(Refusal::InvalidSdp));
    assert_eq!(
        stage.ask(1, 3, start("answer")),
        refused(Refusal::NotJoined)
    );
    assert_eq!(stage.ask(1, 2, publish("vp8")), refused(Refusal::NotJoined));
}

#[test]
fn streams_and_subscriptions_have_bounds() {
    let mut stage = Stage::with_lines(3);
    let mut feeds = Vec::new();
    for line in 1..=2 {
        for handle in 1..=PUBLISHERS_PER_SESSION_MAX as u64 {
            feeds.push(stage.publish(line, handle).0);
        }
        assert_eq!(
            stage.ask(line, 99, video_join("x")),
            refused(Refusal::LimitReached)
        );
    }
    assert!(feeds.len() > FEEDS_PER_SUBSCRIBER_MAX);
    let all = subscribe(&feeds, Flow::default());
    assert_eq!(stage.ask(3, 1, all), refused(Refusal::LimitReached));
    let many = || subscribe(&feeds[..FEEDS_PER_SUBSCRIBER_MAX], Flow::default());
    let mut handle = 1;
    while matches!(
        stage.ask(3, handle, many()),
        News::Video(Event::Attached { .. })
    ) {
        handle += 1;
    }
    assert_eq!(stage.ask(3, handle, many()), refused(Refusal::LimitReached));
    assert_eq!(handle, 5);
    stage.tell(3, 1, Ask::Detach);
    assert!(matches!(
        stage.ask(3, 1, many()),
        News::Video(Event::Attached { .. })
    ));
}
