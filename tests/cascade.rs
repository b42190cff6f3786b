//! The cascade loses nothing: passing over records on their raw bytes and tagging only what the focus needs gives the
//! triples of tagging everything.

// Clippy exempts test functions, not what they call; a skipped check says so.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use cytosift::document::Focus;
use cytosift::inference::Model;
use cytosift::pipeline::{Engine, Layers};
use cytosift::readers::from_reader;
use cytosift::writers::Format;
use cytosift::{Config, Pipeline};

/// Texts read off ../shared in each of its files.
const SHARED_TEXTS: usize = 1500;

/// Titles and abstracts of a JSON Lines file, perhaps compressed.
fn texts(path: &Path, limit: usize) -> Vec<(String, String)> {
    let file = File::open(path).unwrap();
    let plain: Box<dyn Read> = match path.extension() {
        Some(gz) if gz == "gz" => Box::new(flate2::read::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    let field = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = BufReader::new(plain).lines().take(limit);
    rows.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .map(|row: serde_json::Value| (field(&row, "title"), field(&row, "abstract")))
        .collect()
}

/// Writes texts as a PubMed file; every third has markup inside, every fifth a labelled second part.
fn pubmed(texts: &[(String, String)]) -> Vec<u8> {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut out = String::from("<PubmedArticleSet>\n");
    for (n, (title, body)) in texts.iter().enumerate() {
        let (title, mut body) = (escape(title), escape(body));
        if n % 3 == 0 {
            body = body.replacen(" the ", " <i>the</i> ", 1).replacen("-2", "-<sub>2</sub>", 2);
        }
        if n % 5 == 0 {
            body = body.replacen(". ", ".</AbstractText>\n<AbstractText Label=\"IL-6 &amp; MORE\">", 1);
        }
        out.push_str(&format!(
            "<PubmedArticle><MedlineCitation><PMID Version=\"1\">{}</PMID><Article><ArticleTitle>{title}</ArticleTitle>\
             <Abstract><AbstractText>{body}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>\n",
            n + 1
        ));
    }
    out.push_str("</PubmedArticleSet>\n");
    out.into_bytes()
}

/// Runs the cytokine focus over a PubMed file; returns the rows, and documents, triples and rejected records.
fn rows(xml: &[u8], engine: Engine, layers: Layers) -> (Vec<String>, [u64; 3]) {
    let pipeline = Pipeline::new(engine, Focus::Cytokine, layers).unwrap();
    let config = Config::default();
    let (mut bytes, mut counts) = (Vec::new(), [0; 3]);
    let records = from_reader("texts.xml", std::io::Cursor::new(xml.to_vec())).unwrap();
    let render = |document: &_, out: &mut Vec<u8>| Format::Csv.render(document, out);
    let params = (&config.run, &config.memory);
    let done = pipeline.run(records, &render, params, &AtomicBool::new(false), |done| {
        bytes.extend(done.bytes);
        counts[0] += done.counts.documents;
        counts[1] += done.counts.triples;
        counts[2] += done.counts.rejected;
        Ok(())
    });
    done.unwrap();
    (String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect(), counts)
}

fn check(name: &str, engine: Engine, texts: &[(String, String)]) {
    let xml = pubmed(texts);
    let (narrow, all) = (rows(&xml, engine, Layers::Triples), rows(&xml, engine, Layers::All));
    assert!(!narrow.0.is_empty(), "{name} yields triples");
    for (one, other) in narrow.0.iter().zip(&all.0) {
        assert_eq!(one, other, "{name}");
    }
    assert_eq!(narrow.1, all.1, "documents, triples, rejected of {name}");
}

#[test]
fn narrow_tagging_gives_the_triples_of_tagging_everything() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut own = texts(&root.join("data/bench/abstracts.jsonl"), usize::MAX);
    own.extend([
        ("R&D of CXCL12R".to_owned(), "CXCL12R < IL-2R > gp130 in melanoma & lymphoma.".to_owned()),
        (String::new(), "Tumor\u{a0}necrosis factor-\u{3b1} promotes apoptosis of A549 cells.".to_owned()),
        (
            "Type 1 (AT1) receptor antagonists".to_owned(),
            "Certolizumab pegol (CZP) was approved for psoriatic arthritis. CZP improved skin disease."
                .to_owned(),
        ),
        ("Angiotensin II".to_owned(), "Type 1 (AT1) receptors promote apoptosis of alpha chains.".to_owned()),
        ("Outcome of care".to_owned(), "Rank and kit size promoted growth of the tumor.".to_owned()),
        (
            // What TA is said to be where no cytokine is named is not heard where one is.
            "Thoracic aneurysm in old age".to_owned(),
            "Thoracic aneurysm (TA) is a disease of old age. Patients died of TA. TA promoted release of TNF-α."
                .to_owned(),
        ),
    ]);
    check("our texts", Engine::Rules, &own);
    if Model::is_embedded() {
        check("our texts, with the model", Engine::Hybrid, &own[own.len() - 40..]);
    } else {
        println!("skipped: no model is built in");
    }
}

#[test]
fn narrow_tagging_gives_the_triples_of_tagging_everything_on_shared_texts() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    for file in ["corpus/train.jsonl", "corpus/train_more.jsonl", "text/abstracts.jsonl.gz"] {
        let path = shared.join(file);
        if path.exists() {
            check(file, Engine::Rules, &texts(&path, SHARED_TEXTS));
            if Model::is_embedded() {
                check(file, Engine::Hybrid, &texts(&path, SHARED_TEXTS / 50));
            }
        } else {
            println!("skipped: no {}", path.display());
        }
    }
}
