//! Sequence numbers and timestamps of what is sent on, whatever it is taken from.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A jump this far is a new beginning, not a loss.
const JUMP_MAX: u64 = 3_000;

/// Left-out packets that are remembered, for packets that come late.
const LEFT_OUT_MAX: usize = 128;

/// Numbers of one packet that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// Extended, so that it never wraps.
    pub(crate) sequence: u64,
    /// Wraps.
    pub(crate) time: u32,
}

/// Numbers the packets of one outgoing stream.
///
/// From one source gaps stay gaps, so that a lost packet can still take its place. From source to
/// source numbers go on without a gap, and timestamps by the time that has passed.
#[derive(Debug)]
pub(crate) struct Numbering {
    clock_rate: u32,
    source: Option<Source>,
    next_sequence: u64,
    last: Option<(u32, Instant)>,
}

#[derive(Debug)]
struct Source {
    first: Numbers,
    first_out: Numbers,
    highest: u64,
    left_out: VecDeque<u64>,
    left_out_forgotten: u64,
    left_out_count: u64,
}

impl Numbering {
    /// The first sequence number: below 65536, as the receiver's rollover counter begins at 0
    /// (RFC 3711 section 3.3.1), and far from both ends.
    pub(crate) const FIRST: u64 = 1_000;

    pub(crate) const fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate,
            source: None,
            next_sequence: Self::FIRST,
            last: None,
        }
    }

    /// What comes next is of another source, or of the same after a pause.
    pub(crate) fn interrupt(&mut self) {
        self.source = None;
    }

    /// Numbers a packet that goes out; `None` if it is too old to go anywhere.
    pub(crate) fn number(&mut self, packet: Numbers, arrival: Instant) -> Option<Numbers> {
        if self
            .source
            .as_ref()
            .is_none_or(|source| source.is_beyond(packet.sequence))
        {
            self.begin(packet, arrival);
        }
        let source = self.source.as_mut()?;
        let out = source.number(packet)?;
        source.highest = source.highest.max(packet.sequence);
        self.next_sequence = self.next_sequence.max(out.sequence + 1);
        let is_newest = self
            .last
            .is_none_or(|(time, _)| out.time.wrapping_sub(time) < 1 << 31);
        if is_newest {
            self.last = Some((out.time, arrival));
        }
        Some(out)
    }

    /// A packet is left out: those after it close the gap.
    pub(crate) fn leave_out(&mut self, sequence: u64) {
        let Some(source) = &mut self.source else {
            return;
        };
        // One that comes late has its place among numbers given already.
        if sequence <= source.highest || source.is_beyond(sequence) {
            return;
        }
        source.highest = sequence;
        source.left_out_count += 1;
        source.left_out.push_back(sequence);
        if source.left_out.len() > LEFT_OUT_MAX
            && let Some(oldest) = source.left_out.pop_front()
        {
            source.left_out_forgotten = oldest;
        }
    }

    fn begin(&mut self, packet: Numbers, arrival: Instant) {
        let time = match self.last {
            None => packet.time,
            Some((time, then)) => {
                let passed = ticks(arrival.saturating_duration_since(then), self.clock_rate);
                time.wrapping_add(passed.max(1))
            }
        };
        self.source = Some(Source {
            first: packet,
            first_out: Numbers {
                sequence: self.next_sequence,
                time,
            },
            highest: packet.sequence,
            left_out: VecDeque::new(),
            left_out_forgotten: 0,
            left_out_count: 0,
        });
    }
}

impl Source {
    fn is_beyond(&self, sequence: u64) -> bool {
        sequence > self.highest + JUMP_MAX
    }

    fn number(&self, packet: Numbers) -> Option<Numbers> {
        let since_first = packet.sequence.checked_sub(self.first.sequence)?;
        if packet.sequence <= self.left_out_forgotten {
            return None;
        }
        let later = self
            .left_out
            .iter()
            .rev()
            .take_while(|left_out| **left_out > packet.sequence)
            .count();
        let earlier = self.left_out_count - u64::try_from(later).ok()?;
        Some(Numbers {
            sequence: self.first_out.sequence + since_first.checked_sub(earlier)?,
            time: self
                .first_out
                .time
                .wrapping_add(packet.time.wrapping_sub(self.first.time)),
        })
    }
}

fn ticks(passed: Duration, clock_rate: u32) -> u32 {
    let ticks = passed.as_micros() * u128::from(clock_rate) / 1_000_000;
    // The timestamp wraps, and so may this.
    u32::try_from(ticks & u128::from(u32::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
