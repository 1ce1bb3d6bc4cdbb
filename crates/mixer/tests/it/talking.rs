//! Who is said to be talking.

use std::time::Duration;

use greenroom_mixer::LegId;

use crate::stage::{Sender, Stage};

#[test]
fn talking_is_told_soon_and_its_end_after_a_while() {
    for levels in [true, false] {
        let mut stage = Stage::new();
        let mut sender = Sender::new(1, 440.0);
        sender.levels = levels;
        sender.amplitude = 0.0;
        stage.join_sending(sender);
        stage.join(2, false);
        stage.run_ms(1_000);
        assert!(stage.talking.is_empty());
        stage.sender(1).amplitude = 0.2;
        stage.run_ms(1_000);
        stage.sender(1).amplitude = 0.0;
        stage.run_ms(2_000);
        let [(began, who, true), (ceased, _, false)] = stage.talking[..] else {
            panic!("{:?}", stage.talking);
        };
        assert_eq!(who, LegId(1));
        // The network takes 30 ms; without levels the jitter buffer's delay adds to it.
        let soon = if levels { 1_230 } else { 1_300 };
        assert!(began <= Duration::from_millis(soon), "{began:?}");
        assert!(ceased >= Duration::from_millis(2_500), "{ceased:?}");
        assert!(ceased <= Duration::from_millis(2_900), "{ceased:?}");
    }
}

#[test]
fn the_pauses_between_words_are_no_end() {
    let mut stage = Stage::new();
    stage.join_sending(Sender::new(1, 440.0));
    stage.run_ms(1_000);
    for _ in 0..10 {
        stage.sender(1).amplitude = 0.0;
        stage.run_ms(300);
        stage.sender(1).amplitude = 0.2;
        stage.run_ms(400);
    }
    assert_eq!(stage.talking.len(), 1);
}

#[test]
fn a_noise_below_the_threshold_is_no_talk_but_heard() {
    let mut stage = Stage::new();
    let mut sender = Sender::new(1, 440.0);
    // -64 dBov.
    sender.amplitude = 0.0009;
    stage.join_sending(sender);
    stage.join(2, false);
    stage.run_ms(2_000);
    assert!(stage.talking.is_empty());
    assert!(crate::stage::tone(stage.ear(2).last(1_000), 440.0) > 3e-4);
}

#[test]
fn one_who_stops_sending_or_is_muted_ceases_to_talk() {
    let mut stage = Stage::new();
    stage.join_sending(Sender::new(1, 440.0));
    stage.join_sending(Sender::new(2, 700.0));
    stage.run_ms(1_000);
    stage.sender(1).sending = false;
    stage.mixer.set_muted(LegId(2), true);
    stage.run_ms(40);
    assert_eq!(
        stage
            .talking
            .last()
            .map(|(_, leg, talking)| (*leg, *talking)),
        Some((LegId(2), false))
    );
    stage.run_ms(1_000);
    assert_eq!(
        stage
            .talking
            .last()
            .map(|(_, leg, talking)| (*leg, *talking)),
        Some((LegId(1), false))
    );
}
