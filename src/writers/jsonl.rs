//! JSON Lines: one document a line with all its layers, in the corpus file form.

use serde::Serialize;

use crate::Document;
use crate::document::{Concept, EntityType, Predicate, Span};

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pmid: Option<&'a str>,
    title: &'a str,
    #[serde(rename = "abstract")]
    body: &'a str,
    sentences: Vec<[usize; 2]>,
    mentions: Vec<LineMention<'a>>,
    relations: Vec<LineRelation<'a>>,
}

#[derive(Serialize)]
struct LineMention<'a> {
    id: String,
    start: usize,
    end: usize,
    text: &'a str,
    #[serde(rename = "type")]
    kind: EntityType,
    #[serde(skip_serializing_if = "<[Concept]>::is_empty")]
    concepts: &'a [Concept],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ambiguous: bool,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    qualifiers: &'a [String],
    confidence: f32,
    source: &'a str,
}

#[derive(Serialize)]
struct LineRelation<'a> {
    subject: String,
    predicate: Predicate,
    object: String,
    negated: bool,
    hedged: bool,
    sentence: [usize; 2],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    qualifiers: Vec<&'a str>,
    confidence: f32,
    section: &'a str,
    extractor: &'a str,
}

/// Byte offset to code-point offset.
pub(super) struct CodePoints(Vec<u32>);

impl CodePoints {
    pub(super) fn new(text: &str) -> Self {
        let mut at = vec![0; text.len() + 1];
        let mut count = 0;
        for (i, slot) in at.iter_mut().enumerate() {
            *slot = count;
            count += u32::from(text.is_char_boundary(i + 1) || i + 1 > text.len());
        }
        Self(at)
    }

    pub(super) fn span(&self, span: Span) -> [usize; 2] {
        [self.0[span.start as usize] as usize, self.0[span.end as usize] as usize]
    }
}

/// Appends one line.
pub(super) fn render(document: &Document, out: &mut Vec<u8>) {
    let points = CodePoints::new(document.text());
    let mentions = document.mentions.iter().enumerate().map(|(i, m)| {
        let [start, end] = points.span(m.span);
        LineMention {
            id: format!("T{}", i + 1),
            start,
            end,
            text: document.slice(m.span),
            kind: m.kind,
            concepts: &m.concepts,
            ambiguous: m.ambiguous,
            qualifiers: &m.qualifiers,
            confidence: m.confidence,
            source: m.source,
        }
    });
    let relations = document.triples().map(|t| LineRelation {
        subject: format!("T{}", t.relation.subject.0 + 1),
        predicate: t.predicate,
        object: format!("T{}", t.relation.object.0 + 1),
        negated: t.relation.negated,
        hedged: t.relation.hedged,
        sentence: points.span(t.provenance.sentence),
        qualifiers: t.qualifiers(),
        confidence: t.provenance.confidence,
        section: t.provenance.section,
        extractor: t.provenance.extractor,
    });
    let line = Line {
        id: &document.id,
        pmid: document.metadata.pmid.as_deref(),
        title: document.title(),
        body: document.body(),
        sentences: document.sentences.iter().map(|s| points.span(s.span)).collect(),
        mentions: mentions.collect(),
        relations: relations.collect(),
    };
    // Serialising plain data to memory cannot fail.
    if serde_json::to_writer(&mut *out, &line).is_ok() {
        out.push(b'\n');
    }
}
