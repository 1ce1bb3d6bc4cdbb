//! Sending audio: Opus packets that the caller has encoded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::media::{Mid, Pt};
use str0m::rtp::{ExtensionValues, RtpWrite};

/// What an Opus packet lasts, as browsers send it.
pub const OPUS_FRAME: Duration = Duration::from_millis(20);
/// RTP ticks of one packet at Opus's clock of 48 kHz (RFC 7587 section 4.1).
const TICKS_PER_FRAME: u32 = 960;
/// A sender that was kept from running sends what it missed if it is not older than this.
const LATE: Duration = Duration::from_millis(100);

/// Sound to send.
#[derive(Debug, Clone)]
pub struct Audio {
    /// Opus packets of 20 ms, sent in turn for ever; the caller has encoded them.
    pub packets: Arc<[Arc<[u8]>]>,
    /// Level told in the header, in decibels under full scale: 0 is the loudest, 127 silence.
    pub level: u8,
    /// Whether sound is sent from the start.
    pub on: bool,
}

/// An outgoing stream of audio.
#[derive(Debug)]
pub(crate) struct AudioSender {
    pub(crate) mid: Mid,
    pub(crate) audio: Audio,
    /// When the next packet is due; none before the connection is up.
    due: Option<Instant>,
    sequence: u64,
    rtp_time: u32,
    turn: usize,
    /// The next packet follows silence.
    spurt: bool,
    pub(crate) sent: u64,
}

impl AudioSender {
    pub(crate) fn new(mid: Mid, audio: Audio, random: &mut fastrand::Rng) -> Self {
        Self {
            mid,
            audio,
            due: None,
            sequence: random.u64(1..0x8000),
            rtp_time: random.u32(..),
            turn: 0,
            spurt: true,
            sent: 0,
        }
    }

    pub(crate) fn start(&mut self, now: Instant) {
        self.due.get_or_insert(now);
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The next packet, if one is due and sound is on. A lateness of up to [`LATE`] is made up for.
    pub(crate) fn next(&mut self, now: Instant, pt: Pt) -> Option<RtpWrite> {
        let mut due = self.due.filter(|due| *due <= now)?;
        while due + LATE <= now {
            due += OPUS_FRAME;
            self.rtp_time = self.rtp_time.wrapping_add(TICKS_PER_FRAME);
        }
        self.due = Some(due + OPUS_FRAME);
        let rtp_time = self.rtp_time;
        self.rtp_time = rtp_time.wrapping_add(TICKS_PER_FRAME);
        if !self.audio.on {
            self.spurt = true;
            return None;
        }
        let payload = self.audio.packets.get(self.turn)?.clone();
        self.turn = (self.turn + 1) % self.audio.packets.len();
        let sequence = self.sequence;
        self.sequence += 1;
        self.sent += 1;
        let levels = ExtensionValues {
            audio_level: Some(-i8::try_from(self.audio.level).unwrap_or(i8::MAX)),
            voice_activity: Some(self.audio.level < 60),
            ..ExtensionValues::default()
        };
        Some(
            RtpWrite::new(pt, sequence.into(), rtp_time, now, payload)
                .marker(std::mem::take(&mut self.spurt))
                .ext_vals(levels),
        )
    }
}
