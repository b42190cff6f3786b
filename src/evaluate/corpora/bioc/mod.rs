//! BioC XML and JSON: passages with annotations and relations.
//!
//! The first passage of a title is the title, the others make the body. Offsets of annotations count from the start of
//! the document; each belongs to the passage that holds it. Relations refer to two annotations, or name two concepts
//! (`entity1` and `entity2` as BioRED has them; `Chemical` and `Disease` as CDR).

mod json;
mod xml;

use std::collections::BTreeMap;

pub(super) use json::{is_json, parse as parse_json};
pub(super) use xml::parse as parse_xml;

use super::{Builder, Source, identifiers};
use crate::Result;
use crate::evaluate::corpus::Corpus;

type Infons = BTreeMap<String, String>;

/// A document as either file form has it.
#[derive(Default)]
struct Document {
    line: usize,
    id: String,
    passages: Vec<Passage>,
    annotations: Vec<Annotation>,
    relations: Vec<Relation>,
}

#[derive(Default)]
struct Passage {
    offset: usize,
    infons: Infons,
    text: String,
}

#[derive(Default)]
struct Annotation {
    line: usize,
    id: String,
    infons: Infons,
    text: String,
    /// Offset and length.
    locations: Vec<(usize, usize)>,
}

#[derive(Default)]
struct Relation {
    line: usize,
    infons: Infons,
    /// Role and identifier of the annotation.
    nodes: Vec<(String, String)>,
}

impl Passage {
    fn is_title(&self) -> bool {
        let infon = |key: &str| self.infons.get(key).map_or("", String::as_str).to_ascii_lowercase();
        let (kind, section) = (infon("type"), infon("section_type"));
        section == "title"
            || section.is_empty()
                && matches!(kind.as_str(), "title" | "front" | "article_title" | "articletitle")
    }

    fn is_abstract(&self) -> bool {
        let infon = |key: &str| self.infons.get(key).map_or("", String::as_str).to_ascii_lowercase();
        let (kind, section) = (infon("type"), infon("section_type"));
        section == "abstract" || kind.starts_with("abstract") || kind.is_empty() && section.is_empty()
    }

    fn end(&self) -> usize {
        self.offset + self.text.chars().count()
    }
}

/// Adds a document to the corpus.
fn finish(source: &Source, document: Document, corpus: &mut Corpus) -> Result<()> {
    let Document { line, id, passages, annotations, relations } = document;
    let title = passages.iter().position(Passage::is_title);
    let title_text = title.map_or("", |t| passages[t].text.as_str());
    let mut body = String::new();
    // Where each passage begins in title, newline, body, in code points.
    let mut starts = vec![0; passages.len()];
    let mut at = title_text.chars().count() + 1;
    let mut last: Option<&Passage> = None;
    for (i, passage) in passages.iter().enumerate().filter(|(i, _)| Some(*i) != title) {
        if let Some(last) = last {
            body.push(if last.is_abstract() && passage.is_abstract() { ' ' } else { '\n' });
            at += 1;
        }
        starts[i] = at;
        body.push_str(&passage.text);
        at += passage.text.chars().count();
        last = Some(passage);
    }
    let mut builder = Builder::new(source, line, &id, title_text, &body);
    for a in annotations {
        let mut ranges = Vec::new();
        for &(offset, length) in &a.locations {
            let inside = |p: &&Passage| p.offset <= offset && offset + length <= p.end();
            let Some(i) = passages.iter().position(|p| inside(&p)) else {
                let message = format!(
                    "document {id}: annotation {} at {offset}, length {length}, lies in no passage",
                    a.id
                );
                return Err(source.error(a.line, message));
            };
            let start = starts[i] + offset - passages[i].offset;
            ranges.push((start, start + length));
        }
        let label = a.infons.get("type").map_or("", String::as_str);
        let mention = builder.mention(a.line, &ranges, label, Some(&a.text))?;
        mention.concepts = identifier(&a.infons).map(identifiers).unwrap_or_default();
        if !a.id.is_empty() {
            builder.name_last(a.line, &a.id)?;
        }
    }
    let mut many = 0;
    for r in relations {
        many += u64::from(!relate(&mut builder, &r)?);
    }
    if many > 0 {
        let message = "relations that do not name two annotations or two concepts were left out";
        corpus.notes.push(format!("{}, document {id}: {many} {message}", source.path.display()));
    }
    builder.finish(corpus);
    Ok(())
}

/// Finds the identifier among the names that tools give it.
fn identifier(infons: &Infons) -> Option<&str> {
    const KEYS: [&str; 8] = [
        "identifier",
        "Identifier",
        "MESH",
        "MeSH",
        "NCBI Gene",
        "NCBI Gene identifier",
        "id",
        "normalized_id",
    ];
    KEYS.iter().find_map(|key| infons.get(*key)).map(String::as_str)
}

/// Adds a relation; returns whether it has one of the known forms.
fn relate(builder: &mut Builder, relation: &Relation) -> Result<bool> {
    let infon = |key: &str| relation.infons.get(key).map(String::as_str);
    let label = infon("type").or(infon("relation")).unwrap_or("");
    if let [first, second] = relation.nodes.as_slice() {
        let is_subject =
            |role: &str| matches!(role.to_ascii_lowercase().as_str(), "subject" | "arg1" | "agent" | "cause");
        let (subject, object) = if is_subject(&second.0) { (second, first) } else { (first, second) };
        builder.relation(relation.line, label, &subject.1, &object.1)?;
        return Ok(true);
    }
    let pair = infon("entity1").zip(infon("entity2")).or(infon("Chemical").zip(infon("Disease")));
    if let (Some((subject, object)), true) = (pair, relation.nodes.is_empty()) {
        builder.concept_relation(relation.line, label, subject, object);
        return Ok(true);
    }
    Ok(false)
}

/// Puts a sentence's text where its offset says, with blanks before it.
fn place(text: &mut String, offset: usize, sentence: &str) {
    let missing = offset.saturating_sub(text.chars().count());
    text.extend(std::iter::repeat_n(' ', missing));
    text.push_str(sentence);
}
