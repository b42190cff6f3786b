//! Resampling over documents: bootstrap intervals, and the paired test by approximate randomisation.
//!
//! Both follow Noreen (1989), *Computer-Intensive Methods for Testing Hypotheses*. The random numbers depend on the
//! seed and on the number of the sample alone, so that figures are the same for any number of threads, and so that all
//! systems are resampled alike.

use rayon::prelude::*;

use super::counts::Counts;
use super::results::{Interval, Resampling, Score};
use super::tally::Tally;

/// The counts of a system by document, and their sums over bootstrap samples.
pub(super) struct Resampled {
    pub(super) documents: Vec<Counts>,
    pub(super) total: Counts,
    samples: Vec<Counts>,
}

impl Resampled {
    pub(super) fn new(documents: Vec<Counts>, empty: &Counts, resampling: &Resampling) -> Self {
        let mut total = empty.clone();
        documents.iter().for_each(|c| total += c);
        let sample = |i: usize| {
            let mut random = generator(resampling.seed, i);
            let mut sum = empty.clone();
            for _ in 0..documents.len() {
                sum += &documents[random.usize(..documents.len())];
            }
            sum
        };
        // Intervals over one document, or none, say nothing.
        let wanted = if documents.len() > 1 { resampling.bootstrap_samples } else { 0 };
        let samples = (0..wanted).into_par_iter().map(sample).collect();
        Self { documents, total, samples }
    }

    /// Returns a measure and its 95 % intervals (percentiles of the samples).
    pub(super) fn score(&self, measure: impl Fn(&Counts) -> Tally) -> Score {
        let tally = measure(&self.total);
        let sampled: Vec<Tally> = self.samples.iter().map(&measure).collect();
        let interval = |of: fn(Tally) -> f64| {
            let mut values: Vec<f64> = sampled.iter().map(|t| of(*t)).collect();
            values.sort_by(f64::total_cmp);
            (!values.is_empty())
                .then(|| Interval { low: percentile(&values, 0.025), high: percentile(&values, 0.975) })
        };
        Score {
            tally,
            precision_interval: interval(Tally::precision),
            recall_interval: interval(Tally::recall),
            f1_interval: interval(Tally::f1),
        }
    }
}

fn generator(seed: u64, sample: usize) -> fastrand::Rng {
    // A prime far apart from the generator's own increments keeps the streams of samples apart.
    fastrand::Rng::with_seed(seed.wrapping_add((sample as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// Returns a percentile of sorted values, with linear interpolation.
fn percentile(values: &[f64], share: f64) -> f64 {
    let at = share * (values.len() - 1) as f64;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    values[low] + (values[high] - values[low]) * (at - low as f64)
}

/// Returns the difference of two systems' F1 and its two-sided p: the share of rounds, each exchanging the systems'
/// counts of every document with probability 1/2, whose difference is at least as large.
pub(super) fn randomisation(
    first: &Resampled,
    second: &Resampled,
    measure: impl Fn(&Counts) -> Tally,
    resampling: &Resampling,
) -> (f64, f64) {
    let tallies = |system: &Resampled| system.documents.iter().map(&measure).collect::<Vec<Tally>>();
    let (a, b) = (tallies(first), tallies(second));
    let difference = |pick: &mut dyn FnMut() -> bool| {
        let (mut left, mut right) = (Tally::default(), Tally::default());
        for (&x, &y) in a.iter().zip(&b) {
            let (x, y) = if pick() { (y, x) } else { (x, y) };
            left += x;
            right += y;
        }
        left.f1() - right.f1()
    };
    let observed = difference(&mut || false);
    let round = |i: usize| {
        let mut random = generator(!resampling.seed, i);
        // Rounding must not make an equal difference smaller.
        difference(&mut || random.bool()).abs() >= observed.abs() - 1e-12
    };
    let extreme = (0..resampling.randomisation_rounds).into_par_iter().filter(|&i| round(i)).count();
    (observed, (extreme + 1) as f64 / (resampling.randomisation_rounds + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESAMPLING: Resampling = Resampling { bootstrap_samples: 500, randomisation_rounds: 500, seed: 7 };

    /// Documents with one gold item each, found if the bit is set.
    fn system(found: &[u64]) -> Resampled {
        let count = |&true_positives: &u64| Counts {
            pairs: Tally { true_positives, predicted: 1, gold: 1 },
            ..Counts::default()
        };
        Resampled::new(found.iter().map(count).collect(), &Counts::default(), &RESAMPLING)
    }

    #[test]
    fn the_interval_of_a_share_is_near_the_binomial_one() {
        let found: Vec<u64> = (0..100).map(|i| u64::from(i % 5 != 0)).collect();
        let score = system(&found).score(|c| c.pairs);
        let interval = score.precision_interval.unwrap();
        assert_eq!(score.tally.precision(), 0.8);
        // 0.8 ± 1.96 sqrt(0.8 × 0.2 / 100) = 0.722 .. 0.878
        assert!((interval.low - 0.722).abs() < 0.02 && (interval.high - 0.878).abs() < 0.02, "{interval:?}");
    }

    #[test]
    fn equal_systems_do_not_differ_and_opposite_ones_do() {
        let (all, none) = (system(&[1; 12]), system(&[0; 12]));
        assert_eq!(randomisation(&all, &system(&[1; 12]), |c| c.pairs, &RESAMPLING), (0.0, 1.0));
        let (difference, p) = randomisation(&all, &none, |c| c.pairs, &RESAMPLING);
        assert!(difference == 1.0 && p < 0.01, "{difference} {p}");
    }

    #[test]
    fn a_difference_in_one_document_of_two_is_no_evidence() {
        let (difference, p) = randomisation(&system(&[1, 1]), &system(&[1, 0]), |c| c.pairs, &RESAMPLING);
        assert!(difference > 0.0 && p == 1.0, "{difference} {p}");
    }

    #[test]
    fn percentiles_interpolate() {
        assert_eq!(percentile(&[1.0, 2.0, 3.0], 0.5), 2.0);
        assert_eq!(percentile(&[1.0, 2.0], 0.25), 1.25);
    }
}
