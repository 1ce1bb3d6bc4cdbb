//! What a call may tell, fitting or not.

use greenroom_rooms::call::{LegId, MediaDown, News, Refusal, audio, text, video};
use proptest::prelude::*;
use serde_json::json;

const OFFER: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\n\
                     m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendonly\r\n";

fn refusal() -> impl Strategy<Value = Refusal> {
    prop::sample::select(vec![
        Refusal::AlreadyJoined,
        Refusal::NotJoined,
        Refusal::NoSuchFeed,
        Refusal::IdTaken,
        Refusal::NotPublished,
        Refusal::AlreadyPublished,
        Refusal::InvalidSdp,
        Refusal::NotPossible,
        Refusal::LimitReached,
        Refusal::RoomFull,
        Refusal::MediaUnavailable,
    ])
}

fn publisher() -> video::Publisher {
    let track = |kind, mid: &str, codec: &str| video::Track {
        kind,
        mid: mid.to_owned(),
        codec: codec.to_owned(),
        simulcast: false,
    };
    video::Publisher {
        id: LegId(7),
        display: Some("e30=".to_owned()),
        tracks: vec![
            track(video::TrackKind::Audio, "0", "opus"),
            track(video::TrackKind::Video, "1", "vp8"),
        ],
        audio_moderated: false,
        video_moderated: false,
        talking: false,
    }
}

fn from_audio() -> impl Strategy<Value = audio::Event> {
    let participant = audio::Participant {
        id: LegId(5),
        display: None,
        muted: false,
        setup: true,
        talking: Some(true),
    };
    prop::sample::select(vec![
        audio::Event::Joined {
            id: LegId(3),
            participants: vec![participant.clone()],
            answer: Some("v=0".to_owned()),
        },
        audio::Event::ParticipantJoined(participant.clone()),
        audio::Event::ParticipantChanged(participant.clone()),
        audio::Event::Configured { answer: None },
        audio::Event::Configured {
            answer: Some("v=0".to_owned()),
        },
        audio::Event::Left(LegId(3)),
        audio::Event::Leaving(LegId(5)),
        audio::Event::Kicked(LegId(5)),
        audio::Event::Talking(LegId(5), true),
        audio::Event::Participants(vec![participant]),
    ])
}

fn from_video() -> impl Strategy<Value = video::Event> {
    let published = video::Published {
        answer: "v=0".to_owned(),
        tracks: publisher().tracks,
    };
    prop::sample::select(vec![
        video::Event::Joined {
            id: LegId(3),
            private_id: 4,
            publishers: vec![publisher()],
            published: Some(published.clone()),
        },
        video::Event::Publishing(publisher()),
        video::Event::Configured(Some(published)),
        video::Event::Configured(None),
        video::Event::Unpublished(LegId(7)),
        video::Event::UnpublishedOwn,
        video::Event::Left,
        video::Event::Attached {
            feeds: vec![publisher()],
            offer: OFFER.to_owned(),
        },
        video::Event::Updated {
            feeds: vec![publisher(), publisher()],
            offer: Some(OFFER.to_owned()),
        },
        video::Event::Started,
        video::Event::Paused,
        video::Event::SubscriberConfigured,
        video::Event::Switched(publisher()),
        video::Event::Participants(Vec::new()),
    ])
}

fn said() -> impl Strategy<Value = String> {
    let line = |line: serde_json::Value| Just(line.to_string());
    prop_oneof![
        2 => line(json!({"textroom": "join", "transaction": "c", "username": "u", "room": 1})),
        2 => line(json!({"textroom": "message", "transaction": "c", "text": "{}", "to": "u"})),
        2 => line(json!({"textroom": "message", "transaction": "c", "text": "{}", "tos": ["u", "u"]})),
        1 => line(json!({"textroom": "message", "transaction": "c", "text": "{}", "ack": false})),
        1 => line(json!({"textroom": "leave", "transaction": "c"})),
        1 => line(json!({"textroom": "list", "transaction": "c"})),
        1 => line(json!({"textroom": "listparticipants", "transaction": "c"})),
        1 => line(json!({"textroom": "exists", "transaction": "c", "room": 7})),
        1 => line(json!({"textroom": "announcement", "transaction": "c"})),
        1 => any::<String>(),
        1 => r#"[\[\]{}",:0-9a-z\\ ]{0,60}"#,
    ]
}

fn from_text() -> impl Strategy<Value = text::Event> {
    let member = text::Member {
        username: "u".to_owned(),
        display: None,
    };
    let told = prop::sample::select(vec![
        text::Event::Offered {
            offer: OFFER.to_owned(),
        },
        text::Event::Answered,
        text::Event::Opened,
        text::Event::Joined(vec![member.clone()]),
        text::Event::MemberJoined(member.clone()),
        text::Event::MemberLeft("u".to_owned()),
        text::Event::Sent(Vec::new()),
        text::Event::Sent(vec![("u".to_owned(), false)]),
        text::Event::Message {
            from: "u".to_owned(),
            text: "{}".to_owned(),
            whispered: true,
        },
        text::Event::Left,
        text::Event::Members(vec![member]),
    ]);
    prop_oneof![1 => told, 2 => said().prop_map(text::Event::Received)]
}

/// Anything.
pub(super) fn news() -> impl Strategy<Value = News> {
    prop_oneof![
        3 => from_audio().prop_map(News::Audio),
        4 => from_video().prop_map(News::Video),
        6 => from_text().prop_map(News::Text),
        2 => refusal().prop_map(News::Refused),
        1 => Just(News::MediaUp),
        1 => prop::sample::select(vec![
            MediaDown::ClosedByPeer,
            MediaDown::TimedOut,
            MediaDown::Failed,
            MediaDown::Gone,
        ])
        .prop_map(News::MediaDown),
    ]
}
