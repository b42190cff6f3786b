//! Builder: makes one labelled document of a file's annotations, in the file's own offsets.

use std::collections::HashMap;

use super::Source;
use crate::Result;
use crate::document::Span;
use crate::evaluate::corpus::{
    ConceptRelation, Corpus, LabelledDocument, LabelledMention, LabelledRelation, Mismatch,
};

/// Collects the layers of one document.
pub(super) struct Builder<'a> {
    source: &'a Source<'a>,
    document: LabelledDocument,
    /// Byte of each code point, and of the end.
    starts: Vec<usize>,
    /// What the file's offsets lack against the document's.
    shift: usize,
    keys: HashMap<String, usize>,
    mismatches: Vec<Mismatch>,
}

impl<'a> Builder<'a> {
    /// Makes a document of a title and a body, the offsets of the file counting from the title's first character.
    pub(super) fn new(source: &'a Source<'a>, line: usize, id: &str, title: &str, body: &str) -> Self {
        let text = format!("{title}\n{body}");
        let starts = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        let title_end = title.len();
        let document =
            LabelledDocument { id: id.to_owned(), line, text, title_end, ..LabelledDocument::default() };
        Self { source, document, starts, shift: 0, keys: HashMap::new(), mismatches: Vec::new() }
    }

    /// Makes a document of a text without a title of its own: up to the first line end, if another line follows.
    pub(super) fn of_text(source: &'a Source<'a>, line: usize, id: &str, text: &str) -> Self {
        match text.split_once('\n') {
            Some((title, body)) => Self::new(source, line, id, title, body),
            None => Self { shift: 1, ..Self::new(source, line, id, "", text) },
        }
    }

    /// Returns the span of a range of the file's offsets.
    pub(super) fn span(&self, line: usize, start: usize, end: usize) -> Result<Span> {
        let at = |offset: usize| self.starts.get(offset.checked_add(self.shift)?).copied();
        match (at(start), at(end)) {
            (Some(a), Some(b)) if a < b => Ok(Span::new(a, b)),
            _ => {
                let last = self.starts.len() - 1 - self.shift;
                let message =
                    format!("offsets {start}..{end} are not inside the text of 0..{last} code points");
                Err(self.source.error(line, format!("document {}: {message}", self.document.id)))
            }
        }
    }

    /// Adds a mention; `expected` is the text that the file gives for it, if any.
    pub(super) fn mention(
        &mut self,
        line: usize,
        ranges: &[(usize, usize)],
        label: &str,
        expected: Option<&str>,
    ) -> Result<&mut LabelledMention> {
        let mut spans = Vec::with_capacity(ranges.len());
        for (start, end) in ranges {
            spans.push(self.span(line, *start, *end)?);
        }
        if spans.is_empty() {
            return Err(self.source.error(line, "a mention without offsets"));
        }
        spans.sort();
        self.check(line, &spans, expected);
        let labels = vec![label.to_owned()];
        let mention = LabelledMention { spans, labels, concepts: Vec::new(), confidence: 1.0, line };
        self.document.mentions.push(mention);
        let last = self.document.mentions.len() - 1;
        Ok(&mut self.document.mentions[last])
    }

    /// Notes a mention whose text is not the text at its offsets.
    fn check(&mut self, line: usize, spans: &[Span], expected: Option<&str>) {
        let Some(expected) = expected else { return };
        let pieces: Vec<&str> = spans.iter().map(|s| s.slice(&self.document.text)).collect();
        let found = pieces.join(" ");
        // Annotation files cannot hold line ends, so that a blank may stand for one.
        if found.replace(['\n', '\r'], " ") != expected.replace(['\n', '\r'], " ") {
            self.mismatches.push(Mismatch {
                document: self.document.id.clone(),
                path: self.source.path.to_path_buf(),
                line,
                expected: expected.to_owned(),
                found,
            });
        }
    }

    /// Gives the last mention a name by which relations refer to it.
    pub(super) fn name_last(&mut self, line: usize, key: &str) -> Result<()> {
        let last = self.document.mentions.len() - 1;
        if self.keys.insert(key.to_owned(), last).is_some() {
            return Err(self.source.error(line, format!("document {}: {key} came before", self.document.id)));
        }
        Ok(())
    }

    /// Returns the mention of a name, if there is one.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.keys.get(key).copied()
    }

    /// Adds concepts to the mention of a name; a name that is no mention's (an event's) is passed over.
    pub(super) fn identify(&mut self, key: &str, concepts: Vec<Vec<String>>) {
        if let Some(mention) = self.find(key) {
            self.document.mentions[mention].concepts.extend(concepts);
        }
    }

    /// Adds a relation between two named mentions.
    pub(super) fn relation(
        &mut self,
        line: usize,
        label: &str,
        subject: &str,
        object: &str,
    ) -> Result<&mut LabelledRelation> {
        let find = |key: &str| {
            let missing = || format!("document {}: no mention is named {key}", self.document.id);
            self.find(key).ok_or_else(|| self.source.error(line, missing()))
        };
        let (subject, object) = (find(subject)?, find(object)?);
        Ok(self.relate(line, label, subject, object))
    }

    /// Adds a relation between two mentions.
    pub(super) fn relate(
        &mut self,
        line: usize,
        label: &str,
        subject: usize,
        object: usize,
    ) -> &mut LabelledRelation {
        let labels = vec![label.to_owned()];
        let relation =
            LabelledRelation { subject, object, labels, confidence: 1.0, line, ..Default::default() };
        self.document.relations.push(relation);
        let last = self.document.relations.len() - 1;
        &mut self.document.relations[last]
    }

    /// Adds a relation between two concepts.
    pub(super) fn concept_relation(&mut self, line: usize, label: &str, subject: &str, object: &str) {
        let (subject, object) = (vec![subject.to_owned()], vec![object.to_owned()]);
        let labels = vec![label.to_owned()];
        let relation = ConceptRelation { subject, object, labels, confidence: 1.0, line };
        self.document.concept_relations.push(relation);
    }

    /// Adds a sentence.
    pub(super) fn sentence(&mut self, span: Span) {
        self.document.sentences.push(span);
    }

    /// Adds the document to the corpus, its mentions in text order.
    pub(super) fn finish(mut self, corpus: &mut Corpus) {
        self.document.sort_mentions();
        self.finish_in_order(corpus);
    }

    /// Adds the document to the corpus, its mentions in the order of the file.
    pub(super) fn finish_in_order(self, corpus: &mut Corpus) {
        corpus.mismatches.extend(self.mismatches);
        corpus.documents.push(self.document);
    }
}
