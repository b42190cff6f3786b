//! Citation record: what one record says about a document as a whole: this is its text now, or it is withdrawn.

use super::Document;

/// A document as one record states or withdraws it; several such decide which statement is current.
///
/// A statement replaces those before it of the same or an older version. A withdrawal removes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CitationRecord {
    /// The document's identifier.
    pub id: String,
    /// Version that the source gives it; none in a withdrawal means every version.
    pub version: Option<u32>,
    /// Whether the record withdraws the document (`DeleteCitation`).
    pub deleted: bool,
    /// Triples that were written of it.
    pub triples: usize,
}

impl CitationRecord {
    /// Makes the record of a document whose relations are those that were written.
    pub fn of(document: Document) -> Self {
        let version = document.metadata.version.as_deref().and_then(|version| version.parse().ok());
        Self { version, deleted: false, triples: document.relations.len(), id: document.id }
    }

    /// Makes the record of a document that yields nothing.
    pub fn without_triples(id: impl Into<String>, version: Option<u32>) -> Self {
        Self { id: id.into(), version, deleted: false, triples: 0 }
    }

    /// Makes the withdrawal of a document.
    pub fn deletion(id: impl Into<String>, version: Option<u32>) -> Self {
        Self { deleted: true, ..Self::without_triples(id, version) }
    }
}
