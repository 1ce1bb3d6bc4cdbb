//! What a publisher sends, and to whom it goes.

use std::time::{Duration, Instant};

use str0m::bwe::Bitrate;
use str0m::media::{KeyframeRequestKind, Mid, Rid};
use str0m::rtp::{RtpPacket, Ssrc};

use crate::codec::VideoFormat;
use crate::downlink::{Incoming, Stream};
use crate::keyframes::KeyframeRequests;
use crate::link::Extras;
use crate::negotiator::PublishedTrack;
use crate::numbering::Numbers;
use crate::rate::RateMeter;
use crate::sdp::{Kind, LAYERS_MAX};
use crate::settings::PublisherSettings;
use crate::slab::Key;
use crate::talk::TalkDetector;
use crate::vp8::Vp8;

/// SSRCs of one publisher that are remembered: its layers, and some that it had before.
const STREAMS_MAX: usize = 16;

/// A cap on the sender's rate is repeated in case it was lost.
const CAP_EVERY: Duration = Duration::from_secs(5);

/// A cap that found no stream to go out on is tried again: simulcast layers are known by their packets
/// only.
const CAP_AGAIN: Duration = Duration::from_millis(500);

/// A cap that is none, to lift one that was there.
const NO_CAP_BPS: u64 = 1_000_000_000;

/// How often it is looked which layers still run.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A connection that publishes.
pub(crate) struct Publisher {
    pub(crate) settings: PublisherSettings,
    pub(crate) audio: Option<Uplink>,
    pub(crate) video: Option<Uplink>,
    pub(crate) talk: TalkDetector,
    streams: Vec<Route>,
    cap_due: Option<Instant>,
    had_cap: bool,
    look_due: Option<Instant>,
}

/// One track of a publisher.
pub(crate) struct Uplink {
    mid: Mid,
    format: Option<VideoFormat>,
    rids: Vec<Rid>,
    layers: [Layer; LAYERS_MAX],
    pub(crate) keyframes: KeyframeRequests,
    /// Who gets it.
    pub(crate) downlinks: Vec<DownlinkRef>,
    /// Whether a packet of it has come.
    pub(crate) has_begun: bool,
}

/// A downlink, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DownlinkRef {
    pub(crate) subscriber: Key,
    pub(crate) index: usize,
}

#[derive(Debug, Default)]
struct Layer {
    ssrc: Option<Ssrc>,
    highest: u64,
    epoch: u32,
    meter: RateMeter,
    is_running: bool,
}

#[derive(Debug, Clone, Copy)]
struct Route {
    ssrc: Ssrc,
    to: Option<(Kind, usize)>,
}

/// What a packet changed about its layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The layer began, or began anew.
    pub(crate) began: bool,
}

impl Publisher {
    pub(crate) fn new(
        settings: PublisherSettings,
        audio: Option<Mid>,
        video: Option<PublishedTrack>,
    ) -> Self {
        Self {
            settings,
            audio: audio.map(|mid| Uplink::new(mid, None, Vec::new())),
            video: video.map(|track| Uplink::new(track.mid, Some(track.format), track.layers)),
            talk: TalkDetector::default(),
            streams: Vec::new(),
            cap_due: None,
            had_cap: false,
            look_due: None,
        }
    }

    pub(crate) fn uplink(&self, kind: Kind) -> Option<&Uplink> {
        match kind {
            Kind::Audio => self.audio.as_ref(),
            Kind::Video => self.video.as_ref(),
        }
    }

    pub(crate) fn uplink_mut(&mut self, kind: Kind) -> Option<&mut Uplink> {
        match kind {
            Kind::Audio => self.audio.as_mut(),
            Kind::Video => self.video.as_mut(),
        }
    }

    /// Whether packets of a kind are handed on.
    pub(crate) fn lets_through(&self, kind: Kind) -> bool {
        match kind {
            Kind::Audio => self.settings.audio && !self.settings.audio_censored,
            Kind::Video => self.settings.video,
        }
    }

    /// The track and layer of an SSRC: `None` if it is not known, `Some(None)` if it is of no use.
    pub(crate) fn route(&self, ssrc: Ssrc) -> Option<Option<(Kind, usize)>> {
        self.streams
            .iter()
            .find(|route| route.ssrc == ssrc)
            .map(|route| route.to)
    }

    /// Learns what an SSRC stands for.
    pub(crate) fn learn(
        &mut self,
        ssrc: Ssrc,
        named: Option<(Mid, Option<Rid>)>,
    ) -> Option<(Kind, usize)> {
        let (mid, rid) = named?;
        let to = [Kind::Audio, Kind::Video].into_iter().find_map(|kind| {
            let uplink = self.uplink(kind).filter(|uplink| uplink.mid == mid)?;
            Some((kind, uplink.layer_of(rid)?))
        });
        if self.streams.len() >= STREAMS_MAX {
            self.streams.remove(0);
        }
        self.streams.push(Route { ssrc, to });
        to
    }

    /// When [`Publisher::repeat_cap`], [`Publisher::look`] or another of its timers is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        let keyframes = self.video.as_ref().and_then(|video| video.keyframes.due());
        [keyframes, self.talk.due(), self.cap_due, self.look_due]
            .into_iter()
            .flatten()
            .min()
    }

    /// It is connected: its rate can be capped, its layers watched.
    pub(crate) fn start(&mut self, now: Instant) {
        self.recap(now);
        if self.video.as_ref().is_some_and(Uplink::has_layers) {
            self.look_due = Some(now + LOOK_EVERY);
        }
    }

    /// The cap changed.
    pub(crate) fn recap(&mut self, now: Instant) {
        self.had_cap |= self.settings.bitrate_bps > 0;
        self.cap_due = self.had_cap.then_some(now);
    }

    /// The cap that is to be told now, and on which stream.
    ///
    /// A browser takes it as the limit of the whole connection, so that it goes out on one stream and
    /// is not divided. It also goes by the letter: with simulcast it would starve the highest layer,
    /// whose own limit comes on top of those below, and so gets half as much again.
    pub(crate) fn repeat_cap(&mut self, now: Instant) -> Option<(Bitrate, Mid, Vec<Option<Rid>>)> {
        self.cap_due.filter(|due| *due <= now)?;
        self.cap_due = Some(now + CAP_EVERY);
        let uplink = self.video.as_ref().or(self.audio.as_ref())?;
        let cap = u64::from(self.settings.bitrate_bps);
        let cap = match (cap, uplink.has_layers()) {
            (0, _) => NO_CAP_BPS,
            (cap, false) => cap,
            (cap, true) => cap + cap / 2,
        };
        Some((Bitrate::bps(cap), uplink.mid, uplink.rids()))
    }

    /// The cap could not be told.
    pub(crate) fn cap_failed(&mut self, now: Instant) {
        self.cap_due = Some(now + CAP_AGAIN);
    }

    /// Looks which layers run; whether that has changed.
    pub(crate) fn look(&mut self, now: Instant) -> bool {
        if self.look_due.is_none_or(|due| now < due) {
            return false;
        }
        self.look_due = Some(now + LOOK_EVERY);
        let Some(video) = &mut self.video else {
            return false;
        };
        let mut changed = false;
        for layer in &mut video.layers {
            let is_running = layer.meter.is_running(now);
            changed |= layer.is_running != is_running;
            layer.is_running = is_running;
        }
        changed
    }
}

impl Uplink {
    fn new(mid: Mid, format: Option<VideoFormat>, rids: Vec<Rid>) -> Self {
        Self {
            mid,
            format,
            rids,
            layers: [Layer::default(), Layer::default(), Layer::default()],
            keyframes: KeyframeRequests::default(),
            downlinks: Vec::new(),
            has_begun: false,
        }
    }

    pub(crate) fn mid(&self) -> Mid {
        self.mid
    }

    pub(crate) fn format(&self) -> Option<VideoFormat> {
        self.format
    }

    /// Whether it is simulcast.
    pub(crate) fn has_layers(&self) -> bool {
        !self.rids.is_empty()
    }

    /// Its layers, running or not.
    pub(crate) fn count(&self) -> usize {
        self.rids.len().max(1)
    }

    pub(crate) fn rid(&self, layer: usize) -> Option<Rid> {
        self.rids.get(layer).copied()
    }

    /// Whether pictures of a layer come.
    pub(crate) fn is_active(&self, layer: usize, now: Instant) -> bool {
        let layer = self.layers.get(layer);
        layer.is_some_and(|layer| layer.meter.is_running(now))
    }

    /// Names of its streams.
    fn rids(&self) -> Vec<Option<Rid>> {
        match self.rids.as_slice() {
            [] => vec![None],
            rids => rids.iter().copied().map(Some).collect(),
        }
    }

    fn layer_of(&self, rid: Option<Rid>) -> Option<usize> {
        match rid {
            None => (!self.has_layers()).then_some(0),
            Some(rid) if self.has_layers() => self.rids.iter().position(|known| *known == rid),
            Some(_) => Some(0),
        }
    }

    /// Of each layer that runs, its rate in bit/s, once that is known.
    pub(crate) fn running(&self) -> [Option<Option<u64>>; LAYERS_MAX] {
        if !self.has_layers() {
            // There is no choice, and a picture a second is enough to be there.
            return [
                Some(self.layers.first().and_then(|layer| layer.meter.bps())),
                None,
                None,
            ];
        }
        self.layers
            .each_ref()
            .map(|layer| layer.is_running.then(|| layer.meter.bps()))
    }

    /// Takes note of a packet, and says what downlinks have to know of it.
    pub(crate) fn take<'a>(
        &mut self,
        index: usize,
        packet: &'a RtpPacket,
        now: Instant,
    ) -> Option<(Incoming<'a>, Changes)> {
        let layer = self.layers.get_mut(index)?;
        let ssrc = packet.header.ssrc;
        let mut changes = Changes::default();
        if layer.ssrc != Some(ssrc) {
            layer.ssrc = Some(ssrc);
            layer.epoch = layer.epoch.wrapping_add(1);
            layer.highest = 0;
            changes.began = true;
        }
        if !layer.is_running {
            layer.is_running = true;
            changes.began = true;
        }
        layer
            .meter
            .count(packet.payload.len(), packet.header.marker, now);
        let format = self.format;
        let sequence = *packet.seq_no;
        // Of a key frame whose beginning comes late, what follows it has gone by already.
        let is_newest = sequence > layer.highest;
        layer.highest = layer.highest.max(sequence);
        let starts_keyframe =
            is_newest && format.is_some_and(|format| format.starts_keyframe(&packet.payload));
        if starts_keyframe {
            self.keyframes.satisfy(index);
        }
        let extensions = &packet.header.ext_vals;
        let incoming = Incoming {
            stream: Stream {
                layer: index,
                epoch: layer.epoch,
            },
            numbers: Numbers {
                sequence,
                time: packet.header.timestamp,
            },
            marker: packet.header.marker,
            arrival: packet.timestamp,
            starts_keyframe,
            vp8: format
                .filter(VideoFormat::is_vp8)
                .and_then(|_| Vp8::parse(&packet.payload)),
            extras: Extras {
                level_dbov: extensions.audio_level,
                voice: extensions.voice_activity,
                orientation: extensions.video_orientation,
            },
            payload: &packet.payload,
        };
        Some((incoming, changes))
    }
}

/// Asks the publisher for a key frame of one layer.
pub(crate) fn ask_for_keyframe(rtc: &mut str0m::Rtc, mid: Mid, rid: Option<Rid>) {
    if let Some(stream) = rtc.direct_api().stream_rx_by_mid(mid, rid) {
        stream.request_keyframe(KeyframeRequestKind::Pli);
    }
}

/// Tells the publisher how much it may send, on the first stream that exists; whether there is one.
pub(crate) fn tell_cap(rtc: &mut str0m::Rtc, cap: Bitrate, mid: Mid, rids: &[Option<Rid>]) -> bool {
    let mut api = rtc.direct_api();
    for rid in rids {
        if let Some(stream) = api.stream_rx_by_mid(mid, *rid) {
            stream.request_remb(cap);
            return true;
        }
    }
    false
}
