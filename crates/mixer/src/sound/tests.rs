use super::*;

#[test]
fn levels_are_those_of_rfc_6464() {
    assert_eq!(level(&[1.0; TICK]), 0);
    assert_eq!(level(&[0.1; TICK]), 20);
    assert_eq!(level(&[0.001; TICK]), 60);
    assert_eq!(level(&[0.0; TICK]), SILENCE);
    assert_eq!(level(&[f32::MAX; 8]), 0);
}

#[test]
fn clipping_leaves_quiet_sound_alone_and_keeps_order() {
    let mut quiet = [0.7, -0.7, 0.0];
    soft_clip(&mut quiet);
    assert_eq!(quiet.map(f32::to_bits), [0.7, -0.7, 0.0].map(f32::to_bits));

    let mut loud: Vec<f32> = (-400..=400_i16)
        .map(|step| f32::from(step) / 100.0)
        .collect();
    soft_clip(&mut loud);
    assert!(loud.iter().all(|sample| sample.abs() < 1.0));
    assert!(loud.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn a_join_begins_with_the_old_and_ends_with_the_new() {
    let mut new = [1.0; 4];
    join(&[0.0; 4], &mut new);
    assert!(new.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(new[0].abs() < 1e-6);
}

#[test]
fn what_is_taken_away_is_what_was_added() {
    let (one, two) = ([0.25; TICK], [-0.5; TICK]);
    let mut sum = [0.0; TICK];
    add(&mut sum, &one);
    add(&mut sum, &two);
    let mut rest = [9.0; TICK];
    without(&sum, &one, &mut rest);
    assert!(rest.iter().all(|sample| (sample + 0.5).abs() < 1e-6));
}
