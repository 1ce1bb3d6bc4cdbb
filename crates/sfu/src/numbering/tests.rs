use super::*;
use proptest::prelude::*;

/// Numbers and the time at which they came.
fn packet(sequence: u64, time: u32) -> Numbers {
    Numbers { sequence, time }
}

struct Clock(Instant);

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "an Instant can be had in no other way; nothing here depends on which"
    )]
    fn new() -> Self {
        Self(Instant::now())
    }

    fn at(&self, millis: u64) -> Instant {
        self.0 + Duration::from_millis(millis)
    }
}

#[test]
fn gaps_of_one_source_stay() {
    let clock = Clock::new();
    let mut numbering = Numbering::new(90_000);
    let mut number = |sequence, time| {
        numbering
            .number(packet(sequence, time), clock.at(0))
            .map(|out| (out.sequence, out.time))
    };
    assert_eq!(number(70_000, 500), Some((1_000, 500)));
    assert_eq!(number(70_003, 600), Some((1_003, 600)));
    assert_eq!(number(70_001, 500), Some((1_001, 500)));
    assert_eq!(number(69_999, 400), None, "older than the first");
}

#[test]
fn another_source_goes_on_by_the_time_passed() {
    let clock = Clock::new();
    let mut numbering = Numbering::new(90_000);
    numbering.number(packet(5, u32::MAX - 10), clock.at(0));
    numbering.interrupt();
    let out = numbering.number(packet(900, 77), clock.at(100)).unwrap();
    assert_eq!(out, packet(1_001, (u32::MAX - 10).wrapping_add(9_000)));
    let next = numbering.number(packet(901, 80), clock.at(101)).unwrap();
    assert_eq!(next, packet(1_002, out.time.wrapping_add(3)));
}

#[test]
fn what_is_left_out_leaves_no_gap() {
    let clock = Clock::new();
    let mut numbering = Numbering::new(90_000);
    let mut out = Vec::new();
    for sequence in 1..=12_u64 {
        if sequence % 3 == 0 {
            numbering.leave_out(sequence);
        } else {
            let numbers = numbering.number(packet(sequence, 0), clock.at(0)).unwrap();
            out.push(numbers.sequence);
        }
    }
    assert_eq!(out, (1_000..1_008).collect::<Vec<_>>());
}

#[test]
fn a_late_packet_gets_the_number_that_was_kept_for_it() {
    let clock = Clock::new();
    let mut numbering = Numbering::new(90_000);
    let mut number = |sequence| numbering.number(packet(sequence, 0), clock.at(0));
    number(1);
    number(4);
    numbering.leave_out(5);
    let mut number = |sequence| {
        numbering
            .number(packet(sequence, 0), clock.at(0))
            .map(|out| out.sequence)
    };
    assert_eq!(number(6), Some(1_004));
    assert_eq!(number(3), Some(1_002));
    assert_eq!(number(2), Some(1_001));
}

#[test]
fn a_jump_is_a_new_beginning() {
    let clock = Clock::new();
    let mut numbering = Numbering::new(48_000);
    numbering.number(packet(10, 0), clock.at(0));
    let out = numbering
        .number(packet(11 + JUMP_MAX, 123_456), clock.at(20))
        .unwrap();
    assert_eq!(out, packet(1_001, 960));
}

proptest! {
    /// No number is given to two packets, and numbers of what comes in order never go back.
    #[test]
    fn numbers_are_given_once(
        steps in proptest::collection::vec((0_u8..6, 1_u64..40, 0_u64..30), 1..400),
    ) {
        let clock = Clock::new();
        let mut numbering = Numbering::new(90_000);
        let mut given = std::collections::HashSet::new();
        let mut seen = std::collections::HashSet::new();
        let (mut head, mut source, mut millis, mut highest) = (0_u64, 0_u64, 0, 0);
        for (what, step, back) in steps {
            millis += step;
            match what {
                0 => {
                    numbering.interrupt();
                    source += 1;
                    head = head.wrapping_mul(31) % 100_000;
                }
                1 => {
                    head += 1;
                    if seen.insert((source, head)) {
                        numbering.leave_out(head);
                    }
                }
                2 => {
                    let late = head.saturating_sub(back);
                    if seen.insert((source, late))
                        && let Some(out) = numbering.number(packet(late, 0), clock.at(millis))
                    {
                        prop_assert!(given.insert(out.sequence), "{} twice", out.sequence);
                        highest = highest.max(out.sequence);
                    }
                }
                _ => {
                    head += if what == 3 { step } else { 1 };
                    if seen.insert((source, head))
                        && let Some(out) = numbering.number(packet(head, 0), clock.at(millis))
                    {
                        prop_assert!(given.insert(out.sequence), "{} twice", out.sequence);
                        prop_assert!(out.sequence > highest);
                        highest = out.sequence;
                    }
                }
            }
        }
    }
}
