//! Errors to look at: a sentence, what gold and the system mark in it, and what is wrong.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

/// Most errors of one kind that are kept of one system, so that a report stays readable and small.
pub const ERRORS_PER_KIND: u64 = 500;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorKind {
    /// A gold mention that no predicted mention overlaps.
    MissedMention,
    /// A predicted mention that no gold mention overlaps.
    SpuriousMention,
    /// Overlapping mentions of the same type with other edges.
    WrongSpan,
    /// Overlapping mentions of different types.
    WrongType,
    /// Matching mentions with other identifiers.
    WrongConcept,
    /// A gold relation between whose mentions nothing is predicted.
    MissedRelation,
    /// A predicted relation between whose mentions gold has nothing.
    SpuriousRelation,
    /// The right mentions with another predicate.
    WrongPredicate,
    /// The right mentions and predicate with subject and object exchanged.
    WrongDirection,
    /// A matching relation whose `negated` or `hedged` is wrong.
    WrongFlag,
}

impl ErrorKind {
    /// All kinds, mentions first.
    pub const ALL: [ErrorKind; 10] = [
        ErrorKind::MissedMention,
        ErrorKind::SpuriousMention,
        ErrorKind::WrongSpan,
        ErrorKind::WrongType,
        ErrorKind::WrongConcept,
        ErrorKind::MissedRelation,
        ErrorKind::SpuriousRelation,
        ErrorKind::WrongPredicate,
        ErrorKind::WrongDirection,
        ErrorKind::WrongFlag,
    ];

    /// Returns the name as people read it, also used in `results.json`.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::MissedMention => "missed mention",
            ErrorKind::SpuriousMention => "spurious mention",
            ErrorKind::WrongSpan => "wrong span",
            ErrorKind::WrongType => "wrong type",
            ErrorKind::WrongConcept => "wrong concept",
            ErrorKind::MissedRelation => "missed relation",
            ErrorKind::SpuriousRelation => "spurious relation",
            ErrorKind::WrongPredicate => "wrong predicate",
            ErrorKind::WrongDirection => "wrong direction",
            ErrorKind::WrongFlag => "wrong flag",
        }
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The errors of one system: the first of each kind in document order, and how many there were.
///
/// ```
/// use cytosift::evaluate::results::{ERRORS_PER_KIND, ErrorItem, ErrorKind, Errors};
/// let mut errors = Errors::default();
/// for _ in 0..ERRORS_PER_KIND + 3 {
///     errors.push(ErrorKind::WrongSpan, ErrorItem::default);
/// }
/// assert_eq!(errors.items.len() as u64, ERRORS_PER_KIND);
/// assert_eq!(errors.counts[&ErrorKind::WrongSpan], ERRORS_PER_KIND + 3);
/// assert_eq!(errors.left_out(ErrorKind::WrongSpan), 3);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Errors {
    /// How many errors of each kind there were, those left out included.
    pub counts: BTreeMap<ErrorKind, u64>,
    /// The errors that were kept.
    pub items: Vec<ErrorItem>,
}

impl Errors {
    /// Counts an error and keeps it if there is room for its kind; `item` is made only then.
    pub fn push(&mut self, kind: ErrorKind, item: impl FnOnce() -> ErrorItem) {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= ERRORS_PER_KIND {
            self.items.push(ErrorItem { kind, ..item() });
        }
    }

    /// Returns how many errors of a kind were not kept.
    pub fn left_out(&self, kind: ErrorKind) -> u64 {
        self.counts.get(&kind).map_or(0, |count| count.saturating_sub(ERRORS_PER_KIND))
    }
}

/// One error in its sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorItem {
    /// What is wrong.
    pub kind: ErrorKind,
    /// The document.
    pub document: String,
    /// Code points of the document's text before the sentence.
    pub offset: u32,
    /// The sentence (or the stretch of text that holds both arguments).
    pub sentence: String,
    /// The gold mentions of the sentence, in text order.
    pub gold: Vec<ShownMention>,
    /// The predicted mentions of the sentence, in text order.
    pub predicted: Vec<ShownMention>,
    /// The gold relations of the sentence.
    pub gold_relations: Vec<ShownRelation>,
    /// The predicted relations of the sentence.
    pub predicted_relations: Vec<ShownRelation>,
}

impl Default for ErrorItem {
    fn default() -> Self {
        Self {
            kind: ErrorKind::MissedMention,
            document: String::new(),
            offset: 0,
            sentence: String::new(),
            gold: Vec::new(),
            predicted: Vec::new(),
            gold_relations: Vec::new(),
            predicted_relations: Vec::new(),
        }
    }
}

/// A mention as an error shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShownMention {
    /// First code point, counted from the start of the sentence.
    pub start: u32,
    /// One past the last code point.
    pub end: u32,
    /// Its type.
    pub label: String,
    /// Its identifiers, in order; empty if unlinked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub concepts: Vec<String>,
    /// Whether the error is about it.
    pub at_fault: bool,
}

/// A relation as an error shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShownRelation {
    /// The subject, an index into the mentions of the same side.
    pub subject: usize,
    /// The predicate.
    pub predicate: String,
    /// The object, an index into the mentions of the same side.
    pub object: usize,
    /// Whether it is marked negated.
    pub negated: bool,
    /// Whether it is marked hedged.
    pub hedged: bool,
    /// Whether the error is about it.
    pub at_fault: bool,
}
