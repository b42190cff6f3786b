//! Linking: gives concepts to mentions that came without them.
//!
//! The lexicon tagger links what it finds by name. This stage links the rest: mentions of a gold document or of another
//! tagger, and noun phrases that are themselves a name. A short form is looked up by its long form in the document.

use crate::document::{Concept, Mention};
use crate::lexicon::Lexicon;
use crate::{Document, Result, Stage};

/// The linker: fills [`Mention::concepts`] where they are empty.
///
/// A name of several concepts of the mention's type leaves them all as candidates and sets [`Mention::ambiguous`].
#[derive(Debug)]
pub struct Link {
    lexicon: &'static Lexicon,
}

impl Link {
    /// Makes a linker over the lexicon that the library carries.
    pub fn new() -> Self {
        Self { lexicon: Lexicon::embedded() }
    }

    fn concepts(&self, document: &Document, mention: &Mention) -> Vec<Concept> {
        let text = document.slice(mention.span);
        let long = document.abbreviations.iter().find(|a| document.slice(a.short) == text);
        let name = long.map_or(text, |a| document.slice(a.long));
        let senses = self.lexicon.lookup(name).into_iter();
        let mut found: Vec<Concept> =
            senses.filter(|(s, _)| s.kind == mention.kind).map(|(_, c)| c).collect();
        found.dedup_by(|a, b| a.id == b.id);
        found
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage for Link {
    fn name(&self) -> &'static str {
        "link"
    }

    fn apply(&self, documents: &mut [Document]) -> Result<()> {
        for document in documents {
            for i in 0..document.mentions.len() {
                if !document.mentions[i].concepts.is_empty() {
                    continue;
                }
                let concepts = self.concepts(document, &document.mentions[i]);
                let mention = &mut document.mentions[i];
                mention.ambiguous = concepts.len() > 1;
                mention.concepts = concepts;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Abbreviation, EntityType, Span};

    fn linked(text: &str, name: &str, kind: EntityType, abbreviation: Option<(&str, &str)>) -> Mention {
        let mut document = Document::new("1", "", text);
        let span = |part: &str| {
            let start = document.text().find(part).unwrap();
            Span::new(start, start + part.len())
        };
        let (at, short) = (span(name), abbreviation.map(|(short, long)| (span(short), span(long))));
        document.mentions.push(Mention::new(at, kind, "gold"));
        document.abbreviations.extend(short.map(|(short, long)| Abbreviation { short, long }));
        Link::new().apply(std::slice::from_mut(&mut document)).unwrap();
        document.mentions.remove(0)
    }

    #[test]
    fn a_mention_without_concepts_gets_those_of_its_name_and_type() {
        let mention = linked("Given aldesleukin.", "aldesleukin", EntityType::Cytokine, None);
        assert_eq!(mention.concepts.len(), 1);
        assert_eq!(mention.concepts[0].name, "aldesleukin");
        assert!(linked("Given aldesleukin.", "aldesleukin", EntityType::Cell, None).concepts.is_empty());
    }

    #[test]
    fn a_short_form_is_linked_by_its_long_form() {
        let definition = Some(("XQZ", "interleukin-2"));
        let mention = linked("Of interleukin-2 (XQZ).", "XQZ", EntityType::Cytokine, definition);
        assert_eq!(mention.concepts[0].id, "HGNC:6001");
    }
}
