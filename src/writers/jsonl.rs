//! JSON Lines: one document a line with all its layers, in the corpus file form.

use serde::Serialize;

use super::CodePoints;
use crate::Document;
use crate::document::{Concept, EntityType, Predicate};

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pmid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pmcid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doi: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<u16>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    keywords: &'a [String],
    title: &'a str,
    #[serde(rename = "abstract")]
    body: &'a str,
    sections: Vec<LineSection<'a>>,
    sentences: Vec<[usize; 2]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    abbreviations: Vec<LineAbbreviation>,
    mentions: Vec<LineMention<'a>>,
    relations: Vec<LineRelation<'a>>,
}

#[derive(Serialize)]
struct LineSection<'a> {
    label: &'a str,
    start: usize,
    end: usize,
}

#[derive(Serialize)]
struct LineAbbreviation {
    short: [usize; 2],
    long: [usize; 2],
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
    confidence: f64,
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
    confidence: f64,
    section: &'a str,
    extractor: &'a str,
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
            confidence: round(m.confidence),
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
        confidence: round(t.provenance.confidence),
        section: t.provenance.section,
        extractor: t.provenance.extractor,
    });
    let about = &document.metadata;
    let sections = document.sections.iter().map(|s| {
        let [start, end] = points.span(s.span);
        LineSection { label: &s.label, start, end }
    });
    let abbreviations = document
        .abbreviations
        .iter()
        .map(|a| LineAbbreviation { short: points.span(a.short), long: points.span(a.long) });
    let line = Line {
        id: &document.id,
        pmid: about.pmid.as_deref(),
        version: about.version.as_deref(),
        pmcid: about.pmcid.as_deref(),
        doi: about.doi.as_deref(),
        journal: about.journal.as_deref(),
        year: about.year,
        keywords: &about.keywords,
        title: document.title(),
        body: document.body(),
        sections: sections.collect(),
        sentences: document.sentences.iter().map(|s| points.span(s.span)).collect(),
        abbreviations: abbreviations.collect(),
        mentions: mentions.collect(),
        relations: relations.collect(),
    };
    // Serialising plain data to memory cannot fail.
    if serde_json::to_writer(&mut *out, &line).is_ok() {
        out.push(b'\n');
    }
}

/// Rounds to the three decimals that files carry.
fn round(confidence: f32) -> f64 {
    (f64::from(confidence) * 1000.0).round() / 1000.0
}
