//! Heads: the tagging heads that a model has beside its own, each for the label set of a public corpus.

use rayon::prelude::*;

use crate::document::{Focus, Span};
use crate::evaluate::{Corpus, LabelledDocument, LabelledMention};
use crate::inference::{Model, Pieces, decode};
use crate::tagging::{KnownNames, LexiconTagger};
use crate::text::Segment;
use crate::{Document, Error, Result, Stage};

/// Labels the sentences of gold texts with a head of a model.
///
/// # Errors
/// [`Error::Config`] if the model has no such head; [`Error::Stage`] if the runtime fails.
pub(super) fn run_head(model: &Model, head: &str, gold: &Corpus) -> Result<Corpus> {
    let Some(types) = model.types(head) else {
        let known: Vec<&str> = model.heads().collect();
        let message = format!("the model {} has no {head:?}, only {}", model.name(), known.join(", "));
        return Err(Error::Config { key: "--head".into(), message });
    };
    let names = KnownNames(LexiconTagger::new(Focus::All));
    let label = |chunk: &[LabelledDocument]| -> Result<Vec<LabelledDocument>> {
        let mut documents: Vec<Document> = chunk.iter().map(LabelledDocument::bare).collect();
        Segment.apply(&mut documents)?;
        names.apply(&mut documents)?;
        chunk.iter().zip(&documents).map(|(gold, of)| tagged(model, (head, &types), gold, of)).collect()
    };
    let parts: Vec<Vec<LabelledDocument>> =
        gold.documents.par_chunks(16).map(label).collect::<Result<_>>()?;
    Ok(Corpus { documents: parts.concat(), ..Corpus::default() })
}

/// Returns a document with what a head finds in each of its sentences; `document` is its text with the lexicon's names.
fn tagged(
    model: &Model,
    (head, types): (&str, &[&str]),
    gold: &LabelledDocument,
    document: &Document,
) -> Result<LabelledDocument> {
    let read = |sentence: &Span| model.read(document, *sentence);
    let pieces: Vec<Pieces> = gold.sentences.iter().map(read).collect::<Result<_>>()?;
    let mut mentions = Vec::new();
    let scores = model.tag_as(head, &pieces.iter().collect::<Vec<_>>())?;
    for ((sentence, pieces), scores) in gold.sentences.iter().zip(&pieces).zip(scores) {
        mentions.extend(decode(&scores).into_iter().map(|(words, kind)| LabelledMention {
            spans: vec![pieces.span(words).shifted(sentence.start)],
            labels: vec![types[kind].to_owned()],
            confidence: 1.0,
            ..LabelledMention::default()
        }));
    }
    let (relations, concept_relations) = (Vec::new(), Vec::new());
    Ok(LabelledDocument { mentions, relations, concept_relations, ..gold.clone() })
}
