//! Scene: one sentence, folded, with the candidate mentions found in it so far.

use std::borrow::Cow;

use crate::document::{CytokineRole, EntityType, Span};
use crate::lexicon::Sense;
use crate::lexicon::key::{self, Keyed};

use super::grammar::{Grammar, WordUse};
use super::priors::{Priors, prior_key};

/// What stands between an atom and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// Nothing: `IL` and `2` in `IL2`.
    Glued,
    /// A hyphen.
    Dash,
    /// White space.
    Space,
}

/// How a candidate was found; ordered from weak to strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// By a pattern.
    Pattern,
    /// As a half-written name in a list.
    Coordination,
    /// By its name.
    Lexicon,
    /// As a short form that the document defines.
    Abbreviation,
}

impl Source {
    /// Returns the name used in [`crate::Mention::source`].
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Source::Pattern => "pattern",
            Source::Coordination => "coordination",
            Source::Lexicon => "lexicon",
            Source::Abbreviation => "abbreviation",
        }
    }
}

/// A mention that competes with others for its place.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// First and last atom.
    pub(super) atoms: (usize, usize),
    /// Place in the sentence, in bytes.
    pub(super) span: Span,
    /// Type.
    pub(super) kind: EntityType,
    /// Meanings of that type.
    pub(super) senses: Vec<Sense>,
    /// Role of a composed mention (`anti-IL-6 antibody`) with respect to the cytokines in `parts`.
    pub(super) role: CytokineRole,
    /// Meanings of the cytokines and receptors inside a composed mention.
    pub(super) parts: Vec<Sense>,
    /// How it was found.
    pub(super) source: Source,
    /// How likely it is right, as far as its name says.
    pub(super) probability: f32,
}

impl Candidate {
    /// Moves a candidate of a part of a sentence to its place in the sentence.
    pub(super) fn shifted(mut self, by: u32) -> Self {
        self.span = self.span.shifted(by);
        self
    }

    /// Tells whether it has a meaning in the lexicon or one composed of such.
    pub(super) fn has_meaning(&self) -> bool {
        !self.senses.is_empty() || self.role != CytokineRole::None
    }

    /// Tells whether it is a cytokine, a receptor of one, or a therapy aimed at or built from one.
    pub(super) fn is_focus(&self) -> bool {
        matches!(self.kind, EntityType::Cytokine | EntityType::Receptor)
            || self.kind == EntityType::Therapy
                && (self.role != CytokineRole::None || self.senses.iter().any(Sense::is_focus))
    }
}

/// Tokens in capitals that name nothing: nucleic acids, genotypes, parts of an abstract.
const NOT_SYMBOLS: [&str; 12] =
    ["DNA", "RNA", "mRNA", "cDNA", "WT", "KO", "USA", "II", "III", "IV", "TITLE", "AIM"];

/// One sentence.
pub(super) struct Scene<'a> {
    /// The sentence as written.
    pub(super) text: &'a str,
    /// The sentence with bracketed short forms inside names blanked, byte for byte as long as `text`.
    pub(super) masked: Cow<'a, str>,
    /// `masked`, folded.
    pub(super) keyed: Keyed,
    /// The grammar's use of each atom.
    pub(super) words: Vec<WordUse>,
    /// Candidates, in the order they were found.
    pub(super) candidates: Vec<Candidate>,
    ends: Vec<Option<usize>>,
}

impl<'a> Scene<'a> {
    /// Folds a sentence.
    pub(super) fn new(text: &'a str, masked: Cow<'a, str>, grammar: &Grammar) -> Self {
        let keyed = key::fold(&masked);
        let surface = |i: usize| &masked[keyed.atoms[i].start as usize..keyed.atoms[i].end as usize];
        let words = (0..keyed.atoms.len()).map(|i| grammar.word(keyed.atom(i), surface(i))).collect();
        let ends = vec![None; keyed.atoms.len()];
        Self { text, masked, keyed, words, candidates: Vec::new(), ends }
    }

    /// Returns the number of atoms.
    pub(super) fn len(&self) -> usize {
        self.keyed.atoms.len()
    }

    /// Returns a folded atom.
    pub(super) fn atom(&self, i: usize) -> &str {
        self.keyed.atom(i)
    }

    /// Returns the text of atoms `first..=last` as written.
    pub(super) fn surface(&self, first: usize, last: usize) -> &'a str {
        &self.text[self.span(first, last).range()]
    }

    /// Returns the place of atoms `first..=last`.
    pub(super) fn span(&self, first: usize, last: usize) -> Span {
        Span { start: self.keyed.atoms[first].start, end: self.keyed.atoms[last].end }
    }

    /// Tells what stands before an atom.
    pub(super) fn joint(&self, i: usize) -> Joint {
        if i == 0 {
            return Joint::Space;
        }
        let (before, atom) = (self.keyed.atoms[i - 1].end as usize, self.keyed.atoms[i].start as usize);
        match &self.text[before..atom] {
            "" => Joint::Glued,
            " " => Joint::Space,
            gap if gap.contains(char::is_whitespace) => Joint::Space,
            gap if gap.contains(key::is_dash) => Joint::Dash,
            _ => Joint::Space,
        }
    }

    /// Tells whether nothing stands before an atom that is not the first.
    fn is_glued(&self, i: usize) -> bool {
        self.keyed.atoms[i - 1].end == self.keyed.atoms[i].start
    }

    /// Tells whether an atom is letters or digits, not a mark.
    pub(super) fn is_word(&self, i: usize) -> bool {
        self.atom(i).starts_with(char::is_alphanumeric)
    }

    /// Tells whether a name may start at an atom: not inside a run of letters and digits.
    pub(super) fn may_start(&self, i: usize) -> bool {
        self.is_word(i) && (i == 0 || !self.is_glued(i) || !self.is_word(i - 1))
    }

    /// Tells whether a name may end at an atom.
    pub(super) fn may_end(&self, i: usize) -> bool {
        i + 1 == self.len() || !self.is_glued(i + 1) || !self.is_word(i + 1)
    }

    /// Returns the first atom of the token (no white space, no bracket or comma inside) that ends at `last`.
    pub(super) fn token_start(&self, last: usize) -> usize {
        let mut first = last;
        while first > 0 && self.joint(first) != Joint::Space && !is_break(self.atom(first - 1)) {
            first -= 1;
        }
        first
    }

    /// Tells whether atoms `first..=last` look like a name in symbols: `MCF-7`, `NS-Meg`, `CD8+`.
    pub(super) fn is_symbol(&self, first: usize, last: usize) -> bool {
        let surface = self.surface(first, last);
        let upper = surface.chars().filter(|c| c.is_uppercase()).count();
        let digits = surface.chars().filter(char::is_ascii_digit).count();
        let longest_lower = surface.split(|c: char| !c.is_lowercase()).map(str::len).max().unwrap_or(0);
        surface.len() <= 20
            && upper >= 1
            && (digits > 0 || upper >= 2)
            && longest_lower <= 4
            && (digits > 0 || surface.len() <= 6 || longest_lower > 0)
            && !NOT_SYMBOLS.contains(&surface)
            && surface.chars().all(|c| c.is_alphanumeric() || "+-/.".contains(c) || key::is_dash(c))
    }

    /// Returns the longest candidate that ends at an atom.
    pub(super) fn ending_at(&self, last: usize) -> Option<&Candidate> {
        self.ends[last].map(|i| &self.candidates[i])
    }

    /// Returns the longest candidate that starts at an atom and is one of some types.
    pub(super) fn starting_at(&self, first: usize, kinds: &[EntityType]) -> Option<&Candidate> {
        let fits = |c: &&Candidate| c.atoms.0 == first && kinds.contains(&c.kind);
        self.candidates.iter().filter(fits).max_by_key(|c| c.atoms.1)
    }

    /// Adds a candidate.
    pub(super) fn push(&mut self, candidate: Candidate) {
        let (first, last) = candidate.atoms;
        self.candidates.push(candidate);
        self.index_end(self.candidates.len() - 1, (first, last));
    }

    /// Notes a candidate as the longest that ends where it does, if it is; of two equal ones, the one with a meaning.
    fn index_end(&mut self, i: usize, (first, last): (usize, usize)) {
        let before = self.ends[last].map(|j| &self.candidates[j]);
        if before.is_none_or(|b| b.atoms.0 > first || b.atoms.0 == first && !b.has_meaning()) {
            self.ends[last] = Some(i);
        }
    }

    /// Hands the candidates over.
    pub(super) fn take_candidates(&mut self) -> Vec<Candidate> {
        self.ends.fill(None);
        std::mem::take(&mut self.candidates)
    }

    /// Removes phrases whose very words are mostly not marked in the training documents.
    pub(super) fn drop_unlikely(&mut self, priors: &Priors) {
        let mut unlikely = Vec::new();
        for candidate in self.candidates.iter().filter(|c| c.source == Source::Pattern) {
            let (first, last) = candidate.atoms;
            let Some(prior) = priors.get(&prior_key(self.surface(first, last))) else { continue };
            if prior.documents() >= 3.0 && prior.marked(candidate.kind) < 0.4 * prior.documents() {
                unlikely.push(candidate.atoms);
            }
        }
        if !unlikely.is_empty() {
            self.candidates.retain(|c| c.source != Source::Pattern || !unlikely.contains(&c.atoms));
            self.index_ends();
        }
    }

    /// Removes the candidates that cover exactly atoms `first..=last`.
    pub(super) fn remove(&mut self, atoms: (usize, usize)) {
        self.candidates.retain(|c| c.atoms != atoms);
        self.index_ends();
    }

    fn index_ends(&mut self) {
        self.ends.fill(None);
        for i in 0..self.candidates.len() {
            self.index_end(i, self.candidates[i].atoms);
        }
    }

    /// Adds a candidate that a pattern found; a cytokine or receptor inside gives it `role`.
    pub(super) fn push_pattern(&mut self, atoms: (usize, usize), kind: EntityType, role: CytokineRole) {
        let mut parts = Vec::new();
        if role != CytokineRole::None {
            for inner in &self.candidates {
                let inside = atoms.0 <= inner.atoms.0 && inner.atoms.1 <= atoms.1;
                if inside && matches!(inner.kind, EntityType::Cytokine | EntityType::Receptor) {
                    parts.extend(inner.senses.iter().copied());
                    parts.extend(inner.parts.iter().copied());
                }
            }
        }
        parts.sort_by_key(|s| s.concept);
        parts.dedup_by_key(|s| s.concept);
        let focus = self.candidates.iter().any(|c| {
            atoms.0 <= c.atoms.0
                && c.atoms.1 <= atoms.1
                && matches!(c.kind, EntityType::Cytokine | EntityType::Receptor)
        });
        let role = if focus { role } else { CytokineRole::None };
        let span = self.span(atoms.0, atoms.1);
        self.push(Candidate {
            atoms,
            span,
            kind,
            senses: Vec::new(),
            role,
            parts,
            source: Source::Pattern,
            probability: 0.8,
        });
    }
}

/// Tells whether a mark ends a token.
pub(super) fn is_break(atom: &str) -> bool {
    matches!(atom, "(" | ")" | "[" | "]" | "," | ";" | ":" | "." | "/" | "\"" | "=" | "<" | ">" | "%")
}
