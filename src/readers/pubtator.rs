//! PubTator (<https://www.ncbi.nlm.nih.gov/research/pubtator3/>): the text of title and abstract. Annotations are
//! left out, for their types are those of other schemas.

use super::Record;
use crate::{Document, Result};

/// Decodes one block, which holds one document, or several if no blank line parts them.
pub(super) fn parse(record: &Record, text: &str) -> Result<Vec<Document>> {
    let mut found: Vec<(&str, String, String)> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let at = offset as u64;
        offset += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let mut fields = line.splitn(3, '|');
        match (fields.next(), fields.next(), fields.next()) {
            (Some(id), Some(kind @ ("t" | "a")), Some(text)) if !id.contains('\t') => {
                if found.last().is_none_or(|(last, ..)| *last != id) {
                    found.push((id, String::new(), String::new()));
                }
                if let Some((_, title, body)) = found.last_mut() {
                    let part = if kind == "t" { title } else { body };
                    if !part.is_empty() {
                        part.push(' ');
                    }
                    part.push_str(text);
                }
            }
            _ if line.trim().is_empty() => {}
            _ if !found.is_empty() && line.contains('\t') => {}
            _ => {
                let message =
                    "neither a text line (ID|t|..., ID|a|...) nor an annotation (separated by tabs)";
                return Err(record.position.error("", at, message));
            }
        }
    }
    let documents = found.into_iter().map(|(id, title, body)| {
        let mut document = Document::new(id, &title, &body);
        if id.bytes().all(|b| b.is_ascii_digit()) {
            document.metadata.pmid = Some(id.to_owned());
        }
        document
    });
    Ok(documents.collect())
}
