//! Collating: which statements of a document hold, and what the triples say together.

#[cfg(feature = "collate")]
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
#[cfg(feature = "collate")]
use std::path::Path;

use tempfile::TempDir;

#[cfg(feature = "collate")]
use crate::names;
use crate::run;

#[cfg(not(feature = "collate"))]
#[test]
fn a_program_built_without_collate_says_how_to_get_it() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("run")).unwrap();
    let ran = run(folder.path(), &["collate", "run"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("--features collate"), "{}", ran.stderr);
}

#[cfg(feature = "collate")]
const APPROVED: &str = "IL-2 is approved for melanoma.";

/// A PubMed file of citations (PMID, version, year, text) and withdrawals (PMID, version, 0, "").
#[cfg(feature = "collate")]
fn pubmed(citations: &[(u32, u32, u16, &str)]) -> String {
    let record = |(pmid, version, year, text): &(u32, u32, u16, &str)| {
        let id = format!("<PMID Version=\"{version}\">{pmid}</PMID>");
        match text.is_empty() {
            true => format!("<DeleteCitation>{id}</DeleteCitation>\n"),
            false => format!(
                "<PubmedArticle><MedlineCitation>{id}<Article><Journal><JournalIssue><PubDate><Year>{year}</Year>\
                 </PubDate></JournalIssue></Journal><ArticleTitle>A study</ArticleTitle><Abstract><AbstractText>{text}\
                 </AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>\n"
            ),
        }
    };
    format!(
        "<?xml version=\"1.0\"?>\n<PubmedArticleSet>\n{}</PubmedArticleSet>\n",
        citations.iter().map(record).collect::<String>()
    )
}

#[cfg(feature = "collate")]
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

#[cfg(feature = "collate")]
#[test]
fn the_newest_version_wins_and_withdrawals_remove() {
    let folder = TempDir::new().unwrap();
    let none = "Nothing was seen.";
    let files = [
        pubmed(&[
            (1, 1, 2000, APPROVED),
            (2, 1, 2000, APPROVED),
            (3, 1, 2000, APPROVED),
            (4, 2, 2000, APPROVED),
            (5, 1, 2000, APPROVED),
            (6, 1, 2000, none),
            (7, 2, 2000, APPROVED),
        ]),
        // 1 loses its triple, 2 gets a new year, 3 goes, an older version of 4 comes late, 5 goes and 6 gets a triple.
        pubmed(&[
            (1, 1, 2001, none),
            (2, 1, 2001, APPROVED),
            (3, 1, 0, ""),
            (4, 1, 2001, APPROVED),
            (5, 1, 0, ""),
            (6, 1, 2001, APPROVED),
            (7, 1, 0, ""),
        ]),
        // 5 is back, in the file twice.
        pubmed(&[(5, 1, 2002, APPROVED), (5, 1, 2003, APPROVED)]),
    ];
    for (n, text) in files.iter().enumerate() {
        fs::write(folder.path().join(format!("{n}.xml")), text).unwrap();
    }
    let ran = run(folder.path(), &["extract", "0.xml", "1.xml", "2.xml", "--out-dir", "run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = run(folder.path(), &["collate", "run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("5 of 11 triples of 16 citations are current; 1 facts; "), "{}", ran.stderr);
    let collated = folder.path().join("run/collated");
    assert_eq!(names(&collated), ["facts.csv", "run.lock", "triples.csv"]);
    let current: Vec<(String, String)> = rows(&collated.join("triples.csv"))
        .into_iter()
        .map(|row| (row["document"].clone(), row["year"].clone()))
        .collect();
    let expected = [("4", "2000"), ("7", "2000"), ("2", "2001"), ("6", "2001"), ("5", "2003")];
    assert_eq!(current, expected.map(|(id, year)| (id.to_owned(), year.to_owned())));
    let facts = fs::read_to_string(collated.join("facts.csv")).unwrap();
    let expected = "HGNC:6001,IL-2,approved for,DOID:1909,melanoma,5,5,5,2000,2003,";
    assert!(facts.lines().nth(1).unwrap().starts_with(expected), "{facts}");
    assert!(facts.ends_with(",0.000,2|4|5|6|7\r\n"), "{facts}");
}

/// What a fact says, reckoned by other means.
#[cfg(feature = "collate")]
#[derive(Default)]
struct Reckoned {
    triples: u64,
    sentences: BTreeMap<(String, String), bool>,
    documents: BTreeSet<String>,
    years: BTreeSet<u16>,
    confidence: f64,
}

#[cfg(feature = "collate")]
#[test]
fn facts_are_what_the_triples_say_together() {
    let folder = TempDir::new().unwrap();
    let texts = [
        "IL-2 is approved for melanoma. IL-2 is approved for metastatic melanoma.",
        "IL-6 did not promote apoptosis of tumor cells.",
        "IL-6 promotes apoptosis of tumor cells. IL-6 promotes apoptosis of tumor cells.",
        "Interleukin-10 inhibits the growth of melanoma; IL-10 inhibits melanoma.",
        "Nothing was seen.",
    ];
    for file in 0..3 {
        let citation = |n: u32| (file * 1000 + n % 700, 1, 1990 + (n % 31) as u16, texts[n as usize % 5]);
        let citations: Vec<_> = (1..900).map(citation).collect();
        fs::write(folder.path().join(format!("{file}.xml")), pubmed(&citations)).unwrap();
    }
    let ran =
        run(folder.path(), &["extract", "0.xml", "1.xml", "2.xml", "--out-dir", "run", "--focus", "all"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = run(folder.path(), &["collate", "run", "--memory", "64", "-o", "tables"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let mut reckoned: BTreeMap<[String; 5], Reckoned> = BTreeMap::new();
    for row in rows(&folder.path().join("tables/triples.csv")) {
        let get = |name: &str| row[name].clone();
        let name = |id: &str, name: &str| if row[id].is_empty() { get(name) } else { String::new() };
        let (subject, object) = (name("subject_id", "subject"), name("object_id", "object"));
        let key = [get("subject_id"), subject, get("predicate"), get("object_id"), object];
        let fact = reckoned.entry(key).or_default();
        fact.triples += 1;
        *fact.sentences.entry((get("document"), get("sentence"))).or_default() |= row["negated"] == "true";
        fact.documents.insert(get("document"));
        fact.years.extend(row["year"].parse::<u16>());
        fact.confidence = fact.confidence.max(row["confidence"].parse().unwrap());
    }
    let facts = rows(&folder.path().join("tables/facts.csv"));
    assert!(facts.len() > 3, "{}", facts.len());
    assert_eq!(facts.len(), reckoned.len());
    for (row, (key, fact)) in facts.iter().zip(&reckoned) {
        let ids = [&row["subject_id"], &row["predicate"], &row["object_id"]];
        assert_eq!(ids, [&key[0], &key[2], &key[3]]);
        let denials = fact.sentences.values().filter(|denied| **denied).count() as f64;
        let expected = [
            ("triples", fact.triples.to_string()),
            ("sentences", fact.sentences.len().to_string()),
            ("documents", fact.documents.len().to_string()),
            ("first_year", fact.years.first().unwrap().to_string()),
            ("last_year", fact.years.last().unwrap().to_string()),
            ("confidence", format!("{:.3}", fact.confidence)),
            ("negated", format!("{:.3}", denials / fact.sentences.len() as f64)),
            ("pmids", fact.documents.iter().cloned().collect::<Vec<_>>().join("|")),
        ];
        for (column, value) in expected {
            assert_eq!(row[column], value, "{column} of {key:?}");
        }
    }
}

#[cfg(feature = "collate")]
#[test]
fn what_cannot_be_collated_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("0.xml"), pubmed(&[(1, 1, 2000, APPROVED)])).unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (format, out) in [("jsonl", "documents"), ("csv", "damaged"), ("csv", "unfinished")] {
        let ran = run(folder.path(), &["extract", "0.xml", "--out-dir", out, "--format", format]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let part = folder.path().join("damaged/0.csv");
    let text = fs::read_to_string(&part).unwrap();
    fs::write(&part, text.replacen("\r\n1,", "\r\n2,", 1)).unwrap();
    let manifest = folder.path().join("unfinished/run.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"done\"", "\"pending\"")).unwrap();
    for (run_folder, expected) in [
        ("empty", "no run is there"),
        ("documents", "extract with --format csv"),
        ("damaged", "damaged/0.csv: its triples do not fit its citations at 1"),
        ("unfinished", "the run is not finished, 1 inputs wait; go on with extract --resume"),
    ] {
        let ran = run(folder.path(), &["collate", run_folder, "-o", "tables"]);
        assert_eq!(ran.code, Some(1), "{run_folder}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{run_folder}: {}", ran.stderr);
        let left = folder.path().join("tables");
        assert!(!left.exists() || names(&left) == ["run.lock"], "{:?}", names(&left));
    }
}
