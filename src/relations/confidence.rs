//! Confidence: how often a reading of a given probability was right on documents that the weights were not fitted on.

/// Probability of the weights and share right: tagged mentions of train.jsonl, weights fitted on the other training
/// files; one point a tenth (`examples/fit_rules.rs --test` prints them), ends extrapolated.
const MEASURED: [(f32, f32); 10] = [
    (0.0, 0.0),
    (0.25, 0.29),
    (0.35, 0.30),
    (0.45, 0.37),
    (0.55, 0.43),
    (0.65, 0.56),
    (0.75, 0.72),
    (0.85, 0.76),
    (0.95, 0.88),
    (1.0, 0.92),
];

/// Turns a probability of the weights into the share that was right, by straight lines between the points measured.
pub(super) fn confidence(probability: f32) -> f32 {
    let pair = MEASURED.windows(2).find(|pair| probability <= pair[1].0);
    pair.map_or(MEASURED[MEASURED.len() - 1].1, |pair| {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        y0 + (probability - x0) / (x1 - x0) * (y1 - y0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_rises_with_probability_and_meets_the_points() {
        let all: Vec<f32> = (0..=100).map(|p| confidence(p as f32 / 100.0)).collect();
        assert!(all.windows(2).all(|w| w[0] < w[1]), "{all:?}");
        for (probability, share) in MEASURED {
            assert!((confidence(probability) - share).abs() < 1e-6);
        }
    }
}
