//! Four grades of quality, by what people notice.

use std::time::Duration;

/// Loss up to here is not noticed: error correction and resends make up for it.
pub const LOSS_GOOD_MAX_PERMILLE: u32 = 20;

/// Loss up to here is heard now and then, and pictures stand still for a moment; beyond that, words are
/// missing.
pub const LOSS_FAIR_MAX_PERMILLE: u32 = 80;

/// Round trips up to here are not noticed. Half of it, the same again to the other person, and what
/// jitter buffers and codecs take stay together below the 400 ms at which talking to each other suffers
/// (ITU-T G.114).
pub const ROUND_TRIP_GOOD_MAX: Duration = Duration::from_millis(250);

/// Round trips up to here are a nuisance; beyond that, people talk at the same time.
pub const ROUND_TRIP_FAIR_MAX: Duration = Duration::from_millis(500);

/// How good it is for somebody, as far as it can be measured here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// Nothing to be noticed.
    Good,
    /// It can be noticed.
    Fair,
    /// It is a nuisance.
    Poor,
    /// Nothing was measured: no media is up, none flows yet, or the media thread is too busy to tell.
    Unknown,
}

/// What a grade is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Signs {
    pub(super) rtt: Option<Duration>,
    /// The worst on any connection and in any direction.
    pub(super) loss_permille: Option<u32>,
    /// Pictures that the path does not carry in full.
    pub(super) reduced: usize,
}

impl Signs {
    /// So much is lost somewhere.
    pub(super) fn lose(&mut self, permille: Option<u32>) {
        self.loss_permille = self.loss_permille.max(permille);
    }
}

/// The worst of what is known counts.
pub(super) fn grade(signs: &Signs) -> Quality {
    let by_loss = signs
        .loss_permille
        .map(|lost| of(lost, LOSS_GOOD_MAX_PERMILLE, LOSS_FAIR_MAX_PERMILLE));
    let by_rtt = signs
        .rtt
        .map(|rtt| of(rtt, ROUND_TRIP_GOOD_MAX, ROUND_TRIP_FAIR_MAX));
    let by_layers = (signs.reduced > 0).then_some(Quality::Fair);
    let grades = [by_loss, by_rtt, by_layers];
    grades
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(Quality::Unknown)
}

fn of<T: Ord + Copy>(figure: T, good_max: T, fair_max: T) -> Quality {
    if figure <= good_max {
        Quality::Good
    } else if figure <= fair_max {
        Quality::Fair
    } else {
        Quality::Poor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(millis: Option<u64>, loss_permille: Option<u32>, reduced: usize) -> Quality {
        grade(&Signs {
            rtt: millis.map(Duration::from_millis),
            loss_permille,
            reduced,
        })
    }

    #[test]
    fn the_worst_of_what_is_known_counts() {
        for (millis, loss, reduced, quality) in [
            (None, None, 0, Quality::Unknown),
            (Some(0), None, 0, Quality::Good),
            (None, Some(0), 0, Quality::Good),
            (Some(250), Some(20), 0, Quality::Good),
            (Some(251), Some(0), 0, Quality::Fair),
            (Some(500), Some(80), 0, Quality::Fair),
            (Some(501), Some(0), 0, Quality::Poor),
            (Some(20), Some(21), 0, Quality::Fair),
            (Some(20), Some(81), 0, Quality::Poor),
            (None, Some(1_000), 0, Quality::Poor),
            (Some(20), Some(0), 1, Quality::Fair),
            (Some(20), Some(100), 3, Quality::Poor),
            (None, None, 1, Quality::Fair),
        ] {
            assert_eq!(
                graded(millis, loss, reduced),
                quality,
                "{millis:?} {loss:?} {reduced}"
            );
        }
    }

    #[test]
    fn what_was_not_measured_is_no_loss() {
        let mut signs = Signs::default();
        signs.lose(None);
        assert_eq!(signs.loss_permille, None);
        for lost in [Some(3), None, Some(9), Some(1)] {
            signs.lose(lost);
        }
        assert_eq!(signs.loss_permille, Some(9));
    }
}
