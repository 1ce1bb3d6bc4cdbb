//! How a mixer sounds and what it may hold.

/// Most legs in one mix. Rooms hold 50 people; there is room for each to reconnect while its old
/// leg still stands, and for tests of larger rooms.
pub const LEGS_PER_MIX_MAX: usize = 200;

/// Most legs that are mixed at once: the loudest. Of more than some six voices at once nobody
/// understands a word, while each costs an encode and a decode and adds the noise of its room; other
/// conference mixers take 3 to 8.
pub const SPEAKERS_MAX: usize = 6;

/// Most legs in one mixer. A leg costs a few hundred bytes until it talks; more than this a core
/// could not even send to.
pub const LEGS_MAX: usize = 4_000;

/// Most packets held for one leg: 640 ms of 10 ms packets, over five times the longest delay that
/// is played; the oldest give way.
pub const PACKETS_PER_LEG_MAX: usize = 64;

/// Longest Opus packet that is looked at, in bytes: what fits into a datagram.
pub const PACKET_MAX_BYTES: usize = 1_500;

/// How mixed audio is encoded and when somebody counts as talking.
///
/// A value outside its range is taken as the nearest in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixerSettings {
    /// Of each mixed stream, in bit/s: 16 000 to 128 000.
    pub bitrate_bps: u32,
    /// Effort of the encoder: 0 to 10.
    pub complexity: u8,
    /// Loss that the encoder makes ready for, in percent: 0 to 50. Above 5 libopus leaves the codec
    /// for music (CELT), which has no forward error correction, for the one for speech (SILK), which has;
    /// an encode then costs about three times as much.
    pub expected_loss_percent: u8,
    /// Whether somebody talks: the average level of the last 200 ms in -dBov is at most this
    /// (`audio_level_average` in Janus).
    pub talking_level: u8,
    /// A packet of a level quieter than this, in -dBov, is not decoded, and nobody misses it.
    pub gate_level: u8,
}

impl Default for MixerSettings {
    fn default() -> Self {
        Self {
            bitrate_bps: 48_000,
            complexity: 5,
            expected_loss_percent: 5,
            talking_level: 60,
            gate_level: 70,
        }
    }
}

impl MixerSettings {
    /// With every value in its range.
    pub(crate) fn clamped(self) -> Self {
        Self {
            bitrate_bps: self.bitrate_bps.clamp(16_000, 128_000),
            complexity: self.complexity.min(10),
            expected_loss_percent: self.expected_loss_percent.min(50),
            talking_level: self.talking_level.min(126),
            gate_level: self.gate_level.min(126),
        }
    }
}

/// Why a leg was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddLegError {
    /// There is a leg of that id.
    #[error("the leg is in a mix already")]
    Exists,
    /// The mix has [`LEGS_PER_MIX_MAX`] legs.
    #[error("the mix is full")]
    MixFull,
    /// The mixer has [`LEGS_MAX`] legs.
    #[error("the mixer is full")]
    MixerFull,
}
