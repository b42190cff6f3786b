//! JATS full text (<https://jats.nlm.nih.gov>): title, abstract, body sections, captions of figures.
//!
//! The abstract stands on one line, as in PubMed records: `Background: We ... Methods: ...`. Below it each heading and
//! paragraph of the body stands on a line of its own, and captions come last. Tables, references, footnotes and
//! supplements are left out, and so are citation numbers, which would otherwise run into the words before them.

mod prose;

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};

use super::Record;
use super::xml::{Fault, Xml, attribute, year_in};
use crate::document::Metadata;
use crate::{Document, Result};

/// The elements that are records.
pub(super) const RECORDS: [&str; 1] = ["article"];

/// Kinds of abstracts that repeat the article in pictures or catchwords.
const SIDE_ABSTRACTS: [&str; 4] = ["graphical", "toc", "teaser", "web-summary"];

/// Headings of sections that state nothing on the subject, in lower case.
const FORMAL: [&str; 22] = [
    "abbreviations",
    "acknowledgements",
    "acknowledgments",
    "additional files",
    "author contributions",
    "authors' contributions",
    "availability of data and materials",
    "competing interest",
    "competing interests",
    "conflict of interest",
    "conflict of interests",
    "conflicts of interest",
    "consent for publication",
    "data availability",
    "data availability statement",
    "disclosure",
    "ethics statement",
    "funding",
    "pre-publication history",
    "supplementary material",
    "supporting information",
    "supplementary materials",
];

/// What is collected of one article.
#[derive(Default)]
struct Article {
    metadata: Metadata,
    title: String,
    text: String,
    sections: Vec<(String, Range<usize>)>,
    captions: Vec<(String, String)>,
}

/// Decodes one article.
pub(super) fn parse(record: &Record, text: &str) -> Result<Document> {
    let mut article = Article::default();
    match article.read(&mut Xml::new(text)) {
        Ok(()) => Ok(article.into_document(record)),
        Err(fault) => {
            let id = article.metadata.id().unwrap_or_default();
            Err(record.position.error(&id, fault.offset, fault.message))
        }
    }
}

impl Article {
    fn read(&mut self, xml: &mut Xml) -> Result<(), Fault> {
        loop {
            match xml.next()? {
                Event::Start(e) => self.element(xml, &e)?,
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// Reads or skips an element outside the prose; one that is neither is entered.
    fn element(&mut self, xml: &mut Xml, element: &BytesStart) -> Result<(), Fault> {
        let metadata = &mut self.metadata;
        match element.local_name().as_ref() {
            b"article-id" => {
                let kind = attribute(element, "pub-id-type");
                let id = xml.string()?;
                identify(metadata, kind.as_deref(), id);
            }
            b"journal-title" if metadata.journal.is_none() => metadata.journal = Some(xml.string()?),
            b"article-title" if self.title.is_empty() => self.title = self.prose(xml)?,
            b"subtitle" => {
                let subtitle = self.prose(xml)?;
                self.title.push_str(if subtitle.is_empty() { "" } else { ": " });
                self.title.push_str(&subtitle);
            }
            b"year" if metadata.year.is_none() => metadata.year = year_in(&xml.string()?),
            b"kwd" => metadata.keywords.extend(Some(xml.string()?).filter(|k| !k.is_empty())),
            b"abstract" => match attribute(element, "abstract-type") {
                Some(kind) if SIDE_ABSTRACTS.contains(&kind.as_str()) => xml.skip(element)?,
                _ => self.read_abstract(xml)?,
            },
            b"body" => self.blocks(xml, "body")?,
            b"fig" => self.caption(xml)?,
            b"contrib-group"
            | b"aff"
            | b"permissions"
            | b"history"
            | b"author-notes"
            | b"funding-group"
            | b"article-categories"
            | b"related-article"
            | b"trans-title-group"
            | b"trans-abstract"
            | b"counts"
            | b"custom-meta-group"
            | b"product"
            | b"conference"
            | b"table-wrap"
            | b"back"
            | b"sub-article"
            | b"response" => xml.skip(element)?,
            _ => {}
        }
        Ok(())
    }

    /// Reads an abstract: parts with headings become sections, and each heading stands before its text.
    fn read_abstract(&mut self, xml: &mut Xml) -> Result<(), Fault> {
        let (mut label, mut part) = (String::new(), String::new());
        let mut open = 1;
        while open > 0 {
            match xml.next()? {
                Event::Start(e) => match e.local_name().as_ref() {
                    b"sec" => {
                        self.abstract_part(&mut label, &mut part);
                        open += 1;
                    }
                    b"title" => label = prose::heading(self.prose(xml)?),
                    b"p" => prose::join(&mut part, ' ', &self.prose(xml)?),
                    b"fig" | b"table-wrap" | b"graphic" | b"label" => xml.skip(&e)?,
                    _ => open += 1,
                },
                Event::End(e) => {
                    if e.local_name().as_ref() == b"sec" {
                        self.abstract_part(&mut label, &mut part);
                    }
                    open -= 1;
                }
                Event::Eof => break,
                _ => {}
            }
        }
        self.abstract_part(&mut label, &mut part);
        Ok(())
    }

    fn abstract_part(&mut self, label: &mut String, part: &mut String) {
        let (label, part) = (std::mem::take(label), std::mem::take(part));
        if part.is_empty() {
            return;
        }
        match label.as_str() {
            "" => self.push(' ', "abstract", &part),
            _ => self.push(' ', &label, &format!("{label}: {part}")),
        }
    }

    /// Reads the blocks of a section, and of those below it, up to the end of the element that was just started.
    fn blocks(&mut self, xml: &mut Xml, label: &str) -> Result<(), Fault> {
        let mut label = label.to_owned();
        let mut open = 1;
        let mut formal = false;
        while open > 0 {
            match xml.next()? {
                Event::Start(e) => match e.local_name().as_ref() {
                    _ if formal => xml.skip(&e)?,
                    b"sec" => self.blocks(xml, &label)?,
                    b"title" => {
                        let heading = self.prose(xml)?;
                        formal = FORMAL
                            .contains(&prose::heading(heading.to_lowercase()).replace('’', "'").as_str());
                        if !heading.is_empty() && !formal {
                            label = prose::heading(heading.clone());
                            self.push('\n', &label, &heading);
                        }
                    }
                    b"p" => {
                        let paragraph = self.prose(xml)?;
                        self.push('\n', &label, &paragraph);
                    }
                    b"fig" => self.caption(xml)?,
                    name if prose::LEFT_OUT.contains(&name) => xml.skip(&e)?,
                    b"label" | b"sec-meta" | b"disp-formula" => xml.skip(&e)?,
                    _ => open += 1,
                },
                Event::End(_) => open -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps the caption of a figure for the end of the text.
    fn caption(&mut self, xml: &mut Xml) -> Result<(), Fault> {
        let (mut label, mut caption) = (String::new(), String::new());
        let mut open = 1;
        while open > 0 {
            match xml.next()? {
                Event::Start(e) => match e.local_name().as_ref() {
                    b"label" => label = prose::heading(self.prose(xml)?),
                    b"title" | b"p" => prose::join(&mut caption, ' ', &self.prose(xml)?),
                    name if prose::LEFT_OUT.contains(&name) => xml.skip(&e)?,
                    _ => open += 1,
                },
                Event::End(_) => open -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        let label = if label.is_empty() { "Figure".to_owned() } else { label };
        if !caption.is_empty() {
            self.captions.push((label, caption));
        }
        Ok(())
    }

    /// Appends a line or part; one that goes on with the section before it extends that.
    fn push(&mut self, separator: char, label: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push(separator);
        }
        let start = self.text.len();
        self.text.push_str(text);
        match self.sections.last_mut() {
            Some((last, at)) if last == label && separator == '\n' => at.end = self.text.len(),
            _ => self.sections.push((label.to_owned(), start..self.text.len())),
        }
    }

    fn into_document(mut self, record: &Record) -> Document {
        for (label, caption) in std::mem::take(&mut self.captions) {
            self.push('\n', &label, &caption);
        }
        let id = self.metadata.id().unwrap_or_else(|| record.fallback_id());
        let mut document = Document::with_sections(id, &self.title, &self.text, &self.sections);
        document.metadata = self.metadata;
        document
    }
}

fn identify(metadata: &mut Metadata, kind: Option<&str>, id: String) {
    let number = id.trim_start_matches("PMC").to_owned();
    let (slot, id) = match kind {
        Some("pmid") => (&mut metadata.pmid, id),
        Some("doi") => (&mut metadata.doi, id),
        Some("pmc" | "pmcid") => (&mut metadata.pmcid, format!("PMC{number}")),
        _ => return,
    };
    if slot.is_none() && !number.is_empty() {
        *slot = Some(id);
    }
}
