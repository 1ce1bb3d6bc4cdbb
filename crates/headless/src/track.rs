//! What has arrived on one track.

use std::time::{Duration, Instant};

use crate::delays::Delays;
use crate::output::Kind;
use crate::stamp::Stamp;
use crate::video::decoder::Decoder;
use crate::video::vp8::Descriptor;

/// Sequence numbers looked back on to tell a duplicate; str0m looks back less far.
const REMEMBERED: usize = 4096;
/// Layers told apart in a report; a browser sends three at most.
const LAYERS: usize = 4;

/// What has arrived on one track.
#[derive(Debug, Clone)]
pub struct TrackReport {
    /// Identification of the media line.
    pub mid: String,
    /// Name of the layer, if the sender told one.
    pub rid: Option<String>,
    /// What it carries.
    pub kind: Kind,
    /// Packets with media, each counted once.
    pub packets: u64,
    /// Bytes of RTP payload in them.
    pub bytes: u64,
    /// Packets without payload.
    pub padding: u64,
    /// The highest sequence number, continued over its wraps.
    pub highest: u64,
    /// Numbers between the first and the highest that have not arrived (yet).
    pub missing: u64,
    /// Packets that came again.
    pub duplicates: u64,
    /// Packets that came behind one with a higher number; resends are among them.
    pub late: u64,
    /// When the first packet came.
    pub first_packet: Option<Instant>,
    /// When the last one came.
    pub last_packet: Option<Instant>,
    /// From sending to arrival, of packets with a stamp.
    pub delays: Delays,
    /// Packets of each layer, by their stamps.
    pub layer_packets: [u64; LAYERS],
    /// The layer of the last packet.
    pub layer: Option<u8>,
    /// How often the layer changed.
    pub layer_changes: u64,
    /// What a decoder makes of it; says nothing for audio.
    pub video: VideoReport,
}

/// What a strict decoder makes of a track.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VideoReport {
    /// There is a picture, and nothing is missing that would be needed to go on.
    pub decodable: bool,
    /// Frames that were shown.
    pub frames_decoded: u64,
    /// Keyframes among them.
    pub keyframes_decoded: u64,
    /// Keyframes of which the first packet came.
    pub keyframes_begun: u64,
    /// How often the picture was lost.
    pub freezes: u64,
    /// Frames that came whole but did not follow the one before by picture id and TL0PICIDX.
    pub broken_frames: u64,
    /// Keyframes, shown, whose ids did not follow the frame before.
    pub keyframe_id_jumps: u64,
    /// Frames whose RTP time was not after the frame before.
    pub time_went_back: u64,
    /// Payloads that are no VP8.
    pub malformed: u64,
    /// Keyframe requests sent.
    pub keyframes_asked: u64,
    /// When the first frame was shown.
    pub first_decoded: Option<Instant>,
    /// When the last one was.
    pub last_decoded: Option<Instant>,
}

/// A track with what is needed to judge it.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) report: TrackReport,
    decoder: Decoder,
    first: u64,
    /// Ring of the last sequence numbers; each stands at its remainder, plus one, so that zero is none.
    seen: Vec<u64>,
}

/// One packet as it arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) now: Instant,
    pub(crate) since_epoch: Duration,
    pub(crate) sequence: u64,
    pub(crate) rtp_time: u64,
    pub(crate) marker: bool,
    pub(crate) payload: &'a [u8],
}

impl Track {
    pub(crate) fn new(mid: String, rid: Option<String>, kind: Kind) -> Self {
        Self {
            report: TrackReport {
                mid,
                rid,
                kind,
                packets: 0,
                bytes: 0,
                padding: 0,
                highest: 0,
                missing: 0,
                duplicates: 0,
                late: 0,
                first_packet: None,
                last_packet: None,
                delays: Delays::default(),
                layer_packets: [0; LAYERS],
                layer: None,
                layer_changes: 0,
                video: VideoReport::default(),
            },
            decoder: Decoder::default(),
            first: 0,
            seen: vec![0; REMEMBERED],
        }
    }

    pub(crate) fn take(&mut self, arrival: Arrival<'_>) {
        if !self.number(arrival.sequence) {
            return;
        }
        let report = &mut self.report;
        report.last_packet = Some(arrival.now);
        if arrival.payload.is_empty() {
            report.padding += 1;
        } else {
            report.first_packet.get_or_insert(arrival.now);
            report.packets += 1;
            report.bytes += u64::try_from(arrival.payload.len()).unwrap_or(0);
        }
        if report.kind == Kind::Video {
            if let Some((_, Some(stamp))) = Descriptor::parse(arrival.payload) {
                report.stamped(stamp, arrival.since_epoch);
            }
            self.decoder.take(
                arrival.now,
                arrival.sequence,
                arrival.marker,
                arrival.rtp_time,
                arrival.payload,
                &mut report.video,
            );
        }
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        self.decoder.due()
    }

    /// Lets time pass; whether a keyframe should be asked for.
    pub(crate) fn pass(&mut self, now: Instant) -> bool {
        self.report.kind == Kind::Video && self.decoder.pass(now, &mut self.report.video)
    }

    /// Notes a sequence number; whether it is new.
    fn number(&mut self, sequence: u64) -> bool {
        let report = &mut self.report;
        let place = usize::try_from(sequence).unwrap_or(0) % REMEMBERED;
        if let Some(seen) = self.seen.get_mut(place) {
            if *seen == sequence + 1 {
                report.duplicates += 1;
                return false;
            }
            *seen = sequence + 1;
        }
        if report.last_packet.is_none() {
            self.first = sequence;
            report.highest = sequence;
        } else if sequence > report.highest {
            report.missing += sequence - report.highest - 1;
            report.highest = sequence;
        } else {
            report.late += 1;
            if sequence >= self.first {
                report.missing = report.missing.saturating_sub(1);
            }
        }
        true
    }
}

impl TrackReport {
    fn stamped(&mut self, stamp: Stamp, since_epoch: Duration) {
        let arrived = u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX);
        self.delays.add(arrived.saturating_sub(stamp.sent_micros));
        if let Some(count) = self.layer_packets.get_mut(usize::from(stamp.layer)) {
            *count += 1;
        }
        if self
            .layer
            .replace(stamp.layer)
            .is_some_and(|layer| layer != stamp.layer)
        {
            self.layer_changes += 1;
        }
    }
}
