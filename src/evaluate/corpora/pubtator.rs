//! PubTator: `ID|t|title`, `ID|a|abstract`, then mentions (`ID start end text type ids`, parted by tabs) and
//! relations between concepts: `ID predicate id id` (CDR), with a fifth field for novelty (BioRED).

use super::{Builder, Source, identifiers};
use crate::Result;
use crate::evaluate::corpus::Corpus;

/// Tells whether a line is `ID|t|...` or `ID|a|...`.
pub(super) fn is_text_line(line: &str) -> bool {
    text_line(line).is_some()
}

fn text_line(line: &str) -> Option<(&str, &str, &str)> {
    let mut fields = line.splitn(3, '|');
    match (fields.next(), fields.next(), fields.next()) {
        (Some(id), Some(kind @ ("t" | "a")), Some(text))
            if !id.is_empty() && !id.contains(char::is_whitespace) =>
        {
            Some((id, kind, text))
        }
        _ => None,
    }
}

/// The lines of one document.
#[derive(Default)]
struct Block<'a> {
    line: usize,
    id: &'a str,
    title: String,
    body: String,
    annotations: Vec<(usize, &'a str)>,
}

pub(super) fn parse(source: &Source, corpus: &mut Corpus) -> Result<()> {
    let mut block = Block::default();
    let mut closed = false;
    for (number, line) in source.lines() {
        if let Some((id, kind, text)) = text_line(line) {
            if id != block.id || !block.annotations.is_empty() || closed {
                finish(source, std::mem::take(&mut block), corpus)?;
                block = Block { line: number, id, ..Block::default() };
            }
            closed = false;
            let part = if kind == "t" { &mut block.title } else { &mut block.body };
            if !part.is_empty() {
                part.push(' ');
            }
            part.push_str(text);
        } else if line.trim().is_empty() {
            closed = true;
        } else {
            let id = line.split('\t').next().unwrap_or("");
            if block.id.is_empty() || id != block.id {
                let message = format!("an annotation of {id:?} outside its document");
                return Err(source.error(number, message));
            }
            block.annotations.push((number, line));
        }
    }
    finish(source, block, corpus)
}

fn finish(source: &Source, block: Block, corpus: &mut Corpus) -> Result<()> {
    if block.id.is_empty() {
        return Ok(());
    }
    let mut builder = Builder::new(source, block.line, block.id, &block.title, &block.body);
    for (number, line) in block.annotations {
        let fields: Vec<&str> = line.split('\t').map(str::trim_end).collect();
        let offset = |i: usize| fields.get(i).and_then(|f| f.parse::<usize>().ok());
        match (offset(1), offset(2), fields.as_slice()) {
            (Some(start), Some(end), [_, _, _, text, label, ids @ ..]) => {
                let mention = builder.mention(number, &[(start, end)], label, Some(text))?;
                mention.concepts = identifiers(ids.first().copied().unwrap_or(""));
            }
            (None, _, [_, label, subject, object] | [_, label, subject, object, _]) => {
                builder.concept_relation(number, label, subject, object);
            }
            _ => {
                let message = "neither a mention (ID, start, end, text, type, ids) nor a relation (ID, predicate, id, id)";
                return Err(source.error(number, message));
            }
        }
    }
    builder.finish(corpus);
    Ok(())
}
