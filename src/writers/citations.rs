//! Citations: one row a document that was stated or withdrawn, with or without triples; gzip (docs/columns.md).

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::document::CitationRecord;

/// The columns, in order.
pub const CITATION_COLUMNS: [&str; 4] = ["document", "version", "deleted", "triples"];

/// Collects the rows of one file; compressed, those of 30,000 citations take some 100 kB.
pub struct Citations {
    rows: csv::Writer<GzEncoder<Vec<u8>>>,
}

impl Default for Citations {
    fn default() -> Self {
        let rows = GzEncoder::new(Vec::new(), Compression::fast());
        let mut rows = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(rows);
        // Writing to memory cannot fail, and every row has the same number of fields.
        let written = rows.write_record(CITATION_COLUMNS);
        debug_assert!(written.is_ok());
        Self { rows }
    }
}

impl Citations {
    /// Appends a row.
    pub fn push(&mut self, citation: &CitationRecord) {
        let version = citation.version.map(|version| version.to_string()).unwrap_or_default();
        let deleted = if citation.deleted { "true" } else { "false" };
        let row = [citation.id.as_str(), &version, deleted, &citation.triples.to_string()];
        // As above.
        let written = self.rows.write_record(row);
        debug_assert!(written.is_ok());
    }

    /// Returns the file.
    pub fn finish(self) -> Vec<u8> {
        // As above.
        self.rows.into_inner().ok().and_then(|gzip| gzip.finish().ok()).unwrap_or_default()
    }
}
