//! Cells: the Cell Ontology, the registry's cell types, and cell lines of Cellosaurus.

use std::collections::BTreeMap;
use std::path::Path;

use super::draft::{Draft, Rank};
use super::sources;
use crate::Result;
use crate::document::EntityType;

/// Adds cell types and cell lines.
pub(super) fn add(draft: &mut Draft, lexica: &Path) -> Result<()> {
    let path = lexica.join("cell_ontology/synonyms.tsv.gz");
    let mut terms: BTreeMap<String, Vec<(Rank, String)>> = BTreeMap::new();
    for [class, predicate, value] in sources::read_columns(&path, b'\t', ["?cls", "?pred", "?val"])? {
        let Some(number) = class.strip_suffix('>').and_then(|c| c.split_once("obo/CL_")).map(|(_, n)| n)
        else {
            continue;
        };
        let rank = match predicate.rsplit(['#', '/']).next() {
            Some("label>") => Rank::Preferred,
            Some("hasExactSynonym>" | "hasRelatedSynonym>") => Rank::Synonym,
            _ => continue,
        };
        let value = value.trim_matches('"').to_owned();
        terms.entry(format!("CL:{number}")).or_default().push((rank, value));
    }
    for (id, mut names) in terms {
        names.sort();
        let preferred = names[0].1.clone();
        if preferred.starts_with("obsolete") {
            continue;
        }
        let entry = draft.entry(EntityType::Cell, &id, &preferred);
        names
            .into_iter()
            .filter_map(|(rank, n)| listed(&n).map(|n| (n, rank)))
            .for_each(|n| entry.names.push(n));
    }
    add_registry(draft, lexica)?;
    add_lines(draft, lexica)
}

fn listed(name: &str) -> Option<String> {
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    match letters {
        _ if name.len() > 80 => None,
        0..=1 => None,
        2..=4 if !name.contains(' ') => Some(format!("?={name}")),
        _ => Some(name.to_owned()),
    }
}

/// Adds the registry's names of cell types; it leaves the word "cell" off where it can.
fn add_registry(draft: &mut Draft, lexica: &Path) -> Result<()> {
    let path = lexica.join("cytokine_registry/cell_types.csv.gz");
    for [id, name] in sources::read_columns(&path, b',', ["extid", "sym"])? {
        if !id.starts_with("CL:") || name.len() < 2 {
            continue;
        }
        let entry = draft.entry(EntityType::Cell, &id, &name);
        entry.add(format!("{name} cell"), Rank::Synonym);
    }
    Ok(())
}

/// Adds cell lines whose names are unlikely to mean anything else: letters with digits, or long ones, in their case.
fn add_lines(draft: &mut Draft, lexica: &Path) -> Result<()> {
    let text = sources::read(&lexica.join("reach/Cellosaurus.tsv.gz"))?;
    for line in text.lines() {
        let [name, accession, species] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
        let common = matches!(species, "Homo sapiens" | "Mus musculus" | "Rattus norvegicus");
        if !common || !is_plain_line_name(name) {
            continue;
        }
        draft
            .entry(EntityType::Cell, &format!("CVCL:{}", accession.trim_start_matches("CVCL_")), name)
            .add(format!("={name}"), Rank::Line);
    }
    Ok(())
}

fn is_plain_line_name(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphabetic).count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let other = name.chars().any(|c| !c.is_ascii_alphanumeric() && c != '-');
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && !other
        && name.len() <= 9
        && (letters >= 1 && digits >= 1 && letters + digits >= 3 || letters >= 6 && digits == 0)
}
