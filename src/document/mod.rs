//! The document and its layers: data only, no algorithms.

mod citation;
mod focus;
mod mention;
mod relation;
mod sentence;
mod span;
mod triple;

pub use citation::CitationRecord;
pub use focus::Focus;
pub use mention::{Concept, CytokineRole, EntityType, Mention, MentionId, Target};
pub use relation::{Predicate, Relation};
pub use sentence::{Abbreviation, Section, Sentence, Token};
pub use span::Span;
pub use triple::{Provenance, Triple};

/// What is known of a document beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// PubMed identifier, digits only.
    pub pmid: Option<String>,
    /// Version of the PubMed citation.
    pub version: Option<String>,
    /// PubMed Central identifier with its prefix: `PMC101395`.
    pub pmcid: Option<String>,
    /// Digital object identifier without a resolver: `10.1038/s41571-021-00588-9`.
    pub doi: Option<String>,
    /// Journal name as given.
    pub journal: Option<String>,
    /// Year of publication.
    pub year: Option<u16>,
    /// Author keywords, in order.
    pub keywords: Vec<String>,
}

impl Metadata {
    /// Returns the identifier that names the article best: its PMID, else PMCID, else DOI.
    pub fn id(&self) -> Option<String> {
        self.pmid.as_ref().or(self.pmcid.as_ref()).or(self.doi.as_ref()).cloned()
    }
}

/// One article: a text that never changes, and the layers that stages add to it.
///
/// The text is `title + "\n" + abstract` (and the body of a full text after a further `"\n"`); an empty
/// title still counts its newline. Every layer refers to it by byte [`Span`].
///
/// ```
/// use cytosift::Document;
/// let document = Document::new("1", "Title", "Abstract.");
/// assert_eq!(document.text(), "Title\nAbstract.");
/// assert_eq!(document.title(), "Title");
/// assert_eq!(document.body(), "Abstract.");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// PMID, PMCID, DOI, or the name that its source gives it.
    pub id: String,
    /// What is known beside the text.
    pub metadata: Metadata,
    text: String,
    title_end: usize,
    /// Labelled parts of the text, ordered and disjoint.
    pub sections: Vec<Section>,
    /// Sentences, ordered and disjoint.
    pub sentences: Vec<Sentence>,
    /// Tokens, ordered and disjoint.
    pub tokens: Vec<Token>,
    /// Abbreviations defined in the text, ordered by definition.
    pub abbreviations: Vec<Abbreviation>,
    /// What the lexicon tagger finds, in the order of mentions, for a model that decides what the mentions are.
    pub names: Vec<Mention>,
    /// Mentions, sorted by start, then longest first.
    pub mentions: Vec<Mention>,
    /// Relations, sorted by sentence, subject, object, predicate.
    pub relations: Vec<Relation>,
    /// What a reader or stage found odd in this document, for the report.
    pub warnings: Vec<String>,
}

impl Document {
    /// Makes a document of a title and a body (the abstract), with the sections `title` and `abstract`.
    ///
    /// # Panics
    /// If the text is longer than `u32::MAX` bytes (readers refuse such records).
    pub fn new(id: impl Into<String>, title: &str, body: &str) -> Self {
        Self::with_sections(id, title, body, &[("abstract".to_owned(), 0..body.len())])
    }

    /// Makes a document of a title and a body whose labelled parts are given as byte ranges of the body, ordered
    /// and disjoint; empty ones are left out. The section `title` comes first.
    ///
    /// # Panics
    /// As [`Document::new`].
    pub fn with_sections(
        id: impl Into<String>,
        title: &str,
        body: &str,
        parts: &[(String, std::ops::Range<usize>)],
    ) -> Self {
        let text = format!("{title}\n{body}");
        let shift = title.len() + 1;
        let title_part = ("title", 0..title.len());
        let parts = parts.iter().map(|(label, at)| (label.as_str(), at.start + shift..at.end + shift));
        let sections = std::iter::once(title_part)
            .chain(parts)
            .filter(|(_, at)| !at.is_empty())
            .map(|(label, at)| Section { label: label.to_owned(), span: Span::new(at.start, at.end) })
            .collect();
        Self { id: id.into(), text, title_end: title.len(), sections, ..Self::default() }
    }

    /// Returns the whole text: `title + "\n" + body`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the title, which may be empty.
    pub fn title(&self) -> &str {
        &self.text[..self.title_end]
    }

    /// Returns all after the title's newline, which may be empty.
    pub fn body(&self) -> &str {
        self.text.get(self.title_end + 1..).unwrap_or("")
    }

    /// Returns the text that a span covers.
    pub fn slice(&self, span: Span) -> &str {
        span.slice(&self.text)
    }

    /// Returns a mention.
    ///
    /// # Panics
    /// If there is no such mention.
    pub fn mention(&self, id: MentionId) -> &Mention {
        &self.mentions[id.index()]
    }

    /// Returns the label of the section that a span begins in; `""` outside all sections.
    pub fn section_at(&self, span: Span) -> &str {
        let after = self.sections.partition_point(|s| s.span.start <= span.start);
        match after.checked_sub(1).map(|i| &self.sections[i]) {
            Some(section) if section.span.end > span.start => &section.label,
            _ => "",
        }
    }

    /// Returns the indices of the mentions that lie in a span.
    ///
    /// Relies on the order of [`Document::mentions`].
    pub fn mentions_in(&self, span: Span) -> impl Iterator<Item = MentionId> + '_ {
        inside(&self.mentions, span).map(|(i, _)| MentionId(i as u32))
    }

    /// Returns the names that lie in a span.
    ///
    /// Relies on the order of [`Document::names`].
    pub fn names_in(&self, span: Span) -> impl Iterator<Item = &Mention> {
        inside(&self.names, span).map(|(_, name)| name)
    }

    /// Tells whether a model of some focus looks at a sentence: where a name is in focus, or everywhere.
    pub fn is_looked_at(&self, sentence: Span, focus: Focus) -> bool {
        focus == Focus::All || self.names_in(sentence).any(Mention::is_focus)
    }

    /// Drops every layer that a stage adds, so that stages can run again.
    pub fn clear_layers(&mut self) {
        self.sentences.clear();
        self.tokens.clear();
        self.abbreviations.clear();
        self.names.clear();
        self.mentions.clear();
        self.relations.clear();
    }

    /// Sorts mentions by start, then longest first, then type. Call before relations refer to them.
    pub fn sort_mentions(&mut self) {
        self.mentions.sort_by_key(Mention::place);
    }

    /// Sorts relations by sentence, subject, object, predicate.
    pub fn sort_relations(&mut self) {
        self.relations.sort_by_key(|r| (r.sentence, r.subject, r.object, r.predicate, r.negated, r.hedged));
    }

    /// Returns the rows of the product, one a relation, in the order of [`Document::relations`].
    pub fn triples(&self) -> impl Iterator<Item = Triple<'_>> {
        self.relations.iter().map(|relation| Triple::new(self, relation))
    }
}

/// Returns the mentions that lie in a span, with their indices.
fn inside(sorted: &[Mention], span: Span) -> impl Iterator<Item = (usize, &Mention)> {
    let first = sorted.partition_point(|m| m.span.start < span.start);
    let starts_inside = move |(_, m): &(usize, &Mention)| m.span.start < span.end;
    sorted
        .iter()
        .enumerate()
        .skip(first)
        .take_while(starts_inside)
        .filter(move |(_, m)| m.span.end <= span.end)
}
