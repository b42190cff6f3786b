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
        assert_eq!(lexicon.longest_focus(text, &key::fold(text), 0).is_some(), focus, "{text}");
    }
}

#[test]
fn a_malformed_table_is_named_with_its_line() {
    let error = Lexicon::from_tables(&[(EntityType::Gene, "header\nonly\tthree\tfields\n")]).unwrap_err();
    assert_eq!(error.to_string(), "lexicon gene.tsv, line 2: expected 6 fields, found 3");
}
