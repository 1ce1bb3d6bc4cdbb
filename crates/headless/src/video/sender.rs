//! An outgoing stream of synthetic video, with its layers.

use std::time::{Duration, Instant};

use str0m::media::{Mid, Pt, Rid};
use str0m::rtp::RtpWrite;

use super::vp8::{Descriptor, PICTURE_IDS};
use super::{Layer, Video};
use crate::stamp::Stamp;

/// RTP ticks per second of video (RFC 7741 section 4.1).
const CLOCK: u64 = 90_000;
/// Chromium answers no more keyframe requests than one in that time.
const KEYFRAME_SPACING: Duration = Duration::from_millis(300);
/// A sender that was kept from running sends the frames it missed if they are not older than this.
const LATE: Duration = Duration::from_millis(100);
/// Temporal layer of each frame in turn, for 1, 2 and 3 layers; the layers of the later are sync points
/// when they follow layer 0 alone.
const PATTERNS: [&[u8]; 3] = [&[0], &[0, 1], &[0, 2, 1, 2]];

/// An outgoing stream of synthetic video. A keyframe request for any layer makes one on all, as in Chromium.
#[derive(Debug)]
pub(crate) struct VideoSender {
    pub(crate) mid: Mid,
    pub(crate) on: bool,
    frames_per_sec: u32,
    pattern: &'static [u8],
    /// When frame 0 was or will be sent; none before the connection is up.
    begun: Option<Instant>,
    /// Frames since then, sent or not.
    frame: u64,
    rtp_start: u32,
    keyframe_wanted: bool,
    last_keyframe: Option<Instant>,
    layers: Vec<LayerSender>,
}

#[derive(Debug)]
struct LayerSender {
    layer: Layer,
    rid: Option<Rid>,
    on: bool,
    /// Nothing has been sent since it was switched on.
    fresh: bool,
    index: u8,
    sequence: u64,
    picture_id: u16,
    tl0_pic_idx: u8,
    turn: usize,
    frames: u32,
    packets: u32,
}

/// A packet for the stream of that layer.
#[derive(Debug)]
pub(crate) struct LayerWrite {
    pub(crate) rid: Option<Rid>,
    pub(crate) write: RtpWrite,
}

impl VideoSender {
    pub(crate) fn new(mid: Mid, video: &Video, random: &mut fastrand::Rng) -> Self {
        let temporal = usize::from(video.temporal_layers.clamp(1, 3)) - 1;
        Self {
            mid,
            on: true,
            frames_per_sec: video.frames_per_sec.clamp(1, 120),
            pattern: PATTERNS.get(temporal).copied().unwrap_or(&[0]),
            begun: None,
            frame: 0,
            rtp_start: random.u32(..),
            keyframe_wanted: true,
            last_keyframe: None,
            layers: (0..)
                .zip(&video.layers)
                .map(|(index, layer)| LayerSender::new(index, layer.clone(), random))
                .collect(),
        }
    }

    pub(crate) fn start(&mut self, now: Instant) {
        self.begun.get_or_insert(now);
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        self.begun.map(|begun| begun + self.since_start(self.frame))
    }

    /// Packets sent so far, over all layers.
    pub(crate) fn sent(&self) -> u64 {
        self.layers
            .iter()
            .map(|layer| u64::from(layer.packets))
            .sum()
    }

    pub(crate) fn want_keyframe(&mut self) {
        self.keyframe_wanted = true;
    }

    /// Switches a layer on or off, as a browser does when bandwidth is short; whether there is one of that name.
    pub(crate) fn set_layer(&mut self, rid: &str, on: bool) -> bool {
        let layer = self
            .layers
            .iter_mut()
            .find(|layer| layer.layer.rid == Some(rid));
        layer.map(|layer| layer.switch(on)).is_some()
    }

    pub(crate) fn set_on(&mut self, on: bool) {
        self.on = on;
        self.keyframe_wanted |= on;
    }

    /// The packets of the frame that is due; call until nothing is due.
    pub(crate) fn next(
        &mut self,
        now: Instant,
        since_epoch: Duration,
        pt: Pt,
        random: &mut fastrand::Rng,
    ) -> Vec<LayerWrite> {
        while self.due().is_some_and(|due| due + LATE <= now) {
            self.frame += 1;
        }
        if self.due().is_none_or(|due| due > now) {
            return Vec::new();
        }
        let frame = self.frame;
        self.frame += 1;
        if !self.on {
            return Vec::new();
        }
        let spaced = self
            .last_keyframe
            .is_none_or(|last| last + KEYFRAME_SPACING <= now);
        let keyframe = self.keyframe_wanted && spaced;
        if keyframe {
            self.keyframe_wanted = false;
            self.last_keyframe = Some(now);
        }
        let shot = Shot {
            now,
            sent_micros: u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX),
            pt,
            rtp_time: self.rtp_start.wrapping_add(ticks(self.since_start(frame))),
            frames_per_sec: self.frames_per_sec,
            pattern: self.pattern,
        };
        let mut writes = Vec::new();
        for layer in self.layers.iter_mut().filter(|layer| layer.on) {
            layer.shoot(&shot, keyframe, random, &mut writes);
        }
        writes
    }

    fn since_start(&self, frame: u64) -> Duration {
        Duration::from_nanos(frame * 1_000_000_000 / u64::from(self.frames_per_sec))
    }
}

/// What the layers of one frame have in common.
struct Shot {
    now: Instant,
    sent_micros: u64,
    pt: Pt,
    rtp_time: u32,
    frames_per_sec: u32,
    pattern: &'static [u8],
}

impl LayerSender {
    fn new(index: u8, layer: Layer, random: &mut fastrand::Rng) -> Self {
        Self {
            rid: layer.rid.map(Rid::from),
            layer,
            on: true,
            fresh: true,
            index,
            // Below 2^15, so that a loss at the start cannot be mistaken for a wrap (RFC 3711 section 3.3.1).
            sequence: random.u64(1..0x8000),
            picture_id: random.u16(..PICTURE_IDS),
            tl0_pic_idx: random.u8(..),
            turn: 0,
            frames: 0,
            packets: 0,
        }
    }

    fn switch(&mut self, on: bool) {
        self.fresh |= on && !self.on;
        self.on = on;
    }

    fn shoot(
        &mut self,
        shot: &Shot,
        keyframe: bool,
        random: &mut fastrand::Rng,
        writes: &mut Vec<LayerWrite>,
    ) {
        let keyframe = keyframe || std::mem::take(&mut self.fresh);
        if keyframe {
            self.turn = 0;
        }
        let temporal = shot.pattern.get(self.turn).copied().unwrap_or(0);
        let base_before = self.turn == 0 || self.turn == 1 || temporal == 1;
        self.turn = (self.turn + 1) % shot.pattern.len();
        self.picture_id = (self.picture_id + 1) % PICTURE_IDS;
        if temporal == 0 {
            self.tl0_pic_idx = self.tl0_pic_idx.wrapping_add(1);
        }
        let sizes = self
            .layer
            .frames
            .next(shot.frames_per_sec, keyframe, temporal, random);
        let last = sizes.len() - 1;
        for (place, bytes) in sizes.into_iter().enumerate() {
            let descriptor = Descriptor {
                start: place == 0,
                keyframe: keyframe && place == 0,
                discardable: temporal > 0 && usize::from(temporal) == shot.pattern.len() / 2,
                picture_id: self.picture_id,
                tl0_pic_idx: self.tl0_pic_idx,
                temporal,
                sync: temporal > 0 && base_before,
            };
            let stamp = Stamp {
                layer: self.index,
                frame: self.frames,
                packet: self.packets,
                sent_micros: shot.sent_micros,
            };
            let payload = descriptor.payload(self.layer.size, stamp, bytes);
            let write = RtpWrite::new(
                shot.pt,
                self.sequence.into(),
                shot.rtp_time,
                shot.now,
                payload,
            )
            .marker(place == last)
            .nackable(true);
            self.sequence += 1;
            self.packets = self.packets.wrapping_add(1);
            writes.push(LayerWrite {
                rid: self.rid,
                write,
            });
        }
        self.frames = self.frames.wrapping_add(1);
    }
}

/// That time in RTP ticks; wraps as the wire's 32 bits do.
#[expect(clippy::cast_possible_truncation, reason = "RTP time wraps")]
fn ticks(since_start: Duration) -> u32 {
    (since_start.as_micros() * u128::from(CLOCK) / 1_000_000) as u32
}
