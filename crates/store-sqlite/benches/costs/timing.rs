//! Times, and how they are told.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What one call takes: the median of nine rounds.
pub(crate) async fn timed(calls: u32, mut call: impl AsyncFnMut()) -> Duration {
    let mut rounds = [Duration::ZERO; 9];
    for round in &mut rounds {
        let begun = Instant::now();
        for _ in 0..calls.div_ceil(9) {
            call().await;
        }
        *round = begun.elapsed() / calls.div_ceil(9);
    }
    rounds.sort();
    rounds[4]
}

/// What one call takes at its best, of two that take turns, so that both meet the same weather.
pub(crate) async fn timed_by_turns(
    mut one: impl AsyncFnMut(),
    mut other: impl AsyncFnMut(),
) -> [Duration; 2] {
    let mut best = [Duration::MAX; 2];
    for _ in 0..150 {
        let begun = Instant::now();
        one().await;
        best[0] = best[0].min(begun.elapsed());
        let begun = Instant::now();
        other().await;
        best[1] = best[1].min(begun.elapsed());
    }
    best
}

/// What all threads of this process have used of the processor.
pub(crate) fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}

pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
