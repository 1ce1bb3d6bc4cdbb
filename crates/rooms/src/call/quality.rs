//! How the people of a call fare: what the media engine measures, joined with who they are, and graded.

mod grade;
mod latest;

use std::time::Duration;

use greenroom_domain::ParticipantId;
pub use greenroom_media::LayerReport as LayerQuality;
use greenroom_media::{MediaReport, PeerId, RoomReport};

pub use grade::{
    LOSS_FAIR_MAX_PERMILLE, LOSS_GOOD_MAX_PERMILLE, Quality, ROUND_TRIP_FAIR_MAX,
    ROUND_TRIP_GOOD_MAX,
};

use grade::{Signs, grade};
pub(super) use latest::Latest;

/// Somebody in a call, and the media connections that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendance {
    pub(super) participant: ParticipantId,
    pub(super) context: Option<String>,
    pub(super) legs: Vec<LegSeen>,
    pub(super) streams: Vec<StreamSeen>,
    pub(super) subscriptions: Vec<PeerId>,
}

/// A leg of the mixed audio that has media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LegSeen {
    pub(super) peer: PeerId,
    pub(super) muted: bool,
    pub(super) talking: bool,
}

/// A stream that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StreamSeen {
    pub(super) peer: PeerId,
    pub(super) key: String,
    pub(super) audio: bool,
    pub(super) video: bool,
    pub(super) muted: bool,
    pub(super) codec: &'static str,
}

/// How one person fares. Rates are in bit/s, of payload with resends, and losses in thousandths of packets before
/// anything is repaired; both are averages over the last two seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonQuality {
    /// Who.
    pub participant: ParticipantId,
    /// What the application said of it.
    pub context: Option<String>,
    /// How good it is, all in all.
    pub quality: Quality,
    /// The median of the latest round trips on its connections; `None` until one was measured.
    pub rtt: Option<Duration>,
    /// What it publishes, in the order in which it began.
    pub published: Vec<PublishedQuality>,
    /// What it is sent of others.
    pub received: ReceivedQuality,
    /// Its part of the mixed audio.
    pub mixed_audio: MixedQuality,
}

/// A stream that somebody publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedQuality {
    /// The application's name for it, such as `self`; its feed where there is none.
    pub key: String,
    /// Whether there is sound in it.
    pub audio: bool,
    /// Whether there is a picture in it.
    pub video: bool,
    /// Whether its sound is kept from the others, by an operator or by itself.
    pub muted: bool,
    /// The codec of the picture, in lower case; of the sound, if there is no picture.
    pub codec: &'static str,
    /// What comes of it.
    pub bitrate_bps: u64,
    /// What is lost of it on the way here; 0 while nothing is sent.
    pub loss_permille: u32,
    /// The layers of the picture, the lowest first.
    pub layers: Vec<LayerQuality>,
}

/// What somebody is sent of others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedQuality {
    /// How many streams.
    pub streams: usize,
    /// All of it.
    pub bitrate_bps: u64,
    /// What the path is estimated to carry at least, where that is measured; of several connections, the least.
    pub available_bps: Option<u64>,
    /// What is lost of it; of several connections, the most.
    pub loss_permille: Option<u32>,
    /// Pictures that are sent in a lower layer than there is, or not at all, since the path would not carry more.
    pub reduced: usize,
}

/// Somebody's part of the mixed audio.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MixedQuality {
    /// What comes from it.
    pub bitrate_in_bps: u64,
    /// What is sent to it.
    pub bitrate_out_bps: u64,
    /// What is lost on the way here or there, whichever is more.
    pub loss_permille: u32,
    /// Whether it is not heard.
    pub muted: bool,
    /// Whether it talks.
    pub talking: bool,
}

impl PersonQuality {
    /// Joins somebody with what was measured of its connections.
    pub(super) fn new(who: &Attendance, report: &RoomReport) -> Self {
        let mut signs = Signs::default();
        let mut round_trips = Vec::new();
        let mut measured = |peer: PeerId| {
            let fares = report.get(&peer)?;
            round_trips.extend(fares.rtt);
            Some(&fares.media)
        };
        let streams = who.streams.iter();
        let published = streams
            .map(|seen| published(seen, measured(seen.peer), &mut signs))
            .collect();
        let mut received = ReceivedQuality::default();
        for peer in &who.subscriptions {
            if let Some(media) = measured(*peer) {
                received.add(media);
            }
        }
        signs.lose(received.loss_permille.filter(|_| received.bitrate_bps > 0));
        signs.reduced = received.reduced;
        let mut mixed_audio = MixedQuality::of(&who.legs);
        for leg in &who.legs {
            if let Some(media) = measured(leg.peer) {
                mixed_audio.add(media);
            }
        }
        let hears = mixed_audio.bitrate_in_bps + mixed_audio.bitrate_out_bps > 0;
        signs.lose(hears.then_some(mixed_audio.loss_permille));
        signs.rtt = median(round_trips);
        Self {
            participant: who.participant,
            context: who.context.clone(),
            quality: grade(&signs),
            rtt: signs.rtt,
            published,
            received,
            mixed_audio,
        }
    }
}

fn published(
    seen: &StreamSeen,
    measured: Option<&MediaReport>,
    signs: &mut Signs,
) -> PublishedQuality {
    let mut published = PublishedQuality {
        key: seen.key.clone(),
        audio: seen.audio,
        video: seen.video,
        muted: seen.muted,
        codec: seen.codec,
        bitrate_bps: 0,
        loss_permille: 0,
        layers: Vec::new(),
    };
    if let Some(MediaReport::Publisher {
        bitrate_bps,
        loss_permille,
        layers,
    }) = measured
    {
        published.bitrate_bps = *bitrate_bps;
        published.loss_permille = *loss_permille;
        published.layers.clone_from(layers);
        signs.lose((*bitrate_bps > 0).then_some(*loss_permille));
    }
    published
}

impl ReceivedQuality {
    fn add(&mut self, media: &MediaReport) {
        if let MediaReport::Subscriber {
            streams,
            bitrate_bps,
            available_bps,
            loss_permille,
            reduced,
        } = media
        {
            self.streams += streams;
            self.bitrate_bps += bitrate_bps;
            let available = [self.available_bps, *available_bps];
            self.available_bps = available.into_iter().flatten().min();
            self.loss_permille = self.loss_permille.max(*loss_permille);
            self.reduced += reduced;
        }
    }
}

impl MixedQuality {
    fn of(legs: &[LegSeen]) -> Self {
        Self {
            muted: !legs.is_empty() && legs.iter().all(|leg| leg.muted),
            talking: legs.iter().any(|leg| leg.talking),
            ..Self::default()
        }
    }

    fn add(&mut self, media: &MediaReport) {
        if let MediaReport::MixLeg {
            bitrate_in_bps,
            bitrate_out_bps,
            loss_in_permille,
            loss_out_permille,
        } = media
        {
            self.bitrate_in_bps += bitrate_in_bps;
            self.bitrate_out_bps += bitrate_out_bps;
            let lost = loss_out_permille.unwrap_or_default().max(*loss_in_permille);
            self.loss_permille = self.loss_permille.max(lost);
        }
    }
}

/// Of an even number, the lower one of the two in the middle.
fn median(mut round_trips: Vec<Duration>) -> Option<Duration> {
    round_trips.sort_unstable();
    let middle = round_trips.len().checked_sub(1)? / 2;
    round_trips.get(middle).copied()
}

#[cfg(test)]
mod tests;
