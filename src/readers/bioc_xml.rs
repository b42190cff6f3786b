//! BioC XML (<https://bioc.sourceforge.net>): one record a `document`.

use quick_xml::events::{BytesStart, Event};

use super::Record;
use super::bioc::{self, Passage};
use super::xml::{Fault, Xml, attribute};
use crate::{Document, Result};

/// The elements that are records.
pub(super) const RECORDS: [&str; 1] = ["document"];

/// Decodes one document.
pub(super) fn parse(record: &Record, text: &str) -> Result<Document> {
    let mut id = String::new();
    match read(text, &mut id) {
        Ok(passages) => Ok(bioc::document(record, &id, &passages)),
        Err(fault) => Err(record.position.error(&id, fault.offset, fault.message)),
    }
}

fn read(text: &str, id: &mut String) -> Result<Vec<Passage>, Fault> {
    let mut xml = Xml::new(text);
    let mut passages = Vec::new();
    loop {
        match xml.next()? {
            Event::Start(e) => match e.name().as_ref() {
                b"id" => *id = xml.string()?,
                b"passage" => passages.push(passage(&mut xml)?),
                b"relation" | b"annotation" => xml.skip(&e)?,
                _ => {}
            },
            Event::Eof => return Ok(passages),
            _ => {}
        }
    }
}

fn passage(xml: &mut Xml) -> Result<Passage, Fault> {
    let mut passage = Passage::default();
    loop {
        match xml.next()? {
            Event::Start(e) => match e.name().as_ref() {
                b"infon" => passage.infons.push(infon(xml, &e)?),
                b"text" if passage.text.is_empty() => passage.text = xml.string()?,
                // A passage may hold sentences instead of a text of its own.
                b"text" => {
                    passage.text.push(' ');
                    xml.text(&mut passage.text)?;
                }
                b"annotation" | b"relation" => xml.skip(&e)?,
                _ => {}
            },
            Event::End(e) if e.name().as_ref() == b"passage" => return Ok(passage),
            Event::Eof => return Ok(passage),
            _ => {}
        }
    }
}

fn infon(xml: &mut Xml, element: &BytesStart) -> Result<(String, String), Fault> {
    Ok((attribute(element, "key").unwrap_or_default(), xml.string()?))
}
