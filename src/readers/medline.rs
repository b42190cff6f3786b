//! MEDLINE tagged text (`.nbib`; <https://www.nlm.nih.gov/bsd/mms/medlineelements.html>).

use super::Record;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::detect::is_medline_line;
use super::xml::year_in;
use crate::document::Metadata;
use crate::{Document, Result};

/// Decodes one block, which holds one citation, or several if no blank line parts them.
pub(super) fn parse(record: &Record, text: &str) -> Result<Vec<Document>> {
    let mut citations: Vec<Vec<(&str, String)>> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        let line = line.trim_end();
        if is_medline_line(line) || is_bare_tag(line) {
            let (tag, value) = (line[..4].trim_end(), line[5..].trim_start());
            if tag == "PMID" || citations.is_empty() {
                citations.push(Vec::new());
            }
            if let Some(fields) = citations.last_mut() {
                fields.push((tag, value.to_owned()));
            }
        } else if !line.is_empty() {
            let field = citations.last_mut().and_then(|fields| fields.last_mut());
            match field.filter(|_| line.starts_with(' ')) {
                Some((_, value)) => {
                    value.push(' ');
                    value.push_str(line.trim_start());
                }
                None => {
                    return Err(record.position.error(
                        "",
                        at as u64,
                        "neither a MEDLINE field nor its continuation",
                    ));
                }
            }
        }
    }
    let several = citations.len() > 1;
    let documents = citations.iter().enumerate().map(|(i, fields)| {
        let suffix = if several && i > 0 { format!(".{}", i + 1) } else { String::new() };
        document(fields, || record.fallback_id() + &suffix)
    });
    Ok(documents.collect())
}

/// A tag whose value is empty loses its trailing space to editors.
fn is_bare_tag(line: &str) -> bool {
    line.len() == 5 && is_medline_line(&format!("{line} "))
}

fn document(fields: &[(&str, String)], fallback_id: impl Fn() -> String) -> Document {
    let all =
        |tag: &'static str| fields.iter().filter(move |(t, v)| *t == tag && !v.is_empty()).map(|(_, v)| v);
    let first = |tag| all(tag).next().cloned();
    let identifier = |kind: &str| {
        let mut values = all("LID").chain(all("AID"));
        values.find_map(|v| v.strip_suffix(kind).map(|v| v.trim_end().to_owned()))
    };
    let metadata = Metadata {
        pmid: first("PMID"),
        version: first("VR"),
        pmcid: first("PMC"),
        doi: identifier("[doi]"),
        journal: first("JT").or_else(|| first("TA")),
        year: first("DP").and_then(|date| year_in(&date)),
        keywords: all("OT").cloned().collect(),
    };
    let title = first("TI").or_else(|| first("BTI")).unwrap_or_default();
    let id = metadata.id().unwrap_or_else(fallback_id);
    let body = first("AB").unwrap_or_default();
    let mut document = Document::with_sections(id, &title, &body, &parts(&body));
    document.metadata = metadata;
    document
}

// The pattern is a constant, which the tests run.
#[allow(clippy::expect_used)]
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[.?!)] )(?P<label>[A-Z][A-Z/&, -]{2,60}): ").expect("a constant pattern")
});

/// Finds the parts of a structured abstract, which begins with a label in capitals: `METHODS: We ... RESULTS: ...`.
fn parts(body: &str) -> Vec<(String, Range<usize>)> {
    let mut parts: Vec<(String, Range<usize>)> = Vec::new();
    for label in LABEL.captures_iter(body).filter_map(|c| c.name("label")) {
        match parts.last_mut() {
            Some((_, before)) => before.end = label.start() - 1,
            None if label.start() > 0 => break,
            None => {}
        }
        parts.push((label.as_str().to_owned(), label.start()..body.len()));
    }
    if parts.is_empty() { vec![("abstract".to_owned(), 0..body.len())] } else { parts }
}
