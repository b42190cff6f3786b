//! JSON Lines: one document a line, in the corpus file form.
//!
//! Offsets in the file are code points into `title + "\n" + abstract`; they become bytes here.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::Record;
use crate::document::{
    Concept, EntityType, Mention, MentionId, Metadata, Predicate, Relation, Section, Sentence, Span,
};
use crate::{Document, Result};

/// Fields of which a document has one at least, be it null.
const TEXTS: [&str; 4] = ["title", "abstract", "text", "body"];

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Name,
    #[serde(default)]
    title: Option<String>,
    #[serde(default, rename = "abstract", alias = "text", alias = "body")]
    body: Option<String>,
    #[serde(default)]
    pmid: Name,
    #[serde(default)]
    version: Name,
    #[serde(default)]
    pmcid: Name,
    #[serde(default)]
    doi: Name,
    #[serde(default)]
    journal: Name,
    #[serde(default)]
    year: Name,
    #[serde(default)]
    keywords: Keywords,
    #[serde(default, deserialize_with = "or_empty")]
    sections: Vec<LineSection>,
    #[serde(default, deserialize_with = "or_empty")]
    sentences: Vec<[usize; 2]>,
    #[serde(default, deserialize_with = "or_empty")]
    mentions: Vec<LineMention>,
    #[serde(default, deserialize_with = "or_empty")]
    relations: Vec<LineRelation>,
}

#[derive(Deserialize)]
struct LineSection {
    label: String,
    start: usize,
    end: usize,
}

#[derive(Deserialize)]
struct LineMention {
    id: String,
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: EntityType,
    #[serde(default)]
    concepts: Vec<Concept>,
    #[serde(default)]
    ambiguous: bool,
    #[serde(default)]
    qualifiers: Vec<String>,
    #[serde(default = "certain")]
    confidence: f32,
}

/// Reads a list, or null for an empty one.
fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// An identifier or number, as a string or not; what is neither is no reason to lose a text.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Number(u64),
    Real(f64),
    #[default]
    Missing,
    Other(IgnoredAny),
}

impl Name {
    fn into_option(self) -> Option<String> {
        match self {
            Name::Text(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
            Name::Number(number) => Some(number.to_string()),
            Name::Real(number) => Some(number.to_string()),
            Name::Missing | Name::Other(_) => None,
        }
    }
}

/// Keywords in a list, or in one string with commas or semicolons between.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Keywords {
    List(Vec<Name>),
    Text(String),
    #[default]
    Missing,
    Other(IgnoredAny),
}

impl Keywords {
    fn into_list(self) -> Vec<String> {
        match self {
            Keywords::List(names) => names.into_iter().filter_map(Name::into_option).collect(),
            Keywords::Text(text) => {
                let parts = text.split([';', ',']).map(str::trim);
                parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
            }
            Keywords::Missing | Keywords::Other(_) => Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct LineRelation {
    subject: String,
    predicate: String,
    object: String,
    #[serde(default)]
    negated: bool,
    #[serde(default)]
    hedged: bool,
    sentence: [usize; 2],
    #[serde(default)]
    qualifiers: Vec<String>,
    #[serde(default = "certain")]
    confidence: f32,
}

fn certain() -> f32 {
    1.0
}

/// Decodes one line, gold layers included.
pub(super) fn parse(record: &Record, text: &str) -> Result<Document> {
    let fail = |id: &str, offset: usize, message: String| record.position.error(id, offset as u64, message);
    let not = |what: &str, e: serde_json::Error| {
        fail("", e.column().saturating_sub(1), format!("not a {what}: {e}"))
    };
    let line: Line = serde_json::from_str(text.trim_end()).map_err(|e| match e.is_data() {
        true => not("document (docs/schema.md)", e),
        false => not("JSON document", e),
    })?;
    if line.title.is_none() && line.body.is_none() {
        // Any object is such a map.
        let fields: BTreeMap<String, IgnoredAny> = serde_json::from_str(text.trim_end()).unwrap_or_default();
        if !TEXTS.iter().any(|name| fields.contains_key(*name)) {
            let found = fields.into_keys().collect::<Vec<_>>().join(", ");
            return Err(fail("", 0, format!("none of {} among its fields: {found}", TEXTS.join(", "))));
        }
    }
    let (title, body) = (line.title.unwrap_or_default(), line.body.unwrap_or_default());
    let metadata = Metadata {
        pmid: line.pmid.into_option(),
        version: line.version.into_option(),
        pmcid: line.pmcid.into_option(),
        doi: line.doi.into_option(),
        journal: line.journal.into_option(),
        year: line.year.into_option().and_then(|y| super::xml::year_in(&y)),
        keywords: line.keywords.into_list(),
    };
    let id = line.id.into_option().or_else(|| metadata.id()).unwrap_or_else(|| record.fallback_id());
    let mut document = Document::new(id, &title, &body);
    document.metadata = metadata;
    let starts: Vec<usize> =
        document.text().char_indices().map(|(i, _)| i).chain([document.text().len()]).collect();
    let id = document.id.clone();
    let span = |start: usize, end: usize| match (starts.get(start), starts.get(end)) {
        (Some(&a), Some(&b)) if a < b => Ok(Span::new(a, b)),
        _ => Err(fail(&id, 0, format!("span {start}..{end} is not inside the text"))),
    };
    if !line.sections.is_empty() {
        document.sections.clear();
    }
    for LineSection { label, start, end } in line.sections {
        document.sections.push(Section { label, span: span(start, end)? });
    }
    for [start, end] in line.sentences {
        document.sentences.push(Sentence { span: span(start, end)?, first_token: 0, end_token: 0 });
    }
    let mut order: Vec<(String, Mention)> = Vec::new();
    for m in line.mentions {
        let mut mention = Mention::new(span(m.start, m.end)?, m.kind, "gold");
        mention.confidence = m.confidence;
        (mention.concepts, mention.ambiguous, mention.qualifiers) = (m.concepts, m.ambiguous, m.qualifiers);
        order.push((m.id, mention));
    }
    order.sort_by_key(|(_, m)| (m.span.start, std::cmp::Reverse(m.span.end), m.kind));
    let find = |name: &str| {
        let index = order.iter().position(|(id, _)| id == name);
        index
            .map(|i| MentionId(i as u32))
            .ok_or_else(|| fail(&id, 0, format!("no mention has the id {name:?}")))
    };
    for r in line.relations {
        let predicate = Predicate::parse(&r.predicate)
            .ok_or_else(|| fail(&id, 0, format!("unknown predicate {:?}", r.predicate)))?;
        let at = span(r.sentence[0], r.sentence[1])?;
        let sentence = match document.sentences.iter().position(|s| s.span == at) {
            Some(index) => index,
            None => {
                document.sentences.push(Sentence { span: at, first_token: 0, end_token: 0 });
                document.sentences.len() - 1
            }
        };
        document.relations.push(Relation {
            subject: find(&r.subject)?,
            object: find(&r.object)?,
            predicate,
            negated: r.negated,
            hedged: r.hedged,
            sentence: sentence as u32,
            qualifiers: r.qualifiers,
            confidence: r.confidence,
            source: "gold",
        });
    }
    document.mentions = order.into_iter().map(|(_, m)| m).collect();
    Ok(document)
}
