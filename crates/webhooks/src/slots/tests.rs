use std::collections::HashSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const BOUNDS: Bounds = Bounds {
    per_receiver_max: 2,
    in_all_max: 5,
    waiting_max: 8,
};

fn room(number: u128) -> RoomId {
    RoomId::from_uuid(Uuid::from_u128(number))
}

fn started(slots: &mut Slots) -> Vec<u128> {
    std::iter::from_fn(|| slots.start())
        .map(|room| room.as_uuid().as_u128())
        .collect()
}

#[test]
fn a_receiver_that_hangs_keeps_its_own_slots() {
    let mut slots = Slots::new(BOUNDS);
    for number in 1..=6 {
        slots.wait(room(number), "hangs:443");
    }
    assert_eq!(started(&mut slots), [1, 2]);
    slots.wait(room(7), "works:443");
    assert_eq!(started(&mut slots), [7]);
    slots.done(room(7));
    assert!(!slots.knows(room(7)));
    slots.wait(room(7), "works:443");
    assert_eq!(started(&mut slots), [7]);
    slots.done(room(1));
    assert_eq!(started(&mut slots), [3]);
}

#[test]
fn receivers_take_turns() {
    let mut slots = Slots::new(Bounds {
        per_receiver_max: 9,
        ..BOUNDS
    });
    for number in 1..=4 {
        slots.wait(room(number), "a");
    }
    slots.wait(room(11), "b");
    slots.wait(room(21), "c");
    assert_eq!(started(&mut slots), [1, 11, 21, 2, 3], "five in all");
}

#[test]
fn a_room_is_known_once_and_waits_within_bounds() {
    let mut slots = Slots::new(BOUNDS);
    for number in 1..=9 {
        slots.wait(room(number), "a");
        slots.wait(room(number), "b");
    }
    assert!(slots.is_full());
    assert_eq!(slots.known(), 8);
    assert_eq!(started(&mut slots), [1, 2]);
    assert!(!slots.is_full());
    slots.done(room(3));
    assert!(slots.knows(room(3)), "it waits, and holds no slot");
    slots.done(room(99));
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u128, u8),
    Start,
    Done(u128),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..20_u128, 0..4_u8).prop_map(|(room, receiver)| Step::Wait(room, receiver)),
        3 => Just(Step::Start),
        2 => (0..20_u128).prop_map(Step::Done),
    ]
}

proptest! {
    #[test]
    fn bounds_hold_and_no_room_is_forgotten(steps in proptest::collection::vec(step(), 0..200)) {
        let mut slots = Slots::new(BOUNDS);
        let mut waiting: HashMap<u128, u8> = HashMap::new();
        let mut sending: HashMap<u128, u8> = HashMap::new();
        for step in steps {
            match step {
                Step::Wait(number, receiver) => {
                    let known = waiting.contains_key(&number) || sending.contains_key(&number);
                    if !known && waiting.len() < BOUNDS.waiting_max {
                        waiting.insert(number, receiver);
                    }
                    slots.wait(room(number), &receiver.to_string());
                }
                Step::Start => {
                    let of = |receiver: u8| sending.values().filter(|one| **one == receiver).count();
                    let may_go: HashSet<_> = waiting
                        .iter()
                        .filter(|(_, receiver)| of(**receiver) < BOUNDS.per_receiver_max)
                        .map(|(number, _)| *number)
                        .collect();
                    match slots.start() {
                        Some(room) => {
                            let number = room.as_uuid().as_u128();
                            prop_assert!(sending.len() < BOUNDS.in_all_max);
                            prop_assert!(may_go.contains(&number));
                            let receiver = waiting.remove(&number).unwrap();
                            sending.insert(number, receiver);
                        }
                        None => prop_assert!(may_go.is_empty() || sending.len() == BOUNDS.in_all_max),
                    }
                }
                Step::Done(number) => {
                    sending.remove(&number);
                    slots.done(room(number));
                }
            }
            prop_assert_eq!(slots.known(), waiting.len() + sending.len());
        }
    }
}
