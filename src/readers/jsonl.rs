//! JSON Lines: one document a line, in the corpus file form.
//!
//! Offsets in the file are code points into `title + "\n" + abstract`; they become bytes here.

use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use super::{Format, Position, Record};
use crate::document::{EntityType, Mention, MentionId, Predicate, Relation, Sentence, Span};
use crate::{Document, Error, Result};

/// Cuts a stream into lines.
pub(super) struct Splitter<R> {
    input: R,
    path: Arc<PathBuf>,
    line: u64,
    byte: u64,
}

impl<R: BufRead> Splitter<R> {
    pub(super) fn new(input: R, path: Arc<PathBuf>) -> Self {
        Self { input, path, line: 0, byte: 0 }
    }
}

impl<R: BufRead> Iterator for Splitter<R> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut bytes = Vec::new();
            match self.input.read_until(b'\n', &mut bytes) {
                Ok(0) => return None,
                Ok(n) => {
                    self.line += 1;
                    let position = Position { path: self.path.clone(), record: self.line, byte: self.byte };
                    self.byte += n as u64;
                    if !bytes.trim_ascii().is_empty() {
                        return Some(Ok(Record { format: Format::Jsonl, position, bytes }));
                    }
                }
                Err(e) => return Some(Err(Error::io(self.path.as_ref(), e))),
            }
        }
    }
}

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default, rename = "abstract")]
    body: String,
    #[serde(default)]
    sentences: Vec<[usize; 2]>,
    #[serde(default)]
    mentions: Vec<LineMention>,
    #[serde(default)]
    relations: Vec<LineRelation>,
}

#[derive(Deserialize)]
struct LineMention {
    id: String,
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: EntityType,
    #[serde(default = "certain")]
    confidence: f32,
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
    #[serde(default = "certain")]
    confidence: f32,
}

fn certain() -> f32 {
    1.0
}

/// Decodes one line, gold layers included.
pub(super) fn parse(record: &Record) -> Result<Document> {
    let fail = |id: &str, offset: usize, message: String| record.position.error(id, offset as u64, message);
    let line: Line = serde_json::from_slice(&record.bytes)
        .map_err(|e| fail("", e.column().saturating_sub(1), format!("not a JSON document: {e}")))?;
    let mut document = Document::new(line.id, &line.title, &line.body);
    let starts: Vec<usize> =
        document.text().char_indices().map(|(i, _)| i).chain([document.text().len()]).collect();
    let id = document.id.clone();
    let span = |start: usize, end: usize| match (starts.get(start), starts.get(end)) {
        (Some(&a), Some(&b)) if a < b => Ok(Span::new(a, b)),
        _ => Err(fail(&id, 0, format!("span {start}..{end} is not inside the text"))),
    };
    for [start, end] in line.sentences {
        document.sentences.push(Sentence { span: span(start, end)?, first_token: 0, end_token: 0 });
    }
    let mut order: Vec<(String, Mention)> = Vec::new();
    for m in line.mentions {
        let mut mention = Mention::new(span(m.start, m.end)?, m.kind, "gold");
        mention.confidence = m.confidence;
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
            qualifiers: Vec::new(),
            confidence: r.confidence,
            source: "gold",
        });
    }
    document.mentions = order.into_iter().map(|(_, m)| m).collect();
    Ok(document)
}
