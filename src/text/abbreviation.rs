//! Abbreviations and the long forms that define them: Schwartz & Hearst, "A simple algorithm for identifying
//! abbreviation definitions in biomedical text", Pac Symp Biocomput 2003.
//!
//! Both orders are found, `long form (SF)` and `SF (long form)`. Beyond the paper: Greek letters match their spelled
//! names, square brackets count, and what follows a semicolon or comma in the bracket is left aside.

use crate::document::{Abbreviation, Span};

/// The longest short form, in characters (§ 3.1 of the paper).
const MAX_SHORT: usize = 10;

/// The longest long form, in bytes: no 15-word name is longer.
const MAX_LONG: usize = 200;

/// Greek letters that short forms spell out.
const GREEK: [&str; 8] = ["alpha", "beta", "delta", "epsilon", "gamma", "kappa", "lambda", "omega"];

/// Words that begin a remark in brackets, not a short form.
const REMARKS: [&str; 20] = [
    "all", "and", "as", "by", "e.g", "e.g.", "eg", "for", "i.e", "i.e.", "ie", "in", "mean", "median", "or",
    "range", "see", "the", "vs", "with",
];

/// Verbs that no name holds.
const VERBS: [&str; 8] = ["are", "be", "been", "had", "has", "is", "was", "were"];

/// Appends the abbreviations that one sentence defines, in the order of the brackets.
pub fn find(text: &str, sentence: Span, out: &mut Vec<Abbreviation>) {
    let (start, end) = (sentence.start as usize, sentence.end as usize);
    let bytes = &text.as_bytes()[..end];
    let mut last_close = start;
    for open in memchr::memchr2_iter(b'(', b'[', &bytes[start..end]).map(|i| start + i) {
        let Some(close) = closing(bytes, open) else { continue };
        if open < last_close {
            continue;
        }
        let before = trim(text, start.max(open.saturating_sub(MAX_LONG)), open);
        let head = bytes[open + 1..close].iter().position(|b| matches!(b, b';' | b','));
        let inner = trim(text, open + 1, head.map_or(close, |i| open + 1 + i));
        let (Some(before), Some(inner)) = (before, inner) else { continue };
        let pair = if is_short(inner.slice(text)) {
            long_before(text, before, inner).map(|long| Abbreviation { short: inner, long })
        } else {
            None
        };
        let pair = pair.or_else(|| {
            let short = last_word(text, before);
            let whole = trim(text, open + 1, close)?;
            let fits = is_short(short.slice(text)) && whole.slice(text).contains(char::is_whitespace);
            let long = fits.then(|| long_before(text, whole, short)).flatten()?;
            // The long form must fill the bracket from its beginning, else it is a remark.
            (long.start == whole.start).then_some(Abbreviation { short, long })
        });
        if let Some(pair) = pair {
            out.push(pair);
            last_close = close;
        }
    }
}

/// Returns the position of the bracket that closes the one at `open`.
fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0;
    for (i, b) in bytes[open..].iter().enumerate().take(MAX_LONG) {
        match b {
            b'(' | b'[' => depth += 1,
            b')' | b']' if depth == 1 => return (i > 1).then_some(open + i),
            b')' | b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns a range without surrounding white space and quotes, moved onto code-point boundaries.
fn trim(text: &str, from: usize, to: usize) -> Option<Span> {
    let from = (from..=to).find(|&i| text.is_char_boundary(i))?;
    let outer = |c: char| c.is_whitespace() || matches!(c, '"' | '“' | '”' | '‘' | '’' | '\'');
    let piece = text[from..to].trim_end_matches(outer);
    let start = from + piece.len() - piece.trim_start_matches(outer).len();
    (start < from + piece.len()).then(|| Span::new(start, from + piece.len()))
}

fn last_word(text: &str, span: Span) -> Span {
    let piece = span.slice(text);
    let cut =
        piece.char_indices().rev().find(|(_, c)| c.is_whitespace() || matches!(c, '(' | '[' | ',' | ';'));
    Span::new(
        span.start as usize + cut.map_or(0, |(i, c)| i + c.len_utf8()).min(piece.len() - 1),
        span.end as usize,
    )
}

/// Tells whether a string has the form of a short form: 2 to 10 characters, at most two words, a letter, and begun by
/// a letter or digit.
fn is_short(piece: &str) -> bool {
    let mut words = piece.split_whitespace();
    let first = words.next().unwrap_or("");
    let second = words.next();
    (2..=MAX_SHORT).contains(&piece.chars().count())
        && words.next().is_none()
        && piece.starts_with(char::is_alphanumeric)
        && piece.contains(char::is_alphabetic)
        && !piece.contains(['=', '<', '>', '%', '(', '['])
        && piece.chars().any(|c| c.is_uppercase() || c.is_ascii_digit() || c == '.')
        && REMARKS.binary_search(&first).is_err()
        && !(piece.starts_with(|c: char| c.is_ascii_digit()) && second.is_some())
}

/// Returns the shortest long form for `short` that ends where `before` ends.
fn long_before(text: &str, before: Span, short: Span) -> Option<Span> {
    let (long, form) = (before.slice(text), short.slice(text));
    let letters = letters(form);
    let start = initials(long, &letters).or_else(|| align(long, &letters))?;
    let found = &long[start..];
    let words = found.split(|c: char| c.is_whitespace() || c == '-').filter(|w| !w.is_empty()).count();
    let letters = letters.chars().count();
    let balanced = found.bytes().filter(|b| matches!(b, b'(' | b'[')).count()
        == found.bytes().filter(|b| matches!(b, b')' | b']')).count();
    let longer = found.chars().count() > form.chars().count();
    let clause = found.split(' ').any(|word| VERBS.contains(&word));
    let joined = found.starts_with("and ") || found.starts_with("a ") || found.starts_with("the ");
    // The paper's bound on words, and its rule that a long form does not hold the short form.
    let repeats = found.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == form);
    (longer && balanced && !repeats && !clause && !joined && words <= (letters + 5).min(letters * 2).max(2))
        .then(|| Span::new(before.start as usize + start, before.end as usize))
}

/// Matches an acronym of two or more capitals with the initials of the last words; the paper's alignment alone would
/// take `myeloma` for `multiple myeloma (MM)`. Returns where the long form begins.
fn initials(long: &str, letters: &str) -> Option<usize> {
    let letters = letters.strip_suffix('s').unwrap_or(letters);
    if letters.len() < 2 || !letters.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut words = long
        .char_indices()
        .rev()
        .filter(|&(i, c)| c.is_alphanumeric() && !long[..i].ends_with(char::is_alphanumeric));
    let mut start = 0;
    for wanted in letters.chars().rev() {
        let (i, c) = words.next()?;
        if !c.eq_ignore_ascii_case(&wanted) {
            return None;
        }
        start = i;
    }
    Some(start)
}

/// Matches the short form's letters from right to left against the long form; returns where the long form begins.
///
/// The first letter must begin a word (§ 3.2, `findBestLongForm`).
fn align(long: &str, letters: &str) -> Option<usize> {
    let mut rest = long;
    let mut short = letters.chars().rev().peekable();
    while let Some(wanted) = short.next() {
        let first = short.peek().is_none();
        loop {
            let (i, c) = rest.char_indices().next_back()?;
            rest = &rest[..i];
            let begins = !rest.ends_with(char::is_alphanumeric);
            if same(wanted, c, begins) && (!first || begins) {
                break;
            }
        }
    }
    (rest.len() < long.len()).then_some(rest.len())
}

/// Returns the letters and digits of a short form, Greek letters spelled or not by their first letter alone.
fn letters(form: &str) -> String {
    let mut out = String::with_capacity(form.len());
    for piece in form.split_inclusive(|c: char| !c.is_alphabetic()) {
        let run = piece.trim_end_matches(|c: char| !c.is_alphabetic());
        let spelled = GREEK.iter().any(|name| run.eq_ignore_ascii_case(name));
        out.extend(run.chars().take(if spelled { 1 } else { usize::MAX }).map(latin));
        out.extend(piece[run.len()..].chars().filter(|c| c.is_alphanumeric()));
    }
    out
}

/// Tells whether a letter of a short form stands for a letter of the long form.
fn same(short: char, long: char, begins_word: bool) -> bool {
    let long = latin(long);
    short.eq_ignore_ascii_case(&long) && (!short.is_ascii_digit() || begins_word || long.is_ascii_digit())
        || short.to_lowercase().eq(long.to_lowercase())
}

/// Returns the first letter of a Greek letter's name.
fn latin(c: char) -> char {
    match c {
        'α' => 'a',
        'β' => 'b',
        'γ' => 'g',
        'δ' => 'd',
        'ε' => 'e',
        'κ' => 'k',
        'λ' => 'l',
        'ω' => 'o',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let mut out = Vec::new();
        find(text, Span::new(0, text.len()), &mut out);
        out.iter().map(|a| (a.short.slice(text).to_owned(), a.long.slice(text).to_owned())).collect()
    }

    #[test]
    fn word_list_is_sorted() {
        assert!(REMARKS.is_sorted());
    }

    #[test]
    fn finds_definitions() {
        for (text, short, long) in [
            ("High-dose interleukin-2 (HDIL-2) is given.", "HDIL-2", "High-dose interleukin-2"),
            ("Patients with renal cell carcinoma (RCC) live.", "RCC", "renal cell carcinoma"),
            ("We gave tumor necrosis factor-alpha (TNF-α).", "TNF-α", "tumor necrosis factor-alpha"),
            ("We gave interferon-γ (IFN-gamma) daily.", "IFN-gamma", "interferon-γ"),
            ("The role of interleukin (IL)-6 is open.", "IL", "interleukin"),
            ("Some dendritic cells (DCs) died.", "DCs", "dendritic cells"),
            ("Natural killer (NK) cells kill.", "NK", "Natural killer"),
            ("Recombinant interleukin 2 (rIL-2; 10 U/ml) helps.", "rIL-2", "Recombinant interleukin 2"),
            (
                "GM-CSF (granulocyte-macrophage colony-stimulating factor) acts.",
                "GM-CSF",
                "granulocyte-macrophage colony-stimulating factor",
            ),
            ("Stromal [extracellular matrix (ECM)] parts.", "ECM", "extracellular matrix"),
            ("Overall survival (“OS”) rose.", "OS", "Overall survival"),
            ("In multiple myelomas (MM) IL-6 is high.", "MM", "multiple myelomas"),
            ("The 5-fluorouracil (5-FU) arm.", "5-FU", "5-fluorouracil"),
        ] {
            assert_eq!(pairs(text), [(short.to_owned(), long.to_owned())], "{text}");
        }
    }

    #[test]
    fn leaves_remarks_alone() {
        for text in [
            "It rose (P < 0.05) in men (n = 20).",
            "Cells (see Fig. 2) and controls (mean) died.",
            "IL-6 (10 ng/ml) was used.",
            "It acts on (i) immune cells and in infected (ii) tissue.",
            "Wounds were assessed in neutralization (Winn) assays.",
            "The tumor (T) grew.",
            "Levels (IL-6) rose.",
            "It was found (2004) there ().",
            "An open (bracket",
            "TNF (TNF) and IL-2 (IL-2).",
        ] {
            assert_eq!(pairs(text), [], "{text}");
        }
    }

    #[test]
    fn keeps_to_code_points() {
        let long = "é".repeat(150) + " α β (AB)";
        assert!(pairs(&long).len() <= 1);
    }
}
