//! Tokens: words, numbers and marks.
//!
//! Every hyphen, slash and bracket is a token of its own, so that `TNF-induced`, `IL-2-treated` and `anti-IL-6` show
//! their parts. One token stay: letters with digits (`IL2Rα`), decimals and thousands (`.05`, `1.5`, `10,000`), marker
//! signs (`CD8+`), dotted abbreviations (`i.v.`), words with an inner apostrophe; a possessive `'s` is cut off.

use crate::document::{Span, Token};

/// The longest dotted abbreviation, in bytes.
const MAX_DOTTED: usize = 12;

/// Appends the tokens of one sentence.
pub fn tokenize(text: &str, sentence: Span, out: &mut Vec<Token>) {
    let text = &text[..sentence.end as usize];
    let mut at = sentence.start as usize;
    while let Some(c) = char_at(text, at) {
        let end = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c.is_alphanumeric() {
            word_end(text, at)
        } else if c == '.' && digit_at(text, at + 1) && !text[..at].ends_with(closes_word) {
            word_end(text, at + 1)
        } else if is_apostrophe(c) && at > sentence.start as usize && possessive(text, at) {
            at + c.len_utf8() + 1
        } else {
            at + c.len_utf8()
        };
        out.push(Token { span: Span::new(at, end) });
        at = end;
    }
}

/// Returns the character at a byte; ASCII, nearly all of the input, without decoding.
fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at) {
        Some(b) if b.is_ascii() => Some(char::from(*b)),
        Some(_) => text[at..].chars().next(),
        None => None,
    }
}

fn digit_at(text: &str, at: usize) -> bool {
    text.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
}

fn letter_at(text: &str, at: usize) -> bool {
    char_at(text, at).is_some_and(char::is_alphabetic)
}

fn closes_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ')' | ']')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// Tells whether the apostrophe at `at` follows a word and begins `'s`.
fn possessive(text: &str, at: usize) -> bool {
    let after = text[at..].strip_prefix(is_apostrophe).and_then(|rest| rest.strip_prefix('s'));
    after.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        && text[..at].ends_with(char::is_alphanumeric)
}

/// Returns the end of the word or number that starts at `start`.
fn word_end(text: &str, start: usize) -> usize {
    let run = text.as_bytes()[start..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    // Nearly all words end so.
    let open = |b: &u8| matches!(b, b'.' | b',' | b'\'' | b'+' | 0x80..);
    if run > 0 && !text.as_bytes().get(start + run).is_some_and(open) {
        return start + run;
    }
    if let Some(end) = dotted_end(text, start) {
        return end;
    }
    let (mut at, mut letters, mut digits) = (start, 0, 0);
    while let Some(c) = char_at(text, at) {
        let inside = if c.is_ascii_digit() {
            digits += 1;
            true
        } else if c.is_alphanumeric() || is_extending(c) {
            letters += 1;
            true
        } else {
            let after = at + c.len_utf8();
            let number = digits > 0 && digit_at(text, at - 1) && digit_at(text, after);
            match c {
                '.' | '·' => number,
                ',' => number && letters == 0 && at - start <= 11 && thousands(text, after),
                '\'' | '’' => letter_at(text, after) && !possessive(text, at) && letters > 0,
                '+' if letters > 0 => {
                    let joined = char_at(text, after).is_some_and(char::is_alphanumeric);
                    if !joined || digits > 0 && letter_at(text, after) {
                        return after;
                    }
                    false
                }
                _ => false,
            }
        };
        if !inside {
            break;
        }
        at += c.len_utf8();
    }
    at
}

/// Tells whether exactly three digits stand at `at`.
fn thousands(text: &str, at: usize) -> bool {
    (0..3).all(|i| digit_at(text, at + i)) && !digit_at(text, at + 3)
}

/// Combining marks and joiners, which no token may begin with.
fn is_extending(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

/// Returns the end of two or more single letters with full stops: `i.v.`, `e.g.`, `U.S.A.`.
fn dotted_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let pair =
        |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic) && bytes.get(at + 1) == Some(&b'.');
    if !pair(start) || !pair(start + 2) {
        return None;
    }
    let mut at = start;
    while pair(at) && at - start < MAX_DOTTED {
        at += 2;
    }
    (!letter_at(text, at) && !digit_at(text, at)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spaces mark the boundaries; `_` stands for a space in the text.
    #[test]
    fn cuts_where_marked() {
        for marked in [
            "TNF - induced _ apoptosis",
            "anti - IL - 6 , _ IL - 2 - treated _ cells .",
            "( P _ < _ .05 ) _ p < 0.001 ; _ 10,000 _ and _ 1 , 25 - ( OH ) 2",
            "CD8+ _ T _ cells _ CD4+ CD25+ _ Ca2+ _ IL - 2 + TNF",
            "TNFα / β _ IL - 1α / β _ IFN - γ",
            "given _ i.v. _ and _ p.o. , _ e.g. _ E . _ coli",
            "Hodgkin 's _ and _ Crohn ’s , _ patients ' _ don't _ 3 ' UTR _ O'Brien",
            "2.5 % _ of _ 0·5 _ mg / kg _ ± _ 3",
            "[ 3H ] thymidine _ … _ end .",
            "alfa . 12 , 13",
            "naı\u{308}ve _ Müller",
        ] {
            let text: String = marked.replace(' ', "").replace('_', " ");
            let mut tokens = Vec::new();
            tokenize(&text, Span::new(0, text.len()), &mut tokens);
            let found: Vec<&str> = tokens.iter().map(|t| t.span.slice(&text)).collect();
            let expected: Vec<&str> = marked.split([' ', '_']).filter(|t| !t.is_empty()).collect();
            assert_eq!(found, expected);
        }
    }
}
