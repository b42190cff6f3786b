//! BioC JSON: a collection, an array of collections or documents, or one of them a line.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Annotation, Document, Infons, Passage, Relation, Source};
use crate::Result;
use crate::evaluate::corpus::Corpus;

/// Tells whether JSON holds documents of BioC.
pub(in super::super) fn is_json(text: &str) -> bool {
    let head = &text.as_bytes()[..text.len().min(64 << 10)];
    ["\"passages\"", "\"documents\""].iter().any(|key| memchr::memmem::find(head, key.as_bytes()).is_some())
}

/// The members of a collection or a document.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, alias = "PubTator3")]
    documents: Option<&'a RawValue>,
    #[serde(default)]
    id: Value,
    #[serde(default, borrow)]
    passages: Vec<&'a RawValue>,
    #[serde(default, borrow)]
    annotations: Vec<&'a RawValue>,
    #[serde(default, borrow)]
    relations: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct JsonPassage<'a> {
    offset: usize,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    infons: BTreeMap<String, Value>,
    #[serde(default, borrow)]
    sentences: Vec<&'a RawValue>,
    #[serde(default, borrow)]
    annotations: Vec<&'a RawValue>,
    #[serde(default, borrow)]
    relations: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct JsonAnnotation {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    infons: BTreeMap<String, Value>,
    #[serde(default)]
    text: String,
    locations: Vec<Location>,
}

#[derive(Deserialize)]
struct Location {
    offset: usize,
    length: usize,
}

#[derive(Deserialize)]
struct JsonRelation {
    #[serde(default)]
    infons: BTreeMap<String, Value>,
    #[serde(default)]
    nodes: Vec<JsonNode>,
}

#[derive(Deserialize)]
struct JsonNode {
    refid: Value,
    #[serde(default)]
    role: String,
}

/// The file and where its lines end.
struct File<'a> {
    source: &'a Source<'a>,
    breaks: Vec<usize>,
}

pub(in super::super) fn parse(source: &Source, corpus: &mut Corpus) -> Result<()> {
    let breaks = memchr::memchr_iter(b'\n', source.text.as_bytes()).collect();
    let file = File { source, breaks };
    for value in serde_json::Deserializer::from_str(source.text).into_iter::<&RawValue>() {
        let value = value.map_err(|e| source.error(e.line(), format!("not JSON: {e}")))?;
        node(&file, value, corpus)?;
    }
    Ok(())
}

/// Decodes a value of the file; errors name its line.
fn read<'a, T: Deserialize<'a>>(file: &File, value: &'a RawValue) -> Result<T> {
    serde_json::from_str(value.get()).map_err(|e| {
        let line = line(file, value) + e.line().saturating_sub(1);
        file.source.error(line, format!("not BioC JSON: {e}"))
    })
}

/// Returns the line of a value, which borrows from the file's text.
fn line(file: &File, value: &RawValue) -> usize {
    let before = (value.get().as_ptr() as usize).saturating_sub(file.source.text.as_ptr() as usize);
    1 + file.breaks.partition_point(|at| *at < before)
}

fn node(file: &File, value: &RawValue, corpus: &mut Corpus) -> Result<()> {
    if value.get().starts_with('[') {
        let values: Vec<&RawValue> = read(file, value)?;
        return values.into_iter().try_for_each(|value| node(file, value, corpus));
    }
    let members: Members = read(file, value)?;
    match members.documents {
        Some(documents) => node(file, documents, corpus),
        None => super::finish(file.source, document(file, value, members)?, corpus),
    }
}

fn document(file: &File, value: &RawValue, members: Members) -> Result<Document> {
    let mut document = Document { line: line(file, value), id: plain(&members.id), ..Document::default() };
    let (mut annotations, mut relations) = (members.annotations, members.relations);
    for value in members.passages {
        let passage: JsonPassage = read(file, value)?;
        annotations.extend(passage.annotations);
        relations.extend(passage.relations);
        let mut text = passage.text.unwrap_or_default();
        for value in passage.sentences {
            let sentence: JsonPassage = read(file, value)?;
            annotations.extend(sentence.annotations);
            relations.extend(sentence.relations);
            let at = sentence.offset.saturating_sub(passage.offset);
            super::place(&mut text, at, &sentence.text.unwrap_or_default());
        }
        document.passages.push(Passage { offset: passage.offset, infons: infons(&passage.infons), text });
    }
    for value in annotations {
        let a: JsonAnnotation = read(file, value)?;
        let locations = a.locations.iter().map(|l| (l.offset, l.length)).collect();
        let (id, infons, text) = (plain(&a.id), infons(&a.infons), a.text);
        document.annotations.push(Annotation { line: line(file, value), id, infons, text, locations });
    }
    for value in relations {
        let r: JsonRelation = read(file, value)?;
        let nodes = r.nodes.into_iter().map(|n| (n.role, plain(&n.refid))).collect();
        document.relations.push(Relation { line: line(file, value), infons: infons(&r.infons), nodes });
    }
    Ok(document)
}

/// Returns a value as text: identifiers are strings or numbers.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn infons(infons: &BTreeMap<String, Value>) -> Infons {
    infons.iter().map(|(key, value)| (key.clone(), plain(value))).collect()
}
