//! Tables: which figures of the results stand in which table, for all of terminal, Markdown and HTML.

use std::path::PathBuf;

use super::table::{Cell, Table, count};
use crate::evaluate::results::{
    Confusion, Cost, Labelled, Layer, Macro, Results, Score, SystemResults, TypeScore,
};

/// A heading of a report and the tables under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Short name, used as anchor in the page: `mentions`.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// The tables; never empty.
    pub tables: Vec<Table>,
}

/// Returns every table that the results can fill, under its heading.
pub fn sections(results: &Results) -> Vec<Section> {
    let one = |table: Option<Table>| table.into_iter().collect::<Vec<_>>();
    let confusions = results.systems.iter().filter_map(confusion).collect();
    let all = [
        ("overview", "Overview", vec![overview(results)]),
        ("mentions", "Mentions", mentions(results)),
        ("concepts", "Concepts", concepts(results)),
        ("relations", "Relations", relations(results)),
        ("document-relations", "Relations of documents", document_relations(results)),
        ("confidence", "Confidence", confidence(results)),
        ("confusion", "Confusion of predicates", confusions),
        ("tests", "Paired tests", one(tests(results))),
        ("losses", "What each stage loses", results.systems.iter().flat_map(losses).collect()),
        ("cost", "Speed and memory", one(cost(results))),
        ("labels", "Labels left out", one(left_out(results))),
    ];
    let section = |(id, title, mut tables): (_, _, Vec<Table>)| {
        if results.systems.len() == 1 {
            // With one system, its name at every row says nothing.
            let other = |table: &Table, i: usize| table.heads == 1 || table.columns[i] != "System";
            tables.iter_mut().for_each(|table| table.keep_columns(other));
        }
        Section { id, title, tables }
    };
    all.into_iter().map(section).filter(|s: &Section| !s.tables.is_empty()).collect()
}

fn overview(results: &Results) -> Table {
    let mut table = Table::new(
        "F1 of each system",
        "With 95 % bootstrap intervals over documents.",
        1,
        &[
            "System",
            "Mentions, strict",
            "Mentions, overlap",
            "Concepts of documents",
            "Relations",
            "Relations of documents",
        ],
    );
    for system in &results.systems {
        table.rows.push(std::iter::once(Cell::from(&system.name)).chain(overview_cells(system)).collect());
    }
    table.drop_empty_columns();
    table
}

fn overview_cells(system: &SystemResults) -> [Cell; 5] {
    [
        Cell::f1(system.mentions.as_ref().map(|m| &m.strict)),
        Cell::f1(system.mentions.as_ref().map(|m| &m.overlap)),
        Cell::f1(system.concepts.as_ref().map(|c| &c.by_document)),
        Cell::f1(system.relations.as_ref().map(|r| &r.full)),
        Cell::f1(system.document_relations.as_ref().map(|r| &r.full)),
    ]
}

const SCORE_COLUMNS: [&str; 7] = ["System", "Measure", "Precision", "Recall", "F1", "Gold", "Predicted"];

fn score_row(system: &str, measure: &str, score: &Score) -> Vec<Cell> {
    let tally = score.tally;
    vec![
        Cell::from(system),
        Cell::from(measure),
        Cell::measure(tally.precision(), score.precision_interval),
        Cell::measure(tally.recall(), score.recall_interval),
        Cell::measure(tally.f1(), score.f1_interval),
        Cell::from(count(tally.gold)),
        Cell::from(count(tally.predicted)),
    ]
}

fn macro_row(system: &str, measure: &str, mean: Macro) -> Vec<Cell> {
    let figure = |value| Cell::measure(value, None);
    vec![
        Cell::from(system),
        Cell::from(measure),
        figure(mean.precision),
        figure(mean.recall),
        figure(mean.f1),
        Cell::default(),
        Cell::default(),
    ]
}

fn mentions(results: &Results) -> Vec<Table> {
    let note =
        "Strict: same span and type. Overlap: same type and a shared character. Macro: mean over types.";
    let mut totals = Table::new("Mentions", note, 2, &SCORE_COLUMNS);
    for system in &results.systems {
        let Some(mentions) = &system.mentions else { continue };
        totals.rows.push(score_row(&system.name, "strict, micro", &mentions.strict));
        totals.rows.push(macro_row(&system.name, "strict, macro", mentions.strict_macro));
        totals.rows.push(score_row(&system.name, "overlap, micro", &mentions.overlap));
        totals.rows.push(macro_row(&system.name, "overlap, macro", mentions.overlap_macro));
    }
    let list = |system: &SystemResults, pick: fn(&TypeScore) -> Score| {
        let by_type = system.mentions.as_ref().map_or(&[][..], |m| &m.by_type);
        by_type.iter().map(|t| Labelled { label: t.label.clone(), score: pick(t) }).collect()
    };
    let overlap = by_label(results, "Mentions by type, overlap", "Type", |s| list(s, |t| t.overlap));
    let strict = by_label(results, "Mentions by type, strict", "Type", |s| list(s, |t| t.strict));
    filled([totals, overlap, strict])
}

fn filled<const N: usize>(tables: [Table; N]) -> Vec<Table> {
    tables.into_iter().filter(|t| !t.rows.is_empty()).collect()
}

/// Makes a table of labels, each with its scores of every system; labels stand in the order first met.
fn by_label(
    results: &Results,
    caption: &str,
    head: &str,
    list: impl Fn(&SystemResults) -> Vec<Labelled>,
) -> Table {
    let mut table =
        Table::new(caption, "", 2, &[head, "System", "Precision", "Recall", "F1", "Gold", "Predicted"]);
    let lists: Vec<Vec<Labelled>> = results.systems.iter().map(list).collect();
    let mut labels: Vec<&str> = Vec::new();
    for item in lists.iter().flatten() {
        if !labels.contains(&item.label.as_str()) {
            labels.push(&item.label);
        }
    }
    for label in labels {
        for (system, list) in results.systems.iter().zip(&lists) {
            if let Some(item) = list.iter().find(|item| item.label == label) {
                table.rows.push(score_row(label, &system.name, &item.score));
            }
        }
    }
    table
}

fn concepts(results: &Results) -> Vec<Table> {
    let note =
        "Documents: distinct identifiers of each document. Mentions: identifiers of overlapping mentions.";
    let mut totals = Table::new("Concept identifiers", note, 2, &SCORE_COLUMNS);
    for system in &results.systems {
        let Some(concepts) = &system.concepts else { continue };
        totals.rows.push(score_row(&system.name, "by document", &concepts.by_document));
        totals.rows.push(score_row(&system.name, "by mention", &concepts.by_mention));
    }
    let list = |s: &SystemResults| s.concepts.as_ref().map_or(Vec::new(), |c| c.by_type.clone());
    filled([totals, by_label(results, "Concepts of documents by type", "Type", list)])
}

fn relations(results: &Results) -> Vec<Table> {
    let note = "Full: predicate, direction and both arguments. Pair: both arguments in either order.";
    let mut totals = Table::new("Relations between mentions", note, 2, &SCORE_COLUMNS);
    for system in &results.systems {
        let Some(relations) = &system.relations else { continue };
        totals.rows.push(score_row(&system.name, "full, micro", &relations.full));
        totals.rows.push(macro_row(&system.name, "full, macro", relations.full_macro));
        totals.rows.push(score_row(&system.name, "without direction", &relations.undirected));
        totals.rows.push(score_row(&system.name, "pair", &relations.pair));
        for (measure, score) in [("negated", &relations.negated), ("hedged", &relations.hedged)] {
            if score.tally.gold + score.tally.predicted > 0 {
                totals.rows.push(score_row(&system.name, measure, score));
            }
        }
        let right = Cell::measure(relations.flags_right, None);
        let mut row = vec![Cell::from(&system.name), Cell::from("both flags right"), right];
        row.resize(SCORE_COLUMNS.len(), Cell::default());
        totals.rows.push(row);
    }
    let list = |s: &SystemResults| s.relations.as_ref().map_or(Vec::new(), |r| r.by_predicate.clone());
    filled([totals, by_label(results, "Relations by predicate", "Predicate", list)])
}

fn document_relations(results: &Results) -> Vec<Table> {
    let note = "Each distinct pair of identifiers of a document counts once.";
    let mut totals = Table::new("Relations between concepts of a document", note, 2, &SCORE_COLUMNS);
    for system in &results.systems {
        let Some(relations) = &system.document_relations else { continue };
        totals.rows.push(score_row(&system.name, "full", &relations.full));
        totals.rows.push(score_row(&system.name, "pair", &relations.pair));
    }
    let list =
        |s: &SystemResults| s.document_relations.as_ref().map_or(Vec::new(), |r| r.by_predicate.clone());
    filled([totals, by_label(results, "Relations of documents by predicate", "Predicate", list)])
}

fn confidence(results: &Results) -> Vec<Table> {
    let note = "ECE: expected calibration error. Both errors are best at 0, average precision at 1.";
    let columns = ["System", "Layer", "Average precision", "ECE", "Brier score", "Predictions"];
    let mut totals = Table::new("Ranking and calibration", note, 2, &columns);
    let columns = ["System", "Layer", "Confidence", "Mean confidence", "Share right", "Predictions"];
    let mut bins = Table::new("Reliability", "", 3, &columns);
    for system in &results.systems {
        for layer in [Layer::Mentions, Layer::Relations] {
            let curve = system.curves.iter().find(|c| c.layer == layer);
            let calibration = system.calibration.iter().find(|c| c.layer == layer);
            if curve.is_none() && calibration.is_none() {
                continue;
            }
            let head = [Cell::from(&system.name), Cell::from(layer.as_str())];
            let figure = |value: Option<f64>| value.map_or(Cell::default(), |v| Cell::measure(v, None));
            let figures = [
                figure(curve.map(|c| c.average_precision)),
                figure(calibration.map(|c| c.expected_error)),
                figure(calibration.map(|c| c.brier)),
                calibration.map_or(Cell::default(), |c| Cell::from(count(c.predictions))),
            ];
            totals.rows.push(head.iter().cloned().chain(figures).collect());
            for bin in calibration.map_or(&[][..], |c| &c.bins) {
                let figures = [
                    Cell::from(format!("{:.2}–{:.2}", bin.low, bin.high)),
                    Cell::measure(bin.confidence, None),
                    Cell::measure(bin.right, None),
                    Cell::from(count(bin.predictions)),
                ];
                bins.rows.push(head.iter().cloned().chain(figures).collect());
            }
        }
    }
    filled([totals, bins])
}

fn confusion(system: &SystemResults) -> Option<Table> {
    let Confusion { labels, counts } = system.confusion.as_ref()?;
    let note = "Rows: gold. Columns: predicted, between the same mentions. Shade: share of the row.";
    let mut table = Table::new(format!("Predicates, {}", system.name), note, 1, &["Gold"]);
    table.columns.extend(labels.iter().cloned());
    for (label, row) in labels.iter().zip(counts) {
        let all = row.iter().sum::<u64>().max(1);
        // Rounded up, so that no figure above 0 goes without shade.
        let shade = |n: u64| (100 * n).div_ceil(all) as u8;
        let figures = row.iter().map(|n| Cell { shade: shade(*n), ..Cell::from(count(*n)) });
        table.rows.push(std::iter::once(Cell::from(label)).chain(figures).collect());
    }
    Some(table)
}

fn tests(results: &Results) -> Option<Table> {
    let columns = ["Measure", "First", "Second", "Difference", "p"];
    let note = "Approximate randomisation over documents, two-sided.";
    let mut table = Table::new("Differences between systems", note, 3, &columns);
    for test in &results.tests {
        table.rows.push(vec![
            Cell::from(&test.measure),
            Cell::from(&test.first),
            Cell::from(&test.second),
            Cell::from(format!("{:+.4}", test.difference)),
            Cell::from(format!("{:.4}", test.p_value)),
        ]);
    }
    Some(table).filter(|t| !t.rows.is_empty())
}

fn losses(system: &SystemResults) -> Vec<Table> {
    let table = |layer: Layer| {
        let caption = format!("Gold {} lost by {}", layer.as_str(), system.name);
        let columns = ["Stage", "What it means", "Lost", "Of all", "Left"];
        let mut table = Table::new(caption, "", 2, &columns);
        let losses: Vec<_> = system.losses.iter().filter(|l| l.layer == layer).collect();
        let all = losses.first().map_or(0, |l| l.lost + l.left);
        for loss in losses {
            table.rows.push(vec![
                Cell::from(&loss.stage),
                Cell::from(&loss.meaning),
                Cell::from(count(loss.lost)),
                Cell::from(share(loss.lost, all)),
                Cell::from(count(loss.left)),
            ]);
        }
        table
    };
    filled([table(Layer::Mentions), table(Layer::Relations)])
}

/// Writes a share as a percentage.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 { String::new() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}

fn cost(results: &Results) -> Option<Table> {
    let note =
        "Alternating passes over the same texts after a warm-up; medians, with slowest and fastest pass.";
    let columns = ["System", "Documents/s", "Tokens/s", "Peak memory", "Start-up", "Threads", "Passes"];
    let mut table = Table::new("Cost of each system", note, 1, &columns);
    for system in &results.systems {
        let Some(cost) = system.cost else { continue };
        table.rows.push(vec![
            Cell::from(&system.name),
            speed(cost),
            Cell::from(count(cost.tokens_per_second.round() as u64)),
            cost.peak_memory_bytes.map_or(Cell::default(), |b| Cell::from(mebibytes(b))),
            Cell::from(format!("{:.2} s", cost.start_up_seconds)),
            Cell::from(cost.threads.to_string()),
            Cell::from(cost.passes.to_string()),
        ]);
    }
    Some(table).filter(|t| !t.rows.is_empty())
}

/// Makes the cell of a speed with its slowest and fastest pass.
fn speed(cost: Cost) -> Cell {
    let (whole, range) = (|v: f64| count(v.round() as u64), cost.documents_per_second_range);
    Cell {
        text: whole(cost.documents_per_second),
        interval: format!("{}–{}", whole(range.low), whole(range.high)),
        shade: 0,
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", count(bytes.div_ceil(1 << 20)))
}

fn left_out(results: &Results) -> Option<Table> {
    let columns = ["Side", "Layer", "Label", "Items"];
    let mut table = Table::new("Labels that the map leaves out", "", 3, &columns);
    for label in &results.run.left_out {
        table.rows.push(vec![
            Cell::from(&label.side),
            Cell::from(label.layer.as_str()),
            Cell::from(&label.label),
            Cell::from(count(label.count)),
        ]);
    }
    Some(table).filter(|t| !t.rows.is_empty())
}

/// How a corpus of a suite went.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// It was run.
    Done(Box<Results>),
    /// A file that it needs is not there.
    Skipped {
        /// Name of the corpus.
        corpus: String,
        /// Part of the corpus.
        split: String,
        /// The file or folder.
        missing: PathBuf,
    },
    /// It could not be evaluated.
    Failed {
        /// Name of the corpus.
        corpus: String,
        /// Part of the corpus.
        split: String,
        /// Why.
        message: String,
    },
}

/// Makes the table of a suite: a row a corpus and system.
pub fn summary(entries: &[Entry]) -> Table {
    let note = "F1 with 95 % bootstrap intervals over documents. Strict: same span and type; overlap: same type and a \
                shared character. Concepts: distinct identifiers of each document. Relations: predicate, direction and \
                both arguments; of documents: distinct pairs of identifiers.";
    let columns = [
        "Corpus",
        "System",
        "Documents",
        "Mentions, strict",
        "Mentions, overlap",
        "Concepts",
        "Relations",
        "Relations of documents",
        "Documents/s",
    ];
    let mut table = Table::new("Results by corpus", note, 2, &columns);
    let plain = |corpus: &str, split: &str, how: &str| {
        let mut row = vec![Cell::from(format!("{corpus} {split}").trim()), Cell::from(how)];
        row.resize(columns.len(), Cell::default());
        row
    };
    for entry in entries {
        match entry {
            Entry::Done(results) => {
                table.rows.extend(results.systems.iter().map(|s| summary_row(results, s)))
            }
            Entry::Skipped { corpus, split, .. } => table.rows.push(plain(corpus, split, "skipped")),
            Entry::Failed { corpus, split, .. } => table.rows.push(plain(corpus, split, "failed")),
        }
    }
    table.drop_empty_columns();
    table
}

fn summary_row(results: &Results, system: &SystemResults) -> Vec<Cell> {
    let run = &results.run;
    let figures = overview_cells(system);
    let head = [
        Cell::from(format!("{} {}", run.corpus, run.split).trim()),
        Cell::from(&system.name),
        Cell::from(count(run.size.documents)),
    ];
    head.into_iter().chain(figures).chain([system.cost.map_or(Cell::default(), speed)]).collect()
}
