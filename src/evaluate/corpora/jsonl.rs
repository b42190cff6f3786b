//! JSON Lines in the corpus file form (docs/schema.md), with labels of any schema.

use serde::Deserialize;

use super::{Builder, Source};
use crate::Result;
use crate::evaluate::corpus::Corpus;

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
    mentions: Vec<Mention>,
    #[serde(default)]
    relations: Vec<Relation>,
}

#[derive(Deserialize)]
struct Mention {
    id: String,
    start: usize,
    end: usize,
    text: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    concepts: Vec<Concept>,
    #[serde(default = "certain")]
    confidence: f32,
}

#[derive(Deserialize)]
struct Concept {
    id: String,
    #[serde(default)]
    xrefs: Vec<String>,
}

#[derive(Deserialize)]
struct Relation {
    subject: String,
    predicate: String,
    object: String,
    #[serde(default)]
    negated: bool,
    #[serde(default)]
    hedged: bool,
    sentence: Option<[usize; 2]>,
    #[serde(default = "certain")]
    confidence: f32,
}

fn certain() -> f32 {
    1.0
}

pub(super) fn parse(source: &Source, corpus: &mut Corpus) -> Result<()> {
    for (number, line) in source.lines().filter(|(_, l)| !l.trim().is_empty()) {
        let line: Line = serde_json::from_str(line)
            .map_err(|e| source.error(number, format!("not a document in JSON: {e}")))?;
        // score.py pairs items in the order of the file, and so do we.
        document(source, number, line)?.finish_in_order(corpus);
    }
    Ok(())
}

fn document<'a>(source: &'a Source, number: usize, line: Line) -> Result<Builder<'a>> {
    let mut builder = Builder::new(source, number, &line.id, &line.title, &line.body);
    for [start, end] in line.sentences {
        let span = builder.span(number, start, end)?;
        builder.sentence(span);
    }
    for m in line.mentions {
        let mention = builder.mention(number, &[(m.start, m.end)], &m.kind, m.text.as_deref())?;
        mention.confidence = m.confidence;
        mention.concepts =
            m.concepts.into_iter().map(|c| std::iter::once(c.id).chain(c.xrefs).collect()).collect();
        builder.name_last(number, &m.id)?;
    }
    for r in line.relations {
        let sentence = r.sentence.map(|[start, end]| builder.span(number, start, end)).transpose()?;
        let label = r.predicate.replace(' ', "_");
        let relation = builder.relation(number, &label, &r.subject, &r.object)?;
        relation.sentence = sentence;
        (relation.negated, relation.hedged, relation.confidence) = (r.negated, r.hedged, r.confidence);
    }
    Ok(builder)
}
