//! Sources: reads the files that the tables are compiled from.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::{Error, Result};

/// Reads a text file whole, decompressing `.gz`.
pub(super) fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
    let mut text = String::new();
    let done = if path.extension().is_some_and(|e| e == "gz") {
        MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text)
    } else {
        (&bytes[..]).read_to_string(&mut text)
    };
    done.map_err(|e| Error::io(path, e))?;
    Ok(text)
}

/// Reads a CSV or TSV file; rows are picked by column name.
pub(super) fn read_columns<const N: usize>(
    path: &Path,
    delimiter: u8,
    columns: [&str; N],
) -> Result<Vec<[String; N]>> {
    let text = read(path)?;
    let name = path.display().to_string();
    let fail = |line: usize, message: String| Error::Lexicon { name: name.clone(), line, message };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(delimiter == b',')
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| fail(1, e.to_string()))?.clone();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        *place = header
            .iter()
            .position(|h| h == column)
            .ok_or_else(|| fail(1, format!("there is no column {column:?}")))?;
    }
    let mut rows = Vec::new();
    for (i, record) in reader.records().enumerate() {
        let record = record.map_err(|e| fail(i + 2, e.to_string()))?;
        rows.push(places.map(|p| record.get(p).unwrap_or("").trim().to_owned()));
    }
    Ok(rows)
}

/// A term of an OBO file.
#[derive(Debug, Default)]
pub(super) struct Term {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) synonyms: Vec<String>,
    pub(super) xrefs: Vec<String>,
    pub(super) parents: Vec<String>,
}

/// Reads the terms of an OBO file that are not obsolete.
pub(super) fn read_obo(path: &Path) -> Result<BTreeMap<String, Term>> {
    let text = read(path)?;
    let mut terms = BTreeMap::new();
    for block in text.split("\n[Term]\n").skip(1) {
        let block = block.split("\n[").next().unwrap_or(block);
        let mut term = Term::default();
        let mut obsolete = false;
        for line in block.lines() {
            let Some((tag, value)) = line.split_once(": ") else { continue };
            let first = || value.split(' ').next().unwrap_or("").to_owned();
            match tag {
                "id" => term.id = value.to_owned(),
                "name" => term.name = value.to_owned(),
                // Broader and narrower names are other concepts' names.
                "synonym" if value.contains("\" EXACT") || value.contains("\" RELATED") => {
                    term.synonyms.extend(value.split('"').nth(1).map(str::to_owned));
                }
                "xref" => term.xrefs.push(first()),
                "is_a" => term.parents.push(first()),
                "is_obsolete" => obsolete = value.starts_with("true"),
                _ => {}
            }
        }
        if !obsolete {
            terms.insert(term.id.clone(), term);
        }
    }
    Ok(terms)
}
