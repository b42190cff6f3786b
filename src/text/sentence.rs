//! Sentence boundaries of biomedical prose.
//!
//! A line break always ends a sentence and a title is one sentence. Elsewhere a full stop, question or exclamation
//! mark ends one if white space follows, no bracket is open, the word before is no abbreviation that belongs to
//! what follows (`Fig. 2`, `E. coli`, `i.v. bolus`), and the word after can begin a sentence: upper case, a number,
//! or a symbol that keeps its small first letter (`p53`, `mRNA`, `c-Jun`, `α-Interferon`).

use crate::Document;
use crate::document::Span;

/// How far ahead the closing partner of an open bracket is looked for, in bytes.
const BRACKET_REACH: usize = 400;

/// Abbreviations that never end a sentence.
const JOINING: [&str; 38] = [
    "Dr", "Eq", "Eqs", "Fig", "Figs", "Mr", "Mrs", "Ms", "Prof", "Ref", "Refs", "St", "Tab", "Vol", "approx",
    "ca", "cf", "e.g", "eg", "eq", "esp", "fig", "figs", "i.e", "ie", "incl", "pp", "ref", "refs", "resp",
    "sp", "spp", "ssp", "subsp", "v.s", "viz", "vol", "vs",
];

/// Abbreviations that join a number that follows: `no. 3`.
const NUMBERING: [&str; 9] = ["Art", "Ch", "No", "Nos", "Nr", "no", "nos", "nr", "p"];

/// Abbreviations that end a sentence only before a word of [`STARTERS`].
const TRAILING: [&str; 17] = [
    "Acad", "Biol", "Cell", "Chem", "Co", "Corp", "Exp", "Inc", "Jr", "Ltd", "Med", "Mol", "Natl", "Proc",
    "Sci", "al", "etc",
];

/// Words that precede a person's initial: `by J. Smith`.
const BEFORE_INITIAL: [&str; 10] = ["and", "by", "de", "et", "from", "in", "of", "the", "van", "with"];

/// Capitalised words that hardly ever stand inside a sentence.
const STARTERS: [&str; 84] = [
    "A",
    "Additionally",
    "After",
    "All",
    "Although",
    "Among",
    "An",
    "Another",
    "As",
    "At",
    "Because",
    "Besides",
    "Both",
    "But",
    "By",
    "Compared",
    "Consequently",
    "Conversely",
    "Despite",
    "Due",
    "During",
    "Each",
    "Eight",
    "Finally",
    "Five",
    "Following",
    "For",
    "Four",
    "From",
    "Further",
    "Furthermore",
    "Hence",
    "Here",
    "How",
    "However",
    "If",
    "In",
    "Interestingly",
    "It",
    "Its",
    "Moreover",
    "Most",
    "Neither",
    "Nevertheless",
    "Nine",
    "No",
    "Of",
    "On",
    "One",
    "Only",
    "Other",
    "Our",
    "Overall",
    "Seven",
    "Several",
    "Similarly",
    "Since",
    "Six",
    "So",
    "Some",
    "Such",
    "Taken",
    "Ten",
    "That",
    "The",
    "Their",
    "Then",
    "There",
    "Therefore",
    "These",
    "They",
    "This",
    "Those",
    "Three",
    "Thus",
    "To",
    "Two",
    "Under",
    "Using",
    "We",
    "When",
    "Whereas",
    "While",
    "With",
];

/// Returns the sentences of a document, without surrounding white space.
pub fn split_document(document: &Document) -> Vec<Span> {
    let (text, title) = (document.text(), document.title().len());
    let mut out = Vec::with_capacity(text.len() / 100 + 2);
    let mut start = 0;
    for i in memchr::memchr_iter(b'\n', &text.as_bytes()[..title]).chain([title]) {
        push(text, start, i, &mut out);
        start = i + 1;
    }
    split(text, start.min(text.len()), &mut out);
    out
}

/// Appends the sentences of `text[from..]`.
pub fn split(text: &str, from: usize, out: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let (mut start, mut at) = (skip_space(text, from), from);
    let mut line_end = from;
    while let Some(stop) = next_stop(bytes, at, &mut line_end) {
        let ends_line = bytes[stop] == b'\n';
        let end = if ends_line { stop } else { closing(text, stop) };
        at = end.max(stop + 1);
        if ends_line || ends_sentence(text, start, stop, end) {
            push(text, start, end, out);
            start = skip_space(text, end);
            at = at.max(start);
        }
    }
    push(text, start, text.len(), out);
}

/// Returns the next mark that may end a sentence or line break, given the last line break that was found.
fn next_stop(bytes: &[u8], at: usize, line_end: &mut usize) -> Option<usize> {
    if at >= *line_end {
        *line_end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
    }
    let mark = memchr::memchr3(b'.', b'?', b'!', &bytes[at..*line_end]).map(|i| at + i);
    mark.or_else(|| (*line_end < bytes.len()).then_some(*line_end))
}

fn push(text: &str, from: usize, to: usize, out: &mut Vec<Span>) {
    let start = skip_space(text, from);
    if start < to {
        let length = text[start..to].trim_end().len();
        out.push(Span::new(start, start + length));
    }
}

fn skip_space(text: &str, from: usize) -> usize {
    text.len() - text[from..].trim_start().len()
}

/// Tells whether the mark at `stop`, with what belongs to it up to `end`, ends the sentence that began at `start`.
fn ends_sentence(text: &str, start: usize, stop: usize, end: usize) -> bool {
    let rest = &text[end..];
    let next = rest.trim_start();
    if next.is_empty() || rest[..rest.len() - next.len()].contains('\n') {
        return true;
    }
    if rest.len() == next.len() || !can_start(next) || in_bracket(&text.as_bytes()[start..end], next) {
        return false;
    }
    text.as_bytes()[stop] != b'.' || !joins(&text[start..stop], next)
}

/// Returns the end of the run of closing marks and of citation numbers glued to a full stop (`alone.12,13 The`).
fn closing(text: &str, stop: usize) -> usize {
    let mut end = stop + 1;
    for c in text[end..].chars() {
        if !matches!(c, '.' | '?' | '!' | ')' | ']' | '"' | '\'' | '”' | '’' | '»') {
            break;
        }
        end += c.len_utf8();
    }
    let after_word = text[..stop].ends_with(|c: char| c.is_alphabetic() || c == ')');
    if end == stop + 1 && after_word && text[end..].starts_with(|c: char| c == '[' || c.is_ascii_digit()) {
        let inside = |b: &u8| b.is_ascii_digit() || matches!(b, b',' | b'-' | b'[' | b']');
        let digits = text.as_bytes()[end..].iter().take_while(|b| inside(b)).count();
        if text[end + digits..].starts_with(char::is_whitespace) {
            return end + digits;
        }
    }
    end
}

/// Tells whether a bracket opened in `before` is closed in `next`.
fn in_bracket(before: &[u8], next: &str) -> bool {
    let before = &before[before.len().saturating_sub(2 * BRACKET_REACH)..];
    // Most sentences open none.
    let Some(first) = memchr::memchr2(b'(', b'[', before) else { return false };
    let mut open = 0_usize;
    for b in &before[first..] {
        match b {
            b'(' | b'[' => open += 1,
            b')' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    let mut inner = 0_usize;
    for b in next.bytes().take(BRACKET_REACH).take_while(|&b| open > 0 && b != b'\n') {
        match b {
            b'(' | b'[' => inner += 1,
            b')' | b']' if inner == 0 => return true,
            b')' | b']' => inner -= 1,
            _ => {}
        }
    }
    false
}

/// Tells whether a sentence may begin so.
fn can_start(next: &str) -> bool {
    let mut chars = next.chars();
    let Some(c) = chars.next() else { return false };
    match c {
        '(' | '[' => {
            let inner = next.trim_start_matches(['(', '[']);
            let single = chars.next().is_some_and(char::is_alphanumeric) && chars.next() == Some(')');
            single || can_start(inner)
        }
        '"' | '\'' | '“' | '‘' | '«' | '-' | '–' | '—' | '*' | '•' | '●' | '▪' | '■' | '†' | '§' => {
            chars.as_str().trim_start().starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        }
        '©' | '®' => true,
        'μ' | 'µ' => false,
        'α'..='ω' => chars.next().is_some_and(|c| c == '-' || c.is_alphanumeric()),
        _ if c.is_lowercase() => small_symbol(next),
        _ => c.is_alphanumeric(),
    }
}

/// Tells whether a word is a symbol that keeps its small first letter at the start of a sentence.
fn small_symbol(next: &str) -> bool {
    let word = next.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or(next);
    let head = word.split('-').next().unwrap_or(word);
    let inner = head.chars().skip(1).any(|c| c.is_uppercase() || c.is_ascii_digit());
    let greek = matches!(head, "alpha" | "beta" | "gamma" | "delta" | "kappa");
    let prefix = head.len() <= 3 || greek;
    inner
        || prefix
            && word[head.len()..].starts_with('-')
            && (head.len() == 1 || has_symbol(&word[head.len()..]))
        || greek
            && next[head.len()..].starts_with(' ')
            && next[head.len() + 1..].starts_with(char::is_uppercase)
}

fn has_symbol(rest: &str) -> bool {
    rest.chars().any(|c| c.is_uppercase() || c.is_ascii_digit())
}

/// Tells whether the word that `before` ends with and its full stop belong to what follows.
fn joins(before: &str, next: &str) -> bool {
    let open = |c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“' | '/' | ',' | ';');
    let word_start =
        before.rfind(open).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    let word = &before[word_start..];
    let starter = || STARTERS.binary_search(&first_word(next)).is_ok();
    let number = next.starts_with(|c: char| c.is_ascii_digit());
    if word_start == 0 && is_enumerator(word) || word.ends_with(['<', '>', '=', '≤', '≥']) {
        return true;
    }
    if JOINING.binary_search(&word).is_ok() || number && NUMBERING.binary_search(&word).is_ok() {
        return true;
    }
    if TRAILING.binary_search(&word).is_ok() {
        return !starter();
    }
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (Some(c), None) if c.is_uppercase() => {
            !starter()
                && (!next.starts_with(|c: char| !c.is_lowercase()) || is_initial(&before[..word_start]))
        }
        (Some(c), Some('.')) if c.is_alphabetic() && dotted(word) => {
            let capitalised = next.chars().nth(1).is_some_and(char::is_lowercase);
            !starter() && (c.is_uppercase() || !capitalised)
        }
        _ => false,
    }
}

/// Tells whether a word is a list number or letter: `1`, `a`, `IV`.
fn is_enumerator(word: &str) -> bool {
    let roman = word.len() <= 4 && word.bytes().all(|b| matches!(b, b'I' | b'V' | b'X'));
    let number = word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    !word.is_empty() && (roman || number || word.len() == 1 && word.is_ascii())
}

/// Tells whether a word is single letters with full stops between: `i.v`, `U.S`, `J.-P`.
fn dotted(word: &str) -> bool {
    word.split('.').all(|part| part.trim_start_matches('-').chars().count() <= 1)
}

/// Tells whether a single capital letter after `before` is a person's initial, not the end of a name as in
/// `group B`, `kinase C`.
fn is_initial(before: &str) -> bool {
    let before = before.trim_end();
    let word = before.rsplit(char::is_whitespace).next().unwrap_or(before);
    !word.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit())
        || word.ends_with([',', ';', '.'])
        || BEFORE_INITIAL.binary_search(&word).is_ok()
}

fn first_word(next: &str) -> &str {
    let length = next.bytes().position(|b| !b.is_ascii_alphabetic()).unwrap_or(next.len());
    if next[length..].starts_with([' ', ',']) { &next[..length] } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(body: &str) -> Vec<String> {
        let mut out = Vec::new();
        split(body, 0, &mut out);
        out.into_iter().map(|s| s.slice(body).to_owned()).collect()
    }

    #[test]
    fn word_lists_are_sorted() {
        for list in [&JOINING[..], &NUMBERING, &TRAILING, &BEFORE_INITIAL, &STARTERS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }

    /// `|` marks the boundaries.
    #[test]
    fn splits_where_marked() {
        for marked in [
            "Cells made IL-2.| They made TNF-alpha.| However, IFN-γ was absent.",
            "As Kim et al. (2004) wrote, Fig. 2 and ref. 3 agree.| See also Park et al.| The rest is known.",
            "Mice got 5 mg i.v. on day 1 and 3 mg i.p. daily.| Rats got it s.c.| Survival rose.",
            "E. coli and H. pylori raise IL-8.| S. aureus does not.",
            "Levels rose (P < .05).| They fell later (p<0.001).| Then 0.5 vs. 1.5 ng/ml, i.e. less, was seen.",
            "Growth slowed in vitro.| p53 is needed.| mRNA fell.| c-Jun rose.| α-Interferon helped.| β2 too.",
            "It worked in protein kinase C.| Patients in group B.| Fifty were treated by J. Smith and M. A. Jones.",
            "We saw 12.| 30 patients died.| Mean age was 60.5 (SNP no. 77) years.",
            "He said \"it works.\"| \"Perhaps,\" we said.| Why?| Because of TNF!| IL-6 rose.",
            "The drug (given twice. Then once) helped.| The assay [see ref. 2. Also 3] failed.",
            "Levels rose ...| Then they fell.| (See below.)| [3H]-thymidine was used.",
            "METHODS: We counted.| RESULTS: 50 of 60 responded.",
            "First line.\n|Second line\n|third line.",
            "1. To study IL-1.| It was bound.| II. Next part.",
            "Survival was better than with interferon alfa.12,13| The rest is open.",
            "It was sold in the U.S. Market share grew.| It was sold in the U.S.| The share grew.",
            "No terminator",
        ] {
            let expected: Vec<String> = marked.split('|').map(|s| s.trim().to_owned()).collect();
            assert_eq!(sentences(&marked.replace('|', "")), expected);
        }
    }

    #[test]
    fn a_title_is_one_sentence() {
        let document = Document::new("1", " IL-2. A review of 44 cases", "It is known. We add.");
        let found: Vec<&str> = split_document(&document).iter().map(|&s| document.slice(s)).collect();
        assert_eq!(found, ["IL-2. A review of 44 cases", "It is known.", "We add."]);
    }

    #[test]
    fn white_space_alone_gives_nothing() {
        assert!(sentences(" \n\u{a0}\n ").is_empty());
        assert!(sentences("").is_empty());
    }
}
