//! Sentences and tokens measured against the gold corpus, when it is there.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};

use cytosift::readers::{Parsed, open};
use cytosift::{Document, Span, Stage, text::Segment};

/// The gold documents of the training parts; none, with a note, where `../shared` is absent.
fn gold() -> Vec<Document> {
    // A worktree lies one folder deeper than the checkout.
    let roots =
        ["..", "../.."].map(|up| Path::new(env!("CARGO_MANIFEST_DIR")).join(up).join("shared/corpus"));
    let Some(root) = roots.into_iter().find(|p: &PathBuf| p.is_dir()) else {
        println!("skipped: ../shared/corpus is not there");
        return Vec::new();
    };
    let records = ["train.jsonl", "train_more.jsonl"].into_iter().flat_map(|f| open(&root.join(f)).unwrap());
    records
        .flat_map(|record| match record.unwrap().parse().unwrap() {
            Parsed::Documents(documents) => documents,
            Parsed::Deleted(_) => Vec::new(),
        })
        .collect()
}

fn segmented(gold: &Document) -> Document {
    let mut document = Document::new(gold.id.clone(), gold.title(), gold.body());
    Segment.apply(std::slice::from_mut(&mut document)).unwrap();
    document
}

/// The gold sentences were cut by machine: they run on before small symbols (`p53 is`, `rIL-4 also`) and after a single
/// capital (`NF-kappa B. The`), and break inside some enumerations. We follow the prose, so the aim is 0.975.
#[test]
fn sentences_agree_with_gold() {
    let (mut found, mut expected, mut right, mut ends) = (0, 0, 0, 0);
    for gold in gold() {
        let ours: Vec<Span> = segmented(&gold).sentences.iter().map(|s| s.span).collect();
        let mut theirs: Vec<Span> = gold.sentences.iter().map(|s| s.span).collect();
        theirs.sort_unstable();
        theirs.dedup();
        found += ours.len();
        expected += theirs.len();
        right += theirs.iter().filter(|s| ours.contains(s)).count();
        ends += theirs.iter().filter(|s| ours.iter().any(|o| o.end == s.end)).count();
    }
    if expected > 0 {
        let (p, r) = (right as f64 / found as f64, right as f64 / expected as f64);
        let f1 = 2.0 * p * r / (p + r);
        let boundaries = ends as f64 / expected as f64;
        println!("sentences: {expected} gold, {found} found, P {p:.4} R {r:.4} F1 {f1:.4}");
        println!("boundaries of gold found: {boundaries:.4}");
        assert!(f1 >= 0.975 && boundaries >= 0.993, "{f1} {boundaries}");
    }
}

#[test]
fn mentions_begin_and_end_at_tokens() {
    let (mut edges, mut on_token) = (0, 0);
    for gold in gold() {
        let document = segmented(&gold);
        let starts: Vec<u32> = document.tokens.iter().map(|t| t.span.start).collect();
        let ends: Vec<u32> = document.tokens.iter().map(|t| t.span.end).collect();
        for mention in &gold.mentions {
            let at = [
                starts.binary_search(&mention.span.start).is_ok(),
                ends.binary_search(&mention.span.end).is_ok(),
            ];
            edges += 2;
            on_token += at.iter().filter(|&&b| b).count();
        }
    }
    if edges > 0 {
        let share = f64::from(on_token as u32) / f64::from(edges as u32);
        println!("mention edges on token edges: {on_token} of {edges}, {share:.4}");
        assert!(share >= 0.995, "{share}");
    }
}
