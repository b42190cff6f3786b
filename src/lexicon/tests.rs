//! Tests of the lexicon's matching and of the shipped names.

use super::*;

const HEADER: &str = "id\tname\txrefs\trole\ttarget\tnames\n";

fn small() -> Lexicon {
    let cytokines = format!(
        "{HEADER}HGNC:6001\tIL-2\tNCBIGene:3558\tagonist\t\tIL-2|interleukin-2|T cell growth factor\n\
         DRUGBANK:DB00041\taldesleukin\t\tagonist\tHGNC:6001\taldesleukin\n\
         HGNC:6598\tLIF\t\tagonist\t\t=LIF\n"
    );
    let therapies =
        format!("{HEADER}DRUGBANK:DB09036\tsiltuximab\t\tantagonist\tHGNC:6018\tsiltuximab|?=ST\n");
    let cells = format!("{HEADER}CL:0000084\tT cell\t\t\t\tT cell|T-lymphocyte\n");
    let tables = [
        (EntityType::Cytokine, cytokines.as_str()),
        (EntityType::Therapy, therapies.as_str()),
        (EntityType::Cell, cells.as_str()),
    ];
    Lexicon::from_tables(&tables).unwrap()
}

fn first_name(lexicon: &Lexicon, text: &str) -> Option<String> {
    let keyed = key::fold(text);
    let found = lexicon.longest(text, &keyed, 0)?;
    Some(text[..keyed.atoms[found.atoms - 1].end as usize].to_owned())
}

#[test]
fn the_longest_name_that_ends_at_a_word_end_wins() {
    let lexicon = small();
    for (text, expected) in [
        ("IL-2 was", Some("IL-2")),
        ("IL-2-induced", Some("IL-2")),
        ("IL-2R", None),
        ("IL-21", None),
        ("IL-2α", None),
        ("T cell growth factor", Some("T cell growth factor")),
        ("T-cell growth", Some("T-cell")),
        ("T cells grow", Some("T cells")),
        ("LIF", Some("LIF")),
        ("LIFs", Some("LIFs")),
        ("lif", None),
        ("growth", None),
    ] {
        assert_eq!(first_name(&lexicon, text).as_deref(), expected, "{text}");
    }
}

#[test]
fn tables_come_back_from_the_packed_form() {
    let lexicon = small();
    let found = lexicon.lookup("Aldesleukin");
    assert_eq!(found.len(), 1);
    let (sense, concept) = &found[0];
    assert_eq!((sense.kind, sense.role), (EntityType::Cytokine, CytokineRole::Agonist));
    assert_eq!(concept.id, "DRUGBANK:DB00041");
    assert_eq!(concept.target, Some(Target { id: "HGNC:6001".into(), name: "IL-2".into() }));
    assert_eq!(lexicon.lookup("IL2")[0].1.xrefs, ["NCBIGene:3558"]);
    assert!(lexicon.lookup("ST")[0].0.needs_context && lexicon.lookup("ST")[0].0.exact);
    assert!(lexicon.lookup("IL-3").is_empty());
}

#[test]
fn the_focus_leaves_other_types_out() {
    let lexicon = small();
    for (text, focus) in [("IL-2", true), ("siltuximab", true), ("T cells", false), ("word", false)] {
        let keyed = key::fold(text);
        let (found, _) = lexicon.longest_focus(&keyed.beginning(0), text, &keyed);
        assert_eq!(found.is_some(), focus, "{text}");
    }
}

#[test]
fn a_malformed_table_is_named_with_its_line() {
    let error = Lexicon::from_tables(&[(EntityType::Gene, "header\nonly\tthree\tfields\n")]).unwrap_err();
    assert_eq!(error.to_string(), "lexicon gene.tsv, line 2: expected 6 fields, found 3");
}

/// Identifier and display name of the one cytokine or receptor that a name stands for.
fn one(name: &str) -> (EntityType, String, String) {
    let found = Lexicon::embedded().lookup(name);
    let mut focus = found.into_iter().filter(|(sense, _)| sense.is_focus());
    let Some((sense, concept)) = focus.next() else { panic!("{name} is not in the lexicon") };
    assert!(focus.next().is_none(), "{name} is ambiguous");
    (sense.kind, concept.id, concept.name)
}

#[test]
fn cytokines_are_known_by_every_name_of_the_literature() {
    for (display, names) in [
        ("IL-2", "IL-2|interleukin-2|interleukin 2|IL2|T cell growth factor|interleukin (IL)-2"),
        ("IL-1α", "IL-1α|IL-1 alpha|IL-1a|IL1A|interleukin-1alpha"),
        ("IL-1β", "IL-1β|IL-1b|IL1B|interleukin-1 beta|interleukin 1β"),
        ("IL-6", "IL-6|interferon-beta2|BSF-2|B cell stimulatory factor-2"),
        ("CXCL8", "IL-8|interleukin-8|CXCL8|NAP-1|neutrophil-activating peptide 1"),
        ("IL-10", "IL-10|CSIF|cytokine synthesis inhibitory factor"),
        (
            "IFN-α",
            "IFN-α|IFN-alpha|IFN-a|interferon alfa|interferon-alpha|alpha interferon|leukocyte interferon",
        ),
        ("IFN-β", "IFN-β|interferon beta|fibroblast interferon|beta-interferon"),
        ("IFN-γ", "IFN-γ|IFN-g|gamma interferon|immune interferon|type II interferon|interferon (IFN)-gamma"),
        ("TNF", "TNF|TNF-α|TNF-a|TNFalpha|tumour necrosis factor|tumor necrosis factor-alpha|cachectin"),
        ("GM-CSF", "GM-CSF|granulocyte-macrophage colony-stimulating factor|CSF2"),
        ("G-CSF", "G-CSF|granulocyte colony stimulating factor"),
        ("M-CSF", "M-CSF|CSF-1|macrophage colony-stimulating factor"),
        ("TGF-β", "TGF-β|TGF-b|transforming growth factor-beta"),
        ("TGF-β1", "TGF-β1|TGF-beta 1|transforming growth factor beta1|TGFB1"),
        ("CXCL12", "SDF-1|SDF-1α|stromal cell-derived factor-1|CXCL12"),
        ("CCL2", "MCP-1|CCL2|monocyte chemoattractant protein-1"),
        ("CCL5", "RANTES|CCL5"),
        ("CXCL10", "IP-10|CXCL10|interferon-gamma-inducible protein 10"),
        ("CXCL13", "BLC|BCA-1"),
        ("CCL3", "MIP-1α|MIP-1alpha|macrophage inflammatory protein-1 alpha"),
        ("TRAIL", "TRAIL|Apo-2L|TNF-related apoptosis-inducing ligand"),
        ("FasL", "Fas ligand|FasL|CD95L"),
        ("CD40L", "CD40 ligand|CD40L|CD154"),
        ("EPO", "EPO|erythropoietin"),
        ("TPO", "thrombopoietin|TPO"),
        ("leptin", "leptin"),
        ("LIF", "LIF|leukaemia inhibitory factor"),
        ("IL-1RA", "IL-1RA|IL-1 receptor antagonist|IL1RN"),
        ("GDNF", "GDNF"),
        ("lymphotoxin-α", "lymphotoxin|TNF-β"),
    ] {
        for name in names.split('|') {
            let (kind, _, found) = one(name);
            assert_eq!((kind, found.as_str()), (EntityType::Cytokine, display), "{name}");
        }
    }
}

#[test]
fn products_keep_their_names_and_point_to_their_cytokine() {
    for (target, names) in [
        (
            "IL-2",
            "aldesleukin|Proleukin|HDIL-2|teceleukin|bempegaldesleukin|NKTR-214|denileukin diftitox|L19-IL2",
        ),
        ("IL-15", "N-803|ALT-803|nogapendekin alfa inbakicept|Anktiva"),
        (
            "IFN-α2",
            "interferon alfa-2a|Roferon-A|interferon alfa-2b|Intron A|Pegasys|Sylatron|ropeginterferon alfa-2b",
        ),
        ("IFN-α", "peginterferon|interferon alfa-n3"),
        ("IFN-γ", "Actimmune|interferon gamma-1b"),
        ("TNF", "tasonermin|L19-TNF"),
        ("GM-CSF", "sargramostim|molgramostim"),
        ("G-CSF", "filgrastim|lenograstim|pegfilgrastim|filgrastim-sndz"),
        ("IL-11", "oprelvekin"),
        ("IL-7", "efineptakin alfa"),
        ("EPO", "epoetin alfa|darbepoetin alfa"),
        ("IL-6", "siltuximab"),
        ("CXCR4", "plerixafor|AMD3100|motixafortide"),
        ("CCR4", "mogamulizumab"),
    ] {
        for name in names.split('|') {
            let found = Lexicon::embedded().lookup(name);
            let named = found.iter().find(|(s, _)| s.is_focus()).and_then(|(_, c)| c.target.as_ref());
            assert_eq!(named.map(|t| t.name.as_str()), Some(target), "{name}");
        }
    }
    let antagonist = |name: &str| Lexicon::embedded().lookup(name)[0].0.role == CytokineRole::Antagonist;
    for name in ["siltuximab", "tocilizumab", "anti-TNF antibody", "infliximab", "plerixafor", "trabedersen"]
    {
        assert!(antagonist(name), "{name}");
    }
    assert!(!antagonist("ruxolitinib") && !antagonist("aldesleukin"));
}

#[test]
fn names_that_look_alike_stay_apart() {
    for group in [
        &["IL-2", "IL-2R", "IL-12", "IL-21", "sIL-2R", "IL-2Rα"][..],
        &["TNF", "TNFR", "TNFR1", "TNFR2", "TNF-β"],
        &["interferon alfa-2a", "interferon alfa-2b", "IFN-α", "IFN-β", "IFN-γ"],
        &["IL-1α", "IL-1β", "IL-1RA", "IL-1", "IL-1R", "IL-10"],
        &["G-CSF", "GM-CSF", "M-CSF", "G-CSFR"],
        &["CXCL1", "CXCL10", "CXCL12", "CXCR4", "CCL2", "CCR2"],
        &["TGF-β", "TGF-β1", "TGF-β2", "TGF-βRII"],
    ] {
        let ids: Vec<String> = group.iter().map(|name| one(name).1).collect();
        for (i, a) in ids.iter().enumerate() {
            assert!(!ids[i + 1..].contains(a), "{} in {group:?}", group[i]);
        }
    }
    for name in ["VEGF", "EGF", "TGF-α", "prolactin", "NGF", "PDGF", "bFGF", "IGF-1"] {
        let found = Lexicon::embedded().lookup(name);
        assert!(found.iter().all(|(s, _)| s.kind == EntityType::Gene) && !found.is_empty(), "{name}");
    }
}

#[test]
fn cancers_carry_the_identifiers_of_other_vocabularies() {
    let found = Lexicon::embedded().lookup("renal cell carcinoma");
    let (_, concept) = found.iter().find(|(s, _)| s.kind == EntityType::Cancer).unwrap();
    assert_eq!(concept.id, "DOID:4450");
    for vocabulary in ["MESH:", "MONDO:", "NCIT:"] {
        assert!(concept.xrefs.iter().any(|x| x.starts_with(vocabulary)), "{vocabulary} {:?}", concept.xrefs);
    }
    for name in ["cancer of the ovary", "carcinoma of the breast", "leukaemia", "NSCLC", "kidney cancer"] {
        assert!(Lexicon::embedded().lookup(name).iter().any(|(s, _)| s.kind == EntityType::Cancer), "{name}");
    }
}

#[test]
fn start_up_takes_next_to_no_time() {
    let start = std::time::Instant::now();
    let lexicon = Lexicon::embedded();
    println!("{lexicon:?} ready in {:?}", start.elapsed());
    assert!(lexicon.concepts() > 50_000 && lexicon.names() > lexicon.concepts());
}
