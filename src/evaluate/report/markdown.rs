//! Markdown: `results.md`, the tables and the facts of the run for reading in a repository.

use super::facts::{facts, title};
use super::table::escape_markdown;
use super::tables::sections;
use crate::evaluate::results::{ErrorKind, Results};

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
