//! CoNLL: one token a line, its tag in the last column (IOB, IOB2, IOBES or BILOU), a blank line after each sentence.
//!
//! The text is the tokens joined by single blanks. A document goes up to the next `-DOCSTART-`, its sentences on lines
//! of their own; a file without such marks has one document a sentence. Where an entity begins and ends follows the
//! script of CoNLL-2000 (`conlleval`), so that malformed sequences count as they do there and in seqeval.

use super::{Builder, Source};
use crate::Result;
use crate::evaluate::corpus::Corpus;

const MARK: &str = "-DOCSTART-";

/// Tells whether the first lines end in tags.
pub(super) fn is_tagged(text: &str) -> bool {
    let mut lines = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with(MARK)).take(50).peekable();
    lines.peek().is_some() && lines.all(|l| token_and_tag(l).is_some())
}

fn token_and_tag(line: &str) -> Option<(&str, Tag<'_>)> {
    let separator: &[char] = if line.contains('\t') { &['\t'] } else { &[' '] };
    let line = line.trim_end();
    let (head, tag) = line.rsplit_once(separator)?;
    let token = head.split(separator).next()?;
    Some((token, Tag::parse(tag)?)).filter(|_| !token.is_empty())
}

/// A position in an entity, and the entity's label; the label of `O` is empty.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tag<'a> {
    position: u8,
    label: &'a str,
}

const OUTSIDE: Tag = Tag { position: b'O', label: "" };

impl<'a> Tag<'a> {
    fn parse(tag: &'a str) -> Option<Self> {
        if tag == "O" {
            return Some(OUTSIDE);
        }
        let (position, label) = tag.split_once('-')?;
        let position = match position {
            "B" | "I" | "E" | "S" => position.as_bytes()[0],
            "L" => b'E',
            "U" => b'S',
            _ => return None,
        };
        Some(Tag { position, label }).filter(|_| !label.is_empty())
    }

    /// Tells whether an entity ends between two tags.
    fn ends_before(self, next: Tag) -> bool {
        self != OUTSIDE
            && (matches!(self.position, b'E' | b'S')
                || matches!(next.position, b'B' | b'S' | b'O')
                || self.label != next.label)
    }

    /// Tells whether an entity begins with this tag after another.
    fn begins_after(self, last: Tag) -> bool {
        self != OUTSIDE
            && (matches!(self.position, b'B' | b'S')
                || matches!(last.position, b'E' | b'S' | b'O')
                || self.label != last.label)
    }
}

/// The tokens of one document.
#[derive(Default)]
struct Block<'a> {
    line: usize,
    sentences: Vec<Vec<(usize, &'a str, Tag<'a>)>>,
}

pub(super) fn parse(source: &Source, corpus: &mut Corpus) -> Result<()> {
    let marked = source.text.lines().any(|l| l.starts_with(MARK));
    let mut block = Block::default();
    let mut open = false;
    for (number, line) in source.lines() {
        if line.starts_with(MARK) {
            finish(source, std::mem::take(&mut block), corpus)?;
            open = false;
        } else if line.trim().is_empty() {
            if !marked {
                finish(source, std::mem::take(&mut block), corpus)?;
            }
            open = false;
        } else {
            let Some((token, tag)) = token_and_tag(line) else {
                return Err(
                    source.error(number, "neither a token with its tag (O, B-, I-, E-, S-) nor a blank line")
                );
            };
            if !open {
                block.sentences.push(Vec::new());
            }
            if block.line == 0 {
                block.line = number;
            }
            open = true;
            if let Some(sentence) = block.sentences.last_mut() {
                sentence.push((number, token, tag));
            }
        }
    }
    finish(source, block, corpus)
}

fn finish(source: &Source, block: Block, corpus: &mut Corpus) -> Result<()> {
    if block.sentences.is_empty() {
        return Ok(());
    }
    // Names of files differ between gold and predictions, the order of documents does not.
    let id = (corpus.documents.len() + 1).to_string();
    let words =
        |s: &Vec<(usize, &str, Tag)>| s.iter().map(|(_, token, _)| *token).collect::<Vec<_>>().join(" ");
    let text = block.sentences.iter().map(words).collect::<Vec<_>>().join("\n");
    let mut builder = Builder::new(source, block.line, &id, "", &text);
    // The empty title counts its newline.
    let mut at = 1;
    for sentence in &block.sentences {
        let first = at;
        let mut entity: Option<(usize, usize, usize, &str)> = None;
        let mut last = OUTSIDE;
        for &(line, token, tag) in sentence {
            if last.ends_before(tag) {
                add(&mut builder, entity.take())?;
            }
            let end = at + token.chars().count();
            if tag.begins_after(last) {
                entity = Some((line, at, end, tag.label));
            } else if let Some(entity) = entity.as_mut() {
                entity.2 = end;
            }
            last = tag;
            at = end + 1;
        }
        add(&mut builder, entity)?;
        let span = builder.span(block.line, first, at - 1)?;
        builder.sentence(span);
    }
    builder.finish(corpus);
    Ok(())
}

fn add(builder: &mut Builder, entity: Option<(usize, usize, usize, &str)>) -> Result<()> {
    if let Some((line, start, end, label)) = entity {
        builder.mention(line, &[(start, end)], label, None)?;
    }
    Ok(())
}
