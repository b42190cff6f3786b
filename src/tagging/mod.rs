//! Tagging: finds mentions by name (the lexicon), by noun phrase (`data/rules/phrases.tsv`) and by the document's
//! own abbreviations, and settles which of competing candidates stand.
//!
//! The order in a sentence: names, short forms, receptors with `R`, composed antibodies, noun phrases, overlap, lists,
//! qualifiers.

mod abbreviations;
mod agreement;
mod antagonists;
mod brackets;
mod concepts;
mod confidence;
mod coordination;
mod gate;
mod grammar;
mod learned;
mod lexicon;
mod lists;
mod overlap;
mod phrases;
mod priors;
mod qualifiers;
mod receptors;
mod scene;

use std::borrow::Cow;
use std::sync::Arc;

use crate::document::{Focus, Mention, Span};
use crate::lexicon::Lexicon;
use crate::{Document, Result, Stage};

use abbreviations::{ShortForms, Tag};
pub use agreement::{Reading, agree};
use gate::Gate;
use grammar::Grammar;
pub use learned::LearnedTagger;
use lexicon::{Evidence, Names};
use priors::Priors;
pub use priors::prior_key;
use scene::{Candidate, Scene};

/// The lexicon tagger: fills [`Document::mentions`].
#[derive(Clone, Debug)]
pub struct LexiconTagger {
    names: Names,
    grammar: &'static Grammar,
    gate: Arc<Gate>,
    focus: Focus,
}

impl LexiconTagger {
    /// Makes a tagger over the lexicon and rules that the library carries.
    ///
    /// With [`Focus::Cytokine`] only sentences that hold a cytokine, a receptor or a therapy aimed at one get mentions.
    pub fn new(focus: Focus) -> Self {
        Self::with_lexicon(Lexicon::embedded(), focus)
    }

    /// Makes a tagger over another lexicon.
    pub fn with_lexicon(lexicon: &'static Lexicon, focus: Focus) -> Self {
        Self::over(Names { lexicon, priors: Priors::embedded() }, focus)
    }

    /// Makes a tagger of all types over other counts of names, a table like `data/rules/name_priors.tsv`; for documents that
    /// the table of the library was counted in. What it makes of the table stays in memory.
    pub fn with_counts(table: &str) -> Self {
        let priors = Box::leak(Box::new(Priors::parse(table)));
        Self::over(Names { lexicon: Lexicon::embedded(), priors }, Focus::All)
    }

    fn over(names: Names, focus: Focus) -> Self {
        let grammar = Grammar::embedded();
        Self { names, grammar, gate: Arc::new(Gate::new(names, grammar)), focus }
    }

    /// Tells whether a document of this text, or of text with this among it, may hold a cytokine, a receptor or a
    /// therapy aimed at one; quick, and never wrong when it says no.
    pub fn may_hold_focus(&self, text: &str) -> bool {
        self.gate.opens_document(text)
    }

    /// Returns the mentions of a document, sorted.
    fn find(&self, document: &Document) -> Vec<Mention> {
        let text = document.text();
        let narrow = self.focus == Focus::Cytokine;
        let evidence = Evidence::new(text, &self.gate);
        let tag: &Tag<'_> = &|long| self.scene(long, Cow::Borrowed(long), None, &evidence);
        let forms = ShortForms::new(text, &document.abbreviations, &self.gate, tag);
        let mut mentions: Vec<Mention> = Vec::new();
        for sentence in &document.sentences {
            let span = sentence.span;
            let slice = span.slice(text);
            let brackets = brackets::short_forms(document, span);
            let masked = brackets::mask(slice, &brackets);
            let opens = || {
                let inside = !brackets.is_empty() && self.gate.opens_sentence(&masked);
                inside || self.gate.opens_sentence(slice) || forms.focus_in(slice)
            };
            if narrow && !opens() {
                continue;
            }
            let found = self.sentence(slice, masked, brackets, &forms, &evidence);
            if !narrow || found.iter().any(Mention::is_focus) {
                mentions.extend(found.into_iter().map(|m| Mention { span: m.span.shifted(span.start), ..m }));
            }
        }
        mentions.sort_by_key(Mention::place);
        mentions
    }

    /// Finds the candidates of a text by names, short forms if it is no long form itself, composed antibodies and phrases.
    fn scene<'a>(
        &self,
        text: &'a str,
        masked: Cow<'a, str>,
        forms: Option<&ShortForms<'_>>,
        evidence: &Evidence<'_>,
    ) -> Scene<'a> {
        let mut scene = Scene::new(text, masked, self.grammar);
        lexicon::find(&mut scene, self.names, evidence);
        if let Some(forms) = forms {
            forms.find(&mut scene);
        }
        receptors::find(&mut scene, self.names);
        antagonists::find(&mut scene);
        phrases::find(&mut scene, self.grammar);
        scene.drop_unlikely(self.names.priors);
        scene
    }

    /// Finds the mentions of a sentence, placed from its start.
    fn sentence(
        &self,
        text: &str,
        masked: Cow<'_, str>,
        brackets: Vec<Span>,
        forms: &ShortForms<'_>,
        evidence: &Evidence<'_>,
    ) -> Vec<Mention> {
        let mut scene = self.scene(text, masked, Some(forms), evidence);
        let mut candidates = scene.take_candidates();
        for bracket in brackets {
            let inner = bracket.slice(text);
            let mut inside = self.scene(inner, Cow::Borrowed(inner), Some(forms), evidence);
            candidates.extend(inside.take_candidates().into_iter().map(|c| c.shifted(bracket.start)));
        }
        let kept = lists::expand(overlap::resolve(candidates), text, self.names.lexicon);
        let mut mentions: Vec<Mention> = kept.iter().map(|c| self.mention(c, text)).collect();
        // Counts and patterns were made on documents about the focus; elsewhere an "alpha chain" is no receptor.
        if mentions.iter().any(Mention::is_focus) && !evidence.is_on_focus() {
            mentions.retain(|mention| !mention.is_focus());
        }
        qualifiers::attach(scene.text, &scene.keyed, &mut mentions);
        mentions
    }

    fn mention(&self, candidate: &Candidate, text: &str) -> Mention {
        let mut mention = Mention::new(candidate.span, candidate.kind, candidate.source.as_str());
        mention.concepts = concepts::of(candidate, self.names.lexicon, text);
        mention.ambiguous = candidate.senses.len() > 1;
        mention.confidence = confidence::of(candidate);
        mention
    }
}

impl Default for LexiconTagger {
    fn default() -> Self {
        Self::new(Focus::All)
    }
}

impl Stage for LexiconTagger {
    fn name(&self) -> &'static str {
        "lexicon"
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        documents.iter_mut().for_each(|document| document.mentions = self.find(document));
        Ok(())
    }
}

/// The lexicon tagger before a model: fills [`Document::names`].
#[derive(Debug)]
pub struct KnownNames(pub LexiconTagger);

impl Stage for KnownNames {
    fn name(&self) -> &'static str {
        "lexicon"
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        documents.iter_mut().for_each(|document| document.names = self.0.find(document));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
