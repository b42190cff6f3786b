//! Variants: spellings that authors use and that folding alone does not join.

use super::super::key::key;
use super::draft::{Draft, Rank, slug};
use crate::document::EntityType;

/// Greek letters of cytokine names: Latin letter, sign, word.
const GREEK: [(&str, char, &str); 8] = [
    ("A", 'α', "alpha"),
    ("B", 'β', "beta"),
    ("G", 'γ', "gamma"),
    ("D", 'δ', "delta"),
    ("E", 'ε', "epsilon"),
    ("K", 'κ', "kappa"),
    ("L", 'λ', "lambda"),
    ("W", 'ω', "omega"),
];

/// Stems of cytokine names, short and long.
const STEMS: [(&str, &str); 4] = [
    ("IL", "interleukin"),
    ("IFN", "interferon"),
    ("TNF", "tumor necrosis factor"),
    ("TGF", "transforming growth factor"),
];

/// Returns a gene symbol of a cytokine or receptor as the field writes it: `IL-2`, `IL-1α`, `IFN-α2`, `TGF-β1`.
pub(super) fn display_symbol(symbol: &str) -> String {
    let greek = |letter: &str| GREEK.iter().find(|g| g.0 == letter).map(|g| g.1);
    for stem in ["IFN", "TGF"] {
        let Some(rest) = symbol.strip_prefix(stem).filter(|r| !r.contains('R') && !r.ends_with('P')) else {
            continue;
        };
        if let Some(sign) = rest.get(..1).and_then(greek) {
            return format!("{stem}-{sign}{}", &rest[1..]);
        }
    }
    let Some(rest) = symbol.strip_prefix("IL").filter(|r| r.starts_with(|c: char| c.is_ascii_digit())) else {
        return symbol.to_owned();
    };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, end) = rest.split_at(digits);
    match (end, greek(end)) {
        ("A" | "B" | "G", Some(sign)) if matches!(number, "1" | "36") => format!("IL-{number}{sign}"),
        _ => format!("IL-{rest}"),
    }
}

/// Adds `X receptor`, and `XR` for a short symbol, for every name of ours of a cytokine that is not a product.
pub(super) fn of_receptors(draft: &mut Draft) {
    let by_key = draft.ids_by_key(EntityType::Receptor);
    let cytokines: Vec<(String, Vec<String>)> = draft
        .table(EntityType::Cytokine)
        .values()
        .filter(|entry| entry.target.is_empty())
        .map(|entry| {
            let ours = entry.names.iter().filter(|(listed, rank)| {
                *rank == Rank::Curated && !listed.starts_with(['?', '=']) && !listed.contains("receptor")
            });
            (entry.name.clone(), ours.map(|(listed, _)| listed.clone()).collect())
        })
        .collect();
    for (display, names) in cytokines.iter().filter(|(_, names)| !names.is_empty()) {
        let full = format!("{display} receptor");
        let id = by_key.get(&key(&full)).cloned().unwrap_or_else(|| format!("CYTOSIFT:{}", slug(&full)));
        let entry = draft.entry(EntityType::Receptor, &id, &full);
        for name in names {
            entry.add(format!("{name} receptor"), Rank::Preferred);
            entry.add(format!("soluble {name} receptor"), Rank::Synonym);
            if name.len() <= 8 && name.starts_with("IL-") {
                entry.add(format!("{name}R"), Rank::Synonym);
                entry.add(format!("s{name}R"), Rank::Synonym);
            }
        }
    }
}

/// Adds the other spellings of every name of a cytokine or receptor.
pub(super) fn of_cytokines(draft: &mut Draft) {
    for kind in [EntityType::Cytokine, EntityType::Receptor] {
        for entry in draft.table(kind).values_mut() {
            let mut more = Vec::new();
            for (listed, rank) in &entry.names {
                if !listed.starts_with(['?', '=']) {
                    more.extend(spellings(listed).into_iter().map(|n| (n, (*rank).max(Rank::Preferred))));
                }
            }
            entry.names.extend(more);
        }
    }
}

/// The other spellings of one name.
fn spellings(name: &str) -> Vec<String> {
    let mut all = vec![name.to_owned()];
    for (short, long) in STEMS {
        for n in all.clone() {
            let rest = n.strip_prefix(short).or_else(|| n.strip_prefix(long));
            let Some(rest) = rest.filter(|r| r.starts_with(['-', ' ']) || n.starts_with(short)) else {
                continue;
            };
            let rest = rest.trim_start_matches(['-', ' ']);
            if rest.is_empty() || !(rest.starts_with(|c: char| c.is_ascii_digit()) || starts_greek(rest)) {
                continue;
            }
            all.push(format!("{short}-{rest}"));
            all.push(format!("{long}-{rest}"));
            all.push(format!("{long} ({short})-{rest}"));
            all.push(format!("{short}, {rest}"));
        }
    }
    for (latin, sign, word) in GREEK {
        for n in all.clone() {
            let spelled = n.replace(sign, word);
            let cytokine = STEMS.iter().any(|(s, l)| n.starts_with(s) || n.starts_with(l));
            if cytokine && spelled.contains(word) && matches!(sign, 'α' | 'β' | 'γ') {
                all.push(spelled.replace(word, &latin.to_ascii_lowercase()));
            }
        }
    }
    for n in all.clone() {
        let spelled = n.replace('α', "alpha");
        for (from, to) in [("alpha", "alfa"), ("alfa", "alpha")] {
            if n.to_lowercase().contains("interferon") && spelled.contains(from) {
                all.push(spelled.replace(from, to));
            }
        }
    }
    all.retain(|n| n != name);
    all
}

fn starts_greek(rest: &str) -> bool {
    GREEK.iter().any(|(_, sign, word)| rest.starts_with(*sign) || rest.starts_with(word))
}

/// Organs: the forms that stand before a kind of tumour, and those that stand after "of the".
const SITES: [(&[&str], &[&str]); 44] = [
    (&["renal", "kidney"], &["kidney"]),
    (&["hepatic", "liver"], &["liver"]),
    (&["pulmonary", "lung"], &["lung"]),
    (&["breast", "mammary"], &["breast"]),
    (&["gastric", "stomach"], &["stomach"]),
    (&["colorectal"], &["colon and rectum", "colorectum"]),
    (&["colon", "colonic"], &["colon"]),
    (&["rectal", "rectum"], &["rectum"]),
    (&["pancreatic", "pancreas"], &["pancreas"]),
    (&["prostate", "prostatic"], &["prostate"]),
    (&["ovarian", "ovary"], &["ovary"]),
    (&["cervical", "cervix", "uterine cervical"], &["cervix", "uterine cervix"]),
    (&["endometrial", "endometrium"], &["endometrium"]),
    (&["uterine", "uterus"], &["uterus"]),
    (&["bladder", "urinary bladder"], &["bladder", "urinary bladder"]),
    (&["urothelial"], &["urothelium"]),
    (&["esophageal", "esophagus"], &["esophagus"]),
    (&["head and neck"], &["head and neck"]),
    (&["oral", "oral cavity", "mouth"], &["oral cavity", "mouth"]),
    (&["tongue"], &["tongue"]),
    (&["laryngeal", "larynx"], &["larynx"]),
    (&["nasopharyngeal", "nasopharynx"], &["nasopharynx"]),
    (&["oropharyngeal", "oropharynx"], &["oropharynx"]),
    (&["thyroid"], &["thyroid", "thyroid gland"]),
    (&["adrenal"], &["adrenal gland"]),
    (&["adrenocortical", "adrenal cortical"], &["adrenal cortex"]),
    (&["brain", "cerebral"], &["brain"]),
    (&["central nervous system", "CNS"], &["central nervous system"]),
    (&["skin", "cutaneous"], &["skin"]),
    (&["bone"], &["bone"]),
    (&["soft tissue"], &["soft tissue"]),
    (&["testicular", "testis"], &["testis"]),
    (&["biliary tract", "biliary"], &["biliary tract"]),
    (&["bile duct"], &["bile duct"]),
    (&["gallbladder"], &["gallbladder"]),
    (&["salivary gland"], &["salivary gland"]),
    (&["thymic", "thymus"], &["thymus"]),
    (&["pleural"], &["pleura"]),
    (&["peritoneal"], &["peritoneum"]),
    (&["gastrointestinal"], &["gastrointestinal tract"]),
    (&["vulvar"], &["vulva"]),
    (&["pituitary"], &["pituitary gland"]),
    (&["bronchogenic", "bronchial"], &["bronchus"]),
    (&["intestinal"], &["intestine"]),
];

/// Kinds of tumour that are joined with organs.
const HEADS: [&str; 11] = [
    "cancer",
    "carcinoma",
    "adenocarcinoma",
    "squamous cell carcinoma",
    "tumor",
    "neoplasm",
    "malignancy",
    "sarcoma",
    "lymphoma",
    "adenoma",
    "melanoma",
];

/// Adds organ by kind of tumour, in both word orders, to the concept that has one of these names.
pub(super) fn of_sites(draft: &mut Draft) {
    let by_key = draft.ids_by_key(EntityType::Cancer);
    for (before, after) in SITES {
        for head in HEADS {
            let mut names: Vec<String> = before.iter().map(|site| format!("{site} {head}")).collect();
            for site in after {
                names.push(format!("{head} of the {site}"));
                names.push(format!("{head} of {site}"));
            }
            let known = names.iter().find_map(|n| by_key.get(&key(n)));
            let id = known.cloned().unwrap_or_else(|| format!("CYTOSIFT:{}", slug(&names[0])));
            let entry = draft.entry(EntityType::Cancer, &id, &names[0]);
            names.into_iter().for_each(|n| entry.add(n, Rank::Synonym));
        }
    }
}
