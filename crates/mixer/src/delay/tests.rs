use super::*;

const SECOND: i64 = 48_000;

#[test]
fn an_even_network_has_the_shortest_wait() {
    let mut delay = DelayEstimate::new(0, 1_000);
    for packet in 0..500 {
        delay.arrived(packet * 960, 1_000);
    }
    assert_eq!(delay.wait(), WAIT_MIN);
    assert_eq!(delay.due(0), 1_000 + WAIT_MIN);
}

#[test]
fn a_late_packet_makes_the_wait_longer_at_once_and_it_shrinks_slowly() {
    let mut delay = DelayEstimate::new(0, 0);
    delay.arrived(960, 4_000);
    assert_eq!(delay.wait(), 4_960);
    for packet in 2..52 {
        delay.arrived(packet * 960, 0);
    }
    assert!(delay.wait() > 4_400, "{}", delay.wait());
    for packet in 52..2_000 {
        delay.arrived(packet * 960, 0);
    }
    assert_eq!(delay.wait(), WAIT_MIN);
}

#[test]
fn the_wait_has_an_end() {
    let mut delay = DelayEstimate::new(0, 0);
    delay.arrived(960, 10 * SECOND);
    assert_eq!(delay.wait(), WAIT_MAX);
}

#[test]
fn a_longer_way_becomes_the_usual_one() {
    let mut delay = DelayEstimate::new(0, 0);
    for packet in 1..3_000 {
        delay.arrived(packet * 960, 3_000);
    }
    assert_eq!(delay.due(0), 3_000 + WAIT_MIN);
    // A shorter way counts at once.
    delay.arrived(3_000 * 960, 500);
    assert!(delay.due(0) < 3_000 + WAIT_MIN);
}

#[test]
fn what_was_long_ago_counts_no_more() {
    let mut delay = DelayEstimate::new(0, 0);
    delay.arrived(60 * SECOND, 2_000);
    assert_eq!(delay.oddness(2_000), 0);
}
