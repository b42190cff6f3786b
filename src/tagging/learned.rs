//! Learned: mentions as a model labels the words of each sentence.
//!
//! The lexicon tagger runs first. Its mentions give concepts to the model's where names and types agree; with `trust` (the
//! hybrid engine) they also speak for their labels before the most probable sequence of labels is chosen.

use std::sync::Arc;

use super::{LexiconTagger, has_focus, qualifiers};
use crate::document::{EntityType, Focus, Mention, Sentence, Span};
use crate::inference::{Model, Pieces, Word, decode};
use crate::lexicon::key;
use crate::{Document, Result, Stage};

/// The source of mentions that a model found.
const SOURCE: &str = "model";

/// The tagger of the engines `learned` and `hybrid`: fills [`Document::mentions`].
#[derive(Debug)]
pub struct LearnedTagger {
    model: Arc<Model>,
    names: LexiconTagger,
    trust: f32,
}

/// A sentence on its way through the model.
struct Work {
    document: usize,
    span: Span,
    pieces: Pieces,
}

impl LearnedTagger {
    /// Makes a tagger over a model and a lexicon tagger; `trust` is what a label gains where the lexicon tagger has it, 0
    /// for the model alone.
    ///
    /// If the lexicon tagger is after [`Focus::Cytokine`], only sentences in which it finds a mention in focus are looked at.
    pub fn new(model: Arc<Model>, trust: f32, names: LexiconTagger) -> Self {
        Self { model, names, trust }
    }

    /// Cuts the sentences of documents into pieces.
    fn split(&self, documents: &[Document]) -> Result<Vec<Work>> {
        let mut out = Vec::new();
        for (document, of) in documents.iter().enumerate() {
            let looked_at = |s: &&Sentence| self.names.focus == Focus::All || has_focus(of, s.span);
            for sentence in of.sentences.iter().filter(looked_at) {
                let pieces = self.model.split(of.slice(sentence.span))?;
                out.push(Work { document, span: sentence.span, pieces });
            }
        }
        Ok(out)
    }

    /// Returns the mentions of a sentence, spans counted from its start.
    fn mentions(&self, known: &[Mention], work: &Work, mut scores: Vec<Vec<f32>>) -> Vec<Mention> {
        let words = &work.pieces.words;
        if self.trust != 0.0 {
            let labels = labels(known, words, work.span);
            scores.iter_mut().zip(labels).for_each(|(scores, label)| scores[label] += self.trust);
        }
        let mut out = Vec::new();
        for (of, kind) in decode(&scores) {
            let mut mention = Mention::new(work.pieces.span(of.clone()), EntityType::ALL[kind], SOURCE);
            let label = |word: usize| if word == of.start { 1 + 2 * kind } else { 2 + 2 * kind };
            let sum: f32 = of.clone().map(|word| scores[word][label(word)].min(0.0)).sum();
            mention.confidence = (sum / of.len() as f32).exp();
            out.push(mention);
        }
        out
    }
}

impl Stage for LearnedTagger {
    fn name(&self) -> &'static str {
        "tagger"
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        self.names.apply(documents)?;
        let work = self.split(documents)?;
        let pieces: Vec<&Pieces> = work.iter().map(|w| &w.pieces).collect();
        let scores = self.model.tag(&pieces)?;
        let mut found: Vec<Vec<Mention>> = vec![Vec::new(); documents.len()];
        for (work, scores) in work.iter().zip(scores) {
            let document = &documents[work.document];
            let ids = document.mentions_in(work.span);
            let known: Vec<Mention> = ids.map(|id| document.mention(id).clone()).collect();
            let mut mentions = self.mentions(&known, work, scores);
            let text = document.slice(work.span);
            qualifiers::attach(text, &key::fold(text), &mut mentions);
            for mention in &mut mentions {
                mention.span = mention.span.shifted(work.span.start);
                adopt(mention, &known);
            }
            keep_others(&mut mentions, known, |kind| self.model.marks(kind));
            found[work.document].append(&mut mentions);
        }
        for (document, mentions) in documents.iter_mut().zip(found) {
            document.mentions = mentions;
            document.sort_mentions();
        }
        Ok(())
    }
}

/// Keeps the lexicon's mentions of types that the model does not mark; what the model says of such a name gives way.
fn keep_others(mentions: &mut Vec<Mention>, known: Vec<Mention>, marks: impl Fn(EntityType) -> bool) {
    let others: Vec<Mention> = known.into_iter().filter(|mention| !marks(mention.kind)).collect();
    mentions.retain(|mention| !others.iter().any(|other| other.span.overlaps(mention.span)));
    mentions.extend(others);
}

/// Takes over the concepts of the longest mention of the same type that lies inside.
///
/// What is named in a mention without being all of it (`IL-2` in `recombinant IL-2 product`) is what the mention is of.
fn adopt(mention: &mut Mention, known: &[Mention]) {
    let inside =
        |k: &&Mention| k.kind == mention.kind && mention.span.contains(k.span) && !k.concepts.is_empty();
    // Of equally long ones the first.
    if let Some(name) = known.iter().filter(inside).rev().max_by_key(|k| k.span.len()) {
        (mention.concepts, mention.ambiguous) = (name.concepts.clone(), name.ambiguous);
    }
}

/// Returns the labels that mentions give to words; of two that touch a word the later counts.
fn labels(known: &[Mention], words: &[Word], sentence: Span) -> Vec<usize> {
    let mut out = vec![0; words.len()];
    for mention in known {
        let start = (mention.span.start - sentence.start) as usize;
        let end = (mention.span.end - sentence.start) as usize;
        let touched = (0..words.len()).filter(|&i| words[i].start < end && start < words[i].end);
        let first = 1 + 2 * mention.kind as usize;
        touched.enumerate().for_each(|(n, i)| out[i] = if n == 0 { first } else { first + 1 });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concepts_come_from_the_longest_name_inside() {
        let known = |start, end, kind, id: &str| {
            let mut mention = Mention::new(Span::new(start, end), kind, "lexicon");
            mention.concepts =
                vec![crate::document::Concept { id: id.into(), ..crate::document::Concept::default() }];
            mention
        };
        let all = [
            known(4, 8, EntityType::Cytokine, "a"),
            known(9, 15, EntityType::Cytokine, "b"),
            known(4, 20, EntityType::Gene, "c"),
            known(0, 30, EntityType::Cytokine, "d"),
        ];
        let mut mention = Mention::new(Span::new(4, 20), EntityType::Cytokine, SOURCE);
        adopt(&mut mention, &all);
        assert_eq!(mention.concepts[0].id, "b");
        let mut other = Mention::new(Span::new(4, 20), EntityType::Cell, SOURCE);
        adopt(&mut other, &all);
        assert!(other.concepts.is_empty());
    }

    #[test]
    fn the_lexicon_names_what_the_model_does_not_mark() {
        let mention = |start, end, kind| Mention::new(Span::new(start, end), kind, SOURCE);
        let mut mentions = vec![mention(0, 4, EntityType::Gene), mention(10, 14, EntityType::Gene)];
        let known = vec![mention(0, 4, EntityType::Cytokine), mention(20, 24, EntityType::Gene)];
        keep_others(&mut mentions, known, |kind| kind == EntityType::Gene);
        assert_eq!(mentions, [mention(10, 14, EntityType::Gene), mention(0, 4, EntityType::Cytokine)]);
    }

    #[test]
    fn known_mentions_label_the_words_that_they_touch() {
        let word = |start, end| Word { start, end, first: 0, last: 0 };
        let words = [word(0, 2), word(2, 3), word(3, 4), word(5, 9)];
        let known = [Mention::new(Span::new(10, 14), EntityType::Receptor, "lexicon")];
        assert_eq!(labels(&known, &words, Span::new(10, 30)), [3, 4, 4, 0]);
    }
}
