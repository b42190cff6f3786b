//! CSV: one row a triple, the product (docs/columns.md). RFC 4180, UTF-8.

use super::CodePoints;
use crate::Document;
use crate::document::{Mention, Triple};

/// The columns, in order.
pub const COLUMNS: [&str; 22] = [
    "document",
    "subject",
    "predicate",
    "object",
    "subject_type",
    "object_type",
    "subject_id",
    "object_id",
    "negated",
    "hedged",
    "qualifiers",
    "confidence",
    "sentence",
    "subject_text",
    "subject_start",
    "subject_end",
    "object_text",
    "object_start",
    "object_end",
    "section",
    "year",
    "extractor",
];

/// Returns the header line.
pub(super) fn header() -> Vec<u8> {
    format!("{}\r\n", COLUMNS.join(",")).into_bytes()
}

/// Appends the rows of one document.
pub(super) fn render(document: &Document, out: &mut Vec<u8>) {
    if document.relations.is_empty() {
        return;
    }
    let points = CodePoints::new(document.text());
    let year = document.metadata.year.map(|y| y.to_string()).unwrap_or_default();
    let mut builder = csv::WriterBuilder::new();
    // Enough for a row; the buffer is made anew for every document.
    let mut rows = builder.buffer_capacity(1 << 10).terminator(csv::Terminator::CRLF).from_writer(out);
    for triple in document.triples() {
        let fields = fields(&triple, &points, &year);
        // Writing to memory cannot fail, and every row has the same number of fields.
        let written = rows.write_record(fields.iter().map(AsRef::<str>::as_ref));
        debug_assert!(written.is_ok());
    }
    let flushed = rows.flush();
    debug_assert!(flushed.is_ok());
}

fn fields<'a>(
    triple: &Triple<'a>,
    points: &CodePoints<'_>,
    year: &'a str,
) -> [std::borrow::Cow<'a, str>; COLUMNS.len()] {
    let document = triple.provenance.document;
    let [subject_start, subject_end] = points.span(triple.subject.span).map(|n| n.to_string().into());
    let [object_start, object_end] = points.span(triple.object.span).map(|n| n.to_string().into());
    [
        document.id.as_str().into(),
        triple.subject_name().into(),
        triple.predicate.display().into(),
        triple.object_name().into(),
        triple.subject.kind.as_str().into(),
        triple.object.kind.as_str().into(),
        ids(triple.subject).into(),
        ids(triple.object).into(),
        flag(triple.relation.negated).into(),
        flag(triple.relation.hedged).into(),
        triple.qualifiers().join("; ").into(),
        format!("{:.3}", triple.provenance.confidence).into(),
        document.slice(triple.provenance.sentence).into(),
        document.slice(triple.subject.span).into(),
        subject_start,
        subject_end,
        document.slice(triple.object.span).into(),
        object_start,
        object_end,
        triple.provenance.section.into(),
        year.into(),
        triple.provenance.extractor.into(),
    ]
}

fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn ids(mention: &Mention) -> String {
    mention.concepts.iter().map(|c| c.id.as_str()).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Concept, EntityType, MentionId, Predicate, Relation, Sentence, Span};

    fn concept(id: &str) -> Concept {
        let json = format!("{{\"id\": \"{id}\", \"name\": \"IL-2\"}}");
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn fields_are_quoted_and_offsets_count_code_points() {
        let mut document = Document::new("7", "Ü", "\"α\",\nIL-2 and RCC.");
        let span = |text: &str| {
            let start = document.text().find(text).unwrap();
            Span::new(start, start + text.len())
        };
        let sentence = span("\"α\",\nIL-2 and RCC.");
        let mut subject = Mention::new(span("IL-2"), EntityType::Cytokine, "gold");
        subject.concepts = vec![concept("A:1"), concept("B:2")];
        subject.qualifiers = vec!["high-dose".into()];
        let mut object = Mention::new(span("RCC"), EntityType::Cancer, "gold");
        object.qualifiers = vec!["metastatic".into(), "high-dose".into()];
        document.sentences.push(Sentence { span: sentence, first_token: 0, end_token: 0 });
        document.mentions = vec![subject, object];
        document.metadata.year = Some(1998);
        document.relations.push(Relation {
            subject: MentionId(0),
            object: MentionId(1),
            predicate: Predicate::ApprovedFor,
            negated: false,
            hedged: true,
            sentence: 0,
            qualifiers: vec!["adjuvant".into()],
            confidence: 0.98765,
            source: "rules",
        });
        let mut out = Vec::new();
        render(&document, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "7,IL-2,approved for,RCC,cytokine,cancer,A:1|B:2,,false,true,high-dose; adjuvant; metastatic,0.988,\
             \"\"\"α\"\",\nIL-2 and RCC.\",IL-2,7,11,RCC,16,19,abstract,1998,rules\r\n"
        );
        assert_eq!(header(), format!("{}\r\n", COLUMNS.join(",")).into_bytes());
    }
}
