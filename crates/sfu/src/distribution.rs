//! How often a figure was how high.

/// Steps that a distribution tells apart, beside all that is above the last.
const STEPS: usize = 8;

/// Upper bounds of round trips, in milliseconds.
pub(crate) const ROUND_TRIP_BOUNDS_MS: [u32; STEPS] = [10, 25, 50, 100, 150, 250, 500, 1_000];

/// Upper bounds of loss, in thousandths. What is not above the first is none to speak of.
pub(crate) const LOSS_BOUNDS_PERMILLE: [u32; STEPS] = [1, 5, 10, 20, 50, 80, 150, 300];

/// How often a figure was measured to be in which range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distribution {
    bounds: [u32; STEPS],
    counts: [u64; STEPS],
    above: u64,
    sum: u64,
}

impl Distribution {
    pub(crate) const fn new(bounds: [u32; STEPS]) -> Self {
        Self {
            bounds,
            counts: [0; STEPS],
            above: 0,
            sum: 0,
        }
    }

    pub(crate) fn count(&mut self, figure: u32) {
        self.sum = self.sum.saturating_add(u64::from(figure));
        let step = self.bounds.iter().position(|bound| figure <= *bound);
        match step.and_then(|step| self.counts.get_mut(step)) {
            Some(count) => *count += 1,
            None => self.above += 1,
        }
    }

    /// Each range by its upper bound, which belongs to it, and how often the figure was in it and in
    /// none before it.
    pub fn ranges(&self) -> impl Iterator<Item = (u32, u64)> {
        self.bounds.into_iter().zip(self.counts)
    }

    /// How often it was above the last range.
    pub const fn above(&self) -> u64 {
        self.above
    }

    /// All that was measured, added up.
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// How often it was measured.
    pub fn total(&self) -> u64 {
        self.above + self.counts.iter().sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_is_in_one_range() {
        let mut figures = Distribution::new([1, 2, 3, 4, 5, 6, 7, 8]);
        for figure in [0, 1, 2, 8, 9, 100] {
            figures.count(figure);
        }
        let ranges: Vec<(u32, u64)> = figures.ranges().filter(|(_, count)| *count > 0).collect();
        assert_eq!(ranges, [(1, 2), (2, 1), (8, 1)]);
        assert_eq!(
            (figures.above(), figures.total(), figures.sum()),
            (2, 6, 120)
        );
    }
}
