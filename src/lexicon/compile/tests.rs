//! Tests against the public sources; skipped, with a note, where they are not at hand.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::lexicon::Lexicon;

fn lexica() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = root.ancestors().map(|a| a.join("shared/lexica")).find(|p| p.is_dir());
    if found.is_none() {
        println!("skipped: ../shared/lexica is not here");
    }
    found
}

fn tables() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/lexicons")
}

#[test]
fn the_shipped_tables_are_rebuilt_byte_for_byte() {
    let Some(lexica) = lexica() else { return };
    for (kind, content) in compile(&lexica, &tables().join("curated")).unwrap() {
        let shipped = std::fs::read_to_string(tables().join(format!("{}.tsv", kind.as_str()))).unwrap();
        let differs = shipped.lines().zip(content.lines()).find(|(a, b)| a != b);
        assert!(shipped == content, "{}: run `cytosift lexicon build`: {differs:?}", kind.as_str());
    }
}

#[test]
fn every_cytokine_of_the_registry_is_found() {
    let Some(lexica) = lexica() else { return };
    // Records of predicted genes without a literature name.
    let unnamed = ["FP248", "LOC107983991"];
    let path = lexica.join("cytokine_registry/cytokines.csv.gz");
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for [source, name, label, group] in
        sources::read_columns(&path, b',', ["src", "sym", "lbl", "prefid"]).unwrap()
    {
        if source != "transform" && !unnamed.contains(&label.as_str()) {
            groups.entry(group).or_default().push(name);
        }
    }
    let lexicon = Lexicon::embedded();
    let molecule = |name: &String| {
        let kinds = [EntityType::Cytokine, EntityType::Receptor, EntityType::Gene];
        lexicon.lookup(name).iter().any(|(sense, _)| kinds.contains(&sense.kind))
    };
    let missing: Vec<_> = groups.values().filter(|names| !names.iter().any(molecule)).collect();
    assert!(groups.len() > 300 && missing.is_empty(), "{missing:?}");
}

#[test]
fn every_gene_of_the_cytokine_and_receptor_groups_has_its_type() {
    let Some(lexica) = lexica() else { return };
    let path = lexica.join("hgnc_families/gene-families.tsv.gz");
    // Among the interleukin receptors, but a cytokine by the schema.
    let settled =
        ["IL1RN", "CXCL8", "CXCR1", "CXCR2", "IL6", "NGFR", "EDA2R", "RELT", "IL1RAPL1", "IL1RAPL2"];
    let mut count = 0;
    for [group, symbol] in sources::read_columns(&path, b'\t', ["family_id", "gene_symbol"]).unwrap() {
        let expected = match group.as_str() {
            "601" | "598" | "483" | "781" | "455" | "1264" => EntityType::Cytokine,
            "602" | "599" | "189" | "782" => EntityType::Receptor,
            _ => continue,
        };
        // A pseudogene that the gene table does not have.
        if symbol == "IFNNP1" {
            continue;
        }
        let found = Lexicon::embedded().lookup(&symbol);
        assert!(!found.is_empty(), "{symbol}");
        if !settled.contains(&symbol.as_str()) {
            assert!(found.iter().any(|(s, _)| s.kind == expected), "{symbol} is no {}", expected.as_str());
        }
        count += 1;
    }
    assert!(count > 250, "{count}");
}
