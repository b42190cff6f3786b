//! Tables of sentences in a compact notation: `[IL-2:cytokine] is approved for [melanoma:cancer]`.

use super::*;
use crate::document::{Concept, CytokineRole, EntityType, Mention, Span};
use crate::text::Segment;

/// Makes a document of one sentence in the notation; a type that ends in `!` marks a cytokine-aimed therapy.
fn document(notation: &str) -> Document {
    let (mut text, mut mentions, mut rest) = (String::new(), Vec::new(), notation);
    while let Some((before, after)) = rest.split_once('[') {
        let (inside, after) = after.split_once(']').unwrap();
        let (name, kind) = inside.rsplit_once(':').unwrap();
        text.push_str(before);
        let start = text.len();
        text.push_str(name);
        let span = Span::new(start + 1, text.len() + 1);
        let mut mention = Mention::new(span, EntityType::parse(kind.trim_end_matches('!')).unwrap(), "gold");
        if kind.ends_with('!') {
            let role = CytokineRole::Antagonist;
            mention.concepts.push(Concept { id: "x".into(), name: name.into(), role, ..Concept::default() });
        }
        mentions.push(mention);
        rest = after;
    }
    text.push_str(rest);
    text.push('.');
    let mut document = Document::new("1", "", &text);
    document.mentions = mentions;
    Segment.apply(std::slice::from_mut(&mut document)).unwrap();
    document
}

/// Renders the relations, one a line: `IL-2 treats melanoma`, with `not` and `perhaps` before what is so flagged.
fn relations(notation: &str) -> Vec<String> {
    let mut document = document(notation);
    let rules = Rules::new(Focus::All).unwrap();
    rules.apply(std::slice::from_mut(&mut document)).unwrap();
    let name = |id| document.slice(document.mention(id).span);
    let mut out: Vec<String> = document
        .relations
        .iter()
        .map(|r| {
            let flags = [("not ", r.negated), ("perhaps ", r.hedged)];
            let flags: String = flags.iter().filter(|f| f.1).map(|f| f.0).collect();
            format!("{flags}{} {} {}", name(r.subject), r.predicate.as_str(), name(r.object))
        })
        .collect();
    out.sort();
    out
}

/// Checks that each sentence gives exactly the relations listed beside it, separated by `; `.
fn check(table: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (notation, expected) in table {
        let mut expected: Vec<&str> = expected.split("; ").filter(|e| !e.is_empty()).collect();
        expected.sort_unstable();
        let found = relations(notation);
        if found != expected {
            wrong.push(format!("{notation}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

#[test]
fn treatments_of_conditions() {
    check(&[
        ("[IL-2:cytokine] is approved for [melanoma:cancer]", "IL-2 approved_for melanoma"),
        (
            "[Interferon alfa-2b:cytokine] has been approved by the FDA for the treatment of [hairy cell leukemia:cancer]",
            "Interferon alfa-2b approved_for hairy cell leukemia",
        ),
        (
            "The FDA approved [aldesleukin:cytokine] for the treatment of metastatic [renal cell carcinoma:cancer]",
            "aldesleukin approved_for renal cell carcinoma",
        ),
        (
            "FDA approval of [siltuximab:therapy!] for [Castleman disease:disease] was granted in 2014",
            "siltuximab approved_for Castleman disease",
        ),
        (
            "[Filgrastim:cytokine] is indicated for severe chronic [neutropenia:disease]",
            "Filgrastim approved_for neutropenia",
        ),
        (
            "[IL-2:cytokine] and [IFN-α:cytokine] are approved for [melanoma:cancer] and [RCC:cancer]",
            "IL-2 approved_for melanoma; IL-2 approved_for RCC; IFN-α approved_for melanoma; IFN-α approved_for RCC",
        ),
        (
            "Patients with [melanoma:cancer] were treated with [interleukin-2:cytokine]",
            "interleukin-2 treats melanoma",
        ),
        ("[IFN-alpha:cytokine] therapy for chronic [hepatitis C:disease]", "IFN-alpha treats hepatitis C"),
        (
            "Treatment of [renal cell carcinoma:cancer] with [interferon-alpha:cytokine]",
            "interferon-alpha treats renal cell carcinoma",
        ),
        ("[IL-2:cytokine]-treated patients with [RCC:cancer]", "IL-2 treats RCC"),
        (
            "Patients with [melanoma:cancer] receiving [interferon alfa-2b:cytokine] relapsed later",
            "interferon alfa-2b treats melanoma",
        ),
        (
            "A phase II trial of [interleukin-12:cytokine] in patients with advanced [melanoma:cancer]",
            "interleukin-12 evaluated_for melanoma",
        ),
        (
            "The efficacy of [GM-CSF:cytokine] was evaluated in patients with [melanoma:cancer]",
            "GM-CSF evaluated_for melanoma",
        ),
        (
            "[Interleukin-2:cytokine] caused [capillary leak syndrome:disease]",
            "Interleukin-2 causes capillary leak syndrome",
        ),
    ]);
}

#[test]
fn effects_active_passive_nominal_hyphenated() {
    check(&[
        ("[IL-6:cytokine] increased [VEGF:gene] expression", "IL-6 promotes VEGF"),
        ("[Apoptosis:process] was induced by [TNF:cytokine]", "TNF promotes Apoptosis"),
        ("[TNF:cytokine]-induced [apoptosis:process]", "TNF promotes apoptosis"),
        ("Induction of [apoptosis:process] by [TNF:cytokine]", "TNF promotes apoptosis"),
        ("[IL-10:cytokine] inhibited [TNF:cytokine] production", "IL-10 inhibits TNF"),
        ("[Angiogenesis:process] was suppressed by [IL-12:cytokine]", "IL-12 inhibits Angiogenesis"),
        ("Inhibition of [proliferation:process] by [TGF-beta:cytokine]", "TGF-beta inhibits proliferation"),
        (
            "[IL-8:cytokine] and [VEGF:gene] promote [angiogenesis:process] and [metastasis:process]",
            "IL-8 promotes angiogenesis; IL-8 promotes metastasis; VEGF promotes angiogenesis; VEGF promotes metastasis",
        ),
    ]);
}

#[test]
fn expression_binding_and_markers() {
    check(&[
        ("Production of [IL-6:cytokine] by [macrophages:cell]", "IL-6 expressed_by macrophages"),
        (
            "[Macrophages:cell] secrete [TNF:cytokine] and [IL-1:cytokine]",
            "TNF expressed_by Macrophages; IL-1 expressed_by Macrophages",
        ),
        (
            "[CXCR4:receptor] is expressed in [breast cancer cells:cell]",
            "CXCR4 expressed_by breast cancer cells",
        ),
        ("[CXCL12:cytokine] binds to [CXCR4:receptor]", "CXCL12 binds CXCR4"),
        (
            "Serum [IL-6:cytokine] levels were higher in patients with [lung cancer:cancer] than in controls",
            "IL-6 biomarker_of lung cancer",
        ),
        (
            "[IL-8:cytokine] levels correlated with [overall survival:process]",
            "IL-8 biomarker_of overall survival",
        ),
    ]);
}

#[test]
fn negation_has_a_scope() {
    check(&[
        ("[IL-4:cytokine] did not induce [apoptosis:process]", "not IL-4 promotes apoptosis"),
        ("[IL-4:cytokine] had no effect on [proliferation:process]", "not IL-4 promotes proliferation"),
        (
            "[IL-2:cytokine] but not [IL-4:cytokine] increased [proliferation:process]",
            "IL-2 promotes proliferation; not IL-4 promotes proliferation",
        ),
        (
            "[Melanoma:cancer] resistant to [interferon:cytokine] was excised",
            "not interferon treats Melanoma",
        ),
    ]);
}

#[test]
fn hedges_have_a_scope() {
    check(&[
        ("[IL-6:cytokine] may promote [angiogenesis:process]", "perhaps IL-6 promotes angiogenesis"),
        (
            "These results suggest that [IL-8:cytokine] promotes [metastasis:process]",
            "perhaps IL-8 promotes metastasis",
        ),
        (
            "The effect of [IL-7:cytokine] on [differentiation:process] was investigated",
            "perhaps IL-7 associated_with differentiation",
        ),
    ]);
}

#[test]
fn blockade_turns_the_sign() {
    check(&[
        ("Blocking [IL-6:cytokine] reduced [tumor growth:process]", "IL-6 promotes tumor growth"),
        (
            "[Anti-IL-6 antibody:therapy!] inhibited [tumor growth:process]",
            "Anti-IL-6 antibody inhibits tumor growth",
        ),
        ("Knockdown of [CXCR4:receptor] inhibited [migration:process]", "CXCR4 promotes migration"),
    ]);
}

#[test]
fn abbreviations_and_class_nouns_leave_the_relation_to_the_name() {
    check(&[
        (
            "[Interleukin-2:cytokine] ([IL-2:cytokine]) is approved for [melanoma:cancer]",
            "Interleukin-2 approved_for melanoma",
        ),
        (
            "[Macrophages:cell] secrete [cytokines:cytokine] such as [TNF:cytokine] and [IL-6:cytokine]",
            "TNF expressed_by Macrophages; IL-6 expressed_by Macrophages",
        ),
    ]);
}

#[test]
fn agents_are_combined_across_clauses_and_within_regimens() {
    check(&[
        (
            "[Interferon:cytokine] in combination with [bevacizumab:therapy] was given",
            "Interferon combined_with bevacizumab",
        ),
        (
            "Studies with the new [IL-21:cytokine] have been completed and combination trials with [vaccines:therapy] or [PD-1 antibodies:therapy] have been started",
            "IL-21 combined_with vaccines; IL-21 combined_with PD-1 antibodies",
        ),
    ]);
}

#[test]
fn hyphenated_objects_come_before_their_agents() {
    check(&[(
        "the [tumour:cancer]-promoting actions of [cytokines:cytokine] such as [IL-17:cytokine], [IL-22:cytokine] and [TNF:cytokine]",
        "IL-17 promotes tumour; IL-22 promotes tumour; TNF promotes tumour",
    )]);
}

#[test]
fn setting_words_become_qualifiers() {
    let mut document =
        document("[Interferon alfa:cytokine] is approved for adjuvant treatment of [melanoma:cancer]");
    Rules::new(Focus::All).unwrap().apply(std::slice::from_mut(&mut document)).unwrap();
    assert_eq!(document.relations.len(), 1);
    assert_eq!(document.relations[0].qualifiers, ["adjuvant"]);
}

#[test]
fn focus_leaves_out_other_pairs_and_changes_nothing_else() {
    let notation = "[IL-2:cytokine] and [cisplatin:therapy] were given to patients with [melanoma:cancer]";
    let run = |focus| {
        let mut document = document(notation);
        Rules::new(focus).unwrap().apply(std::slice::from_mut(&mut document)).unwrap();
        document
    };
    let (all, focused) = (run(Focus::All), run(Focus::Cytokine));
    let in_focus = |r: &&Relation| [r.subject, r.object].iter().any(|m| all.mention(*m).is_focus());
    let kept: Vec<Relation> = all.relations.iter().filter(in_focus).cloned().collect();
    assert_eq!(kept, focused.relations);
    assert!(all.relations.len() > focused.relations.len(), "cisplatin and melanoma are related too");
}

#[test]
fn sentences_with_fewer_than_two_mentions_give_nothing() {
    assert!(relations("[IL-2:cytokine] was given. [Melanoma:cancer] is a disease").is_empty());
}
