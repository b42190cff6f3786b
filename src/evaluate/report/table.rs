//! Table: rows of cells under a caption, written as text, Markdown or HTML from the same cells.

use maud::{Markup, html};

use crate::evaluate::results::{Interval, Score};

/// A table of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What the table shows.
    pub caption: String,
    /// What a figure means, where the caption does not say it; may be empty.
    pub note: String,
    /// The columns' headings; the first `heads` of them head the rows.
    pub columns: Vec<String>,
    /// How many columns, from the left, name the row and are set as words.
    pub heads: usize,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell: a figure or a word, and the interval that belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The figure or word; empty if not measured.
    pub text: String,
    /// The 95 % interval, `0.81–0.84`; may be empty.
    pub interval: String,
    /// How strongly the page shades the cell, in per cent; the figure itself stays in `text`.
    pub shade: u8,
}

impl Table {
    /// Makes a table without rows, whose first `heads` columns name the row.
    pub(super) fn new(caption: impl Into<String>, note: &str, heads: usize, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|c| (*c).to_owned()).collect();
        Self { caption: caption.into(), note: note.to_owned(), columns, heads, rows: Vec::new() }
    }

    /// Leaves out the columns that `keep` does not name.
    pub(super) fn keep_columns(&mut self, keep: impl Fn(&Self, usize) -> bool) {
        let keep: Vec<bool> = (0..self.columns.len()).map(|i| keep(self, i)).collect();
        let heads = keep[..self.heads].iter().filter(|kept| **kept).count();
        let mut kept = keep.iter();
        self.columns.retain(|_| kept.next() == Some(&true));
        for row in &mut self.rows {
            let mut kept = keep.iter();
            row.retain(|_| kept.next() == Some(&true));
        }
        self.heads = heads;
    }

    /// Leaves out the columns in which no row has anything.
    pub(super) fn drop_empty_columns(&mut self) {
        self.keep_columns(|table, i| i < table.heads || table.rows.iter().any(|row| !row[i].text.is_empty()));
    }

    /// Writes the table for a terminal: aligned columns, intervals in brackets.
    ///
    /// ```
    /// use cytosift::evaluate::report::{Cell, Table};
    /// let table = Table {
    ///     caption: "Mentions".into(),
    ///     note: String::new(),
    ///     columns: vec!["system".into(), "F1".into()],
    ///     heads: 1,
    ///     rows: vec![vec![Cell::from("rules"), Cell { text: "0.8".into(), interval: "0.7–0.9".into(), shade: 0 }]],
    /// };
    /// assert_eq!(table.to_text(), "Mentions\n  system             F1\n  rules   0.8 [0.7–0.9]\n");
    /// ```
    pub fn to_text(&self) -> String {
        let written: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(|cell| cell.bracketed('[', ']')).collect()).collect();
        let width = |column: usize| {
            let cells = written.iter().map(|row| row[column].chars().count());
            cells.chain([self.columns[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let mut text = format!("{}\n", self.caption);
        for row in std::iter::once(&self.columns).chain(&written) {
            let mut line = String::new();
            for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let cell =
                    if i < self.heads { format!("  {cell:<width$}") } else { format!("  {cell:>width$}") };
                line.push_str(&cell);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Writes the table as Markdown, without its caption.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        let mut line = |cells: &[String]| {
            text.push_str("| ");
            text.push_str(&cells.join(" | "));
            text.push_str(" |\n");
        };
        line(&self.columns.iter().map(|c| escape_markdown(c)).collect::<Vec<_>>());
        let rule = |i: usize| if i < self.heads { "---".to_owned() } else { "---:".to_owned() };
        line(&(0..self.columns.len()).map(rule).collect::<Vec<_>>());
        for row in &self.rows {
            line(&row.iter().map(|cell| escape_markdown(&cell.bracketed('(', ')'))).collect::<Vec<_>>());
        }
        text
    }

    /// Writes the table as HTML, in a box that scrolls sideways when it is too wide for the page.
    pub(super) fn to_html(&self) -> Markup {
        html! {
            // A box that scrolls must be reachable by keyboard, hence the tab stop and the name.
            div .scroll tabindex="0" role="region" aria-label=(self.caption) {
                table {
                    caption { span { (self.caption) @if !self.note.is_empty() { small { (self.note) } } } }
                    thead {
                        tr {
                            @for (i, column) in self.columns.iter().enumerate() {
                                th scope="col" .figure[i >= self.heads] { (column) }
                            }
                        }
                    }
                    tbody {
                        @for row in &self.rows {
                            tr {
                                @for (i, cell) in row.iter().enumerate() {
                                    @if i < self.heads { th scope="row" { (cell.text) } }
                                    @else if cell.shade > 0 { td .shaded style={ "--shade:" (cell.shade) "%" } { (cell.to_html()) } }
                                    @else { td { (cell.to_html()) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Cell {
    /// Makes the cell of a measure with its interval.
    pub(super) fn measure(value: f64, interval: Option<Interval>) -> Self {
        let interval = interval.map_or(String::new(), |i| format!("{:.3}–{:.3}", i.low, i.high));
        Self { text: format!("{value:.4}"), interval, shade: 0 }
    }

    /// Makes the F1 cell of a score; empty without a score, or with nothing to find and nothing found.
    pub(super) fn f1(score: Option<&Score>) -> Self {
        match score {
            Some(score) if score.tally.gold + score.tally.predicted > 0 => {
                Self::measure(score.tally.f1(), score.f1_interval)
            }
            _ => Self::default(),
        }
    }

    fn bracketed(&self, open: char, close: char) -> String {
        match (self.text.as_str(), self.interval.as_str()) {
            ("", _) => "–".to_owned(),
            (text, "") => text.to_owned(),
            (text, interval) => format!("{text} {open}{interval}{close}"),
        }
    }

    fn to_html(&self) -> Markup {
        html! {
            @if self.text.is_empty() { span .none { "–" } } @else { (self.text) }
            @if !self.interval.is_empty() { " " span .interval { (self.interval) } }
        }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), interval: String::new(), shade: 0 }
    }
}

/// Writes a count with thin groups of three digits: `12 345`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Keeps a cell's text from being read as Markdown or HTML.
pub(super) fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '<' | '>' | '\\' | '[' | ']' | '&' => escaped.extend(['\\', c]),
            '\n' | '\r' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three_digits() {
        for (n, expected) in
            [(0, "0"), (999, "999"), (1000, "1\u{202f}000"), (1234567, "1\u{202f}234\u{202f}567")]
        {
            assert_eq!(count(n), expected);
        }
    }

    #[test]
    fn a_cell_cannot_break_out_of_its_markdown_row() {
        let mut table = Table::new("T", "", 1, &["a|b", "F1"]);
        table.rows.push(vec![Cell::from("x\n| y <b>"), Cell::default()]);
        assert_eq!(table.to_markdown(), "| a\\|b | F1 |\n| --- | ---: |\n| x \\| y \\<b\\> | – |\n");
    }

    #[test]
    fn a_cell_is_escaped_in_html() {
        let mut table = Table::new("T<i>", "", 1, &["<b>", "F1"]);
        table.rows.push(vec![Cell::from("</table><script>"), Cell::from("\"&")]);
        let html = table.to_html().into_string();
        assert!(!html.contains("<script>") && !html.contains("<i>") && !html.contains("<b>"), "{html}");
    }
}
