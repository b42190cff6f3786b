//! Priors: how often a name was marked, and as what, in the training documents of the corpus.
//!
//! `data/rules/name_priors.tsv` is compiled by `examples/name_priors.rs`. It settles the type of a name that several tables
//! of the lexicon hold, keeps names out that are mostly not marked (`oxygen`, `isolated`), and adds names that the
//! lexicon lacks.

use std::sync::OnceLock;

use fst::{Map, Streamer};

use crate::document::EntityType;
use crate::lexicon::key::{self, Keyed};
use crate::lexicon::{may_end, walk};

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

/// The table.
#[derive(Debug)]
pub(super) struct Priors {
    names: Map<Vec<u8>>,
    rows: Vec<Prior>,
}

impl Priors {
    /// Returns the table that the library carries.
    pub(super) fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Priors> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::parse(include_str!("../../data/rules/name_priors.tsv")))
    }

    /// Parses a table; lines that are no rows are skipped.
    fn parse(content: &str) -> Self {
        let mut rows = Vec::new();
        let mut named: Vec<(&str, u64)> = Vec::new();
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
            named.push((name, rows.len() as u64));
            rows.push(prior);
        }
        named.sort_unstable();
        named.dedup_by_key(|(name, _)| *name);
        // Sorted and without doubles, as `from_iter` wants them.
        #[allow(clippy::expect_used)]
        let names = Map::from_iter(named).expect("names are sorted");
        Self { names, rows }
    }

    /// Returns a name's counts.
    pub(super) fn get(&self, name: &str) -> Option<Prior> {
        self.names.get(name).map(|i| self.rows[i as usize])
    }

    /// Returns the keys of the names that are mostly of one of some types.
    pub(super) fn likely(&self, kinds: &[EntityType]) -> Vec<String> {
        self.keys_where(|prior| prior.is_likely(kinds))
    }

    /// Returns the keys of all names.
    pub(super) fn keys(&self) -> Vec<String> {
        self.keys_where(|_| true)
    }

    /// Returns keys; those of short forms in capitals come without their mark.
    fn keys_where(&self, keep: impl Fn(&Prior) -> bool) -> Vec<String> {
        let mut names = self.names.stream();
        let mut found = Vec::new();
        while let Some((name, i)) = names.next() {
            if keep(&self.rows[i as usize]) {
                found.push(String::from_utf8_lossy(name).trim_start_matches('=').to_owned());
            }
        }
        found
    }

    /// Returns the longest name that starts at an atom, as its number of atoms and its counts.
    pub(super) fn longest(&self, text: &str, keyed: &Keyed, first: usize) -> Option<(usize, Prior)> {
        let surface = &text[keyed.atoms[first].start as usize..keyed.atoms[first].end as usize];
        let short = is_short_form(surface);
        let ends_here = |last| !(short && last == first) && may_end(keyed, last);
        let (mut ends, _) = walk(self.names.as_fst(), keyed, first, ends_here);
        let mut found = ends.pop();
        if found.is_none() && short && may_end(keyed, first) {
            found = self.names.get(format!("={}", keyed.atom(first))).map(|value| (first, value));
        }
        found.map(|(last, i)| (last + 1 - first, self.rows[i as usize]))
    }
}

/// Tells whether a word is a short form in capitals, which is another name than the word in small letters (`ALL`, `all`).
fn is_short_form(surface: &str) -> bool {
    surface.chars().count() <= 5
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
            let (found, prior) = priors.longest(text, &keyed, 0).unwrap();
            assert_eq!((found, prior.marked(EntityType::Cancer)), (atoms, cancer), "{text}");
        }
        let keyed = key::fold("bone marrow");
        assert_eq!(priors.longest("bone marrow", &keyed, 0), None);
    }

    #[test]
    fn the_embedded_table_knows_common_names() {
        let prior = Priors::embedded().get("melanoma").unwrap();
        assert!(prior.marked(EntityType::Cancer) > 0.9 * prior.documents());
    }
}
