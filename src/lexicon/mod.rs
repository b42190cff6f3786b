//! Lexicon: names of concepts, folded into keys, and what they stand for.
//!
//! One table a type in `data/lexicons/TYPE.tsv`, six columns with a header: `id`, `name` (display), `xrefs`
//! (`|` between), `role` (empty, `agonist`, `antagonist`, `based`), `target` (id of the cytokine or receptor that a
//! product is a form of or acts on), `names` (`|` between; all spellings to match, folded by [`key`]).
//! A name that begins with `=` matches in exactly this case; one that begins with `?` (and then perhaps `=`) is also an
//! ordinary word or a common abbreviation and needs context.

pub mod key;

use std::collections::BTreeMap;

use crate::document::{Concept, CytokineRole, EntityType};
use crate::{Error, Result};
use key::Keyed;

/// One meaning of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sense {
    /// The concept, for [`Lexicon::concept`].
    pub concept: u32,
    /// The concept's type.
    pub kind: EntityType,
    /// Whether the name counts only with the letters' case as listed.
    pub exact: bool,
    /// Whether the name is also an ordinary word or a common abbreviation.
    pub needs_context: bool,
}

/// Names and concepts of all types.
#[derive(Debug, Default)]
pub struct Lexicon {
    concepts: Vec<Concept>,
    names: BTreeMap<String, Vec<(Sense, String)>>,
}

/// The longest name that starts at an atom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMatch {
    /// Number of atoms that the name covers.
    pub atoms: usize,
    /// Its meanings, in the order of [`EntityType`], then of the table.
    pub senses: Vec<Sense>,
}

impl Lexicon {
    /// Reads tables from `(type, content)` pairs.
    ///
    /// # Errors
    /// [`Error::Lexicon`] naming the table and line.
    pub fn from_tables(tables: &[(EntityType, &str)]) -> Result<Self> {
        let mut lexicon = Self::default();
        for (kind, content) in tables {
            for (i, line) in content.lines().enumerate().skip(1) {
                let fields: Vec<&str> = line.split('\t').collect();
                let [id, name, xrefs, role, _target, names] = fields[..] else {
                    let message = format!("expected 6 fields, found {}", fields.len());
                    return Err(Error::Lexicon {
                        name: format!("{}.tsv", kind.as_str()),
                        line: i + 1,
                        message,
                    });
                };
                let role = match role {
                    "agonist" => CytokineRole::Agonist,
                    "antagonist" => CytokineRole::Antagonist,
                    "based" => CytokineRole::Based,
                    _ => CytokineRole::None,
                };
                let concept = lexicon.concepts.len() as u32;
                let xrefs = xrefs.split('|').filter(|x| !x.is_empty()).map(str::to_owned).collect();
                lexicon.concepts.push(Concept { id: id.into(), name: name.into(), xrefs, role });
                for name in names.split('|').filter(|n| !n.is_empty()) {
                    let (needs_context, name) = name.strip_prefix('?').map_or((false, name), |n| (true, n));
                    let (exact, name) = name.strip_prefix('=').map_or((false, name), |n| (true, n));
                    let sense = Sense { concept, kind: *kind, exact, needs_context };
                    lexicon.names.entry(key::key(name)).or_default().push((sense, name.to_owned()));
                }
            }
        }
        Ok(lexicon)
    }

    /// Returns a concept.
    pub fn concept(&self, index: u32) -> &Concept {
        &self.concepts[index as usize]
    }

    /// Returns the longest name that starts at an atom of a folded text and ends where a word may end.
    ///
    /// `text` is the text that was folded; names in exact case are compared with it.
    pub fn longest(&self, text: &str, keyed: &Keyed, first: usize) -> Option<NameMatch> {
        let from = keyed.atoms[first].folded_start as usize;
        let limit = keyed.atoms.len().min(first + 12);
        for last in (first..limit).rev() {
            let end = &keyed.atoms[last];
            if keyed
                .atoms
                .get(last + 1)
                .is_some_and(|next| next.glued && keyed.atom(last + 1).chars().all(char::is_alphanumeric))
            {
                continue;
            }
            if let Some(senses) = self.names.get(&keyed.folded[from..end.folded_end as usize]) {
                let surface = &text[keyed.atoms[first].start as usize..end.end as usize];
                let senses: Vec<Sense> =
                    senses.iter().filter(|(s, name)| !s.exact || name == surface).map(|(s, _)| *s).collect();
                if !senses.is_empty() {
                    return Some(NameMatch { atoms: last + 1 - first, senses });
                }
            }
        }
        None
    }
}
