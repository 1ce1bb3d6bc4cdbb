//! What the streams tell a client.

use std::borrow::Cow;

use greenroom_rooms::call::video::{Event, Participant, Publisher, Track, TrackKind};
use greenroom_rooms::call::{LegId, Refusal};
use serde::Serialize;

use super::super::fault::Fault;
use super::super::room::{Listing, Shown};
use super::super::{Room, Way};
use super::role::{Line, Role};

/// The member `data` of the plugin's frames.
#[derive(Debug, Default, Serialize)]
pub(super) struct Data<'a> {
    videoroom: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Room>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publishers: Option<Vec<Feed<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<Vec<Person<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configured: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    switched: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unpublished: Option<IdOrOk>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaving: Option<IdOrOk>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kicked: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moderation: Option<&'static str>,
    #[serde(rename = "audio-moderation", skip_serializing_if = "Option::is_none")]
    audio_moderation: Option<&'static str>,
    #[serde(flatten)]
    codecs: Codecs<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    streams: Option<Vec<Stream<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exists: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<[Listing; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'static, str>>,
}

/// The feed of somebody else, or a word that one's own request was done.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum IdOrOk {
    Id(u64),
    Ok(&'static str),
}

const OK: Option<&'static str> = Some("ok");

#[derive(Debug, Default, Serialize)]
struct Codecs<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    audio_codec: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video_codec: Option<&'a str>,
}

/// A publisher, publishing.
#[derive(Debug, Serialize)]
struct Feed<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
    #[serde(flatten)]
    codecs: Codecs<'a>,
    #[serde(skip_serializing_if = "is_false")]
    audio_moderated: bool,
    #[serde(skip_serializing_if = "is_false")]
    video_moderated: bool,
    talking: bool,
    streams: Vec<Stream<'a>>,
}

/// A publisher, publishing or not.
#[derive(Debug, Serialize)]
struct Person<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
    publisher: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    talking: Option<bool>,
}

/// One track: of a publisher, or as a subscriber gets it.
#[derive(Debug, Serialize)]
struct Stream<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    mindex: usize,
    mid: &'a str,
    codec: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    simulcast: bool,
    #[serde(skip_serializing_if = "is_false")]
    moderated: bool,
    #[serde(flatten)]
    from: Option<From<'a>>,
}

/// Where what a subscriber gets comes from.
#[derive(Debug, Serialize)]
struct From<'a> {
    active: bool,
    send: bool,
    feed_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed_display: Option<&'a str>,
    feed_mid: &'a str,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Data<'static> {
    /// The answer to `exists`.
    pub(super) fn exists(room: Shown, exists: bool) -> Self {
        Self {
            videoroom: "success",
            room: Some(room),
            exists: Some(exists),
            ..Self::default()
        }
    }
}

impl<'a> Data<'a> {
    fn of(videoroom: &'static str, room: Room) -> Self {
        Self {
            videoroom,
            room: Some(room.into()),
            ..Self::default()
        }
    }

    fn publishing(mut self, tracks: &'a [Track]) -> Self {
        self.codecs = codecs(tracks);
        self.streams = Some(published(tracks, false, false));
        self
    }

    fn subscribed(mut self, feeds: &'a [Publisher], role: &'a Role) -> Self {
        if let [only] = feeds {
            self.id = Some(only.id.0);
            self.display = only.display.as_deref();
        }
        self.streams = Some(received(feeds, role.lines()));
        self
    }
}

/// What to tell, as a reply in that way or as a push.
pub(super) fn data<'a>(event: &'a Event, way: Option<Way>, role: &'a Role, room: Room) -> Data<'a> {
    let said = |videoroom| Data::of(videoroom, room);
    match event {
        Event::Joined {
            id,
            private_id,
            publishers,
            published,
        } => {
            let data = Data {
                description: Some(room),
                id: Some(id.0),
                private_id: Some(*private_id),
                publishers: Some(publishers.iter().map(feed).collect()),
                ..said("joined")
            };
            match published {
                Some(published) => data.publishing(&published.tracks),
                None => data,
            }
        }
        Event::Configured(published) => {
            let data = Data {
                configured: OK,
                ..said("event")
            };
            match published {
                Some(published) => data.publishing(&published.tracks),
                None => data,
            }
        }
        Event::Attached { feeds, .. } => said("attached").subscribed(feeds, role),
        Event::Updated { feeds, .. } => said("updated").subscribed(feeds, role),
        Event::Switched(publisher) => Data {
            switched: OK,
            ..said("event").subscribed(std::slice::from_ref(publisher), role)
        },
        Event::Participants(participants) if way == Some(Way::RoomList) => Data {
            videoroom: "success",
            list: Some(Listing::only(room, room, participants.len())),
            ..Data::default()
        },
        Event::Participants(participants) => Data {
            participants: Some(participants.iter().map(person).collect()),
            ..said("participants")
        },
        Event::UnpublishedOwn
        | Event::Left
        | Event::Started
        | Event::Paused
        | Event::SubscriberConfigured
        | Event::Publishing(_)
        | Event::DisplayChanged { .. }
        | Event::Unpublished(_)
        | Event::Leaving(_)
        | Event::Kicked(_)
        | Event::AudioModerated { .. }
        | Event::Talking(..) => short(event, way, room),
    }
}

/// What is told in a word or two: that something was done, and pushes.
fn short(event: &Event, way: Option<Way>, room: Room) -> Data<'_> {
    let mut data = Data::of("event", room);
    match event {
        Event::UnpublishedOwn => data.unpublished = Some(IdOrOk::Ok("ok")),
        Event::Left if way == Some(Way::SubscriberLeft) => data.left = OK,
        Event::Left => data.leaving = Some(IdOrOk::Ok("ok")),
        Event::Started => data.started = OK,
        Event::Paused => data.paused = OK,
        Event::SubscriberConfigured => data.configured = OK,
        Event::Publishing(publisher) => data.publishers = Some(vec![feed(publisher)]),
        Event::DisplayChanged { id, display } => {
            data.room = None;
            data.id = Some(id.0);
            data.display = display.as_deref();
        }
        Event::Unpublished(LegId(id)) => data.unpublished = Some(IdOrOk::Id(*id)),
        Event::Leaving(LegId(id)) => data.leaving = Some(IdOrOk::Id(*id)),
        Event::Kicked(LegId(id)) => data.kicked = Some(*id),
        // In the words of both generations.
        Event::AudioModerated { id, mid, muted } => {
            let moderation = if *muted { "muted" } else { "unmuted" };
            data.id = Some(id.0);
            data.mid = Some(mid);
            data.moderation = Some(moderation);
            data.audio_moderation = Some(moderation);
        }
        Event::Talking(LegId(id), talking) => {
            data.videoroom = if *talking {
                "talking"
            } else {
                "stopped-talking"
            };
            data.id = Some(*id);
        }
        // Told at length by `data`.
        Event::Joined { .. }
        | Event::Configured(_)
        | Event::Attached { .. }
        | Event::Updated { .. }
        | Event::Switched(_)
        | Event::Participants(_) => {}
    }
    data
}

fn feed(from: &Publisher) -> Feed<'_> {
    Feed {
        id: from.id.0,
        display: from.display.as_deref(),
        codecs: codecs(&from.tracks),
        audio_moderated: from.audio_moderated,
        video_moderated: from.video_moderated,
        talking: from.talking,
        streams: published(&from.tracks, from.audio_moderated, from.video_moderated),
    }
}

fn person(from: &Participant) -> Person<'_> {
    Person {
        id: from.id.0,
        display: from.display.as_deref(),
        publisher: from.publishing,
        talking: from.talking,
    }
}

fn codecs(tracks: &[Track]) -> Codecs<'_> {
    let first = |kind| tracks.iter().find(|track| track.kind == kind);
    Codecs {
        audio_codec: first(TrackKind::Audio).map(|track| track.codec.as_str()),
        video_codec: first(TrackKind::Video).map(|track| track.codec.as_str()),
    }
}

const fn name(kind: TrackKind) -> &'static str {
    match kind {
        TrackKind::Audio => "audio",
        TrackKind::Video => "video",
    }
}

fn published(tracks: &[Track], audio_moderated: bool, video_moderated: bool) -> Vec<Stream<'_>> {
    let tracks = tracks.iter().enumerate();
    tracks
        .map(|(mindex, track)| Stream {
            kind: name(track.kind),
            mindex,
            mid: &track.mid,
            codec: &track.codec,
            simulcast: track.simulcast,
            moderated: match track.kind {
                TrackKind::Audio => audio_moderated,
                TrackKind::Video => video_moderated,
            },
            from: None,
        })
        .collect()
}

/// The tracks of the feeds, each on its line of the offer.
fn received<'a>(feeds: &'a [Publisher], lines: &'a [Line]) -> Vec<Stream<'a>> {
    let tracks = feeds
        .iter()
        .flat_map(|feed| feed.tracks.iter().map(move |track| (feed, track)));
    let stream = |((feed, track), line): ((&'a Publisher, &'a Track), &'a Line)| Stream {
        kind: name(track.kind),
        mindex: line.mindex,
        mid: &line.mid,
        codec: &track.codec,
        simulcast: false,
        moderated: false,
        from: Some(From {
            active: true,
            send: true,
            feed_id: feed.id.0,
            feed_display: feed.display.as_deref(),
            feed_mid: &track.mid,
        }),
    };
    tracks.zip(lines).map(stream).collect()
}

/// What to tell of a request that was not done.
pub(super) fn fault(fault: &Fault) -> Data<'static> {
    Data {
        videoroom: "event",
        error_code: Some(number(fault)),
        error: Some(fault.reason()),
        ..Data::default()
    }
}

/// The plugin's number for it, as in Janus.
const fn number(fault: &Fault) -> u16 {
    match fault {
        Fault::NotJson(_) => 422,
        Fault::UnknownRequest(_) | Fault::Refused(Refusal::NotPossible) => 423,
        Fault::Refused(Refusal::NotJoined) => 424,
        Fault::Refused(Refusal::AlreadyJoined) => 425,
        Fault::NoSuchRoom => 426,
        Fault::Refused(Refusal::NoSuchFeed) => 428,
        Fault::Missing(_) => 429,
        Fault::Invalid { .. } => 430,
        Fault::WrongJsep(_) => 431,
        Fault::Refused(Refusal::RoomFull | Refusal::LimitReached) => 432,
        Fault::NotHere => 433,
        Fault::Refused(Refusal::AlreadyPublished) => 434,
        Fault::Refused(Refusal::NotPublished) => 435,
        Fault::Refused(Refusal::IdTaken) => 436,
        Fault::Refused(Refusal::InvalidSdp) => 437,
        Fault::Refused(Refusal::MediaUnavailable) => 499,
    }
}
