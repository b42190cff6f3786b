//! Tally: true positives, predictions and gold items, and the measures made of them.

use serde::Serialize;
use serde::ser::SerializeStruct;

/// Counts of one measure.
///
/// ```
/// use cytosift::evaluate::Tally;
/// let tally = Tally { true_positives: 1, predicted: 2, gold: 4 };
/// assert_eq!((tally.precision(), tally.recall()), (0.5, 0.25));
/// assert!((tally.f1() - 1.0 / 3.0).abs() < 1e-12);
/// assert_eq!(Tally::default().f1(), 0.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Predicted items paired with a gold item.
    pub true_positives: u64,
    /// Predicted items.
    pub predicted: u64,
    /// Gold items.
    pub gold: u64,
}

impl Tally {
    /// Returns the share of predictions that are right; 0 without predictions.
    pub fn precision(self) -> f64 {
        ratio(self.true_positives, self.predicted)
    }

    /// Returns the share of gold items that were found; 0 without gold items.
    pub fn recall(self) -> f64 {
        ratio(self.true_positives, self.gold)
    }

    /// Returns the harmonic mean of precision and recall; 0 if both are.
    pub fn f1(self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.true_positives += other.true_positives;
        self.predicted += other.predicted;
        self.gold += other.gold;
    }
}

impl Serialize for Tally {
    /// Writes the measures rounded to four digits, and the counts.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Tally", 5)?;
        fields.serialize_field("p", &round4(self.precision()))?;
        fields.serialize_field("r", &round4(self.recall()))?;
        fields.serialize_field("f1", &round4(self.f1()))?;
        fields.serialize_field("gold", &self.gold)?;
        fields.serialize_field("pred", &self.predicted)?;
        fields.end()
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Rounds to four decimals of the exact binary value, as the tables print it.
pub(super) fn round4(value: f64) -> f64 {
    format!("{value:.4}").parse().unwrap_or(value)
}
