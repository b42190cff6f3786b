//! Weights: what each condition says for each reading of a pair, read from `data/rules/weights.tsv` (fitted) and
//! `data/rules/frames.tsv` (written by hand).
//!
//! A reading is a predicate and a direction, or no relation. Its score is the sum of the weights of the conditions that
//! hold; the scores of the readings that the schema allows, through a softmax, are probabilities.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::document::{EntityType, Predicate};
use crate::lexicon::filter::WordFilter;
use crate::lexicon::rows::{self, Rows};
use crate::{Error, Result};

use super::conditions::Sink;
use super::parts::{self, Part};

/// The tables that are built in: fitted weights, and what grammar says where the corpus is thin.
const TABLES: [(&str, &str); 2] = [
    ("rules/weights.tsv", include_str!("../../data/rules/weights.tsv")),
    ("rules/frames.tsv", include_str!("../../data/rules/frames.tsv")),
];

/// Number of readings: none, and each predicate in both directions.
pub(super) const READINGS: usize = 1 + 2 * Predicate::ALL.len();

/// A reading of a pair: 0 is none; 1 + 2 p is predicate p from A to B, 2 + 2 p from B to A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading(pub(super) u8);

impl Reading {
    /// Returns the predicate and whether A is the subject; `None` for no relation.
    pub(super) fn relation(self) -> Option<(Predicate, bool)> {
        let index = self.0.checked_sub(1)? as usize;
        Some((Predicate::ALL[index / 2], index.is_multiple_of(2)))
    }

    /// Returns its name in the table: `promotes A B`, `promotes B A`, `none`.
    pub(super) fn name(self) -> String {
        match self.relation() {
            None => "none".to_owned(),
            Some((p, true)) => format!("{} A B", p.as_str()),
            Some((p, false)) => format!("{} B A", p.as_str()),
        }
    }

    /// Returns the reading of that name.
    fn parse(name: &str) -> Option<Self> {
        static NAMES: LazyLock<[String; READINGS]> =
            LazyLock::new(|| std::array::from_fn(|i| Reading(i as u8).name()));
        NAMES.iter().position(|known| known == name).map(|i| Reading(i as u8))
    }

    /// Tells whether the schema allows the reading between two types.
    pub(super) fn allowed(self, a: EntityType, b: EntityType) -> bool {
        match self.relation() {
            None => true,
            Some((p, true)) => p.allows(a, b) || p.is_symmetric() && p.allows(b, a),
            Some((p, false)) => !p.is_symmetric() && p.allows(b, a),
        }
    }
}

/// Weights of the readings by the conditions' hashes.
#[derive(Debug)]
pub(super) struct Weights {
    /// Where the cells of a condition begin, and in the lowest byte how many there are.
    rows: Rows<Vec<u8>>,
    cells: Vec<(u8, f32)>,
    /// The hashes of the rows: most conditions have no row.
    present: WordFilter<Vec<u8>>,
}

impl Weights {
    /// Reads the tables that are built in.
    pub(super) fn built_in() -> Result<Self> {
        Self::parse(&TABLES)
    }

    /// Reads tables; the weights of a condition that stands in several are added up.
    fn parse(tables: &[(&str, &str)]) -> Result<Self> {
        let mut rows: BTreeMap<&str, Vec<(u8, f32)>> = BTreeMap::new();
        for (name, table) in tables {
            for (i, line) in table.lines().enumerate() {
                if line.starts_with('#') || line.is_empty() {
                    continue;
                }
                let mut fields = line.split('\t');
                let cells = rows.entry(fields.next().unwrap_or_default()).or_default();
                for field in fields {
                    let cell = field.rsplit_once('=').and_then(|(reading, weight)| {
                        Some((Reading::parse(reading)?.0, weight.parse::<f32>().ok()?))
                    });
                    let message = || format!("not \"reading=weight\": {field:?}");
                    let fail = || Error::Lexicon { name: (*name).into(), line: i + 1, message: message() };
                    cells.push(cell.ok_or_else(fail)?);
                }
            }
        }
        let (mut cells, mut present) = (Vec::new(), WordFilter::new(14));
        let mut packed: BTreeMap<u64, u32> = BTreeMap::new();
        for (condition, row) in rows.into_iter().filter(|(_, row)| !row.is_empty()) {
            let fail = |what: &str| {
                let message = format!("the condition {condition:?} has {what}");
                Error::Lexicon { name: tables[0].0.into(), line: 0, message }
            };
            let length = u8::try_from(row.len()).map_err(|_| fail("too many weights"))?;
            let hash = parts::hash(&[&Part::of(condition)]);
            present.insert_hashed(hash);
            if packed.insert(hash, (cells.len() as u32) << 8 | u32::from(length)).is_some() {
                return Err(fail("the hash of another"));
            }
            cells.extend(row);
        }
        Ok(Self { rows: Rows::from_bytes(rows::pack(&packed, 100)), cells, present })
    }

    /// Starts a sum.
    pub(super) fn scorer(&self) -> Scorer<'_> {
        Scorer { weights: self, hashes: Vec::with_capacity(128) }
    }
}

/// Sums the weights of the conditions that it is given.
///
/// It looks them up together when all are there, as a processor waits for many far memories at once.
pub(super) struct Scorer<'a> {
    weights: &'a Weights,
    hashes: Vec<u64>,
}

impl Sink for Scorer<'_> {
    const SPELLS: bool = false;

    fn add(&mut self, parts: &[&Part]) {
        self.hashes.push(parts::hash(parts));
    }
}

impl Scorer<'_> {
    /// Returns the probability of each reading between two types.
    pub(super) fn probabilities(mut self, a: EntityType, b: EntityType) -> [f32; READINGS] {
        // Kept in order without branches, which would be hard to foretell.
        let mut kept = 0;
        for i in 0..self.hashes.len() {
            let hash = self.hashes[i];
            self.hashes[kept] = hash;
            kept += usize::from(self.weights.present.may_hold_hashed(hash));
        }
        let mut rows = Vec::with_capacity(kept);
        rows.extend(self.hashes[..kept].iter().filter_map(|hash| self.weights.rows.get(*hash)));
        let mut sums = [0.0; READINGS];
        for row in rows {
            let (start, length) = ((row >> 8) as usize, (row & 0xff) as usize);
            for (reading, weight) in &self.weights.cells[start..start + length] {
                sums[*reading as usize] += weight;
            }
        }
        softmax(&sums, a, b)
    }
}

/// Turns scores into probabilities over the readings that the schema allows.
pub(super) fn softmax(sums: &[f32; READINGS], a: EntityType, b: EntityType) -> [f32; READINGS] {
    static ALLOWED: LazyLock<[[Vec<usize>; 8]; 8]> = LazyLock::new(|| {
        EntityType::ALL.map(|a| {
            EntityType::ALL.map(|b| (0..READINGS).filter(|i| Reading(*i as u8).allowed(a, b)).collect())
        })
    });
    let mut out = [0.0; READINGS];
    let allowed = &ALLOWED[a as usize][b as usize];
    let top = allowed.iter().map(|i| sums[*i]).fold(f32::MIN, f32::max);
    let mut total = 0.0;
    for &i in allowed {
        out[i] = (sums[i] - top).exp();
        total += out[i];
    }
    out.iter_mut().for_each(|p| *p /= total);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_have_names_and_obey_the_schema() {
        for reading in (0..READINGS as u8).map(Reading) {
            assert_eq!(Reading::parse(&reading.name()), Some(reading));
        }
        let treats = Reading::parse("treats B A").unwrap();
        assert!(treats.allowed(EntityType::Cancer, EntityType::Cytokine));
        assert!(!treats.allowed(EntityType::Cytokine, EntityType::Cancer));
    }

    #[test]
    fn weights_of_two_tables_add_up() {
        let weights = Weights::parse(&[("a", "x\ttreats A B=1"), ("b", "# note\nx\ttreats A B=2")]).unwrap();
        let mut scorer = weights.scorer();
        scorer.add(&[&Part::of("x")]);
        let p = scorer.probabilities(EntityType::Cytokine, EntityType::Cancer);
        let treats = Reading::parse("treats A B").unwrap().0 as usize;
        assert!(p[treats] / p[0] > 20.0, "e^3 times as likely");
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn malformed_cells_name_their_line() {
        let error = Weights::parse(&[("rules/t.tsv", "x\ttreats A B=1\ny\tcures A B=1")]).unwrap_err();
        assert_eq!(error.to_string(), "lexicon rules/t.tsv, line 2: not \"reading=weight\": \"cures A B=1\"");
    }
}
