//! Packets of one leg, put in order and told apart from what came twice, too late or from another
//! time.

use std::collections::VecDeque;

use crate::delay::DelayEstimate;
use crate::{AudioPacket, Counters, PACKETS_PER_LEG_MAX};

/// A step ahead in sequence numbers that is no longer loss (RFC 3550, A.1).
const STEP_AHEAD_MAX: i64 = 3_000;

/// A step back that is no longer reordering (RFC 3550, A.1).
const STEP_BACK_MAX: i64 = 100;

/// A transit that is off by more than 2 s belongs to another clock: the sender began anew.
const TRANSIT_STEP_MAX: i64 = 96_000;

/// A packet that waits to be played.
#[derive(Debug)]
pub(crate) struct Held {
    /// The sequence number, never wrapping.
    pub(crate) sequence: i64,
    /// The timestamp of its first sample, never wrapping.
    pub(crate) time: i64,
    /// How long it sounds, in samples.
    pub(crate) samples: i64,
    /// How loud it says that it is, in -dBov.
    pub(crate) level: Option<u8>,
    /// The Opus packet.
    pub(crate) payload: Box<[u8]>,
}

impl Held {
    /// Whether it says that nothing more comes for now: a packet without content (RFC 6716, 2.1.9).
    pub(crate) fn pauses(&self) -> bool {
        pauses(&self.payload)
    }
}

/// Whether an Opus packet is one of discontinuous transmission.
pub(crate) fn pauses(payload: &[u8]) -> bool {
    payload.len() <= 2
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It waits to be played; its time is this.
    Kept(i64),
    /// The same, and it begins a timeline of its own: what was before is gone.
    Restarted(i64),
    /// It is not needed.
    Dropped,
}

#[derive(Debug)]
struct Newest {
    sequence: u16,
    rtp_time: u32,
    extended: i64,
    time: i64,
}

/// The packets of one leg.
#[derive(Debug, Default)]
pub(crate) struct JitterBuffer {
    packets: VecDeque<Held>,
    newest: Option<Newest>,
    delay: Option<DelayEstimate>,
    /// The sequence number up to which everything was played or given up.
    played: Option<i64>,
    /// What would follow a packet that was out of place: the second in a row is believed.
    suspect: Option<u16>,
}

impl JitterBuffer {
    /// Takes in a packet of `samples` that came at `now`.
    pub(crate) fn insert(
        &mut self,
        now: i64,
        packet: &AudioPacket<'_>,
        samples: i64,
        counters: &mut Counters,
    ) -> Arrival {
        let Some((sequence, time)) = self.place(packet) else {
            if self.suspect == Some(packet.sequence) {
                return self.restart(now, packet, samples);
            }
            self.suspect = Some(packet.sequence.wrapping_add(1));
            counters.late += 1;
            return Arrival::Dropped;
        };
        self.suspect = None;
        let transit = now - time;
        let Some(delay) = &mut self.delay else {
            return self.restart(now, packet, samples);
        };
        if delay.oddness(transit) > TRANSIT_STEP_MAX {
            return self.restart(now, packet, samples);
        }
        delay.arrived(now, transit);
        if self
            .newest
            .as_ref()
            .is_none_or(|newest| sequence > newest.extended)
        {
            self.newest = Some(Newest {
                sequence: packet.sequence,
                rtp_time: packet.rtp_time,
                extended: sequence,
                time,
            });
        }
        if self.played.is_some_and(|played| sequence <= played) {
            counters.late += 1;
            return Arrival::Dropped;
        }
        let at = self
            .packets
            .partition_point(|held| held.sequence < sequence);
        if self
            .packets
            .get(at)
            .is_some_and(|held| held.sequence == sequence)
        {
            counters.duplicates += 1;
            return Arrival::Dropped;
        }
        self.packets
            .insert(at, held(sequence, time, samples, packet));
        if self.packets.len() > PACKETS_PER_LEG_MAX {
            counters.overflows += 1;
            self.take();
        }
        Arrival::Kept(time)
    }

    /// The next packet in order.
    pub(crate) fn next(&self) -> Option<&Held> {
        self.packets.front()
    }

    /// Takes the next packet out; none before it is wanted any more.
    pub(crate) fn take(&mut self) -> Option<Held> {
        let held = self.packets.pop_front()?;
        self.played = Some(held.sequence);
        Some(held)
    }

    /// Whether `held` follows directly on what was taken last.
    pub(crate) fn follows(&self, held: &Held) -> bool {
        self.played
            .is_some_and(|played| held.sequence == played + 1)
    }

    /// When the sample of `time` should be played; none before the first packet.
    pub(crate) fn due(&self, time: i64) -> Option<i64> {
        self.delay.as_ref().map(|delay| delay.due(time))
    }

    /// How long a packet that came at once waits, in samples.
    pub(crate) fn wait(&self) -> i64 {
        self.delay.as_ref().map_or(0, DelayEstimate::wait)
    }

    /// How many packets wait.
    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }

    /// Sequence number and timestamp without wrapping; none if the packet is out of place.
    fn place(&self, packet: &AudioPacket<'_>) -> Option<(i64, i64)> {
        let Some(newest) = &self.newest else {
            return Some((i64::from(packet.sequence), i64::from(packet.rtp_time)));
        };
        let step = i64::from(packet.sequence.wrapping_sub(newest.sequence).cast_signed());
        let lapse = i64::from(packet.rtp_time.wrapping_sub(newest.rtp_time).cast_signed());
        (-STEP_BACK_MAX..=STEP_AHEAD_MAX)
            .contains(&step)
            .then_some((newest.extended + step, newest.time + lapse))
    }

    fn restart(&mut self, now: i64, packet: &AudioPacket<'_>, samples: i64) -> Arrival {
        let (sequence, time) = (i64::from(packet.sequence), i64::from(packet.rtp_time));
        self.packets.clear();
        self.packets
            .push_back(held(sequence, time, samples, packet));
        self.newest = Some(Newest {
            sequence: packet.sequence,
            rtp_time: packet.rtp_time,
            extended: sequence,
            time,
        });
        self.delay = Some(DelayEstimate::new(now, now - time));
        self.played = None;
        self.suspect = None;
        Arrival::Restarted(time)
    }
}

fn held(sequence: i64, time: i64, samples: i64, packet: &AudioPacket<'_>) -> Held {
    Held {
        sequence,
        time,
        samples,
        level: packet.level,
        payload: packet.payload.into(),
    }
}

#[cfg(test)]
mod tests;
