//! Who hears whom.

use greenroom_mixer::LegId;

use crate::stage::{Sender, Stage, tone};

#[test]
fn a_tone_is_heard_by_others_and_not_by_oneself() {
    let mut stage = Stage::new();
    stage.join_sending(Sender::new(1, 440.0));
    stage.join(2, false);
    stage.run_ms(2_000);
    assert!((tone(stage.ear(2).last(1_000), 440.0) - 0.25).abs() < 0.02);
    assert!(tone(stage.ear(1).last(1_000), 440.0) < 1e-4);
}

#[test]
fn no_beginning_is_lost_after_silence() {
    let mut stage = Stage::new();
    stage.join_sending(Sender::new(1, 440.0));
    stage.join(2, false);
    for round in 1..=5 {
        stage.sender(1).amplitude = 0.0;
        stage.run_ms(1_500);
        stage.sender(1).amplitude = 0.25;
        stage.run_ms(400);
        stage.sender(1).amplitude = 0.0;
        stage.run_ms(600);
        // How long a tone of that loudness sounds for the same energy.
        let energy: f32 = stage
            .ear(2)
            .last(1_100)
            .iter()
            .map(|sample| sample * sample)
            .sum();
        let sounded_ms = energy / (0.25 * 0.25 / 2.0) / 48.0;
        assert!(
            (385.0..415.0).contains(&sounded_ms),
            "{round}: {sounded_ms} ms"
        );
    }
}

#[test]
fn three_talkers_each_hear_the_other_two() {
    let mut stage = Stage::new();
    let tones = [(1, 440.0), (2, 700.0), (3, 1_100.0)];
    for (leg, hz) in tones {
        stage.join_sending(Sender::new(leg, hz));
    }
    stage.join(4, true);
    stage.run_ms(2_000);
    for hearer in 1..=4 {
        for (talker, hz) in tones {
            let heard = tone(stage.ear(hearer).last(1_000), hz);
            if hearer == talker {
                assert!(heard < 2e-3, "{hearer} hears itself: {heard}");
            } else {
                assert!(
                    (heard - 0.25).abs() < 0.03,
                    "{hearer} hears {talker}: {heard}"
                );
            }
        }
    }
}

#[test]
fn nobody_hears_the_end_of_its_own_voice() {
    let mut stage = Stage::new();
    stage.join_sending(Sender::new(1, 440.0));
    stage.join(2, false);
    stage.run_ms(1_000);
    stage.mixer.set_muted(LegId(1), true);
    stage.run_ms(500);
    assert!(tone(&stage.ear(2).last(600)[..4_800], 440.0) > 0.2);
    let own = stage.ear(1).last(1_000).iter();
    let loudest = own.fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
    assert!(loudest < 1e-3, "{loudest}");
}
