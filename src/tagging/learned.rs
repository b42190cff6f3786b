//! Learned: mentions as a model labels the words of each sentence.
//!
//! The lexicon tagger runs first. Its mentions give concepts to the model's where names and types agree; with `trust` (the
//! hybrid engine) they also speak for their labels before the most probable sequence of labels is chosen.

use std::sync::Arc;

use super::{LexiconTagger, has_focus, qualifiers};
use crate::document::{EntityType, Focus, Mention, Sentence, Span};
use crate::inference::{Model, Pieces, Word};
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
    focus: Focus,
}

/// A sentence on its way through the model.
struct Work {
    document: usize,
    span: Span,
    pieces: Pieces,
}

impl LearnedTagger {
    /// Makes a tagger over a model; `trust` is what a label gains where the lexicon tagger has it, 0 for the model alone.
    ///
    /// With [`Focus::Cytokine`] only sentences in which the lexicon tagger finds a mention in focus are looked at.
    pub fn new(model: Arc<Model>, trust: f32, focus: Focus) -> Self {
        Self { model, names: LexiconTagger::new(focus), trust, focus }
    }

    /// Cuts the sentences of documents into pieces.
    fn split(&self, documents: &[Document]) -> Result<Vec<Work>> {
        let mut out = Vec::new();
        for (document, of) in documents.iter().enumerate() {
            let looked_at = |s: &&Sentence| self.focus == Focus::All || has_focus(of, s.span);
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
        let path = decode(&scores);
        let mut out = Vec::new();
        let mut at = 0;
        while at < path.len() {
            let from = at;
            at += 1;
            if path[from] == 0 {
                continue;
            }
            while path.get(at) == Some(&(path[from] + 1)) {
                at += 1;
            }
            let span = Span::new(words[from].start, words[at - 1].end);
            let mut mention = Mention::new(span, EntityType::ALL[(path[from] - 1) / 2], SOURCE);
            let sum: f32 = (from..at).map(|i| scores[i][path[i]].min(0.0)).sum();
            mention.confidence = (sum / (at - from) as f32).exp();
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
                let Span { start, end } = mention.span;
                mention.span = Span { start: start + work.span.start, end: end + work.span.start };
                adopt(mention, &known);
            }
            found[work.document].append(&mut mentions);
        }
        for (document, mentions) in documents.iter_mut().zip(found) {
            document.mentions = mentions;
            document.sort_mentions();
        }
        Ok(())
    }
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

/// Returns the most probable labels of the words of which every further word (2 + 2 t) follows a word of its type; of equally
/// probable ones the lowest.
fn decode(scores: &[Vec<f32>]) -> Vec<usize> {
    let Some(first) = scores.first() else { return Vec::new() };
    let further = |label: usize| label > 0 && label.is_multiple_of(2);
    let start = |label: usize| if further(label) { f64::NEG_INFINITY } else { f64::from(first[label]) };
    let mut best: Vec<f64> = (0..first.len()).map(start).collect();
    let mut back: Vec<Vec<usize>> = Vec::new();
    for row in &scores[1..] {
        let top = highest(&best);
        let from: Vec<usize> = (0..row.len())
            .map(|label| match further(label) {
                true if best[label] > best[label - 1] => label,
                true => label - 1,
                false => top,
            })
            .collect();
        best = from.iter().zip(row).map(|(&before, score)| best[before] + f64::from(*score)).collect();
        back.push(from);
    }
    let mut path = vec![highest(&best)];
    for from in back.iter().rev() {
        path.push(from[path[path.len() - 1]]);
    }
    path.reverse();
    path
}

/// Returns the first of the highest.
fn highest(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |top, i| if values[i] > values[top] { i } else { top })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores of words whose labels have these probabilities, all others next to none.
    fn scores(words: &[&[(usize, f32)]]) -> Vec<Vec<f32>> {
        let row = |known: &&[(usize, f32)]| {
            let mut row = vec![-20.0; 17];
            known.iter().for_each(|(label, p)| row[*label] = p.ln());
            row
        };
        words.iter().map(row).collect()
    }

    #[test]
    fn a_further_word_follows_a_word_of_its_type() {
        for (name, words, path) in [
            ("nothing", vec![], vec![]),
            ("plain", vec![&[(1, 0.9)][..], &[(2, 0.9)], &[(0, 0.9)]], vec![1, 2, 0]),
            ("first word", vec![&[(2, 0.9), (1, 0.1)][..]], vec![1]),
            ("after outside", vec![&[(0, 0.9), (3, 0.1)][..], &[(4, 0.9), (0, 0.05)]], vec![3, 4]),
            ("other type", vec![&[(1, 0.9)][..], &[(4, 0.6), (2, 0.4)]], vec![1, 2]),
            ("neighbours", vec![&[(1, 0.9)][..], &[(1, 0.9)]], vec![1, 1]),
            ("tie", vec![&[(0, 0.5), (1, 0.5)][..]], vec![0]),
        ] {
            assert_eq!(decode(&scores(&words)), path, "{name}");
        }
    }

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
    fn known_mentions_label_the_words_that_they_touch() {
        let word = |start, end| Word { start, end, first: 0, last: 0 };
        let words = [word(0, 2), word(2, 3), word(3, 4), word(5, 9)];
        let known = [Mention::new(Span::new(10, 14), EntityType::Receptor, "lexicon")];
        assert_eq!(labels(&known, &words, Span::new(10, 30)), [3, 4, 4, 0]);
    }
}
