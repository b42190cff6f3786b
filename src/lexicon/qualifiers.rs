//! Qualifiers: words of stage, grade, status, setting and dose, which stay out of a mention's span.

use std::sync::OnceLock;

use super::key::{self, Keyed};
use super::words::{WordMap, WordSet};
use crate::document::Span;

/// What a qualifier says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QualifierKind {
    /// Stage, grade or status of a disease: `metastatic`, `stage III`, `completely resected`.
    State,
    /// Setting of a treatment: `adjuvant`, `first-line`.
    Setting,
    /// Dose of a treatment: `high-dose`.
    Dose,
    /// An adverb that may stand before a state: `completely`.
    Adverb,
}

/// Longest qualifier of the list, in atoms.
const LONGEST: usize = 5;

#[derive(Default)]
struct Table {
    kinds: WordMap<QualifierKind>,
    /// The last atoms of the qualifiers: most words are none.
    lasts: WordSet,
    compounds: WordSet,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| parse(include_str!("../../data/rules/qualifiers.tsv")))
}

fn parse(content: &str) -> Table {
    let mut table = Table::default();
    for line in content.lines().filter(|l| !l.starts_with('#')) {
        let Some((kind, words)) = line.split_once('\t') else { continue };
        let kind = match kind {
            "state" => QualifierKind::State,
            "setting" => QualifierKind::Setting,
            "dose" => QualifierKind::Dose,
            "adverb" => QualifierKind::Adverb,
            _ => {
                table.compounds.extend(words.split('|').map(key::key));
                continue;
            }
        };
        for word in words.split('|') {
            let key = key::key(word);
            table.lasts.extend(key.rsplit(' ').next().map(str::to_owned));
            table.kinds.insert(key, kind);
        }
    }
    table
}

/// Returns the first atom and the kind of the longest qualifier that ends at an atom.
///
/// `stage III` and `grade 3-4` are states; an adverb before a state belongs to it; so does all of a hyphenated state.
pub fn qualifier_ending_at(text: &str, keyed: &Keyed, last: usize) -> Option<(usize, QualifierKind)> {
    if let Some(first) = stage_ending_at(keyed, last) {
        return Some((first, QualifierKind::State));
    }
    let (first, kind) = compound_ending_at(text, keyed, last).or_else(|| listed_ending_at(keyed, last))?;
    if kind != QualifierKind::State || first == 0 {
        return Some((first, kind));
    }
    let adverb = table().kinds.get(keyed.atom(first - 1)) == Some(&QualifierKind::Adverb);
    Some((if adverb { first - 1 } else { first }, kind))
}

fn listed_ending_at(keyed: &Keyed, last: usize) -> Option<(usize, QualifierKind)> {
    if !table().lasts.contains(keyed.atom(last)) {
        return None;
    }
    let end = keyed.atoms[last].folded_end as usize;
    (last.saturating_sub(LONGEST - 1)..=last).find_map(|first| {
        let from = keyed.atoms[first].folded_start as usize;
        let kind = table().kinds.get(&keyed.folded[from..end])?;
        (*kind != QualifierKind::Adverb).then_some((first, *kind))
    })
}

fn compound_ending_at(text: &str, keyed: &Keyed, last: usize) -> Option<(usize, QualifierKind)> {
    if !table().compounds.contains(keyed.atom(last)) {
        return None;
    }
    let mut first = last;
    while first > 0 {
        let gap = &text[keyed.atoms[first - 1].end as usize..keyed.atoms[first].start as usize];
        let joined =
            gap.chars().all(key::is_dash) && keyed.atom(first - 1).starts_with(char::is_alphanumeric);
        if !joined {
            break;
        }
        first -= 1;
    }
    (first < last).then_some((first, QualifierKind::State))
}

/// Matches `stage III`, `stage IIIB/IV`, `stages II and III`, `grade 3`.
fn stage_ending_at(keyed: &Keyed, last: usize) -> Option<usize> {
    let number = |i: usize| {
        let atom = keyed.atom(i);
        atom.bytes().all(|b| b.is_ascii_digit())
            || atom.len() <= 4 && atom.trim_end_matches(['a', 'b', 'c']).bytes().all(|b| b"iv".contains(&b))
    };
    if !number(last) {
        return None;
    }
    let mut first = last;
    while first > 0 {
        first -= 1;
        match keyed.atom(first) {
            "stage" | "grade" => return Some(first),
            "/" | "and" | "or" | "to" => {}
            _ if number(first) => {}
            _ => return None,
        }
    }
    None
}

/// Returns where the words of treatment setting stand in a text: `adjuvant`, `first-line`.
pub fn settings_in(text: &str) -> Vec<Span> {
    let keyed = key::fold(text);
    let mut found: Vec<Span> = Vec::new();
    for last in 0..keyed.atoms.len() {
        if let Some((first, QualifierKind::Setting)) = listed_ending_at(&keyed, last) {
            let span = Span::new(keyed.atoms[first].start as usize, keyed.atoms[last].end as usize);
            found.retain(|f| !span.contains(*f));
            found.push(span);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualifiers_end_before_the_mention() {
        for (text, wanted) in [
            ("metastatic", Some("metastatic")),
            ("with locally advanced", Some("locally advanced")),
            ("completely resected", Some("completely resected")),
            ("resected high-risk", Some("high-risk")),
            ("in stage IIIB/IV", Some("stage IIIB/IV")),
            ("grade 3", Some("grade 3")),
            ("platinum-resistant", Some("platinum-resistant")),
            ("of High-dose", Some("High-dose")),
            ("several refractory", Some("refractory")),
            ("human", None),
            ("resistant", None),
            ("completely", None),
        ] {
            let keyed = key::fold(text);
            let last = keyed.atoms.len() - 1;
            let found = qualifier_ending_at(text, &keyed, last)
                .map(|(first, _)| &text[keyed.atoms[first].start as usize..keyed.atoms[last].end as usize]);
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn settings_are_found_with_their_place() {
        let text = "approved for adjuvant and first-line treatment";
        let found: Vec<&str> = settings_in(text).iter().map(|s| s.slice(text)).collect();
        assert_eq!(found, ["adjuvant", "first-line"]);
    }
}
