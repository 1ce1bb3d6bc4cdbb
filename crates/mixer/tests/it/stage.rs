//! A mixer in virtual time, with people who send tones over a network that can be bad, and ears that
//! decode what they get.

use std::collections::{BTreeMap, VecDeque};
use std::f32::consts::TAU;
use std::num::NonZero;
use std::time::{Duration, Instant};

use greenroom_mixer::{AudioPacket, Frame, LegId, MixId, Mixer, MixerSettings, Output};
use opus::{Application, Bitrate, Channels, Decoder, Encoder};

pub const MIX: MixId = MixId(1);

/// What the network does to a sender's packets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Network {
    pub loss: f64,
    pub duplication: f64,
    /// Packets come up to this much later than they could, independently: they overtake each other.
    pub jitter: Duration,
    /// Packets are handed over only at multiples of this, as by a thread that sleeps; 0 for at once.
    pub grid_ms: u64,
}

/// Somebody who sends.
pub struct Sender {
    pub leg: LegId,
    pub network: Network,
    /// How loud, 0 to 1.
    pub amplitude: f32,
    /// Whether packets carry their level.
    pub levels: bool,
    pub sending: bool,
    /// How far its clock is slow, in parts per million.
    pub slow_ppm: i64,
    pub sequence: u16,
    pub rtp_time: u32,
    /// The sound at a number of turns.
    pub wave: fn(f64) -> f64,
    hz: f32,
    packet_samples: u32,
    channels: Channels,
    encoder: Encoder,
    due: Duration,
    sent_samples: u64,
}

impl Sender {
    pub fn new(leg: u64, hz: f32) -> Self {
        Self::with(leg, hz, 960, Application::Audio, Channels::Mono)
    }

    pub fn with(
        leg: u64,
        hz: f32,
        packet_samples: u32,
        mode: Application,
        channels: Channels,
    ) -> Self {
        let mut encoder = Encoder::new(48_000, channels, mode).unwrap();
        encoder.set_bitrate(Bitrate::Bits(32_000)).unwrap();
        encoder.set_complexity(1).unwrap();
        encoder.set_inband_fec(true).unwrap();
        // Music at a low loss is sent without error correction, speech at a high one with it.
        let loss = if mode == Application::Voip { 20 } else { 5 };
        encoder.set_packet_loss_perc(loss).unwrap();
        Self {
            leg: LegId(leg),
            network: Network::default(),
            amplitude: 0.25,
            levels: true,
            sending: true,
            slow_ppm: 0,
            sequence: 65_500,
            rtp_time: u32::MAX - 48_000,
            wave: |turns| (turns.fract() * f64::from(TAU)).sin(),
            hz,
            packet_samples,
            channels,
            encoder,
            due: Duration::from_millis(3),
            sent_samples: 0,
        }
    }

    fn packet(&mut self) -> Packet {
        let count = self.packet_samples;
        let mut sound = Vec::new();
        for index in 0..u64::from(count) {
            let turns = (self.sent_samples + index) as f64 * f64::from(self.hz) / 48_000.0;
            let sample = self.amplitude * (self.wave)(turns) as f32;
            for _ in 0..self.channels as usize {
                sound.push(sample);
            }
        }
        let packet = Packet {
            sequence: self.sequence,
            rtp_time: self.rtp_time,
            level: self.levels.then(|| level(&sound)),
            payload: self.encoder.encode_vec_float(&sound, 1_400).unwrap(),
        };
        self.sent_samples += u64::from(count);
        self.sequence = self.sequence.wrapping_add(1);
        self.rtp_time = self.rtp_time.wrapping_add(count);
        packet
    }
}

#[derive(Debug, Clone)]
struct Packet {
    sequence: u16,
    rtp_time: u32,
    level: Option<u8>,
    payload: Vec<u8>,
}

/// Somebody who hears.
pub struct Ear {
    decoder: Decoder,
    next_time: Option<u32>,
    pub heard: Vec<f32>,
    pub frames: usize,
}

impl Ear {
    fn new() -> Self {
        Self {
            decoder: Decoder::new(48_000, Channels::Mono).unwrap(),
            next_time: None,
            heard: Vec::new(),
            frames: 0,
        }
    }

    fn hear(&mut self, frame: &Frame) {
        self.frames += 1;
        let expected = self.next_time.unwrap_or(frame.rtp_time);
        let gap = frame.rtp_time.wrapping_sub(expected);
        assert!(gap < 48_000, "time jumps by {gap}");
        for _ in 0..gap / 960 {
            self.decode(&[]);
        }
        self.decode(&frame.payload);
        self.next_time = Some(frame.rtp_time.wrapping_add(960));
    }

    fn decode(&mut self, payload: &[u8]) {
        let mut sound = [0.0; 960];
        let count = self
            .decoder
            .decode_float(payload, &mut sound, false)
            .unwrap();
        assert_eq!(count, 960);
        self.heard.extend_from_slice(&sound);
    }

    /// The last `millis` of what was heard.
    pub fn last(&self, millis: usize) -> &[f32] {
        &self.heard[self.heard.len() - millis * 48..]
    }
}

/// The whole scene.
pub struct Stage {
    pub mixer: Mixer,
    pub senders: Vec<Sender>,
    pub ears: BTreeMap<LegId, Ear>,
    pub talking: Vec<(Duration, LegId, bool)>,
    pub frames: VecDeque<(Duration, Frame)>,
    pub elapsed: Duration,
    pub random: fastrand::Rng,
    start: Instant,
    /// By the time of their handing over: when they arrive, whose they are, and what.
    wire: BTreeMap<(Duration, u64), (Duration, LegId, Packet)>,
    wired: u64,
}

impl Stage {
    pub fn new() -> Self {
        Self::with(MixerSettings::default())
    }

    #[expect(clippy::disallowed_methods, reason = "only an origin for virtual time")]
    pub fn with(settings: MixerSettings) -> Self {
        Self {
            mixer: Mixer::new(settings),
            senders: Vec::new(),
            ears: BTreeMap::new(),
            talking: Vec::new(),
            frames: VecDeque::new(),
            elapsed: Duration::ZERO,
            random: fastrand::Rng::with_seed(7),
            start: Instant::now(),
            wire: BTreeMap::new(),
            wired: 0,
        }
    }

    pub fn now(&self) -> Instant {
        self.start + self.elapsed
    }

    pub fn join(&mut self, leg: u64, muted: bool) {
        let now = self.now();
        self.mixer.add_leg(now, MIX, LegId(leg), muted).unwrap();
        self.ears.insert(LegId(leg), Ear::new());
    }

    pub fn leave(&mut self, leg: u64) {
        self.mixer.remove_leg(LegId(leg));
        self.ears.remove(&LegId(leg));
    }

    /// A leg that sends from now on.
    pub fn join_sending(&mut self, mut sender: Sender) {
        self.join(sender.leg.0, false);
        sender.due += self.elapsed;
        self.senders.push(sender);
    }

    pub fn sender(&mut self, leg: u64) -> &mut Sender {
        self.senders
            .iter_mut()
            .find(|sender| sender.leg.0 == leg)
            .unwrap()
    }

    pub fn ear(&self, leg: u64) -> &Ear {
        &self.ears[&LegId(leg)]
    }

    /// Hands the mixer a packet at once.
    pub fn inject(&mut self, leg: u64, sequence: u16, rtp_time: u32, payload: &[u8]) {
        self.hand_over(leg, sequence, rtp_time, None, payload);
    }

    /// The same, of a packet that says how loud it is.
    pub fn inject_loud(
        &mut self,
        leg: u64,
        sequence: u16,
        rtp_time: u32,
        level: u8,
        payload: &[u8],
    ) {
        self.hand_over(leg, sequence, rtp_time, Some(level), payload);
    }

    fn hand_over(
        &mut self,
        leg: u64,
        sequence: u16,
        rtp_time: u32,
        level: Option<u8>,
        payload: &[u8],
    ) {
        let packet = AudioPacket {
            sequence,
            rtp_time,
            level,
            payload,
        };
        let now = self.now();
        self.mixer.handle_packet(now, LegId(leg), &packet);
    }

    /// Lets time go by.
    pub fn run_ms(&mut self, millis: u64) {
        let end = self.elapsed + Duration::from_millis(millis);
        while let Some(at) = self.next_event().filter(|at| *at <= end) {
            self.elapsed = self.elapsed.max(at);
            self.send_due();
            self.deliver_due();
            let now = self.now();
            self.mixer.handle_timeout(now);
            self.take_outputs();
        }
        self.elapsed = end;
    }

    /// Lets time go by in which the mixer is not run; then it gets all that has come at once.
    pub fn stall_ms(&mut self, millis: u64) {
        self.elapsed += Duration::from_millis(millis);
        self.run_ms(0);
    }

    fn next_event(&self) -> Option<Duration> {
        let senders = self.senders.iter().map(|sender| sender.due).min();
        let wire = self.wire.keys().next().map(|(at, _)| *at);
        let mixer = self.mixer.deadline().map(|at| at - self.start);
        [senders, wire, mixer].into_iter().flatten().min()
    }

    fn send_due(&mut self) {
        for sender in &mut self.senders {
            while sender.due <= self.elapsed {
                let sent_at = sender.due;
                let nanos = i64::from(sender.packet_samples) * 1_000_000 / 48;
                let slow = nanos * sender.slow_ppm / 1_000_000;
                sender.due += Duration::from_nanos((nanos + slow).cast_unsigned());
                if !sender.sending {
                    sender.sent_samples += u64::from(sender.packet_samples);
                    sender.rtp_time = sender.rtp_time.wrapping_add(sender.packet_samples);
                    continue;
                }
                let packet = sender.packet();
                let network = sender.network;
                if self.random.f64() < network.loss {
                    continue;
                }
                let copies = 1 + usize::from(self.random.f64() < network.duplication);
                for _ in 0..copies {
                    let late = network.jitter.mul_f64(self.random.f64());
                    self.wired += 1;
                    let arrival = sent_at + Duration::from_millis(30) + late;
                    let mut at = arrival;
                    if let Some(grid) = NonZero::new(u128::from(network.grid_ms)) {
                        let millis = at.as_millis().div_ceil(grid.get()) * grid.get();
                        at = Duration::from_millis(millis as u64);
                    }
                    let key = (at, self.wired);
                    self.wire.insert(key, (arrival, sender.leg, packet.clone()));
                }
            }
        }
    }

    fn deliver_due(&mut self) {
        while let Some(entry) = self
            .wire
            .first_entry()
            .filter(|entry| entry.key().0 <= self.elapsed)
        {
            let (arrival, leg, packet) = entry.remove();
            let packet = AudioPacket {
                sequence: packet.sequence,
                rtp_time: packet.rtp_time,
                level: packet.level,
                payload: &packet.payload,
            };
            self.mixer.handle_packet(self.start + arrival, leg, &packet);
        }
    }

    pub fn take_outputs(&mut self) {
        while let Some(output) = self.mixer.poll_output() {
            match output {
                Output::Frame(frame) => {
                    for leg in frame.legs.iter() {
                        if let Some(ear) = self.ears.get_mut(leg) {
                            ear.hear(&frame);
                        }
                    }
                    if self.frames.len() == 64 {
                        self.frames.pop_front();
                    }
                    self.frames.push_back((self.elapsed, frame));
                }
                Output::Talking { leg, talking } => self.talking.push((self.elapsed, leg, talking)),
            }
        }
    }
}

/// The amplitude of a tone in a sound (Goertzel's algorithm).
pub fn tone(sound: &[f32], hz: f32) -> f32 {
    let step = TAU * hz / 48_000.0;
    let factor = 2.0 * f64::from(step).cos();
    let (mut last, mut before) = (0.0_f64, 0.0_f64);
    for sample in sound {
        (last, before) = (f64::from(*sample) + factor * last - before, last);
    }
    let power = last * last + before * before - factor * last * before;
    (2.0 * power.max(0.0).sqrt() / sound.len() as f64) as f32
}

/// The loudness in -dBov, as a sender would state it.
pub fn level(sound: &[f32]) -> u8 {
    let power = sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len() as f32;
    (-10.0 * power.max(1e-13).log10()).clamp(0.0, 127.0) as u8
}
