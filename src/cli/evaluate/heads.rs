//! Heads: the tagging heads that a model has beside its own, each for the label set of a public corpus.
//!
//! A head reads as many sentences together as it has learned to ([`Model::run_of`]), so that an abbreviation is read beside
//! its definition; what it says of names agrees over the sentences around ([`agree`]), as in the pipeline.

use std::ops::Range;

use rayon::prelude::*;

use crate::document::{Focus, Span};
use crate::evaluate::{Corpus, LabelledDocument, LabelledMention};
use crate::inference::{Model, Pieces, Scores, decode};
use crate::tagging::{KnownNames, LexiconTagger, Reading, agree};
use crate::text::Segment;
use crate::{Document, Error, Result, Stage};

/// Sentences that are read together: the index of each one's document, and its place there.
type Run = Vec<(usize, Span)>;

/// A run as a head reads it.
struct Read {
    text: Document,
    pieces: Pieces,
    scores: Scores,
}

/// Runs of one text that are labelled together, and those that are read with them.
struct Block {
    own: Range<usize>,
    around: Range<usize>,
}

/// Sentences before and behind that names agree with: as far as an abstract reaches, where a file does not tell where one ends.
const AROUND: usize = 10;

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
    let read = |chunk: &[Run]| {
        let mut texts: Vec<Document> = chunk.iter().map(|run| join(run, &documents)).collect();
        Segment.apply(&mut texts)?;
        names.apply(&mut texts)?;
        score(model, head, texts)
    };
    let read: Vec<Vec<Read>> = runs.par_chunks(16).map(read).collect::<Result<_>>()?;
    let read: Vec<Read> = read.into_iter().flatten().collect();
    let found: Vec<Vec<(usize, LabelledMention)>> =
        blocks(&runs, &documents).into_par_iter().map(|block| label(&block, &types, &runs, &read)).collect();
    found.into_iter().flatten().for_each(|(at, mention)| documents[at].mentions.push(mention));
    Ok(Corpus { documents, ..Corpus::default() })
}

/// Groups sentences that follow each other in a document, at most so many; documents of one sentence are taken as one text,
/// as CoNLL files without marks have abstracts.
fn runs(documents: &[LabelledDocument], most: usize) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        for &sentence in &document.sentences {
            let fits = |run: &Run| run.len() < most && goes_on(documents, run[0].0, at);
            match out.last_mut() {
                Some(run) if fits(run) => run.push((at, sentence)),
                _ => out.push(vec![(at, sentence)]),
            }
        }
    }
    out
}

/// Tells whether the sentences of a document belong to the text of the one before.
fn goes_on(documents: &[LabelledDocument], last: usize, at: usize) -> bool {
    let alone = |at: usize| documents[at].sentences.len() == 1;
    last == at || alone(last) && alone(at)
}

/// Makes a document of a run, a sentence a line.
fn join(run: &Run, documents: &[LabelledDocument]) -> Document {
    let lines: Vec<&str> = run.iter().map(|&(at, sentence)| sentence.slice(&documents[at].text)).collect();
    Document::new("", "", &lines.join("\n"))
}

/// Returns texts, their pieces and what a head says of their words.
fn score(model: &Model, head: &str, texts: Vec<Document>) -> Result<Vec<Read>> {
    let pieces: Vec<Pieces> = texts.iter().map(|text| model.read(text, body(text))).collect::<Result<_>>()?;
    let scores = model.tag_as(head, &pieces.iter().collect::<Vec<_>>())?;
    Ok(texts
        .into_iter()
        .zip(pieces)
        .zip(scores)
        .map(|((text, pieces), scores)| Read { text, pieces, scores })
        .collect())
}

/// Cuts the runs of each text into blocks of about [`AROUND`] sentences, each with as many before and behind it.
fn blocks(runs: &[Run], documents: &[LabelledDocument]) -> Vec<Block> {
    let mut out = Vec::new();
    let mut start = 0;
    for text in runs.chunk_by(|a, b| goes_on(documents, a[0].0, b[0].0)) {
        let end = start + text.len();
        let step = AROUND.div_ceil(text[0].len());
        for first in (start..end).step_by(step) {
            let own = first..end.min(first + step);
            out.push(Block { around: start.max(first.saturating_sub(step))..end.min(own.end + step), own });
        }
        start = end;
    }
    out
}

/// Returns what a head finds in the runs of a block, with the indices of the documents.
fn label(block: &Block, types: &[&str], runs: &[Run], read: &[Read]) -> Vec<(usize, LabelledMention)> {
    let around = read[block.around.clone()].iter();
    let readings: Vec<Reading<'_>> =
        around.map(|of| Reading::new(&of.text, body(&of.text), &of.pieces, &of.scores)).collect();
    let agreed = agree(&readings);
    let mut out = Vec::new();
    for at in block.own.clone() {
        for (words, kind) in decode(&agreed[at - block.around.start]) {
            let (document, span) = place(&runs[at], read[at].pieces.span(words));
            let labels = vec![types[kind].to_owned()];
            let mention =
                LabelledMention { spans: vec![span], labels, confidence: 1.0, ..LabelledMention::default() };
            out.push((document, mention));
        }
    }
    out
}

/// Returns where the sentences of a joined text stand.
fn body(text: &Document) -> Span {
    Span::new(BODY, text.text().len())
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
