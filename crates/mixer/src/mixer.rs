//! Many mixes and when each is due.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::mix::{Common, Mix};
use crate::stream::Encoders;
use crate::{
    AddLegError, AudioPacket, Counters, LEGS_MAX, LEGS_PER_MIX_MAX, LegId, LegStatus, MixId,
    MixerSettings, Output,
};

const TICK: Duration = Duration::from_millis(20);

/// From one mix's phase to the next one's: the golden section of a tick, which spreads any number of
/// mixes over it without knowing how many there will be.
const PHASE_STEP_NANOS: u64 = 12_360_680;

/// Ticks of one mix that are run at once after a delay. What is older is left out: a burst would
/// only fill the hearers' buffers.
const CATCH_UP_TICKS: u32 = 2;

/// Many mixes.
///
/// Everything comes by its methods, with the time; after each call of [`Mixer::handle_timeout`] the
/// outputs are to be taken with [`Mixer::poll_output`] until there are none, and
/// [`Mixer::deadline`] asked again.
#[derive(Debug)]
pub struct Mixer {
    common: Common,
    mixes: HashMap<MixId, Mix>,
    legs: HashMap<LegId, MixId>,
    due: BTreeSet<(Instant, MixId)>,
    /// Where the mixer's clock is zero: the first time that it saw.
    epoch: Option<Instant>,
    mixes_made: u64,
}

impl Mixer {
    /// One without legs.
    pub fn new(settings: MixerSettings) -> Self {
        let settings = settings.clamped();
        Self {
            common: Common {
                settings,
                encoders: Encoders::new(settings),
                counters: Counters::default(),
                outputs: VecDeque::new(),
            },
            mixes: HashMap::new(),
            legs: HashMap::new(),
            due: BTreeSet::new(),
            epoch: None,
            mixes_made: 0,
        }
    }

    /// Adds a leg to a mix, which begins with its first leg. A muted leg only listens.
    pub fn add_leg(
        &mut self,
        now: Instant,
        mix: MixId,
        leg: LegId,
        muted: bool,
    ) -> Result<(), AddLegError> {
        if self.legs.contains_key(&leg) {
            return Err(AddLegError::Exists);
        }
        if self.legs.len() >= LEGS_MAX {
            return Err(AddLegError::MixerFull);
        }
        if let Some(present) = self.mixes.get_mut(&mix) {
            if present.len() >= LEGS_PER_MIX_MAX {
                return Err(AddLegError::MixFull);
            }
            present.add(leg, muted);
        } else {
            let mut made = Mix::new();
            made.add(leg, muted);
            self.mixes.insert(mix, made);
            let first = self.first_tick(now);
            self.due.insert((first, mix));
        }
        self.legs.insert(leg, mix);
        Ok(())
    }

    /// Takes a leg out; nothing more is told of it but what waits in the outputs. A mix ends with its last leg.
    pub fn remove_leg(&mut self, leg: LegId) {
        let Some(id) = self.legs.remove(&leg) else {
            return;
        };
        let Some(mix) = self.mixes.get_mut(&id) else {
            return;
        };
        mix.remove(leg, &mut self.common);
        if mix.len() == 0
            && let Some(mix) = self.mixes.remove(&id)
        {
            mix.close(&mut self.common);
            self.due.retain(|(_, due)| *due != id);
        }
    }

    /// Mutes a leg, or lets it be heard. What a muted leg sends is dropped unseen.
    pub fn set_muted(&mut self, leg: LegId, muted: bool) {
        if let Some(id) = self.legs.get(&leg)
            && let Some(mix) = self.mixes.get_mut(id)
        {
            mix.set_muted(leg, muted, &mut self.common);
        }
    }

    /// Takes in a packet that came at `now`: when it was read from the network, not when the mixer got it.
    pub fn handle_packet(&mut self, now: Instant, leg: LegId, packet: &AudioPacket<'_>) {
        let now = self.clock(now);
        let Common {
            settings, counters, ..
        } = &mut self.common;
        let mix = self.legs.get(&leg).and_then(|id| self.mixes.get_mut(id));
        match mix.and_then(|mix| mix.leg_mut(leg)) {
            Some(leg) => leg.insert(now, packet, *settings, counters),
            None => counters.unheard += 1,
        }
    }

    /// When [`Mixer::handle_timeout`] is next wanted; none while there is no leg.
    pub fn deadline(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Runs the ticks that are due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((mut due, id)) = self.due.first().copied().filter(|(due, _)| *due <= now) {
            self.due.remove(&(due, id));
            let clock = self.clock(due);
            let Some(mix) = self.mixes.get_mut(&id) else {
                continue;
            };
            let behind = (now - due).as_nanos() / TICK.as_nanos() + 1;
            let behind = u32::try_from(behind).unwrap_or(u32::MAX);
            let skipped = behind.saturating_sub(CATCH_UP_TICKS);
            if skipped > 0 {
                self.common.counters.ticks_skipped += u64::from(skipped);
                mix.skip(skipped);
                due += TICK * skipped;
                self.due.insert((due, id));
                continue;
            }
            mix.tick(clock, &mut self.common);
            self.due.insert((due + TICK, id));
        }
    }

    /// The next output; none when all were taken.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.common.outputs.pop_front()
    }

    /// What the mixer has done so far.
    pub const fn counters(&self) -> Counters {
        self.common.counters
    }

    /// How a leg's packets fare; none if there is no such leg.
    pub fn leg_status(&self, leg: LegId) -> Option<LegStatus> {
        let mix = self.mixes.get(self.legs.get(&leg)?)?;
        Some(mix.leg(leg)?.status())
    }

    /// How many legs there are.
    pub fn leg_count(&self) -> usize {
        self.legs.len()
    }

    /// The mixer's clock: samples at 48 kHz since it first saw a time. A packet that was on its way then
    /// came before that.
    fn clock(&mut self, now: Instant) -> i64 {
        let epoch = *self.epoch.get_or_insert(now);
        let samples =
            |time: Duration| i64::try_from(time.as_nanos() * 48 / 1_000_000).unwrap_or(i64::MAX);
        samples(now.saturating_duration_since(epoch))
            - samples(epoch.saturating_duration_since(now))
    }

    /// The first tick of a new mix: at the next instant of its phase.
    fn first_tick(&mut self, now: Instant) -> Instant {
        let epoch = *self.epoch.get_or_insert(now);
        let phase = self.mixes_made.wrapping_mul(PHASE_STEP_NANOS) % 20_000_000;
        self.mixes_made += 1;
        let past = now.saturating_duration_since(epoch).as_nanos() % TICK.as_nanos();
        let past = u64::try_from(past).unwrap_or(0);
        now + Duration::from_nanos((phase + 20_000_000 - past) % 20_000_000)
    }
}
