//! Plain text: one document a file.

use super::Record;
use crate::Document;

/// Longest first paragraph that is taken for a title, in characters.
const LONGEST_TITLE: usize = 300;

/// Shortest line that is taken for one that an editor wrapped, in characters; shorter ones end a line of their own.
const SHORTEST_WRAPPED: usize = 50;

/// Decodes a file. A first line of moderate length with a blank line below it is the title.
pub(super) fn parse(record: &Record, text: &str) -> Document {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let (title, body) = match text.split_once('\n') {
        Some((first, rest)) if rest.trim_start_matches([' ', '\t']).starts_with('\n') && is_title(first) => {
            (first.trim_end(), rest.trim_start())
        }
        _ => ("", text),
    };
    Document::new(record.fallback_id(), title, &unwrap_lines(body))
}

fn is_title(line: &str) -> bool {
    line.chars().count() <= LONGEST_TITLE
}

/// Makes a space of each line break inside a paragraph; offsets stay.
pub(super) fn unwrap_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        let wrapped = line.chars().count() >= SHORTEST_WRAPPED;
        match lines.peek() {
            Some(next) if wrapped && !next.trim().is_empty() => out.push(' '),
            Some(_) => out.push('\n'),
            None => {}
        }
    }
    out
}
