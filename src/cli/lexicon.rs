//! `cytosift lexicon`: compile the shipped tables, look a name up.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use super::Outcome;
use super::args::LexiconCommand;
use crate::lexicon::{Lexicon, compile};

/// Runs a `lexicon` command.
pub(super) fn run(command: LexiconCommand) -> Result<Outcome> {
    match command {
        LexiconCommand::Lookup { name } => {
            let mut out = Vec::new();
            if !lookup(&name, &mut out)? {
                anyhow::bail!("no lexicon has the name {name:?}");
            }
            super::print(&out)
        }
        LexiconCommand::Build { sources, tables } => {
            build(&sources, &tables)?;
            Ok(Outcome::Done)
        }
    }
}

/// Compiles the tables of all types from `sources` (`../shared/lexica`) into `tables` (`data/lexicons`), whose folder
/// `curated` holds our own tables.
fn build(sources: &Path, tables: &Path) -> Result<()> {
    for (kind, content) in compile::compile(sources, &tables.join("curated"))? {
        let path = tables.join(format!("{}.tsv", kind.as_str()));
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Prints every meaning of a name; tells whether there is one.
fn lookup(name: &str, out: &mut impl Write) -> Result<bool> {
    let found = Lexicon::embedded().lookup(name);
    for (sense, concept) in &found {
        write!(out, "{}\t{}\t{}", sense.kind.as_str(), concept.id, concept.name)?;
        if let Some(target) = &concept.target {
            write!(out, "\tof {} ({})", target.name, target.id)?;
        }
        if sense.needs_context {
            write!(out, "\tneeds context")?;
        }
        if !concept.xrefs.is_empty() {
            write!(out, "\t{}", concept.xrefs.join(" "))?;
        }
        writeln!(out)?;
    }
    Ok(!found.is_empty())
}
