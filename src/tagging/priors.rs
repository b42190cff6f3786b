//! Priors: how often a name was marked, and as what, in the training documents of the corpus.
//!
//! `data/rules/name_priors.tsv` is compiled by `examples/name_priors.rs`. It settles the type of a name that several tables
//! of the lexicon hold, keeps names out that are mostly not marked (`oxygen`, `isolated`), and adds names that the
//! lexicon lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::document::EntityType;
use crate::lexicon::filter::{WordFilter, hash};
use crate::lexicon::key::{self, Keyed};
use crate::lexicon::rows::{self, Rows};
use crate::lexicon::{Beginning, may_end};

/// In how many training documents a name stands, and in how many it is mostly of each type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prior {
    documents: u16,
    marked: [u16; 8],
}

impl Prior {
    /// Returns the number of documents in which the name is mostly of a type.
    pub(super) fn marked(&self, kind: EntityType) -> f32 {
        f32::from(self.marked[kind as usize])
    }

    /// Tells whether the name is mostly of one of some types.
    pub(super) fn is_likely(&self, kinds: &[EntityType]) -> bool {
        kinds.iter().any(|kind| 2.0 * self.marked(*kind) >= self.documents())
    }

    /// Returns the number of documents in which the name stands.
    pub(super) fn documents(&self) -> f32 {
        f32::from(self.documents)
    }
}

/// Bit of a row: a longer name begins so.
const GOES_ON: u32 = 1;
/// Bit of a row: it is also a short form in capitals, or only that.
const CAPITALS: u32 = 1 << 1;
/// The bits above: one more than the place of the name's counts, if it is a name.
const COUNTS_SHIFT: u32 = 2;

/// The table.
#[derive(Debug, Default)]
pub(super) struct Priors {
    names: Vec<String>,
    counts: Vec<Prior>,
    /// Names and the whole atoms that they begin with.
    rows: Rows<Vec<u8>>,
    /// Short forms in capitals, without their mark.
    capitals: Rows<Vec<u8>>,
    /// The beginnings of names: most words are none.
    starts: WordFilter<Vec<u8>>,
}

impl Priors {
    /// Returns the table that the library carries.
    pub(super) fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Priors> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::parse(include_str!("../../data/rules/name_priors.tsv")))
    }

    /// Parses a table; lines that are no rows are skipped, and the first of equal names counts.
    pub(super) fn parse(content: &str) -> Self {
        let mut priors = Self { starts: WordFilter::new(14), ..Self::default() };
        let (mut rows, mut capitals) = (BTreeMap::<u64, u32>::new(), BTreeMap::new());
        for line in content.lines().filter(|l| !l.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(name), Some(documents), Some(types)) = (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let mut prior = Prior { documents: documents.parse().unwrap_or(0), ..Prior::default() };
            for (kind, n) in types.split(',').filter_map(|t| t.split_once(':')) {
                if let Some(kind) = EntityType::parse(kind) {
                    prior.marked[kind as usize] = n.parse().unwrap_or(0);
                }
            }
            let (key, in_capitals) = unmarked(name);
            for (end, _) in key.match_indices(' ') {
                *rows.entry(hash(&key[..end])).or_default() |= GOES_ON;
            }
            priors.counts.push(prior);
            if in_capitals {
                *rows.entry(hash(key)).or_default() |= CAPITALS;
            }
            let row = if in_capitals { &mut capitals } else { &mut rows }.entry(hash(key)).or_default();
            if *row >> COUNTS_SHIFT == 0 {
                *row |= (priors.counts.len() as u32) << COUNTS_SHIFT;
            }
            priors.starts.insert_beginning(key);
            priors.names.push(name.to_owned());
        }
        priors.rows = Rows::from_bytes(rows::pack(&rows, 100));
        priors.capitals = Rows::from_bytes(rows::pack(&capitals, 100));
        priors
    }

    /// Returns a name's counts.
    pub(super) fn get(&self, name: &str) -> Option<Prior> {
        let (key, in_capitals) = unmarked(name);
        self.counted(if in_capitals { &self.capitals } else { &self.rows }.get(hash(key))?)
    }

    /// Returns the counts that a row names.
    fn counted(&self, row: u32) -> Option<Prior> {
        self.counts.get((row >> COUNTS_SHIFT).checked_sub(1)? as usize).copied()
    }

    /// Returns the keys of the names that are mostly of one of some types, in order; those of short forms in capitals
    /// come without their mark.
    pub(super) fn likely(&self, kinds: &[EntityType]) -> BTreeSet<String> {
        let likely = self.names.iter().filter(|name| self.get(name).is_some_and(|p| p.is_likely(kinds)));
        likely.map(|name| unmarked(name).0.to_owned()).collect()
    }

    /// Returns the longest name that starts at an atom, as its number of atoms and its counts, and whether a longer one
    /// might if the text went on.
    pub(super) fn longest(
        &self,
        beginning: &Beginning,
        text: &str,
        keyed: &Keyed,
    ) -> (Option<(usize, Prior)>, bool) {
        let first_rows = self.second_row(self.first_row(beginning), beginning);
        self.longest_from(first_rows, beginning, text, keyed)
    }

    /// Returns the rows of the one atom and of the two that names may begin with, 0 where there is none, for each of some
    /// atoms: in two rounds, as a processor waits for many far memories at once if nothing stands between them.
    pub(super) fn rows<'a>(&self, beginnings: impl Iterator<Item = &'a Beginning> + Clone) -> Vec<[u32; 2]> {
        let mut rows: Vec<[u32; 2]> = beginnings.clone().map(|beginning| self.first_row(beginning)).collect();
        rows.iter_mut().zip(beginnings).for_each(|(rows, at)| *rows = self.second_row(*rows, at));
        rows
    }

    #[inline]
    fn first_row(&self, beginning: &Beginning) -> [u32; 2] {
        let known = beginning.is_in(&self.starts);
        [if known { self.row(beginning.hash_of_one()) } else { 0 }, 0]
    }

    #[inline]
    fn second_row(&self, [first, _]: [u32; 2], beginning: &Beginning) -> [u32; 2] {
        let goes_on = first & GOES_ON != 0;
        let two = beginning.hash_of_two().filter(|_| goes_on);
        [first, two.map_or(0, |two| self.row(two))]
    }

    #[inline]
    fn row(&self, hash: u64) -> u32 {
        self.rows.get(hash).unwrap_or_default()
    }

    /// Returns what [`Self::longest`] does, given its rows of the first two atoms.
    pub(super) fn longest_from(
        &self,
        first_rows: [u32; 2],
        beginning: &Beginning,
        text: &str,
        keyed: &Keyed,
    ) -> (Option<(usize, Prior)>, bool) {
        if first_rows[0] == 0 {
            return (None, false);
        }
        let first = beginning.first;
        let surface = &text[keyed.atoms[first].start as usize..keyed.atoms[first].end as usize];
        let (mut found, mut goes_on) = (None, true);
        for last in first..keyed.atoms.len() {
            let next = || self.row(beginning.hash(keyed, last));
            let row = first_rows.get(last - first).copied().unwrap_or_else(next);
            let prior = match last == first && is_short_form(surface) {
                true if row & CAPITALS == 0 => None,
                true => self.capitals.get(beginning.hash_of_one()).and_then(|row| self.counted(row)),
                false => self.counted(row),
            };
            if let Some(prior) = prior.filter(|_| may_end(keyed, last)) {
                found = Some((last + 1 - first, prior));
            }
            goes_on = row & GOES_ON != 0;
            if !goes_on {
                break;
            }
        }
        (found, goes_on)
    }
}

/// Returns the key of a row of the table, and whether it is one of short forms in capitals, which are marked.
fn unmarked(name: &str) -> (&str, bool) {
    name.strip_prefix('=').map_or((name, false), |key| (key, true))
}

/// Tells whether a word is a short form in capitals, which is another name than the word in small letters (`ALL`, `all`).
fn is_short_form(surface: &str) -> bool {
    // Most words end in small letters and are longer.
    surface.len() <= 20
        && surface.bytes().any(|b| !b.is_ascii_lowercase())
        && surface.chars().count() <= 5
        && surface.chars().all(char::is_alphabetic)
        && surface.chars().filter(|c| c.is_uppercase()).count() >= 2
}

/// Returns the key under which `data/rules/name_priors.tsv` counts a name as written.
pub fn prior_key(name: &str) -> String {
    let folded = key::key(name);
    if is_short_form(name) && !folded.contains(' ') { format!("={folded}") } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_in_capitals_are_names_of_their_own() {
        let priors = Priors::parse("# x\n=all\t3\tcancer:3\nall\t90\t\nbone marrow cell\t2\tcell:2\n");
        for (text, atoms, cancer) in [("ALL", 1, 3.0), ("all", 1, 0.0), ("bone marrow cells", 3, 0.0)] {
            let keyed = key::fold(text);
            let (found, prior) = priors.longest(&keyed.beginning(0), text, &keyed).0.unwrap();
            assert_eq!((found, prior.marked(EntityType::Cancer)), (atoms, cancer), "{text}");
        }
        let keyed = key::fold("bone marrow");
        assert_eq!(priors.longest(&keyed.beginning(0), "bone marrow", &keyed), (None, true));
    }

    #[test]
    fn the_embedded_table_knows_common_names() {
        let prior = Priors::embedded().get("melanoma").unwrap();
        assert!(prior.marked(EntityType::Cancer) > 0.9 * prior.documents());
    }
}
