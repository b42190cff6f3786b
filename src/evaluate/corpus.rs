//! Corpus: documents with labels of any schema, the form in which gold and predictions of every system are compared.
//!
//! Labels are strings, for foreign corpora have types and predicates of their own; a label map ([`LabelMap`]) may turn
//! one label into several, each of which then counts as right.
//!
//! [`LabelMap`]: super::LabelMap

use std::collections::HashMap;
use std::path::PathBuf;

use crate::document::{Document, EntityType, Mention, MentionId, Predicate, Relation, Sentence, Span};
use crate::{Error, Result};

/// A mention with labels of any schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledMention {
    /// Where it stands: one span, or several of a discontinuous mention, in text order; never empty.
    pub spans: Vec<Span>,
    /// The types of which each is right; one unless a map made more.
    pub labels: Vec<String>,
    /// The concepts it stands for, each with its equivalent identifiers.
    pub concepts: Vec<Vec<String>>,
    /// Probability that it is right, 0 to 1.
    pub confidence: f32,
    /// Line of its file, from 1; 0 if it comes from no file.
    pub line: usize,
}

impl LabelledMention {
    /// Tells whether they share a character.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.spans.iter().any(|a| other.spans.iter().any(|b| a.overlaps(*b)))
    }

    /// Returns the smallest span that covers all of it.
    pub fn cover(&self) -> Span {
        self.spans.iter().skip(1).fold(self.spans[0], |cover, span| cover.cover(*span))
    }
}

/// A relation between two mentions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledRelation {
    /// Index of the subject in [`LabelledDocument::mentions`].
    pub subject: usize,
    /// Index of the object.
    pub object: usize,
    /// The predicates of which each is right.
    pub labels: Vec<String>,
    /// Whether it is denied.
    pub negated: bool,
    /// Whether it is offered as possible.
    pub hedged: bool,
    /// Probability that it is right, 0 to 1.
    pub confidence: f32,
    /// Its sentence, if the source names one.
    pub sentence: Option<Span>,
    /// Line of its file, from 1.
    pub line: usize,
}

/// A relation between two concepts that holds for the document as a whole (CDR, BioRED).
#[derive(Clone, Debug, PartialEq)]
pub struct ConceptRelation {
    /// Equivalent identifiers of the subject.
    pub subject: Vec<String>,
    /// Equivalent identifiers of the object.
    pub object: Vec<String>,
    /// The predicates of which each is right.
    pub labels: Vec<String>,
    /// Probability that it is right, 0 to 1.
    pub confidence: f32,
    /// Line of its file, from 1.
    pub line: usize,
}

/// A document with labels of any schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledDocument {
    /// Its identifier, by which gold and predictions are paired.
    pub id: String,
    /// Line of its file that it begins in, from 1.
    pub line: usize,
    /// The text as [`Document::text`] has it: title, newline, body.
    pub text: String,
    /// Where the title ends.
    pub title_end: usize,
    /// Sentences, where they are known.
    pub sentences: Vec<Span>,
    /// Mentions, in text order where the format has no order of its own; items are paired in this order.
    pub mentions: Vec<LabelledMention>,
    /// Relations between mentions.
    pub relations: Vec<LabelledRelation>,
    /// Relations between concepts.
    pub concept_relations: Vec<ConceptRelation>,
}

/// A mention of a file whose text is not the text at its offsets; it stays where its offsets put it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The document.
    pub document: String,
    /// The file.
    pub path: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// The text that the annotation gives.
    pub expected: String,
    /// The text at the offsets.
    pub found: String,
}

/// The documents of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Corpus {
    /// The file or folder; empty for documents that come from none.
    pub path: PathBuf,
    /// The documents, in the order of the source; identifiers are unique.
    pub documents: Vec<LabelledDocument>,
    /// Mentions that do not stand where their offsets say.
    pub mismatches: Vec<Mismatch>,
    /// What else the reader of the source has to say, one line each.
    pub notes: Vec<String>,
}

impl Corpus {
    /// Makes the labelled view of an engine's documents.
    pub fn of(documents: &[Document]) -> Self {
        Self { documents: documents.iter().map(LabelledDocument::from).collect(), ..Self::default() }
    }

    /// Checks that predictions are for the documents of a gold set, and counts those of other documents.
    ///
    /// # Errors
    /// The first document with another text than the gold document of its id; no document in common.
    pub fn check_against(&self, gold: &Corpus) -> Result<usize> {
        let by_id: HashMap<&str, &LabelledDocument> =
            gold.documents.iter().map(|d| (d.id.as_str(), d)).collect();
        let mut shared = 0;
        for document in &self.documents {
            let Some(gold_document) = by_id.get(document.id.as_str()) else { continue };
            shared += 1;
            if document.text != gold_document.text {
                let gold = format!("{}, line {}", gold.path.display(), gold_document.line);
                let message = format!(
                    "document {} has another text than the gold document of that id ({gold}), so offsets cannot be compared",
                    document.id
                );
                return Err(self.error(document.line, message));
            }
        }
        if shared == 0 {
            let message =
                format!("none of its documents has the id of a gold document of {}", gold.path.display());
            return Err(self.error(1, message));
        }
        Ok(self.documents.len() - shared)
    }

    /// Returns the error of one line of the source.
    pub fn error(&self, line: usize, message: impl Into<String>) -> Error {
        Error::Line { path: self.path.clone(), line, message: message.into() }
    }
}

impl LabelledDocument {
    /// Makes an engine's input of it: the bare text.
    pub fn bare(&self) -> Document {
        let body = self.text.get(self.title_end + 1..).unwrap_or("");
        Document::new(self.id.clone(), &self.text[..self.title_end], body)
    }

    /// Makes a document of our schema of it, with its mentions and relations.
    ///
    /// # Errors
    /// The first label that the schema does not have, or that stands for several, with its line.
    pub fn document(&self) -> Result<Document, (usize, String)> {
        let mut sorted = self.clone();
        sorted.sort_mentions();
        let mut document = self.bare();
        let sentence = |span| Sentence { span, first_token: 0, end_token: 0 };
        document.sentences = self.sentences.iter().copied().map(sentence).collect();
        for m in &sorted.mentions {
            let kind = one(&m.labels).and_then(EntityType::parse);
            let kind =
                kind.ok_or_else(|| (m.line, format!("no type of the schema: {}", m.labels.join("|"))))?;
            let mut mention = Mention::new(m.cover(), kind, "gold");
            mention.confidence = m.confidence;
            document.mentions.push(mention);
        }
        for r in &sorted.relations {
            let predicate = one(&r.labels).and_then(Predicate::parse);
            let predicate = predicate
                .ok_or_else(|| (r.line, format!("no predicate of the schema: {}", r.labels.join("|"))))?;
            let at = r.sentence.and_then(|span| self.sentences.iter().position(|s| *s == span));
            document.relations.push(Relation {
                subject: MentionId(r.subject as u32),
                object: MentionId(r.object as u32),
                predicate,
                negated: r.negated,
                hedged: r.hedged,
                sentence: at.unwrap_or(0) as u32,
                qualifiers: Vec::new(),
                confidence: r.confidence,
                source: "gold",
            });
        }
        Ok(document)
    }

    /// Tells whether text and annotations are the same, wherever they stand in their files.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let without_lines = |document: &Self| {
            let mut document = document.clone();
            document.line = 0;
            document.mentions.iter_mut().for_each(|m| m.line = 0);
            document.relations.iter_mut().for_each(|r| r.line = 0);
            document.concept_relations.iter_mut().for_each(|r| r.line = 0);
            document
        };
        without_lines(self) == without_lines(other)
    }

    /// Sorts mentions by start, then longest first, then label, and lets relations follow them.
    pub(super) fn sort_mentions(&mut self) {
        let mut order: Vec<usize> = (0..self.mentions.len()).collect();
        let key =
            |m: &LabelledMention| (m.spans[0].start, std::cmp::Reverse(m.cover().end), m.labels.clone());
        order.sort_by_cached_key(|&i| key(&self.mentions[i]));
        let mut place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new;
        }
        self.mentions = order.iter().map(|&i| std::mem::take(&mut self.mentions[i])).collect();
        for relation in &mut self.relations {
            (relation.subject, relation.object) = (place[relation.subject], place[relation.object]);
        }
    }
}

fn one(labels: &[String]) -> Option<&str> {
    match labels {
        [label] => Some(label),
        _ => None,
    }
}

impl From<&Document> for LabelledDocument {
    fn from(document: &Document) -> Self {
        let mention = |m: &Mention| LabelledMention {
            spans: vec![m.span],
            labels: vec![m.kind.as_str().to_owned()],
            concepts: m
                .concepts
                .iter()
                .map(|c| std::iter::once(&c.id).chain(&c.xrefs).cloned().collect())
                .collect(),
            confidence: m.confidence,
            line: 0,
        };
        let relation = |r: &Relation| LabelledRelation {
            subject: r.subject.index(),
            object: r.object.index(),
            labels: vec![r.predicate.as_str().to_owned()],
            negated: r.negated,
            hedged: r.hedged,
            confidence: r.confidence,
            sentence: document.sentences.get(r.sentence as usize).map(|s| s.span),
            line: 0,
        };
        Self {
            id: document.id.clone(),
            line: 0,
            text: document.text().to_owned(),
            title_end: document.title().len(),
            sentences: document.sentences.iter().map(|s| s.span).collect(),
            mentions: document.mentions.iter().map(mention).collect(),
            relations: document.relations.iter().map(relation).collect(),
            concept_relations: Vec::new(),
        }
    }
}
