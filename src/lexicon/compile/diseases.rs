//! Diseases: the Disease Ontology split into neoplasms and the rest, OncoTree, and Mondo's mappings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::super::key::key;
use super::draft::{Draft, Rank};
use super::sources::{self, Term};
use crate::document::EntityType;
use crate::{Error, Result};

/// Root of the neoplasms: disease of cellular proliferation.
const NEOPLASMS: &str = "DOID:14566";

/// Adds cancers and other diseases.
pub(super) fn add(draft: &mut Draft, lexica: &Path) -> Result<()> {
    let mut terms = sources::read_obo(&lexica.join("doid_full_2015/download/HumanDO.obo.gz"))?;
    for file in ["NCIthesaurus.obo.gz", "DO_cancer_slim.obo.gz"] {
        for (id, mut term) in sources::read_obo(&lexica.join("doid").join(file))? {
            if let Some(old) = terms.remove(&id) {
                term.synonyms.push(old.name);
                term.synonyms.extend(old.synonyms);
                term.xrefs.extend(old.xrefs);
                // Subsets leave out the parents that are not in them.
                term.parents.extend(old.parents);
            }
            terms.insert(id, term);
        }
    }
    let mondo = read_mondo(lexica)?;
    for (id, term) in &terms {
        let kind = if is_under(&terms, id, NEOPLASMS) { EntityType::Cancer } else { EntityType::Disease };
        let kind = draft.settled(id).unwrap_or(kind);
        let entry = draft.entry(kind, id, &term.name);
        for xref in &term.xrefs {
            for (from, to) in [("MESH:", "MESH:"), ("MSH:", "MESH:"), ("NCI:", "NCIT:")] {
                if let Some(local) = xref.strip_prefix(from) {
                    entry.xrefs.insert(format!("{to}{local}"));
                }
            }
        }
        for mondo_id in mondo.of_doid.get(id).into_iter().flatten() {
            entry.xrefs.insert(mondo_id.clone());
            entry.xrefs.extend(mondo.others.get(mondo_id).into_iter().flatten().cloned());
        }
        for listed in listed_names(&term.name) {
            entry.add(listed, Rank::Preferred);
        }
        for listed in term.synonyms.iter().flat_map(|s| listed_names(s)) {
            entry.add(listed, Rank::Synonym);
        }
    }
    add_oncotree(draft, lexica)
}

fn is_under(terms: &BTreeMap<String, Term>, id: &str, root: &str) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![id]);
    while let Some(id) = open.pop() {
        if id == root {
            return true;
        }
        if seen.insert(id) {
            open.extend(terms.get(id).into_iter().flat_map(|t| t.parents.iter().map(String::as_str)));
        }
    }
    false
}

#[derive(Default)]
struct Mondo {
    of_doid: BTreeMap<String, Vec<String>>,
    others: BTreeMap<String, Vec<String>>,
}

fn read_mondo(lexica: &Path) -> Result<Mondo> {
    let mut mondo = Mondo::default();
    for vocabulary in ["doid", "mesh", "ncit"] {
        let text = sources::read(&lexica.join(format!("mondo/mondo_exactmatch_{vocabulary}.sssom.tsv.gz")))?;
        for line in text.lines().filter(|l| l.starts_with("MONDO:")) {
            if let [subject, _, _, object, ..] = line.split('\t').collect::<Vec<_>>()[..] {
                if vocabulary == "doid" {
                    mondo.of_doid.entry(object.to_owned()).or_default().push(subject.to_owned());
                } else {
                    let object = object.replace("mesh:", "MESH:");
                    mondo.others.entry(subject.to_owned()).or_default().push(object);
                }
            }
        }
    }
    Ok(mondo)
}

/// Names as they are listed: without the sources' notes in brackets, abbreviations in exact case.
fn listed_names(name: &str) -> Vec<String> {
    let name = name.split(" (").next().unwrap_or(name).trim();
    let name = ["(disorder)", ", NOS", " NOS"].iter().fold(name, |n, end| n.trim_end_matches(end)).trim();
    let letters = name.chars().filter(|c| c.is_alphanumeric()).count();
    if name.contains(['[', ']', ';', '"', '(']) || letters < 2 || name.len() > 90 {
        return Vec::new();
    }
    let bare = !name.contains(' ');
    if bare && letters <= 5 && name.chars().filter(|c| c.is_uppercase()).count() >= 2 {
        return vec![format!("?={name}")];
    }
    if bare && letters <= 3 {
        return vec![format!("?{name}")];
    }
    vec![name.to_owned()]
}

/// Adds the names of OncoTree: to the concept of the same NCIt code or name, else as concepts of their own.
fn add_oncotree(draft: &mut Draft, lexica: &Path) -> Result<()> {
    let path = lexica.join("oncotree/oncotree_2025_10_03.json.gz");
    let tree: Value = serde_json::from_str(&sources::read(&path)?).map_err(|e| Error::Lexicon {
        name: path.display().to_string(),
        line: e.line(),
        message: e.to_string(),
    })?;
    let mut by_code: BTreeMap<String, String> = BTreeMap::new();
    for (id, entry) in draft.table(EntityType::Cancer) {
        for xref in entry.xrefs.iter().filter(|x| x.starts_with("NCIT:")) {
            by_code.entry(xref.clone()).or_insert_with(|| id.clone());
        }
    }
    let by_key = draft.ids_by_key(EntityType::Cancer);
    let mut open = vec![&tree["TISSUE"]["children"]];
    let mut depth_one = true;
    while let Some(children) = open.pop() {
        let Some(children) = children.as_object() else { continue };
        for (code, node) in children {
            open.push(&node["children"]);
            // The first level are tissues, not neoplasms.
            if depth_one {
                continue;
            }
            let name = node["name"].as_str().unwrap_or("");
            let ncit = node["externalReferences"]["NCI"][0].as_str().map(|c| format!("NCIT:{c}"));
            let known = ncit.as_ref().and_then(|c| by_code.get(c));
            let listed = listed_names(name);
            let id = match known.or_else(|| listed.first().and_then(|n| by_key.get(&key(n)))) {
                Some(id) => id.clone(),
                None => format!("ONCOTREE:{code}"),
            };
            let entry = draft.entry(EntityType::Cancer, &id, name.trim_end_matches(", NOS"));
            entry.xrefs.extend(ncit);
            entry.xrefs.insert(format!("ONCOTREE:{code}"));
            listed.into_iter().for_each(|n| entry.add(n, Rank::Synonym));
        }
        depth_one = false;
    }
    Ok(())
}
