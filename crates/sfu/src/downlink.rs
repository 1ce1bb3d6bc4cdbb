//! One outgoing track of a subscriber: decides for each packet whether it goes out, and as what.

use std::sync::Arc;
use std::time::Instant;

use crate::codec::VideoFormat;
use crate::link::{Extras, Write};
use crate::negotiator::Line;
use crate::numbering::{Numbering, Numbers};
use crate::sdp::Kind;
use crate::settings::PeerId;
use crate::slab::Key;
use crate::vp8::{PictureNumbering, Vp8};

const AUDIO_CLOCK: u32 = 48_000;
const VIDEO_CLOCK: u32 = 90_000;

/// A publisher's packet, as all downlinks see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incoming<'a> {
    pub(crate) stream: Stream,
    pub(crate) numbers: Numbers,
    pub(crate) marker: bool,
    pub(crate) arrival: Instant,
    pub(crate) starts_keyframe: bool,
    pub(crate) vp8: Option<Vp8>,
    pub(crate) extras: Extras,
    pub(crate) payload: &'a Arc<[u8]>,
}

/// What a packet belongs to. A layer that begins anew under another SSRC is another stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) layer: usize,
    pub(crate) epoch: u32,
}

/// Where a track is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) key: Key,
    pub(crate) publisher: PeerId,
}

/// One outgoing track.
#[derive(Debug)]
pub(crate) struct Downlink {
    pub(crate) line: Line,
    pub(crate) source: Option<Source>,
    pub(crate) flow: Flow,
    /// Whether a packet has gone out on it.
    pub(crate) has_begun: bool,
}

#[derive(Debug)]
pub(crate) enum Flow {
    Audio(AudioFlow),
    Video(Box<VideoFlow>),
}

impl Downlink {
    pub(crate) fn audio(line: Line, source: Option<Source>) -> Self {
        Self {
            line,
            source,
            flow: Flow::Audio(AudioFlow::new()),
            has_begun: false,
        }
    }

    pub(crate) fn video(line: Line, format: VideoFormat, source: Option<Source>) -> Self {
        Self {
            line,
            source,
            flow: Flow::Video(Box::new(VideoFlow::new(format))),
            has_begun: false,
        }
    }

    pub(crate) const fn kind(&self) -> Kind {
        match &self.flow {
            Flow::Audio(_) => Kind::Audio,
            Flow::Video(_) => Kind::Video,
        }
    }

    pub(crate) fn video_flow(&self) -> Option<&VideoFlow> {
        match &self.flow {
            Flow::Video(video) => Some(video),
            Flow::Audio(_) => None,
        }
    }

    pub(crate) fn video_flow_mut(&mut self) -> Option<&mut VideoFlow> {
        match &mut self.flow {
            Flow::Video(video) => Some(video),
            Flow::Audio(_) => None,
        }
    }

    /// What comes next is of another publisher.
    pub(crate) fn set_source(&mut self, source: Option<Source>) {
        self.source = source;
        self.interrupt();
    }

    /// What comes next does not follow on what came.
    pub(crate) fn interrupt(&mut self) {
        match &mut self.flow {
            Flow::Audio(audio) => audio.interrupt(),
            Flow::Video(video) => video.interrupt(),
        }
    }

    /// Decides on a packet of its source; what to write, if it goes out.
    pub(crate) fn forward(&mut self, packet: &Incoming<'_>) -> Option<Write> {
        let (numbers, patch, is_nackable) = match &mut self.flow {
            Flow::Audio(audio) => (audio.forward(packet)?, None, false),
            Flow::Video(video) => {
                let numbers = video.forward(packet)?;
                let patch = packet.vp8.and_then(|vp8| video.pictures.patch(&vp8));
                (numbers, patch, true)
            }
        };
        Some(Write {
            ssrc: self.line.ssrc,
            payload_type: self.line.payload_type,
            sequence: numbers.sequence,
            time: numbers.time,
            arrival: packet.arrival,
            marker: packet.marker,
            is_nackable,
            extras: packet.extras,
            patch,
            payload: Arc::clone(packet.payload),
        })
    }
}

/// Audio of one publisher after the other.
#[derive(Debug)]
pub(crate) struct AudioFlow {
    is_on: bool,
    current: Option<Stream>,
    numbering: Numbering,
}

impl AudioFlow {
    const fn new() -> Self {
        Self {
            is_on: true,
            current: None,
            numbering: Numbering::new(AUDIO_CLOCK),
        }
    }

    pub(crate) fn set_on(&mut self, is_on: bool) {
        if self.is_on != is_on {
            self.is_on = is_on;
            self.interrupt();
        }
    }

    /// What comes next does not follow on what came.
    pub(crate) fn interrupt(&mut self) {
        self.current = None;
        self.numbering.interrupt();
    }

    fn forward(&mut self, packet: &Incoming<'_>) -> Option<Numbers> {
        if !self.is_on {
            return None;
        }
        if self.current != Some(packet.stream) {
            self.current = Some(packet.stream);
            self.numbering.interrupt();
        }
        self.numbering.number(packet.numbers, packet.arrival)
    }
}

/// Video of one layer after the other, each beginning at a key frame.
#[derive(Debug)]
pub(crate) struct VideoFlow {
    pub(crate) format: VideoFormat,
    wanted: Option<usize>,
    current: Option<Stream>,
    temporal_max: u8,
    /// Temporal layers that are let through now; follows `temporal_max` where the coding allows.
    temporal: u8,
    numbering: Numbering,
    pictures: PictureNumbering,
}

impl VideoFlow {
    fn new(format: VideoFormat) -> Self {
        Self {
            format,
            wanted: None,
            current: None,
            temporal_max: u8::MAX,
            temporal: u8::MAX,
            numbering: Numbering::new(VIDEO_CLOCK),
            pictures: PictureNumbering::default(),
        }
    }

    /// The layer that is to be shown; `None` for none.
    pub(crate) fn wanted(&self) -> Option<usize> {
        self.wanted
    }

    /// The layer that is shown.
    pub(crate) fn shown(&self) -> Option<usize> {
        self.current.map(|stream| stream.layer)
    }

    /// The layer that it waits for a key frame of.
    pub(crate) fn awaited(&self) -> Option<usize> {
        self.wanted.filter(|wanted| self.shown() != Some(*wanted))
    }

    /// Shows another layer from its next key frame on, or none from now on.
    pub(crate) fn want(&mut self, layer: Option<usize>) {
        self.wanted = layer;
        if layer.is_none() {
            self.interrupt();
        }
    }

    pub(crate) fn set_temporal_max(&mut self, max: u8) {
        self.temporal_max = max;
        self.temporal = self.temporal.min(max);
    }

    /// What comes next does not follow on what came.
    pub(crate) fn interrupt(&mut self) {
        self.current = None;
        self.numbering.interrupt();
        self.pictures.interrupt();
    }

    fn forward(&mut self, packet: &Incoming<'_>) -> Option<Numbers> {
        if self.current != Some(packet.stream) {
            if self.wanted != Some(packet.stream.layer) || !packet.starts_keyframe {
                return None;
            }
            self.interrupt();
            self.current = Some(packet.stream);
        }
        if let Some(vp8) = packet.vp8 {
            let may_rise = packet.starts_keyframe || (vp8.is_sync && vp8.temporal > self.temporal);
            if may_rise {
                self.temporal = self.temporal_max;
            }
            if vp8.temporal > self.temporal {
                self.numbering.leave_out(packet.numbers.sequence);
                self.pictures.leave_out(&vp8);
                return None;
            }
        }
        self.numbering.number(packet.numbers, packet.arrival)
    }
}

#[cfg(test)]
mod tests;
