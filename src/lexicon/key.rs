//! Keys: names and texts folded so that spelling variants of one name are equal and different names are not.
//!
//! A text becomes a row of *atoms* joined by single spaces: runs of letters, runs of digits, single marks. Hyphens
//! and white space only separate atoms, so `IL-2`, `IL 2` and `IL2` all fold to `il 2`, while `IL-12` folds to
//! `il 12` and `IL-2R` to `il 2 r`. Letters fold case, Greek (`α` to `alpha`, also inside `TNFalpha`), plural
//! endings, British spelling, diacritics, and the forms of letters that Unicode keeps for typography (`ﬁ`, `𝛾`: NFKD,
//! Unicode Standard Annex 15). `build.rs` includes this file to key the lexicons.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::letters::{Run, first_eight, holds_pair};

/// One atom of a folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atom {
    /// First byte of the atom in the text, 0-based.
    pub start: u32,
    /// One past its last byte in the text.
    pub end: u32,
    /// First byte of the atom in [`Keyed::folded`].
    pub folded_start: u32,
    /// One past its last byte in [`Keyed::folded`].
    pub folded_end: u32,
    /// Whether nothing stands between it and the atom before: `2` in `IL2`, not in `IL-2`.
    pub glued: bool,
}

/// A text and its atoms.
#[derive(Clone, Debug, Default)]
pub struct Keyed {
    /// The folded atoms, joined by single spaces: the key, if the text is a name.
    pub folded: String,
    /// The atoms, in order.
    pub atoms: Vec<Atom>,
}

/// Folds a whole name to its key.
pub fn key(name: &str) -> String {
    fold(name).folded
}

/// Folds a text into atoms.
pub fn fold(text: &str) -> Keyed {
    let mut out = Keyed::default();
    out.refill(text);
    out
}

/// Appends the atoms of a text.
fn append(text: &str, out: &mut Keyed) {
    let bytes = text.as_bytes();
    let (mut at, mut end_of_last) = (0, usize::MAX);
    while let Some(byte) = bytes.get(at) {
        let (start, glued) = (at, end_of_last == at);
        if matches!(byte, b' ' | b'-') {
            at += 1;
            continue;
        }
        // Nearly all of a text is such words.
        let run = Run::at(bytes, start).filter(|run| run.regular);
        let word = if let Some(run) = run {
            at = run.end;
            out.push(start, at, glued, |f| fold_regular(&text[start..at], run.letters, f));
            true
        } else {
            let c =
                if byte.is_ascii() { char::from(*byte) } else { text[at..].chars().next().unwrap_or(' ') };
            if c.is_whitespace() || is_dash(c) {
                at += c.len_utf8();
                continue;
            }
            at = append_other(text, start, c, glued, out);
            c.is_alphabetic() && greek(c).is_none()
        };
        end_of_last = at;
        if word
            && matches!(bytes.get(at), Some(b'\'' | 0xe2))
            && let Some(rest) = possessive(&text[at..])
        {
            end_of_last = usize::MAX;
            at += rest;
        }
    }
}

/// Appends the atoms of an irregular word, a number or a mark that begins with a character; returns its end.
fn append_other(text: &str, start: usize, c: char, glued: bool, out: &mut Keyed) -> usize {
    let bytes = text.as_bytes();
    let end = start + c.len_utf8();
    if let Some(name) = greek(c) {
        out.push(start, end, glued, |f| f.push_str(name));
    } else if c.is_alphabetic() {
        let end = letters_end(text, start);
        let (mut from, mut glued) = (start, glued);
        while from < end {
            let to = from + first_piece(&text[from..end]);
            out.push(from, to, glued, |f| fold_letters(&text[from..to], f));
            (from, glued) = (to, true);
        }
        return end;
    } else if c.is_ascii_digit() {
        let end = run_end(text, start, |c| c.is_ascii_digit());
        out.push(start, end, glued, |f| f.push_str(&text[start..end]));
        return end;
    } else if matches!(bytes[start..], [b'(', b'+', b')', ..] | [b'[', b'+', b']', ..]) {
        out.push(start, start + 3, true, |f| f.push('+'));
        return start + 3;
    } else {
        out.push(start, end, glued, |f| f.push(c));
    }
    end
}

impl Keyed {
    /// Folds another text into the same memory.
    pub fn refill(&mut self, text: &str) {
        self.folded.clear();
        self.folded.reserve((text.len() + text.len() / 4).max(64));
        self.atoms.clear();
        self.atoms.reserve((text.len() / 4).max(16));
        append(text, self);
    }

    fn push(&mut self, start: usize, end: usize, glued: bool, write: impl FnOnce(&mut String)) {
        if !self.folded.is_empty() {
            self.folded.push(' ');
        }
        let folded_start = self.folded.len() as u32;
        write(&mut self.folded);
        let folded_end = self.folded.len() as u32;
        self.atoms.push(Atom { start: start as u32, end: end as u32, folded_start, folded_end, glued });
    }

    /// Returns an atom's folded letters, digits or mark.
    pub fn atom(&self, index: usize) -> &str {
        let atom = &self.atoms[index];
        &self.folded[atom.folded_start as usize..atom.folded_end as usize]
    }
}

/// Tells whether a character joins words as a hyphen does.
pub fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{00AD}' | '\u{FE63}' | '\u{FF0D}')
}

/// A place where a printed word may be parted; no part of it.
const SOFT_HYPHEN: char = '\u{AD}';

/// Tells whether a character goes on with a run of letters.
fn is_inside(c: char) -> bool {
    c.is_alphabetic() && greek(c).is_none() || c == SOFT_HYPHEN || is_combining_mark(c)
}

/// Returns the end of a run of letters; Greek letters are atoms of their own.
fn letters_end(text: &str, start: usize) -> usize {
    let bytes = &text.as_bytes()[start..];
    let ascii = bytes.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if bytes.get(ascii).is_none_or(u8::is_ascii) {
        return start + ascii;
    }
    run_end(text, start + ascii, is_inside)
}

fn run_end(text: &str, start: usize, inside: impl Fn(char) -> bool) -> usize {
    text[start..].char_indices().find(|&(_, c)| !inside(c)).map_or(text.len(), |(i, _)| start + i)
}

/// Folds a regular word, as [`fold_letters`] would, given its first letters.
fn fold_regular(word: &str, letters: u64, out: &mut String) {
    let start = out.len();
    out.push_str(word);
    if word.as_bytes()[0].is_ascii_uppercase() {
        out[start..].make_ascii_lowercase();
    }
    if word.len() >= 4 {
        if matches!(out.as_bytes().last(), Some(b's' | b'a')) {
            singular(start, out);
        }
        americanise(start, letters, out);
    }
}

/// Bytes of `'s` or `’s` that end a word here.
fn possessive(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('\'').or_else(|| rest.strip_prefix('’'))?.strip_prefix(['s', 'S'])?;
    let ends = !after.chars().next().is_some_and(char::is_alphanumeric);
    ends.then(|| rest.len() - after.len())
}

/// Returns the letter that a typographic form stands for, if it is a single one.
fn compatible(c: char) -> char {
    let (mut first, mut count) = (c, 0);
    decompose_compatible(c, |d| (first, count) = (if count == 0 { d } else { first }, count + 1));
    if count == 1 { first } else { c }
}

pub(super) fn greek(c: char) -> Option<&'static str> {
    if c.is_ascii() {
        return None;
    }
    Some(match compatible(c) {
        'α' | 'Α' => "alpha",
        'β' | 'Β' | 'ß' | 'ϐ' => "beta",
        'γ' | 'Γ' => "gamma",
        'δ' | 'Δ' | '∆' => "delta",
        'ε' | 'ϵ' | 'Ε' => "epsilon",
        'ζ' => "zeta",
        'η' => "eta",
        'θ' | 'Θ' => "theta",
        'ι' => "iota",
        'κ' | 'ϰ' | 'Κ' => "kappa",
        'λ' | 'Λ' => "lambda",
        'μ' | 'µ' => "mu",
        'ν' => "nu",
        'ξ' => "xi",
        'π' => "pi",
        'ρ' => "rho",
        'σ' | 'ς' | 'Σ' => "sigma",
        'τ' => "tau",
        'φ' | 'ϕ' | 'Φ' => "phi",
        'χ' => "chi",
        'ψ' => "psi",
        'ω' | 'Ω' => "omega",
        _ => return None,
    })
}

/// Greek letters that authors spell out inside symbols.
const SPELLED: [&str; 9] =
    ["alpha", "beta", "gamma", "delta", "epsilon", "kappa", "lambda", "theta", "omega"];

/// Returns the length of the first piece of a run of letters, cut at spelled-out Greek (`TNF|alpha`, `NF|kappa|B`) and
/// after a lower-case prefix of a symbol (`rh|IL`, `s|CD`).
pub(super) fn first_piece(run: &str) -> usize {
    let bytes = run.as_bytes();
    if bytes.len() < 3 || !run.is_ascii() {
        return run.len();
    }
    let lower = bytes.iter().take_while(|b| b.is_ascii_lowercase()).count();
    if lower < bytes.len() {
        let upper = bytes[lower..].iter().take_while(|b| b.is_ascii_uppercase()).count();
        if (1..=3).contains(&lower) && upper >= 2 || SPELLED.contains(&&run[..lower]) {
            return lower;
        }
        let ends = |rest: &[u8]| rest.first().is_none_or(u8::is_ascii_uppercase);
        let greek = |from: usize| {
            SPELLED.iter().any(|g| run[from..].strip_prefix(g).is_some_and(|r| ends(r.as_bytes())))
        };
        let capital = |i: &usize| bytes[*i].is_ascii_uppercase() && greek(i + 1);
        if let Some(i) = (0..bytes.len() - 1).find(capital) {
            return i + 1;
        }
    }
    if !matches!(bytes.last(), Some(b'a' | b'n')) {
        return run.len();
    }
    let symbol = SPELLED.iter().find_map(|g| run.strip_suffix(g).filter(|s| (1..=3).contains(&s.len())));
    symbol.map_or(run.len(), str::len)
}

/// Folds one run of letters: case, diacritics, plural, British spelling.
fn fold_letters(run: &str, out: &mut String) {
    let acronym_plural = run.len() > 2
        && run.ends_with('s')
        && run[..run.len() - 1].chars().next_back().is_some_and(char::is_uppercase);
    let run = if acronym_plural { &run[..run.len() - 1] } else { run };
    let start = out.len();
    if run.is_ascii() {
        out.push_str(run);
        out[start..].make_ascii_lowercase();
    } else {
        let letter = |c: char| !is_combining_mark(c) && c != SOFT_HYPHEN;
        for c in run.chars() {
            decompose_compatible(c, |c| {
                let small = c.to_lowercase().filter(|c| letter(*c));
                small.for_each(|c| out.push_str(plain(c, &mut [0; 4])));
            });
        }
    }
    if acronym_plural || out.len() - start < 4 {
        return;
    }
    let letters = first_eight(&out.as_bytes()[start..]);
    singular(start, out);
    americanise(start, letters, out);
}

/// British spellings and what they are folded to, beside joined vowels.
const SPELLINGS: [(&str, &str); 5] =
    [("umour", "umor"), ("olour", "olor"), ("aviour", "avior"), ("isation", "ization"), ("sulph", "sulf")];

/// Folds British spelling in the word that starts at `start` and began with some letters before its ending was cut.
fn americanise(start: usize, letters: u64, out: &mut String) {
    if !may_be_british(letters, &out.as_bytes()[start..]) {
        return;
    }
    for (british, american) in SPELLINGS {
        if let Some(i) = find(&out.as_bytes()[start..], british.as_bytes()) {
            out.replace_range(start + i..start + i + british.len(), american);
        }
    }
    if out.len() - start >= 5 {
        let joined = |word: &[u8]| find(word, b"ae").or_else(|| find(word, b"oe"));
        while let Some(i) = joined(&out.as_bytes()[start..]) {
            out.replace_range(start + i..start + i + 2, "e");
        }
    }
}

/// Finds letters in a word, which is too short for a search that prepares itself.
fn find(word: &[u8], letters: &[u8]) -> Option<usize> {
    word.windows(letters.len()).position(|w| w[0] == letters[0] && w == letters)
}

/// Pairs of letters of which every British spelling folded here has one.
const BRITISH_PAIRS: [[u8; 2]; 5] = [*b"ou", *b"sa", *b"ph", *b"ae", *b"oe"];

/// Tells whether a word may have a British spelling; most words do not.
fn may_be_british(letters: u64, word: &[u8]) -> bool {
    let among = |eight: u64| holds_pair(eight, &BRITISH_PAIRS);
    among(letters) || word.len() > 8 && (7..word.len()).step_by(7).any(|at| among(first_eight(&word[at..])))
}

/// Takes plural endings off the word that starts at `start`; `-sis` and `-ses` meet in `-se`.
fn singular(start: usize, out: &mut String) {
    let (cut, add) = match &out.as_bytes()[start..] {
        [.., b'o', b'm', b'a', b't', b'a'] => (2, ""),
        [.., b's', b'i', b's'] => (2, "e"),
        [_, _, .., b'i', b'e', b's'] => (3, "y"),
        [.., b'u' | b's', b's', b'e', b's'] | [.., b'x', b'e', b's'] | [.., b'c', b'h', b'e', b's'] => {
            (2, "")
        }
        [.., b's' | b'u' | b'i', b's'] => return,
        [.., b's'] => (1, ""),
        _ => return,
    };
    out.truncate(out.len() - cut);
    out.push_str(add);
}

/// Returns all words in small letters of ASCII that are folded to an atom, but for those with joined vowels; and others.
pub fn spellings(atom: &str) -> Vec<String> {
    let mut words = vec![atom.to_owned()];
    for (british, american) in SPELLINGS {
        for i in 0..words.len() {
            let places = words[i].match_indices(american).map(|(at, _)| at);
            let spelled = |at| [&words[i][..at], british, &words[i][at + american.len()..]].concat();
            let other: Vec<String> = places.map(spelled).collect();
            words.extend(other);
        }
    }
    for i in 0..words.len() {
        let word = &words[i];
        let mut plurals = vec![format!("{word}s"), format!("{word}es")];
        plurals.extend(word.strip_suffix('y').map(|stem| format!("{stem}ies")));
        plurals.extend(word.strip_suffix("se").map(|stem| format!("{stem}sis")));
        plurals.extend(word.ends_with("oma").then(|| format!("{word}ta")));
        // A shorter word is no plural.
        words.extend(plurals.into_iter().filter(|plural| plural.len() >= 4));
    }
    words
}

/// Returns what stands for a lower-case letter that Unicode does not decompose.
fn plain(c: char, buffer: &mut [u8; 4]) -> &str {
    match c {
        'ø' => "o",
        'ł' => "l",
        'æ' => "ae",
        'œ' => "oe",
        _ => c.encode_utf8(buffer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_one_name_share_a_key() {
        for (key_, names) in [
            ("il 2", vec!["IL-2", "IL 2", "IL2", "il-2", "IL\u{2011}2"]),
            ("tnf alpha", vec!["TNF-α", "TNFα", "TNF-alpha", "TNFalpha", "TNF alpha", "tnfalpha"]),
            ("ifn alpha 2 b", vec!["IFN-α2b", "IFN-alpha-2b", "IFNα-2b"]),
            ("nf kappa b", vec!["NF-κB", "NFkappaB", "NF-kappa B", "NF-kappaB"]),
            ("tumor necrose factor", vec!["tumour necrosis factor", "Tumor Necrosis Factors"]),
            ("leukemia", vec!["leukaemia", "Leukaemias"]),
            ("metastase", vec!["metastasis", "metastases"]),
            ("hodgkin lymphoma", vec!["Hodgkin's lymphoma", "Hodgkin lymphomas", "Hodgkin’s lymphoma"]),
            ("cd 8 + t cell", vec!["CD8+ T cells", "CD8(+) T-cells"]),
            ("r il 2", vec!["rIL-2", "r-IL-2", "rIL2"]),
            ("dc", vec!["DCs", "DC"]),
            ("ifn gamma", vec!["IFN-\u{1D6FE}", "IFN\u{1D738}", "\u{FF29}\u{FF26}\u{FF2E}-γ"]),
            ("fibroblast", vec!["\u{FB01}broblasts", "fibro\u{AD}blasts"]),
            ("naive", vec!["naïve", "nai\u{308}ve", "naive"]),
        ] {
            for name in names {
                assert_eq!(key(name), key_, "{name}");
            }
        }
    }

    #[test]
    fn different_names_keep_different_keys() {
        let names = [
            "IL-2", "IL-12", "IL-2R", "IL-2Rα", "TNF", "TNFR", "TNFR1", "IFN-α2a", "IFN-α2b", "IL-1α",
            "IL-1β",
        ];
        for (i, a) in names.iter().enumerate() {
            for b in &names[i + 1..] {
                assert_ne!(key(a), key(b), "{a} {b}");
            }
        }
    }

    #[test]
    fn regular_words_fold_as_all_words_do() {
        let words = "Patients diseases metastasis tumours leukaemia carcinomata factor analyses oestrogen biopsies \
                     masses organisation sulphate survival doses interferon colours virus Class oedema behaviours \
                     the Its I AIDS TUMOURS HIV DNA haemophagocytic immunoelectrophoresis chemotherapeutically";
        for word in words.split_whitespace() {
            let run = Run::at(word.as_bytes(), 0).filter(|run| run.regular && run.end == word.len()).unwrap();
            let (mut regular, mut general) = (String::from("x "), String::from("x "));
            fold_regular(word, run.letters, &mut regular);
            fold_letters(word, &mut general);
            assert_eq!(regular, general, "{word}");
        }
    }

    #[test]
    fn atoms_point_into_the_text() {
        let text = "Of TNFα-induced (IL-2R) β";
        for atom in fold(text).atoms {
            assert!(text.get(atom.start as usize..atom.end as usize).is_some());
        }
    }
}
