//! The formats that `evaluate` reads, and its measures against independent programs, on small texts of ours.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cytosift::evaluate::{Corpus, LabelledDocument, Side, load};
use serde_json::Value;
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evaluate").join(name)
}

/// Writes a file into a new folder.
fn file(name: &str, content: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn corpus(name: &str, content: &str) -> Corpus {
    let (_folder, path) = file(name, content);
    load(&path, Side::Gold).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn refusal(name: &str, content: &str) -> String {
    let (_folder, path) = file(name, content);
    load(&path, Side::Gold).expect_err(name).to_string()
}

/// Lists (label, text) of the mentions.
fn mentions(document: &LabelledDocument) -> Vec<(String, String)> {
    let texts = |m: &cytosift::evaluate::LabelledMention| {
        m.spans.iter().map(|s| s.slice(&document.text)).collect::<Vec<_>>().join(" … ")
    };
    document.mentions.iter().map(|m| (m.labels.join("|"), texts(m))).collect()
}

/// Lists (subject, label, object) of the relations.
fn relations(document: &LabelledDocument) -> Vec<(String, String, String)> {
    let text = |i: usize| document.mentions[i].cover().slice(&document.text).to_owned();
    document.relations.iter().map(|r| (text(r.subject), r.labels.join("|"), text(r.object))).collect()
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cytosift")).args(arguments).output().expect("run cytosift");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Runs `evaluate` and returns `results.json`.
fn results(gold: &Path, predictions: &[&str], more: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments =
        vec!["evaluate", "--gold", gold.to_str().unwrap(), "--samples", "200", "--rounds", "200"];
    predictions.iter().for_each(|p| arguments.extend(["--predictions", p]));
    arguments.extend(more);
    arguments.extend(["--report", folder.path().to_str().unwrap()]);
    let (code, _, said) = run(&arguments);
    assert_eq!(code, Some(0), "{said}");
    serde_json::from_slice(&fs::read(folder.path().join("results.json")).unwrap()).unwrap()
}

// `é` is an e and a combining accent, so that it is two code points; the emoji is one, of four bytes.
const TITLE: &str = "TNF-α 🧬 in cafe\u{301} cells";
const BODY: &str = "IFN-γ rose.";

fn expected() -> Vec<(String, String)> {
    [("Cytokine", "TNF-α"), ("Cell", "cafe\u{301} cells"), ("Cytokine", "IFN-γ")]
        .map(|(label, text)| (label.to_owned(), text.to_owned()))
        .to_vec()
}

#[test]
fn offsets_count_code_points_in_every_format() {
    let pubtator = format!(
        "7|t|{TITLE}\n7|a|{BODY}\n7\t0\t5\tTNF-α\tCytokine\t7124\n7\t11\t22\tcafe\u{301} cells\tCell\n7\t23\t28\tIFN-γ\tCytokine\t\n"
    );
    let jsonl = format!(
        r#"{{"id":"7","title":"{TITLE}","abstract":"{BODY}","mentions":[{{"id":"a","start":0,"end":5,"type":"Cytokine"}},{{"id":"c","start":11,"end":22,"type":"Cell"}},{{"id":"b","start":23,"end":28,"text":"IFN-γ","type":"Cytokine"}}]}}"#
    );
    let xml = format!(
        "<?xml version=\"1.0\"?>\n<collection><document><id>7</id><passage><infon key=\"type\">title</infon><offset>0</offset>\
         <text>{TITLE}</text><annotation id=\"1\"><infon key=\"type\">Cytokine</infon><location offset=\"0\" length=\"5\"/>\
         <text>TNF-α</text></annotation></passage><passage><infon key=\"type\">abstract</infon><offset>23</offset>\
         <text>{BODY}</text><annotation id=\"2\"><infon key=\"type\">Cell</infon><location offset=\"11\" length=\"11\"/>\
         <text>cafe\u{301} cells</text></annotation><annotation id=\"3\"><infon key=\"type\">Cytokine</infon>\
         <location offset=\"23\" length=\"5\"/><text>IFN-γ</text></annotation></passage></document></collection>"
    );
    let json = format!(
        r#"{{"documents":[{{"id":7,"passages":[{{"offset":0,"infons":{{"type":"title"}},"text":"{TITLE}","annotations":[{{"id":"1","infons":{{"type":"Cytokine"}},"text":"TNF-α","locations":[{{"offset":0,"length":5}}]}},{{"id":"2","infons":{{"type":"Cell"}},"text":"cafe{accent} cells","locations":[{{"offset":11,"length":11}}]}}]}},{{"offset":23,"infons":{{"type":"abstract"}},"text":"{BODY}","annotations":[{{"id":"3","infons":{{"type":"Cytokine"}},"text":"IFN-γ","locations":[{{"offset":23,"length":5}}]}}]}}]}}]}}"#,
        accent = '\u{301}'
    );
    for (name, content) in [("a.pubtator", pubtator), ("a.jsonl", jsonl), ("a.xml", xml), ("a.json", json)] {
        let corpus = corpus(name, &content);
        assert_eq!(corpus.documents[0].text, format!("{TITLE}\n{BODY}"), "{name}");
        assert_eq!(mentions(&corpus.documents[0]), expected(), "{name}");
        assert!(corpus.mismatches.is_empty(), "{name}: {:?}", corpus.mismatches);
    }
    let (folder, text) = file("7.txt", &format!("{TITLE}\n{BODY}"));
    fs::write(
        text.with_extension("ann"),
        "T1\tCytokine 0 5\tTNF-α\nT2\tCell 11 22\tcafe\u{301} cells\nT3\tCytokine 23 28\tIFN-γ\n",
    )
    .unwrap();
    let corpus = load(folder.path(), Side::Gold).unwrap();
    assert_eq!(mentions(&corpus.documents[0]), expected());
}

#[test]
fn line_ends_of_windows_change_no_offset() {
    let pubtator = corpus("a.txt", "7|t|IL-2\r\n7|a|A βγ.\r\n7\t7\t9\tβγ\tGene\t1\r\n");
    assert_eq!(mentions(&pubtator.documents[0]), [("Gene".into(), "βγ".into())]);
    assert_eq!(pubtator.documents[0].mentions[0].concepts, [["1"]]);
    let conll = corpus("a.conll", "IL-2\tB-Gene\r\nrose\tO\r\n\r\nIL-6\tB-Gene\r\n");
    assert_eq!(conll.documents.len(), 2);
    assert_eq!(conll.documents[0].text, "\nIL-2 rose");
    // The offsets of standoff count every character of the text, the carriage return, too.
    let (_folder, text) = file("7.txt", "IL-2\r\nA βγ.\r\n");
    fs::write(text.with_extension("ann"), "T1\tGene 8 10\tβγ\r\n").unwrap();
    assert_eq!(mentions(&load(&text, Side::Gold).unwrap().documents[0]), [("Gene".into(), "βγ".into())]);
}

#[test]
fn a_mention_with_another_text_is_reported_and_stays() {
    let (_folder, path) =
        file("a.txt", "7|t|IL-2 rose\n7|a|\n7\t1\t5\tIL-2\tGene\t1\n7\t0\t4\tIL-2\tGene\t1\n");
    let corpus = load(&path, Side::Gold).unwrap();
    let [mismatch] = corpus.mismatches.as_slice() else { panic!("{:?}", corpus.mismatches) };
    assert_eq!((mismatch.line, mismatch.document.as_str()), (3, "7"));
    assert_eq!((mismatch.expected.as_str(), mismatch.found.as_str()), ("IL-2", "L-2 "));
    assert_eq!(corpus.documents[0].mentions[1].spans[0].range(), 1..5);
    let path = path.to_str().unwrap();
    let (_, _, said) = run(&["evaluate", "--gold", path, "--predictions", path]);
    assert!(said.contains("line 3, document 7: the text at the offsets is \"L-2 \", not \"IL-2\""), "{said}");
    assert!(said.contains("1 mentions have another text"), "{said}");
}

#[test]
fn malformed_files_name_the_line() {
    for (name, content, message) in [
        ("a.txt", "7|t|IL-2\n8\t0\t4\tIL-2\tGene\n", "line 2: an annotation of \"8\" outside its document"),
        ("a.txt", "7|t|IL-2\n7\t0\t9\tIL-2\tGene\n", "line 2: document 7: offsets 0..9 are not inside"),
        ("a.txt", "7|t|IL-2\n7\tGene\n", "line 2: neither a mention"),
        ("a.txt", "7|t|A\n\n7|t|B\n7|a|C\n", "line 3: document 7 came before"),
        ("a.conll", "IL-2 B-Gene\nrose\n", "of no known format"),
        ("a.xml", "<collection><document>\n<id>7</id>", "line 2: the XML ends inside a document"),
        ("a.xml", "<collection><document>\n</passage>", "line 2: not well-formed XML"),
        ("a.json", "{\"documents\":[\n{\"id\":\"7\",\"passages\":[{}]}]}", "line 2: not BioC JSON"),
        ("a.jsonl", "{\"id\":\"7\"}\n{\"id\":\n", "line 2: not a document in JSON"),
        ("a.txt", "just a text\n", "of no known format"),
        ("a.txt", " \n", "the file is empty"),
    ] {
        let said = refusal(name, content);
        assert!(said.contains(message) && said.contains(name), "{name}: {said}");
    }
}

#[test]
fn a_gold_document_that_comes_again_counts_once() {
    let block = "7|t|IL-2\n7|a|\n7\t0\t4\tIL-2\tGene\t1\n\n";
    let (_folder, path) = file("a.txt", &block.repeat(2));
    let gold = load(&path, Side::Gold).unwrap();
    assert_eq!(gold.documents.len(), 1);
    assert!(gold.notes[0].contains("line 5: document 7 came before"), "{:?}", gold.notes);
    let said = load(&path, Side::Predictions).unwrap_err().to_string();
    assert!(said.contains("a.txt, line 5: document 7 came before"), "{said}");
}

#[test]
fn a_tag_that_is_none_names_its_line() {
    let long = format!("{}rose\n", "IL-2 B-Gene\n\n".repeat(60));
    let said = refusal("a.conll", &long);
    assert!(said.contains("line 121: neither a token with its tag"), "{said}");
}

#[test]
fn unknown_labels_name_the_line() {
    let gold = "7|t|IL-2 rose\n7|a|\n7\t0\t4\tIL-2\tGene\t1\n";
    let (folder, gold) = file("gold.txt", gold);
    let predicted = folder.path().join("predicted.txt");
    fs::write(&predicted, "7|t|IL-2 rose\n7|a|\n7\t0\t4\tIL-2\tGeene\t1\n").unwrap();
    let (gold, predicted) = (gold.to_str().unwrap(), predicted.to_str().unwrap());
    for (arguments, message) in [
        (&["--predictions", predicted][..], "predicted.txt, line 3: unknown label \"Geene\""),
        (
            &["--predictions", predicted, "--map", "nlm-gene"],
            "predicted.txt, line 3: \"Geene\" is not in [types]",
        ),
        (&["--engine", "rules"], "gold.txt, line 3: unknown label \"Gene\": no type of the schema"),
        (&["--map", "bc5cdr"], "gold.txt, line 3: \"Gene\" is not in [types]"),
        (&["--map", "nothing"], "no such file, and no map of the program's"),
    ] {
        let (code, _, said) = run(&[&["evaluate", "--gold", gold], arguments].concat());
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(message), "{said}");
    }
    // A slip of the pen in our own schema is no foreign schema.
    let (_folder, ours) = file(
        "ours.jsonl",
        "{\"id\":\"7\",\"title\":\"IL-2\",\"abstract\":\"\",\"mentions\":[{\"id\":\"a\",\"start\":0,\"end\":4,\"type\":\"cytokine\"}]}\n\
         {\"id\":\"8\",\"title\":\"IL-2\",\"abstract\":\"\",\"mentions\":[{\"id\":\"a\",\"start\":0,\"end\":4,\"type\":\"cytokin\"}]}\n",
    );
    let (code, _, said) = run(&["evaluate", "--gold", ours.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(said.contains("ours.jsonl, line 2: unknown label \"cytokin\""), "{said}");
}

#[test]
fn standoff_keeps_pieces_and_flattens_events() {
    let text = "IL-2 and IL-15 signals\nTNF induced IL-6 expression in T cells; binding of A to B.\n";
    let (folder, path) = file("x.1.txt", text);
    let a1 = "T1\tGene 0 4;15 22\tIL-2 signals\nT2\tGene 23 26\tTNF\nT3\tGene 35 39\tIL-6\nT4\tCell 54 61\tT cells\n\
              T5\tGene 74 75\tA\nT6\tGene 79 80\tB\nN1\tReference T2 NCBIGene:7124\tTNF\n";
    let a2 = "E2\tPositive_regulation:T7 Cause:T2 Theme:E1\nT7\tPositive_regulation 27 34\tinduced\n\
              T8\tGene_expression 40 50\texpression\nE1\tGene_expression:T8 Theme:T3 AtLoc:T4\n\
              T9\tBinding 63 70\tbinding\nE3\tBinding:T9 Theme:T5 Theme2:T6\nM1\tNegation E3\nM2\tSpeculation E2\n\
              *\tEquiv T5 T6\n#1\tAnnotatorNotes T1\tno\n";
    fs::write(path.with_extension("a1"), a1).unwrap();
    fs::write(path.with_extension("a2"), a2).unwrap();
    let corpus = load(folder.path(), Side::Gold).unwrap();
    let document = &corpus.documents[0];
    assert_eq!(document.id, "x.1");
    assert_eq!(mentions(document)[0], ("Gene".into(), "IL-2 … signals".into()));
    assert_eq!(mentions(document).len(), 9);
    assert_eq!(document.mentions[1].concepts, [["NCBIGene:7124"]]);
    let mut found = relations(document);
    found.sort();
    let triple = |s: &str, p: &str, o: &str| (s.to_owned(), p.to_owned(), o.to_owned());
    assert_eq!(
        found,
        [
            triple("A", "Binding", "B"),
            triple("IL-6", "Gene_expression:AtLoc", "T cells"),
            triple("TNF", "Positive_regulation", "IL-6"),
            triple("expression", "Gene_expression", "IL-6"),
        ]
    );
    let flags: Vec<(bool, bool)> = document.relations.iter().map(|r| (r.negated, r.hedged)).collect();
    assert_eq!(flags.iter().filter(|f| f.0).count(), 1);
    assert_eq!(flags.iter().filter(|f| f.1).count(), 1);
    assert!(corpus.mismatches.is_empty(), "{:?}", corpus.mismatches);
}

#[test]
fn drugprot_tables_belong_together() {
    let (folder, texts) = file("dp_abstracts.tsv", "1\tGefitinib\tIt inhibits EGFR.\n");
    fs::write(
        folder.path().join("dp_entities.tsv"),
        "1\tT1\tCHEMICAL\t0\t9\tGefitinib\n1\tT2\tGENE-Y\t22\t26\tEGFR\n2\tT1\tCHEMICAL\t0\t1\tA\n",
    )
    .unwrap();
    fs::write(folder.path().join("dp_relations.tsv"), "1\tINHIBITOR\tArg1:T1\tArg2:T2\n").unwrap();
    let corpus = load(&texts, Side::Gold).unwrap();
    assert_eq!(relations(&corpus.documents[0]), [("Gefitinib".into(), "INHIBITOR".into(), "EGFR".into())]);
    assert!(corpus.notes[0].contains("1 entities and 0 relations of 1 documents"), "{:?}", corpus.notes);
}

#[test]
fn relations_of_bioc_name_annotations_or_concepts() {
    let annotation = |id: &str, offset: usize| {
        format!(
            "<annotation id=\"{id}\"><infon key=\"type\">Gene</infon><infon key=\"identifier\">{id}</infon>\
             <location offset=\"{offset}\" length=\"1\"/><text>{id}</text></annotation>"
        )
    };
    let xml = format!(
        "<collection><document><id>7</id><passage><offset>0</offset><text>A &amp; B</text>{}{}</passage>\
         <relation id=\"R1\"><infon key=\"type\">Bind</infon><node refid=\"B\" role=\"object\"/><node refid=\"A\" role=\"subject\"/></relation>\
         <relation id=\"R2\"><infon key=\"entity1\">A</infon><infon key=\"entity2\">B</infon><infon key=\"type\">Association</infon></relation>\
         </document></collection>",
        annotation("A", 0),
        annotation("B", 4)
    );
    let corpus = corpus("a.xml", &xml);
    assert_eq!(relations(&corpus.documents[0]), [("A".into(), "Bind".into(), "B".into())]);
    let [relation] = corpus.documents[0].concept_relations.as_slice() else { panic!("one relation") };
    assert_eq!(
        (&relation.subject[0], &relation.object[0], &relation.labels[0]),
        (&"A".into(), &"B".into(), &"Association".into())
    );
}

/// The predictions hold sequences that are malformed: an entity that opens with `I-`, a change of type inside.
#[test]
fn figures_on_conll_equal_those_of_seqeval() {
    let theirs: Value = serde_json::from_slice(&fs::read(fixture("seqeval.json")).unwrap()).unwrap();
    let predicted = fixture("predicted.conll");
    let ours = results(&fixture("gold.conll"), &[predicted.to_str().unwrap()], &[]);
    let mentions = &ours["systems"][0]["mentions"];
    let mut rows = vec![("micro avg".to_owned(), &mentions["strict"])];
    for row in mentions["by_type"].as_array().unwrap() {
        rows.push((row["label"].as_str().unwrap().to_owned(), &row["strict"]));
    }
    assert_eq!(rows.len(), 3);
    for (name, row) in rows {
        for (their_key, our_key) in
            [("precision", "p"), ("recall", "r"), ("f1-score", "f1"), ("support", "gold")]
        {
            assert_eq!(row[our_key].as_f64(), theirs[&name][their_key].as_f64(), "{name} {our_key}");
        }
    }
}

#[test]
fn iob_and_iobes_mark_the_same_entities() {
    let iob2 = corpus("a.conll", "a B-X\nb I-X\nc B-X\nd O\ne B-Y\n");
    for content in [
        "a I-X\nb I-X\nc B-X\nd O\ne I-Y\n",
        "a B-X\nb E-X\nc S-X\nd O\ne S-Y\n",
        "a B-X\nb L-X\nc U-X\nd O\ne U-Y\n",
    ] {
        assert_eq!(
            mentions(&corpus("a.conll", content).documents[0]),
            mentions(&iob2.documents[0]),
            "{content}"
        );
    }
    assert_eq!(mentions(&iob2.documents[0])[0], ("X".into(), "a b".into()));
}

const CDR: &str = "1|t|Lithium and pain\n1|a|Lithium caused tremor.\n1\t0\t7\tLithium\tChemical\tD008094\n\
                   1\t12\t16\tpain\tDisease\tD010146\n1\t32\t38\ttremor\tDisease\tD014202\n";

/// Gold: (1, D008094, D014202) and (1, D008094, D010146) and (2, D1, D2). Predicted: the first, one pair that is not
/// in gold, and the third with its ends exchanged: one of three right, as sets of (document, chemical, disease) say.
#[test]
fn relations_between_concepts_are_sets_of_a_document() {
    let second = "\n2|t|A b\n2|a|\n2\t0\t1\tA\tChemical\tD1\n2\t2\t3\tb\tDisease\tD2\n";
    let gold = format!("{CDR}1\tCID\tD008094\tD014202\n1\tCID\tD008094\tD010146\n{second}2\tCID\tD1\tD2\n");
    let predicted =
        format!("{CDR}1\tCID\tD008094\tD014202\n1\tCID\tD014202\tD010146\n{second}2\tCID\tD2\tD1\n");
    let (folder, gold) = file("gold.txt", &gold);
    let path = folder.path().join("predicted.txt");
    fs::write(&path, predicted).unwrap();
    let found = results(&gold, &[path.to_str().unwrap()], &["--map", "cdr"]);
    let relations = &found["systems"][0]["document_relations"];
    assert_eq!((relations["full"]["gold"].as_u64(), relations["full"]["pred"].as_u64()), (Some(3), Some(3)));
    assert_eq!(relations["full"]["f1"].as_f64(), Some(0.3333));
    assert_eq!(relations["pair"]["f1"].as_f64(), Some(0.6667));
    let concepts = &found["systems"][0]["concepts"];
    assert_eq!(concepts["by_document"]["f1"].as_f64(), Some(1.0));
    assert_eq!(concepts["by_document"]["gold"].as_u64(), Some(5));
}

#[test]
fn systems_stand_side_by_side_and_are_tested() {
    let (gold, first, second) = (fixture("gold.jsonl"), fixture("gold.jsonl"), fixture("predicted.jsonl"));
    let (first, second) = (format!("all={}", first.display()), format!("some={}", second.display()));
    let found = results(&gold, &[&first, &second], &["--engine", "rules"]);
    let names: Vec<&str> =
        found["systems"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["rules", "all", "some"]);
    assert_eq!(found["systems"][1]["relations"]["full"]["f1"].as_f64(), Some(1.0));
    let interval = &found["systems"][2]["mentions"]["strict"]["f1_ci"];
    let (low, high) = (interval["low"].as_f64().unwrap(), interval["high"].as_f64().unwrap());
    let f1 = found["systems"][2]["mentions"]["strict"]["f1"].as_f64().unwrap();
    assert!(low <= f1 && f1 <= high && low < high, "{interval}");
    let tests = found["tests"].as_array().unwrap();
    let pairs: Vec<_> =
        tests.iter().map(|t| (t["first"].as_str().unwrap(), t["second"].as_str().unwrap())).collect();
    assert!(pairs.contains(&("all", "some")), "{pairs:?}");
    assert!(tests.iter().all(|t| t["p_value"].as_f64().is_some_and(|p| p > 0.0 && p <= 1.0)));
    // Three documents are no evidence of anything.
    assert!(tests.iter().all(|t| t["p_value"].as_f64().unwrap() > 0.05), "{tests:?}");
    assert!(!found["systems"][2]["errors"]["items"].as_array().unwrap().is_empty());
    assert!(!found["systems"][0]["losses"].as_array().unwrap().is_empty());
}

#[test]
fn the_same_seed_gives_the_same_results() {
    let (gold, predicted) = (fixture("gold.jsonl"), fixture("predicted.jsonl"));
    let run = |seed: &str| {
        let mut found = results(&gold, &[predicted.to_str().unwrap()], &["--seed", seed]);
        found["run"]["date"] = Value::Null;
        found
    };
    assert_eq!(run("5"), run("5"));
    assert_ne!(run("5")["systems"], run("6")["systems"]);
}

#[test]
fn engines_are_timed_in_processes_of_their_own() {
    let gold = fixture("gold.jsonl");
    let found = results(&gold, &[], &["--engine", "rules", "--passes", "2", "--threads", "1"]);
    let cost = &found["systems"][0]["cost"];
    assert_eq!(
        (cost["passes"].as_u64(), cost["threads"].as_u64(), cost["documents"].as_u64()),
        (Some(2), Some(1), Some(3))
    );
    assert!(
        cost["documents_per_second"].as_f64().unwrap() > 0.0
            && cost["tokens_per_second"].as_f64().unwrap() > 0.0
    );
    assert!(cost["start_up_seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn parts_of_a_corpus_are_disjoint_and_whole() {
    let gold = fixture("gold.jsonl");
    let count = |fold: &str| {
        let found = results(&gold, &[gold.to_str().unwrap()], &["--fold", fold]);
        found["run"]["size"]["documents"].as_u64().unwrap()
    };
    assert_eq!((count("1/2"), count("2/2")), (2, 1));
}
