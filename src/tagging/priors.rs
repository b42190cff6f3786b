//! Priors: how often a name was marked, and as what, in the training documents of the corpus.
//!
//! `data/rules/name_priors.tsv` is compiled by `examples/name_priors.rs`. It settles the type of a name that several tables
//! of the lexicon hold, keeps names out that are mostly not marked (`oxygen`, `isolated`), and adds names that the
//! lexicon lacks.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::document::EntityType;
use crate::lexicon::filter::hash;
use crate::lexicon::key::{self, Keyed};
use crate::lexicon::may_end;
use crate::lexicon::words::HashedMap;

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

/// What is known of a row of atoms.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// The counts, if it is a name.
    prior: Option<Prior>,
    /// Whether a longer name begins so.
    goes_on: bool,
}

/// The table.
#[derive(Debug, Default)]
pub(super) struct Priors {
    names: Vec<String>,
    /// Names and the whole atoms that they begin with, by their hashes.
    rows: HashedMap<Entry>,
}

impl Priors {
    /// Returns the table that the library carries.
    pub(super) fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Priors> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::parse(include_str!("../../data/rules/name_priors.tsv")))
    }

    /// Parses a table; lines that are no rows are skipped, and the first of equal names counts.
    pub(super) fn parse(content: &str) -> Self {
        let mut priors = Self::default();
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
            for (end, _) in name.match_indices(' ') {
                priors.rows.entry(hash(&name[..end])).or_default().goes_on = true;
            }
            priors.rows.entry(hash(name)).or_default().prior.get_or_insert(prior);
            priors.names.push(name.to_owned());
        }
        priors
    }

    /// Returns a name's counts.
    pub(super) fn get(&self, name: &str) -> Option<Prior> {
        self.rows.get(&hash(name))?.prior
    }

    /// Returns the keys of the names that are mostly of one of some types, in order; those of short forms in capitals
    /// come without their mark.
    pub(super) fn likely(&self, kinds: &[EntityType]) -> BTreeSet<String> {
        let likely = self.names.iter().filter(|name| self.get(name).is_some_and(|p| p.is_likely(kinds)));
        likely.map(|name| name.trim_start_matches('=').to_owned()).collect()
    }

    /// Returns the longest name that starts at an atom, as its number of atoms and its counts, and whether a longer one
    /// might if the text went on.
    pub(super) fn longest(&self, text: &str, keyed: &Keyed, first: usize) -> (Option<(usize, Prior)>, bool) {
        let surface = &text[keyed.atoms[first].start as usize..keyed.atoms[first].end as usize];
        let short = is_short_form(surface);
        let (mut found, mut goes_on) = (None, true);
        for last in first..keyed.atoms.len() {
            let entry = self.rows.get(&keyed.hash(first, last)).copied().unwrap_or_default();
            if let Some(prior) = entry.prior.filter(|_| !(short && last == first) && may_end(keyed, last)) {
                found = Some((last + 1 - first, prior));
            }
            goes_on = entry.goes_on;
            if !goes_on {
                break;
            }
        }
        if found.is_none() && short && may_end(keyed, first) {
            found = self.get(&format!("={}", keyed.atom(first))).map(|prior| (1, prior));
        }
        (found, goes_on)
    }
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
            let (found, prior) = priors.longest(text, &keyed, 0).0.unwrap();
            assert_eq!((found, prior.marked(EntityType::Cancer)), (atoms, cancer), "{text}");
        }
        let keyed = key::fold("bone marrow");
        assert_eq!(priors.longest("bone marrow", &keyed, 0), (None, true));
    }

    #[test]
    fn the_embedded_table_knows_common_names() {
        let prior = Priors::embedded().get("melanoma").unwrap();
        assert!(prior.marked(EntityType::Cancer) > 0.9 * prior.documents());
    }
}
