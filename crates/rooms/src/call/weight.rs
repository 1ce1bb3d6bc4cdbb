//! How much memory news takes, about: what a line may have waiting is bounded by it.

use std::mem::size_of;

use super::video::Publisher;
use super::{LineNews, News, audio, text, video};

impl LineNews {
    /// Bytes that it takes, texts of clients and session descriptions included.
    pub(super) fn weight_bytes(&self) -> usize {
        let texts = match self {
            Self::Told(told) => {
                told.reply_to.as_ref().map_or(0, String::len) + texts_of_news(&told.news)
            }
            Self::Vanished(_) | Self::Ping | Self::Removed(..) => 0,
        };
        size_of::<Self>() + texts
    }
}

fn texts_of_news(news: &News) -> usize {
    match news {
        News::Audio(event) => texts_of_audio(event),
        News::Video(event) => texts_of_video(event),
        News::Text(event) => texts_of_text(event),
        News::Refused(_) | News::MediaUp | News::MediaDown(_) => 0,
    }
}

fn len(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

fn sum<'a, T: 'a>(items: &'a [T], texts: impl Fn(&'a T) -> usize) -> usize {
    size_of_val(items) + items.iter().map(texts).sum::<usize>()
}

fn texts_of_audio(event: &audio::Event) -> usize {
    use audio::Event;
    let of_one = |one: &audio::Participant| len(one.display.as_ref());
    match event {
        Event::Joined {
            participants,
            answer,
            ..
        } => sum(participants, of_one) + len(answer.as_ref()),
        Event::Participants(participants) => sum(participants, of_one),
        Event::ParticipantJoined(one) | Event::ParticipantChanged(one) => of_one(one),
        Event::Configured { answer } => len(answer.as_ref()),
        Event::Left(_) | Event::Leaving(_) | Event::Kicked(_) | Event::Talking(..) => 0,
    }
}

fn texts_of_publisher(publisher: &Publisher) -> usize {
    len(publisher.display.as_ref()) + sum(&publisher.tracks, texts_of_track)
}

fn texts_of_track(track: &video::Track) -> usize {
    track.mid.len() + track.codec.len()
}

fn texts_of_video(event: &video::Event) -> usize {
    use video::Event;
    let of_published = |published: &video::Published| {
        published.answer.len() + sum(&published.tracks, texts_of_track)
    };
    match event {
        Event::Joined {
            publishers,
            published,
            ..
        } => sum(publishers, texts_of_publisher) + published.as_ref().map_or(0, of_published),
        Event::Configured(published) => published.as_ref().map_or(0, of_published),
        Event::Attached { feeds, offer } => sum(feeds, texts_of_publisher) + offer.len(),
        Event::Updated { feeds, offer } => sum(feeds, texts_of_publisher) + len(offer.as_ref()),
        Event::Publishing(publisher) | Event::Switched(publisher) => texts_of_publisher(publisher),
        Event::DisplayChanged { display, .. } => len(display.as_ref()),
        Event::Participants(people) => sum(people, |one| len(one.display.as_ref())),
        Event::AudioModerated { mid, .. } => mid.len(),
        Event::Unpublished(_)
        | Event::UnpublishedOwn
        | Event::Leaving(_)
        | Event::Left
        | Event::Kicked(_)
        | Event::Talking(..)
        | Event::Started
        | Event::Paused
        | Event::SubscriberConfigured => 0,
    }
}

fn texts_of_text(event: &text::Event) -> usize {
    use text::Event;
    let of_member = |member: &text::Member| member.username.len() + len(member.display.as_ref());
    match event {
        Event::Offered { offer } => offer.len(),
        Event::Received(text) => text.len(),
        Event::Message { from, text, .. } => from.len() + text.len(),
        Event::Joined(members) | Event::Members(members) => sum(members, of_member),
        Event::MemberJoined(member) => of_member(member),
        Event::Sent(sent) => sum(sent, |(name, _)| name.len()),
        Event::MemberLeft(name) => name.len(),
        Event::Answered | Event::Opened | Event::Left => 0,
    }
}
