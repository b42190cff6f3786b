//! Markdown: `results.md`, the tables and the facts of the run for reading in a repository.

use super::table::escape_markdown;
use super::tables::sections;
use crate::evaluate::results::{ErrorKind, Results, Run};

/// Writes the results as a Markdown document.
pub(super) fn document(results: &Results) -> String {
    let mut text = format!("# Evaluation: {}\n\n", escape_markdown(&title(&results.run)));
    for (name, value) in facts(&results.run) {
        text.push_str(&format!("- {name}: {}\n", escape_markdown(&value)));
    }
    for note in &results.notes {
        text.push_str(&format!("- Note: {}\n", escape_markdown(note)));
    }
    for section in sections(results) {
        text.push_str(&format!("\n## {}\n", section.title));
        for table in &section.tables {
            let note = if table.note.is_empty() { String::new() } else { format!(" {}", table.note) };
            text.push_str(&format!("\n**{}.**{note}\n\n", escape_markdown(&table.caption)));
            text.push_str(&table.to_markdown());
        }
    }
    text.push_str(&errors(results));
    text
}

fn errors(results: &Results) -> String {
    let mut text = String::new();
    for system in &results.systems {
        for kind in ErrorKind::ALL {
            if let Some(count) = system.errors.counts.get(&kind) {
                text.push_str(&format!("- {}: {}, {count}\n", escape_markdown(&system.name), kind.as_str()));
            }
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("\n## Errors\n\n{text}\nThe sentences stand in `index.html`.\n")
    }
}

/// Returns the name of what was evaluated: `BC5CDR devel`.
pub(super) fn title(run: &Run) -> String {
    format!("{} {}", run.corpus, run.split).trim().to_owned()
}

/// Returns what to know of a run, as pairs of name and value.
pub(super) fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let (size, machine, resampling) = (run.size, &run.machine, run.resampling);
    let mut facts = vec![(
        "Gold",
        format!(
            "{} documents, {} tokens, {} mentions, {} relations",
            size.documents, size.tokens, size.mentions, size.relations
        ),
    )];
    for file in &run.gold {
        let sum: String = file.sha256.chars().take(12).collect();
        let sum = if sum.is_empty() { sum } else { format!(" (SHA-256 {sum}…)") };
        facts.push(("File", format!("{}{sum}", file.path)));
    }
    let commit = if run.commit.is_empty() { String::new() } else { format!(", commit {}", run.commit) };
    let memory = match machine.memory_bytes {
        0 => String::new(),
        bytes => format!(", {} GiB memory", bytes.div_ceil(1 << 30)),
    };
    let resampled = format!(
        "{} bootstrap samples, {} rounds of randomisation, seed {}",
        resampling.bootstrap_samples, resampling.randomisation_rounds, resampling.seed
    );
    facts.push(("Label map", run.map.clone()));
    facts.push(("Program", format!("cytosift {}{commit}", run.version)));
    facts.push((
        "Machine",
        format!("{}, {}, {} cores{memory}", machine.system, machine.processor, machine.cores),
    ));
    facts.push(("Resampling", resampled));
    facts.push(("Date", run.date.clone()));
    facts.retain(|(_, value)| !value.is_empty());
    facts
}
