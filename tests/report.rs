//! The report of an evaluation: three files, and a page that a headless browser opens and uses.
//!
//! The results are invented, with texts that would break a page that does not escape them.
#![cfg(feature = "report")]

use std::path::{Path, PathBuf};
use std::process::Command;

use cytosift::evaluate::report::write;
use cytosift::evaluate::results::*;
use cytosift::evaluate::{Results, Tally};

const TYPES: [&str; 4] = ["cytokine", "cancer", "cell", "gene & \"protein\""];
const PREDICATES: [&str; 4] = ["treats", "promotes", "inhibits", "none"];
const AWKWARD: &str =
    "</script><script>window.hacked = 1</script> & <img src=x onerror=\"window.hacked = 1\">";

fn score(true_positives: u64, predicted: u64, gold: u64) -> Score {
    let tally = Tally { true_positives, predicted, gold };
    let around = |v: f64| Some(Interval { low: (v - 0.03).max(0.0), high: (v + 0.025).min(1.0) });
    Score {
        tally,
        precision_interval: around(tally.precision()),
        recall_interval: around(tally.recall()),
        f1_interval: around(tally.f1()),
    }
}

fn labelled(labels: &[&str], found: u64) -> Vec<Labelled> {
    let item = |(i, label): (usize, &&str)| {
        let gold = 400 / (i as u64 + 1);
        Labelled { label: (*label).to_owned(), score: score(gold * found / 100, gold * 9 / 10, gold) }
    };
    labels.iter().enumerate().map(item).collect()
}

fn mention(start: u32, end: u32, label: &str, at_fault: bool) -> ShownMention {
    ShownMention { start, end, label: label.into(), concepts: vec!["HGNC:6001".into()], at_fault }
}

/// Errors of each kind; the sentence holds an emoji, a combining mark, nested mentions and markup.
fn errors(of_each: usize, awkward: &str) -> Errors {
    let mut errors = Errors::default();
    for i in 0..of_each {
        for kind in ErrorKind::ALL {
            errors.push(kind, || error(kind, i, awkward));
        }
    }
    errors
}

fn error(kind: ErrorKind, i: usize, awkward: &str) -> ErrorItem {
    use ErrorKind::*;
    let about_relation = kind >= MissedRelation;
    let relation = |predicate: &str, (subject, object), negated| ShownRelation {
        subject,
        predicate: predicate.into(),
        object,
        negated,
        hedged: false,
        at_fault: about_relation,
    };
    let cancer = |start, label| mention(start, 33, label, !about_relation);
    let inner = mention(15, 25, TYPES[2 + i % 2], false);
    let mut gold = vec![mention(2, 6, "cytokine", false), cancer(15, "cancer"), inner];
    let mut predicted = vec![mention(2, 6, "cytokine", false), cancer(15, "cancer")];
    let (right, wrong) = (PREDICATES[i % 3], PREDICATES[(i + 1) % 3]);
    let mut gold_relations = vec![relation(right, (0, 1), false)];
    let mut predicted_relations = gold_relations.clone();
    match kind {
        MissedMention => predicted.truncate(1),
        SpuriousMention => gold.truncate(1),
        WrongSpan => predicted[1].start = 21,
        WrongType => predicted[1].label = TYPES[3].into(),
        WrongConcept => predicted[1].concepts = vec!["HGNC:1".into()],
        MissedRelation => predicted_relations.clear(),
        SpuriousRelation => gold_relations.clear(),
        WrongPredicate => predicted_relations = vec![relation(wrong, (0, 1), false)],
        WrongDirection => predicted_relations = vec![relation(right, (1, 0), false)],
        WrongFlag => predicted_relations = vec![relation(right, (0, 1), true)],
    }
    if matches!(kind, MissedMention | SpuriousMention) {
        gold_relations.clear();
        predicted_relations.clear();
    }
    let sentence =
        format!("😀 IL-2 shrinks renal cell cance\u{301}r in some patients. {awkward}").trim().to_owned();
    ErrorItem {
        kind,
        document: format!("d<{i}>"),
        offset: 17,
        sentence,
        gold,
        predicted,
        gold_relations,
        predicted_relations,
    }
}

fn system(name: &str, found: u64, awkward: &str) -> SystemResults {
    let curve = |layer, top: f64| Curve {
        layer,
        average_precision: 0.9 * top,
        points: (1..=60)
            .map(|i| f64::from(i) / 60.0)
            .map(|x| CurvePoint {
                confidence: 1.0 - x,
                precision: top - 0.3 * x * x,
                recall: x * found as f64 / 100.0,
            })
            .collect(),
    };
    let bin = |i: u32| {
        let low = f64::from(i) / 10.0;
        let right = (low + 0.05).powf(1.0 + found as f64 / 200.0);
        Bin { low, high: low + 0.1, predictions: 20 + 30 * u64::from(i), confidence: low + 0.05, right }
    };
    let calibration = |layer| Calibration {
        layer,
        predictions: 1000,
        expected_error: 0.08,
        brier: 0.12,
        bins: (2..10).map(bin).collect(),
    };
    let types = labelled(&TYPES, found).into_iter();
    let by_type = types
        .map(|t| TypeScore { label: t.label, strict: score(found, 190, 200), overlap: t.score })
        .collect();
    let loss = |stage: &str, lost, left| StageLoss {
        layer: Layer::Mentions,
        stage: stage.into(),
        meaning: format!("The name is gone after {stage}."),
        lost,
        left,
    };
    let mean = Macro { precision: 0.71, recall: 0.68, f1: 0.69 };
    SystemResults {
        name: name.into(),
        source: "engine".into(),
        version: "0.1.0".into(),
        missing_documents: 0,
        mentions: Some(MentionResults {
            strict: score(8 * found, 950, 1000),
            overlap: score(9 * found, 950, 1000),
            strict_macro: mean,
            overlap_macro: mean,
            by_type,
        }),
        concepts: Some(ConceptResults {
            vocabularies: vec!["MeSH".into()],
            by_document: score(7 * found, 900, 950),
            by_mention: score(6 * found, 900, 950),
            by_type: labelled(&TYPES[..2], found),
        }),
        relations: Some(RelationResults {
            full: score(3 * found, 500, 600),
            undirected: score(3 * found + 5, 500, 600),
            pair: score(4 * found, 500, 600),
            full_macro: mean,
            by_predicate: labelled(&PREDICATES[..3], found),
            negated: score(20, 30, 40),
            hedged: score(10, 30, 40),
            flags_right: 0.93,
        }),
        document_relations: Some(DocumentRelationResults {
            full: score(2 * found, 400, 500),
            pair: score(3 * found, 400, 500),
            by_predicate: labelled(&PREDICATES[..1], found),
        }),
        curves: vec![curve(Layer::Mentions, 0.97), curve(Layer::Relations, 0.8)],
        calibration: vec![calibration(Layer::Mentions), calibration(Layer::Relations)],
        confusion: Some(Confusion {
            labels: PREDICATES.map(str::to_owned).to_vec(),
            counts: vec![
                vec![210, 14, 3, 120],
                vec![6, 340, 22, 190],
                vec![0, 31, 155, 98],
                vec![88, 140, 60, 0],
            ],
        }),
        losses: vec![
            loss("lexicon", 120, 880),
            loss("overlap", 30, 850),
            loss(if awkward.is_empty() { "context" } else { "<b>context</b>" }, 15, 835),
        ],
        cost: Some(Cost {
            threads: 2,
            passes: 5,
            documents: 500,
            documents_per_second: 8123.4,
            tokens_per_second: 1_912_000.0,
            documents_per_second_range: Interval { low: 7900.2, high: 8240.9 },
            peak_memory_bytes: Some(93_000_000),
            start_up_seconds: 0.21,
        }),
        errors: errors(70, awkward),
    }
}

fn results(awkward: &str) -> Results {
    Results {
        run: Run {
            corpus: format!("An invented corpus {awkward}").trim().to_owned(),
            split: "devel".into(),
            map: "invented.toml".into(),
            gold: vec![InputFile { path: "invented/devel.PubTator.gz".into(), sha256: "ab12".repeat(16) }],
            size: Size { documents: 500, tokens: 117_000, mentions: 1000, relations: 600 },
            left_out: vec![LeftOut {
                side: "gold".into(),
                layer: Layer::Mentions,
                label: "CellLine".into(),
                count: 1234,
            }],
            version: "0.1.0".into(),
            commit: "0123abc".into(),
            date: "2026-11-22T03:00:00Z".into(),
            machine: Machine {
                system: "linux x86_64".into(),
                processor: "An invented processor".into(),
                cores: 2,
                memory_bytes: 24 << 30,
            },
            resampling: Resampling { bootstrap_samples: 1000, randomisation_rounds: 10_000, seed: 7 },
        },
        systems: vec![system("rules", 82, awkward), system("another system", 74, awkward)],
        tests: vec![PairedTest {
            measure: "mentions, overlap F1".into(),
            first: "rules".into(),
            second: "another system".into(),
            difference: 0.0721,
            p_value: 0.0004,
        }],
        notes: vec![format!(
            "devel.PubTator.gz, line 12: the text at the offsets is \"IL-2\", not \"IL-12\" {awkward}"
        )],
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn three_files_are_written_and_the_same_results_give_the_same_bytes() {
    let (one, two) = (folder("report-one"), folder("report-two"));
    write(&results(AWKWARD), &one).unwrap();
    write(&results(AWKWARD), &two).unwrap();
    for file in ["results.json", "results.md", "index.html"] {
        let bytes = std::fs::read(one.join(file)).unwrap();
        assert!(bytes == std::fs::read(two.join(file)).unwrap(), "{file} differs");
    }
    assert_eq!(std::fs::read_dir(&one).unwrap().count(), 3, "something else was left there");
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(one.join("results.json")).unwrap()).unwrap();
    assert_eq!(json["systems"][0]["mentions"]["strict"]["gold"], 1000);
    assert_eq!(json["systems"][1]["errors"]["counts"]["wrong span"], 70);
}

#[test]
fn markdown_holds_every_table_and_no_markup_of_the_input() {
    let folder = folder("report-markdown");
    write(&results(AWKWARD), &folder).unwrap();
    let text = std::fs::read_to_string(folder.join("results.md")).unwrap();
    for heading in
        ["Overview", "Mentions", "Relations", "Confusion of predicates", "Speed and memory", "Errors"]
    {
        assert!(text.contains(&format!("\n## {heading}\n")), "{heading}");
    }
    assert!(!text.contains("<script>") && !text.contains("<b>"), "unescaped markup");
    assert!(text.contains("| rules | 0.6728 (0.643–0.698) |"), "{text}");
}

#[test]
fn the_page_names_no_host_and_bounds_its_errors() {
    let folder = folder("report-bounds");
    let mut results = results(AWKWARD);
    results.systems.truncate(1);
    results.systems[0].errors = errors(ERRORS_PER_KIND as usize + 9, AWKWARD);
    write(&results, &folder).unwrap();
    let page = std::fs::read_to_string(folder.join("index.html")).unwrap();
    assert!(page.len() < 12_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("\"kind\":\"wrong span\"").count() as u64, ERRORS_PER_KIND);
    assert!(page.contains("rules, wrong span: 9 of 509 are not shown here."));
    let hosts =
        page.match_indices("http").filter(|(at, _)| page[*at..].starts_with("http://www.w3.org/2000/svg"));
    assert_eq!(page.matches("://").count(), hosts.count(), "only the name of SVG may look like an address");
}

#[test]
fn results_without_systems_still_make_a_page() {
    let folder = folder("report-empty");
    write(&Results::default(), &folder).unwrap();
    assert!(std::fs::read_to_string(folder.join("index.html")).unwrap().contains("There are none."));
}

/// Writes the page whose pictures stand in docs/ (`tests/browser/check.py target/tmp/report-picture FOLDER` takes them).
#[test]
fn the_page_of_the_picture_is_written() {
    let folder = folder("report-picture");
    write(&results(""), &folder).unwrap();
    let page = std::fs::read_to_string(folder.join("index.html")).unwrap();
    assert!(page.contains("<h1>An invented corpus devel</h1>"));
}

/// Opens the page in headless Chromium; `tests/browser/check.py` says what it asserts.
#[test]
fn the_page_works_in_a_browser() {
    let folder = folder("report-browser");
    write(&results(AWKWARD), &folder).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/check.py");
    let Ok(output) = Command::new("python3").arg(script).arg(&folder).output() else {
        println!("skipped: python3 is not installed");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        // The script's own code for a missing browser.
        Some(77) => println!("skipped: {said}"),
        Some(0) => println!("{said}"),
        _ => panic!("{said}{complaint}"),
    }
}
