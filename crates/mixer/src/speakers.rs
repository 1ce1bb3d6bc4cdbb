//! Who of those that can be heard is mixed: the loudest few.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::leg::Leg;
use crate::mix::Common;
use crate::{LegId, SPEAKERS_MAX};

/// How much louder than the quietest speaker somebody has to be to take its place, in tenths of dB: 6 dB.
const LOUDER: u16 = 60;

/// Looks at what each leg has for the tick at `now`, and decides who is mixed.
///
/// A place that is free goes to the loudest that wants one. When there is none, the quietest that has had
/// its own for a while is faded out in this tick, and the place is free in the next.
pub(crate) fn choose(legs: &mut BTreeMap<LegId, Leg>, now: i64, common: &mut Common) {
    let mut taken = 0;
    let mut quietest: Option<(u16, LegId)> = None;
    let mut waiting = Vec::new();
    for (id, leg) in legs.iter_mut() {
        let wants = leg.listen(now, common.settings, &mut common.counters);
        if leg.has_place() {
            taken += 1;
            if let Some(loudness) = leg.yields_at() {
                let this = (loudness, *id);
                quietest = Some(quietest.map_or(this, |other| other.min(this)));
            }
        } else if wants {
            waiting.push((Reverse(leg.loudness()), *id));
        }
    }
    waiting.sort_unstable();
    let mut waiting = waiting.into_iter();
    let free = SPEAKERS_MAX.saturating_sub(taken);
    for (_, id) in waiting.by_ref().take(free) {
        if let Some(leg) = legs.get_mut(&id) {
            leg.give_place();
        }
    }
    if let Some((Reverse(loudest), _)) = waiting.next()
        && let Some((loudness, id)) = quietest
        && loudest >= loudness + LOUDER
        && let Some(leg) = legs.get_mut(&id)
    {
        leg.yield_place();
        common.counters.displaced += 1;
    }
}
