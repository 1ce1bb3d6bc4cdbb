//! What costs nothing, and what is bounded.

use std::collections::HashSet;
use std::time::Duration;

use greenroom_mixer::{
    AddLegError, AudioPacket, Counters, LEGS_PER_MIX_MAX, LegId, MixId, Mixer, MixerSettings,
    Output, PACKETS_PER_LEG_MAX,
};

use crate::stage::{MIX, Sender, Stage, tone};

fn counted(stage: &mut Stage, millis: u64) -> Counters {
    let before = stage.mixer.counters();
    stage.run_ms(millis);
    let after = stage.mixer.counters();
    Counters {
        ticks: after.ticks - before.ticks,
        encodes: after.encodes - before.encodes,
        priming_encodes: after.priming_encodes - before.priming_encodes,
        decodes: after.decodes - before.decodes,
        unheard: after.unheard - before.unheard,
        ..Counters::default()
    }
}

#[test]
fn a_hundred_legs_with_three_talkers_cost_four_encodes() {
    let mut stage = Stage::new();
    for leg in 1..=3 {
        stage.join_sending(Sender::new(leg, 300.0 + 200.0 * leg as f32));
    }
    for leg in 4..=50 {
        stage.join(leg, true);
    }
    // The others send as well: nothing but silence.
    for leg in 51..=100 {
        let mut sender = Sender::new(leg, 440.0);
        sender.amplitude = 0.0;
        stage.join_sending(sender);
    }
    stage.run_ms(1_000);
    let cost = counted(&mut stage, 1_000);
    assert_eq!(cost.ticks, 50);
    assert_eq!(cost.encodes, 4 * 50);
    assert_eq!(cost.decodes, 3 * 50);
    assert_eq!(cost.priming_encodes, 0);
    let (_, shared) = stage
        .frames
        .iter()
        .find(|(_, frame)| frame.legs.len() > 1)
        .unwrap();
    assert_eq!(shared.legs.len(), 97);
}

#[test]
fn a_muted_leg_is_neither_heard_nor_decoded() {
    let mut stage = Stage::new();
    stage.join_sending(Sender::new(1, 440.0));
    stage.join_sending(Sender::new(2, 700.0));
    stage.join(3, false);
    stage.run_ms(1_000);
    stage.mixer.set_muted(LegId(1), true);
    stage.run_ms(500);
    let cost = counted(&mut stage, 1_000);
    assert_eq!((cost.decodes, cost.unheard), (50, 50));
    assert!(tone(stage.ear(3).last(1_000), 440.0) < 2e-3);
    assert!(tone(stage.ear(3).last(1_000), 700.0) > 0.23);
    stage.mixer.set_muted(LegId(1), false);
    stage.run_ms(1_000);
    assert!(tone(stage.ear(3).last(500), 440.0) > 0.23);
}

#[test]
fn when_everybody_is_muted_there_are_only_signs_of_life() {
    let mut stage = Stage::new();
    for leg in 1..=5 {
        let sender = Sender::new(leg, 440.0);
        stage.join_sending(sender);
        stage.mixer.set_muted(LegId(leg), true);
    }
    stage.run_ms(1_000);
    assert!(
        stage.ear(1).frames >= 10,
        "a newcomer is sent something at once"
    );
    let frames = stage.ear(1).frames;
    let cost = counted(&mut stage, 4_000);
    assert_eq!((cost.encodes, cost.decodes), (0, 0));
    assert_eq!(stage.ear(1).frames - frames, 10);
    assert!(
        stage
            .ear(1)
            .last(1_000)
            .iter()
            .all(|sample| sample.abs() < 1e-4)
    );
}

#[test]
fn one_who_talks_alone_costs_one_encode_and_hears_silence() {
    let mut stage = Stage::new();
    stage.join_sending(Sender::new(1, 440.0));
    for leg in 2..=5 {
        stage.join(leg, false);
    }
    stage.run_ms(1_000);
    let cost = counted(&mut stage, 1_000);
    assert_eq!((cost.encodes, cost.decodes), (50, 50));
}

#[test]
fn a_leg_that_left_is_gone_and_one_that_came_hears() {
    let mut stage = Stage::new();
    stage.join_sending(Sender::new(1, 440.0));
    stage.join_sending(Sender::new(2, 700.0));
    stage.run_ms(1_000);
    stage.join(3, false);
    stage.run_ms(1_000);
    assert!(tone(stage.ear(3).last(500), 440.0) > 0.23);
    stage.leave(1);
    stage.run_ms(1_000);
    assert!(tone(stage.ear(3).last(500), 440.0) < 1e-3);
    assert!(tone(stage.ear(3).last(500), 700.0) > 0.23);
    assert!(
        stage
            .frames
            .iter()
            .rev()
            .take(10)
            .all(|(_, frame)| !frame.legs.contains(&LegId(1)))
    );
    for leg in [2, 3] {
        stage.leave(leg);
    }
    assert_eq!(stage.mixer.deadline(), None);
    assert_eq!(stage.mixer.leg_count(), 0);
}

#[test]
fn after_a_stall_there_is_no_burst_and_time_goes_on() {
    let mut stage = Stage::new();
    stage.join_sending(Sender::new(1, 440.0));
    stage.join(2, false);
    stage.run_ms(1_000);
    stage.take_outputs();
    stage.frames.clear();
    let behind = stage.ear(2).heard.len();
    stage.elapsed += Duration::from_millis(500);
    let now = stage.now();
    stage.mixer.handle_timeout(now);
    stage.take_outputs();
    assert!(stage.frames.len() <= 2 * 2, "{}", stage.frames.len());
    // The hearer's clock did not stand still.
    let moved = stage.ear(2).heard.len() - behind;
    assert!((480 * 48..=520 * 48).contains(&moved), "{moved}");
    stage.run_ms(2_000);
    assert!(tone(stage.ear(2).last(500), 440.0) > 0.23);
    let status = stage.mixer.leg_status(LegId(1)).unwrap();
    assert!(status.delay_ms.unwrap() <= 140, "{status:?}");
}

#[test]
fn mixes_do_not_tick_at_the_same_instant() {
    let stage = Stage::new();
    let now = stage.now();
    let mut mixer = Mixer::new(MixerSettings::default());
    for id in 0..100 {
        mixer.add_leg(now, MixId(id), LegId(id), false).unwrap();
    }
    let mut instants = HashSet::new();
    let mut previous = now;
    for _ in 0..100 {
        let due = mixer.deadline().unwrap();
        assert!(due - previous <= Duration::from_millis(1));
        previous = due;
        instants.insert(due);
        mixer.handle_timeout(due);
    }
    assert_eq!(instants.len(), 100);
    assert!(previous - now <= Duration::from_millis(20));
}

#[test]
fn a_mix_and_a_leg_hold_no_more_than_they_may() {
    let mut stage = Stage::new();
    for leg in 0..LEGS_PER_MIX_MAX as u64 {
        stage.join(leg, true);
    }
    let now = stage.now();
    let full = stage.mixer.add_leg(now, MIX, LegId(9_999), false);
    assert_eq!(full, Err(AddLegError::MixFull));
    let twice = stage.mixer.add_leg(now, MixId(2), LegId(1), false);
    assert_eq!(twice, Err(AddLegError::Exists));

    stage.mixer.set_muted(LegId(1), false);
    for sequence in 0..1_000 {
        stage.inject(1, sequence, u32::from(sequence) * 960, &[0xF8, 0xFF, 0xFE]);
    }
    let status = stage.mixer.leg_status(LegId(1)).unwrap();
    assert!(status.packets <= PACKETS_PER_LEG_MAX);
    assert!(stage.mixer.counters().overflows > 0);
}

#[test]
fn outputs_that_nobody_takes_do_not_pile_up() {
    let stage = Stage::new();
    let mut now = stage.now();
    let mut mixer = Mixer::new(MixerSettings::default());
    for id in 0..200 {
        mixer.add_leg(now, MixId(id), LegId(id), false).unwrap();
    }
    for sequence in 0..500 {
        for id in 0..200 {
            let packet = AudioPacket {
                sequence,
                rtp_time: u32::from(sequence) * 960,
                level: Some(10),
                payload: &[0xF8, 0xFF, 0xFE],
            };
            mixer.handle_packet(now, LegId(id), &packet);
        }
        now += Duration::from_millis(20);
        mixer.handle_timeout(now);
    }
    let mut frames = 0;
    let mut talking = HashSet::new();
    while let Some(output) = mixer.poll_output() {
        match output {
            Output::Frame(_) => frames += 1,
            Output::Talking { leg, .. } => {
                talking.insert(leg);
            }
        }
    }
    assert!(frames <= 8_000, "{frames}");
    assert_eq!(talking.len(), 200);
}
