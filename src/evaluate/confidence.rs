//! Confidence: precision-recall curves, average precision and calibration.

use super::results::{Bin, Calibration, Curve, CurvePoint, Layer};

/// Bins of equal width between 0 and 1.
const BINS: usize = 10;

/// Predictions of one layer: the confidence of each, and whether it is right.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes {
    items: Vec<(f32, bool)>,
    gold: u64,
}

impl Outcomes {
    /// Adds the predictions of a document.
    pub(super) fn add(&mut self, items: impl Iterator<Item = (f32, bool)>, gold: usize) {
        self.items.extend(items);
        self.gold += gold as u64;
    }

    /// Tells whether the confidences say anything: a file without them has 1 everywhere.
    pub(super) fn is_graded(&self) -> bool {
        self.items.iter().any(|(c, _)| *c != self.items[0].0)
    }

    /// Draws the curve. Average precision is the mean precision at each gain of recall, over all gold items.
    pub(super) fn curve(&self, layer: Layer) -> Curve {
        let mut items = self.items.clone();
        items.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut curve = Curve { layer, ..Curve::default() };
        let (mut seen, mut right, mut before) = (0u64, 0u64, 0u64);
        for (i, &(confidence, hit)) in items.iter().enumerate() {
            seen += 1;
            right += u64::from(hit);
            if items.get(i + 1).is_some_and(|next| next.0 == confidence) {
                continue;
            }
            let precision = right as f64 / seen as f64;
            let share = |count: u64| if self.gold == 0 { 0.0 } else { count as f64 / self.gold as f64 };
            curve.average_precision += share(right - before) * precision;
            before = right;
            curve.points.push(CurvePoint {
                confidence: f64::from(confidence),
                precision,
                recall: share(right),
            });
        }
        curve
    }

    /// Measures how well the confidences tell the share that is right.
    pub(super) fn calibration(&self, layer: Layer) -> Calibration {
        let count = self.items.len() as f64;
        let mut bins = [(0u64, 0.0, 0u64); BINS];
        let mut brier = 0.0;
        for &(confidence, hit) in &self.items {
            let confidence = confidence.clamp(0.0, 1.0);
            // In single precision, so that 0.9 falls into the bin that begins with it.
            let bin = &mut bins[((confidence * BINS as f32) as usize).min(BINS - 1)];
            let confidence = f64::from(confidence);
            *bin = (bin.0 + 1, bin.1 + confidence, bin.2 + u64::from(hit));
            brier += (confidence - f64::from(u8::from(hit))).powi(2);
        }
        let width = 1.0 / BINS as f64;
        let edge = |i: usize| i as f64 * width;
        let bins: Vec<Bin> = (0..BINS)
            .filter(|&i| bins[i].0 > 0)
            .map(|i| {
                let (predictions, confidence, right) = (bins[i].0, bins[i].1, bins[i].2);
                let mean = |sum: f64| sum / predictions as f64;
                let (confidence, right) = (mean(confidence), mean(right as f64));
                Bin { low: edge(i), high: edge(i + 1), predictions, confidence, right }
            })
            .collect();
        let error = |b: &Bin| b.predictions as f64 / count * (b.confidence - b.right).abs();
        Calibration {
            layer,
            predictions: self.items.len() as u64,
            expected_error: bins.iter().map(error).sum(),
            brier: if self.items.is_empty() { 0.0 } else { brier / count },
            bins,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(items: &[(f32, bool)], gold: u64) -> Outcomes {
        Outcomes { items: items.to_vec(), gold }
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    }

    #[test]
    fn average_precision_is_that_of_the_textbook() {
        // Right at ranks 1 and 3 of 4, one gold item never found: (1/1 + 2/3) / 3.
        let curve =
            outcomes(&[(0.9, true), (0.8, false), (0.7, true), (0.6, false)], 3).curve(Layer::Mentions);
        near(curve.average_precision, (1.0 + 2.0 / 3.0) / 3.0);
        near(curve.points[3].precision, 0.5);
        near(curve.points[3].recall, 2.0 / 3.0);
    }

    #[test]
    fn equal_confidences_are_one_point() {
        let curve = outcomes(&[(0.5, true), (0.5, false)], 1).curve(Layer::Mentions);
        assert_eq!(curve.points.len(), 1);
        near(curve.average_precision, 0.5);
    }

    #[test]
    fn calibration_weighs_bins_by_their_predictions() {
        let calibration = outcomes(&[(0.9, true), (0.9, false), (0.2, false), (1.0, true)], 2)
            .calibration(Layer::Relations);
        // Last bin: mean confidence 2.8 / 3 against 2 / 3 right; third bin: 0.2 against 0.
        near(calibration.expected_error, 0.75 * (2.8 / 3.0 - 2.0 / 3.0) + 0.25 * 0.2);
        near(calibration.brier, (0.01 + 0.81 + 0.04 + 0.0) / 4.0);
        assert_eq!(calibration.bins.len(), 2);
    }

    #[test]
    fn a_file_without_confidences_is_not_graded() {
        assert!(!outcomes(&[(1.0, true), (1.0, false)], 2).is_graded());
        assert!(!outcomes(&[], 2).is_graded());
    }
}
