//! What goes to a subscriber.

use std::time::Instant;

use str0m::Rtc;
use str0m::change::SdpPendingOffer;
use str0m::media::Mid;

use crate::allocation::{Aim, Allocation, DECIDE_EVERY};
use crate::downlink::{Downlink, Flow, Source};
use crate::negotiator::{AnsweredFeed, Feed, RESEND_PACKETS_MAX, initial_estimate_bps};
use crate::sdp::Kind;
use crate::settings::{PeerId, SubscriberSettings};

/// How long sent video is kept for resends: some round trips of a bad path.
const RESEND_KEPT: std::time::Duration = std::time::Duration::from_millis(1_200);

/// Most that resends may add to what is sent: a path that loses more is not helped by more.
const RESEND_RATIO_MAX: f32 = 0.25;

/// A connection that is sent what others publish.
pub(crate) struct Subscriber {
    pub(crate) settings: SubscriberSettings,
    /// One for each line that was taken; keeps its place for ever.
    pub(crate) downlinks: Vec<Downlink>,
    /// Chooses layers; `None` where there is nothing to choose.
    pub(crate) allocation: Option<Allocation>,
    pub(crate) decide_due: Option<Instant>,
    aim: Option<Aim>,
    /// Lines ever offered; numbers the tracks.
    pub(crate) tracks: usize,
    pub(crate) offered: Option<Offered>,
}

/// An update that waits for its answer.
pub(crate) struct Offered {
    pub(crate) pending: SdpPendingOffer,
    pub(crate) feeds: Vec<Feed>,
}

impl Subscriber {
    pub(crate) fn new(
        settings: SubscriberSettings,
        adapts: bool,
        feeds: usize,
        tracks: usize,
    ) -> Self {
        Self {
            settings,
            downlinks: Vec::new(),
            allocation: adapts.then(|| Allocation::new(initial_estimate_bps(feeds))),
            decide_due: None,
            aim: None,
            tracks,
            offered: None,
        }
    }

    /// Adds a publisher's lines; the places of the new downlinks.
    pub(crate) fn add(
        &mut self,
        feed: &AnsweredFeed,
        source: Option<Source>,
    ) -> std::ops::Range<usize> {
        let first = self.downlinks.len();
        if let Some(line) = feed.audio {
            self.downlinks.push(Downlink::audio(line, source));
        }
        if let Some((line, format)) = feed.video {
            self.downlinks.push(Downlink::video(line, format, source));
        }
        first..self.downlinks.len()
    }

    /// The downlink on a line.
    pub(crate) fn by_mid(&self, mid: Mid) -> Option<&Downlink> {
        self.downlinks
            .iter()
            .find(|downlink| downlink.line.mid == mid)
    }

    /// Makes the settings hold for all downlinks.
    pub(crate) fn apply(&mut self) {
        let settings = self.settings;
        for downlink in &mut self.downlinks {
            match &mut downlink.flow {
                Flow::Audio(audio) => audio.set_on(settings.audio),
                Flow::Video(video) => {
                    video.set_temporal_max(settings.temporal_max);
                    if !settings.video {
                        video.want(None);
                    }
                }
            }
        }
    }

    /// It is connected.
    pub(crate) fn start(&mut self, now: Instant) {
        if self.allocation.is_some() {
            self.decide_due = Some(now);
        }
    }

    /// What comes next on all downlinks does not follow on what came, and nothing of that went out.
    pub(crate) fn interrupt(&mut self) {
        for downlink in &mut self.downlinks {
            downlink.interrupt();
            downlink.has_begun = false;
        }
    }

    /// The tracks on which something was sent, and whose it was.
    pub(crate) fn begun(&self) -> Vec<(Kind, PeerId)> {
        let begun = self.downlinks.iter().filter(|downlink| downlink.has_begun);
        begun
            .filter_map(|downlink| Some((downlink.kind(), downlink.source?.publisher)))
            .collect()
    }

    /// A decision was made; the aim if the estimator has to be told.
    pub(crate) fn decided(&mut self, aim: Aim, now: Instant) -> Option<Aim> {
        if self.decide_due.is_some() {
            self.decide_due = Some(now + DECIDE_EVERY);
        }
        // Each time it is told more, the estimator probes; a rate that varies is not more.
        let is_new = self.aim.is_none_or(|old| {
            (old.minimum_bps == 0) != (aim.minimum_bps == 0)
                || differs(old.minimum_bps, aim.minimum_bps)
                || differs(old.desired_bps, aim.desired_bps)
        });
        if is_new {
            self.aim = Some(aim);
        }
        self.aim.filter(|_| is_new)
    }

    /// Audio tracks that flow.
    pub(crate) fn audios(&self) -> usize {
        if !self.settings.audio {
            return 0;
        }
        self.downlinks
            .iter()
            .filter(|downlink| downlink.source.is_some() && downlink.video_flow().is_none())
            .count()
    }
}

/// Whether a rate is another than it was, by more than a third.
fn differs(old: u64, new: u64) -> bool {
    old.abs_diff(new) > old / 3
}

/// Sets how much is kept for resends.
pub(crate) fn bound_resends(rtc: &mut Rtc, feed: &AnsweredFeed) {
    let Some((line, _)) = &feed.video else {
        return;
    };
    if let Some(stream) = rtc.direct_api().stream_tx(&line.ssrc) {
        stream.set_rtx_cache(RESEND_PACKETS_MAX, RESEND_KEPT, Some(RESEND_RATIO_MAX));
    }
}
