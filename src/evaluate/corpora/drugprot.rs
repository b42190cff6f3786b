//! DrugProt and ChemProt: three tables parted by tabs, `..abstracts..`, `..entities..` and `..relations..`.
//!
//! The first is named; the other two stand beside it and begin with the same name. Annotations of documents whose text
//! is not there are counted in a note.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Builder, Source, read};
use crate::evaluate::corpus::Corpus;
use crate::{Error, Result};

/// What the names of the table of texts hold; the published development part is spelt without the t.
const TEXTS: &str = "abstra";

/// Tells whether a file is the table of texts.
pub(super) fn is_abstracts(path: &Path, first: &str) -> bool {
    first.split('\t').count() >= 3 && prefix(path).is_some()
}

fn prefix(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    name.find(TEXTS).map(|at| &name[..at])
}

/// Finds the table whose name goes on with `kind`.
fn sibling(path: &Path, kind: &str) -> Result<Option<PathBuf>> {
    let start = format!("{}{kind}", prefix(path).unwrap_or(""));
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| Error::io(folder, e))? {
        let file = entry.map_err(|e| Error::io(folder, e))?.path();
        if file.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(&start)) {
            found.push(file);
        }
    }
    found.sort();
    Ok(found.into_iter().next())
}

pub(super) fn parse(source: &Source, corpus: &mut Corpus) -> Result<()> {
    let missing = |kind: &str| {
        source.error(1, format!("no table {}{kind}... stands beside it", prefix(source.path).unwrap_or("")))
    };
    let entities = sibling(source.path, "entities")?.ok_or_else(|| missing("entities"))?;
    let entities_text = read(&entities)?;
    let entities = Source { path: &entities, text: &entities_text };
    // Texts without relations are a corpus of entities.
    let relations = sibling(source.path, "relations")?;
    let relations_text = relations.as_deref().map(read).transpose()?.unwrap_or_default();
    let relations = Source { path: relations.as_deref().unwrap_or(source.path), text: &relations_text };
    let mut entities_of = group(&entities);
    let mut relations_of = group(&relations);
    for (number, line) in source.lines().filter(|(_, l)| !l.trim().is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, title, body] = fields[..] else {
            return Err(source
                .error(number, format!("expected 3 fields (id, title, abstract), found {}", fields.len())));
        };
        // Offsets, and what is wrong with them, are of the table of entities.
        let mut builder = Builder::new(&entities, number, id, title, body);
        for (at, line) in entities_of.remove(id).unwrap_or_default() {
            entity(&entities, &mut builder, at, line)?;
        }
        for (at, line) in relations_of.remove(id).unwrap_or_default() {
            relation(&relations, &mut builder, at, line)?;
        }
        builder.finish(corpus);
    }
    let lines = |left: &HashMap<&str, Vec<(usize, &str)>>| left.values().map(Vec::len).sum::<usize>();
    let (mentions, pairs) = (lines(&entities_of), lines(&relations_of));
    if mentions + pairs > 0 {
        let documents = entities_of.len();
        corpus.notes.push(format!(
            "{}: {mentions} entities and {pairs} relations of {documents} documents whose text is not in {} were left out",
            entities.path.display(),
            source.path.display()
        ));
    }
    Ok(())
}

/// Groups the lines of a table by document.
fn group<'a>(source: &'a Source) -> HashMap<&'a str, Vec<(usize, &'a str)>> {
    let mut groups: HashMap<&str, Vec<(usize, &str)>> = HashMap::new();
    for (number, line) in source.lines().filter(|(_, l)| !l.trim().is_empty()) {
        groups.entry(line.split('\t').next().unwrap_or("")).or_default().push((number, line));
    }
    groups
}

fn entity(source: &Source, builder: &mut Builder, number: usize, line: &str) -> Result<()> {
    let fields: Vec<&str> = line.split('\t').collect();
    let &[_, key, label, start, end, text] = fields.as_slice() else {
        return Err(source.error(number, format!("expected 6 fields, found {}", fields.len())));
    };
    let (Ok(start), Ok(end)) = (start.parse(), end.parse()) else {
        return Err(source.error(number, "fields 4 and 5 must be offsets"));
    };
    builder.mention(number, &[(start, end)], label, Some(text))?;
    builder.name_last(number, key)
}

fn relation(source: &Source, builder: &mut Builder, number: usize, line: &str) -> Result<()> {
    let fields: Vec<&str> = line.split('\t').collect();
    // ChemProt has two more columns (group, evaluated) before the predicate.
    let (label, subject, object) = match fields.as_slice() {
        [_, label, subject, object] | [_, _, _, label, subject, object] => (label.trim(), *subject, *object),
        _ => return Err(source.error(number, format!("expected 4 or 6 fields, found {}", fields.len()))),
    };
    let argument = |field: &str| field.split_once(':').map_or("", |(_, key)| key.trim()).to_owned();
    let (subject, object) = (argument(subject), argument(object));
    let find = |key: &str| {
        let message = format!("no entity {key:?} in document {}", fields[0]);
        builder.find(key).ok_or_else(|| source.error(number, message))
    };
    let (subject, object) = (find(&subject)?, find(&object)?);
    builder.relate(number, label, subject, object);
    Ok(())
}
