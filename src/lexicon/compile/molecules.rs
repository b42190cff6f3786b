//! Molecules: genes with their types, the ImmPort cytokine registry, and FamPlex families.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::key::key;
use super::draft::{Draft, Rank};
use super::{sources, variants};
use crate::Result;
use crate::document::EntityType;

/// HGNC groups whose members are cytokines: interleukins, interferons, chemokine ligands, TNF superfamily, bone
/// morphogenetic proteins, interleukin 6 family.
const CYTOKINE_GROUPS: [&str; 6] = ["601", "598", "483", "781", "455", "1264"];

/// HGNC groups whose members are receptors: of interleukins, interferons, chemokines, TNF superfamily.
const RECEPTOR_GROUPS: [&str; 8] = ["602", "599", "189", "1090", "1091", "1092", "1094", "782"];

struct Gene {
    id: String,
    symbol: String,
    kind: EntityType,
}

/// Adds genes, registry and families.
pub(super) fn add(draft: &mut Draft, lexica: &Path) -> Result<()> {
    let genes = add_genes(draft, lexica)?;
    add_registry(draft, lexica, &genes)?;
    add_families(draft, lexica, &genes)
}

/// Adds the genes; returns them by Entrez id.
fn add_genes(draft: &mut Draft, lexica: &Path) -> Result<BTreeMap<String, Gene>> {
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let path = lexica.join("hgnc_families/gene-families.tsv.gz");
    for [group, symbol] in sources::read_columns(&path, b'\t', ["family_id", "gene_symbol"])? {
        groups.entry(symbol).or_default().insert(group);
    }
    let mut genes = BTreeMap::new();
    let columns = ["entrez_id", "symbol", "type", "synonyms", "hgnc_id"];
    for [entrez, symbol, biotype, synonyms, hgnc] in
        sources::read_columns(&lexica.join("genes/gene-info-Oct-07-2025.txt.gz"), b'\t', columns)?
    {
        let id = if hgnc.is_empty() { format!("NCBIGene:{entrez}") } else { hgnc };
        let in_any = |list: &[&str]| groups.get(&symbol).is_some_and(|g| list.iter().any(|l| g.contains(*l)));
        let kind = match draft.settled(&id) {
            Some(kind) => kind,
            None if in_any(&CYTOKINE_GROUPS) => EntityType::Cytokine,
            None if in_any(&RECEPTOR_GROUPS) => EntityType::Receptor,
            None => EntityType::Gene,
        };
        let coding = matches!(biotype.as_str(), "protein-coding" | "miRNA");
        if kind == EntityType::Gene && !coding && biotype != "ncRNA" {
            continue;
        }
        let display =
            if kind == EntityType::Gene { symbol.clone() } else { variants::display_symbol(&symbol) };
        let entry = draft.entry(kind, &id, &display);
        entry.xrefs.insert(format!("NCBIGene:{entrez}"));
        listed_gene_name(&symbol, true).into_iter().for_each(|n| entry.add(n, Rank::Preferred));
        if display != symbol {
            entry.add(display, Rank::Preferred);
        }
        if coding || kind != EntityType::Gene {
            for synonym in synonyms.split('|') {
                listed_gene_name(synonym, false).into_iter().for_each(|n| entry.add(n, Rank::Synonym));
            }
        }
        genes.insert(entrez, Gene { id, symbol, kind });
    }
    Ok(genes)
}

/// How a gene's symbol or synonym is listed: bare letters in their case only, short ones as needing context.
fn listed_gene_name(name: &str, symbol: bool) -> Vec<String> {
    let letters_only = name.bytes().all(|b| b.is_ascii_alphabetic());
    let count = name.chars().filter(|c| c.is_alphanumeric()).count();
    let lower = letters_only && name.bytes().all(|b| b.is_ascii_lowercase());
    if count < 2 || lower && name.len() < 8 || name.len() > 60 {
        return Vec::new();
    }
    if count == 2 || count == 3 && (letters_only || !symbol) {
        return vec![format!("?={name}")];
    }
    if !letters_only || name.len() > 7 {
        return vec![name.to_owned()];
    }
    let mut listed = vec![format!("={name}")];
    if symbol {
        listed.push(format!("={}{}", &name[..1], name[1..].to_ascii_lowercase()));
    }
    listed
}

/// Adds the names of the ImmPort registry to the genes that they stand for, and classes of several genes.
fn add_registry(draft: &mut Draft, lexica: &Path, genes: &BTreeMap<String, Gene>) -> Result<()> {
    let columns = ["src", "sym", "lbl", "extid", "prefid", "id"];
    let path = lexica.join("cytokine_registry/cytokines.csv.gz");
    let mut groups: BTreeMap<String, Vec<[String; 6]>> = BTreeMap::new();
    for row in sources::read_columns(&path, b',', columns)? {
        groups.entry(row[4].clone()).or_default().push(row);
    }
    let by_symbol: BTreeMap<String, &Gene> = genes.values().map(|g| (key(&g.symbol), g)).collect();
    for rows in groups.values() {
        // Artefacts of the registry's own spelling expansion name nothing ("IL-CXCL8").
        if rows.iter().all(|[src, ..]| src == "transform") {
            continue;
        }
        let mut votes: BTreeMap<&str, (usize, &Gene)> = BTreeMap::new();
        for [_, sym, lbl, extid, ..] in rows {
            let named = [by_symbol.get(&key(sym)).copied(), by_symbol.get(&key(lbl)).copied()];
            for gene in named.into_iter().chain([genes.get(extid)]).flatten() {
                votes.entry(&gene.id).or_insert((0, gene)).0 += 1;
            }
        }
        let Some((_, gene)) = votes.values().max_by_key(|(n, g)| (*n, std::cmp::Reverse(&g.id))) else {
            continue;
        };
        let entry = draft.entry(gene.kind, &gene.id, &gene.symbol);
        for [src, sym, ..] in rows.iter().filter(|[src, ..]| src != "transform") {
            let artefact = sym.contains("(RELATED)") || sym.contains("short-label") || sym.contains('_');
            let rank = if src == "ckr" || src == "manual" { Rank::Synonym } else { Rank::Line };
            if !artefact {
                listed_gene_name(sym, false).into_iter().for_each(|n| entry.add(n, rank));
            }
        }
    }
    Ok(())
}

/// Adds protein families and complexes.
fn add_families(draft: &mut Draft, lexica: &Path, genes: &BTreeMap<String, Gene>) -> Result<()> {
    let groundings = sources::read(&lexica.join("famplex/famplex_groundings.tsv.gz"))?;
    let map = sources::read(&lexica.join("famplex/grounding_map.csv.gz"))?;
    let by_symbol: BTreeMap<&str, &Gene> = genes.values().map(|g| (g.symbol.as_str(), g)).collect();
    let mut add = |name: &str, space: &str, id: &str| {
        let (kind, id, display) = match space {
            "FPLX" | "fplx" => {
                let curie = format!("FPLX:{id}");
                (draft.settled(&curie).unwrap_or(EntityType::Gene), curie, id.replace('_', " "))
            }
            "HGNC" => match by_symbol.get(id) {
                Some(gene) => (gene.kind, gene.id.clone(), gene.symbol.clone()),
                None => return,
            },
            _ => return,
        };
        let entry = draft.entry(kind, &id, &display);
        listed_gene_name(name, false).into_iter().for_each(|n| entry.add(n, Rank::Synonym));
    };
    for line in groundings.lines() {
        if let [name, id, space, ..] = line.split('\t').collect::<Vec<_>>()[..] {
            add(name, space, id);
        }
    }
    for line in map.lines() {
        let mut fields = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        if let Some(Ok(record)) = fields.records().next() {
            add(&record[0], record.get(1).unwrap_or(""), record.get(2).unwrap_or(""));
        }
    }
    Ok(())
}
