//! Awkward input for every reader, and the promises that hold for all of them.

#![allow(clippy::unwrap_used)]

mod formats;
mod pubmed_xml;
mod streams;

use std::io::{Cursor, Write};

use cytosift::readers::{Format, Parsed, Record, from_reader};
use cytosift::{Document, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

pub(crate) type Item = Result<Parsed>;

pub(crate) fn read(name: &str, bytes: impl Into<Vec<u8>>) -> (Option<Format>, Vec<Item>) {
    match from_reader(name, Cursor::new(bytes.into())) {
        Ok(records) => (Some(records.format()), records.map(|r| r.and_then(|r: Record| r.parse())).collect()),
        Err(error) => (None, vec![Err(error)]),
    }
}

pub(crate) fn documents(items: &[Item]) -> Vec<&Document> {
    let parsed = items.iter().filter_map(|item| match item {
        Ok(Parsed::Documents(documents)) => Some(documents),
        _ => None,
    });
    parsed.flatten().collect()
}

/// Reads what must hold documents only.
pub(crate) fn read_well(name: &str, bytes: impl Into<Vec<u8>>) -> Vec<Document> {
    let (_, items) = read(name, bytes);
    let bad = items.iter().find(|i| i.is_err());
    assert!(bad.is_none(), "{name}: {bad:?}");
    documents(&items).into_iter().cloned().collect()
}

pub(crate) fn messages(items: &[Item]) -> Vec<String> {
    items.iter().filter_map(|i| i.as_ref().err().map(ToString::to_string)).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn pubmed(articles: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE PubmedArticleSet>\n<PubmedArticleSet>\n{articles}\n</PubmedArticleSet>\n"
    )
}

pub(crate) fn article(pmid: &str, inner: &str) -> String {
    format!(
        "<PubmedArticle><MedlineCitation><PMID Version=\"1\">{pmid}</PMID><Article>{inner}</Article>\
         </MedlineCitation></PubmedArticle>\n"
    )
}
