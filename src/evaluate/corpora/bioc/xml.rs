//! BioC XML.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Annotation, Document, Infons, Passage, Relation, Source};
use crate::evaluate::corpus::Corpus;
use crate::{Error, Result};

/// Where the parser stands.
#[derive(Default)]
struct State {
    document: Option<Document>,
    passage: Option<Passage>,
    /// Offset of the sentence that is open.
    sentence: Option<usize>,
    annotation: Option<Annotation>,
    relation: Option<Relation>,
    /// Key of the infon that is open.
    key: String,
    /// Text since the last tag.
    text: String,
}

pub(in super::super) fn parse(source: &Source, corpus: &mut Corpus) -> Result<()> {
    let mut reader = Reader::from_str(source.text);
    reader.config_mut().expand_empty_elements = true;
    let mut state = State::default();
    let (mut counted, mut line) = (0, 1);
    loop {
        let event = reader.read_event();
        let at = (reader.buffer_position() as usize).min(source.text.len());
        line += source.text.as_bytes()[counted..at.max(counted)].iter().filter(|b| **b == b'\n').count();
        counted = at.max(counted);
        match event.map_err(|e| source.error(line, format!("not well-formed XML: {e}")))? {
            Event::Start(tag) => state.open(source, line, &tag)?,
            Event::End(tag) => {
                if let Some(document) = state.close(source, line, tag.name().as_ref())? {
                    super::finish(source, document, corpus)?;
                }
            }
            Event::Text(text) => state.text.push_str(&text.decode().map_err(|e| broken(source, line, &e))?),
            Event::CData(text) => state.text.push_str(&text.decode().map_err(|e| broken(source, line, &e))?),
            Event::GeneralRef(name) => {
                let name = name.decode().map_err(|e| broken(source, line, &e))?;
                let unescaped = quick_xml::escape::unescape(&format!("&{name};")).map(|t| t.into_owned());
                state.text.push_str(&unescaped.map_err(|e| broken(source, line, &e))?);
            }
            Event::Eof if state.document.is_some() => {
                return Err(source.error(line, "the XML ends inside a document"));
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn broken(source: &Source, line: usize, error: &dyn std::fmt::Display) -> Error {
    source.error(line, format!("not well-formed XML: {error}"))
}

impl State {
    fn open(&mut self, source: &Source, line: usize, tag: &BytesStart) -> Result<()> {
        self.text.clear();
        let attribute = |name: &str| -> Result<String> {
            let found = tag.try_get_attribute(name).map_err(|e| broken(source, line, &e))?;
            let value = found.map(|a| a.unescape_value().map(|v| v.into_owned())).transpose();
            Ok(value.map_err(|e| broken(source, line, &e))?.unwrap_or_default())
        };
        match tag.name().as_ref() {
            b"document" => self.document = Some(Document { line, ..Document::default() }),
            b"passage" => self.passage = Some(Passage::default()),
            b"sentence" => self.sentence = Some(0),
            b"annotation" => {
                self.annotation = Some(Annotation { line, id: attribute("id")?, ..Annotation::default() })
            }
            b"relation" => self.relation = Some(Relation { line, ..Relation::default() }),
            b"infon" => self.key = attribute("key")?,
            b"location" => {
                let number = |text: String| {
                    text.parse::<usize>()
                        .map_err(|_| source.error(line, format!("not an offset or length: {text:?}")))
                };
                let location = (number(attribute("offset")?)?, number(attribute("length")?)?);
                if let Some(annotation) = &mut self.annotation {
                    annotation.locations.push(location);
                }
            }
            b"node" => {
                let node = (attribute("role")?, attribute("refid")?);
                if let Some(relation) = &mut self.relation {
                    relation.nodes.push(node);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Closes an element; returns the document when it is complete.
    fn close(&mut self, source: &Source, line: usize, name: &[u8]) -> Result<Option<Document>> {
        let text = std::mem::take(&mut self.text);
        match name {
            b"document" => return Ok(self.document.take()),
            b"id" => {
                if let Some(document) = self.document.as_mut().filter(|_| self.passage.is_none()) {
                    document.id = text.trim().to_owned();
                }
            }
            b"infon" => {
                let key = std::mem::take(&mut self.key);
                if let Some(infons) = self.infons() {
                    infons.insert(key, text);
                }
            }
            b"offset" => {
                let offset = text.trim();
                let offset =
                    offset.parse().map_err(|_| source.error(line, format!("not an offset: {offset:?}")))?;
                match (&mut self.sentence, &mut self.passage) {
                    (Some(at), _) => *at = offset,
                    (None, Some(passage)) => passage.offset = offset,
                    (None, None) => {}
                }
            }
            b"text" => self.take_text(text),
            b"sentence" => self.sentence = None,
            b"passage" => {
                if let (Some(document), Some(passage)) = (&mut self.document, self.passage.take()) {
                    document.passages.push(passage);
                }
            }
            b"annotation" => {
                if let (Some(document), Some(annotation)) = (&mut self.document, self.annotation.take()) {
                    document.annotations.push(annotation);
                }
            }
            b"relation" => {
                if let (Some(document), Some(relation)) = (&mut self.document, self.relation.take()) {
                    document.relations.push(relation);
                }
            }
            _ => {}
        }
        Ok(None)
    }

    fn infons(&mut self) -> Option<&mut Infons> {
        match (&mut self.annotation, &mut self.relation, &mut self.passage) {
            (Some(annotation), _, _) => Some(&mut annotation.infons),
            (_, Some(relation), _) => Some(&mut relation.infons),
            (_, _, Some(passage)) if self.sentence.is_none() => Some(&mut passage.infons),
            _ => None,
        }
    }

    fn take_text(&mut self, text: String) {
        match (&mut self.annotation, &mut self.passage, self.sentence) {
            (Some(annotation), _, _) => annotation.text = text,
            (None, Some(passage), Some(at)) => {
                super::place(&mut passage.text, at.saturating_sub(passage.offset), &text);
            }
            (None, Some(passage), None) => passage.text = text,
            _ => {}
        }
    }
}
