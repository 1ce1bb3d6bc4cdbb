//! Which layers a subscriber is shown, by what its path is estimated to carry.
//!
//! Down at once, or the picture freezes; up only with room to spare, or it goes to and fro. An
//! estimate hardly grows beyond what is sent, so that to go up, the path is probed now and then with
//! as much as the next layer would need.

use std::time::{Duration, Instant};

use crate::sdp::LAYERS_MAX;

/// What a layer that was not measured yet is taken to need, in bit/s.
const ASSUMED_BPS: [u64; LAYERS_MAX] = [120_000, 350_000, 900_000];

/// What one audio track needs, in bit/s with headers.
const AUDIO_BPS: u64 = 50_000;

/// Headers and resends on top of the payload, in per cent.
const OVERHEAD_PERCENT: u64 = 8;

/// Room to spare before a layer is taken up, in per cent of what is needed with it.
const MARGIN_PERCENT: u64 = 12;

/// An estimate below this part of what is sent is acted on at once, in per cent.
const SHORT_PERCENT: u64 = 85;

/// One below this part is acted on when it lasts.
const TIGHT_PERCENT: u64 = 97;
const TIGHT_LASTS: Duration = Duration::from_millis(500);

/// The lowest layers are given up only when the path has not carried them for so long: a picture that
/// stutters is better than none.
const DARK_AFTER: Duration = Duration::from_millis(1_500);

/// After a step down there is none up for so long.
const REST: Duration = Duration::from_secs(2);

/// A probe lasts so long at most; after one in vain the next is later, up to the last.
const PROBE: Duration = Duration::from_secs(5);
const PROBE_PAUSE_MIN: Duration = Duration::from_secs(3);
const PROBE_PAUSE_MAX: Duration = Duration::from_secs(24);

/// How often a decision is made when nothing happens.
pub(crate) const DECIDE_EVERY: Duration = Duration::from_millis(250);

/// One video track, as the decision sees it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Track {
    /// Of each layer that runs, what it carries in bit/s, once that is known.
    pub(crate) layers: [Option<Option<u64>>; LAYERS_MAX],
    /// The highest layer that is allowed; `None` if the track is off.
    pub(crate) cap: Option<usize>,
    /// What is shown now, and then what is decided.
    pub(crate) layer: Option<usize>,
}

/// What the estimator is to aim at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aim {
    /// To be sent at least, filled up with padding, in bit/s.
    pub(crate) minimum_bps: u64,
    /// What could be used, in bit/s.
    pub(crate) desired_bps: u64,
}

/// Decides for one subscriber.
#[derive(Debug)]
pub(crate) struct Allocation {
    estimate_bps: u64,
    is_measured: bool,
    tight_since: Option<Instant>,
    dark_since: Option<Instant>,
    rests_until: Option<Instant>,
    probe: Probe,
    pause: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Probe {
    /// Not before then.
    Waiting(Option<Instant>),
    /// Until then.
    Running(Instant),
}

impl Track {
    fn bps(&self, layer: usize) -> u64 {
        let measured = self.layers.get(layer).copied().flatten().flatten();
        let assumed = ASSUMED_BPS.get(layer).copied().unwrap_or_default();
        let payload = measured.unwrap_or(assumed);
        payload + payload * OVERHEAD_PERCENT / 100
    }

    fn needs(&self) -> u64 {
        self.layer.map_or(0, |layer| self.bps(layer))
    }

    fn allowed(&self) -> impl DoubleEndedIterator<Item = usize> {
        let count = self.cap.map_or(0, |cap| cap + 1);
        self.layers
            .iter()
            .enumerate()
            .take(count)
            .filter_map(|(layer, runs)| runs.map(|_| layer))
    }

    /// The highest layer there is; while nothing runs yet, the lowest is waited for.
    pub(crate) fn best(&self) -> Option<usize> {
        self.cap?;
        Some(self.allowed().next_back().unwrap_or_default())
    }

    /// Whether there is a better layer that may be shown.
    pub(crate) fn is_reduced(&self) -> bool {
        let runs = self.layers.iter().any(Option::is_some);
        runs && self.cap.is_some() && self.layer < self.best()
    }

    /// The next layer up.
    fn above(&self) -> Option<usize> {
        self.allowed()
            .find(|layer| self.layer.is_none_or(|shown| *layer > shown))
    }

    /// The next layer down.
    fn below(&self) -> Option<usize> {
        let shown = self.layer?;
        self.allowed().rev().find(|layer| *layer < shown)
    }

    /// Keeps to what runs and is allowed. While nothing runs yet, the lowest is waited for.
    fn clip(&mut self) {
        let Some(cap) = self.cap else {
            self.layer = None;
            return;
        };
        if self.allowed().next().is_none() {
            self.layer = Some(self.layer.unwrap_or_default().min(cap));
        } else if let Some(shown) = self.layer
            && !self.allowed().any(|layer| layer == shown)
        {
            self.layer = self.below().or_else(|| self.allowed().next());
        }
    }
}

impl Allocation {
    pub(crate) fn new(estimate_bps: u64) -> Self {
        Self {
            estimate_bps,
            is_measured: false,
            tight_since: None,
            dark_since: None,
            rests_until: None,
            probe: Probe::Waiting(None),
            pause: PROBE_PAUSE_MIN,
        }
    }

    pub(crate) fn set_estimate(&mut self, bps: u64) {
        self.estimate_bps = bps;
        self.is_measured = true;
    }

    /// What the path was last measured to carry, in bit/s.
    pub(crate) fn measured_bps(&self) -> Option<u64> {
        self.is_measured.then_some(self.estimate_bps)
    }

    /// Decides the layer of each track.
    pub(crate) fn decide(&mut self, now: Instant, audios: usize, tracks: &mut [Track]) -> Aim {
        let audio = AUDIO_BPS * u64::try_from(audios).unwrap_or_default();
        for track in &mut *tracks {
            track.clip();
        }
        if self.is_short(now, audio + total(tracks)) {
            self.descend(now, audio, tracks);
        } else if self.dark_since.take().is_none()
            && self.rests_until.is_none_or(|until| now >= until)
        {
            self.climb(audio, tracks);
        }
        let next = audio + total(tracks) + next_step(tracks).map_or(0, |(_, more)| more);
        let can_climb = next_step(tracks).is_some();
        Aim {
            minimum_bps: if self.probes(now, can_climb) {
                with_margin(next) + next / 10
            } else {
                0
            },
            desired_bps: with_margin(audio + most(tracks)) + 100_000,
        }
    }

    /// Whether the path carries less than is sent.
    fn is_short(&mut self, now: Instant, sent: u64) -> bool {
        if self.estimate_bps * 100 < sent * SHORT_PERCENT {
            return true;
        }
        if self.estimate_bps * 100 >= sent * TIGHT_PERCENT {
            self.tight_since = None;
            return false;
        }
        let since = *self.tight_since.get_or_insert(now);
        now.saturating_duration_since(since) >= TIGHT_LASTS
    }

    fn descend(&mut self, now: Instant, audio: u64, tracks: &mut [Track]) {
        let estimate_bps = self.estimate_bps;
        let is_over = |tracks: &[Track]| audio + total(tracks) > estimate_bps;
        while is_over(tracks) {
            // The largest gives way first.
            let largest = tracks
                .iter_mut()
                .filter(|track| track.below().is_some())
                .max_by_key(|track| track.needs());
            let Some(track) = largest else {
                break;
            };
            track.layer = track.below();
        }
        if is_over(tracks) {
            let since = *self.dark_since.get_or_insert(now);
            let is_dark = now.saturating_duration_since(since) >= DARK_AFTER;
            while is_dark && is_over(tracks) {
                let mut shown = tracks.iter_mut().rev();
                let Some(track) = shown.find(|track| track.layer.is_some()) else {
                    break;
                };
                track.layer = None;
            }
        }
        self.tight_since = None;
        self.rests_until = Some(now + REST);
        self.probe = Probe::Waiting(Some(now + self.pause));
    }

    fn climb(&mut self, audio: u64, tracks: &mut [Track]) {
        while let Some((index, more)) = next_step(tracks) {
            if with_margin(audio + total(tracks) + more) > self.estimate_bps {
                return;
            }
            if let Some(track) = tracks.get_mut(index) {
                track.layer = track.above();
            }
            self.probe = Probe::Waiting(None);
            self.pause = PROBE_PAUSE_MIN;
        }
    }

    fn probes(&mut self, now: Instant, can_climb: bool) -> bool {
        if !can_climb {
            self.probe = Probe::Waiting(None);
            return false;
        }
        match self.probe {
            Probe::Waiting(None) => {
                self.probe = Probe::Waiting(Some(now + self.pause));
                false
            }
            Probe::Waiting(Some(from)) if now >= from => {
                self.probe = Probe::Running(now + PROBE);
                true
            }
            Probe::Waiting(Some(_)) => false,
            Probe::Running(until) if now >= until => {
                self.pause = (self.pause * 2).min(PROBE_PAUSE_MAX);
                self.probe = Probe::Waiting(Some(now + self.pause));
                false
            }
            Probe::Running(_) => true,
        }
    }
}

fn with_margin(bps: u64) -> u64 {
    bps + bps * MARGIN_PERCENT / 100
}

fn total(tracks: &[Track]) -> u64 {
    tracks.iter().map(Track::needs).sum()
}

/// What all tracks would need at their best.
fn most(tracks: &[Track]) -> u64 {
    tracks
        .iter()
        .filter_map(|track| Some(track.bps(track.allowed().next_back()?)))
        .sum()
}

/// The track that rises next and what it needs more: dark ones first, then the lowest.
fn next_step(tracks: &[Track]) -> Option<(usize, u64)> {
    tracks
        .iter()
        .enumerate()
        .filter_map(|(index, track)| {
            let above = track.above()?;
            let more = track.bps(above).saturating_sub(track.needs());
            Some((track.layer, index, more))
        })
        .min()
        .map(|(_, index, more)| (index, more))
}

#[cfg(test)]
mod tests;
