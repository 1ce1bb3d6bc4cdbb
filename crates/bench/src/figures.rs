//! Medians of what was measured in turns.

/// The middle of some values; not a number if there are none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.len() / 2;
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    if sorted.len() % 2 == 1 {
        at(upper)
    } else {
        f64::midpoint(at(upper.wrapping_sub(1)), at(upper))
    }
}

/// The median of the ratios of pairs that were measured right after one another.
pub(crate) fn median_ratio(values: &[f64], floors: &[f64]) -> f64 {
    let ratios: Vec<_> = values
        .iter()
        .zip(floors)
        .map(|(value, floor)| value / floor)
        .collect();
    median(&ratios)
}

/// A count as a float; exact up to 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "figures of three digits are made of it"
)]
pub(crate) const fn float(count: u64) -> f64 {
    count as f64
}

/// Megabytes.
pub(crate) const fn mb(bytes: u64) -> f64 {
    float(bytes) / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle() {
        assert!((median(&[9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 100.0]) - 3.0).abs() < f64::EPSILON);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn noise_that_hits_a_pair_does_not_count() {
        let ratio = median_ratio(&[12.0, 120.0, 13.0], &[10.0, 100.0, 10.0]);
        assert!((ratio - 1.2).abs() < 1e-9);
    }
}
