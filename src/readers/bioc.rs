//! What BioC XML and JSON share: passages to a document.
//!
//! Passages named as title and abstract give these; in PMC full texts the sections give the rest, without tables,
//! references and notes. Annotations are left out, for their types are those of other schemas.

use std::ops::Range;

use super::Record;
use crate::Document;
use crate::document::Metadata;

/// A passage: its text and the infons that say what it is.
#[derive(Default)]
pub(super) struct Passage {
    pub(super) infons: Vec<(String, String)>,
    pub(super) text: String,
}

/// Values of the infon `section_type` (PMC BioC) that hold no prose on findings.
const LEFT_OUT: [&str; 12] = [
    "REF",
    "TABLE",
    "SUPPL",
    "ACK_FUND",
    "AUTH_CONT",
    "COMP_INT",
    "REVIEW_INFO",
    "APPENDIX",
    "KEYWORD",
    "ABBR",
    "FN",
    "OUTLINE",
];

impl Passage {
    fn infon(&self, key: &str) -> &str {
        self.infons.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v)
    }

    fn is_title(&self) -> bool {
        let kind = self.infon("type");
        let section = self.infon("section_type");
        section == "TITLE"
            || section.is_empty() && matches!(kind, "title" | "front" | "article_title" | "ArticleTitle")
    }

    fn is_left_out(&self) -> bool {
        let kind = self.infon("type");
        LEFT_OUT.contains(&self.infon("section_type"))
            || matches!(kind, "table" | "table_caption" | "table_footnote" | "ref" | "footnote")
    }

    fn is_abstract(&self) -> bool {
        let kind = self.infon("type").to_ascii_lowercase();
        self.infon("section_type") == "ABSTRACT" || kind.starts_with("abstract")
    }

    fn label(&self) -> &str {
        match (self.is_abstract(), self.infon("section_type"), self.infon("type")) {
            (true, ..) => "abstract",
            (_, "", "") => "abstract",
            (_, "", kind) => kind,
            (_, section, _) => section,
        }
    }
}

/// Makes a document. Passages of the abstract are joined by a space, others by a line break.
pub(super) fn document(record: &Record, given_id: &str, passages: &[Passage]) -> Document {
    let mut title = "";
    let mut body = String::new();
    let mut sections: Vec<(String, Range<usize>)> = Vec::new();
    for passage in passages {
        let text = passage.text.trim();
        if text.is_empty() || passage.is_left_out() {
            continue;
        }
        if title.is_empty() && passage.is_title() {
            title = text;
            continue;
        }
        let label = passage.label();
        if let Some((last, _)) = sections.last() {
            body.push(if last == label && label == "abstract" { ' ' } else { '\n' });
        }
        let start = body.len();
        body.push_str(text);
        match sections.last_mut() {
            Some((last, at)) if last == label => at.end = body.len(),
            _ => sections.push((label.to_owned(), start..body.len())),
        }
    }
    let metadata = metadata(given_id, passages);
    let id = match (metadata.id(), given_id) {
        (Some(id), _) => id,
        (None, "") => record.fallback_id(),
        (None, given) => given.to_owned(),
    };
    let mut document = Document::with_sections(id, title, &body, &sections);
    document.metadata = metadata;
    document
}

fn metadata(given_id: &str, passages: &[Passage]) -> Metadata {
    let find = |keys: &[&str]| {
        let mut infons = passages.iter().flat_map(|p| &p.infons);
        infons.find(|(k, v)| keys.contains(&k.as_str()) && !v.is_empty()).map(|(_, v)| v.clone())
    };
    let digits = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let pmc = find(&["article-id_pmc"]).map(|id| if digits(&id) { format!("PMC{id}") } else { id });
    Metadata {
        pmid: find(&["article-id_pmid"])
            .or_else(|| Some(given_id.to_owned()).filter(|id| digits(id) && pmc.is_none())),
        version: None,
        pmcid: pmc.or_else(|| Some(given_id.to_owned()).filter(|id| id.starts_with("PMC"))),
        doi: find(&["article-id_doi"]),
        journal: find(&["journal-title"]).or_else(|| find(&["journal"]).map(|j| name_of_journal(&j))),
        year: find(&["year"]).and_then(|y| super::xml::year_in(&y)),
        keywords: find(&["kwd"])
            .map(|k| k.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default(),
    }
}

/// PubTator 3 writes the whole citation into `journal`: `J Immunol; 2001 ...`.
fn name_of_journal(citation: &str) -> String {
    citation.split(';').next().unwrap_or(citation).trim().trim_end_matches('.').to_owned()
}
