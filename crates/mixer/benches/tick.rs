//! What a tick costs beside what libopus itself costs in it: `cargo bench -p greenroom-mixer`.
//!
//! Thread CPU time, not the time on the wall; both sides run in turns and the best round of each counts.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and computes with sounds"
)]

use std::f64::consts::TAU;
use std::time::{Duration, Instant};

use greenroom_mixer::{AudioPacket, LegId, MixId, Mixer, MixerSettings};
use opus::{Application, Bitrate, Channels, Decoder, Encoder};
use rustix::time::{ClockId, clock_gettime};

const TICKS: usize = 500;
const ROUNDS: usize = 15;
const TALKERS: usize = 3;

fn main() {
    let talks: Vec<Vec<Vec<u8>>> = (0..TALKERS).map(talk).collect();
    let shapes = [
        ("20 legs, 3 talk, 17 send nothing", 20, false),
        ("100 legs, 3 talk, 97 send nothing", 100, false),
        ("100 legs, 3 talk, 97 send silence", 100, true),
    ];
    let mut floor = Floor::new(&talks);
    for (name, legs, silence) in shapes {
        let mut room = Room::new(legs, silence);
        let (mut ours, mut bare) = (Duration::MAX, Duration::MAX);
        for round in 0..ROUNDS {
            let before = cpu();
            room.run(round, &talks);
            ours = ours.min(cpu().saturating_sub(before));
            let before = cpu();
            floor.run(&talks);
            bare = bare.min(cpu().saturating_sub(before));
        }
        let per_tick = |time: Duration| time.as_nanos() as f64 / TICKS as f64 / 1_000.0;
        println!(
            "{name}: {:.1} us a tick, {:.2} times 4 encodes and 3 decodes ({:.1} us)",
            per_tick(ours),
            ours.as_secs_f64() / bare.as_secs_f64(),
            per_tick(bare),
        );
        let counters = room.mixer.counters();
        println!(
            "  encodes {:.2}, decodes {:.2} a tick; {} concealed",
            counters.encodes as f64 / counters.ticks as f64,
            counters.decodes as f64 / counters.ticks as f64,
            counters.concealments,
        );
    }
}

fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

/// Ten seconds of something like speech, encoded as a browser would.
fn talk(talker: usize) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(48_000, Channels::Mono, Application::Voip).unwrap();
    encoder.set_bitrate(Bitrate::Bits(32_000)).unwrap();
    let mut random = fastrand::Rng::with_seed(talker as u64);
    let pitch = 110.0 + 37.0 * talker as f64;
    let sample = |index: usize, random: &mut fastrand::Rng| {
        let turns = index as f64 * pitch / 48_000.0;
        let harmonics: f64 = (1..16)
            .map(|n| (turns * f64::from(n) * TAU).sin() / f64::from(n))
            .sum();
        let syllable = 0.6 - 0.4 * (index as f64 / 12_000.0 * TAU).cos();
        (0.15 * syllable * (harmonics + 0.1 * random.f64())) as f32
    };
    (0..TICKS)
        .map(|tick| {
            let sound: Vec<f32> = (0..960)
                .map(|at| sample(tick * 960 + at, &mut random))
                .collect();
            encoder.encode_vec_float(&sound, 1_000).unwrap()
        })
        .collect()
}

/// The mixer, in virtual time.
struct Room {
    mixer: Mixer,
    now: Instant,
    legs: usize,
    silence: bool,
}

impl Room {
    #[expect(clippy::disallowed_methods, reason = "only an origin for virtual time")]
    fn new(legs: usize, silence: bool) -> Self {
        let mut mixer = Mixer::new(MixerSettings::default());
        let now = Instant::now();
        for leg in 0..legs {
            mixer
                .add_leg(now, MixId(0), LegId(leg as u64), false)
                .unwrap();
        }
        Self {
            mixer,
            now,
            legs,
            silence,
        }
    }

    fn run(&mut self, round: usize, talks: &[Vec<Vec<u8>>]) {
        for tick in 0..TICKS {
            let number = (round * TICKS + tick) as u32;
            let senders = if self.silence { self.legs } else { TALKERS };
            for leg in 0..senders {
                let packet = AudioPacket {
                    sequence: number as u16,
                    rtp_time: number * 960,
                    level: Some(if leg < TALKERS { 30 } else { 127 }),
                    payload: talks
                        .get(leg)
                        .map_or(&[0xF8, 0xFF, 0xFE], |talk| &talk[tick]),
                };
                self.mixer
                    .handle_packet(self.now, LegId(leg as u64), &packet);
            }
            self.now += Duration::from_millis(20);
            self.mixer.handle_timeout(self.now);
            while self.mixer.poll_output().is_some() {}
        }
    }
}

/// What libopus costs: the decodes of the talkers, and the encodes of the sum and of each remainder.
struct Floor {
    encoders: Vec<Encoder>,
    decoders: Vec<Decoder>,
    mixes: Vec<Vec<f32>>,
}

impl Floor {
    fn new(talks: &[Vec<Vec<u8>>]) -> Self {
        let settings = MixerSettings::default();
        let encoder = || {
            let mut encoder = Encoder::new(48_000, Channels::Mono, Application::Audio).unwrap();
            let bitrate = Bitrate::Bits(settings.bitrate_bps.cast_signed());
            encoder.set_bitrate(bitrate).unwrap();
            encoder.set_complexity(settings.complexity.into()).unwrap();
            encoder.set_inband_fec(true).unwrap();
            encoder
                .set_packet_loss_perc(settings.expected_loss_percent.into())
                .unwrap();
            encoder
        };
        let decoder = || Decoder::new(48_000, Channels::Mono).unwrap();
        let sounds: Vec<Vec<f32>> = talks
            .iter()
            .map(|talk| {
                let mut decoder = decoder();
                let mut sound = vec![0.0; TICKS * 960];
                for (packet, part) in talk.iter().zip(sound.chunks_mut(960)) {
                    decoder.decode_float(packet, part, false).unwrap();
                }
                sound
            })
            .collect();
        let mixes = (0..=TALKERS)
            .map(|left_out| {
                let mut mix = vec![0.0; TICKS * 960];
                for (_, sound) in sounds
                    .iter()
                    .enumerate()
                    .filter(|(talker, _)| *talker != left_out)
                {
                    for (sum, sample) in mix.iter_mut().zip(sound) {
                        *sum += sample;
                    }
                }
                mix
            })
            .collect();
        Self {
            encoders: (0..=TALKERS).map(|_| encoder()).collect(),
            decoders: (0..TALKERS).map(|_| decoder()).collect(),
            mixes,
        }
    }

    fn run(&mut self, talks: &[Vec<Vec<u8>>]) {
        let mut sound = [0.0; 960];
        let mut packet = [0; 1_000];
        for tick in 0..TICKS {
            for (decoder, talk) in self.decoders.iter_mut().zip(talks) {
                decoder
                    .decode_float(&talk[tick], &mut sound, false)
                    .unwrap();
            }
            for (encoder, mix) in self.encoders.iter_mut().zip(&self.mixes) {
                let part = &mix[tick * 960..(tick + 1) * 960];
                encoder.encode_float(part, &mut packet).unwrap();
            }
        }
    }
}
