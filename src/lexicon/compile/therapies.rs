//! Therapies: the DrugBank open vocabulary.

use std::path::Path;

use super::draft::{Draft, Rank};
use super::sources;
use crate::Result;
use crate::document::EntityType;

/// Adds drugs; those that a curated table calls cytokines go there.
pub(super) fn add(draft: &mut Draft, lexica: &Path) -> Result<()> {
    let path = lexica.join("drugbank_open/drugbank_vocabulary.csv.gz");
    for [id, name, synonyms] in
        sources::read_columns(&path, b',', ["DrugBank ID", "Common name", "Synonyms"])?
    {
        let id = format!("DRUGBANK:{id}");
        let kind = draft.settled(&id).unwrap_or(EntityType::Therapy);
        let entry = draft.entry(kind, &id, &name);
        entry.names.extend(listed(&name).map(|n| (n, Rank::Preferred)));
        entry.names.extend(synonyms.split(" | ").filter_map(listed).map(|n| (n, Rank::Synonym)));
    }
    Ok(())
}

/// How a drug's name is listed: systematic names left out, short ones in their case and with context.
fn listed(name: &str) -> Option<String> {
    let name = name.trim();
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || name.len() > 50 || name.contains(['[', ']', '{', '}', ';', '"', '|']) {
        return None;
    }
    if name.contains(['(', ',']) && name.chars().any(|c| c.is_ascii_digit()) && name.len() > 16 {
        return None;
    }
    Some(match name.chars().filter(|c| c.is_alphanumeric()).count() {
        0..=4 => format!("?={name}"),
        _ => name.to_owned(),
    })
}
