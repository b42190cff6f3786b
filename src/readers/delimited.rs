//! Tables with named columns: CSV (RFC 4180, comma or semicolon) and TSV.
//!
//! In TSV a line is a row; a field that is wrapped in quotes as spreadsheets do loses them.

use std::path::Path;

use super::Record;
use super::records::{Cut, Cutter};
use super::window::Window;
use crate::document::Metadata;
use crate::{Document, Error, Result};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Pmid,
    Pmcid,
    Doi,
    Title,
    Body,
    Journal,
    Year,
    Keywords,
    Other,
}

impl Column {
    /// Recognises a heading, of which case, spaces and punctuation do not count.
    fn parse(heading: &str) -> Self {
        let key: String =
            heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        match key.as_str() {
            "id" | "documentid" | "document" | "docid" | "uid" | "articleid" | "identifier" => Column::Id,
            "pmid" | "pubmedid" | "pubmed" => Column::Pmid,
            "pmcid" | "pmc" => Column::Pmcid,
            "doi" => Column::Doi,
            "title" | "articletitle" | "documenttitle" => Column::Title,
            "abstract" | "text" | "body" | "abstracttext" | "content" | "sentence" => Column::Body,
            "journal" | "journaltitle" | "journalbook" | "sourcetitle" => Column::Journal,
            "year" | "publicationyear" | "pubyear" | "date" | "publicationdate" => Column::Year,
            "keywords" | "authorkeywords" => Column::Keywords,
            _ => Column::Other,
        }
    }
}

/// The columns of a table.
#[derive(Clone, Debug)]
pub(super) struct Header {
    delimiter: u8,
    columns: Vec<Column>,
}

impl Header {
    /// Reads the heading line, or says what it lacks.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let count = |d: &char| line.matches(*d).count();
        let delimiter = ['\t', ',', ';'].into_iter().max_by_key(|d| (count(d), *d == ',')).unwrap_or(',');
        let names: Vec<&str> = line.split(delimiter).map(|n| n.trim().trim_matches('"').trim()).collect();
        let columns: Vec<Column> = names.iter().map(|n| Column::parse(n)).collect();
        let known = columns.iter().filter(|c| **c != Column::Other).count();
        if known < 2 || !columns.iter().any(|c| matches!(c, Column::Title | Column::Body)) {
            return Err(format!(
                "the first line must name the columns, at least title, abstract or text, and id or pmid; it has {names:?}"
            ));
        }
        Ok(Self { delimiter: delimiter as u8, columns })
    }

    /// Takes the heading line off the stream.
    pub(super) fn read(window: &mut Window, path: &Path) -> Result<Self> {
        let data = window.data();
        let start = data.len() - data.trim_ascii_start().len();
        let end = memchr::memchr(b'\n', &data[start..]).map_or(data.len(), |at| start + at + 1);
        let header = Self::parse(String::from_utf8_lossy(&data[start..end]).trim_end());
        let byte = window.offset() + start as u64;
        window.consume(end);
        header.map_err(|message| Error::Input { path: path.to_path_buf(), byte, message })
    }

    /// Tells whether a quoted field may hold line breaks.
    pub(super) fn quotes(&self) -> bool {
        self.delimiter != b'\t'
    }
}

/// Cuts rows at line breaks outside quoted fields.
pub(super) struct Rows {
    delimiter: u8,
    state: Quote,
}

impl Rows {
    pub(super) fn new(header: &Header) -> Self {
        Self { delimiter: header.delimiter, state: Quote::Start }
    }
}

/// Where the cutter stands in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    /// At the start of a field.
    Start,
    /// In a field without quotes, or behind the closing one.
    Outside,
    /// In a quoted field.
    Inside,
    /// Behind a quote in a quoted field, which closes it unless another follows.
    Behind,
}

impl Cutter for Rows {
    fn cut(&mut self, data: &[u8], from: usize, ended: bool) -> Cut {
        for (at, byte) in data.iter().enumerate().skip(from) {
            self.state = match (self.state, byte) {
                (Quote::Start | Quote::Behind, b'"') => Quote::Inside,
                (Quote::Inside, b'"') => Quote::Behind,
                (Quote::Inside, _) => Quote::Inside,
                (_, byte) if *byte == self.delimiter => Quote::Start,
                (_, b'\n') => {
                    self.state = Quote::Start;
                    return row(data, at + 1);
                }
                _ => Quote::Outside,
            };
        }
        match ended {
            false => Cut::More(data.len()),
            true if data.is_empty() => Cut::End,
            true if self.state == Quote::Inside => {
                Cut::Bad(data.len(), "a quoted field is not closed before the end of the file".into())
            }
            true => row(data, data.len()),
        }
    }
}

fn row(data: &[u8], end: usize) -> Cut {
    if data[..end].trim_ascii().is_empty() { Cut::Skip(end) } else { Cut::Record(end) }
}

/// Decodes one row.
pub(super) fn parse(record: &Record, header: Option<&Header>, text: &str) -> Result<Document> {
    let fail = |message: String| record.position.error("", 0, message);
    let header = header.ok_or_else(|| fail("the table has no heading line".into()))?;
    let fields = fields(header, text).map_err(&fail)?;
    if fields.len() != header.columns.len() {
        let (found, wanted) = (fields.len(), header.columns.len());
        return Err(fail(format!("the row has {found} fields, the heading {wanted}")));
    }
    let get = |column| {
        let mut cells = header.columns.iter().zip(&fields);
        let cell = cells.find(|(c, value)| **c == column && !value.trim().is_empty());
        cell.map(|(_, value)| value.trim().to_owned())
    };
    let metadata = Metadata {
        pmid: get(Column::Pmid),
        version: None,
        pmcid: get(Column::Pmcid),
        doi: get(Column::Doi),
        journal: get(Column::Journal),
        year: get(Column::Year).and_then(|y| super::xml::year_in(&y)),
        keywords: get(Column::Keywords)
            .map(|k| k.split([';', '|']).map(|k| k.trim().to_owned()).filter(|k| !k.is_empty()).collect())
            .unwrap_or_default(),
    };
    let id = metadata.id().or_else(|| get(Column::Id)).unwrap_or_else(|| record.fallback_id());
    let title = get(Column::Title).unwrap_or_default();
    let mut document = Document::new(id, &title, &get(Column::Body).unwrap_or_default());
    document.metadata = metadata;
    Ok(document)
}

fn fields(header: &Header, text: &str) -> Result<Vec<String>, String> {
    if !header.quotes() {
        return Ok(text.trim_end_matches(['\n', '\r']).split('\t').map(unquote).collect());
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(header.delimiter)
        .from_reader(text.as_bytes());
    let row = reader.records().next().ok_or("the row is empty")?.map_err(|e| e.to_string())?;
    Ok(row.iter().map(str::to_owned).collect())
}

/// Takes off the quotes around a field in which every other quote is doubled.
fn unquote(field: &str) -> String {
    let inner = field.strip_prefix('"').and_then(|f| f.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.replace("\"\"", "").contains('"') => inner.replace("\"\"", "\""),
        _ => field.to_owned(),
    }
}
