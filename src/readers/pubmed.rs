//! PubMed and MEDLINE XML (<https://dtd.nlm.nih.gov/ncbi/pubmed/>).
//!
//! The parts of a structured abstract become sections; the text keeps each label before its part and joins parts
//! with one space: `METHODS: We ... RESULTS: There ...`, as PubMed's own text exports do. An `OtherAbstract` is
//! read only where the citation has no abstract, and only in English.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr2_iter};
use quick_xml::events::{BytesStart, Event};

use super::xml::{Fault, Xml, attribute, year_in};
use super::{Parsed, Record};
use crate::document::{CitationRecord, Metadata};
use crate::{Document, Result};

/// The elements that are records.
pub(super) const RECORDS: [&str; 5] =
    ["PubmedArticle", "PubmedBookArticle", "MedlineCitation", "DeleteCitation", "DeleteDocument"];

/// Labels that stand for having none.
const PLACEHOLDERS: [&str; 2] = ["UNLABELLED", "UNASSIGNED"];

/// What is collected of one citation.
#[derive(Default)]
struct Citation {
    metadata: Metadata,
    title: String,
    /// Stands in for a missing title: the original-language title, or the book's.
    other_title: String,
    short_journal: String,
    publication: Text,
    other: Text,
}

/// An abstract and its labelled parts.
#[derive(Default)]
struct Text {
    body: String,
    sections: Vec<(String, std::ops::Range<usize>)>,
}

impl Text {
    /// Reads one `AbstractText`.
    fn read_part(&mut self, xml: &mut Xml, element: &BytesStart) -> Result<(), Fault> {
        let label = attribute(element, "Label").unwrap_or_default();
        let label = label.trim_end_matches(':');
        let before = self.body.len();
        if !self.body.is_empty() {
            self.body.push(' ');
        }
        let start = self.body.len();
        let labelled = !label.is_empty() && !PLACEHOLDERS.contains(&label);
        if labelled {
            self.body.push_str(label);
            self.body.push_str(": ");
        }
        let content = self.body.len();
        xml.text(&mut self.body)?;
        if self.body.len() == content {
            self.body.truncate(before);
        } else {
            let label = if labelled { label } else { "abstract" };
            self.sections.push((label.to_owned(), start..self.body.len()));
        }
        Ok(())
    }
}

/// Decodes one record.
pub(super) fn parse(record: &Record, text: &str) -> Result<Parsed> {
    let mut citation = Citation::default();
    let parsed = if text.starts_with("<Delete") {
        withdrawn(text).map(Parsed::Deleted)
    } else {
        citation.read(&mut Xml::new(text)).map(|()| Parsed::Documents(Vec::new()))
    };
    match parsed {
        Ok(Parsed::Documents(_)) => Ok(Parsed::Documents(vec![citation.into_document(record)])),
        Ok(deleted) => Ok(deleted),
        Err(fault) => {
            let pmid = citation.metadata.pmid.unwrap_or_default();
            Err(record.position.error(&pmid, fault.offset, fault.message))
        }
    }
}

/// Reads identifier and version of a citation off its bytes, if they stand where PubMed puts them.
pub(super) fn peek(bytes: &[u8]) -> Option<CitationRecord> {
    static CITATION: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("<MedlineCitation"));
    let start = CITATION.find(bytes)?;
    let body = start + memchr(b'>', &bytes[start..])? + 1;
    let pmid = bytes[body..].trim_ascii_start().strip_prefix(b"<PMID")?;
    let (attributes, rest) = pmid.split_at(memchr(b'>', pmid)?);
    let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
    let (id, end) = rest[1..].split_at(digits);
    let version = match attributes.strip_prefix(b" Version=\"").and_then(|v| v.strip_suffix(b"\"")) {
        Some(version) => Some(std::str::from_utf8(version).ok()?.parse().ok()?),
        None if attributes.is_empty() => None,
        None => return None,
    };
    let whole = digits > 0 && end.starts_with(b"</PMID>");
    whole.then(|| CitationRecord::without_triples(String::from_utf8_lossy(id), version))
}

/// Returns title and abstract as they stand in the file, with the tags of the abstract's parts and with `&lt;`, `&gt;`
/// and `&amp;` undecoded; none if other markup or references stand in them or if text might come from elsewhere.
pub(super) fn raw_text(record: &str) -> Option<[&str; 2]> {
    static TITLE: LazyLock<[Finder<'_>; 2]> = LazyLock::new(|| finders(["<ArticleTitle", "</ArticleTitle>"]));
    static ABSTRACT: LazyLock<[Finder<'_>; 2]> = LazyLock::new(|| finders(["<Abstract>", "</Abstract>"]));
    static MORE: LazyLock<[Finder<'_>; 2]> = LazyLock::new(|| finders(["<AbstractText", "<ArticleTitle"]));
    static OTHER: LazyLock<[Finder<'_>; 2]> = LazyLock::new(|| finders(["<VernacularTitle", "<BookTitle"]));
    let (title, rest) = element(record, &TITLE)?;
    let (summary, rest) = element(rest, &ABSTRACT).unwrap_or(("", rest));
    let lacks = |text: &str, tags: &[Finder<'_>; 2]| tags.iter().all(|t| t.find(text.as_bytes()).is_none());
    if !is_plain(title) || !is_plain(summary) {
        return None;
    }
    // An empty title gives way to another one, a missing abstract to another.
    let titled = title.split_once('>').is_some_and(|(_, text)| !text.trim_start().starts_with("</"));
    let complete = (titled || lacks(record, &OTHER)) && lacks(rest, &MORE);
    complete.then(|| [inside(title, &["ArticleTitle"]), inside(summary, &["Abstract", "AbstractText"])])
}

/// Takes the tags of elements off a raw text, as far as they enclose it.
fn inside<'a>(raw: &'a str, names: &[&str]) -> &'a str {
    names.iter().fold(raw, |text, name| {
        let inner = text.trim_ascii().strip_prefix('<').and_then(|t| t.strip_prefix(name)?.strip_prefix('>'));
        let inner = inner.and_then(|t| t.strip_suffix('>')?.strip_suffix(name)?.strip_suffix("</"));
        inner.unwrap_or(text)
    })
}

fn finders(tags: [&'static str; 2]) -> [Finder<'static>; 2] {
    tags.map(|tag| Finder::new(tag.as_bytes()))
}

/// Returns the first element whose tags are given, with its tags, and what follows it.
fn element<'a>(text: &'a str, [start, end]: &[Finder<'_>; 2]) -> Option<(&'a str, &'a str)> {
    let from = start.find(text.as_bytes())?;
    let to = from + end.find(&text.as_bytes()[from..])? + end.needle().len();
    Some((&text[from..to], &text[to..]))
}

/// Tells whether every tag and reference in a raw text stands for nothing that a word could be made of.
fn is_plain(raw: &str) -> bool {
    let raw = raw.as_bytes();
    let known = |at: usize| match raw[at] {
        b'&' => REFERENCES.iter().any(|known| raw[at..].starts_with(known)),
        _ => TAGS.iter().any(|known| raw[at..].starts_with(known)),
    };
    memchr2_iter(b'<', b'&', raw).all(known)
}

/// References to marks.
const REFERENCES: [&[u8]; 3] = [b"&lt;", b"&gt;", b"&amp;"];

/// Beginnings of the tags around texts, the most frequent first.
const TAGS: [&[u8]; 8] = [
    b"</AbstractText>",
    b"<AbstractText",
    b"<Abstract>",
    b"</Abstract>",
    b"<ArticleTitle>",
    b"</ArticleTitle>",
    b"<CopyrightInformation>",
    b"</CopyrightInformation>",
];

fn withdrawn(text: &str) -> Result<Vec<CitationRecord>, Fault> {
    let mut xml = Xml::new(text);
    let mut ids = Vec::new();
    loop {
        match xml.next()? {
            Event::Start(e) if e.name().as_ref() == b"PMID" => {
                let version = attribute(&e, "Version").and_then(|v| v.parse().ok());
                ids.push(CitationRecord::deletion(xml.string()?, version));
            }
            Event::Eof => return Ok(ids),
            _ => {}
        }
    }
}

impl Citation {
    fn read(&mut self, xml: &mut Xml) -> Result<(), Fault> {
        loop {
            match xml.next()? {
                Event::Start(e) => self.element(xml, &e)?,
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// Reads or skips an element; one that is neither is entered.
    fn element(&mut self, xml: &mut Xml, element: &BytesStart) -> Result<(), Fault> {
        let metadata = &mut self.metadata;
        match element.name().as_ref() {
            b"PMID" => {
                let pmid = xml.string()?;
                if metadata.pmid.is_none() && !pmid.is_empty() {
                    (metadata.pmid, metadata.version) = (Some(pmid), attribute(element, "Version"));
                }
            }
            b"ArticleTitle" => self.title = xml.string()?,
            b"VernacularTitle" | b"BookTitle" => self.other_title = xml.string()?,
            b"AbstractText" => self.publication.read_part(xml, element)?,
            b"OtherAbstract" => self.other_abstract(xml, element)?,
            b"Title" => metadata.journal = non_empty(xml.string()?),
            b"ISOAbbreviation" | b"MedlineTA" => self.short_journal = xml.string()?,
            b"PubDate" | b"ArticleDate" => {
                let date = xml.string()?;
                metadata.year = metadata.year.or_else(|| year_in(&date));
            }
            b"ELocationID" | b"ArticleId" => {
                let kind = attribute(element, "EIdType").or_else(|| attribute(element, "IdType"));
                let valid = attribute(element, "ValidYN").is_none_or(|v| v != "N");
                let value = xml.string()?;
                identify(metadata, kind.as_deref().filter(|_| valid), value);
            }
            b"Keyword" => metadata.keywords.extend(non_empty(xml.string()?)),
            b"AuthorList"
            | b"InvestigatorList"
            | b"MeshHeadingList"
            | b"ChemicalList"
            | b"SupplMeshList"
            | b"CommentsCorrectionsList"
            | b"GrantList"
            | b"DataBankList"
            | b"GeneSymbolList"
            | b"PublicationTypeList"
            | b"PersonalNameSubjectList"
            | b"ReferenceList"
            | b"History"
            | b"Sections"
            | b"CopyrightInformation"
            | b"CoiStatement"
            | b"ObjectList"
            | b"DateCompleted"
            | b"DateRevised"
            | b"DateCreated"
            | b"Pagination" => xml.skip(element)?,
            _ => {}
        }
        Ok(())
    }

    fn other_abstract(&mut self, xml: &mut Xml, element: &BytesStart) -> Result<(), Fault> {
        let english = attribute(element, "Language").is_none_or(|l| l.to_ascii_lowercase().starts_with("en"));
        if !english || !self.other.body.is_empty() {
            return xml.skip(element);
        }
        loop {
            match xml.next()? {
                Event::Start(e) if e.name().as_ref() == b"AbstractText" => self.other.read_part(xml, &e)?,
                Event::Start(e) if e.name().as_ref() == b"CopyrightInformation" => xml.skip(&e)?,
                Event::End(e) if e.name().as_ref() == b"OtherAbstract" => return Ok(()),
                _ => {}
            }
        }
    }

    fn into_document(mut self, record: &Record) -> Document {
        let text = if self.publication.body.is_empty() { &self.other } else { &self.publication };
        let title = if self.title.is_empty() { &self.other_title } else { &self.title };
        if self.metadata.journal.is_none() {
            self.metadata.journal = non_empty(self.short_journal);
        }
        let id = self.metadata.id().unwrap_or_else(|| record.fallback_id());
        let mut document = Document::with_sections(id, title, &text.body, &text.sections);
        document.metadata = self.metadata;
        document
    }
}

fn identify(metadata: &mut Metadata, kind: Option<&str>, value: String) {
    let slot = match kind {
        Some("doi") => &mut metadata.doi,
        Some("pmc") => &mut metadata.pmcid,
        Some("pubmed") => &mut metadata.pmid,
        _ => return,
    };
    if slot.is_none() {
        *slot = non_empty(value);
    }
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|t| !t.is_empty())
}
