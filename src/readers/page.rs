//! A PubMed web page saved as text, in the layout of before or after 2020.
//!
//! The page has no markup left, so parts are found by the fixed wording around them: the citation line with the DOI,
//! the title below it, the headings `Affiliations`, `Abstract`, `Author information`. Everything from the first
//! footing on (`PubMed Disclaimer`, `Similar articles`, ...) is furniture.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Record;
use super::xml::year_in;
use crate::document::Metadata;
use crate::{Document, Result};

/// Lines that only these pages have; two of them make a page.
const SIGNS: [&str; 16] = [
    "Skip to main page content",
    "An official website of the United States government",
    "Access keys NCBI Homepage MyNCBI Homepage Main Content Main Navigation",
    "PubMed Disclaimer",
    "Similar articles",
    "Cited by",
    "Publication types",
    "MeSH terms",
    "Full text links",
    "Full text sources",
    "LinkOut - more resources",
    "LinkOut - more resourcesSend to",
    "Choose Destination",
    "Author information",
    "Supplemental Content",
    "Affiliations",
];

/// Headings that end the article's own text.
const FOOTINGS: [&str; 28] = [
    "pubmed disclaimer",
    "conflict of interest statement",
    "figures",
    "similar articles",
    "cited by",
    "references",
    "publication types",
    "mesh terms",
    "substances",
    "related information",
    "grants and funding",
    "grant support",
    "grants and fundings",
    "linkout - more resources",
    "full text links",
    "full text sources",
    "other literature sources",
    "supplemental content",
    "supplementary info",
    "supplementary concepts",
    "associated data",
    "comment in",
    "comment on",
    "erratum in",
    "support center",
    "images from this publication",
    "loading ...",
    "plain language summary",
];

/// Lines between citation and title, and inside the text, that are none of the article's own.
const NOISE: [&str; 14] = [
    "doi:",
    "epub ",
    "online ahead of print",
    "ecollection ",
    "pmid:",
    "pmcid:",
    "search in pubmed",
    "search in nlm catalog",
    "add to search",
    "actions",
    "free pmc article",
    "free article",
    "[available on",
    "[indexed for",
];

/// Tells whether a text is such a page.
pub(super) fn looks_like(text: &str) -> bool {
    SIGNS.iter().filter(|sign| text.lines().any(|line| line.trim() == **sign)).count() >= 2
}

/// Compiles a pattern of this file.
// The patterns are constants, all of which the tests run.
#[allow(clippy::expect_used)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static CITATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?P<journal>[^;]{0,200}?)\.? ?\b(?P<year>1[89]\d\d|20\d\d)\b[^;:]{0,40}(;|:\s?e?\d|\. doi)")
});
static SHORT_CITATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:.* et al|[^.]+)\. (?P<journal>\p{Lu}.+)\. (?:1[89]|20)\d\d(?: \p{Lu}\p{Ll}\p{Ll}\b[^.]*)?\.$",
    )
});
static DOI: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<doi>10\.\d{1,9}/[^\s;]+)"));
static PMID: LazyLock<Regex> = LazyLock::new(|| pattern(r"^PMID: ?(?P<pmid>\d+)"));
static PMCID: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bPMCID: ?(?P<pmcid>PMC\d+)"));
static LABEL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?P<label>\p{Lu}[\p{L} /&,-]{2,60}):(?: |$)"));

/// A run of lines without a blank one between, joined by spaces.
struct Paragraph {
    text: String,
    /// Blank lines before it.
    gap: usize,
}

/// The article's text and what was found with it.
#[derive(Default)]
struct Abstract {
    body: String,
    sections: Vec<(String, Range<usize>)>,
    keywords: Vec<String>,
}

/// Decodes a page.
pub(super) fn parse(record: &Record, text: &str) -> Result<Document> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let fail = |what: &str| {
        let message =
            format!("this looks like a saved PubMed page, but it has no {what}; save the whole page again");
        record.position.error("", 0, message)
    };
    let citation = lines.iter().position(|l| CITATION.is_match(l)).ok_or_else(|| fail("citation line"))?;
    let end = lines[citation..].iter().position(|l| is_footing(l)).map_or(lines.len(), |at| citation + at);
    let own = &lines[citation..end];
    let below =
        own.iter().skip(1).position(|l| !l.is_empty() && !is_noise(l)).ok_or_else(|| fail("title"))?;
    let (title, rest) = (own[below + 1], &own[below + 2..]);
    let found = read_abstract(&paragraphs(abstract_lines(rest)));
    let metadata = Metadata { keywords: found.keywords, ..identify(own) };
    let id = metadata.id().unwrap_or_else(|| record.fallback_id());
    let mut document = Document::with_sections(id, title, &found.body, &found.sections);
    document.metadata = metadata;
    Ok(document)
}

fn is_footing(line: &str) -> bool {
    FOOTINGS.contains(&line.trim_end_matches(':').to_lowercase().as_str())
}

fn is_noise(line: &str) -> bool {
    let line = line.to_lowercase();
    NOISE.iter().any(|noise| line.starts_with(noise))
}

/// Reads identifiers, journal and year from the lines of the article.
fn identify(own: &[&str]) -> Metadata {
    let find = |pattern: &Regex, group: &str| {
        let found = own.iter().find_map(|l| pattern.captures(l))?;
        found.name(group).map(|m| m.as_str().trim().to_owned()).filter(|m| !m.is_empty())
    };
    Metadata {
        pmid: find(&PMID, "pmid"),
        version: None,
        pmcid: find(&PMCID, "pmcid"),
        doi: find(&DOI, "doi").map(|d| d.trim_end_matches(['.', ',']).to_owned()),
        journal: find(&CITATION, "journal").or_else(|| find(&SHORT_CITATION, "journal")),
        year: find(&CITATION, "year").and_then(|y| year_in(&y)),
        keywords: Vec::new(),
    }
}

/// Returns the lines that the abstract begins with: those below its heading, or, on pages that lost the heading,
/// below the affiliations, which two blank lines end.
fn abstract_lines<'a>(rest: &'a [&'a str]) -> &'a [&'a str] {
    if let Some(at) = rest.iter().position(|l| l.eq_ignore_ascii_case("abstract")) {
        return &rest[at + 1..];
    }
    let Some(authors) = rest.iter().position(|l| matches!(*l, "Author information" | "Affiliations")) else {
        return &[];
    };
    let below = &rest[authors + 1..];
    let text = below.iter().position(|l| !l.is_empty()).unwrap_or(below.len());
    match below[text..].windows(2).position(|pair| pair.iter().all(|l| l.is_empty())) {
        Some(gap) => &below[text + gap..],
        None => &[],
    }
}

fn paragraphs(lines: &[&str]) -> Vec<Paragraph> {
    let mut found: Vec<Paragraph> = Vec::new();
    let mut gap = 1;
    for line in lines {
        match found.last_mut() {
            _ if line.is_empty() => gap += 1,
            Some(last) if gap == 0 => {
                last.text.push(' ');
                last.text.push_str(line);
            }
            _ => found.push(Paragraph { text: (*line).to_owned(), gap }),
        }
        if !line.is_empty() {
            gap = 0;
        }
    }
    found
}

/// Joins the abstract's paragraphs with spaces, up to the keywords or whatever else ends it.
fn read_abstract(paragraphs: &[Paragraph]) -> Abstract {
    let mut found = Abstract::default();
    for (i, paragraph) in paragraphs.iter().enumerate() {
        let text = paragraph.text.as_str();
        if let Some(list) = text.get(..9).filter(|t| t.eq_ignore_ascii_case("keywords:")).map(|_| &text[9..])
        {
            let below = paragraphs.get(i + 1).map_or("", |p| p.text.as_str());
            found.keywords = split_keywords(if list.is_empty() { below } else { list });
            break;
        }
        if paragraph.gap > 1 && !found.body.is_empty() && is_keyword_list(text) {
            found.keywords = split_keywords(text);
            break;
        }
        if is_noise(text) || text.starts_with('©') || text.starts_with("Copyright ") {
            break;
        }
        if !found.body.is_empty() {
            found.body.push(' ');
        }
        let start = found.body.len();
        found.body.push_str(text);
        let label = LABEL.captures(text).map(|c| c["label"].to_owned());
        match (label, found.sections.last_mut()) {
            (None, Some((_, last))) => last.end = found.body.len(),
            (label, _) => found.sections.push((label.unwrap_or("abstract".into()), start..found.body.len())),
        }
    }
    found
}

/// Tells whether a paragraph is names between semicolons rather than sentences.
fn is_keyword_list(text: &str) -> bool {
    let names: Vec<&str> = text.trim_end_matches('.').split(';').collect();
    names.len() > 1 && names.iter().all(|n| n.split_whitespace().count() <= 6 && !n.contains(". "))
}

fn split_keywords(list: &str) -> Vec<String> {
    let names = list.trim().trim_end_matches('.').split(';');
    names.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect()
}
