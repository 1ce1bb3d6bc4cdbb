//! One mix: the tick that adds up, takes away and encodes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::leg::Leg;
use crate::sound::{TICK, add, soft_clip, without};
use crate::speakers::choose;
use crate::stream::{Encoders, History, Stream};
use crate::{Counters, Frame, LEGS_MAX, LegId, MixerSettings, Output, TICK_SAMPLES};

/// Most outputs that wait to be taken: two ticks of every leg of a full mixer.
const OUTPUTS_MAX: usize = 2 * LEGS_MAX;

/// What all mixes of a mixer share.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) settings: MixerSettings,
    pub(crate) encoders: Encoders,
    pub(crate) counters: Counters,
    pub(crate) outputs: VecDeque<Output>,
}

impl Common {
    fn send(&mut self, legs: &Arc<[LegId]>, rtp_time: u32, encoded: Option<(Arc<[u8]>, bool)>) {
        let Some((payload, marker)) = encoded else {
            return;
        };
        if self.outputs.len() >= OUTPUTS_MAX {
            self.counters.frames_dropped += 1;
            return;
        }
        self.outputs.push_back(Output::Frame(Frame {
            legs: Arc::clone(legs),
            rtp_time,
            marker,
            payload,
        }));
    }
}

/// The audio of one room.
#[derive(Debug)]
pub(crate) struct Mix {
    legs: BTreeMap<LegId, Leg>,
    /// The stream of all who only listen; none while there is nobody.
    shared: Option<Stream>,
    listeners: Arc<[LegId]>,
    history: History,
    /// What was cut off when somebody left, faded out.
    farewell: Option<Vec<f32>>,
    rtp_time: u32,
}

impl Mix {
    /// One without legs.
    pub(crate) fn new() -> Self {
        Self {
            legs: BTreeMap::new(),
            shared: None,
            listeners: Arc::from([]),
            history: History::new(),
            farewell: None,
            rtp_time: 0,
        }
    }

    /// How many legs it has.
    pub(crate) fn len(&self) -> usize {
        self.legs.len()
    }

    /// Adds a leg.
    pub(crate) fn add(&mut self, id: LegId, muted: bool) {
        self.legs.insert(id, Leg::new(id, muted));
        if let Some(shared) = &mut self.shared {
            shared.admit_newcomer();
        }
        self.list_listeners();
    }

    /// Takes a leg out.
    pub(crate) fn remove(&mut self, id: LegId, common: &mut Common) {
        let Some(mut leg) = self.legs.remove(&id) else {
            return;
        };
        self.say_farewell(leg.silence(&mut common.counters));
        if let Some(stream) = leg.private.take() {
            common.encoders.put(stream);
        }
        self.list_listeners();
    }

    /// Mutes a leg or lets it be heard.
    pub(crate) fn set_muted(&mut self, id: LegId, muted: bool, common: &mut Common) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        if muted && !leg.muted {
            leg.mute(&mut common.counters);
        } else {
            leg.muted = muted;
        }
    }

    /// A leg.
    pub(crate) fn leg(&self, id: LegId) -> Option<&Leg> {
        self.legs.get(&id)
    }

    /// The same, to change.
    pub(crate) fn leg_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        self.legs.get_mut(&id)
    }

    /// Gives its encoders back.
    pub(crate) fn close(self, common: &mut Common) {
        let private = self.legs.into_values().filter_map(|leg| leg.private);
        for stream in private.chain(self.shared) {
            common.encoders.put(stream);
        }
    }

    /// Lets `ticks` go by unheard.
    pub(crate) fn skip(&mut self, ticks: u32) {
        self.rtp_time = self.rtp_time.wrapping_add(ticks.wrapping_mul(TICK_SAMPLES));
        for leg in self.legs.values_mut() {
            leg.skip();
        }
    }

    /// Mixes and encodes 20 ms.
    pub(crate) fn tick(&mut self, now: i64, common: &mut Common) {
        common.counters.ticks += 1;
        let mut sum = [0.0; TICK];
        let mut heard = Vec::new();
        choose(&mut self.legs, now, common);
        for (id, leg) in &mut self.legs {
            if leg.speak(now, common.settings, &mut common.counters) {
                add(&mut sum, &leg.sound);
                heard.push(*id);
            }
        }
        let farewell = self.farewell.take();
        if let Some(rest) = &farewell {
            add(&mut sum, rest);
        }
        let sounds = heard.len() + usize::from(farewell.is_some());
        self.hand_over(&heard, common);
        self.encode_shared(&sum, sounds, common);
        self.encode_private(&sum, sounds, &heard, common);
        self.tell_talking(now, common);
        self.rtp_time = self.rtp_time.wrapping_add(TICK_SAMPLES);
    }

    /// Gives an encoder to each leg that has begun to be heard, and takes it from those that have ceased.
    fn hand_over(&mut self, heard: &[LegId], common: &mut Common) {
        let mut changed = false;
        for (id, leg) in &mut self.legs {
            if leg.private.is_some() {
                if leg.gives_back()
                    && let Some(stream) = leg.private.take()
                {
                    common.encoders.put(stream);
                    if let Some(shared) = &mut self.shared {
                        shared.admit();
                    }
                    changed = true;
                }
            } else if heard.binary_search(id).is_ok() {
                changed = true;
                let (encoders, counters) = (&mut common.encoders, &mut common.counters);
                let Ok(mut stream) = Stream::after(&self.history, encoders, counters) else {
                    continue;
                };
                if let Some(shared) = self.shared.as_ref().filter(|shared| shared.is_paused()) {
                    stream.join_pause(shared);
                }
                leg.private = Some(stream);
            }
        }
        if changed {
            self.list_listeners();
        }
    }

    fn encode_shared(&mut self, sum: &[f32; TICK], sounds: usize, common: &mut Common) {
        let mut clipped = *sum;
        let sound = (sounds > 0).then(|| {
            soft_clip(&mut clipped);
            &clipped
        });
        if self.listeners.is_empty() {
            if let Some(stream) = self.shared.take() {
                common.encoders.put(stream);
            }
        } else {
            if self.shared.is_none() {
                self.shared =
                    Stream::after(&self.history, &mut common.encoders, &mut common.counters).ok();
            }
            if let Some(stream) = &mut self.shared {
                let encoded = stream.encode(sound, &mut common.counters);
                common.send(&self.listeners, self.rtp_time, encoded);
            }
        }
        self.history.push(sound);
    }

    fn encode_private(
        &mut self,
        sum: &[f32; TICK],
        sounds: usize,
        heard: &[LegId],
        common: &mut Common,
    ) {
        let mut rest = [0.0; TICK];
        for (id, leg) in &mut self.legs {
            let Some(stream) = &mut leg.private else {
                continue;
            };
            let own = heard.binary_search(id).is_ok();
            let sound = (sounds > usize::from(own)).then(|| {
                if own {
                    without(sum, &leg.sound, &mut rest);
                } else {
                    rest = *sum;
                }
                soft_clip(&mut rest);
                &rest
            });
            let encoded = stream.encode(sound, &mut common.counters);
            common.send(&leg.only, self.rtp_time, encoded);
        }
    }

    fn tell_talking(&mut self, now: i64, common: &mut Common) {
        for (id, leg) in &mut self.legs {
            let talking = leg.is_talking(now);
            // When there is no room, it is told later.
            if talking != leg.told_talking && common.outputs.len() < OUTPUTS_MAX {
                leg.told_talking = talking;
                common
                    .outputs
                    .push_back(Output::Talking { leg: *id, talking });
            }
        }
    }

    fn say_farewell(&mut self, rest: Option<Vec<f32>>) {
        match (&mut self.farewell, rest) {
            (Some(farewell), Some(mut rest)) => {
                if rest.len() < farewell.len() {
                    std::mem::swap(farewell, &mut rest);
                }
                let common = rest.len().min(farewell.len());
                add(&mut rest[..common], &farewell[..common]);
                *farewell = rest;
            }
            (farewell @ None, rest) => *farewell = rest,
            (Some(_), None) => {}
        }
    }

    fn list_listeners(&mut self) {
        // Should there be no memory for its encoder, who is heard gets nothing rather than itself.
        let listens = |leg: &Leg| leg.private.is_none() && leg.gives_back();
        let listening = self.legs.iter().filter(|(_, leg)| listens(leg));
        self.listeners = listening.map(|(id, _)| *id).collect();
    }
}
