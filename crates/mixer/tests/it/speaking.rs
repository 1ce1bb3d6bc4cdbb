//! Who is mixed when more talk than can be heard at once.

use std::collections::BTreeSet;

use greenroom_mixer::{LegId, SPEAKERS_MAX};
use opus::{Application, Channels};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::stage::{Sender, Stage, tone};

const LISTENER: u64 = 99;

fn hz(leg: u64) -> f32 {
    300.0 + 170.0 * leg as f32
}

/// So many send tones, each 2 dB quieter than the one before.
fn crowd(count: u64, levels: bool) -> Stage {
    let mut stage = Stage::new();
    stage.join(LISTENER, true);
    for leg in 1..=count {
        let mut sender = Sender::new(leg, hz(leg));
        sender.amplitude = 0.2 * 0.8_f32.powi(leg as i32);
        sender.levels = levels;
        stage.join_sending(sender);
    }
    stage
}

fn mixed(stage: &Stage) -> BTreeSet<u64> {
    let is_mixed = |leg: &u64| {
        let status = stage.mixer.leg_status(LegId(*leg));
        status.is_some_and(|status| status.is_mixed)
    };
    (0..100).filter(is_mixed).collect()
}

#[test]
fn no_more_are_mixed_than_there_are_places_and_the_rest_is_not_decoded() {
    let count = 2 * SPEAKERS_MAX as u64;
    let mut stage = crowd(count, true);
    stage.run_ms(1_000);
    let speakers = mixed(&stage);
    assert_eq!(speakers.len(), SPEAKERS_MAX);
    let before = stage.mixer.counters();
    stage.run_ms(2_000);
    let after = stage.mixer.counters();
    assert_eq!(after.decodes - before.decodes, 100 * SPEAKERS_MAX as u64);
    assert_eq!(
        after.encodes - before.encodes,
        100 * (SPEAKERS_MAX as u64 + 1)
    );
    assert_eq!(after.displaced, before.displaced);
    for leg in 1..=count {
        let loudness = tone(stage.ear(LISTENER).last(1_000), hz(leg));
        let sent = stage.sender(leg).amplitude;
        if speakers.contains(&leg) {
            assert!((loudness / sent - 1.0).abs() < 0.2, "{leg}: {loudness}");
        } else {
            assert!(loudness < 2e-3, "{leg}: {loudness}");
        }
    }
}

#[test]
fn the_loudest_get_the_places_of_the_quietest_without_a_click() {
    let count = 2 * SPEAKERS_MAX as u64;
    for levels in [true, false] {
        let mut stage = crowd(count, levels);
        stage.run_ms(2_000);
        let before = mixed(&stage);
        let loud = (1..=count).rev().find(|leg| !before.contains(leg)).unwrap();
        stage.sender(loud).amplitude = 0.3;
        let displaced = stage.mixer.counters().displaced;
        stage.run_ms(400);
        let after = mixed(&stage);
        assert!(after.contains(&loud), "{after:?}");
        assert_eq!(after.len(), SPEAKERS_MAX);
        assert_eq!(stage.mixer.counters().displaced, displaced + 1);
        let quietest = before.difference(&after).next();
        assert_eq!(quietest, before.last(), "{before:?}, {after:?}");
        assert!(tone(stage.ear(LISTENER).last(100), hz(loud)) > 0.25);
        // Whoever lost its place hears everybody else, and not itself.
        stage.run_ms(1_000);
        let quietest = *quietest.unwrap();
        assert!(tone(stage.ear(quietest).last(500), hz(loud)) > 0.25);
        assert!(tone(stage.ear(quietest).last(500), hz(quietest)) < 2e-3);
    }
}

/// Harmonics that come and go like syllables.
fn voice(turns: f64) -> f64 {
    let turn = std::f64::consts::TAU;
    let harmonics = (1..12).map(|order| (turns * f64::from(order) * turn).sin() / f64::from(order));
    let syllable = 0.5 - 0.5 * (turns / 40.0 * turn).cos();
    syllable * harmonics.sum::<f64>()
}

#[test]
fn those_who_are_equally_loud_do_not_take_turns() {
    let mut stage = Stage::new();
    stage.join(LISTENER, true);
    for leg in 1..=SPEAKERS_MAX as u64 + 3 {
        let pitch = 120.0 + 7.0 * leg as f32;
        let mut speech = Sender::with(leg, pitch, 960, Application::Voip, Channels::Mono);
        speech.wave = voice;
        stage.join_sending(speech);
        stage.run_ms(37);
    }
    stage.run_ms(20_000);
    assert_eq!(mixed(&stage).len(), SPEAKERS_MAX);
    assert!(stage.mixer.counters().displaced <= 2);
}

#[test]
fn a_place_becomes_free_when_its_speaker_ceases() {
    let mut stage = crowd(SPEAKERS_MAX as u64 + 1, true);
    stage.run_ms(1_000);
    let all: BTreeSet<u64> = (1..=SPEAKERS_MAX as u64 + 1).collect();
    let waits = *all.difference(&mixed(&stage)).next().unwrap();
    for end in ["mute", "silence", "leave"] {
        let speaker = *mixed(&stage).first().unwrap();
        match end {
            "mute" => stage.mixer.set_muted(LegId(speaker), true),
            "silence" => stage.sender(speaker).amplitude = 0.0,
            _ => stage.leave(speaker),
        }
        stage.run_ms(700);
        assert!(!mixed(&stage).contains(&speaker), "{end}");
        assert!(mixed(&stage).contains(&waits), "{end}");
    }
}

#[test]
fn who_says_to_be_louder_than_it_is_keeps_nobody_out() {
    let mut stage = Stage::new();
    stage.join(LISTENER, true);
    for leg in 1..=3 * SPEAKERS_MAX as u64 {
        stage.join(leg, false);
    }
    let mut encoder = opus::Encoder::new(48_000, Channels::Mono, Application::Audio).unwrap();
    let silence = encoder.encode_vec_float(&[0.0; 960], 1_000).unwrap();
    stage.join_sending(Sender::new(50, hz(1)));
    stage.sender(50).sending = false;
    for sequence in 0..500_u16 {
        if sequence == 100 {
            stage.sender(50).sending = true;
        }
        for leg in 1..=3 * SPEAKERS_MAX as u64 {
            stage.inject_loud(leg, sequence, u32::from(sequence) * 960, 0, &silence);
        }
        stage.run_ms(20);
    }
    assert_eq!(mixed(&stage), BTreeSet::from([50]));
    assert!(tone(stage.ear(LISTENER).last(5_000), hz(1)) > 0.2);
}

#[derive(Debug, Clone)]
enum Act {
    Loudness(u64, f32),
    Mute(u64, bool),
    Send(u64, bool),
    Wait(u64),
}

const CROWD: u64 = 11;

fn act() -> impl Strategy<Value = Act> {
    let leg = 1..=CROWD;
    prop_oneof![
        3 => (leg.clone(), 0.0_f32..0.3).prop_map(|(leg, loudness)| Act::Loudness(leg, loudness)),
        1 => (leg.clone(), any::<bool>()).prop_map(|(leg, muted)| Act::Mute(leg, muted)),
        1 => (leg, any::<bool>()).prop_map(|(leg, sends)| Act::Send(leg, sends)),
        2 => (1_u64..400).prop_map(Act::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 10,
        rng_seed: proptest::test_runner::RngSeed::Fixed(5),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever they do: no more are mixed than may be, none is decoded in vain, nobody hears itself, and
    /// those that are louder than all others are heard.
    #[test]
    fn a_crowd_keeps_the_rules(acts in vec(act(), 1..20), lossy in any::<bool>()) {
        let mut stage = crowd(CROWD, true);
        if lossy {
            for leg in 1..=CROWD {
                stage.sender(leg).network.loss = 0.05;
            }
        }
        for act in acts {
            match act {
                Act::Loudness(leg, loudness) => stage.sender(leg).amplitude = loudness,
                Act::Mute(leg, muted) => stage.mixer.set_muted(LegId(leg), muted),
                Act::Send(leg, sends) => stage.sender(leg).sending = sends,
                Act::Wait(millis) => {
                    for _ in 0..millis.div_ceil(20) {
                        let before = stage.mixer.counters();
                        stage.run_ms(20);
                        let after = stage.mixer.counters();
                        prop_assert!(mixed(&stage).len() <= SPEAKERS_MAX);
                        // Twice where a quiet packet is left out to shorten a delay.
                        let ticks = after.ticks - before.ticks;
                        let decodes = after.decodes - before.decodes;
                        prop_assert!(decodes <= 2 * ticks * SPEAKERS_MAX as u64);
                    }
                }
            }
        }
        for leg in 1..=CROWD {
            stage.mixer.set_muted(LegId(leg), false);
            let sender = stage.sender(leg);
            sender.sending = true;
            sender.amplitude = if leg <= SPEAKERS_MAX as u64 { 0.1 } else { 0.01 };
        }
        stage.run_ms(3_000);
        let loudest: BTreeSet<u64> = (1..=SPEAKERS_MAX as u64).collect();
        prop_assert_eq!(mixed(&stage), loudest);
        for leg in 1..=CROWD {
            for part in stage.ear(leg).heard.chunks_exact(24_000) {
                let own = tone(part, hz(leg));
                // What others begin and cease, and what is concealed, has a little of every tone.
                prop_assert!(own < 0.02, "{} hears itself: {}", leg, own);
            }
        }
    }
}
