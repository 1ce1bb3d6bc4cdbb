//! Bad networks, bad clocks and bad packets.

use std::f64::consts::TAU;
use std::time::Duration;

use greenroom_mixer::LegId;
use opus::{Application, Channels};

use crate::stage::{Network, Sender, Stage, tone};

/// The loudness of a tone in each tenth of a second, sorted.
fn tenths(sound: &[f32], hz: f32) -> Vec<f32> {
    let mut parts: Vec<f32> = sound.chunks(4_800).map(|part| tone(part, hz)).collect();
    parts.sort_by(f32::total_cmp);
    parts
}

fn one_talks(network: Network, sender: Sender) -> Stage {
    let mut stage = Stage::new();
    stage.join_sending(sender);
    stage.sender(1).network = network;
    stage.join(2, false);
    stage
}

#[test]
fn a_tone_survives_loss() {
    for (loss, median, quietest) in [(0.01, 0.24, 0.15), (0.05, 0.23, 0.1), (0.2, 0.2, 0.02)] {
        let network = Network {
            loss,
            ..Network::default()
        };
        let mut stage = one_talks(network, Sender::new(1, 440.0));
        stage.run_ms(20_000);
        let parts = tenths(stage.ear(2).last(19_000), 440.0);
        assert!(
            parts[parts.len() / 2] > median,
            "{loss}: {}",
            parts[parts.len() / 2]
        );
        assert!(
            parts[parts.len() / 20] > quietest,
            "{loss}: {}",
            parts[parts.len() / 20]
        );
        assert!(parts[parts.len() - 1] < 0.3, "{loss}");
        let counters = stage.mixer.counters();
        let made_up = (counters.concealments + counters.recoveries) as f64;
        assert!(made_up < 1_000.0 * loss * 1.5 + 20.0, "{loss}: {made_up}");
        assert!(made_up > 1_000.0 * loss * 0.4, "{loss}: {made_up}");
    }
}

/// Harmonics that come and go like syllables.
fn voice(turns: f64) -> f64 {
    let harmonics = (1..20).map(|order| (turns * f64::from(order) * TAU).sin() / f64::from(order));
    let syllable = 0.5 - 0.5 * (turns / 40.0 * TAU).cos();
    syllable * harmonics.sum::<f64>()
}

#[test]
fn lost_speech_comes_back_from_the_next_packet() {
    let network = Network {
        loss: 0.1,
        ..Network::default()
    };
    let mut speech = Sender::with(1, 150.0, 960, Application::Voip, Channels::Mono);
    speech.wave = voice;
    let mut stage = one_talks(network, speech);
    stage.run_ms(20_000);
    let counters = stage.mixer.counters();
    assert!(counters.recoveries > 50, "{counters:?}");
    assert!(
        counters.recoveries > 3 * counters.concealments,
        "{counters:?}"
    );
}

#[test]
fn overtaking_and_doubled_packets_are_not_heard() {
    let network = Network {
        duplication: 0.3,
        jitter: Duration::from_millis(50),
        ..Network::default()
    };
    let mut stage = one_talks(network, Sender::new(1, 440.0));
    stage.run_ms(20_000);
    let parts = tenths(stage.ear(2).last(10_000), 440.0);
    assert!(parts[0] > 0.2, "{}", parts[0]);
    assert!(stage.mixer.counters().duplicates > 200);
}

#[test]
fn the_delay_grows_with_jitter_and_shrinks_again() {
    let mut stage = one_talks(Network::default(), Sender::new(1, 440.0));
    stage.run_ms(2_000);
    let target = |stage: &Stage| {
        let status = stage.mixer.leg_status(LegId(1)).unwrap();
        status.target_delay_ms
    };
    assert_eq!(target(&stage), 40);
    stage.sender(1).network.jitter = Duration::from_millis(80);
    stage.run_ms(10_000);
    assert!((80..=120).contains(&target(&stage)), "{}", target(&stage));
    stage.sender(1).network.jitter = Duration::from_millis(500);
    stage.run_ms(10_000);
    assert_eq!(target(&stage), 120);
    stage.sender(1).network.jitter = Duration::ZERO;
    stage.run_ms(60_000);
    assert!(target(&stage) < 50, "{}", target(&stage));
}

#[test]
fn a_clock_that_is_off_does_not_add_up() {
    for slow_ppm in [-200, 200] {
        let mut stage = one_talks(Network::default(), Sender::new(1, 440.0));
        stage.sender(1).slow_ppm = slow_ppm;
        for second in 1..=240 {
            stage.run_ms(1_000);
            let status = stage.mixer.leg_status(LegId(1)).unwrap();
            let delay = status.delay_ms.unwrap();
            assert!(
                (0..=140).contains(&delay),
                "{slow_ppm} ppm, {second} s: {delay} ms"
            );
            assert!(status.packets <= 8);
        }
        let parts = tenths(stage.ear(2).last(230_000), 440.0);
        let bad = parts.iter().filter(|part| **part < 0.2).count();
        assert!(bad <= 20, "{slow_ppm} ppm: {bad}");
        // 240 s at 200 ppm are 48 ms, some three frames.
        let counters = stage.mixer.counters();
        let changes = counters.delay_changes + counters.concealments;
        assert!(changes <= 12, "{slow_ppm} ppm: {counters:?}");
    }
}

#[test]
fn a_mixer_that_looks_only_once_a_tick_conceals_no_more() {
    for jitter_ms in [0, 15] {
        let network = Network {
            jitter: Duration::from_millis(jitter_ms),
            grid_ms: 20,
            ..Network::default()
        };
        let mut stage = one_talks(network, Sender::new(1, 440.0));
        stage.sender(1).slow_ppm = 200;
        stage.run_ms(120_000);
        let counters = stage.mixer.counters();
        assert!(counters.concealments <= 6, "{jitter_ms}: {counters:?}");
    }
}

#[test]
fn a_mixer_that_stalls_takes_nothing_for_jitter() {
    let mut stage = one_talks(Network::default(), Sender::new(1, 440.0));
    stage.run_ms(2_000);
    for stall in 0..10 {
        stage.stall_ms(40 + 20 * stall);
        let status = stage.mixer.leg_status(LegId(1)).unwrap();
        assert_eq!(status.target_delay_ms, 40, "{stall}");
        stage.run_ms(1_000);
        let status = stage.mixer.leg_status(LegId(1)).unwrap();
        let delay = status.delay_ms.unwrap();
        assert!((20..=60).contains(&delay), "{stall}: {delay} ms");
    }
}

#[test]
fn what_is_handed_over_late_is_no_jitter() {
    let mut stage = one_talks(Network::default(), Sender::new(1, 440.0));
    stage.run_ms(2_000);
    stage.sender(1).network.grid_ms = 200;
    stage.run_ms(2_000);
    stage.sender(1).network.grid_ms = 0;
    stage.run_ms(1_000);
    let status = stage.mixer.leg_status(LegId(1)).unwrap();
    assert_eq!(status.target_delay_ms, 40);
    assert!(status.delay_ms.unwrap() <= 60, "{status:?}");
    let parts = tenths(stage.ear(2).last(500), 440.0);
    assert!(parts[0] > 0.24, "{}", parts[0]);
}

#[test]
fn speech_is_cut_and_prolonged_where_it_is_quiet() {
    for slow_ppm in [-1_000, 1_000] {
        let mut speech = Sender::with(1, 150.0, 960, Application::Voip, Channels::Mono);
        speech.wave = voice;
        speech.slow_ppm = slow_ppm;
        let mut stage = one_talks(Network::default(), speech);
        for second in 1..=120 {
            stage.run_ms(1_000);
            let status = stage.mixer.leg_status(LegId(1)).unwrap();
            let delay = status.delay_ms.unwrap();
            assert!(
                (15..=75).contains(&delay),
                "{slow_ppm} ppm, {second} s: {delay} ms"
            );
        }
        // 120 ms are six frames.
        let changes = stage.mixer.counters().delay_changes;
        assert!((4..=9).contains(&changes), "{slow_ppm} ppm: {changes}");
    }
}

#[test]
fn every_length_of_packet_and_stereo_is_heard() {
    for packet_samples in [480, 960, 1_920, 2_880] {
        for channels in [Channels::Mono, Channels::Stereo] {
            for levels in [true, false] {
                let mut sender =
                    Sender::with(1, 440.0, packet_samples, Application::Audio, channels);
                sender.levels = levels;
                let mut stage = one_talks(Network::default(), sender);
                stage.run_ms(3_000);
                let parts = tenths(stage.ear(2).last(2_000), 440.0);
                assert!(
                    parts[0] > 0.23,
                    "{packet_samples}, {channels:?}: {}",
                    parts[0]
                );
                assert_eq!(stage.mixer.counters().concealments, 0, "{packet_samples}");
            }
        }
    }
}

#[test]
fn sequence_numbers_and_timestamps_wrap_unheard() {
    // Senders begin 36 packets before one wraps and a second before the other does.
    let mut stage = one_talks(Network::default(), Sender::new(1, 440.0));
    stage.run_ms(4_000);
    let parts = tenths(stage.ear(2).last(3_500), 440.0);
    assert!(parts[0] > 0.24, "{}", parts[0]);
    let counters = stage.mixer.counters();
    assert_eq!((counters.concealments, counters.late), (0, 0));
}

#[test]
fn a_sender_that_begins_anew_is_heard_again() {
    for (sequence, rtp_time) in [(0, 0), (40_000, 1 << 31), (30, 5_000_000)] {
        let mut stage = one_talks(Network::default(), Sender::new(1, 440.0));
        stage.run_ms(1_000);
        stage.sender(1).sequence = sequence;
        stage.sender(1).rtp_time = rtp_time;
        stage.run_ms(1_000);
        let parts = tenths(stage.ear(2).last(500), 440.0);
        assert!(parts[0] > 0.24, "{sequence}: {}", parts[0]);
    }
}

#[test]
fn a_pause_of_the_sender_delays_nothing() {
    let mut stage = one_talks(Network::default(), Sender::new(1, 440.0));
    for _ in 0..20 {
        stage.sender(1).sending = true;
        stage.run_ms(700);
        let status = stage.mixer.leg_status(LegId(1)).unwrap();
        assert!(status.delay_ms.unwrap() <= 60, "{status:?}");
        stage.sender(1).sending = false;
        stage.run_ms(630);
    }
}

#[test]
fn packets_that_are_no_opus_harm_nobody() {
    let mut stage = one_talks(Network::default(), Sender::new(1, 440.0));
    stage.join(3, false);
    let mut random = fastrand::Rng::with_seed(3);
    for sequence in 0..500 {
        let length = random.usize(0..2_000);
        let payload: Vec<u8> = std::iter::repeat_with(|| random.u8(..))
            .take(length)
            .collect();
        stage.inject(3, sequence, u32::from(sequence) * 960, &payload);
        stage.run_ms(20);
    }
    stage.run_ms(2_000);
    assert!(stage.mixer.counters().malformed > 50);
    let parts = tenths(stage.ear(2).last(1_000), 440.0);
    assert!(parts[0] > 0.24, "{}", parts[0]);
}
