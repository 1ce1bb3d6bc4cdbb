//! Who is in a call with which media connections, as operators see it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use greenroom_media::{MediaEvent, PeerId};

use super::fixture::*;
use super::record::person;
use super::requests::sdk_display;
use crate::call::quality::{LegSeen, StreamSeen};
use crate::call::{News, audio, text, video};

/// A stream as the browser SDK says it is.
fn sdk_stream(key: &str, audio: bool, video: bool) -> String {
    STANDARD.encode(format!(
        r#"{{"participantId":"x","stream":{{"key":"{key}","isAudioEnabled":{audio},"isVideoEnabled":{video}}}}}"#
    ))
}

fn seen(peer: u64, key: &str, audio: bool, video: bool, muted: bool) -> StreamSeen {
    StreamSeen {
        peer: PeerId(peer),
        key: key.to_owned(),
        audio,
        video,
        muted,
        codec: if video { "vp8" } else { "opus" },
    }
}

#[test]
fn what_each_has_is_found_under_its_id() {
    let mut stage = Stage::with_lines(3);
    stage.ask(1, 1, audio_join(&sdk_display(2, Some("Ann"))));
    stage.ask(2, 1, audio_join(&sdk_display(1, None)));
    // Nobody who has not said who it is.
    stage.ask(3, 1, text::Request::Setup);
    let ids: Vec<_> = stage
        .call
        .attendance()
        .iter()
        .map(|who| who.participant)
        .collect();
    assert_eq!(ids, [person(1), person(2)]);

    // Ann's leg, camera and screen; of what Ben publishes nothing is known but its feed.
    let offer = Some("offer".to_owned());
    let configure = audio::Request::Configure {
        display: None,
        muted: None,
        offer,
    };
    stage.ask(1, 1, configure);
    for (handle, key, has_audio) in [(2, "self", true), (3, "presentation", false)] {
        stage.ask(1, handle, video_join(&sdk_stream(key, has_audio, true)));
        stage.ask(1, handle, publish("vp8"));
    }
    let joined = stage.ask(2, 2, video_join("Ben"));
    let News::Video(video::Event::Joined { id: feed, .. }) = joined else {
        panic!("{joined:?}")
    };
    stage.ask(2, 2, publish("h264"));
    stage.ask(1, 4, subscribe(&[feed], video::Flow::default()));
    stage.media(MediaEvent::Talking(PeerId(2), true));

    let [ben, ann] = <[_; 2]>::try_from(stage.call.attendance()).unwrap();
    assert_eq!(ann.context.as_deref(), Some("Ann"));
    let leg = |muted| LegSeen {
        peer: PeerId(2),
        muted,
        talking: true,
    };
    assert_eq!(ann.legs, [leg(false)]);
    let screen = seen(4, "presentation", false, true, false);
    assert_eq!(
        ann.streams,
        [seen(3, "self", true, true, false), screen.clone()]
    );
    assert_eq!(ann.subscriptions, [PeerId(6)]);
    assert_eq!((ben.legs.len(), ben.subscriptions.len()), (0, 0));
    let of_ben = StreamSeen {
        codec: "h264",
        ..seen(5, &feed.0.to_string(), true, true, false)
    };
    assert_eq!(ben.streams, [of_ben]);

    // Muted by an operator; a stream without sound has nothing to mute.
    stage.call.handle_mute(&[person(2)], true);
    let ann = stage.call.attendance().remove(1);
    assert_eq!(ann.legs, [leg(true)]);
    assert_eq!(ann.streams, [seen(3, "self", true, true, true), screen]);
}

#[test]
fn a_stream_of_no_tracks_has_a_codec_all_the_same() {
    let mut stage = Stage::with_lines(1);
    stage.ask(1, 1, audio_join(&sdk_display(1, None)));
    stage.ask(1, 2, video_join(&sdk_stream("self", false, false)));
    stage.ask(1, 2, publish("vp8"));
    let [stream] = <[_; 1]>::try_from(stage.call.attendance().remove(0).streams).unwrap();
    assert_eq!(
        (stream.audio, stream.video, stream.muted),
        (false, false, false)
    );
    assert_eq!(stream.codec, "vp8");
}
