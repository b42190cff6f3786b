//! Compile: the shipped tables, from the public sources in `shared/lexica` and our curated tables.
//!
//! Sources give concepts, identifiers and names automatically; `data/lexicons/curated/TYPE.tsv` adds, renames, marks and
//! drops. The same inputs give the same bytes.

mod cells;
mod diseases;
mod draft;
mod molecules;
mod sources;
mod therapies;
mod variants;

use std::path::Path;

use crate::document::EntityType;
use crate::{Error, Result};
use draft::Draft;

/// Compiles the tables of all types from a folder of sources and a folder of curated tables.
///
/// # Errors
/// [`Error::Io`] for a missing source, [`Error::Lexicon`] for a malformed one.
pub fn compile(lexica: &Path, curated: &Path) -> Result<Vec<(EntityType, String)>> {
    let mut draft = Draft::default();
    for kind in EntityType::ALL {
        let path = curated.join(format!("{}.tsv", kind.as_str()));
        let content = std::fs::read_to_string(&path).map_err(|e| Error::io(&path, e))?;
        draft.read_curated(kind, &content)?;
    }
    molecules::add(&mut draft, lexica)?;
    diseases::add(&mut draft, lexica)?;
    therapies::add(&mut draft, lexica)?;
    cells::add(&mut draft, lexica)?;
    let processes = sources::read(&lexica.join("reach/bio_process.tsv.gz"))?;
    for line in processes.lines() {
        if let [name, id, ..] = line.split('\t').collect::<Vec<_>>()[..] {
            draft.know(EntityType::Process, name, id);
        }
    }
    draft.join_curated();
    variants::of_sites(&mut draft);
    variants::of_receptors(&mut draft);
    variants::of_cytokines(&mut draft);
    Ok(draft.finish())
}

#[cfg(test)]
mod tests;
