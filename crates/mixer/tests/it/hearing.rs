//! Who hears whom.

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
