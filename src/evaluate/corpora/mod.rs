//! Corpora: gold standards and predictions of any system, one file a format, told by content.
//!
//! Every parser makes [`LabelledDocument`](super::LabelledDocument)s with a [`Builder`], which turns offsets of the file (code points) into
//! bytes and compares the text that an annotation gives with the text at its offsets.

mod bioc;
mod brat;
mod builder;
mod conll;
mod drugprot;
mod jsonl;
mod pubtator;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::corpus::Corpus;
use super::map::Side;
use crate::{Error, Result};
use builder::Builder;

/// One file, decompressed.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl<'a> Source<'a> {
    fn error(&self, line: usize, message: impl Into<String>) -> Error {
        Error::Line { path: self.path.to_path_buf(), line, message: message.into() }
    }

    /// Lists the lines with their numbers, without line ends.
    fn lines(&self) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line))
    }
}

/// Reads gold or predictions: a file, or a folder of files.
///
/// A gold document that comes again with the same text and annotations (as one of the NCBI disease corpus does) counts
/// once, with a note; predictions have one document an identifier.
///
/// ```no_run
/// use cytosift::evaluate::{Side, load};
/// let corpus = load("CDR_DevelopmentSet.PubTator.txt".as_ref(), Side::Gold)?;
/// println!("{} documents", corpus.documents.len());
/// # Ok::<(), cytosift::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] if it cannot be read, [`Error::Input`] if it is empty or of no known format, [`Error::Line`] if a line
/// is malformed or a document's identifier comes twice.
pub fn load(path: &Path, side: Side) -> Result<Corpus> {
    let mut corpus = Corpus { path: path.to_path_buf(), ..Corpus::default() };
    // File and place of the first document of each identifier.
    let mut seen: HashMap<String, (PathBuf, usize)> = HashMap::new();
    for file in files(path)? {
        let before = corpus.documents.len();
        parse(&file, &mut corpus)?;
        for document in corpus.documents.split_off(before) {
            let Some((first, place)) = seen.get(&document.id) else {
                seen.insert(document.id.clone(), (file.clone(), corpus.documents.len()));
                corpus.documents.push(document);
                continue;
            };
            let (id, line, before) = (&document.id, document.line, &corpus.documents[*place]);
            let came = format!("document {id} came before ({}, line {})", first.display(), before.line);
            if side == Side::Predictions || !before.says_the_same(&document) {
                return Err(Error::Line { path: file, line, message: came });
            }
            corpus.notes.push(format!("{}, line {line}: {came} and counts once", file.display()));
        }
    }
    if corpus.documents.is_empty() {
        return Err(input(path, "holds no document"));
    }
    Ok(corpus)
}

fn input(path: &Path, message: impl Into<String>) -> Error {
    Error::Input { path: path.to_path_buf(), byte: 0, message: message.into() }
}

/// Lists the files to parse: the file itself, or those of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|e| Error::io(path, e))? {
        let file = entry.map_err(|e| Error::io(path, e))?.path();
        let hidden = file.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        if file.is_file() && !hidden {
            files.push(file);
        }
    }
    files.sort();
    // Standoff has several files a document; its text stands for it.
    if files.iter().any(|f| brat::is_annotation(f)) {
        files.retain(|f| f.extension().is_some_and(|e| e == "txt") && brat::has_annotations(f));
    }
    Ok(files)
}

fn parse(path: &Path, corpus: &mut Corpus) -> Result<()> {
    if let Some(text) = brat::text_of(path) {
        return brat::parse(&text, &read(&text)?, corpus);
    }
    let text = read(path)?;
    if text.trim().is_empty() {
        return Err(input(path, "the file is empty"));
    }
    let source = Source { path, text: text.strip_prefix('\u{feff}').unwrap_or(&text) };
    let first = source.text.lines().map(str::trim_end).find(|l| !l.trim().is_empty()).unwrap_or("");
    if drugprot::is_abstracts(path, first) {
        drugprot::parse(&source, corpus)
    } else if first.starts_with('<') {
        bioc::parse_xml(&source, corpus)
    } else if first.starts_with('[') || first.starts_with('{') && bioc::is_json(source.text) {
        bioc::parse_json(&source, corpus)
    } else if first.starts_with('{') {
        jsonl::parse(&source, corpus)
    } else if pubtator::is_text_line(first) {
        pubtator::parse(&source, corpus)
    } else if conll::is_tagged(source.text) {
        conll::parse(&source, corpus)
    } else {
        let message = "of no known format; known are JSON Lines, PubTator, BioC XML and JSON, brat (.ann or .a1 beside \
                       .txt), CoNLL and the DrugProt tables";
        Err(input(path, message))
    }
}

/// Reads a whole file, decompressed if it is gzip.
fn read(path: &Path) -> Result<String> {
    let fail = |e| Error::io(path, e);
    let mut bytes = Vec::new();
    BufReader::new(File::open(path).map_err(fail)?).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).map_err(fail)?;
        bytes = plain;
    }
    String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        let message = "not valid UTF-8 here; convert the file first (iconv -t UTF-8)".into();
        Error::Line { path: path.to_path_buf(), line, message }
    })
}

/// Splits a field of identifiers into concepts; `-`, `-1` and the empty field stand for none.
///
/// Several concepts are parted by `,`, `;` or `|`, but the bars inside the name of a variant (`c|SUB|G|12|A`) part nothing.
fn identifiers(field: &str) -> Vec<Vec<String>> {
    let variant =
        field.split_once('|').is_some_and(|(head, _)| matches!(head, "c" | "p" | "g" | "m" | "r" | "n"));
    let parts: Vec<&str> = if variant { vec![field] } else { field.split([',', ';', '|']).collect() };
    let named = parts.into_iter().map(str::trim).filter(|id| !matches!(*id, "" | "-" | "-1" | "None"));
    named.map(|id| vec![id.to_owned()]).collect()
}
