//! Triple: one output row, a borrowed view of a document and one of its relations.

use super::{Document, EntityType, Mention, Predicate, Relation, Span};

/// Where a triple comes from: enough to find its sentence again.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance<'a> {
    /// The document.
    pub document: &'a Document,
    /// Label of the section.
    pub section: &'a str,
    /// The sentence.
    pub sentence: Span,
    /// The extractor: `rules`.
    pub extractor: &'static str,
    /// Probability that the triple is right, 0 to 1.
    pub confidence: f32,
}

/// One statement: subject, predicate, object, and its evidence. Made by [`Document::triples`] alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Triple<'a> {
    /// The subject's mention.
    pub subject: &'a Mention,
    /// What is said.
    pub predicate: Predicate,
    /// The object's mention.
    pub object: &'a Mention,
    /// The relation.
    pub relation: &'a Relation,
    /// Where it comes from.
    pub provenance: Provenance<'a>,
}

impl<'a> Triple<'a> {
    pub(super) fn new(document: &'a Document, relation: &'a Relation) -> Self {
        let sentence = document.sentences[relation.sentence as usize].span;
        let provenance = Provenance {
            document,
            section: document.section_at(sentence),
            sentence,
            extractor: relation.source,
            confidence: relation.confidence,
        };
        let (subject, object) = (document.mention(relation.subject), document.mention(relation.object));
        Self { subject, predicate: relation.predicate, object, relation, provenance }
    }

    /// Returns the subject's display name.
    pub fn subject_name(&self) -> &'a str {
        display_name(self.provenance.document, self.subject)
    }

    /// Returns the object's display name.
    pub fn object_name(&self) -> &'a str {
        display_name(self.provenance.document, self.object)
    }

    /// Returns the words of stage, setting and dose: the subject's, the relation's, the object's, each once.
    pub fn qualifiers(&self) -> Vec<&'a str> {
        let parts = [&self.subject.qualifiers, &self.relation.qualifiers, &self.object.qualifiers];
        let mut all: Vec<&str> = Vec::new();
        for word in parts.into_iter().flatten() {
            if !all.contains(&word.as_str()) {
                all.push(word);
            }
        }
        all
    }
}

/// The cytokine's standard short name; otherwise the mention as written.
fn display_name<'a>(document: &'a Document, mention: &'a Mention) -> &'a str {
    match mention.display_concept() {
        Some((_, name)) if mention.kind == EntityType::Cytokine => name,
        _ => document.slice(mention.span),
    }
}
