//! Gate: tells quickly which texts may hold a cytokine, a receptor or a therapy aimed at one.
//!
//! Works in the order of cost: the first letters of each word; the folded text from it on, with the beginnings of names;
//! the lexicon, the grammar's heads and the counted names. It may let a text through in vain, and stops none that the tagger
//! would find such a mention in.

use std::cell::RefCell;
use std::ops::Range;

use crate::document::EntityType;
use crate::lexicon::NameMatch;
use crate::lexicon::filter::WordFilter;
use crate::lexicon::key::Keyed;
use crate::lexicon::prefixes::Prefixes;

use super::grammar::Grammar;
use super::lexicon::Names;

/// Bytes of text after a word that are folded first, and by how much that grows while a name may go on.
const AHEAD: usize = 1;
const GROWTH: usize = 24;

/// The types that are the focus by themselves.
const FOCUS: [EntityType; 2] = [EntityType::Cytokine, EntityType::Receptor];

/// What is known of the beginnings of names of the focus.
#[derive(Debug)]
pub(super) struct Gate {
    names: Names,
    grammar: &'static Grammar,
    of_documents: Beginnings,
    of_sentences: Beginnings,
}

/// The beginnings of names, for a first and a second look.
#[derive(Clone, Debug)]
struct Beginnings {
    prefixes: Prefixes,
    starts: WordFilter<Vec<u8>>,
}

impl Beginnings {
    fn of(keys: impl IntoIterator<Item = String>) -> Self {
        let mut set = Self { prefixes: Prefixes::new([]), starts: WordFilter::new(14) };
        set.extend(keys);
        set
    }

    fn extend(&mut self, keys: impl IntoIterator<Item = String>) {
        let keys: Vec<String> = keys.into_iter().collect();
        keys.iter().for_each(|key| self.starts.insert_beginning(key));
        self.prefixes.extend(keys.iter().map(String::as_str));
    }
}

impl Gate {
    /// Collects the beginnings of all names of the focus.
    pub(super) fn new(names: Names, grammar: &'static Grammar) -> Self {
        let of_documents = Beginnings::of(names.lexicon.focus_keys().chain(grammar.focus_keys()));
        let mut of_sentences = of_documents.clone();
        of_sentences.extend(names.priors.likely(&FOCUS));
        Self { names, grammar, of_documents, of_sentences }
    }

    /// Returns the names whose beginnings it knows.
    pub(super) fn names(&self) -> Names {
        self.names
    }

    /// Tells whether a document of this text may hold a mention of the focus.
    ///
    /// Names that are only counted open no document: the counts are of documents that hold listed names.
    pub(super) fn opens_document(&self, text: &str) -> bool {
        self.opens(text, &self.of_documents, |name, counted| match name {
            // Without a sure name of the same concept, which opens the gate itself, only the counts can speak for it.
            Some(name) => counted || name.senses.iter().any(|s| !s.needs_context),
            None => false,
        })
    }

    /// Tells whether a sentence of a document that may hold a mention of the focus may do so itself.
    pub(super) fn opens_sentence(&self, text: &str) -> bool {
        self.opens(text, &self.of_sentences, |name, counted| counted || name.is_some())
    }

    /// Asks for each place: given the listed name there and whether a counted one is there, does it open the gate?
    fn opens(
        &self,
        text: &str,
        beginnings: &Beginnings,
        decides: impl Fn(Option<NameMatch>, bool) -> bool,
    ) -> bool {
        thread_local! {
            /// Memory for folded windows: nearly every text has one.
            static WINDOW: RefCell<Keyed> = RefCell::default();
        }
        WINDOW.with_borrow_mut(|keyed| {
            beginnings
                .prefixes
                .any(text, |part| self.opens_at(text, part, &beginnings.starts, keyed, &decides))
        })
    }

    /// Tells whether a name of the focus may begin inside a part of a text.
    fn opens_at(
        &self,
        text: &str,
        part: Range<usize>,
        starts: &WordFilter<Vec<u8>>,
        keyed: &mut Keyed,
        decides: &impl Fn(Option<NameMatch>, bool) -> bool,
    ) -> bool {
        let mut ahead = AHEAD;
        loop {
            let to = space_after(text, part.end + ahead);
            let window = &text[part.start..to];
            keyed.refill(window);
            let mut open = false;
            for i in 0..keyed.atoms.len() {
                if keyed.atoms[i].start as usize >= part.len() {
                    break;
                }
                let beginning = keyed.beginning(i);
                let cut = i + 1 == keyed.atoms.len() && to < text.len();
                open |= cut;
                if cut || !beginning.is_in(starts) {
                    continue;
                }
                let next = (i + 1 < keyed.atoms.len()).then(|| keyed.atom(i + 1));
                if self.grammar.may_make_focus(keyed.atom(i), next) {
                    return true;
                }
                let (listed, goes_on) = self.names.lexicon.longest_focus(&beginning, window, keyed);
                open |= goes_on;
                let (counted, goes_on) = self.names.priors.longest(&beginning, window, keyed);
                open |= goes_on;
                if decides(listed, counted.is_some_and(|(_, prior)| prior.is_likely(&FOCUS))) {
                    return true;
                }
            }
            if !open || to == text.len() {
                return false;
            }
            ahead *= GROWTH;
        }
    }
}

/// Returns the place of the first space at or after `at`, or the end.
fn space_after(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    memchr::memchr(b' ', rest).map_or(text.len(), |n| at + n)
}
