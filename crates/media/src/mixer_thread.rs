//! A mixer thread: sleeps until a mix is due, takes in what came, and hands on what was mixed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use greenroom_mixer::{AudioPacket, Frame, LegId, Mixer, MixerSettings, Output};
use greenroom_sfu::MixInput;

use crate::clock;
use crate::mix_lane::{MixChange, MixNews, MixerInbox, ToShard, leg_of};
use crate::stats::{Board, Busy, MixerStats};

/// A run that begins later than this after it was due is counted as late: a quarter of a tick.
const LATE: Duration = Duration::from_millis(5);

/// How often figures are copied out.
const SECOND: Duration = Duration::from_secs(1);

/// All that a mixer thread has in hands.
pub(crate) struct MixerThread {
    mixer: Mixer,
    inbox: MixerInbox,
    shards: Vec<ToShard>,
    shard_of: HashMap<LegId, usize>,
    /// Who talks, as far as the shards could not be told yet; only the latest counts.
    untold: HashMap<LegId, bool>,
    stopping: Arc<AtomicBool>,
    board: Arc<Board<MixerStats>>,
    stats: MixerStats,
    busy: Busy,
    second_began: Instant,
}

impl MixerThread {
    pub(crate) fn new(
        inbox: MixerInbox,
        shards: Vec<ToShard>,
        stopping: Arc<AtomicBool>,
        board: Arc<Board<MixerStats>>,
    ) -> Self {
        Self {
            mixer: Mixer::new(MixerSettings::default()),
            inbox,
            shards,
            shard_of: HashMap::new(),
            untold: HashMap::new(),
            stopping,
            board,
            stats: MixerStats::default(),
            busy: Busy::default(),
            second_began: clock::now(),
        }
    }

    /// Runs until it is told to stop.
    pub(crate) fn run(mut self) {
        while !self.stopping.load(Ordering::Relaxed) {
            let began = clock::now();
            self.turn(began);
            let ended = clock::now();
            self.busy.add(ended - began);
            self.leave_figures(ended);
            let wake = self.mixer.deadline().unwrap_or(ended + SECOND);
            let wake = wake.min(self.second_began + SECOND);
            thread::park_timeout(wake.saturating_duration_since(ended));
        }
    }

    fn turn(&mut self, now: Instant) {
        // As many as were there: what comes meanwhile waits for the next turn.
        for _ in 0..self.inbox.changes.len() {
            if let Ok(change) = self.inbox.changes.try_recv() {
                self.change(now, change);
            }
        }
        for _ in 0..self.inbox.packets.len() {
            if let Ok(packet) = self.inbox.packets.try_recv() {
                self.packet(&packet);
            }
        }
        let Some(due) = self.mixer.deadline().filter(|due| *due <= now) else {
            return;
        };
        if now - due > LATE {
            self.stats.late_runs += 1;
        }
        self.mixer.handle_timeout(now);
        let mut woken = vec![false; self.shards.len()];
        while let Some(output) = self.mixer.poll_output() {
            match output {
                Output::Frame(frame) => self.frame(frame, &mut woken),
                Output::Talking { leg, talking } => {
                    self.untold.insert(leg, talking);
                }
            }
        }
        self.tell_talking(&mut woken);
        for (shard, _) in self.shards.iter().zip(woken).filter(|(_, woken)| *woken) {
            // Fails only if the system has no memory for a number; the shard wakes up anyway.
            let _ = shard.waker.wake();
        }
    }

    fn change(&mut self, now: Instant, change: MixChange) {
        match change {
            MixChange::Add {
                mix,
                leg,
                muted,
                shard,
            } => match self.mixer.add_leg(now, mix, leg, muted) {
                Ok(()) => {
                    self.shard_of.insert(leg, shard);
                }
                Err(error) => {
                    tracing::warn!(leg = leg.0, mix = mix.0, %error, "a leg cannot be mixed");
                }
            },
            MixChange::Mute { leg, muted } => self.mixer.set_muted(leg, muted),
            MixChange::Remove { leg } => {
                self.mixer.remove_leg(leg);
                self.shard_of.remove(&leg);
                self.untold.remove(&leg);
            }
            #[cfg(test)]
            MixChange::Fail => panic!("as the test wants"),
        }
    }

    fn packet(&mut self, packet: &MixInput) {
        let [.., high, low] = packet.sequence.to_be_bytes();
        let packet_in = AudioPacket {
            sequence: u16::from_be_bytes([high, low]),
            rtp_time: packet.time,
            level: packet.level_dbov.map(i8::unsigned_abs),
            payload: &packet.payload,
        };
        self.mixer
            .handle_packet(packet.arrival, leg_of(packet.peer), &packet_in);
    }

    fn frame(&mut self, frame: Frame, woken: &mut [bool]) {
        // All legs of a mix are of one room, and a room lives whole on one shard.
        let shard = frame.legs.first().and_then(|leg| self.shard_of.get(leg));
        let Some(shard) = shard.copied() else {
            return;
        };
        if !self.send(shard, MixNews::Frame(frame), woken) {
            self.stats.frames_dropped += 1;
        }
    }

    fn tell_talking(&mut self, woken: &mut [bool]) {
        for (leg, talks) in std::mem::take(&mut self.untold) {
            let Some(shard) = self.shard_of.get(&leg).copied() else {
                continue;
            };
            if !self.send(shard, MixNews::Talking { leg, talks }, woken) {
                self.untold.insert(leg, talks);
            }
        }
    }

    fn send(&self, shard: usize, news: MixNews, woken: &mut [bool]) -> bool {
        if let Some(woken) = woken.get_mut(shard) {
            *woken = true;
        }
        self.shards
            .get(shard)
            .is_some_and(|shard| shard.news.try_send(news).is_ok())
    }

    fn leave_figures(&mut self, now: Instant) {
        let period = now.saturating_duration_since(self.second_began);
        if period < SECOND {
            return;
        }
        self.second_began = now;
        self.stats.mixing = self.mixer.counters();
        self.stats.legs = self.mixer.leg_count() as u64;
        self.stats.busy_permille = self.busy.take(period);
        let (busy, legs) = (self.stats.busy_permille, self.mixer.leg_count());
        self.board.leave(self.stats, busy, legs);
    }
}

#[cfg(test)]
mod tests;
