//! Tables of sentences and the mentions that the tagger finds in them, over a small lexicon.

use super::*;
use crate::document::{CytokineRole, EntityType, Sentence};

const TABLES: [(EntityType, &str); 5] = [
    (
        EntityType::Cytokine,
        "id\tname\txrefs\trole\ttarget\tnames\n\
         C:2\tIL-2\t\tagonist\t\tIL-2|interleukin-2|HDIL-2\n\
         C:6\tIL-6\t\tagonist\t\tIL-6|interleukin 6\n\
         C:1A\tIL-1α\t\tagonist\t\tIL-1α\n\
         C:1B\tIL-1β\t\tagonist\t\tIL-1β\n\
         C:8\tCXCL8\t\tagonist\t\tIL-8|CXCL8\n\
         C:T\tTNF\t\tagonist\t\tTNF|TNF-α|tumor necrosis factor\n",
    ),
    (
        EntityType::Receptor,
        "id\tname\txrefs\trole\ttarget\tnames\n\
         R:2A\tIL-2Rα\t\t\t\tCD25|IL-2 receptor alpha\n\
         R:X4\tCXCR4\t\t\t\tCXCR4|chemokine receptor 4\n",
    ),
    (EntityType::Gene, "id\tname\txrefs\trole\ttarget\tnames\nG:20\tCD20\t\t\t\tCD20\n"),
    (
        EntityType::Cancer,
        "id\tname\txrefs\trole\ttarget\tnames\n\
         D:1\tmelanoma\t\t\t\tmelanoma\nD:2\trenal cell cancer\t\t\t\trenal cell cancer|metastatic renal cell cancer\n",
    ),
    (
        EntityType::Disease,
        "id\tname\txrefs\trole\ttarget\tnames\nS:1\tmultiple sclerosis\t\t\t\tmultiple sclerosis|MS\n",
    ),
];

fn tagger(focus: Focus) -> LexiconTagger {
    let lexicon = Lexicon::from_tables(&TABLES).unwrap();
    LexiconTagger::with_lexicon(Box::leak(Box::new(lexicon)), focus)
}

/// A document of one sentence, with abbreviations given as `(short, long)`.
fn document(text: &str, abbreviations: &[(&str, &str)]) -> Document {
    let mut document = Document::new("1", "", text);
    document.sentences.push(Sentence { span: Span::new(1, text.len() + 1), first_token: 0, end_token: 0 });
    for (short, long) in abbreviations {
        let at = |name: &str| {
            let start = document.text().find(name).unwrap();
            Span::new(start, start + name.len())
        };
        let short = at(&format!("({short}"));
        let short = Span { start: short.start + 1, end: short.end };
        let long = at(long);
        document.abbreviations.push(crate::document::Abbreviation { short, long });
    }
    document
}

fn tagged(text: &str, abbreviations: &[(&str, &str)]) -> Document {
    let mut document = document(text, abbreviations);
    tagger(Focus::All).apply(std::slice::from_mut(&mut document)).unwrap();
    document
}

/// Returns `type:text` of each mention.
fn shown(document: &Document) -> Vec<String> {
    document.mentions.iter().map(|m| format!("{}:{}", m.kind.as_str(), document.slice(m.span))).collect()
}

#[test]
fn mentions_are_the_longest_noun_phrases_that_name_a_thing() {
    for (name, text, wanted) in [
        ("variants", "rIL-2 and IL2 rose", vec!["cytokine:rIL-2", "cytokine:IL2"]),
        ("no part of another name", "IL-2X rose", vec![]),
        ("receptor by R", "high sIL-2Rα in serum", vec!["receptor:sIL-2Rα"]),
        ("receptor by noun", "the IL-6 receptors bind", vec!["receptor:IL-6 receptors"]),
        (
            "class noun beside a name",
            "chemokine receptor CXCR4",
            vec!["receptor:chemokine receptor", "receptor:CXCR4"],
        ),
        ("tumor cells", "killing of B16-F10 melanoma cells", vec!["cell:B16-F10 melanoma cells"]),
        ("marker on cells", "CD8+ T cells expand", vec!["cell:CD8+ T cells"]),
        ("coordinated modifiers", "breast and ovarian cancer", vec!["cancer:breast and ovarian cancer"]),
        ("two names", "melanoma and breast cancer", vec!["cancer:melanoma", "cancer:breast cancer"]),
        ("antibody", "an anti-IL-6 monoclonal antibody", vec!["therapy:anti-IL-6 monoclonal antibody"]),
        ("antibody to", "antibodies to IL-6 and TNF work", vec!["therapy:antibodies to IL-6 and TNF"]),
        (
            "class beside its antagonists",
            "cytokines or TNF antagonists",
            vec!["cytokine:cytokines", "therapy:TNF antagonists"],
        ),
        ("inhibitor", "CXCR4 antagonists mobilize", vec!["therapy:CXCR4 antagonists"]),
        ("suffix", "siltuximab or etanercept", vec!["therapy:siltuximab", "therapy:etanercept"]),
        ("not the adjective", "anti-tumor activity", vec!["process:anti-tumor activity"]),
        ("cytokine therapy", "IL-2 therapy", vec!["cytokine:IL-2"]),
        (
            "cell beside process",
            "melanoma cell proliferation",
            vec!["cell:melanoma cell", "process:proliferation"],
        ),
        ("general process", "tumor growth", vec!["process:tumor growth"]),
        ("participle", "TNF-induced apoptosis", vec!["cytokine:TNF", "process:apoptosis"]),
        ("half token", "antibody-dependent cytotoxicity", vec!["process:antibody-dependent cytotoxicity"]),
        ("virus", "the hepatitis B virus", vec![]),
        ("status", "metastatic renal cell cancer", vec!["cancer:renal cell cancer"]),
        ("ellipsis", "IL-6 and -8 rose", vec!["cytokine:IL-6", "cytokine:-8"]),
        ("shared", "IL-1α/β rose", vec!["cytokine:IL-1α/β"]),
    ] {
        assert_eq!(shown(&tagged(text, &[])), wanted, "{name}");
    }
}

#[test]
fn a_short_form_means_what_the_document_says() {
    for (name, text, forms, wanted) in [
        (
            "type of the long form",
            "squamous cell carcinoma (SCC) and SCC cells",
            vec![("SCC", "squamous cell carcinoma")],
            vec!["cancer:squamous cell carcinoma", "cancer:SCC", "cell:SCC cells"],
        ),
        (
            "not the lexicon's sense",
            "mass spectrometry (MS) by MS",
            vec![("MS", "mass spectrometry")],
            vec![],
        ),
        (
            "inside a name",
            "interleukin (IL)-6 rose",
            vec![("IL", "interleukin")],
            vec!["cytokine:interleukin (IL)-6"],
        ),
    ] {
        assert_eq!(shown(&tagged(text, &forms)), wanted, "{name}");
    }
}

#[test]
fn antagonists_carry_their_target() {
    let document = tagged("Anti-IL-6 antibody and antibodies against CXCR4.", &[]);
    let roles: Vec<_> = document
        .mentions
        .iter()
        .flat_map(|m| &m.concepts)
        .map(|c| (c.role, c.target.as_ref().map(|t| t.name.as_str())))
        .collect();
    assert_eq!(roles, [(CytokineRole::Antagonist, Some("IL-6")), (CytokineRole::Antagonist, Some("CXCR4"))]);
    assert!(document.mentions.iter().all(Mention::is_focus));
}

#[test]
fn qualifiers_leave_the_span_and_spread_over_coordination() {
    for (text, wanted) in [
        (
            "treatment of metastatic renal cell cancer and melanoma",
            vec![("renal cell cancer", "metastatic"), ("melanoma", "metastatic")],
        ),
        (
            "completely resected high-risk melanoma patients",
            vec![("melanoma", "completely resected, high-risk")],
        ),
        ("High-dose IL-2 helps", vec![("IL-2", "high-dose")]),
        ("melanoma, stage III, and IL-2", vec![("melanoma", "stage III"), ("IL-2", "")]),
        ("locally advanced or metastatic melanoma", vec![("melanoma", "locally advanced, metastatic")]),
        ("IL-2 in the adjuvant setting", vec![("IL-2", "adjuvant")]),
    ] {
        let document = tagged(text, &[]);
        let found: Vec<(&str, String)> =
            document.mentions.iter().map(|m| (document.slice(m.span), m.qualifiers.join(", "))).collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(m, q)| (*m, q.as_str())).collect();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn the_narrow_focus_finds_the_same_mentions_where_it_looks() {
    let texts = [
        "IL-2 is used in melanoma. Fever was seen. Anti-IL-6 antibody helps.",
        "Fever and melanoma only.",
        "A chemokine (CK) acts. CK grew in breast cancer. No tumor growth.",
    ];
    for text in texts {
        let make = |focus| {
            let mut document = Document::new("1", "", text);
            let mut start = 1;
            for piece in text.split_inclusive(". ") {
                let end = start + piece.trim_end().len();
                document.sentences.push(Sentence {
                    span: Span::new(start, end),
                    first_token: 0,
                    end_token: 0,
                });
                start += piece.len();
            }
            if let (Some(short), Some(long)) = (text.find("CK"), text.find("chemokine")) {
                let (short, long) = (Span::new(short + 1, short + 3), Span::new(long + 1, long + 10));
                document.abbreviations.push(crate::document::Abbreviation { short, long });
            }
            tagger(focus).apply(std::slice::from_mut(&mut document)).unwrap();
            document
        };
        let (all, narrow) = (make(Focus::All), make(Focus::Cytokine));
        let kept: Vec<Mention> = all
            .sentences
            .iter()
            .flat_map(|s| {
                let here: Vec<Mention> =
                    all.mentions.iter().filter(|m| s.span.contains(m.span)).cloned().collect();
                if here.iter().any(Mention::is_focus) { here } else { Vec::new() }
            })
            .collect();
        assert_eq!(narrow.mentions, kept, "{text}");
    }
}
