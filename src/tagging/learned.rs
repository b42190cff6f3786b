//! Learned: mentions as a model labels the words of each sentence.
//!
//! It reads what the lexicon tagger found ([`Document::names`]): the concepts where names and types agree; with `trust` (the
//! hybrid engine) names also speak for their labels before the most probable sequence of labels is chosen. The places of a
//! name in a document agree first (`agreement`).

use std::sync::Arc;

use super::agreement::{Reading, agree};
use super::qualifiers;
use crate::document::{EntityType, Focus, Mention, Sentence, Span};
use crate::inference::{Model, Pieces, Scores, decode};
use crate::lexicon::key;
use crate::{Document, Result, Stage};

/// The source of mentions that a model found.
const SOURCE: &str = "model";

/// The tagger of the engines `learned` and `hybrid`: fills [`Document::mentions`] of documents that have names.
#[derive(Debug)]
pub struct LearnedTagger {
    model: Arc<Model>,
    trust: f32,
    focus: Focus,
    seen: Focus,
}

/// A sentence on its way through the model.
struct Work {
    document: usize,
    span: Span,
    pieces: Pieces,
}

impl LearnedTagger {
    /// Makes a tagger over a model; `trust` is what a label gains where a name has it, 0 for the model alone.
    ///
    /// Only sentences that `seen` looks at ([`Document::is_looked_at`]) get mentions. What stands in a sentence that `focus`
    /// looks at is found by such sentences alone, so that it is the same whatever else is seen.
    pub fn new(model: Arc<Model>, trust: f32, focus: Focus, seen: Focus) -> Self {
        Self { model, trust, focus, seen }
    }

    /// Cuts the sentences of documents into pieces.
    fn split(&self, documents: &[Document]) -> Result<Vec<Work>> {
        let mut out = Vec::new();
        for (document, of) in documents.iter().enumerate() {
            let looked_at = |s: &&Sentence| of.is_looked_at(s.span, self.seen);
            for sentence in of.sentences.iter().filter(looked_at) {
                let pieces = self.model.read(of, sentence.span)?;
                out.push(Work { document, span: sentence.span, pieces });
            }
        }
        Ok(out)
    }

    /// Returns the scores of the sentences of one document, those of names the same at all their places.
    fn agreed(&self, document: &Document, work: &[Work], scores: &[Scores]) -> Vec<Scores> {
        let agreed = |chosen: &[usize]| {
            let reading = |&i: &usize| Reading::new(document, work[i].span, &work[i].pieces, &scores[i]);
            agree(&chosen.iter().map(reading).collect::<Vec<_>>())
        };
        let (heard, unheard): (Vec<usize>, Vec<usize>) =
            (0..work.len()).partition(|&i| document.is_looked_at(work[i].span, self.focus));
        if unheard.is_empty() {
            return agreed(&heard);
        }
        let mut out = agreed(&(0..work.len()).collect::<Vec<_>>());
        heard.iter().zip(agreed(&heard)).for_each(|(&i, scores)| out[i] = scores);
        out
    }

    /// Returns the mentions of a sentence of a document with what its names tell of them.
    fn found(&self, document: &Document, work: &Work, scores: Scores) -> Vec<Mention> {
        let known: Vec<Mention> = document.names_in(work.span).cloned().collect();
        let mut mentions = self.mentions(&known, work, scores);
        let text = document.slice(work.span);
        qualifiers::attach(text, &key::fold(text), &mut mentions);
        for mention in &mut mentions {
            mention.span = mention.span.shifted(work.span.start);
            adopt(mention, &known);
        }
        keep_nouns(document, &mut mentions, &known);
        keep_others(&mut mentions, known, |kind| self.model.marks(kind));
        mentions
    }

    /// Returns the mentions of a sentence as its labels have them, spans counted from its start.
    fn mentions(&self, known: &[Mention], work: &Work, mut scores: Scores) -> Vec<Mention> {
        if self.trust != 0.0 {
            let labels = work.pieces.labels(known, work.span);
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
        let work = self.split(documents)?;
        let pieces: Vec<&Pieces> = work.iter().map(|w| &w.pieces).collect();
        let mut scores = self.model.tag(&pieces)?.into_iter();
        documents.iter_mut().for_each(|document| document.mentions.clear());
        for work in work.chunk_by(|a, b| a.document == b.document) {
            let document = &mut documents[work[0].document];
            let scores: Vec<Scores> = scores.by_ref().take(work.len()).collect();
            for (work, scores) in work.iter().zip(self.agreed(document, work, &scores)) {
                let mut found = self.found(document, work, scores);
                document.mentions.append(&mut found);
            }
            document.sort_mentions();
        }
        Ok(())
    }
}

/// Replaces mentions that end in a hyphenated participle ("inflammatory and tumour-promoting") by the names inside: of the
/// training corpus' 30,875 mentions four end so.
fn keep_nouns(document: &Document, mentions: &mut Vec<Mention>, known: &[Mention]) {
    let mut names = Vec::new();
    mentions.retain(|mention| {
        let inside =
            known.iter().filter(|name| mention.span.contains(name.span) && name.span != mention.span);
        let before = names.len();
        if ends_in_participle(document.slice(mention.span)) {
            names.extend(inside.cloned());
        }
        names.len() == before
    });
    mentions.append(&mut names);
}

/// Tells whether a text ends in a hyphen, small letters and "ing" or "ed".
fn ends_in_participle(text: &str) -> bool {
    let Some((_, last)) = text.rsplit_once('-') else { return false };
    (last.ends_with("ing") || last.ends_with("ed")) && last.chars().all(char::is_lowercase)
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
    fn a_mention_that_ends_in_a_participle_gives_way_to_the_names_inside() {
        let document =
            Document::new("", "", "inflammatory and tumour-promoting effects, splenocyte-mediated");
        let mention =
            |start: usize, text: &str, kind| Mention::new(Span::new(start, start + text.len()), kind, SOURCE);
        let swallowed = mention(1, "inflammatory and tumour-promoting", EntityType::Process);
        let other = mention(44, "splenocyte-mediated", EntityType::Process);
        let known = [mention(18, "tumour", EntityType::Cancer)];
        let mut mentions = vec![swallowed, other.clone()];
        keep_nouns(&document, &mut mentions, &known);
        assert_eq!(mentions, [other, known[0].clone()]);
        for (text, ends) in
            [("tumour-promoting", true), ("IL-2", false), ("HIV-1-infected", true), ("wound healing", false)]
        {
            assert_eq!(ends_in_participle(text), ends, "{text}");
        }
    }

    #[test]
    fn the_lexicon_names_what_the_model_does_not_mark() {
        let mention = |start, end, kind| Mention::new(Span::new(start, end), kind, SOURCE);
        let mut mentions = vec![mention(0, 4, EntityType::Gene), mention(10, 14, EntityType::Gene)];
        let known = vec![mention(0, 4, EntityType::Cytokine), mention(20, 24, EntityType::Gene)];
        keep_others(&mut mentions, known, |kind| kind == EntityType::Gene);
        assert_eq!(mentions, [mention(10, 14, EntityType::Gene), mention(0, 4, EntityType::Cytokine)]);
    }
}
