use std::collections::HashSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id(number: usize) -> TokenId {
    TokenId::from_uuid(Uuid::from_u128(number as u128))
}

/// The generation `number`; a token's number tells its generation and, if odd, that it is a client's.
fn generation(number: usize) -> Generation {
    Generation {
        refresh: id(2 * number),
        client: id(2 * number + 1),
        client_expires_at: Timestamp::from_unix_secs(1_619_093_695),
    }
}

/// A family of which everything that was ever issued is known. Generation 0 comes with the pair.
struct Family {
    rotation: Option<Rotation>,
    /// For each generation, that of the refresh token it was issued for.
    parents: Vec<Option<usize>>,
    replaced: HashSet<usize>,
    used_clients: HashSet<usize>,
}

impl Family {
    fn new() -> Self {
        Self {
            rotation: None,
            parents: vec![None],
            replaced: HashSet::new(),
            used_clients: HashSet::new(),
        }
    }

    fn decision_on(&self, number: usize) -> Decision {
        let next = generation(self.parents.len());
        Rotation::present(self.rotation.as_ref(), id(2 * number), next).0
    }

    /// Presents the refresh token of a generation; the new generation if it is honest.
    fn present(&mut self, number: usize) -> Option<usize> {
        let new = self.parents.len();
        let (decision, rotation) =
            Rotation::present(self.rotation.as_ref(), id(2 * number), generation(new));
        self.rotation = Some(rotation);
        match decision {
            Decision::Reuse | Decision::Ended => return None,
            Decision::Replace(replaced) => {
                let replaced = (0..new).filter(|old| generation(*old) == replaced);
                for number in replaced {
                    assert!(!self.used_clients.contains(&number));
                    self.replaced.insert(number);
                }
            }
            Decision::Rotate => {}
        }
        self.parents.push(Some(number));
        Some(new)
    }

    /// Uses a client token as the door does: replaced ones open nothing.
    fn use_client(&mut self, number: usize) {
        if self.is_dead() || self.replaced.contains(&number) {
            return;
        }
        self.used_clients.insert(number);
        if let Some(rotation) = &mut self.rotation
            && let Some(after) = rotation.after_use(id(2 * number + 1))
        {
            *rotation = after;
        }
    }

    fn is_dead(&self) -> bool {
        self.rotation.is_some_and(|rotation| rotation.ended)
    }

    fn ancestors(&self, number: usize) -> Vec<usize> {
        std::iter::successors(Some(number), |number| self.parents[*number]).collect()
    }

    /// Everything alive descends from one token to the next: no two branches of one token.
    fn assert_one_line(&self) {
        let all = 0..self.parents.len();
        let accepted: Vec<usize> = all
            .clone()
            .filter(|number| {
                matches!(
                    self.decision_on(*number),
                    Decision::Rotate | Decision::Replace(_)
                )
            })
            .collect();
        if self.is_dead() {
            assert!(accepted.is_empty(), "{accepted:?}");
            return;
        }
        let latest: Vec<usize> = accepted
            .iter()
            .copied()
            .filter(|number| self.decision_on(*number) == Decision::Rotate)
            .collect();
        // Before the first refresh nothing but the pair was issued.
        let [latest] = latest.as_slice() else {
            panic!("{latest:?}");
        };
        let line = self.ancestors(*latest);
        for number in accepted {
            assert!(line.iter().take(2).any(|member| *member == number));
        }
        for number in all {
            assert_eq!(line.contains(&number), !self.replaced.contains(&number));
        }
    }
}

fn family_refreshed_twice() -> Family {
    let mut family = Family::new();
    assert_eq!(family.present(0), Some(1));
    assert_eq!(family.present(1), Some(2));
    family
}

#[test]
fn the_latest_is_used_once() {
    let mut family = family_refreshed_twice();
    assert_eq!(family.present(2), Some(3));
    assert_eq!(family.decision_on(3), Decision::Rotate);
}

#[test]
fn a_lost_answer_is_given_again_and_what_was_lost_is_void() {
    let mut family = family_refreshed_twice();
    assert_eq!(family.decision_on(1), Decision::Replace(generation(2)));
    assert_eq!(family.present(1), Some(3));
    assert_eq!(family.present(1), Some(4), "lost again");
    assert_eq!(family.present(4), Some(5));
    assert!(!family.is_dead());
}

#[test]
fn grace_covers_the_immediate_predecessor_only() {
    let mut family = family_refreshed_twice();
    assert_eq!(family.decision_on(0), Decision::Reuse);
    assert_eq!(family.present(0), None);
    assert!(family.is_dead());
    for number in 0..3 {
        assert_eq!(family.decision_on(number), Decision::Ended);
    }
}

#[test]
fn no_grace_once_the_answer_was_used() {
    let mut family = family_refreshed_twice();
    family.use_client(2);
    assert_eq!(family.decision_on(1), Decision::Reuse);
    assert_eq!(family.decision_on(2), Decision::Rotate);
}

#[test]
fn uses_of_other_client_tokens_take_no_grace_away() {
    let mut family = family_refreshed_twice();
    family.use_client(0);
    family.use_client(1);
    assert_eq!(family.decision_on(1), Decision::Replace(generation(2)));
    family.present(1);
    let rotation = family.rotation.unwrap();
    assert_eq!(rotation.after_use(generation(2).client), None, "replaced");
    let used = rotation.after_use(generation(3).client).unwrap();
    assert_eq!(used.after_use(generation(3).client), None, "once");
}

#[test]
fn a_replaced_successor_is_theft() {
    let mut family = family_refreshed_twice();
    family.present(1);
    assert_eq!(family.present(2), None);
    assert!(family.is_dead());
}

#[test]
fn of_two_at_once_the_second_is_a_lost_answer() {
    let mut family = Family::new();
    let first = family.present(0).unwrap();
    let second = family.present(0).unwrap();
    assert_eq!(family.decision_on(second), Decision::Rotate);
    assert_eq!(family.decision_on(first), Decision::Reuse);
}

/// Somebody who has tokens of the family; the generation they were given last.
#[derive(Clone, Copy)]
struct Holder(usize);

impl Holder {
    /// Refreshes; the answer reaches the holder unless it is lost. `false` if refused.
    fn refresh(&mut self, family: &mut Family, lost: bool) -> bool {
        let answer = family.present(self.0);
        if let (Some(new), false) = (answer, lost) {
            self.0 = new;
        }
        answer.is_some()
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Refresh { lost: bool },
    UseClient,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(|lost| Step::Refresh { lost }),
        Just(Step::UseClient),
    ]
}

proptest! {
    /// Whatever is presented and used, in whatever order.
    #[test]
    fn at_most_one_line_is_alive(
        steps in proptest::collection::vec((any::<bool>(), 0_usize..4), 0..40),
    ) {
        let mut family = Family::new();
        family.assert_one_line();
        for (refresh, back) in steps {
            let number = family.parents.len().saturating_sub(1 + back);
            let was_dead = family.is_dead();
            if refresh {
                family.present(number);
            } else {
                family.use_client(number);
            }
            prop_assert!(family.is_dead() || !was_dead, "an end is final");
            family.assert_one_line();
        }
    }

    #[test]
    fn an_honest_client_is_never_locked_out(steps in proptest::collection::vec(step(), 0..60)) {
        let mut family = Family::new();
        let mut honest = Holder(0);
        for step in steps {
            match step {
                Step::Refresh { lost } => prop_assert!(honest.refresh(&mut family, lost)),
                Step::UseClient => {
                    prop_assert!(!family.replaced.contains(&honest.0));
                    family.use_client(honest.0);
                }
            }
        }
        prop_assert!(!family.is_dead());
    }

    /// The thief has what the honest client has at some moment; then both go on as they like.
    #[test]
    fn two_who_refresh_end_the_family(
        before in proptest::collection::vec(step(), 0..10),
        after in proptest::collection::vec((any::<bool>(), step()), 0..20),
        thief_first in any::<bool>(),
    ) {
        let mut family = Family::new();
        let mut holders = [Holder(0); 2];
        for step in before {
            take(&mut family, &mut holders[0], step);
        }
        holders[1] = holders[0];
        for (thief, step) in after {
            take(&mut family, &mut holders[usize::from(thief)], step);
        }
        for _ in 0..2 {
            for thief in [thief_first, !thief_first] {
                take(&mut family, &mut holders[usize::from(thief)], Step::Refresh { lost: false });
            }
        }
        prop_assert!(family.is_dead());
    }
}

fn take(family: &mut Family, holder: &mut Holder, step: Step) {
    match step {
        Step::Refresh { lost } => {
            holder.refresh(family, lost);
        }
        Step::UseClient => family.use_client(holder.0),
    }
}
