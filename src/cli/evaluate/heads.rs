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
    let label = |chunk: &[LabelledDocument]| chunk.iter().map(|d| tagged(model, (head, &types), d)).collect();
    let parts: Vec<Vec<LabelledDocument>> =
        gold.documents.par_chunks(16).map(label).collect::<Result<_>>()?;
    Ok(Corpus { documents: parts.concat(), ..Corpus::default() })
}

/// Where the body of a document without a title begins.
const BODY: u32 = 1;

/// Returns the text as a document with the names that the lexicon knows.
fn named(gold: &LabelledDocument) -> Result<Document> {
    let mut documents = [Document::new("", "", &gold.text)];
    Segment.apply(&mut documents)?;
    KnownNames(LexiconTagger::new(Focus::All)).apply(&mut documents)?;
    let [document] = documents;
    Ok(document)
}

/// Returns a document with what a head finds in each of its sentences.
fn tagged(
    model: &Model,
    (head, types): (&str, &[&str]),
    gold: &LabelledDocument,
) -> Result<LabelledDocument> {
    let document = named(gold)?;
    let read = |sentence: &Span| model.read(&document, sentence.shifted(BODY));
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
