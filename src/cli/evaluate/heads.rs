//! Heads: the tagging heads that a model has beside its own, each for the label set of a public corpus.
//!
//! A head reads as many sentences together as it has learned to ([`Model::run_of`]), so that an abbreviation is read beside
//! its definition.

use rayon::prelude::*;

use crate::document::{Focus, Span};
use crate::evaluate::{Corpus, LabelledDocument, LabelledMention};
use crate::inference::{Model, Pieces, decode};
use crate::tagging::{KnownNames, LexiconTagger};
use crate::text::Segment;
use crate::{Document, Error, Result, Stage};

/// Sentences that are read together: the index of each one's document, and its place there.
type Run = Vec<(usize, Span)>;

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
    let unlabelled = |of: &LabelledDocument| {
        let (mentions, relations, concept_relations) = Default::default();
        LabelledDocument { mentions, relations, concept_relations, ..of.clone() }
    };
    let mut documents: Vec<LabelledDocument> = gold.documents.iter().map(unlabelled).collect();
    let runs = runs(&documents, model.run_of(head));
    let label = |chunk: &[Run]| {
        let mut texts: Vec<Document> = chunk.iter().map(|run| join(run, &documents)).collect();
        Segment.apply(&mut texts)?;
        names.apply(&mut texts)?;
        tagged(model, (head, &types), chunk, &texts)
    };
    let found: Vec<Vec<(usize, LabelledMention)>> = runs.par_chunks(16).map(label).collect::<Result<_>>()?;
    found.into_iter().flatten().for_each(|(at, mention)| documents[at].mentions.push(mention));
    Ok(Corpus { documents, ..Corpus::default() })
}

/// Groups sentences that follow each other in a document, at most so many; documents of one sentence are taken as one text,
/// as CoNLL files without marks have abstracts.
fn runs(documents: &[LabelledDocument], most: usize) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    let alone = |at: usize| documents[at].sentences.len() == 1;
    for (at, document) in documents.iter().enumerate() {
        for &sentence in &document.sentences {
            let goes_on = |last: usize| last == at || alone(last) && alone(at);
            match out.last_mut() {
                Some(run) if run.len() < most && run.last().is_some_and(|&(last, _)| goes_on(last)) => {
                    run.push((at, sentence));
                }
                _ => out.push(vec![(at, sentence)]),
            }
        }
    }
    out
}

/// Makes a document of a run, a sentence a line.
fn join(run: &Run, documents: &[LabelledDocument]) -> Document {
    let lines: Vec<&str> = run.iter().map(|&(at, sentence)| sentence.slice(&documents[at].text)).collect();
    Document::new("", "", &lines.join("\n"))
}

/// Returns what a head finds in each run, with the indices of the documents; `texts` are the runs with the lexicon's names.
fn tagged(
    model: &Model,
    (head, types): (&str, &[&str]),
    runs: &[Run],
    texts: &[Document],
) -> Result<Vec<(usize, LabelledMention)>> {
    let read = |text: &Document| model.read(text, Span::new(BODY, text.text().len()));
    let pieces: Vec<Pieces> = texts.iter().map(read).collect::<Result<_>>()?;
    let scores = model.tag_as(head, &pieces.iter().collect::<Vec<_>>())?;
    let mut out = Vec::new();
    for ((run, pieces), scores) in runs.iter().zip(&pieces).zip(scores) {
        for (words, kind) in decode(&scores) {
            let (at, span) = place(run, pieces.span(words));
            let labels = vec![types[kind].to_owned()];
            let mention =
                LabelledMention { spans: vec![span], labels, confidence: 1.0, ..LabelledMention::default() };
            out.push((at, mention));
        }
    }
    Ok(out)
}

/// Where the body of a document without a title begins.
const BODY: usize = 1;

/// Returns the document that a span of a run's body lies in, and its place there; it ends with its sentence.
fn place(run: &Run, span: Span) -> (usize, Span) {
    let (mut start, mut rest) = (0, run.as_slice());
    while let [(_, sentence), later @ ..] = rest
        && !later.is_empty()
        && span.start as usize > start + sentence.len()
    {
        (start, rest) = (start + sentence.len() + 1, later);
    }
    let (at, sentence) = rest[0];
    let shift = |place: u32| sentence.start as usize + place as usize - start;
    (at, Span::new(shift(span.start), shift(span.end).min(sentence.end as usize)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str, sentences: &[(usize, usize)]) -> LabelledDocument {
        let sentences = sentences.iter().map(|&(start, end)| Span::new(start, end)).collect();
        LabelledDocument { text: text.into(), sentences, ..LabelledDocument::default() }
    }

    #[test]
    fn sentences_of_a_text_are_read_together_and_found_again() {
        let documents = [
            document("\nIL-2 rose .", &[(1, 12)]),
            document("\nTNF fell .", &[(1, 11)]),
            document("\nA b. C d. E f.", &[(1, 5), (6, 10), (11, 15)]),
        ];
        let runs = runs(&documents, 2);
        let of: Vec<Vec<usize>> = runs.iter().map(|run| run.iter().map(|(at, _)| *at).collect()).collect();
        assert_eq!(of, [vec![0, 1], vec![2, 2], vec![2]]);
        let joined = join(&runs[0], &documents);
        assert_eq!(joined.text(), "\nIL-2 rose .\nTNF fell .");
        for (name, place_in_body) in [("IL-2", 0..4), ("TNF", 12..15), ("fell .", 16..22)] {
            let (at, span) = place(&runs[0], Span::new(place_in_body.start, place_in_body.end));
            assert_eq!(span.slice(&documents[at].text), name);
        }
        let (at, span) = place(&runs[0], Span::new(5, 15));
        assert_eq!((at, span.slice(&documents[at].text)), (0, "rose ."));
        let (at, span) = place(&runs[1], Span::new(7, 8));
        assert_eq!((at, span), (2, Span::new(8, 9)));
    }
}
