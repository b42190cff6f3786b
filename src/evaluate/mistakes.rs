//! Mistakes: the errors of a system, each in its sentence, for the browser of the report.

use std::collections::BTreeSet;

use super::concepts::Vocabularies;
use super::corpus::{LabelledDocument, LabelledMention, LabelledRelation};
use super::matching::{Matching, share};
use super::results::{ErrorItem, ErrorKind, Errors, ShownMention, ShownRelation};
use crate::document::Span;

/// Characters shown on either side of an item that stands in no known sentence.
const CONTEXT: usize = 120;

/// What is wrong: a kind, and the items at fault.
#[derive(Default)]
struct Fault {
    gold_mentions: Vec<usize>,
    predicted_mentions: Vec<usize>,
    gold_relations: Vec<usize>,
    predicted_relations: Vec<usize>,
}

/// A gold document and its prediction.
pub(super) struct Case<'a> {
    pub(super) gold: &'a LabelledDocument,
    pub(super) predicted: &'a LabelledDocument,
    pub(super) matching: &'a Matching,
    pub(super) vocabularies: &'a Vocabularies,
}

impl Case<'_> {
    /// Adds the errors of the document, mentions first.
    pub(super) fn add(&self, errors: &mut Errors) {
        self.mentions(errors);
        self.relations(errors);
    }

    fn mentions(&self, errors: &mut Errors) {
        let (gold, predicted) = (&self.gold.mentions, &self.predicted.mentions);
        let strict: BTreeSet<(usize, usize)> = self.matching.strict.iter().copied().collect();
        let found: BTreeSet<usize> = self.matching.overlap.iter().map(|(g, _)| *g).collect();
        let used: BTreeSet<usize> = self.matching.overlap.iter().map(|(_, p)| *p).collect();
        for &(g, p) in &self.matching.overlap {
            let fault = || Fault { gold_mentions: vec![g], predicted_mentions: vec![p], ..Fault::default() };
            if !strict.contains(&(g, p)) && gold[g].spans != predicted[p].spans {
                self.push(errors, ErrorKind::WrongSpan, fault());
            }
            let (known, said) =
                (self.vocabularies.of_mention(&gold[g]), self.vocabularies.of_mention(&predicted[p]));
            if !known.is_empty()
                && !said.is_empty()
                && !known.iter().any(|k| said.iter().any(|s| share(k, s)))
            {
                self.push(errors, ErrorKind::WrongConcept, fault());
            }
        }
        for g in (0..gold.len()).filter(|g| !found.contains(g)) {
            let over = (0..predicted.len()).find(|&p| !used.contains(&p) && predicted[p].overlaps(&gold[g]));
            let kind = if over.is_some() { ErrorKind::WrongType } else { ErrorKind::MissedMention };
            let predicted_mentions = over.into_iter().collect();
            self.push(errors, kind, Fault { gold_mentions: vec![g], predicted_mentions, ..Fault::default() });
        }
        for p in (0..predicted.len()).filter(|p| !used.contains(p)) {
            if !gold.iter().any(|g| g.overlaps(&predicted[p])) {
                let predicted_mentions = vec![p];
                self.push(
                    errors,
                    ErrorKind::SpuriousMention,
                    Fault { predicted_mentions, ..Fault::default() },
                );
            }
        }
    }

    fn relations(&self, errors: &mut Errors) {
        let (gold, predicted) = (&self.gold.relations, &self.predicted.relations);
        for (pairs, matched) in [(&self.matching.relations, true), (&self.matching.confused, false)] {
            for &(g, p) in pairs {
                let (a, b) = (&gold[g], &predicted[p]);
                let kind = match matched {
                    true if (a.negated, a.hedged) == (b.negated, b.hedged) => continue,
                    true => ErrorKind::WrongFlag,
                    false if share(&a.labels, &b.labels) => ErrorKind::WrongDirection,
                    false => ErrorKind::WrongPredicate,
                };
                let fault =
                    Fault { gold_relations: vec![g], predicted_relations: vec![p], ..Fault::default() };
                self.push(errors, kind, fault);
            }
        }
        let both = || self.matching.relations.iter().chain(&self.matching.confused);
        for g in (0..gold.len()).filter(|g| both().all(|(x, _)| x != g)) {
            self.push(
                errors,
                ErrorKind::MissedRelation,
                Fault { gold_relations: vec![g], ..Fault::default() },
            );
        }
        for &p in self.matching.counted.iter().filter(|p| both().all(|(_, x)| x != *p)) {
            let predicted_relations = vec![p];
            self.push(errors, ErrorKind::SpuriousRelation, Fault { predicted_relations, ..Fault::default() });
        }
    }

    fn push(&self, errors: &mut Errors, kind: ErrorKind, fault: Fault) {
        errors.push(kind, || self.item(kind, &fault));
    }

    /// Shows a fault in its sentence.
    fn item(&self, kind: ErrorKind, fault: &Fault) -> ErrorItem {
        let mut spans: Vec<Span> = Vec::new();
        let mention = |d: &LabelledDocument, i: usize| d.mentions[i].cover();
        for (document, mentions, relations) in [
            (self.gold, &fault.gold_mentions, &fault.gold_relations),
            (self.predicted, &fault.predicted_mentions, &fault.predicted_relations),
        ] {
            spans.extend(mentions.iter().map(|&i| mention(document, i)));
            for r in relations.iter().map(|&i| &document.relations[i]) {
                spans.extend([mention(document, r.subject), mention(document, r.object)]);
            }
        }
        let item = spans.iter().skip(1).fold(spans[0], |cover, s| cover.cover(*s));
        let window = self.window(item);
        let (gold, gold_relations) = show(self.gold, window, &fault.gold_mentions, &fault.gold_relations);
        let (predicted, predicted_relations) =
            show(self.predicted, window, &fault.predicted_mentions, &fault.predicted_relations);
        ErrorItem {
            kind,
            document: self.gold.id.clone(),
            offset: self.gold.text[..window.start as usize].chars().count() as u32,
            sentence: window.slice(&self.gold.text).to_owned(),
            gold,
            predicted,
            gold_relations,
            predicted_relations,
        }
    }

    /// Returns the sentences that a span touches, or a stretch of text around it.
    fn window(&self, item: Span) -> Span {
        let sentences =
            if self.gold.sentences.is_empty() { &self.predicted.sentences } else { &self.gold.sentences };
        let touched = sentences.iter().filter(|s| s.overlaps(item));
        let sentence = touched.fold(None, |cover: Option<Span>, s| Some(cover.map_or(*s, |c| c.cover(*s))));
        if let Some(sentence) = sentence {
            return sentence.cover(item);
        }
        let text = &self.gold.text;
        let mut start = (item.start as usize).saturating_sub(CONTEXT);
        let mut end = (item.end as usize + CONTEXT).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        Span::new(start, end)
    }
}

/// Lists the mentions and relations inside a stretch of text.
fn show(
    document: &LabelledDocument,
    window: Span,
    mentions: &[usize],
    relations: &[usize],
) -> (Vec<ShownMention>, Vec<ShownRelation>) {
    let inside: Vec<usize> =
        (0..document.mentions.len()).filter(|&i| window.contains(document.mentions[i].cover())).collect();
    let place = |mention: usize| inside.iter().position(|i| *i == mention);
    // A prediction that is missing altogether has no text of its own.
    let before = |byte: u32| document.text[window.start as usize..byte as usize].chars().count() as u32;
    let shown_mention = |&i: &usize| {
        let m: &LabelledMention = &document.mentions[i];
        let cover = m.cover();
        ShownMention {
            start: before(cover.start),
            end: before(cover.end),
            label: m.labels.join("|"),
            concepts: m.concepts.iter().filter_map(|c| c.first()).cloned().collect(),
            at_fault: mentions.contains(&i),
        }
    };
    let shown_relation = |(i, r): (usize, &LabelledRelation)| {
        Some(ShownRelation {
            subject: place(r.subject)?,
            predicate: r.labels.join("|"),
            object: place(r.object)?,
            negated: r.negated,
            hedged: r.hedged,
            at_fault: relations.contains(&i),
        })
    };
    let shown = inside.iter().map(shown_mention).collect();
    (shown, document.relations.iter().enumerate().filter_map(shown_relation).collect())
}
