//! What a handle is in the room of streams.

use greenroom_rooms::call::LegId;
use greenroom_rooms::call::video::{Publisher, TrackKind};

/// What a handle has asked to be. It changes when it asks, so that a client need not wait for the
/// reply before it asks for more.
#[derive(Debug, Default)]
pub(in super::super) enum Role {
    /// Not joined.
    #[default]
    Nobody,
    /// A publisher.
    Publisher,
    /// A subscriber.
    Subscriber {
        /// The lines that were last offered, in their order.
        lines: Vec<Line>,
    },
}

/// One line that was offered to a subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Line {
    /// Its name in the offer.
    pub(super) mid: String,
    /// Its place in the offer.
    pub(super) mindex: usize,
    /// What it carries.
    pub(super) kind: TrackKind,
    /// Whose.
    pub(super) feed: LegId,
}

impl Role {
    /// The media connection is gone: who had nothing else is nobody.
    pub(in super::super) fn lose_media(&mut self) {
        if matches!(self, Self::Subscriber { .. }) {
            *self = Self::Nobody;
        }
    }

    /// An offer was made.
    pub(super) fn learn_lines(&mut self, feeds: &[Publisher], offer: &str) {
        if let Self::Subscriber { lines } = self {
            *lines = lines_of(feeds, offer);
        }
    }

    /// The lines of a subscriber.
    pub(super) fn lines(&self) -> &[Line] {
        match self {
            Self::Subscriber { lines } => lines,
            Self::Nobody | Self::Publisher => &[],
        }
    }
}

/// One m-section of an SDP.
struct Section<'a> {
    kind: Option<TrackKind>,
    mid: &'a str,
    sends: bool,
}

/// Matches the tracks of feeds with the lines of the offer that carry them, in order.
fn lines_of(feeds: &[Publisher], offer: &str) -> Vec<Line> {
    let sections = sections(offer);
    let mut left = sections.iter().enumerate();
    let mut lines = Vec::new();
    for feed in feeds {
        for track in &feed.tracks {
            let line = left.find(|(_, it)| it.kind == Some(track.kind) && it.sends);
            let Some((mindex, section)) = line else {
                return lines;
            };
            lines.push(Line {
                mid: section.mid.to_owned(),
                mindex,
                kind: track.kind,
                feed: feed.id,
            });
        }
    }
    lines
}

fn sections(sdp: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            let mut words = media.split(' ');
            let kind = match words.next() {
                Some("audio") => Some(TrackKind::Audio),
                Some("video") => Some(TrackKind::Video),
                _ => None,
            };
            sections.push(Section {
                kind,
                mid: "",
                sends: words.next() != Some("0"),
            });
        }
        let Some(section) = sections.last_mut() else {
            continue;
        };
        if let Some(mid) = line.strip_prefix("a=mid:") {
            section.mid = mid;
        } else if line == "a=inactive" || line == "a=recvonly" {
            section.sends = false;
        }
    }
    sections
}
