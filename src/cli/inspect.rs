//! Inspect: one document with its layers, for people.

use std::fmt::Write;
use std::path::Path;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use anyhow::bail;

use super::Outcome;
use super::args::InspectArgs;
use crate::document::{EntityType, Sentence, Triple};
use crate::pipeline::Layers;
use crate::readers::{self, Parsed};
use crate::{Config, Document, Pipeline};

/// Runs the command.
pub(super) fn inspect(args: &InspectArgs) -> anyhow::Result<Outcome> {
    let mut document = find(&args.input, args.id.as_deref())?;
    let focus = args.focus.into();
    Pipeline::new(Config::default().run.engine, focus, Layers::All)?
        .apply(std::slice::from_mut(&mut document))?;
    let coloured = AutoStream::choice(&std::io::stdout()) != ColorChoice::Never;
    super::print(show(&document, if coloured { Look::Coloured } else { Look::Plain }).as_bytes())
}

/// Returns the document of that id, or the first.
fn find(path: &Path, id: Option<&str>) -> anyhow::Result<Document> {
    for record in readers::open(path)? {
        let documents = match record.and_then(|record| record.parse()) {
            Ok(Parsed::Documents(documents)) => documents,
            Ok(Parsed::Deleted(_)) => continue,
            // Another document may be asked for; a file that ends badly has nothing further.
            Err(error) if error.is_record() && id.is_some() => continue,
            Err(error) => return Err(error.into()),
        };
        if let Some(found) = documents.into_iter().find(|d| id.is_none_or(|id| d.id == id)) {
            return Ok(found);
        }
    }
    match id {
        Some(id) => bail!("{}: no document has the id {id}", path.display()),
        None => bail!("{}: no document found", path.display()),
    }
}

/// How mentions are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// In a colour by type, with a legend.
    Coloured,
    /// As `[IL-2](cytokine)`.
    Plain,
}

/// Renders the document: a head, then each sentence with its relations under it.
fn show(document: &Document, look: Look) -> String {
    let mut out = String::new();
    let about = &document.metadata;
    let year = about.year.map(|year| year.to_string());
    let doi = about.doi.as_ref().map(|doi| format!("doi:{doi}"));
    let head = [Some(&document.id), about.journal.as_ref(), year.as_ref(), doi.as_ref()];
    let head: Vec<&str> = head.into_iter().flatten().map(String::as_str).collect();
    put(&mut out, look, Style::new().bold(), &head.join(" · "));
    out.push('\n');
    if look == Look::Coloured {
        for kind in EntityType::ALL {
            put(&mut out, look, style(kind), kind.as_str());
            out.push(' ');
        }
        out.push('\n');
    }
    let mut section = "";
    for (i, sentence) in document.sentences.iter().enumerate() {
        let label = document.section_at(sentence.span);
        if label != section {
            section = label;
            out.push('\n');
            put(&mut out, look, Style::new().dimmed(), label);
            out.push('\n');
        }
        show_sentence(document, *sentence, look, &mut out);
        for triple in document.triples().filter(|t| t.relation.sentence as usize == i) {
            show_triple(&triple, look, &mut out);
        }
    }
    out
}

fn show_sentence(document: &Document, sentence: Sentence, look: Look, out: &mut String) {
    let mut at = sentence.span.start as usize;
    for id in document.mentions_in(sentence.span) {
        let mention = document.mention(id);
        // Mentions do not overlap; if an input's do, the first is marked.
        if (mention.span.start as usize) < at {
            continue;
        }
        out.push_str(&harmless(&document.text()[at..mention.span.start as usize]));
        let text = document.slice(mention.span);
        match look {
            Look::Coloured => put(out, look, style(mention.kind), text),
            Look::Plain => put(out, look, Style::new(), &format!("[{text}]({})", mention.kind.as_str())),
        }
        at = mention.span.end as usize;
    }
    out.push_str(&harmless(&document.text()[at..sentence.span.end as usize]));
    out.push('\n');
}

fn show_triple(triple: &Triple<'_>, look: Look, out: &mut String) {
    out.push_str("    ");
    put(out, look, style(triple.subject.kind), triple.subject_name());
    let not = if triple.relation.negated { "not " } else { "" };
    let perhaps = if triple.relation.hedged { "perhaps " } else { "" };
    put(out, look, Style::new().bold(), &format!(" — {perhaps}{not}{} → ", triple.predicate.display()));
    put(out, look, style(triple.object.kind), triple.object_name());
    let qualifiers = triple.qualifiers();
    if !qualifiers.is_empty() {
        put(out, look, Style::new(), &format!(" ({})", qualifiers.join("; ")));
    }
    put(out, look, Style::new().dimmed(), &format!(" {:.2}", triple.provenance.confidence));
    out.push('\n');
}

/// Returns a text without what a terminal would obey.
fn harmless(text: &str) -> String {
    text.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "\u{FFFD}")
}

fn put(out: &mut String, look: Look, style: Style, text: &str) {
    let text = harmless(text);
    // Writing to a string cannot fail.
    let _ = match look {
        Look::Coloured => write!(out, "{style}{text}{style:#}"),
        Look::Plain => write!(out, "{text}"),
    };
}

fn style(kind: EntityType) -> Style {
    let colour = match kind {
        EntityType::Cytokine => AnsiColor::BrightGreen,
        EntityType::Receptor => AnsiColor::Green,
        EntityType::Gene => AnsiColor::Blue,
        EntityType::Therapy => AnsiColor::BrightMagenta,
        EntityType::Cancer => AnsiColor::BrightRed,
        EntityType::Disease => AnsiColor::Yellow,
        EntityType::Cell => AnsiColor::Cyan,
        EntityType::Process => AnsiColor::BrightBlue,
    };
    Style::new().fg_color(Some(colour.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Mention, MentionId, Predicate, Relation, Sentence, Span};

    fn sample() -> Document {
        let mut document = Document::new("7", "IL-2 in RCC", "IL-2 may not cure β-cell RCC. No more.");
        document.metadata.year = Some(1992);
        for (start, end) in [(0, 11), (12, 42), (43, 51)] {
            let span = Span::new(start, end);
            document.sentences.push(Sentence { span, first_token: 0, end_token: 0 });
        }
        document.mentions = vec![
            Mention::new(Span::new(0, 4), EntityType::Cytokine, "gold"),
            Mention::new(Span::new(12, 16), EntityType::Cytokine, "gold"),
            Mention::new(Span::new(38, 41), EntityType::Cancer, "gold"),
        ];
        document.mentions[2].qualifiers.push("β-cell".into());
        document.relations.push(Relation {
            subject: MentionId(1),
            object: MentionId(2),
            predicate: Predicate::Treats,
            negated: true,
            hedged: true,
            sentence: 1,
            qualifiers: Vec::new(),
            confidence: 0.5,
            source: "gold",
        });
        document
    }

    #[test]
    fn plain_text_marks_mentions_with_brackets() {
        insta::assert_snapshot!(show(&sample(), Look::Plain), @r"
        7 · 1992

        title
        [IL-2](cytokine) in RCC

        abstract
        [IL-2](cytokine) may not cure β-cell [RCC](cancer).
            IL-2 — perhaps not treats → RCC (β-cell) 0.50
        No more.
        ");
    }

    #[test]
    fn a_terminal_obeys_nothing_of_a_text() {
        let mut document = Document::new("\u{1b}]0;x\u{7}", "IL-2\u{1b}[31m", "");
        document.sentences.push(Sentence { span: Span::new(0, 9), first_token: 0, end_token: 0 });
        let shown = show(&document, Look::Plain);
        assert!(shown.contains("IL-2\u{FFFD}[31m") && !shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    }

    #[test]
    fn colours_change_nothing_but_the_marks() {
        let coloured = show(&sample(), Look::Coloured);
        assert!(coloured.contains("\u{1b}[92mIL-2\u{1b}[0m may not cure"), "{coloured:?}");
        assert!(coloured.contains("\u{1b}[91mcancer\u{1b}[0m"), "{coloured:?}");
    }
}
